"""Credit of CO2 hubs: what they borrow for lines, how they pay it back, and what becomes of those that cannot."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.economics import rating_step
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender, appetite
from tanlu.finance.register import Dues, LoanPurpose, Register, Terms
from tanlu.region.pack import Region

CO2_LINE = "co2_line"  # in place of an option in the register


class LinePlan(NamedTuple):
    """A hub's part of new lines, for which it asks a loan."""

    hub: int
    hub_id: str
    province: int
    investment_cny: float
    ready_year: int
    assets_cny: float  # of the hub with it
    charge_cny: float  # a year that all its lines get for their capital, with it


class HubLoans(NamedTuple):
    """Loans and own money for new lines; axis H, CNY of the base year."""

    loan_cny: Floats
    own_cny: Floats  # by owners
    interest_cny: Floats  # of the first year, by owners too


class HubCash(NamedTuple):
    """Hubs before the year's debt is paid; axis H."""

    cash_cny: Floats
    failed: Booleans  # in a former year
    province: Integers  # that stands for each


class HubYear(NamedTuple):
    """Income of the hubs' lines in a year, and the limits of the law; axis H, CNY of the base year."""

    profit_cny: Floats  # charges and public support less operation and upkeep
    worth_cny: Floats  # of what the lines will bring
    rescue_budget_cny: Floats  # [P] that provinces have left


class HubSettlement(NamedTuple):
    """The hubs' payments of a year; axis H, CNY of the base year."""

    interest_cny: Floats
    repayment_cny: Floats
    injected_cny: Floats  # by owners, interest on what is not ready
    rescued_cny: Floats  # by provinces
    kept_running_cny: (
        Floats  # by provinces too, where what a failed hub's lines bring does not pay for their upkeep
    )
    recovered_cny: Floats  # by lenders, of what they had written off
    dividend_cny: Floats
    loss_cny: Floats  # of lenders
    failing: Booleans
    needed_cny: Floats  # what was missing, where a province paid it in or the hub failed
    worth_cny: Floats  # of what the lines will bring

    @classmethod
    def nothing(cls, hubs: int) -> "HubSettlement":
        """Return a year in which nothing is paid."""
        zero = np.zeros(hubs)
        return cls(zero, zero, zero, zero, zero, zero, zero, zero, zero > 0.0, zero, zero)


def borrow(
    book: Register, plans: list[LinePlan], lenders: list[Lender], region: Region, signals: Signals
) -> tuple[Register, HubLoans]:
    """Enter a loan for each hub's part of new lines.

    Contracts of shippers stand behind it, so that nobody refuses. Lenders share it by appetite; it is priced as of
    companies.
    """
    level, loans = price_level(region, signals.year), HubLoans(*np.zeros((3, len(region.co2.hubs.ids))))
    part = region.finance.parameters["project_debt_share"]
    for plan in plans:
        amount = part * plan.investment_cny
        share, coupon = _agree_terms(book, plan, amount, region, signals)
        book = register.enter_loans(
            book, *_draft_loan(plan, amount * level, share, coupon, region, signals.year)
        )
        loans.loan_cny[plan.hub], loans.own_cny[plan.hub] = amount, plan.investment_cny - amount
        loans.interest_cny[plan.hub] = coupon * amount
        for lender, holder_share in zip(lenders, share.tolist(), strict=True):
            lender.lent_cny += holder_share * amount
            lender.collect(holder_share * coupon * amount)
    book_hub_debts(lenders, book, level)
    return book, loans


