"""What a project is worth under the year's signals, against dated sums written out, and the price that turns it."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_finance import net_present_value as naive_value

from tanlu.core.axes import APPRAISAL_YEARS, S
from tanlu.core.schedules import CAPTURE_SUBSIDY
from tanlu.core.taxes import OTHER_INCOME
from tanlu.investment.valuation import (
    appraise_outlets,
    appraise_projects,
    outlet_projects,
    storage_bids,
    storing_cost,
)
from tanlu.kernels.appraisal import Projects
from tanlu.kernels.co2.market import EmitterSites
from tanlu.region.co2 import line_charge
from tests import model_runs
from tests.model_runs import P
from tests.naive_co2 import pipeline_investment

CO2 = model_runs.REGION.co2
RISING = np.linspace(20.0, 500.0, APPRAISAL_YEARS)


@cache
def first_signals():
    """Return the signals of a run's first year."""
    return model_runs.watch(model_runs.scenario(years=(2020, 2021))).lived[0].year.signals


def signals(price: float = 80.0, support: float = 0.0, path: np.ndarray = RISING):
    """Return signals with one carbon price everywhere now, and one announced path."""
    everywhere = np.ones((P, S))
    return model_runs.heard(
        first_signals(),
        taxes=model_runs.REGION.finance.taxes.without_tax(),
        hub_tariff_cny_per_tco2=np.full(len(CO2.hubs.ids), TARIFF),
        carbon_cost_cny_per_tco2=price * everywhere,
        subsidies={CAPTURE_SUBSIDY: support * everywhere},
        carbon_path_cny_per_tco2=everywhere[:, :, None] * path,
        capture_support_path_cny_per_tco2=np.full((P, S, APPRAISAL_YEARS), support),
        captured_cost_cny_per_tco2=0.0 * everywhere,
        captured_path_cny_per_tco2=np.zeros((P, S, APPRAISAL_YEARS)),
    )


def appraised(
    of, *, belief=1.0, avoided=1000.0, stored=0.0, capex=5e5, lead=2, life=12, cash=1e4, rate=0.07, share=0.0
):
    """Return the NPV of one project and its switching price."""
    one = np.ones(1)
    project = Projects(
        province=np.zeros(1, int),
        sector=np.full(1, 2),
        capex_cny=capex * one,
        lead_years=np.array([lead]),
        life_years=np.array([life]),
        cash_cny=cash * one,
        avoided_tco2=avoided * one,
        stored_tco2=stored * one,
        rate=rate * one,
        belief=belief * one,
        allowance_share=share * one,
        trust=one,
        tax_class=np.zeros(1, int),
    )
    npv, switching = appraise_projects(of, project)
    return float(npv[0]), float(switching[0])


def value(of, **case):
    return appraised(of, **case)[0]


def dated_sum(of, *, belief=1.0, avoided=1000.0, stored=0.0, capex=5e5, lead=2, life=12, cash=1e4, rate=0.07):
    """Add up every amount of the project at its year, as docs/model/finance.md defines it."""
    price, path = of.carbon.carbon_cost_cny_per_tco2[0, 2], of.carbon.carbon_path_cny_per_tco2[0, 2]
    support, supports = of.subsidies[CAPTURE_SUBSIDY][0, 2], of.co2.capture_support_path_cny_per_tco2[0, 2]
    total = -sum(capex / max(lead, 1) / (1 + rate) ** t for t in range(max(lead, 1)))
    for t in range(lead + 1, lead + life + 1):
        announced = path[min(t, APPRAISAL_YEARS) - 1]
        subsidy = supports[min(t, APPRAISAL_YEARS) - 1]
        carbon = avoided * (price + belief * (announced - price))
        kept = stored * (support + belief * (subsidy - support))
        total += (cash + carbon + kept) / (1 + rate) ** t
    return total


@settings(max_examples=100, deadline=None)
@given(
    belief=st.floats(0.0, 1.0),
    avoided=st.floats(-1e4, 1e4),
    stored=st.floats(0.0, 1e4),
    lead=st.integers(0, 6),
    life=st.integers(1, 40),
    rate=st.floats(0.0, 0.2),
)
def test_value_is_the_sum_of_its_dated_amounts(belief, avoided, stored, lead, life, rate) -> None:
    of = signals(support=150.0)
    case = {
        "belief": belief,
        "avoided": avoided,
        "stored": stored,
        "lead": lead,
        "life": life,
        "rate": rate,
    }
    expected = dated_sum(of, **case)
    assert value(of, **case) == pytest.approx(expected, rel=1e-9, abs=1.0)


