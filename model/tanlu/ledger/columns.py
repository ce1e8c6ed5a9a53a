"""Columns of words in a run's tables: kept as codes, spelled out by the categories of pandas."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers


class Text(NamedTuple):
    """A column of names: which of them stands in each row."""

    names: Sequence[str]
    rows: Integers


type Part = Text | Floats | Integers | Booleans
type Column = np.ndarray | pd.Categorical[str]


def constant_text(name: str, rows: int) -> Text:
    """Return a column that has one name in all rows."""
    return Text((name,), np.zeros(rows, np.int64))


def joined(parts: Sequence[Mapping[str, Part]]) -> dict[str, Column]:
    """Return tables of the same columns below each other."""
    return {name: _stack([part[name] for part in parts]) for name in parts[0]}


def _stack(parts: Sequence[Part]) -> Column:
    """Return columns below each other; names become categories, sorted, of those that occur."""
    texts = [part for part in parts if isinstance(part, Text)]
    if not texts:
        return np.concatenate([part for part in parts if not isinstance(part, Text)])
    # The years of a table share their list of names, which then is gone through once.
    lists = list({id(text.names): text.names for text in texts}.values())
    starts = np.cumsum([0, *(len(names) for names in lists)])
    start_of = {id(names): start for names, start in zip(lists, starts[:-1].tolist(), strict=True)}
    rows = np.concatenate([text.rows + start_of[id(text.names)] for text in texts])
    occurring = np.flatnonzero(np.bincount(rows, minlength=int(starts[-1])))
    names = np.array([name for names in lists for name in names], dtype=object)[occurring]
    categories, codes = np.unique(names, return_inverse=True)
    position = np.zeros(int(starts[-1]), np.int64)
    position[occurring] = codes
    return pd.Categorical.from_codes(position[rows], pd.Index(categories, dtype=str))  # of no texts too
