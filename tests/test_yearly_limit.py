"""Yearly limits of units: hours within the limit, in the hours that need them most, at full power and at a price."""

import numpy as np
import pytest
from scipy.optimize import linprog

from tanlu.core.axes import FUEL, MONTHS
from tanlu.core.outcomes import PowerOutcome
from tanlu.kernels.power.settlement import CalledUnits, sum_revenue
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.limit_mix import mix_months, net_flow
from tanlu.power.market import clear_days_apart
from tanlu.power.system import PowerYear
from tanlu.power.tariffs import COMPONENTS
from tanlu.power.yearly_limit import LimitedMarket, LimitedYear, clear_within_limits
from tanlu.region.hydro import HOURS_IN_MONTH
from tests.limited_years import asked_in_run, least_dual
from tests.model_runs import P, scenario, watch
from tests.policy_blocks import coal_rule
from tests.power_years import DATA, anything, around, clear, offer

WEIGHT = np.broadcast_to(DATA.day_weight[:, :, None], (MONTHS, *DATA.day_weight.shape[1:], 24))
COAL = FUEL["coal"]
SHEDDING, FIRM = 3_000.0, 10_000.0


def limited(offered: PowerOffer, share: float, units: tuple[int, ...] = (0, 1, 2, 3)) -> PowerOffer:
    """Return the offer with a yearly limit of some units, share of what their capacity gives in all hours."""
    limit = np.full(offered.zone.size, np.inf)
    limit[list(units)] = share * 8760.0 * offered.capacity_mw[list(units)]
    return offered._replace(yearly_limit_mwh=limit)


def use(offered: PowerOffer, outcome: PowerOutcome) -> np.ndarray:
    """Return how much of their limits limited units use, [P]."""
    bound = np.isfinite(offered.yearly_limit_mwh)
    limit = np.bincount(offered.zone[bound], offered.yearly_limit_mwh[bound], P)
    return np.bincount(offered.zone[bound], outcome.units.output_mwh[bound], P) / limit


@pytest.mark.parametrize("seed", range(8))
def test_a_limit_that_does_not_bind_changes_nothing(seed: int) -> None:
    offered, year = anything(seed)
    free, roomy = clear(offered, year), clear(limited(offered, 1.01), year)
    assert not roomy.prices.shadow_price_cny_per_mwh.any()
    np.testing.assert_array_equal(free.units.output_mwh, roomy.units.output_mwh)
    np.testing.assert_array_equal(free.prices.price_cny_per_mwh, roomy.prices.price_cny_per_mwh)


@pytest.mark.parametrize("share", [0.6, 0.3, 0.1, 0.0])
@pytest.mark.parametrize("seed", range(8))
def test_output_is_within_the_limit(seed: int, share: float) -> None:
    offered, year = anything(seed)
    bound = limited(offered, max(share, 1e-6))
    outcome = clear(bound, year)
    assert np.all(use(bound, outcome) <= 1.0 + 1e-9)
    priced = outcome.prices.shadow_price_cny_per_mwh > 0.0
    assert priced.any() or clear(offered, year).units.output_mwh.sum() <= bound.yearly_limit_mwh.sum()


def alone(load_twh: float = 70.0) -> PowerYear:
    """Return two provinces without a line between them: each is a merit order of its own."""
    return around(load_mwh=np.full(P, load_twh * 1e6), line_mw=np.zeros((1, MONTHS)))


@pytest.mark.parametrize("share", [0.5, 0.3, 0.15])
def test_limited_hours_are_those_of_a_linear_programme(share: float) -> None:
    """Coal 0 and 2 are limited, dearer units 1 and 3 are not; least cost over all hours of the year at once."""
    offered, year = limited(offer(coal=(20e3, 18e3)), share, (0, 2)), alone()
    outcome = clear(offered, year)
    hours, weight = outcome.hours, WEIGHT.ravel()
    for z, (cheap, dear) in enumerate(((0, 1), (2, 3))):
        load = (hours.load_mw - hours.natural_mw.sum(axis=0))[z].ravel()
        sheddable = year.shortage.industrial_share[z] * hours.load_mw[z].mean()
        assert load.min() > 0.0
        cost = [*offered.cost_cny_per_mwh[[cheap, dear]], SHEDDING, FIRM]
        most = [*offered.capacity_mw[[cheap, dear]], sheddable, np.inf]
        n = load.size
        found = linprog(
            np.concatenate([c * weight for c in cost]),
            A_ub=np.concatenate([weight, np.zeros(3 * n)])[None],
            b_ub=[offered.yearly_limit_mwh[cheap]],
            A_eq=np.hstack([np.eye(n)] * 4),
            b_eq=load,
            bounds=[(0.0, m) for m in most for _ in range(n)],
        )
        given = outcome.units.output_mwh[[cheap, dear]]
        spent = given @ cost[:2] + outcome.shed_mwh[z] * SHEDDING + outcome.unserved_mwh[z] * FIRM
        assert outcome.prices.shadow_price_cny_per_mwh[z] > 0.0
        assert found.fun * (1.0 - 1e-9) <= spent <= found.fun * (1.0 + 1e-6)
        assert given[0] == pytest.approx(offered.yearly_limit_mwh[cheap], rel=1e-8)


