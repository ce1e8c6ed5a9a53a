"""Outages by month, the tightest hour, who may close, and what companies plan together."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tanlu.decisions.outlook
import tanlu.decisions.plans
import tanlu.decisions.rounds
import tanlu.markets.electricity
import tanlu.power.system
from tanlu.core.axes import DAY_TYPES, FUELS, HOURS, MONTHS, F
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.decisions.plan_search import PLAN_CLEARINGS, by_technology
from tanlu.kernels.power.adequacy import FirmUnits, measure_nameplate_margin
from tanlu.markets.electricity import planned_prices
from tanlu.power.adequacy import capacity_payment, ration_closing, share_at_peak
from tanlu.power.plants import PowerPlants
from tanlu.power.state import monthly_availability
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import FIRST, REGION, P, calls_of, record, scenario, shipped
from tests.power_years import DATA, around, clear, offer
from tests.test_commitment import slow

TECH = REGION.power.technologies


def test_outages_of_the_months_make_the_availability_of_the_year() -> None:
    province, fuel = (
        np.array([0, 1, 0, 1]),
        np.array([FUELS.index(f) for f in ("coal", "coal", "gas", "waste")]),
    )
    mean = np.array([0.9, 0.85, 0.92, 0.88])
    month = monthly_availability(REGION, province, fuel, mean) * mean[:, None]
    np.testing.assert_allclose(month @ HOURS_IN_MONTH / HOURS_IN_MONTH.sum(), mean, rtol=1e-12)
    forced = DATA.technologies.by_fuel.forced_outage_share[fuel]
    assert np.all(month <= 1.0 - forced[:, None] + 1e-12) and np.all(month > 0.5)
    assert np.all(month[:, 7] > month[:, 4]), "no overhaul in August"


def test_a_unit_that_is_out_for_most_of_the_year_is_out_for_no_more_than_all_of_a_month() -> None:
    province, mean = np.array([0, 1, 0, 1]), np.array([0.5, 0.3, 0.1, 0.02])
    month = monthly_availability(REGION, province, np.full(4, FUELS.index("coal")), mean) * mean[:, None]
    np.testing.assert_allclose(month @ HOURS_IN_MONTH / HOURS_IN_MONTH.sum(), mean, rtol=1e-12)
    assert (month >= 0.0).all() and (month.min(axis=1)[1:] < 1e-12).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_nameplate_margin_is_that_of_the_tightest_hour(seed: int) -> None:
    random = np.random.default_rng(seed)
    offered = offer(must_run=300.0)._replace(availability=random.uniform(0.6, 1.1, (4, MONTHS)))
    load = random.uniform(5e3, 30e3, (P, MONTHS, DAY_TYPES, HOURS))
    natural = random.uniform(0.0, 4e3, (5, P, MONTHS, HOURS))
    water, sent = random.uniform(0.0, 9e3, (P, MONTHS)), random.uniform(-2e3, 2e3, (P, MONTHS))
    stores, near = random.uniform(0.0, 1e3, P), random.uniform(0.0, 1e3, (P, MONTHS))
    margin = measure_nameplate_margin(
        units=FirmUnits(offered.zone, offered.capacity_mw, offered.availability),
        must_run_mw=offered.must_run_mw,
        load_mw=load,
        natural_mw=natural,
        reservoir_maximum_mw=water,
        storage_mw=stores,
        neighbour_mw=near,
        committed_mw=sent,
    )
    for p in range(P):
        spare = []
        for m in range(MONTHS):
            thermal = sum(
                offered.capacity_mw[u] * offered.availability[u, m] for u in range(4) if offered.zone[u] == p
            )
            steady = thermal + 300.0 + water[p, m] + stores[p] + near[p, m] - sent[p, m]
            for d in range(DAY_TYPES):
                spare += [steady + natural[:, p, m, h].sum() - load[p, m, d, h] for h in range(HOURS)]
        assert margin[p] == pytest.approx(min(spare) / load[p].max(), rel=1e-9)


def test_load_is_shed_only_where_the_margin_is_below_zero() -> None:
    """One province on its own: spare capacity in every hour serves it, none does not."""
    alone = {"line_mw": np.zeros((1, MONTHS)), "load_mwh": np.array([90e6, 60e6])}
    plenty, short = (
        clear(offer(coal=(20e3, 20e3)), around(**alone)),
        clear(offer(coal=(5e3, 5e3)), around(**alone)),
    )
    assert plenty.nameplate_margin.min() > 0.0 and not (plenty.shed_mwh + plenty.unserved_mwh).any()
    assert short.nameplate_margin.max() < 0.0 and (short.shed_mwh + short.unserved_mwh).min() > 0.0


def test_the_worst_close_first_and_the_reserve_stays() -> None:
    allowed = ration_closing(
        province=np.array([0, 0, 0, 1, 1]),
        firm_mw=np.array([300.0, 600.0, 300.0, 600.0, 100.0]),
        gain_cny=np.array([1.0, 5.0, 3.0, 9.0, 2.0]),
        wants=np.array([True, True, True, True, True]),
        spare_mw=np.array([950.0, 500.0]),
    )
    assert allowed.allowed.tolist() == [False, True, True, False, True]
    assert allowed.room_left.tolist() == [50.0, 950.0, 350.0, 500.0, 500.0], "when each had its turn"
    none = ration_closing(
        province=np.zeros(2, np.int64),
        firm_mw=np.array([1.0, 1.0]),
        gain_cny=np.ones(2),
        wants=np.array([False, True]),
        spare_mw=np.array([-5.0, 0.0]),
    )
    assert not none.allowed.any()


def test_early_closing_leaves_the_capacity_that_is_relied_on() -> None:
    model, closed = RegionModel(Inputs(scenario(years=(2020, 2034)), REGION)), 0.0
    while model.year < 2034:
        with calls_of(tanlu.decisions.outlook, "_approve_closing") as calls:
            model.step()
        for (plants, power, expected), _, (answer, _) in calls:
            close = power.options.index("retire_early")
            rows = power.decider[answer.feasible[:, close]]
            gone = np.bincount(plants.province[rows], (plants.capacity_mw * plants.availability)[rows], P)
            assert np.all(-expected.adequacy.missing_mw[gone > 0.0] >= gone[gone > 0.0] - 1e-6)
            closed += gone.sum()
    assert closed > 0.0


def test_units_online_are_made_whole_by_load() -> None:
    """Over a day: what no output and part load cost is paid too, and the dear hours count."""
    sun = {"solar_utility": (30e3, 30e3)}
    offered = slow(0.5, **sun)._replace(no_load_cny_per_mwh=np.array([20.0, 28.0, 24.0, 32.0]))
    outcome = clear(offered, around(line_loss_share=np.zeros(1)))
    online = outcome.hours.floor_mw[:, :, None, None] / 0.5
    price = outcome.prices.price_cny_per_mwh[offered.zone]
    full, no_load = (x[:, None, None, None] for x in (offered.cost_cny_per_mwh, offered.no_load_cny_per_mwh))
    owed = []
    for runs in (price > full, price >= full):  # what it gives in hours priced at its cost lies between
        given = np.where(runs, online, 0.5 * online)
        days = (no_load * online + (full - no_load - price) * given).sum(axis=3)
        lacks = (np.maximum(days, 0.0) * DATA.day_weight).sum(axis=(1, 2))
        owed.append(np.bincount(offered.zone, lacks, P))
    most, least = owed
    assert np.all((outcome.units.uplift_cny >= least - 1e-6) & (outcome.units.uplift_cny <= most + 1e-6))
    assert least.max() > 0.0 and outcome.units.uplift_cny.sum() < most.sum()
    # What is earned covers the fuel of all output and of no output: nobody is kept online at a loss.
    cost = offered.cost_cny_per_mwh * outcome.units.output_mwh
    cost += offered.no_load_cny_per_mwh * outcome.units.idle_mwh
    assert outcome.units.idle_mwh.min() > 0.0
    assert np.all(outcome.units.revenue_cny >= cost - 1e-6)


def operated(model: RegionModel) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield plants, market and year of each year that is lived through, and what it meant; rows hold for one year."""
    while model.year < 2026:
        with calls_of(PowerPlants, "operate") as calls:
            model.step()
        for (plants, _, power, year), _, accounts in calls:
            if year == model.year:  # no expected one
                yield (plants, power, year), accounts


