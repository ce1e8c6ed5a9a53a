"""Clear every hour of one year of two coupled electricity zones by merit order.

Stacks and axes are explained in `merit_order.py`.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

OWN, EXPORT = 0, 1  # kinds of item on an axis

kernel = njit(nogil=True, cache=True)
# Helpers are compiled into the kernel and cached with it; without wrappers that takes half the time.
helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
# What runs thousands of times a year is copied into its callers: handing over arrays costs more than using them.
inlined = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


class DispatchStacks(NamedTuple):
    """What the year's months share: of `MeritOrder`, field by field, and of the line."""

    entry_unit: Integers  # [2, N]
    entry_price_cny_per_mwh: Floats  # [2, N]
    entry_total: Integers  # [2]
    below_mw: Floats  # [2, M, N + 1]
    entries_below: Integers  # [2, 4, K + 1]
    item_total: Integers  # [2]
    wheeling_cost_cny_per_mwh: float
    line_loss_share: float  # of a flow that does not arrive


class StorageYear(NamedTuple):
    """What reservoirs and stores do; axes zone 2, month M, day type D, hour H."""

    reservoir_mw: Floats  # [2, M, D, H]
    water_value_cny_per_mwh: Floats  # [2, M]
    water_sets_price: Booleans  # [2, M, D, H] where the reservoir is marginal
    spilled_mwh: Floats  # [2, M] reservoir energy that no hour could absorb
    charge_mw: Floats  # [2, M, D, H]
    discharge_mw: Floats  # [2, M, D, H]


class Dispatch(NamedTuple):
    """One cleared year; axes: unit U in the caller's order, zone 2, month M, day type D, hour H."""

    unit_output_mwh: Floats  # [U] over the year
    unit_output_by_month_mwh: Floats  # [U, M]
    unit_revenue_cny: Floats  # [U] sum of price times output
    price_cny_per_mwh: Floats  # [2, M, D, H]
    flow_mw: Floats  # [M, D, H] positive from zone 0 to zone 1
    units_mw: Floats  # [2, M, D, H] output of all units of the zone
    surplus_mw: Floats  # [2, M, D, H] curtailed
    unserved_mw: Floats  # [2, M, D, H]
    cost_cny: float  # of units, wheeling and unserved energy
    reservoir_mw: Floats  # [2, M, D, H]
    # [2, M] 0 where water is spilled or its release has no freedom; of the other days where some are apart
    water_value_cny_per_mwh: Floats
    spilled_mwh: Floats  # [2, M] reservoir energy that no hour could absorb
    charge_mw: Floats  # [2, M, D, H]
    discharge_mw: Floats  # [2, M, D, H]


class _Year(NamedTuple):
    """The year's hours T = D * H of each month M, and room for one month's marks."""

    weight: Floats  # [M, T] hours for which an hour stands
    load: Floats  # [2, M, T] MW left by the reservoirs
    supply: Floats  # [2, M, T] MW of units and unserved energy; negative: curtailed
    price: Floats  # [2, M, T] CNY/MWh
    flow: Floats  # [M, T] MW from zone 0 to zone 1
    limit: Floats  # [2, M] MW each zone can export
    joint: Floats  # [2, K + 1] MW of own and export items before each item
    wanted: Floats  # [2, T] MW each zone would export without a limit
    entry: Integers  # [2, T] marginal entry of each stack
    known: Booleans  # [2, T] whether a unit or the reservoir is partly used and so sets the zone's price
    tolerance: float  # MW below which quantities are alike


@inlined
def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


@inlined
def _last_below(values: Floats, size: int, x: float) -> int:
    """Return the last k < `size` with values[k] < x, or 0; `values` ascends."""
    k = 0
    while size > 1:
        half = size >> 1
        k = k + half if values[k + half] < x else k
        size -= half
    return k


@inlined
def _fill_joint(order: DispatchStacks, year: _Year, m: int, zone: int) -> None:
    for k in range(order.item_total[zone] + 1):
        own, exported = order.entries_below[zone, OWN, k], order.entries_below[zone, EXPORT, k]
        year.joint[zone, k] = order.below_mw[zone, m, own] + order.below_mw[1 - zone, m, exported]


@inlined
def _exports(order: DispatchStacks, year: _Year, m: int, zone: int) -> None:
    """Set what `zone` would export without a limit (negative: nothing), from its joint stack."""
    other, tied = 1 - zone, order.wheeling_cost_cny_per_mwh == 0.0
    joint, below, exported = year.joint[zone], order.below_mw[other, m], order.entries_below[zone, EXPORT]
    near_served = order.below_mw[zone, m, order.entry_total[zone] - 1]
    far_served, size = below[order.entry_total[other] - 1], order.item_total[zone] + 1
    near, far, wanted = year.load[zone, m], year.load[other, m], year.wanted[zone]
    for t in range(far.size):
        total = near[t] + far[t]
        k = _last_below(joint, size, total)
        supply = min(below[exported[k + 1]], below[exported[k]] + total - joint[k])
        # What both zones curtail, or cannot serve, is left where it arises.
        if tied and total <= 0.0:
            supply = max(total, min(far[t], 0.0))
        elif tied and total > near_served + far_served:
            supply = max(far_served, min(total - near_served, far[t]))
        wanted[t] = far[t] - supply