def test_limited_units_run_at_full_power_in_the_tightest_hours_and_count_as_firm() -> None:
    offered, year = limited(offer(coal=(8e3, 11e3)), 0.6, (0, 2)), alone()
    outcome, free = clear(offered, year), clear(offered._replace(yearly_limit_mwh=np.full(4, np.inf)), year)
    np.testing.assert_array_equal(outcome.nameplate_margin, free.nameplate_margin)
    asked = outcome.hours.units.cost_cny_per_mwh
    for z, cheap in enumerate((0, 2)):
        price, called = outcome.prices.price_cny_per_mwh[z], outcome.hours.merit_order_mw[z]
        tight = price > asked[cheap] + 1e-6
        before = (outcome.hours.units.zone == z) & (asked < asked[cheap])
        full = offered.capacity_mw[cheap] + outcome.hours.units.capacity_mw[before].sum()
        assert tight.any() and not tight.all()
        assert (called[tight] >= full - 1e-6).all()


def test_what_limited_units_pay_is_what_customers_receive() -> None:
    cap, run = 0.3, watch(scenario(coal_rule(utilisation_cap_share=0.3), years=(2020, 2030)))
    bound = 0
    for lived in run.lived:
        accounts, power = lived.year.plants, lived.year.power
        n, price = accounts.output_mwh.size, power.prices.shadow_price_cny_per_mwh
        coal, province = lived.plants.fuel[:n] == COAL, lived.plants.province[:n]
        output = np.bincount(province, accounts.output_mwh * coal, P)
        paid = np.bincount(province, accounts.limit_payment_cny, P)
        np.testing.assert_allclose(paid, price * output, rtol=1e-9)
        costs = accounts.fuel_cost_cny + accounts.operation_cost_cny
        costs = costs + accounts.capture_cost_cny + accounts.carbon_cost_cny
        np.testing.assert_allclose(
            accounts.profit_cny,
            accounts.revenue_cny + accounts.heat_cny + accounts.support_cny - costs,
            atol=1.0,
        )
        if lived.year.signals.year >= 2026:
            bound += int((price > 0.0).sum())
            most = cap * 8760.0 * power.offer.capacity_by_fuel_mw[:, COAL]
            assert np.all(output <= most * (1.0 + 1e-9))
        system = lived.year.tariffs.components_cny_per_mwh[:, :, COMPONENTS.index("system_operation")]
        received = (system * lived.year.tariffs.sold_mwh).sum(axis=1)
        # Paid out of the surcharges, and what the grid does not get for own use.
        fed = accounts.feed_in_cny + accounts.own_use_cny + accounts.waste_fee_cny
        support = np.bincount(province, accounts.support_cny - fed, P)
        owed = support + power.units.uplift_cny - power.hydro_sales.rebate_cny - paid
        np.testing.assert_allclose(received, owed, rtol=1e-9)
    assert bound >= 5


