"""What each shipped package changes against the baseline, in words."""

from collections.abc import Mapping
from typing import Any

from tanlu.core.axes import Axes
from tanlu.core.units import split_unit
from tanlu.core.words import group, text
from tanlu.inputs.field_words import choice_words, field_words
from tanlu.inputs.types import Strict
from tanlu.pages.builder.fields import WORLD, unit_words
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import BASELINE, Levers
from tanlu.pages.service import Preset
from tanlu.policies import KINDS
from tanlu.scenario.world import World

SHOWN_NAMES = 6  # of a list; the builder shows all


def package_groups(
    presets: Mapping[str, Preset], scenarios: Scenarios, axes: Axes, language: str
) -> list[dict[str, Any]]:
    """Return the packages, those that stand alone first and then each family under its name."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for preset in presets.values():
        row = {
            "name": preset.name,
            "label": preset.label[language],
            "changes": changes_of(preset.name, scenarios, axes, language),
        }
        groups.setdefault(preset.family, []).append(row)
    names = group(language, "builder.family")
    return [{"family": names.get(family, family), "packages": rows} for family, rows in groups.items()]


def changes_of(package: str, scenarios: Scenarios, axes: Axes, language: str) -> list[dict[str, Any]]:
    """Return what a package says otherwise than the baseline: policy by policy, then conditions of the world."""
    block = scenarios.beside_baseline(Levers(package)).block
    base = scenarios.scenario(Levers(BASELINE)).policies
    policies = scenarios.scenario(Levers(package)).policies
    rows = []
    for name, values in block.get("policies", {}).items():
        kind = policies[name].kind if name in policies else base[name].kind
        is_off = values.get("enabled") is False
        own = {key: value for key, value in values.items() if key not in ("kind", "enabled")}
        mark = "off" if is_off else "changed" if name in base else "added"
        title = KINDS[kind].title[language]
        rows.append(
            {
                "name": name,
                "title": title,
                "mark": text(language, f"library.{mark}"),
                "values": values_in_words(KINDS[kind], kind, {} if is_off else own, axes, language),
            }
        )
    if block.get(WORLD):
        values = values_in_words(World, WORLD, block[WORLD], axes, language)
        rows.append({"name": WORLD, "title": text(language, "library.world"), "mark": "", "values": values})
    return rows


def values_in_words(
    block: type[Strict], owner: str, values: Mapping[str, Any], axes: Axes, language: str
) -> list[list[str]]:
    """Return title and value of each key of a block."""
    said = field_words(block, owner, language)
    return [
        [said[key].title, value_in_words(owner, key, value, axes, language)] for key, value in values.items()
    ]


def value_in_words(owner: str, key: str, value: object, axes: Axes, language: str) -> str:
    """Return a value of a scenario file as people read it, with its unit."""
    unit = "" if split_unit(key)[1] == "year" else unit_words(key, language)
    if isinstance(value, bool):
        return text(language, "library.yes" if value else "library.no")
    if isinstance(value, Mapping):
        pairs = (f"{name}: {_shown(owner, one, axes, language)}" for name, one in value.items())
        return f"{' · '.join(pairs)} {unit}".strip()
    if isinstance(value, list | tuple):
        names = [_shown(owner, one, axes, language) for one in value]
        comma = "、" if language == "zh" else ", "
        if len(names) > SHOWN_NAMES:
            few = {"first": comma.join(names[:SHOWN_NAMES]), "count": len(names) - SHOWN_NAMES}
            return text(language, "library.and_so_on", few)
        return comma.join(names)
    return f"{_shown(owner, value, axes, language)} {unit}".strip()


def _shown(owner: str, value: object, axes: Axes, language: str) -> str:
    if isinstance(value, str):
        return axes.labels[value][language] if value in axes.labels else choice_words(owner, value, language)
    return f"{value:g}" if isinstance(value, int | float) else str(value)
