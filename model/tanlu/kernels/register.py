"""Add up loans by who holds them."""

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import kernel

type Floats = NDArray[np.float64]


@kernel
def sum_by_holder(amount: Floats, holder_share: Floats) -> Floats:
    """Return what of an amount of each loan goes to each lender, f8[L]; loan by loan, so that bits are always the same.

    Args:
        amount: f8[N].
        holder_share: f8[N, L].
    """
    held = np.zeros(holder_share.shape[1])
    for i in range(amount.size):
        for x in range(held.size):
            held[x] += amount[i] * holder_share[i, x]
    return held
