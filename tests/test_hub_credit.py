"""Credit of CO2 hubs: what they borrow, who pays when shippers do not come, and what becomes of lines and lenders."""

import numpy as np
import pytest

from tanlu.finance import register
from tanlu.finance.credit import price_level
from tanlu.finance.hub_credit import CO2_LINE, LinePlan, borrow, settle_debt
from tanlu.kernels.finance.hubs import HubYear
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.run import Run
from tests import model_runs
from tests.model_runs import REGION, scenario, shipped, watch

H, YEAR, READY = len(REGION.co2.hubs.ids), 2026, 2029
SPENT = 1e9
NONE = np.zeros(H)


@pytest.fixture
def lent():
    """Return lenders, and the loan of the first hub for lines of 1 bn CNY."""
    model = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION))
    signals = model_runs.watch(scenario(years=(2020, 2021))).lived[0].year.signals._replace(year=YEAR)
    plan = LinePlan(
        0, REGION.co2.hubs.ids[0], int(REGION.co2.hubs.province[0]), SPENT, READY, SPENT, 0.1 * SPENT
    )
    book, loans = borrow(register.empty_register(len(model.lenders)), [plan], model.lenders, REGION, signals)
    return model.lenders, book, loans


def settled(lent, year, profit, *, cash=0.0, failed=False, worth=0.0, budget=np.inf):
    lenders, book, _ = lent
    of_first = np.eye(1, H)[0]
    failed_before = failed * of_first > 0.0
    province = REGION.co2.hubs.province
    hubs = HubYear(cash * of_first, failed_before, province, profit * of_first, worth * of_first)
    book, money = settle_debt(book, hubs, np.full(2, budget), lenders, REGION, year)
    return book, money.cash_cny, money


def test_a_hub_borrows_its_part_of_lines_and_its_owner_pays_the_rest(lent) -> None:
    lenders, book, loans = lent
    share, level = REGION.finance.parameters["project_debt_share"], price_level(REGION, YEAR)
    assert loans.loan_cny[0] == pytest.approx(share * SPENT) and not loans.loan_cny[1:].any()
    assert loans.loan_cny[0] + loans.own_cny[0] == pytest.approx(SPENT)
    assert book.terms.principal_cny[0] == pytest.approx(share * SPENT * level)
    assert book.purpose.option.tolist() == [CO2_LINE] and book.terms.first_repayment_year.tolist() == [READY]
    assert sum(lender.hubs_cny for lender in lenders) == pytest.approx(share * SPENT)
    assert sum(lender.lent_cny for lender in lenders) == pytest.approx(share * SPENT)
    assert 0.03 < book.terms.coupon[0] < 0.09
    away = (REGION.finance.lenders.province >= 0) & (
        REGION.finance.lenders.province != REGION.co2.hubs.province[0]
    )
    assert away.any() and not book.terms.holder_share[0, away].any(), "local banks lend at home"


def test_until_lines_are_ready_the_owner_pays_the_interest(lent) -> None:
    book, cash, money = settled(lent, 2027, 0.0)
    assert money.injected_cny[0] == pytest.approx(money.interest_cny[0]) and money.interest_cny[0] > 1e7
    assert not cash.any() and not money.needed_cny.any() and money.repayment_cny[0] == 0.0
    assert book.balance_cny[0] == lent[1].balance_cny[0]


def test_a_hub_that_earns_enough_pays_and_keeps_a_years_debt_service(lent) -> None:
    book, cash, money = settled(lent, READY, 0.5 * SPENT)
    due = money.interest_cny[0] + money.repayment_cny[0]
    assert cash[0] == pytest.approx(due) and money.dividend_cny[0] == pytest.approx(0.5 * SPENT - 2.0 * due)
    years = REGION.finance.parameters["loan_years"]
    assert book.balance_cny[0] == pytest.approx(lent[1].balance_cny[0] * (1.0 - 1.0 / years))


