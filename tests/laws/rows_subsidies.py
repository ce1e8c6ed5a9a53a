"""Which way each kind of subsidy and each field of a payment for capacity works."""

from math import inf

from tests.laws.form import Law, Row

LONG = "2022-2035"  # until captured CO2 is stored
CAPTURED = {"years": LONG, "schedule": {"subsidy.capture_subsidy": 900.0}}
# At 900 CNY/t all who find makers for a plant capture anyway.
HARDLY_CAPTURED = {"years": LONG, "schedule": {"subsidy.capture_subsidy": 300.0}}

SUBSIDIES: tuple[Row, ...] = (
    Law(
        "subsidy.capture_subsidy",
        None,
        {"steel": 1200.0},
        "Carbon Capture|By Destination|Storage",
        "+",
        {"years": LONG},
        why="each tonne stored earns it",
    ),
    Law(
        "subsidy.capture_subsidy",
        None,
        {"steel": 1200.0},
        "flow:capture_subsidy[national>industry_steel]",
        "+",
        {"years": LONG},
        why="who stores gets it",
    ),
    Law(
        "subsidy.capture_subsidy",
        None,
        {"steel": 1200.0},
        "record:co2.captured_tco2[electricity]",
        "0",
        {"years": LONG},
        why="a sector without it captures nothing",
    ),
    Law(
        "subsidy.capture_contract",
        None,
        1200.0,
        "Carbon Capture|By Destination|Storage",
        "+",
        {"years": LONG},
        why="it lifts what a stored tonne earns up to the strike",
    ),
    Law(
        "subsidy.capture_contract",
        None,
        1200.0,
        "Public Budget|Capture Contract",
        "+",
        {"years": LONG},
        why="the public pays the gap",
    ),
    Law(
        "subsidy.capture_grant",
        None,
        0.9,
        "Carbon Capture",
        "+",
        HARDLY_CAPTURED,
        why="it pays that share of what capture costs to build",
    ),
    Law(
        "subsidy.capture_grant",
        None,
        0.9,
        "flow:capture_grant[national>companies]",
        "+",
        CAPTURED,
        why="the owner gets it",
    ),
    Law(
        "subsidy.vehicle_subsidy",
        None,
        {"bus battery": 50_000.0},
        "Sales|Vehicles|Bus|New Energy Share",
        "+",
        why="a bus with a battery is cheaper by it",
    ),
    Law(
        "subsidy.vehicle_subsidy",
        None,
        {"bus battery": 50_000.0},
        "flow:vehicle_subsidy[national>services]",
        "+",
        why="buses serve a business",
    ),
    Law(
        "subsidy.vehicle_subsidy",
        None,
        {"bus battery": 50_000.0},
        "flow:vehicle_subsidy[>households]",
        "0",
        why="households buy cars, which have no subsidy",
    ),
    Law(
        "subsidy.building_subsidy",
        None,
        {"modular": 300.0},
        "Buildings|Modular Share",
        "+",
        why="each square metre of modules earns it",
    ),
    Law(
        "subsidy.building_subsidy",
        None,
        {"modular": 300.0},
        "flow:building_subsidy[national>builders]",
        "+",
        why="builders get it",
    ),
    Law(
        "subsidy.scrap_subsidy",
        None,
        {"aluminium": 9000.0},
        "Material Demand|Aluminium Scrap|Works",
        "+",
        why="each tonne of scrap that is melted earns it",
    ),
    Law(
        "subsidy.scrap_subsidy",
        None,
        {"aluminium": 9000.0},
        "flow:scrap_subsidy[national>industry_aluminium]",
        "+",
        why="who melts gets it",
    ),
    Law(
        "subsidy.scrap_subsidy",
        None,
        {"steel": 900.0},
        "flow:scrap_subsidy[national>industry_steel]",
        "+",
        why="steel works melt scrap too, and get it where a scheme names them",
    ),
    Law(
        "subsidy.equipment_grant",
        None,
        {"heat electric": 0.5},
        "Final Energy|Cohorts|Heat|Electricity",
        "+",
        why="electric boilers cost less by it",
    ),
    Law(
        "subsidy.equipment_grant",
        None,
        {"heat electric": 0.5},
        "flow:equipment_grant[national>small_industry]",
        "+",
        why="small works buy the boilers",
    ),
    Law(
        "subsidy.equipment_grant",
        None,
        {"heat electric": 0.5},
        "flow:equipment_grant[>households]",
        "0",
        why="households buy what heats buildings, which has no grant",
    ),
)

CAPACITY: tuple[Row, ...] = (
    Law(
        "capacity.rate_cny_per_kw_year",
        None,
        {"coal": 330.0},
        "Capacity|Electricity|Coal",
        "+",
        why="a unit that is paid for standing there stands longer",
    ),
    Law(
        "capacity.rate_cny_per_kw_year",
        None,
        {"coal": 330.0},
        "flow:capacity_payment[grid>power_coal]",
        "+",
        why="customers pay it through the grid",
    ),
    Law(
        "capacity.rate_cny_per_kw_year",
        0.0,
        {"coal": 330.0},
        "flow:capacity_payment[>power_gas]",
        "0",
        why="a fuel without a rate gets nothing",
    ),
    Law(
        "capacity.end_reserve_share",
        0.1,
        inf,
        "Consumer Levy|Capacity Payment",
        "+",
        {"schedule": {"capacity.rate_cny_per_kw_year": {"coal": 330.0}}},
        why="nothing is paid from that reserve margin on, and more below it",
    ),
)

ROWS: tuple[Row, ...] = (*SUBSIDIES, *CAPACITY)
