"""Price yearly limits: what the months that were cleared so far say of the shadow prices at which output fits.

The months of a year are independent but for their yearly limits. Each month that was cleared at some price is a way to
run it; the mix of ways that costs least within the limits is a small linear programme, whose duals are the prices.
Source: Dantzig and Wolfe 1960, Operations Research 8:101; the dual are the cutting planes of Kelley 1960, Journal of
the Society for Industrial and Applied Mathematics 8:703, with planes of their own for each month.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

REDUCED_COST = 1e-13  # of the year's cost: below it a column saves nothing
PIVOT = 1e-11  # of the limit: below it a row does not bind
ROUNDS = 20  # pivots for each column are never needed
SLACK = 1e-10  # of the limit, so that where any of several prices is right the lowest is found


class ClearedMonths(NamedTuple):
    """Months cleared at several prices; axes trial K, month M, zone Z."""

    cost_cny: Floats  # [K, M] without shadow prices
    output_mwh: Floats  # [K, M, Z] of limited units


class LimitPrices(NamedTuple):
    """The cheapest mix, and its shadow prices."""

    price_cny_per_mwh: Floats  # [Z]
    share: Floats  # [K, M] of each trial in the month


@helper
def _pivot(table: Floats, basis: Integers, row: int, column: int) -> None:
    """Make a column basic in a row."""
    table[row] /= table[row, column]
    for other in range(table.shape[0]):
        factor = table[other, column]
        if other != row and factor != 0.0:
            table[other] -= factor * table[row]
    basis[row] = column


@helper
def _find_entering(table: Floats) -> int:
    """Find the first column that lowers the cost (rule of Bland), or -1."""
    for column in range(table.shape[1] - 1):
        if table[-1, column] < -REDUCED_COST:
            return column
    return -1


@helper
def _find_leaving(table: Floats, basis: Integers, column: int) -> int:
    """Find the row that binds first, of equal ones that of the first column; -1 if none binds."""
    leaving, least = -1, np.inf
    for row in range(basis.size):
        if table[row, column] > PIVOT:
            ratio = table[row, -1] / table[row, column]
            if ratio < least or (ratio == least and basis[row] < basis[leaving]):
                leaving, least = row, ratio
    return leaving


@helper
def _lower_cost(table: Floats, basis: Integers) -> None:
    """Pivot until no column lowers the cost; rounding ends no search of its own."""
    for _ in range(ROUNDS * table.shape[1]):
        column = _find_entering(table)
        row = _find_leaving(table, basis, column) if column >= 0 else -1
        if row < 0:
            return
        _pivot(table, basis, row, column)


@helper
def _lay_out_columns(cleared: ClearedMonths, scale: Floats, year_cost: float, table: Floats) -> None:
    """Lay out a column for each trial of each month: it is part of the month, costs, and uses limits."""
    trials, months, zones = cleared.output_mwh.shape
    for k in range(trials):
        for m in range(months):
            column = k * months + m
            table[m, column], table[-1, column] = 1.0, cleared.cost_cny[k, m] / year_cost
            for z in range(zones):
                table[months + z, column] = cleared.output_mwh[k, m, z] / scale[z]


@helper
def _choose_last_trial(trials: int, months: int, table: Floats, basis: Integers) -> None:
    """Make the last trial the mix, whatever it spares or uses of the limits."""
    for m in range(months):
        _pivot(table, basis, m, (trials - 1) * months + m)
    zones = basis.size - months
    for row in range(months, basis.size):
        spare = trials * months + row - months
        _pivot(table, basis, row, spare if table[row, -1] >= 0.0 else spare + zones)


@kernel
def price_limits(
    cleared: ClearedMonths, limit_mwh: Floats, lowest_cny_per_mwh: Floats, highest_cny_per_mwh: Floats
) -> LimitPrices:
    """Find the cheapest mix of cleared months within limits by the simplex method.

    What a limit spares earns the lowest price and output beyond it costs the highest, so that prices lie between.

    Args:
        cleared: months.
        limit_mwh: f8[Z] of the year.
        lowest_cny_per_mwh: f8[Z].
        highest_cny_per_mwh: f8[Z].
    """
    trials, months, zones = cleared.output_mwh.shape
    spare, beyond = trials * months, trials * months + zones
    table = np.zeros((months + zones + 1, beyond + zones + 1))
    basis, scale = np.zeros(months + zones, np.int64), np.zeros(zones)
    year_cost = max(cleared.cost_cny[0].sum(), 1.0)
    table[:months, -1] = 1.0
    for z in range(zones):
        scale[z] = max(limit_mwh[z], 1.0)
        for k in range(trials):
            scale[z] = max(scale[z], cleared.output_mwh[k, :, z].sum())
        row, unit = months + z, scale[z] / year_cost
        table[row, spare + z], table[row, beyond + z] = 1.0, -1.0
        table[-1, spare + z] = -lowest_cny_per_mwh[z] * unit
        table[-1, beyond + z] = highest_cny_per_mwh[z] * unit
        table[row, -1] = limit_mwh[z] / scale[z] * (1.0 + SLACK)
    _lay_out_columns(cleared, scale, year_cost, table)
    _choose_last_trial(trials, months, table, basis)
    _lower_cost(table, basis)
    price, share = np.empty(zones), np.zeros((trials, months))
    for z in range(zones):
        price[z] = highest_cny_per_mwh[z] - table[-1, beyond + z] * year_cost / scale[z]
    for row in range(basis.size):
        column = basis[row]
        if column < spare:
            share[column // months, column % months] = max(table[row, -1], 0.0)
        elif column < beyond:  # a limit that is not used up
            price[column - spare] = lowest_cny_per_mwh[column - spare]
        else:
            price[column - beyond] = highest_cny_per_mwh[column - beyond]
    return LimitPrices(price, share)
