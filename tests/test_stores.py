"""Storage within the day: what it may do, what it must keep, and that it only moves energy that gains by it."""

import numpy as np
import pytest

from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.stores import pool_stores
from tanlu.power.market import MarketCase, MarketYear, clear_year, dispatch
from tests.least_cost import least_cost
from tests.naive_dispatch import month_cost, random_year

BOTH = (True, True)


def stored_year(seed: int, **changes: object) -> MarketYear:
    year = random_year(seed, wheeling=15.0 * (seed % 2), reservoirs=BOTH, stores=0.3)
    return year._replace(**changes)


def one_zone(loads: list[float], **changes: object) -> Dispatch:
    """Return the dispatch of one day in zone 0: 100 MW at 10, 100 at 50 and 100 at 90 CNY/MWh."""
    case = {
        "unit_zone": [0, 0, 0],
        "unit_capacity_mw": 100.0,
        "unit_cost_cny_per_mwh": [10.0, 50.0, 90.0],
        "net_load_mw": np.array([[[loads]], [[[0.0] * len(loads)]]]),
        "day_weight": 1.0,
        "scarcity_price_cny_per_mwh": 9000.0,
        "store_power_mw": [30.0, 0.0],
        "store_energy_mwh": [1e3, 0.0],
        "store_efficiency": [0.8, 1.0],
    }
    return dispatch(MarketCase(**(case | changes)))


def test_it_moves_energy_from_cheap_hours_to_dear_ones() -> None:
    cleared = one_zone([60.0, 150.0])
    assert cleared.charge_mw[0, 0, 0].tolist() == pytest.approx([30.0, 0.0])
    assert cleared.discharge_mw[0, 0, 0].tolist() == pytest.approx([0.0, 24.0])
    assert cleared.cost_cny == pytest.approx((90.0 + 100.0) * 10.0 + 26.0 * 50.0)


def test_it_stands_still_where_it_would_lose() -> None:
    """The same unit is marginal in both hours, or the dearer one less than its losses dearer."""
    assert not one_zone([110.0, 190.0]).charge_mw.any()
    near = one_zone([60.0, 150.0], unit_cost_cny_per_mwh=[42.0, 50.0, 90.0])
    assert not near.charge_mw.any()
    assert near.cost_cny == pytest.approx(160.0 * 42.0 + 50.0 * 50.0)


def test_it_stops_where_prices_meet() -> None:
    """Only 10 MW of the cheap unit are free, and 5 MW of the dear one are wanted."""
    assert one_zone([90.0, 150.0]).charge_mw[0, 0, 0, 0] == pytest.approx(10.0)
    assert one_zone([60.0, 105.0]).discharge_mw[0, 0, 0, 1] == pytest.approx(5.0)


def test_energy_limits_a_day() -> None:
    cleared = one_zone([60.0, 150.0, 60.0, 140.0], store_energy_mwh=[16.0, 0.0])
    assert cleared.discharge_mw.sum() == pytest.approx(16.0)
    assert cleared.charge_mw.sum() == pytest.approx(20.0)


def test_a_surplus_is_charged_before_anything_that_costs_and_never_discharged_into() -> None:
    cleared = one_zone([-50.0, 60.0, 90.0, 150.0])
    assert cleared.charge_mw[0, 0, 0, 0] == pytest.approx(30.0)
    assert cleared.charge_mw.sum() == pytest.approx(30.0 / 0.8)
    assert cleared.discharge_mw[0, 0, 0].tolist() == pytest.approx([0.0, 0.0, 0.0, 30.0], abs=1e-6)
    assert not one_zone([-50.0, -80.0]).discharge_mw.any()


def test_the_far_side_of_the_line_is_served_too() -> None:
    load = np.array([[[[60.0, 60.0]]], [[[0.0, 60.0]]]])
    line = {"line_forward_mw": 40.0, "line_backward_mw": 40.0, "wheeling_cost_cny_per_mwh": 5.0}
    cleared = one_zone([], net_load_mw=load, **line)
    without = one_zone([], net_load_mw=load, **line, store_power_mw=0.0)
    assert without.flow_mw[0, 0, 0].tolist() == pytest.approx([0.0, 40.0])
    # 40 MW leave the zone in the second hour, so its own 10 CNY/MWh do not suffice: 30 MW charged give 24.
    assert cleared.discharge_mw[0, 0, 0].tolist() == pytest.approx([0.0, 0.0])
    dear = one_zone(
        [], net_load_mw=load + np.array([0.0, 40.0]) * np.array([1.0, 0.0]).reshape(2, 1, 1, 1), **line
    )
    assert dear.discharge_mw[0, 0, 0, 1] == pytest.approx(24.0)


