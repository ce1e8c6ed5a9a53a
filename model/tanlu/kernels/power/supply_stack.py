"""Everything that the electricity market of a year calls up, in one list; and what its rivers did, taken out again."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

kernel = njit(nogil=True, cache=True)
# Helpers are compiled into the kernel and cached with it; without wrappers that takes half the time.
helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


class LineUp(NamedTuple):
    """Units, neighbours, exports that can be given up, load that can be shed and rivers, in that order; axis V."""

    zone: Integers  # [V]
    capacity_mw: Floats  # [V]
    cost_cny_per_mwh: Floats  # [V]
    availability: Floats  # [V, M] share of capacity


class Apart(NamedTuple):
    """What a year was for those in the list that are no units of the region; axes zone Z, month M, day D, hour H."""

    units_mw: Floats  # [Z, M, D, H] output of all but rivers
    surplus_mw: Floats  # [Z, M, D, H] curtailed, with what rivers did not sell
    imported_mwh: Floats  # [Z] from neighbours
    imported_cny: Floats  # [Z] at their prices
    given_up_mwh: Floats  # [Z] of exports
    shed_mwh: Floats  # [Z]


@helper
def _share_of_most(megawatts: Floats, share: Floats) -> float:
    """Set each month's share [M] of the greatest of `megawatts` [M]; return that."""
    most = 0.0
    for m in range(megawatts.size):
        most = max(most, megawatts[m])
    for m in range(megawatts.size):
        share[m] = megawatts[m] / max(most, 1e-9)
    return most


@helper
def _mean(values: Floats) -> float:
    """Return the mean of values [M, D, H]."""
    total = 0.0
    for m in range(values.shape[0]):
        for d in range(values.shape[1]):
            for h in range(values.shape[2]):
                total += values[m, d, h]
    return total / values.size


@kernel
def line_up(
    unit_zone: Integers,
    unit_capacity_mw: Floats,
    unit_cost_cny_per_mwh: Floats,
    unit_availability: Floats,
    neighbour_zone: Integers,
    neighbour_mw: Floats,
    neighbour_price_cny_per_mwh: Floats,
    surplus_zone: Integers,
    surplus_mw: Floats,
    surplus_price_cny_per_mwh: Floats,
    shed_share: Floats,
    load_mw: Floats,
    shedding_price_cny_per_mwh: float,
    river_mw: Floats,
    river_cost_cny_per_mwh: Floats,
) -> LineUp:
    """Return what can be called up.

    Args:
        unit_zone: i8[U].
        unit_capacity_mw: f8[U].
        unit_cost_cny_per_mwh: f8[U].
        unit_availability: f8[U, M].
        neighbour_zone: i8[N].
        neighbour_mw: f8[N].
        neighbour_price_cny_per_mwh: f8[N].
        surplus_zone: i8[X].
        surplus_mw: f8[X, M] exports that are given up at their price.
        surplus_price_cny_per_mwh: f8[X].
        shed_share: f8[Z] of the mean load, shed at its price.
        load_mw: f8[Z, M, D, H].
        shedding_price_cny_per_mwh: f8.
        river_mw: f8[Z, M].
        river_cost_cny_per_mwh: f8[Z] below which rivers refuse.
    """
    units, months = unit_availability.shape
    neighbours, surplus, zones = neighbour_zone.size, surplus_zone.size, shed_share.size
    count = units + neighbours + surplus + 2 * zones
    zone, capacity, cost = np.zeros(count, np.int64), np.zeros(count), np.zeros(count)
    availability = np.zeros((count, months))
    for v in range(count):
        for m in range(months):
            availability[v, m] = unit_availability[v, m] if v < units else 1.0
    for u in range(units):
        zone[u], capacity[u], cost[u] = unit_zone[u], unit_capacity_mw[u], unit_cost_cny_per_mwh[u]
    v = units
    for n in range(neighbours):
        zone[v], capacity[v], cost[v] = neighbour_zone[n], neighbour_mw[n], neighbour_price_cny_per_mwh[n]
        v += 1
    for x in range(surplus):
        capacity[v] = _share_of_most(surplus_mw[x], availability[v])
        zone[v], cost[v] = surplus_zone[x], surplus_price_cny_per_mwh[x]
        v += 1
    for z in range(zones):
        zone[v + z], capacity[v + z] = z, shed_share[z] * _mean(load_mw[z])
        cost[v + z] = shedding_price_cny_per_mwh
        r = v + zones + z
        capacity[r] = _share_of_most(river_mw[z], availability[r])
        zone[r], cost[r] = z, river_cost_cny_per_mwh[z]
    return LineUp(zone, capacity, cost, availability)


@helper
def _fill_full(
    zone: Integers, capacity: Floats, cost: Floats, availability: Floats, river: Floats, full: Floats
) -> None:
    """Set full [Z, M] to the output of all that is called before the rivers are spared, and of the rivers."""
    count = zone.size - river.shape[0]
    for z in range(river.shape[0]):
        for m in range(river.shape[1]):
            full[z, m] = river[z, m]
    # What is no dearer than the rivers is called before them, for it is listed before them.
    for v in range(count):
        z = zone[v]
        if cost[v] <= cost[count + z]:
            for m in range(river.shape[1]):
                full[z, m] += capacity[v] * availability[v, m]


@kernel
def tell_apart(
    zone: Integers,
    capacity_mw: Floats,
    cost_cny_per_mwh: Floats,
    availability: Floats,
    units: int,
    neighbours: int,
    river_mw: Floats,
    units_mw: Floats,
    surplus_mw: Floats,
    output_mwh: Floats,
) -> Apart:
    """Take rivers out of the market's output, and add up what the others in the list gave.

    Args:
        zone: i8[V], this and the next three as `LineUp`.
        capacity_mw: f8[V].
        cost_cny_per_mwh: f8[V].
        availability: f8[V, M].
        units: first in the list.
        neighbours: after them.
        river_mw: f8[Z, M].
        units_mw: f8[Z, M, D, H] output of all that is lined up.
        surplus_mw: f8[Z, M, D, H] curtailed.
        output_mwh: f8[V] over the year.
    """
    zones, months, days, hours = units_mw.shape
    # What is no dearer than the rivers is called before them, for it is listed before them.
    full, left, curtailed = np.zeros((zones, months)), np.zeros(units_mw.shape), np.zeros(units_mw.shape)
    _fill_full(zone, capacity_mw, cost_cny_per_mwh, availability, river_mw, full)
    for z in range(zones):
        for m in range(months):
            for d in range(days):
                for h in range(hours):
                    given = units_mw[z, m, d, h]
                    idle = min(max(full[z, m] - given, 0.0), river_mw[z, m])
                    left[z, m, d, h] = given - (river_mw[z, m] - idle)
                    curtailed[z, m, d, h] = surplus_mw[z, m, d, h] + idle
    total, shed = np.zeros((4, zones)), zone.size - 2 * zones
    for v in range(units, zone.size - zones):
        kind = 0 if v < units + neighbours else (2 if v < shed else 3)
        total[kind, zone[v]] += output_mwh[v]
        total[1, zone[v]] += output_mwh[v] * cost_cny_per_mwh[v] if kind == 0 else 0.0
    return Apart(left, curtailed, total[0], total[1], total[2], total[3])
