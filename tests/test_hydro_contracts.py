"""Water's contracts within its province: their price, the season's cap, who gains by it, and that no money is lost."""

import numpy as np
import pytest

from tanlu.core.axes import FUELS
from tanlu.kernels.power.contracts import WaterOffers, mean_worth, sum_water_sales
from tanlu.kernels.power.supply_stack import SupplyStack
from tanlu.power.hydro_contracts import Prospect, agree_prices, sell_hydro, stoppable
from tanlu.power.system import clear_hours
from tests import naive_contracts
from tests.model_runs import REGION, P
from tests.power_years import NO_START, anything, around, clear, offer

HYDROLOGY = REGION.power.hydrology
CAP = HYDROLOGY.contract_price_cap_cny_per_mwh
WATER = [FUELS.index("hydro_reservoir"), FUELS.index("hydro_run_of_river")]
WEIGHT = REGION.power.day_weight


def capped(factor: float, monkeypatch: pytest.MonkeyPatch, seed: int):
    """Return a cleared year whose caps are `factor` times the pack's, of half of it in Chongqing."""
    cap = factor * np.where(np.isfinite(CAP), CAP, 0.5 * CAP[0])
    data = REGION.power._replace(hydrology=HYDROLOGY._replace(contract_price_cap_cny_per_mwh=cap))
    monkeypatch.setattr("tests.power_years.DATA", data)
    return clear(*anything(seed))


def test_only_sichuan_caps_water_and_wet_months_lowest() -> None:
    assert np.isinf(CAP[1]).all()
    assert set(np.argsort(CAP[0])[:5] + 1) == {6, 7, 8, 9, 10}


