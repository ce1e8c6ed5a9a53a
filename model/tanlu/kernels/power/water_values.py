"""Value stored water without foresight, and release it month by month.

One store a zone holds the energy of all its reservoirs (Turgeon 1980, Water Resources Research 16). When a month begins
its inflow is known and no later one: later inflows are like those of the observed years, dry months more often after
dry months. A MWh kept is worth what it saves later, a MWh released what the market would pay for it; the rule makes
both equal where no bound holds (stochastic dynamic programming, one year of months that repeats).

Method. For each level at the end of the month the water that leads to it is that level plus what the market takes at
the level's value, so that no search is needed (endogenous grid, Carroll 2006, Economics Letters 91).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel, plain

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

LEAST_STEP_MW = 1.0  # by which the market takes less water at each price of the grid than at the one below it


class WaterMarket(NamedTuple):
    """What the hours of a year ask of reservoirs; axes zone Z, month M, day type D, hour H, unit V, line L."""

    zone: Integers  # [V] of what can be called up: units, rivers, neighbours, exports given up, shedding
    capacity_mw: Floats  # [V]
    cost_cny_per_mwh: Floats  # [V]
    availability: Floats  # [V, M]
    net_load_mw: Floats  # [Z, M, D, H] to be met by that and by reservoirs
    day_weight: Floats  # [M, D] days of each type
    line_zones: Integers  # [L, 2] at the ends of each line
    line_mw: Floats  # [L, 2, M] that can leave from its first end, and from its second
    wheeling_cost_cny_per_mwh: Floats  # [L]


class StoreRules(NamedTuple):
    """What the stores hold and must keep to; axes zone Z, month M."""

    store_mwh: Floats  # [Z] between empty and full; 0: water is released as it comes
    floor_mwh: Floats  # [Z, M] least level at the month's end, given up only for the least release
    limit_mwh: Floats  # [Z, M] highest level at the month's end
    minimum_share: Floats  # [Z, M] of the inflow, released in any case
    maximum_mwh: Floats  # [Z, M] highest release; an inflow above it may be released too


class WaterDemand(NamedTuple):
    """What the market takes at a price; axes zone Z, month M, price J."""

    price_cny_per_mwh: Floats  # [J] rising
    demand_mwh: Floats  # [Z, M, J] falling


class InflowYears(NamedTuple):
    """Water of years; axes year Y, zone Z, month M."""

    inflow_mwh: Floats  # [Y, Z, M]
    wetness: Integers  # [Y, Z, M] 0: a dry month, 1: a wet one


class ReservoirCourse(NamedTuple):
    """What the stores did; axes year Y, zone Z, month M."""

    release_mwh: Floats  # [Y, Z, M]
    spilled_mwh: Floats  # [Y, Z, M]
    level_mwh: Floats  # [Y, Z, M] at the month's end
    value_cny_per_mwh: Floats  # [Y, Z, M] of a MWh kept at the month's end


@helper
def _stack_supply(market: WaterMarket, price: Floats, supply: Floats) -> None:
    """Set supply [Z, M, J], MW, to all that asks at most each price."""
    zones, months, prices = supply.shape
    for v in range(market.zone.size):
        j = 0
        while j < prices and price[j] < market.cost_cny_per_mwh[v]:
            j += 1
        if j < prices:
            for m in range(months):
                supply[market.zone[v], m, j] += market.capacity_mw[v] * market.availability[v, m]
    for z in range(zones):
        for m in range(months):
            for j in range(1, prices):
                supply[z, m, j] += supply[z, m, j - 1]


@plain
def _find_step(x: float, grid: Floats) -> int:
    """Find the step of a rising grid that holds x, which lies between its ends."""
    low, high = 0, grid.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if grid[middle] <= x:
            low = middle
        else:
            high = middle
    return low


@plain
def _interpolate(x: float, grid: Floats, values: Floats) -> float:
    """Return the value at x on a line through points, the nearest end beyond them."""
    if x <= grid[0]:
        return float(values[0])
    if x >= grid[-1]:
        return float(values[-1])
    low = _find_step(x, grid)
    width = grid[low + 1] - grid[low]
    return float(values[low] + (values[low + 1] - values[low]) * ((x - grid[low]) / width))


@plain
def _set_residual(load: float, supply: Floats, residual: Floats) -> None:
    """Set residual [J] to the load that supply [J] leaves."""
    for j in range(residual.size):
        residual[j] = load - supply[j]


@plain
def _add_exchange(
    residual: Floats, supply: Floats, load: float, import_room: float, export_room: float
) -> None:
    """Add to residual [J] what a line takes to another zone less what it brings.

    `supply` [2, J] is that zone's at the price less and plus the cost of the way, `load` what it must meet with it.
    """
    for j in range(residual.size):
        residual[j] -= min(max(supply[0, j] - load, 0.0), import_room)
        residual[j] += min(max(load - supply[1, j], 0.0), export_room)


@plain
def _sum_demand(
    market: WaterMarket,
    zone: int,
    month: int,
    supply: Floats,
    water: Floats,
    maximum: float,
    residual: Floats,
    demand: Floats,
) -> None:
    """Set demand [J], MWh, to what a month's hours take of a zone's water at each price.

    `supply` [1 + 2 L, J] is the zone's own, and that of the zone at the other end of each line at the price less and
    plus the cost of the way; `water` [Z, M] is what reservoirs give elsewhere, `residual` [J] scratch.
    """
    length = 0.0
    for d in range(market.day_weight.shape[1]):
        weight = market.day_weight[month, d]
        hours = market.net_load_mw.shape[3] if weight > 0.0 else 0
        length += weight * hours
        for h in range(hours):
            _set_residual(market.net_load_mw[zone, month, d, h], supply[0], residual)
            for line in range(market.line_zones.shape[0]):
                for end in range(2):
                    if market.line_zones[line, end] == zone:
                        other, room = market.line_zones[line, 1 - end], market.line_mw[line, :, month]
                        load = market.net_load_mw[other, month, d, h] - water[other, month]
                        near = supply[1 + 2 * line : 3 + 2 * line]
                        _add_exchange(residual, near, load, room[1 - end], room[end])
            for j in range(demand.size):
                demand[j] += weight * min(max(residual[j], 0.0), maximum)
    for j in range(demand.size):
        demand[j] -= j * LEAST_STEP_MW * length


@kernel
def water_demand(market: WaterMarket, maximum_mw: Floats, water_mw: Floats, price: Floats) -> WaterDemand:
    """Compute what each month's hours take of a zone's water at each price.

    In an hour it is what is left when all that asks less has run, within the turbines; zones at the other ends of its
    lines help, or are helped, as far as these have room, with their own water spread evenly.

    Args:
        market: of the year.
        maximum_mw: f8[Z, M] that turbines can give.
        water_mw: f8[Z, M] mean output of the reservoirs, for zones at the other ends of lines.
        price: f8[J] rising from 0.
    """
    (zones, months), prices = maximum_mw.shape, price.size
    supply, demand = np.zeros((zones, months, prices)), np.zeros((zones, months, prices))
    _stack_supply(market, price, supply)
    lines = market.line_zones.shape[0]
    around, residual = np.zeros((1 + 2 * lines, prices)), np.empty(prices)
    for z in range(zones):
        for m in range(months):
            for j in range(prices):
                around[0, j] = supply[z, m, j]
                for line in range(lines):
                    ends, fee = market.line_zones[line], market.wheeling_cost_cny_per_mwh[line]
                    other = supply[ends[1] if ends[0] == z else ends[0], m]
                    # The other zone sells where it asks less by the cost of the way, and buys where it pays more.
                    around[1 + 2 * line, j] = _interpolate(price[j] - fee, price, other)
                    around[2 + 2 * line, j] = _interpolate(price[j] + fee, price, other)
            _sum_demand(market, z, m, around, water_mw, maximum_mw[z, m], residual, demand[z, m])
    return WaterDemand(price, demand)


@plain
def _price_release(release: float, price: Floats, demand: Floats) -> float:
    """Find the market's price of the last MWh of a release."""
    low, high = 0, demand.size - 1
    if release >= demand[low]:
        return float(price[low])
    if release <= demand[high]:
        return float(price[high])
    while high - low > 1:
        middle = (low + high) // 2
        if demand[middle] >= release:
            low = middle
        else:
            high = middle
    share = (demand[low] - release) / (demand[low] - demand[high])
    return float(price[low] + share * (price[high] - price[low]))


