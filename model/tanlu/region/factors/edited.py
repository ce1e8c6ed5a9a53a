"""A pack with some of its figures changed: its tables, its digest, and the arrays that it shares with the plain one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tanlu.core.paths import PACK
from tanlu.core.stored import digest_of
from tanlu.region.factors.cells import Change, PackChange, changed
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
        """Return a table."""
        if name not in self._changes:
            return self._plain[name]
        if name not in self._tables:
            self._tables[name] = _edited(self._plain[name], self._changes[name])
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names of the tables."""
        return iter(self._plain)

    def __len__(self) -> int:
        """Return how many tables there are."""
        return len(self._plain)


def _edited(table: pd.DataFrame, changes: Iterable[PackChange]) -> pd.DataFrame:
    """Return a copy of a table with new figures; a column of whole numbers stays one if they are all whole."""
    table = table.copy()
    for cells, change, _ in changes:
        column = table[cells.path.column]
        values = column.to_numpy(float, copy=True)
        rows = list(cells.rows)
        old = [None if pd.isna(value) else float(value) for value in values[rows]]
        values[rows] = [float("nan") if value is None else value for value in changed(cells, change, old)]
        whole = column.dtype.kind == "i" and all(value.is_integer() for value in values.tolist())
        table[cells.path.column] = values.astype(np.int64) if whole else values
    return table


def edited_digest(plain: str, changes: Iterable[PackChange]) -> str:
    """Return the digest of a pack with changes: that of its files and of every change, in the order of their paths."""
    told = (f"{one.cells.path}={_written(one.change)}".encode() for one in changes)
    return digest_of([plain.encode(), *told])


def _written(change: Change) -> str:
    """Return a change as one text, numbers with all their digits."""
    if isinstance(change, Mapping):
        return ",".join(f"{how}:{float(amount)!r}" for how, amount in change.items())
    return repr(float(change))


def told(changes: Iterable[PackChange]) -> list[dict[str, Any]]:
    """Return every change for the manifest: what was done, and of each row the old and the new value and the grade."""
    return [
        {
            "path": f"{PACK}{one.cells.path}",
            "change": dict(one.change) if isinstance(one.change, Mapping) else one.change,
            "old": list(one.cells.values),
            "new": list(one.values),
            "grade": list(one.cells.grades),
        }
        for one in changes
    ]
