"""Packages: shipped scenarios that fill a visitor's own, and what is asked where both say something of one thing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import BASELINE, Levers
from tanlu.scenario.difference import free_name

REPLACE, KEEP, BOTH = "replace", "keep", "both"


class Conflict(NamedTuple):
    """What a package and the visitor's scenario both change: a policy, several of one kind, or a key of the world."""

    path: tuple[str, str]  # in the package: `policies` or `world`, and a name
    rivals: tuple[str, ...]  # names of the visitor's policies of the same kind, or of the same policy or key
    can_be_both: bool  # two policies of one kind add up; two values of one key do not


def conflicts(scenarios: Scenarios, levers: Levers, package: str) -> list[Conflict]:
    """List the conflicts to be decided before a package fills a scenario."""
    own, new = _block(scenarios, levers), _block(scenarios, Levers(package))
    found = []
    for name, block in new.get("policies", {}).items():
        rivals = _rivals(scenarios, own.get("policies", {}), name, block)
        if rivals:
            found.append(Conflict(("policies", name), rivals, name not in scenarios.baseline.policies))
    for key, value in new.get("world", {}).items():
        if own.get("world", {}).get(key, value) != value:
            found.append(Conflict(("world", key), (key,), can_be_both=False))
    return found


def with_package(
    scenarios: Scenarios, levers: Levers, package: str, decided: Mapping[tuple[str, str], str]
) -> Levers:
    """Return the levers with a package in them; a conflict of which nothing is decided is replaced.

    Raises:
        ScenarioError: if the two together are no scenario.
    """
    own, new = _block(scenarios, levers), _block(scenarios, Levers(package))
    policies, new_names = dict(own.get("policies", {})), {}
    for name, block in new.get("policies", {}).items():
        rivals = _rivals(scenarios, own.get("policies", {}), name, block)
        how = decided.get(("policies", name), REPLACE) if rivals else REPLACE
        if name in scenarios.baseline.policies:
            old = policies.get(name, {})
            policies[name] = {**block, **old} if how == KEEP else {**old, **block}
        elif how != KEEP:
            kept = {k: v for k, v in policies.items() if how == BOTH or k not in rivals}
            new_names[name] = free_name(name, {k for k in kept if kept[k] != block})
            policies = {**kept, new_names[name]: block}
    world = dict(new.get("world", {}))
    world = {k: v for k, v in world.items() if decided.get(("world", k)) != KEEP}
    regulators = {
        **_moving(own.get("regulators", {}), {name: name for name in policies}, scenarios),
        **_moving(new.get("regulators", {}), new_names, scenarios),
    }
    merged = {**own, **new, "policies": policies, "world": {**own.get("world", {}), **world}}
    if "regulators" in merged:
        merged["regulators"] = regulators
    if not {*merged.get("joint", ())} <= regulators.keys():
        del merged["joint"]
    return scenarios.with_changes(BASELINE, merged)


def _moving(
    regulators: Mapping[str, Any], new_names: Mapping[str, str], scenarios: Scenarios
) -> dict[str, Any]:
    """Return regulators that move policies under the names these have; one that is left without any goes."""
    names = {**{name: name for name in scenarios.baseline.policies}, **new_names}
    moving = {}
    for province, block in regulators.items():
        instruments = {
            f"{names[policy]}.{key}": instrument
            for (policy, _, key), instrument in (
                (name.partition("."), instrument) for name, instrument in block["instruments"].items()
            )
            if policy in names
        }
        if instruments:
            moving[province] = {**block, "instruments": instruments}
    return moving


def stacked(scenarios: Scenarios, levers: Levers) -> frozenset[str]:
    """Return the policies that are in force beside another one of their kind: their numbers add up.

    What the baseline itself holds of a kind is one law.
    """
    active = {name: one.kind for name, one in scenarios.scenario(levers).policies.items() if one.enabled}
    kinds, added = (
        [*active.values()],
        {k for name, k in active.items() if name not in scenarios.baseline.policies},
    )
    return frozenset(name for name, kind in active.items() if kind in added and kinds.count(kind) > 1)


def _block(scenarios: Scenarios, levers: Levers) -> dict[Any, Any]:
    """Return what a scenario says otherwise than the baseline."""
    return scenarios.beside_baseline(levers).block


def _rivals(
    scenarios: Scenarios, own: Mapping[str, Any], name: str, block: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return which of a visitor's policies a policy of a package meets."""
    if name in scenarios.baseline.policies:
        old = own.get(name, {})
        return (name,) if any(old.get(key, value) != value for key, value in block.items()) else ()
    return tuple(
        other
        for other, policy in own.items()
        if other not in scenarios.baseline.policies
        and policy != block
        and policy["kind"] == block["kind"]
        and policy.get("enabled", True)
    )
