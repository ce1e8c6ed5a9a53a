"""Credit of CO2 hubs: what they borrow for lines, how they pay it back, and what becomes of those that cannot."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.economics import rating_step
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender, appetite
from tanlu.finance.register import LoanPurpose, Register, Terms
from tanlu.kernels.finance.hubs import (
    HubBalances,
    HubLenders,
    HubLoanTerms,
    HubSettlement,
    HubYear,
    settle_hub_debts,
)
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
    risk = float(finance.loan_rating_spreads[step]) + finance.loan_leverage_slope * debt / plan.assets_cny
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
        guarantee_fee=zero,
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
    hubs: HubYear,
    rescue_budget_cny: Floats,
    lenders: list[Lender],
    region: Region,
    year: int,
) -> tuple[Register, HubSettlement]:
    """Let hubs pay their lenders, be rescued or fail.

    See docs/model/failure.md.

    Args:
        book: the loans of all hubs.
        hubs: as they are, with the income of the year.
        rescue_budget_cny: that provinces have left [P].
        lenders: all.
        region: the pack.
        year: of the run.

    Returns:
        the loans after it, and what was paid.
    """
    h, terms = hubs.cash_cny.size, book.terms
    loans = HubLoanTerms(
        book.purpose.borrower,
        terms.coupon,
        terms.subsidy,
        terms.guarantee_share,
        terms.first_repayment_year,
        terms.last_repayment_year,
        terms.holder_share,
    )
    balances = HubBalances(book.balance_cny.copy(), book.loss_cny.copy())
    settled = HubSettlement(*np.zeros((len(HubSettlement._fields), h)))
    settled = settled._replace(failing=np.zeros(h, dtype=bool))
    got = HubLenders(*np.zeros((len(HubLenders._fields), len(lenders))))
    level = price_level(region, year)
    settle_hub_debts(loans, balances, hubs, rescue_budget_cny.copy(), year, level, settled, got)
    amounts = got.received_cny.tolist(), got.loss_cny.tolist(), got.recovered_cny.tolist()
    for lender, received, loss, recovered in zip(lenders, *amounts, strict=True):
        lender.lose(loss)
        lender.recover(recovered)
        lender.collect(received)
    _owe(lenders, got.held_cny)
    return book._replace(balance_cny=balances.balance_cny, loss_cny=balances.loss_cny), settled


def book_hub_debts(lenders: list[Lender], book: Register, level: float) -> None:
    """Book the debts of hubs with their lenders."""
    _owe(lenders, register.holdings_cny(book, level))


def _owe(lenders: list[Lender], held_cny: Floats) -> None:
    """Set what hubs owe lenders [L]."""
    for lender, holding_cny in zip(lenders, held_cny.tolist(), strict=True):
        lender.outstanding_cny += holding_cny - lender.hubs_cny
        lender.risk_weighted_cny += holding_cny - lender.hubs_cny
        lender.hubs_cny = holding_cny
