"""The hours of an electricity year around its clearing: the load left to the market, and what hours add up to."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class Exchange(NamedTuple):
    """What zones send by contract; axes zone Z, month M, surplus export X."""

    contract_mw: Floats  # [Z, M] out of the region
    internal_mw: Floats  # [M] from zone 0 to zone 1
    line_loss_share: float  # of a flow that does not arrive
    surplus_zone: Integers  # [X]
    surplus_mw: Floats  # [X, M] offered to exports that are curtailed at their price


class NaturalPower(NamedTuple):
    """What water, wind and sun can give; axes zone Z, month M, kind of wind and sun R, hour H, fuel F."""

    river_mw: Floats  # [Z, M] run-of-river
    small_hydro_mw: Floats  # [Z, M] while all its plants stand
    small_hydro_full_mw: Floats  # [Z] their capacity then; more of it gives no more
    capacity_mw: Floats  # [Z, F]
    small_hydro: int  # among the fuels
    renewable_mw: Floats  # [Z, R] capacity
    renewable_profile: Floats  # [Z, R, M, H] capacity factor


class HourlyLoad(NamedTuple):
    """The year before it is cleared; axes zone Z, month M, day type D, hour H, natural source N."""

    load_mw: Floats  # [Z, M, D, H]
    natural_mw: Floats  # [N, Z, M, H] what water, wind and sun give before curtailment
    net_load_mw: (
        Floats  # [Z, M, D, H] load, what is committed and offered abroad, less must-run and what nature gives
    )
    committed_mw: Floats  # [Z, M] out of the zone by contract
    offered_mw: Floats  # [Z, M] to exports that are given up at their price


class ClearedFlows(NamedTuple):
    """What the cleared hours are beyond load and nature; axes zone Z, month M, day type D, hour H."""

    charge_mw: Floats  # [Z, M, D, H] of storage
    discharge_mw: Floats  # [Z, M, D, H]
    reservoir_mw: Floats  # [Z, M, D, H]
    spilled_mwh: Floats  # [Z, M] of the reservoirs
    surplus_mw: Floats  # [Z, M, D, H] curtailed
    unserved_mw: Floats  # [Z, M, D, H]
    flow_mw: Floats  # [M, D, H] from zone 0 to zone 1, contracts not included
    price_cny_per_mwh: Floats  # [Z, M, D, H]


class SourceFuels(NamedTuple):
    """Under which fuels stands what runs outside the merit order."""

    natural: Integers  # [N] of each natural source, run-of-river first
    first_curtailed: int  # how many of them are curtailed before the others
    reservoir: int
    stores: Integers  # [S]


class YearTotals(NamedTuple):
    """The cleared year over all its hours; axes zone Z, fuel F."""

    generation_mwh: Floats  # [Z, F] fed in by what runs outside the merit order
    curtailed_mwh: Floats  # [Z, F]
    revenue_cny_per_mw: Floats  # [Z, F] at the hours' prices
    lost_mwh: Floats  # [Z] charged, not discharged
    load_mwh: Floats  # [Z]
    load_cny: Floats  # [Z]
    unserved_mwh: Floats  # [Z]
    price_hours: Floats  # [Z] price summed over hours, CNY/MW
    flow_mwh: float  # from zone 0 to zone 1
    refused_mwh: Floats  # [Z] surplus beyond what nature gives, which curtailing it does not take
    leaving_mw: (
        Floats  # [Z, M, D, H] to the other zone, contracts included; what arrives is less by what is lost
    )
    leaving_mwh: Floats  # [Z]


class SourceUnits(NamedTuple):
    """What the market called up; axes unit U, month M."""

    zone: Integers  # [U]
    capacity_mw: Floats  # [U]
    availability: Floats  # [U, M] share of capacity
    source: Integers  # [U] among which its output counts
    order: Integers  # [U] units in order of cost


@helper
def _leaving(zone: int, flow: float, lost: float) -> float:
    """Return what leaves a zone by a flow from zone 0 to zone 1; what is lost does not arrive."""
    if zone == 0:
        return flow if flow > 0.0 else (1.0 - lost) * flow
    return -(1.0 - lost) * flow if flow > 0.0 else -flow


@helper
def _small_hydro_share(nature: NaturalPower, z: int) -> float:
    """Return the share of small hydro of a zone that stands."""
    standing = nature.capacity_mw[z, nature.small_hydro]
    return min(standing / max(nature.small_hydro_full_mw[z], 1e-9), 1.0)


@kernel
def hourly_load(
    load_shape: Floats, mean_load_mw: Floats, must_run_mw: Floats, exchange: Exchange, nature: NaturalPower
) -> HourlyLoad:
    """Return load, natural output and the load that is left for the market.

    Args:
        load_shape: f8[Z, M, D, H] of the annual mean.
        mean_load_mw: f8[Z].
        must_run_mw: f8[Z].
        exchange: by contract.
        nature: what it can give.
    """
    zones, months, days, hours = load_shape.shape
    kinds = nature.renewable_mw.shape[1]
    load, net = np.zeros(load_shape.shape), np.zeros(load_shape.shape)
    natural = np.zeros((2 + kinds, zones, months, hours))
    committed, offered = np.zeros((zones, months)), np.zeros((zones, months))
    for x in range(exchange.surplus_zone.size):
        for m in range(months):
            offered[exchange.surplus_zone[x], m] += exchange.surplus_mw[x, m]
    for z in range(zones):
        small_share = _small_hydro_share(nature, z)
        for m in range(months):
            small = nature.small_hydro_mw[z, m] * small_share
            leaving = _leaving(z, exchange.internal_mw[m], exchange.line_loss_share)
            committed[z, m] = exchange.contract_mw[z, m] + leaving
            steady = committed[z, m] + offered[z, m] - must_run_mw[z]
            for h in range(hours):
                natural[0, z, m, h], natural[1, z, m, h] = nature.river_mw[z, m], small
                total = natural[0, z, m, h] + natural[1, z, m, h]
                for r in range(kinds):
                    natural[2 + r, z, m, h] = nature.renewable_mw[z, r] * nature.renewable_profile[z, r, m, h]
                    total += natural[2 + r, z, m, h]
                for d in range(days):
                    load[z, m, d, h] = load_shape[z, m, d, h] * mean_load_mw[z]
                    net[z, m, d, h] = load[z, m, d, h] + steady - total
    return HourlyLoad(load, natural, net, committed, offered)


@helper
def _add_natural(
    z: int,
    natural: Floats,
    first: int,
    cleared: ClearedFlows,
    weight: Floats,
    share: Floats,
    total: Floats,
) -> None:
    """Set total [4, N, Z]: fed, curtailed and earned, and under the first source what none of them bears.

    The first sources bear the surplus, each by its share, and the others what is left of it. Days are summed hour by
    hour and then weighted, which is closer to the true sum than all hours in a row; `share` [2, H] is room for what is
    curtailed of each hour.
    """
    surplus, price = cleared.surplus_mw, cleared.price_cny_per_mwh
    sources, _, months, hours = natural.shape
    for m in range(months):
        for d in range(weight.shape[1]):
            for h in range(hours):
                over = surplus[z, m, d, h]
                for rank in range(2):
                    given = 0.0
                    for n in range(first if rank else 0, sources if rank else first):
                        given += natural[n, z, m, h]
                    share[rank, h] = min(over / max(given, 1e-9), 1.0) if over > 0.0 else 0.0
                    over -= given
                total[3, 0, z] += max(over, 0.0) * weight[m, d]
            for n in range(sources):
                fed, lost, earned, rank = 0.0, 0.0, 0.0, int(n >= first)
                for h in range(hours):
                    gone = natural[n, z, m, h] * share[rank, h]
                    left = natural[n, z, m, h] - gone
                    fed, lost, earned = fed + left, lost + gone, earned + left * price[z, m, d, h]
                total[0, n, z] += fed * weight[m, d]
                total[1, n, z] += lost * weight[m, d]
                total[2, n, z] += earned * weight[m, d]


@helper
def _add_rest(z: int, load: Floats, cleared: ClearedFlows, weight: Floats, total: Floats) -> None:
    """Set total [9, Z]: the reservoirs' energy and revenue, storage's and the load's."""
    charge, discharge, reservoir = cleared.charge_mw, cleared.discharge_mw, cleared.reservoir_mw
    unserved, price = cleared.unserved_mw, cleared.price_cny_per_mwh
    months, days, hours = load.shape[1:]
    for m in range(months):
        for d in range(days):
            water, earned, fed, lost, gained = 0.0, 0.0, 0.0, 0.0, 0.0
            used, paid, short, level = 0.0, 0.0, 0.0, 0.0
            for h in range(hours):
                pay, stored = price[z, m, d, h], discharge[z, m, d, h] - charge[z, m, d, h]
                water, earned = water + reservoir[z, m, d, h], earned + reservoir[z, m, d, h] * pay
                fed, lost, gained = fed + discharge[z, m, d, h], lost - stored, gained + stored * pay
                used, paid = used + load[z, m, d, h], paid + load[z, m, d, h] * pay
                short, level = short + unserved[z, m, d, h], level + pay
            w = weight[m, d]
            total[0, z] += water * w
            total[1, z] += earned * w
            total[2, z] += fed * w
            total[3, z] += lost * w
            total[4, z] += gained * w
            total[5, z] += used * w
            total[6, z] += paid * w
            total[7, z] += short * w
            total[8, z] += level * w