@inlined
def _flows(order: DispatchStacks, year: _Year, m: int) -> None:
    """Set the flow of every hour."""
    apart = order.wheeling_cost_cny_per_mwh > 0.0
    for zone in range(2 if apart else 1):  # without a wheeling cost both axes are alike
        _fill_joint(order, year, m, zone)
        _exports(order, year, m, zone)
    for t in range(year.wanted.shape[1]):
        wanted = year.wanted[0, t]
        if apart and wanted <= 0.0:
            wanted = min(-year.wanted[1, t], 0.0)
        year.flow[m, t] = _clip(wanted, -year.limit[1, m], year.limit[0, m])


@inlined
def _supplies(
    order: DispatchStacks, year: _Year, m: int, z: int, water_value: float, marginal: Booleans
) -> None:
    """Set the zone's supply, the last entry accepted and its price, as if the zone were alone."""
    below, size, sign, tolerance = (
        order.below_mw[z, m],
        order.entry_total[z] + 1,
        1.0 - 2.0 * z,
        year.tolerance,
    )
    load, supply, price = year.load[z, m], year.supply[z, m], year.price[z, m]
    for t in range(load.size):
        leaving = sign * year.flow[m, t]
        x = load[t] + leaving
        e = _last_below(below, size, x - tolerance)
        price[t] = water_value if marginal[t] else order.entry_price_cny_per_mwh[z, e]
        year.known[z, t] = marginal[t] or below[e] + tolerance < x < below[e + 1] - tolerance
        if leaving < 0.0 and order.line_loss_share > 0.0:  # prices are those before what the line loses
            x -= order.line_loss_share * leaving
            e = _last_below(below, size, x - tolerance)
        supply[t], year.entry[z, t] = x, e


@inlined
def _couple(order: DispatchStacks, year: _Year, m: int) -> None:
    """Bring a price that nothing in its own zone sets into the range that the flow leaves it.

    Power flows only where it gains the wheeling cost, and until it gains no more or the line is full.
    """
    wheeling, tolerance = order.wheeling_cost_cny_per_mwh, year.tolerance
    for t in range(year.known.shape[1]):
        flow, near, far = year.flow[m, t], year.price[0, m, t], year.price[1, m, t]
        least = -wheeling if flow > tolerance - year.limit[1, m] else -np.inf
        most = wheeling if flow < year.limit[0, m] - tolerance else np.inf
        least = wheeling if flow > tolerance else least
        most = -wheeling if flow < -tolerance else most
        if not year.known[1, t]:
            far = max(far, near + least)
            far = min(far, near + most) if year.known[0, t] else far
        if not year.known[0, t]:
            near = max(near, far - most)
            near = min(near, far - least) if year.known[1, t] else near
        year.price[0, m, t], year.price[1, m, t] = near, far


@inlined
def _tally(order: DispatchStacks, year: _Year, m: int, z: int, total: Floats) -> None:
    """Set total [4, N], summed over hours by marginal entry.

    Hours, and price x hours, in which all entries before it are full; its own energy and revenue.
    """
    for row in range(4):
        for e in range(order.entry_total[z]):
            total[row, e] = 0.0
    for t in range(year.entry.shape[1]):
        e, weight, price = year.entry[z, t], year.weight[m, t], year.price[z, m, t]
        partial = weight * (year.supply[z, m, t] - order.below_mw[z, m, e])
        total[0, e] += weight
        total[1, e] += weight * price
        total[2, e] += partial
        total[3, e] += partial * price


@helper
def _add_units(
    order: DispatchStacks, m: int, z: int, total: Floats, output: Floats, revenue: Floats
) -> float:
    """Set output [U, M] and add to revenue [U] of the zone's units; return their cost with unserved energy's."""
    cost, hours, value = 0.0, 0.0, 0.0
    for e in range(order.entry_total[z] - 1, 0, -1):
        capacity = order.below_mw[z, m, e + 1] - order.below_mw[z, m, e]
        energy = capacity * hours + total[2, e]
        cost += energy * order.entry_price_cny_per_mwh[z, e]
        u = order.entry_unit[z, e]
        if u >= 0:
            output[u, m] = energy
            revenue[u] += capacity * value + total[3, e]
        hours += total[0, e]
        value += total[1, e]
    return cost


