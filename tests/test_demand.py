"""Electricity demand: parts of the statistic first, then what drives each part; and the trend ahead."""

import numpy as np
import pytest

from tanlu.core.axes import PARTS
from tanlu.markets.demand import (
    Demand,
    demand_base,
    electricity_demand,
    mix_load_shape,
)
from tanlu.region.demand import ANSWERING_PARTS, INDEXED_PARTS, STATISTIC_GROUPS, seasonal_shape
from tanlu.region.tables import year_index
from tanlu.state.state import DemandBase
from tests import model_runs
from tests.chengyu import PROVINCES
from tests.model_runs import REGION, P, scenario

LAST = REGION.last_observed_year
FACILITIES = np.array([60e6, 15e6])
CHARGED = np.array([5e6, 2e6])
NO_COHORTS, AS_USUAL = np.zeros((len(PARTS), P)), np.ones((len(ANSWERING_PARTS), P))
USERS = ("Industry", "Agriculture", "Commercial", "Data Centres", "Residential", "Transportation")


def row(name: str) -> int:
    return PARTS.index(name)


HEATED = NO_COHORTS.copy()
HEATED[row("heating")], HEATED[row("households")] = [3e6, 1e6], [8e6, 5e6]


def base(facilities: np.ndarray = FACILITIES, cohorts: np.ndarray = NO_COHORTS) -> DemandBase:
    return demand_base(region=REGION, facilities_mwh=facilities, vehicles_mwh=CHARGED, cohorts_mwh=cohorts)


