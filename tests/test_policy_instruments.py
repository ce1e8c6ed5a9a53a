"""What each policy instrument announces, in numbers, and what it refuses."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.core.axes import FUEL, SECTOR, SECTORS
from tanlu.core.schedules import CAPTURE_GRANT, CAPTURE_SUBSIDY, PolicySchedule
from tanlu.inputs.types import Schedule
from tests.chengyu import AXES, CHONGQING, PROVINCES, SICHUAN
from tests.model_runs import P
from tests.policy_blocks import BARE, applied, at, bits, policy, refused


def test_values_are_linear_between_the_years_given_and_flat_outside() -> None:
    fields = {"price_cny_per_tco2": {2030: 100, 2040: 300}, "sectors": ["steel"], "until_year": 2050}
    price = applied(policy("carbon_price", **fields)).carbon.price_cny_per_tco2[:, SICHUAN]
    steel = {year: at(price, year)[SECTOR["steel"]] for year in (2025, 2026, 2030, 2035, 2040, 2050, 2051)}
    assert steel == {2025: 0, 2026: 100, 2030: 100, 2035: 200, 2040: 300, 2050: 300, 2051: 0}
    assert np.delete(price, SECTOR["steel"], axis=1).sum() == 0


def test_fixed_prices_add_and_the_tightest_bounds_hold() -> None:
    bounded = {"price_cny_per_tco2": 30, "floor_cny_per_tco2": 50, "ceiling_cny_per_tco2": 200}
    schedule = applied(
        policy("carbon_price", **bounded),
        policy("carbon_price", price_cny_per_tco2=12, floor_cny_per_tco2=80, ceiling_cny_per_tco2=300),
    )
    assert np.all(at(schedule.carbon.price_cny_per_tco2, 2030) == 42)
    assert at(schedule.carbon.floor_cny_per_tco2, 2030) == 80
    assert at(schedule.carbon.ceiling_cny_per_tco2, 2030) == 200
    assert at(schedule.carbon.ceiling_cny_per_tco2, 2025) == np.inf
    assert at(schedule.carbon.floor_cny_per_tco2, 2025) == 0


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_where_bounds_of_several_policies_cross_the_ceiling_holds(order: tuple[int, ...]) -> None:
    blocks = (
        {"floor_cny_per_tco2": 700, "ceiling_cny_per_tco2": 2000},
        {"price_cny_per_tco2": 1, "ceiling_cny_per_tco2": {2026: 240, 2040: 900}},
        {"floor_cny_per_tco2": 100},
    )
    carbon = applied(*(policy("carbon_price", **blocks[n]) for n in order)).carbon
    for year, floor, ceiling in (
        (2030, 240.0 + 660.0 * 4 / 14, 240.0 + 660.0 * 4 / 14),
        (2045, 700.0, 900.0),
    ):
        assert at(carbon.floor_cny_per_tco2, year) == pytest.approx(floor)
        assert at(carbon.ceiling_cny_per_tco2, year) == pytest.approx(ceiling)


def test_bounds_may_not_cross_nor_hold_in_one_province() -> None:
    crossing = {"floor_cny_per_tco2": {2026: 50, 2036: 150}, "ceiling_cny_per_tco2": 100}
    fault = refused("carbon_price", **crossing)
    assert (fault.code, fault.place.path) == ("reversed-bounds", "policies.it.ceiling_cny_per_tco2")
    assert "in 2032 the ceiling 100 is below the floor 110" in fault.message
    assert policy("carbon_price", **crossing, until_year=2031)
    assert refused("carbon_price", floor_cny_per_tco2=50, regions=["Sichuan"]).code == "one-market"
    assert policy("carbon_price", price_cny_per_tco2=1, floor_cny_per_tco2=0, regions=["Sichuan"])


def test_the_carbon_market_covers_each_sector_from_its_first_year() -> None:
    covered = applied(policy("carbon_market", from_year=2020)).carbon.covered
    first = {
        name: int(BARE.years[covered[:, SICHUAN, s] > 0].min(initial=9999)) for name, s in SECTOR.items()
    }
    assert (first["electricity"], first["steel"], first["chemicals"]) == (2021, 2024, 2027)
    assert {name for name, year in first.items() if year == 9999} == {"transport", "buildings", "agriculture"}
    assert np.array_equal(covered[:, SICHUAN], covered[:, CHONGQING])


def test_benchmarks_tighten_from_the_year_after_a_sector_joined() -> None:
    market = policy("carbon_market", from_year=2021, benchmark_tightening_share_per_year=0.1)
    factor = applied(market).carbon.benchmark_factor[:, SICHUAN]
    assert at(factor, 2026)[SECTOR["electricity"]] == 1
    assert at(factor, 2028)[SECTOR["electricity"]] == pytest.approx(0.81, abs=1e-15)
    assert at(factor, 2027)[SECTOR["chemicals"]] == 1
    assert at(factor, 2028)[SECTOR["chemicals"]] == pytest.approx(0.9, abs=1e-15)


@given(
    rate=st.dictionaries(st.integers(2020, 2060), st.floats(0, 0.5), min_size=1, max_size=3),
    start=st.integers(2015, 2035),
    joined=st.integers(2015, 2035),
    first_year_of_run=st.integers(2020, 2040),
)
@settings(max_examples=40, deadline=None)
def test_the_benchmark_factor_equals_a_plain_loop(
    rate: dict[int, float], start: int, joined: int, first_year_of_run: int
) -> None:
    fields = {"from_year": 2018, "until_year": 2055, "tightening_from_year": start}
    fields |= {"sectors": {"steel": joined}, "benchmark_tightening_share_per_year": rate}
    schedule = applied(
        policy("carbon_market", **fields), onto=PolicySchedule.neutral(AXES, first_year_of_run, 2060)
    )
    for year, factor in zip(
        schedule.years, schedule.carbon.benchmark_factor[:, 0, SECTOR["steel"]], strict=True
    ):
        expected = 1.0
        if joined <= year <= 2055:
            for tightened in range(max(start, joined + 1, 2018), year + 1):
                expected *= 1.0 - Schedule(rate).value_in(tightened)
        assert factor == pytest.approx(expected, rel=1e-12)


def test_several_carbon_markets_multiply_factors_and_keep_the_highest_auction_share() -> None:
    fields = {"sectors": {"steel": 2020}, "tightening_from_year": 2030}
    pair = [
        policy("carbon_market", **fields, benchmark_tightening_share_per_year=t, auction_share=a)
        for t, a in ((0.1, 0.3), (0.2, 0.1))
    ]
    schedule = applied(*pair)
    assert at(schedule.carbon.covered, 2030)[0, SECTOR["steel"]] == 1
    assert at(schedule.carbon.benchmark_factor, 2030)[0, SECTOR["steel"]] == pytest.approx(0.72, abs=1e-15)
    assert at(schedule.carbon.auction_share, 2030)[0, SECTOR["steel"]] == 0.3


def test_each_ccus_subsidy_is_a_scheme_with_its_own_budget() -> None:
    capped = policy("ccus_subsidy", rate_cny_per_tco2=100, budget_bn_cny_per_year={2026: 1, 2036: 3})
    grant = policy("ccus_subsidy", capex_grant_share=0.4, sectors=["cement"])
    schedule = grant.apply(capped.apply(BARE, "b"), "a")
    (given,), (paid,) = schedule.schemes_of_kind(CAPTURE_GRANT), schedule.schemes_of_kind(CAPTURE_SUBSIDY)
    assert [scheme.policy for scheme in schedule.subsidies] == ["a", "b"], "whatever is applied first"
    assert paid.rate.shape == (BARE.years.size, P, len(SECTORS))
    assert paid.budget_cny[BARE.row(2031)] == 2e9
    assert np.all(given.budget_cny == np.inf)
    assert np.all(at(paid.rate, 2026) == 100)
    assert at(given.rate, 2026)[0, SECTOR["cement"]] == 0.4
    assert at(given.rate, 2026)[0, SECTOR["steel"]] == 0


def test_both_parts_of_a_capture_subsidy_share_its_budget() -> None:
    both = applied(
        policy("ccus_subsidy", rate_cny_per_tco2=100, capex_grant_share=0.4, budget_bn_cny_per_year=1)
    )
    grant, rate = both.subsidies
    assert (grant.kind, rate.kind) == (CAPTURE_GRANT, CAPTURE_SUBSIDY)
    assert grant.policy == rate.policy and np.array_equal(grant.budget_cny, rate.budget_cny)


def test_a_province_pays_for_what_holds_there_alone() -> None:
    fields = {"rate_cny_per_tco2": 100}
    (local,) = applied(policy("ccus_subsidy", **fields, regions=["Chongqing"])).subsidies
    (whole,) = applied(policy("ccus_subsidy", **fields)).subsidies
    assert (local.payer, whole.payer) == ("Chongqing", "national")


def test_a_subsidy_without_money_is_no_scheme_and_promises_nothing() -> None:
    empty = policy("ccus_subsidy", rate_cny_per_tco2=100, budget_bn_cny_per_year=0)
    assert bits(applied(empty)) == bits(BARE)
    late = policy("ccus_subsidy", rate_cny_per_tco2=100, budget_bn_cny_per_year={2030: 0, 2031: 1})
    (scheme,) = applied(late).subsidies
    assert np.all(at(scheme.rate, 2030) == 0)
    assert np.all(at(scheme.rate, 2031) == 100)


def test_green_support_is_in_points_and_guarantees_end_at_the_whole_loss() -> None:
    fields = {"interest_subsidy_percentage_points": 1.5, "guarantee_share": 0.7}
    fields |= {"guarantee_fee_percentage_points": 0.5}
    for papers, renewals, paid in (
        ({}, False, [[1.0, 0.0], [0.0, 0.0]]),
        ({"papers": ("loans",)}, True, [[0.0, 0.0], [1.0, 1.0]]),
        ({"papers": ("bonds", "loans")}, True, np.ones((2, 2))),
    ):
        incentive = policy("green_bond_incentive", **fields, **papers, renewals=renewals)
        schedule = applied(incentive, incentive)
        assert np.all(at(schedule.finance.green_interest_subsidy, 2030) == 0.03 * np.array(paid))
        assert np.all(at(schedule.finance.green_guarantee_share, 2030) == np.array(paid))
        assert np.all(at(schedule.finance.green_guarantee_fee, 2030) == 0.01 * np.array(paid))
    assert refused("green_bond_incentive", guarantee_fee_percentage_points=0.5).code == "no-effect"
    fault = refused(
        "green_bond_incentive", interest_subsidy_percentage_points=1, guarantee_fee_percentage_points=0.5
    )
    assert fault.code == "needs-guarantee" and "add 'guarantee_share'" in fault.help


def test_power_payments_reach_their_technologies_only() -> None:
    premium = applied(policy("renewable_support", premium_cny_per_mwh=50, technologies=["wind"]))
    payment = applied(policy("capacity_payment", rate_cny_per_kw_year=165))
    for array, fuel, value in (
        (premium.power.renewable_premium_cny_per_mwh, "wind", 50),
        (payment.capacity[0].rate_cny_per_kw_year, "coal", 165),
    ):
        assert np.all(at(array, 2030)[:, FUEL[fuel]] == value)
        assert np.delete(array, FUEL[fuel], axis=2).sum() == 0


def test_the_coal_rules_each_act_from_their_year() -> None:
    rules = {"no_new_coal_from_year": 2030, "exit_year": 2050, "maximum_age_years": {2030: 40, 2040: 30}}
    schedule = applied(policy("coal_phase_out", **rules, utilisation_cap_share=0.5))
    assert [at(schedule.power.coal_new_build_allowed, year)[0] for year in (2029, 2030, 2090)] == [1, 0, 0]
    assert [at(schedule.power.coal_maximum_age_years, year)[0] for year in (2025, 2035, 2049, 2050)] == [
        np.inf,
        35,
        30,
        0,
    ]
    assert [at(schedule.power.coal_utilisation_cap, year)[0] for year in (2025, 2026)] == [1, 0.5]


def test_an_exit_alone_closes_all_and_stops_building() -> None:
    schedule = applied(policy("coal_phase_out", exit_year=2045, regions=["Chongqing"]))
    assert list(at(schedule.power.coal_maximum_age_years, 2045)) == [np.inf, 0]
    assert list(at(schedule.power.coal_new_build_allowed, 2045)) == [1, 0]
    assert list(at(schedule.power.coal_new_build_allowed, 2044)) == [1, 1]


def test_the_strictest_coal_rule_holds() -> None:
    schedule = applied(
        policy("coal_phase_out", maximum_age_years=30, utilisation_cap_share=0.6),
        policy("coal_phase_out", maximum_age_years=40, utilisation_cap_share=0.3),
    )
    assert np.all(at(schedule.power.coal_maximum_age_years, 2030) == 30)
    assert np.all(at(schedule.power.coal_utilisation_cap, 2030) == 0.3)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields", "near", "path"),
    [
        ("carbon_price", {"price_cny_per_tco2": 1, "sectors": ["stel"]}, "steel", "sectors[0]"),
        ("ccus_subsidy", {"rate_cny_per_tco2": 1, "sectors": ["cment"]}, "cement", "sectors[0]"),
        ("carbon_market", {"sectors": {"aluminum": 2024}}, "aluminium", "sectors.aluminum"),
        (
            "renewable_support",
            {"premium_cny_per_mwh": 1, "technologies": ["winds"]},
            "wind",
            "technologies[0]",
        ),
        (
            "capacity_payment",
            {"rate_cny_per_kw_year": 1, "technologies": ["cole"]},
            "coal",
            "technologies[0]",
        ),
        ("export_contract", {"kept_share": 0.5, "lines": ["fufang"]}, "fufeng", "lines[0]"),
        ("export_contract", {"kept_share": 0.5, "seasons": ["wett"]}, "wet", "seasons[0]"),
        ("green_bond_incentive", {"guarantee_share": 0.5, "papers": ["bond"]}, "bonds", "papers[0]"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    kind: str, fields: dict[str, object], near: str, path: str
) -> None:
    fault = refused(kind, **fields)
    assert fault.code in (
        "unknown-sector",
        "unknown-technology",
        "unknown-line",
        "unknown-season",
        "unknown-paper",
    )
    assert fault.place.path == f"policies.it.{path}"
    assert f"did you mean `{near}`?" in fault.help


def test_lists_name_each_once_and_their_order_means_nothing() -> None:
    fields = {"price_cny_per_tco2": 1}
    assert refused("carbon_price", **fields, sectors=["steel", "steel"]).code == "given-twice"
    one, other = (
        policy("carbon_price", **fields, sectors=list(order))
        for order in itertools.permutations(("steel", "cement"))
    )
    assert one == other
    assert policy("carbon_price", **fields, sectors=list(reversed(SECTORS))) == policy(
        "carbon_price", **fields
    )


@pytest.mark.parametrize("kind", ["carbon_price", "ccus_subsidy", "green_bond_incentive", "coal_phase_out"])
def test_a_block_that_gives_no_quantity_is_refused(kind: str) -> None:
    fault = refused(kind)
    assert fault.code == "no-effect"
    assert "give at least one of `" in fault.help


@pytest.mark.parametrize("rule", ["no_new_coal_from_year", "exit_year"])
@pytest.mark.parametrize("year", [2025, 2051])
def test_a_coal_rule_outside_the_years_in_force_is_refused(rule: str, year: int) -> None:
    fault = refused("coal_phase_out", until_year=2050, **{rule: year})
    assert (fault.code, fault.place.path) == ("not-in-force", f"policies.it.{rule}")


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("carbon_price", "price_cny_per_tco2", -1),
        ("carbon_market", "auction_share", 1.2),
        ("carbon_market", "benchmark_tightening_share_per_year", {2027: 2}),
        ("ccus_subsidy", "capex_grant_share", 30),
        ("green_bond_incentive", "interest_subsidy_percentage_points", 150),
        ("coal_phase_out", "utilisation_cap_share", 50),
        ("export_contract", "kept_share", 1.5),
        ("export_contract", "kept_share", {2027: -0.1}),
        ("renewable_support", "premium_cny_per_mwh", -5),
    ],
)
def test_impossible_numbers_are_refused(kind: str, field: str, value: object) -> None:
    assert refused(kind, **{field: value}).code == "out-of-range"


def test_a_market_bound_in_the_wrong_instrument_is_sent_to_the_right_one() -> None:
    fault = refused("carbon_market", floor_cny_per_tco2=50)
    assert fault.code == "unknown-key"
    assert "`carbon_price`" in fault.help


def test_provinces_of_the_base_are_those_of_the_axes() -> None:
    assert policy("carbon_price", price_cny_per_tco2=1).regions == PROVINCES
