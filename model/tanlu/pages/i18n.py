"""The app's words in English and Chinese."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import yaml

LANGUAGES = ("en", "zh")
FOLDER = Path(__file__).with_name("i18n")


@cache
def words(language: str) -> dict[str, str]:
    """Return all texts of a language by key."""
    texts: dict[str, str] = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return texts


def text(language: str, key: str, values: Mapping[str, object] | None = None) -> str:
    """Return one text, with `values` put in its places; an unknown key raises KeyError."""
    return words(language)[key].format_map(values or {})


def group(language: str, prefix: str) -> dict[str, str]:
    """Return the texts whose keys start with `prefix` and a dot, by the rest of the key."""
    start = f"{prefix}."
    return {key.removeprefix(start): value for key, value in words(language).items() if key.startswith(start)}


def preferred(accept_language: Iterable[str]) -> str:
    """Return the language of a browser's Accept-Language header, English where it names neither."""
    for part in ",".join(accept_language).lower().split(","):
        primary = part.strip().partition(";")[0].partition("-")[0]
        if primary in LANGUAGES:
            return primary
    return "en"
