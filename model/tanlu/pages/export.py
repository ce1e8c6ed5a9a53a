"""Figures a visitor takes away: the emission path as a table other tools can load."""

import csv
import io
from collections.abc import Iterable, Mapping

from tanlu.output import charts
from tanlu.output.measures import Measures
from tanlu.pages.workers.views import AnswerView

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # tells spreadsheets the file is UTF-8
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def path_csv(views: Mapping[str, AnswerView]) -> str:
    """Return all CO2 series of answers by name in the wide layout of the IAMC, as CSV text."""
    rows: list[list[object]] = [
        ["Model", "Scenario", "Region", "Variable", "Unit", *next(iter(views.values())).years]
    ]
    for name, shown in views.items():
        emissions = shown.wide.loc[shown.wide.index.get_level_values("variable").str.startswith(charts.TOTAL)]
        for (region, variable, unit), values in zip(emissions.index, emissions.to_numpy(), strict=True):
            head = [as_text(cell) for cell in ("Tanlu", name, region, variable, unit)]
            rows.append([*head, *(f"{value:.4f}" for value in values)])
    return csv_text(rows)


def indicators_csv(measures: Measures, scenario: str) -> str:
    """Return all indicators in the wide layout of the IAMC, means over draws, as CSV text."""
    means = measures.values.mean(axis=0)
    rows: list[list[object]] = [["Model", "Scenario", "Region", "Variable", "Unit", *measures.years.tolist()]]
    for variable, unit, paths in zip(measures.variables, measures.units, means, strict=True):
        for region, values in zip(measures.regions, paths, strict=True):
            head = [as_text(cell) for cell in ("Tanlu", scenario, region, variable, unit)]
            rows.append([*head, *(f"{value:.12g}" for value in values)])
    return csv_text(rows)


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as a CSV file for spreadsheets; names that a visitor gave go through `as_text` before."""
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\r\n").writerows(rows)
    return BYTE_ORDER_MARK + lines.getvalue()


def as_text(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