def test_who_does_not_believe_sees_only_todays_price() -> None:
    flat = signals(path=np.full(APPRAISAL_YEARS, 80.0))
    assert value(signals(), belief=0.0) == pytest.approx(value(flat, belief=0.7), rel=1e-12)
    assert value(signals(), belief=1.0) > value(signals(), belief=0.5) > value(signals(), belief=0.0)


@settings(max_examples=60, deadline=None)
@given(
    belief=st.floats(0.0, 1.0),
    avoided=st.floats(10.0, 1e4),
    lead=st.integers(0, 5),
    life=st.integers(1, 30),
    rate=st.floats(0.0, 0.2),
)
def test_at_the_switching_price_the_project_just_pays(belief, avoided, lead, life, rate) -> None:
    """The whole path moves with today's price, so belief does not matter for what an uplift is worth."""
    case = {"belief": belief, "avoided": avoided, "lead": lead, "life": life, "rate": rate}
    npv, switching = appraised(signals(), **case)
    at = signals(price=switching, path=RISING + switching - 80.0)
    assert value(at, **case) == pytest.approx(0.0, abs=1e-9 * (abs(npv) + 1e6))


def test_no_price_turns_a_project_that_avoids_nothing() -> None:
    assert np.isnan(appraised(signals(), avoided=0.0)[1])
    assert np.isnan(appraised(signals(), avoided=-5.0)[1])


@pytest.mark.parametrize("belief", [0.0, 0.4, 1.0])
def test_free_allowances_that_go_with_a_tonne_take_their_value_off_its_price(belief: float) -> None:
    """A tonne worth c that takes s allowances worth g along is one worth c - s g, today and in every year ahead."""
    of, free = signals(price=200.0, path=2.0 * RISING), signals(price=60.0, path=RISING)
    of = model_runs.heard(
        of,
        allowance_value_cny_per_tco2=free.carbon.carbon_cost_cny_per_tco2,
        allowance_path_cny_per_tco2=free.carbon.carbon_path_cny_per_tco2,
    )
    net = signals(price=200.0 - 0.97 * 60.0, path=(2.0 - 0.97) * RISING)
    npv, switching = appraised(of, belief=belief, share=0.97)
    assert (npv, switching) == pytest.approx(appraised(net, belief=belief))
    assert npv < value(of, belief=belief)


def test_each_project_follows_the_path_of_its_province_and_sector() -> None:
    random, n = np.random.default_rng(3), 40
    of = model_runs.heard(
        first_signals(),
        taxes=model_runs.REGION.finance.taxes.without_tax(),
        carbon_cost_cny_per_tco2=random.uniform(0.0, 200.0, (P, S)),
        subsidies={CAPTURE_SUBSIDY: random.uniform(0.0, 200.0, (P, S))},
        carbon_path_cny_per_tco2=random.uniform(0.0, 300.0, (P, S, APPRAISAL_YEARS)),
        capture_support_path_cny_per_tco2=random.uniform(0.0, 300.0, (P, S, APPRAISAL_YEARS)),
        carbon={"price_cny_per_tco2": random.uniform(0.0, 100.0, (P, S))},
        set_price_path_cny_per_tco2=random.uniform(0.0, 200.0, (P, S, APPRAISAL_YEARS)),
    )
    at, amount = (random.integers(0, P, n), random.integers(0, S, n)), random.uniform(0.0, 1e4, (5, n))
    years, rate = random.integers(0, 40, (2, n)), random.uniform(0.0, 0.2, n)
    belief = random.random(n)
    trust = np.where(random.random(n) < 0.5, 1.0, random.uniform(0.7, 1.0, n))
    projects = Projects(*at, amount[0] * 1e3, *years, *amount[1:4], rate, belief, np.zeros(n), trust, at[0])
    npv, _ = appraise_projects(of, projects)
    avoided, stored = projects.avoided_tco2, projects.stored_tco2
    for i in range(n):
        now = (of.carbon.carbon_cost_cny_per_tco2[at][i], of.subsidies[CAPTURE_SUBSIDY][at][i])
        paths = (of.carbon.carbon_path_cny_per_tco2[at][i], of.co2.capture_support_path_cny_per_tco2[at][i])
        believed = [price + belief[i] * (path - price) for price, path in zip(now, paths, strict=True)]
        set_now = (of.policy.carbon.price_cny_per_tco2[at][i], now[1])
        set_paths = (of.carbon.set_price_path_cny_per_tco2[at][i], paths[1])
        lead, life = years[:, i]
        doubted = sum(
            tonnes
            * (1.0 - trust[i] ** t)
            * (price + belief[i] * (path[min(t, APPRAISAL_YEARS) - 1] - price))
            * (1.0 + rate[i]) ** -t
            for tonnes, price, path in zip((avoided[i], stored[i]), set_now, set_paths, strict=True)
            for t in range(lead + 1, lead + life + 1)
        )
        # Beyond the announced years the path is flat, and so is what is believed of it.
        flows = list(zip((avoided[i], stored[i]), believed, strict=True))
        expected = naive_value(projects.capex_cny[i], *years[:, i], projects.cash_cny[i], rate[i], flows)
        assert npv[i] == pytest.approx(expected - doubted, rel=1e-10, abs=1.0)


