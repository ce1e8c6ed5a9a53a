"""The documentation of policies and events as text."""

import inspect
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tanlu.core.words import LANGUAGES
from tanlu.inputs.diagnostics import nearest
from tanlu.inputs.field_words import FieldWords, field_words
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
        return f"Events · 事件 ({EVENTS})\n\n{inspect.getdoc(Event)}\n\nFields\n\n{_fields(Event, 'event')}\n"
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
    return (
        f"{heading}\n\n{summary}\n\n{inspect.getdoc(instrument)}\n\nFields\n\n{_fields(instrument, kind)}\n"
    )


def _fields(instrument: type[Strict], owner: str) -> str:
    """Return the fields of a block, its own before those that all policies have."""
    schema = json_schema(instrument)
    common = json_schema(Policy)["properties"]
    names = sorted(schema["properties"], key=lambda name: name in common)
    said = {language: field_words(instrument, owner, language) for language in LANGUAGES}
    return "\n".join(_field(name, schema, {k: words[name] for k, words in said.items()}) for name in names)


def _field(name: str, schema: Mapping[str, Any], said: Mapping[str, FieldWords]) -> str:
    """Return one field: its name, its form and default, its titles, and what it means."""
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
    titles = " · ".join(dict.fromkeys(words.title for words in said.values()))
    lines = [titles, text, *_in_chinese(field, said)]
    return "\n      ".join([f"  {name} ({form}{value})", *lines])


def _in_chinese(field: Mapping[str, Any], said: Mapping[str, FieldWords]) -> Iterator[str]:
    """Yield what a field means, and its plausible range, in Chinese, where it has words in it."""
    if said["zh"].help == said["en"].help:
        return
    yield said["zh"].help
    if "plausible" in field:
        low, high = field["plausible"]
        yield f"合理范围：{low:,.10g}至{high:,.10g}（{said['zh'].range_source}）。"


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
