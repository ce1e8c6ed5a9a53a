"""What a scenario says otherwise than another, in words: titles and units of its keys in either language."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tanlu.core.axes import Axes
from tanlu.core.units import split_unit
from tanlu.core.words import text, words
from tanlu.inputs.field_words import choice_words, field_words
from tanlu.inputs.types import Strict
from tanlu.policies.base import Policy
from tanlu.region.catalogue import region_axes
from tanlu.scenario.difference import changes_between
from tanlu.scenario.schema import Scenario
from tanlu.scenario.world import World

WORLD, EVENTS = "world", "events"
SHOWN_NAMES = 6  # of a list


class ChangeInWords(NamedTuple):
    """A policy, the conditions of the world, or what else a scenario says otherwise."""

    name: str  # as the scenario has it
    title: str
    mark: str  # added, changed or switched off; empty where it can only be changed
    values: tuple[tuple[str, str], ...]  # title and value of each key


def changes_in_words(base: Scenario, scenario: Scenario, language: str) -> list[ChangeInWords]:
    """Return what a scenario says otherwise than `base`: policies, then conditions, then all else by its key."""
    block, axes = changes_between(base, scenario), region_axes(scenario.region)
    found = []
    for name, values in block.pop("policies", {}).items():
        policy = scenario.policies.get(name) or base.policies[name]
        mark = "off" if values.get("enabled") is False else "changed" if name in base.policies else "added"
        shown = {key: value for key, value in values.items() if key not in ("kind", "enabled")}
        said = () if mark == "off" else values_in_words(type(policy), policy.kind, shown, axes, language)
        found.append(
            ChangeInWords(name, policy_title(policy, language), text(language, f"library.{mark}"), said)
        )
    if values := block.pop(WORLD, {}):
        said = values_in_words(World, WORLD, values, axes, language)
        found.append(ChangeInWords(WORLD, text(language, "library.world"), "", said))
    if events := block.pop(EVENTS, {}):
        said = tuple((name, _year_of(event)) for name, event in events.items())
        found.append(ChangeInWords(EVENTS, text(language, "explain.events"), "", said))
    known = words(language)
    rest = tuple((known.get(f"library.setting_{key}", key), str(value)) for key, value in block.items())
    return [*found, *([ChangeInWords("", text(language, "library.settings"), "", rest)] if rest else [])]


def values_in_words(
    block: type[Strict], owner: str, values: Mapping[str, Any], axes: Axes, language: str
) -> tuple[tuple[str, str], ...]:
    """Return title and value of each key of a block."""
    said = field_words(block, owner, language)
    return tuple(
        (said[key].title, _value(owner, key, value, axes, language)) for key, value in values.items()
    )


def policy_title(policy: Policy, language: str) -> str:
    """Return what a kind of policy is called; one of an extension may have no other name than its kind."""
    titles: Mapping[str, str] = getattr(type(policy), "title", {})
    return titles.get(language, policy.kind)


def _year_of(event: object) -> str:
    return str(event.get("decided_in", "")) if isinstance(event, Mapping) else ""


def _value(owner: str, key: str, value: object, axes: Axes, language: str) -> str:
    """Return a value of a scenario file as people read it, with its unit."""
    suffix = split_unit(key)[1]
    unit = "" if suffix == "year" else words(language).get(f"unit.{suffix}", "")
    if isinstance(value, bool):
        return text(language, "library.yes" if value else "library.no")
    if isinstance(value, Mapping):
        pairs = (f"{name}: {_shown(owner, one, axes, language)}" for name, one in value.items())
        return f"{' · '.join(pairs)} {unit}".strip()
    if isinstance(value, list | tuple):
        names = [_shown(owner, one, axes, language) for one in value]
        comma = "、" if language == "zh" else ", "
        if len(names) > SHOWN_NAMES:
            few = {"first": comma.join(names[:SHOWN_NAMES]), "count": len(names)}
            return text(language, "library.and_so_on", few)
        return comma.join(names)
    return f"{_shown(owner, value, axes, language)} {unit}".strip()


def _shown(owner: str, value: object, axes: Axes, language: str) -> str:
    if isinstance(value, str):
        return axes.labels[value][language] if value in axes.labels else choice_words(owner, value, language)
    return f"{value:g}" if isinstance(value, int | float) else str(value)
