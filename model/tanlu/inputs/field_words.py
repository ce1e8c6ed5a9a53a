"""What the keys of scenario files are called, and what they mean, in English and in Chinese."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import yaml

from tanlu.core.units import split_unit
from tanlu.core.words import FOLDER, words
from tanlu.core.words.messages import BilingualText
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible, plausible_range
from tanlu.inputs.types import Strict

REVIEW_OWNERS = [
    "regulator",
    "reviewed_aim",
    "reviewed_instrument",
    "review_guards",
]  # of words of regulators
COMMON_OWNER = "policy"  # owner of the keys that all kinds of policy have


class FieldWords(NamedTuple):
    """How people read one key of a scenario file."""

    title: str
    help: str
    range_source: str
    """The reason of its plausible range, empty where it has none."""


def field_words(block: type[Strict], owner: str, language: str) -> dict[str, FieldWords]:
    """Read title and help of every key of a block.

    `owner` is the kind of a policy, `world`, `event` or a block of a regulator.
    The English help is the text under the key in the code. A key of an extension has no words of its own: its title
    is its name, its help English.
    """
    return {name: _read_field_words(block, owner, name, language) for name in block.model_fields}


def field_title(key: str, language: str) -> str:
    """Read the title of a key of scenarios or packs, else the key.

    Such as `scenario.seed` and `parameters.households`.
    """
    return str(_catalogue().get(key, {}).get("title", {}).get(language, key))


def unit_words(name: str, language: str) -> str:
    """Read the unit of a key in words, empty if it has none."""
    return words(language).get(f"unit.{split_unit(name)[1]}", "")


def choice_words(owner: str, value: str, language: str) -> str:
    """Translate a name that a key can take; names of packs stay."""
    texts = words(language)
    keys = (f"choice.{owner}.{value}", *(f"{group}.{value}" for group in ("choice", "segment", "option")))
    return next((texts[key] for key in keys if key in texts), value)


def _read_field_words(block: type[Strict], owner: str, name: str, language: str) -> FieldWords:
    field, key_words = block.model_fields[name], _read_words(owner, name)
    stem = split_unit(name)[0].replace("_", " ")
    title = key_words.get("title", {}).get(language, stem[:1].upper() + stem[1:])
    plausible = plausible_range(field)
    source = range_source(plausible, owner, name) if plausible else BilingualText("", "")
    help = " ".join((field.description or "").split())
    if language == "en":
        return FieldWords(title, help, source.en)
    return FieldWords(title, key_words.get("help_zh", help), source.zh)


def chinese_help(path: Sequence[str]) -> str:
    """Read the Chinese meaning of the last key of a path.

    Empty if it has no words.
    """
    *parents, name = path
    owners = {
        "world": ["world"],
        "policies": [COMMON_OWNER, *parents],
        "events": ["event", COMMON_OWNER, *parents],
        "regulators": REVIEW_OWNERS,
    }
    words_of_owners = (_read_words(owner, name) for owner in reversed(owners.get(path[0], [])))
    return next((str(key_words["help_zh"]) for key_words in words_of_owners if "help_zh" in key_words), "")


def range_source(plausible: Plausible, owner: str, name: str) -> BilingualText:
    """Read the reason of a plausible range.

    One of an extension is in English only.
    """
    owner, name = (COMMON_OWNER, "any_share") if plausible == PLAUSIBLE_SHARE else (owner, name)
    return BilingualText(plausible.source, _read_words(owner, name).get("range_zh", plausible.source))


def _read_words(owner: str, name: str) -> dict[str, Any]:
    """Read the words of a key: of all policies, then of its owner."""
    catalogue = _catalogue()
    return {**catalogue.get(f"{COMMON_OWNER}.{name}", {}), **catalogue.get(f"{owner}.{name}", {})}


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    """Read the words of all keys by owner and name."""
    catalogue: dict[str, dict[str, Any]] = {}
    for path in sorted((FOLDER / "fields").glob("*.yaml")):
        catalogue |= yaml.load(
            path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    return catalogue
