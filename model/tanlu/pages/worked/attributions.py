"""Shares of policies for the page: coalitions are asked of its workers, a first draw and then all of them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.experiments.attribution.main import Attribution, share_out
from tanlu.experiments.attribution.runs import QUANTITIES
from tanlu.experiments.attribution.shapley import MOST_EXACT, Coalition, Shares
from tanlu.pages.levers import Levers
from tanlu.pages.worked.coalitions import CoalitionDraw, PolicyGame
from tanlu.pages.workers.kept import KeptDraws
from tanlu.pages.workers.orders import Order

NOTHING_DIFFERS, EVENTS, NAMES = "nothing", "events", "names"  # why there are no shares
WAITING, SHARED, FAILED = "waiting", "shared", "failed"
KEPT_GAMES = 20
SHARED_OUT = ("share", "alone", "if_removed", "total")  # fields of shares that are by quantity


NO_PROVINCES: "Mapping[str, Worked]" = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Worked:
    """How far the shares of a scenario's policies are; axes N policies, L sectors and then provinces, Y years."""

    state: str
    sig: str  # changes with the shares
    attribution: Attribution | None = None  # of the draws that are there
    layers: Floats | None = None  # [N, L, Y] what each policy avoids in each layer, Mt
    before: Floats | None = None  # [1 + L, Y] emissions of the reference: all, then of each layer
    draws: int = 0  # that shares are asked of
    missing: int = 0  # runs that are still to come
    failure: str = ""
    is_against_reference: bool = False  # whether nothing but policies differs between both
    provinces: Mapping[str, "Worked"] = NO_PROVINCES  # the same of each province

    def in_region(self, region: str) -> "Worked":
        """Return the shares of a province, else those of the whole region."""
        return self.provinces.get(region, self)

    @property
    def is_whole(self) -> bool:
        """Whether shares are there, of all draws."""
        return self.attribution is not None and self.attribution.draws == self.draws

    @property
    def is_exact(self) -> bool:
        """Whether shares are of all coalitions, not of random orders."""
        return self.attribution is not None and len(self.attribution.policies) <= MOST_EXACT


NOT_YET = Worked(WAITING, WAITING)


class SharedOut(NamedTuple):
    """What is shared out among the policies of a game in all regions."""

    game: PolicyGame
    counted: np.ndarray  # [Y] years of sums
    every: Shares  # [N, R, G (QUANTITIES + L), Y] and without N
    none: Floats  # [R, G (QUANTITIES + L), Y] what the reference brings
    of_all: list[CoalitionDraw]  # [R] with all policies

    def in_region(self, region: str) -> Worked:
        """Return the shares in a region."""
        game, draws = self.game, len(self.of_all)
        place = self.of_all[0].regions.index(region)
        rows, q = self._rows_of(place), len(QUANTITIES)
        every = self.every._replace(**{name: getattr(self.every, name)[..., rows, :] for name in SHARED_OUT})
        shares = every._replace(**{name: getattr(every, name)[..., :q, :] for name in SHARED_OUT})
        years = game.scenario.years.array()
        nothing = np.zeros(years.size)
        named = [
            [one.named_bn_cny[name][place] if name in one.named_bn_cny else nothing for one in self.of_all]
            for name in game.players
        ]
        none = self.none[:, rows]
        return Worked(
            SHARED,
            f"{game.key}-{draws}-{region}",
            Attribution(
                game.scenario.name,
                game.reference.name,
                game.players,
                years,
                self.counted,
                shares,
                np.array(named),
            ),
            every.share[:, :, q:].mean(axis=1),
            -np.concatenate([none[:, :1], none[:, q:]], axis=1).mean(axis=0),
            game.draws,
            is_against_reference=game.is_against_reference,
        )

    def _rows_of(self, place: int) -> slice:
        """Return the rows of a region, of which the last comes first."""
        regions, rows = self.of_all[0].brought.shape[:2]
        start = (regions - 1 - place) * rows
        return slice(start, start + rows)


class MissingDrawsError(LookupError):
    """Shares need draws that are not there."""

    def __init__(self, orders: list[Order]) -> None:
        super().__init__()
        self.orders = orders


