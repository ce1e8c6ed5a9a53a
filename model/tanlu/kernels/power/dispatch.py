"""Clear every hour of one year of two coupled electricity zones by merit order.

Stacks and axes are explained in `merit_order.py`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, inlined, kernel, plain

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

DOMESTIC, EXPORT = 0, 1  # kinds of item on an axis


class DispatchStacks(NamedTuple):
    """What flows and prices read of `MeritOrder`, field by field, and of the line."""

    entry_price_cny_per_mwh: Floats  # [2, N]
    entry_total: Integers  # [2]
    start_mw: Floats  # [2, M, N + 1]
    entries_below: Integers  # [2, 4, K + 1]
    item_total: Integers  # [2]
    wheeling_cost_cny_per_mwh: float
    line_loss_share: float  # of a flow that does not arrive


class UnitStacks(NamedTuple):
    """What units and lines cost: of `MeritOrder`, field by field, and of the lines."""

    unit: Integers  # [Z, S]
    unit_price_cny_per_mwh: Floats  # [Z, S]
    unit_total: Integers  # [Z]
    unit_start_mw: Floats  # [Z, M, S + 1]
    wheeling_cost_cny_per_mwh: Floats  # [L]


class HourlySupply(NamedTuple):
    """What units and lines do in each hour; axes zone Z, line L, month M, day type D, hour H."""

    supply_mw: Floats  # [Z, M, D, H] of units and unserved energy; negative: curtailed
    price_cny_per_mwh: Floats  # [Z, M, D, H]
    flow_mw: Floats  # [L, M, D, H] positive from the first end of a line to the second


class StorageYear(NamedTuple):
    """What reservoirs and stores do; axes zone Z, month M, day type D, hour H."""

    reservoir_mw: Floats  # [Z, M, D, H]
    water_value_cny_per_mwh: Floats  # [Z, M]
    water_sets_price: Booleans  # [Z, M, D, H] where the reservoir is marginal
    spilled_mwh: Floats  # [Z, M] reservoir energy that no hour could absorb
    charge_mw: Floats  # [Z, M, D, H]
    discharge_mw: Floats  # [Z, M, D, H]


class Dispatch(NamedTuple):
    """One cleared year; axes: unit U in the caller's order, zone Z, line L, month M, day type D, hour H."""

    unit_output_mwh: Floats  # [U] over the year
    unit_output_by_month_mwh: Floats  # [U, M]
    unit_revenue_cny: Floats  # [U] sum of price times output
    price_cny_per_mwh: Floats  # [Z, M, D, H]
    flow_mw: Floats  # [L, M, D, H] positive from the first end of a line to the second
    units_mw: Floats  # [Z, M, D, H] output of all units of the zone
    surplus_mw: Floats  # [Z, M, D, H] curtailed
    unserved_mw: Floats  # [Z, M, D, H]
    cost_cny: float  # of units, wheeling and unserved energy
    reservoir_mw: Floats  # [Z, M, D, H]
    # [Z, M] 0 where water is spilled or its release has no freedom; of the other days where some are apart
    water_value_cny_per_mwh: Floats
    spilled_mwh: Floats  # [Z, M] reservoir energy that no hour could absorb
    charge_mw: Floats  # [Z, M, D, H]
    discharge_mw: Floats  # [Z, M, D, H]
    gap_cny: float  # by which the cost may at most exceed the least


class _Year(NamedTuple):
    """The year's hours T = D * H of each month M, and room for one month's marks."""

    load: Floats  # [2, M, T] MW left by the reservoirs
    supply: Floats  # [2, M, T] MW of units and unserved energy; negative: curtailed
    price: Floats  # [2, M, T] CNY/MWh
    flow: Floats  # [M, T] MW from zone 0 to zone 1
    limit: Floats  # [2, M] MW each zone can export
    joint: Floats  # [2, K + 1] MW of own and export items before each item
    free_export: Floats  # [2, T] MW each zone would export without a limit
    sets_price: Booleans  # [2, T] whether a unit or the reservoir is partly used and so sets the zone's price
    tolerance: float  # MW below which quantities are alike


