"""Draws beyond those of a scenario, of it and of its reference: what a band is made of is kept of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tanlu.indicators.grid import NET_IMPORTS
from tanlu.output.figures.paths import (
    CAPTURE,
    CLIMATE_REVENUE,
    ELECTRICITY_PRICE,
    EMISSIONS,
    EXPECTED_SHORTAGE,
    GIVEN_BACK,
    HOUSEHOLD_TARIFF,
    HYDROPOWER,
    INDUSTRY_TARIFF,
    NON_FOSSIL_SHARE,
    PUBLIC_MONEY,
    RESERVE_MARGIN,
    SEQUESTERED,
    SHORTAGE,
    system_cost_variables,
)
from tanlu.output.measures import Measures
from tanlu.pages.workers.kept import KeptDraws
from tanlu.pages.workers.orders import Draw, Order
from tanlu.records.carbon_tables.nation import LEFT_TO_OTHERS, USED_BY_OTHERS

PATH_VARIABLES = (
    EMISSIONS,
    CAPTURE,
    *SEQUESTERED,
    PUBLIC_MONEY,
    GIVEN_BACK,
    CLIMATE_REVENUE,
    ELECTRICITY_PRICE,
    HOUSEHOLD_TARIFF,
    INDUSTRY_TARIFF,
    SHORTAGE,
    EXPECTED_SHORTAGE,
    RESERVE_MARGIN,
    NON_FOSSIL_SHARE,
    HYDROPOWER,
    NET_IMPORTS,
    LEFT_TO_OTHERS,
    USED_BY_OTHERS,
)
MORE = (16, 32, 64)  # draws that a visitor may ask for


class SlimDraw(NamedTuple):
    """The indicators of one draw that bands and targets need."""

    measures: Measures  # of one draw

    @property
    def nbytes(self) -> int:
        """Return how many bytes it takes."""
        return self.measures.values.nbytes


def slim(draw: Draw, targets: Sequence[str]) -> SlimDraw:
    """Return what is kept of a draw; `targets` are the variables that official targets are about."""
    wanted = {*PATH_VARIABLES, *targets, *system_cost_variables(draw.variables)}
    at = [n for n, name in enumerate(draw.variables) if name in wanted]
    names, units = (tuple(of[n] for n in at) for of in (draw.variables, draw.units))
    return SlimDraw(Measures(names, units, draw.regions, draw.years, draw.values[at][None]))


class DrawnScenario(NamedTuple):
    """A scenario of which draws are asked."""

    key: str
    question: Mapping[str, object]


@dataclass(frozen=True, eq=False)
class Drawn:
    """The draws of a scenario and of its reference that are there, as many of one as of the other."""

    sig: str
    now: Measures | None = None  # of the first draws without a gap
    base: Measures | None = None
    wanted: int = 0
    missing: int = 0  # runs that are still to come
    failure: str = ""

    @property
    def number(self) -> int:
        """How many draws are there."""
        return 0 if self.now is None else len(self.now.values)


class MoreDraws:
    """Asks for draws of visitors' scenarios at the lowest rank and puts together what is there."""

    def __init__(self, kept: KeptDraws[SlimDraw]) -> None:
        self._kept = kept

    def look(
        self,
        both: tuple[DrawnScenario, DrawnScenario],
        wanted: int,
        visitor: str = "",
        changed: Callable[[], None] | None = None,
    ) -> Drawn:
        """Return the draws of a scenario and its reference that are there; ask for the others if somebody is told."""
        missing = self._missing(both, wanted)
        failure = ""
        if missing and changed is not None:
            failure = self._kept.ask(visitor, f"{both[0].key}-{wanted}", missing, changed)
            missing = self._missing(both, wanted)  # what somebody else has asked for may be there at once
        there = _from_the_first(missing, wanted)
        shown = there if there == wanted else 2 ** max(there.bit_length() - 1, 0) if there else 0
        if not shown:
            return Drawn(f"{both[0].key}-0", wanted=wanted, missing=len(missing), failure=failure)
        now, base = (self._joined(one, shown) for one in both)
        return Drawn(f"{both[0].key}-{shown}", now, base, wanted, len(missing), failure)

    def leave(self, visitor: str) -> None:
        """Forget a visitor who has gone."""
        self._kept.leave(visitor)

    def forget(self) -> None:
        """Give up all that is kept."""
        self._kept.forget()

    def _missing(self, both: tuple[DrawnScenario, DrawnScenario], wanted: int) -> list[Order]:
        """Return what is still to be run, pair by pair."""
        several = both if both[0].key != both[1].key else both[:1]
        orders = [Order(*one, draw) for draw in range(wanted) for one in several]
        return [order for order in orders if self._kept.look(order.key) is None]

    def _joined(self, one: DrawnScenario, number: int) -> Measures:
        draws = [self._kept.look((one.key, draw, "")) for draw in range(number)]
        there = [draw.measures for draw in draws if draw is not None]
        return there[0]._replace(values=np.concatenate([measures.values for measures in there]))


def _from_the_first(missing: Sequence[Order], wanted: int) -> int:
    """Return how many draws are there of both without a gap."""
    return min((order.draw for order in missing), default=wanted)
