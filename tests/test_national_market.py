"""The national allowance market: balances, the lowest price that fits, what each rule does, and the pack's table."""

import math
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.national_market import fit_cap_fall, walk
from tanlu.carbon_market.national import (
    book_national_market,
    expect_national_market,
    extend_price_path,
    walk_national_market,
    without_region,
)
from tanlu.kernels.national_market import CAP, OUTSIDE, NationalMarket, NationalRegion
from tanlu.region.national_market import read_national_market
from tanlu.region.pack import load_region
from tanlu.region.tables import DATA_YEARS, year_index
from tests.naive_national_market import advance, least_price, least_slack, lowest_price, position_of
from tests.national_markets import line_market, opening_of, random_rules, with_rules
from tests.test_carbon_banking import CLOSED_FORM, RATE

RULE_SETS, YEARS_OF_A_SET = 200, 5
NO_PRICE = np.full(DATA_YEARS.size, np.nan)
MOST_TRIALS = 60


@cache
def data():
    return load_region("chengyu").national_market


def one_year(state, year, rules, price=math.nan):
    row, market = year_index(year), alone(data().classes, rules)
    outlook = expect_national_market(state, row, market, price)
    after, cleared = book_national_market(state, row, market, outlook)
    return after, both(outlook, cleared)


def alone(classes, rules):
    return NationalMarket(classes, rules, without_region(classes))


def both(outlook, cleared):
    """Return what was expected of a year and what came in one record."""
    return SimpleNamespace(**outlook._asdict(), **cleared._asdict())


def run(rules, first=2026, last=2040):
    """Walk on from the observed years under other rules; return states and what came by year."""
    rows = year_index(first), year_index(last)
    market = alone(data().classes, rules)
    years = walk_national_market(observed_until(first), *rows, market, NO_PRICE)
    return [(state, both(*year)) for state, *year in years]


@cache
def observed_until(year):
    """Return the state after the last year before `year`, observed prices where there are any."""
    return walk(data(), data().caps["central"], 2021, year - 1)[-1][0]


def prices(years):
    return np.array([cleared.price_path_cny_per_tco2[0] for _, cleared in years])


def cases(count):
    """Yield rule sets at random with the year in which each begins."""
    rng = np.random.default_rng(30)
    for _ in range(count):
        yield random_rules(data(), rng), int(rng.integers(2022, 2045))


def test_allowances_balance_in_every_year_of_random_rule_sets() -> None:
    """Sums of classes, not of the bank, and no vintage of it is negative."""
    for rules, first in cases(RULE_SETS):
        state = opening_of(data(), first)
        for year in range(first, first + YEARS_OF_A_SET):
            row, before = year_index(year), state
            state, cleared = one_year(before, year, rules)
            is_covered = rules.allocation.method[row] != OUTSIDE
            t, cap = cleared.totals_tco2, rules.allocation.cap[row]
            supply = (
                cleared.allowances_tco2.sum() + t["auctioned"] + t["offsets"] + t["released"] - t["taken"]
            )
            use = cleared.emissions_tco2[is_covered].sum() + t["expired"] + t["made_up"] - t["short"]
            assert before.bank_tco2.sum() + supply - use == pytest.approx(
                state.bank_tco2.sum(), abs=1e-9 * cap
            )
            reserve = before.reserve_tco2 + t["withheld"] + t["taken"] - t["released"] - t["cancelled"]
            assert reserve == pytest.approx(state.reserve_tco2, abs=1e-9 * cap)
            assert state.bank_tco2.min() >= 0.0 and state.reserve_tco2 >= -1e-9 * cap
            assert min(t.values()) >= 0.0 and t["beyond"] == 0.0
            assert t["offsets"] <= rules.limits.offset_limit_share[row] * t["emitted"] * (1.0 + 1e-12)
            price = state.price_cny_per_tco2
            assert rules.limits.floor[row] <= price <= rules.limits.ceiling[row]
            capped = rules.allocation.method[row] == CAP
            given = (cleared.allowances_tco2 + cleared.auctioned_tco2)[capped]
            assert (given <= cap * state.cap_share[capped] * (1.0 + 1e-12)).all()


