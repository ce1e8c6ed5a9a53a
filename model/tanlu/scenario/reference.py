"""What the effects of a scenario are measured against: the one place that decides it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tanlu.scenario.schema import Scenario, plain_scenario

BASELINE, CONDITIONS, ASSUMED = "baseline", "conditions", "assumed"  # kinds of reference
SETTINGS = ("years", "seed", "replications")  # shared by both, so that they meet draw by draw
NAMES = ("name", "label", "needs", "outputs")  # they assume nothing
OUTSIDE = ("world", "pack")  # what no government of the region chooses


class Reference(NamedTuple):
    """What a scenario is held against, and in which sense."""

    scenario: Scenario
    kind: str  # the baseline; the same policies without the conditions; the baseline in the conditions of the scenario


def reference(scenario: Scenario, baseline: Scenario) -> Reference:
    """Return what the effects of a scenario are measured against; effects are of policies.

    Where it differs from the baseline in its conditions (`world:`, `pack:`) and in policies or events, that is the
    baseline in its conditions. Where it differs in conditions alone, their own effect is asked for: the baseline as it
    is, which has the same policies. The reference has the years, the seed and the replications of the scenario.
    """
    own, usual = scenario.model_dump(), baseline.model_dump()
    kind = BASELINE
    if any(own[key] != usual[key] for key in OUTSIDE):
        kind = ASSUMED if differs_in_policies(scenario, baseline) else CONDITIONS
    shared = (*SETTINGS, *OUTSIDE) if kind == ASSUMED else SETTINGS
    changes = {key: getattr(scenario, key) for key in shared if own[key] != usual[key]}
    if not changes:
        return Reference(baseline, kind)
    name = f"{baseline.name[:40]}_with_conditions" if kind == ASSUMED else baseline.name
    conditioned = baseline.model_copy(update={**changes, "name": name})
    return Reference(conditioned.with_source((), None), kind)  # no file says this


def measured_against(scenarios: Sequence[Scenario]) -> tuple[int, ...]:
    """Return the position of what each of several scenarios is measured against, that of the first its own.

    The first is the baseline; another is measured against its reference, if that is among them, else against the first.
    Nothing is measured against itself: luck alone tells of two seeds.
    """
    assumed = [assumptions(one) for one in scenarios]

    def against(own: int) -> int:
        wanted = assumptions(reference(scenarios[own], scenarios[0]).scenario)
        return next((at for at, one in enumerate(assumed) if one == wanted and at != own), 0)

    return (0, *map(against, range(1, len(assumed))))


def assumptions(scenario: Scenario) -> Mapping[str, Any]:
    """Return what a scenario assumes as plain data, whatever it is called and whatever it keeps."""
    return {key: value for key, value in plain_scenario(scenario).items() if key not in NAMES}


def differs_in_policies(scenario: Scenario, baseline: Scenario) -> bool:
    """Tell whether other policies are in force in a scenario, or other changes of them are to come."""
    one, other = ({key: one for key, one in of.events.items() if one.enabled} for of in (scenario, baseline))
    return one != other or bool(different_policies(scenario, baseline))


def different_policies(scenario: Scenario, baseline: Scenario) -> tuple[str, ...]:
    """Return the names of policies that are not the same in force in both."""
    names = dict.fromkeys((*baseline.policies, *scenario.policies))
    return tuple(name for name in names if _in_force(scenario, name) != _in_force(baseline, name))


def _in_force(scenario: Scenario, name: str) -> object:
    policy = scenario.policies.get(name)
    return policy if policy is not None and policy.enabled else None
