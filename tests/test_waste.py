"""Waste: a city has built what its people need burnt, and pays what power leaves of the cost."""

import copy
from functools import cache

import numpy as np
import pytest

from tanlu.core.axes import FUEL
from tanlu.power.waste import missing_waste_mw
from tanlu.region.tables import year_index
from tests import model_runs
from tests.model_runs import REGION, P, Watched, scenario

WASTE, X = FUEL["waste"], REGION.parameters


@cache
def lived() -> Watched:
    return model_runs.watch(scenario())


def needed_mw(people_million: float, t_per_person: float) -> float:
    return people_million * 1e6 * t_per_person * X["waste_plant_mwh_per_t"] / 8760.0


def test_capacity_follows_people_and_what_they_throw_away() -> None:
    """By hand: the plan of Sichuan for 2030, 71,050 t a day; within the smallest plant that is worth building."""
    drivers = REGION.tables["drivers"].set_index(["driver", "province", "year"])["value"].astype(float)
    people, waste = (
        drivers[name, "Sichuan", 2030] for name in ("population_million", "waste_plants_t_per_person")
    )
    assert people * waste * 1e6 / 365.0 == pytest.approx(71050.0, rel=1e-3)
    stands = model_runs.record(scenario()).power.capacity_mw[2030 - 2020, 0, WASTE]
    assert needed_mw(people, waste) - X["smallest_new_build_mw"] < stands < needed_mw(people, waste) + 1.0


def test_waste_is_burnt_to_the_end() -> None:
    """What stands at the start has come to the end of its life by then."""
    power = model_runs.record(scenario()).power
    mw, mwh = power.capacity_mw[:, :, WASTE], power.output_mwh[:, :, WASTE]
    first = 2025 - 2020
    assert np.all(mw[first:] >= mw[first] - 1e-6)
    assert np.all(mwh[first:] >= 0.98 * mwh[first])
    old = REGION.power.units.commissioned_year[REGION.power.units.fuel == WASTE]
    assert (old < 2030 - 2).mean() > 0.9


def test_more_waste_takes_more_plants() -> None:
    """By hand: a fifth more waste, where what stands is within one plant of what is needed."""
    plants, region = lived().lived[2030 - 2020].plants, copy.copy(REGION)
    before, waste_t = missing_waste_mw(plants, 2030), REGION.power.waste_t
    object.__setattr__(region, "power", REGION.power._replace(waste_t=1.2 * waste_t))
    plants.region = region
    more = missing_waste_mw(plants, 2030) - before
    plants.region = REGION
    ready, smallest = year_index(2030 + int(X["waste_plant_lead_time_years"])), X["smallest_new_build_mw"]
    assert more == pytest.approx(0.2 * waste_t[ready] * X["waste_plant_mwh_per_t"] / 8760.0, abs=smallest)


def test_nothing_is_built_where_enough_stands() -> None:
    plants = lived().lived[2030 - 2020].plants
    before = missing_waste_mw(plants, 2030)
    kept = plants.capacity_mw
    plants.capacity_mw = np.where(plants.fuel == WASTE, 2.0 * kept, kept)
    assert not missing_waste_mw(plants, 2030).any() and np.all(before < X["smallest_new_build_mw"] + 60.0)
    plants.capacity_mw = kept


def test_a_city_pays_what_power_leaves_of_the_cost() -> None:
    life, paid = int(REGION.power.technologies.by_fuel.lifetime_years[WASTE]), 0
    rate = X["waste_plant_permitted_return"] - REGION.finance.parameters["inflation"]
    worth = sum((1.0 + rate) ** -t for t in range(1, life + 1))
    for year_lived in lived().lived:
        a, plants, year = year_lived.year.plants, year_lived.plants, year_lived.year.signals.year
        n = a.output_mwh.size
        assert not a.waste_fee_cny[plants.fuel[:n] != WASTE].any()
        for row in np.flatnonzero(a.waste_fee_cny > 0.0):
            age = year - plants.commissioned_year[row]
            capital = plants.investment_cny[row] / worth * (0.5 if age == 0 else 1.0) * (age < life)
            received = a.revenue_cny[row] + a.feed_in_cny[row] + a.waste_fee_cny[row]
            spent = a.fuel_cost_cny[row] + a.operation_cost_cny[row] + capital
            assert received == pytest.approx(spent, rel=1e-9)
            paid += 1
        new = (plants.fuel[:n] == WASTE) & (np.arange(n) >= plants.pack_size)
        assert not a.feed_in_cny[new].any()
    assert paid > 100


def test_it_is_the_cities_that_pay() -> None:
    model = lived()
    y = 2029 - 2020  # after 2030 power is so dear, with tax in what builds it, that it pays for nearly all
    fee = model_runs.record(scenario()).power.waste_fee_cny[y].sum()
    assert fee > 1e7
    table = model.tables.payments[y]
    assert table.spent_cny("cities")["waste_treatment"] == pytest.approx(fee)
    assert table.received_cny("power_waste")["waste_treatment"] == pytest.approx(fee)


def test_plants_that_a_city_had_built_are_repaid_over_their_life() -> None:
    """A MW built in the run earns its owner the permitted return, no more: the fee takes what power brings off."""
    year_lived = lived().lived[2035 - 2020]
    a, plants, n = year_lived.year.plants, year_lived.plants, year_lived.year.plants.output_mwh.size
    new = np.flatnonzero(
        (plants.fuel[:n] == WASTE) & (np.arange(n) >= plants.pack_size) & plants.active(2035)[:n]
    )
    assert new.size >= 2 * P
    per_kw = (a.profit_cny[new] - a.carbon_cost_cny[new]) / plants.capacity_mw[new] / 1e3
    assert per_kw.max() < 0.08 * X["waste_plant_cny_per_kw"]
