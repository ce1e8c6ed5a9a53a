"""What water is worth on average over the years that it may be like, month by month."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class WaterOffers(NamedTuple):
    """What more water takes the place of; axes offer V, zone Z, month M."""

    zone: Integers  # [V] of the market's offers, rivers among them
    capacity_mw: Floats  # [V]
    cost_cny_per_mwh: Floats  # [V]
    availability: Floats  # [V, M]
    spare_mw: Floats  # [Z, M] what units that could stop give on top of the offers
    spare_cost_cny_per_mwh: Floats  # [Z] of the cheapest of them


class WaterSold(NamedTuple):
    """What water sells in its own zone; axes zone Z, month M, day type D, hour H."""

    by_hour_mwh: Floats  # [Z, M, D, H] each for all the days it stands for
    sold_mwh: Floats  # [Z, M]
    worth_cny: Floats  # [Z, M] at the hours' prices


@helper
def _last_called(below: Floats, asked: float) -> int:
    """Return the first offer at which what is offered so far [I] reaches what is asked; I where nothing does."""
    low, high = 0, below.size
    while low < high:
        middle = (low + high) // 2
        if below[middle] + 1e-6 < asked:
            low = middle + 1
        else:
            high = middle
    return low


@helper
def _ranked(value: Floats) -> Integers:
    """Return positions in order of value, lowest first, equal ones as they stand."""
    order = np.empty(value.size, np.int64)
    for i in range(value.size):
        k = i
        while k > 0 and value[order[k - 1]] > value[i]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i
    return order


@helper
def _offers_of(
    z: int, zone: Integers, cost: Floats, spare_cost: float, row: Integers, price: Floats
) -> tuple[Integers, Floats]:
    """Return the rows of a zone's offers, cheapest first, and their costs; -1 stands for units that could stop."""
    count = 0
    for v in range(zone.size):
        if zone[v] == z:
            row[count], price[count] = v, cost[v]
            count += 1
    row[count], price[count] = -1, spare_cost
    order = _ranked(price[: count + 1])
    called, called_cost = np.empty(order.size, np.int64), np.empty(order.size)
    for k in range(order.size):
        called[k], called_cost[k] = row[order[k]], price[order[k]]
    return called, called_cost


@helper
def _some_finite(value: Floats) -> bool:
    some = False
    for x in value:
        some |= np.isfinite(x)
    return some


@kernel
def mean_worth(
    offers: WaterOffers,
    units_mw: Floats,
    surplus_mw: Floats,
    water_mw: Floats,
    sold_mwh: Floats,
    cap_cny_per_mwh: Floats,
    scarcity_price_cny_per_mwh: float,
) -> Floats:
    """Return the mean worth of water over years K, each hour's under the cap, f8[Z, M]; 0 where there is no cap.

    In a year that brings more water less is called of the offers, dearest first; the worth of an hour is the cost of
    what is called last.

    Args:
        offers: of the market.
        units_mw: f8[Z, M, D, H] called of the offers in this year.
        surplus_mw: f8[Z, M, D, H] curtailed of that.
        water_mw: f8[K, Z, M] mean output that each year has more than this one.
        sold_mwh: f8[Z, M, D, H] the weight of each hour; where a month sells nothing its hours weigh the same.
        cap_cny_per_mwh: f8[Z, M]; inf: no cap.
        scarcity_price_cny_per_mwh: where the offers do not suffice.
    """
    (zones, months, days, hours), years = units_mw.shape, water_mw.shape[0]
    mean, zone, spare = np.zeros((zones, months)), offers.zone, offers.spare_mw
    row, price = np.empty(zone.size + 1, np.int64), np.empty(zone.size + 1)
    for z in range(zones):
        if not _some_finite(cap_cny_per_mwh[z]):
            continue
        called, cost = _offers_of(
            z, zone, offers.cost_cny_per_mwh, offers.spare_cost_cny_per_mwh[z], row, price
        )
        below = np.empty(called.size)
        for m in range(months):
            cap, total, weight, worth = cap_cny_per_mwh[z, m], 0.0, 0.0, 0.0
            for i in range(called.size):
                v = called[i]
                total += offers.capacity_mw[v] * offers.availability[v, m] if v >= 0 else spare[z, m]
                below[i] = total
            for d in range(days):
                for h in range(hours):
                    share = max(sold_mwh[z, m, d, h], 1e-9)
                    weight += share
                    asked = units_mw[z, m, d, h] - surplus_mw[z, m, d, h] + spare[z, m]
                    for k in range(years):
                        i = _last_called(below, asked - water_mw[k, z, m])
                        last = cost[i] if i < called.size else scarcity_price_cny_per_mwh
                        worth += share * min(last, cap)
            mean[z, m] = worth / (weight * years) if cap < np.inf else 0.0
    return mean


