"""What a cleared year was for the units of the merit order, with the output they give because they are online."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]


class OnlineUnits(NamedTuple):
    """Units of the offer as the months' plans keep them; axes unit U, month M."""

    row: Integers  # [U] of the population; -1 where it is only planned
    zone: Integers  # [U]
    cost_cny_per_mwh: Floats  # [U] at full load
    no_load_cny_per_mwh: Floats  # [U] of it: what an hour online costs a MW without output
    minimum_load_share: Floats  # [U] of what is online; units of 0 start and stop by the hour
    compensated_load_share: Floats  # [U] of what is online, the ordinary least output
    floor_mw: Floats  # [U, M] least output of what is online


class UnitYear(NamedTuple):
    """A year's accounts of energy and money; axes unit U, zone Z."""

    output_mwh: Floats  # [U] least output while online included
    idle_mwh: Floats  # [U] online without output
    revenue_cny: Floats  # [U] uplift included
    uplift_cny: Floats  # [Z]


class CalledUnits(NamedTuple):
    """What the market calls up; axes unit V, month M."""

    zone: Integers  # [V]
    capacity_mw: Floats  # [V]
    availability: Floats  # [V, M] share of capacity
    order: Integers  # [V] cheapest first


class CappedYear(NamedTuple):
    """A year's prices and what units earn at them; axes zone Z, month M, day type D, hour H, unit V."""

    price_cny_per_mwh: Floats  # [Z, M, D, H]
    unit_revenue_cny: Floats  # [V]


@kernel
def settle_at_cap(
    called: CalledUnits,
    output_mw: Floats,
    price_cny_per_mwh: Floats,
    unit_revenue_cny: Floats,
    day_weight: Floats,
    price_cap_cny_per_mwh: float,
) -> CappedYear:
    """Lower prices to a cap, and units' revenue with them.

    In hours above the cap a zone's output comes from the cheapest unit first, and each loses what the price loses.

    Args:
        called: what is called up.
        output_mw: f8[Z, M, D, H] of all of them together.
        price_cny_per_mwh: f8[Z, M, D, H] of the market.
        unit_revenue_cny: f8[V] at those prices.
        day_weight: f8[M, D] days of each type.
        price_cap_cny_per_mwh: the highest price that is paid.
    """
    price, revenue = price_cny_per_mwh.copy(), unit_revenue_cny.copy()
    zones, months, days, hours = price.shape
    for z in range(zones):
        for m in range(months):
            for d in range(days):
                for h in range(hours):
                    excess, rest_mw = price[z, m, d, h] - price_cap_cny_per_mwh, output_mw[z, m, d, h]
                    if excess <= 0.0:
                        continue
                    price[z, m, d, h] = price_cap_cny_per_mwh
                    for v in called.order:
                        if called.zone[v] == z and rest_mw > 0.0:
                            unit_mw = min(called.capacity_mw[v] * called.availability[v, m], rest_mw)
                            revenue[v] -= excess * unit_mw * day_weight[m, d]
                            rest_mw -= unit_mw
    return CappedYear(price, revenue)


@helper
def _add_revenue(
    called: CalledUnits, z: int, m: int, output_mw: float, worth: float, revenue: Floats
) -> None:
    """Add what a zone's units earn in an hour at `worth` a MW; its output comes from the cheapest unit first."""
    for v in called.order:
        if output_mw <= 0.0:
            break
        if called.zone[v] == z:
            unit_mw = min(called.capacity_mw[v] * called.availability[v, m], output_mw)
            revenue[v] += worth * unit_mw
            output_mw -= unit_mw


@kernel
def sum_revenue(
    called: CalledUnits, output_mw: Floats, price_cny_per_mwh: Floats, day_weight: Floats
) -> Floats:
    """Sum what units earn at prices, CNY f8[V].

    Args:
        called: what is called up.
        output_mw: f8[Z, M, D, H] of all of them together.
        price_cny_per_mwh: f8[Z, M, D, H] of the market.
        day_weight: f8[M, D] days of each type.
    """
    revenue = np.zeros(called.zone.size)
    zones, months, days, hours = price_cny_per_mwh.shape
    for z in range(zones):
        for m in range(months):
            for d in range(days):
                for h in range(hours):
                    worth = price_cny_per_mwh[z, m, d, h] * day_weight[m, d]
                    if worth > 0.0:
                        _add_revenue(called, z, m, output_mw[z, m, d, h], worth, revenue)
    return revenue


@helper
def _set_hours_and_means(price: Floats, day_weight: Floats, length: Floats, mean: Floats) -> None:
    """Set the months' hours [M] and mean prices [Z, M]."""
    zones, months, days, hours = price.shape
    for m in range(months):
        length[m] = 0.0
        for d in range(days):
            length[m] += day_weight[m, d] * hours
        for z in range(zones):
            total = 0.0
            for d in range(days):
                day = 0.0
                for h in range(hours):
                    day += price[z, m, d, h]
                total += day * day_weight[m, d]
            mean[z, m] = total / length[m]


@helper
def _find_marginal_mw(
    price: Floats, day_weight: Floats, cost: float, floor: float, online: float, sold_mwh: float
) -> float:
    """Find a unit's output in hours priced at its cost.

    Of the hours [D, H] of a month. It gives all that is online in dearer hours; what it sold beyond that was given in
    these.
    """
    dearer, equal = 0.0, 0.0
    for d in range(price.shape[0]):
        for h in range(price.shape[1]):
            if price[d, h] > cost:
                dearer += day_weight[d]
            elif price[d, h] == cost:
                equal += day_weight[d]
    if equal == 0.0:
        return floor
    marginal_mwh = sold_mwh - dearer * (online - floor)
    return min(max(floor + marginal_mwh / equal, floor), online)


