"""Certify a year: by how much its cost may at most exceed the least cost.

For any prices of energy, water and stored energy the cost of a month less a lower bound on the least cost is a sum of
parts that are never negative (complementary slackness of the linear programme): what a stack entry, an hour's water, a
store or the line would still earn at these prices, or loses at them. Prices are the labels of the month's last
labelling (`exchange.py`). At the optimum with its dual prices all parts are zero.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation import decorators
from tanlu.kernels.power.labels import NetworkMonth
from tanlu.kernels.power.layout import (
    ARRIVAL,
    BEGIN,
    DAYS,
    DISCHARGE,
    ENERGY,
    ENTRIES,
    ENTRY_START,
    EXPORT,
    HOUR,
    HOURS,
    INTAKE,
    LABEL,
    LOWER,
    NEXT_ENTRY,
    ORIGIN,
    PRICE,
    RELEASE,
    SIZE,
    STACK_ROWS,
    SUPPLY,
    TARGET,
    THROUGHPUT,
    UPPER,
    WEIGHT,
    WHEELING,
    WORTH,
    YIELD,
    ZONE,
)

type Floats = NDArray[np.float64]
type Indices = NDArray[np.uint32]  # as in exchange.py


# Divisors are never 0: a test before each division would cost as much as the division.
kernel = partial(decorators.kernel, error_model="numpy")
plain = partial(decorators.plain, error_model="numpy")


@plain
def _earn(worth: float, value: float, lower: float, upper: float) -> float:
    """Compute the earnings that a bounded quantity forgoes at `worth` a MW."""
    return worth * (upper - value) if worth > 0.0 else worth * (lower - value)


@plain
def _price(month: NetworkMonth, i: int) -> float:
    return max(month.node[LABEL, i], 0.0)


@plain
def _stack_gap(month: NetworkMonth, i: int) -> float:
    """Compute the earnings that a node's stack forgoes, CNY an hour.

    Entries that are not called would earn, or entries that are called lose.
    """
    node, pair, supply, price, gap = (
        month.node,
        STACK_ROWS * month.mark[ZONE, i],
        month.node[SUPPLY, i],
        _price(month, i),
        0.0,
    )
    start, cost = node[ENTRY_START + pair], node[PRICE + pair]
    last, e = month.mark[SIZE, ENTRIES] - 2, month.mark[NEXT_ENTRY, i]
    while e > 0 and start[e] > supply:
        e -= 1
    while e < last and start[e + 1] <= supply:
        e += 1
    after = e
    while after <= last and cost[after] < price:
        width = start[after + 1] - max(start[after], supply)
        gap += (price - cost[after]) * max(width, 0.0)
        after += 1
    while e >= 0 and cost[e] > price:
        width = min(start[e + 1], supply) - start[e]
        gap += (cost[e] - price) * max(width, 0.0)
        e -= 1
    return gap


@plain
def _export_gap(month: NetworkMonth, i: int) -> float:
    """Compute the earnings that exports of a node forgo, CNY an hour."""
    node, mark, gap, z = month.node, month.mark, 0.0, month.mark[ZONE, i]
    for arc in range(month.flow.shape[0]):
        if mark[ORIGIN, arc] == z:
            price = _price(month, i - z + mark[TARGET, arc])
            worth = node[ARRIVAL, arc] * price - _price(month, i) - node[WHEELING, arc]
            gap += _earn(worth, month.flow[arc, mark[HOUR, i]], 0.0, node[EXPORT, arc])
    return gap


@plain
def _store_prices(month: NetworkMonth, z: int, d: int, highest: float) -> tuple[float, float]:
    """Return the worth of a store's intake and discharge in a day.

    Both in CNY per MWh that is discharged.
    """
    discharge_price = min(month.node[WORTH, month.zones * (2 * d + DISCHARGE) + z], highest)
    intake_price = min(month.node[WORTH, month.zones * (2 * d + INTAKE) + z], discharge_price)
    return intake_price, discharge_price


@plain
def _add_store_gap(month: NetworkMonth, z: int, d: int, highest: float, gap: float) -> float:
    """Add the earnings that a zone's store forgoes in a day to a gap, CNY."""
    node, zones, begin = month.node, month.zones, month.mark[BEGIN]
    power, efficiency = node[UPPER + DISCHARGE, z], node[YIELD + INTAKE, z]
    intake_price, discharge_price = _store_prices(month, z, d, highest)
    weight = node[WEIGHT, zones * begin[d] + z] if begin[d + 1] > begin[d] else 0.0
    room = node[ENERGY, z] - node[THROUGHPUT, zones * (2 * d + DISCHARGE) + z]
    gap += weight * (discharge_price - intake_price) * room
    for i in range(zones * begin[d] + z, zones * begin[d + 1], zones):
        price = _price(month, i)
        gap += weight * _earn(price - discharge_price, node[DISCHARGE, i], 0.0, power)
        gap += weight * _earn(price - efficiency * intake_price, node[INTAKE, i], -power, 0.0)
    return gap


@kernel
def certify(node: Floats, mark: Indices, flow: Floats) -> Floats:
    """Bound each month's cost above the least cost, CNY; >= 0.

    Args:
        node: f8[M, row, column] after `exchange`, as the others.
        mark: u4[M, row, column].
        flow: f8[M, arc, hour].
    """
    gaps, zones = np.zeros(node.shape[0]), (node.shape[1] - ENTRY_START) // STACK_ROWS
    for m in range(gaps.size):
        month = NetworkMonth(node[m], mark[m], flow[m], zones)
        end, gap, highest = zones * mark[m, SIZE, HOURS], 0.0, 0.0
        for i in range(end):
            highest = max(highest, _price(month, i))
        for i in range(end):
            gap += node[m, WEIGHT, i] * (_stack_gap(month, i) + _export_gap(month, i))
        for z in range(zones):
            lower, upper = node[m, LOWER, z], node[m, UPPER, z]
            water = min(node[m, WORTH, z], highest)
            for i in range(
                z, end + zones if upper > lower else 0, zones
            ):  # the last one spills, and earns nothing
                price = _price(month, i) if i < end else 0.0
                gap += node[m, WEIGHT, i] * _earn(price - water, node[m, RELEASE, i], lower, upper)
            for d in range(mark[m, SIZE, DAYS] if node[m, UPPER + DISCHARGE, z] > 0.0 else 0):
                gap = _add_store_gap(month, z, d, highest, gap)
        gaps[m] = gap
    return gaps
