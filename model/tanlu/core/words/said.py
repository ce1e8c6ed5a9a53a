"""Texts of the catalogue with what stands in their places, so that they can be told in any language."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from tanlu.core.words import text, words

COMMAS = {"en": ", ", "zh": "、"}

# What stands in a place of a text: a name, a number or typed text as it is, another text, or several that are listed.
type Part = "str | Said | TextInBoth | tuple[Part, ...]"


class TextInBoth(NamedTuple):
    """A text whose languages stand elsewhere than in the catalogue, such as with the key of a scenario file."""

    en: str
    zh: str


class Said(NamedTuple):
    """A text of the catalogue and what stands in its places."""

    key: str
    values: tuple[tuple[str, Part], ...] = ()

    def told(self, language: str) -> str:
        """Return the text in a language; an unknown key raises KeyError."""
        return text(language, self.key, {name: told(part, language) for name, part in self.values})


def said(key: str, /, **values: object) -> Said:
    """Return the text `said.KEY` of the catalogue with `values` in its places."""
    return Said(f"said.{key}", parts(values.items()))


def parts(values: Iterable[tuple[str, object]]) -> tuple[tuple[str, Part], ...]:
    """Return named values as parts of a text: what is neither text nor several is shown as Python writes it."""
    return tuple((name, _part(value)) for name, value in values)


def _part(value: object) -> Part:
    if isinstance(value, str | Said | TextInBoth):
        return str(value) if isinstance(value, str) else value
    return tuple(map(_part, value)) if isinstance(value, tuple | list) else str(value)


def told(part: Part, language: str) -> str:
    """Return a part in a language; several are listed with its comma."""
    if isinstance(part, str):
        return part
    if isinstance(part, Said):
        return part.told(language)
    if isinstance(part, TextInBoth):
        return part.zh if language == "zh" else part.en
    return COMMAS[language].join(told(one, language) for one in part)


def told_if_there(key: str, values: Iterable[tuple[str, Part]], language: str) -> str:
    """Return a text of the catalogue, empty if it has none of this key."""
    return Said(key, tuple(values)).told(language) if key in words(language) else ""


def advice_of(key: str, values: tuple[tuple[str, Part], ...]) -> Part:
    """Return the text `KEY_help` of the catalogue, empty if it has none."""
    return Said(f"{key}_help", values) if f"{key}_help" in words("en") else ""


def plain(part: Part) -> Any:
    """Return a part as plain data."""
    if isinstance(part, Said):
        return {"key": part.key, "values": {name: plain(one) for name, one in part.values}}
    if isinstance(part, TextInBoth):
        return part._asdict()
    return part if isinstance(part, str) else [plain(one) for one in part]


def of_plain(data: Any) -> Part:
    """Return a part from plain data."""
    if isinstance(data, dict) and "key" in data:
        return Said(data["key"], tuple((name, of_plain(one)) for name, one in data["values"].items()))
    if isinstance(data, dict):
        return TextInBoth(**data)
    return data if isinstance(data, str) else tuple(map(of_plain, data))
