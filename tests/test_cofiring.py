"""Biomass with coal: when it is burnt, what the equipment is worth, which units it reaches, and what it changes."""

import dataclasses

import numpy as np
import pytest

from tanlu.core.axes import FUEL, FUELS
from tanlu.core.signals import Signals
from tanlu.investment.closed_by import Closed, ClosedBy
from tanlu.power.cofiring import (
    CofiringUnits,
    biomass_gj,
    burnt_share,
    cofiring_value,
    equipped_mw,
    ration_biomass,
)
from tanlu.power.options import OPTIONS
from tanlu.power.plants import PowerPlants
from tanlu.region.cofiring import PELLETS
from tanlu.region.power import OPEN_END_YEAR, PRICED_FUELS
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, calls_of, heard, scenario

COAL, GAS = FUEL["coal"], FUEL["gas"]
RETROFIT = OPTIONS.index("cofiring_retrofit")
COFIRING = REGION.power.cofiring
CO2_T_PER_GJ = REGION.power.fuel_co2_t_per_gj[COAL]


@pytest.fixture(scope="module")
def signals() -> Signals:
    """Return the signals of 2030, both fuels at a price by hand."""
    model = RegionModel(Inputs(scenario(years=(2020, 2030)), REGION))
    while model.year < 2029:
        model.step()
    model.year += 1
    return model.announce()


def at_prices(signals: Signals, coal: float, pellets: float, carbon: float) -> Signals:
    price = signals.prices.fuel_price_cny_per_gj.copy()
    price[:, PRICED_FUELS.index("coal")], price[:, PRICED_FUELS.index(PELLETS)] = coal, pellets
    cost = np.full_like(signals.carbon.carbon_cost_cny_per_tco2, carbon)
    return heard(signals, fuel_price_cny_per_gj=price, carbon_cost_cny_per_tco2=cost)


def test_biomass_is_burnt_where_coal_and_its_co2_are_dearer(signals: Signals) -> None:
    even = 7.0 / CO2_T_PER_GJ
    fuel, province = np.array([COAL, COAL, GAS, COAL]), np.array([0, 1, 0, 0])
    since = np.array([2030, 2030, 2030, 2031])

    def share(carbon: float) -> list[float]:
        given = at_prices(signals, 35.0, 42.0, carbon)
        return burnt_share(REGION, given, fuel, province, since, 2030).tolist()

    assert share(even - 0.1) == [0.0, 0.0, 0.0, 0.0]
    tenth = COFIRING.fuel_share[COAL]
    assert share(even + 0.1) == [tenth, tenth, 0.0, 0.0]
    assert biomass_gj(REGION, np.array([COAL]), np.array([tenth]), np.array([90.0]))[0] == pytest.approx(
        90.0 / CO2_T_PER_GJ / 9.0
    )


def test_the_equipment_is_worth_what_it_spares_less_what_biomass_costs_more(signals: Signals) -> None:
    """A 600 MW unit that emits 2.5 Mt a year; nothing of announced policy is believed."""
    given = at_prices(signals, 35.0, 42.0, 150.0)._replace(taxes=REGION.finance.taxes.without_tax())
    value, capex, switching = cofiring_value(
        REGION,
        given,
        CofiringUnits(
            province=np.array([0]),
            fuel=np.array([COAL]),
            capacity_mw=np.array([600.0]),
            remaining_years=np.array([16]),
            gross_tco2=np.array([2.5e6]),
            owner=np.array([0]),
        ),
        rate=np.array([0.08]),
        belief=np.array([0.0]),
    )
    biomass = 2.5e6 / CO2_T_PER_GJ * COFIRING.fuel_share[COAL]
    worth = sum(1.08**-t for t in range(2, 17))
    assert capex[0] == pytest.approx(600e3 * COFIRING.capex_cny_per_kw[COAL])
    assert value[0] == pytest.approx(biomass * (150.0 * CO2_T_PER_GJ - 7.0) * worth - capex[0])
    assert switching[0] == pytest.approx((capex[0] / worth / biomass + 7.0) / CO2_T_PER_GJ)


def test_biomass_goes_where_it_is_worth_most_by_the_mw_and_no_further() -> None:
    pace, room = COFIRING.floor_mw_per_year, COFIRING.potential_mw

    def reached(equipped: np.ndarray) -> list[ClosedBy]:
        npv = np.array([9e8, 6e8, 4e8, 1e8, -1.0])
        bars = ration_biomass(
            REGION,
            province=np.array([0, 0, 0, 1, 1]),
            capacity_mw=np.array([1000.0, 600.0, 300.0, 600.0, 100.0]),
            npv_cny=npv,
            wants=npv > 0.0,
            equipped_mw=equipped,
        )
        return [ClosedBy(code) for code in Closed.by_any(5, *bars).reasons().code]

    assert pace.tolist() == [1000.0, 600.0], "the case below is made for these"
    free, pace_out, used_up = ClosedBy.OPEN, ClosedBy.PACE, ClosedBy.NO_POTENTIAL
    assert reached(np.zeros(2)) == [pace_out, free, free, free, free]
    assert reached(room - np.array([800.0, 0.0])) == [used_up, used_up, free, used_up, free]


def test_units_that_burn_biomass_emit_less_and_are_not_captured() -> None:
    model = RegionModel(Inputs(scenario(years=(2020, 2036)), REGION))
    started: list[str] = []
    with calls_of(PowerPlants, "start") as calls:
        while model.year < 2036:
            model.step()
            assert np.all(equipped_mw(model.plants, model.year + 1) <= COFIRING.potential_mw + 1e-6)
            for (plants, table, choice, funded, _), _, _ in calls:
                rows = table.decider[(choice == RETROFIT) & funded]
                started += [plants.ids[row] for row in rows]
                assert {FUELS[f] for f in plants.fuel[rows]} <= {"coal"}
            calls.clear()
    assert len(started) == len(set(started)) > 0
    plants, record = model.plants, model.records[-1]
    equipped = plants.cofiring_year < OPEN_END_YEAR
    assert np.all(plants.capture_year[equipped] == OPEN_END_YEAR)
    assert record.coal.cofired_gj.sum() > 1e6
    assert abs(float(record.balances.carbon_error)) < 1e-9


def test_without_biomass_nobody_is_equipped() -> None:
    table = REGION.tables["site_limits"].copy()
    table.loc[(table["technology"] == "coal_cofiring") & (table["parameter"] == "potential_mw"), "value"] = (
        0.0
    )
    region = dataclasses.replace(REGION, tables=dict(REGION.tables) | {"site_limits": table})
    model = RegionModel(Inputs(scenario(years=(2020, 2032)), region))
    while model.year < 2032:
        model.step()
    assert (model.plants.cofiring_year == OPEN_END_YEAR).all()
    assert not model.records[-1].coal.cofired_gj.any()