def test_a_year_ahead_binds_and_no_lower_price_fits() -> None:
    """Unless the price is 0, at a bound, or none fits. The search tries at most sixty prices a year."""
    bound, trials = 0, []
    for rules, first in cases(RULE_SETS):
        state = opening_of(data(), first)
        for year in range(first, first + 2):
            row, before = year_index(year), state
            state, cleared = one_year(before, year, rules)
            trials.append(cleared.trials)
            price = state.price_cny_per_tco2
            if not least_price(row, rules) * (1.0 + 1e-9) < price < rules.limits.ceiling[row]:
                continue
            bound += 1
            assert 0.0 <= cleared.slack_tco2 <= 1e-6 * rules.allocation.cap[row]
            for part in (0.3, 0.9, 0.99, 1.0 - 1e-5):
                _, lower = one_year(before, year, rules, part * price)
                assert lower.slack_tco2 < 0.0, (year, price, part)
    assert bound > 100
    assert max(trials) <= MOST_TRIALS


def test_the_plain_twin_finds_the_same_price_and_the_same_year() -> None:
    for rules, first in list(cases(12))[::4]:
        state, row = opening_of(data(), first), year_index(first)
        after, cleared = one_year(state, first, rules)
        unbounded = lowest_price(state, row, data().classes, rules)
        least = least_price(row, rules)
        bounded = min(max(unbounded, least), rules.limits.ceiling[row])
        assert after.price_cny_per_tco2 == pytest.approx(bounded, rel=1e-5, abs=1e-6)
        slack = least_slack(state, row, after.price_cny_per_tco2, data().classes, rules)
        cap = rules.allocation.cap[row]
        if unbounded > least:
            assert cleared.slack_tco2 == pytest.approx(slack, abs=1e-9 * cap) or bounded < unbounded
        there, done = advance(position_of(state), row, bounded, cap, data().classes, rules, is_booked=True)
        np.testing.assert_allclose([one.output for one in done], cleared.output, rtol=1e-5)
        if cleared.totals_tco2["withheld"] == 0.0:
            np.testing.assert_allclose(there.bank, after.bank_tco2, atol=1e-5 * cap)
            assert there.reserve == pytest.approx(after.reserve_tco2, abs=1e-5 * cap)


def test_prices_are_those_of_the_closed_form_of_banking() -> None:
    """Rubin 1996: at the rate while the bank lasts, then the marginal cost of each year's cap."""
    cap = 90.0 - 2.0 * np.arange(62.0)
    state, classes, rules = line_market(np.maximum(cap, 10.0), rate=RATE, horizon=31)
    market = alone(classes, rules)
    first, cleared, _ = next(walk_national_market(state, 0, 0, market, NO_PRICE))
    np.testing.assert_allclose(cleared.price_path_cny_per_tco2[:25], CLOSED_FORM[:25], rtol=1e-6)
    np.testing.assert_allclose(cleared.price_path_cny_per_tco2[25:29], CLOSED_FORM[25:29], rtol=1e-3)
    assert cleared.binding_row == 24
    assert first.bank_tco2.sum() == pytest.approx(7.8096, abs=1e-4)
    banks = [s.bank_tco2.sum() for s, *_ in walk_national_market(state, 0, 29, market, NO_PRICE)]
    assert np.argmax(banks) == 8 and banks[8] == pytest.approx(34.3786, abs=1e-4)
    assert max(banks[24:]) < 1e-5