def _agree_terms(
    book: Register, plan: LinePlan, amount_cny: float, region: Region, signals: Signals
) -> tuple[Floats, float]:
    """Compute lenders' shares of a loan [L] and its coupon."""
    finance, h = region.finance, len(region.co2.hubs.ids)
    table, f, level = finance.lenders, finance.parameters, price_level(region, signals.year)
    lends_there = (table.province < 0) | (table.province == plan.province)
    weight = appetite(table, table.spread, f["lender_price_sensitivity"]) * lends_there
    share = weight / weight.sum()
    prime = signals.prices.loan_prime_rate
    debt = float(register.debt_cny(book, h, level)[plan.hub]) + amount_cny
    step = rating_step(ebit_cny=[plan.charge_cny], interest_cny=[prime * debt], steps=finance.rating_steps)[0]
    risk = float(finance.rating_spreads[step]) + f["leverage_slope"] * debt / plan.assets_cny
    return share, prime + float((share * table.spread).sum()) + risk


def _draft_loan(
    plan: LinePlan, principal_cny: float, share: Floats, coupon: float, region: Region, year: int
) -> tuple[LoanPurpose, Terms]:
    zero, year_zero = np.zeros(1), np.zeros(1, np.int64)
    first = np.array([plan.ready_year])
    purpose = LoanPurpose(
        kind=np.array([register.LOAN]),
        year=np.array([year]),
        borrower=np.array([plan.hub]),
        province=np.array([plan.province]),
        decider=np.array([plan.hub_id], object),
        option=np.array([CO2_LINE], object),
    )
    terms = Terms(
        principal_cny=np.array([principal_cny]),
        coupon=np.array([coupon]),
        subsidy=zero,
        issue_grant_cny=zero,
        guarantee_share=zero,
        relending_share=zero,
        relending_rate=zero,
        relending_until_year=year_zero,
        risk_weight=np.ones(1),
        first_repayment_year=first,
        last_repayment_year=first + int(region.finance.parameters["loan_years"]) - 1,
        green=zero > 0.0,
        claimed_tco2_per_year=zero,
        carried_tco2_per_year=zero,
        holder_share=share[None, :],
    )
    return purpose, terms


def settle_debt(
    book: Register,
    hubs: HubCash,
    hub_year: HubYear,
    lenders: list[Lender],
    region: Region,
    year: int,
) -> tuple[Register, Floats, HubSettlement]:
    """Let hubs pay their lenders, be rescued or fail.

    See docs/model/failure.md.

    Args:
        book: the loans of all hubs.
        hubs: as they are.
        hub_year: income of the lines, and the limits of the law.
        lenders: all.
        region: the pack.
        year: of the run.

    Returns:
        the loans after it, what each hub has, and what was paid.
    """
    h, provinces, level = hubs.cash_cny.size, len(region.axes.provinces), price_level(region, year)
    loan_dues = register.compute_dues(book, year)
    due = register.sum_by_party(book.purpose, book.terms, loan_dues, h, provinces, level)
    injected = _interest_while_building(book, loan_dues, year, h) / level
    cash = hubs.cash_cny + hub_year.profit_cny + injected
    missing = np.maximum(due.interest_cny + due.repayment_cny - cash, 0.0)
    rescues = _pay_rescues(missing, hub_year, hubs.province)
    short = (missing > 0.0) & (rescues == 0.0)
    failing = short & (~hubs.failed | (register.debt_cny(book, h, level) > 0.0))
    past_losses = register.borne_loss_cny(book, h, level)
    payments = Dues(*(amount * ~short[book.purpose.borrower] for amount in loan_dues))
    settled = register.sum_by_party(book.purpose, book.terms, payments, h, provinces, level)
    book, last, losses = _fail(register.repay(book, payments), failing, np.maximum(cash, 0.0), lenders, level)
    service, upkeep = settled.interest_cny + settled.repayment_cny, np.maximum(-cash, 0.0) * short
    cash_after = cash + rescues + upkeep - service - last
    free = np.maximum(cash_after - service, 0.0)
    book, recoveries = _give_back(book, np.minimum(free, past_losses), lenders, level)
    _collect(lenders, settled.received_cny)
    book_hub_debts(lenders, book, level)
    asked_cny = missing * (failing | (rescues > 0.0))  # what a failed hub lacks for upkeep it asks of nobody
    flows = settled.interest_cny, settled.repayment_cny + last, injected, rescues, upkeep, recoveries
    return (
        book,
        cash_after - free,
        HubSettlement(*flows, free - recoveries, losses, failing, asked_cny, hub_year.worth_cny),
    )


