"""Schedule each month's reservoir energy over its hours at least cost to two coupled electricity zones.

Stacks and axes are explained in `merit_order.py`. A *position* on a zone's axis is an item and a fraction of it: a
water value, made continuous where many hours share one unit.

Method. Months are independent. Given a water value for each reservoir, the month's linear programme separates
by hour, and each release is a closed formula. Outside ties it does not depend on the other zone's water
value: in an hour in which both would matter, the dearer water rests at its minimum or the cheaper runs at its
maximum. So a few searches in one dimension solve the programme exactly: both water values tied by the line, in
either direction, or each alone.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, inlined, kernel, plain

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

DOMESTIC, EXPORT, IMPORT, RETURN = 0, 1, 2, 3  # kinds of item on an axis, as in merit_order.py
ALONE, TIED = 0, 1


class ReservoirStacks(NamedTuple):
    """What schedules read of `MeritOrder`, field by field."""

    start_mw: Floats  # [2, M, N + 1]
    item_price_cny_per_mwh: Floats  # [2, K]
    entries_below: Integers  # [2, 4, K + 1]
    first_item: Integers  # [2]
    item_total: Integers  # [2]


class ReservoirBounds(NamedTuple):
    """What reservoirs have and may do; axes zone 2, month M."""

    energy_mwh: Floats  # [2, M] to be released within the month
    minimum_mw: Floats  # [2, M]
    maximum_mw: Floats  # [2, M]


class ReservoirYear(NamedTuple):
    """The year's schedule; axes: zone 2, month M, day type D, hour H."""

    reservoir_mw: Floats  # [2, M, D, H]
    water_value_cny_per_mwh: Floats  # [2, M] 0 where water is spilled or its release has no freedom
    water_sets_price: Booleans  # [2, M, D, H] where the release is between its bounds
    spilled_mwh: Floats  # [2, M] energy that no hour could absorb
    reached_item: Integers  # [M, mode 2, 2] where each search on an axis ended, or one of another month


class _Month(NamedTuple):
    """One month's quantities; its T = D * H hours stand for `weight` hours each."""

    start: Floats  # [2, N + 1] MW before each entry of the stack
    entries_below: Integers  # [2, 4, K + 1] as MeritOrder
    first: Integers  # [2]
    items: Integers  # [2]
    load: Floats  # [2, T] MW
    weight: Floats  # [T]
    release: Floats  # [2, T] MW
    limit: Floats  # [2] MW the zone can export
    minimum: Floats  # [2] MW
    maximum: Floats  # [2] MW; equal to the minimum where the energy leaves no freedom
    energy: Floats  # [2] MWh
    item_price: Floats  # [2, K] CNY/MWh
    water_value: Floats  # [2] CNY/MWh
    item: Integers  # [mode 2, 2] where to begin the next search on an axis: where one of its kind ended
    wheeling: float


