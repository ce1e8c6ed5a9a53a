"""Electricity demand: the statistic first, then drivers, vehicles and what facilities plan; and the trend ahead."""

import numpy as np
import pytest

from model.signals import P
from model.steps.demand import electricity_demand, trend_load
from model.tables import year_index
from tests import model_runs
from tests.model_runs import REGION, scenario

LAST = REGION.last_observed_year
INDUSTRY = np.array([40e6, 20e6])
REST = np.array([250e6, 100e6])


def demand(year: int, factor: object = 1.0, industry: np.ndarray = INDUSTRY):
    return electricity_demand(
        year=year,
        region=REGION,
        scenario=scenario(world={"demand_factor": factor}),
        industry_mwh=industry,
        rest_base_mwh=REST,
    )


@pytest.mark.parametrize("year", [2020, LAST])
def test_where_there_is_a_statistic_it_is_the_demand(year: int) -> None:
    official = REGION.power.demand_twh[year_index(year)] * 1e6
    np.testing.assert_allclose(demand(year).load_mwh, official)
    np.testing.assert_allclose(demand(year).rest_mwh, official - INDUSTRY)
    np.testing.assert_allclose(demand(year, industry=2.0 * INDUSTRY).load_mwh, official)


def test_later_the_rest_follows_its_driver_and_vehicles_and_industry_its_plan() -> None:
    t, base = year_index(2040), year_index(LAST)
    index, cars = REGION.industry.electricity_index, REGION.industry.vehicle_electricity_mwh
    rest = (REST - cars[base]) * index[t] / index[base] + cars[t]
    np.testing.assert_allclose(demand(2040).load_mwh, rest + INDUSTRY)
    np.testing.assert_allclose(demand(2040).rest_mwh, rest)


def test_the_worlds_factor_acts_on_the_rest_because_industrys_plan_holds_it_already() -> None:
    before, after = demand(2040), demand(2040, {2025: 1.0, 2030: 1.2})
    np.testing.assert_allclose(after.rest_mwh, 1.2 * before.rest_mwh)
    np.testing.assert_allclose(after.load_mwh, 1.2 * before.rest_mwh + INDUSTRY)


def test_in_a_run_the_first_free_year_continues_the_last_statistic() -> None:
    load = model_runs.record(scenario(years=(2020, 2028))).load_mwh
    growth = load[LAST - 2020 + 1] / load[LAST - 2020]
    assert np.all((growth > 0.97) & (growth < 1.12)), "no jump where statistics end"


def test_a_factor_on_demand_acts_once() -> None:
    usual, more = (
        model_runs.record(scenario(years=(2020, 2028), world={"demand_factor": factor})).load_mwh.sum(axis=1)
        for factor in (1.0, 1.1)
    )
    np.testing.assert_allclose(more / usual, 1.1, rtol=0.03)  # industry is bound by its capacity


def test_a_steady_trend_goes_on_and_a_boom_does_not() -> None:
    steady = [np.array([100.0, 50.0]) * 1.02**i for i in range(6)]
    np.testing.assert_allclose(trend_load(steady, 5, -0.01, 0.04), steady[-1] * 1.02**5, rtol=1e-9)
    boom = [np.array([100.0, 50.0]) * 1.1**i for i in range(6)]
    np.testing.assert_allclose(trend_load(boom, 5, -0.01, 0.04), boom[-1] * 1.04**5, rtol=1e-9)
    slump = [np.array([100.0, 50.0]) * 0.9**i for i in range(6)]
    np.testing.assert_allclose(trend_load(slump, 5, -0.01, 0.04), slump[-1] * 0.99**5, rtol=1e-9)
    assert trend_load(steady[:1], 5, -0.01, 0.04).shape == (P,)


def test_only_the_last_five_years_make_the_trend() -> None:
    old = [np.array([1.0, 1.0])] * 10
    recent = [np.array([100.0, 50.0]) * 1.01**i for i in range(5)]
    np.testing.assert_allclose(trend_load(old + recent, 3, -0.01, 0.04), trend_load(recent, 3, -0.01, 0.04))
