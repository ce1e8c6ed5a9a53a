"""The form of an indicator: its name, unit and how it is computed from a run's stacked record."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import Axes
from tanlu.records.year import YearRecord

type Reader = Callable[[YearRecord], Floats]  # of the record as [Y, P] or, for the region, [Y]


class Indicator(NamedTuple):
    """One variable, its unit and its reader.

    The reader gives [Y, P] or, for the region, [Y].
    """

    variable: str
    unit: str
    measure: Reader
    weight: Reader | None = None  # [Y, P] by which the mean of provinces makes the region; None: they add up


def scaled(read: Reader, scale: float) -> Reader:
    """Build a reader in a unit that is `scale` of its own."""
    return lambda r: read(r) / scale


def column(read: Reader, i: int, scale: float) -> Reader:
    """Build a reader of column `i` [Y, P] of a quantity [Y, P, n].

    The unit is `scale` of its own.
    """
    return lambda r: read(r)[:, :, i] / scale


def sum_by_province(value: Floats, province: Integers, axes: Axes) -> Floats:
    """Sum columns [Y, n] by the province of each [Y, P]."""
    by_province = [value[:, province == p].sum(axis=1) for p in range(len(axes.provinces))]
    return np.stack(by_province, axis=1)


def percent(part: Floats, whole: Floats) -> Floats:
    """Compute a share in percent, 0 where there is nothing."""
    return np.asarray(100.0 * part / np.maximum(whole, 1e-9))
