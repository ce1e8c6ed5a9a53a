"""Whether every assumption of a pack is in one group, or fixed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tanlu.inputs.diagnostics import Finding, Severity, build_table_finding
from tanlu.region.catalogue import GROUPS, pack_folder, table_of
from tanlu.region.columns import FIRST_LINE, RULES
from tanlu.region.factors.cells import value_columns
from tanlu.region.factors.groups import ASSUMED, FigureSelection, read_groups, select_cells

type CellPlace = tuple[str, str, int]  # table, column, row


class Coverage(NamedTuple):
    """A figure of grade D and the groups, and reasons to fix it, that hold it."""

    table: str
    column: str
    line: int  # of the file
    names: tuple[str, ...]


def find_miscovered(region: str) -> Iterator[Coverage]:
    """Yield figures of grade D that are in no group and not fixed, or held twice.

    Raises:
        PathError: if a group names figures that the pack has not.
    """
    names_by_cell = _names_by_cell(region)
    for table, rule in RULES.items():
        if "grade" not in rule.filled:
            continue
        columns = table_of(pack_folder(region), table)
        for column in value_columns(table, columns):
            for row, (cell, grade) in enumerate(zip(columns[column], columns["grade"], strict=True)):
                names = names_by_cell.get((table, column, row), ())
                if cell and grade == ASSUMED and len(names) != 1:
                    yield Coverage(table, column, row + FIRST_LINE, tuple(names))


def group_problems(region: str) -> Iterator[Finding]:
    """Yield a warning for each column with figures of grade D in no group, or in several, at the first of them.

    A pack without groups has none.

    Raises:
        PathError: if a group names figures that the pack has not.
    """
    if not read_groups(region).groups:
        return
    places: dict[tuple[str, str, tuple[str, ...]], list[int]] = defaultdict(list)
    for table, column, line, names in find_miscovered(region):
        places[table, column, names].append(line)
    for (table, column, names), lines in places.items():
        code = "grouped-twice" if names else "ungrouped"
        values = {"count": len(lines), "names": names, "file": GROUPS}
        yield build_table_finding(code, table, lines[0], column, Severity.warning, **values)


def _names_by_cell(region: str) -> Mapping[CellPlace, list[str]]:
    """List the names of what holds each cell."""
    groups = read_groups(region)
    names_by_cell: dict[CellPlace, list[str]] = defaultdict(list)
    selections: list[tuple[str, FigureSelection]] = [
        (name, figures)
        for part in (groups.groups, groups.fixed)
        for name, block in part.items()
        for figures in block.figures
    ]
    for name, selection in selections:
        for cells in select_cells(region, selection):
            for row in cells.rows:
                names_by_cell[cells.path.table, cells.path.column, row].append(name)
    return names_by_cell
