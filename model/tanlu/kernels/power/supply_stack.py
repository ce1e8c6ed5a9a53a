"""The supply stack of a year: everything that the electricity market calls up, in one list.

What rivers in it did is taken out again afterwards.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class SupplyStack(NamedTuple):
    """What can be called up; axis V.

    Of a market these are units, neighbours, exports that can be curtailed, load that can be shed and rivers, in that
    order.
    """

    zone: Integers  # [V]
    capacity_mw: Floats  # [V]
    cost_cny_per_mwh: Floats  # [V]
    availability: Floats  # [V, M] share of capacity


class Neighbours(NamedTuple):
    """Who sells into the region; axes neighbour N, month M."""

    zone: Integers  # [N]
    capacity_mw: Floats  # [N, M]
    price_cny_per_mwh: Floats  # [N]


class SurplusExports(NamedTuple):
    """Exports that are curtailed at their price; axes export X, month M."""

    zone: Integers  # [X]
    capacity_mw: Floats  # [X, M]
    price_cny_per_mwh: Floats  # [X]


class Shedding(NamedTuple):
    """Load that is shed at a price."""

    share: Floats  # [Z] of the mean load
    load_mw: Floats  # [Z, M, D, H]
    price_cny_per_mwh: float


class Rivers(NamedTuple):
    """Run-of-river plants."""

    capacity_mw: Floats  # [Z, M]
    cost_cny_per_mwh: Floats  # [Z] below which they refuse


class StackOutcome(NamedTuple):
    """What a year was for those in the list that are no units of the region; axes zone Z, month M, day D, hour H."""

    units_mw: Floats  # [Z, M, D, H] output of all but rivers
    surplus_mw: Floats  # [Z, M, D, H] curtailed, with what rivers did not sell
    imported_mwh: Floats  # [Z] from neighbours
    imported_cny: Floats  # [Z] at their prices
    curtailed_export_mwh: Floats  # [Z]
    shed_mwh: Floats  # [Z]


@helper
def _scale_to_maximum(megawatts: Floats, share: Floats) -> float:
    """Set each month's share [M] of the maximum, and return that."""
    maximum = 0.0
    for m in range(megawatts.size):
        maximum = max(maximum, megawatts[m])
    for m in range(megawatts.size):
        share[m] = megawatts[m] / max(maximum, 1e-9)
    return maximum


@helper
def _average(values: Floats) -> float:
    """Compute the mean of values [M, D, H]."""
    total = 0.0
    for m in range(values.shape[0]):
        for d in range(values.shape[1]):
            for h in range(values.shape[2]):
                total += values[m, d, h]
    return total / values.size


@kernel
def stack_supply(
    units: SupplyStack, neighbours: Neighbours, exports: SurplusExports, shedding: Shedding, rivers: Rivers
) -> SupplyStack:
    """Build the supply stack of all that can be called up.

    Args:
        units: of the region.
        neighbours: price-responsive imports.
        exports: price-responsive exports.
        shedding: of industrial load.
        rivers: run-of-river plants.
    """
    unit_count, months = units.availability.shape
    zones = shedding.share.size
    count = unit_count + neighbours.zone.size + exports.zone.size + 2 * zones
    zone, capacity, cost = np.zeros(count, np.int64), np.zeros(count), np.zeros(count)
    availability = np.zeros((count, months))
    for v in range(count):
        for m in range(months):
            availability[v, m] = units.availability[v, m] if v < unit_count else 1.0
    for u in range(unit_count):
        zone[u], capacity[u], cost[u] = units.zone[u], units.capacity_mw[u], units.cost_cny_per_mwh[u]
    v = unit_count
    for n in range(neighbours.zone.size):
        capacity[v] = _scale_to_maximum(neighbours.capacity_mw[n], availability[v])
        zone[v], cost[v] = neighbours.zone[n], neighbours.price_cny_per_mwh[n]
        v += 1
    for x in range(exports.zone.size):
        capacity[v] = _scale_to_maximum(exports.capacity_mw[x], availability[v])
        zone[v], cost[v] = exports.zone[x], exports.price_cny_per_mwh[x]
        v += 1
    for z in range(zones):
        zone[v + z], capacity[v + z] = z, shedding.share[z] * _average(shedding.load_mw[z])
        cost[v + z] = shedding.price_cny_per_mwh
        r = v + zones + z
        capacity[r] = _scale_to_maximum(rivers.capacity_mw[z], availability[r])
        zone[r], cost[r] = z, rivers.cost_cny_per_mwh[z]
    return SupplyStack(zone, capacity, cost, availability)