def test_the_price_does_not_depend_on_who_holds_what() -> None:
    """Neither on which vintage the bank is of, nor, where output brings none, on which class gets allowances."""
    rules = with_rules(data().rules, follows_output_share=0.0, auction_share=0.0, new_entrant_share=0.0)
    state = observed_until(2027)
    plain, _ = one_year(state, 2027, rules)
    old = state._replace(bank_tco2=state.bank_tco2[::-1].copy())
    assert one_year(old, 2027, rules)[0].price_cny_per_tco2 == pytest.approx(
        plain.price_cny_per_tco2, rel=1e-9
    )
    capped = with_rules(rules, method=CAP)
    shares = (np.full(7, 1.0 / 7.0), np.array([0.0, 0.5, 0.0, 0.5, 0.0, 0.0, 0.0]))
    found = [one_year(state._replace(cap_share=s), 2027, capped)[0].price_cny_per_tco2 for s in shares]
    assert found[0] == pytest.approx(found[1], rel=1e-9) and found[0] > 0.0
    following = with_rules(capped, follows_output_share=1.0)
    moved = [one_year(state._replace(cap_share=s), 2027, following)[0].price_cny_per_tco2 for s in shares]
    assert abs(moved[1] / moved[0] - 1.0) > 0.01, "by output it does"


def test_a_region_counts_with_what_it_needs_and_gets() -> None:
    """As its share it changes nothing; what it needs more, others have less of, and a cap holds all the same."""
    state, row = observed_until(2027), year_index(2027)
    market = alone(data().classes, data().rules)
    plain = expect_national_market(state, row, market)
    _, usual = book_national_market(state, row, market, plain)
    share = np.full(7, 0.05)
    like = NationalRegion(
        share, share * usual.allowances_tco2, share * usual.emissions_tco2, usual.emissions_tco2, 0.0
    )
    mirrored = expect_national_market(state, row, market._replace(region=like))
    np.testing.assert_allclose(mirrored.price_path_cny_per_tco2, plain.price_path_cny_per_tco2, rtol=1e-3)
    needy = like._replace(emissions=1.2 * like.emissions)
    dear = expect_national_market(state, row, market._replace(region=needy))
    assert dear.price_path_cny_per_tco2[0] > 1.02 * plain.price_path_cny_per_tco2[0]
    dirty = needy._replace(country=np.zeros(7), allowances=1.5 * needy.allowances)
    _, booked = book_national_market(state, row, market._replace(region=dirty), plain)
    is_capped = data().rules.allocation.method[row] == CAP
    given, more = (c.allowances_tco2 + c.auctioned_tco2 for c in (usual, booked))
    np.testing.assert_allclose(more[is_capped], given[is_capped], rtol=1e-12)
    assert (more[~is_capped] > given[~is_capped]).all()
    lost = usual.totals_tco2["banked"] - booked.totals_tco2["banked"]
    added = (more - given).sum() - (booked.emissions_tco2 - usual.emissions_tco2).sum()
    assert lost == pytest.approx(-added, rel=1e-9)


def test_a_tighter_cap_never_lowers_the_price() -> None:
    for rules, first in cases(60):
        state = opening_of(data(), first)
        tighter = with_rules(rules, cap=0.99 * rules.allocation.cap)
        loose, tight = (one_year(state, first, r)[0].price_cny_per_tco2 for r in (rules, tighter))
        assert tight >= loose - 1e-6


def test_a_cap_that_falls_one_point_faster_moves_the_price_by_a_tenth() -> None:
    years = np.maximum(DATA_YEARS - 2026, 0)
    faster = with_rules(data().rules, cap=data().rules.allocation.cap * (0.99**years))
    usual, moved = (prices(run(rules))[2035 - 2026] for rules in (data().rules, faster))
    assert moved > 1.1 * usual


def test_allocation_by_output_is_dearer_and_keeps_more_coal_than_a_fixed_base() -> None:
    cap = data().caps["slow"] * 0.99 ** np.maximum(DATA_YEARS - 2026, 0)
    base, output = (
        run(with_rules(data().rules, cap=cap, auction_share=0.0, follows_output_share=share))
        for share in (0.0, 1.0)
    )
    at = 2035 - 2026
    assert prices(output)[at] > 1.3 * prices(base)[at]
    coal = [years[at][1].output[:3].sum() for years in (base, output)]
    assert coal[1] > 1.02 * coal[0]