@inlined
def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


@inlined
def _find_last_below(values: Floats, size: int, x: float) -> int:
    """Find the last k < `size` with values[k] < x, or 0.

    `values` have to rise.
    """
    k = 0
    while size > 1:
        half = size >> 1
        k = k + half if values[k + half] < x else k
        size -= half
    return k


@inlined
def _fill_joint(order: DispatchStacks, year: _Year, m: int, zone: int) -> None:
    for k in range(order.item_total[zone] + 1):
        domestic, exported = order.entries_below[zone, DOMESTIC, k], order.entries_below[zone, EXPORT, k]
        year.joint[zone, k] = order.start_mw[zone, m, domestic] + order.start_mw[1 - zone, m, exported]


@inlined
def _set_free_exports(order: DispatchStacks, year: _Year, m: int, zone: int) -> None:
    """Set a zone's exports without a limit, from its joint stack.

    A negative one stands for none.
    """
    far, tied = 1 - zone, order.wheeling_cost_cny_per_mwh == 0.0
    joint, start_mw, exported = year.joint[zone], order.start_mw[far, m], order.entries_below[zone, EXPORT]
    near_served = order.start_mw[zone, m, order.entry_total[zone] - 1]
    far_served, size = start_mw[order.entry_total[far] - 1], order.item_total[zone] + 1
    near_load, far_load, free_export = year.load[zone, m], year.load[far, m], year.free_export[zone]
    for t in range(far_load.size):
        total = near_load[t] + far_load[t]
        k = _find_last_below(joint, size, total)
        supply = min(start_mw[exported[k + 1]], start_mw[exported[k]] + total - joint[k])
        # What both zones curtail, or cannot serve, is left where it arises.
        if tied and total <= 0.0:
            supply = max(total, min(far_load[t], 0.0))
        elif tied and total > near_served + far_served:
            supply = max(far_served, min(total - near_served, far_load[t]))
        free_export[t] = far_load[t] - supply


@inlined
def _set_flows(order: DispatchStacks, year: _Year, m: int) -> None:
    """Set the flow of every hour."""
    has_wheeling = order.wheeling_cost_cny_per_mwh > 0.0
    for zone in range(2 if has_wheeling else 1):  # without a wheeling cost both axes are alike
        _fill_joint(order, year, m, zone)
        _set_free_exports(order, year, m, zone)
    for t in range(year.free_export.shape[1]):
        flow = year.free_export[0, t]
        if has_wheeling and flow <= 0.0:
            flow = min(-year.free_export[1, t], 0.0)
        year.flow[m, t] = _clip(flow, -year.limit[1, m], year.limit[0, m])


@inlined
def _set_supply(
    order: DispatchStacks, year: _Year, m: int, z: int, water_value: float, marginal: Booleans
) -> None:
    """Set the zone's supply and the price of its last entry.

    The last entry is the one that would be accepted if the zone were alone.
    """
    start_mw, size, sign, tolerance = (
        order.start_mw[z, m],
        order.entry_total[z] + 1,
        1.0 - 2.0 * z,
        year.tolerance,
    )
    load, supply, price = year.load[z, m], year.supply[z, m], year.price[z, m]
    for t in range(load.size):
        leaving = sign * year.flow[m, t]
        x = load[t] + leaving
        e = _find_last_below(start_mw, size, x - tolerance)
        price[t] = water_value if marginal[t] else order.entry_price_cny_per_mwh[z, e]
        year.sets_price[z, t] = marginal[t] or start_mw[e] + tolerance < x < start_mw[e + 1] - tolerance
        if leaving < 0.0 and order.line_loss_share > 0.0:  # prices are those before what the line loses
            x -= order.line_loss_share * leaving
        supply[t] = x


