"""The factors of a scenario: what can be changed by a path, what it is now, and how uncertain it is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tanlu.core.paths import PACK, CellPath, KeyPath, PathError, parse_path
from tanlu.core.units import unit_of
from tanlu.inputs.plausible import plausible_range
from tanlu.inputs.types import Schedule, Strict
from tanlu.region.factors.cells import Cells, find_cells, pack_changes
from tanlu.region.factors.ranges import FactorRange, factor_paths, plausible_range_of
from tanlu.scenario.changes import read_value
from tanlu.scenario.schema import Scenario


class Factor(NamedTuple):
    """One thing that a path leads to."""

    path: str
    values: tuple[float, ...]
    """What it is now: one number, or those of a series or of the points of a schedule."""

    unit: str
    low: float | None
    """Least plausible value, of a series the least factor on it; None where nothing is said."""

    high: float | None
    source: str
    grade: str
    is_whole: bool
    """Whether only whole numbers are allowed."""

    is_factor: bool = False
    """Whether low and high are factors on the values."""

    is_fixed: bool = False
    """Whether it is an accounting constant, which nobody varies."""

    basis: str = ""
    """Why the range is as it is."""


def read_factor(scenario: Scenario, path: str) -> Factor:
    """Read the factor under a path.

    Raises:
        PathError: if it leads nowhere, with the nearest name, or to what is no number.
    """
    parsed_path = parse_path(path)
    if isinstance(parsed_path, CellPath):
        return _build_cell_factor(scenario, parsed_path, _changed_values(scenario))
    value = read_value(scenario, parsed_path)
    if not _is_number(value):
        raise PathError("not-a-number.path", path=path)
    points: Any = value.as_data() if isinstance(value, Schedule) else value
    values = tuple(points.values()) if isinstance(points, dict) else (points,)
    numbers = tuple(float(number) for number in values)
    return Factor(
        str(parsed_path), numbers, **_describe_field(scenario, parsed_path), is_whole=isinstance(value, int)
    )


def _describe_field(scenario: Scenario, path: KeyPath) -> dict[str, Any]:
    """Read unit and plausible range of the field under a path.

    They are fields of a factor.
    """
    *parents, last = path.keys
    holder = read_value(scenario, KeyPath(tuple(parents)))
    assert isinstance(holder, Strict)
    unit, plausible = unit_of(last), plausible_range(type(holder).model_fields[last])
    graded = plausible.source.rpartition("grade")[2] if plausible else ""
    return {
        "unit": unit.display if unit else "",
        "low": plausible.low if plausible else None,
        "high": plausible.high if plausible else None,
        "source": plausible.source if plausible else "",
        "grade": "".join(sorted(set(re.findall("[A-D]", graded)))),
    }


def factors(scenario: Scenario, pattern: str = "") -> Iterator[Factor]:
    """Yield every factor whose path matches a pattern.

    `*` stands for anything. World first, then policies and pack.
    The points of a series by year, month and hour are one factor; each can be changed alone too.
    """
    path_pattern = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE)
    blocks: dict[str, Strict] = {"world": scenario.world}
    blocks |= {f"policies.{name}": policy for name, policy in sorted(scenario.policies.items())}
    for block, holder in blocks.items():
        for key, value in holder:
            if path_pattern.search(path := f"{block}.{key}") and _is_number(value):
                yield read_factor(scenario, path)
    changed_values = _changed_values(scenario)
    for cells in factor_paths(scenario.region):
        if path_pattern.search(f"{PACK}{cells}"):
            yield _build_cell_factor(scenario, cells, changed_values)


def _is_number(value: object) -> bool:
    return isinstance(value, Schedule | int | float) and not isinstance(value, bool)


def _changed_values(scenario: Scenario) -> dict[tuple[str, str, int], float | None]:
    """List new values of cells by table, column and row."""
    return {
        (change.cells.path.table, change.cells.path.column, row): value
        for change in pack_changes(scenario.region, scenario.pack)
        for row, value in zip(change.cells.rows, change.values, strict=True)
    }


def _build_cell_factor(
    scenario: Scenario, path: CellPath, changed_values: Mapping[tuple[str, str, int], float | None]
) -> Factor:
    cells = find_cells(scenario.region, path)
    places = [(path.table, path.column, row) for row in cells.rows]
    values = [changed_values.get(place, value) for place, value in zip(places, cells.values, strict=True)]
    plausible_range: FactorRange = plausible_range_of(scenario.region, cells)
    return Factor(
        f"{PACK}{cells.path}",
        tuple(value for value in values if value is not None),
        _unit(cells),
        plausible_range.low,
        plausible_range.high,
        "; ".join(dict.fromkeys(cells.sources)),
        "".join(sorted(set(cells.grades))),
        cells.limits.is_whole,
        plausible_range.is_factor,
        plausible_range.is_fixed,
        plausible_range.basis,
    )


def _unit(cells: Cells) -> str:
    unit = unit_of(cells.path.column)
    return unit.display if unit else cells.unit
