"""What a scenario says otherwise than another, policy by policy in words."""

from collections.abc import Mapping
from typing import NamedTuple

from tanlu.core.words import text
from tanlu.region.catalogue import region_axes
from tanlu.scenario.difference import changes_between
from tanlu.scenario.input_words import InputWords
from tanlu.scenario.schema import Scenario
from tanlu.scenario.value_words import WORLD, ValueWords, policy_title
from tanlu.scenario.world import World

EVENTS = "events"


class ChangeInWords(NamedTuple):
    """A policy, the conditions of the world, or what else a scenario says otherwise."""

    name: str  # as the scenario has it
    title: str
    mark: str  # added, changed or switched off; empty where it can only be changed
    values: tuple[tuple[str, str], ...]  # title and value of each key


def changes_in_words(base: Scenario, scenario: Scenario, language: str) -> list[ChangeInWords]:
    """Describe the differences of a scenario from `base`.

    Policies first, then conditions, events and settings of the run.
    """
    block, value_words = changes_between(base, scenario), ValueWords(region_axes(scenario.region), language)
    changes = []
    for name, values in block.pop("policies", {}).items():
        policy = scenario.policies.get(name) or base.policies[name]
        mark = "off" if values.get("enabled") is False else "changed" if name in base.policies else "added"
        fields = {key: value for key, value in values.items() if key not in ("kind", "enabled")}
        titled_values = () if mark == "off" else value_words.title_values(type(policy), policy.kind, fields)
        changes.append(
            ChangeInWords(
                name, policy_title(policy, language), text(language, f"library.{mark}"), titled_values
            )
        )
    if values := block.pop(WORLD, {}):
        titled_values = value_words.title_values(World, WORLD, values)
        changes.append(ChangeInWords(WORLD, text(language, "library.world"), "", titled_values))
    if events := block.pop(EVENTS, {}):
        titled_values = tuple((name, _year_of(event)) for name, event in events.items())
        changes.append(ChangeInWords(EVENTS, text(language, "explain.events"), "", titled_values))
    if block:
        rows = InputWords(*value_words).rows((base, scenario))
        settings = tuple((row.label, row.cells[1]) for row in rows if row.key.partition(".")[0] in block)
        changes.append(ChangeInWords("", text(language, "library.settings"), "", settings))
    return changes


def _year_of(event: object) -> str:
    return str(event.get("decided_in", "")) if isinstance(event, Mapping) else ""
