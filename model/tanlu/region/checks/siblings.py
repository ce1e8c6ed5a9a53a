"""Figures compared with siblings: the same quantity a year, a month or an hour before and after, and elsewhere."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping

from tanlu.inputs.diagnostics import Finding, Severity, build_table_finding, printable
from tanlu.region.checks.keys import as_key
from tanlu.region.checks.sheets import Sheet
from tanlu.region.columns import RULES, Series

ROUND = {"month": 12, "hour": 24}  # after the last comes the first
SUM_TOLERANCE = 0.005  # of shares that sum to one: they are rounded

type Columns = Mapping[str, tuple[float | None, ...]]
type Point = tuple[float, float, int]  # where it stands along its series, the figure, the row


def find_odd_figures(sheet: Sheet, numbers: Columns) -> Iterator[Finding]:
    """Yield figures that are too far from both neighbours.

    Their series says how far is allowed.
    """
    for series in RULES[sheet.name].series:
        for column in _figures(sheet, numbers):
            for points in _families(sheet, numbers, series.along, column):
                yield from _find_odd_points(sheet, column, series, points)


def check_sums(sheet: Sheet, numbers: Columns) -> Iterator[Finding]:
    """Yield the shares that do not sum to one."""
    along = RULES[sheet.name].sums_to_one
    if not along:
        return
    for column in _figures(sheet, numbers):
        for points in _families(sheet, numbers, along, column):
            total = math.fsum(value for _, value, _ in points)
            if abs(total - 1.0) > SUM_TOLERANCE:
                line = sheet.lines[_find_farthest(points)]
                yield build_table_finding(
                    "sum-off-one", sheet.name, line, column, Severity.warning, sum=f"{total:.4g}"
                )


def check_order(sheet: Sheet, numbers: Columns) -> Iterator[Finding]:
    """Yield figures that break the order of their column."""
    rule = RULES[sheet.name]
    for column, sign in (*((name, 1.0) for name in rule.rises), *((name, -1.0) for name in rule.falls)):
        values = numbers[column]
        for line, previous, value in zip(sheet.lines[1:], values, values[1:], strict=False):
            if previous is not None and value is not None and not sign * value > sign * previous:
                sentence_values = {"given": f"{value:g}", "before": f"{previous:g}"}
                yield build_table_finding(
                    "out-of-order", sheet.name, line, column, Severity.warning, **sentence_values
                )


def find_unlike_units(sheet: Sheet) -> Iterator[Finding]:
    """Yield rows whose unit differs from that of their quantity."""
    name_columns = RULES[sheet.name].named_by
    if not name_columns or "unit" not in sheet.columns:
        return
    names = tuple(sheet.rows(*name_columns))
    units: dict[tuple[str, ...], Counter[str]] = {}
    for name, unit in zip(names, sheet.columns["unit"], strict=True):
        units.setdefault(name, Counter())[unit] += 1
    for line, name, unit in zip(sheet.lines, names, sheet.columns["unit"], strict=True):
        (usual, times), *_ = units[name].most_common(1)
        if unit != usual and units[name][unit] == 1 < times:
            values = {"given": printable(unit), "usual": printable(usual)}
            yield build_table_finding("unit-unlike", sheet.name, line, "unit", Severity.warning, **values)


def find_unlike_rows(sheet: Sheet) -> Iterator[Finding]:
    """Yield rows that a table has for some names only.

    A month of one year, or a year of one province.
    """
    key = RULES[sheet.name].key
    for column in RULES[sheet.name].uniform:
        rest = [name for name in key if name != column]
        groups: dict[tuple[str, ...], set[str]] = {}
        for cell, place in zip(sheet.columns[column], sheet.rows(*rest), strict=True):
            groups.setdefault(place, set()).add(as_key(cell))
        all_cells = set().union(*groups.values())
        for place, cells in groups.items():
            if cells != all_cells and "" not in all_cells - cells:
                row_name = ", ".join(
                    f"{name} {printable(cell)}" for name, cell in zip(rest, place, strict=True)
                )
                missing = ", ".join(sorted(all_cells - cells))
                yield build_table_finding(
                    "unlike", sheet.name, 0, column, row=row_name, of=column, lacks=missing
                )


def _find_farthest(points: list[Point]) -> int:
    """Find the row farthest from the mean of its neighbours.

    It is the likeliest to be wrong.
    """
    values = [value for _, value, _ in points]
    neighbour_means = [(values[i - 1] + values[(i + 1) % len(values)]) / 2.0 for i in range(len(values))]
    distances = [abs(value - mean) for value, mean in zip(values, neighbour_means, strict=True)]
    return points[distances.index(max(distances))][2]


def _figures(sheet: Sheet, numbers: Columns) -> Iterator[str]:
    """Yield the columns that say how large, not which."""
    return (name for name in numbers if name not in (*RULES[sheet.name].key, "low", "high", "fixed"))


def _families(sheet: Sheet, numbers: Columns, along: str, column: str) -> Iterator[list[Point]]:
    """Yield the rows that differ in one column only, in its order."""
    rest = [name for name in RULES[sheet.name].key if name != along]
    families: dict[tuple[str, ...], list[Point]] = {}
    places = sheet.rows(*rest) if rest else [()] * len(sheet.lines)
    for row, (place, position, value) in enumerate(zip(places, numbers[along], numbers[column], strict=True)):
        if position is not None and value is not None:
            families.setdefault(place, []).append((position, value, row))
    for points in families.values():
        yield sorted(points)


def _find_odd_points(sheet: Sheet, column: str, series: Series, points: list[Point]) -> Iterator[Finding]:
    last = len(points) - 1
    goes_round = last + 1 == ROUND.get(series.along)
    for i, (_, value, row) in enumerate(points):
        neighbours = [points[j % (last + 1)][1] for j in (i - 1, i + 1) if goes_round or 0 <= j <= last]
        is_end = i in (0, last) and not goes_round
        if neighbours and _is_odd(value, neighbours, series, is_end):
            values = {
                "given": f"{value:g}",
                "neighbours": " and ".join(f"{neighbour:g}" for neighbour in neighbours),
            }
            values |= {"along": series.along, "within": f"{series.within:g}"}
            yield build_table_finding("odd", sheet.name, sheet.lines[row], column, Severity.warning, **values)


def _is_odd(value: float, neighbours: list[float], series: Series, is_end: bool) -> bool:
    """Check whether a figure is beyond its neighbours.

    Neighbours of either sign, or zero, say little.
    """
    low, high = min(neighbours), max(neighbours)
    if low <= 0.0 or (value == 0.0 and series.may_be_zero):
        return False
    too_small = value < low / series.within and not (is_end and series.may_start_small)
    return too_small or value > high * series.within
