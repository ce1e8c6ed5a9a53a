"""What a scenario says otherwise than another, as the shortest block that makes it from the other."""

from collections.abc import Mapping
from typing import Any

from tanlu.inputs.plausible import plausible_range
from tanlu.policies.base import Policy
from tanlu.region.catalogue import region_axes
from tanlu.scenario.schema import Scenario, plain_scenario

NAME_KEYS = ("name", "label")  # what names a scenario says nothing of the world


def changes_between(base: Scenario, scenario: Scenario) -> dict[str, Any]:
    """List the keys by which a file that extends `base` becomes `scenario`.

    Keys are sorted; empty where both say the same.
    What `base` has and `scenario` has not cannot be left out by a file that extends it: such a policy is switched off,
    and one of which a key is missing is switched off and stands again under another name.
    """
    old, new = plain_scenario(base), plain_scenario(scenario)
    old_policies, new_policies = old.pop("policies"), new.pop("policies")
    changes = _changes(_drop_names(old), _drop_names(new))
    policies: dict[str, Any] = {}
    for name in sorted({*old_policies, *new_policies}):
        if name not in new_policies:
            policies |= _switch_off(old_policies[name], name)
        elif name not in old_policies:
            policies[name] = policy_block(scenario.policies[name], scenario.region)
        elif _can_become(old_policies[name], new_policies[name]):
            block = _changes(old_policies[name], new_policies[name])
            policies |= {name: block} if block else {}
        else:
            policies |= _switch_off(old_policies[name], name)
            new_name = free_name(name, {*old_policies, *new_policies, *policies})
            policies[new_name] = policy_block(scenario.policies[name], scenario.region)
    return _sort_keys(changes | ({"policies": policies} if policies else {}))


def policy_block(policy: Policy, region: str) -> dict[str, Any]:
    """Write a policy as a file gives it.

    Kind, first year, main key, and keys that are not at their default.
    """
    fields = policy.model_dump(exclude_none=True)
    block = policy.model_dump(exclude_defaults=True)
    if tuple(block.get("regions", ())) == region_axes(region).provinces:
        del block["regions"]
    keys = {"kind", "from_year", *block, main_key(type(policy))}
    return {key: _replace_tuples(value) for key, value in fields.items() if key in keys}


def main_key(policy: type[Policy]) -> str:
    """Select the key of a policy that people set first.

    Its first quantity, else its first key.
    """
    own_keys = [name for name in policy.model_fields if name not in Policy.model_fields]
    quantities = (name for name in own_keys if plausible_range(policy.model_fields[name]))
    return next(quantities, own_keys[0] if own_keys else "from_year")


def free_name(name: str, used_names: set[str]) -> str:
    """Build an unused name: `name`, or that with a number."""
    numbered = (f"{name[:60]}_{i}" for i in range(2, 1000))
    return (
        name
        if name not in used_names
        else next(candidate for candidate in numbered if candidate not in used_names)
    )


def _drop_names(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in NAME_KEYS}


def _changes(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> dict[Any, Any]:
    """List the values of `new` that differ; numbers by year are one."""
    changes: dict[Any, Any] = {}
    for key, value in new.items():
        old_value = old.get(key)
        if old_value == value:
            continue
        changes[key] = value
        if isinstance(old_value, Mapping) and isinstance(value, Mapping):
            by_year = any(isinstance(year, int) for year in (*old_value, *value))
            changes[key] = value if by_year else _changes(old_value, value)
    return changes


def _can_become(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Check whether a policy becomes another without losing a key."""
    if old["kind"] != new["kind"]:
        return False
    nested_keys = (
        key for key, value in old.items() if isinstance(value, Mapping) and isinstance(new.get(key), Mapping)
    )
    has_nested_keys = all(
        set(old[key]) <= set(new[key]) for key in nested_keys if not any(isinstance(y, int) for y in old[key])
    )
    return has_nested_keys and set(old) <= set(new)


def _switch_off(policy: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: {"enabled": False}} if policy["enabled"] else {}


def _sort_keys(value: Any) -> Any:
    """Sort the keys of every block."""
    if isinstance(value, Mapping):
        return {key: _sort_keys(value[key]) for key in sorted(value)}
    return [_sort_keys(item) for item in value] if isinstance(value, list | tuple) else value


def _replace_tuples(value: Any) -> Any:
    """Replace tuples of a dumped value by lists."""
    if isinstance(value, Mapping):
        return {key: _replace_tuples(item) for key, item in value.items()}
    return [_replace_tuples(item) for item in value] if isinstance(value, list | tuple) else value
