"""What the checks of a pack's tables say of figures that somebody changes, and not of those of the pack."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tanlu.inputs.diagnostics import Finding
from tanlu.region.catalogue import pack_folder, read_layered_table
from tanlu.region.checks.figures import numbers_of, sheet_oddities
from tanlu.region.checks.layers import locate_row
from tanlu.region.checks.ranges import range_problems
from tanlu.region.checks.sheets import Sheet, read_sheet
from tanlu.region.factors.cells import PackChange

FAR = 90.0  # times the figure of the pack; a percentage for a share is 100 times too large


class EditFinding(NamedTuple):
    """What a check of tables says of a change."""

    change: PackChange
    finding: Finding
    table: str  # of the cell that is told; after the name of the layer where it stands there
    line: int  # of its file


def check_edits(region: str, changes: Sequence[PackChange]) -> Iterator[EditFinding]:
    """Yield the first finding of each change, as the tables look with all of them.

    What is said of the pack without changes is left out.
    """
    folder = pack_folder(region)
    tables = dict.fromkeys(change.cells.path.table for change in changes)
    for table in tables:
        sheet = read_sheet(table, read_layered_table(folder, table).content)
        table_changes = [change for change in changes if change.cells.path.table == table]
        old_places = {_place_of(finding) for finding in _findings(sheet)}
        new = [
            finding
            for finding in _findings(_edit(sheet, table_changes))
            if _place_of(finding) not in old_places
        ]
        for change in table_changes:
            lines = [sheet.lines[row] for row in change.cells.rows]
            about = [x for x in new if x.place.line in lines and x.place.path == change.cells.path.column]
            near = about or [x for x in new if x.place.path == change.cells.path.column]
            if near and change.values != change.cells.values:
                yield EditFinding(change, near[0], *locate_row(folder, table, near[0].place.line))


def times_of(change: PackChange) -> float | None:
    """Compute how many times its size a figure becomes, the first of those that go far; None of none."""
    pairs = zip(change.cells.values, change.values, strict=True)
    ratios = [abs(new / old) for old, new in pairs if old and new]
    far = [ratio for ratio in ratios if ratio >= FAR or ratio <= 1.0 / FAR]
    return far[0] if far else None


def _findings(sheet: Sheet) -> Iterator[Finding]:
    numbers = numbers_of(sheet)
    yield from range_problems(sheet, numbers)
    yield from sheet_oddities(sheet, numbers)


def _place_of(finding: Finding) -> tuple[str, int, str]:
    return finding.code, finding.place.line, finding.place.path


def _edit(sheet: Sheet, changes: Sequence[PackChange]) -> Sheet:
    """Write changes into the text of a table."""
    columns = {name: list(cells) for name, cells in sheet.columns.items()}
    for change in changes:
        for row, value in zip(change.cells.rows, change.values, strict=True):
            columns[change.cells.path.column][row] = _write(value)
    return sheet._replace(columns={name: tuple(cells) for name, cells in columns.items()})


def _write(value: float | None) -> str:
    """Write a figure as a table has it: whole numbers without a point."""
    if value is None:
        return ""
    return f"{value:.0f}" if value.is_integer() else repr(value)
