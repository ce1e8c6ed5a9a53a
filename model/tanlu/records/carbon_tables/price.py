"""The carbon price taken apart, by year."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tanlu.carbon_market.national import PRICE_PARTS
from tanlu.core.arrays import Floats
from tanlu.records.carbon_tables.common import COAL, PACK_TABLES, PER_T, THEME
from tanlu.records.happened import YearOutcome
from tanlu.records.yearly import SINGLE_ROW, Display, YearlyMeasure, YearlyTable

MARKET_PRICE = "Price|Carbon|Market"


class PricePart(NamedTuple):
    """How a part of the price is named, described and drawn."""

    variable: str
    en: tuple[str, str]
    zh: tuple[str, str]
    colour: str


PARTS = {
    "this_year": PricePart(
        "This Year",
        (
            "Scarcity of the year",
            "Price of the year if it stood alone, without credits, bank and years ahead: what its cap asks for.",
        ),
        ("当年紧缺", "不计抵销、结余和未来年份时的当年价格，即当年总量所要求的价格。"),
        "#d55e00",
    ),
    "credits": PricePart(
        "Credits",
        ("Credits", "What voluntary credits take from the price of the year alone."),
        ("抵销", "自愿减排量抵销使当年价格变化的部分。"),
        "#009e73",
    ),
    "bank": PricePart(
        "Bank",
        ("Bank of earlier years", "What allowances banked in earlier years take from it."),
        ("往年结余", "往年结余配额使当年价格变化的部分。"),
        "#0072b2",
    ),
    "years_ahead": PricePart(
        "Years Ahead",
        ("Scarcity of years ahead", "What holders add who keep allowances for scarcer years ahead."),
        ("未来紧缺", "持有者为未来更紧缺的年份留存配额而抬高的部分。"),
        "#cc79a7",
    ),
    "observation": PricePart(
        "Observation",
        (
            "Observed beyond that",
            "In years with an observed price: what it has beyond the price that the market finds.",
        ),
        ("观测差额", "有观测价格的年份：观测价格与模型求得价格之差。"),
        "#999999",
    ),
    "bounds": PricePart(
        "Floor And Ceiling",
        ("Floor and ceiling", "What the floor adds or the ceiling takes."),
        ("价格上下限", "价格下限抬高或上限压低的部分。"),
        "#e69f00",
    ),
}


def _part_of_price(part: int) -> Callable[[YearOutcome], Floats]:
    return lambda year: year.carbon.price_parts_cny_per_tco2[part]


PRICE_TABLE = YearlyTable(
    name="carbon_price_parts",
    theme=THEME,
    tables=PACK_TABLES,
    row_columns=lambda _: {},
    groups=SINGLE_ROW,
    charts={"parts": {"en": "What the carbon price is made of", "zh": "碳价构成"}},
    measures=(
        YearlyMeasure(
            "market_price_cny_per_tco2",
            PER_T,
            ("Carbon price of the market", "Price of an allowance; one for the region."),
            ("碳市场价格", "碳排放配额价格，全地区统一。"),
            lambda year: np.array(year.carbon.price_cny_per_tco2),
            Display(
                MARKET_PRICE,
                PER_T,
                1.0,
                "parts",
                COAL,
                parts=tuple(f"{MARKET_PRICE}|{PARTS[part].variable}" for part in PRICE_PARTS),
            ),
        ),
        *(
            YearlyMeasure(
                f"{part}_cny_per_tco2",
                PER_T,
                PARTS[part].en,
                PARTS[part].zh,
                _part_of_price(n),
                Display(
                    f"{MARKET_PRICE}|{PARTS[part].variable}",
                    PER_T,
                    1.0,
                    "parts",
                    PARTS[part].colour,
                    is_dashed=True,
                ),
            )
            for n, part in enumerate(PRICE_PARTS)
        ),
    ),
)