def test_a_floor_that_binds_withdraws_allowances() -> None:
    """First from the auction, then from next year's free part; what is withdrawn is in the reserve."""
    loose = with_rules(data().rules, cap=data().caps["slow"])
    floor = np.where(DATA_YEARS >= 2027, 300.0, 0.0)
    plain, floored = run(loose), run(with_rules(loose, floor=floor))
    assert (prices(floored)[1:] >= 300.0).all()
    assert prices(floored)[0] == pytest.approx(300.0 / 1.06), "nobody sells below what the floor is worth"
    withdrawn = sum(cleared.totals_tco2["withheld"] for _, cleared in floored)
    assert withdrawn > 1e9
    assert floored[-1][0].reserve_tco2 == pytest.approx(withdrawn, rel=1e-9)
    emitted = [sum(c.totals_tco2["emitted"] for _, c in years) for years in (plain, floored)]
    assert emitted[1] < emitted[0] - 1e9


def test_at_the_ceiling_the_reserve_is_released_before_anything_is_unmet() -> None:
    low = with_rules(data().rules, ceiling=20.0, cap=0.85 * data().rules.allocation.cap)
    state = observed_until(2027)._replace(reserve_tco2=3e8)
    short = []
    for year in range(2027, 2034):
        state, cleared = one_year(state, year, low)
        assert cleared.totals_tco2["short"] == 0.0 or state.reserve_tco2 < 1.0
        assert cleared.totals_tco2["made_up"] == (short[-1] if short else 0.0)
        short.append(cleared.totals_tco2["short"])
    assert state.price_cny_per_tco2 == 20.0 and short[-1] > 1e8


def test_where_no_price_fits_it_is_the_highest_and_the_rest_is_unmet() -> None:
    years = run(
        with_rules(data().rules, cap=np.where(DATA_YEARS >= 2030, 0.3, 1.0) * data().rules.allocation.cap)
    )
    assert prices(years)[-1] == data().rules.holders.highest_price
    assert years[-1][1].totals_tco2["short"] > 0.0 and years[-1][1].slack_tco2 < 0.0


@pytest.mark.parametrize(
    ("tnac", "share", "intake"),
    [
        (1_654_574_598, 0.16, 264_731_936),
        (1_654_909_824, 0.24, 397_178_358),
        (1_385_496_166, 0.24, 332_519_080),
        (1_578_798_910, 0.24, 378_911_738),
    ],
)
def test_the_reserve_takes_what_the_european_one_took(tnac, share, intake) -> None:
    """Decision (EU) 2015/1814; Commission, 15 May 2019. Between 833 and 1,096 Mt: what is above 833 Mt."""
    state = observed_until(2027)._replace(bank_tco2=np.array([tnac, 0, 0, 0, 0, 0], float), issued_tco2=1e9)
    reserve = {"reserve_upper_share": 0.833, "reserve_intake_share": share}
    _, cleared = one_year(state, 2027, with_rules(data().rules, **reserve))
    assert math.floor(cleared.totals_tco2["taken"] + 0.5) == intake
    between = state._replace(bank_tco2=np.array([9e8, 0, 0, 0, 0, 0]))
    _, cleared = one_year(between, 2027, with_rules(data().rules, **reserve))
    assert cleared.totals_tco2["taken"] == pytest.approx(9e8 - 833e6)


def test_the_reserve_releases_what_it_holds_and_cancels_what_it_may_not_keep() -> None:
    rules = with_rules(data().rules, reserve_lower_share=0.2, reserve_release_share=0.01)
    state = observed_until(2027)._replace(reserve_tco2=5e7)
    after, cleared = one_year(state, 2027, rules)
    assert cleared.totals_tco2["released"] == pytest.approx(min(5e7, 0.01 * state.issued_tco2))
    after, cleared = one_year(
        state._replace(reserve_tco2=1e9), 2027, with_rules(rules, reserve_keeps_share=0.01)
    )
    assert after.reserve_tco2 == pytest.approx(0.01 * after.issued_tco2)
    assert cleared.totals_tco2["cancelled"] > 7e8


