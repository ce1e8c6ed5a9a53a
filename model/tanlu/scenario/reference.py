"""What the effects of a scenario are measured against: the one place that decides it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tanlu.scenario.schema import Scenario, plain_scenario

BASELINE, CONDITIONS, ASSUMED = "baseline", "conditions", "assumed"  # kinds of reference
SETTINGS = ("years", "seed", "replications")  # shared by both, so that they meet draw by draw
NAME_KEYS = ("name", "label", "needs", "outputs")  # they assume nothing
CONDITION_KEYS = ("world", "pack")  # what no government of the region chooses


class Reference(NamedTuple):
    """What a scenario is held against, and in which sense."""

    scenario: Scenario
    kind: str  # the baseline; the same policies without the conditions; the baseline in the conditions of the scenario


def reference(scenario: Scenario, baseline: Scenario) -> Reference:
    """Choose the scenario from which effects of policies are measured.

    Where it differs from the baseline in its conditions (`world:`, `pack:`) and in policies, events or regulators, that
    is the baseline in its conditions. Where it differs in conditions alone, their own effect is asked for: the baseline
    as it is, which has the same policies. The reference has the years, the seed and the replications of the scenario.
    """
    scenario_data, baseline_data = scenario.model_dump(), baseline.model_dump()
    kind = BASELINE
    if any(scenario_data[key] != baseline_data[key] for key in CONDITION_KEYS):
        kind = ASSUMED if differs_in_policies(scenario, baseline) else CONDITIONS
    shared_keys = (*SETTINGS, *CONDITION_KEYS) if kind == ASSUMED else SETTINGS
    changes = {key: getattr(scenario, key) for key in shared_keys if scenario_data[key] != baseline_data[key]}
    if not changes:
        return Reference(baseline, kind)
    name = f"{baseline.name[:40]}_with_conditions" if kind == ASSUMED else baseline.name
    conditioned = baseline.model_copy(update={**changes, "name": name})
    return Reference(conditioned.with_source((), None), kind)  # no file says this


def find_references(scenarios: Sequence[Scenario]) -> tuple[int, ...]:
    """Find the reference of each of several scenarios, by position.

    That of the first is itself.
    The first is the baseline; another is measured against its reference, if that is among them, else against the first.
    Nothing is measured against itself: luck alone tells of two seeds.
    """
    all_assumptions = [assumptions(scenario) for scenario in scenarios]

    def find_reference(position: int) -> int:
        reference_assumptions = assumptions(reference(scenarios[position], scenarios[0]).scenario)
        return next(
            (
                candidate
                for candidate, candidate_assumptions in enumerate(all_assumptions)
                if candidate_assumptions == reference_assumptions and candidate != position
            ),
            0,
        )

    return (0, *map(find_reference, range(1, len(all_assumptions))))


def assumptions(scenario: Scenario) -> Mapping[str, Any]:
    """Dump what a scenario assumes, without names and tables to keep."""
    return {key: value for key, value in plain_scenario(scenario).items() if key not in NAME_KEYS}


def differs_in_policies(scenario: Scenario, baseline: Scenario) -> bool:
    """Check whether policies, events, regulators or joint offices of two scenarios differ."""
    amended, baseline_amended = (
        [
            {name: block for name, block in blocks.items() if block.enabled}
            for blocks in (side.events, side.regulators)
        ]
        for side in (scenario, baseline)
    )
    is_amended = amended != baseline_amended or scenario.joint != baseline.joint
    return is_amended or bool(different_policies(scenario, baseline))


def different_policies(scenario: Scenario, baseline: Scenario) -> tuple[str, ...]:
    """List the policies that are not the same in force."""
    names = dict.fromkeys((*baseline.policies, *scenario.policies))
    return tuple(name for name in names if _in_force(scenario, name) != _in_force(baseline, name))


def _in_force(scenario: Scenario, name: str) -> object:
    policy = scenario.policies.get(name)
    return policy if policy is not None and policy.enabled else None
