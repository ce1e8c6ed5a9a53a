"""What goes into scenarios as flat tables of text, to be read side by side: results and the page show the same rows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from tanlu.policies.base import Policy
from tanlu.policies.events import Event
from tanlu.scenario.schema import Scenario, plain_scenario

ABSENT = "–"


class SharedNames(NamedTuple):
    """Names that all scenarios have: their policies and events are compared key by key, others as a whole."""

    policies: frozenset[str]
    events: frozenset[str]
    provinces: tuple[str, ...]  # of their region: a policy that names all of them need not say so


def shared_names(scenarios: Sequence[Scenario], provinces: tuple[str, ...]) -> SharedNames:
    """Return the policies, of one kind everywhere, and the events that all scenarios have."""
    kinds = [{(name, policy.kind) for name, policy in one.policies.items()} for one in scenarios]
    events = frozenset(set.intersection(*({*one.events} for one in scenarios)))
    return SharedNames(frozenset(name for name, _ in set.intersection(*kinds)), events, provinces)


def different_inputs(
    scenarios: Sequence[Scenario], names: Sequence[str], provinces: tuple[str, ...]
) -> pd.DataFrame:
    """Return the inputs of scenarios that differ: one row a key, one column a scenario."""
    shared = shared_names(scenarios, provinces)
    return different_rows([flat_inputs(one, shared) for one in scenarios], names)


def different_rows(flat: Sequence[Mapping[str, str]], names: Sequence[str]) -> pd.DataFrame:
    """Return the rows of flat tables that are not the same in all, one column a table."""
    keys = dict.fromkeys(key for one in flat for key in one)
    table = pd.DataFrame(
        {name: [one.get(key, ABSENT) for key in keys] for name, one in zip(names, flat, strict=True)},
        index=pd.Index(list(keys), name="key"),
    )
    return table[table.nunique(axis="columns") > 1]


def flat_inputs(scenario: Scenario, shared: SharedNames) -> dict[str, str]:
    """Return a scenario as one flat table of text."""
    plain = plain_scenario(scenario)
    del plain["name"], plain["label"]
    policies, events = plain.pop("policies"), plain.pop("events")
    flat = dict(_leaves("", plain))
    for name, policy in scenario.policies.items():
        if name in shared.policies:
            flat.update(_leaves(f"policies.{name}.", policies[name]))
        else:
            flat[f"policies.{name}"] = plain_policy(policies[name], given_fields(policy, shared.provinces))
    for name, event in scenario.events.items():
        if name in shared.events:
            flat.update(_leaves(f"events.{name}.", events[name]))
        else:
            flat[f"events.{name}"] = _plain_event(event, shared.provinces)
    return flat


def plain_policy(policy: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """Return one policy in a line: its kind, and the fields that are not at their default."""
    fields = [f"{key} {_text(policy[key])}" for key in given if key != "kind" and key in policy]
    return f"{policy['kind']}: {', '.join(fields)}"


def given_fields(policy: Policy, provinces: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields of a policy that are not at their default; all provinces are meant if none is named."""
    given = policy.model_dump(exclude_defaults=True)
    if tuple(given.get("regions", ())) == provinces:
        del given["regions"]
    return given


def _plain_event(event: Event, provinces: tuple[str, ...]) -> str:
    """Return an event in a line: the fields that are not at their default."""
    given = event.model_dump(exclude_defaults=True)
    if event.introduce:
        given["introduce"] = {
            name: given_fields(policy, provinces) for name, policy in event.introduce.items()
        }
    return ", ".join(f"{key} {_text(value)}" for key, value in given.items())


def _leaves(prefix: str, value: Mapping[str, Any]) -> list[tuple[str, str]]:
    leaves = []
    for key, item in value.items():
        if isinstance(item, Mapping) and not any(isinstance(k, int) for k in item):
            leaves += _leaves(f"{prefix}{key}.", item)
        else:
            leaves.append((f"{prefix}{key}", _text(item)))
    return leaves


def _text(value: object) -> str:
    """Return a value as a scenario file writes it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