@inlined
def _couple_prices(order: DispatchStacks, year: _Year, m: int) -> None:
    """Bring prices into the range that the flow leaves them.

    This concerns prices that nothing in their own zone sets. Power flows only where it gains the wheeling cost, and
    until it gains no more or the line is full.
    """
    wheeling, tolerance = order.wheeling_cost_cny_per_mwh, year.tolerance
    for t in range(year.sets_price.shape[1]):
        flow, near_price, far_price = year.flow[m, t], year.price[0, m, t], year.price[1, m, t]
        smallest_gap = -wheeling if flow > tolerance - year.limit[1, m] else -np.inf
        largest_gap = wheeling if flow < year.limit[0, m] - tolerance else np.inf
        smallest_gap = wheeling if flow > tolerance else smallest_gap
        largest_gap = -wheeling if flow < -tolerance else largest_gap
        if not year.sets_price[1, t]:
            far_price = max(far_price, near_price + smallest_gap)
            far_price = min(far_price, near_price + largest_gap) if year.sets_price[0, t] else far_price
        if not year.sets_price[0, t]:
            near_price = max(near_price, far_price - largest_gap)
            near_price = min(near_price, far_price - smallest_gap) if year.sets_price[1, t] else near_price
        year.price[0, m, t], year.price[1, m, t] = near_price, far_price


@helper
def _lay_out_year(load: Floats, reservoir: Floats, forward: Floats, backward: Floats, items: int) -> _Year:
    months, days, hours = load.shape[1:]
    length, largest = days * hours, 0.0
    by_zone, limit = np.zeros((3, 2, months, length)), np.zeros((2, months))
    for m in range(months):
        limit[0, m], limit[1, m] = forward[m], backward[m]
        for t in range(length):
            d, h = t // hours, t % hours
            for z in range(2):
                by_zone[0, z, m, t] = load[z, m, d, h] - reservoir[z, m, d, h]
                largest = max(largest, abs(load[z, m, d, h]))
    return _Year(
        load=by_zone[0],
        supply=by_zone[1],
        price=by_zone[2],
        flow=np.zeros((months, length)),
        limit=limit,
        joint=np.zeros((2, items)),
        free_export=np.zeros((2, length)),
        sets_price=np.zeros((2, length), np.bool_),
        tolerance=1e-10 * largest,
    )


@kernel
def route_flows(
    order: DispatchStacks,
    net_load_mw: Floats,
    line_forward_mw: Floats,
    line_backward_mw: Floats,
    storage: StorageYear,
) -> HourlySupply:
    """Send power where it gains more than the wheeling cost.

    Reservoirs and stores do what is settled. The price is the cost of the last unit accepted in the zone or, where the
    line is not full, in both; the water value where a reservoir is marginal; 0 where output is curtailed; the scarcity
    price where load is not served. Without a wheeling cost the price is one wherever the line is not full. What the
    line loses is generated where the flow arrives; flows are chosen by the wheeling cost, which stands for it.

    Args:
        order: stacks and line.
        net_load_mw: f8[2, M, D, H] load less must-run output, and what stores add to it; negative: surplus.
        line_forward_mw: f8[M] highest flow from zone 0 to zone 1.
        line_backward_mw: f8[M] highest flow from zone 1 to zone 0.
        storage: what reservoirs do.
    """
    items, shape = order.entries_below.shape[2], net_load_mw.shape
    year = _lay_out_year(net_load_mw, storage.reservoir_mw, line_forward_mw, line_backward_mw, items)
    months, length = year.flow.shape
    marginal = storage.water_sets_price.reshape((2, months, length))
    for m in range(months):
        _set_flows(order, year, m)
        for z in range(2):
            _set_supply(order, year, m, z, storage.water_value_cny_per_mwh[z, m], marginal[z, m])
        _couple_prices(order, year, m)
    flow = year.flow.reshape((1, months, shape[2], shape[3]))
    return HourlySupply(year.supply.reshape(shape), year.price.reshape(shape), flow)


@plain
def _tally(
    start_mw: Floats, places: int, weight: Floats, supply: Floats, price: Floats, total: Floats
) -> None:
    """Sum hours [D, H] by the last unit called into total [4, S].

    The sums are hours, and price x hours, in which all units before it are full, and its own energy and revenue.
    """
    for row in range(4):
        for s in range(places):
            total[row, s] = 0.0
    for d in range(supply.shape[0]):
        days = weight[d]
        for h in range(supply.shape[1]):
            s = _find_last_below(start_mw, places + 1, supply[d, h])
            partial = days * (supply[d, h] - start_mw[s])
            total[0, s] += days
            total[1, s] += days * price[d, h]
            total[2, s] += partial
            total[3, s] += partial * price[d, h]


