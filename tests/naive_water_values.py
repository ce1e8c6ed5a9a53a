"""Water values in plain Python: one level, year and hour at a time, the best level looked for by halving."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

DRY, WET = 0, 1


def demand(case: Mapping[str, Any], zone: int, month: int, price: float) -> float:
    """Return the MWh that the month's hours take at a price of the grid, before the least steps."""

    def supply(at: int, ask: float) -> float:
        points = [
            sum(
                case["capacity_mw"][v] * case["availability"][v][month]
                for v in range(len(case["zone"]))
                if case["zone"][v] == at and case["cost_cny_per_mwh"][v] <= step
            )
            for step in case["price"]
        ]
        return float(np.interp(ask, case["price"], points))

    total = 0.0
    for d, weight in enumerate(case["day_weight"][month]):
        for h in range(len(case["net_load_mw"][zone][month][d])):
            here = case["net_load_mw"][zone][month][d][h] - supply(zone, price)
            for (first, second), (onward, back), fee in zip(
                case["line_zones"], case["line_mw"], case["wheeling"], strict=True
            ):
                if zone not in (first, second):
                    continue
                other = second if zone == first else first
                into, out = (back, onward) if zone == first else (onward, back)
                there = case["net_load_mw"][other][month][d][h] - case["water_mw"][other][month]
                here -= min(max(supply(other, price - fee) - there, 0.0), into[month])
                here += min(max(there - supply(other, price + fee), 0.0), out[month])
            total += weight * min(max(here, 0.0), case["maximum_mw"][zone][month])
    return total


class Store:
    """A zone's store, its rules and what the market takes."""

    def __init__(self, price: Sequence[float], demand_mwh: np.ndarray, rules: Mapping[str, Any]) -> None:
        self.price, self.demand, self.rules = list(price), demand_mwh, rules  # [J], [M, J]
        self.grid: list[float] = []

    def pays(self, month: int, release: float) -> float:
        """Return what the market pays for the last MWh of a release."""
        return float(np.interp(-release, -self.demand[month], self.price))

    def worth(self, value: Sequence[float], level: float) -> float:
        return float(np.interp(level, self.grid, value))

    def wanted(self, month: int, water: float, value: Sequence[float]) -> float:
        """Return the level at which a MWh kept is worth what the market pays for it."""
        low, high = 0.0, self.grid[-1]
        for _ in range(50):
            level = (low + high) / 2.0
            if water - level > np.interp(self.worth(value, level), self.price, self.demand[month]):
                low = level  # more is released than the market takes at the value of what is kept
            else:
                high = level
        return (low + high) / 2.0

    def choose(
        self, month: int, opening: float, inflow: float, value: Sequence[float]
    ) -> tuple[float, float]:
        """Return the level at the month's end and what is spilled."""
        water, rules = opening + inflow, self.rules
        highest = max(rules["maximum_mwh"][month], inflow)
        level = max(self.wanted(month, water, value), water - highest, rules["floor_mwh"][month])
        level = min(level, max(water - rules["minimum_share"][month] * inflow, 0.0))
        if level > rules["limit_mwh"][month]:
            return rules["limit_mwh"][month], max(water - rules["limit_mwh"][month] - highest, 0.0)
        return level, 0.0

    def worth_more(
        self, month: int, level: float, release: float, inflow: float, value: Sequence[float]
    ) -> float:
        """Return what one MWh more is worth."""
        stored, paid = self.worth(value, level), self.pays(month, release)
        edge, rules = 1e-9 * self.rules["store_mwh"], self.rules  # halving ends next to it
        if (
            level <= rules["floor_mwh"][month] + edge
            or release <= rules["minimum_share"][month] * inflow + edge
        ):
            return max(stored, paid)
        highest = max(rules["maximum_mwh"][month], inflow)
        if level >= rules["limit_mwh"][month] - edge or release >= highest - edge:
            return min(stored, paid)
        return paid


def values(
    store: Store, inflow: np.ndarray, wetness: np.ndarray, weight: np.ndarray, levels: int, cycles: int
) -> np.ndarray:
    """Return [M, class, K] from nothing; inflow and wetness [Y, M], weight [class, Y, M]."""
    store.grid = [store.rules["store_mwh"] * k / (levels - 1) for k in range(levels)]
    months = inflow.shape[1]
    value = np.zeros((months, 2, levels))
    for m in [*reversed(range(months))] * cycles:
        following = value[(m + 1) % months].copy()
        for k, opening in enumerate(store.grid):
            marginal = []
            for y in range(len(inflow)):
                level, spilled = store.choose(m, opening, inflow[y, m], following[wetness[y, m]])
                if spilled > 0.0:
                    marginal.append(0.0)
                    continue
                release = opening + inflow[y, m] - level
                marginal.append(store.worth_more(m, level, release, inflow[y, m], following[wetness[y, m]]))
            for c in (DRY, WET):
                value[m, c, k] = sum(weight[c, y, m] * marginal[y] for y in range(len(inflow)))
    return value
