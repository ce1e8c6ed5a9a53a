"""Which cells of a pack a path means, and what a change makes of them.

Tables are read as text: a check of a scenario must not wait for pandas.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tanlu.core.paths import CellPath, PathError, parse_cells
from tanlu.core.units import split_unit
from tanlu.core.words.messages import Message, build_message
from tanlu.region.catalogue import has_table, pack_folder, table_of
from tanlu.region.checks.absent import OPTIONAL
from tanlu.region.checks.layers import locate_row
from tanlu.region.column_types import ColumnType, column_type
from tanlu.region.columns import FIRST_LINE, RANGE_COLUMNS, RULES, TEXT_COLUMNS

# Names and units of columns whose numbers are parts of a whole.
SHARE_WORDS = ("share", "availability", "capture_rate", "capacity_factor", "efficiency")
CALENDAR_UNITS, WHOLE_UNITS = ("year",), ("year", "years")

# A number replaces; {"factor": x} multiplies; {"add": x} adds.
type Change = float | Mapping[str, float]


class CellLimits(NamedTuple):
    """What the values of some cells may be, whatever is tried."""

    lowest: float | None
    highest: float | None
    is_whole: bool  # counts of years, and switches
    is_calendar: bool  # years such as 2030


class Cells(NamedTuple):
    """Some cells of one column of a table, row by row, as they stand in the file."""

    path: CellPath
    rows: tuple[int, ...]  # the first row of figures is 0
    names: tuple[str, ...]  # what stands in the first column of the table's key
    values: tuple[float | None, ...]  # None where a cell is blank
    units: tuple[str, ...]
    sources: tuple[str, ...]
    grades: tuple[str, ...]
    years: tuple[int, ...]  # where rows have a year
    limits: "CellLimits"
    folder: Path  # of the pack

    @property
    def unit(self) -> str:
        """Unit of the cells; those of rows that differ are listed."""
        return ", ".join(dict.fromkeys(self.units))


def find_cells(region: str, path: CellPath) -> Cells:
    """Find the cells of a pack that a path names.

    The conditions of their path stand in the order of the table's key.

    Raises:
        PathError: naming what the pack has instead.
        RegionError: if there is no such pack, or the table cannot be read.
    """
    tables = [name for name, rule in RULES.items() if "grade" in rule.filled]
    _check_name(path.table, tables, "unknown-table", name=path.table)
    folder = pack_folder(region)
    if path.table in OPTIONAL and not has_table(folder, path.table):
        raise PathError("table-left-out", region=region, table=path.table)
    columns = table_of(folder, path.table)
    for column, _ in path.conditions:
        _check_name(column, list(columns), "unknown-column", name=column, table=path.table)
    if not _holds_values(path.table, path.column, columns):
        names = value_columns(path.table, columns)
        _check_name(path.column, names, "unknown-column.numbers", name=path.column, table=path.table)
    rows = _find_rows(path, columns)
    column_values = _numbers(columns[path.column])
    values = tuple(column_values[row] for row in rows)
    units = _read_units(path.column, columns, rows)
    comparable_values = values if "unit" in columns else column_values
    return Cells(
        _sort_conditions(path),
        rows,
        tuple(columns[RULES[path.table].key[0]][row] for row in rows),
        values,
        units,
        sources=tuple(columns["source"][row] for row in rows),
        grades=tuple(columns["grade"][row] for row in rows),
        years=tuple(
            int(float(columns["year"][row])) for row in rows if "year" in columns and columns["year"][row]
        ),
        limits=_narrow(
            _derive_limits(path.column, tuple(dict.fromkeys(units)), comparable_values),
            column_type(path.table, path.column),
        ),
        folder=folder,
    )


def value_columns(table: str, columns: Mapping[str, tuple[str, ...]]) -> list[str]:
    """List the columns of numbers that are not part of the key."""
    return [name for name in columns if _holds_values(table, name, columns)]


def _holds_values(table: str, name: str, columns: Mapping[str, tuple[str, ...]]) -> bool:
    if name not in columns or name in (*RULES[table].key, *TEXT_COLUMNS, *RANGE_COLUMNS):
        return False
    return _holds_numbers(columns[name])


@lru_cache(maxsize=2**10)
def _holds_numbers(cells: tuple[str, ...]) -> bool:
    return any(cells) and all(_number(cell) is not None for cell in cells if cell)


@lru_cache(maxsize=2**10)
def _numbers(cells: tuple[str, ...]) -> tuple[float | None, ...]:
    return tuple(map(_number, cells))


def apply_change(cells: Cells, change: Change, values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Apply a change to values of cells.

    Blank ones stay blank unless they are replaced.

    Raises:
        PathError: if a number is to replace several, there is nothing to change, or a result is beyond its limits.
    """
    if not isinstance(change, Mapping):
        if len(values) > 1:
            raise PathError("several-rows", count=len(values))
        new: tuple[float | None, ...] = (float(change),)
        if cells.limits.is_whole and not float(change).is_integer():
            raise PathError("not-a-whole-number.cell", given=f"{change:g}")
    else:
        ((operation, amount),) = change.items()
        operate: Callable[[float], float] = (
            (lambda v: v * amount) if operation == "factor" else (lambda v: v + amount)
        )
        new = tuple(None if v is None else _round_whole(operate(v), cells.limits.is_whole) for v in values)
        if all(v is None for v in new):
            raise PathError("blank-cell")
    _check_limits(cells, new)
    return new


