"""Which cells of a pack a path means, and what a change makes of them.

Tables are read as text: a check of a scenario must not wait for pandas.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from tanlu.core.paths import CellPath, PathError, parse_cells
from tanlu.core.units import split_unit
from tanlu.core.words.said import Said, said
from tanlu.region.catalogue import pack_folder, table_of
from tanlu.region.columns import RANGE_COLUMNS, RULES, TEXT_COLUMNS

FIRST_LINE = 2  # of figures in a file: the header is line 1
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

    @property
    def unit(self) -> str:
        """Unit of the cells; those of rows that differ are listed."""
        return ", ".join(dict.fromkeys(self.units))


def cells_of(region: str, path: CellPath) -> Cells:
    """Return the cells of a pack that a path means, its conditions in the order of the table's key.

    Raises:
        PathError: naming what the pack has instead.
        RegionError: if there is no such pack, or the table cannot be read.
    """
    tables = [name for name, rule in RULES.items() if "grade" in rule.filled]
    _known(path.table, tables, "unknown-table", name=path.table)
    columns = table_of(pack_folder(region) / f"{path.table}.csv")
    for column, _ in path.where:
        _known(column, list(columns), "unknown-column", name=column, table=path.table)
    if not _holds_values(path.table, path.column, columns):
        names = value_columns(path.table, columns)
        _known(path.column, names, "unknown-column.numbers", name=path.column, table=path.table)
    rows = _rows(path, columns)
    every = _numbers(columns[path.column])
    values = tuple(every[row] for row in rows)
    units = _units(path.column, columns, rows)
    beside = values if "unit" in columns else every
    return Cells(
        _ordered(path),
        rows,
        tuple(columns[RULES[path.table].key[0]][row] for row in rows),
        values,
        units,
        sources=tuple(columns["source"][row] for row in rows),
        grades=tuple(columns["grade"][row] for row in rows),
        years=tuple(
            int(float(columns["year"][row])) for row in rows if "year" in columns and columns["year"][row]
        ),
        limits=_limits(path.column, tuple(dict.fromkeys(units)), beside),
    )


def value_columns(table: str, columns: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the columns of a table that hold numbers and do not say which row it is."""
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


