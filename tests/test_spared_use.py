"""Homes, services and drivers use less where CO2 makes it dear, as their elasticities say, and nobody else does."""

from functools import cache

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import CUSTOMERS, SECTOR, SEGMENTS, VEHICLE_TECHNOLOGIES, G, V
from tanlu.core.economics import use_at_cost
from tanlu.markets.co2_in_power import split_off_co2
from tanlu.markets.demand import ANSWERING, answer_tariffs
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.transport.vehicles import FleetYear, Vehicles
from tests import model_runs
from tests.model_runs import REGION, P
from tests.test_announce import hear
from tests.test_use import TAX

POLICIES: dict[str, dict[str, object]] = {
    "none": {},
    "tax": {"tax": TAX},
    "market": {"market": {"kind": "carbon_market", "from_year": 2021}},
    "mandate": {"cars": {"kind": "vehicle_incentive", "from_year": 2025, "new_energy_sales_share": 1}},
}
COMMERCE = CUSTOMERS.index("commercial")

# --- electricity -----------------------------------------------------------------------------------------------


def test_use_answers_a_cost_within_bounds_and_nothing_where_there_was_none() -> None:
    cost, usual = np.array([2.0, 1.0, 9.0, 0.0, 3.0]), np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    answer = use_at_cost(cost, usual, 0.5)
    np.testing.assert_allclose(answer, [2.0**-0.5, 1.0, 0.5, 2.0, 1.0], rtol=1e-14)
    assert answer[1] == 1.0, "and to the bit"


def test_homes_and_services_come_to_their_elasticity_at_the_pace_of_others() -> None:
    heard, pace = hear(2030), REGION.parameters["use_adaptation_share_per_year"]
    usual = heard.prices.part_price_cny_per_mwh.copy()
    price = usual.copy()
    price[ANSWERING] *= 1.2
    dearer = model_runs.heard(heard, part_price_cny_per_mwh=price, part_price_without_co2_cny_per_mwh=usual)
    adapted = np.ones((2, P))
    first = answer_tariffs(REGION, dearer, adapted)
    for _ in range(40):
        adapted = answer_tariffs(REGION, dearer, adapted)
    wanted = 1.2 ** -np.array([0.42, 0.2])[:, None]
    np.testing.assert_allclose(adapted, np.tile(wanted, P), rtol=1e-6)
    np.testing.assert_allclose(1.0 - first, pace * (1.0 - np.tile(wanted, P)))
    early = dearer._replace(year=REGION.last_observed_year)
    assert (answer_tariffs(REGION, early, np.ones((2, P))) == 1.0).all()


def test_an_hour_without_co2_has_the_cost_of_what_would_then_be_called_last() -> None:
    """Coal of 300 with 200 of CO2 and gas of 400 with 100 change places: 450 has the price of coal, not of gas."""
    capacity, waived = np.array([50.0, 50.0]), np.array([300.0, 400.0])
    asked = waived + np.array([220.0, 50.0])
    price = np.array([[450.0, 520.0], [3000.0, 0.0]])
    np.testing.assert_allclose(split_off_co2(price, capacity, asked, waived), [[150.0, 120.0], [120.0, 0.0]])


NO_ELASTICITIES = {
    "parameters.households_electricity_elasticity": 0.0,
    "parameters.services_electricity_elasticity": 0.0,
    **{
        f"vehicles[segment={segment},parameter=distance_elasticity].value": 0.0
        for segment in ("car", "taxi", "light_truck", "heavy_truck")
    },
}


@cache
def live(name: str, last: int = 2026, *, is_deaf: bool = False) -> RegionModel:
    """Return the small pack after a year; in 2026, the first year of a tax, the fleet is still that without it."""
    world = {"name": "use", "region": "two_provinces", "years": "2025-2032", "replications": 1}
    pack = NO_ELASTICITIES if is_deaf else {}
    read = load(world | {"world": {"hydrology": "observed"}, "policies": POLICIES[name], "pack": pack})
    model = RegionModel(Inputs(read, load_region("two_provinces", read.pack)))
    while model.year < last:
        model.step()
    return model


def test_what_a_tariff_would_be_without_co2_is_what_it_is_in_a_run_without() -> None:
    free, taxed = live("none").state.tariffs, live("tax").state.tariffs
    assert (free.tariff_cny_per_mwh == free.without_co2_cny_per_mwh).all()
    np.testing.assert_allclose(taxed.without_co2_cny_per_mwh, free.tariff_cny_per_mwh, rtol=0.04)
    assert (taxed.tariff_cny_per_mwh[:, COMMERCE] > 1.15 * free.tariff_cny_per_mwh[:, COMMERCE]).all()


