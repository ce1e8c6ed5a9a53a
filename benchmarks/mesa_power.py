"""The electricity year of the object model in NumPy: sort the units by cost, cumulate, look every hour up.

Two zones with a line between them, storage within the day and monthly reservoir energy, as in `model.markets`.
Arrays have the axes zone Z, month M and hour T of the month (a typical and a peak day).
"""

from typing import NamedTuple

import numpy as np

from model.markets.power_system import NATURAL, RENEWABLE, RESERVOIR, RIVER, SIGN, STORES, PowerYear
from model.region_hydro import HOURS_IN_MONTH
from model.region_power import PowerData
from model.signals import DAY_TYPES, HOURS, MONTHS, F, P

HOURS_PER_YEAR = 8760.0
LENGTH = DAY_TYPES * HOURS
SEARCH_STEPS = 40  # of storage's levels
ROUNDS = 3  # in which the two zones' reservoirs take each other's output as given


class Stack(NamedTuple):
    """Everything that can be dispatched in a zone, cheapest first."""

    unit: np.ndarray  # [n]
    price: np.ndarray  # [n + 1] the last is unserved energy
    below: np.ndarray  # [M, n + 1] MW before each


class Cleared(NamedTuple):
    """A cleared year."""

    unit_output_mwh: np.ndarray  # [U]
    unit_revenue_cny: np.ndarray  # [U]
    generation_mwh: np.ndarray  # [P, F] of what runs outside the merit order
    revenue_cny_per_mw: np.ndarray  # [P, F]
    price_cny_per_mwh: np.ndarray  # [P, M, D, H]
    mean_price_cny_per_mwh: np.ndarray  # [P]
    must_run_price_cny_per_mwh: np.ndarray  # [P]
    shed_mwh: np.ndarray  # [P]
    neighbour_cost_cny: np.ndarray  # [P]


def clear_power_year(
    data: PowerData,
    by_fuel_mw: np.ndarray,
    must_run_mw: np.ndarray,
    zone: np.ndarray,
    capacity_mw: np.ndarray,
    cost_cny_per_mwh: np.ndarray,
    year: PowerYear,
) -> Cleared:
    """Clear a year: thermal units [U] by zone, capacity above must-run and cost; the rest by fuel [P, F]."""
    weight = np.repeat(data.day_weight, HOURS, axis=1)
    load = (year.load_shape * (year.load_mwh / HOURS_PER_YEAR)[:, None, None, None]).reshape(
        P, MONTHS, LENGTH
    )
    natural = _natural(data, by_fuel_mw, year)
    surplus = np.zeros((P, MONTHS))
    np.add.at(surplus, data.corridors.surplus_zone, year.surplus_mw)
    committed = year.contract_mw + SIGN[:, None] * year.internal_mw + surplus - must_run_mw[:, None]
    net = load + committed[:, :, None] - natural.sum(axis=0)
    charge, discharge = _storage(data, by_fuel_mw, net)
    net = net + charge - discharge
    zone, capacity, cost, availability = _offers(data, zone, capacity_mw, cost_cny_per_mwh, load, year)
    stacks = [_stack(z, zone, capacity, cost, availability, year.firm_price_cny_per_mwh) for z in range(P)]
    limit = np.stack([year.line_mw - year.internal_mw, year.line_mw])
    water, value, free = _reservoirs(data, by_fuel_mw, year, stacks, net, limit, weight)
    supply = net - water
    flow = _flow(stacks, supply, limit, year.wheeling_cost_cny_per_mwh)
    supply = supply + SIGN[:, None, None] * flow
    price = _price(stacks, supply, flow, limit, value, free, year.wheeling_cost_cny_per_mwh)
    output, revenue = _unit_totals(stacks, supply, price, weight, cost.size)
    thermal, imports = capacity_mw.size, data.corridors.neighbour_zone
    bought = output[thermal : thermal + imports.size] * data.corridors.neighbour_price_cny_per_mwh
    generation, earned = _outside(by_fuel_mw, natural, water, charge, discharge, supply, price, weight)
    return Cleared(
        unit_output_mwh=output[:thermal],
        unit_revenue_cny=revenue[:thermal],
        generation_mwh=generation,
        revenue_cny_per_mw=earned,
        price_cny_per_mwh=price.reshape(P, MONTHS, DAY_TYPES, HOURS),
        mean_price_cny_per_mwh=(price * load * weight).sum(axis=(1, 2)) / (load * weight).sum(axis=(1, 2)),
        must_run_price_cny_per_mwh=(price * weight).sum(axis=(1, 2)) / HOURS_PER_YEAR,
        shed_mwh=output[-P:],
        neighbour_cost_cny=np.bincount(imports, bought, P),
    )


