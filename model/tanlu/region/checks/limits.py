"""Between which figures a quantity would be no surprise, and which names the model reads: `limits.csv`.

The ends are assumptions: a third of the lowest and three times the highest figure of the shipped packs, within what the
column may hold, rounded outwards. A figure beyond them is told; a run takes it as it is.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tanlu.core.places import PACKS
from tanlu.inputs.diagnostics import Finding, Severity, build_table_finding
from tanlu.region.catalogue import TEMPLATE
from tanlu.region.checks.absent import OPTIONAL
from tanlu.region.checks.sheets import Sheet, Sheets, read_sheet
from tanlu.region.columns import RULES

FILE = Path(__file__).parent / "limits.csv"
# Columns whose names the model itself reads, so that another one would do nothing.
READ_BY_NAME = {
    "abatement_options": ("kind",),
    "buildings": ("parameter",),
    "carbon_market": ("variable", "class"),
    "co2_transport": ("parameter",),
    "drivers": ("driver",),
    "exports": ("parameter",),
    "finance": ("parameter",),
    "finance_statistics": ("variable",),
    "fuel_factors": ("carrier",),
    "hydro_parameters": ("parameter",),
    "lenders": ("kind",),
    "national_market": ("variable",),
    "power_statistics": ("variable",),
    "scrap": ("parameter",),
    "site_limits": ("parameter",),
    "technologies": ("technology", "parameter"),
    "technology_learning": ("technology",),
    "vehicle_statistics": ("variable",),
    "vehicles": ("parameter",),
}

type Name = tuple[str, ...]


class PlausibleEnds(NamedTuple):
    """Plausible ends of a figure, and whether every pack has it."""

    low: float
    high: float
    is_needed: bool


@cache
def limits() -> dict[tuple[str, str, Name], PlausibleEnds]:
    """Read the plausible ends by table, column and name of the row."""
    sheet = read_sheet("limits", FILE.read_bytes())
    rows = sheet.rows("table", "column", "name", "low", "high", "needed")
    return {
        (table, column, tuple(name.split(";"))): PlausibleEnds(float(low), float(high), is_needed == "1")
        for table, column, name, low, high, is_needed in rows
    }


@cache
def declared_names() -> dict[tuple[str, str], tuple[str, ...]]:
    """List the names that the model reads, by table and column."""
    names_by_place: dict[tuple[str, str], dict[str, None]] = {}
    for table, _, name in limits():
        name_columns = RULES[table].named_by
        for column in READ_BY_NAME.get(table, ()):
            names_by_place.setdefault((table, column), {})[name[name_columns.index(column)]] = None
    return {place: tuple(names) for place, names in names_by_place.items()} | {
        ("parameters", "parameter"): parameters()
    }


@cache
def parameters() -> tuple[str, ...]:
    """List the parameters of every pack: those of the template."""
    file = PACKS / TEMPLATE / "parameters.csv"
    return read_sheet("parameters", file.read_bytes()).columns["parameter"]


def find_missing_names(sheets: Sheets) -> Iterator[Finding]:
    """Yield rows that every pack has and this one lacks."""
    for parameter in parameters():
        if parameter not in sheets["parameters"].columns["parameter"]:
            yield build_table_finding(
                "no-row", "parameters", 0, "parameter", Severity.warning, row=f"parameter {parameter}"
            )
    present = {name: {*_names(sheet)} for name, sheet in sheets.items() if name in RULES}
    present = {name: names for name, names in present.items() if names or name not in OPTIONAL}
    for (table, _, name), ends in limits().items():
        if ends.is_needed and table in READ_BY_NAME and name not in present.get(table, {name}):
            row_name = ", ".join(f"{c} {n}" for c, n in zip(RULES[table].named_by, name, strict=True) if n)
            yield build_table_finding(
                "no-row", table, 0, RULES[table].named_by[-1], Severity.warning, row=row_name
            )


def find_implausible_figures(sheet: Sheet, numbers: dict[str, tuple[float | None, ...]]) -> Iterator[Finding]:
    """Yield the figures beyond their plausible ends."""
    names = tuple(_names(sheet))
    for column, values in numbers.items():
        for line, name, value in zip(sheet.lines, names, values, strict=True):
            ends = limits().get((sheet.name, column, name))
            if ends and value is not None and not ends.low <= value <= ends.high:
                sentence_values = {"given": f"{value:g}", "low": f"{ends.low:g}", "high": f"{ends.high:g}"}
                yield build_table_finding(
                    "implausible", sheet.name, line, column, Severity.warning, **sentence_values
                )


def _names(sheet: Sheet) -> Iterable[Name]:
    name_columns = RULES[sheet.name].named_by
    return sheet.rows(*name_columns) if name_columns else [("",)] * len(sheet.lines)
