"""The players of an attribution: policies by name in which a scenario differs from its reference."""

from collections.abc import Iterable, Mapping

from tanlu.core.words.said import said
from tanlu.inputs.diagnostics import quote_names
from tanlu.output.folder import ResultError
from tanlu.scenario.reference import different_policies
from tanlu.scenario.schema import Scenario


def players_of(scenario: Scenario, reference: Scenario) -> tuple[str, ...]:
    """Return the names of policies that a scenario adds, changes, switches off or leaves out, in its order.

    Raises:
        ResultError: if there are none, if the two are of different regions, or if an event is about one of them: what
            an event does to a policy that is not there nobody can say.
    """
    if scenario.region != reference.region:
        raise ResultError(
            said("not_of_region", name=reference.name, region=reference.region, other=scenario.region)
        )
    found = different_policies(scenario, reference)
    if not found:
        raise ResultError(said("nothing_to_attribute", name=scenario.name, reference=reference.name))
    if bad := changed_by_events(scenario, found):
        raise ResultError(
            said("changed_by_events", name=scenario.name, policies=quote_names(bad), reference=reference.name)
        )
    return found


def changed_by_events(scenario: Scenario, policies: Iterable[str]) -> list[str]:
    """Return which policies an event of the scenario is about."""
    touched = {name for event in scenario.events.values() for name in (*event.set, *event.end)}
    return [name for name in policies if name in touched]


def with_players(
    scenario: Scenario, reference: Scenario, players: tuple[str, ...], some: Iterable[int]
) -> Scenario:
    """Return the scenario in which `some` of the players are as it says, and the others as in the reference."""
    policies = coalition_policies(scenario.policies, reference.policies, players, some)
    return scenario.model_copy(update={"policies": policies})


def coalition_policies[P](
    own: Mapping[str, P], reference: Mapping[str, P], players: tuple[str, ...], some: Iterable[int]
) -> dict[str, P]:
    """Return policies by name: of `some` of the players what a scenario has, of the others what its reference has."""
    ours = {players[one] for one in some}
    policies = {}
    for name in dict.fromkeys((*reference, *own)):
        source = own if name in ours or name not in players else reference
        if name in source:
            policies[name] = source[name]
    return policies
