"""Which way each field of the schedule, each kind of subsidy and each field of a capacity payment works."""

from tests.laws.form import Law, Row

ROWS: tuple[Row, ...] = (
    Law(
        "schedule.vehicles.fuel_licence_cny_per_vehicle",
        {"car": 0.0},
        {"car": 10_000.0},
        "flow:fuel_licences[households>]",
        "+",
        why="households buy the cars, and each new one that burns fuel needs a licence",
    ),
    Law(
        "schedule.vehicles.fuel_licence_cny_per_vehicle",
        {"car": 0.0},
        {"car": 10_000.0},
        "flow:fuel_licences[services>]",
        "0",
        why="who buys other vehicles than cars needs no licence for them",
    ),
    Law(
        "subsidy.vehicle_subsidy",
        None,
        {"battery": 10_000.0},
        "Public Budget|Vehicle Subsidy",
        "+",
        why="it is paid on each new vehicle with a battery",
    ),
    Law(
        "capacity.rate_cny_per_kw_year",
        0.0,
        {"coal": 165.0},
        "Consumer Levy|Capacity Payment",
        "+",
        why="it is paid on each kilowatt of coal",
    ),
)