def test_credits_lower_the_price_up_to_their_limit() -> None:
    state = observed_until(2027)
    few, many = (with_rules(data().rules, offset_slope=slope) for slope in (0.0, 1e9))
    (dear, _), (cheap, cleared) = (one_year(state, 2027, rules) for rules in (few, many))
    assert cheap.price_cny_per_tco2 < dear.price_cny_per_tco2 - 1.0
    _, cleared = one_year(state, 2027, with_rules(many, offset_stock=1e12))
    assert cleared.totals_tco2["offsets"] == pytest.approx(0.05 * cleared.totals_tco2["emitted"], rel=1e-12)


def test_old_allowances_expire_and_banks_stay_within_what_may_be_carried_over() -> None:
    state = observed_until(2027)._replace(bank_tco2=np.array([0, 0, 0, 2e10, 0, 0], float))
    _, cleared = one_year(
        state, 2027, with_rules(data().rules, expires_after_years=3, carry_over_limit=np.inf)
    )
    assert cleared.totals_tco2["expired"] > 1e10
    after, cleared = one_year(state, 2027, with_rules(data().rules, carry_over_limit=4e8))
    assert after.bank_tco2.sum() == pytest.approx(4e8) and cleared.totals_tco2["expired"] > 1e10
    full = with_rules(data().rules, carry_over_limit=np.inf)
    assert one_year(state, 2027, full)[1].totals_tco2["expired"] == 0.0


def test_a_reserve_that_takes_is_dear_at_first_and_never_adds_emissions() -> None:
    """Price of 2027-2030 and emissions of 2026-2040, against the same market without one."""
    takes = {"reserve_upper_share": 0.04, "reserve_intake_share": 0.24, "reserve_keeps_share": 0.0}
    plain, taken = run(data().rules), run(with_rules(data().rules, **takes))
    assert sum(cleared.totals_tco2["taken"] for _, cleared in taken) > 1e7
    assert (prices(taken)[1:5] > 1.01 * prices(plain)[1:5]).all()
    emitted = [np.array([c.totals_tco2["emitted"] for _, c in years]) for years in (plain, taken)]
    assert emitted[1].sum() < emitted[0].sum() and max(c.trials for _, c in taken) <= MOST_TRIALS


def test_expiry_lowers_a_bank_of_more_than_a_year() -> None:
    """A cap of 30 % from 2031 on lets holders bank more than they need in a year, and that ends."""
    cap = np.where(DATA_YEARS >= 2031, 0.3, 1.0) * data().rules.allocation.cap
    free = with_rules(data().rules, carry_over_limit=np.inf, cap=cap)
    kept, ended = (run(with_rules(free, expires_after_years=years), last=2034) for years in (0, 1))
    banks = [
        np.array([state.bank_tco2.sum() for state, _ in years])[2031 - 2026 :] for years in (kept, ended)
    ]
    assert (banks[1] < 0.5 * banks[0]).all()
    emitted = [sum(cleared.totals_tco2["emitted"] for _, cleared in years) for years in (kept, ended)]
    assert emitted[1] <= emitted[0]


def test_a_fine_bounds_the_price_and_ends_the_duty() -> None:
    fined = run(with_rules(data().rules, ceiling=90.0, penalty=90.0))
    assert prices(fined).max() == 90.0
    short = np.array([cleared.totals_tco2["short"] for _, cleared in fined])
    fines = np.array([cleared.fines_cny for _, cleared in fined])
    np.testing.assert_allclose(fines, 90.0 * short)
    assert short[-1] > 5e8 and not any(cleared.totals_tco2["made_up"] for _, cleared in fined)


def test_caps_that_nobody_has_announced_are_expected_to_fall() -> None:
    """An announcement moves the price in its year, not before."""
    surprise = np.where(DATA_YEARS >= 2032, 0.9, 1.0) * data().rules.allocation.cap
    known = np.where(DATA_YEARS >= 2032, year_index(2030), 0)
    usual, told = run(data().rules), run(with_rules(data().rules, cap=surprise, cap_known_from=known))
    early = run(with_rules(data().rules, cap=surprise))
    assert prices(told)[2030 - 2026] > 1.1 * prices(told)[2029 - 2026]
    assert prices(early)[2028 - 2026] > prices(told)[2028 - 2026]
    assert prices(told)[0] == pytest.approx(prices(usual)[0], rel=0.2)


