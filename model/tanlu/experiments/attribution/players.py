"""The players of an attribution: policies by name in which a scenario differs from its reference."""

from collections.abc import Iterable, Mapping

from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import quote_names
from tanlu.output.figures.shares import INTERACTION, TOTAL
from tanlu.scenario.reference import different_policies
from tanlu.scenario.schema import Scenario


def players_of(scenario: Scenario, reference: Scenario) -> tuple[str, ...]:
    """List the policies in which a scenario differs from its reference.

    It adds, changes, switches off or leaves them out; they come in its order.

    Raises:
        ResultError: if there are none, if the two are of different regions, if one has the name of a row of sums, or
            if an event is about one of them: what an event does to a policy that is not there nobody can say.
    """
    if scenario.region != reference.region:
        raise ResultError(
            build_message(
                "not_of_region", name=reference.name, region=reference.region, other=scenario.region
            )
        )
    players = different_policies(scenario, reference)
    if not players:
        raise ResultError(build_message("nothing_to_attribute", name=scenario.name, reference=reference.name))
    if names := named_as_sums(players):
        raise ResultError(build_message("names_of_rows", name=scenario.name, policies=quote_names(names)))
    if bad := changed_by_events(scenario, players):
        raise ResultError(
            build_message(
                "changed_by_events", name=scenario.name, policies=quote_names(bad), reference=reference.name
            )
        )
    return players


def named_as_sums(policies: Iterable[str]) -> list[str]:
    """List the policies that have the name of a row of sums."""
    return [name for name in policies if name in (INTERACTION, TOTAL)]


def changed_by_events(scenario: Scenario, policies: Iterable[str]) -> list[str]:
    """List the policies that an event of the scenario is about, or that a regulator moves."""
    touched = {name for event in scenario.events.values() for name in (*event.set, *event.end)}
    touched |= scenario.reviewed_policies
    return [name for name in policies if name in touched]


def with_players(
    scenario: Scenario, reference: Scenario, players: tuple[str, ...], members: Iterable[int]
) -> Scenario:
    """Build the scenario in which some players act.

    `members` are as it says, the others as in the reference.
    """
    policies = coalition_policies(scenario.policies, reference.policies, players, members)
    return scenario.model_copy(update={"policies": policies})


def coalition_policies[P](
    scenario_policies: Mapping[str, P],
    reference: Mapping[str, P],
    players: tuple[str, ...],
    members: Iterable[int],
) -> dict[str, P]:
    """Select the policies of a coalition by name.

    Of its members they are the scenario's, of other players the reference's.
    """
    member_names = {players[n] for n in members}
    policies = {}
    for name in dict.fromkeys((*reference, *scenario_policies)):
        source = scenario_policies if name in member_names or name not in players else reference
        if name in source:
            policies[name] = source[name]
    return policies
