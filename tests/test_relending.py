"""Relending: what the central bank's money is worth over a loan, who passes it on, and what it forgoes."""

import numpy as np
import pytest

from tanlu.core.schedules import FinanceSchedule
from tanlu.finance import register
from tanlu.finance.credit import price_level
from tanlu.finance.relending import expected_relief, refinanced_part, relief
from tests import model_runs
from tests.model_runs import REGION, draws, record, scenario

FINANCE = REGION.finance
TABLE = FINANCE.lenders
RELENDING = {"kind": "relending", "from_year": 2026, "principal_share": 0.6}
YEARS = (2020, 2036)


def law(**change: object) -> FinanceSchedule:
    one = np.ones(2)
    facility = {"relending_share": 0.6 * one, "relending_rate": 0.0175 * one, "relending_years": 3.0 * one}
    return FinanceSchedule.neutral(REGION.axes)._replace(**facility | change)


def with_funding_cost(cost: float, passed_on: float = 1.0):
    changed = {"bank_funding_cost": cost, "relending_pass_through": passed_on}
    return FINANCE._replace(parameters=FINANCE.parameters | changed)


@pytest.mark.parametrize(("cost", "bp"), [(0.025, 15.75), (0.035, 36.75), (0.0175, 0.0), (0.01, 0.0)])
def test_the_facility_is_worth_16_bp_over_a_loan_at_the_packs_funding_cost(cost: float, bp: float) -> None:
    """45 bp in 3 of 15 years of a loan that is repaid in equal parts; 37 bp if banks pay 3.5 % elsewhere."""
    np.testing.assert_allclose(relief(with_funding_cost(cost), law()), bp / 1e4)
    np.testing.assert_allclose(relief(with_funding_cost(cost, 0.5), law()), 0.5 * bp / 1e4)


@pytest.mark.parametrize(("years", "of"), [(1, 15), (3, 15), (15, 15), (20, 15), (2, 3)])
def test_the_refinanced_part_is_that_of_the_interest_of_the_first_years(years: int, of: int) -> None:
    balance = np.arange(of, 0, -1)
    expected = balance[:years].sum() / balance.sum()
    assert refinanced_part(np.array(float(years)), float(of)) == pytest.approx(expected)


def test_borrowers_count_on_it_as_far_as_lenders_that_relend_hold_loans() -> None:
    cut, expected = relief(FINANCE, law()), expected_relief(FINANCE, law())
    assert TABLE.relends.any() and not TABLE.relends.all()
    share = TABLE.share[TABLE.relends].sum()
    assert np.all((expected > share * cut) & (expected < cut)), "who asks less also takes more of a loan"
    assert not expected_relief(FINANCE, FinanceSchedule.neutral(REGION.axes)).any()


def lived(last: int = YEARS[1], **policies):
    return model_runs.watch(scenario(policies, years=(YEARS[0], last)))


def test_only_new_green_loans_of_these_years_are_refinanced_and_by_national_banks_alone() -> None:
    book, _ = lived(cheap={**RELENDING, "until_year": 2031}).state.finance.all_books
    terms, purpose = book.terms, book.purpose
    relent = terms.relending_share > 0.0
    assert relent.sum() > 20
    assert np.all(terms.green[relent] & (purpose.kind[relent] == register.LOAN))
    assert set(purpose.year[relent]) <= set(range(2026, 2032))
    held = terms.holder_share[:, TABLE.relends].sum(axis=1)
    asked = terms.green & (purpose.kind == register.LOAN) & (purpose.decider != "") & (held > 0.0)
    asked &= (purpose.year >= 2026) & (purpose.year <= 2031)
    assert np.all(relent[asked]), "every one for a project of which a national bank holds a part"
    np.testing.assert_allclose(terms.relending_share[relent], 0.6 * held[relent])
    np.testing.assert_array_equal(terms.relending_until_year[relent], purpose.year[relent] + 2)


def test_forgone_interest_is_what_banks_save_in_the_years_of_relending() -> None:
    """Rebuilt from the register alone: a loan that has not begun to be repaid is refinanced whole."""
    model = lived(cheap=RELENDING)
    book, cost = model.state.finance.register, FINANCE.parameters["bank_funding_cost"]
    year = 2026  # the first in which anything is relent: only loans of the year
    new = (book.purpose.year == year) & (book.terms.relending_share > 0.0)
    principal = book.terms.principal_cny[new] / price_level(REGION, year)
    expected = float((principal * book.terms.relending_share[new]).sum())
    one = next(one for one in model.lived if one.year.signals.year == year)
    assert one.year.relent.cny.sum() == pytest.approx(expected)
    assert one.year.relent.interest_cny.sum() == pytest.approx(0.0175 * expected)
    rec = record(scenario({"cheap": RELENDING}, years=YEARS)).finance.central_bank
    np.testing.assert_allclose(rec.forgone_interest_cny, (cost - 0.0175) * rec.relent_cny)
    assert rec.relent_cny[:6].sum() == 0.0 and np.all(rec.relent_cny[6:].sum(axis=1) > 0.0)


def test_it_lowers_the_rates_of_green_loans_and_hurdles_by_what_it_is_worth() -> None:
    """In the first year, before other companies borrow for it."""
    plain, cheap = lived(2026), lived(2026, cheap=RELENDING)

    def rate_2026(model) -> float:
        book = model.state.finance.register
        new = (book.purpose.year == 2026) & book.terms.green & (book.purpose.kind == register.LOAN)
        new &= book.purpose.decider != ""  # what renews a bond is not refinanced
        weight = book.terms.principal_cny[new]
        return float((book.terms.coupon[new] * weight).sum() / weight.sum())

    cut = relief(FINANCE, law())[0]
    assert rate_2026(plain) - rate_2026(cheap) == pytest.approx(cut, rel=0.3)
    signals, heard = (of.lived[6].year.signals for of in (plain, cheap))
    granted = plain.state.finance.granted
    asked, eased = (plain.companies.borrowing_rates(of, granted) for of in (signals, heard))
    np.testing.assert_array_equal(asked[:, 0], eased[:, 0])
    gain = asked[:, 1] - eased[:, 1]
    expected = expected_relief(FINANCE, law())
    assert np.all((gain >= expected.min() - 1e-12) & (gain <= expected.max() + 1e-12))
    np.testing.assert_allclose(
        cheap.state.finance.granted.risk_premium, plain.state.finance.granted.risk_premium, atol=5e-4
    )  # of a rating it is the mean over who borrows, and one group more does for cheaper money: 3 bp after tax


@pytest.mark.slow
def test_more_relending_never_makes_less_green_lending() -> None:
    """In the mean of three draws; a facility for all of a loan at no interest, so that it shows."""
    shares = (0.0, 0.5, 1.0)
    blocks = [{"cheap": RELENDING | {"principal_share": s, "rate_percentage_points": 0.0}} for s in shares]
    blocks[0] = {}
    lent = [
        float(
            np.mean([one.finance.green.loans_cny[6:].sum() for one in draws(scenario(block, years=YEARS), 3)])
        )
        for block in blocks
    ]
    assert lent[0] <= lent[1] <= lent[2] and lent[2] > lent[0], lent
