"""Whether rows are told apart, say where they come from, and end after they begin."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tanlu.inputs.diagnostics import Finding, build_table_finding, nearest, printable
from tanlu.region.checks.sheets import Sheet, Sheets
from tanlu.region.columns import RULES, SOURCE_LIST

GRADES = ("A", "B", "C", "D")
SOURCE_TABLES = ("sources", "industry_sources")


class RowSpan(NamedTuple):
    """First and last year of what a row stands for, and their least distance: 0 where the last year counts."""

    first: str
    last: str
    gap_years: int


SPANS = {
    "power_units": RowSpan("commissioned_year", "retired_year", 1),
    "facilities": RowSpan("start_year", "end_year", 1),
    "corridors": RowSpan("from_year", "until_year", 0),
    "targets": RowSpan("base_year", "target_year", 1),
}
# Tables that share their names: what is in the first cannot be in the second.
SHARED_NAMES = (
    ("power_units", "unit_id", "facilities", "facility_id"),
    ("sources", "source_key", "industry_sources", "source_key"),
)


def as_key(cell: str) -> str:
    """Normalise a cell for comparison of keys: 10.0 is 10."""
    whole, point, decimals = cell.partition(".")
    return whole if point and whole.lstrip("-").isdecimal() and not decimals.strip("0") else cell


def find_repeated_keys(sheet: Sheet) -> Iterator[Finding]:
    """Yield the rows whose key stands in a row before."""
    key = RULES[sheet.name].key
    first_lines: dict[tuple[str, ...], int] = {}
    for line, cells in zip(sheet.lines, sheet.rows(*key), strict=True):
        values = tuple(map(as_key, cells))
        first_line = first_lines.setdefault(values, line)
        if first_line != line:
            row = ", ".join(f"{column} {printable(value)}" for column, value in zip(key, values, strict=True))
            yield build_table_finding(
                "twice", sheet.name, line, key[0], row=row, first=first_line, key=" + ".join(key)
            )


def check_sources(sheets: Sheets) -> Iterator[Finding]:
    """Yield rows with an unknown source or grade."""
    source_keys = {key for table in SOURCE_TABLES for key in sheets[table].columns["source_key"]}
    for name, rule in RULES.items():
        if rule is not SOURCE_LIST:
            yield from _check_sources(sheets[name], source_keys)


def _check_sources(sheet: Sheet, source_keys: set[str]) -> Iterator[Finding]:
    for line, source, grade in zip(sheet.lines, sheet.columns["source"], sheet.columns["grade"], strict=True):
        for key in filter(None, source.split(";")):
            if key not in source_keys:
                nearest_key = nearest(key, source_keys) or "–"
                yield build_table_finding(
                    "unknown-source", sheet.name, line, "source", given=printable(key), near=nearest_key
                )
        if grade and grade not in GRADES:
            grades = ", ".join(GRADES)
            yield build_table_finding(
                "unknown-grade", sheet.name, line, "grade", given=printable(grade), grades=grades
            )


def find_reversed_spans(
    sheets: Sheets, numbers: Mapping[str, Mapping[str, tuple[float | None, ...]]]
) -> Iterator[Finding]:
    """Yield rows that end before they begin."""
    for name, (first, last, gap_years) in SPANS.items():
        sheet, columns = sheets[name], numbers[name]
        for line, begin, end in zip(sheet.lines, columns[first], columns[last], strict=True):
            if begin is not None and end is not None and end < begin + gap_years:
                years = {"begin": f"{begin:.0f}", "end": f"{end:.0f}"}
                yield build_table_finding("reversed", name, line, last, first=first, last=last, **years)


def find_same_names(sheets: Sheets) -> Iterator[Finding]:
    """Yield what is named twice across two tables that share their names."""
    for first, first_column, second, column in SHARED_NAMES:
        first_names, sheet = set(sheets[first].columns[first_column]), sheets[second]
        for line, name in zip(sheet.lines, sheet.columns[column], strict=True):
            if name in first_names:
                yield build_table_finding(
                    "also-in", second, line, column, given=printable(name), other=f"{first}.csv"
                )
