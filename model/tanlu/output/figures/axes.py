"""How any indicator is written: its unit in each language, the factor to it, and how many digits matter."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from tanlu.core.words.numbers import A_YEAR, unit_name
from tanlu.output.figures.quantities import Axis

SIGNIFICANT = 4  # digits of the largest value
MOST_DIGITS = 3


class UnitScale(NamedTuple):
    """A unit that people read on a chart: a value of the model times `factor`."""

    unit: str
    factor: float = 1.0
    at_least: float = 0.0  # of the largest value, in the unit of the model


# By the unit of an amount: what charts write shorter in English, where tables say of what and at which prices.
ENGLISH: Mapping[str, str] = {
    **{"Mt CO2": "Mt", "t CO2/MWh": "t/MWh", "1": "", "bp": "basis points", "d": "days"},
    **{"million m2": "million m²", "bn CNY2020": "bn CNY", "CNY2020/t CO2": "CNY/t", "CNY2020/t": "CNY/t"},
    **{"CNY2020/MWh": "CNY/MWh", "CNY2020/kW": "CNY/kW", "CNY2020/GJ": "CNY/GJ"},
    **{"CNY2020/person": "CNY/person", "CNY2020/household/month": "CNY/household/month"},
}
# What charts write in Chinese in units of another size, the largest first: hundreds of Mt are 亿吨.
TONNES = (UnitScale("亿吨", 0.01, 100.0), UnitScale("万吨", 100.0))
CHINESE: Mapping[str, tuple[UnitScale, ...]] = {
    **{"Mt CO2": TONNES, "Mt": TONNES, "kt": (UnitScale("万吨", 0.1),)},
    "Mtce": (UnitScale("万吨标准煤", 100.0),),
    "1": (UnitScale(""),),
    "bn CNY2020": (UnitScale("亿元", 10.0),),
    "CNY2020/MWh": (UnitScale("元/千瓦时", 0.001),),
    **{"TWh": (UnitScale("亿千瓦时", 10.0),), "GWh": (UnitScale("万千瓦时", 100.0),)},
    "GW": (UnitScale("万千瓦", 100.0),),
    "bn km": (UnitScale("亿公里", 10.0),),
    **{"million": (UnitScale("万", 100.0),), "million m2": (UnitScale("万平方米", 100.0),)},
}


def axis_of(unit: str, largest: float, language: str) -> Axis:
    """Choose factor, digits and unit of an axis up to `largest`.

    An unknown unit stays as it is.
    """
    amount = unit.removesuffix(A_YEAR)
    scales = _scales(amount, language)
    scale = next((candidate for candidate in scales if largest >= candidate.at_least), scales[-1])
    per = unit_name(A_YEAR, language) if amount != unit else ""
    return Axis(factor=scale.factor, digits=_digits(largest * scale.factor), unit=scale.unit + per)


def _scales(amount: str, language: str) -> tuple[UnitScale, ...]:
    name = unit_name(amount, language)
    return (
        (UnitScale(ENGLISH.get(amount, name)),)
        if language == "en"
        else CHINESE.get(amount, (UnitScale(name),))
    )


def _digits(largest: float) -> int:
    """Count the decimals that leave the largest value its significant digits."""
    if largest <= 0.0 or not math.isfinite(largest):
        return 0
    return min(max(SIGNIFICANT - 1 - math.floor(math.log10(largest)), 0), MOST_DIGITS)
