"""The hours of an electricity year around its clearing: the load left to the market, and what hours add up to."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class Exchange(NamedTuple):
    """Lines, and what zones send by contract; axes zone Z, line L, month M, surplus export X."""

    contract_mw: Floats  # [Z, M] out of the region
    line_zones: Integers  # [L, 2] at the ends of each line
    line_mw: Floats  # [L, M] usable either way
    internal_mw: Floats  # [L, M] from the first end to the second
    line_loss_share: Floats  # [L] of a flow that does not arrive
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
    """The year before it is cleared; axes zone Z, line L, month M, day type D, hour H, natural source N."""

    load_mw: Floats  # [Z, M, D, H]
    natural_mw: Floats  # [N, Z, M, H] what water, wind and sun give before curtailment
    net_load_mw: (
        Floats  # [Z, M, D, H] load, what is committed and offered abroad, less must-run and what nature gives
    )
    committed_mw: Floats  # [Z, M] out of the zone by contract
    offered_mw: Floats  # [Z, M] to exports that are given up at their price
    line_forward_mw: Floats  # [L, M] highest flow beyond contracts from the first end to the second
    line_backward_mw: Floats  # [L, M] the same back


class ClearedFlows(NamedTuple):
    """What the cleared hours are beyond load and nature; axes zone Z, month M, day type D, hour H."""

    charge_mw: Floats  # [Z, M, D, H] of storage
    discharge_mw: Floats  # [Z, M, D, H]
    reservoir_mw: Floats  # [Z, M, D, H]
    spilled_mwh: Floats  # [Z, M] of the reservoirs
    surplus_mw: Floats  # [Z, M, D, H] curtailed
    unserved_mw: Floats  # [Z, M, D, H]
    flow_mw: Floats  # [L, M, D, H] from the first end of a line to the second, contracts not included
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
    flow_mwh: Floats  # [L] from the first end of a line to the second, contracts not included
    refused_mwh: Floats  # [Z] surplus beyond what nature gives, which curtailing it does not take
    leaving_mw: (
        Floats  # [Z, M, D, H] to other zones, contracts included; what arrives is less by what is lost
    )
    leaving_mwh: Floats  # [Z]
    received_share: Floats  # [Z, Z] of what a zone receives from others, by each of them


class SourceUnits(NamedTuple):
    """What the market called up; axes unit U, month M."""

    zone: Integers  # [U]
    capacity_mw: Floats  # [U]
    availability: Floats  # [U, M] share of capacity
    source: Integers  # [U] among which its output counts
    order: Integers  # [U] units in order of cost


@helper
def _measure_leaving(ends: Integers, z: int, flow: float, loss_share: float) -> float:
    """Measure the power that leaves a zone by a line's flow; 0 if it does not end there.

    The flow is from the first end to the second; a share of it does not arrive.
    """
    if ends[0] == z:
        return flow if flow > 0.0 else (1.0 - loss_share) * flow
    if ends[1] == z:
        return -(1.0 - loss_share) * flow if flow > 0.0 else -flow
    return 0.0


@helper
def _sum_leaving(exchange: Exchange, z: int, m: int) -> float:
    """Sum what leaves a zone for others by contract in a month, MW."""
    leaving = 0.0
    for line in range(exchange.line_loss_share.size):
        ends, loss_share = exchange.line_zones[line], exchange.line_loss_share[line]
        leaving += _measure_leaving(ends, z, exchange.internal_mw[line, m], loss_share)
    return leaving


@helper
def _small_hydro_share(nature: NaturalPower, z: int) -> float:
    """Return the share of small hydro of a zone that stands."""
    standing = nature.capacity_mw[z, nature.small_hydro]
    return min(standing / max(nature.small_hydro_full_mw[z], 1e-9), 1.0)


@helper
def _deduct_contracts(exchange: Exchange) -> tuple[Floats, Floats]:
    """Compute the free room of each line forward and backward, MW [L, M].

    A contract takes room the way it flows, and gives none the other way.
    """
    forward, backward = np.zeros(exchange.line_mw.shape), np.zeros(exchange.line_mw.shape)
    for line in range(forward.shape[0]):
        for m in range(forward.shape[1]):
            capacity_mw, contract_mw = exchange.line_mw[line, m], exchange.internal_mw[line, m]
            forward[line, m] = capacity_mw - max(contract_mw, 0.0)
            backward[line, m] = capacity_mw - max(-contract_mw, 0.0)
    return forward, backward


@kernel
def hourly_load(
    load_shape: Floats, mean_load_mw: Floats, must_run_mw: Floats, exchange: Exchange, nature: NaturalPower
) -> HourlyLoad:
    """Compute load, natural output and the load left for the market.

    Args:
        load_shape: f8[Z, M, D, H] of the annual mean.
        mean_load_mw: f8[Z].
        must_run_mw: f8[Z, M].
        exchange: lines, and what is sent by contract.
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
            committed[z, m] = exchange.contract_mw[z, m] + _sum_leaving(exchange, z, m)
            steady = committed[z, m] + offered[z, m] - must_run_mw[z, m]
            for h in range(hours):
                natural[0, z, m, h], natural[1, z, m, h] = nature.river_mw[z, m], small
                total = natural[0, z, m, h] + natural[1, z, m, h]
                for r in range(kinds):
                    natural[2 + r, z, m, h] = nature.renewable_mw[z, r] * nature.renewable_profile[z, r, m, h]
                    total += natural[2 + r, z, m, h]
                for d in range(days):
                    load[z, m, d, h] = load_shape[z, m, d, h] * mean_load_mw[z]
                    net[z, m, d, h] = load[z, m, d, h] + steady - total
    forward, backward = _deduct_contracts(exchange)
    return HourlyLoad(load, natural, net, committed, offered, forward, backward)


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
    """Set a zone's natural energy and revenue in total [4, N, Z].

    The rows are energy fed, energy curtailed, revenue, and, under the first source, the surplus that none of them
    bears. The first sources bear the surplus, each by its share, and the others what is left of it. Days are summed
    hour by hour and then weighted, which is closer to the true sum than all hours in a row; `share` [2, H] is room for
    what is curtailed of each hour.
    """
    surplus, price = cleared.surplus_mw, cleared.price_cny_per_mwh
    sources, _, months, hours = natural.shape
    for m in range(months):
        for d in range(weight.shape[1]):
            for h in range(hours):
                excess = surplus[z, m, d, h]
                for rank in range(2):
                    output = 0.0
                    for n in range(first if rank else 0, sources if rank else first):
                        output += natural[n, z, m, h]
                    share[rank, h] = min(excess / max(output, 1e-9), 1.0) if excess > 0.0 else 0.0
                    excess -= output
                total[3, 0, z] += max(excess, 0.0) * weight[m, d]
            for n in range(sources):
                fed, cut, revenue, rank = 0.0, 0.0, 0.0, int(n >= first)
                for h in range(hours):
                    cut_mw = natural[n, z, m, h] * share[rank, h]
                    fed_mw = natural[n, z, m, h] - cut_mw
                    fed, cut, revenue = fed + fed_mw, cut + cut_mw, revenue + fed_mw * price[z, m, d, h]
                total[0, n, z] += fed * weight[m, d]
                total[1, n, z] += cut * weight[m, d]
                total[2, n, z] += revenue * weight[m, d]