@helper
def _add_hours(values: Floats, weight: Floats) -> float:
    """Return the weighted sum of values [M, D, H], day by day."""
    total = 0.0
    for m in range(values.shape[0]):
        for d in range(values.shape[1]):
            day = 0.0
            for h in range(values.shape[2]):
                day += values[m, d, h]
            total += day * weight[m, d]
    return total


@helper
def _add_leaving(
    z: int, flow: Floats, internal: Floats, lost: float, weight: Floats, leaving: Floats
) -> float:
    """Fill leaving [Z, M, D, H] of a zone; return its sum over the year's hours."""
    total = 0.0
    for m in range(flow.shape[0]):
        steady = _leaving(z, internal[m], lost)
        for d in range(flow.shape[1]):
            day = 0.0
            for h in range(flow.shape[2]):
                leaving[z, m, d, h] = _leaving(z, flow[m, d, h], lost) + steady
                day += leaving[z, m, d, h]
            total += day * weight[m, d]
    return total


@helper
def _share_out(money: float, capacity: float) -> float:
    return money / capacity if capacity > 0.0 else 0.0


@helper
def _share_among_fuels(
    natural: Floats,
    total: Floats,
    capacity: Floats,
    fuels: SourceFuels,
    output: Floats,
    lost: Floats,
    earned: Floats,
) -> None:
    """Set a zone's output, lost energy and earnings per MW [F] from its natural sources [4, N] and the rest [9]."""
    of_nature, reservoir, stores = fuels.natural, fuels.reservoir, fuels.stores
    for n in range(of_nature.size):
        f = of_nature[n]
        output[f], lost[f] = natural[0, n], natural[1, n]
        earned[f] = _share_out(natural[2, n], capacity[f])
    output[reservoir], river = total[0], of_nature[0]
    water = _share_out(natural[2, 0] + total[1], capacity[reservoir] + capacity[river])
    earned[reservoir], earned[river] = water, water
    output[stores[0]], size = total[2], 0.0
    for f in stores:
        size += capacity[f]
    for f in stores:
        earned[f] = _share_out(total[4], size)


