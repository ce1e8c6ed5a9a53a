"""What of a scenario has no effect: policies, keys, events and factors that change nothing, found before it runs."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.axes import Axes
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.diagnostics import quote_names
from tanlu.inputs.tree import KeyPath
from tanlu.inputs.types import Schedule
from tanlu.policies import KINDS
from tanlu.policies.base import Policy
from tanlu.policies.carbon_market import CarbonMarket
from tanlu.policies.carbon_price import CarbonPrice
from tanlu.policies.events import amend_policies
from tanlu.policies.statutes import apply_policies, sort_events
from tanlu.region.catalogue import closing_years, hydrology_years
from tanlu.scenario.schema import Scenario

_COMMON = frozenset(Policy.model_fields)
_UPPER, _LOWER, _RELEASE = "reserve_upper_share", "reserve_lower_share", "reserve_release_share"


class Oddity(NamedTuple):
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


def find_idle_policies(scenario: Scenario, axes: Axes, span: Span) -> Iterator[Oddity]:
    """Yield policies, and keys of policies, without effect on the law.

    Policies of extensions are left out: what they do is not known before they run. So are those that regulators move.
    """
    active = {name: p for name, p in scenario.policies.items() if p.enabled and p.kind in KINDS}
    law = apply_policies(active, axes, span.first, span.last)
    bare = PolicySchedule.neutral(axes, span.first, span.last)
    for name, policy in active.items():
        if name in scenario.reviewed_policies:
            continue
        path, values = ("policies", name), {"name": name, "kind": policy.kind}
        if policy.from_year > span.last:
            year_values = values | {"year": policy.from_year, "last": span.last}
            yield Oddity("after-the-run", (*path, "from_year"), year_values)
        elif policy.until_year < span.first:
            year_values = values | {"year": policy.until_year, "first": span.first}
            yield Oddity("before-the-run", (*path, "until_year"), year_values)
        elif is_equal(policy.apply(bare, name), bare):
            yield Oddity("says-nothing", path, values)
        elif is_equal(
            apply_policies({k: v for k, v in active.items() if k != name}, axes, span.first, span.last), law
        ):
            yield Oddity("overruled", path, values)
        else:
            yield from _find_idle_keys(policy, name, bare, span)


def _find_idle_keys(policy: Policy, name: str, bare: PolicySchedule, span: Span) -> Iterator[Oddity]:
    """Yield keys of a policy that do not change its effect."""
    effect = policy.apply(bare, name)
    for key in sorted(policy.model_fields_set - _COMMON):
        field, value = type(policy).model_fields[key], getattr(policy, key)
        path, values = ("policies", name, key), {"key": key, "name": name, "kind": policy.kind}
        if key.endswith("_year") and isinstance(value, int) and value > span.last:
            yield Oddity("key-after-the-run", path, values | {"year": value, "last": span.last})
        elif not field.is_required() and value != field.get_default(call_default_factory=True):
            default_policy = policy.model_copy(update={key: field.get_default(call_default_factory=True)})
            if is_equal(default_policy.apply(bare, name), effect):
                yield Oddity("idle-key", path, values)


def find_idle_reserves(scenario: Scenario) -> Iterator[Oddity]:
    """Yield keys of a reserve of allowances that takes or gives none.

    Keys of several policies hold together, those of events too. Where prices have a floor the reserve holds what nobody
    wants there, whatever it takes of the bank.
    """
    introduced = [event.introduce for event in scenario.events.values()]
    policies = [p for named in (scenario.policies, *introduced) for p in named.values() if p.enabled]
    markets = [p for p in policies if isinstance(p, CarbonMarket)]
    has_floor = any(isinstance(p, CarbonPrice) and p.floor_cny_per_tco2 is not None for p in policies)
    idle_without = {
        _UPPER: ("reserve_intake_share", *(() if has_floor else (_LOWER, _RELEASE, "reserve_keeps_share"))),
        _LOWER: (_RELEASE,),
    }
    for needed, keys in idle_without.items():
        if all(getattr(market, needed) is None for market in markets):
            yield from _find_keys_without(scenario, needed, keys)


def _find_keys_without(scenario: Scenario, needed: str, keys: tuple[str, ...]) -> Iterator[Oddity]:
    """Yield carbon markets that give any of some keys, without a key that these need."""
    for name, policy in scenario.policies.items():
        idle_keys = [key for key in keys if getattr(policy, key, None) is not None]
        if policy.enabled and isinstance(policy, CarbonMarket) and idle_keys:
            values = {"keys": quote_names(idle_keys, len(idle_keys)), "name": name, "needed": needed}
            yield Oddity("key-without-another", ("policies", name, idle_keys[0]), values)


def is_equal(first: Any, second: Any) -> bool:
    """Check whether two schedules are equal to the last bit."""
    if isinstance(first, tuple):
        return len(first) == len(second) and all(map(is_equal, first, second))
    if isinstance(first, Mapping):
        return first.keys() == second.keys() and all(is_equal(first[key], second[key]) for key in first)
    return bool(np.array_equal(first, second)) if isinstance(first, np.ndarray) else bool(first == second)


def find_idle_events(scenario: Scenario, span: Span) -> Iterator[Oddity]:
    """Yield events after the run and events that change nothing."""
    policies: Mapping[str, Policy] = scenario.policies
    for name in sort_events(scenario.events):
        event = scenario.events[name]
        amended_policies = amend_policies(policies, event)
        values = {"name": name, "last": span.last}
        if event.decided_in > span.last:
            path = ("events", name, "decided_in")
            yield Oddity("event-after-the-run", path, values | {"year": event.decided_in})
        elif event.first_year > span.last:
            path = ("events", name, "from_year")
            yield Oddity("event-after-the-run", path, values | {"year": event.first_year})
        elif amended_policies == dict(policies):
            yield Oddity("idle-event", ("events", name), values)
        policies = amended_policies


def find_idle_factors(scenario: Scenario, span: Span) -> Iterator[Oddity]:
    """Yield factors, droughts and closures without effect in the run.

    And what rewrites observed years.
    """
    world = scenario.world
    yield from _find_rewritten_water(scenario, span)
    for key, value in world:
        if isinstance(value, Schedule) and value != Schedule(1.0):
            yield from _check_factor(scenario, key, span)
    for year in world.drought:
        if year > span.last:
            yield Oddity(
                "drought-after-the-run", ("world", "drought", year), {"year": year, "last": span.last}
            )
    yield from _find_idle_closures(scenario, span)


def _find_rewritten_water(scenario: Scenario, span: Span) -> Iterator[Oddity]:
    """Yield observed years that lose their own water; droughts replace it on purpose."""
    observed = hydrology_years(scenario.region) - {*scenario.world.drought}
    rewritten_years = sorted(year for year in observed if span.first <= year <= span.last)
    if scenario.world.hydrology == "normal" and rewritten_years:
        values = {"years": ", ".join(map(str, rewritten_years))}
        yield Oddity("water-rewrites-the-past", ("world", "hydrology"), values)


def _find_idle_closures(scenario: Scenario, span: Span) -> Iterator[Oddity]:
    """Yield closures after the run or after those of the pack."""
    closures = scenario.world.plant_retirement
    years_of_pack = closing_years(scenario.region) if closures else {}
    for plant, year in closures.items():
        path, values = ("world", "plant_retirement", plant), {"plant": plant, "year": year}
        closing_year = years_of_pack.get(plant)
        if closing_year is not None and closing_year <= year:
            yield Oddity("closure-overtaken", path, values | {"closed": closing_year})
        elif year > span.last:
            yield Oddity("closure-after-the-run", path, values | {"last": span.last})


def _check_factor(scenario: Scenario, key: str, span: Span) -> Iterator[Oddity]:
    """Yield a factor that is always one or rewrites observed years."""
    world = scenario.world
    first = world.from_year or span.last_observed + 1
    values = {"key": key, "first": first, "last": span.last, "observed": span.last_observed}
    acting = getattr(world.delay_factors(span.last_observed), key)
    if bool(np.all(acting.path(np.arange(span.first, span.last + 1)) == 1.0)):
        yield Oddity("idle-factor", ("world", key), values)
    elif first <= span.last_observed:
        yield Oddity("counterfactual", ("world", "from_year"), values)