@pytest.mark.parametrize("seed", range(6))
def test_a_lower_cap_moves_money_from_water_to_customers_and_changes_no_hour(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, tight, tighter = (capped(factor, monkeypatch, seed) for factor in (np.inf, 1.0, 0.4))
    assert not free.hydro_sales.rebate_cny.any()
    size = free.offer.capacity_by_fuel_mw[:, WATER]
    for one in (tight, tighter):
        np.testing.assert_array_equal(one.prices.price_cny_per_mwh, free.prices.price_cny_per_mwh)
        np.testing.assert_array_equal(one.hydro_sales.sold_mwh, free.hydro_sales.sold_mwh)
        lost = ((free.revenue_cny_per_mw - one.revenue_cny_per_mw)[:, WATER] * size).sum(axis=1)
        np.testing.assert_allclose(lost, one.hydro_sales.rebate_cny, rtol=1e-9)
        paid = one.hydro_sales.paid_cny.sum(axis=1) + one.hydro_sales.rebate_cny
        np.testing.assert_allclose(paid, free.hydro_sales.paid_cny.sum(axis=1), rtol=1e-9)
    assert np.all(tighter.hydro_sales.rebate_cny >= tight.hydro_sales.rebate_cny)
    assert tighter.hydro_sales.rebate_cny.sum() > 0.0


def test_what_leaves_by_contract_has_no_cap() -> None:
    sent = np.zeros((P, 12))
    sent[0] = 8e3
    plants = offer(hydro_reservoir=(30e3, 0.0), hydro_run_of_river=(20e3, 0.0))
    home, away = clear(plants, around()), clear(plants, around(contract_mw=sent))
    assert np.all(away.hydro_sales.sold_mwh[0] <= home.hydro_sales.sold_mwh[0] + 1e-3)
    assert away.hydro_sales.sold_mwh[0].sum() < home.hydro_sales.sold_mwh[0].sum() - 1e6
    assert not home.hydro_sales.sold_mwh[1].any()
    # No more than the province uses, and no more than water gives.
    load = (home.hours.load_mw * WEIGHT[:, :, None]).sum(axis=(2, 3))
    assert np.all(home.hydro_sales.sold_mwh <= load * (1.0 + 1e-9))
    assert home.hydro_sales.sold_mwh[0].sum() <= home.generation_mwh[0, WATER].sum() * (1.0 + 1e-9)


def test_an_hour_by_hand() -> None:
    """1,000 MW of water at 300 CNY/MWh, 200 of it sent away, under a cap of 210: 800 MWh, 168,000 CNY, 72,000 less."""

    class Given:
        committed_mw = np.array([[200.0], [-50.0]])
        load_mw = np.full((P, 1, 1, 1), 900.0)
        surplus_mw = np.zeros((P, 1, 1, 1))
        reservoir_mw = np.full((P, 1, 1, 1), 300.0)
        price_cny_per_mwh = np.full((P, 1, 1, 1), 300.0)

    sales = sell_hydro(
        cap_cny_per_mwh=np.array([[210.0], [np.inf]]),
        hours=Given,
        river_mw=np.full((P, 1), 700.0),
        cleared=Given,
        day_weight=np.ones((1, 1)),
        prospect=prospect(0.0, 300.0, 800.0),
    )
    np.testing.assert_allclose(sales.sold_mwh, [[800.0], [900.0]])
    np.testing.assert_allclose(sales.paid_cny, [[800.0 * (210.0 + 200.0 + 13.0) / 3.0], [270e3]])
    np.testing.assert_allclose(sales.rebate_cny, [240e3 - 112.8e3, 0.0])


def prospect(*more_mw: float, stoppable_mw: float = 0.0) -> Prospect:
    """Return 700 MW of rivers at 13 CNY/MWh, 400 MW of coal at 200 and at 300, of which 100 MW run."""
    offers = SupplyStack(
        zone=np.zeros(3, dtype=np.int64),
        capacity_mw=np.array([700.0, 400.0, 400.0]),
        cost_cny_per_mwh=np.array([13.0, 200.0, 300.0]),
        availability=np.ones((3, 1)),
    )
    called = np.full((P, 1, 1, 1), 1200.0)
    other = np.array(more_mw)[:, None, None] * np.ones((1, P, 1))
    none = np.zeros(called.shape)
    return Prospect(offers, called, none, np.full((P, 1), stoppable_mw), np.full(P, 250.0), other, 1e4)


def agreed(given: Prospect) -> float:
    cap = np.array([[1e5], [np.inf]])
    price = agree_prices(cap, np.ones((P, 1, 1, 1)), given)
    assert price[1, 0] == 0.0, "no rule"
    return float(price[0, 0])


def test_water_is_worth_what_it_would_replace_in_each_year() -> None:
    assert agreed(prospect(0.0)) == 300.0
    assert agreed(prospect(150.0)) == 200.0, "without units that could stop"
    assert agreed(prospect(150.0, stoppable_mw=100.0)) == 250.0, "units that need not be online stop first"
    assert agreed(prospect(600.0)) == 13.0
    assert agreed(prospect(600.0, stoppable_mw=300.0)) == 200.0
    assert agreed(prospect(-300.0)) == 300.0
    assert agreed(prospect(-301.0)) == 1e4, "load goes unserved"
    assert agreed(prospect(0.0, 600.0)) == pytest.approx(156.5)


@pytest.mark.parametrize("seed", range(5))
def test_the_mean_worth_is_that_of_a_plain_count(seed: int) -> None:
    random = np.random.default_rng(seed)
    offers, months, years = 14, 3, 4
    zone, cost = random.integers(0, P, offers), random.uniform(0.0, 400.0, offers)
    capacity = random.uniform(0.0, 900.0, offers) * (random.random(offers) < 0.8)
    availability = random.uniform(0.5, 1.0, (offers, months))
    spare, spare_cost = random.uniform(0.0, 500.0, (P, months)), random.uniform(0.0, 400.0, P)
    units, surplus = random.uniform(-2e3, 5e3, (2, P, months, 2, 5))
    water = random.uniform(-2e3, 2e3, (years, P, months))
    sold = random.uniform(0.0, 1e3, (P, months, 2, 5)) * np.array([1.0, 1.0, 0.0])[:, None, None]
    cap = random.uniform(100.0, 500.0, (P, months))
    cap[1, 0] = np.inf
    found = mean_worth(
        WaterOffers(zone, capacity, cost, availability, spare, spare_cost),
        units,
        surplus,
        water,
        sold,
        cap,
        1e4,
    )
    for z in range(P):
        mine = zone == z
        expected = naive_contracts.mean_worth(
            np.append(cost[mine], spare_cost[z]),
            np.concatenate([capacity[mine, None] * availability[mine], spare[z][None]]),
            units[z] - surplus[z] + spare[z][:, None, None],
            water[:, z],
            sold[z],
            cap[z],
            1e4,
        )
        np.testing.assert_allclose(found[z], np.where(np.isfinite(cap[z]), expected, 0.0), rtol=1e-9)


def test_only_what_is_online_beyond_the_least_can_stop() -> None:
    offered, year = anything(3)
    online = clear_hours(REGION.power, offered, year, NO_START).online
    none, cost = stoppable(offered, online, 1.0)
    some, _ = stoppable(offered, online, 0.2)
    assert not none.any(), "no more can be online than all"
    assert some.max() > 0.0 and np.all(some <= online.floor_by_zone_mw)
    assert cost.tolist() == [250.0, 400.0], (
        "the other unit of the second province starts and stops by the hour"
    )


@pytest.mark.parametrize("seed", range(3))
def test_contracts_are_cheaper_where_other_years_are_wetter(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = []
    for factor in (0.8, 1.0, 1.3):
        used = factor * HYDROLOGY.used_in_years_of_normal
        data = REGION.power._replace(hydrology=HYDROLOGY._replace(used_in_years_of_normal=used))
        monkeypatch.setattr("tests.power_years.DATA", data)
        offered, year = anything(seed)
        # Water as it was: the other years' does not change what this one releases.
        year = year._replace(water=year.water._replace(observed=True))
        sales = clear(offered, year).hydro_sales
        price = sales.paid_cny[0] / np.maximum(sales.sold_mwh[0], 1.0)
        assert np.all(price <= CAP[0] * (1.0 + 1e-9))
        paid.append(sales.paid_cny[0])
    assert np.all(paid[0] >= paid[1] - 1.0) and np.all(paid[1] >= paid[2] - 1.0)
    assert paid[0].sum() > paid[2].sum()


@pytest.mark.parametrize("seed", range(4))
def test_water_sold_and_what_could_stop_are_those_of_whole_arrays(seed: int) -> None:
    random, shape = np.random.default_rng(seed), (P, 12, 2, 24)
    river, committed = random.uniform(0.0, 900.0, (P, 12)), random.normal(0.0, 400.0, (P, 12))
    reservoir, surplus, load, price = random.uniform(0.0, 900.0, (4, *shape))
    weight = random.uniform(1.0, 28.0, (12, 2))
    found = sum_water_sales(
        river_mw=river,
        reservoir_mw=reservoir,
        surplus_mw=surplus,
        committed_mw=committed,
        load_mw=load,
        price_cny_per_mwh=price,
        day_weight=weight,
    )
    left = np.maximum(river[:, :, None, None] - surplus, 0.0) + reservoir
    left = np.maximum(left - np.maximum(committed, 0.0)[:, :, None, None], 0.0)
    sold = np.minimum(left, load) * weight[:, :, None]
    np.testing.assert_allclose(found.by_hour_mwh, sold, rtol=1e-12)
    np.testing.assert_allclose(found.sold_mwh, sold.sum(axis=(2, 3)), rtol=1e-12)
    np.testing.assert_allclose(found.worth_cny, (sold * price).sum(axis=(2, 3)), rtol=1e-12)

    offered, year = anything(seed)
    online = clear_hours(REGION.power, offered, year, NO_START).online
    spare, cheapest = stoppable(offered, online, 0.4)
    share = 0.4 * offered.minimum_load_share
    for p in range(P):
        mine = offered.zone == p
        always = ((offered.capacity_mw * share)[:, None] * offered.availability)[mine].sum(axis=0)
        np.testing.assert_allclose(spare[p], np.maximum(online.floor_by_zone_mw[p] - always, 0.0), atol=1e-6)
        assert cheapest[p] == offered.cost_cny_per_mwh[mine & (share > 0.0)].min(initial=np.inf)
