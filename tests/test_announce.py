"""What deciders hear at the start of a year: prices within their bounds, paths ahead, and subsidies."""

import numpy as np
import pytest

from tanlu.core.axes import APPRAISAL_YEARS, CUSTOMERS, FUEL, SECTOR, S
from tanlu.core.payments import Block, PaymentLines
from tanlu.core.schedules import CAPTURE_SUBSIDY
from tanlu.markets.announce import announce
from tanlu.markets.national import look_at_market
from tanlu.policies.statutes import apply_policies
from tanlu.region.finance import BENCHMARK_CLASSES
from tanlu.region.power import PRICED_FUELS
from tanlu.region.tables import year_index
from tanlu.state.drivers import exogenous_drivers
from tanlu.state.state import initial_state
from tests.chengyu import PROVINCES
from tests.model_runs import KEPT, REGION, P, scenario

ELECTRICITY, CEMENT, TRANSPORT = SECTOR["electricity"], SECTOR["cement"], SECTOR["transport"]
NOTHING = Block(PaymentLines(*np.zeros((4, 0), np.int64)), np.zeros(0))  # paid to nobody


def hear(
    year: int = 2030,
    *,
    price: float = 90.0,
    paid_share: dict[str, float] | None = None,
    tariff: float = 110.0,
    learned: float = 1.0,
    margin: float = 0.0,
    **policies,
):
    """Return the signals of a year under today's policies and `policies`."""
    world = policies.pop("world", {})
    what = scenario(policies, world=world)
    schedule = apply_policies(what.policies, REGION.axes, REGION.base_year, what.years.end)
    state = initial_state(REGION, np.zeros(len(REGION.finance.owners.ids)))
    seen, budgets = state.expectations, state.budgets
    for scheme in schedule.schemes_of_kind(CAPTURE_SUBSIDY) if paid_share else ():
        budgets = budgets.book(scheme, 1e9, 1e9 * paid_share[scheme.policy], NOTHING)
    drivers = exogenous_drivers(REGION, what, schedule)
    carbon = look_at_market(state.carbon, year, drivers, REGION.national_market)
    path = carbon.outlook.price_path_cny_per_tco2
    path = price / max(path[0], 1e-9) * path
    state = state._replace(
        carbon=carbon._replace(outlook=carbon.outlook._replace(price_path_cny_per_tco2=path)),
        co2=state.co2._replace(tariff_cny_per_tco2=np.full(P, tariff)),
        tariffs=state.tariffs._replace(tariff_cny_per_mwh=np.tile([[300.0], [400.0]], (1, len(CUSTOMERS)))),
        budgets=budgets,
        expectations=seen._replace(
            learned_cost_factor=np.append(seen.learned_cost_factor[:-1], learned),
            reliable_margin=np.full(P, margin),
        ),
    )
    return announce(
        state,
        year=year,
        laws=(schedule,),
        promises=KEPT,
        drivers=drivers,
        region=REGION,
        hub_tariff_cny_per_tco2=np.full(len(REGION.co2.hubs.ids), np.inf),
    )


def test_a_tonne_costs_the_fixed_price_and_the_markets_where_both_hold() -> None:
    tax = {
        "kind": "carbon_price",
        "from_year": 2026,
        "price_cny_per_tco2": 70,
        "sectors": ["cement", "transport"],
    }
    heard = hear(tax=tax)
    assert heard.carbon.carbon_cost_cny_per_tco2[0, CEMENT] == pytest.approx(160.0)
    assert heard.carbon.carbon_cost_cny_per_tco2[0, TRANSPORT] == pytest.approx(70.0)
    assert heard.carbon.carbon_cost_cny_per_tco2[1, ELECTRICITY] == pytest.approx(90.0)


@pytest.mark.parametrize(("price", "heard"), [(20.0, 60.0), (90.0, 90.0), (500.0, 200.0)])
def test_the_market_price_is_heard_within_floor_and_ceiling(price: float, heard: float) -> None:
    bounds = {
        "kind": "carbon_price",
        "from_year": 2026,
        "floor_cny_per_tco2": 60,
        "ceiling_cny_per_tco2": 200,
    }
    signals = hear(price=price, bounds=bounds)
    assert signals.carbon.market_price_cny_per_tco2 == heard
    ahead = signals.carbon.carbon_path_cny_per_tco2[0, ELECTRICITY]
    assert np.all((ahead >= 60.0) & (ahead <= 200.0))


def test_the_path_ahead_is_that_which_the_national_market_expects() -> None:
    signals = hear(2030)
    ahead = signals.carbon.carbon_path_cny_per_tco2[0, ELECTRICITY]
    np.testing.assert_array_equal(ahead, signals.carbon.market_path_cny_per_tco2)
    assert ahead[0] <= 90.0 * 1.06 + 1e-9 and ahead[6] > 90.0
    assert (ahead[14:] == ahead[14]).all(), "the same from the fifteenth year on"
    assert not signals.carbon.carbon_path_cny_per_tco2[0, TRANSPORT].any(), (
        "outside the market nothing is expected"
    )


