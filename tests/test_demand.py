"""Electricity demand: parts of the statistic first, then what drives each part; and the trend ahead."""

import numpy as np
import pytest

from model.region_demand import INDEXED_PARTS, STATISTIC_GROUPS, seasonal_shape
from model.signals import PARTS, P
from model.steps.demand import Demand, demand_base, electricity_demand, trend_load
from model.tables import year_index
from tests import model_runs
from tests.model_runs import REGION, scenario

LAST = REGION.last_observed_year
FACILITIES = np.array([60e6, 15e6])
VEHICLES = REGION.industry.vehicle_electricity_mwh
USERS = ("Industry", "Agriculture", "Commercial", "Data Centres", "Residential", "Transportation")


def row(name: str) -> int:
    return PARTS.index(name)


def base(facilities: np.ndarray = FACILITIES) -> np.ndarray:
    return demand_base(region=REGION, facilities_mwh=facilities, vehicles_mwh=VEHICLES[year_index(LAST)])


def demand(
    year: int, factor: float = 1.0, facilities: np.ndarray = FACILITIES, vehicles: np.ndarray | None = None
) -> Demand:
    return electricity_demand(
        year=year,
        region=REGION,
        factor=factor,
        facilities_mwh=facilities,
        vehicles_mwh=VEHICLES[year_index(year)] if vehicles is None else vehicles,
        base_mwh=base(),
    )


def official(year: int) -> np.ndarray:
    return REGION.power.demand_twh[year_index(year)] * 1e6


# --- years of statistics -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", range(REGION.first_observed_year, LAST + 1))
def test_where_there_is_a_statistic_the_parts_make_it_up(year: int) -> None:
    np.testing.assert_allclose(demand(year).load_mwh, official(year), rtol=1e-12)
    np.testing.assert_allclose(demand(year, facilities=0.5 * FACILITIES).load_mwh, official(year), rtol=1e-12)
    assert np.all(demand(year).parts_mwh >= 0.0)


def test_groups_of_the_statistic_hold_the_parts_taken_out_of_them() -> None:
    part = dict(zip(PARTS, demand(2022).parts_mwh, strict=True))
    share = REGION.demand.group_share[year_index(2022)]
    group = dict(zip(STATISTIC_GROUPS, (share * official(2022)[:, None]).T, strict=True))
    home = REGION.parameters["residential_share_of_cooling_and_heating"]
    charged = REGION.parameters["residential_share_of_vehicle_charging"]
    climate = part["cooling"] + part["heating"]
    living = part["households"] + home * climate + charged * part["vehicles"]
    np.testing.assert_allclose(living, group["residential"], rtol=1e-12)
    serving = part["services"] + part["data_centres"] + (1.0 - home) * climate
    np.testing.assert_allclose(serving + (1.0 - charged) * part["vehicles"], group["services"], rtol=1e-12)


def test_hot_summers_took_more_cooling_than_mild_ones() -> None:
    share = {year: demand(year).parts_mwh[row("cooling")] / official(year) for year in range(2015, LAST + 1)}
    for mild in (2017, 2020, 2021):
        assert np.all(share[2022] > share[mild]), "2022: the hottest August on record"


def test_a_season_is_what_stands_above_the_mild_months() -> None:
    shape = np.ones((P, 12, 2, 24))
    shape[:, 7, :, 14] = 1.5  # an August afternoon
    shape[:, 0, 1, 20] = 1.25  # the evening of a cold January day
    shape[:, 1] = 0.5  # a holiday month takes nothing away
    season = seasonal_shape(shape, mild=[4, 5], cooling=[7, 8], heating=[1, 2])
    assert season.cooling.sum() == P * 2 * 0.5
    assert season.heating.sum() == P * 0.25
    assert season.cooling[0, 7, 0, 14] == 0.5
    assert not season.cooling[:, 0].any(), "no cooling in January"


# --- later years -------------------------------------------------------------------------------------------------


def test_the_parts_later_years_start_from_make_up_the_last_statistic() -> None:
    np.testing.assert_allclose(base().sum(axis=0), official(LAST), rtol=1e-12)
    assert np.all(base() > 0.0)


def test_later_each_part_follows_its_own_index_and_facilities_and_vehicles_their_plan() -> None:
    t, last = year_index(2040), year_index(LAST)
    later, index = demand(2040), REGION.demand.growth_index
    for name in INDEXED_PARTS:
        q = row(name)
        np.testing.assert_allclose(later.parts_mwh[q], base()[q] * index[t, :, q] / index[last, :, q])
    np.testing.assert_array_equal(later.parts_mwh[row("facilities")], FACILITIES)
    np.testing.assert_array_equal(later.parts_mwh[row("vehicles")], VEHICLES[t])


def test_vehicles_charge_what_they_are_said_to_and_nothing_without_them() -> None:
    with_them, without = demand(2040), demand(2040, vehicles=np.zeros(P))
    np.testing.assert_allclose(with_them.load_mwh - without.load_mwh, VEHICLES[year_index(2040)], rtol=1e-9)
    assert not without.parts_mwh[row("vehicles")].any()


def test_the_worlds_factor_leaves_alone_the_plan_of_facilities_which_holds_it() -> None:
    before, after = demand(2040), demand(2040, 1.2)
    for q, name in enumerate(PARTS):
        factor = 1.0 if name == "facilities" else 1.2
        np.testing.assert_allclose(after.parts_mwh[q], factor * before.parts_mwh[q], err_msg=name)


# --- in a run ----------------------------------------------------------------------------------------------------


def test_users_add_up_to_the_electricity_used() -> None:
    measures = model_runs.measures(scenario(years=(2020, 2028)))
    value = dict(zip(measures.variables, measures.values, strict=True))
    users = np.sum([value[f"Final Energy|Electricity|{user}"] for user in USERS], axis=0)
    np.testing.assert_allclose(users, value["Final Energy|Electricity"], rtol=1e-9)


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


# --- the trend ---------------------------------------------------------------------------------------------------


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