def test_nobody_is_kept_online_at_a_loss() -> None:
    """A year of the region: fuel, operation, carbon and capture of what the market asked for are paid, to 1e-6 CNY."""
    model = RegionModel(Inputs(scenario(years=(2020, 2026)), REGION))
    seen, idle = 0, 0.0
    for (plants, power, year), accounts in operated(model):
        rows = power.offer.rows
        ordered = (power.offer.minimum_load_share > 0.0) & (plants.must_run_share[rows] == 0.0)
        fixed = TECH.by_fuel.fixed_om_cny_per_kw_year[plants.fuel[rows]] * plants.capacity_mw[rows] * 1e3
        fixed = fixed * np.where(plants.commissioned_year[rows] == year, 0.5, 1.0)
        gross = accounts.profit_cny - accounts.support_cny
        assert np.all((gross[rows] + fixed)[ordered] >= -1e-6), year
        seen, idle = seen + int(ordered.sum()), idle + float(power.units.idle_mwh[ordered].sum())
    assert seen > 0 and idle > 0.0


def test_coal_of_sichuan_does_not_close_in_a_rush() -> None:
    """Units that are needed are paid their cost, captive ones spare the grid charge: at most 2.5 of 15 GW close."""
    model, closed, asked = RegionModel(Inputs(scenario(years=(2020, 2029)), REGION)), 0.0, 0
    while model.year < 2029:
        with calls_of(PowerPlants, "start") as calls:
            model.step()
        for (plants, table, choice, funded, _), _, _ in calls:
            rows = table.decider[(choice == table.options.index("retire_early")) & funded]
            rows = rows[(plants.fuel[rows] == FUELS.index("coal")) & (plants.province[rows] == 0)]
            closed, asked = closed + plants.capacity_mw[rows].sum(), asked + 1
    assert asked and closed <= 2500.0


