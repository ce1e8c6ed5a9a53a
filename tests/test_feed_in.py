"""Feed-in prices of biomass and waste: who gets them, for how long, out of what, and that biomass lives on them."""

import numpy as np
import pytest

from tanlu.core.axes import CUSTOMERS, FUEL
from tests.model_runs import REGION, Lived, P, Watched, scenario, shipped, watch

TECHNOLOGIES = REGION.power.technologies
UNITS = REGION.power.units  # as listed: what is beyond its life leaves part by part
FED = [FUEL["biomass"], FUEL["waste"]]
PAYS_SURCHARGE = [CUSTOMERS.index(name) for name in ("industrial", "commercial")]
RENEWABLE_SURCHARGE = 19.0  # CNY/MWh of industry and commerce, in the notes of tariffs.csv


@pytest.fixture(scope="module")
def model() -> Watched:
    return watch(shipped("baseline"))


def units(model: Watched, lived: Lived, fuel: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the pack's units of a fuel that run in a year, and how old they are."""
    rows = np.flatnonzero(lived.by_place.output_mwh[: UNITS.fuel.size] > 0.0)
    rows = rows[model.ever.fuel[rows] == fuel]
    return rows, lived.year.signals.year - model.ever.commissioned_year[rows]


def test_prices_and_years_are_those_of_the_pack() -> None:
    table = REGION.tables["technologies"].set_index(["technology", "parameter"])["value"]
    for fuel, price in (("biomass", 750.0), ("waste", 650.0)):
        f = FUEL[fuel]
        assert (
            table[fuel, "feed_in_price_cny_per_mwh"]
            == TECHNOLOGIES.by_fuel.feed_in_price_cny_per_mwh[f]
            == price
        )
        assert table[fuel, "feed_in_years"] == TECHNOLOGIES.by_fuel.feed_in_years[f] == 15.0
    others = [f for f in range(len(TECHNOLOGIES.by_fuel.feed_in_years)) if f not in FED]
    assert not TECHNOLOGIES.by_fuel.feed_in_price_cny_per_mwh[others].any()


def test_biomass_lives_on_its_feed_in_price(model: Watched) -> None:
    """Above -50 CNY/kW in every one of these years, and no unit closes in them."""
    seen = 0
    for lived in model.lived:
        rows, age = units(model, lived, FUEL["biomass"])
        young = rows[age < 15]
        kw = UNITS.capacity_mw[young] * 1e3
        assert np.all(lived.by_place.profit_cny[young] >= -50.0 * kw), lived.year.signals.year
        assert np.all(model.ever.retired_year[young] - model.ever.commissioned_year[young] >= 15)
        seen += young.size
    assert seen > 100


def test_biomass_earns_about_what_building_it_costs(model: Watched) -> None:
    """Not a multiple of it: what a kilowatt costs (8,849 CNY) at the rate of cost recovery over its feed-in years."""
    rate, years = REGION.parameters["cost_recovery_rate"], 15
    worth = sum((1.0 + rate) ** -t for t in range(1, years + 1))
    capex = REGION.tables["technologies"].set_index(["technology", "parameter", "year"])["value"]
    asked = capex["biomass", "capex_cny_per_kw", 2020] / worth
    margins: list[float] = []
    for lived in model.lived:
        rows, age = units(model, lived, FUEL["biomass"])
        young = rows[(age > 0) & (age < years)]
        if lived.year.signals.year > REGION.last_observed_year and young.size:
            margins += (lived.by_place.profit_cny[young] / UNITS.capacity_mw[young] / 1e3).tolist()
    assert len(margins) > 50 and 0.75 * asked < np.mean(margins) < 1.25 * asked


def test_a_mwh_takes_as_much_straw_as_stations_that_published_it() -> None:
    """Suqian: 150 to 200 kt for 130 GWh; Lingbi: 300 kt for 200 GWh. Of 12 GJ/t, as the price of straw is reckoned."""
    biomass = np.flatnonzero(UNITS.fuel == FUEL["biomass"])
    tonnes = UNITS.net_heat_rate_gj_per_mwh[biomass] / 12.0
    assert biomass.size >= 9 and np.all((tonnes >= 150.0 / 130.0) & (tonnes <= 200.0 / 130.0))


def test_without_the_price_biomass_would_lose_more_than_that(model: Watched) -> None:
    """The price alone keeps it: the law above can fail."""
    lost = 0
    for lived in model.lived:
        rows, age = units(model, lived, FUEL["biomass"])
        young, a = rows[age < 15], lived.by_place
        without = a.profit_cny[young] - a.feed_in_cny[young]
        lost += int((without < -50.0 * UNITS.capacity_mw[young] * 1e3).sum())
    assert lost > 50


@pytest.mark.parametrize("fuel", ["biomass", "waste"])
def test_output_earns_the_price_up_to_its_hours_and_the_market_beyond(model: Watched, fuel: str) -> None:
    f, seen, capped = FUEL[fuel], 0, 0
    for lived in model.lived:
        a, year = lived.by_place, lived.year.signals.year
        rows, age = units(model, lived, f)
        for row, old in zip(rows.tolist(), age.tolist(), strict=True):
            market = a.revenue_cny[row] / a.output_mwh[row]
            price = TECHNOLOGIES.by_fuel.feed_in_price_cny_per_mwh[f]
            if old >= 15 or market >= price:
                assert a.feed_in_cny[row] == 0.0
                continue
            mw = UNITS.capacity_mw[row] * (0.5 if old == 0 else 1.0)
            paid_for = min(a.output_mwh[row], 5500.0 * mw)
            whole = a.revenue_cny[row] + a.feed_in_cny[row]
            expected = price * paid_for + market * (a.output_mwh[row] - paid_for)
            assert whole == pytest.approx(expected, rel=1e-9), year
            seen, capped = seen + 1, capped + (paid_for < a.output_mwh[row])
    assert seen > 100
    assert capped > 0 or fuel == "biomass", "straw costs more than the market pays for hours beyond"


def test_the_surcharge_pays_it_and_nobody_pays_twice(model: Watched) -> None:
    """Units get what the record says; tariffs hold the surcharge, and no further levy for it."""
    paid = 0.0
    for at, lived in enumerate(model.lived):
        year, record = lived.year, model.records[at].power
        n = year.plants.output_mwh.size
        by_unit = np.bincount(lived.plants.province[:n], year.plants.feed_in_cny, P)
        np.testing.assert_allclose(record.feed_in_cny, by_unit, rtol=1e-9)
        collected = RENEWABLE_SURCHARGE * year.tariffs.sold_mwh[:, PAYS_SURCHARGE].sum()
        assert record.feed_in_cny.sum() < collected
        paid += record.feed_in_cny.sum()
    assert paid > 1e9


def test_a_plant_of_another_fuel_gets_none() -> None:
    for lived in watch(scenario(years=(2020, 2030))).lived:
        fed = lived.year.plants.feed_in_cny
        fuel = lived.plants.fuel[: fed.size]
        assert not fed[~np.isin(fuel, FED)].any() and fed[np.isin(fuel, FED)].sum() > 0.0
