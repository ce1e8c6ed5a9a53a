"""Everything that is wrong with the tables of a region pack, and what in them looks odd."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tanlu.core.axes import Axes
from tanlu.inputs.diagnostics import Finding, Severity, in_table
from tanlu.region.checks.cells import cell_problems, missing_columns, unknown_columns
from tanlu.region.checks.grids import holes
from tanlu.region.checks.keys import provenance, repeated, reversed_spans, same_names
from tanlu.region.checks.limits import implausible, missing_names
from tanlu.region.checks.names import ownerless, unknown_names
from tanlu.region.checks.ranges import range_problems
from tanlu.region.checks.sheets import Sheet, Sheets, read_sheets
from tanlu.region.checks.siblings import odd_figures, out_of_order, rows_unlike, sums_off_one, units_unlike
from tanlu.region.column_types import column_type, columns_of
from tanlu.region.columns import RULES

type Numbers = dict[str, tuple[float | None, ...]]


def pack_problems(folder: Path, settings: Mapping[str, Any], axes: Axes) -> list[Finding]:
    """Return every fault of the tables in a folder, then what in them looks odd.

    Args:
        folder: of the pack.
        settings: its `region.yaml`.
        axes: its names.
    """
    sheets, unreadable = read_sheets(folder)
    if absent := [*unreadable, *_absent(sheets)]:
        return absent
    return [*table_problems(sheets, settings, axes), *oddities(sheets)]


def pack_errors(folder: Path, settings: Mapping[str, Any], axes: Axes) -> list[Finding]:
    """Return the faults for which a run refuses the tables in a folder, as `pack_problems`."""
    sheets, unreadable = read_sheets(folder)
    found = unreadable or table_problems(sheets, settings, axes)
    return [one for one in found if one.severity is Severity.error]


def table_problems(sheets: Sheets, settings: Mapping[str, Any], axes: Axes) -> list[Finding]:
    """Return every breach of the rules by the tables of a pack: no run may use it."""
    if absent := [*_absent(sheets)]:
        return absent
    found: list[Finding] = []
    for name in RULES:
        found += [*cell_problems(sheets[name]), *repeated(sheets[name])]
    found += [
        *provenance(sheets),
        *same_names(sheets),
        *unknown_names(sheets, axes),
        *ownerless(sheets, axes),
    ]
    if not any(one.code in ("pack-not-a-number", "pack-not-whole") for one in found):
        numbers = {name: numbers_of(sheets[name]) for name in RULES}
        found += reversed_spans(sheets, numbers)
        found += [one for name in RULES for one in range_problems(sheets[name], numbers[name])]
        found += holes(sheets, settings, axes)
    return found


def oddities(sheets: Sheets) -> Iterator[Finding]:
    """Yield what in the tables of a pack looks odd: a run takes it as it is."""
    yield from missing_names(sheets)
    for name in RULES:
        sheet, numbers = sheets[name], numbers_of(sheets[name])
        yield from unknown_columns(sheet, columns_of(name))
        yield from implausible(sheet, numbers)
        yield from odd_figures(sheet, numbers)
        yield from sums_off_one(sheet, numbers)
        yield from out_of_order(sheet, numbers)
        yield from rows_unlike(sheet)
        yield from units_unlike(sheet)


def numbers_of(sheet: Sheet) -> Numbers:
    """Return the columns of numbers of a table; a blank cell, and one that is none, is None."""
    columns = [name for name in sheet.columns if column_type(sheet.name, name).is_number]
    return {name: tuple(map(_number, sheet.columns[name])) for name in columns}


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _absent(sheets: Sheets) -> Iterator[Finding]:
    """Yield the tables and columns that are not there: nothing else can be told then."""
    for name in RULES:
        wanted = columns_of(name)
        if name in sheets:
            yield from missing_columns(sheets[name], wanted)
        else:
            yield in_table("missing-table", name, columns=", ".join(wanted))