def test_what_starts_in_a_year_pays_with_all_of_the_years_plans_in_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody overbuilds: at the prices of an expected year that holds what starts now, each project pays.

    Plans are also not far from those that would be wanted again in full, found by going half the way in many rounds.
    """
    rounds, plans, seen = tanlu.decisions.rounds, tanlu.decisions.plans, []

    def watched(state, region, world, actors, views):
        after, started = plan(state, region, world, actors, views)
        signals = views.signals
        ahead = views.expected_year._replace(hours_share=started.room.hours_share)
        terms = plans.build_terms(region, world, views, actors, state.learned_cost_factor)

        def wanted(planned):
            price, shadow_price, _ = planned_prices(region, ahead, planned, np.zeros(P))
            value = plans.expected_value(region, signals, ahead, price, shadow_price)
            return by_technology(terms.appraise_sites(value))

        megawatts = by_technology(started)
        alone = agreed = wanted(np.zeros(megawatts.shape))
        for _ in range(12):
            agreed = (agreed + wanted(agreed)) / 2.0
        seen.append((megawatts, wanted(megawatts), alone, agreed))
        return after, started

    plan = plans.plan_sites
    monkeypatch.setattr(rounds, "plan_sites", watched)
    RegionModel(Inputs(scenario(years=(2020, 2032)), REGION)).run()
    for started, still, *_ in seen:
        assert np.all(still[started > 0.0] > 0.0), "who starts would start again knowing all the others"
    total = {
        name: np.sum([year[i] for year in seen]) for i, name in ((0, "started"), (2, "alone"), (3, "agreed"))
    }
    assert 0.0 < total["started"] < 0.95 * total["alone"], "each for itself they would build more"
    # Where another site more or less pays about as well, the two rules part: by a ninth in the last year, 2 % in all.
    assert 0.9 * total["agreed"] < total["started"] < 1.05 * total["agreed"]


def test_companies_look_ahead_once_without_plans_and_then_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without plans, for what everybody else decides."""
    seen, clear_hours = [], tanlu.power.system.clear_hours

    def counted(data, offer, year, start):
        seen.append(offer)
        return clear_hours(data, offer, year, start)

    monkeypatch.setattr(tanlu.power.system, "clear_hours", counted)
    monkeypatch.setattr(tanlu.markets.electricity, "clear_hours", counted)
    run = RegionModel(Inputs(scenario(years=(2020, 2027)), REGION)).run()
    deciding = np.sum(run.years >= REGION.parameters["first_decision_year"])
    assert len(seen) == run.years.size + (1 + PLAN_CLEARINGS) * deciding


