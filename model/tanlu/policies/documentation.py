"""The documentation of policies and events as text."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tanlu.inputs.diagnostics import nearest
from tanlu.inputs.types import Strict, json_schema
from tanlu.policies import KINDS, Policy
from tanlu.policies.events import Event

EVENTS = "events"


def explain(kind: str, added: Mapping[str, type[Policy]] = MappingProxyType({})) -> str:
    """Return the documentation of one instrument, or of events: what it does, its equation and source, its fields.

    `added` are kinds of policy of extensions.

    Raises:
        ValueError: if there is no instrument of that kind; the message proposes the nearest one.

    """
    if kind == EVENTS:
        return f"Events · 事件 ({EVENTS})\n\n{inspect.getdoc(Event)}\n\nFields\n\n{_fields(Event)}\n"
    known = {**KINDS, **added}
    if kind not in known:
        near = nearest(kind, (*known, EVENTS))
        hint = f"did you mean `{near}`? " if near else ""
        raise ValueError(
            f"there is no policy of kind '{kind}'; {hint}kinds: {', '.join(known)}; and `{EVENTS}`"
        )
    instrument: Any = known[kind]
    heading = f"{instrument.title['en']} · {instrument.title['zh']} ({kind})"
    summary = f"{instrument.summary['en']}\n{instrument.summary['zh']}"
    return f"{heading}\n\n{summary}\n\n{inspect.getdoc(instrument)}\n\nFields\n\n{_fields(instrument)}\n"


def _fields(instrument: type[Strict]) -> str:
    """Return the fields of a block, its own before those that all policies have."""
    schema = json_schema(instrument)
    common = json_schema(Policy)["properties"]
    names = sorted(schema["properties"], key=lambda name: name in common)
    return "\n".join(_field(name, schema) for name in names)


def _field(name: str, schema: Mapping[str, Any]) -> str:
    """Return one field: its name, its form and default, and what it means."""
    field = schema["properties"][name]
    default = field.get("default", field.get("const"))
    if name in schema.get("required", ()):
        value = f"always `{default}`" if "const" in field else "must be given"
    else:
        value = "none unless given" if default is None else f"default {_shown(default)}"
    form = "a number, or numbers by year; " if _is_schedule(field) else ""
    text = " ".join(str(field["description"]).split())
    if "plausible" in field:
        low, high = field["plausible"]
        text += f"\n      Plausible: {low:,.10g} to {high:,.10g} ({field['plausible_source']})."
    return f"  {name} ({form}{value})\n      {text}"


def _is_schedule(field: Mapping[str, Any]) -> bool:
    """Tell whether a field takes numbers by year."""
    forms = [part for form in field.get("anyOf", ()) for part in (form, *form.get("anyOf", ()))]
    return any("patternProperties" in form for form in forms)


def _shown(default: object) -> str:
    """Return a default as a scenario file holds it."""
    if isinstance(default, Mapping):
        return "{" + ", ".join(f"{key}: {value}" for key, value in default.items()) + "}"
    if isinstance(default, list | tuple):
        return "[" + ", ".join(str(item) for item in default) + "]"
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)
