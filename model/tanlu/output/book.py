"""What made the change of CO2 of a result since the statistics: typed in or decided, factor by factor, in words."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Integers
from tanlu.core.words import text
from tanlu.core.words.numbers import number, unit_name
from tanlu.indicators.book import BOOK_PARTS, CHANGE, DECIDED, TYPED
from tanlu.output.measures import Measured

UNIT = "Mt CO2/yr"
FUEL_TYPED = f"{CHANGE}|{TYPED}|Fuel per Service"


class Book(NamedTuple):
    """Change of CO2 from the last year of statistics to the last year of a run, mean over draws, Mt a year."""

    first_year: int
    last_year: int
    change_mtco2: float
    parts_mtco2: Mapping[str, float]  # by variable of `BOOK_PARTS`; they add up to the change

    @property
    def span(self) -> str:
        """The years between which emissions are compared."""
        return f"{self.first_year}-{self.last_year}"

    def sum_of(self, mark: str) -> float:
        """Sum the parts that are typed or decided, Mt."""
        return sum(self.parts_mtco2[part.variable] for part in BOOK_PARTS if part.mark == mark)

    @property
    def is_mostly_typed(self) -> bool:
        """Tell whether inputs change emissions the way they go by more than decisions do."""
        way = np.sign(self.change_mtco2)
        return bool(way * self.sum_of(TYPED) > way * self.sum_of(DECIDED))


def book_of(result: Measured, region: str | None = None) -> Book | None:
    """Sum up the book of a region; None where the result lacks the indicators or has one year.

    It is of the whole region unless a province is named.
    """
    variables = [part.variable for part in BOOK_PARTS]
    if not {CHANGE, *variables} <= {*result.measures.variables} or len(result.years) < 2:
        return None
    years = result.years
    first = first_year(years, result.counted_from)
    is_counted = years > first

    def total(variable: str) -> float:
        return float(result.draws(variable, region)[:, is_counted].mean(axis=0).sum())

    parts = {variable: total(variable) for variable in variables}
    return Book(first, int(years[-1]), total(CHANGE), parts)


def first_year(years: Integers, counted_from: int) -> int:
    """Select the year that changes are counted from: the last of statistics, within those of a run."""
    return int(np.clip(counted_from - 1, years[0], years[-1] - 1))


def book_in_words(result: Measured, language: str, region: str | None = None) -> tuple[str, ...]:
    """Write what made the change of CO2, and whether more of it is typed in than decided.

    It is that of the whole region unless a province is named.
    """
    book = book_of(result, region)
    if book is None:
        return ()
    values: dict[str, object] = {
        "first": book.first_year,
        "last": book.last_year,
        "unit": unit_name(UNIT, language),
        "change": _signed(book.change_mtco2),
        "typed": _signed(book.sum_of(TYPED)),
        "decided": _signed(book.sum_of(DECIDED)),
        **{part.key: _signed(book.parts_mtco2[part.variable]) for part in BOOK_PARTS},
    }
    sentence = text(language, "book.sentence", values)
    return (sentence + text(language, "book.mostly_typed") if book.is_mostly_typed else sentence,)


def policy_in_words(name: str, result: Measured, base: Measured, language: str) -> str:
    """Hold what a scenario changes in the last year against typed fuel per service; empty where it is less."""
    book, years = book_of(result), np.intersect1d(result.years, base.years)
    if book is None or book.last_year not in years:
        return ""
    now, usual = (float(x.path("Emissions|CO2")[book.last_year]) for x in (result, base))
    typed, effect = book.parts_mtco2[FUEL_TYPED], now - usual
    if effect == 0.0 or abs(typed) <= abs(effect):
        return ""
    values = {
        "name": name,
        "first": book.first_year,
        "last": book.last_year,
        "typed": _signed(typed),
        "effect": _signed(effect),
        "unit": unit_name(UNIT, language),
    }
    return text(language, "book.typed_exceeds_policy", values)


def _signed(value: float) -> str:
    return number(value, UNIT, sign=True)
