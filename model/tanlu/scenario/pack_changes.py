"""The block `pack` of a scenario: figures of its region pack that it changes."""

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails

from tanlu.core.paths import PathError, parse_cells
from tanlu.inputs.tree import OPERATIONS
from tanlu.inputs.types import refusal
from tanlu.region.factors.cells import Change, cells_of, changed, check_once

MAXIMUM_CHANGES = 1000
ABOUT_THE_VALUE = (
    *("out-of-range", "not-a-whole-number", "blank-cell", "several-rows", "bad-change", "not-a-number"),
)


def checked_change(value: object) -> Change:
    """Return a change as a number, or as one operation with a number.

    Raises:
        PathError: if it is neither.
    """
    if not isinstance(value, Mapping):
        return number(value)
    if len(value) != 1 or not set(value) <= OPERATIONS:
        raise PathError("bad-change")
    ((operation, amount),) = value.items()
    return {str(operation): number(amount)}


def number(value: object) -> float:
    """Return a finite number as it is.

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


def checked_changes(changes: Mapping[str, object], region: str | None) -> dict[str, Change]:
    """Return changes in the order of their paths, each path in its one spelling.

    Where no `region` is given, because the pack may be gone, only the grammar is checked.

    Raises:
        ValidationError: with every fault, at its path.
    """
    found: dict[str, Change] = {}
    taken: dict[tuple[str, str, int], str] = {}
    faults: list[InitErrorDetails] = []
    for text, value in changes.items():
        try:
            path, change = parse_cells(text), checked_change(value)
            if region is not None:
                cells = cells_of(region, path)
                check_once(cells, taken)
                changed(cells, change, cells.values)
                path = cells.path
            found[str(path)] = change
        except PathError as error:
            faults.append(fault_at(error, text))
    if faults:
        raise ValidationError.from_exception_data("Scenario", faults)
    return dict(sorted(found.items()))


def fault_at(error: PathError, path: str) -> InitErrorDetails:
    """Return a wrong path or change as pydantic tells it: a path at the key, a change at its value."""
    about_value = error.code in ABOUT_THE_VALUE
    place = (path,) if about_value else (path, "[key]")
    return InitErrorDetails(type=refusal(error.key, **dict(error.values)), loc=place, input=path)