def test_expected_prices_grow_as_within_the_horizon_then_stay() -> None:
    path = extend_price_path(100.0 * 1.04 ** np.arange(8), 30, 0.06)
    np.testing.assert_allclose(path[:15], 100.0 * 1.04 ** np.arange(15))
    assert (path[15:] == path[14]).all()
    assert extend_price_path(100.0 * 1.2 ** np.arange(8), 30, 0.06)[14] == pytest.approx(
        100 * 1.2**7 * 1.06**7
    )
    assert (extend_price_path(np.linspace(100, 50, 8), 20, 0.06)[7:] == 50.0).all()


def test_the_default_path_begins_at_the_observed_price_and_breaks_nowhere() -> None:
    years = walk(data(), data().caps["central"], 2021, 2060)
    observed = data().observed_price_cny_per_tco2[year_index(2026)]
    unseen, _ = one_year(observed_until(2026), 2026, data().rules)
    assert unseen.price_cny_per_tco2 == pytest.approx(observed, rel=0.02)
    path = np.array([cleared.price_cny_per_tco2 for *_, cleared in years])[2026 - 2021 :]
    steps = np.abs(np.diff(path))
    assert (steps <= np.maximum(0.25 * path[:-1], 15.0)).all()
    assert path[-1] < data().rules.holders.highest_price
    assert max(outlook.trials for _, outlook, _ in years) <= MOST_TRIALS


def test_the_fitted_fall_of_the_cap_is_that_of_the_table() -> None:
    row = load_region("chengyu").tables["national_market"].query("variable == 'expected_cap_fall'")
    assert fit_cap_fall(load_region("chengyu")) == pytest.approx(float(row["value"].iloc[0]), abs=2e-4)


@pytest.mark.parametrize(
    ("variable", "name", "item", "value", "message"),
    [
        ("cap_from_year", "steel", "", 2020, "cap_from_year of steel, 2020, must be after 2025"),
        ("vintage_share", "gas", "before_2015", 0.7, "vintage_share of gas sums to 1.25"),
        ("vintage_closes_to", "gas", "before_2015", 2020, "gas before_2015 closes from 2030 to 2020"),
        ("step_to", "cement", "clinker_capture", 100, "step_from of cement clinker_capture is not below"),
        ("step_share", "cement", "clinker_capture", 0.99, "step_share of cement sums to 1.08, above 1"),
        ("floor_price", "national", "", 2000, "floor_price is above highest_price, 1000"),
        ("reserve_lower_share", "national", "", 11, "reserve_lower_share is above reserve_upper_share"),
    ],
)
def test_a_wrong_figure_is_told_with_its_place(variable, name, item, value, message) -> None:
    tables = dict(load_region("two_provinces").tables)
    table = tables["national_market"].copy()
    is_row = (table["variable"] == variable) & (table["class"] == name) & (table["item"].fillna("") == item)
    assert is_row.any()
    table.loc[is_row, "value"] = value
    with pytest.raises(ValueError, match=message):
        read_national_market({**tables, "national_market": table})


def test_a_class_without_entry_has_no_cap_and_a_missing_row_is_named() -> None:
    tables = dict(load_region("two_provinces").tables)
    table = tables["national_market"]
    without = table[(table["class"] != "gas") | (table["variable"] != "benchmark_from_year")]
    with pytest.raises(ValueError, match="gas has a cap from 2030, but never joins before"):
        read_national_market({**tables, "national_market": without})
    without = table[(table["class"] != "gas") | (table["variable"] != "elasticity")]
    with pytest.raises(ValueError, match="no row elasticity gas"):
        read_national_market({**tables, "national_market": without})