def demand(
    year: int,
    factor: float = 1.0,
    facilities: np.ndarray = FACILITIES,
    vehicles: np.ndarray = CHARGED,
    cooling_factor: float = 1.0,
    cohorts: np.ndarray = NO_COHORTS,
    use: np.ndarray = AS_USUAL,
) -> Demand:
    return electricity_demand(
        year=year,
        region=REGION,
        factor=factor,
        facilities_mwh=facilities,
        vehicles_mwh=vehicles,
        cohorts_mwh=cohorts,
        cooling_factor=cooling_factor,
        use=use,
        base=base(cohorts=HEATED if cohorts.any() else NO_COHORTS),
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
    np.testing.assert_allclose(base().parts_mwh.sum(axis=0), official(LAST), rtol=1e-12)
    assert np.all(base().parts_mwh > 0.0)


def test_later_each_part_follows_its_own_index_and_facilities_and_vehicles_their_plan() -> None:
    t, last = year_index(2040), year_index(LAST)
    later, index = demand(2040), REGION.demand.growth_index
    for name in INDEXED_PARTS:
        q = row(name)
        expected = base().parts_mwh[q] * index[t, :, q] / index[last, :, q]
        np.testing.assert_allclose(later.parts_mwh[q], expected)
    np.testing.assert_array_equal(later.parts_mwh[row("facilities")], FACILITIES)
    np.testing.assert_array_equal(later.parts_mwh[row("vehicles")], CHARGED)


def test_electricity_of_cohorts_is_taken_out_of_the_statistic_and_its_parts_keep_their_hours() -> None:
    np.testing.assert_allclose(
        (base(cohorts=HEATED).parts_mwh + HEATED).sum(axis=0), official(LAST), rtol=1e-12
    )
    same, more = demand(2040, cohorts=HEATED), demand(2040, cohorts=2.0 * HEATED)
    np.testing.assert_allclose(more.parts_mwh - same.parts_mwh, HEATED, atol=1e-3)
    index = REGION.demand.growth_index[[year_index(LAST), year_index(2040)]].transpose(0, 2, 1)
    lost = (index[1] / index[0] - 1.0) * HEATED
    np.testing.assert_allclose(
        demand(2040).parts_mwh - same.parts_mwh, lost, atol=1e-3, err_msg="their index"
    )
    january = [one.load_shape[:, 0].max(axis=(1, 2)) * one.load_mwh for one in (same, more)]
    july = [one.load_shape[:, 6].max(axis=(1, 2)) * one.load_mwh for one in (same, more)]
    assert np.all(january[1] - january[0] > 1.5 * (july[1] - july[0])), "heating is used in winter"


def test_vehicles_charge_what_they_are_said_to_and_nothing_without_them() -> None:
    with_them, without = demand(2040), demand(2040, vehicles=np.zeros(P))
    np.testing.assert_allclose(with_them.load_mwh - without.load_mwh, CHARGED, rtol=1e-6)
    assert not without.parts_mwh[row("vehicles")].any()


def test_the_worlds_factor_leaves_alone_what_facilities_and_vehicles_plan_which_holds_it() -> None:
    before, after = demand(2040), demand(2040, 1.2)
    for q, name in enumerate(PARTS):
        factor = 1.0 if name in ("facilities", "vehicles") else 1.2
        np.testing.assert_allclose(after.parts_mwh[q], factor * before.parts_mwh[q], err_msg=name)


# --- hours -------------------------------------------------------------------------------------------------------

WEIGHT = REGION.power.day_weight[:, :, None]


def mean(shape: np.ndarray) -> np.ndarray:
    """Return the mean over the year's hours; the last four axes are province, month, day type, hour."""
    return (shape * WEIGHT).sum(axis=(-3, -2, -1)) / 8760.0


def rescaled(part: str, factor: float) -> np.ndarray:
    parts = base().parts_mwh.copy()
    parts[row(part)] *= factor
    return mix_load_shape(parts, base())


def test_every_part_has_a_mean_hour_of_one_and_no_negative_hour() -> None:
    for q, name in enumerate(PARTS):
        # The load shape of the pack, which industry closes, is rounded.
        np.testing.assert_allclose(mean(base().shape[q]), 1.0, rtol=1e-6, err_msg=name)
        assert np.all(base().shape[q] >= 0.0), name


def test_parts_that_stay_as_they_were_give_todays_load_shape() -> None:
    np.testing.assert_allclose(mix_load_shape(base().parts_mwh, base()), REGION.power.load_shape, rtol=1e-12)
    np.testing.assert_allclose(
        mix_load_shape(3.0 * base().parts_mwh, base()), REGION.power.load_shape, rtol=1e-12
    )


@pytest.mark.parametrize("year", [2015, 2022, LAST])
def test_an_observed_year_has_the_months_of_its_statistic(year: int) -> None:
    np.testing.assert_array_equal(demand(year).load_shape, REGION.power.observed_load_shape[year])


def test_any_later_year_keeps_its_energy() -> None:
    for year in (LAST + 1, 2040, 2060):
        np.testing.assert_allclose(mean(demand(year).load_shape), 1.0, rtol=1e-6)


def test_more_cooling_shifts_load_to_august_and_raises_its_peak_day() -> None:
    usual, hot = demand(2030), demand(2030, cooling_factor=1.25)
    assert np.all(hot.load_mwh > usual.load_mwh)
    load = [one.load_shape * (one.load_mwh / 8760.0)[:, None, None, None] for one in (usual, hot)]
    more = load[1] - load[0]
    assert np.all(more[:, 7, 1].max(axis=1) > more[:, 7, 0].max(axis=1)), "most on the peak day"
    np.testing.assert_allclose(more[:, 3], 0.0, atol=1e-6, err_msg="nothing in April")
    august = rescaled("cooling", 1.5)[:, 7].mean(axis=(1, 2)) / REGION.power.load_shape[:, 7].mean(
        axis=(1, 2)
    )
    assert np.all(august > 1.0)


def test_more_vehicles_fill_the_night_as_far_as_they_charge_by_night() -> None:
    hours = base().shape[row("vehicles"), 0, 0, 0]
    night = [23, 0, 1, 2, 3, 4, 5, 6]
    share = REGION.parameters["vehicle_charging_at_night_share"]
    assert hours[night].sum() / 24.0 > share, "what is charged by night, and some of the rest"
    assert hours[3] > 1.0 > hours[8]


def test_more_data_centres_flatten_the_load() -> None:
    before, after = REGION.power.load_shape, rescaled("data_centres", 10.0)
    assert np.all(after.max(axis=(1, 2, 3)) < before.max(axis=(1, 2, 3)))
    assert np.all(after.min(axis=(1, 2, 3)) > before.min(axis=(1, 2, 3)))


# --- in a run ----------------------------------------------------------------------------------------------------


def test_users_add_up_to_the_electricity_used() -> None:
    measures = model_runs.measures(scenario(years=(2020, 2028)))
    value = dict(zip(measures.variables, measures.values, strict=True))
    users = np.sum([value[f"Final Energy|Electricity|{user}"] for user in USERS], axis=0)
    np.testing.assert_allclose(users, value["Final Energy|Electricity"], rtol=1e-9)


def test_the_peak_load_of_a_run_is_near_the_statistic() -> None:
    """Hours come from one year's weather, months from each year's, and the statistic is load after a cut.

    So hot Augusts come out high: by 9 % in 2024, and by 14 % in Sichuan in 2022, with what was cut.
    """
    statistics = REGION.tables["power_statistics"]
    peak = statistics[statistics["variable"] == "peak_load_mw"].set_index(["province", "year"])["value"]
    record = model_runs.record(scenario(years=(2020, 2028)))
    compared = 0
    for t, year in enumerate(range(2020, LAST + 1)):
        for p, province in enumerate(PROVINCES):
            if (province, year) in peak.index:
                served, cut = float(peak[province, year]), record.demand.shed_mwh[t, p] > 1e5
                bound = 0.15 if cut else 0.1
                assert record.demand.peak_load_mw[t, p] == pytest.approx(served, rel=bound), year
                compared += 1
    assert compared >= 8
    assert np.all(record.demand.peak_load_mw[8] > record.demand.peak_load_mw[4])


def test_in_a_run_the_first_free_year_continues_the_last_statistic() -> None:
    load = model_runs.record(scenario(years=(2020, 2028))).demand.load_mwh
    growth = load[LAST - 2020 + 1] / load[LAST - 2020]
    assert np.all((growth > 0.97) & (growth < 1.12)), "no jump where statistics end"


def test_a_factor_on_demand_acts_once() -> None:
    usual, more = (
        model_runs.record(scenario(years=(2020, 2028), world={"demand_factor": factor})).demand.load_mwh.sum(
            axis=1
        )
        for factor in (1.0, 1.1)
    )
    free = slice(LAST - 2020 + 1, None)  # what was observed stays
    np.testing.assert_allclose((more / usual)[free], 1.1, rtol=0.03)  # industry is bound by its capacity
