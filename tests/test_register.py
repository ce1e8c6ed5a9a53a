"""The register of loans: one source of interest, repayment, subsidy and loss, on terms that are fixed when granted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.finance import register
from tanlu.finance.credit import list_prices, opening_register, price_level
from tanlu.finance.lenders import appetite
from tanlu.kernels.register import LoanColumns, sum_by_holder, sum_debts
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, scenario

PARAMETERS = REGION.finance.parameters
LENDERS = REGION.finance.lenders
SHARES = np.array([0.6, 0.4])


def loans(principal, coupon=0.05, subsidy=0.01, *, year=2030, first=2032, years=4, guarantee=0.0):
    n = len(principal)
    purpose = register.LoanPurpose(
        kind=np.full(n, register.LOAN),
        year=np.full(n, year),
        borrower=np.arange(n) % 3,
        province=np.arange(n) % 2,
        decider=np.full(n, "unit", object),
        option=np.full(n, "build", object),
    )
    terms = register.Terms(
        principal_cny=np.array(principal, float),
        coupon=np.full(n, coupon),
        subsidy=np.full(n, subsidy),
        issue_grant_cny=np.zeros(n),
        guarantee_share=np.full(n, guarantee),
        guarantee_fee=np.zeros(n),
        relending_share=np.full(n, 0.6),
        relending_rate=np.full(n, 0.0175),
        relending_until_year=np.full(n, year + 2),
        risk_weight=np.ones(n),
        first_repayment_year=np.full(n, first),
        last_repayment_year=np.full(n, first + years - 1),
        green=np.ones(n, dtype=bool),
        claimed_tco2_per_year=np.zeros(n),
        carried_tco2_per_year=np.zeros(n),
        holder_share=np.tile(SHARES, (n, 1)),
    )
    return purpose, terms


@pytest.mark.parametrize("count", [0, 1, 9, 300])
def test_loans_are_added_up_by_holder_as_whole_arrays_are(count: int) -> None:
    random = np.random.default_rng(count)
    amount, share = random.normal(0.0, 1e9, count), random.random((count, 6))
    np.testing.assert_array_equal(sum_by_holder(amount, share), (amount[:, None] * share).sum(axis=0))


@pytest.mark.parametrize("count", [0, 1, 9, 300])
def test_what_is_owed_is_added_up_as_whole_arrays_are(count: int) -> None:
    random, at = np.random.default_rng(count), np.arange(count) * 7 % 5
    balance, coupon, subsidy, weight, fee = random.random((5, count)) * [[1e9], [0.06], [0.02], [1.5], [0.01]]
    loans = LoanColumns(at, balance, coupon, subsidy, fee, weight, random.random((count, 6)))
    expected = (
        np.bincount(at, balance, 5),
        np.bincount(at, balance * (coupon - subsidy + fee), 5),
        (balance[:, None] * loans.holder_share).sum(axis=0),
        ((balance * weight)[:, None] * loans.holder_share).sum(axis=0),
    )
    for found, sums in zip(sum_debts(loans, 5), expected, strict=True):
        np.testing.assert_array_equal(found, sums)


def test_a_loss_that_is_got_back_in_full_leaves_nothing_and_never_less() -> None:
    purpose, terms = loans(np.random.default_rng(1).random(300) * 1e9)
    book, lost = register.write_off(
        register.enter_loans(register.empty_register(2), purpose, terms), np.ones(3)
    )
    for level in 1.0 + np.arange(100) / 37:  # to money of the base year and back
        after, back = register.recover_losses(book, register.borne_loss_cny(book, 3, level) * level, 3)
        np.testing.assert_allclose(back, lost, rtol=1e-12)
        assert (after.loss_cny >= 0.0).all()


def test_a_loan_bears_interest_from_its_first_year_and_is_repaid_in_equal_parts_after_its_grace() -> None:
    purpose, terms = loans([120.0])
    book = register.enter_loans(register.empty_register(2), purpose, terms)
    assert register.first_interest(terms).interest_cny.tolist() == [pytest.approx(6.0)]
    seen = []
    for year in range(2031, 2038):
        paid = register.compute_dues(book, year)
        book = register.repay(book, paid)
        seen.append((paid.interest_cny[0], paid.subsidy_cny[0], paid.repayment_cny[0], book.balance_cny[0]))
    balance = [120.0, 120.0, 90.0, 60.0, 30.0, 0.0, 0.0]
    repaid = [0.0, 30.0, 30.0, 30.0, 30.0, 0.0, 0.0]
    left = [120.0, 90.0, 60.0, 30.0, 0.0, 0.0, 0.0]
    expected = [(0.05 * b, 0.01 * b, r, x) for b, r, x in zip(balance, repaid, left, strict=True)]
    np.testing.assert_allclose(seen, expected, atol=1e-12)


def test_parties_pay_and_get_what_is_due_in_money_of_the_base_year() -> None:
    purpose, terms = loans([100.0, 200.0, 50.0, 10.0])
    book = register.enter_loans(register.empty_register(2), purpose, terms)
    due = register.sum_by_party(purpose, terms, register.compute_dues(book, 2032), 3, 2, price_level=1.25)
    np.testing.assert_allclose(due.interest_cny, 0.04 * np.array([110.0, 200.0, 50.0]) / 1.25)
    np.testing.assert_allclose(due.repayment_cny, np.array([27.5, 50.0, 12.5]) / 1.25)
    np.testing.assert_allclose(due.subsidy_cny, 0.01 * np.array([150.0, 210.0]) / 1.25)
    np.testing.assert_allclose(due.received_cny, 0.05 * 360.0 * SHARES / 1.25)
    np.testing.assert_allclose(due.repaid_cny, 90.0 * SHARES / 1.25)
    assert due.interest_cny.sum() + due.subsidy_cny.sum() == pytest.approx(due.received_cny.sum())


def test_a_loss_takes_a_share_of_each_loan_of_who_fails() -> None:
    purpose, terms = loans([100.0, 200.0, 50.0, 10.0])
    book = register.enter_loans(register.empty_register(2), purpose, terms)
    left, loss = register.write_off(book, np.array([0.5, 0.0, 1.0]))
    assert loss.tolist() == [50.0, 0.0, 50.0, 5.0] and left.loss_cny.tolist() == loss.tolist()
    assert left.balance_cny.tolist() == [50.0, 200.0, 0.0, 5.0]
    np.testing.assert_allclose(register.debt_cny(left, 3, 2.0), [27.5, 100.0, 0.0])
    np.testing.assert_allclose(register.holdings_cny(left, 2.0), 127.5 * SHARES)
    rate = register.compute_debts(left, 3, 2.0).rate
    np.testing.assert_allclose(rate[:2], 0.04)
    assert np.isnan(rate[2])


def test_a_register_of_a_former_year_never_sees_what_is_entered_later() -> None:
    """Both share memory; two registers that follow the same one do not meet."""
    first = register.enter_loans(register.empty_register(2), *loans([10.0, 20.0]))
    before = [column.copy() for column in (*first.purpose, *first.terms)]
    second = register.enter_loans(first, *loans([30.0], year=2031))
    third = register.enter_loans(second, *loans([60.0], year=2033))
    other = register.enter_loans(first, *loans([40.0, 50.0], year=2032))
    assert np.shares_memory(second.terms.coupon, third.terms.coupon), "nothing is copied"
    assert not np.shares_memory(other.terms.coupon, third.terms.coupon)
    assert third.terms.principal_cny.tolist() == [10.0, 20.0, 30.0, 60.0]
    assert other.purpose.year.tolist() == [2030, 2030, 2032, 2032]
    for old, now in zip(before, (*first.purpose, *first.terms), strict=True):
        np.testing.assert_array_equal(old, now)
    with pytest.raises(TypeError):
        register.enter_loans(third, *loans([1.0], first=2032.5))


def test_opening_debt_is_the_companies_by_the_lenders_shares_and_falls_due_over_the_years_of_a_loan() -> None:
    debt = np.linspace(0.0, 9e9, len(REGION.finance.owners.ids))
    book = opening_register(REGION, debt)
    np.testing.assert_allclose(register.debt_cny(book, debt.size, 1.0), debt)
    np.testing.assert_allclose(register.holdings_cny(book, 1.0), debt.sum() * LENDERS.share)
    years = int(PARAMETERS["loan_years"])
    for k in range(years):
        paid = register.compute_dues(book, REGION.base_year + k)
        assert paid.repayment_cny.sum() == pytest.approx(debt.sum() / years)
        book = register.repay(book, paid)
    assert np.abs(book.balance_cny).max() < 1.0


def test_list_prices_reproduce_the_shares_and_who_cuts_its_price_gains() -> None:
    bp = PARAMETERS["lender_price_sensitivity"]
    weight, local = appetite(LENDERS, LENDERS.spread, bp), LENDERS.province >= 0
    np.testing.assert_allclose(weight[~local], LENDERS.share[~local])
    assert local.sum() == 2
    np.testing.assert_allclose(weight[local], LENDERS.share[local].sum()), "each alone in its own province"
    assert LENDERS.share.sum() == pytest.approx(1.0) and (LENDERS.share == 0.0).sum() == 1
    cut = LENDERS.spread.copy()
    cut[1] -= bp
    gained = appetite(LENDERS, cut, bp)
    assert gained[1] / weight[1] == pytest.approx(np.e, rel=1e-12)
    np.testing.assert_allclose(np.delete(gained, 1), np.delete(weight, 1))
    asked = list_prices(REGION)
    np.testing.assert_allclose(asked.lender_spread, (LENDERS.share * LENDERS.spread).sum())


def test_prices_rise_with_inflation_from_the_base_year() -> None:
    assert price_level(REGION, REGION.base_year) == 1.0
    expected = (1.0 + PARAMETERS["inflation"]) ** 10
    assert price_level(REGION, REGION.base_year + 10) == pytest.approx(expected, rel=1e-12)


# --- in the run --------------------------------------------------------------------------------------------------

GREEN_MONEY = {
    "kind": "green_bond_incentive",
    "papers": ["bonds", "loans"],
    "renewals": True,
    "interest_subsidy_percentage_points": 1.5,
}


def lived(policies, last: int):
    """Yield the model at the end of each year."""
    model = RegionModel(Inputs(scenario(policies, years=(2020, last)), REGION))
    while model.year < last:
        model.step()
        yield model


@settings(max_examples=4, deadline=None)
@given(
    points=st.floats(0.0, 3.0),
    share=st.floats(0.0, 1.0),
    start=st.integers(2026, 2032),
    price=st.floats(0.0, 600.0),
)
def test_terms_never_change_after_they_are_agreed(points, share, start, price) -> None:
    policies = {
        "green": {
            "kind": "green_bond_incentive",
            "papers": ["bonds", "loans"],
            "renewals": True,
            "from_year": start,
            "interest_subsidy_percentage_points": {start: points + 0.1, start + 3: 0.1},
            "guarantee_share": {start: share, start + 2: 0.0},
        },
        "tax": {"kind": "carbon_price", "from_year": 2027, "price_cny_per_tco2": price},
    }
    before = None
    for model in lived(policies, 2034):
        book, _ = model.state.finance.all_books
        if before is not None:
            n = before.balance_cny.size
            for old, new in zip((*before.terms, *before.purpose), (*book.terms, *book.purpose), strict=True):
                np.testing.assert_array_equal(old, new[:n])
            assert (book.balance_cny[:n] <= before.balance_cny).all()
        before = book
    assert before.balance_cny.size > 500 and before.terms.subsidy.max() > 0.0


def test_company_debt_and_lenders_assets_are_sums_over_the_register() -> None:
    for model in lived({}, 2045):
        book, level = model.state.finance.register, price_level(REGION, model.year)
        owed = register.debt_cny(book, len(model.companies), level)
        np.testing.assert_allclose(model.companies.debt_cny, owed, rtol=1e-9)
        held = [lender.outstanding_cny for lender in model.lenders]
        every = sum(register.holdings_cny(one, level) for one in model.state.finance.books)
        np.testing.assert_allclose(held, every, rtol=1e-9)
        public = model.state.finance.public.balance_cny.sum() / level
        assert owed.sum() + public == pytest.approx(sum(held), rel=1e-9)
        assert (book.balance_cny >= -1e-3).all()


def test_a_repaid_loan_is_kept_apart_and_nothing_that_is_asked_of_the_register_changes() -> None:
    purpose, terms = loans([100.0, 200.0, 50.0, 10.0], years=1)
    purpose = purpose._replace(kind=np.array([register.BOND, register.LOAN, register.LOAN, register.LOAN]))
    book = register.enter_loans(register.empty_register(2), purpose, terms)
    book = register.repay(book, register.compute_dues(book, 2032))
    book = book._replace(balance_cny=np.array([0.0, 0.0, 7.0, 0.0]), loss_cny=np.array([0.0, 0.0, 0.0, 3.0]))
    assert register.split_off_repaid(book, 2032)[1].number.size == 0, "it is the year in which they are due"
    book = register.enter_loans(book, *loans([40.0], year=2033))
    asked, repaid = register.split_off_repaid(book, 2033)
    assert repaid.number.tolist() == [0, 1] and asked.number.tolist() == [2, 3, 4]
    assert register.split_off_repaid(asked._replace(balance_cny=np.zeros(3)), 2034)[0].number.tolist() == [
        3,
        4,
    ]
    later = register.enter_loans(asked, *loans([60.0], year=2034))
    together = register.join_parts((repaid, later))
    expected = register.enter_loans(book, *loans([60.0], year=2034))
    assert together.next_number == later.next_number == 6
    for old, new in zip(
        (*expected.purpose, *expected.terms), (*together.purpose, *together.terms), strict=True
    ):
        np.testing.assert_array_equal(old, new)
    for old, new in zip(expected[2:5], together[2:5], strict=True):
        np.testing.assert_array_equal(old, new)
    for of in (register.compute_dues(asked, 2034), register.compute_dues(book, 2034)):
        assert of.interest_cny.sum() == pytest.approx(0.05 * 47.0)


def test_loans_that_are_repaid_do_not_stay_among_those_of_the_year() -> None:
    *_, model = lived({}, 2060)
    book, every = model.state.finance.register, model.state.finance.all_books[0]
    np.testing.assert_array_equal(every.number, np.arange(every.next_number))
    assert every.next_number > 2 * book.number.size
    gone = np.ones(every.next_number, dtype=bool)
    gone[book.number] = False
    assert gone.sum() > 1000 and not every.balance_cny[gone].any() and not every.loss_cny[gone].any()
    assert every.terms.last_repayment_year[gone].max() < 2060


def test_every_bank_lends_in_every_decade_and_keeps_its_share_until_2030() -> None:
    *_, model = lived({}, 2060)
    (purpose, terms, *_), _ = model.state.finance.all_books
    for decade in range(2020, 2060, 10):
        rows = (purpose.year >= decade) & (purpose.year < decade + 10)
        lent = (terms.principal_cny[rows, None] * terms.holder_share[rows]).sum(axis=0)
        assert (lent[LENDERS.share > 0.0] > 0.0).all(), decade
    rows = (purpose.year >= 2025) & (purpose.year <= 2030) & (purpose.kind != register.BOND)
    lent = (terms.principal_cny[rows, None] * terms.holder_share[rows]).sum(axis=0)
    local = LENDERS.province >= 0
    share = lent / lent.sum()
    np.testing.assert_allclose(share[~local], LENDERS.share[~local], atol=0.03)
    assert share[local].sum() == pytest.approx(LENDERS.share[local].sum(), abs=0.03)


def test_a_subsidy_is_paid_on_the_loans_it_was_promised_until_they_are_repaid() -> None:
    block = GREEN_MONEY | {"from_year": 2026, "until_year": 2030}
    paid = {}
    for model in lived({"green": block}, 2052):
        paid[model.year] = model.records[-1].public.sum_spent("interest_subsidy").sum()
        if model.year == 2026:
            purpose, terms, *_ = model.state.finance.register
            new = (purpose.year == 2026) & terms.green & (purpose.decider != "")
            assert new.sum() > 10
            assert (terms.subsidy[new] <= 0.015 + 1e-12).all()
            subsidised = (terms.principal_cny * terms.subsidy)[new].sum() / price_level(REGION, 2026)
            assert paid[2026] == pytest.approx(subsidised, rel=1e-9)
    assert paid[2025] == 0.0 < paid[2026]
    assert all(paid[year] > 0.0 for year in range(2031, 2045)), (
        "promised money is paid after the law has ended"
    )
    assert paid[2031] > 0.5 * paid[2030]
    assert paid[2052] == 0.0


def test_the_subsidy_of_a_late_start_is_that_of_its_own_loans() -> None:
    """What green debt was before the law has no part in it."""
    *_, model = lived({"green": GREEN_MONEY | {"from_year": 2040}}, 2040)
    purpose, terms, *_ = model.state.finance.register
    named = purpose.decider.astype(str)
    # Built as need be or as planned, whatever is paid.
    is_listed = np.char.startswith(named, "waste_") | np.char.startswith(named, "hydro_")
    new = (purpose.year == 2040) & terms.green & (purpose.decider != "") & ~is_listed
    labelled = terms.principal_cny[new].sum() / price_level(REGION, 2040)
    paid = model.records[-1].public.sum_spent("interest_subsidy").sum()
    assert labelled > 1e9
    assert paid == pytest.approx(0.015 * labelled, rel=1e-3)
