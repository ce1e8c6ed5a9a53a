"""Dispatch against the linear programme, against a naive merit order, against what its prices prove, and the laws."""

import numpy as np
import pytest

from tanlu.power.market import MarketYear, clear_days_apart, clear_year
from tests.least_cost import least_cost
from tests.naive_dispatch import (
    awkward_year,
    month_cost,
    naive_hour,
    proven_cost,
    random_year,
    sustained_minimum,
)

SYSTEMS = 200
BOTH = (True, True)


def copy(year: MarketYear, **changes) -> MarketYear:
    """Return the year with its own arrays, and some fields replaced."""
    fields = {name: np.array(value) if np.ndim(value) else value for name, value in year._asdict().items()}
    return MarketYear(**(fields | changes))


def wheeling(seed: int) -> float:
    return (0.0, 0.0, 15.0, 80.0)[seed % 4]


def reservoirs_of(seed: int) -> tuple[bool, bool]:
    return (BOTH, BOTH, (True, False), (False, True))[seed // 4 % 4]


def scale(value: float) -> float:
    """Return what an error in `value` CNY is measured by: a month that costs nothing has no relative error."""
    return max(abs(value), 1e4)


# Exactness


def system(seed: int, stores: float) -> MarketYear:
    """Return a month of a random system: with and without a wheeling cost; water in both zones, one or none."""
    water = (BOTH, (False, False), (True, False), (False, True))[seed // 4 % 4]
    return random_year(seed, months=1, wheeling=wheeling(seed), reservoirs=water, stores=stores)


def gaps(year: MarketYear) -> tuple[float, float]:
    """Return by how much cost is above the linear programme's, and the largest miss of a fuel as share of them all.

    Every third unit burns the same; water is what reservoirs give less what is curtailed, for that is not unique.
    """
    cleared, best = clear_year(year), least_cost(year, 0)
    weight = year.day_weight[:, :, None]
    water = (weight * (cleared.reservoir_mw - cleared.surplus_mw)).sum()
    fuel = np.arange(year.unit_zone.size) % 3
    mine = np.append(np.bincount(fuel, cleared.unit_output_mwh, 3), water)
    theirs = np.append(np.bincount(fuel, best.unit_output_mwh, 3), best.water_mwh)
    cost = (month_cost(year, cleared, 0) - best.cost_cny) / scale(best.cost_cny)
    return cost, float(np.abs(mine - theirs).max() / np.abs(theirs).sum())


def test_without_stores_every_system_is_the_linear_programmes() -> None:
    worst = np.array([gaps(system(seed, stores=0.0)) for seed in range(SYSTEMS)])
    print(f"worst gaps to the linear programme, cost and fuel: {worst.max(axis=0)}")
    assert np.abs(worst[:, 0]).max() <= 1e-9
    assert worst[:, 1].max() <= 1e-6


def test_with_a_lossy_line_systems_balance_and_are_near_the_linear_programmes() -> None:
    costs = []
    for seed in range(0, SYSTEMS, 5):
        year = system(seed, stores=0.0)._replace(
            line_loss_share=np.array([0.01]), wheeling_cost_cny_per_mwh=np.array([15.0])
        )
        cleared = clear_year(year)
        sent, kept = cleared.flow_mw[0], 1.0 - year.line_loss_share
        for z, out in enumerate((sent, -sent)):
            use = year.net_load_mw[z] + np.where(out > 0.0, out, kept * out) + cleared.surplus_mw[z]
            given = cleared.units_mw[z] + cleared.unserved_mw[z] + cleared.reservoir_mw[z]
            np.testing.assert_allclose(given, use, atol=1e-6)
        best = least_cost(year, 0).cost_cny
        costs.append((month_cost(year, cleared, 0) - best) / scale(best))
    print(f"cost above the linear programme's with a loss of 1 %: {max(costs):.3%} at most")
    assert min(costs) >= -1e-9
    assert max(costs) <= 1e-4


def test_with_stores_systems_are_near_the_linear_programmes() -> None:
    found = np.array([gaps(system(seed, stores=0.1)) for seed in range(SYSTEMS)])
    cost, fuel = found.T
    print(
        f"above the linear programme's cost: mean {cost.mean():.3%}, worst {cost.max():.2%}; fuel {fuel.max():.2%}"
    )
    assert cost.min() >= -1e-9
    assert cost.mean() <= 1e-5
    assert cost.max() <= 5e-4
    assert fuel.max() <= 0.01


@pytest.mark.parametrize("seed", range(12))
def test_output_and_flow_are_those_of_a_naive_merit_order(seed) -> None:
    year = random_year(seed, months=1, wheeling=wheeling(seed))
    cleared = clear_year(year)
    output = np.zeros(year.unit_zone.size)
    for d, h in np.ndindex(2, 24):
        load = tuple(year.net_load_mw[:, 0, d, h])
        _, mw, flow = naive_hour(year, 0, load)
        output += year.day_weight[0, d] * mw
        if min(load) >= 0.0 and not cleared.unserved_mw[:, 0, d, h].any():  # else the flow is not unique
            assert cleared.flow_mw[0, 0, d, h] == pytest.approx(flow, abs=1e-6)
    np.testing.assert_allclose(cleared.unit_output_mwh, output, rtol=1e-6, atol=1e-6)


def test_prices_prove_that_no_dispatch_is_cheaper() -> None:
    for seed in range(150):
        year = awkward_year(seed)
        cleared = clear_year(year)
        for m in range(4):
            cost = month_cost(year, cleared, m)
            proven = proven_cost(year, cleared.price_cny_per_mwh, m)
            assert cost - proven <= 1e-8 * scale(cost), (seed, m)


def test_prices_prove_it_for_a_full_size_year_too() -> None:
    year = random_year(5, units=250, months=12, wheeling=15.0, reservoirs=BOTH)
    cleared = clear_year(year)
    cost = sum(month_cost(year, cleared, m) for m in range(12))
    proven = sum(proven_cost(year, cleared.price_cny_per_mwh, m) for m in range(12))
    assert proven == pytest.approx(cost, rel=1e-9)
    assert cleared.cost_cny == pytest.approx(cost, rel=1e-12)


# Laws


@pytest.mark.parametrize("make", [awkward_year, lambda seed: random_year(seed, reservoirs=BOTH)])
def test_energy_balances_in_every_hour_and_every_budget(make) -> None:
    for seed in range(40):
        year = make(seed)
        cleared = clear_year(year)
        exports = np.concatenate([cleared.flow_mw, -cleared.flow_mw])
        supply = cleared.units_mw + cleared.reservoir_mw + cleared.unserved_mw
        np.testing.assert_allclose(supply, year.net_load_mw + cleared.surplus_mw + exports, atol=1e-9)
        weight = year.day_weight[None, :, :, None]
        by_zone = np.zeros((2, year.day_weight.shape[0]))
        np.add.at(by_zone, year.unit_zone, cleared.unit_output_by_month_mwh)
        np.testing.assert_allclose(
            (weight * cleared.units_mw).sum(axis=(2, 3)), by_zone, rtol=1e-9, atol=1e-6
        )
        used = (weight * cleared.reservoir_mw).sum(axis=(2, 3))
        np.testing.assert_allclose(
            used + cleared.spilled_mwh, year.reservoir_energy_mwh, rtol=1e-9, atol=1e-6
        )


def test_bounds_hold() -> None:
    for seed in range(40):
        year = awkward_year(seed)
        cleared = clear_year(year)
        for values in (
            cleared.units_mw,
            cleared.surplus_mw,
            cleared.unserved_mw,
            cleared.unit_output_by_month_mwh,
        ):
            assert values.min(initial=0.0) >= -1e-9
        low, high = sustained_minimum(year)[:, :, None, None], year.reservoir_maximum_mw[:, :, None, None]
        assert (cleared.reservoir_mw >= low - 1e-9).all()
        assert (cleared.reservoir_mw <= high + 1e-9).all()
        assert (cleared.flow_mw <= year.line_forward_mw[..., None, None]).all()
        assert (-cleared.flow_mw <= year.line_backward_mw[..., None, None]).all()


def test_revenue_is_price_times_output() -> None:
    """Summed over units it is what load and exports pay, less what reservoirs and unserved energy get."""
    year = random_year(2, reservoirs=BOTH)
    cleared = clear_year(year)
    weight = year.day_weight[None, :, :, None]
    for z in range(2):
        earned = cleared.unit_revenue_cny[year.unit_zone == z].sum()
        paid = (weight * cleared.price_cny_per_mwh * cleared.units_mw)[z].sum()
        assert earned == pytest.approx(paid, rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_more_load_never_lowers_a_price(seed) -> None:
    year = random_year(seed, wheeling=wheeling(seed))
    before = clear_year(year).price_cny_per_mwh
    for z in range(2):
        more = copy(year)
        more.net_load_mw[z] += np.random.default_rng(seed).uniform(0.0, 200.0, more.net_load_mw[z].shape)
        assert (clear_year(more).price_cny_per_mwh >= before - 1e-9).all()


@pytest.mark.parametrize("seed", range(10))
def test_an_endless_line_without_wheeling_cost_makes_one_price(seed) -> None:
    year = random_year(seed, reservoirs=BOTH)
    year.line_forward_mw[:] = year.line_backward_mw[:] = 1e6
    price = clear_year(year).price_cny_per_mwh
    np.testing.assert_array_equal(price[0], price[1])


def test_the_price_is_0_where_output_is_curtailed_and_scarcity_where_load_is_not_served() -> None:
    curtailed = unserved = 0
    for seed in range(20):
        cleared = clear_year(random_year(seed, reservoirs=reservoirs_of(seed)))
        curtailed += (cleared.surplus_mw > 1e-6).sum()
        unserved += (cleared.unserved_mw > 1e-6).sum()
        assert (cleared.price_cny_per_mwh[cleared.surplus_mw > 1e-6] == 0.0).all()
        assert (cleared.price_cny_per_mwh[cleared.unserved_mw > 1e-6] == 10_000.0).all()
    assert curtailed > 100
    assert unserved > 100


@pytest.mark.parametrize("seed", range(10))
def test_a_larger_line_never_costs_more(seed) -> None:
    year = random_year(seed, wheeling=wheeling(seed), reservoirs=BOTH)
    costs = []
    for factor in (0.0, 0.5, 1.0, 3.0):
        forward, backward = factor * year.line_forward_mw, factor * year.line_backward_mw
        costs.append(clear_year(copy(year, line_forward_mw=forward, line_backward_mw=backward)).cost_cny)
    assert (np.diff(costs) <= 1e-9 * np.abs(costs[:-1])).all()


def test_no_inflow_no_reservoir_output() -> None:
    year = random_year(1, reservoirs=BOTH)
    year.reservoir_energy_mwh[:, 0] = 0.0  # the other month has some, so that the schedule is made
    cleared = clear_year(year)
    assert not cleared.reservoir_mw[:, 0].any()
    assert cleared.reservoir_mw[:, 1].any()
    dry = clear_year(copy(year, reservoir_energy_mwh=np.zeros_like(year.reservoir_energy_mwh)))
    np.testing.assert_array_equal(dry.unit_output_by_month_mwh[:, 0], cleared.unit_output_by_month_mwh[:, 0])
    np.testing.assert_array_equal(dry.price_cny_per_mwh[:, 0], cleared.price_cny_per_mwh[:, 0])


@pytest.mark.parametrize("seed", range(10))
def test_more_inflow_never_takes_more_from_units(seed) -> None:
    year = random_year(seed, wheeling=wheeling(seed), reservoirs=BOTH)
    totals = []
    for factor in (0.5, 0.8, 1.0, 1.2, 3.0):
        cleared = clear_year(copy(year, reservoir_energy_mwh=factor * year.reservoir_energy_mwh))
        weight = year.day_weight[:, :, None]
        totals.append((weight * (cleared.units_mw + cleared.unserved_mw)).sum(axis=(0, 2, 3)))
    assert (np.diff(totals, axis=0) <= 1e-6).all()


def test_the_order_of_units_changes_nothing_but_ties() -> None:
    year = random_year(7, reservoirs=BOTH)
    order = np.random.default_rng(0).permutation(year.unit_zone.size)
    mixed = copy(
        year,
        unit_zone=year.unit_zone[order],
        unit_capacity_mw=year.unit_capacity_mw[order],
        unit_availability=np.ascontiguousarray(year.unit_availability[order]),
        unit_cost_cny_per_mwh=year.unit_cost_cny_per_mwh[order],
    )
    np.testing.assert_array_equal(clear_year(mixed).unit_output_mwh, clear_year(year).unit_output_mwh[order])


# Days apart


def test_days_apart_use_their_own_water_and_the_others_the_rest() -> None:
    for seed in range(8):
        year = random_year(seed, wheeling=wheeling(seed), reservoirs=BOTH)
        # A minimum that the days' water cannot sustain would be lowered.
        year = copy(year, reservoir_minimum_mw=np.zeros((2, 2)))
        own = np.full((2, 2), np.nan)
        own[seed % 2, 1] = 0.06 * year.reservoir_energy_mwh[seed % 2, 1]  # of 3 days in 30
        cleared = clear_days_apart(year, own)
        daily = cleared.reservoir_mw.sum(axis=3) * year.day_weight
        lost = cleared.spilled_mwh
        np.testing.assert_allclose(daily.sum(axis=2) + lost, year.reservoir_energy_mwh, rtol=1e-9, atol=1e-6)
        assert daily[seed % 2, 1, 1] <= own[seed % 2, 1] * (1.0 + 1e-9) + 1e-6
        free = clear_year(year)
        assert cleared.cost_cny >= free.cost_cny * (1.0 - 1e-9), "fewer choices never cost less"
        for name in ("price_cny_per_mwh", "reservoir_mw", "units_mw"):
            np.testing.assert_array_equal(getattr(cleared, name)[:, 0], getattr(free, name)[:, 0], name)
        hours = year.day_weight[None, :, :, None]
        supply = cleared.units_mw + cleared.reservoir_mw + cleared.unserved_mw
        sent = np.concatenate([cleared.flow_mw, -cleared.flow_mw])
        np.testing.assert_allclose(supply, year.net_load_mw + cleared.surplus_mw + sent, atol=1e-6)
        made = (cleared.units_mw * hours).sum()
        assert made == pytest.approx(cleared.unit_output_mwh.sum(), rel=1e-9)
        np.testing.assert_allclose(
            cleared.unit_output_by_month_mwh.sum(axis=1), cleared.unit_output_mwh, rtol=1e-9, atol=1e-6
        )


def test_days_apart_with_the_water_they_would_have_had_cost_the_same() -> None:
    for seed in range(8):
        year = random_year(seed, wheeling=wheeling(seed), reservoirs=BOTH)
        free = clear_year(year)
        own = (free.reservoir_mw.sum(axis=3) * year.day_weight)[:, :, 1]
        own[:, (free.spilled_mwh > 1e-6).any(axis=0)] = np.nan
        assert clear_days_apart(year, own).cost_cny == pytest.approx(free.cost_cny, rel=1e-9)


def test_no_days_apart_changes_no_bit() -> None:
    year = random_year(3, reservoirs=BOTH)
    free, same = clear_year(year), clear_days_apart(year, np.full((2, 2), np.nan))
    for name, value in free._asdict().items():
        assert np.asarray(value).tobytes() == np.asarray(getattr(same, name)).tobytes(), name
