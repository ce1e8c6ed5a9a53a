"""How far figures of a pack may be off: by their own rows, else by their grade."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tanlu.core.paths import CellPath
from tanlu.region.catalogue import pack_folder, table_of
from tanlu.region.columns import RANGE_COLUMNS, RULES, SERIES_COLUMNS
from tanlu.region.factors.cells import Cells, value_columns

BY_GRADE = "uncertainty_by_grade"
PLACE_UNITS = ("deg",)


class FactorRange(NamedTuple):
    """What some cells may be: bounds of the value of one cell, or of a factor on several that move together."""

    low: float | None = None  # None where nothing is said
    high: float | None = None
    is_factor: bool = False
    is_fixed: bool = False  # an accounting constant, which nobody varies
    basis: str = ""
    is_by_grade: bool = False


def plausible_range_of(region: str, cells: Cells) -> FactorRange:
    """Find the range of cells: of their row, else by grade.

    By grade it is the spread of the worst one, within their limits.
    """
    columns = table_of(pack_folder(region), cells.path.table)
    range_cells = {
        name: [columns[name][row] for row in cells.rows] for name in RANGE_COLUMNS if name in columns
    }
    basis = "; ".join(dict.fromkeys(filter(None, range_cells.get("range_basis", ()))))
    if any(cell == "1" for cell in range_cells.get("fixed", ())):
        return FactorRange(is_fixed=True, basis=basis)
    if all(all(range_cells.get(name, ("",))) for name in ("low", "high")):
        return _range_by_rows(
            cells, [float(x) for x in range_cells["low"]], [float(x) for x in range_cells["high"]], basis
        )
    return _range_by_grade(region, cells)


def _range_by_rows(cells: Cells, low: Sequence[float], high: Sequence[float], basis: str) -> FactorRange:
    """Find the range that rows give themselves.

    Of several rows the factor that keeps each within its range.
    """
    if len(cells.rows) == 1:
        return FactorRange(low[0], high[0], basis=basis)
    rows = [row for row in zip(cells.values, low, high, strict=True) if row[0]]
    if not rows or any(value is None or value < 0.0 for value, _, _ in rows):
        return FactorRange(basis=basis)
    factors = [(lowest / value, highest / value) for value, lowest, highest in rows if value]
    return FactorRange(max(x for x, _ in factors), min(y for _, y in factors), is_factor=True, basis=basis)


def _range_by_grade(region: str, cells: Cells) -> FactorRange:
    """Find the range that a grade gives.

    Years, places, switches and zeros have none.
    """
    limits, present = cells.limits, [value for value in cells.values if value]
    is_switch = limits.is_whole and limits.highest == 1.0
    if limits.is_calendar or is_switch or not present or set(cells.units) & {*PLACE_UNITS}:
        return FactorRange()
    spreads = table_of(pack_folder(region), BY_GRADE)
    spread_of_grade = dict(zip(spreads["of_grade"], spreads["spread_share"], strict=True))
    grade = max(cells.grades)
    spread = 1.0 + float(spread_of_grade[grade])
    low, high = 1.0 / spread, spread
    if limits.highest is not None:
        high = max(1.0, min(high, limits.highest / max(present)))
    basis = f"grade {grade}: {100.0 * float(spread_of_grade[grade]):g} %"
    if len(cells.rows) > 1:
        return FactorRange(low, high, is_factor=True, basis=basis, is_by_grade=True)
    (value,) = present
    ends = sorted((value * low, value * high))
    lowest, highest = map(round, ends) if limits.is_whole else ends
    return FactorRange(float(lowest), float(highest), basis=basis, is_by_grade=True)


def factor_paths(region: str) -> Iterator[CellPath]:
    """Yield a path to every series of figures of a pack.

    The points of a series by year, month and hour are one.
    """
    for table, rule in RULES.items():
        if "grade" not in rule.filled:
            continue
        columns = table_of(pack_folder(region), table)
        key = [name for name in rule.key if name not in SERIES_COLUMNS] or list(rule.key)
        series = dict.fromkeys(zip(*(columns[name] for name in key), strict=True))
        for key_cells in series:
            for column in value_columns(table, columns):
                yield CellPath(table, tuple(zip(key, key_cells, strict=True)), column)
