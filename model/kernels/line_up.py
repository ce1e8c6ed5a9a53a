"""Everything that the electricity market of a year calls up, in one list; and what its rivers did, taken out again."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

kernel = njit(nogil=True, cache=True)


class LineUp(NamedTuple):
    """Units, neighbours, exports that can be given up, load that can be shed and rivers, in that order; axis V."""

    zone: Integers  # [V]
    capacity_mw: Floats  # [V]
    cost_cny_per_mwh: Floats  # [V]
    availability: Floats  # [V, M] share of capacity


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
    zone, capacity, cost = np.empty(count, np.int64), np.empty(count), np.empty(count)
    availability = np.ones((count, months))
    zone[:units], capacity[:units], cost[:units] = unit_zone, unit_capacity_mw, unit_cost_cny_per_mwh
    availability[:units] = unit_availability
    v = units
    for n in range(neighbours):
        zone[v], capacity[v], cost[v] = neighbour_zone[n], neighbour_mw[n], neighbour_price_cny_per_mwh[n]
        v += 1
    for x in range(surplus):
        zone[v], capacity[v], cost[v] = surplus_zone[x], surplus_mw[x].max(), surplus_price_cny_per_mwh[x]
        availability[v] = surplus_mw[x] / max(capacity[v], 1e-9)
        v += 1
    for z in range(zones):
        zone[v + z], capacity[v + z], cost[v + z] = (
            z,
            shed_share[z] * load_mw[z].mean(),
            shedding_price_cny_per_mwh,
        )
        r = v + zones + z
        zone[r], capacity[r], cost[r] = z, river_mw[z].max(), river_cost_cny_per_mwh[z]
        availability[r] = river_mw[z] / max(capacity[r], 1e-9)
    return LineUp(zone, capacity, cost, availability)


@kernel
def take_rivers_out(
    zone: Integers,
    capacity_mw: Floats,
    cost_cny_per_mwh: Floats,
    availability: Floats,
    river_mw: Floats,
    units_mw: Floats,
    surplus_mw: Floats,
) -> tuple[Floats, Floats]:
    """Return units_mw without what rivers gave, and surplus_mw with what they did not sell, both f8[Z, M, D, H].

    Args:
        zone: i8[V], this and the next three as `LineUp`.
        capacity_mw: f8[V].
        cost_cny_per_mwh: f8[V].
        availability: f8[V, M].
        river_mw: f8[Z, M].
        units_mw: f8[Z, M, D, H] output of all that is lined up.
        surplus_mw: f8[Z, M, D, H] curtailed.
    """
    zones, months, days, hours = units_mw.shape
    count = zone.size - zones
    # What is no dearer than the rivers is called before them, for it is listed before them.
    full, left, curtailed = river_mw.copy(), np.empty(units_mw.shape), np.empty(units_mw.shape)
    for v in range(count):
        z = zone[v]
        if cost_cny_per_mwh[v] <= cost_cny_per_mwh[count + z]:
            for m in range(months):
                full[z, m] += capacity_mw[v] * availability[v, m]
    for z in range(zones):
        for m in range(months):
            for d in range(days):
                for h in range(hours):
                    given = units_mw[z, m, d, h]
                    idle = min(max(full[z, m] - given, 0.0), river_mw[z, m])
                    left[z, m, d, h] = given - (river_mw[z, m] - idle)
                    curtailed[z, m, d, h] = surplus_mw[z, m, d, h] + idle
    return left, curtailed
