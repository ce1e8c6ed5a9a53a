"""The documentation of policies and events: part by part in one language, or all of it as text."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from tanlu.core.words import FOLDER, LANGUAGES, text
from tanlu.core.words.errors import UserValueError
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import nearest, suggest_first
from tanlu.inputs.field_words import FieldWords, field_words
from tanlu.inputs.types import Strict, json_schema
from tanlu.policies import KINDS, Policy
from tanlu.policies.events import Event
from tanlu.policies.texts.laws import law_sentences

EVENTS, REGULATORS = "events", "regulators"  # have documentation, as kinds of policy do
EXAMPLE = "In a scenario file:\n"
HEADED = re.compile(r"([A-Z][a-z ]{3,30}): ")


class Paragraph(NamedTuple):
    """A part of what is said of an instrument."""

    key: str  # English heading, such as `Source`; empty where it has none
    heading: str  # in the language
    text: str


class FieldDocumentation(NamedTuple):
    """What is said of one key of a policy."""

    name: str
    form: str  # what it takes, and what it is where it is not given
    title: str
    text: str
    plausible: str  # its plausible range with the reason; empty where it has none
    laws: tuple[str, ...]  # which way it works


class Documentation(NamedTuple):
    """What is said of one instrument, or of events, in one language."""

    kind: str
    title: str
    summary: str
    paragraphs: tuple[Paragraph, ...]
    is_english: bool  # what the paragraphs are in where there are no words in the language
    example: str
    fields: tuple[FieldDocumentation, ...]


def _unknown_kind_error(kind: str, kinds: tuple[str, ...]) -> UserValueError:
    advice = suggest_first(nearest(kind, (*kinds, EVENTS, REGULATORS)), build_message("kinds", names=kinds))
    return UserValueError(
        build_message("no_kind_of_policy", name=kind, advice=advice, events=EVENTS, regulators=REGULATORS)
    )


def document_instrument(
    kind: str, language: str, extension_kinds: Mapping[str, type[Policy]] = MappingProxyType({})
) -> Documentation:
    """Document an instrument, or events, in one language.

    `extension_kinds` are policies of extensions by kind.

    Raises:
        ToldValueError: if there is no instrument of that kind; the message proposes the nearest one.
    """
    kinds = {**KINDS, **extension_kinds}
    if kind != EVENTS and kind not in kinds:
        raise _unknown_kind_error(kind, tuple(kinds))
    block: Any = Event if kind == EVENTS else kinds[kind]
    title = text(language, "explain.events") if kind == EVENTS else block.title[language]
    summary = "" if kind == EVENTS else block.summary[language]
    prose, _, example = (inspect.getdoc(block) or "").partition(EXAMPLE)
    owner = "event" if kind == EVENTS else kind
    paragraphs = tuple(_paragraphs(prose))
    translations = _read_chinese_paragraphs().get(kind, []) if language == "zh" else []
    if translations:
        pairs = zip(paragraphs, translations, strict=True)
        paragraphs = tuple(
            Paragraph(paragraph.key, _heading(paragraph.key, language), translation)
            for paragraph, translation in pairs
        )
    is_english = language == "en" or not translations
    fields = tuple(document_fields(block, owner, language))
    return Documentation(kind, title, summary, paragraphs, is_english, example.strip("\n"), fields)


def explain(kind: str, extension_kinds: Mapping[str, type[Policy]] = MappingProxyType({})) -> str:
    """Write the documentation of an instrument, or events, in both languages.

    Raises:
        ToldValueError: if there is no instrument of that kind; the message proposes the nearest one.
    """
    english, chinese = (document_instrument(kind, language, extension_kinds) for language in LANGUAGES)
    block: Any = Event if kind == EVENTS else {**KINDS, **extension_kinds}[kind]
    summary = f"{english.summary}\n{chinese.summary}\n\n" if english.summary else ""
    fields = write_fields(english.fields, chinese.fields)
    heading = f"{english.title} · {chinese.title} ({kind})"
    return f"{heading}\n\n{summary}{inspect.getdoc(block)}\n\nFields\n\n{fields}\n"


def write_fields(english: Iterable[FieldDocumentation], chinese: Iterable[FieldDocumentation]) -> str:
    """Write the documentation of fields in both languages."""
    return "\n".join(map(_as_text, english, chinese))


def _as_text(english: FieldDocumentation, chinese: FieldDocumentation) -> str:
    """Write the documentation of a field in each language it has."""
    languages = (english,) if english.text == chinese.text else (english, chinese)
    titles = " · ".join(dict.fromkeys((english.title, chinese.title)))
    lines = [f"  {english.name} ({english.form})", titles]
    for documentation in languages:
        lines += [documentation.text, *filter(None, [documentation.plausible]), *documentation.laws]
    return "\n      ".join(lines)


def _paragraphs(prose: str) -> Iterator[Paragraph]:
    for number, paragraph in enumerate(prose.strip().split("\n\n")):
        line = " ".join(paragraph.split())
        headed = HEADED.match(line) if number else None  # the first says in a line what it is
        heading = headed[1] if headed else ""
        yield Paragraph(heading, heading, line[headed.end() :] if headed else line)


def _heading(key: str, language: str) -> str:
    return text(language, f"explain.{key.lower().replace(' ', '_')}") if key else ""


@cache
def _read_chinese_paragraphs() -> dict[str, list[str]]:
    """Read the Chinese paragraphs of each instrument, by kind."""
    paragraphs: dict[str, list[str]] = {}
    for path in sorted((FOLDER / "instruments").glob("*.yaml")):
        paragraphs |= yaml.load(
            path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    return paragraphs


def document_fields(block: type[Strict], owner: str, language: str) -> Iterator[FieldDocumentation]:
    """Document the fields of a block, those of all policies last."""
    schema = json_schema(block)
    common = json_schema(Policy)["properties"]
    words_of_field, english_words = (
        field_words(block, owner, words_language) for words_language in (language, "en")
    )
    for name in sorted(schema["properties"], key=lambda name: name in common):
        field = schema["properties"][name]
        words = words_of_field[name]
        form = _form(name, schema, language)
        is_own = language == "en" or words.help == english_words[name].help  # an extension has no other
        help = " ".join(str(field["description"] if is_own else words.help).split())
        plausible, laws = _plausible(field, words, language), law_sentences(owner, name, language)
        yield FieldDocumentation(name, form, words.title, help, plausible, laws)


def _form(name: str, schema: Mapping[str, Any], language: str) -> str:
    """Describe the form and the default of a field."""
    field = schema["properties"][name]
    default = field.get("default", field.get("const"))
    if name in schema.get("required", ()):
        key = "always" if "const" in field else "must"
    else:
        key = "none" if default is None else "default"
    value = text(language, f"explain.{key}", {"value": _format_default(default)})
    return (text(language, "explain.by_year") if _is_schedule(field) else "") + value


def _plausible(field: Mapping[str, Any], words: FieldWords, language: str) -> str:
    if "plausible" not in field:
        return ""
    low, high = (f"{end:,.10g}" for end in field["plausible"])
    return text(
        language,
        "explain.plausible",
        {"low": low, "high": high, "source": words.range_source or field["plausible_source"]},
    )


def _is_schedule(field: Mapping[str, Any]) -> bool:
    """Check whether a field takes numbers by year."""
    forms = [part for form in field.get("anyOf", ()) for part in (form, *form.get("anyOf", ()))]
    return any("patternProperties" in form for form in forms)


def _format_default(default: object) -> str:
    """Write a default as a scenario file holds it."""
    if isinstance(default, Mapping):
        return "{" + ", ".join(f"{key}: {value}" for key, value in default.items()) + "}"
    if isinstance(default, list | tuple):
        return "[" + ", ".join(str(item) for item in default) + "]"
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)