def changed(cells: Cells, change: Change, values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return what a change makes of the values of cells; blank ones stay blank unless they are replaced.

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
        ((how, amount),) = change.items()
        act: Callable[[float], float] = (lambda v: v * amount) if how == "factor" else (lambda v: v + amount)
        new = tuple(None if v is None else _rounded(act(v), cells.limits.is_whole) for v in values)
        if all(v is None for v in new):
            raise PathError("blank-cell")
    _within_limits(cells, new)
    return new


def _rounded(value: float, is_whole: bool) -> float:
    return float(round(value)) if is_whole and math.isfinite(value) else value


def _within_limits(cells: Cells, new: Sequence[float | None]) -> None:
    lowest, highest, *_ = cells.limits
    low, high = -math.inf if lowest is None else lowest, math.inf if highest is None else highest
    for row, value in zip(cells.rows, new, strict=True):
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise PathError(
                "out-of-range.cell",
                allowed=_allowed(low, high),
                value=f"{value:g}",
                row=row + FIRST_LINE,
                table=cells.path.table,
            )


def _allowed(low: float, high: float) -> Said:
    """Say what values may be, infinite where there is no limit."""
    at_least, at_most = said("at_least", bound=f"{low:g}"), said("at_most", bound=f"{high:g}")
    if math.isfinite(low) and math.isfinite(high):
        return said("both", one=at_least, other=at_most)
    if math.isfinite(low):
        return at_least
    return at_most if math.isfinite(high) else said("finite")


def _known(name: str, names: Sequence[str], key: str, /, **values: str) -> None:
    if name not in names:
        near = get_close_matches(name, names, n=1)
        there_are = said("there_are", names=sorted(names))
        raise PathError(key, **values, advice=said("meant", name=near[0]) if near else there_are)


def _rows(path: CellPath, columns: Mapping[str, tuple[str, ...]]) -> tuple[int, ...]:
    """Return the rows that hold what a path asks of them; if there are none, say which condition fails first."""
    rows = frozenset(range(len(columns[path.column])))
    for column, wanted in path.where:
        cells = columns[column]
        found = rows & _rows_by_cell(cells).get(_meant(wanted), frozenset())
        if not found:
            names = sorted({cells[row] for row in rows})
            near = [*get_close_matches(wanted, names, n=1), *(name for name in names if wanted in name)]
            there = said("cells_there", column=column, cells=names[:12])
            advice = said("meant", name=f"{column}={near[0]}") if near and wanted else there
            where = {"table": path.table, "column": column, "cell": wanted, "path": str(path)}
            raise PathError("no-such-row", **where, advice=advice)
        rows = found
    return tuple(sorted(rows))


@lru_cache(maxsize=2**8)
def _rows_by_cell(cells: tuple[str, ...]) -> Mapping[str | float, frozenset[int]]:
    found: dict[str | float, set[int]] = {}
    for row, cell in enumerate(cells):
        found.setdefault(_meant(cell), set()).add(row)
    return {cell: frozenset(rows) for cell, rows in found.items()}


def _meant(cell: str) -> str | float:
    """Return a number for a cell that holds one, so that 2030 and 2030.0 are the same, else its text."""
    number = _number(cell)
    return cell if number is None else number


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _units(column: str, columns: Mapping[str, tuple[str, ...]], rows: Sequence[int]) -> tuple[str, ...]:
    """Return the units of some rows: that in the name of the column, else what stands in the column of units."""
    suffix = split_unit(column).suffix
    if suffix or "unit" not in columns:
        return (suffix,) * len(rows)
    return tuple(columns["unit"][row] for row in rows)


@lru_cache(maxsize=2**10)
def _limits(column: str, units: tuple[str, ...], beside: tuple[float | None, ...]) -> CellLimits:
    """Return the limits of cells, judged by the values `beside` them: a share stays one, and what is never negative.

    `units` holds each unit once.
    """
    present = [value for value in beside if value is not None]
    switches = not any(units) and set(present) <= {0.0, 1.0} and "share" not in column
    unit = units[0] if len(units) == 1 else ""
    is_share = any(word in column for word in SHARE_WORDS) or unit.startswith("share")
    lowest = 0.0 if all(value >= 0.0 for value in present) else None
    highest = 1.0 if switches or (is_share and all(value <= 1.0 for value in present)) else None
    whole = all(value.is_integer() for value in present)
    return CellLimits(lowest, highest, whole and (switches or unit in WHOLE_UNITS), unit in CALENDAR_UNITS)


def _ordered(path: CellPath) -> CellPath:
    """Return a path whose conditions stand in the order of the table's key, so that each has one spelling."""
    key = RULES[path.table].key if path.table in RULES else ()
    rank = {column: number for number, column in enumerate(key)}
    where = sorted(dict.fromkeys(path.where), key=lambda one: (rank.get(one[0], len(rank)), one))
    return path._replace(where=tuple(where))


class PackChange(NamedTuple):
    """One change of a pack: its cells, what is done to them, and what they become."""

    cells: Cells
    change: Change
    values: tuple[float | None, ...]


def pack_changes(region: str, changes: Mapping[str, Change]) -> tuple[PackChange, ...]:
    """Return the changes of a pack in the order of their paths; no cell may change twice.

    Raises:
        PathError: if a path or a change is wrong.
    """
    found: list[PackChange] = []
    taken: dict[tuple[str, str, int], str] = {}
    for text in sorted(changes):
        try:
            cells = cells_of(region, parse_cells(text))
            check_once(cells, taken)
            found.append(PackChange(cells, changes[text], changed(cells, changes[text], cells.values)))
        except PathError as error:
            raise PathError("of-value", name=text, text=error.says, advice=error.advises) from error
    return tuple(found)


def check_once(cells: Cells, taken: dict[tuple[str, str, int], str]) -> None:
    """Refuse cells of which one is `taken` by another change, and take them.

    Raises:
        PathError: if a cell is taken.
    """
    path = cells.path
    places = [(path.table, path.column, row) for row in cells.rows]
    other = next((taken[place] for place in places if place in taken), None)
    if other is not None:
        raise PathError("changed-twice.cell", path=str(path), other=other)
    taken |= dict.fromkeys(places, str(path))


def observed_years(changes: Sequence[PackChange], last_observed_year: int) -> dict[str, tuple[int, ...]]:
    """Return the years with statistics whose figures changes touch, by path; changes that touch none are not there."""
    years = {str(one.cells.path): sorted(set(one.cells.years)) for one in changes}
    observed = {path: tuple(y for y in found if y <= last_observed_year) for path, found in years.items()}
    return {path: found for path, found in observed.items() if found}