@kernel
def add_up(
    hours: HourlyLoad,
    cleared: ClearedFlows,
    exchange: Exchange,
    day_weight: Floats,
    capacity_by_fuel_mw: Floats,
    fuels: SourceFuels,
) -> YearTotals:
    """Return the year's energy and money.

    Reservoirs and run-of-river earn alike per MW, as one cascade; so do all stores, whose energy stands under
    the first of them.

    Args:
        hours: before the year was cleared.
        cleared: the hours.
        exchange: by contract.
        day_weight: f8[M, D] days of each type.
        capacity_by_fuel_mw: f8[Z, F].
        fuels: of what runs outside the merit order.
    """
    zones, months, _, count = hours.load_mw.shape
    sources, share = hours.natural_mw.shape[0], np.zeros((2, count))
    natural, total = np.zeros((4, sources, zones)), np.zeros((9, zones))
    shape = capacity_by_fuel_mw.shape
    output, lost, earned = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    leaving, left = np.zeros(hours.load_mw.shape), np.zeros(zones)
    for z in range(zones):
        internal, missing = exchange.internal_mw, exchange.line_loss_share
        left[z] = _add_leaving(z, cleared.flow_mw, internal, missing, day_weight, leaving)
        _add_natural(z, hours.natural_mw, fuels.first_curtailed, cleared, day_weight, share, natural)
        _add_rest(z, hours.load_mw, cleared, day_weight, total)
        for m in range(months):
            lost[z, fuels.reservoir] += cleared.spilled_mwh[z, m]
        _share_among_fuels(
            natural[:, :, z],
            total[:, z],
            capacity_by_fuel_mw[z],
            fuels,
            output[z],
            lost[z],
            earned[z],
        )
    flow = _add_hours(cleared.flow_mw, day_weight)
    return YearTotals(
        generation_mwh=output,
        curtailed_mwh=lost,
        revenue_cny_per_mw=earned,
        lost_mwh=total[3],
        load_mwh=total[5],
        load_cny=total[6],
        unserved_mwh=total[7],
        price_hours=total[8],
        flow_mwh=flow,
        refused_mwh=natural[3, 0],
        leaving_mw=leaving,
        leaving_mwh=left,
    )


@kernel
def output_by_source(units: SourceUnits, sources: int, output_mw: Floats) -> Floats:
    """Return what each source gives of its zone's output, MW f8[Z, S, M, D, H].

    A zone's output fills its stack from the cheapest unit up, as the clearing does.

    Args:
        units: that were called up.
        sources: S, how many there are.
        output_mw: f8[Z, M, D, H] of all units of a zone.
    """
    zones, months, days, hours = output_mw.shape
    given, filled = np.zeros((zones, sources, months, days, hours)), np.zeros((zones, months))
    for k in range(units.order.size):
        u = units.order[k]
        z, s = units.zone[u], units.source[u]
        for m in range(months):
            room = units.capacity_mw[u] * units.availability[u, m]
            filled[z, m] += room
            below = filled[z, m] - room
            for d in range(days):
                for h in range(hours):
                    given[z, s, m, d, h] += min(max(output_mw[z, m, d, h] - below, 0.0), room)
    return given
