"""What goes into scenarios as flat tables of text, to be read side by side: results and the page show the same rows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from tanlu.policies.base import Policy
from tanlu.policies.events import Event
from tanlu.scenario.regulators import RegulatorBlock
from tanlu.scenario.schema import Scenario, plain_scenario

ABSENT = "–"


class SharedNames(NamedTuple):
    """Names that all scenarios have: their policies and events are compared key by key, others as a whole."""

    policies: frozenset[str]
    events: frozenset[str]
    provinces: tuple[str, ...]  # of their region: a policy that names all of them need not say so


def shared_names(scenarios: Sequence[Scenario], provinces: tuple[str, ...]) -> SharedNames:
    """List the policies, of one kind, and events of all scenarios."""
    kinds = [{(name, policy.kind) for name, policy in scenario.policies.items()} for scenario in scenarios]
    events = frozenset(set.intersection(*({*scenario.events} for scenario in scenarios)))
    return SharedNames(frozenset(name for name, _ in set.intersection(*kinds)), events, provinces)


def different_inputs(
    scenarios: Sequence[Scenario], names: Sequence[str], provinces: tuple[str, ...]
) -> pd.DataFrame:
    """Compare inputs of scenarios: one row a key, one column a scenario."""
    names_in_all = shared_names(scenarios, provinces)
    return different_rows([flat_inputs(scenario, names_in_all) for scenario in scenarios], names)


def different_rows(flat: Sequence[Mapping[str, str]], names: Sequence[str]) -> pd.DataFrame:
    """Select rows that differ between flat tables, one column a table."""
    keys = dict.fromkeys(key for table_rows in flat for key in table_rows)
    table = pd.DataFrame(
        {
            name: [table_rows.get(key, ABSENT) for key in keys]
            for name, table_rows in zip(names, flat, strict=True)
        },
        index=pd.Index(list(keys), name="key"),
    )
    return table[table.nunique(axis="columns") > 1]


def flat_inputs(scenario: Scenario, names_in_all: SharedNames) -> dict[str, str]:
    """Flatten a scenario into one table of text."""
    plain = plain_scenario(scenario)
    del plain["name"], plain["label"]
    policies, events = plain.pop("policies"), plain.pop("events")
    plain.pop("regulators", None)
    flat = dict(_leaves("", plain))
    for name, policy in scenario.policies.items():
        if name in names_in_all.policies:
            flat.update(_leaves(f"policies.{name}.", policies[name]))
        else:
            flat[f"policies.{name}"] = write_policy(
                policies[name], nondefault_fields(policy, names_in_all.provinces)
            )
    for name, event in scenario.events.items():
        if name in names_in_all.events:
            flat.update(_leaves(f"events.{name}.", events[name]))
        else:
            flat[f"events.{name}"] = _write_event(event, names_in_all.provinces)
    flat |= {f"regulators.{name}": write_regulator(block) for name, block in scenario.regulators.items()}
    return flat


def write_regulator(regulator: RegulatorBlock) -> str:
    """Write a regulator in a line: fields not at their default."""
    fields = regulator.model_dump(exclude_defaults=True)
    return ", ".join(f"{key} {_text(value)}" for key, value in fields.items())


def write_policy(policy: Mapping[str, Any], changed_fields: Mapping[str, Any]) -> str:
    """Write a policy in a line: kind, fields not at their default."""
    fields = [f"{key} {_text(policy[key])}" for key in changed_fields if key != "kind" and key in policy]
    return f"{policy['kind']}: {', '.join(fields)}"


def nondefault_fields(policy: Policy, provinces: tuple[str, ...]) -> dict[str, Any]:
    """Select the fields of a policy that are not at their default.

    All provinces are meant if none is named.
    """
    fields = policy.model_dump(exclude_defaults=True)
    if tuple(fields.get("regions", ())) == provinces:
        del fields["regions"]
    return fields


def _write_event(event: Event, provinces: tuple[str, ...]) -> str:
    """Write an event in a line: fields not at their default."""
    fields = event.model_dump(exclude_defaults=True)
    if event.introduce:
        fields["introduce"] = {
            name: nondefault_fields(policy, provinces) for name, policy in event.introduce.items()
        }
    return ", ".join(f"{key} {_text(value)}" for key, value in fields.items())


def _leaves(prefix: str, value: Mapping[str, Any]) -> list[tuple[str, str]]:
    leaves = []
    for key, branch in value.items():
        if isinstance(branch, Mapping) and not any(isinstance(k, int) for k in branch):
            leaves += _leaves(f"{prefix}{key}.", branch)
        else:
            leaves.append((f"{prefix}{key}", _text(branch)))
    return leaves


def _text(value: object) -> str:
    """Write a value as a scenario file does."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
