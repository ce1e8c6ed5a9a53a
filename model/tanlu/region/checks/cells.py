"""Whether each cell holds what its column may hold: digits as they are typed, within hard limits, no blanks around."""

import re
import unicodedata
from collections.abc import Iterator

from tanlu.inputs.diagnostics import Finding, Severity, build_table_finding, nearest, printable
from tanlu.region.checks.sheets import Sheet
from tanlu.region.column_types import ColumnType, column_type
from tanlu.region.columns import RANGE_COLUMNS, RULES

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
DAY = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?", re.ASCII)


def cell_problems(sheet: Sheet) -> Iterator[Finding]:
    """Yield the cells of a table that hold what they may not."""
    rule = RULES[sheet.name]
    for column, cells in sheet.columns.items():
        kind = column_type(sheet.name, column)
        is_required = column in (*rule.key, *rule.filled) and column not in rule.may_be_blank
        sound_cells: set[str] = set()  # most columns repeat few values
        for line, cell in zip(sheet.lines, cells, strict=True):
            if cell in sound_cells:
                continue
            if (fault := _fault(cell, kind, is_required)) is None:
                sound_cells.add(cell)
            else:
                code, values = fault
                yield build_table_finding(code, sheet.name, line, column, **values)


def find_missing_columns(sheet: Sheet, required: tuple[str, ...]) -> Iterator[Finding]:
    """Yield the columns that a table lacks."""
    for column in required:
        if column not in sheet.columns:
            yield build_table_finding(
                "missing-column", sheet.name, 0, column, missing=column, columns=", ".join(required)
            )


def find_unknown_columns(sheet: Sheet, required: tuple[str, ...]) -> Iterator[Finding]:
    """Yield the columns of a table that nothing reads."""
    for column in sheet.columns:
        if column not in (*required, *RANGE_COLUMNS):
            values = {"given": printable(column), "near": nearest(column, required) or "–"}
            yield build_table_finding("unknown-column", sheet.name, 1, column, Severity.warning, **values)


def _fault(cell: str, kind: ColumnType, is_required: bool) -> tuple[str, dict[str, str]] | None:
    """Find the fault of a cell: its code and values, else None."""
    values = {"given": printable(cell)}
    if cell == "":
        return ("blank", {}) if is_required else None
    if cell != cell.strip() or not cell.isprintable():
        return "outer-blank", values
    if kind.kind == "day":
        return None if DAY.fullmatch(cell) else ("not-a-day", values)
    return _number_fault(cell, kind, values) if kind.is_number else None


def _number_fault(cell: str, kind: ColumnType, values: dict[str, str]) -> tuple[str, dict[str, str]] | None:
    if cell in kind.words:
        return None
    if not NUMBER.fullmatch(cell):
        narrow = unicodedata.normalize("NFKC", cell)
        return "not-a-number", values | {"example": narrow if NUMBER.fullmatch(narrow) else "0.5"}
    value = float(cell)
    if kind.kind != "number" and not value.is_integer():
        return "not-whole", values
    low, high = kind.lowest, kind.highest
    is_within = (
        (low is None or low <= value) and (high is None or value <= high) and abs(value) < float("inf")
    )
    return None if is_within else ("beyond-limits", values | {"low": _end(low), "high": _end(high)})


def _end(limit: float | None) -> str:
    return "–" if limit is None else f"{limit:g}"
