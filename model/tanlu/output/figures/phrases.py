"""Texts with figures in their places: which part of a sentence is which figure stays known."""

from collections.abc import Mapping
from string import Formatter
from typing import TypedDict

from tanlu.core.words import words
from tanlu.output.figures.figure import Figure


class Part(TypedDict):
    """A piece of a text; `figure` and `state` are those of the figure it shows, empty where it shows none."""

    text: str
    figure: str
    state: str


type Phrase = list[Part]


type Place = Figure | Part | str | int


def phrase(language: str, key: str, places: Mapping[str, Place]) -> Phrase:
    """Fill a text of the catalogue with figures, years and words.

    A number that is measured comes as a `Figure` alone, which knows whether it is settled.
    """
    parts: Phrase = []
    for literal, name, _, _ in Formatter().parse(words(language)[key]):
        if literal:
            parts.append(_plain_part(literal))
        if name:
            parts.append(_part(places[name], language))
    return parts


def against_in_words(kind: str, language: str) -> str:
    """Name a kind of reference in a sentence."""
    return words(language)[f"reference.{kind}"]


def span_in(span: str, language: str) -> str:
    """Write a first and last year as a language joins them."""
    return span.replace("-", "\N{EM DASH}" if language == "zh" else "\N{EN DASH}")


def plain(sentence: Phrase) -> str:
    """Join a phrase to one text."""
    return "".join(part["text"] for part in sentence)


def signed(figure: Figure, language: str) -> Part:
    """Write a figure as a change, its sign always shown."""
    return _figure_part(figure, figure.signed(language))


def size(figure: Figure, language: str) -> Part:
    """Write a figure without its sign."""
    return _figure_part(figure, figure.size(language))


def _part(place: Place, language: str) -> Part:
    if isinstance(place, Figure):
        return _figure_part(place, place.text[language])
    return place if isinstance(place, dict) else _plain_part(str(place))


def _figure_part(figure: Figure, written: str) -> Part:
    return {"text": written, "figure": figure.key, "state": figure.state}


def _plain_part(written: str) -> Part:
    return {"text": written, "figure": "", "state": ""}
