"""The price cap of hours in which power is short: what is settled, and that nothing else moves."""

import numpy as np
import pytest
from hypothesis import given, settings

from tanlu.kernels.power.settlement import CalledUnits, settle_at_cap
from tanlu.power.supply import PowerYear
from tests import model_runs
from tests.model_runs import FIRST, REGION, P, record, scenario, shipped, watch
from tests.power_years import DATA, SEEDS, anything, around, clear, offer

CAP = REGION.parameters["price_cap_cny_per_mwh"]


def capped_at(year: PowerYear, price: float) -> PowerYear:
    return year._replace(shortage=year.shortage._replace(price_cap_cny_per_mwh=price))


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_units_earn_the_capped_price_in_the_hours_in_which_they_run(seed: int) -> None:
    """Against a plain fill, hour by hour, of units from the cheapest up."""
    random = np.random.default_rng(seed)
    count, shape = 9, (2, 3, 2, 4)
    zone, cost = random.integers(0, 2, count), np.round(random.uniform(0.0, 5.0, count))
    capacity, there = random.uniform(0.0, 50.0, count), random.uniform(0.0, 1.0, (count, shape[1]))
    price, weight = random.uniform(0.0, 900.0, shape), random.uniform(1.0, 20.0, shape[1:3])
    room = [(capacity[zone == z, None] * there[zone == z]).sum(axis=0) for z in range(2)]
    output = random.uniform(0.0, 1.0, shape) * np.array(room)[:, :, None, None]

    def earned(paid: np.ndarray) -> np.ndarray:
        total = np.zeros(count)
        for z, m, d, h in np.ndindex(shape):
            left = output[z, m, d, h]
            for v in sorted(range(count), key=lambda v: (cost[v], v)):
                given = min(left, capacity[v] * there[v, m]) if zone[v] == z else 0.0
                total[v] += given * paid[z, m, d, h] * weight[m, d]
                left -= given
        return total

    order = np.argsort(cost, kind="stable")
    settled = settle_at_cap(
        CalledUnits(zone, capacity, there, order), output, price, earned(price), weight, 500.0
    )
    np.testing.assert_array_equal(settled.price_cny_per_mwh, np.minimum(price, 500.0))
    np.testing.assert_allclose(
        settled.unit_revenue_cny, earned(np.minimum(price, 500.0)), rtol=1e-9, atol=1e-6
    )


@given(seed=SEEDS)
@settings(max_examples=30, deadline=None)
def test_a_cap_moves_money_and_no_energy(seed: int) -> None:
    offered, year = anything(seed)
    free, capped = (clear(offered, capped_at(year, cap)) for cap in (np.inf, 800.0))
    np.testing.assert_array_equal(
        capped.prices.price_cny_per_mwh, np.minimum(free.prices.price_cny_per_mwh, 800.0)
    )
    for name in (
        "generation_mwh",
        "shed_mwh",
        "unserved_mwh",
        "export_mwh",
        "nameplate_margin",
    ):
        np.testing.assert_array_equal(getattr(capped, name), getattr(free, name))
    np.testing.assert_array_equal(capped.units.output_mwh, free.units.output_mwh)
    assert (capped.prices.mean_price_cny_per_mwh <= free.prices.mean_price_cny_per_mwh).all()
    assert (capped.units.revenue_cny <= free.units.revenue_cny * (1.0 + 1e-9)).all()


def test_random_systems_are_short_in_some_hours() -> None:
    """Or the law above would hold of nothing."""
    prices = [clear(*anything(seed)).prices.price_cny_per_mwh.max() for seed in range(20)]
    assert max(prices) == 800.0 > min(prices)


def test_an_offer_above_the_cap_is_paid_what_it_asks() -> None:
    """Hours that are dearer than any offer are then settled at the dearest one, in both provinces."""
    year = capped_at(around(load_mwh=np.array([190e6, 60e6])), 260.0)
    offered = offer()
    settled = clear(offered, year)
    assert settled.shed_mwh[0] > 0.0
    assert settled.prices.price_cny_per_mwh.max() == offered.cost_cny_per_mwh.max() == 400.0
    running = settled.units.output_mwh > 0.0
    assert (settled.units.revenue_cny >= settled.units.output_mwh * offered.cost_cny_per_mwh - 1.0)[
        running
    ].all()


def test_no_year_of_the_baseline_is_settled_above_the_cap_or_an_offer_beyond_it() -> None:
    """August 2022 and September 2024 would be: the market weighs help of the other province and cut load as dearer.

    Near 2060 old coal units ask more for their CO2 than the cap; an hour that needs them is settled at what they ask.
    """
    lived = watch(shipped("baseline")).lived
    years = [clear(year.clearing.offer, capped_at(year.clearing.around, np.inf)) for year in lived]
    asked = np.array([year.prices.price_cny_per_mwh.max() for year in years])
    paid = np.array([year.clearing.outcome.prices.price_cny_per_mwh.max() for year in lived])
    beyond = (FIRST + np.flatnonzero(asked > CAP)).tolist()
    assert beyond[:2] == [2022, 2024] and min(beyond[2:], default=2060) > 2050
    assert (paid[beyond[1] + 1 - FIRST : 2050 - FIRST] <= CAP).all()
    for price, most, year in zip(paid, asked, lived, strict=True):
        offers = year.clearing.outcome.offer.cost_cny_per_mwh
        assert price == most if most <= CAP else price == CAP or np.isclose(offers, price, rtol=1e-12).any()
    september = lived[2024 - FIRST].clearing.outcome.prices.price_cny_per_mwh[1, 8]
    assert 400.0 < (september * DATA.day_weight[8, :, None]).sum() / 720.0 < CAP
    assert record(shipped("baseline")).power.price_cny_per_mwh[2024 - FIRST, 1] < 400.0, "492 before the cap"


@pytest.mark.parametrize("factor", [0.8, 2.0])
def test_the_world_may_hold_another_cap(factor: float) -> None:
    world = {"price_cap_factor": factor, "from_year": 2020}
    run = model_runs.Watched(model_runs.Inputs(scenario(years=(2020, 2022), world=world), REGION))
    run.run()
    year = run.lived[2022 - FIRST].clearing.outcome
    assert year.shed_mwh[0] > 2e6
    assert year.prices.price_cny_per_mwh[0].max() == pytest.approx(factor * CAP)
    assert year.prices.price_cny_per_mwh.shape[0] == P
