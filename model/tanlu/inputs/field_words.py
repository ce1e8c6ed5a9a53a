"""What the keys of scenario files are called, and what they mean, in English and in Chinese."""

from functools import cache
from typing import Any, NamedTuple

import yaml

from tanlu.core.units import split_unit
from tanlu.core.words import FOLDER, words
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, plausible_range
from tanlu.inputs.types import Strict

SHARED = "policy"  # owner of the keys that all kinds of policy have


class FieldWords(NamedTuple):
    """How people read one key of a scenario file."""

    title: str
    help: str
    range_source: str
    """The reason of its plausible range, empty where it has none."""


def field_words(block: type[Strict], owner: str, language: str) -> dict[str, FieldWords]:
    """Return title and help of every key of a block; `owner` is the kind of a policy, `world` or `event`.

    The English help is the text under the key in the code. A key of an extension has no words of its own: its title
    is its name, its help English.
    """
    return {name: _words_of(block, owner, name, language) for name in block.model_fields}


def choice_words(owner: str, value: str, language: str) -> str:
    """Return what one of the names that a key can take is called; a name of the region pack stays as it is."""
    known = words(language)
    keys = (f"choice.{owner}.{value}", *(f"{group}.{value}" for group in ("choice", "segment", "option")))
    return next((known[key] for key in keys if key in known), value)


def _words_of(block: type[Strict], owner: str, name: str, language: str) -> FieldWords:
    field, known = block.model_fields[name], _known(owner, name)
    stem = split_unit(name)[0].replace("_", " ")
    title = known.get("title", {}).get(language, stem[:1].upper() + stem[1:])
    plausible = plausible_range(field)
    source = plausible.source if plausible else ""
    help = " ".join((field.description or "").split())
    if language == "en":
        return FieldWords(title, help, source)
    if plausible == PLAUSIBLE_SHARE:
        known = {**known, "range_zh": _catalogue()[f"{SHARED}.any_share"]["range_zh"]}
    return FieldWords(title, known.get("help_zh", help), known.get("range_zh", source))


def _known(owner: str, name: str) -> dict[str, Any]:
    """Return the words of a key: those that all policies share, with its owner's in their place."""
    found = _catalogue()
    return {**found.get(f"{SHARED}.{name}", {}), **found.get(f"{owner}.{name}", {})}


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    """Return the words of all keys by owner and name."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((FOLDER / "fields").glob("*.yaml")):
        found |= yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return found