@pytest.mark.parametrize("cap", [0.4, 0.25])
def test_a_cap_leaves_coal_at_full_power_in_the_tightest_hours(cap: float) -> None:
    """In a run: every unit that asks less than an hour's price gives all it can, shadow price and floors included.

    A year may be the mean of two clearings, in whose dearest hour a unit may give less than the mean price says.
    """
    run, seen = watch(scenario(coal_rule(utilisation_cap_share=cap), years=(2020, 2034))), 0
    tried, missed = 0, 0
    for lived in run.lived:
        power, units = lived.year.power, lived.year.power.hours.units
        n, asks = units.rows.size, units.cost_cny_per_mwh[: units.rows.size]
        coal = lived.plants.fuel[units.rows] == COAL
        available = units.capacity_mw[:n, None] * units.availability[:n] - power.hours.floor_mw
        for z in np.flatnonzero(power.prices.shadow_price_cny_per_mwh > 0.0):
            limited = coal & (units.zone[:n] == z)
            for m, price in enumerate(power.prices.price_cny_per_mwh[z]):
                tightest = np.unravel_index(price.argmax(), price.shape)
                cheaper = (units.zone[:n] == z) & (asks < price[tightest] - 2.0)
                called = power.hours.merit_order_mw[z, m][tightest]
                tried += 1
                missed += bool(called < available[cheaper, m].sum() * (1.0 - 1e-6))
                seen += int((cheaper & limited).any())
    assert seen > 50 and missed <= 0.01 * tried


def test_least_output_leaves_a_part_of_a_tight_limit_to_the_hours_that_need_it() -> None:
    """Where coal is dear a plan keeps it online near its least output; scaled alone that took 95 % of the limit."""
    price = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300}
    run = watch(scenario({**coal_rule(utilisation_cap_share=0.25), "price": price}, years=(2020, 2030)))
    least_shares = []
    for lived in run.lived:
        power, units = lived.year.power, lived.year.power.hours.units
        zone, is_coal = units.zone[: units.rows.size], lived.plants.fuel[units.rows] == COAL
        least_mwh = (power.hours.floor_mw * HOURS_IN_MONTH).sum(axis=1)
        for z in np.flatnonzero(power.prices.shadow_price_cny_per_mwh > 0.0):
            limited_units = is_coal & (zone == z)
            limit_mwh = power.offer.yearly_limit_mwh[limited_units].sum()
            least_shares.append(least_mwh[limited_units].sum() / limit_mwh)
    assert len(least_shares) > 6 and max(least_shares) < 0.85 and np.mean(least_shares) < 0.75


# --- the search, on what a run asks ----------------------------------------------------------------------------------


def outputs(limited: LimitedMarket, price: np.ndarray) -> np.ndarray:
    """What limited units give above their least output at shadow prices, MWh [Z]."""
    year = limited.market
    asked = year.unit_cost_cny_per_mwh + limited.is_limited * price[year.unit_zone]
    cleared = clear_days_apart(year._replace(unit_cost_cny_per_mwh=asked), limited.apart_mwh)
    return np.bincount(year.unit_zone, cleared.unit_output_mwh * limited.is_limited, P)


def require_the_same_from(starts: tuple[float, ...], limited: LimitedMarket, answer: LimitedYear) -> None:
    for start in starts:
        other = clear_within_limits(limited, np.full(P, start))
        # 0.01 CNY/MWh is what prices of the linear programme are held to
        np.testing.assert_allclose(other.price_cny_per_mwh, answer.price_cny_per_mwh, rtol=1e-3, atol=0.01)
        hours = (year.trials[-1].cleared.price_cny_per_mwh.mean() for year in (other, answer))
        assert next(hours) == pytest.approx(next(hours), rel=1e-3)


def test_from_any_start_a_year_has_the_same_shadow_prices() -> None:
    for limited, answer in asked_in_run()[::5]:
        require_the_same_from((0.0, 200.0, 20_000.0), limited, answer)


@pytest.mark.slow
@pytest.mark.parametrize("cap", [0.25, 0.4])
def test_from_two_starts_the_years_of_a_whole_run_have_the_same_prices_and_a_certificate(cap: float) -> None:
    asked = asked_in_run(cap, 2060)
    assert len(asked) > 20, "the looser cap binds in 22 years"
    for limited, answer in asked:
        assert answer.gap_cny <= 1e-4 * answer.cost_cny
        require_the_same_from((0.0, 200.0), limited, answer)


def test_every_limited_year_is_certified_and_uses_its_limits() -> None:
    asked = asked_in_run()
    assert len(asked) > 30
    for limited, answer in asked:
        assert answer.gap_cny <= 1e-4 * answer.cost_cny
        use = np.einsum("km,kmz->z", answer.share, np.stack([trial.output_mwh for trial in answer.trials]))
        assert np.all(use <= limited.room_mwh * (1.0 + 1e-9))
        priced = answer.price_cny_per_mwh > 0.0
        np.testing.assert_allclose(use[priced], limited.room_mwh[priced], rtol=1e-3)
    assert sum(len(answer.trials) for _, answer in asked) <= 8 * len(asked)