@helper
def _add_rest(z: int, load: Floats, cleared: ClearedFlows, weight: Floats, total: Floats) -> None:
    """Set total [9, Z]: energy and money of reservoirs, storage and load."""
    charge, discharge, reservoir = cleared.charge_mw, cleared.discharge_mw, cleared.reservoir_mw
    unserved, price = cleared.unserved_mw, cleared.price_cny_per_mwh
    months, days, hours = load.shape[1:]
    for m in range(months):
        for d in range(days):
            water, water_cny, fed, loss, storage_cny = 0.0, 0.0, 0.0, 0.0, 0.0
            consumption, load_cny, shortage, price_sum = 0.0, 0.0, 0.0, 0.0
            for h in range(hours):
                pay, net_mw = price[z, m, d, h], discharge[z, m, d, h] - charge[z, m, d, h]
                water, water_cny = water + reservoir[z, m, d, h], water_cny + reservoir[z, m, d, h] * pay
                fed, loss, storage_cny = (
                    fed + discharge[z, m, d, h],
                    loss - net_mw,
                    storage_cny + net_mw * pay,
                )
                consumption, load_cny = consumption + load[z, m, d, h], load_cny + load[z, m, d, h] * pay
                shortage, price_sum = shortage + unserved[z, m, d, h], price_sum + pay
            w = weight[m, d]
            total[0, z] += water * w
            total[1, z] += water_cny * w
            total[2, z] += fed * w
            total[3, z] += loss * w
            total[4, z] += storage_cny * w
            total[5, z] += consumption * w
            total[6, z] += load_cny * w
            total[7, z] += shortage * w
            total[8, z] += price_sum * w


@helper
def _add_hours(values: Floats, weight: Floats) -> float:
    """Sum weighted values [M, D, H], day by day."""
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
    z: int, flow: Floats, exchange: Exchange, weight: Floats, leaving: Floats, received_mwh: Floats
) -> float:
    """Fill leaving [Z, M, D, H] and received [Z, Z] of a zone; return the yearly sum of what leaves."""
    total = 0.0
    for m in range(flow.shape[1]):
        for d in range(flow.shape[2]):
            day = 0.0
            for h in range(flow.shape[3]):
                leaving[z, m, d, h] = 0.0
                for line in range(flow.shape[0]):
                    ends, loss_share = exchange.line_zones[line], exchange.line_loss_share[line]
                    sent_mw = _measure_leaving(ends, z, flow[line, m, d, h], loss_share)
                    sent_mw += _measure_leaving(ends, z, exchange.internal_mw[line, m], loss_share)
                    leaving[z, m, d, h] += sent_mw
                    if sent_mw < 0.0:
                        sender = ends[1] if ends[0] == z else ends[0]
                        received_mwh[z, sender] -= sent_mw * weight[m, d]
                day += leaving[z, m, d, h]
            total += day * weight[m, d]
    return total