class Attributions:
    """Shares of the policies of visitors' scenarios, each made once for all of them."""

    def __init__(
        self, kept: KeptDraws[CoalitionDraw], game: Callable[[Levers], PolicyGame], observed: int
    ) -> None:
        """Take kept draws of coalitions, how a game is made of what a visitor asks, and the last year of statistics."""
        self._kept, self._observed = kept, observed
        self._game = lru_cache(maxsize=KEPT_GAMES)(game)
        self._lock = threading.RLock()
        self._made: OrderedDict[tuple[str, int], Worked] = OrderedDict()

    def look(self, levers: Levers, visitor: str = "", changed: Callable[[], None] | None = None) -> Worked:
        """Return the shares that are there, and ask for what is missing where somebody is to be told of it."""
        with self._lock:
            game = self._game(levers)
            if not game.players:
                return Worked(NOTHING_DIFFERS, NOTHING_DIFFERS)
            if game.in_events:
                return Worked(EVENTS, EVENTS)
            if game.named_as_sums:
                return Worked(NAMES, NAMES)
            shown = Worked(WAITING, WAITING, draws=game.draws)
            for draws in dict.fromkeys((1, game.draws)):
                found = self._shared(game, draws)
                if not isinstance(found, Worked) and changed is not None:
                    if failure := self._kept.ask(visitor, game.key, found, changed):
                        return Worked(FAILED, failure, failure=failure)
                    found = self._shared(game, draws)  # what somebody else has asked for may be there at once
                if not isinstance(found, Worked):
                    return replace(shown, missing=len(found))
                shown = found
            return shown

    def leave(self, visitor: str) -> None:
        """Forget a visitor who has gone."""
        self._kept.leave(visitor)

    def forget(self) -> None:
        """Give up all that is kept."""
        with self._lock:
            self._made.clear()
            self._game.cache_clear()
        self._kept.forget()

    def _shared(self, game: PolicyGame, draws: int) -> Worked | list[Order]:
        """Return the shares in the first draws, or what has to be run before there are any."""
        key = game.key, draws
        if key not in self._made:
            try:
                self._made[key] = self._made_of(game, draws)
            except MissingDrawsError as missing:
                return missing.orders
            while len(self._made) > KEPT_GAMES:
                self._made.popitem(last=False)
        self._made.move_to_end(key)
        return self._made[key]

    def _made_of(self, game: PolicyGame, draws: int) -> Worked:
        years = game.scenario.years.array()
        counted = years >= min(self._observed + 1, int(years[-1]))
        every = share_out(
            len(game.players), lambda some: self._worth(game, some, draws), counted, game.scenario.seed
        )
        of_all = self._draws(game, [game.everybody], draws)[game.everybody]
        (none,) = self._worth(game, [frozenset()], draws).values()
        shared = SharedOut(game, counted, every, none, of_all)
        *provinces, whole = of_all[0].regions
        return replace(
            shared.in_region(whole), provinces={name: shared.in_region(name) for name in provinces}
        )

    def _worth(
        self, game: PolicyGame, coalitions: Iterable[Coalition], draws: int
    ) -> Mapping[Coalition, Floats]:
        """Return what coalitions bring in each draw [R, G (QUANTITIES + L), Y].

        The whole region comes first: random orders are added until its CO2 is shared out well enough.
        """
        found = self._draws(game, coalitions, draws)
        return {
            some: np.array([np.concatenate(one.brought[::-1]) for one in of]) for some, of in found.items()
        }

    def _draws(
        self, game: PolicyGame, coalitions: Iterable[Coalition], draws: int
    ) -> dict[Coalition, list[CoalitionDraw]]:
        """Return what is kept of coalitions in each draw.

        Raises:
            MissingDrawsError: with what has to be run first.
        """
        found: dict[Coalition, list[CoalitionDraw]] = {}
        missing: list[Order] = []
        for some in coalitions:
            found[some] = []
            for draw in range(draws):
                order = game.order(some, draw)
                value = self._kept.look(order.key)
                if value is None:
                    missing.append(order)
                else:
                    found[some].append(value)
        if missing:
            raise MissingDrawsError(missing)
        return found
