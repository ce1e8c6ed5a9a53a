"""The form of an indicator: its name, unit and how it is computed from a run's stacked record."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.simulation.record import YearRecord


class Indicator(NamedTuple):
    """One variable: its name, unit and how it is computed from the record as [Y, P] or, for the region, [Y]."""

    variable: str
    unit: str
    measure: Callable[[YearRecord], Floats]
    combine: str | Callable[[YearRecord], Floats] = (
        "sum"  # how provinces make the region: sum, or a weight [Y, P]
    )


def percent(part: Floats, whole: Floats) -> Floats:
    """Return a share in percent, 0 where there is nothing."""
    return np.asarray(100.0 * part / np.maximum(whole, 1e-9))
