"""The form of an indicator: its name, unit and how it is computed from a run's stacked record."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.records.year import YearRecord

type Reader = Callable[[YearRecord], Floats]  # of the record as [Y, P] or, for the region, [Y]


class Indicator(NamedTuple):
    """One variable: its name, unit and how it is computed from the record as [Y, P] or, for the region, [Y]."""

    variable: str
    unit: str
    measure: Reader
    weight: Reader | None = None  # [Y, P] by which the mean of provinces makes the region; None: they add up


def scaled(read: Reader, scale: float) -> Reader:
    """Return how to read a quantity in a unit that is `scale` of its own."""
    return lambda r: read(r) / scale


def column(read: Reader, i: int, scale: float) -> Reader:
    """Return how to read column `i` of what is read as [Y, P, n], in a unit that is `scale` of its own."""
    return lambda r: read(r)[:, :, i] / scale


def percent(part: Floats, whole: Floats) -> Floats:
    """Return a share in percent, 0 where there is nothing."""
    return np.asarray(100.0 * part / np.maximum(whole, 1e-9))