@pytest.mark.parametrize(
    ("worth", "budget", "rescued"), [(1.0, 1.0, True), (0.01, 1.0, False), (1.0, 0.0, False)]
)
def test_the_province_pays_in_where_lines_are_worth_more_and_its_budget_reaches(
    lent, worth: float, budget: float, rescued: bool
) -> None:
    before = lent[1].balance_cny[0] / price_level(REGION, READY)
    book, cash, money = settled(lent, READY, 0.02 * SPENT, worth=worth * SPENT, budget=budget * SPENT)
    assert money.needed_cny[0] > 0.0 and bool(money.failing[0]) is not rescued
    if rescued:
        due = money.interest_cny[0] + money.repayment_cny[0]
        assert money.rescued_cny[0] == pytest.approx(due - 0.02 * SPENT)
        assert money.loss_cny[0] == 0.0 and cash[0] == pytest.approx(0.0, abs=1.0)
        return
    assert book.balance_cny[0] == 0.0 and money.interest_cny[0] == 0.0
    assert money.repayment_cny[0] == pytest.approx(0.02 * SPENT), "what cash there is goes to lenders"
    assert money.loss_cny[0] == pytest.approx(before - 0.02 * SPENT)
    assert sum(lender.loss_cny for lender in lent[0]) == pytest.approx(money.loss_cny[0])


def test_lines_of_a_failed_hub_run_on_for_its_lenders_and_then_for_its_owner(lent) -> None:
    lenders, _, _ = lent
    book, _, money = settled(lent, READY, 0.0)
    lost = money.loss_cny[0]
    _, cash, later = settled((lenders, book, None), READY + 1, 2.0 * lost, failed=True)
    level = price_level(REGION, READY) / price_level(REGION, READY + 1)
    assert later.recovered_cny[0] == pytest.approx(lost * level) and not later.failing.any()
    assert later.dividend_cny[0] == pytest.approx(2.0 * lost - later.recovered_cny[0]) and cash[0] == 0.0
    _, _, short = settled((lenders, book, None), READY + 1, -1e7, failed=True)
    assert short.kept_running_cny[0] == pytest.approx(1e7), (
        "somebody uses them: the province pays what is missing"
    )
    assert not short.failing.any(), "it fails once for what it owes"


# --- in a run ----------------------------------------------------------------------------------------------------


def test_hubs_stand_in_the_tables_of_borrowers_and_fail_in_a_run() -> None:
    model = watch(shipped("ccus_push"))
    book, level = model.state.finance.hubs, price_level(REGION, model.year)
    assert book.balance_cny.size > 5
    np.testing.assert_allclose(
        [hub.debt_cny for hub in model.hubs], register.debt_cny(book, H, level), rtol=1e-9, atol=1.0
    )
    held = register.holdings_cny(book, level)
    np.testing.assert_allclose([lender.hubs_cny for lender in model.lenders], held, rtol=1e-9, atol=1.0)
    failed: set[tuple[int, int]] = set()
    for lived in model.lived:
        year, money = lived.year.signals.year, lived.year.finance.hubs.money
        failed |= {(year, int(hub)) for hub in np.flatnonzero(money.failing)}
        paid = lived.year.invested.hubs
        spent = paid.borrowed.loan_cny.sum() + paid.borrowed.own_cny.sum()
        assert spent == pytest.approx(paid.investment_cny.sum())
    assert failed
    run = Run(np.arange(2020, model.year + 1), [], model.tables, model.ledger, model.agents_by_kind, {})
    companies, loans = run.companies(), run.loans()
    ids = np.array(REGION.co2.hubs.ids)
    rows = np.isin(np.asarray(companies["decider"].astype(str)), ids)
    assert rows.sum() == H * len(model.lived)
    told = (
        companies["year"][rows],
        np.asarray(companies["decider"].astype(str))[rows],
        companies["exits"][rows],
    )
    named = {(year, ids[hub]) for year, hub in failed}
    assert {(int(year), name) for year, name, exit in zip(*told, strict=True) if exit} == named
    borrowers = np.asarray(loans["borrower"].astype(str))
    assert set(borrowers[np.asarray(loans["option"].astype(str)) == CO2_LINE]) <= set(ids)
