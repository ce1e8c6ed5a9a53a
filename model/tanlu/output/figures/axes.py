"""How any indicator is written: its unit in each language, the factor to it, and how many digits matter."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from tanlu.output.figures.quantities import Axis

SIGNIFICANT = 4  # digits of the largest value
MOST_DIGITS = 3


class UnitScale(NamedTuple):
    """A unit that people read: a value of the model times `factor`."""

    unit: str
    factor: float = 1.0
    at_least: float = 0.0  # of the largest value, in the unit of the model


def _both(en: str, zh: str, zh_factor: float = 1.0) -> dict[str, tuple[UnitScale, ...]]:
    return {"en": (UnitScale(en),), "zh": (UnitScale(zh, zh_factor),)}


def _tonnes(en: str, per: str) -> dict[str, tuple[UnitScale, ...]]:
    """Return the units of an amount in Mt: hundreds of them are 亿吨."""
    return {
        "en": (UnitScale(en),),
        "zh": (UnitScale(f"亿吨{per}", 0.01, 100.0), UnitScale(f"万吨{per}", 100.0)),
    }


# By the unit of the model, the largest first.
SCALES: Mapping[str, Mapping[str, tuple[UnitScale, ...]]] = {
    "Mt CO2/yr": _tonnes("Mt/yr", "/年"),
    "Mt CO2": _tonnes("Mt", ""),
    "Mt/yr": _tonnes("Mt/yr", "/年"),
    "kt/yr": _both("kt/yr", "万吨/年", 0.1),
    "Mtce/yr": _both("Mtce/yr", "万吨标准煤/年", 100.0),
    "t CO2/MWh": _both("t/MWh", "吨/兆瓦时"),
    "%": _both("%", "%"),
    "1": _both("", ""),
    "bp": _both("basis points", "基点"),
    "bn CNY2020/yr": _both("bn CNY/yr", "亿元/年", 10.0),
    "bn CNY2020": _both("bn CNY", "亿元", 10.0),
    "CNY2020/t CO2": _both("CNY/t", "元/吨"),
    "CNY2020/t": _both("CNY/t", "元/吨"),
    "CNY2020/MWh": _both("CNY/MWh", "元/千瓦时", 0.001),
    "CNY2020/kW": _both("CNY/kW", "元/千瓦"),
    "CNY2020/GJ": _both("CNY/GJ", "元/吉焦"),
    "CNY2020/person": _both("CNY/person", "元/人"),
    "CNY2020/household/month": _both("CNY/household/month", "元/户·月"),
    "TWh/yr": _both("TWh/yr", "亿千瓦时/年", 10.0),
    "GWh": _both("GWh", "万千瓦时", 100.0),
    "PJ/yr": _both("PJ/yr", "拍焦/年"),
    "GW": _both("GW", "万千瓦", 100.0),
    "GW/yr": _both("GW/yr", "万千瓦/年", 100.0),
    "h/yr": _both("h/yr", "小时/年"),
    "d/yr": _both("days/yr", "天/年"),
    "km": _both("km", "公里"),
    "bn km/yr": _both("bn km/yr", "亿公里/年", 10.0),
    "million": _both("million", "万", 100.0),
    "million/yr": _both("million/yr", "万/年", 100.0),
    "million m2/yr": _both("million m²/yr", "万平方米/年", 100.0),
    "companies/yr": _both("companies/yr", "家/年"),
    "companies": _both("companies", "家"),
}


def axis_of(unit: str, most: float, language: str) -> Axis:
    """Return how values of a unit are written of which none is larger than `most`; an unknown unit as it is."""
    scales = SCALES[unit][language] if unit in SCALES else (UnitScale(unit),)
    scale = next((one for one in scales if most >= one.at_least), scales[-1])
    return Axis(factor=scale.factor, digits=_digits(most * scale.factor), unit=scale.unit)


def _digits(most: float) -> int:
    """Return how many digits after the point leave the largest value its significant ones."""
    if most <= 0.0 or not math.isfinite(most):
        return 0
    return min(max(SIGNIFICANT - 1 - math.floor(math.log10(most)), 0), MOST_DIGITS)