def test_a_captured_tonne_needs_its_allowance_until_capture_counts() -> None:
    tax = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 70, "sectors": ["cement"]}
    market = {"kind": "carbon_market", "from_year": 2021}
    never, later = (
        hear(2030, tax=tax, national_carbon_market={**market, **more}).carbon
        for more in ({}, {"capture_counts_from_year": 2035})
    )
    assert never.captured_cost_cny_per_tco2[0, CEMENT] == 90.0, "the market's part; the tax is saved"
    assert never.captured_cost_cny_per_tco2[0, TRANSPORT] == 0.0
    untaxed = never.carbon_path_cny_per_tco2[0, CEMENT] - 70.0
    np.testing.assert_allclose(never.captured_path_cny_per_tco2[0, CEMENT], untaxed)
    assert not never.capture_counts_path.any()
    np.testing.assert_array_equal(
        later.captured_path_cny_per_tco2[:, :, :4], never.captured_path_cny_per_tco2[:, :, :4]
    )
    assert not later.captured_path_cny_per_tco2[:, :, 4:].any() and later.capture_counts_path[4:].all()


def test_a_floor_above_the_price_is_expected_for_as_long_as_it_holds() -> None:
    floor = {"kind": "carbon_price", "from_year": 2026, "floor_cny_per_tco2": 300}
    for year in (2027, 2040, 2057):
        assert np.all(hear(year, floor=floor).carbon.market_path_cny_per_tco2 == 300.0)
    ending = hear(2027, floor=floor | {"until_year": 2040}).carbon.market_path_cny_per_tco2
    assert np.all(ending[:13] == 300.0) and np.all(ending[13:] == 90.0), "2028 .. 2040"


def test_an_announced_tax_is_in_the_path_before_it_is_paid() -> None:
    tax = {"kind": "carbon_price", "from_year": 2036, "price_cny_per_tco2": 100, "sectors": ["transport"]}
    signals = hear(2030, tax=tax)
    assert signals.carbon.carbon_cost_cny_per_tco2[0, TRANSPORT] == 0.0
    path = signals.carbon.carbon_path_cny_per_tco2[0, TRANSPORT]
    assert not path[:5].any() and np.all(path[5:] == 100.0), "2031 .. 2035 free, from 2036 on paid"


def test_paths_look_as_far_ahead_in_the_last_year_of_a_run() -> None:
    assert hear(2060).carbon.carbon_path_cny_per_tco2.shape == (P, S, APPRAISAL_YEARS)
    assert np.isfinite(hear(2060).carbon.carbon_path_cny_per_tco2).all()


def test_capture_support_counts_at_the_share_of_claims_that_was_paid() -> None:
    one = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 200, "sectors": ["cement"]}
    two = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 100, "regions": ["Sichuan"]}
    signals = hear(paid_share={"a": 0.5, "b": 0.25}, a=one, b=two)
    assert signals.subsidies[CAPTURE_SUBSIDY][0, CEMENT] == pytest.approx(0.5 * 200 + 0.25 * 100)
    assert signals.subsidies[CAPTURE_SUBSIDY][1, CEMENT] == pytest.approx(100.0)
    assert signals.subsidies[CAPTURE_SUBSIDY][1, ELECTRICITY] == 0.0
    np.testing.assert_allclose(signals.co2.capture_support_path_cny_per_tco2[0, CEMENT], 125.0)


def test_grants_add_but_leave_the_investor_something_to_weigh() -> None:
    """A whole grant would make capture free, and then nobody would have claimed a grant at all."""
    grant = {"kind": "ccus_subsidy", "from_year": 2026, "capex_grant_share": 0.3}
    assert hear(a=grant, b=grant).co2.capture_grant_share[0, CEMENT] == pytest.approx(0.6)
    whole = grant | {"capex_grant_share": 1.0}
    assert hear(a=whole).co2.capture_grant_share.max() < 1.0


def test_what_is_decided_now_counts_with_prices_and_allowances_of_its_whole_life() -> None:
    """A unit that starts before the cap gets allowances by output today, and hardly any over its life."""
    large = BENCHMARK_CLASSES.index("coal_large")
    signals = hear(2026)
    now, expected = signals.carbon, signals.expected_carbon
    assert now.benchmark[0, large] > 0.7
    assert expected.benchmark[0, large] == 0.0, "a cap from 2030 on brings none for more output"
    assert expected.base_benchmark[0, large] > 0.2 and not now.base_benchmark.any()
    ahead = now.market_path_cny_per_tco2
    assert ahead[4] < expected.market_price_cny_per_tco2 < ahead.max()
    assert signals.look_ahead().carbon is expected


def test_under_a_cap_one_more_unit_of_output_brings_no_allowances() -> None:
    signals = hear(2032)
    coal = slice(0, 4)
    assert not signals.carbon.benchmark[:, coal].any() and not signals.carbon.least_free_share[:, coal].any()
    assert (signals.carbon.base_benchmark[:, coal] > 0.2).all()
    steel = SECTOR["steel"]
    assert signals.carbon.is_capped[[steel, CEMENT, ELECTRICITY]].all()
    assert 0.5 < signals.carbon.base_free_share[0, steel] < 1.0
    assert signals.carbon.allowance_value_cny_per_tco2[0, steel] == 0.0, "it goes with no tonne"


