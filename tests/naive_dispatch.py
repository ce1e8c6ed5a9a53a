"""Twins of the electricity kernels: slow, obvious, and written without looking at them.

Random market years, a merit order that tries every flow worth trying, the cost that a set of prices proves to be
least, and storage that moves one small step at a time. The linear programme stands in `least_cost.py`.
"""

import numpy as np

from tanlu.kernels.power.dispatch import Dispatch
from tanlu.power.market import MarketYear


def random_year(
    seed: int,
    *,
    units: int = 14,
    months: int = 2,
    hours: int = 24,
    wheeling: float = 0.0,
    reservoirs: tuple[bool, bool] = (False, False),
    stores: float = 0.0,
) -> MarketYear:
    """Return a year of typical and peak days in which lines fill, output is curtailed and load goes unserved.

    Each zone has stores of up to `stores` of its mean load.
    """
    random = np.random.default_rng(seed)
    capacity = random.uniform(20.0, 600.0, units)
    size = capacity.sum() / 2.0
    phase = np.linspace(0.0, 2.0 * np.pi, hours, endpoint=False) + random.uniform(0.0, 6.0, (2, months, 2, 1))
    shape = 1.0 + 0.35 * np.sin(phase) + random.normal(0.0, 0.08, (2, months, 2, hours))
    spring = random.uniform(0.0, 1.0, (2, months, 1, 1)) * (random.random((2, months, 1, 1)) < 0.3)
    weight = np.tile([27.0, 3.0], (months, 1))
    maximum = random.uniform(0.0, 0.6, (2, months)) * size * np.array(reservoirs)[:, None]
    minimum = maximum * random.uniform(0.0, 0.4, (2, months)) * (random.random((2, months)) < 0.7)
    mean = minimum + random.uniform(0.0, 1.0, (2, months)) * (maximum - minimum)
    zone, availability = random.integers(0, 2, units), random.uniform(0.6, 1.0, (units, months))
    cost = random.uniform(50.0, 600.0, units)
    load = size * (shape * random.uniform(0.4, 1.1, (2, months, 1, 1)) - spring)
    lines = random.uniform(0.0, 0.4, (2, months)) * size
    power = random.uniform(0.0, stores, 2) * np.abs(load).mean(axis=(1, 2, 3))
    return MarketYear(
        unit_zone=zone,
        unit_capacity_mw=capacity,
        unit_availability=availability,
        unit_cost_cny_per_mwh=cost,
        net_load_mw=load,
        day_weight=weight,
        line_zones=np.array([[0, 1]]),
        line_forward_mw=lines[:1].copy(),
        line_backward_mw=lines[1:].copy(),
        wheeling_cost_cny_per_mwh=np.array([wheeling]),
        line_loss_share=np.zeros(1),
        scarcity_price_cny_per_mwh=10_000.0,
        reservoir_energy_mwh=mean * weight.sum(axis=1) * hours,
        reservoir_minimum_mw=minimum,
        reservoir_maximum_mw=maximum,
        store_power_mw=power,
        store_energy_mwh=power * random.uniform(2.0, 8.0, 2),
        store_efficiency=random.uniform(0.7, 0.95, 2),
    )


def awkward_year(seed: int) -> MarketYear:
    """Return a small year full of ties: equal costs, equal hours, no line or an endless one, too much water or none."""
    random = np.random.default_rng([seed, 1])
    units, months = int(random.choice([0, 1, 3, 8, 20])), 4
    wheeling = float(random.choice([0.0, 15.0, 100.0]))
    reservoirs = [(True, True), (True, False), (False, True)][random.integers(3)]
    year = random_year(seed, units=units, months=months, hours=8, wheeling=wheeling, reservoirs=reservoirs)
    chance = random.random((4, 2, months))
    year.unit_cost_cny_per_mwh[:] = random.choice([0.0, 100.0, 115.0, 130.0, 200.0], units)
    year.unit_capacity_mw[random.random(units) < 0.2] = 0.0
    for limit, odds in zip((year.line_forward_mw, year.line_backward_mw), chance[0], strict=True):
        limit[0, odds < 0.25] = 0.0
        limit[0, odds > 0.8] = 1e5
    year.reservoir_energy_mwh[chance[1] < 0.15] = 0.0
    year.reservoir_energy_mwh[chance[1] > 0.8] *= 3.0
    pinned = chance[2] < 0.1
    year.reservoir_minimum_mw[pinned] = year.reservoir_maximum_mw[pinned]
    load = year.net_load_mw
    if random.random() < 0.4:
        load[:] = np.round(load, -2)
    if random.random() < 0.3:
        load[:] = load[..., :1]
    return year


