"""Move water between the months of a year within the limits of a store, so that what is left to serve is level.

The classic problem of the taut string: cumulative release has to stay within a band, below cumulative inflow and at
most a full store below it. Where no limit binds, the month's need less release is the same in every hour.

Method. Solve a run of months without the band, at one level with releases clipped to their bounds. Where the path
leaves the band most, the best path touches the band; split there and solve both parts alike. Exact for any convex
cost of the level (Groenevelt 1991, European Journal of Operational Research 54; Vidal, Gribel and Jaillet 2019,
INFORMS Journal on Optimization 1(4)).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]


class ReservoirPlants(NamedTuple):
    """What reservoirs can do; axes zone Z, month M."""

    inflow_mwh: Floats  # [Z, M] what the month would release without the store
    turbine_mw: Floats  # [Z] capacity
    minimum_share: Floats  # [Z, M] of the month's mean output
    maximum_share: Floats  # [Z, M] of capacity; an inflow above it is not held back
    store_mwh: Floats  # [Z] what the store holds between empty and full, >= 0


class ReservoirMonths(NamedTuple):
    """What reservoirs do in each month; axes zone Z, month M."""

    energy_mwh: Floats  # [Z, M] to be released within the month
    minimum_mw: Floats  # [Z, M]
    maximum_mw: Floats  # [Z, M]


@helper
def _clip_release(need: float, hours: float, lower: float, upper: float, level: float) -> float:
    return float(min(max(need - level * hours, lower), upper))


@helper
def _find_level(
    need: Floats, hours: Floats, lower: Floats, upper: Floats, first: int, last: int, total: float
) -> float:
    """Find the level, MW, at which some months release `total`, MWh.

    They are the months first .. last - 1, and release more at a lower level. The release falls piecewise linearly in
    the level; the two neighbouring kinks around `total` are looked for.
    """
    low, high = -np.inf, np.inf  # levels with more and with less than `total`
    low_sum, high_sum = 0.0, 0.0
    for m in range(first, last):
        for kink in range(2):
            level = (need[m] - (upper[m] if kink == 0 else lower[m])) / hours[m]
            if low < level < high:
                released = 0.0
                for k in range(first, last):
                    released += _clip_release(need[k], hours[k], lower[k], upper[k], level)
                if released >= total:
                    low, low_sum = level, released
                else:
                    high, high_sum = level, released
    if high == np.inf or low_sum == high_sum:
        return low
    if low == -np.inf:
        return high
    return low + (high - low) * (low_sum - total) / (low_sum - high_sum)


@helper
def _pull_string(
    need: Floats,
    hours: Floats,
    lower: Floats,
    upper: Floats,
    inflow: Floats,
    store: float,
    tolerance: float,
    release: Floats,
) -> None:
    """Fill `release` [M] with the levelled releases of a hydrological year.

    Months stand in its order, and the store is empty at both ends.
    """
    months = need.size
    inflow_sum, release_sum = (
        np.zeros(months + 1),
        np.zeros(months + 1),
    )  # cumulative inflow; cumulative release where settled
    for m in range(months):
        inflow_sum[m + 1] = inflow_sum[m] + inflow[m]
    release_sum[months] = inflow_sum[months]
    stack, top = np.zeros((months + 1, 2), dtype=np.int64), 1
    stack[0, 1] = months
    while top > 0:
        top -= 1
        first, last = stack[top, 0], stack[top, 1]
        level = _find_level(need, hours, lower, upper, first, last, release_sum[last] - release_sum[first])
        path, worst, split = release_sum[first], tolerance, -1
        for m in range(first, last):
            release[m] = _clip_release(need[m], hours[m], lower[m], upper[m], level)
            path += release[m]
            end = m + 1
            if end < last and path - inflow_sum[end] > worst:
                worst, split, release_sum[end] = path - inflow_sum[end], end, inflow_sum[end]
            if end < last and inflow_sum[end] - store - path > worst:
                worst, split, release_sum[end] = inflow_sum[end] - store - path, end, inflow_sum[end] - store
        if split >= 0:
            stack[top, 0], stack[top, 1] = first, split
            stack[top + 1, 0], stack[top + 1, 1] = split, last
            top += 2


@helper
def level_seasons(
    net_load_mw: Floats,
    ignored_mw: Floats,
    day_weight: Floats,
    inflow_mwh: Floats,
    least_mwh: Floats,
    most_mwh: Floats,
    store_mwh: Floats,
    first_month: int,
) -> Floats:
    """Level reservoirs' release over the months, MWh f8[Z, M].

    Over the year they release as much as flows in.

    Args:
        net_load_mw: f8[Z, M, D, H] that reservoirs and the market are to serve.
        ignored_mw: f8[Z, M] the part of it that water is not kept for.
        day_weight: f8[M, D] days of each type.
        inflow_mwh: f8[Z, M] what the month would release without the store.
        least_mwh: f8[Z, M] lowest release, at most the inflow.
        most_mwh: f8[Z, M] highest release, at least the inflow.
        store_mwh: f8[Z] what the store holds between empty and full, >= 0.
        first_month: 0..M-1, in which the store is empty at the start.
    """
    zones, months, days, count = net_load_mw.shape
    release = np.zeros((zones, months))
    need, hours, lower, upper = np.zeros(months), np.zeros(months), np.zeros(months), np.zeros(months)
    inflow, levelled = np.zeros(months), np.zeros(months)
    for z in range(zones):
        size = 1.0
        for i in range(months):
            m = (first_month + i) % months
            need[i], hours[i] = 0.0, 0.0
            for d in range(days):
                for h in range(count):
                    need[i] += (net_load_mw[z, m, d, h] - ignored_mw[z, m]) * day_weight[m, d]
                    hours[i] += day_weight[m, d]
            inflow[i], lower[i], upper[i] = inflow_mwh[z, m], least_mwh[z, m], most_mwh[z, m]
            levelled[i], size = inflow[i], size + inflow[i]
        if store_mwh[z] > 0.0:
            _pull_string(need, hours, lower, upper, inflow, store_mwh[z], 1e-12 * size, levelled)
        for i in range(months):
            release[z, (first_month + i) % months] = levelled[i]
    return release


@kernel
def reservoir_months(
    net_load_mw: Floats, ignored_mw: Floats, day_weight: Floats, plants: ReservoirPlants, first_month: int
) -> ReservoirMonths:
    """Compute reservoirs' release and bounds of output by month.

    Args:
        net_load_mw: f8[Z, M, D, H], this and the next two as `level_seasons`.
        ignored_mw: f8[Z, M].
        day_weight: f8[M, D].
        plants: of each zone.
        first_month: 0..M-1, in which the store is empty at the start.
    """
    inflow, turbine, (zones, months) = plants.inflow_mwh, plants.turbine_mw, plants.inflow_mwh.shape
    hours, lowest, highest = net_load_mw.shape[3], plants.minimum_share, plants.maximum_share
    lower_mwh, upper_mwh = np.zeros((zones, months)), np.zeros((zones, months))
    length = np.zeros(months)
    for m in range(months):
        for d in range(day_weight.shape[1]):
            length[m] += day_weight[m, d] * hours
    for z in range(zones):
        for m in range(months):
            lower_mwh[z, m] = lowest[z, m] * inflow[z, m]
            upper_mwh[z, m] = max(turbine[z] * highest[z, m] * length[m], inflow[z, m])
    energy = level_seasons(
        net_load_mw, ignored_mw, day_weight, inflow, lower_mwh, upper_mwh, plants.store_mwh, first_month
    )
    low, high = np.zeros((zones, months)), np.zeros((zones, months))
    for z in range(zones):
        for m in range(months):
            mean = energy[z, m] / length[m]
            high[z, m] = max(turbine[z] * highest[z, m], mean)
            low[z, m] = min(lowest[z, m] * mean, high[z, m])
    return ReservoirMonths(energy, low, high)