@pytest.mark.parametrize("seed", range(12))
def test_energy_power_and_size_are_kept(seed: int) -> None:
    year = stored_year(seed)
    cleared = clear_year(year)
    charged, discharged = cleared.charge_mw.sum(axis=3), cleared.discharge_mw.sum(axis=3)
    size = np.abs(year.net_load_mw).max()
    efficiency = year.store_efficiency[:, None, None]
    np.testing.assert_allclose(charged * efficiency, discharged, atol=1e-9 * size)
    assert (discharged <= year.store_energy_mwh[:, None, None] + 1e-9 * size).all()
    for flow in (cleared.charge_mw, cleared.discharge_mw):
        assert (flow >= 0.0).all()
        assert (flow <= year.store_power_mw[:, None, None, None] + 1e-9 * size).all()
    assert np.minimum(cleared.charge_mw, cleared.discharge_mw).max() <= 1e-6 * size
    assert charged.any()


@pytest.mark.parametrize("seed", range(12))
def test_a_store_never_raises_the_cost(seed: int) -> None:
    year = stored_year(seed)
    costs = [clear_year(year._replace(store_power_mw=f * year.store_power_mw)).cost_cny for f in (0.0, 1.0)]
    assert costs[1] <= costs[0] * (1.0 + 1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_one_zone_without_water_costs_what_the_linear_programme_costs(seed: int) -> None:
    year = random_year(seed, months=1, stores=0.3)
    year.line_forward_mw[:] = year.line_backward_mw[:] = 0.0
    cost = month_cost(year, clear_year(year), 0)
    assert cost == pytest.approx(least_cost(year, 0).cost_cny, rel=1e-6, abs=1.0)


@pytest.mark.parametrize("seed", range(6))
def test_where_a_search_begins_changes_nothing(seed: int) -> None:
    """A month alone, where nothing is known, is operated to the bit as among others, from where the last one ended."""
    year = random_year(seed, units=40, months=6, wheeling=15.0 * (seed % 2), stores=0.3)
    whole = clear_year(year)
    for m in range(6):
        months = slice(m, m + 1)
        alone = year._replace(
            unit_availability=year.unit_availability[:, months].copy(),
            net_load_mw=year.net_load_mw[:, months].copy(),
            day_weight=year.day_weight[months].copy(),
            line_forward_mw=year.line_forward_mw[:, months].copy(),
            line_backward_mw=year.line_backward_mw[:, months].copy(),
            reservoir_energy_mwh=year.reservoir_energy_mwh[:, months].copy(),
            reservoir_minimum_mw=year.reservoir_minimum_mw[:, months].copy(),
            reservoir_maximum_mw=year.reservoir_maximum_mw[:, months].copy(),
        )
        month = clear_year(alone)
        np.testing.assert_array_equal(month.charge_mw[:, 0], whole.charge_mw[:, m])
        np.testing.assert_array_equal(month.discharge_mw[:, 0], whole.discharge_mw[:, m])
    assert whole.discharge_mw.any()


def test_kinds_of_stores_are_pooled_with_their_mean_efficiency() -> None:
    power = np.array([[300.0, 100.0], [0.0, 0.0]])
    by_fuel = np.insert(power, 1, 1e6, axis=1)
    pooled = pool_stores(
        power_mw=by_fuel,
        fuel=np.array([0, 2]),
        hours=np.array([6.0, 9.0, 2.0]),
        efficiency=np.array([0.75, 0.1, 0.87]),
    )
    np.testing.assert_allclose(pooled.power_mw, [400.0, 0.0])
    np.testing.assert_allclose(pooled.energy_mwh, [2000.0, 0.0])
    np.testing.assert_allclose(pooled.efficiency, [0.78, 1.0])
