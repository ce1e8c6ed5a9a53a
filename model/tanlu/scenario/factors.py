"""The factors of a scenario: what can be changed by a path, what it is now, and how uncertain it is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tanlu.core.paths import PACK, CellPath, KeyPath, PathError, parse_path
from tanlu.core.units import unit_of
from tanlu.inputs.plausible import plausible_range
from tanlu.inputs.types import Schedule, Strict
from tanlu.region.factors.cells import Cells, cells_of, pack_changes
from tanlu.region.factors.ranges import FactorRange, factor_paths, range_of
from tanlu.scenario.changes import value_at
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


def factor_of(scenario: Scenario, path: str) -> Factor:
    """Return what a path leads to.

    Raises:
        PathError: if it leads nowhere, with the nearest name, or to what is no number.
    """
    meant = parse_path(path)
    if isinstance(meant, CellPath):
        return _of_cells(scenario, meant, _changed_values(scenario))
    value = value_at(scenario, meant)
    if not _is_number(value):
        raise PathError("not-a-number.path", path=path)
    points: Any = value.plain() if isinstance(value, Schedule) else value
    values = tuple(points.values()) if isinstance(points, dict) else (points,)
    given = tuple(float(number) for number in values)
    return Factor(str(meant), given, **_said(scenario, meant), is_whole=isinstance(value, int))


def _said(scenario: Scenario, path: KeyPath) -> dict[str, Any]:
    """Return what the field under a path says of its unit and of what is plausible, as parts of a factor."""
    *parents, last = path.keys
    holder = value_at(scenario, KeyPath(tuple(parents)))
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
    """Yield every factor whose path holds a pattern, in which `*` stands for anything: world, policies, pack.

    The points of a series by year, month and hour are one factor; each can be changed alone too.
    """
    wanted = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE)
    blocks: dict[str, Strict] = {"world": scenario.world}
    blocks |= {f"policies.{name}": policy for name, policy in sorted(scenario.policies.items())}
    for block, holder in blocks.items():
        for key, value in holder:
            if wanted.search(path := f"{block}.{key}") and _is_number(value):
                yield factor_of(scenario, path)
    changed = _changed_values(scenario)
    for cells in factor_paths(scenario.region):
        if wanted.search(f"{PACK}{cells}"):
            yield _of_cells(scenario, cells, changed)


def _is_number(value: object) -> bool:
    return isinstance(value, Schedule | int | float) and not isinstance(value, bool)


def _changed_values(scenario: Scenario) -> dict[tuple[str, str, int], float | None]:
    """Return the new values of cells that the scenario changes, by table, column and row."""
    return {
        (one.cells.path.table, one.cells.path.column, row): value
        for one in pack_changes(scenario.region, scenario.pack)
        for row, value in zip(one.cells.rows, one.values, strict=True)
    }


def _of_cells(
    scenario: Scenario, path: CellPath, changed: Mapping[tuple[str, str, int], float | None]
) -> Factor:
    cells = cells_of(scenario.region, path)
    places = [(path.table, path.column, row) for row in cells.rows]
    values = [changed.get(place, value) for place, value in zip(places, cells.values, strict=True)]
    found: FactorRange = range_of(scenario.region, cells)
    return Factor(
        f"{PACK}{cells.path}",
        tuple(value for value in values if value is not None),
        _unit(cells),
        found.low,
        found.high,
        "; ".join(dict.fromkeys(cells.sources)),
        "".join(sorted(set(cells.grades))),
        cells.limits.is_whole,
        found.is_factor,
        found.is_fixed,
        found.basis,
    )


def _unit(cells: Cells) -> str:
    unit = unit_of(cells.path.column)
    return unit.display if unit else cells.unit
