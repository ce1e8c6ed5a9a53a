"""Runs that try policies which a visitor does not use: asked for when he wants them, after all else."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tanlu.explanation.effects.levers import (
    Lever,
    LeverEffect,
    NextLevers,
    find_next_levers,
    measure_lever,
)
from tanlu.explanation.effects.missing import with_policy_block
from tanlu.output.measures import Measured
from tanlu.pages.service import Service, question_id
from tanlu.pages.sure.draws import DrawnScenario
from tanlu.scenario.schema import Scenario, plain_scenario


class LeverTrials(NamedTuple):
    """What came of trying levers so far."""

    levers: NextLevers | None = None  # None while runs are to come
    to_come: int = 0  # runs of the present round
    failure: str = ""  # number under which it is logged


class LeverQuestion(NamedTuple):
    """What levers are tried for: a scenario, and the measure that they are to help."""

    scenario: Scenario
    option: str  # `CAPTURE`, or the identifier of an option
    levers: Sequence[Lever]


def lever_visitors(visitor: str, number: int) -> list[str]:
    """Name those in whose names levers are tried."""
    return [f"{visitor}-lever-{n}" for n in range(number)]


def try_levers(
    service: Service, question: LeverQuestion, visitor: str, changed: Callable[[], None]
) -> LeverTrials:
    """Ask for the runs of levers that are not there yet, and find those that help most."""
    scenario, option, levers = question
    texts = [lever.yaml for lever in levers]
    visitors = dict(zip(texts, lever_visitors(visitor, len(levers)), strict=True))
    to_come, failures = 0, ""
    base = _drawn_scenario(scenario)

    def measure(chosen: Sequence[Lever], draws: int) -> list[LeverEffect] | None:
        nonlocal to_come, failures
        effects = []
        for lever in chosen:
            lever_scenario = with_policy_block(scenario, lever.policy, lever.block)
            both = (_drawn_scenario(lever_scenario), base)
            drawn = service.more_draws.look(both, draws, visitors[lever.yaml], changed)
            to_come, failures = to_come + drawn.missing, failures or drawn.failure
            if drawn.missing or drawn.now is None or drawn.base is None:
                continue
            result = Measured(lever_scenario, drawn.now)
            effects.append(measure_lever(lever, result, Measured(scenario, drawn.base), option))
        return effects if len(effects) == len(chosen) else None

    found = find_next_levers(levers, measure, scenario.replications)
    return LeverTrials(found, to_come, failures)


def _drawn_scenario(scenario: Scenario) -> DrawnScenario:
    question = plain_scenario(scenario)
    return DrawnScenario(question_id(question), question)
