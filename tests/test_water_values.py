"""The kernels that value and release stored water agree with slow twins, and keep the laws of water."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.kernels.power.water_values import (
    InflowYears,
    StoreRules,
    WaterDemand,
    WaterMarket,
    release_water,
    value_water,
    water_demand,
)
from tests import naive_water_values as naive

ZONES, MONTHS, YEARS, PRICES, LEVELS = 3, 5, 6, 12, 65
LENGTH = np.array([31, 28, 31, 30, 31]) * 24.0


def a_market(seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    units = 9
    return {
        "zone": random.integers(0, ZONES, units),
        "capacity_mw": random.uniform(0.0, 900.0, units),
        "cost_cny_per_mwh": random.uniform(0.0, 600.0, units),
        "availability": random.uniform(0.2, 1.0, (units, MONTHS)),
        "net_load_mw": random.uniform(-500.0, 3000.0, (ZONES, MONTHS, 2, 3)),
        "day_weight": np.stack([np.full(MONTHS, 20.0), random.choice([0.0, 10.0], MONTHS)], axis=1),
        "line_zones": np.array([[0, 1], [0, 2]]),  # the middle of three zones in a row
        "line_mw": random.uniform(0.0, 600.0, (2, 2, MONTHS)),
        "wheeling": random.choice([0.0, 12.0], 2),
        "maximum_mw": random.uniform(0.0, 2500.0, (ZONES, MONTHS)),
        "water_mw": random.uniform(0.0, 500.0, (ZONES, MONTHS)),
        "price": np.array([0.0, *np.sort(random.uniform(1.0, 650.0, PRICES - 1))]),
    }


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_what_the_market_takes_at_a_price_agrees_with_the_twin(seed: int) -> None:
    case = a_market(seed)
    market = WaterMarket(
        *(case[n] for n in ("zone", "capacity_mw", "cost_cny_per_mwh", "availability", "net_load_mw")),
        case["day_weight"],
        *(case[n] for n in ("line_zones", "line_mw", "wheeling")),
    )
    demand = water_demand(market, case["maximum_mw"], case["water_mw"], case["price"])
    hours = case["day_weight"].sum(axis=1) * 3.0
    for z in range(ZONES):
        for m in range(MONTHS):
            expected = [naive.demand(case, z, m, p) - j * hours[m] for j, p in enumerate(case["price"])]
            np.testing.assert_allclose(demand.demand_mwh[z, m], expected, rtol=1e-9, atol=1e-6)
    assert np.all(np.diff(demand.demand_mwh, axis=2) < 0.0), "dearer water is taken less"


def a_store(seed: int, **changes: Any) -> dict[str, Any]:
    """Return a store with any demand, inflow and rules that leave room between floor and limit."""
    random = np.random.default_rng(seed)
    store = float(random.choice([2e5, 1e6, 4e6]))
    steps = random.uniform(0.02, 0.4, (MONTHS, PRICES - 1)) * LENGTH[:, None] * 1e3
    demand = random.uniform(1.0, 3.0, (MONTHS, 1)) * 1e6 - np.concatenate(
        [np.zeros((MONTHS, 1)), np.cumsum(steps, axis=1)], axis=1
    )
    inflow = random.uniform(0.0, 1.5e6, (YEARS, MONTHS))
    wetness = (inflow > np.median(inflow, axis=0)).astype(np.int64)
    weight = random.uniform(0.0, 1.0, (2, YEARS, MONTHS))
    return {
        "store_mwh": store,
        "price": np.array([0.0, *np.sort(random.uniform(1.0, 650.0, PRICES - 1))]),
        "demand": demand,
        "inflow": inflow,
        "wetness": wetness,
        "weight": weight / weight.sum(axis=1, keepdims=True),
        "floor_mwh": store * random.choice([0.0, 0.1, 0.3], MONTHS),
        "limit_mwh": store * random.choice([0.6, 0.8, 1.0], MONTHS),
        "minimum_share": random.choice([0.0, 0.3], MONTHS),
        "maximum_mwh": random.choice([5e5, 1.5e6, 1e7], MONTHS),
        "start_mwh": store * float(random.uniform(0.2, 0.6)),
    } | changes


RULES = ("floor_mwh", "limit_mwh", "minimum_share", "maximum_mwh")


def rules(case: dict[str, Any]) -> StoreRules:
    return StoreRules(np.array([case["store_mwh"]]), *(case[name][None] for name in RULES))


def parts(case: dict[str, Any]) -> tuple[WaterDemand, InflowYears]:
    years = InflowYears(case["inflow"][:, None].copy(), case["wetness"][:, None].copy())
    return WaterDemand(case["price"], case["demand"][None]), years


def values(case: dict[str, Any], levels: int = LEVELS, cycles: int = 2) -> np.ndarray:
    start = np.zeros((1, MONTHS, 2, levels))
    return np.asarray(
        value_water(*parts(case), case["weight"][:, :, None].copy(), rules(case), start, cycles)
    )


def course(case: dict[str, Any], value: np.ndarray) -> Any:
    demand, years = parts(case)
    start_mwh = np.full((len(years.inflow_mwh), 1), case["start_mwh"])
    return release_water(demand, years, rules(case), value, start_mwh)


def twin(case: dict[str, Any]) -> naive.Store:
    return naive.Store(case["price"], case["demand"], {name: case[name] for name in ("store_mwh", *RULES)})


@pytest.mark.parametrize("seed", range(6))
def test_values_agree_with_a_search_for_the_best_level_the_more_the_finer_the_grid(seed: int) -> None:
    """The kernel's levels lie on straight lines between those of its grid, where the twin looks everywhere."""
    case, gap = a_store(seed), []
    for levels in (17, 129):
        expected = naive.values(twin(case), case["inflow"], case["wetness"], case["weight"], levels, cycles=1)
        gap.append(np.abs(values(case, levels, 1)[0] - expected))
    assert gap[1].mean() < 0.25 * gap[0].mean() and gap[1].mean() < 0.2, "CNY/MWh"
    assert gap[1].max() < 8.0, "at the kinks"


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_water_closes_and_rules_hold(seed: int) -> None:
    case = a_store(seed)
    water = course(case, values(case))
    release, spilled, level = water.release_mwh[:, 0], water.spilled_mwh[:, 0], water.level_mwh[:, 0]
    opening = np.concatenate([np.full((YEARS, 1), case["start_mwh"]), level[:, :-1]], axis=1)
    size = case["inflow"].sum() + case["store_mwh"]
    np.testing.assert_allclose(opening + case["inflow"], release + spilled + level, atol=1e-9 * size)
    least = np.minimum(case["minimum_share"] * case["inflow"], opening + case["inflow"])
    assert np.all(release >= least - 1e-9 * size) and np.all(spilled >= 0.0)
    assert np.all(release <= np.maximum(case["maximum_mwh"], case["inflow"]) + 1e-9 * size)
    assert np.all(level <= case["limit_mwh"] + 1e-9 * size) and np.all(level >= -1e-9 * size)
    broken = level < case["floor_mwh"] - 1e-9 * size
    assert np.all(release[broken] <= least[broken] + 1e-9 * size), "only the least release breaks the floor"
    assert np.all(level[spilled > 0.0] == np.broadcast_to(case["limit_mwh"], level.shape)[spilled > 0.0])


