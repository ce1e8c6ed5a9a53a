"""Certify a year: by how much its cost may at most exceed the least cost.

For any prices of energy, water and stored energy the cost of a month less a lower bound on the least cost is a sum of
parts that are never negative (complementary slackness of the linear programme): what a stack entry, an hour's water, a
store or the line would still earn at these prices, or loses at them. Prices are the labels of the month's last
labelling (`exchange.py`). At the optimum with its dual prices all parts are zero.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation import decorators
from tanlu.kernels.power.layout import (
    ARRIVAL,
    BEGIN,
    DAYS,
    DISCHARGE,
    ENERGY,
    ENTRIES,
    ENTRY_START,
    EXPORT,
    HOURS,
    INTAKE,
    LABEL,
    LOWER,
    NEXT_ENTRY,
    OUTFLOW,
    PRICE,
    RELEASE,
    SIZE,
    SUPPLY,
    THROUGHPUT,
    UPPER,
    WEIGHT,
    WHEELING,
    WORTH,
    YIELD,
)

type Floats = NDArray[np.float64]
type Indices = NDArray[np.uint32]  # as in exchange.py


# Divisors are never 0: a test before each division would cost as much as the division.
kernel = partial(decorators.kernel, error_model="numpy")
plain = partial(decorators.plain, error_model="numpy")


class _Month(NamedTuple):
    """One month of the network; axes as in `exchange`."""

    node: Floats
    mark: Indices


@plain
def _earn(worth: float, value: float, lower: float, upper: float) -> float:
    """Compute the earnings that a bounded quantity forgoes at `worth` a MW."""
    return worth * (upper - value) if worth > 0.0 else worth * (lower - value)


@plain
def _price(month: _Month, i: int) -> float:
    return max(month.node[LABEL, i], 0.0)


@plain
def _stack_gap(month: _Month, i: int) -> float:
    """Compute the earnings that a node's stack forgoes, CNY an hour.

    Entries that are not called would earn, or entries that are called lose.
    """
    node, z, supply, price, gap = month.node, i & 1, month.node[SUPPLY, i], _price(month, i), 0.0
    last, e = month.mark[SIZE, ENTRIES] - 2, month.mark[NEXT_ENTRY, i]
    while e > 0 and node[ENTRY_START + z, e] > supply:
        e -= 1
    while e < last and node[ENTRY_START + z, e + 1] <= supply:
        e += 1
    after = e
    while after <= last and node[PRICE + z, after] < price:
        width = node[ENTRY_START + z, after + 1] - max(node[ENTRY_START + z, after], supply)
        gap += (price - node[PRICE + z, after]) * max(width, 0.0)
        after += 1
    while e >= 0 and node[PRICE + z, e] > price:
        width = min(node[ENTRY_START + z, e + 1], supply) - node[ENTRY_START + z, e]
        gap += (node[PRICE + z, e] - price) * max(width, 0.0)
        e -= 1
    return gap


@plain
def _line_gap(month: _Month, i: int) -> float:
    """Compute the earnings that exports of a node forgo, CNY an hour."""
    worth = month.node[ARRIVAL, 0] * _price(month, i ^ 1) - _price(month, i) - month.node[WHEELING, 0]
    return _earn(worth, month.node[OUTFLOW, i], 0.0, month.node[EXPORT, i & 1])


@plain
def _store_prices(month: _Month, z: int, d: int, highest: float) -> tuple[float, float]:
    """Return the worth of a store's intake and discharge in a day.

    Both in CNY per MWh that is discharged.
    """
    discharge_price = min(month.node[WORTH, 4 * d + 2 + z], highest)
    intake_price = min(month.node[WORTH, 4 * d + 4 + z], discharge_price)
    return intake_price, discharge_price


@kernel
def certify(node: Floats, mark: Indices) -> Floats:
    """Bound each month's cost above the least cost, CNY; >= 0.

    Args:
        node: f8[M, row, column] after `exchange`, as the others.
        mark: u4[M, row, column].
    """
    gaps = np.zeros(node.shape[0])
    for m in range(gaps.size):
        month = _Month(node[m], mark[m])
        begin, end, gap, highest = mark[m, BEGIN], 2 * mark[m, SIZE, HOURS], 0.0, 0.0
        for i in range(end):
            highest = max(highest, _price(month, i))
        for i in range(end):
            gap += node[m, WEIGHT, i] * (_stack_gap(month, i) + _line_gap(month, i))
        for z in range(2):
            lower, upper = node[m, LOWER, z], node[m, UPPER, z]
            water = min(node[m, WORTH, z], highest)
            for i in range(z, end + 2 if upper > lower else 0, 2):  # the last one spills, and earns nothing
                price = _price(month, i) if i < end else 0.0
                gap += node[m, WEIGHT, i] * _earn(price - water, node[m, RELEASE, i], lower, upper)
            power, efficiency = node[m, UPPER + DISCHARGE, z], node[m, YIELD + INTAKE, z]
            for d in range(mark[m, SIZE, DAYS] if power > 0.0 else 0):
                intake_price, discharge_price = _store_prices(month, z, d, highest)
                weight = node[m, WEIGHT, 2 * begin[d] + z] if begin[d + 1] > begin[d] else 0.0
                gap += (
                    weight
                    * (discharge_price - intake_price)
                    * (node[m, ENERGY, z] - node[m, THROUGHPUT, 4 * d + 2 + z])
                )
                for i in range(2 * begin[d] + z, 2 * begin[d + 1], 2):
                    price = _price(month, i)
                    gap += weight * _earn(price - discharge_price, node[m, DISCHARGE, i], 0.0, power)
                    gap += weight * _earn(price - efficiency * intake_price, node[m, INTAKE, i], -power, 0.0)
        gaps[m] = gap
    return gaps
