"""The catalogue of words: every text that people read in English and in Chinese, by key.

The YAML files here hold it by subject. A text may have places in braces, the same in both languages. `{count:run/runs}`
is a count and the word for one or for several.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")
FOLDER = Path(__file__).parent


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    """Read all texts by key and language."""
    import yaml  # here, so that commands that print nothing of it start without

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a tenth of the time, where it is built
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        texts |= yaml.load(path.read_text(encoding="utf-8"), loader)
    return texts


class Template(str):
    """A text with places, which knows counts."""

    def format(self, /, *_: object, **values: object) -> str:
        """Write the text with values in its places."""
        return self.format_map({name: _Place(value) for name, value in values.items()})


class _Place:
    """A value that is put in the place of a text."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, format_spec: str) -> str:
        singular, slash, plural = format_spec.partition("/")
        if not slash:
            return format(self.value, format_spec)
        return f"{self.value} {singular if str(self.value) == '1' else plural}"


@cache
def words(language: str) -> dict[str, str]:
    """Read all texts of a language by key."""
    return {key: Template(text[language]) for key, text in _catalogue().items()}


def text(language: str, key: str, values: Mapping[str, object] | None = None) -> str:
    """Write a text with `values` in its places; KeyError if unknown."""
    return words(language)[key].format(**(values or {}))


def group(language: str, prefix: str) -> dict[str, str]:
    """Select texts whose keys start with `prefix` and a dot.

    They are listed by the rest of the key.
    """
    start = f"{prefix}."
    return {key.removeprefix(start): value for key, value in words(language).items() if key.startswith(start)}


def choose_language(accept_language: Iterable[str]) -> str:
    """Choose the language of an Accept-Language header, else English."""
    for part in ",".join(accept_language).lower().split(","):
        primary = part.strip().partition(";")[0].partition("-")[0]
        if primary in LANGUAGES:
            return primary
    return "en"
