"""Which of the model's own assumptions its results rest on most: the ranking of a study that comes with Tanlu."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tanlu.core import places
from tanlu.core.words import text
from tanlu.core.words.numbers import unit_name
from tanlu.inputs.field_words import field_title

NAME = "influence.json"  # beside the study, which `python -m benchmarks.influence` reads
LEVEL, DIFFERENCE = "emitted_mtco2", "avoided_mtco2"  # outcomes of the study
PACK = "pack."
PARAMETERS = f"{PACK}parameters."


class Influential(NamedTuple):
    """An assumption, and how much an outcome moves over its whole range."""

    path: str
    effect: float
    half_width: float
    unit: str

    @property
    def name(self) -> str:
        """Name of the parameter, as files have it."""
        return self.path.removeprefix(PARAMETERS)

    def label(self, language: str) -> str:
        """Return what the parameter is called."""
        return field_title(self.path.removeprefix(PACK), language)


def most_influential(region: str, outcome: str = LEVEL) -> tuple[Influential, ...]:
    """Return the assumptions that an outcome rests on most, in their order; none of a region without a study."""
    told = _ranking(places.SCENARIOS / places.STUDIES / NAME)
    if told.get("region") != region:
        return ()
    found = told["outcomes"][outcome]
    return tuple(Influential(**one, unit=found["unit"]) for one in found["most"])


def influence_in_words(region: str, language: str, outcome: str = LEVEL) -> tuple[str, ...]:
    """Return the sentence that marks these assumptions wherever results are shown; none where there is no study."""
    most = most_influential(region, outcome)
    if not most:
        return ()
    first = most[0]
    values = {
        "names": text(language, "influence.comma").join(one.label(language) for one in most),
        "first": first.label(language),
        "effect": first.effect,
        "half_width": first.half_width,
        "unit": unit_name(first.unit, language),
    }
    return (text(language, f"influence.{outcome}", values),)


@cache
def _ranking(file: Path) -> Mapping[str, Any]:
    try:
        told: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return told