@plain
def _add_units(order: UnitStacks, m: int, z: int, total: Floats, output: Floats, revenue: Floats) -> float:
    """Set output [U, M] and add revenue [U] of units; return cost.

    The cost is that of the zone's units and of unserved energy.
    """
    cost, hours, value = 0.0, 0.0, 0.0
    for s in range(order.unit_total[z] - 1, 0, -1):
        capacity = order.unit_start_mw[z, m, s + 1] - order.unit_start_mw[z, m, s]
        energy = capacity * hours + total[2, s]
        cost += energy * order.unit_price_cny_per_mwh[z, s]
        u = order.unit[z, s]
        if u >= 0:
            output[u, m] = energy
            revenue[u] += capacity * value + total[3, s]
        hours += total[0, s]
        value += total[1, s]
    return cost


@helper
def _split_supply(order: UnitStacks, supply: Floats) -> Floats:
    """Split supply into units, surplus and unserved, MW [3, Z, M, D, H]."""
    zones, months, days, hours = supply.shape
    part = np.zeros((3, zones, months, days, hours))
    for z in range(zones):
        for m in range(months):
            capacity_mw = order.unit_start_mw[z, m, order.unit_total[z] - 1]
            for d in range(days):
                for h in range(hours):
                    x = supply[z, m, d, h]
                    part[2, z, m, d, h] = max(x - capacity_mw, 0.0)
                    part[1, z, m, d, h] = max(-x, 0.0)
                    part[0, z, m, d, h] = max(x, 0.0) - part[2, z, m, d, h]
    return part


@plain
def _sum_flow(flow: Floats, day_weight: Floats) -> float:
    """Sum the energy sent along a line, MWh."""
    energy = 0.0
    for m in range(flow.shape[0]):
        for d in range(flow.shape[1]):
            for h in range(flow.shape[2]):
                energy += day_weight[m, d] * abs(flow[m, d, h])
    return energy


@kernel
def sum_dispatch(
    units: int, order: UnitStacks, day_weight: Floats, hours: HourlySupply, storage: StorageYear
) -> Dispatch:
    """Sum output, revenue and cost of a cleared year over its hours.

    Args:
        units: number of units.
        order: stacks and lines.
        day_weight: f8[M, D] days of each type.
        hours: what units and lines do.
        storage: what reservoirs and stores do.
    """
    months, supply = day_weight.shape[0], hours.supply_mw
    output, by_month, revenue = np.zeros(units), np.zeros((units, months)), np.zeros(units)
    total = np.zeros((4, order.unit.shape[1]))
    cost = 0.0
    for line in range(hours.flow_mw.shape[0]):
        cost += order.wheeling_cost_cny_per_mwh[line] * _sum_flow(hours.flow_mw[line], day_weight)
    for m in range(months):
        for z in range(supply.shape[0]):
            start_mw, price = order.unit_start_mw[z, m], hours.price_cny_per_mwh[z, m]
            _tally(start_mw, order.unit_total[z], day_weight[m], supply[z, m], price, total)
            cost += _add_units(order, m, z, total, by_month, revenue)
        for u in range(units):
            output[u] += by_month[u, m]
    part = _split_supply(order, supply)
    return Dispatch(
        unit_output_mwh=output,
        unit_output_by_month_mwh=by_month,
        unit_revenue_cny=revenue,
        price_cny_per_mwh=hours.price_cny_per_mwh,
        flow_mw=hours.flow_mw,
        units_mw=part[0],
        surplus_mw=part[1],
        unserved_mw=part[2],
        cost_cny=cost,
        reservoir_mw=storage.reservoir_mw,
        water_value_cny_per_mwh=storage.water_value_cny_per_mwh,
        spilled_mwh=storage.spilled_mwh,
        charge_mw=storage.charge_mw,
        discharge_mw=storage.discharge_mw,
        gap_cny=0.0,
    )
