"""One figure as it is shown: its value, how far chance leaves it open, and how each language writes it."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.core.intervals import RareOutcome, rare_outcome
from tanlu.core.words import LANGUAGES, text
from tanlu.indicators.catalogue import is_rare
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
    "bn CNY2020/yr": quantities.money_a_year,
    PRICE: quantities.electricity_price,
    PER_TONNE: quantities.cost_of_tonne,
    "TWh/yr": quantities.energy,
    "h/yr": quantities.hours,
    "%": quantities.percent,
    "points": quantities.points,
    "GW": quantities.capacity,
    "year": quantities.year,
    "years": quantities.years,
    "aims": quantities.aims,
}
LEVEL, EFFECT = "level", "effect"
SETTLED, PROVISIONAL, FIXED, ABSENT = "settled", "provisional", "fixed", "absent"
ABOUT = "\N{ALMOST EQUAL TO}"  # before a figure of which draws are to come


class Figure(NamedTuple):
    """A figure of one answer, or of its difference to the baseline."""

    key: str
    indicator: str  # the variable it is of, or the first of those it adds up
    region: str
    window: str  # a year, or the first and last year of a sum
    value: float  # mean over draws
    # Ends of the band of a level, and of the 95 % interval of the mean of an effect or, where it is rare, of its
    # median; NaN of one draw.
    low: float
    high: float
    unit: str
    kind: str  # level or effect
    draws: int  # of which value and range are made; of an effect pairs
    requested_draws: int
    parts: "tuple[Figure, ...]" = ()  # numerator and denominator of a ratio
    rare: RareOutcome | None = None  # what several draws say of a rare outcome

    @property
    def state(self) -> str:
        """Say how far draws to come may still move the figure.

        `settled` once all requested draws are in it, `provisional` before; `fixed` where no draw moves it, since it is
        the region pack's or all of several draws agree to the bit; `absent` where there is no figure.
        """
        if not self.is_known:
            return ABSENT
        if self.draws < self.requested_draws:
            return PROVISIONAL
        return FIXED if self.draws != 1 and self.low == self.high else SETTLED

    @property
    def sign(self) -> int:
        """Return 1 or -1 where the interval of an effect leaves out 0, else 0.

        That of a mean has one degree of freedom less than draws: of one draw, and before all draws are there, no sign
        is known.
        """
        is_open = self.kind != EFFECT or self.state == PROVISIONAL
        return 0 if is_open else int(self.low > 0.0) - int(self.high < 0.0)

    @property
    def text(self) -> Mapping[str, str]:
        """Write the figure in each language, with the mark of its state."""
        return {language: self._marked(str(self.quantity(language)), language) for language in LANGUAGES}

    def quantity(self, language: str) -> Quantity:
        """Write number and unit in a language, the number as about so much while draws are to come."""
        quantity = write_quantity(self.value, self.unit, language)
        return quantity._replace(number=f"{ABOUT}{quantity.number}") if self.is_provisional else quantity

    def mark(self, language: str) -> str:
        """Write how many draws are there while others are to come; else empty."""
        return write_mark(self.draws, self.requested_draws, language) if self.is_provisional else ""

    def signed(self, language: str) -> str:
        """Write the figure as a change.

        Its sign is shown where it is known, and of one draw, beyond which nobody asked. Else the change is told by its
        interval.
        """
        if not self.is_known or self.is_provisional:
            return self.text[language]
        if self.rare is not None and self.kind == EFFECT:
            return self.rare_text(language)
        if self.is_in_noise:
            return text(language, "figure.in_noise", {"ends": self.range_text(language)})
        return quantities.signed(self.quantity(language))

    def size(self, language: str) -> str:
        """Write the figure without its sign."""
        return self._replace(value=abs(self.value)).text[language]

    def range_text(self, language: str) -> str:
        """Write both ends of the range; empty of one draw, and while draws are to come."""
        if math.isnan(self.low) or self.is_provisional:
            return ""
        low, high = (write_quantity(end, self.unit, language) for end in (self.low, self.high))
        if low == high:
            return str(low)
        return f"{low.number} – {high}" if low.unit == high.unit else f"{low} – {high}"

    def rare_text(self, language: str) -> str:
        """Write what draws say of a rare outcome; empty where it is not, and while draws are to come."""
        if self.rare is None or self.is_provisional:
            return ""

        def write(value: float) -> str:
            return str(write_quantity(value, self.unit, language))

        return rare_in_words(self.rare, self.kind == EFFECT, write, language)

    def is_zero(self, language: str) -> bool:
        """Check whether a language writes the figure as zero."""
        return not any(digit in "123456789" for digit in self.quantity(language).number)

    @property
    def is_known(self) -> bool:
        """Check whether there is a figure, such as a cost of a tonne."""
        return math.isfinite(self.value)

    @property
    def is_provisional(self) -> bool:
        """Check whether draws are to come."""
        return self.state == PROVISIONAL

    @property
    def is_in_noise(self) -> bool:
        """Check whether not even the sign of an effect is known.

        Of one draw that is not said, nor of what is rare.
        """
        return (
            self.kind == EFFECT
            and self.rare is None
            and self.low <= 0.0 <= self.high
            and self.low < self.high
        )

    def _marked(self, written: str, language: str) -> str:
        return f"{written} {self.mark(language)}" if self.is_provisional else written


def write_mark(draws: int, requested_draws: int, language: str) -> str:
    """Write the mark of what is made of fewer draws than requested."""
    return text(language, "preliminary.mark", {"finished": draws, "draws": requested_draws})


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


def rare_in_words(rare: RareOutcome, is_effect: bool, write: Callable[[float], str], language: str) -> str:
    """Write in how many draws there is a rare outcome, or an effect on it; `write` writes an amount."""
    if not rare.occurrences:
        return text(language, f"rare.{'no_effect' if is_effect else 'never'}", {"draws": rare.draws})
    amounts = {name: write(getattr(rare, name)) for name in ("median", "low", "high", "largest")}
    values = {"count": rare.occurrences, "draws": rare.draws, **amounts}
    return text(language, f"rare.{'effect' if is_effect else 'level'}", values)


def level_figure(topic: FigureTopic, draws: Floats, requested_draws: int) -> Figure:
    """Build the figure of a level from its draws [R]."""
    spread = level(draws)
    rare = rare_outcome(draws) if draws.size > 1 and is_rare(topic.indicator) else None
    key, indicator, region, window, unit = topic
    ends = spread.low, spread.high
    return Figure(
        *(key, indicator, region, window, spread.mean, *ends, unit, LEVEL, draws.size, requested_draws),
        rare=rare,
    )


def fixed_figure(topic: FigureTopic, value: float) -> Figure:
    """Build a figure that no draw moves, such as one of the region pack."""
    key, indicator, region, window, unit = topic
    return Figure(key, indicator, region, window, value, value, value, unit, LEVEL, 0, 0)


def effect_figure(topic: FigureTopic, change: Difference, requested_draws: int) -> Figure:
    """Build the figure of a difference, made of the draws of an answer and of its reference.

    Its range is the interval of the mean, of the median where it is rare.
    """
    key, indicator, region, window, unit = topic
    low, high = change.low, change.high
    return Figure(
        *(
            key,
            indicator,
            region,
            window,
            change.mean,
            low,
            high,
            unit,
            EFFECT,
            change.draws,
            requested_draws,
        ),
        rare=change.rare,
    )


def ratio_figure(topic: FigureTopic, value: float, numerator: Figure, denominator: Figure) -> Figure:
    """Build the figure of a ratio, which carries what it is made of.

    It has no interval. `value` is NaN where the denominator is within chance.
    """
    key, indicator, region, window, unit = topic
    draws, requested_draws = denominator.draws, denominator.requested_draws
    return Figure(
        key,
        indicator,
        region,
        window,
        value,
        math.nan,
        math.nan,
        unit,
        EFFECT,
        draws,
        requested_draws,
        (numerator, denominator),
    )