# --- where captured CO2 goes -------------------------------------------------------------------------------------


TARIFF = 90.0  # posted by the hub
HERE = EmitterSites(np.array([0]), np.array([0.0]), np.array([0]), np.array([40.0]))  # next to it


def outlets(of, captured: float, cash: float = -100.0, contracted: bool = True) -> tuple[float, float]:
    """Return the NPV of capturing `captured` t a year at `cash` CNY/t over 20 years, and its switching price."""
    one = np.ones(1)
    project = Projects(
        province=np.zeros(1, int),
        sector=np.full(1, 2),
        capex_cny=300.0 * captured * one,
        lead_years=np.array([2]),
        life_years=np.array([20]),
        cash_cny=cash * captured * one,
        avoided_tco2=captured * one,
        stored_tco2=captured * one,
        rate=0.08 * one,
        belief=one,
        allowance_share=0.0 * one,
        trust=one,
        tax_class=np.zeros(1, int),
    )
    npv, switching = appraise_outlets(of, CO2, project, HERE, np.array([contracted]))
    return float(npv[0]), float(switching[0])


def test_a_small_seller_pays_without_a_carbon_price_and_a_large_one_does_not() -> None:
    free = model_runs.heard(signals(price=0.0, path=np.zeros(APPRAISAL_YEARS)), co2_competing_tco2=0.0)
    assert outlets(free, 1e4)[0] > 0.0
    assert outlets(free, 2e6)[0] < 0.0
    crowded = model_runs.heard(free, co2_competing_tco2=3e6)
    assert outlets(crowded, 1e4)[0] < 0.0, "others have taken the market"


def test_with_a_carbon_price_the_better_outlet_counts() -> None:
    """Storing earns the price on every tonne; selling to products that let go earns none of it."""
    high = model_runs.heard(
        signals(price=400.0, path=np.full(APPRAISAL_YEARS, 400.0)), co2_competing_tco2=0.0
    )
    storing = value(high, avoided=2e6, capex=6e8, life=20, cash=(-100.0 - TARIFF) * 2e6, rate=0.08)
    assert outlets(high, 2e6)[0] == pytest.approx(storing)
    assert outlets(high, 1e4)[0] > storing / 2e6 * 1e4, "the first buyers pay more than the credit is worth"
    npv, switching = outlets(high, 1e7)
    at = model_runs.heard(
        signals(price=switching, path=np.full(APPRAISAL_YEARS, switching)), co2_competing_tco2=0.0
    )
    assert outlets(at, 1e7)[0] == pytest.approx(0.0, abs=1e-6 * abs(npv))