@plain
def _find_thresholds(price: Floats, demand: Floats, grid: Floats, value: Floats, threshold: Floats) -> None:
    """Set threshold [K], MWh, to the water from which each level of the grid is kept.

    More water never leaves a lower level: a dip of the value would say so, and is passed over.
    """
    highest = -np.inf
    for k in range(grid.size):
        highest = max(highest, grid[k] + _interpolate(value[k], price, demand))
        threshold[k] = highest


@plain
def _choose_level(
    water: float, inflow: float, zone: int, month: int, rules: StoreRules, grid: Floats, threshold: Floats
) -> tuple[float, float]:
    """Return the level at the month's end and what is spilled, MWh."""
    level = grid[0] if water <= threshold[0] else grid[-1]
    if threshold[0] < water < threshold[-1]:
        low = _find_step(water, threshold)
        level = grid[low] + (grid[low + 1] - grid[low]) * (water - threshold[low]) / (
            threshold[low + 1] - threshold[low]
        )
    highest = max(rules.maximum_mwh[zone, month], inflow)
    level = max(level, water - highest, rules.floor_mwh[zone, month])
    level = min(level, max(water - rules.minimum_share[zone, month] * inflow, 0.0))
    limit = rules.limit_mwh[zone, month]
    if level <= limit:
        return level, 0.0
    return limit, max(water - limit - highest, 0.0)