@helper
def _year(
    load: Floats,
    reservoir: Floats,
    day_weight: Floats,
    forward: Floats,
    backward: Floats,
    entries_below: Integers,
) -> _Year:
    months, days, hours = load.shape[1:]
    length, largest = days * hours, 0.0
    by_zone = np.zeros((3, 2, months, length))
    weight, limit = np.zeros((months, length)), np.zeros((2, months))
    for m in range(months):
        limit[0, m], limit[1, m] = forward[m], backward[m]
        for t in range(length):
            d, h = t // hours, t % hours
            weight[m, t] = day_weight[m, d]
            for z in range(2):
                by_zone[0, z, m, t] = load[z, m, d, h] - reservoir[z, m, d, h]
                largest = max(largest, abs(load[z, m, d, h]))
    return _Year(
        weight=weight,
        load=by_zone[0],
        supply=by_zone[1],
        price=by_zone[2],
        flow=np.zeros((months, length)),
        limit=limit,
        joint=np.zeros((2, entries_below.shape[2])),
        wanted=np.zeros((2, length)),
        entry=np.zeros((2, length), np.int64),
        known=np.zeros((2, length), np.bool_),
        tolerance=1e-10 * largest,
    )


@helper
def _split(order: DispatchStacks, year: _Year) -> tuple[Floats, float]:
    """Return units, surplus and unserved MW [3, 2, M, T], and the energy sent along the line."""
    part, sent = np.zeros((3, 2, *year.flow.shape)), 0.0
    for m in range(year.flow.shape[0]):
        for t in range(year.flow.shape[1]):
            sent += year.weight[m, t] * abs(year.flow[m, t])
            for z in range(2):
                supply = year.supply[z, m, t]
                part[2, z, m, t] = max(supply - order.below_mw[z, m, order.entry_total[z] - 1], 0.0)
                part[1, z, m, t] = max(-supply, 0.0)
                part[0, z, m, t] = max(supply, 0.0) - part[2, z, m, t]
    return part, sent


@kernel
def dispatch_year(
    units: int,
    order: DispatchStacks,
    net_load_mw: Floats,
    day_weight: Floats,
    line_forward_mw: Floats,
    line_backward_mw: Floats,
    storage: StorageYear,
) -> Dispatch:
    """Clear every hour of the year at least cost, given the reservoirs' output.

    The price is the cost of the last unit accepted in the zone or, where the line is not full, in both; the
    water value where a reservoir is marginal; 0 where output is curtailed; the scarcity price where load is
    not served. Without a wheeling cost the price is one wherever the line is not full. What the line loses is
    generated where the flow arrives; flows are chosen by the wheeling cost, which stands for it.

    Args:
        units: number of units.
        order: stacks and line.
        net_load_mw: f8[2, M, D, H] load less must-run output; negative: surplus.
        day_weight: f8[M, D] days of each type.
        line_forward_mw: f8[M] highest flow from zone 0 to zone 1.
        line_backward_mw: f8[M] highest flow from zone 1 to zone 0.
        storage: what reservoirs and stores do.
    """
    reservoir, shared = storage.reservoir_mw, order.entries_below
    year = _year(net_load_mw, reservoir, day_weight, line_forward_mw, line_backward_mw, shared)
    months, length = year.flow.shape
    marginal = storage.water_sets_price.reshape((2, months, length))
    output, by_month, revenue = np.zeros(units), np.zeros((units, months)), np.zeros(units)
    total, cost = np.zeros((4, order.entry_unit.shape[1])), 0.0
    for m in range(months):
        _flows(order, year, m)
        for z in range(2):
            _supplies(order, year, m, z, storage.water_value_cny_per_mwh[z, m], marginal[z, m])
        _couple(order, year, m)
        for z in range(2):
            _tally(order, year, m, z, total)
            cost += _add_units(order, m, z, total, by_month, revenue)
        for u in range(units):
            output[u] += by_month[u, m]
    part, sent = _split(order, year)
    shape = net_load_mw.shape
    return Dispatch(
        unit_output_mwh=output,
        unit_output_by_month_mwh=by_month,
        unit_revenue_cny=revenue,
        price_cny_per_mwh=year.price.reshape(shape),
        flow_mw=year.flow.reshape(shape[1:]),
        units_mw=part[0].reshape(shape),
        surplus_mw=part[1].reshape(shape),
        unserved_mw=part[2].reshape(shape),
        cost_cny=cost + order.wheeling_cost_cny_per_mwh * sent,
        reservoir_mw=reservoir,
        water_value_cny_per_mwh=storage.water_value_cny_per_mwh,
        spilled_mwh=storage.spilled_mwh,
        charge_mw=storage.charge_mw,
        discharge_mw=storage.discharge_mw,
    )
