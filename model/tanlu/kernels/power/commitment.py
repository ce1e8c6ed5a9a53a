"""Which thermal units a month keeps online, and the output that they cannot go below while they are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class CommitUnits(NamedTuple):
    """Thermal units of the offer; axes unit U, month M."""

    zone: Integers  # [U]
    capacity_mw: Floats  # [U]
    availability: Floats  # [U, M] share of capacity
    minimum_load_share: Floats  # [U] of what is online; units of 0 start and stop by the hour
    online_share: (
        Floats  # [U] of the hours for which a plan keeps it, less than 1 where a rule limits its year
    )
    order: Integers  # [U] units in order of cost


class CommitLoad(NamedTuple):
    """What the hours ask for; axes zone Z, month M, day type D, hour H."""

    load_mw: Floats  # [Z, M, D, H]
    net_load_mw: Floats  # [Z, M, D, H] load and what is committed, less must-run and nature
    ignored_mw: Floats  # [Z, M] the part of it for which nothing is kept online
    river_mw: Floats  # [Z, M] what the market calls up of what nature gives


class CommitLines(NamedTuple):
    """Lines that can hold the reserve of other zones; axes line L, month M."""

    zones: Integers  # [L, 2] at the ends of each line
    capacity_mw: Floats  # [L, M] usable either way
    internal_mw: Floats  # [L, M] of it contracted from the first end to the second


class FlexibleOutput(NamedTuple):
    """What can flatten thermal output; axes zone Z, month M."""

    reservoir_energy_mwh: Floats  # [Z, M]
    reservoir_maximum_mw: Floats  # [Z, M] greatest output
    store_power_mw: Floats  # [Z]


class Commitment(NamedTuple):
    """The month's plan of the dispatch centre; axes unit U of the offer, zone Z, month M, day type D, hour H."""

    online_mw: Floats  # [U, M] kept hot in every hour of the month
    floor_mw: Floats  # [U, M] least output of what is online
    floor_by_zone_mw: Floats  # [Z, M]
    availability: Floats  # [U, M] share of capacity left to the market above that output
    net_load_mw: Floats  # [Z, M, D, H] left to the market, which calls up rivers, too


@helper
def _assess_need(
    net_load: Floats,
    load: Floats,
    ignored: float,
    weight: Floats,
    water: float,
    flexible: float,
) -> tuple[float, float, float]:
    """Return a month's need online, spare water and peak load, MW.

    The need, of net_load and load [D, H], is before reserve and may be negative. Spare water is what water and stores
    could give beyond the highest hour.
    """
    total, length, highest, peak = 0.0, 0.0, -np.inf, 0.0
    for d in range(net_load.shape[0]):
        for h in range(net_load.shape[1]):
            total += (net_load[d, h] - ignored) * weight[d]
            length += weight[d]
            highest, peak = max(highest, net_load[d, h] - ignored), max(peak, load[d, h])
    return max((total - water) / length, highest - flexible), flexible - highest, peak


@helper
def _raise_target(need: Floats, spare: Floats, reserve: Floats, lines: CommitLines, target: Floats) -> None:
    """Raise target [Z, M] to the need and the reserve.

    The reserve that neighbours can lend is not kept online. A zone parts what it can lend among its lines alike.
    """
    borrowers = np.zeros(target.shape[0])
    for line in range(lines.zones.shape[0]):
        for side in range(2):
            borrowers[lines.zones[line, side]] += 1.0
    for z in range(target.shape[0]):
        for m in range(target.shape[1]):
            lent = 0.0
            for line in range(lines.zones.shape[0]):
                for side in range(2):
                    if lines.zones[line, side] != z:
                        continue
                    neighbour = lines.zones[line, 1 - side]
                    contracted = lines.internal_mw[line, m] if side == 1 else -lines.internal_mw[line, m]
                    room = lines.capacity_mw[line, m] - max(contracted, 0.0)
                    spare_mw = max(spare[neighbour, m] - reserve[neighbour, m], 0.0)
                    lent += min(spare_mw / borrowers[neighbour], room)
            target[z, m] = max(need[z, m] + max(reserve[z, m] - lent, 0.0), target[z, m])


