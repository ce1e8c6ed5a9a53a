"""Rows of tables as plain data for JSON."""

from collections.abc import Mapping
from typing import Any


def plain_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Convert the values of a row to types of JSON, NaN to None."""
    values = {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}
    return {name: None if isinstance(v, float) and v != v else v for name, v in values.items()}
