"""Reliable power by year: expected shortage, what capacity lacks or could leave, and what each technology counts."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Sequence

import numpy as np
import solara

from tanlu.core.arrays import Floats
from tanlu.core.words import text
from tanlu.output.figures.colours import KIND_COLOURS
from tanlu.output.figures.quantities import (
    CAPACITY_AXIS,
    ENERGY_GWH_AXIS,
    HOURS_AXIS,
    PERCENT_AXIS,
    Axis,
    Quantity,
    number,
)
from tanlu.pages.export import as_text
from tanlu.pages.money.bearers import pack_of
from tanlu.pages.panels import ChartFigures, ChartWording, band_words, page_words
from tanlu.pages.rooms.yearly_panels import YearlyLine, YearlyPanel, YearlyPanels, panel_values, panels_csv
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView

HOURS, ENERGY = "Expected Shortage|Hours", "Expected Shortage|Energy"
MISSING, CREDIT = "Missing Capacity|Electricity", "Capacity Credit|Electricity|"
PLACE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
# Name of a technology in indicators -> key of its name, colour, whether it is dashed beside another.
CREDITED = {
    "Coal": ("coal", KIND_COLOURS["coal"], False),
    "Gas": ("gas", KIND_COLOURS["gas"], True),  # often what coal counts
    "Wind": ("wind", KIND_COLOURS["wind"], False),
    "Utility Solar": ("solar", "#c9b800", False),
    "Distributed Solar": ("roof", "#c9b800", True),
    "4-Hour Storage": ("store4", KIND_COLOURS["storage"], False),
    "2-Hour Storage": ("store2", KIND_COLOURS["storage"], True),
}
NEEDED = frozenset((HOURS, ENERGY, MISSING, *(CREDIT + name for name in CREDITED)))
FLOOR = 0.1  # of hours and GWh; below it nobody is short


@solara.component
def ReliableArea(view: AnswerView, session: Session, language: str) -> None:
    """Show expected shortage, missing capacity and capacity credits of each province, all years at once."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    service = session.service
    accepted = float(pack_of(view.levers, service).parameters["accepted_shortage_hours"])
    labels = {name: service.axes.labels[name][language] for name in service.provinces_in(view.region)}
    panels = solara.use_memo(lambda: reliable_panels(view, labels, accepted, language), [view.id, language])
    values = panel_values(panels, headings(view, labels, accepted, language)) if panels else {}
    YearlyPanels(
        wording=ChartWording(
            language, page_words(language, "power", "chart") | band_words(view.drawn, language), {}
        ),
        figures=ChartFigures(f"{view.id}-reliable", view.years if panels else [], values),
        subject={
            "anchor": "reliable",
            "subtitle": text(language, "reliable.subtitle", {"hours": f"{accepted:g}"}),
            "none": text(language, "reliable.none"),
            "first_year": first_year,
        },
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(csv_file(view, panels)) if panels else None,
    )


def draws_of(view: AnswerView, variable: str, place: str) -> Floats:
    """Return the values of a variable in a place, [draw, year].

    Raises:
        ValueError: if it was not measured there.
    """
    if view.measures is None:
        raise ValueError("nothing was measured")
    measures = view.measures
    return np.asarray(measures.values[:, measures.variables.index(variable), measures.regions.index(place)])


def reliable_panels(
    view: AnswerView, labels: dict[str, str], accepted_hours: float, language: str
) -> Sequence[YearlyPanel]:
    """Return the charts of an answer, none where it lacks an indicator.

    Args:
        view: the answer.
        labels: of the provinces.
        accepted_hours: of shortage a year.
        language: en or zh.
    """
    if view.measures is None or not set(view.measures.variables) >= NEEDED:
        return ()

    regions = view.measures.regions  # a province keeps its colour where it stands alone

    def by_place(variable: str) -> list[YearlyLine]:
        return [
            YearlyLine(
                label,
                place,
                variable,
                PLACE_COLOURS[n % len(PLACE_COLOURS)],
                draws_of(view, variable, place),
                bool(n % 2),
            )
            for n, place, label in ((regions.index(place), place, label) for place, label in labels.items())
        ]

    def words(key: str) -> str:
        return text(language, f"reliable.{key}", {"hours": f"{accepted_hours:g}"})

    hours, energy, missing = (by_place(variable) for variable in (HOURS, ENERGY, MISSING))
    never = "" if any((line.draws >= FLOOR).any() for line in hours) else words("never")
    return (
        YearlyPanel(
            "hours",
            words("hours"),
            HOURS_AXIS[language],
            "h/yr",
            hours,
            floor=FLOOR,
            limit=accepted_hours,
            limit_name=words("accepted"),
            empty=never,
        ),
        YearlyPanel(
            "energy", words("energy"), ENERGY_GWH_AXIS[language], "GWh/yr", energy, floor=FLOOR, empty=never
        ),
        YearlyPanel(
            "missing",
            words("missing"),
            CAPACITY_AXIS[language],
            "GW",
            missing,
            limit=0.0,
            limit_name=words("missing_zero"),
        ),
        *(_credit_panel(view, place, label, language) for place, label in labels.items()),
    )


def _credit_panel(view: AnswerView, place: str, label: str, language: str) -> YearlyPanel:
    lines = [
        YearlyLine(
            text(language, f"reliable.{key}"),
            place,
            CREDIT + name,
            colour,
            draws_of(view, CREDIT + name, place),
            is_dashed,
        )
        for name, (key, colour, is_dashed) in CREDITED.items()
    ]
    title = text(language, "reliable.credit", {"place": label})
    return YearlyPanel(f"credit-{place}", title, PERCENT_AXIS[language], "%", lines)


def headings(view: AnswerView, labels: dict[str, str], accepted_hours: float, language: str) -> list[str]:
    """Write the headings of years: hours of shortage, capacity that could leave or lacks."""
    hours = {place: draws_of(view, HOURS, place).mean(axis=0) for place in labels}
    missing = {place: draws_of(view, MISSING, place).mean(axis=0) for place in labels}
    between = text(language, "reliable.between", {})

    def clause(place: str, label: str, y: int) -> str:
        key = "lacks" if missing[place][y] > 0.0 else "could_leave"
        power = in_axis(abs(float(missing[place][y])), CAPACITY_AXIS[language])
        values = {"place": label, "short": number(float(hours[place][y]), 1), "power": power}
        return text(language, f"reliable.{key}", values)

    def heading(y: int, year: int) -> str:
        each = between.join(clause(place, label, y) for place, label in labels.items())
        return text(
            language, "reliable.finding", {"year": year, "hours": f"{accepted_hours:g}", "each": each}
        )

    return [heading(y, year) for y, year in enumerate(view.years)]


def in_axis(value: float, axis: Axis) -> str:
    """Write a value as an axis shows it, with its unit."""
    return str(Quantity(number(value * axis["factor"], axis["digits"]), axis["unit"]))


def csv_file(view: AnswerView, panels: Sequence[YearlyPanel]) -> dict[str, str]:
    """Return all charts as a file: its name and its text, in the units of indicators."""
    return {
        "name": f"tanlu-{view.id}-reliable.csv",
        "text": panels_csv(as_text(view.name_in_files(view.levers.name)), view.years, panels),
    }
