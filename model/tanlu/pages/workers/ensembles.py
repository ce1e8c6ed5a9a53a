"""The draws of scenarios as they come, kept for all visitors within a bound of memory."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from tanlu.output.measures import Measures
from tanlu.pages.hours import Hours
from tanlu.pages.levers import Levers
from tanlu.pages.money.payments import Payments
from tanlu.pages.sites import Plants
from tanlu.pages.workers.orders import Draw, Key, Order, Tables
from tanlu.pages.workers.views import AnswerView, found_in, mark_early, mean_of, share_draws, wide_table

BYTES_KEPT = 150_000_000


@dataclass(eq=False)
class Ensemble:
    """A scenario and those of its draws that are there."""

    key: str
    levers: Levers
    question: Mapping[str, object]
    draws: dict[int, Draw] = field(default_factory=dict)
    orders: "dict[Key, Future[Draw]]" = field(default_factory=dict)
    tables: set[Tables] = field(default_factory=lambda: {""})  # that are there
    hours: Hours | None = None
    plants: Plants | None = None
    view: AnswerView | None = None
    failure: str = ""  # number under which it is logged
    prepared: set[int] = field(default_factory=set)  # draws made ahead, as long as they have no payments
    is_prepared: bool = False  # whether all draws were made ahead
    is_looked_up: bool = False  # whether draws made ahead were looked for

    @property
    def total(self) -> int:
        """How many draws the scenario asks for."""
        return int(str(self.question["replications"]))

    @property
    def is_whole(self) -> bool:
        """Whether all draws are there."""
        return len(self.draws) == self.total

    def lacks(self, tables: Tables) -> bool:
        """Check whether tables are still to come; payments come with each draw that a worker runs."""
        return bool(self.prepared) if tables == "payments" else tables not in self.tables

    def missing(self, tables: Tables) -> Iterator[Order]:
        """Yield what is still to be asked: the first draw alone, with the tables, then the tables, then all others."""
        if self.failure:
            return
        if tables == "payments":
            yield from (Order(self.key, self.question, draw) for draw in sorted(self.prepared))
            tables = ""
        if 0 not in self.draws or self.lacks(tables):
            yield Order(self.key, self.question, 0, tables)
        if 0 in self.draws:
            yield from (
                Order(self.key, self.question, draw) for draw in range(self.total) if draw not in self.draws
            )

    def take(self, order: Order, draw: Draw, base: "Ensemble | None") -> None:
        """Keep what a draw gave."""
        self.tables.add(order.tables)
        self.hours, self.plants = draw.hours or self.hours, draw.plants or self.plants
        is_again = order.draw in self.draws
        if is_again and order.draw not in self.prepared:
            return
        self.draws[order.draw] = draw._replace(hours=None, plants=None)
        self.prepared.discard(order.draw)
        there = self._from_the_first()
        if (there == self.total and not (is_again and self.prepared)) or (there and self.view is None):
            self._see(there, base)

    def fill(self, draws: Mapping[int, Draw], base: "Ensemble | None") -> None:
        """Keep draws that were made ahead, before any other is there."""
        self.draws, self.prepared = dict(draws), set(draws)
        self.is_prepared = self.is_whole
        if there := self._from_the_first():
            self._see(there, base)

    def bytes(self) -> int:
        """Return about how much memory it takes."""
        values = sum(draw.values.nbytes for draw in self.draws.values())
        hours = self.hours.bands_mw.nbytes + 2 * self.hours.load_mw.nbytes if self.hours else 0
        plants = 2 * self.plants.figures.nbytes if self.plants else 0  # their decisions take as much again
        wide = self.view.wide.to_numpy().nbytes if self.view else 0
        return values + wide + hours + plants

    def _from_the_first(self) -> int:
        """Return how many draws are there without a gap."""
        return next((n for n in range(self.total) if n not in self.draws), self.total)

    def _see(self, number: int, base: "Ensemble | None") -> None:
        """Make the view of the first draws: of the first that comes and of all, since each draws the page anew."""
        there = [self.draws[n] for n in range(number)]
        first = there[0]
        values = np.stack([draw.values for draw in there])
        self.draws |= {n: draw._replace(values=values[n]) for n, draw in enumerate(there)}  # once in memory
        measures = Measures(first.variables, first.units, first.regions, first.years, values)
        other = base.measures_shared_with(self, measures) if base is not None and base is not self else None
        payments = [draw.payments for draw in there if draw.payments is not None]
        has_payments = len(payments) == number
        self.view = AnswerView(
            f"{self.key}{mark_early(len(there), self.total)}",
            self.levers,
            wide_table(measures, mean_of(measures, self.total, other)),
            first.regions[-1],
            Payments.joined(payments) if has_payments else None,
            found_in([draw.findings for draw in there], self.total),
            measures,
            self.total,
            self.is_prepared,
        )

    def measures_shared_with(self, other: "Ensemble", measures: Measures) -> Measures | None:
        """Return what was measured of this one, if its draws are those of another."""
        mine = self.view.measures if self.view is not None else None
        same_chance = self.question.get("seed") == other.question.get("seed")
        return mine if mine is not None and same_chance and share_draws(measures, mine) else None


class Ensembles:
    """Scenarios by their identity; those unused for longest are given up when all need too much memory."""

    def __init__(self, bytes_kept: int = BYTES_KEPT) -> None:
        self._bytes_kept = bytes_kept
        self._known: OrderedDict[str, Ensemble] = OrderedDict()

    def get(self, key: str, levers: Levers, question: Mapping[str, object]) -> Ensemble:
        """Return the draws of a scenario, none yet where it is new or was given up."""
        found = self._known.setdefault(key, Ensemble(key, levers, question))
        self._known.move_to_end(key)
        return found

    def draw(self, key: Key) -> Draw | None:
        """Return a draw that is there, without its tables; asking for it does not keep it any longer."""
        scenario, number, _ = key
        found = self._known.get(scenario)
        return found.draws.get(number) if found is not None else None

    def forget(self, kept: set[str]) -> None:
        """Give up all but those that are `kept`."""
        for key in [key for key in self._known if key not in kept]:
            del self._known[key]

    def trim(self, kept: set[str]) -> None:
        """Give up what was unused for longest, but for those that are `kept`, until the bound holds."""
        total = sum(one.bytes() for one in self._known.values())
        for key in [key for key in self._known if key not in kept]:
            if total <= self._bytes_kept:
                return
            total -= self._known.pop(key).bytes()
