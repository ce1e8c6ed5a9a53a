"""Which way auctions of contracts for difference work, as an instrument and in the schedule."""

from math import inf

from tests.laws.form import Law, Row

LEVY = "Consumer Levy|Contracts for Difference"
UNDER_CONTRACT = "Secondary Energy|Electricity|By Group|Contracts for Difference"
AUCTION = {"cap_cny_per_mwh": 450, "floor_cny_per_mwh": 100, "volume_twh_per_year": 2}
AMPLE = {
    "auctions.volume_mwh": {"wind": 5e6},
    "auctions.cap_cny_per_mwh": 450.0,
    "auctions.covered_share": 0.8,
}


def key(
    lever: str,
    low: object,
    high: object,
    sign: str,
    why: str,
    indicator: str = UNDER_CONTRACT,
    **rest: object,
) -> Law:
    """Return the law of a key of the instrument, beside others that let it act."""
    world = {"policies": {"lever": {**AUCTION, **rest}}}
    return Law(f"policies.renewable_auction.{lever}", low, high, indicator, sign, world, why)


def field(lever: str, low: object, high: object, sign: str, why: str, **rest: object) -> Law:
    """Return the law of a field of the schedule, beside others that let it act."""
    settings = {path: number for path, number in {**AMPLE, **rest}.items() if path != f"auctions.{lever}"}
    world = {"schedule": {path: number for path, number in settings.items()}}
    return Law(f"schedule.auctions.{lever}", low, high, UNDER_CONTRACT, sign, world, why)


OWED = {"volume_twh_per_year": 0, "owed_share": 0.3}
ROWS: tuple[Row, ...] = (
    key("volume_twh_per_year", 0, 2, "+", "contracts are auctioned for it"),
    key(
        "volume_twh_per_year",
        0,
        2,
        "+",
        "who wins builds more than the market alone would",
        "Capacity|Electricity|Solar",
    ),
    key("owed_share", 0, 0.3, "+", "what is lacking to it is auctioned", volume_twh_per_year=0),
    key("auctioned_share", 0.05, 1.0, "+", "more of what is lacking is auctioned at once", **OWED),
    key("cap_cny_per_mwh", 300, 450, "+", "dearer projects may bid", floor_cny_per_mwh=100),
    key("floor_cny_per_mwh", 100, 440, "+", "all winners are paid at least the floor", LEVY),
    key("term_years", 2, 12, "+", "a contract holds for more years"),
    key("covered_share", 0.2, 0.8, "+", "more of what a project feeds in may be under contract"),
    key("least_bids_factor", 1, 2, "-", "with few bids the volume shrinks", volume_twh_per_year=20),
    key("budget_bn_cny_per_year", 0.001, 5, "+", "more contracts are within it", volume_twh_per_year=20),
    key(
        "technologies",
        ["wind"],
        ["solar_utility"],
        "+",
        "only technologies in the list are auctioned",
        "record:power.contracted_mwh[solar_utility]",
    ),
    key(
        "technologies",
        ["wind"],
        ["solar_utility"],
        "-",
        "only technologies in the list are auctioned",
        "record:power.contracted_mwh[wind]",
    ),
    field("volume_mwh", 0.0, {"wind": 2e6}, "+", "contracts are auctioned for it"),
    field(
        "owed_share",
        0.0,
        {"wind": 0.3},
        "+",
        "what is lacking to it is auctioned",
        **{"auctions.volume_mwh": 0.0},
    ),
    field(
        "auctioned_share",
        0.05,
        1.0,
        "+",
        "more of what is lacking is auctioned at once",
        **{"auctions.volume_mwh": 0.0, "auctions.owed_share": {"wind": 0.3}},
    ),
    field("cap_cny_per_mwh", 300.0, 450.0, "+", "dearer projects may bid"),
    Law(
        "schedule.auctions.floor_cny_per_mwh",
        0.0,
        440.0,
        LEVY,
        "+",
        {"schedule": AMPLE},
        "all winners are paid at least the floor",
    ),
    field("covered_share", 0.2, 0.8, "+", "more of what a project feeds in may be under contract"),
    field("least_bids", 1.0, 2.0, "-", "with few bids the volume shrinks"),
    field("term_years", 2.0, 12.0, "+", "a contract holds for more years"),
    field("budget_cny", 1e6, inf, "+", "more contracts are within it"),
)
