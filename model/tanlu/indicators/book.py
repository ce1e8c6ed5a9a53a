"""Indicators of the book: for what part each factor counts in the change of CO2 since the year before."""

from typing import NamedTuple

from tanlu.core.units import T_PER_MT
from tanlu.indicators.base import Indicator, Reader
from tanlu.kernels.decomposition import (
    ACTIVITY_DECIDED,
    ACTIVITY_TYPED,
    CARBON,
    FUEL_DECIDED,
    FUEL_TYPED,
    STRUCTURE,
)

CHANGE = "CO2 Change"
TYPED, DECIDED = "Typed", "Decided"


class BookPart(NamedTuple):
    """A factor of the change of CO2, as the inputs set it or as agents decide it."""

    mark: str  # `TYPED` or `DECIDED`
    factor: str
    column: int  # of `BookRecord.change_tco2`

    @property
    def variable(self) -> str:
        """The name of its indicator."""
        return f"{CHANGE}|{self.mark}|{self.factor}"

    @property
    def key(self) -> str:
        """The name of its words."""
        return f"{self.mark} {self.factor}".replace(" ", "_").lower()


BOOK_PARTS = (
    BookPart(TYPED, "Activity", ACTIVITY_TYPED),
    BookPart(TYPED, "Fuel per Service", FUEL_TYPED),
    BookPart(DECIDED, "Activity", ACTIVITY_DECIDED),
    BookPart(DECIDED, "Structure", STRUCTURE),
    BookPart(DECIDED, "Fuel per Service", FUEL_DECIDED),
    BookPart(DECIDED, "CO2 per Fuel", CARBON),
)


def book_indicators() -> list[Indicator]:
    """List the change of CO2, what inputs and what decisions make of it, and its factors."""
    marks = [
        Indicator(f"{CHANGE}|{mark}", "Mt CO2/yr", _sum_of([p.column for p in BOOK_PARTS if p.mark == mark]))
        for mark in (TYPED, DECIDED)
    ]
    return [
        Indicator(CHANGE, "Mt CO2/yr", _sum_of([part.column for part in BOOK_PARTS])),
        *marks,
        *(Indicator(part.variable, "Mt CO2/yr", _sum_of([part.column])) for part in BOOK_PARTS),
    ]


def _sum_of(columns: list[int]) -> Reader:
    """Build a reader that sums factors over sectors, Mt [Y, P]."""
    return lambda r: r.book.change_tco2[..., columns].sum(axis=(2, 3)) / T_PER_MT
