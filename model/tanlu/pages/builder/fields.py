"""What the page shows of every key of a scenario, from the schema: form, words, unit, bounds and plausible range."""

import math
from collections.abc import Mapping
from typing import Any

from tanlu.core.axes import Axes
from tanlu.core.units import split_unit
from tanlu.core.words import text
from tanlu.inputs.field_words import choice_words, field_words, unit_words
from tanlu.inputs.plausible import plausible_range
from tanlu.inputs.types import NamesOfPack, Strict, json_schema
from tanlu.policies import KINDS
from tanlu.policies.base import Policy
from tanlu.scenario.difference import main_key
from tanlu.scenario.examples import example_of
from tanlu.scenario.world import World

WORLD = "world"
STEPS = 100  # of a slider, about
WIDEST = 10_000  # times its least value: on a wider range a slider would hit little


def themes(language: str) -> list[dict[str, Any]]:
    """Return every kind of policy by theme, in the order of the schema."""
    groups: dict[str, list[dict[str, str]]] = {}
    for kind, instrument in KINDS.items():
        row = {
            "kind": kind,
            "title": instrument.title[language],
            "summary": instrument.summary[language],
            "begins": begin_in_words(instrument, kind, language),
        }
        groups.setdefault(instrument.theme, []).append(row)
    return [
        {"key": key, "title": text(language, f"theme.{key}"), "kinds": rows} for key, rows in groups.items()
    ]


def short_number(value: object) -> str:
    """Return a number, or the first and the last of numbers by year; empty for anything else."""
    if isinstance(value, Mapping):
        numbers = [one for key, one in sorted(value.items()) if isinstance(key, int)]
        return f"{numbers[0]:g} → {numbers[-1]:g}" if numbers else ""
    return f"{value:g}" if isinstance(value, int | float) else ""


def begin_in_words(instrument: type[Policy], kind: str, language: str) -> str:
    """Write the setting that a policy begins with when it is added."""
    main, (_, block) = main_key(instrument), example_of(kind)
    value = block.get(main)
    shown = short_number(value) or ("" if isinstance(value, Mapping | list | tuple | bool) else str(value))
    unit = "" if split_unit(main)[1] == "year" else unit_words(main, language)
    return " ".join(filter(None, (field_words(instrument, kind, language)[main].title, shown, unit)))


def all_fields(axes: Axes, language: str) -> dict[str, list[dict[str, Any]]]:
    """Return the fields of every kind of policy and of the world, the one that people set first at the beginning."""
    found = {kind: fields_of(instrument, kind, axes, language) for kind, instrument in KINDS.items()}
    return found | {WORLD: fields_of(World, WORLD, axes, language)}


def fields_of(block: type[Strict], owner: str, axes: Axes, language: str) -> list[dict[str, Any]]:
    """Return the fields of one block as the browser gets them."""
    said, schema = field_words(block, owner, language), json_schema(block)["properties"]
    names = [name for name in block.model_fields if name not in ("kind", "enabled")]
    if issubclass(block, Policy):
        common = [name for name in names if name in Policy.model_fields]
        first = main_key(block)
        own = [name for name in names if name not in (*common, first)]
        names = [first, *own, *(name for name in common if name != first)]
    return [
        {
            "name": name,
            "title": said[name].title,
            "help": said[name].help,
            "unit": unit_words(name, language),
            **form_of(block, owner, name, schema[name], axes, language),
            **range_of(block, name, schema[name], said[name].range_source),
        }
        for name in names
    ]


def form_of(
    block: type[Strict], owner: str, name: str, schema: Mapping[str, Any], axes: Axes, language: str
) -> dict[str, Any]:
    """Return how a key is edited, what it can be, and its default; from the JSON Schema, so that none is unknown."""
    forms = [part for one in (schema, *schema.get("anyOf", ())) for part in (one, *one.get("anyOf", ()))]
    kinds = {one.get("type") for one in forms}
    number: Mapping[str, Any] = next((one for one in forms if one.get("type") in ("number", "integer")), {})
    shown: dict[str, Any] = {
        "default": schema.get("default"),
        "optional": "null" in kinds,
        "minimum": number.get("minimum", number.get("exclusiveMinimum")),
        "maximum": number.get("maximum", number.get("exclusiveMaximum")),
    }
    if any("patternProperties" in one for one in forms) and number:
        return {"form": "schedule", **shown}
    if "boolean" in kinds:
        return {"form": "flag", **shown}
    if "array" in kinds or "enum" in schema:
        form = "names" if "array" in kinds else "choice"
        return {"form": form, "options": options_of(block, owner, name, schema, axes, language), **shown}
    if "object" in kinds:
        options = options_of(block, owner, name, schema, axes, language)
        return {"form": "years_by_name", "options": options, **shown}
    return {"form": "whole" if "integer" in kinds else "number", **shown}


def options_of(
    block: type[Strict], owner: str, name: str, schema: Mapping[str, Any], axes: Axes, language: str
) -> list[dict[str, str]]:
    """Return the names that a key can hold, empty where the schema does not list them."""
    pack = next((part for part in block.model_fields[name].metadata if isinstance(part, NamesOfPack)), None)
    if pack is not None:
        labels = axes.labels
        return [
            {"value": one, "label": labels[one][language] if one in labels else one}
            for one in getattr(axes, pack.axis)
        ]
    where = (schema, schema.get("items", {}), schema.get("propertyNames", {}))
    listed: list[str] = next((part["enum"] for part in where if "enum" in part), [])
    return [{"value": one, "label": choice_words(owner, one, language)} for one in listed]


def range_of(block: type[Strict], name: str, schema: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the plausible range of a key, where it comes from, and where its slider starts, ends and steps."""
    plausible = plausible_range(block.model_fields[name])
    if plausible is None:
        return {"low": None, "high": None, "source": "", "slider": False}
    above = any("exclusiveMinimum" in one for one in (schema, *schema.get("anyOf", ())))
    start = 0.0 if plausible.zero and not above else plausible.low
    is_whole = schema.get("type") == "integer"
    return {
        "low": plausible.low,
        "high": plausible.high,
        "zero": plausible.zero and not above,
        "source": source,
        "slider": plausible.high < WIDEST * plausible.low or plausible.low == 0.0,
        "start": max(start, float(schema["minimum"])) if is_whole else start,
        "step": 1.0 if is_whole else nice_step((plausible.high - start) / STEPS),
    }


def nice_step(step: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is no larger than a step."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(round(n * power, 10) for n in (5, 2, 1) if n * power <= step * (1 + 1e-9))