def _round_whole(value: float, is_whole: bool) -> float:
    return float(round(value)) if is_whole and math.isfinite(value) else value


def _check_limits(cells: Cells, new: Sequence[float | None]) -> None:
    lowest, highest, *_ = cells.limits
    low, high = -math.inf if lowest is None else lowest, math.inf if highest is None else highest
    for row, value in zip(cells.rows, new, strict=True):
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            table, line = locate_row(cells.folder, cells.path.table, row + FIRST_LINE)
            raise PathError(
                "out-of-range.cell",
                allowed=_describe_limits(low, high),
                value=f"{value:g}",
                row=line,
                table=table,
            )


def _describe_limits(low: float, high: float) -> Message:
    """Say what values may be, infinite where there is no limit."""
    at_least, at_most = (
        build_message("at_least", bound=f"{low:g}"),
        build_message("at_most", bound=f"{high:g}"),
    )
    if math.isfinite(low) and math.isfinite(high):
        return build_message("both", one=at_least, other=at_most)
    if math.isfinite(low):
        return at_least
    return at_most if math.isfinite(high) else build_message("finite")


def _check_name(name: str, names: Sequence[str], key: str, /, **values: str) -> None:
    if name not in names:
        nearest_names = get_close_matches(name, names, n=1)
        names_advice = build_message("there_are", names=sorted(names))
        raise PathError(
            key,
            **values,
            advice=build_message("meant", name=nearest_names[0]) if nearest_names else names_advice,
        )


def _find_rows(path: CellPath, columns: Mapping[str, tuple[str, ...]]) -> tuple[int, ...]:
    """Find the rows that meet the conditions of a path.

    If there are none, the message names the condition that fails first.
    """
    rows = frozenset(range(len(columns[path.column])))
    for column, cell in path.conditions:
        cells = columns[column]
        matching_rows = rows & _find_matches(_rows_by_cell(cells), cell)
        if not matching_rows:
            names = sorted({cells[row] for row in rows})
            nearest_names = [*get_close_matches(cell, names, n=1), *(name for name in names if cell in name)]
            cells_advice = build_message("cells_there", column=column, cells=names[:12])
            advice = (
                build_message("meant", name=f"{column}={nearest_names[0]}")
                if nearest_names and cell
                else cells_advice
            )
            place = {"table": path.table, "column": column, "cell": cell, "path": str(path)}
            raise PathError("no-such-row", **place, advice=advice)
        rows = matching_rows
    return tuple(sorted(rows))


def _find_matches(rows_by_cell: Mapping[str | float, frozenset[int]], cell: str) -> frozenset[int]:
    """Find the rows that hold a cell, else those that hold any of its parts between `|`."""
    rows = rows_by_cell.get(_parse_cell(cell), frozenset())
    if rows or "|" not in cell:
        return rows
    parts = [rows_by_cell.get(_parse_cell(part), frozenset()) for part in cell.split("|")]
    return frozenset().union(*parts) if all(parts) else frozenset()


@lru_cache(maxsize=2**8)
def _rows_by_cell(cells: tuple[str, ...]) -> Mapping[str | float, frozenset[int]]:
    rows_by_cell: dict[str | float, set[int]] = {}
    for row, cell in enumerate(cells):
        rows_by_cell.setdefault(_parse_cell(cell), set()).add(row)
    return {cell: frozenset(rows) for cell, rows in rows_by_cell.items()}