# --- what standing ready is paid ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("margin", "share"), [(-0.2, 1.0), (0.0, 1.0), (0.05, 0.75), (0.1, 0.5), (0.2, 0.0), (0.9, 0.0)]
)
def test_a_payment_with_an_end_falls_in_proportion_beyond_what_is_needed(margin: float, share: float) -> None:
    rate = np.arange(1.0, 1.0 + 2 * P * F).reshape(2, P, F)
    paid = capacity_payment(
        rate_cny_per_kw_year=rate,
        end_reserve_share=np.array([np.inf, 0.2]),
        reliable_margin=np.array([margin, 0.1]),
        peak_share=np.ones(F),
    )
    np.testing.assert_allclose(paid, rate[0] + rate[1] * np.array([share, 0.5])[:, None], rtol=1e-12)


def test_a_store_is_paid_for_what_it_gives_throughout_the_longest_peak() -> None:
    hours = np.array([0.0, 3.0, 6.0, 9.0])
    np.testing.assert_allclose(share_at_peak(hours, 6.0), [1.0, 0.5, 1.0, 1.0])
    paid = capacity_payment(
        rate_cny_per_kw_year=np.full((1, P, 4), 165.0),
        end_reserve_share=np.array([np.inf]),
        reliable_margin=np.zeros(P),
        peak_share=share_at_peak(hours, 6.0),
    )
    np.testing.assert_allclose(paid, np.tile([165.0, 82.5, 165.0, 165.0], (P, 1)))


def test_paid_by_need_capacity_stays_near_the_standard_and_costs_far_less_than_paid_flat() -> None:
    by_need = record(shipped("firm_capacity"))
    flat = shipped("firm_capacity").policies["payment_by_need"].model_dump(exclude={"end_reserve_share"})
    always = record(scenario({"capacity_payment": flat}))
    late = slice(2035 - FIRST, None)
    most_mw = 0.3 * by_need.demand.load_mwh[late] / HOURS_PER_YEAR  # less than 0.2 of the peak
    assert np.all((by_need.security.missing_mw[late] < 1e3) & (by_need.security.missing_mw[late] > -most_mw))
    assert always.security.missing_mw[-1].sum() < 2.0 * by_need.security.missing_mw[-1].sum() < 0.0, (
        "paid whatever the need, far more is built"
    )
    # 0.52 since what is paid is taxed, so that flat pay draws less; 0.43 before. Half of it was the world before.
    assert (
        by_need.power.capacity_payment_cny[late].sum() < 0.6 * always.power.capacity_payment_cny[late].sum()
    )
    today = record(scenario())
    assert today.security.missing_mw[-1].min() > 1e3, "who runs seldom is not replaced at the rate of today"
