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


class WaterSales(NamedTuple):
    """What water sells in its own zone; axes zone Z, month M, day type D, hour H."""

    by_hour_mwh: Floats  # [Z, M, D, H] each for all the days it stands for
    sold_mwh: Floats  # [Z, M]
    worth_cny: Floats  # [Z, M] at the hours' prices


@helper
def _find_last_called(cumulative_mw: Floats, called_mw: float) -> int:
    """Find the first offer at which cumulative capacity reaches the call.

    `cumulative_mw` [I] counts each offer and those before it; I where the call is larger.
    """
    low, high = 0, cumulative_mw.size
    while low < high:
        middle = (low + high) // 2
        if cumulative_mw[middle] + 1e-6 < called_mw:
            low = middle + 1
        else:
            high = middle
    return low


@helper
def _rank(value: Floats) -> Integers:
    """Return positions in rising order of value, stable."""
    order = np.empty(value.size, np.int64)
    for i in range(value.size):
        k = i
        while k > 0 and value[order[k - 1]] > value[i]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i
    return order


@helper
def _list_offers(
    z: int, zone: Integers, cost: Floats, spare_cost: float, row: Integers, price: Floats
) -> tuple[Integers, Floats]:
    """List rows and costs of a zone's offers, cheapest first.

    The row of units that could stop is -1.
    """
    count = 0
    for v in range(zone.size):
        if zone[v] == z:
            row[count], price[count] = v, cost[v]
            count += 1
    row[count], price[count] = -1, spare_cost
    order = _rank(price[: count + 1])
    called, called_cost = np.empty(order.size, np.int64), np.empty(order.size)
    for k in range(order.size):
        called[k], called_cost[k] = row[order[k]], price[order[k]]
    return called, called_cost


@helper
def _has_finite(value: Floats) -> bool:
    has_finite = False
    for x in value:
        has_finite |= np.isfinite(x)
    return has_finite


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
    """Compute water's mean worth over years K under the cap, f8[Z, M].

    The cap holds in each hour; a month without one has 0. In a year that brings more water less is called of the
    offers, dearest first; the worth of an hour is the cost of what is called last.

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
        if not _has_finite(cap_cny_per_mwh[z]):
            continue
        called, cost = _list_offers(
            z, zone, offers.cost_cny_per_mwh, offers.spare_cost_cny_per_mwh[z], row, price
        )
        cumulative_mw = np.empty(called.size)
        for m in range(months):
            cap, total, weight, worth = cap_cny_per_mwh[z, m], 0.0, 0.0, 0.0
            for i in range(called.size):
                v = called[i]
                total += offers.capacity_mw[v] * offers.availability[v, m] if v >= 0 else spare[z, m]
                cumulative_mw[i] = total
            for d in range(days):
                for h in range(hours):
                    share = max(sold_mwh[z, m, d, h], 1e-9)
                    weight += share
                    called_mw = units_mw[z, m, d, h] - surplus_mw[z, m, d, h] + spare[z, m]
                    for k in range(years):
                        i = _find_last_called(cumulative_mw, called_mw - water_mw[k, z, m])
                        marginal_cost = cost[i] if i < called.size else scarcity_price_cny_per_mwh
                        worth += share * min(marginal_cost, cap)
            mean[z, m] = worth / (weight * years) if cap < np.inf else 0.0
    return mean


@kernel
def sum_water_sales(
    river_mw: Floats,
    reservoir_mw: Floats,
    surplus_mw: Floats,
    committed_mw: Floats,
    load_mw: Floats,
    price_cny_per_mwh: Floats,
    day_weight: Floats,
) -> WaterSales:
    """Sum the sales of water to its own zone's load.

    They are what is neither curtailed nor sent out of the zone by contract.

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
    by_hour, sales, worth = np.zeros(load_mw.shape), np.zeros((zones, months)), np.zeros((zones, months))
    for z in range(zones):
        for m in range(months):
            contract_mw = max(committed_mw[z, m], 0.0)
            for d in range(days):
                for h in range(hours):
                    water = max(river_mw[z, m] - surplus_mw[z, m, d, h], 0.0) + reservoir_mw[z, m, d, h]
                    energy = min(max(water - contract_mw, 0.0), load_mw[z, m, d, h]) * day_weight[m, d]
                    by_hour[z, m, d, h] = energy
                    sales[z, m] += energy
                    worth[z, m] += energy * price_cny_per_mwh[z, m, d, h]
    return WaterSales(by_hour, sales, worth)


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
    """Compute floor output that could stop, MW f8[Z, M], and its least cost f8[Z].

    It is what units must give beyond the least that is always online.

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
