"""Order everything that can set the price in two coupled electricity zones, once a year.

A zone's *stack* lists its units in order of cost; curtailment comes first, at price 0 (a negative net load
lands there), and unserved energy last, at the scarcity price, so that neither needs a rule of its own.
A zone's *axis* lists all that can set its price, in order of price: its own units; the other zone's less the
wheeling cost, which its exports displace; the other zone's plus it, which its imports use; and its own less
twice that cost, which an exporter would take back. Without a wheeling cost these are two kinds, not four.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

CURTAILMENT, UNSERVED = -1, -2  # entries of a stack that are no unit
OWN, EXPORT, IMPORT, RETURN = 0, 1, 2, 3  # kinds of item on an axis

kernel = njit(nogil=True, cache=True)
# Helpers are compiled into the kernel and cached with it; without wrappers that takes half the time.
helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


class StackUnits(NamedTuple):
    """What can be called up; axes unit U, month M."""

    zone: Integers  # [U] 0 or 1
    capacity_mw: Floats  # [U]
    availability: Floats  # [U, M] share of capacity, 0..1
    cost_cny_per_mwh: Floats  # [U] marginal cost, >= 0
    order: Integers  # [U] units in order of cost; of equal costs the one listed first runs first


class MeritOrder(NamedTuple):
    """The year's stacks and axes; axes: zone 2, stack entry N, month M, axis item K."""

    entry_unit: Integers  # [2, N] the unit, CURTAILMENT or UNSERVED
    entry_price_cny_per_mwh: Floats  # [2, N], then inf
    entry_total: Integers  # [2] entries of the stack
    below_mw: Floats  # [2, M, N + 1] capacity before each entry; 0 after curtailment
    item_price_cny_per_mwh: Floats  # [2, K] in the zone's own price
    entries_below: Integers  # [2, 4, K + 1] entries of each kind among the first items
    first_item: Integers  # [2] items up to price 0
    item_total: Integers  # [2] items of the axis


@helper
def _stacks(units: StackUnits, scarcity_price: float) -> tuple[Integers, Floats, Integers, Integers]:
    """Return unit, price, rank [2, N] and size [2]; units dearer than the scarcity price never run."""
    unit_cost, unit_order = units.cost_cny_per_mwh, units.order
    n = unit_cost.size + 3
    unit, price, rank = np.zeros((2, n), np.int64), np.zeros((2, n)), np.zeros((2, n), np.int64)
    size = np.zeros(2, np.int64)
    for z in range(2):
        size[z] = 1
        for e in range(n):
            unit[z, e], price[z, e], rank[z, e] = UNSERVED, np.inf, n
    for z in range(2):
        unit[z, 0], price[z, 0], rank[z, 0] = CURTAILMENT, 0.0, -1
    for r in range(unit_order.size):
        u = unit_order[r]
        z = units.zone[u]
        if unit_cost[u] <= scarcity_price:
            unit[z, size[z]], price[z, size[z]], rank[z, size[z]] = u, unit_cost[u], r
            size[z] += 1
    for z in range(2):
        price[z, size[z]] = scarcity_price
        size[z] += 1
    return unit, price, rank, size


@helper
def _merge(
    zone: int,
    price: Floats,
    rank: Integers,
    size: Integers,
    wheeling: float,
    item_price: Floats,
    below: Integers,
) -> tuple[int, int]:
    """Fill the zone's axis in order of price, equal prices by rank; return its first and total items."""
    other, apart = 1 - zone, wheeling > 0.0
    i, e, m, r, k, first = 0, 0, 0, 0, 0, 0
    while i < size[zone] or m < size[other]:
        own, exported = price[zone, i], price[other, e] - wheeling
        imported, returned = price[other, m] + wheeling, price[zone, r] - 2.0 * wheeling
        lowest = min(min(own, exported), min(imported, returned))
        tie = own == exported and 2 * rank[zone, i] + zone < 2 * rank[other, e] + other
        if apart and returned == lowest:
            r += 1
        elif own == lowest and (own < exported or tie):
            i += 1
            r += not apart
        elif exported == lowest:
            e += 1
            m += not apart
        else:
            m += 1
        item_price[zone, k] = lowest
        k += 1
        below[zone, OWN, k], below[zone, EXPORT, k] = i, e
        below[zone, IMPORT, k], below[zone, RETURN, k] = m, r
        if first == 0 and min(i, e) == 1:
            first = k
    return first, k


@helper
def _largest(load: Floats) -> float:
    """Return the greatest absolute value of load [2, M, D, H]."""
    most = 0.0
    for value in load.flat:
        most = max(most, abs(value))
    return most


@kernel
def merit_order(
    units: StackUnits,
    net_load_mw: Floats,
    reservoir_maximum_mw: Floats,
    store_power_mw: Floats,
    wheeling_cost_cny_per_mwh: float,
    scarcity_price_cny_per_mwh: float,
) -> MeritOrder:
    """Build the year's stacks and axes.

    Args:
        units: of both zones.
        net_load_mw: f8[2, M, D, H]; this and the next two bound what curtailment and unserved energy may take.
        reservoir_maximum_mw: f8[2, M].
        store_power_mw: f8[2].
        wheeling_cost_cny_per_mwh: f8 cost of the flow between the zones, >= 0.
        scarcity_price_cny_per_mwh: f8 price of unserved energy.
    """
    unit, price, rank, size = _stacks(units, scarcity_price_cny_per_mwh)
    months, items = units.availability.shape[1], 2 * (size[0] + size[1])
    item_price, entries_below = np.zeros((2, items)), np.zeros((2, 4, items + 1), np.int64)
    first, total, below = (
        np.zeros(2, np.int64),
        np.zeros(2, np.int64),
        np.zeros((2, months, price.shape[1] + 1)),
    )
    # More than any hour's load.
    unlimited = 1.0 + 4.0 * (_largest(net_load_mw) + reservoir_maximum_mw.max() + store_power_mw.max())
    for z in range(2):
        first[z], total[z] = _merge(
            z, price, rank, size, wheeling_cost_cny_per_mwh, item_price, entries_below
        )
        for m in range(months):
            below[z, m, 0] = -unlimited
        for s in range(size[z]):
            u = unit[z, s]
            for m in range(months):
                capacity = units.capacity_mw[u] * units.availability[u, m] if u >= 0 else unlimited
                below[z, m, s + 1] = below[z, m, s] + capacity
    return MeritOrder(unit, price, size, below, item_price, entries_below, first, total)