@helper
def _keep_online(units: CommitUnits, target: Floats, online: Floats) -> None:
    """Set online [U, M], cheapest first, until the target [Z, M] is reached."""
    filled = np.zeros(target.shape)
    for k in range(units.order.size):
        u = units.order[k]
        if units.minimum_load_share[u] > 0.0:
            z = units.zone[u]
            for m in range(target.shape[1]):
                room = units.capacity_mw[u] * units.availability[u, m]
                filled[z, m] += room
                online[u, m] = min(max(target[z, m] - (filled[z, m] - room), 0.0), room)


@helper
def _set_least_online(units: CommitUnits, least_share: float, target: Floats) -> None:
    """Set target [Z, M] to the share that is always online.

    It is a share of the capacity that can be kept online.
    """
    for u in range(units.zone.size):
        if units.minimum_load_share[u] > 0.0:
            for m in range(target.shape[1]):
                target[units.zone[u], m] += units.capacity_mw[u] * units.availability[u, m] * least_share


@helper
def _set_residual_load(net_load: Floats, floor: Floats, river: Floats, rest: Floats) -> None:
    """Set the load [Z, M, D, H] that least output [Z, M] leaves.

    The rivers [Z, M], which are called up, are added.
    """
    zones, months, days, hours = rest.shape
    for z in range(zones):
        for m in range(months):
            for d in range(days):
                for h in range(hours):
                    rest[z, m, d, h] = net_load[z, m, d, h] - floor[z, m] + river[z, m]


@kernel
def commit_units(
    units: CommitUnits,
    load: CommitLoad,
    day_weight: Floats,
    flexible: FlexibleOutput,
    lines: CommitLines,
    reserve_share: float,
    least_online_share: float,
) -> Commitment:
    """Keep units online, cheapest first, for each month's highest hour.

    It is the highest hour that water does not cover. Water and stores flatten thermal output, but no further than to
    the month's mean and by no more than their greatest output. What is left, with the reserve, has to be online, and
    never less than a share of all units that can be kept online. The zones are operated as one: what water of a
    neighbour has beyond its highest hour and its own reserve holds that of this one, as far as the line has room. The
    last unit is online in part: cohorts stand for several. A unit whose year is limited is online for a share of the
    time. Units that are not online may still run for hours, as a gas turbine does. A month's plan instead of a unit
    commitment by the hour: start-ups within a month cost nothing.

    Args:
        units: of the offer.
        load: what the hours ask for.
        day_weight: f8[M, D] days of each type.
        flexible: water and stores.
        lines: between zones.
        reserve_share: of the month's peak load, on top of the highest hour.
        least_online_share: of capacity that can be kept online.
    """
    zones, months = load.ignored_mw.shape
    target, market_share = np.zeros((zones, months)), np.zeros(units.availability.shape)
    online, floor = np.zeros(market_share.shape), np.zeros(market_share.shape)
    by_zone, residual_load = np.zeros((zones, months)), np.zeros(load.net_load_mw.shape)
    _set_least_online(units, least_online_share, target)
    need, spare, reserve = np.empty((zones, months)), np.empty((zones, months)), np.empty((zones, months))
    for z in range(zones):
        for m in range(months):
            need[z, m], spare[z, m], peak = _assess_need(
                load.net_load_mw[z, m],
                load.load_mw[z, m],
                load.ignored_mw[z, m],
                day_weight[m],
                flexible.reservoir_energy_mwh[z, m],
                flexible.reservoir_maximum_mw[z, m] + flexible.store_power_mw[z],
            )
            reserve[z, m] = reserve_share * peak
    _raise_target(need, spare, reserve, lines, target)
    _keep_online(units, target, online)
    for u in range(units.zone.size):
        for m in range(months):
            online[u, m] *= units.online_share[u]
            floor[u, m] = online[u, m] * units.minimum_load_share[u]
            market_share[u, m] = units.availability[u, m] - floor[u, m] / max(units.capacity_mw[u], 1e-9)
            by_zone[units.zone[u], m] += floor[u, m]
    _set_residual_load(load.net_load_mw, by_zone, load.river_mw, residual_load)
    return Commitment(online, floor, by_zone, market_share, residual_load)