def test_free_allowances_are_benchmarks_less_what_is_tightened_and_sold() -> None:
    market = {
        "kind": "carbon_market",
        "from_year": 2021,
        "benchmark_tightening_share_per_year": {2027: 0.01},
        "auction_share": 0.25,
    }
    official, large = REGION.finance.benchmark, BENCHMARK_CLASSES.index("coal_large")
    signals = hear(2026, national_carbon_market=market)
    assert signals.carbon.benchmark[0, large] == pytest.approx(official[year_index(2026), large] * 0.75)
    tight, plain = (
        hear(2029, national_carbon_market=market | {"benchmark_tightening_share_per_year": share}).carbon
        for share in ({2027: 0.01}, 0.0)
    )
    assert tight.benchmark[0, large] == pytest.approx(plain.benchmark[0, large] * 0.99**3, rel=1e-6)
    assert signals.carbon.benchmark.shape == (P, len(BENCHMARK_CLASSES) + 1)
    assert not signals.carbon.benchmark[:, -1].any(), "the class of units that get none"
    assert not hear(2020).carbon.benchmark.any(), "before the market there are no allowances"


def test_world_factors_reach_power_and_industry_alike() -> None:
    before = hear(2030)
    dear = hear(2030, world={"coal_price_factor": {2030: 1.5}, "gas_price_factor": 2.0})
    coal, gas, oil = (PRICED_FUELS.index(name) for name in ("coal", "gas", "oil"))
    columns = [coal, gas, oil]
    ratio = dear.prices.fuel_price_cny_per_gj[:, columns] / before.prices.fuel_price_cny_per_gj[:, columns]
    np.testing.assert_allclose(ratio, [[1.5, 2.0, 1.0]] * P)
    np.testing.assert_allclose(
        (dear.prices.energy_price_cny_per_gj / before.prices.energy_price_cny_per_gj)[:, :3],
        [[1.5, 1.0, 2.0]] * P,
    )


def test_the_cost_of_capture_is_the_worlds_factor_times_what_was_learned() -> None:
    assert hear().co2.capture_cost_factor == 1.0
    cheaper = hear(2030, learned=0.8, world={"capture_cost_factor": {2026: 1.0, 2030: 0.5}})
    assert cheaper.co2.capture_cost_factor == pytest.approx(0.4)


def test_industry_pays_last_years_tariff() -> None:
    assert hear().prices.electricity_price_cny_per_mwh.tolist() == [300.0, 400.0]


def test_a_rule_on_age_is_heard_a_year_ahead() -> None:
    """Who breaks next year's rule must close by then, so this year's signal is next year's rule."""
    exit_rule = {"kind": "coal_phase_out", "from_year": 2026, "exit_year": 2031}
    assert np.isinf(hear(2029, coal=exit_rule).coal_maximum_age_years).all()
    assert hear(2030, coal=exit_rule).coal_maximum_age_years.tolist() == [0.0] * P
    assert hear(2030, coal=exit_rule).policy.power.coal_new_build_allowed.tolist() == [1.0] * P
    assert hear(2031, coal=exit_rule).policy.power.coal_new_build_allowed.tolist() == [0.0] * P


def test_support_reaches_its_technologies_and_provinces() -> None:
    premium = {
        "kind": "renewable_support",
        "from_year": 2026,
        "premium_cny_per_mwh": 40,
        "technologies": ["wind"],
        "regions": ["Chongqing"],
    }
    signals = hear(2030, premium=premium)
    expected = np.zeros_like(signals.policy.power.renewable_premium_cny_per_mwh)
    expected[PROVINCES.index("Chongqing"), FUEL["wind"]] = 40.0
    np.testing.assert_array_equal(signals.policy.power.renewable_premium_cny_per_mwh, expected)
    assert signals.prices.capacity_payment_cny_per_kw_year[0, FUEL["coal"]] == 165.0


def test_a_capacity_payment_with_an_end_is_that_of_last_years_reliable_capacity() -> None:
    by_need = {
        "kind": "capacity_payment",
        "from_year": 2026,
        "rate_cny_per_kw_year": 100,
        "technologies": ["battery"],
        "end_reserve_share": 0.2,
    }
    paid = [
        hear(2030, margin=margin, need=by_need).prices.capacity_payment_cny_per_kw_year
        for margin in (-0.1, 0.1, 0.5)
    ]
    assert [float(one[0, FUEL["battery"]]) for one in paid] == pytest.approx([400.0 / 6.0, 200.0 / 6.0, 0.0])
    assert [float(one[0, FUEL["coal"]]) for one in paid] == [165.0] * 3, "another scheme without an end"


def test_a_policy_switched_off_is_not_applied() -> None:
    tax = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 70}
    on, off = hear(tax=tax), hear(tax=tax | {"enabled": False})
    assert on.policy.carbon.price_cny_per_tco2.max() == 70.0
    assert not off.policy.carbon.price_cny_per_tco2.any()
