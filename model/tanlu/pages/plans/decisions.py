"""What a plan decides: the event that turns the law in force into the package of the builder."""

import re
from collections.abc import Mapping
from typing import Any

from tanlu.experiments.five_year_plans.game import FiveYearPlan
from tanlu.inputs.types import Schedule
from tanlu.policies.base import Policy
from tanlu.policies.statutes import amend_until
from tanlu.scenario.difference import policy_block
from tanlu.scenario.schema import Scenario

_AGAIN = re.compile(r"_from_\d{4}$")  # ends the name of a policy that replaces an earlier one of the package


def find_law(scenario: Scenario, year: int) -> dict[str, Policy]:
    """Find the policies by name as they are decided before a year."""
    law = amend_until(scenario.policies, scenario.events, year)
    return {name: policy for name, policy in law.items() if _is_in_force(policy, year)}


def build_event(player: Scenario, package: Scenario, plan: FiveYearPlan) -> dict[str, Any]:
    """Build the event by which a plan puts the policies of a package in force; empty where nothing changes."""
    year, last_year = plan.first_year, package.years.end
    law = find_law(player, year)
    in_force = {_AGAIN.sub("", name): name for name in law}
    known_names = {*player.policies, *(name for event in player.events.values() for name in event.introduce)}
    numbers: dict[str, Any] = {}
    introduced: dict[str, Any] = {}
    ended = [name for root, name in in_force.items() if root not in package.policies]
    for name, policy in package.policies.items():
        old_name = in_force.get(name)
        if not _is_in_force(policy, year):
            ended += [] if old_name is None else [old_name]
        elif old_name is not None and _differs_in_numbers_alone(law[old_name], policy, year):
            new_numbers = dict(_changed_numbers(law[old_name], policy, year, last_year))
            numbers |= {old_name: new_numbers} if new_numbers else {}
        else:
            ended += [] if old_name is None else [old_name]
            new_name = f"{name}_from_{year}" if name in known_names else name
            block = policy_block(policy, package.region)
            introduced[new_name] = {**block, "from_year": max(policy.from_year, year)}
    parts = {"set": numbers, "end": sorted(ended), "introduce": introduced}
    changes = {key: part for key, part in parts.items() if part}
    return {"decided_in": year, **changes} if changes else {}


def _is_in_force(policy: Policy, year: int) -> bool:
    """Check whether a policy is in force in a year, or is to come."""
    return policy.enabled and policy.until_year >= year


def _differs_in_numbers_alone(old: Policy, new: Policy, year: int) -> bool:
    """Check whether an event can set what differs: numbers by year, and no first year to come."""
    if old.kind != new.kind or max(old.from_year, year) != max(new.from_year, year):
        return False
    pairs = [(getattr(old, key), getattr(new, key)) for key in type(new).model_fields if key != "from_year"]
    return all(
        first == second or (isinstance(first, Schedule) and isinstance(second, Schedule))
        for first, second in pairs
    )


def _changed_numbers(old: Policy, new: Policy, year: int, last_year: int) -> Mapping[str, Any]:
    """Return the new numbers of the keys that differ in a year from the decision on."""
    changed = {}
    for key, schedule in new:
        before = getattr(old, key)
        if isinstance(schedule, Schedule) and any(
            before.value_in(later) != schedule.value_in(later) for later in range(year, last_year + 1)
        ):
            changed[key] = schedule.as_data()
    return changed
