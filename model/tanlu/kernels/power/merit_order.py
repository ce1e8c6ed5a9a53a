"""Order everything that can set the price in electricity zones, once a year.

A zone's *stack* lists its units in order of cost; curtailment comes first, at price 0 (a negative net load
lands there), and unserved energy last, at the scarcity price, so that neither needs a rule of its own. Units of equal
cost are one *entry* of it: nothing that prices decide depends on which of them runs.
The *axis* of one of two zones lists all that can set its price, in order of price: its own units; the other zone's
less the wheeling cost, which its exports displace; the other zone's plus it, which its imports use; and its own less
twice that cost, which an exporter would take back. Without a wheeling cost these are two kinds, not four.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel, plain

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

CURTAILMENT, UNSERVED = -1, -2  # on a stack, but no unit
DOMESTIC, EXPORT, IMPORT, RETURN = 0, 1, 2, 3  # kinds of item on an axis


class StackUnits(NamedTuple):
    """What can be called up; axes unit U, month M."""

    zone: Integers  # [U]
    capacity_mw: Floats  # [U]
    availability: Floats  # [U, M] share of capacity, 0..1
    cost_cny_per_mwh: Floats  # [U] marginal cost, >= 0
    order: Integers  # [U] units in order of cost; of equal costs the one listed first runs first


class MeritOrder(NamedTuple):
    """The year's stacks, and the axes of two zones; axes: zone Z, place S, entry N, month M, axis item K."""

    unit: Integers  # [Z, S] the unit in each place, CURTAILMENT or UNSERVED
    unit_price_cny_per_mwh: Floats  # [Z, S]
    unit_total: Integers  # [Z] places of the stack
    unit_start_mw: Floats  # [Z, M, S + 1] capacity before each place; 0 after curtailment
    entry_price_cny_per_mwh: Floats  # [Z, N], then inf
    entry_total: Integers  # [Z] entries of the stack
    start_mw: Floats  # [Z, M, N + 1] capacity before each entry
    item_price_cny_per_mwh: Floats  # [2, K] in the zone's own price
    entries_below: Integers  # [2, 4, K + 1] entries of each kind among the first items
    first_item: Integers  # [2] items up to price 0
    item_total: Integers  # [2] items of the axis


class _Entries(NamedTuple):
    """Units in order of cost, equal costs as one; fields as in `MeritOrder`."""

    unit: Integers  # [Z, S]
    unit_price: Floats  # [Z, S]
    unit_total: Integers  # [Z]
    begin: Integers  # [Z, N + 1] first place of each entry
    price: Floats  # [Z, N], then inf
    rank: Integers  # [Z, N] of the first unit among all units by cost
    total: Integers  # [Z]


@plain
def _add_unit(entries: _Entries, z: int, unit: int, price: float, rank: int) -> None:
    """Put a unit last on the zone's stack.

    It joins the last entry if that has its price.
    """
    place, last = entries.unit_total[z], entries.total[z] - 1
    if unit < 0 or last == 0 or entries.price[z, last] != price:  # curtailment costs 0 too, but is no unit
        last += 1
        entries.price[z, last], entries.rank[z, last], entries.begin[z, last] = price, rank, place
        entries.total[z] += 1
    entries.unit[z, place], entries.unit_price[z, place] = unit, price
    entries.unit_total[z] = entries.begin[z, last + 1] = place + 1


@helper
def _build_stacks(units: StackUnits, zones: int, scarcity_price: float) -> _Entries:
    """Build the zones' stacks.

    Units dearer than the scarcity price never run.
    """
    n = units.order.size + 3
    unit, rank = np.zeros((zones, n), np.int64), np.zeros((zones, n), np.int64)
    begin = np.zeros((zones, n + 1), np.int64)
    unit_price, price = np.zeros((zones, n)), np.zeros((zones, n))
    for z in range(zones):
        for e in range(n):
            price[z, e], rank[z, e] = np.inf, n
    total = np.zeros(zones, np.int64)
    entries = _Entries(unit, unit_price, np.zeros(zones, np.int64), begin, price, rank, total)
    for z in range(zones):
        _add_unit(entries, z, CURTAILMENT, 0.0, -1)
    for r in range(units.order.size):
        u = units.order[r]
        if units.cost_cny_per_mwh[u] <= scarcity_price:
            _add_unit(entries, units.zone[u], u, units.cost_cny_per_mwh[u], r)
    for z in range(zones):
        _add_unit(entries, z, UNSERVED, scarcity_price, n)
    return entries


