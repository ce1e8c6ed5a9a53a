"""A pack with some of its figures changed: its tables, its digest, and the arrays that it shares with the plain one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tanlu.core.paths import PACK
from tanlu.core.value_cache import compute_digest
from tanlu.region.factors.cells import Change, PackChange, apply_change
from tanlu.region.tables import Tables


class EditedTables(Mapping[str, pd.DataFrame]):
    """The tables of a pack with changes on them; one that has none is the plain pack's own."""

    def __init__(self, plain: Tables, changes: Iterable[PackChange]) -> None:
        self._plain = plain
        self._changes: dict[str, list[PackChange]] = {}
        for change in changes:
            self._changes.setdefault(change.cells.path.table, []).append(change)
        self._tables: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Read a table."""
        if name not in self._changes:
            return self._plain[name]
        if name not in self._tables:
            self._tables[name] = _edit_table(self._plain[name], self._changes[name])
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the tables."""
        return iter(self._plain)

    def __len__(self) -> int:
        """Count the tables."""
        return len(self._plain)


def _edit_table(table: pd.DataFrame, changes: Iterable[PackChange]) -> pd.DataFrame:
    """Enter changes into a copy of a table.

    A column of whole numbers stays one if they are all whole.
    """
    table = table.copy()
    for cells, change, _ in changes:
        column = table[cells.path.column]
        values = column.to_numpy(float, copy=True)
        rows = list(cells.rows)
        old = [None if pd.isna(value) else float(value) for value in values[rows]]
        values[rows] = [
            float("nan") if value is None else value for value in apply_change(cells, change, old)
        ]
        is_whole = column.dtype.kind == "i" and all(value.is_integer() for value in values.tolist())
        table[cells.path.column] = values.astype(np.int64) if is_whole else values
    return table


def edited_digest(plain: str, changes: Iterable[PackChange]) -> str:
    """Compute the digest of a pack and its changes, by path."""
    change_texts = (f"{change.cells.path}={_write_change(change.change)}".encode() for change in changes)
    return compute_digest([plain.encode(), *change_texts])


def _write_change(change: Change) -> str:
    """Write a change as text, numbers with all their digits."""
    if isinstance(change, Mapping):
        return ",".join(f"{operation}:{float(amount)!r}" for operation, amount in change.items())
    return repr(float(change))


def describe_changes(changes: Iterable[PackChange]) -> list[dict[str, Any]]:
    """Describe every change for the manifest: values, old and new, grade."""
    return [
        {
            "path": f"{PACK}{change.cells.path}",
            "change": dict(change.change) if isinstance(change.change, Mapping) else change.change,
            "old": list(change.cells.values),
            "new": list(change.values),
            "grade": list(change.cells.grades),
        }
        for change in changes
    ]
