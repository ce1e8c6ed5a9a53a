"""Which policy that is not in use would help most for its public money, tried by runs."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tanlu.explanation.effects.missing import MissingField, with_policy_block
from tanlu.explanation.effects.reasons import CAPTURE
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.inputs.yaml_reader import write_yaml
from tanlu.output.differences import Difference
from tanlu.output.figures.avoidance import BN_CNY_PER_MT, compute_avoided
from tanlu.output.figures.paths import paths_of
from tanlu.output.measures import Measured
from tanlu.policies import KINDS
from tanlu.scenario.difference import free_name
from tanlu.scenario.examples import example_of
from tanlu.scenario.schema import Scenario

SCREENED_DRAWS = 2
SHOWN_LEVERS = 3
LEAST_SHARE = 0.01  # of the tonnes of the lever that helps most; what helps less is no help


class Lever(NamedTuple):
    """A policy, or a field of one, that a scenario does not use."""

    policy: str
    kind: str
    field: str  # empty where it is a whole policy
    block: Mapping[str, Any]

    @property
    def yaml(self) -> str:
        """Text to add to a scenario file."""
        return write_yaml({"policies": {self.policy: dict(self.block)}})


class LeverEffect(NamedTuple):
    """What a lever adds to an effect, and what it costs."""

    lever: Lever
    mtco2: Difference  # more stored for good by capture, or less emitted
    net_public_money_bn_cny: Difference

    @property
    def cost_cny_per_tco2(self) -> float:
        """Net public money a tonne; below 0 where it brings money, NaN where the money is within noise."""
        if self.net_public_money_bn_cny.is_in_noise:
            return math.nan
        return self.net_public_money_bn_cny.mean / self.mtco2.mean * BN_CNY_PER_MT

    @property
    def excludes_zero(self) -> bool:
        """Check whether the interval of the tonnes lies above 0."""
        return self.mtco2.low > 0.0


type MeasureLevers = Callable[[Sequence[Lever], int], Sequence[LeverEffect] | None]


class NextLevers(NamedTuple):
    """The levers that help most, and how they were found."""

    best: tuple[LeverEffect, ...]  # most tonnes for the money first
    screened: tuple[LeverEffect, ...]  # all, in `SCREENED_DRAWS` draws
    draws: int  # of the best
    runs: int  # draws of scenarios with a lever, each counted once


def list_levers(scenario: Scenario, missing: Sequence[MissingField]) -> tuple[Lever, ...]:
    """List what a scenario does not use: missing fields, and each kind of policy as its documentation shows it.

    A kind whose example does not fit the region is left out.
    """
    used = {policy.kind for policy in scenario.policies.values()}
    fields = [Lever(field.policy, field.kind, field.field, field.block) for field in missing]
    kinds = [kind for kind in KINDS if kind not in used | {lever.kind for lever in fields}]
    return (*fields, *(lever for kind in kinds for lever in _documented(kind, scenario)))


def _documented(kind: str, scenario: Scenario) -> Iterator[Lever]:
    name, block = example_of(kind)
    lever = Lever(free_name(name, {*scenario.policies}), kind, "", block)
    try:
        with_policy_block(scenario, lever.policy, block)
    except ScenarioError:
        return
    yield lever


def find_next_levers(levers: Sequence[Lever], measure: MeasureLevers, draws: int) -> NextLevers | None:
    """Find the levers that help most for public money; None while runs are to come.

    All are measured in `SCREENED_DRAWS` draws. Those that help by `LEAST_SHARE` are then measured in all draws, the
    cheapest tonne first, until `SHOWN_LEVERS` have an interval above 0 or none is left.

    Args:
        levers: to try.
        measure: measures levers in a number of draws; None while runs are to come.
        draws: of the full runs.
    """
    screening_draws = min(SCREENED_DRAWS, draws)
    effects = measure(levers, screening_draws)
    if effects is None:
        return None
    screened = sorted(effects, key=_rank)
    least_mtco2 = LEAST_SHARE * max((effect.mtco2.mean for effect in effects), default=0.0)
    hopeful = [effect.lever for effect in screened if effect.mtco2.mean > max(least_mtco2, 0.0)]
    best: list[LeverEffect] = []
    tried_count = 0
    while tried_count < len(hopeful) and len(best) < SHOWN_LEVERS:
        batch = hopeful[tried_count : tried_count + SHOWN_LEVERS - len(best)]
        effects = measure(batch, draws)
        if effects is None:
            return None
        tried_count += len(batch)
        best += [effect for effect in effects if effect.excludes_zero]
    runs = screening_draws * len(levers) + (draws - screening_draws) * tried_count
    return NextLevers(tuple(sorted(best, key=_rank)), tuple(screened), draws, runs)


def _rank(effect: LeverEffect) -> tuple[bool, float]:
    """Rank by cost a tonne; of those that bring money the one with most tonnes comes first."""
    tonnes, money = effect.mtco2.mean, effect.net_public_money_bn_cny.mean
    if tonnes <= 0.0:
        return True, np.inf
    return money > 0.0, money / tonnes if money > 0.0 else -tonnes


def measure_lever(lever: Lever, result: Measured, base: Measured, option: str) -> LeverEffect:
    """Measure what a lever adds: tonnes stored by capture for `CAPTURE`, else tonnes not emitted."""
    avoided = compute_avoided(paths_of(result), paths_of(base))
    tonnes = avoided.sequestered_mtco2 if option == CAPTURE else avoided.mtco2
    return LeverEffect(lever, tonnes, avoided.net_public_money_bn_cny)
