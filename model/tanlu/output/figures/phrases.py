"""Texts with figures in their places: which part of a sentence is which figure stays known."""

from collections.abc import Mapping
from string import Formatter
from typing import TypedDict

from tanlu.core.words import words
from tanlu.output.figures.figure import Figure, written


class Part(TypedDict):
    """A piece of a text; `figure` is the key of the figure it shows, empty where it shows none."""

    text: str
    figure: str


type Phrase = list[Part]


type Place = Figure | Part | str | int


def phrase(language: str, key: str, places: Mapping[str, Place]) -> Phrase:
    """Return a text of the catalogue with figures and words in its places."""
    parts: Phrase = []
    for literal, name, _, _ in Formatter().parse(words(language)[key]):
        if literal:
            parts.append({"text": literal, "figure": ""})
        if name:
            parts.append(_part(places[name], language))
    return parts


def against_in_words(kind: str, language: str) -> str:
    """Return what a kind of reference is called in a sentence."""
    return words(language)[f"reference.{kind}"]


def span_in(span: str, language: str) -> str:
    """Return a first and last year as a language joins them."""
    return span.replace("-", "\N{EM DASH}" if language == "zh" else "\N{EN DASH}")


def plain(told: Phrase) -> str:
    """Return a phrase as one text."""
    return "".join(part["text"] for part in told)


def signed(figure: Figure, language: str) -> Part:
    """Return a figure as a change, its sign always shown."""
    return {"text": figure.signed(language), "figure": figure.key}


def size(figure: Figure, language: str) -> Part:
    """Return a figure without its sign, for a text that says in words which way it goes."""
    return {"text": str(written(abs(figure.value), figure.unit, language)), "figure": figure.key}


def _part(shown: Place, language: str) -> Part:
    if isinstance(shown, Figure):
        return {"text": shown.text[language], "figure": shown.key}
    return shown if isinstance(shown, dict) else {"text": str(shown), "figure": ""}