@plain
def _merge_axis(
    zone: int,
    price: Floats,
    rank: Integers,
    size: Integers,
    wheeling: float,
    item_price: Floats,
    entries_below: Integers,
) -> tuple[int, int]:
    """Fill the zone's axis by price; return first and total items.

    Equal prices stand in order of rank.
    """
    neighbour, has_wheeling = 1 - zone, wheeling > 0.0
    i, e, m, r, k, first = 0, 0, 0, 0, 0, 0
    while i < size[zone] or m < size[neighbour]:
        domestic_price, export_price = price[zone, i], price[neighbour, e] - wheeling
        import_price, return_price = price[neighbour, m] + wheeling, price[zone, r] - 2.0 * wheeling
        lowest = min(min(domestic_price, export_price), min(import_price, return_price))
        tie = domestic_price == export_price and 2 * rank[zone, i] + zone < 2 * rank[neighbour, e] + neighbour
        if has_wheeling and return_price == lowest:
            r += 1
        elif domestic_price == lowest and (domestic_price < export_price or tie):
            i += 1
            r += not has_wheeling
        elif export_price == lowest:
            e += 1
            m += not has_wheeling
        else:
            m += 1
        item_price[zone, k] = lowest
        k += 1
        entries_below[zone, DOMESTIC, k], entries_below[zone, EXPORT, k] = i, e
        entries_below[zone, IMPORT, k], entries_below[zone, RETURN, k] = m, r
        if first == 0 and min(i, e) == 1:
            first = k
    return first, k


@plain
def _find_largest(load: Floats) -> float:
    """Return the greatest absolute value of load [Z, M, D, H]."""
    largest = 0.0
    for value in load.flat:
        largest = max(largest, abs(value))
    return largest


@kernel
def merit_order(
    units: StackUnits,
    net_load_mw: Floats,
    reservoir_maximum_mw: Floats,
    store_power_mw: Floats,
    wheeling_cost_cny_per_mwh: Floats,
    scarcity_price_cny_per_mwh: float,
) -> MeritOrder:
    """Build the year's stacks and axes.

    Args:
        units: of all zones.
        net_load_mw: f8[Z, M, D, H]; this and the next two bound what curtailment and unserved energy may take.
        reservoir_maximum_mw: f8[Z, M].
        store_power_mw: f8[Z].
        wheeling_cost_cny_per_mwh: f8[L] cost of the flow, >= 0; axes are of two zones and one line alone.
        scarcity_price_cny_per_mwh: f8 price of unserved energy.
    """
    zones, months = net_load_mw.shape[:2]
    entries = _build_stacks(units, zones, scarcity_price_cny_per_mwh)
    size, width = entries.total, np.max(entries.total) + 1
    axes = zones if zones == 2 and wheeling_cost_cny_per_mwh.size == 1 else 0
    items = 2 * np.sum(size)
    item_price, entries_below = np.zeros((axes, items)), np.zeros((axes, 4, items + 1), np.int64)
    first, total = np.zeros(axes, np.int64), np.zeros(axes, np.int64)
    unit_start, start = (
        np.zeros((zones, months, entries.unit.shape[1] + 1)),
        np.zeros((zones, months, width + 1)),
    )
    water, power = 0.0, 0.0
    for z in range(zones):
        power = max(power, store_power_mw[z])
        for m in range(months):
            water = max(water, reservoir_maximum_mw[z, m])
    # More than any hour's load.
    unlimited = 1.0 + 2.0 * zones * (_find_largest(net_load_mw) + water + power)
    for z in range(axes):
        first[z], total[z] = _merge_axis(
            z, entries.price, entries.rank, size, wheeling_cost_cny_per_mwh[0], item_price, entries_below
        )
    for z in range(zones):
        for m in range(months):
            unit_start[z, m, 0] = -unlimited
            for s in range(entries.unit_total[z]):
                u = entries.unit[z, s]
                capacity = units.capacity_mw[u] * units.availability[u, m] if u >= 0 else unlimited
                unit_start[z, m, s + 1] = unit_start[z, m, s] + capacity
            for e in range(size[z] + 1):
                start[z, m, e] = unit_start[z, m, entries.begin[z, e]]
    return MeritOrder(
        unit=entries.unit,
        unit_price_cny_per_mwh=entries.unit_price,
        unit_total=entries.unit_total,
        unit_start_mw=unit_start,
        entry_price_cny_per_mwh=entries.price[:, :width].copy(),
        entry_total=size,
        start_mw=start,
        item_price_cny_per_mwh=item_price,
        entries_below=entries_below,
        first_item=first,
        item_total=total,
    )
