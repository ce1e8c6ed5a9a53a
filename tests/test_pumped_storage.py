"""The two-part tariff of pumped storage: listed stations recover their cost, and customers bear what energy leaves."""

import numpy as np
import pytest

from tanlu.core.axes import FUEL
from tests.model_runs import REGION, scenario, shipped, watch

RATE = REGION.parameters["pumped_storage_permitted_return"] - REGION.finance.parameters["inflation"]
YEARS = int(REGION.parameters["pumped_storage_tariff_years"])


def test_listed_stations_recover_their_cost_and_others_have_the_market_alone() -> None:
    run = watch(scenario(years=(2020, 2045)))
    worth, seen, paid = sum((1.0 + RATE) ** -t for t in range(1, YEARS + 1)), 0, 0.0
    for lived in run.lived:
        year, accounts = lived.year.signals.year, lived.year.plants
        n, plants, listed = accounts.output_mwh.size, lived.plants, lived.plants.pack_size
        pumped = (plants.fuel[:n] == FUEL["pumped_storage"]) & plants.active(year)[:n]
        own = np.flatnonzero(pumped & (np.arange(n) < listed))
        assert not accounts.capacity_payment_cny[pumped & (np.arange(n) >= listed)].any()
        if year < REGION.parameters["pumped_storage_tariff_first_year"]:
            assert not accounts.capacity_payment_cny[own].any()
            continue
        part = np.where(plants.commissioned_year[own] == year, 0.5, 1.0)
        cost = plants.investment_cny[own] / worth * part + accounts.operation_cost_cny[own]
        recovered = (accounts.revenue_cny[own] + accounts.capacity_payment_cny[own]) / cost
        assert np.all((recovered >= 0.95) & (recovered <= 1.05)), (year, recovered)
        seen, paid = seen + own.size, paid + accounts.capacity_payment_cny[own].sum()
    assert seen > 50 and paid > 1e10


def test_a_kilowatt_is_paid_what_stations_of_its_cost_are() -> None:
    """By hand: 5,250 CNY/kW over 40 years at 5 % real are 306 CNY, operation 52.5; prices of 2023 are 290 to 823."""
    run = watch(scenario(years=(2020, 2045)))
    last, station = run.lived[-1].year, run.plants.ids.index("pumped_storage_panlong_unit_1")
    kw = run.plants.capacity_mw[station] * 1e3
    costs = (last.plants.revenue_cny + last.plants.capacity_payment_cny)[station] / kw
    assert costs == pytest.approx(306.0 + 52.5, rel=0.02)


def test_no_store_sells_below_what_its_charge_cost() -> None:
    """To a thousandth of a day's trade, in any year and province; most of the year's cheap hours lie in Sichuan."""
    run, seen = watch(shipped("baseline")), 0
    stores = [FUEL["pumped_storage"], FUEL["battery"]]
    for lived in run.lived:
        power, days = lived.year.power, lived.year.power.hours.day_weight[:, :, None]
        price = power.prices.price_cny_per_mwh
        sold = (power.hours.discharge_mw * price * days).sum(axis=(1, 2, 3))
        earned = (power.revenue_cny_per_mw * power.offer.capacity_by_fuel_mw)[:, stores].sum(axis=1)
        assert np.all(earned >= -1e-3 * sold - 1.0), (lived.year.signals.year, earned)
        seen += int((sold > 1e6).sum())
    assert seen > 40
