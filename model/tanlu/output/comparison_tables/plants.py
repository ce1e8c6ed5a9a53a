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
    def signature(self) -> tuple[tuple[Step, ...], int, tuple[int, ...]]:
        """Return the fields by which courses differ: emissions alone do not count."""
        return self.steps, self.last_year, self.captures


def courses_of(decisions: pd.DataFrame, plants: pd.DataFrame) -> dict[str, PlantCourse]:
    """Build the course of every plant that is ever at work, by decider."""
    plant_rows = plants[(plants["replication"] == 0) & plants["kind"].isin(PLANTS)]
    by_decider = plant_rows.groupby("decider", observed=True)
    last, emissions = by_decider["year"].max(), by_decider["emissions_mtco2"].sum()
    capturing = plant_rows[plant_rows["captured_mtco2"] > 0.0].sort_values("year", kind="stable")
    captures: dict[str, list[int]] = {}
    for decider, year in zip(capturing["decider"], capturing["year"], strict=True):
        captures.setdefault(str(decider), []).append(int(year))
    steps = _steps_of(decisions)
    return {
        name: PlantCourse(steps.get(name, ()), int(year), tuple(captures.get(name, ())), float(mt))
        for name, year, mt in zip(map(str, last.index), last, emissions, strict=True)
    }


def _steps_of(decisions: pd.DataFrame) -> dict[str, tuple[Step, ...]]:
    started_rows = decisions[(decisions["replication"] == 0) & decisions["chosen"] & decisions["started"]]
    started_rows = started_rows[started_rows["option"] != KEEP].sort_values("year", kind="stable")
    steps: dict[str, tuple[Step, ...]] = {}
    for decider, year, option in zip(
        started_rows["decider"], started_rows["year"], started_rows["option"], strict=True
    ):
        steps[str(decider)] = (*steps.get(str(decider), ()), Step(int(year), str(option)))
    return steps


def changed_courses(results: Sequence[Mapping[str, PlantCourse]]) -> dict[str, tuple[PlantCourse, ...]]:
    """Select the plants whose course differs among results, largest change first.

    A change is as large as what the plant emits over all years differs at most; of equal ones the name decides. A plant
    that only some results have was built by somebody there: that is no other course of its own.
    """
    common_plants = set(results[0]).intersection(*results[1:])
    courses_by_plant = {plant: tuple(courses[plant] for courses in results) for plant in common_plants}
    changes = {
        plant: courses
        for plant, courses in courses_by_plant.items()
        if len({course.signature for course in courses}) > 1
    }
    return dict(sorted(changes.items(), key=lambda pair: (-_size(pair[1]), pair[0])))


def _size(courses: Sequence[PlantCourse]) -> float:
    """Measure a change by the range of emissions, Mt CO2."""
    emissions_mtco2 = [course.emitted_mtco2 for course in courses]
    return max(emissions_mtco2) - min(emissions_mtco2)


def courses_in_words(
    courses: Sequence[PlantCourse], label: Callable[[str], str], language: str
) -> tuple[str, ...]:
    """Describe the differences among the courses of a plant.

    `label` gives the name of an option.
    """
    differs = [len(set(field)) > 1 for field in zip(*(course.signature for course in courses), strict=True)]

    def describe_course(course: PlantCourse) -> str:
        steps = COMMAS[language].join(f"{step.year} {label(step.option)}" for step in course.steps)
        parts = (
            steps or label(KEEP),
            text(language, "course.works_to", {"year": course.last_year}),
            _captures_in_words(course.captures, language),
        )
        return text(language, "course.and").join(
            part for part, differs_here in zip(parts, differs, strict=True) if differs_here
        )

    return tuple(map(describe_course, courses))


def _captures_in_words(years: Sequence[int], language: str) -> str:
    if not years:
        return text(language, "course.captures_never")
    firsts = [years[0], *(b for a, b in pairwise(years) if b > a + 1)]
    lasts = [*(a for a, b in pairwise(years) if b > a + 1), years[-1]]
    spans = (f"{a}–{b}" if a < b else str(a) for a, b in zip(firsts, lasts, strict=True))
    return text(language, "course.captures_in", {"years": COMMAS[language].join(spans)})
