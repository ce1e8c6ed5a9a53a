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
    """Return what a scenario says otherwise than `base`: policies, then conditions, events and settings of the run."""
    block, said = changes_between(base, scenario), ValueWords(region_axes(scenario.region), language)
    found = []
    for name, values in block.pop("policies", {}).items():
        policy = scenario.policies.get(name) or base.policies[name]
        mark = "off" if values.get("enabled") is False else "changed" if name in base.policies else "added"
        given = {key: value for key, value in values.items() if key not in ("kind", "enabled")}
        shown = () if mark == "off" else said.of_block(type(policy), policy.kind, given)
        found.append(
            ChangeInWords(name, policy_title(policy, language), text(language, f"library.{mark}"), shown)
        )
    if values := block.pop(WORLD, {}):
        shown = said.of_block(World, WORLD, values)
        found.append(ChangeInWords(WORLD, text(language, "library.world"), "", shown))
    if events := block.pop(EVENTS, {}):
        shown = tuple((name, _year_of(event)) for name, event in events.items())
        found.append(ChangeInWords(EVENTS, text(language, "explain.events"), "", shown))
    if block:
        rows = InputWords(*said).rows((base, scenario))
        settings = tuple((one.label, one.cells[1]) for one in rows if one.key.partition(".")[0] in block)
        found.append(ChangeInWords("", text(language, "library.settings"), "", settings))
    return found


def _year_of(event: object) -> str:
    return str(event.get("decided_in", "")) if isinstance(event, Mapping) else ""