def test_a_market_that_gives_by_output_reaches_tariffs_by_less_than_a_third() -> None:
    market, taxed = live("market"), live("tax")

    def added(model: RegionModel) -> Floats:
        tariffs = model.state.tariffs
        return (tariffs.tariff_cny_per_mwh - tariffs.without_co2_cny_per_mwh)[:, COMMERCE]

    price = market.records[-1].carbon_market.price_cny_per_tco2
    assert price > 10.0
    assert np.all(np.abs(added(market)) / price < added(taxed) / 300.0 / 3.0)


# --- kilometres ------------------------------------------------------------------------------------------------

FUEL, BATTERY = VEHICLE_TECHNOLOGIES.index("fuel"), VEHICLE_TECHNOLOGIES.index("battery")
CAR, BUS = SEGMENTS.index("car"), SEGMENTS.index("bus")


def drive(years: int = 40, **changes: object) -> tuple[Vehicles, FleetYear]:
    """Return a fleet whose drivers have long heard the prices of 2030 with some changed, and its year."""
    heard = model_runs.heard(hear(2030), **changes)
    vehicles = RegionModel(Inputs(model_runs.scenario(years=(2020, 2021)), REGION)).vehicles
    year = vehicles.offer(heard, 1.0)
    for _ in range(years):
        vehicles.use_factor = year.use_factor
        year = vehicles.offer(heard, 1.0)
    return vehicles, year


def test_kilometres_fall_as_their_elasticity_says_of_what_a_kilometre_costs() -> None:
    price = np.zeros((P, len(SECTOR)))
    price[:, SECTOR["transport"]] = 500.0
    prices = hear(2030).prices
    same = {"part_price_without_co2_cny_per_mwh": prices.part_price_cny_per_mwh}
    vehicles, year = drive(carbon={"price_cny_per_tco2": price}, **same)
    oil = prices.energy_price_cny_per_gj[:, 1]
    tax = 500.0 * REGION.power.carrier_co2_t_per_gj[1]
    factor = year.use_factor.reshape(P, G, V)
    np.testing.assert_allclose(factor[:, CAR, FUEL], ((oil + tax) / oil) ** -0.15, rtol=1e-6)
    assert (factor[:, :, BATTERY] == 1.0).all() and (factor[:, BUS] == 1.0).all()
    spared = year.spared_km.reshape(P, G)
    assert np.all(spared[:, CAR] > 0.0) and np.all(spared[:, BUS] == 0.0)
    _, usual = drive(0, **same)
    np.testing.assert_allclose(year.km + year.spared_km, usual.km, rtol=1e-12)
    assert (year.emitted_tco2.reshape(P, G)[:, CAR] < usual.emitted_tco2.reshape(P, G)[:, CAR]).all()
    ahead = vehicles.project_electricity(year, 2031, 3, 1.0)
    assert (ahead > 0.0).all()


def test_electric_cars_alone_raise_no_kilometres() -> None:
    """A mandate to sell nothing else changes what a kilometre costs the fleet, and nobody drives more."""
    model, plain = live("mandate"), live("none")
    np.testing.assert_allclose(model.records[-1].road.driven_km, plain.records[-1].road.driven_km, rtol=1e-12)
    assert (model.records[-1].road.oil_gj < plain.records[-1].road.oil_gj).all()
    assert (model.records[-1].road.spared_km == 0.0).all()


def test_homes_services_and_drivers_answer_a_tax_and_nobody_answers_none() -> None:
    """Without a price on CO2 elasticities change no bit; what is spared leaves the load and the roads."""
    free, silent = live("none", 2030).records[-1], live("none", 2030, is_deaf=True).records[-1]
    for part in ("demand", "road", "emissions"):
        for one, other in zip(getattr(free, part), getattr(silent, part), strict=True):
            np.testing.assert_array_equal(one, other)
    taxed, silent = live("tax", 2030).records[-1], live("tax", 2030, is_deaf=True).records[-1]
    for spared, now, before in (
        (taxed.demand.spared_by_use_mwh, taxed.demand.load_mwh, silent.demand.load_mwh),
        (taxed.road.spared_km, taxed.road.driven_km, silent.road.driven_km),
    ):
        assert (spared > 0.0).all() and ((before - now).sum() > 0.8 * spared.sum())
    assert not silent.demand.spared_by_use_mwh.any() and not silent.road.spared_km.any()
