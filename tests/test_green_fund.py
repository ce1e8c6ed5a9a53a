"""The green fund: carbon revenue that pays the same share of all low-carbon investment a year later."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.core.parties import COMPANIES, GREEN_FUND
from tanlu.decisions.funding import Choice
from tanlu.decisions.green_fund import fund_share, offer_grants
from tanlu.finance.companies import GREEN
from tanlu.investment.closed_by import Closed
from tanlu.investment.population import Appraisal
from tanlu.records.payments.year import cash_errors
from tanlu.region.power import BUILDABLE
from tanlu.state.state import GreenFundState
from tests.balances import RELATIVE
from tests.model_runs import REGION, Watched, differing, draws, run, scenario, watch
from tests.policy_blocks import tax

YEARS = (2020, 2036)
WIND = BUILDABLE.index("wind")
MOST = REGION.parameters["green_fund_grant_share"]
DRAWS = 3
SHORT = {2026: 0.12, 2031: 0.01}  # of revenue: owners hope for more than they get


def fund(share: object, **more: object) -> dict[str, dict[str, object]]:
    """Return a carbon price whose revenue feeds a fund."""
    use = {"kind": "revenue_use", "from_year": 2026, "green_fund_share": share, **more}
    return {**tax(100.0), "use": use}


@pytest.fixture(scope="module")
def short() -> Watched:
    """Return a run in which the fund never has enough for all who ask, and less and less."""
    return watch(scenario(fund(SHORT), years=YEARS))


# --- the share ---------------------------------------------------------------------------------------------------


def share_by_trial(money: float, most: float, costs: list[float], least: list[float]) -> float:
    """Return the highest share on a fine grid that pays all who start at it."""
    grid = [most * n / 4000 for n in range(4001)]
    spent = [g * sum(c for c, needed in zip(costs, least, strict=True) if g > needed) for g in grid]
    return max(g for g, paid in zip(grid, spent, strict=True) if paid <= money)


PROJECTS = st.lists(st.tuples(st.floats(1e6, 1e9), st.floats(-0.5, 0.5)), min_size=1, max_size=8)


@settings(max_examples=40)
@given(PROJECTS, st.floats(1e4, 1e9), st.floats(0.05, 0.9))
def test_the_share_is_what_the_money_allows(
    projects: list[tuple[float, float]], money: float, most: float
) -> None:
    costs, least = map(list, zip(*projects, strict=True))
    share = fund_share(money, most, np.array(costs), np.array(least))
    starts = np.array(least) < share
    assert 0.0 <= share <= most
    assert share * np.array(costs)[starts].sum() <= money * (1.0 + 1e-12)
    assert share >= share_by_trial(money, most, costs, least) - most / 2000


def test_an_empty_fund_grants_nothing_and_a_full_one_that_nobody_asks_the_most() -> None:
    costs, least = np.array([1e9, 1e9]), np.array([-0.1, 0.1])
    assert fund_share(0.0, 0.2, costs, least) == 0.0
    assert fund_share(1.0, 0.2, np.zeros(0), np.zeros(0)) == 0.2
    # One starts anyway; for both the money allows 0.09, at which the second would lose: the first has 0.1.
    assert fund_share(0.18e9, 0.2, costs, least) == pytest.approx(0.1)
    assert fund_share(0.3e9, 0.2, costs, least) == pytest.approx(0.15)


def test_who_is_granted_less_and_would_lose_waits() -> None:
    """Two counted on a fifth of 100; the money is 12 of 200, at which one would lose, so that the other has all."""
    npv, capex = np.array([[0.0, 5.0], [0.0, 15.0]]), np.array([[0.0, 80.0], [0.0, 80.0]])
    closed = Closed.by_any((2, 2))
    rate = np.full((2, 2), 0.06)
    appraisal = Appraisal(("keep", "build"), np.arange(2), npv, capex, rate, closed, np.full((2, 2), np.nan))
    none, one = np.zeros(2, np.int64), np.ones(2, np.int64)
    kind = SimpleNamespace(is_green=np.array([False, True]))
    choice = Choice(kind, appraisal, one, none, none, capex[:, 1], one, none == 1, one == 1, one, np.zeros(2))
    state = GreenFundState(np.array([12.0, 0.0]), np.full(2, 0.2))
    heard = SimpleNamespace(green_fund_share=state.share)
    offered = offer_grants(state, np.full(2, 0.2), heard, [choice], [choice], [one == 1])
    np.testing.assert_array_equal(offered.allowed[0], [False, True])
    np.testing.assert_allclose(offered.share, [0.12, 0.0])
    np.testing.assert_allclose(offered.grants_cny[0], [0.0, 12.0])
    np.testing.assert_allclose(offered.choices[0].capex_cny, [88.0, 88.0])


# --- a run -------------------------------------------------------------------------------------------------------


def test_money_of_a_year_is_granted_in_the_next_and_never_more(short: Watched) -> None:
    paid_out = 0.0
    balance = np.zeros(len(REGION.axes.provinces))
    for lived, one in zip(short.lived, short.records, strict=True):
        year, record = lived.year.invested.green_fund, one.carbon_market.green_fund
        np.testing.assert_array_equal(year.opening_cny, balance)
        assert np.all(record.paid_out_cny <= balance * (1.0 + 1e-12)) and np.all(record.balance_cny >= 0.0)
        expected = balance - record.paid_out_cny + record.paid_in_cny
        np.testing.assert_allclose(record.balance_cny, expected, rtol=1e-9, atol=1.0)
        revenue = one.public.sum_received("carbon_price") + one.public.sum_received("allowance_sales")
        due = np.interp(lived.year.signals.year, list(SHORT), list(SHORT.values())) * revenue
        due = due * (lived.year.signals.year >= min(SHORT))
        np.testing.assert_allclose(record.paid_in_cny, due, rtol=1e-9)
        balance, paid_out = record.balance_cny, paid_out + record.paid_out_cny.sum()
    assert paid_out > 10e9


def test_all_who_start_get_the_same_share_and_owners_count_on_last_years(short: Watched) -> None:
    before = np.zeros(len(REGION.axes.provinces))
    some = 0
    for lived, one in zip(short.lived, short.records, strict=True):
        np.testing.assert_array_equal(lived.year.signals.green_fund_share, before)
        share = lived.year.invested.green_fund.share
        assert np.all(share <= MOST)
        if lived.year.signals.year > 2026:  # power alone starts where nothing else does
            industry = one.industry.investment_cny + one.co2.investment_cny
            green = one.new_power.investment_cny[:, GREEN].sum(axis=1) + industry
            np.testing.assert_allclose(one.carbon_market.green_fund.paid_out_cny, share * green, rtol=1e-9)
            some += int((share > 0.0).sum())
        before = share
    assert some > 15
    assert np.ptp([lived.year.invested.green_fund.share[0] for lived in short.lived[8:]]) > 0.005


def test_flows_say_who_was_paid_and_new_units_stand_at_what_they_cost_their_owners(short: Watched) -> None:
    for flows, one in zip(short.tables.payments, short.records, strict=True):
        assert cash_errors(flows.payments, flows.cash_change_cny).max() < RELATIVE
        granted = sum(f.value_cny for f in flows.flows if f.item == "green_fund_grant")
        assert np.isclose(granted, one.carbon_market.green_fund.paid_out_cny.sum(), rtol=1e-12)
        assert {f.payee for f in flows.flows if f.payer == GREEN_FUND} <= {COMPANIES}
    plants, some = short.plants, 0
    for lived in short.lived[7:]:
        year = lived.year.signals.year
        for p, province in enumerate(REGION.axes.provinces):
            row = (
                plants.ids.index(name) if (name := f"wind_{province.lower()}_{year}") in plants.ids else None
            )
            if row is not None:
                invested = lived.year.invested
                borne = invested.power_cny[p, WIND] * (1.0 - invested.green_fund.share[p])
                assert np.isclose(plants.investment_cny[row], borne, rtol=1e-9)
                some += int(invested.green_fund.share[p] > 0.0)
    assert some > 5


def test_nothing_in_the_fund_changes_no_bit() -> None:
    """Neither a share of nothing, nor money that the law does not let it grant."""
    few = YEARS[0], 2030
    plain = run(scenario(tax(100.0), years=few))
    unfed = run(scenario(fund(0.0, green_fund_grant_share=0.5, per_head_share=1e-300), years=few))
    idle = run(scenario(fund(0.2, green_fund_grant_share=0.0), years=few))
    given = {"record.public.spent_cny", "record.balances.flows_error"}
    assert set(differing(plain, unfed)) <= given
    fed = {f"record.carbon_market.green_fund.{name}_cny" for name in ("paid_in", "balance")}
    assert fed <= set(differing(plain, idle)) <= fed | given


# --- laws --------------------------------------------------------------------------------------------------------


def low_carbon_bn_cny(share: float) -> float:
    policies = fund(share) if share else tax(100.0)
    runs = draws(scenario(policies, years=YEARS), DRAWS)
    power = [one.new_power.investment_cny[:, :, GREEN].sum() for one in runs]
    other = [one.industry.investment_cny.sum() + one.co2.investment_cny.sum() for one in runs]
    return float(np.mean(np.add(power, other))) / 1e9


@pytest.mark.slow
def test_a_larger_share_never_means_less_low_carbon_investment() -> None:
    invested = [low_carbon_bn_cny(share) for share in (0.0, 0.15, 1.0)]
    assert np.all(np.diff(invested) >= 0.0), invested
    assert invested[-1] > invested[0] + 20.0
