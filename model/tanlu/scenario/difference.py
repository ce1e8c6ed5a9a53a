"""What a scenario says otherwise than another, as the shortest block that makes it from the other."""

from collections.abc import Mapping
from typing import Any

from tanlu.inputs.plausible import plausible_range
from tanlu.policies.base import Policy
from tanlu.region.catalogue import region_axes
from tanlu.scenario.schema import Scenario, plain_scenario

OWN = ("name", "label")  # what names a scenario says nothing of the world


def changes_between(base: Scenario, scenario: Scenario) -> dict[str, Any]:
    """Return what a file that extends `base` must hold to be `scenario`, keys sorted; empty where they say the same.

    What `base` has and `scenario` has not cannot be left out by a file that extends it: such a policy is switched off,
    and one of which a key is missing is switched off and stands again under another name.
    """
    old, new = plain_scenario(base), plain_scenario(scenario)
    old_policies, new_policies = old.pop("policies"), new.pop("policies")
    found = _changes(_bare(old), _bare(new))
    policies: dict[str, Any] = {}
    for name in sorted({*old_policies, *new_policies}):
        if name not in new_policies:
            policies |= _switched_off(old_policies[name], name)
        elif name not in old_policies:
            policies[name] = policy_block(scenario.policies[name], scenario.region)
        elif _can_become(old_policies[name], new_policies[name]):
            block = _changes(old_policies[name], new_policies[name])
            policies |= {name: block} if block else {}
        else:
            policies |= _switched_off(old_policies[name], name)
            free = free_name(name, {*old_policies, *new_policies, *policies})
            policies[free] = policy_block(scenario.policies[name], scenario.region)
    return _sorted(found | ({"policies": policies} if policies else {}))


def policy_block(policy: Policy, region: str) -> dict[str, Any]:
    """Return a policy as a file gives it: its kind, first year, main key, and what is not at its default."""
    given = policy.model_dump(exclude_none=True)
    block = policy.model_dump(exclude_defaults=True)
    if tuple(block.get("regions", ())) == region_axes(region).provinces:
        del block["regions"]
    keys = {"kind", "from_year", *block, main_key(type(policy))}
    return {key: _plain(value) for key, value in given.items() if key in keys}


def main_key(policy: type[Policy]) -> str:
    """Return the key of a kind of policy that people set first: its first quantity, else its first key."""
    own = [name for name in policy.model_fields if name not in Policy.model_fields]
    quantities = (name for name in own if plausible_range(policy.model_fields[name]))
    return next(quantities, own[0] if own else "from_year")


def free_name(name: str, taken: set[str]) -> str:
    """Return a name that nothing has: `name`, or that with a number."""
    numbered = (f"{name[:60]}_{i}" for i in range(2, 1000))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _bare(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in OWN}


def _changes(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return what of `new` is not in `old`; numbers by year are one value."""
    found: dict[Any, Any] = {}
    for key, value in new.items():
        before = old.get(key)
        if before == value:
            continue
        found[key] = value
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            by_year = any(isinstance(year, int) for year in (*before, *value))
            found[key] = value if by_year else _changes(before, value)
    return found


def _can_become(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether a policy can become another by keys that are given: no key of it has to go."""
    if old["kind"] != new["kind"]:
        return False
    named = (
        key for key, value in old.items() if isinstance(value, Mapping) and isinstance(new.get(key), Mapping)
    )
    whole = all(
        set(old[key]) <= set(new[key]) for key in named if not any(isinstance(y, int) for y in old[key])
    )
    return whole and set(old) <= set(new)


def _switched_off(policy: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: {"enabled": False}} if policy["enabled"] else {}


def _sorted(value: Any) -> Any:
    """Return data with the keys of every block in order."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    """Return a dumped value with lists for tuples."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