def sustained_minimum(year: MarketYear) -> np.ndarray:
    """Return the reservoirs' minimum [2, M], lowered to what the month's energy can sustain."""
    hours = year.day_weight.sum(axis=1) * year.net_load_mw.shape[3]
    return np.minimum(year.reservoir_minimum_mw, year.reservoir_energy_mwh / hours)


def month_cost(year: MarketYear, cleared: Dispatch, m: int) -> float:
    """Return what month `m` of the cleared year costs."""
    weight = year.day_weight[m][:, None]
    units = (cleared.unit_output_by_month_mwh[:, m] * year.unit_cost_cny_per_mwh).sum()
    unserved = (weight * cleared.unserved_mw[:, m]).sum() * year.scarcity_price_cny_per_mwh
    sent = (weight * abs(cleared.flow_mw[:, m])).sum(axis=(1, 2))
    return float(units + unserved + (sent * year.wheeling_cost_cny_per_mwh).sum())


def proven_cost(year: MarketYear, prices: np.ndarray, m: int) -> float:
    """Return the cost below which, by these prices, no dispatch of month `m` can come (weak duality).

    It is what load pays, less the most that units, line and reservoirs could earn at these prices. A dispatch
    that costs no more is optimal, and the prices are marginal costs.
    """
    price, weight = prices[:, m], year.day_weight[m][:, None] * np.ones(prices.shape[3])
    if price.min() < 0.0 or price.max() > year.scarcity_price_cny_per_mwh:
        return -np.inf
    value = (weight * price * year.net_load_mw[:, m]).sum()
    capacity = year.unit_capacity_mw * year.unit_availability[:, m]
    for z, mw, cost in zip(year.unit_zone, capacity, year.unit_cost_cny_per_mwh, strict=True):
        value -= mw * (weight * np.maximum(price[z] - cost, 0.0)).sum()
    gain = price[1] - price[0]
    for limit, spread in ((year.line_forward_mw[0, m], gain), (year.line_backward_mw[0, m], -gain)):
        value -= limit * (weight * np.maximum(spread - year.wheeling_cost_cny_per_mwh[0], 0.0)).sum()
    for z in range(2):
        low = sustained_minimum(year)[z, m]
        left = year.reservoir_energy_mwh[z, m] - low * weight.sum()
        value -= low * (weight * price[z]).sum()
        for t in np.argsort(-price[z].ravel()):
            used = (
                min(left, (year.reservoir_maximum_mw[z, m] - low) * weight.ravel()[t]) if left > 0.0 else 0.0
            )
            value -= used * price[z].ravel()[t]
            left -= used
    return float(value)


def serve(year: MarketYear, m: int, z: int, mw: float) -> tuple[float, np.ndarray]:
    """Return cost per hour and output [U] of serving `mw` from the zone's units in order of cost."""
    cost, output = 0.0, np.zeros(year.unit_zone.size)
    for u in sorted(range(output.size), key=lambda u: (year.unit_cost_cny_per_mwh[u], u)):
        if year.unit_zone[u] == z:
            output[u] = min(max(mw, 0.0), year.unit_capacity_mw[u] * year.unit_availability[u, m])
            cost += output[u] * year.unit_cost_cny_per_mwh[u]
            mw -= output[u]
    return cost + max(mw, 0.0) * year.scarcity_price_cny_per_mwh, output


def naive_hour(year: MarketYear, m: int, load: tuple[float, float]) -> tuple[float, np.ndarray, float]:
    """Return cost per hour, output [U] and flow: the cheapest of all flows at which the marginal unit changes."""
    flows = {0.0, year.line_forward_mw[0, m], -year.line_backward_mw[0, m]}
    by_cost = np.argsort(year.unit_cost_cny_per_mwh)
    for z, sign in ((0, 1.0), (1, -1.0)):
        own = by_cost[year.unit_zone[by_cost] == z]
        total = np.cumsum(year.unit_capacity_mw[own] * year.unit_availability[own, m])
        flows |= {-sign * load[z], *(sign * (total - load[z]))}
    best = (np.inf, np.zeros(0), 0.0)
    for flow in sorted(flows, key=abs):
        if -year.line_backward_mw[0, m] <= flow <= year.line_forward_mw[0, m]:
            (near_cost, near), (far_cost, far) = (
                serve(year, m, 0, load[0] + flow),
                serve(year, m, 1, load[1] - flow),
            )
            cost = near_cost + far_cost + abs(flow) * year.wheeling_cost_cny_per_mwh[0]
            if cost < best[0] - 1e-9:
                best = (cost, near + far, flow)
    return best