@helper
def _share_received(received_mwh: Floats) -> None:
    """Turn what each zone receives into shares of all that it receives, in place."""
    for z in range(received_mwh.shape[0]):
        total = 0.0
        for sender in range(received_mwh.shape[1]):
            total += received_mwh[z, sender]
        for sender in range(received_mwh.shape[1] if total > 0.0 else 0):
            received_mwh[z, sender] /= total


@helper
def _divide(money: float, capacity: float) -> float:
    return money / capacity if capacity > 0.0 else 0.0


@helper
def _share_among_fuels(
    natural: Floats,
    total: Floats,
    capacity: Floats,
    fuels: SourceFuels,
    output: Floats,
    curtailed: Floats,
    revenue: Floats,
) -> None:
    """Set a zone's output, curtailment and revenue per MW by fuel [F].

    They come from its natural sources [4, N] and the rest [9].
    """
    source_fuels, reservoir, stores = fuels.natural, fuels.reservoir, fuels.stores
    for n in range(source_fuels.size):
        f = source_fuels[n]
        output[f], curtailed[f] = natural[0, n], natural[1, n]
        revenue[f] = _divide(natural[2, n], capacity[f])
    output[reservoir], river = total[0], source_fuels[0]
    if capacity[reservoir] <= 0.0 < capacity[river]:  # what a closed kind held in store the other one gives
        output[river], output[reservoir] = output[river] + output[reservoir], 0.0
    water = _divide(natural[2, 0] + total[1], capacity[reservoir] + capacity[river])
    revenue[reservoir], revenue[river] = water, water
    output[stores[0]], size = total[2], 0.0
    for f in stores:
        size += capacity[f]
    for f in stores:
        revenue[f] = _divide(total[4], size)


@kernel
def sum_year(
    hours: HourlyLoad,
    cleared: ClearedFlows,
    exchange: Exchange,
    day_weight: Floats,
    capacity_by_fuel_mw: Floats,
    fuels: SourceFuels,
) -> YearTotals:
    """Sum the year's energy and money over its hours.

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
    output, curtailed, revenue = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    leaving, leaving_mwh, received = np.zeros(hours.load_mw.shape), np.zeros(zones), np.zeros((zones, zones))
    for z in range(zones):
        leaving_mwh[z] = _add_leaving(z, cleared.flow_mw, exchange, day_weight, leaving, received)
        _add_natural(z, hours.natural_mw, fuels.first_curtailed, cleared, day_weight, share, natural)
        _add_rest(z, hours.load_mw, cleared, day_weight, total)
        for m in range(months):
            curtailed[z, fuels.reservoir] += cleared.spilled_mwh[z, m]
        _share_among_fuels(
            natural[:, :, z],
            total[:, z],
            capacity_by_fuel_mw[z],
            fuels,
            output[z],
            curtailed[z],
            revenue[z],
        )
    _share_received(received)
    flow = np.zeros(exchange.line_loss_share.size)
    for line in range(flow.size):
        flow[line] = _add_hours(cleared.flow_mw[line], day_weight)
    return YearTotals(
        generation_mwh=output,
        curtailed_mwh=curtailed,
        revenue_cny_per_mw=revenue,
        lost_mwh=total[3],
        load_mwh=total[5],
        load_cny=total[6],
        unserved_mwh=total[7],
        price_hours=total[8],
        flow_mwh=flow,
        refused_mwh=natural[3, 0],
        leaving_mw=leaving,
        leaving_mwh=leaving_mwh,
        received_share=received,
    )


@kernel
def split_output(units: SourceUnits, sources: int, output_mw: Floats) -> Floats:
    """Split a zone's output by source, MW f8[Z, S, M, D, H].

    A zone's output fills its stack from the cheapest unit up, as the clearing does.

    Args:
        units: that were called up.
        sources: S, how many there are.
        output_mw: f8[Z, M, D, H] of all units of a zone.
    """
    zones, months, days, hours = output_mw.shape
    source_mw, filled = np.zeros((zones, sources, months, days, hours)), np.zeros((zones, months))
    for k in range(units.order.size):
        u = units.order[k]
        z, s = units.zone[u], units.source[u]
        for m in range(months):
            unit_mw = units.capacity_mw[u] * units.availability[u, m]
            filled[z, m] += unit_mw
            start_mw = filled[z, m] - unit_mw
            for d in range(days):
                for h in range(hours):
                    source_mw[z, s, m, d, h] += min(max(output_mw[z, m, d, h] - start_mw, 0.0), unit_mw)
    return source_mw