def _natural(data: PowerData, by_fuel: np.ndarray, year: PowerYear) -> np.ndarray:
    """Return what water, wind and sun give, MW [source, Z, M, T]."""
    hydro = data.hydrology
    river = (by_fuel[:, RESERVOIR] + by_fuel[:, RIVER])[:, None] * year.hydro_capacity_factor
    day = np.empty((len(NATURAL), P, MONTHS, HOURS))
    day[0] = (river * hydro.run_of_river_share)[:, :, None]
    day[1] = hydro.small_hydro_mw[:, :, None]
    for row, fuel in enumerate(RENEWABLE):
        day[2 + row] = by_fuel[:, fuel, None, None] * data.renewable_profile[:, row]
    return np.concatenate([day] * DAY_TYPES, axis=3)


def _offers(
    data: PowerData,
    zone: np.ndarray,
    capacity: np.ndarray,
    cost: np.ndarray,
    load: np.ndarray,
    year: PowerYear,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Append neighbours, exports that can be given up and industrial load that can be shed to the thermal units."""
    c = data.corridors
    shed = year.industrial_share * load.mean(axis=(1, 2))
    most = year.surplus_mw.max(axis=1)
    first = capacity.size + c.neighbour_zone.size
    availability = np.ones((first + most.size + P, MONTHS))
    availability[first : first + most.size] = year.surplus_mw / np.maximum(most, 1e-9)[:, None]
    prices = [cost, c.neighbour_price_cny_per_mwh, c.surplus_price_cny_per_mwh]
    return (
        np.concatenate([zone, c.neighbour_zone, c.surplus_zone, np.arange(P)]),
        np.concatenate([capacity, year.neighbour_mw, most, shed]),
        np.concatenate([*prices, np.full(P, year.shedding_price_cny_per_mwh)]),
        availability,
    )


def _stack(
    z: int,
    zone: np.ndarray,
    capacity: np.ndarray,
    cost: np.ndarray,
    availability: np.ndarray,
    scarcity: float,
) -> Stack:
    unit = np.flatnonzero((zone == z) & (cost <= scarcity))
    unit = unit[np.argsort(cost[unit], kind="stable")]
    below = np.zeros((MONTHS, unit.size + 1))
    np.cumsum((capacity[unit, None] * availability[unit]).T, axis=1, out=below[:, 1:])
    return Stack(unit, np.append(cost[unit], scarcity), below)


def _storage(data: PowerData, by_fuel: np.ndarray, net: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut each day's peaks to one level and fill its valleys to another, by bisection over all days at once."""
    days = net.reshape(P, MONTHS, DAY_TYPES, HOURS)
    stores = by_fuel[:, STORES]
    power = stores.sum(axis=1)[:, None, None, None]
    energy = (stores @ data.technologies.storage_hours[STORES])[:, None, None, None]
    efficiency = np.ones(P)
    np.divide(
        stores @ data.technologies.storage_efficiency[STORES],
        power[:, 0, 0, 0],
        efficiency,
        where=power[:, 0, 0, 0] > 0,
    )
    efficiency = efficiency[:, None, None, None]

    def above(sign: float, level: np.ndarray) -> np.ndarray:
        return np.clip(sign * days - level, 0.0, power).sum(axis=3, keepdims=True)

    low, high = np.zeros((P, MONTHS, DAY_TYPES, 1)), np.maximum(days.max(axis=3, keepdims=True), 0.0)
    for _ in range(SEARCH_STEPS):
        level = 0.5 * (low + high)
        too_low = (above(1.0, level) > efficiency * above(-1.0, -efficiency * level)) | (
            above(1.0, level) > energy
        )
        low, high = np.where(too_low, level, low), np.where(too_low, high, level)
    volume = above(1.0, high)
    floor, ceiling = days.min(axis=3, keepdims=True), efficiency * high
    for _ in range(SEARCH_STEPS):
        level = 0.5 * (floor + ceiling)
        too_high = above(-1.0, -level) > volume / efficiency
        floor, ceiling = np.where(too_high, floor, level), np.where(too_high, level, ceiling)
    charge = np.clip(floor - days, 0.0, power)
    charge = charge * volume / efficiency / np.maximum(charge.sum(axis=3, keepdims=True), 1e-9)
    return charge.reshape(net.shape), np.clip(days - high, 0.0, power).reshape(net.shape)


def _reservoirs(
    data: PowerData,
    by_fuel: np.ndarray,
    year: PowerYear,
    stacks: list[Stack],
    net: np.ndarray,
    limit: np.ndarray,
    weight: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return reservoirs' output, MW [Z, M, T], water values [Z, M] and where they set the price [Z, M, T].

    At a water value a reservoir serves what is left of its own load after all cheaper units, and what the line
    can carry of the other zone's; the value is searched in each month until the month's energy is used.
    """
    mean = (by_fuel[:, RESERVOIR] + by_fuel[:, RIVER])[:, None] * year.hydro_capacity_factor
    mean = mean * (1.0 - data.hydrology.run_of_river_share)
    high = np.maximum(by_fuel[:, RESERVOIR][:, None] * data.hydrology.reservoir_maximum_share, mean)
    low = np.minimum(np.minimum(data.hydrology.reservoir_minimum_share * mean, high), mean)
    energy = mean * HOURS_IN_MONTH
    water, value = np.repeat(mean[:, :, None], LENGTH, axis=2), np.zeros((P, MONTHS))
    for _ in range(ROUNDS):
        for z in range(P):
            water[z], value[z] = _release(
                z,
                stacks,
                net,
                water[1 - z],
                limit,
                low[z],
                high[z],
                energy[z],
                weight,
                year.wheeling_cost_cny_per_mwh,
            )
    slack = 1e-9 * high[:, :, None]
    return water, value, (water > low[:, :, None] + slack) & (water < high[:, :, None] - slack)


def _release(
    z: int,
    stacks: list[Stack],
    net: np.ndarray,
    other_water: np.ndarray,
    limit: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    energy: np.ndarray,
    weight: np.ndarray,
    wheeling: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return one zone's release [M, T] and water value [M], given the other's; two neighbouring values are mixed."""
    candidates = np.unique(
        np.concatenate(
            [[0.0], stacks[z].price, stacks[1 - z].price - wheeling, stacks[1 - z].price + wheeling]
        )
    )
    candidates = candidates[candidates >= 0.0]
    months, near, far = np.arange(MONTHS), net[z], net[1 - z] - other_water

    def supply(stack: Stack, price: np.ndarray) -> np.ndarray:
        return stack.below[months, np.searchsorted(stack.price[:-1], price)][:, None]

    def released(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        price = candidates[at]
        exported = np.clip(far - supply(stacks[1 - z], price + wheeling), 0.0, limit[z][:, None])
        imported = np.clip(far - supply(stacks[1 - z], price - wheeling), -limit[1 - z][:, None], 0.0)
        water = np.clip(near - supply(stacks[z], price) + exported + imported, low[:, None], high[:, None])
        return water, (water * weight).sum(axis=1)

    first, last = np.zeros(MONTHS, np.int64), np.full(MONTHS, candidates.size - 1)
    while (last - first > 1).any():
        middle = (first + last) // 2
        more = released(middle)[1] > energy
        first, last = np.where(more, middle, first), np.where(more, last, middle)
    (much, most), (little, least) = released(first), released(last)
    share = np.clip((energy - least) / np.maximum(most - least, 1e-9), 0.0, 1.0)[:, None]
    return little + share * (much - little), np.where(most <= energy, 0.0, candidates[first])


def _marginal(stack: Stack, supply: np.ndarray) -> np.ndarray:
    """Return the position of the last unit accepted, [M, T]; -1 where output is curtailed."""
    return np.stack([np.searchsorted(b, s) for b, s in zip(stack.below, supply, strict=True)]) - 1


def _cost_at(stack: Stack, supply: np.ndarray) -> np.ndarray:
    at = _marginal(stack, supply)
    return np.where(at < 0, 0.0, stack.price[at])


def _flow(stacks: list[Stack], supply: np.ndarray, limit: np.ndarray, wheeling: float) -> np.ndarray:
    """Return the flow from zone 0 to zone 1, MW [M, T]: as much as saves more than the wheeling cost."""
    alone = [_cost_at(stack, s) for stack, s in zip(stacks, supply, strict=True)]
    flow = np.zeros(supply.shape[1:])
    for z in range(P):
        gain = alone[1 - z] - alone[z] > wheeling
        if gain.any():
            sent = _wanted_exports(stacks[z], stacks[1 - z], supply[z], supply[1 - z], wheeling)
            flow += np.where(gain, SIGN[z] * np.clip(sent, 0.0, limit[z][:, None]), 0.0)
    return flow


def _wanted_exports(
    near: Stack, far: Stack, load: np.ndarray, far_load: np.ndarray, wheeling: float
) -> np.ndarray:
    """Return what a zone would export without a limit [M, T]: from one stack of its own and the dearer far units."""
    price = np.concatenate([near.price, far.price - wheeling])
    order = np.argsort(price, kind="stable")
    is_far = np.concatenate([np.zeros(near.price.size, bool), np.ones(far.price.size, bool)])[order]
    wanted = np.empty(load.shape)
    for m in range(MONTHS):
        size = np.concatenate([np.diff(near.below[m]), [np.inf], np.diff(far.below[m]), [np.inf]])[order]
        joint = np.concatenate([[0.0], np.cumsum(size)])
        total = np.maximum(load[m] + far_load[m], 0.0)
        at = np.searchsorted(joint, total) - 1
        at = np.maximum(at, 0)
        served = np.concatenate([[0.0], np.cumsum(np.where(is_far, size, 0.0))])[at]
        wanted[m] = far_load[m] - served - np.where(is_far[at], total - joint[at], 0.0)
    return wanted


def _price(
    stacks: list[Stack],
    supply: np.ndarray,
    flow: np.ndarray,
    limit: np.ndarray,
    value: np.ndarray,
    free: np.ndarray,
    wheeling: float,
) -> np.ndarray:
    """Return prices [Z, M, T]: of the last unit, of water, or of the other zone where neither is partly used."""
    price, known = np.empty(supply.shape), free.copy()
    for z, stack in enumerate(stacks):
        at = _marginal(stack, supply[z])
        price[z] = np.where(free[z], value[z][:, None], np.where(at < 0, 0.0, stack.price[at]))
        rows = np.arange(MONTHS)[:, None]
        upper = np.concatenate([stack.below, np.full((MONTHS, 1), np.inf)], axis=1)[
            rows, np.maximum(at, 0) + 1
        ]
        known[z] |= (at < 0) | (
            (supply[z] > stack.below[rows, np.maximum(at, 0)] + 1e-6) & (supply[z] < upper - 1e-6)
        )
    least = np.where(flow > 1e-6, wheeling, np.where(flow > 1e-6 - limit[1][:, None], -wheeling, -np.inf))
    most = np.where(flow < -1e-6, -wheeling, np.where(flow < limit[0][:, None] - 1e-6, wheeling, np.inf))
    near, far = price
    far = np.where(known[1], far, np.maximum(far, near + least))
    far = np.where(known[1] | ~known[0], far, np.minimum(far, near + most))
    near = np.where(known[0], near, np.maximum(near, far - most))
    near = np.where(known[0] | ~known[1], near, np.minimum(near, far - least))
    return np.stack([near, far])


def _unit_totals(
    stacks: list[Stack], supply: np.ndarray, price: np.ndarray, weight: np.ndarray, units: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return each unit's energy and revenue of the year [U]."""
    output, revenue = np.zeros(units), np.zeros(units)
    for z, stack in enumerate(stacks):
        for m in range(MONTHS):
            size = np.diff(stack.below[m])
            running = np.clip(supply[z, m][:, None] - stack.below[m, :-1], 0.0, size) * weight[m][:, None]
            output[stack.unit] += running.sum(axis=0)
            revenue[stack.unit] += price[z, m] @ running
    return output, revenue


def _outside(
    by_fuel: np.ndarray,
    natural: np.ndarray,
    water: np.ndarray,
    charge: np.ndarray,
    discharge: np.ndarray,
    supply: np.ndarray,
    price: np.ndarray,
    weight: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return energy, MWh, and revenue, CNY/MW, of what runs outside the merit order [P, F]."""
    left = 1.0 - np.minimum(np.maximum(-supply, 0.0) / np.maximum(natural.sum(axis=0), 1e-9), 1.0)
    fed = natural * left * weight
    generation, money = np.zeros((P, F)), np.zeros((P, F))
    generation[:, NATURAL], money[:, NATURAL] = fed.sum(axis=(2, 3)).T, (fed * price).sum(axis=(2, 3)).T
    generation[:, RESERVOIR] = (water * weight).sum(axis=(1, 2))
    generation[:, STORES[0]] = (discharge * weight).sum(axis=(1, 2))
    earned = np.divide(money, by_fuel, out=np.zeros((P, F)), where=by_fuel > 0.0)
    cascade = money[:, RIVER] + (water * price * weight).sum(axis=(1, 2))
    hydro = np.maximum(by_fuel[:, RESERVOIR] + by_fuel[:, RIVER], 1e-9)
    earned[:, RESERVOIR], earned[:, RIVER] = cascade / hydro, cascade / hydro
    shifted = ((discharge - charge) * price * weight).sum(axis=(1, 2))
    earned[:, STORES] = (shifted / np.maximum(by_fuel[:, STORES].sum(axis=1), 1e-9))[:, None]
    return generation, earned
