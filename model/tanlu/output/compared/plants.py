"""Which plants and facilities take another course: what each begins, when it closes, in which years it captures CO2."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from tanlu.core.words import text
from tanlu.core.words.said import COMMAS

PLANTS = ("PowerPlants", "Industry")  # kinds of deciders that are plants; buyers and builders choose shares
KEEP = "keep"


class Step(NamedTuple):
    """What a plant began."""

    year: int
    option: str


class PlantCourse(NamedTuple):
    """What a plant does over all years, in the first draw."""

    steps: tuple[Step, ...]  # in order of years; to go on as it is counts as none
    last_year: int  # at work
    captures: tuple[int, ...]  # years in which it captures CO2


def courses_of(decisions: pd.DataFrame, plants: pd.DataFrame) -> dict[str, PlantCourse]:
    """Return the course of every plant that is ever at work, by decider, from a result's tables."""
    own = plants[(plants["replication"] == 0) & plants["kind"].isin(PLANTS)]
    last = own.groupby("decider", observed=True)["year"].max()
    capturing = own[own["captured_mtco2"] > 0.0].sort_values("year", kind="stable")
    captures: dict[str, list[int]] = {}
    for decider, year in zip(capturing["decider"], capturing["year"], strict=True):
        captures.setdefault(str(decider), []).append(int(year))
    steps = _steps_of(decisions)
    return {
        str(name): PlantCourse(steps.get(str(name), ()), int(year), tuple(captures.get(str(name), ())))
        for name, year in last.items()
    }


def _steps_of(decisions: pd.DataFrame) -> dict[str, tuple[Step, ...]]:
    mine = decisions[(decisions["replication"] == 0) & decisions["chosen"] & decisions["started"]]
    mine = mine[mine["option"] != KEEP].sort_values("year", kind="stable")
    found: dict[str, tuple[Step, ...]] = {}
    for decider, year, option in zip(mine["decider"], mine["year"], mine["option"], strict=True):
        found[str(decider)] = (*found.get(str(decider), ()), Step(int(year), str(option)))
    return found


def changed_courses(results: Sequence[Mapping[str, PlantCourse]]) -> dict[str, tuple[PlantCourse, ...]]:
    """Return the plants whose course is not the same in all results, one course a result.

    A plant that only some results have was built by somebody there: that is no other course of its own.
    """
    shared = set(results[0]).intersection(*results[1:])
    found = {plant: tuple(one[plant] for one in results) for plant in sorted(shared)}
    return {plant: courses for plant, courses in found.items() if len(set(courses)) > 1}


def courses_in_words(
    courses: Sequence[PlantCourse], label: Callable[[str], str], language: str
) -> tuple[str, ...]:
    """Say of each course of a plant what differs among them; `label` gives what an option is called."""
    differs = [len({course[field] for course in courses}) > 1 for field in range(len(PlantCourse._fields))]

    def of(course: PlantCourse) -> str:
        steps = COMMAS[language].join(f"{one.year} {label(one.option)}" for one in course.steps)
        parts = (
            steps or label(KEEP),
            text(language, "course.works_to", {"year": course.last_year}),
            _captures_in_words(course.captures, language),
        )
        return text(language, "course.and").join(part for part, on in zip(parts, differs, strict=True) if on)

    return tuple(map(of, courses))


def _captures_in_words(years: Sequence[int], language: str) -> str:
    if not years:
        return text(language, "course.captures_never")
    firsts = [years[0], *(b for a, b in pairwise(years) if b > a + 1)]
    lasts = [*(a for a, b in pairwise(years) if b > a + 1), years[-1]]
    spans = (f"{a}–{b}" if a < b else str(a) for a, b in zip(firsts, lasts, strict=True))
    return text(language, "course.captures_in", {"years": COMMAS[language].join(spans)})