@kernel
def water_sold(
    river_mw: Floats,
    reservoir_mw: Floats,
    surplus_mw: Floats,
    committed_mw: Floats,
    load_mw: Floats,
    price_cny_per_mwh: Floats,
    day_weight: Floats,
) -> WaterSold:
    """Return what water sells to its zone's load: what is neither curtailed nor sent out of it by contract.

    Args:
        river_mw: f8[Z, M] run-of-river before curtailment, which it bears first.
        reservoir_mw: f8[Z, M, D, H].
        surplus_mw: f8[Z, M, D, H] curtailed.
        committed_mw: f8[Z, M] out of the zone by contract.
        load_mw: f8[Z, M, D, H].
        price_cny_per_mwh: f8[Z, M, D, H].
        day_weight: f8[M, D] days of each type.
    """
    zones, months, days, hours = load_mw.shape
    by_hour, sold, worth = np.zeros(load_mw.shape), np.zeros((zones, months)), np.zeros((zones, months))
    for z in range(zones):
        for m in range(months):
            sent = max(committed_mw[z, m], 0.0)
            for d in range(days):
                for h in range(hours):
                    water = max(river_mw[z, m] - surplus_mw[z, m, d, h], 0.0) + reservoir_mw[z, m, d, h]
                    energy = min(max(water - sent, 0.0), load_mw[z, m, d, h]) * day_weight[m, d]
                    by_hour[z, m, d, h] = energy
                    sold[z, m] += energy
                    worth[z, m] += energy * price_cny_per_mwh[z, m, d, h]
    return WaterSold(by_hour, sold, worth)


@kernel
def stoppable_units(
    unit_zone: Integers,
    unit_capacity_mw: Floats,
    unit_cost_cny_per_mwh: Floats,
    unit_availability: Floats,
    minimum_load_share: Floats,
    floor_mw: Floats,
    least_online_share: float,
) -> tuple[Floats, Floats]:
    """Return what units must give beyond the least that is always online, MW f8[Z, M], and the least cost f8[Z].

    Args:
        unit_zone: i8[U].
        unit_capacity_mw: f8[U].
        unit_cost_cny_per_mwh: f8[U].
        unit_availability: f8[U, M] share of capacity.
        minimum_load_share: f8[U] of what is online; units of 0 start and stop by the hour.
        floor_mw: f8[Z, M] least output of what is online.
        least_online_share: f8 of capacity that can be kept online.
    """
    zones, months = floor_mw.shape
    spare, cheapest = np.zeros((zones, months)), np.zeros(zones)
    for z in range(zones):
        cheapest[z] = np.inf
        for m in range(months):
            spare[z, m] = floor_mw[z, m]
    for u in range(unit_zone.size):
        z, share = unit_zone[u], minimum_load_share[u] * least_online_share
        if share > 0.0:
            cheapest[z] = min(cheapest[z], unit_cost_cny_per_mwh[u])
            for m in range(months):
                spare[z, m] -= unit_capacity_mw[u] * share * unit_availability[u, m]
    for z in range(zones):
        for m in range(months):
            spare[z, m] = max(spare[z, m], 0.0)
    return spare, cheapest