@pytest.mark.parametrize("seed", range(5))
def test_the_better_outlet_is_that_of_the_two_projects_it_makes(seed: int) -> None:
    """Storing and selling valued as projects of their own; who captures nothing has neither."""
    random, n = np.random.default_rng(seed), 80
    of = model_runs.heard(signals(price=150.0, support=60.0), co2_competing_tco2=2e5)
    tonnes = 10.0 ** random.uniform(3.0, 7.0, n) * random.choice([-1.0, 0.0, 1.0, 1.0, 1.0], n)
    projects = Projects(
        province=random.integers(0, P, n),
        sector=random.integers(0, S, n),
        capex_cny=random.uniform(0.0, 3000.0, n) * np.abs(tonnes),
        lead_years=random.integers(0, 5, n),
        life_years=random.integers(0, 30, n),
        cash_cny=random.uniform(-300.0, 100.0, n) * np.abs(tonnes),
        avoided_tco2=tonnes * random.uniform(0.5, 1.1, n),
        stored_tco2=tonnes,
        rate=random.uniform(0.0, 0.15, n),
        belief=random.uniform(0.0, 1.0, n),
        allowance_share=random.uniform(0.0, 1.0, n),
        trust=random.uniform(0.8, 1.0, n),
        tax_class=random.integers(0, OTHER_INCOME, n),
    )
    kilometres = random.uniform(0.0, 200.0, (2, n))
    sites = EmitterSites(np.zeros(n, int), kilometres[0], np.zeros(n, int), kilometres[1])
    contracted = random.random(n) < 0.5
    npv, switching = appraise_outlets(of, CO2, projects, sites, contracted)
    storing, as_stored, as_sold = outlet_projects(of, CO2, projects, sites, contracted)
    (stored, stores_at), (sold, sells_at) = appraise_projects(of, as_stored), appraise_projects(of, as_sold)
    better = np.maximum(np.where(contracted | storing.trucks, stored, -np.inf), sold)
    plain, turns_at = appraise_projects(of, projects)
    captures = tonnes > 0.0
    scale = np.abs(projects.capex_cny) + 1.0
    assert np.max(np.abs(npv - np.where(captures, better, plain)) / scale) < 1e-10
    expected = np.where(captures, np.fmin(stores_at, sells_at), turns_at)
    np.testing.assert_allclose(switching, expected, rtol=1e-9)
    assert (stored > sold)[captures].any() and (stored < sold)[captures].any()


def test_who_has_no_contract_stores_nothing_however_high_the_price() -> None:
    """A power station beyond what trucks carry can only sell; the ledger still says at what price it would store."""
    high = model_runs.heard(
        signals(price=900.0, path=np.full(APPRAISAL_YEARS, 900.0)), co2_competing_tco2=3e6
    )
    with_contract, price = outlets(high, 2e6)
    without, alone = outlets(high, 2e6, contracted=False)
    assert with_contract > 0.0 > without
    flow, here = np.array([2e6]), np.array([40.0])
    line = float((pipeline_investment(CO2.transport, flow, here) * line_charge(CO2.transport) / flow)[0])
    own = line + CO2.stores.cost_cny_per_tco2[0]
    assert alone - price == pytest.approx(own - TARIFF, abs=1e-6), "by a line of its own"


def test_trucks_need_no_contract() -> None:
    small = np.array([0.5 * CO2.way.truck_limit_tco2])
    storing = storing_cost(first_signals(), CO2, HERE, np.array([False]), small)
    assert storing.trucks[0]
    by_truck = CO2.transport["truck_cost_cny_per_t_km"] * 40.0 + CO2.stores.cost_cny_per_tco2[0]
    assert storing.tariff_cny_per_tco2[0] == pytest.approx(by_truck)
    assert not storing_cost(first_signals(), CO2, HERE, np.array([False]), 3.0 * small).trucks[0]


@pytest.mark.parametrize("support", [150.0, 300.0])
@pytest.mark.parametrize("is_taxed", [False, True])
def test_a_bid_is_the_tariff_at_which_storing_pays_nothing_more(support: float, is_taxed: bool) -> None:
    of = signals(price=100.0, support=support, path=np.full(APPRAISAL_YEARS, 100.0))
    of = model_runs.heard(of, co2_competing_tco2=3e6)
    of = of._replace(taxes=model_runs.REGION.finance.taxes) if is_taxed else of
    one = np.ones(1)
    project = Projects(
        *(np.zeros(1, int), np.full(1, 2), 3e8 * one, np.array([2]), np.array([20]), -1e8 * one),
        *(1e6 * one, 1e6 * one, 0.08 * one, one, 0.0 * one, one, np.zeros(1, int)),
    )
    bid = storage_bids(of, CO2, project, HERE, 2e6 * one)
    assert bid.booked_tco2[0] == 2e6
    tariff = np.full_like(of.co2.hub_tariff_cny_per_tco2, bid.willing_cny_per_tco2[0])
    at = model_runs.heard(of, hub_tariff_cny_per_tco2=tariff)
    stored = project._replace(cash_cny=project.cash_cny - bid.willing_cny_per_tco2[0] * 1e6)
    assert appraise_projects(at, stored)[0][0] == pytest.approx(0.0, abs=1.0)
