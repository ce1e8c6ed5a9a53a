"""Small charts side by side, each with a few lines by year: what they draw, and the same as a file."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.intervals import BAND_COLUMNS, band, held_percent
from tanlu.output.differences import level
from tanlu.output.figures.quantities import Axis
from tanlu.pages.export import csv_text
from tanlu.pages.panels import ChartFigures, ChartWording, Event, component_of_records

DIGITS = 3  # after the point of what is sent


class YearlyLine(NamedTuple):
    """One line of a chart."""

    name: str
    place: str  # of the pack
    variable: str
    colour: str
    draws: Floats  # [R, Y] in the unit of files
    is_dashed: bool = False


class YearlyPanel(NamedTuple):
    """One small chart."""

    key: str
    title: str
    axis: Axis
    file_unit: str
    lines: Sequence[YearlyLine]
    floor: float = 0.0  # in the unit of files; above 0: the axis is logarithmic, and all below stands on it
    limit: float | None = None  # a line across, in the unit of files
    limit_name: str = ""
    empty: str = ""  # what is said where there is nothing to see


@component_of_records("yearly_panels.vue")
def YearlyPanels(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_choose: Event,
    event_ask_csv: Event,
) -> None:
    """Draw small charts by year with bands over draws, and their tables."""


def panel_values(panels: Sequence[YearlyPanel], headings: Sequence[str]) -> dict[str, Any]:
    """Return the charts as the browser draws them, and what stands above them in each year."""
    return {
        "headings": list(headings),
        "panels": [
            {
                **{name: getattr(panel, name) for name in ("key", "title", "limit_name", "empty")},
                "unit": panel.axis["unit"],
                "digits": panel.axis["digits"],
                "floor": panel.floor * panel.axis["factor"],
                "limit": None if panel.limit is None else panel.limit * panel.axis["factor"],
                "lines": [_line_values(line, panel.axis["factor"]) for line in panel.lines],
            }
            for panel in panels
        ],
    }


def _line_values(line: YearlyLine, factor: float) -> dict[str, Any]:
    values = {
        "name": line.name,
        "colour": line.colour,
        "dashed": line.is_dashed,
        "mean": rounded(factor * line.draws.mean(axis=0)),
    }
    if len(line.draws) > 1:
        low, high = band(factor * line.draws)
        values |= {"low": rounded(low), "high": rounded(high)}
    return values


def rounded(values: Floats) -> list[float | None]:
    """Return values as the browser reads them, None where there is none."""
    return [None if value != value else value for value in np.round(values, DIGITS).tolist()]


def panels_csv(scenario: str, years: Sequence[int], panels: Sequence[YearlyPanel]) -> str:
    """Return one row for each indicator, place and year: mean and band over draws, none of one."""
    rows: list[list[object]] = [["scenario", "place", "variable", "unit", "year", "mean", *BAND_COLUMNS]]
    for panel in panels:
        for line in panel.lines:
            spreads = [level(draws) for draws in line.draws.T]
            figures = np.array([(one.mean, one.low, one.high, held_percent(one.draws)) for one in spreads])
            start = [scenario, line.place, line.variable, panel.file_unit]
            for year, of_year in zip(years, figures, strict=True):
                rows.append([*start, year, *("" if v != v else f"{v:.6g}" for v in of_year)])
    return csv_text(rows)
