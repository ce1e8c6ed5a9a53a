"""What of a scenario has no effect: policies, keys, events and factors that change nothing, found before it runs."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.axes import Axes
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.tree import KeyPath
from tanlu.inputs.types import Schedule
from tanlu.policies import KINDS
from tanlu.policies.base import Policy
from tanlu.policies.events import amend_policies
from tanlu.policies.statutes import apply_policies, sort_events
from tanlu.scenario.schema import Scenario

_COMMON = frozenset(Policy.model_fields)


class Odd(NamedTuple):
    """Something to look at twice: its words in the catalogue, the key that it is about, and what the words hold."""

    code: str
    path: KeyPath
    values: Mapping[str, object]


class Span(NamedTuple):
    """The years that are lived through, and what the pack knows of them."""

    first: int  # base year of the pack
    last: int  # of the run
    last_observed: int
    last_of_data: int


def idle_policies(scenario: Scenario, axes: Axes, span: Span) -> Iterator[Odd]:
    """Yield the policies, and keys of policies, without which every year of the law has the same bits.

    Policies of extensions are left out: what they do is not known before they run.
    """
    active = {name: p for name, p in scenario.policies.items() if p.enabled and p.kind in KINDS}
    law = apply_policies(active, axes, span.first, span.last)
    bare = PolicySchedule.neutral(axes, span.first, span.last)
    for name, policy in active.items():
        path, values = ("policies", name), {"name": name, "kind": policy.kind}
        if policy.from_year > span.last:
            when = values | {"year": policy.from_year, "last": span.last}
            yield Odd("after-the-run", (*path, "from_year"), when)
        elif policy.until_year < span.first:
            when = values | {"year": policy.until_year, "first": span.first}
            yield Odd("before-the-run", (*path, "until_year"), when)
        elif same_bits(policy.apply(bare, name), bare):
            yield Odd("says-nothing", path, values)
        elif same_bits(
            apply_policies({k: v for k, v in active.items() if k != name}, axes, span.first, span.last), law
        ):
            yield Odd("overruled", path, values)
        else:
            yield from _idle_keys(policy, name, bare, span)


def _idle_keys(policy: Policy, name: str, bare: PolicySchedule, span: Span) -> Iterator[Odd]:
    """Yield the keys of a policy that alone has the same effect without them."""
    effect = policy.apply(bare, name)
    for key in sorted(policy.model_fields_set - _COMMON):
        field, value = type(policy).model_fields[key], getattr(policy, key)
        path, values = ("policies", name, key), {"key": key, "name": name, "kind": policy.kind}
        if key.endswith("_year") and isinstance(value, int) and value > span.last:
            yield Odd("key-after-the-run", path, values | {"year": value, "last": span.last})
        elif not field.is_required() and value != field.get_default(call_default_factory=True):
            without = policy.model_copy(update={key: field.get_default(call_default_factory=True)})
            if same_bits(without.apply(bare, name), effect):
                yield Odd("idle-key", path, values)


def same_bits(one: Any, other: Any) -> bool:
    """Tell whether two schedules say the same of every year."""
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same_bits, one, other))
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else bool(one == other)


def idle_events(scenario: Scenario, span: Span) -> Iterator[Odd]:
    """Yield the events that are decided or hold after the run, and those that leave the policies as they are."""
    policies: Mapping[str, Policy] = scenario.policies
    for name in sort_events(scenario.events):
        event = scenario.events[name]
        changed = amend_policies(policies, event)
        values = {"name": name, "last": span.last}
        if event.decided_in > span.last:
            path = ("events", name, "decided_in")
            yield Odd("event-after-the-run", path, values | {"year": event.decided_in})
        elif event.first_year > span.last:
            path = ("events", name, "from_year")
            yield Odd("event-after-the-run", path, values | {"year": event.first_year})
        elif changed == dict(policies):
            yield Odd("idle-event", ("events", name), values)
        policies = changed


def idle_world(scenario: Scenario, span: Span) -> Iterator[Odd]:
    """Yield the factors, droughts and closures that change no year of the run, and factors that rewrite the past."""
    world = scenario.world
    for key, value in world:
        if isinstance(value, Schedule) and value != Schedule(1.0):
            yield from _idle_factor(scenario, key, span)
    for year in world.drought:
        if year > span.last:
            yield Odd("drought-after-the-run", ("world", "drought", year), {"year": year, "last": span.last})
    for plant, year in world.plant_retirement.items():
        if year > span.last:
            values = {"plant": plant, "year": year, "last": span.last}
            yield Odd("closure-after-the-run", ("world", "plant_retirement", plant), values)


def _idle_factor(scenario: Scenario, key: str, span: Span) -> Iterator[Odd]:
    """Yield what is odd about a factor: it is one in all years in which it acts, or it rewrites observed ones."""
    world = scenario.world
    first = world.from_year or span.last_observed + 1
    values = {"key": key, "first": first, "last": span.last, "observed": span.last_observed}
    acting = getattr(world.acting_after(span.last_observed), key)
    if bool(np.all(acting.path(np.arange(span.first, span.last + 1)) == 1.0)):
        yield Odd("idle-factor", ("world", key), values)
    elif first <= span.last_observed:
        yield Odd("counterfactual", ("world", "from_year"), values)