def _parse_cell(cell: str) -> str | float:
    """Parse a cell: a number if it is one, else text.

    So 2030 and 2030.0 are the same.
    """
    number = _number(cell)
    return cell if number is None else number


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _read_units(column: str, columns: Mapping[str, tuple[str, ...]], rows: Sequence[int]) -> tuple[str, ...]:
    """Read the units of rows from the column's name or its units."""
    suffix = split_unit(column).suffix
    if suffix or "unit" not in columns:
        return (suffix,) * len(rows)
    return tuple(columns["unit"][row] for row in rows)


@lru_cache(maxsize=2**10)
def _derive_limits(
    column: str, units: tuple[str, ...], comparable_values: tuple[float | None, ...]
) -> CellLimits:
    """Derive limits of cells from comparable values.

    A share stays one, and what is never negative stays so.
    `units` holds each unit once.
    """
    present = [value for value in comparable_values if value is not None]
    is_switch = not any(units) and set(present) <= {0.0, 1.0} and "share" not in column
    unit = units[0] if len(units) == 1 else ""
    is_share = any(word in column for word in SHARE_WORDS) or unit.startswith("share")
    lowest = 0.0 if all(value >= 0.0 for value in present) else None
    highest = 1.0 if is_switch or (is_share and all(value <= 1.0 for value in present)) else None
    is_whole = all(value.is_integer() for value in present)
    return CellLimits(
        lowest, highest, is_whole and (is_switch or unit in WHOLE_UNITS), unit in CALENDAR_UNITS
    )


def _narrow(limits: CellLimits, kind: ColumnType) -> CellLimits:
    """Narrow limits to what the column may hold in any pack."""
    lowest = [x for x in (limits.lowest, kind.lowest) if x is not None]
    highest = [x for x in (limits.highest, kind.highest) if x is not None]
    return limits._replace(lowest=max(lowest, default=None), highest=min(highest, default=None))


def _sort_conditions(path: CellPath) -> CellPath:
    """Sort the conditions of a path, so that it has one spelling."""
    key = RULES[path.table].key if path.table in RULES else ()
    rank = {column: number for number, column in enumerate(key)}
    conditions = sorted(
        dict.fromkeys(path.conditions), key=lambda condition: (rank.get(condition[0], len(rank)), condition)
    )
    return path._replace(conditions=tuple(conditions))


class PackChange(NamedTuple):
    """One change of a pack: its cells, what is done to them, and what they become."""

    cells: Cells
    change: Change
    values: tuple[float | None, ...]


def pack_changes(region: str, changes: Mapping[str, Change]) -> tuple[PackChange, ...]:
    """Read the changes of a pack by path; no cell changes twice.

    Raises:
        PathError: if a path or a change is wrong.
    """
    applied_changes: list[PackChange] = []
    path_of_cell: dict[tuple[str, str, int], str] = {}
    for text in sorted(changes):
        try:
            cells = find_cells(region, parse_cells(text))
            check_once(cells, path_of_cell)
            applied_changes.append(
                PackChange(cells, changes[text], apply_change(cells, changes[text], cells.values))
            )
        except PathError as error:
            raise PathError("of-value", name=text, text=error.message, advice=error.message.advice) from error
    return tuple(applied_changes)


def check_once(cells: Cells, path_of_cell: dict[tuple[str, str, int], str]) -> None:
    """Refuse cells that another change has, and note these.

    Raises:
        PathError: if a cell is taken.
    """
    path = cells.path
    places = [(path.table, path.column, row) for row in cells.rows]
    other_path = next((path_of_cell[place] for place in places if place in path_of_cell), None)
    if other_path is not None:
        raise PathError("changed-twice.cell", path=str(path), other=other_path)
    path_of_cell |= dict.fromkeys(places, str(path))


def observed_years(changes: Sequence[PackChange], last_observed_year: int) -> dict[str, tuple[int, ...]]:
    """List observed years whose figures are changed, by path.

    Changes that touch none are left out.
    """
    years = {str(change.cells.path): sorted(set(change.cells.years)) for change in changes}
    observed = {
        path: tuple(y for y in change_years if y <= last_observed_year)
        for path, change_years in years.items()
    }
    return {path: change_years for path, change_years in observed.items() if change_years}
