"""Which plants take another course than in the baseline: another decision, closing year or capture."""

from typing import NamedTuple

import numpy as np

from tanlu.core.words import text
from tanlu.pages.plants.card import CAPTURED, line_words
from tanlu.pages.sites import Plants, PlantSites


class PlantChoice(NamedTuple):
    """What a decider chose at one of its windows."""

    year: int
    decider: str
    option: str
    started: bool


class PlantCourse(NamedTuple):
    """What a unit does over all years, in the first draw."""

    choices: frozenset[PlantChoice]
    last_year: int  # at work, -1 if it never is
    captures: tuple[int, ...]  # years in which it captures CO2


class PlantChange(NamedTuple):
    """A unit whose course differs, in words: here, and in the baseline."""

    unit: int
    here: str
    before: str


def courses(sites: PlantSites, plants: Plants) -> list[PlantCourse]:
    """Return the course of every unit."""
    ledger = plants.records.decisions
    chosen = ledger[ledger["chosen"]]
    columns = (chosen["year"], chosen["decider"], chosen["option"], chosen["started"])
    by_decider: dict[str, set[PlantChoice]] = {}
    for year, decider, option, started in zip(*columns, strict=True):
        one = PlantChoice(int(year), str(decider), str(option), bool(started))
        by_decider.setdefault(one.decider, set()).add(one)
    found, years = [], np.array(plants.years)
    for unit in range(len(sites.units)):
        own = (by_decider.get(name, set()) for name in plants.deciders.get(unit, ()))
        at_work = years[plants.at_work[unit]]
        captures = years[plants.figures[CAPTURED, unit] > 0.0]
        last = int(at_work[-1]) if at_work.size else -1
        found.append(PlantCourse(frozenset().union(*own), last, tuple(captures.tolist())))
    return found


def changes(sites: PlantSites, plants: Plants, before: Plants, language: str) -> list[PlantChange]:
    """Return the units whose course differs between two answers, with what differs in each."""
    pairs = zip(courses(sites, plants), courses(sites, before), strict=True)
    return [
        PlantChange(
            unit, *(in_words(sites, plants, unit, one, other, language) for one, other in (pair, pair[::-1]))
        )
        for unit, pair in enumerate(pairs)
        if pair[0] != pair[1]
    ]


def in_words(
    sites: PlantSites, plants: Plants, unit: int, one: PlantCourse, other: PlantCourse, language: str
) -> str:
    """Say of a course what differs from another one."""
    said = [
        choice_words(sites, plants, unit, choice, language) for choice in sorted(one.choices - other.choices)
    ]
    if one.last_year != other.last_year:
        key = "map.never" if one.last_year < 0 else "map.works_to"
        said.append(text(language, key, {"year": one.last_year}))
    if one.captures != other.captures:
        said.append(capture_words(one.captures, language))
    return text(language, "map.and").join(said) or text(language, "map.nothing")


def choice_words(sites: PlantSites, plants: Plants, unit: int, choice: PlantChoice, language: str) -> str:
    """Say what a decider chose."""
    values = {
        "year": choice.year,
        "line": line_words(choice.decider, sites.units[unit].id, language),
        "option": plants.records.offered.label(choice.option, language),
    }
    return text(language, "map.choice" if choice.started else "map.choice_waits", values)


def capture_words(years: tuple[int, ...], language: str) -> str:
    """Say in which years a unit captures."""
    if not years:
        return text(language, "map.captures_never")
    return text(language, "map.captures_in", {"first": years[0], "last": years[-1]})
