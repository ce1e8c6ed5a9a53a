"""The array types that every signature uses."""

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]


def sum_by_group(group: Integers, value: Floats | Booleans, groups: int = 0) -> Floats:
    """Add up a value by group, as floats whatever is there.

    Args:
        group: of each row [n].
        value: of each row [n].
        groups: how many there are at least; else as many as the rows have.
    """
    if group.size == 0:  # of nothing, bincount makes whole numbers
        return np.zeros(groups)
    return np.bincount(group, value, groups)
