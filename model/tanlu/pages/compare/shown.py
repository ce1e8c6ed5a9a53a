"""What a comparison comes to, in numbers and in words."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tanlu.core.arrays import Integers
from tanlu.core.intervals import band_values
from tanlu.core.words import text
from tanlu.indicators.catalogue import Description
from tanlu.output.comparison_tables.cells import references_in_words
from tanlu.output.differences import Difference
from tanlu.output.figures.axes import axis_of
from tanlu.output.figures.finding import Compared, Ends, Subject, finding_of_one, finding_of_several
from tanlu.output.figures.paths import EMISSIONS
from tanlu.output.figures.quantities import Axis
from tanlu.pages.compare.actions import Answered
from tanlu.pages.compare.choice import FORMS, ComparisonChoice
from tanlu.pages.compare.indicators import described, evidence
from tanlu.pages.compare.values import (
    IndicatorSeries,
    as_changes,
    as_levels,
    changes_by_year,
    most_of,
    series_of,
    years_shown,
)
from tanlu.pages.hours import BOTH
from tanlu.pages.measures import measured
from tanlu.pages.service import Service

PART_COLOURS = (
    *("#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#f0e442"),
    *("#8c8c8c", "#7a4f9e", "#86693f", "#2f6f6f", "#b0413e", "#a8b545", "#4b5563"),
)


class ShownComparison(NamedTuple):
    """A comparison as it can be drawn now: the answers that are there and have the indicator."""

    choice: ComparisonChoice
    place: str  # a province, or all of them
    is_split: bool  # whether the indicator is measured of the place
    answers: list[Answered]
    labels: list[str]
    about: Description
    region: str  # pack
    variables: tuple[str, ...]  # of all answers
    years: Integers
    series: dict[int, IndicatorSeries]  # by place among the answers
    unit: str
    against: dict[int, int]  # place of what each of these is measured against; of the first of all its own


class Told(NamedTuple):
    """What a comparison comes to in numbers and words."""

    axis: Axis
    years: list[int]
    values: dict[str, Any]
    subject: dict[str, Any]


def shown_of(
    choice: ComparisonChoice, place: str, answers: list[Answered], labels: list[str], service: Service
) -> ShownComparison:
    """Return what can be drawn of a choice in a place; an indicator that no answer has gives way to that of emissions.

    Of one that an answer has of all provinces alone nothing is drawn in a province.
    """
    there = {n: one.view for n, one in enumerate(answers) if one.view is not None}
    variables, region = variables_of(answers, service), service.scenarios.baseline.region
    indicator = choice.indicator if choice.indicator in variables else EMISSIONS
    views = [*there.values()] or [service.baseline()]
    years = years_shown(views, choice.first, choice.last)
    seeds = {n: service.scenarios.scenario(answers[n].levers).seed for n in there}
    found = {n: series_of(view, indicator, place, years, seeds[n]) for n, view in there.items()}
    is_split = place == BOTH or all(
        measured(there[n], service).is_split(indicator) for n, one in found.items() if one is not None
    )
    found = found if is_split else {}
    having = [n for n, one in found.items() if one is not None]
    bases = service.scenarios.measured_against(tuple(answers[n].levers for n in having)) if having else ()
    return ShownComparison(
        choice,
        place,
        is_split,
        answers,
        labels,
        described(variables, region)[indicator],
        region,
        variables,
        years,
        {n: one for n, one in found.items() if one is not None},
        unit_of(indicator, views),
        {n: having[base] for n, base in zip(having, bases, strict=True)},
    )


def variables_of(answers: Sequence[Answered], service: Service) -> tuple[str, ...]:
    """Return the indicators of all answers that are there, those of the baseline first."""
    views = [service.baseline(), *(one.view for one in answers if one.view is not None)]
    names = (name for view in views if view.measures is not None for name in view.measures.variables)
    return tuple(dict.fromkeys(names))


def unit_of(indicator: str, views: Sequence[Any]) -> str:
    """Return the unit of an indicator, empty where no answer has it."""
    measured = (view.measures for view in views if view.measures is not None)
    return next((m.units[m.variables.index(indicator)] for m in measured if indicator in m.variables), "")


def told(shown: ShownComparison, language: str) -> Told:
    """Return what is drawn, and what is said of it."""
    levels = {n: as_levels(one) for n, one in shown.series.items()}
    changes = {
        n: changes_by_year(shown.series[n], shown.series[base])
        for n, base in shown.against.items()
        if n != base
    }
    axis = axis_of(shown.unit, most_of([*levels.values()]), language)
    values: dict[str, Any] = {"levels": [levels.get(n) for n in range(len(shown.answers))]}
    values["against"] = [shown.against.get(n) for n in range(len(shown.answers))]
    if shown.choice.form in ("difference", "table"):
        there = {n: as_changes(found) for n, found in changes.items()}
        values["changes"] = [there.get(n) for n in range(len(shown.answers))]
    parts: list[dict[str, str]] = []
    if shown.choice.form == "stack":
        parts, values["parts"] = parts_of(shown, language)
    subject = {
        "heading": heading(shown, axis, changes, language),
        "label": shown.about.label[language],
        "indicator": shown.about.variable,
        "place": shown.place,
        "form": shown.choice.form,
        "forms": list(FORMS),
        "parts": parts,
        "definition": shown.about.text[language],
        "sure": sureness(shown, changes, language),
        "source": evidence(shown.about.tables, shown.region).in_words(language),
        "alone": shown.choice.form == "stack" and len(parts) == 1,
    }
    return Told(axis, [int(year) for year in shown.years], values, subject)


def heading(shown: ShownComparison, axis: Axis, changes: dict[int, list[Difference]], language: str) -> str:
    """Return what the numbers show."""
    if not shown.is_split:
        return text(language, "place.not_split", {"label": shown.about.label[language]})
    if not shown.series:
        return text(language, "compare.empty")
    subject = Subject(shown.about.label[language], axis, (int(shown.years[0]), int(shown.years[-1])))
    if not changes:
        (one,) = shown.series.values()
        return finding_of_one(subject, Ends(float(one.mean[0]), float(one.mean[-1])), language)
    last = [
        Compared(shown.labels[n], shown.labels[shown.against[n]], found[-1])
        for n, found in changes.items()
        if not shown.answers[n].is_added
    ]
    return finding_of_several(subject, last, language)


def sureness(shown: ShownComparison, changes: dict[int, list[Difference]], language: str) -> str:
    """Say over how many draws means and intervals are."""
    if not shown.series:
        return ""
    draws = min(len(one.draws) for one in shown.series.values())
    if shown.choice.form != "difference" or not changes:
        key = "one_draw" if draws == 1 else "means" if shown.choice.form == "stack" else "band"
        return text(language, f"compare.{key}", band_values(draws))
    there = [*shown.against]
    bases = [there.index(base) for base in shown.against.values()]
    name = references_in_words([shown.labels[n] for n in there], bases, language)
    found = [each[-1] for each in changes.values()]
    paired = "rare" if any(one.is_rare for one in shown.series.values()) else "pairs"
    key = "one_pair" if draws == 1 else paired if all(one.paired for one in found) else "unpaired"
    return text(language, f"compare.{key}", {"name": name, "draws": min(one.draws for one in found)})


def finest_parts(about: Description, known: Mapping[str, Description]) -> tuple[str, ...]:
    """Return what adds up to an indicator, each part by its own parts for as long as there are colours for all."""
    names = about.parts or (about.variable,)
    while True:
        finer = tuple(part for name in names for part in known[name].parts or (name,))
        if len(finer) > len(PART_COLOURS) or finer == names:
            return names
        names = finer


def parts_of(shown: ShownComparison, language: str) -> tuple[list[dict[str, str]], list[list[Any] | None]]:
    """Return the parts that add up to the indicator, itself where it has none, and their values by answer."""
    known = described(shown.variables, shown.region)
    names = finest_parts(shown.about, known)
    labels = [
        {"name": known[one].label[language], "colour": PART_COLOURS[i % len(PART_COLOURS)]}
        for i, one in enumerate(names)
    ]
    values: list[list[Any] | None] = []
    for n, one in enumerate(shown.answers):
        if n not in shown.series or one.view is None:
            values.append(None)
            continue
        found = [series_of(one.view, name, shown.place, shown.years, shown.series[n].seed) for name in names]
        values.append([None if part is None else as_levels(part)["mean"] for part in found])
    return labels, values
