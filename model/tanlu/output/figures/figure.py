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
        """Return the figure as each language writes it."""
        return {language: str(self.quantity(language)) for language in LANGUAGES}

    def quantity(self, language: str) -> Quantity:
        """Return number and unit as a language writes them."""
        return self._written(self.value, language)

    def signed(self, language: str) -> str:
        """Return the figure as a change, its sign always shown."""
        return quantities.signed(self.quantity(language)) if self.is_known else self.text[language]

    def range_text(self, language: str) -> str:
        """Return both ends of what chance leaves open, nothing where there is one draw."""
        if math.isnan(self.low):
            return ""
        low, high = (self._written(end, language) for end in (self.low, self.high))
        if low == high:
            return str(low)
        return f"{low.number} – {high}" if low.unit == high.unit else f"{low} – {high}"

    def is_zero(self, language: str) -> bool:
        """Return whether a language writes it as nothing."""
        return not any(digit in "123456789" for digit in self.quantity(language).number)

    @property
    def is_known(self) -> bool:
        """Return whether there is a figure: what nothing avoids has no cost of a tonne."""
        return math.isfinite(self.value)

    @property
    def is_in_noise(self) -> bool:
        """Return whether not even the sign of an effect is known; of one draw that is not said."""
        return self.kind == EFFECT and self.low <= 0.0 <= self.high and self.low < self.high

    def _written(self, value: float, language: str) -> Quantity:
        return written(value, self.unit, language)


def written(value: float, unit: str, language: str) -> Quantity:
    """Return a value of a unit as a language writes it, a dash where there is none."""
    return WRITERS[unit](value, language) if math.isfinite(value) else Quantity("\N{EN DASH}", "")


class About(NamedTuple):
    """What a figure is of."""

    key: str
    indicator: str
    region: str
    window: str
    unit: str


def level_figure(about: About, draws: Floats, value: float | None = None) -> Figure:
    """Return a figure given in every draw [R]; `value` stands for its mean where that is not the mean of draws."""
    of = level(draws)
    low, high = (of.p10, of.p90) if draws.size > 1 else (math.nan, math.nan)
    return _figure(about, of.mean if value is None else value, low, high, LEVEL)


def effect_figure(about: About, found: Difference) -> Figure:
    """Return a difference to the baseline with the interval of its mean."""
    return _figure(about, found.mean, found.low, found.high, EFFECT)


def ratio_figure(about: About, value: float) -> Figure:
    """Return a figure that has no interval."""
    return _figure(about, value, math.nan, math.nan, EFFECT)


def _figure(about: About, value: float, low: float, high: float, kind: str) -> Figure:
    key, indicator, region, window, unit = about
    return Figure(key, indicator, region, window, value, low, high, unit, kind)