def test_the_certificate_is_that_of_the_linear_programme() -> None:
    """No year within the limits costs less than HiGHS finds at the shadow prices, less prices times limits."""
    for limited, answer in asked_in_run()[::17]:
        bound = least_dual(limited, answer.price_cny_per_mwh)
        assert bound <= answer.cost_cny * (1.0 + 1e-9)
        assert answer.cost_cny - bound <= answer.gap_cny + 1e-7 * answer.cost_cny


def test_shadow_prices_are_the_lowest_at_which_output_fits() -> None:
    """A little below, in either zone, its units give more than the limit; a little above no more."""
    for limited, answer in asked_in_run()[::9]:
        for z in np.flatnonzero(answer.price_cny_per_mwh > 0.0):
            step = 0.05 * (np.arange(P) == z)
            below, above = (outputs(limited, answer.price_cny_per_mwh + sign * step)[z] for sign in (-1, 1))
            assert below > limited.room_mwh[z] >= above * (1.0 - 1e-9)


def test_revenue_at_a_trials_own_prices_is_that_of_the_market() -> None:
    for _, answer in asked_in_run()[::9]:
        year, cleared = answer.trials[0].market, answer.trials[0].cleared
        order = np.argsort(year.unit_cost_cny_per_mwh, kind="stable")
        called = CalledUnits(year.unit_zone, year.unit_capacity_mw, year.unit_availability, order)
        revenue = sum_revenue(called, cleared.units_mw, cleared.price_cny_per_mwh, year.day_weight)
        np.testing.assert_allclose(revenue, cleared.unit_revenue_cny, rtol=1e-9, atol=1.0)


def test_the_mix_takes_each_month_by_its_shares_and_the_last_trials_prices() -> None:
    for limited, answer in asked_in_run()[::9]:
        mixed, last = mix_months(answer, answer.trials[-1].cleared.price_cny_per_mwh), answer.trials[-1]
        year, parts = limited.market, list(zip(answer.trials, answer.share, strict=True))
        for m in range(12):
            units = sum(share[m] * trial.cleared.units_mw[:, m] for trial, share in parts)
            np.testing.assert_allclose(mixed.units_mw[:, m], units, atol=1e-6)
        np.testing.assert_array_equal(mixed.price_cny_per_mwh, last.cleared.price_cny_per_mwh)
        sold = (mixed.units_mw * mixed.price_cny_per_mwh * year.day_weight[:, :, None]).sum()
        assert mixed.unit_revenue_cny.sum() == pytest.approx(sold, rel=1e-9)
        weight = year.day_weight[:, :, None]
        spent = year.unit_cost_cny_per_mwh @ mixed.unit_output_mwh
        spent += year.scarcity_price_cny_per_mwh * (mixed.unserved_mw * weight).sum()
        spent += year.wheeling_cost_cny_per_mwh[0] * (np.abs(mixed.flow_mw) * weight).sum()
        assert spent <= mixed.cost_cny * (1.0 + 1e-9), "flows both ways are netted, nothing else is spared"
        assert spent == pytest.approx(mixed.cost_cny, rel=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_no_shadow_price_is_above_what_load_pays_before_it_goes_without(seed: int) -> None:
    offered, year = anything(seed)
    outcome = clear(limited(offered, 1e-6), year)
    assert np.all(outcome.prices.shadow_price_cny_per_mwh <= year.shortage.firm_price_cny_per_mwh)
    assert outcome.prices.shadow_price_cny_per_mwh.max() > 100.0


def test_flows_both_ways_become_one_and_nothing_is_lost_twice() -> None:
    random = np.random.default_rng(3)
    forward, backward, kept = random.uniform(0.0, 900.0, 200), random.uniform(0.0, 900.0, 200), 0.97
    forward[:50], backward[50:100] = 0.0, 0.0
    flow, left = net_flow(forward, backward, kept)
    ahead, back = np.maximum(flow, 0.0), np.maximum(-flow, 0.0)
    np.testing.assert_allclose(forward - kept * backward, ahead - kept * back + left[0], atol=1e-9)
    np.testing.assert_allclose(backward - kept * forward, back - kept * ahead + left[1], atol=1e-9)
    one_way = (forward == 0.0) | (backward == 0.0)
    assert np.all(left >= 0.0) and not left[:, one_way].any() and left[:, ~one_way].any()
