"""Which of the model's own assumptions its results rest on most: the ranking of a study that comes with Tanlu."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tanlu.core import places
from tanlu.core.words import text
from tanlu.core.words.numbers import unit_name

NAME = "influence.json"  # next to the study, which `python -m benchmarks.influence` reads
LEVEL, DIFFERENCE = "emitted_mtco2", "avoided_mtco2"  # outcomes of the study


class Influential(NamedTuple):
    """An assumption, and how much an outcome moves over its whole range."""

    name: str  # of the group, or of the parameter
    labels: Mapping[str, str]  # by language, as they were when the study ran
    effect: float
    half_width: float
    unit: str

    def label(self, language: str) -> str:
        """Return what people read in a language."""
        return self.labels[language]


def most_influential(region: str, outcome: str = LEVEL) -> tuple[Influential, ...]:
    """List the assumptions on which an outcome rests most, in order.

    There are none of a region without a study.
    """
    ranking = _ranking(places.SCENARIOS / places.STUDIES / NAME)
    if ranking.get("region") != region:
        return ()
    ranking_of_outcome = ranking["outcomes"][outcome]
    return tuple(
        Influential(**assumption, unit=ranking_of_outcome["unit"])
        for assumption in ranking_of_outcome["most"]
    )


def influence_in_words(region: str, language: str, outcome: str = LEVEL) -> tuple[str, ...]:
    """Write the sentence on the most influential assumptions, if studied."""
    assumptions = most_influential(region, outcome)
    if not assumptions:
        return ()
    first = assumptions[0]
    values = {
        "names": text(language, "influence.comma").join(
            assumption.label(language) for assumption in assumptions
        ),
        "first": first.label(language),
        "effect": first.effect,
        "half_width": first.half_width,
        "unit": unit_name(first.unit, language),
    }
    return (text(language, f"influence.{outcome}", values),)


@cache
def _ranking(file: Path) -> Mapping[str, Any]:
    try:
        ranking: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return ranking
