"""What must hold for the ranges that tables give."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from tanlu.inputs.diagnostics import Finding, in_table
from tanlu.region.columns import RANGE_COLUMNS, RULES
from tanlu.region.factors.cells import FIRST_LINE, value_columns
from tanlu.region.tables import Tables


def range_problems(tables: Tables) -> Iterator[Finding]:
    """Yield what is wrong with the ranges that tables give."""
    for name in RULES:
        table = tables[name]
        if not {"low", "high"} & {*table.columns}:
            continue
        texts = {column: tuple(_text(cell) for cell in table[column]) for column in table.columns}
        values = value_columns(name, texts)
        missing = [column for column in RANGE_COLUMNS if column not in texts]
        if missing or len(values) != 1:
            allowed = f"{', '.join(RANGE_COLUMNS)} together, in a table with one column of figures"
            yield in_table("range", name, None, "there are ranges", allowed)
            continue
        rows = zip(texts[values[0]], *(texts[column] for column in RANGE_COLUMNS), strict=True)
        for line, row in enumerate(rows, FIRST_LINE):
            if fault := _fault_of_range(*row):
                yield in_table("range", name, line, *fault)


def _fault_of_range(value: str, low: str, high: str, fixed: str, basis: str) -> tuple[str, str] | None:
    """Return what is wrong with the range of a row, and what is allowed; None if nothing is."""
    if fixed not in ("0", "1"):
        return f"fixed is `{fixed}`", "0 or 1"
    if (low == "") != (high == "") or (fixed == "1" and low):
        return f"low is `{low}`, high is `{high}`", "both; neither where fixed is 1 or the grade says it"
    if low and not float(low) <= float(value) <= float(high):
        return f"{value} is not between {low} and {high}", "low <= value <= high"
    return (
        ("range_basis is blank", "the reason of the range") if (low or fixed == "1") and not basis else None
    )


def _text(cell: Any) -> str:
    """Return a cell as text, whole numbers without decimals."""
    if pd.isna(cell):
        return ""
    return f"{cell:.12g}" if isinstance(cell, float) else str(cell)