@helper
def _fill_full(called: SupplyStack, river: Floats, full: Floats) -> None:
    """Set full [Z, M] to the output at which no river is spared.

    It is all that is called before the rivers, and the rivers.
    """
    zone, cost, count = called.zone, called.cost_cny_per_mwh, called.zone.size - river.shape[0]
    for z in range(river.shape[0]):
        for m in range(river.shape[1]):
            full[z, m] = river[z, m]
    # What is no dearer than the rivers is called before them, for it is listed before them.
    for v in range(count):
        z = zone[v]
        if cost[v] <= cost[count + z]:
            for m in range(river.shape[1]):
                full[z, m] += called.capacity_mw[v] * called.availability[v, m]


@kernel
def idle_rivers(called: SupplyStack, river_mw: Floats, units_mw: Floats) -> Floats:
    """Compute the river output that is not sold, f8[Z, M, D, H].

    Args:
        called: the list.
        river_mw: f8[Z, M].
        units_mw: f8[Z, M, D, H] output of the whole stack.
    """
    zones, months, days, hours = units_mw.shape
    full, idle = np.zeros((zones, months)), np.zeros(units_mw.shape)
    _fill_full(called, river_mw, full)
    for z in range(zones):
        for m in range(months):
            for d in range(days):
                for h in range(hours):
                    spare_mw = max(full[z, m] - units_mw[z, m, d, h], 0.0)
                    idle[z, m, d, h] = min(spare_mw, river_mw[z, m])
    return idle


@kernel
def separate_rivers(
    called: SupplyStack,
    units: int,
    neighbours: int,
    river_mw: Floats,
    idle_mw: Floats,
    units_mw: Floats,
    surplus_mw: Floats,
    output_mwh: Floats,
) -> StackOutcome:
    """Take rivers out of the market's output and sum the others.

    The others are the neighbours, exports and shed load of the list.

    Args:
        called: the list.
        units: first in the list.
        neighbours: after them.
        river_mw: f8[Z, M].
        idle_mw: f8[Z, M, D, H] of it, what is not sold.
        units_mw: f8[Z, M, D, H] output of the whole stack.
        surplus_mw: f8[Z, M, D, H] curtailed.
        output_mwh: f8[V] over the year.
    """
    zones, months, days, hours = units_mw.shape
    units_alone, curtailed = np.zeros(units_mw.shape), np.zeros(units_mw.shape)
    for z in range(zones):
        for m in range(months):
            for d in range(days):
                for h in range(hours):
                    idle = idle_mw[z, m, d, h]
                    units_alone[z, m, d, h] = units_mw[z, m, d, h] - (river_mw[z, m] - idle)
                    curtailed[z, m, d, h] = surplus_mw[z, m, d, h] + idle
    zone, total, shed = called.zone, np.zeros((4, zones)), called.zone.size - 2 * zones
    for v in range(units, zone.size - zones):
        kind = 0 if v < units + neighbours else (2 if v < shed else 3)
        total[kind, zone[v]] += output_mwh[v]
        total[1, zone[v]] += output_mwh[v] * called.cost_cny_per_mwh[v] if kind == 0 else 0.0
    return StackOutcome(units_alone, curtailed, total[0], total[1], total[2], total[3])