@helper
def _measure_day_loss(
    price: Floats, cost: float, no_load: float, floor: float, marginal: float, online: float
) -> float:
    """Measure a day's loss of a unit that stays online, CNY.

    Below 0 it earns more than it costs. It gives all that is online in hours whose price is above its cost at full
    load, `marginal` in hours priced at it, else its least output.
    """
    loss = 0.0
    for h in range(price.size):
        output = online if price[h] > cost else floor
        if price[h] == cost:
            output = max(floor, marginal)
        loss += no_load * online + (cost - no_load - price[h]) * output
    return loss


@kernel
def settle_units(
    units: OnlineUnits,
    online_mw: Floats,
    sold_mwh: Floats,
    sold_cny: Floats,
    price_cny_per_mwh: Floats,
    day_weight: Floats,
) -> UnitYear:
    """Add the output of being online to the market's sales.

    Who has to stay online is made whole over each day: he is paid what output at the hours' prices leaves of his cost,
    which is that of being online without output and that of each MWh. In hours cheaper than his cost at full load he
    gives his least output, in hours priced at it what he sold and dearer hours leave. Who can go lower than the
    ordinary least output is paid for that one where it lacks more, so that he keeps what he saves.
    Source: O'Neill et al. 2005, European Journal of Operational Research 164:269.

    Args:
        units: of the offer.
        online_mw: f8[U, M] of each month's plan.
        sold_mwh: f8[V, M] above that output, V >= U: others may follow the units.
        sold_cny: f8[V].
        price_cny_per_mwh: f8[Z, M, D, H].
        day_weight: f8[M, D] days of each type.
    """
    zones, months = price_cny_per_mwh.shape[:2]
    length, mean = np.zeros(months), np.zeros((zones, months))
    _set_hours_and_means(price_cny_per_mwh, day_weight, length, mean)
    count = units.zone.size
    output, idle, revenue, uplift = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(zones)
    for u in range(count):
        z, sales, floor_sum, floor_cny, compensation = units.zone[u], 0.0, 0.0, 0.0, 0.0
        for m in range(months):
            least_mwh = units.floor_mw[u, m] * length[m]
            sales, floor_sum, floor_cny = (
                sales + sold_mwh[u, m],
                floor_sum + least_mwh,
                floor_cny + least_mwh * mean[z, m],
            )
            if online_mw[u, m] > 0.0:
                floor, ordinary = units.floor_mw[u, m], units.compensated_load_share[u] * online_mw[u, m]
                full, idle_cost = units.cost_cny_per_mwh[u], units.no_load_cny_per_mwh[u]
                all_of_it, prices = online_mw[u, m], price_cny_per_mwh[z, m]
                marginal = _find_marginal_mw(prices, day_weight[m], full, floor, all_of_it, sold_mwh[u, m])
                for d in range(price_cny_per_mwh.shape[2]):
                    loss = _measure_day_loss(prices[d], full, idle_cost, floor, marginal, all_of_it)
                    if ordinary > floor:
                        ordinary_loss = _measure_day_loss(
                            prices[d], full, idle_cost, ordinary, marginal, all_of_it
                        )
                        loss = max(loss, ordinary_loss)
                    compensation += max(loss, 0.0) * day_weight[m, d]
            idle[u] += max(online_mw[u, m] * length[m] - least_mwh - sold_mwh[u, m], 0.0)
        output[u], revenue[u] = sales + floor_sum, sold_cny[u] + floor_cny + compensation
        uplift[z] += compensation
    return UnitYear(output, idle, revenue, uplift)


@kernel
def value_lower_output(
    is_selected: Booleans,
    fuel: Integers,
    units: OnlineUnits,
    no_load_fuel_share: Floats,
    price_cny_per_mwh: Floats,
    day_weight: Floats,
) -> Floats:
    """Compute the savings of a lower least output, CNY f8[N].

    It would be lower by all capacity online; units that are not selected save 0. In hours in which the price is below
    its cost, a MWh that a unit need not give saves the difference, less the fuel that it burns without output.

    Args:
        is_selected: b1[N] of all units of the population.
        fuel: i8[N].
        units: of the offer.
        no_load_fuel_share: f8[F] of full-load fuel.
        price_cny_per_mwh: f8[Z, M, D, H].
        day_weight: f8[M, D] days of each type.
    """
    (months, days, hours), saving = price_cny_per_mwh.shape[1:], np.zeros(is_selected.size)
    for u in range(units.row.size):
        row, z = units.row[u], units.zone[u]
        if row < 0 or not is_selected[row] or units.minimum_load_share[u] <= 0.0:
            continue
        cost = units.cost_cny_per_mwh[u] * (1.0 - no_load_fuel_share[fuel[row]])
        for m in range(months):
            loss_cny_per_mw = 0.0
            for d in range(days):
                for h in range(hours):
                    loss_cny_per_mw += max(cost - price_cny_per_mwh[z, m, d, h], 0.0) * day_weight[m, d]
            saving[row] += units.floor_mw[u, m] / units.minimum_load_share[u] * loss_cny_per_mw
    return saving