@pytest.mark.parametrize("seed", range(20))
def test_no_release_knows_a_later_month(seed: int) -> None:
    """Bit for bit, though the later inflow is another one."""
    case = a_store(seed)
    value = values(case)
    usual = course(case, value)
    drier = case["inflow"].copy()
    drier[:, 3:] *= 0.2
    changed = course(
        case | {"inflow": drier, "wetness": np.where(np.arange(MONTHS) < 3, case["wetness"], 0)}, value
    )
    assert usual.release_mwh[:, :, :3].tobytes() == changed.release_mwh[:, :, :3].tobytes()
    assert usual.release_mwh.tobytes() != changed.release_mwh.tobytes()


@pytest.mark.parametrize("seed", range(20))
def test_more_water_in_store_is_worth_no_more(seed: int) -> None:
    assert np.diff(values(a_store(seed)), axis=3).max() <= 1e-6


def test_without_a_store_water_is_released_as_it_comes() -> None:
    case = a_store(1, store_mwh=0.0, start_mwh=0.0)
    water = course(case, values(case))
    np.testing.assert_array_equal(water.release_mwh[:, 0], case["inflow"])
    assert not water.level_mwh.any() and not water.spilled_mwh.any()


def test_with_one_year_to_expect_the_rule_costs_no_more_than_the_best_plan() -> None:
    """A world without chance: the best plan is a linear programme in the steps of the demand."""
    from scipy.optimize import linprog

    case = a_store(4, floor_mwh=np.zeros(MONTHS), minimum_share=np.zeros(MONTHS), store_mwh=1e6)
    case |= {"limit_mwh": np.full(MONTHS, 1e6), "maximum_mwh": np.full(MONTHS, 1e9), "start_mwh": 5e5}
    case |= {"inflow": case["inflow"][:1], "wetness": case["wetness"][:1], "weight": np.ones((2, 1, MONTHS))}
    # Ten years of the same inflow; what the last one leaves is worth the rule's value.
    value, years, level, income = values(case, 257, 30), 10, case["start_mwh"], 0.0

    def income_of(release: float, month: int) -> float:
        """Return what a release saves, CNY: prices over what the market takes, dearest first."""
        points = np.linspace(0.0, max(release, 0.0), 4001)
        paid = np.interp(-points, -case["demand"][month], case["price"])
        return float(np.trapezoid(paid, points))

    for _ in range(years):
        water = course(case | {"start_mwh": level}, value)
        level = float(water.level_mwh[0, 0, -1])
        income += sum(income_of(water.release_mwh[0, 0, m], m) for m in range(MONTHS))
    pieces = 400  # of release in each month
    size = 6e6 / pieces
    paid = [
        [np.interp(-(i + 0.5) * size, -case["demand"][m], case["price"]) for i in range(pieces)]
        for m in range(MONTHS)
    ]
    months = years * MONTHS
    gain = np.concatenate([paid[t % MONTHS] for t in range(months)])
    cumulative = np.kron(np.tril(np.ones((months, months))), np.ones(pieces))
    arrived = case["start_mwh"] + np.cumsum(np.tile(case["inflow"][0], years))
    # 0 <= arrived - released <= store, spill in the pieces that pay nothing
    best = linprog(
        -gain,
        A_ub=np.concatenate([cumulative, -cumulative]),
        b_ub=np.concatenate([arrived, 1e6 - arrived]),
        bounds=(0.0, size),
        A_eq=np.ones((1, gain.size)),
        b_eq=[arrived[-1] - level],
    )
    assert income >= 0.995 * -best.fun
