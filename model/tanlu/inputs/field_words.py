"""What the keys of scenario files are called, and what they mean, in English and in Chinese."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import yaml

from tanlu.core.units import split_unit
from tanlu.core.words import FOLDER, words
from tanlu.core.words.said import TextInBoth
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible, plausible_range
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


def field_title(key: str, language: str) -> str:
    """Return what a key of a scenario (`scenario.seed`) or a pack (`parameters.households`) is called, else the key."""
    return str(_catalogue().get(key, {}).get("title", {}).get(language, key))


def unit_words(name: str, language: str) -> str:
    """Return the unit of a key as people read it, empty where it has none."""
    return words(language).get(f"unit.{split_unit(name)[1]}", "")


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
    source = range_source(plausible, owner, name) if plausible else TextInBoth("", "")
    help = " ".join((field.description or "").split())
    if language == "en":
        return FieldWords(title, help, source.en)
    return FieldWords(title, known.get("help_zh", help), source.zh)


def chinese_help(path: Sequence[str]) -> str:
    """Return what the last key of a path through a scenario file means in Chinese, empty if it has no words."""
    *above, name = path
    owners = {"world": ["world"], "policies": [SHARED, *above], "events": ["event", SHARED, *above]}
    known = (_known(owner, name) for owner in reversed(owners.get(path[0], [])))
    return next((str(one["help_zh"]) for one in known if "help_zh" in one), "")


def range_source(plausible: Plausible, owner: str, name: str) -> TextInBoth:
    """Return the reason of the plausible range of a key; one of an extension has it in English only."""
    owner, name = (SHARED, "any_share") if plausible == PLAUSIBLE_SHARE else (owner, name)
    return TextInBoth(plausible.source, _known(owner, name).get("range_zh", plausible.source))


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
