"""One figure as it is shown: its value, how far chance leaves it open, and how each language writes it."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.core.words import LANGUAGES
from tanlu.output.differences import Difference, level
from tanlu.output.figures import quantities
from tanlu.output.figures.quantities import Quantity

PER_TONNE = "CNY2020/t CO2"
PRICE = "CNY2020/MWh"
# How an amount of each unit is written.
WRITERS: Mapping[str, Callable[[float, str], Quantity]] = {
    "Mt CO2": quantities.emission,
    "Mt CO2/yr": quantities.emission,
    "bn CNY2020": quantities.money,
    PRICE: quantities.electricity_price,
    PER_TONNE: quantities.cost_of_tonne,
    "TWh/yr": quantities.energy,
    "h/yr": quantities.hours,
    "%": quantities.percent,
    "points": quantities.points,
    "GW": quantities.capacity,
    "year": quantities.year,
}
LEVEL, EFFECT = "level", "effect"


class Figure(NamedTuple):
    """A figure of one answer, or of its difference to the baseline."""

    key: str
    indicator: str  # the variable it is of, or the first of those it adds up
    region: str
    window: str  # a year, or the first and last year of a sum
    value: float  # mean over draws
    low: float  # P10 of draws for a level, lower end of the 95 % interval of its mean for an effect; NaN of one draw
    high: float
    unit: str
    kind: str  # level or effect

    @property
    def text(self) -> Mapping[str, str]:
        """Write the figure in each language."""
        return {language: str(self.quantity(language)) for language in LANGUAGES}

    def quantity(self, language: str) -> Quantity:
        """Write number and unit in a language."""
        return self._write_quantity(self.value, language)

    def signed(self, language: str) -> str:
        """Write the figure as a change, its sign always shown."""
        return quantities.signed(self.quantity(language)) if self.is_known else self.text[language]

    def range_text(self, language: str) -> str:
        """Write both ends of the range; empty of one draw."""
        if math.isnan(self.low):
            return ""
        low, high = (self._write_quantity(end, language) for end in (self.low, self.high))
        if low == high:
            return str(low)
        return f"{low.number} – {high}" if low.unit == high.unit else f"{low} – {high}"

    def is_zero(self, language: str) -> bool:
        """Check whether a language writes the figure as zero."""
        return not any(digit in "123456789" for digit in self.quantity(language).number)

    @property
    def is_known(self) -> bool:
        """Check whether there is a figure, such as a cost of a tonne."""
        return math.isfinite(self.value)

    @property
    def is_in_noise(self) -> bool:
        """Check whether not even the sign of an effect is known.

        Of one draw that is not said.
        """
        return self.kind == EFFECT and self.low <= 0.0 <= self.high and self.low < self.high

    def _write_quantity(self, value: float, language: str) -> Quantity:
        return write_quantity(value, self.unit, language)


def write_quantity(value: float, unit: str, language: str) -> Quantity:
    """Write a value of a unit in a language, a dash where there is none."""
    return WRITERS[unit](value, language) if math.isfinite(value) else Quantity("\N{EN DASH}", "")


class FigureTopic(NamedTuple):
    """What a figure is of."""

    key: str
    indicator: str
    region: str
    window: str
    unit: str


def level_figure(topic: FigureTopic, draws: Floats, value: float | None = None) -> Figure:
    """Build the figure of a level from its draws [R].

    `value` is its mean where that is not the mean of draws.
    """
    spread = level(draws)
    low, high = (spread.p10, spread.p90) if draws.size > 1 else (math.nan, math.nan)
    return _figure(topic, spread.mean if value is None else value, low, high, LEVEL)


def effect_figure(topic: FigureTopic, change: Difference) -> Figure:
    """Build the figure of a difference to the baseline.

    Its range is the interval of the mean.
    """
    return _figure(topic, change.mean, change.low, change.high, EFFECT)


def ratio_figure(topic: FigureTopic, value: float) -> Figure:
    """Build a figure without an interval."""
    return _figure(topic, value, math.nan, math.nan, EFFECT)


def _figure(topic: FigureTopic, value: float, low: float, high: float, kind: str) -> Figure:
    key, indicator, region, window, unit = topic
    return Figure(key, indicator, region, window, value, low, high, unit, kind)
