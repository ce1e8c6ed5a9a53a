"""What water is worth on average over the years that it may be like, month by month."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

kernel = njit(nogil=True, cache=True)
helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


@helper
def _last_called(below: Floats, asked: float) -> int:
    """Return the first offer at which what is offered so far [I] reaches what is asked; I where nothing does."""
    low, high = 0, below.size
    while low < high:
        middle = (low + high) // 2
        if below[middle] + 1e-6 < asked:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def mean_worth(
    cost_cny_per_mwh: Floats,
    offered_mw: Floats,
    called_mw: Floats,
    water_mw: Floats,
    sold_mwh: Floats,
    cap_cny_per_mwh: Floats,
    scarcity_price_cny_per_mwh: float,
) -> Floats:
    """Return the mean worth of water over years K, each hour's under the cap, weighted with what is sold, f8[M].

    In a year that brings more water less is called of the offers, dearest first; the worth of an hour is the cost of
    what is called last.

    Args:
        cost_cny_per_mwh: f8[I] of the offers.
        offered_mw: f8[I, M].
        called_mw: f8[M, D, H] of the offers in this year; negative: so much is curtailed.
        water_mw: f8[K, M] mean output that each year has more than this one.
        sold_mwh: f8[M, D, H] the weight of each hour; where a month sells nothing its hours weigh the same.
        cap_cny_per_mwh: f8[M].
        scarcity_price_cny_per_mwh: where the offers do not suffice.
    """
    order, months = np.argsort(cost_cny_per_mwh, kind="mergesort"), cap_cny_per_mwh.size
    below, mean = np.empty(order.size), np.zeros(months)
    for m in range(months):
        total, weight = 0.0, 0.0
        for i in range(order.size):
            total += offered_mw[order[i], m]
            below[i] = total
        worth = 0.0
        for d in range(called_mw.shape[1]):
            for h in range(called_mw.shape[2]):
                share = max(sold_mwh[m, d, h], 1e-9)
                weight += share
                for k in range(water_mw.shape[0]):
                    i = _last_called(below, called_mw[m, d, h] - water_mw[k, m])
                    price = cost_cny_per_mwh[order[i]] if i < order.size else scarcity_price_cny_per_mwh
                    worth += share * min(price, cap_cny_per_mwh[m])
        mean[m] = worth / (weight * water_mw.shape[0])
    return mean
