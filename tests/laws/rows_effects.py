"""What levers do through several steps of a year: what is built, burnt and paid in the end."""

from tests.laws.form import Law, Row

LONG = "2022-2035"  # so that capture is built and runs
PRICED = {"schedule": {"carbon.price_cny_per_tco2": 200.0}}
AUCTIONED = {"schedule": {"carbon.covered": 1.0, "carbon.auction_share": 0.5}}
# Captured CO2 needs no allowances, which are dear.
CAPTURE_COUNTS = {
    "years": LONG,
    "schedule": {
        "carbon.covered": 1.0,
        "carbon.cap_from_year": 2100.0,  # under a cap allowances follow no emissions
        "carbon.capture_counts": 1.0,
        "carbon.floor_cny_per_tco2": 400.0,
        "subsidy.capture_subsidy": 600.0,
    },
}
MUCH_CAPTURED = {"years": LONG, "schedule": {"carbon.covered": 1.0, "subsidy.capture_subsidy": 1200.0}}

ROWS: tuple[Row, ...] = (
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        {"transport": 300.0},
        "Emissions|CO2|By Fuel|Oil",
        "-",
        why="who drives pays for the CO2 of oil at the pump, so that more buy what burns none",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        {"transport": 300.0},
        "Vehicle Kilometres",
        "-",
        why="a kilometre costs more at the pump, so that fewer are driven",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        {"electricity": 300.0},
        "Spared Use|Electricity",
        "+",
        why="what CO2 adds to tariffs makes homes and services leave a part of what they would use",
    ),
    Law(
        "schedule.carbon.auction_share",
        0.0,
        0.9,
        "Carbon Capture|Industry",
        "+",
        CAPTURE_COUNTS,
        why="free allowances follow what works emit, so that only those that are bought are saved by capture",
    ),
    Law(
        "schedule.carbon.capture_counts",
        0.0,
        1.0,
        "flow:allowances_and_offsets[>companies]",
        "+",
        MUCH_CAPTURED,
        why="companies sell the allowances of CO2 that stays out of the air",
    ),
    Law(
        "schedule.power.coal_utilisation_cap",
        0.25,
        1.0,
        "flow:utilisation_cap[power_coal>grid]",
        "-",
        why="coal units give back what scarce hours bring them beyond the price without the cap",
    ),
    Law(
        "schedule.revenue.green_fund_share",
        0.0,
        0.5,
        "Capacity|Electricity|By Group|Wind and Solar",
        "+",
        PRICED,
        why="the fund pays part of wind and sun, and owners count on it",
    ),
    Law(
        "schedule.revenue.per_head_share",
        0.0,
        0.5,
        "flow:carbon_dividend[North>households]",
        "+",
        AUCTIONED,
        why="what auctions bring is carbon revenue too",
    ),
    Law(
        "subsidy.capture_subsidy",
        None,
        {"steel": 1200.0},
        "Emissions|CO2|Industry|Steel",
        "-",
        {"years": LONG},
        why="what is captured is not emitted",
    ),
)
