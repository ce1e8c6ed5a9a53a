"""Groups of assumptions: figures of grade D that an experiment moves together, and how far."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from tanlu.core.paths import CellPath
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import bilingual_text
from tanlu.inputs.messages import validate
from tanlu.inputs.types import NAME_PATTERN, Strict, refuse
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.region.catalogue import GROUPS, RegionError, pack_folder, table_of
from tanlu.region.columns import RULES
from tanlu.region.factors.cells import Cells, Change, find_cells, value_columns
from tanlu.region.factors.ranges import plausible_range_of

ASSUMED = "D"  # the grade of figures that groups hold
DIGITS = 12  # of a figure that is moved
NEUTRAL = {"factor": 1.0, "add": 0.0}

type Name = Annotated[str, Field(pattern=NAME_PATTERN)]
type Cell = str | int | float
type Ends = tuple[float, float]


class FigureSelection(Strict):
    """Figures of grade D of one table."""

    table: Name
    """Table of the region pack."""

    columns: Annotated[tuple[Name, ...], Field(max_length=40)] = ()
    """Columns of figures; all of the table if not given."""

    rows: Mapping[Name, Annotated[tuple[Cell, ...], Field(min_length=1)]] = {}
    """By column the cells of which a row holds one; all rows if not given."""

    from_year: int | None = None
    """First year of the rows."""

    until_year: int | None = None
    """Last year of the rows."""


class GroupFigures(FigureSelection):
    """Figures of a group, and what becomes of them at its low and at its high end."""

    factor: Ends | None = None
    """Multiplies each figure: at the low end and at the high end of the group."""

    add: Ends | None = None
    """Is added to each figure: at the low end and at the high end of the group."""

    range: Literal["same", "opposite"] | None = None
    """Moves each figure to the ends of its own row, or to the opposite ones."""

    @model_validator(mode="after")
    def _have_one_form(self) -> "GroupFigures":
        """Refuse figures that do not move in one way."""
        forms = tuple(name for name in ("factor", "add", "range") if getattr(self, name) is not None)
        if len(forms) != 1:
            allowed = ("factor", "add", "range")
            refuse("not-one-form", given=forms or build_message("none"), allowed=allowed)
        return self


class GroupLabel(Strict):
    """What people read for a group."""

    en: Annotated[str, Field(min_length=1, max_length=120)]
    """English."""

    zh: Annotated[str, Field(min_length=1, max_length=120)]
    """Chinese."""


class AssumptionGroup(Strict):
    """Figures of grade D that move together."""

    label: GroupLabel
    """What people read."""

    reason: Annotated[str, Field(min_length=1)]
    """Why its ends are where they are."""

    grade: Literal["A", "B", "C", "D"]
    """How well the ends are founded."""

    figures: Annotated[tuple[GroupFigures, ...], Field(min_length=1)]
    """What it moves."""


class FixedFigures(Strict):
    """Figures of grade D that no group moves."""

    reason: Annotated[str, Field(min_length=1)]
    """Why nobody moves them."""

    figures: Annotated[tuple[FigureSelection, ...], Field(min_length=1)]
    """Which they are."""


class AssumptionGroups(Strict):
    """The groups of a pack."""

    groups: Mapping[Name, AssumptionGroup] = {}
    """Figures that move, by name of the group."""

    fixed: Mapping[Name, FixedFigures] = {}
    """Figures that do not, by name of the reason."""


class GroupMove(NamedTuple):
    """The move of some cells from the low end of a group over what they are to its high end."""

    path: str  # below `pack`
    operation: str  # `factor`, `add`, or empty: the number itself
    low: float
    middle: float
    high: float
    is_whole: bool


def read_groups(region: str) -> AssumptionGroups:
    """Read the groups of a pack; none where it has no file of them.

    Raises:
        RegionError: with the first fault of the file.
    """
    file = pack_folder(region) / GROUPS
    return _read_file(file, file.stat().st_mtime_ns) if file.is_file() else AssumptionGroups()


@lru_cache(maxsize=2**4)
def _read_file(file: Path, changed_ns: int) -> AssumptionGroups:
    reading = read_yaml(file.read_bytes(), file.name)
    groups, findings = (
        validate(AssumptionGroups, reading.tree)
        if reading.tree is not None and not reading.findings
        else (None, reading.findings)
    )
    if groups is None:
        raise RegionError(build_message("of_pack", pack=file.parent.name, what=bilingual_text(findings[0])))
    return groups


def select_cells(region: str, selection: FigureSelection) -> Iterator[Cells]:
    """Yield the cells of grade D of a selection by column and unit.

    Raises:
        PathError: if the pack has no such table, column or row.
    """
    columns = table_of(pack_folder(region), selection.table) if selection.table in RULES else {}
    conditions = {
        "grade": ASSUMED,
        **{column: "|".join(map(str, cells)) for column, cells in selection.rows.items()},
    }
    if selection.from_year is not None or selection.until_year is not None:
        first, last = selection.from_year or 0, selection.until_year or 9999
        years = sorted({int(float(cell)) for cell in columns.get("year", ()) if cell})
        conditions["year"] = "|".join(str(year) for year in years if first <= year <= last)
    for column in selection.columns or value_columns(selection.table, columns) or ("value",):
        yield from _part_by_unit(region, CellPath(selection.table, tuple(conditions.items()), column))


def _part_by_unit(region: str, path: CellPath) -> Iterator[Cells]:
    """Yield cells unit by unit: years stay whole and shares at most one only among their like."""
    cells = find_cells(region, path)
    units = dict.fromkeys(cells.units)
    if len(units) == 1:
        yield cells
        return
    for unit in units:
        yield find_cells(region, path._replace(conditions=(*path.conditions, ("unit", unit))))


def find_moves(region: str, group: AssumptionGroup) -> tuple[GroupMove, ...]:
    """Find what a group moves in a pack, by path.

    Raises:
        PathError: if the pack has no such figures, or a row without a range is to move to its ends.
    """
    return tuple(
        move
        for figures in group.figures
        for cells in select_cells(region, figures)
        for move in _moves_of(region, figures, cells)
    )


def _moves_of(region: str, figures: GroupFigures, cells: Cells) -> Iterator[GroupMove]:
    for operation, middle in NEUTRAL.items():
        if (ends := getattr(figures, operation)) is not None:
            yield GroupMove(str(cells.path), operation, ends[0], middle, ends[1], False)
    if figures.range is not None:
        for row in cells.rows:
            yield _move_in_range(region, cells.path, row, figures.range == "opposite")


def _move_in_range(region: str, path: CellPath, row: int, is_opposite: bool) -> GroupMove:
    """Find the move of one row to the ends of its range."""
    columns = table_of(pack_folder(region), path.table)
    key = tuple((name, columns[name][row]) for name in RULES[path.table].key)
    cells = find_cells(region, CellPath(path.table, key, path.column))
    limits, (value,) = plausible_range_of(region, cells), cells.values
    if limits.low is None or limits.high is None or value is None:
        raise RegionError(
            build_message("of_pack", pack=region, what=build_message("no_row_range", path=str(cells.path)))
        )
    low, high = (limits.high, limits.low) if is_opposite else (limits.low, limits.high)
    return GroupMove(str(cells.path), "", low, value, high, cells.limits.is_whole)


def changes_at(moves: tuple[GroupMove, ...], share: float) -> dict[str, Change]:
    """Compute the changes of a pack where a group is at a share of its way, -1 at its low and 1 at its high end."""
    changes: dict[str, Change] = {}
    for path, operation, low, middle, high, is_whole in moves if share else ():
        value = middle + abs(share) * ((high if share > 0.0 else low) - middle)
        number = float(round(value)) if is_whole else float(f"{value:.{DIGITS}g}")
        changes[path] = {operation: number} if operation else number
    return changes
