"""Which way each field of the schedule of carbon works."""

from math import inf

from tests.laws.form import Law, Open, Row

BY_PART = {"cement": 300.0, "steel": 300.0, "North transport": 300.0}
COVERED = {"schedule": {"carbon.covered": 1.0}}
# Allowances are short: each producer lacks some three tenths of what the national benchmark gives.
HALF_SOLD = {"schedule": {"carbon.covered": 1.0, "carbon.auction_share": 0.5}}
AT_THE_BORDER = {"schedule": {"trade.border_price_cny_per_tco2": 600.0}}
SHORT = {"schedule": {"carbon.covered": 1.0, "carbon.benchmark_factor": 0.7}}
# A high price that everybody expects in 2029, so that a tonne is worth keeping until then.
DEAR_LATER = {
    **COVERED,
    "policies": {
        "floor": {
            "kind": "carbon_price",
            "from_year": 2029,
            "price_cny_per_tco2": 0,
            "floor_cny_per_tco2": 400,
        }
    },
}
# Captured CO2 pays just where it needs no allowances.
CAPTURE_AT_THE_MARGIN = {
    "years": "2022-2035",
    "schedule": {
        "carbon.covered": 1.0,
        "carbon.floor_cny_per_tco2": 400.0,
        "subsidy.capture_subsidy": 500.0,
    },
}

ROWS: tuple[Row, ...] = (
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        300.0,
        "Emissions|CO2",
        "-",
        why="who emits pays for each tonne, so that dirty units run less and clean ones are built",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        300.0,
        "Emissions|CO2|Energy|Supply|Electricity",
        "-",
        why="coal units run less, and wind and sun take their place",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        BY_PART,
        "Emissions|CO2|Industry|Cement",
        "-",
        why="works that pay for a tonne make clinker with less",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        BY_PART,
        "Emissions|CO2|Industry|Steel",
        "-",
        why="works that pay for a tonne turn to scrap and better furnaces",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        BY_PART,
        "Emissions|CO2|Energy|Demand|Transportation",
        "-",
        region="North",
        why="who pays for oil and its carbon buys a car with a plug",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        700.0,
        "Carbon Payments|Border Adjustment",
        "x 0",
        AT_THE_BORDER,
        why="what is paid at home is credited at the border, which asks for 600",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        BY_PART,
        "flow:carbon_price[industry_cement>]",
        "+",
        why="the sector that has a price pays it",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        BY_PART,
        "flow:carbon_price[power_coal>]",
        "0",
        why="a sector without a price pays none",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        BY_PART,
        "flow:carbon_price[households>North]",
        "+",
        why="households drive cars and pay at the pump of their province",
    ),
    Law(
        "schedule.carbon.price_cny_per_tco2",
        0.0,
        BY_PART,
        "flow:carbon_price[households>South]",
        "0",
        why="who drives in the other province pays nothing",
    ),
    Law(
        "schedule.carbon.floor_cny_per_tco2",
        0.0,
        300.0,
        "Price|Carbon|Market",
        "+",
        COVERED,
        why="nobody may sell below it",
    ),
    Law(
        "schedule.carbon.floor_cny_per_tco2",
        0.0,
        300.0,
        "Emissions|CO2",
        "-",
        HALF_SOLD,
        why="where allowances are sold, a dear one is a price on each tonne",
    ),
    Open(
        "schedule.carbon.floor_cny_per_tco2",
        "Where all allowances are free, a dear one lets coal run less, but new coal stands below a benchmark that "
        "stays as it is and is paid for that, so that more of it is built and all emit more.",
        issue="carbon",
    ),
    Law(
        "schedule.carbon.ceiling_cny_per_tco2",
        20.0,
        inf,
        "Price|Carbon|Market",
        "+",
        SHORT,
        why="a higher ceiling binds less",
    ),
    Law(
        "schedule.carbon.covered",
        0.0,
        {"cement": 1.0},
        "record:carbon_market.allocated_tco2",
        "+",
        why="covered works get allowances",
    ),
    Law(
        "schedule.carbon.covered",
        0.0,
        {"cement": 1.0},
        "flow:allowances_at_price[industry_cement>companies]",
        "+",
        why="covered works emit more than the allowances that they get, and buy the rest",
    ),
    Law(
        "schedule.carbon.covered",
        0.0,
        {"cement": 1.0},
        "flow:allowances_at_price[power_coal>companies]",
        "0",
        why="a unit of a sector that is not covered buys none",
    ),
    Law(
        "schedule.carbon.benchmark_factor",
        0.7,
        1.0,
        "record:carbon_market.allocated_tco2",
        "+",
        COVERED,
        why="what is given free is the benchmark times the output",
    ),
    Law(
        "schedule.carbon.benchmark_factor",
        0.7,
        1.0,
        "Price|Carbon|Market",
        "-",
        COVERED,
        why="more allowances are cheaper allowances",
    ),
    Law(
        "schedule.carbon.auction_share",
        0.0,
        0.5,
        "flow:allowance_sales[companies>North]",
        "+",
        COVERED,
        why="companies buy from their province what they no longer get free",
    ),
    Law(
        "schedule.carbon.auction_share",
        0.0,
        0.5,
        "record:carbon_market.allocated_tco2",
        "-",
        COVERED,
        why="what is sold is not given",
    ),
    Law(
        "schedule.carbon.unlimited_carry_over",
        0.0,
        1.0,
        "Price|Carbon|Market",
        "+",
        DEAR_LATER,
        why="who may keep allowances for a dear year buys them in cheap ones",
    ),
    Law(
        "schedule.carbon.capture_counts",
        0.0,
        1.0,
        "Investment|Carbon Capture",
        "+",
        CAPTURE_AT_THE_MARGIN,
        why="a captured tonne that needs no allowance saves its price",
    ),
    Law(
        "schedule.carbon.shortfall_cap_share",
        0.0,
        1.0,
        "flow:allowances_at_price[power_coal>companies]",
        "+",
        SHORT,
        why="it is the most that a unit has to buy, as a share of what it emits",
    ),
)