@plain
def _value_choice(
    release: float,
    level: float,
    inflow: float,
    zone: int,
    month: int,
    rules: StoreRules,
    price: tuple[float, float],
) -> float:
    """Compute the value of one MWh more at a choice.

    `price` is what the market pays for the last MWh released, and the value of one kept. They are equal but for the
    grid where no bound holds; at a bound the MWh goes where it can.
    """
    slack = 1e-9 * (release + level)
    highest = max(rules.maximum_mwh[zone, month], inflow)
    if release <= rules.minimum_share[zone, month] * inflow + slack or level <= rules.floor_mwh[zone, month]:
        return max(price[0], price[1])
    if release >= highest - slack or level >= rules.limit_mwh[zone, month]:
        return min(price[0], price[1])
    return price[0]


@helper
def _value_month(
    m: int, z: int, demand: WaterDemand, years: InflowYears, weight: Floats, rules: StoreRules, value: Floats
) -> None:
    """Set value [M, class, K] of month m from that of the next month."""
    levels, price, curve = value.shape[2], demand.price_cny_per_mwh, demand.demand_mwh[z, m]
    grid, threshold = np.linspace(0.0, rules.store_mwh[z], levels), np.zeros((2, levels))
    next_value = value[(m + 1) % value.shape[0]].copy()
    for wet in range(2):
        _find_thresholds(price, curve, grid, next_value[wet], threshold[wet])
    for k in range(levels):
        value[m, 0, k], value[m, 1, k] = 0.0, 0.0
        for y in range(years.inflow_mwh.shape[0]):
            inflow, wet = years.inflow_mwh[y, z, m], years.wetness[y, z, m]
            water = grid[k] + inflow
            level, spilled = _choose_level(water, inflow, z, m, rules, grid, threshold[wet])
            release, stored = water - level - spilled, _interpolate(level, grid, next_value[wet])
            marginal = 0.0
            if spilled == 0.0:
                marginal = _value_choice(
                    release, level, inflow, z, m, rules, (_price_release(release, price, curve), stored)
                )
            value[m, 0, k] += weight[0, y, z, m] * marginal
            value[m, 1, k] += weight[1, y, z, m] * marginal


@kernel
def value_water(
    demand: WaterDemand, years: InflowYears, weight: Floats, rules: StoreRules, start: Floats, cycles: int
) -> Floats:
    """Compute the value of a MWh in store when a month begins, CNY/MWh f8[Z, M, class, K].

    Args:
        demand: by the market.
        years: that a year may be like.
        weight: f8[class, Y, Z, M] chance of each year's month after a dry or a wet one; they sum to 1 over years.
        rules: of the stores.
        start: f8[Z, M, class, K] values of a year much like this one, or 0; K levels from empty to full.
        cycles: how many years are gone back through.
    """
    value = start.copy()
    for z in range(value.shape[0]):
        if rules.store_mwh[z] > 0.0:
            for _ in range(cycles):
                for i in range(value.shape[1]):
                    m = value.shape[1] - 1 - i
                    _value_month(m, z, demand, years, weight, rules, value[z])
    return value


@kernel
def release_water(
    demand: WaterDemand, years: InflowYears, rules: StoreRules, value: Floats, start_mwh: Floats
) -> ReservoirCourse:
    """Release the water of years by the rule, each from its level.

    Args:
        demand: by the market.
        years: whose inflow becomes known month by month.
        rules: of the stores.
        value: f8[Z, M, class, K] as `value_water`.
        start_mwh: f8[Y, Z] level when each year begins.
    """
    shape, levels = years.inflow_mwh.shape, value.shape[3]
    release, spilled, level, level_value = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    threshold = np.zeros((2, levels))
    for z in range(shape[1]):
        grid = np.linspace(0.0, rules.store_mwh[z], levels)
        for m in range(shape[2]):
            next_value = value[z, (m + 1) % shape[2]]
            for wet in range(2):
                _find_thresholds(
                    demand.price_cny_per_mwh, demand.demand_mwh[z, m], grid, next_value[wet], threshold[wet]
                )
            for y in range(shape[0]):
                inflow, wet = years.inflow_mwh[y, z, m], years.wetness[y, z, m]
                if rules.store_mwh[z] <= 0.0:
                    release[y, z, m] = inflow
                    continue
                opening = level[y, z, m - 1] if m > 0 else start_mwh[y, z]
                level[y, z, m], spilled[y, z, m] = _choose_level(
                    opening + inflow, inflow, z, m, rules, grid, threshold[wet]
                )
                release[y, z, m] = opening + inflow - level[y, z, m] - spilled[y, z, m]
                level_value[y, z, m] = _interpolate(level[y, z, m], grid, next_value[wet])
    return ReservoirCourse(release, spilled, level, level_value)