@inlined
def _clip(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


@inlined
def _supply(month: _Month, zone: int, kind: int, position: float) -> float:
    """Return the MW of `kind` before a position on the axis of `zone`."""
    owner = 1 - zone if kind in (EXPORT, IMPORT) else zone
    k = min(int(position), month.items[zone] - 1)
    low = month.start[owner, month.entries_below[zone, kind, k]]
    high = month.start[owner, month.entries_below[zone, kind, k + 1]]
    return float(low + (position - k) * (high - low))


@inlined
def _energy(weight: Floats, output: Floats) -> float:
    """Sum weighted `output` [T], four partial sums side by side."""
    a, b, c, d, t = 0.0, 0.0, 0.0, 0.0, 0
    while t + 4 <= output.size:
        a, b = a + weight[t] * output[t], b + weight[t + 1] * output[t + 1]
        c, d = c + weight[t + 2] * output[t + 2], d + weight[t + 3] * output[t + 3]
        t += 4
    while t < output.size:
        a += weight[t] * output[t]
        t += 1
    return (a + b) + (c + d)


@inlined
def _release_alone(
    month: _Month, zone: int, position: float, neighbour: tuple[float, float], release: Floats
) -> float:
    """Fill release[0] with the zone's water; return its energy.

    The water value is that of the position. `neighbour` is the other reservoir's output where this zone exports to it
    and where it imports from it.
    """
    domestic = _supply(month, zone, DOMESTIC, position)
    exports = _supply(month, zone, EXPORT, position) + neighbour[0]
    imports = _supply(month, zone, IMPORT, position) + neighbour[1]
    upper_flow, lower_flow = month.limit[zone], -month.limit[1 - zone]
    low, high = month.minimum[zone], month.maximum[zone]
    near_load, far_load, output = month.load[zone], month.load[1 - zone], release[0]
    for t in range(output.size):
        flow = _clip(far_load[t] - exports, 0.0, upper_flow) + _clip(far_load[t] - imports, lower_flow, 0.0)
        output[t] = _clip(near_load[t] - domestic + flow, low, high)
    return _energy(month.weight, output)


@inlined
def _release_tied(month: _Month, zone: int, position: float, release: Floats) -> float:
    """Fill release with tied reservoirs' output; return its energy.

    The rows are their sum, and the least and most that `zone` can give of it. Water values are tied by exports of
    `zone`: the other's is dearer by the wheeling cost, and any flow within the line's limit is as good. With a wheeling
    cost only one reservoir is marginal where power flows the other way: `zone` imports with the other at its minimum,
    or the other exports with `zone` at its maximum.
    """
    neighbour, tied = 1 - zone, month.wheeling == 0.0
    low, high, upper_flow = month.minimum[zone], month.maximum[zone], month.limit[zone]
    other_low, other_high = month.minimum[neighbour], month.maximum[neighbour]
    domestic, exports = _supply(month, zone, DOMESTIC, position), _supply(month, zone, EXPORT, position)
    imports = _supply(month, zone, IMPORT, position) + other_low
    returns = _supply(month, zone, RETURN, position) + high
    lower_flow, return_limit = (-month.limit[neighbour], 0.0) if tied else (0.0, month.limit[neighbour])
    near_load, far_load = month.load[zone], month.load[neighbour]
    total, lowest, highest = release[0], release[1], release[2]
    for t in range(total.size):
        near_need, far_need = near_load[t] - domestic, far_load[t] - exports
        flow = _clip(max(low - near_need, far_need - other_high), lower_flow, upper_flow)
        higher_flow = _clip(min(high - near_need, far_need - other_low), lower_flow, upper_flow)
        near_need += _clip(far_load[t] - imports, -return_limit, 0.0)
        far_need += _clip(near_load[t] - returns, 0.0, return_limit)
        lowest[t] = _clip(near_need + flow, low, high)
        highest[t] = _clip(near_need + higher_flow, low, high)
        total[t] = lowest[t] + _clip(far_need - flow, other_low, other_high)
    return _energy(month.weight, total)


@plain
def _next_position(
    position: float, low: float, high: float, low_error: float, high_error: float, step: int
) -> float:
    """Return the position to try next in a search.

    It goes by strides, then by bisection of whole items, then by false position and bisection in turn. `low_error` and
    `high_error` are the errors at the two ends, 0 where none was found yet.
    """
    if low_error == 0.0 or high_error == 0.0:
        stride = float(1 << 2 * step)
        return max(position - stride, low) if low_error == 0.0 else min(position + stride, high)
    if high - low > 1.0:
        return float(int(low + high) >> 1)
    if step & 1:
        return 0.5 * (low + high)
    return low + (high - low) * low_error / (low_error - high_error)


@plain
def _settle_energy(
    month: _Month, zone: int, mode: int, neighbour: tuple[float, float], energy: float, work: Floats
) -> float:
    """Fill work[0] so that it uses `energy`; return the position.

    It is filled as by the release functions. The released energy falls piecewise linearly along the axis. The search
    begins where the last of its kind ended, and strides until it has passed the place. What is left between the two
    ends of the search is mixed, so that the budget holds to rounding. At the axis's start water is spilled.
    """
    low, high, low_error, high_error = float(month.first[zone]), float(month.items[zone]), 0.0, 0.0
    position, upper, lower, spare = _clip(float(month.item[mode, zone]), low, high), 0, 1, 2
    for step in range(120):
        if mode == TIED:
            error = _release_tied(month, zone, position, work[spare]) - energy
        else:
            error = _release_alone(month, zone, position, neighbour, work[spare]) - energy
        if abs(error) <= 1e-12 * energy or (position == month.first[zone] and error < 0.0):
            upper, lower, low, low_error, high_error = spare, spare, position, 1.0, -1.0
            break
        if error > 0.0:
            low, low_error, upper, spare = position, error, spare, upper
        else:
            high, high_error, lower, spare = position, error, spare, lower
        if high - low < 1e-13 * high:
            break
        position = _next_position(position, low, high, low_error, high_error, step)
    month.item[mode, zone] = int(low)
    share = low_error / (low_error - high_error)
    for row in range(3):
        for t in range(month.weight.size):
            work[0, row, t] = work[lower, row, t] + share * (work[upper, row, t] - work[lower, row, t])
    return low


@plain
def _water_value(month: _Month, zone: int, position: float) -> float:
    """Return the price of the item at `position`, 0 at the axis's start."""
    if position <= month.first[zone]:
        return 0.0
    return float(month.item_price[zone, min(int(position), month.items[zone] - 1)])


@plain
def _schedule_alone(month: _Month, zone: int, neighbour: tuple[float, float], work: Floats) -> None:
    """Set the zone's release and water value.

    `neighbour` is the other reservoir's output where they meet.
    """
    position = _settle_energy(month, zone, ALONE, neighbour, month.energy[zone], work)
    for t in range(month.weight.size):
        month.release[zone, t] = work[0, 0, t]
    month.water_value[zone] = _water_value(month, zone, position)


@plain
def _schedule_tied(month: _Month, zone: int, work: Floats) -> int:
    """Try water values tied by exports of `zone`; return 0 on success.

    Success is that both budgets hold; else nothing is set, and the return is 1 if the zone's water must be cheaper than
    that, -1 if it must be dearer.
    """
    neighbour = 1 - zone
    budget = month.energy[zone] + month.energy[neighbour]
    position = _settle_energy(month, zone, TIED, (0.0, 0.0), budget, work)
    total, lowest, highest = 0.0, 0.0, 0.0
    for t in range(month.weight.size):
        total += month.weight[t] * work[0, 0, t]
        lowest += month.weight[t] * work[0, 1, t]
        highest += month.weight[t] * work[0, 2, t]
    floor = total - month.energy[neighbour]
    # Both may spill only where both water values are 0, that is without a wheeling cost.
    ceiling = max(floor, month.energy[zone]) if month.wheeling == 0.0 else floor
    if floor > highest or ceiling < lowest:
        return 1 if floor > highest else -1
    target = 0.5 * (max(lowest, floor) + min(highest, ceiling))
    share = (target - lowest) / (highest - lowest) if highest > lowest else 0.0
    for t in range(month.weight.size):
        month.release[zone, t] = work[0, 1, t] + share * (work[0, 2, t] - work[0, 1, t])
        month.release[neighbour, t] = work[0, 0, t] - month.release[zone, t]
    month.water_value[zone] = _water_value(month, zone, position)
    month.water_value[neighbour] = month.water_value[zone] + month.wheeling
    return 0


@plain
def _schedule_month(month: _Month, cheaper: Booleans, work: Floats) -> None:
    """Set the cheapest releases and their water values.

    `cheaper` [2] is room for marks: a zone's water is cheaper if its value after wheeling is below the other's.
    """
    is_free = (month.maximum[0] > month.minimum[0], month.maximum[1] > month.minimum[1])
    cheaper[0], cheaper[1] = False, False
    if is_free[0] and is_free[1]:
        for zone in range(2 if month.wheeling > 0.0 else 1):
            side = _schedule_tied(month, zone, work)
            if side == 0:
                return
            cheaper[zone] = side > 0
            if side > 0:
                break
            cheaper[1 - zone] = month.wheeling == 0.0
    for zone in range(2):
        if is_free[zone]:
            low, high = month.minimum[1 - zone], month.maximum[1 - zone]
            neighbour = (low if cheaper[zone] else high, high if cheaper[1 - zone] else low)
            _schedule_alone(month, zone, neighbour, work)


@plain
def _prepare_month(month: _Month, m: int, load: Floats, day_weight: Floats, bounds: ReservoirBounds) -> None:
    """Set the month's hours and the bounds of its releases.

    The bounds are such that its energy can honour them; the release starts from the lower one.
    """
    energy, minimum, maximum = bounds.energy_mwh, bounds.minimum_mw, bounds.maximum_mw
    days, length = day_weight.shape[1], 0.0
    hours = month.weight.size // days
    for d in range(days):
        length += day_weight[m, d] * hours
        for h in range(hours):
            month.weight[d * hours + h] = day_weight[m, d]
    for z in range(2):
        low = max(min(minimum[z, m], energy[z, m] / length), 0.0)
        high = max(maximum[z, m], low)
        month.energy[z] = min(energy[z, m], high * length)
        month.minimum[z] = low
        month.maximum[z] = high if month.energy[z] > low * length * (1.0 + 1e-12) else low
        month.water_value[z] = 0.0
        for t in range(days * hours):
            month.load[z, t] = load[z, m, t]
            month.release[z, t] = low


@plain
def _record_month(
    month: _Month, m: int, release: Floats, marginal: Booleans, spilled: Floats, energy: Floats
) -> None:
    """Write the month to release and marginal [2, M, T] and spilled [2, M]."""
    for z in range(2):
        released_mwh, slack = 0.0, 1e-9 * month.maximum[z]
        for t in range(month.weight.size):
            output = month.release[z, t]
            released_mwh += month.weight[t] * output
            release[z, m, t] = output
            marginal[z, m, t] = month.minimum[z] + slack < output < month.maximum[z] - slack
        spilled[z, m] = max(energy[z, m] - released_mwh, 0.0)


@plain
def _copy(values: Floats | Integers, target: Floats | Integers) -> None:
    """Copy numbers [row, n] one by one.

    A slice would be set with text for its error, compiled with it.
    """
    for row in range(target.shape[0]):
        for i in range(target.shape[1]):
            target[row, i] = values[row, i]


@helper
def _empty_month(stacks: ReservoirStacks, hours: int, wheeling: float) -> _Month:
    hourly, pair = np.zeros((2, 2, hours)), np.zeros((5, 2))
    return _Month(
        start=np.zeros((2, stacks.start_mw.shape[2])),
        entries_below=stacks.entries_below,
        first=stacks.first_item,
        items=stacks.item_total,
        load=hourly[0],
        weight=np.zeros(hours),
        release=hourly[1],
        limit=pair[0],
        minimum=pair[1],
        maximum=pair[2],
        energy=pair[3],
        item_price=stacks.item_price_cny_per_mwh,
        water_value=pair[4],
        item=np.zeros((2, 2), np.int64),
        wheeling=wheeling,
    )


@kernel
def schedule_reservoirs(
    stacks: ReservoirStacks,
    net_load_mw: Floats,
    day_weight: Floats,
    line_forward_mw: Floats,
    line_backward_mw: Floats,
    wheeling_cost_cny_per_mwh: float,
    bounds: ReservoirBounds,
    near_item: Integers,
) -> ReservoirYear:
    """Schedule the year.

    All energy is used unless no hour can absorb it, and no more: a minimum that the energy cannot sustain is
    lowered, energy above the maximum is spilled.

    Args:
        stacks: of the year.
        net_load_mw: f8[2, M, D, H] load less must-run output; negative: surplus.
        day_weight: f8[M, D] days of each type, not all 0 in a month.
        line_forward_mw: f8[M] highest flow from zone 0 to zone 1.
        line_backward_mw: f8[M] highest flow from zone 1 to zone 0.
        wheeling_cost_cny_per_mwh: f8 as in `merit_order`.
        bounds: of the months.
        near_item: i8[M, 2, 2] as `ReservoirYear.reached_item` of a year much like this one; -1 where none is known.
    """
    shape = net_load_mw.shape
    months, length = shape[1], shape[2] * shape[3]
    load = net_load_mw.reshape((2, months, length))
    release, marginal = np.zeros((2, months, length)), np.zeros((2, months, length), np.bool_)
    spilled, water_value = np.zeros((2, months)), np.zeros((2, months))
    month = _empty_month(stacks, length, wheeling_cost_cny_per_mwh)
    work, cheaper, reached_item = (
        np.zeros((3, 3, length)),
        np.zeros(2, np.bool_),
        np.zeros((months, 2, 2), np.int64),
    )
    for m in range(months):
        if near_item[m, 0, 0] >= 0:
            _copy(near_item[m], month.item)
        month.limit[0], month.limit[1] = line_forward_mw[m], line_backward_mw[m]
        _copy(stacks.start_mw[:, m], month.start)
        _prepare_month(month, m, load, day_weight, bounds)
        _schedule_month(month, cheaper, work)
        _record_month(month, m, release, marginal, spilled, bounds.energy_mwh)
        water_value[0, m], water_value[1, m] = month.water_value[0], month.water_value[1]
        _copy(month.item, reached_item[m])
    return ReservoirYear(release.reshape(shape), water_value, marginal.reshape(shape), spilled, reached_item)
