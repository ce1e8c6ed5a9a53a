"""Messages: texts of the catalogue with what stands in their places, written in the language of the reader."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tanlu.core.words import text, words

COLONS = {"en": ": ", "zh": "："}
COMMAS = {"en": ", ", "zh": "、"}

# What stands in a place of a text: a name, a number or typed text as it is, another text, or several that are listed.
type MessagePart = "str | Message | BilingualText | tuple[MessagePart, ...]"


class BilingualText(NamedTuple):
    """A text whose languages stand elsewhere than in the catalogue, such as with the key of a scenario file."""

    en: str
    zh: str


class Message(NamedTuple):
    """A text of the catalogue and what stands in its places."""

    key: str
    values: tuple[tuple[str, MessagePart], ...] = ()

    @classmethod
    def from_values(cls, key: str, values: Mapping[str, object]) -> "Message":
        """Build a message from a key and Python values by name."""
        return cls(key, tuple((name, _convert(value)) for name, value in values.items()))

    def in_language(self, language: str) -> str:
        """Write the message in a language; an unknown key raises KeyError."""
        return text(language, self.key, {name: translate(value, language) for name, value in self.values})

    def sibling(self, suffix: str) -> MessagePart:
        """Find the text whose key has a suffix, else an empty text.

        It has the same values.
        """
        key = f"{self.key}{suffix}"
        return Message(key, self.values) if key in words("en") else ""

    @property
    def advice(self) -> MessagePart:
        """Advice for the reader: the text `KEY_help`, empty if there is none."""
        return self.sibling("_help")


def build_message(key: str, /, **values: object) -> Message:
    """Build a message from the text `said.KEY` and values by name."""
    return Message.from_values(f"said.{key}", values)


def _convert(value: object) -> MessagePart:
    """Convert a Python value to a part of a message.

    What is neither text nor several is shown as Python writes it.
    """
    if isinstance(value, str | Message | BilingualText):
        return str(value) if isinstance(value, str) else value
    return tuple(map(_convert, value)) if isinstance(value, tuple | list) else str(value)


def translate(part: MessagePart, language: str) -> str:
    """Write a message part in a language; several parts are listed."""
    if isinstance(part, str):
        return part
    if isinstance(part, Message):
        return part.in_language(language)
    if isinstance(part, BilingualText):
        return part.zh if language == "zh" else part.en
    return COMMAS[language].join(translate(member, language) for member in part)


def as_data(part: MessagePart) -> Any:
    """Convert a part of a message to plain data."""
    if isinstance(part, Message):
        return {"key": part.key, "values": {name: as_data(value) for name, value in part.values}}
    if isinstance(part, BilingualText):
        return part._asdict()
    return part if isinstance(part, str) else [as_data(member) for member in part]


def from_data(data: Any) -> MessagePart:
    """Build a part of a message from plain data."""
    if isinstance(data, dict) and "key" in data:
        return Message(data["key"], tuple((name, from_data(value)) for name, value in data["values"].items()))
    if isinstance(data, dict):
        return BilingualText(**data)
    return data if isinstance(data, str) else tuple(map(from_data, data))
