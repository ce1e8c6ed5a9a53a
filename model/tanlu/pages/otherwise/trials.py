"""Runs of a visitor's package and of the baseline under other conditions: in idle time, each once for all visitors."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import Message
from tanlu.experiments.otherwise.conditions import CONDITIONS, Condition, ConditionArms, build_arms
from tanlu.experiments.otherwise.outcomes import ConditionOutcome, measure_outcome
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import Levers
from tanlu.pages.sure.draws import Drawn, DrawnScenario, MoreDraws
from tanlu.scenario.reference import differs_in_policies
from tanlu.scenario.schema import Scenario, plain_scenario

KEPT_PACKAGES = 20  # whose twelve scenarios and figures are kept


class ConditionProgress(NamedTuple):
    """How far the conditions of a package are."""

    outcomes: tuple[ConditionOutcome, ...] = ()  # of conditions with a draw of both arms
    to_come: int = 0  # runs
    failure: str = ""  # number under which it is logged
    has_package: bool = True  # else the policies are those of the baseline
    refusal: Message | None = None  # why the package cannot be tried


def condition_visitors(visitor: str) -> dict[Condition, str]:
    """Return in whose name each condition is run."""
    return {condition: f"{visitor}-otherwise-{condition.key}" for condition in CONDITIONS}


class ConditionTrials:
    """What packages come to under the conditions, of the draws that are there; any thread may call its methods."""

    def __init__(
        self,
        draws: MoreDraws,
        scenarios: Scenarios,
        targets: pd.DataFrame,
        identity: Callable[[Mapping[str, object]], str],
    ) -> None:
        """Take `identity`, which tells questions apart."""
        self._draws, self._scenarios, self._targets, self._identity = draws, scenarios, targets, identity
        self._arms = lru_cache(maxsize=KEPT_PACKAGES)(self._build)
        self._lock = threading.Lock()
        self._measured: OrderedDict[tuple[Levers, str | None, str, int], ConditionOutcome] = OrderedDict()

    def look(
        self,
        levers: Levers,
        visitor: str = "",
        changed: Callable[[], None] | None = None,
        region: str | None = None,
    ) -> ConditionProgress:
        """Return the outcomes in a region that are there, and ask for what is missing if somebody is to be told."""
        if not differs_in_policies(self._scenarios.scenario(levers), self._scenarios.baseline):
            return ConditionProgress(has_package=False)
        try:
            arms = self._arms(levers)
        except UserError as error:
            return ConditionProgress(refusal=error.message)
        visitors, outcomes, to_come, failure = condition_visitors(visitor), [], 0, ""
        for pair in arms:
            both = self._question(pair.package), self._question(pair.baseline)
            drawn = self._draws.look(both, pair.package.replications, visitors[pair.condition], changed)
            to_come, failure = to_come + drawn.missing, failure or drawn.failure
            outcome = self._outcome(levers, pair, drawn, region)
            outcomes += [] if outcome is None else [outcome]
        return ConditionProgress(tuple(outcomes), to_come, failure)

    def _build(self, levers: Levers) -> tuple[ConditionArms, ...]:
        return build_arms(self._scenarios.scenario(levers), self._scenarios.baseline)

    def _question(self, scenario: Scenario) -> DrawnScenario:
        question = plain_scenario(scenario)
        return DrawnScenario(self._identity(question), question)

    def _outcome(
        self, levers: Levers, pair: ConditionArms, drawn: Drawn, region: str | None
    ) -> ConditionOutcome | None:
        """Return what is worked out of draws, once for each number of them."""
        if drawn.now is None or drawn.base is None:
            return None
        key = levers, region, pair.condition.key, drawn.number
        with self._lock:
            if key not in self._measured:
                self._measured[key] = measure_outcome(pair, drawn.now, drawn.base, self._targets, region)
                while len(self._measured) > KEPT_PACKAGES * len(CONDITIONS):
                    self._measured.popitem(last=False)
            self._measured.move_to_end(key)
            return self._measured[key]