def _interest_while_building(book: Register, loan_dues: Dues, year: int, hubs: int) -> Floats:
    """Sum interest due on lines that are not ready, nominal [H]."""
    building = book.terms.first_repayment_year > year
    return sum_by_group(book.purpose.borrower, loan_dues.interest_cny * building, hubs)


def _collect(lenders: list[Lender], received_cny: Floats) -> None:
    """Let lenders take the interest [L]."""
    for lender, interest in zip(lenders, received_cny.tolist(), strict=True):
        lender.collect(interest)


def _fail(
    book: Register, failing: Booleans, available_cny: Floats, lenders: list[Lender], level: float
) -> tuple[Register, Floats, Floats]:
    """Pay lenders the cash of failing hubs, and write off the rest.

    Returns:
        the loans, what is repaid and what lenders lose [H].
    """
    book, last_cny = _pay_out_cash(book, available_cny * failing, level)
    book, loss = register.write_off(book, failing.astype(np.float64))
    lender_loss_cny = register.sum_by_lender(book.terms, loss) / level
    for lender, amount in zip(lenders, lender_loss_cny.tolist(), strict=True):
        lender.lose(amount)
    return book, last_cny, sum_by_group(book.purpose.borrower, loss, failing.size) / level


def _give_back(
    book: Register, amount_cny: Floats, lenders: list[Lender], level: float
) -> tuple[Register, Floats]:
    """Repay lenders' losses on failed hubs, as far as these earn it [H]."""
    book, late_cny = register.recover_losses(book, amount_cny * level, amount_cny.size)
    by_lender_cny = register.sum_by_lender(book.terms, late_cny) / level
    for lender, amount in zip(lenders, by_lender_cny.tolist(), strict=True):
        lender.recover(amount)
    return book, amount_cny


def _pay_rescues(needed_cny: Floats, year: HubYear, province: Integers) -> Floats:
    """Pay rescues from provinces, CNY [H].

    They pay all that is missing where lines are worth more, while budgets last.
    """
    budget_left_cny, payments_cny = year.rescue_budget_cny.copy(), np.zeros(needed_cny.size)
    for hub in np.flatnonzero((needed_cny > 0.0) & (needed_cny < year.worth_cny)):
        if needed_cny[hub] <= budget_left_cny[province[hub]]:
            payments_cny[hub] = needed_cny[hub]
            budget_left_cny[province[hub]] -= needed_cny[hub]
    return payments_cny


def _pay_out_cash(book: Register, amount_cny: Floats, level: float) -> tuple[Register, Floats]:
    """Pay out a failing hub's cash on all its loans alike [H].

    It pays at most what it owes.
    """
    h = amount_cny.size
    debt = register.debt_cny(book, h, level)
    payment_cny = np.minimum(amount_cny, debt)
    share = np.divide(payment_cny, debt, out=np.zeros(h), where=payment_cny > 0.0)
    repayment_cny = book.balance_cny * share[book.purpose.borrower]
    zero = np.zeros(repayment_cny.size)
    return register.repay(book, Dues(zero, zero, repayment_cny, zero, zero)), payment_cny


def book_hub_debts(lenders: list[Lender], book: Register, level: float) -> None:
    """Book the debts of hubs with their lenders."""
    for lender, holding_cny in zip(lenders, register.holdings_cny(book, level).tolist(), strict=True):
        lender.outstanding_cny += holding_cny - lender.hubs_cny
        lender.risk_weighted_cny += holding_cny - lender.hubs_cny
        lender.hubs_cny = holding_cny
