"""Runs of a visitor's plans, of the regulator and of the baseline, each once for all visitors."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.five_year_plans import REGULATOR
from tanlu.core.places import SHIPPED
from tanlu.experiments.five_year_plans.game import PlanGame, build_game
from tanlu.experiments.five_year_plans.outcomes import GameOutcome, measure_game
from tanlu.output.measures import Measures
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import Levers
from tanlu.pages.sure.draws import SlimDraw
from tanlu.pages.workers.kept import KeptDraws
from tanlu.pages.workers.orders import Draw, Key, Order, Rank, Workers
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario, plain_scenario

KEPT_GAMES = 40  # whose figures are kept
BYTES_OF_PLANS = 120_000_000  # of draws; 24 to 2060 with every indicator take 16 MB


class Turn(NamedTuple):
    """A game as far as it is decided."""

    levers: Levers  # the scenario of the player, his decisions as events
    through: int  # number of the plan that was decided last


class TurnProgress(NamedTuple):
    """How far the runs of a turn are."""

    outcome: GameOutcome | None = None
    done: int = 0  # runs
    runs: int = 0
    failure: str = ""  # number under which it is logged


class PlanTrials:
    """What games of five-year plans come to; any thread may call its methods."""

    def __init__(
        self,
        workers: Workers,
        there: Callable[[Key], Draw | None],
        scenarios: Scenarios,
        targets: pd.DataFrame,
        identity: Callable[[Mapping[str, object]], str],
    ) -> None:
        """Take `there`, which looks at draws of other pages, and `identity`, which tells questions apart."""
        self.scenarios = scenarios
        self._workers, self._targets, self._identity = workers, targets, identity
        self._kept = KeptDraws(workers, Rank.more, there, _keep_all, BYTES_OF_PLANS)
        self.build = lru_cache(maxsize=KEPT_GAMES)(self._build)
        self._lock = threading.Lock()
        self._measured: OrderedDict[Turn, GameOutcome] = OrderedDict()

    @cached_property
    def _regulator(self) -> Scenario:
        return load(f"{SHIPPED}{REGULATOR}")

    def _build(self, turn: Turn) -> PlanGame:
        """Build the game of a turn, of plan 0 that of the last decision.

        Raises:
            UserError: if the scenario is no game.
        """
        player = self.scenarios.scenario(turn.levers)
        return build_game(player, self._regulator, self.scenarios.baseline, turn.through or None)

    def look(self, turn: Turn, visitor: str = "", changed: Callable[[], None] | None = None) -> TurnProgress:
        """Return what is there of a turn, and ask for what is missing where somebody is to be told of it."""
        game = self.build(turn)
        sides = [(self._identity(question), question) for question in map(plain_scenario, game.sides)]
        orders = {
            order.key: order
            for draw in range(game.player.replications)
            for order in (Order(*side, draw) for side in sides)
        }
        with self._lock:
            known = self._measured.get(turn)
        if known is not None:
            return TurnProgress(known, len(orders), len(orders))
        failure, missing = "", self._missing(orders)
        if missing and changed is not None:
            failure = self._kept.ask(visitor, f"{sides[0][0]}-{turn.through}", missing, changed)
            missing = self._missing(orders)  # what somebody else has asked for may be there at once
        if missing:
            return TurnProgress(None, len(orders) - len(missing), len(orders), failure)
        measures = [self._join(key, game.player.replications) for key, _ in sides]
        outcome = measure_game(game, measures, self._targets)
        with self._lock:
            self._measured[turn] = outcome
            while len(self._measured) > KEPT_GAMES:
                self._measured.popitem(last=False)
        return TurnProgress(outcome, len(orders), len(orders))

    def leave(self, visitor: str) -> None:
        """Forget a visitor, and drop the runs that only he wanted."""
        self._kept.leave(visitor)
        self._workers.leave(visitor)

    def forget(self) -> None:
        """Give up all draws; figures that are measured stay."""
        self._kept.forget()

    def _missing(self, orders: Mapping[Key, Order]) -> list[Order]:
        return [order for key, order in orders.items() if self._kept.look(key) is None]

    def _join(self, scenario: str, replications: int) -> Measures:
        draws = [self._kept.look((scenario, draw, "")) for draw in range(replications)]
        whole = [draw.measures for draw in draws if draw is not None]
        return whole[0]._replace(values=np.concatenate([measures.values for measures in whole]))


def _keep_all(draw: Draw) -> SlimDraw:
    """Keep every indicator, which the digest is made of."""
    return SlimDraw(Measures(draw.variables, draw.units, draw.regions, draw.years, draw.values[None]))
