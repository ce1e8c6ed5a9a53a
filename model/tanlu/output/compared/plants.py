"""Which plants and facilities take another course: what each begins, when it closes, in which years it captures CO2."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import pandas as pd

from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS

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
    emitted_mtco2: float  # over all years, after capture

    @property
    def told(self) -> tuple[tuple[Step, ...], int, tuple[int, ...]]:
        """Return what makes it another course: to emit more in the same one is none."""
        return self.steps, self.last_year, self.captures


def courses_of(decisions: pd.DataFrame, plants: pd.DataFrame) -> dict[str, PlantCourse]:
    """Return the course of every plant that is ever at work, by decider, from a result's tables."""
    own = plants[(plants["replication"] == 0) & plants["kind"].isin(PLANTS)]
    by_decider = own.groupby("decider", observed=True)
    last, emitted = by_decider["year"].max(), by_decider["emissions_mtco2"].sum()
    capturing = own[own["captured_mtco2"] > 0.0].sort_values("year", kind="stable")
    captures: dict[str, list[int]] = {}
    for decider, year in zip(capturing["decider"], capturing["year"], strict=True):
        captures.setdefault(str(decider), []).append(int(year))
    steps = _steps_of(decisions)
    return {
        name: PlantCourse(steps.get(name, ()), int(year), tuple(captures.get(name, ())), float(mt))
        for name, year, mt in zip(map(str, last.index), last, emitted, strict=True)
    }


def _steps_of(decisions: pd.DataFrame) -> dict[str, tuple[Step, ...]]:
    mine = decisions[(decisions["replication"] == 0) & decisions["chosen"] & decisions["started"]]
    mine = mine[mine["option"] != KEEP].sort_values("year", kind="stable")
    found: dict[str, tuple[Step, ...]] = {}
    for decider, year, option in zip(mine["decider"], mine["year"], mine["option"], strict=True):
        found[str(decider)] = (*found.get(str(decider), ()), Step(int(year), str(option)))
    return found


def changed_courses(results: Sequence[Mapping[str, PlantCourse]]) -> dict[str, tuple[PlantCourse, ...]]:
    """Return the plants whose course is not the same in all results, one course a result, the largest change first.

    A change is as large as what the plant emits over all years differs at most; of equal ones the name decides. A plant
    that only some results have was built by somebody there: that is no other course of its own.
    """
    shared = set(results[0]).intersection(*results[1:])
    found = {plant: tuple(one[plant] for one in results) for plant in shared}
    changed = {plant: courses for plant, courses in found.items() if len({one.told for one in courses}) > 1}
    return dict(sorted(changed.items(), key=lambda course: (-_size(course[1]), course[0])))


def _size(courses: Sequence[PlantCourse]) -> float:
    """Compute the size of a change, Mt of CO2."""
    emitted = [course.emitted_mtco2 for course in courses]
    return max(emitted) - min(emitted)


def courses_in_words(
    courses: Sequence[PlantCourse], label: Callable[[str], str], language: str
) -> tuple[str, ...]:
    """Say of each course of a plant what differs among them; `label` gives what an option is called."""
    differs = [len(set(field)) > 1 for field in zip(*(course.told for course in courses), strict=True)]

    def describe(course: PlantCourse) -> str:
        steps = COMMAS[language].join(f"{one.year} {label(one.option)}" for one in course.steps)
        parts = (
            steps or label(KEEP),
            text(language, "course.works_to", {"year": course.last_year}),
            _captures_in_words(course.captures, language),
        )
        return text(language, "course.and").join(part for part, on in zip(parts, differs, strict=True) if on)

    return tuple(map(describe, courses))


def _captures_in_words(years: Sequence[int], language: str) -> str:
    if not years:
        return text(language, "course.captures_never")
    firsts = [years[0], *(b for a, b in pairwise(years) if b > a + 1)]
    lasts = [*(a for a, b in pairwise(years) if b > a + 1), years[-1]]
    spans = (f"{a}–{b}" if a < b else str(a) for a, b in zip(firsts, lasts, strict=True))
    return text(language, "course.captures_in", {"years": COMMAS[language].join(spans)})
