"""The block `pack` of a scenario: figures of its region pack that it changes."""

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails

from tanlu.core.paths import PathError, parse_cells
from tanlu.inputs.tree import OPERATIONS
from tanlu.inputs.types import refusal
from tanlu.region.factors.cells import Change, apply_change, check_once, find_cells

MAXIMUM_CHANGES = 1000
VALUE_FAULTS = (
    *("out-of-range", "not-a-whole-number", "blank-cell", "several-rows", "bad-change", "not-a-number"),
)


def check_change(value: object) -> Change:
    """Check that a change is a number or one operation.

    Raises:
        PathError: if it is neither.
    """
    if not isinstance(value, Mapping):
        return check_number(value)
    if len(value) != 1 or not set(value) <= OPERATIONS:
        raise PathError("bad-change")
    ((operation, amount),) = value.items()
    return {str(operation): check_number(amount)}


def check_number(value: object) -> float:
    """Check that a value is a finite number.

    Raises:
        PathError: if it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PathError("not-a-number.change")
    return float(value)


_FORM = {
    "anyOf": [
        {"type": "number"},
        *(
            {
                "type": "object",
                "properties": {name: {"type": "number"}},
                "required": [name],
                "additionalProperties": False,
            }
            for name in sorted(OPERATIONS)
        ),
    ]
}

AnyChange = Annotated[Any, WithJsonSchema(_FORM)]


def check_changes(changes: Mapping[str, object], region: str | None) -> dict[str, Change]:
    """Check changes and sort them by path, in its one spelling.

    Where no `region` is given, because the pack may be gone, only the grammar is checked.

    Raises:
        ValidationError: with every fault, at its path.
    """
    changes_by_path: dict[str, Change] = {}
    path_of_cell: dict[tuple[str, str, int], str] = {}
    faults: list[InitErrorDetails] = []
    for text, value in changes.items():
        try:
            path, change = parse_cells(text), check_change(value)
            if region is not None:
                cells = find_cells(region, path)
                check_once(cells, path_of_cell)
                apply_change(cells, change, cells.values)
                path = cells.path
            changes_by_path[str(path)] = change
        except PathError as error:
            faults.append(place_fault(error, text))
    if faults:
        raise ValidationError.from_exception_data("Scenario", faults)
    return dict(sorted(changes_by_path.items()))


def place_fault(error: PathError, path: str) -> InitErrorDetails:
    """Convert a wrong path or change into a fault of pydantic.

    A path has its place at the key, a change at its value.
    """
    is_about_value = error.code in VALUE_FAULTS
    place = (path,) if is_about_value else (path, "[key]")
    return InitErrorDetails(type=refusal(error.key, **dict(error.values)), loc=place, input=path)
