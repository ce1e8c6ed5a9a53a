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
    """What hubs paid new lines with; axis H, CNY of the base year."""

    loan_cny: Floats
    own_cny: Floats  # by owners
    interest_cny: Floats  # of the first year, by owners too


class HubCash(NamedTuple):
    """What hubs are before the year's debt is paid; axis H."""

    cash_cny: Floats
    failed: Booleans  # in a former year
    province: Integers  # that stands for each


class HubYear(NamedTuple):
    """What the hubs' lines brought in a year, and what the law allows for them; axis H, CNY of the base year."""

    profit_cny: Floats  # charges and public support less operation and upkeep
    worth_cny: Floats  # of what the lines will bring
    rescue_budget_cny: Floats  # [P] that provinces have left


class HubMoney(NamedTuple):
    """How the year's money came to the hubs and left them; axis H, CNY of the base year."""

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
    def nothing(cls, hubs: int) -> "HubMoney":
        """Return a year in which nothing is paid."""
        none = np.zeros(hubs)
        return cls(none, none, none, none, none, none, none, none, none > 0.0, none, none)


def borrow(
    book: Register, plans: list[LinePlan], lenders: list[Lender], region: Region, signals: Signals
) -> tuple[Register, HubLoans]:
    """Enter a loan for each hub's part of new lines; contracts of shippers stand behind it, so that nobody refuses.

    Lenders share it by appetite; it is priced as of companies.
    """
    level, loans = price_level(region, signals.year), HubLoans(*np.zeros((3, len(region.co2.hubs.ids))))
    part = region.finance.parameters["project_debt_share"]
    for plan in plans:
        amount = part * plan.investment_cny
        share, coupon = _terms(book, plan, amount, region, signals)
        book = register.entered(book, *_loan(plan, amount * level, share, coupon, region, signals.year))
        loans.loan_cny[plan.hub], loans.own_cny[plan.hub] = amount, plan.investment_cny - amount
        loans.interest_cny[plan.hub] = coupon * amount
        for lender, held in zip(lenders, share.tolist(), strict=True):
            lender.lent_cny += held * amount
            lender.collect(held * coupon * amount)
    owe(lenders, book, level)
    return book, loans


def _terms(
    book: Register, plan: LinePlan, amount_cny: float, region: Region, signals: Signals
) -> tuple[Floats, float]:
    """Return by which part each lender takes a loan [L], and its coupon."""
    finance, h = region.finance, len(region.co2.hubs.ids)
    table, f, level = finance.lenders, finance.parameters, price_level(region, signals.year)
    there = (table.province < 0) | (table.province == plan.province)
    weight = appetite(table, table.spread, f["lender_price_sensitivity"]) * there
    share = weight / weight.sum()
    prime = signals.prices.loan_prime_rate
    debt = float(register.debt_cny(book, h, level)[plan.hub]) + amount_cny
    step = rating_step(ebit_cny=[plan.charge_cny], interest_cny=[prime * debt], steps=finance.rating_steps)[0]
    risk = float(finance.rating_spreads[step]) + f["leverage_slope"] * debt / plan.assets_cny
    return share, prime + float((share * table.spread).sum()) + risk


def _loan(
    plan: LinePlan, principal_cny: float, share: Floats, coupon: float, region: Region, year: int
) -> tuple[LoanPurpose, Terms]:
    none, never = np.zeros(1), np.zeros(1, np.int64)
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
        subsidy=none,
        guarantee_share=none,
        relending_share=none,
        relending_rate=none,
        relending_until_year=never,
        risk_weight=np.ones(1),
        first_repayment_year=first,
        last_repayment_year=first + int(region.finance.parameters["loan_years"]) - 1,
        green=none > 0.0,
        claimed_tco2_per_year=none,
        carried_tco2_per_year=none,
        holder_share=share[None, :],
    )
    return purpose, terms


def settle_debt(
    book: Register,
    hubs: HubCash,
    year: HubYear,
    lenders: list[Lender],
    region: Region,
    now: int,
) -> tuple[Register, Floats, HubMoney]:
    """Let hubs pay their lenders, be rescued or fail (docs/model/failure.md).

    Args:
        book: the loans of all hubs.
        hubs: as they are.
        year: what lines brought.
        lenders: all.
        region: the pack.
        now: the year.

    Returns:
        the loans after it, what each hub has, and what was paid.
    """
    h, level = hubs.cash_cny.size, price_level(region, now)
    asked = register.dues(book, now)
    due = register.by_party(book.purpose, book.terms, asked, h, level)
    injected = _interest_while_building(book, asked, now, h) / level
    has = hubs.cash_cny + year.profit_cny + injected
    needed = np.maximum(due.interest_cny + due.repayment_cny - has, 0.0)
    rescued = _rescued(needed, year, hubs.province)
    short = (needed > 0.0) & (rescued == 0.0)
    failing = short & (~hubs.failed | (register.debt_cny(book, h, level) > 0.0))
    lost_before = register.borne_loss_cny(book, h, level)
    paid = Dues(*(amount * ~short[book.purpose.borrower] for amount in asked))
    settled = register.by_party(book.purpose, book.terms, paid, h, level)
    book, last, lost = _fail(register.repaid(book, paid), failing, np.maximum(has, 0.0), lenders, level)
    service, kept = settled.interest_cny + settled.repayment_cny, np.maximum(-has, 0.0) * short
    after = has + rescued + kept - service - last
    free = np.maximum(after - service, 0.0)
    book, recovered = _give_back(book, np.minimum(free, lost_before), lenders, level)
    _collect(lenders, settled.received_cny)
    owe(lenders, book, level)
    asked_cny = needed * (failing | (rescued > 0.0))  # what a failed hub lacks for upkeep it asks of nobody
    moved = settled.interest_cny, settled.repayment_cny + last, injected, rescued, kept, recovered
    return book, after - free, HubMoney(*moved, free - recovered, lost, failing, asked_cny, year.worth_cny)


def _interest_while_building(book: Register, asked: Dues, now: int, hubs: int) -> Floats:
    """Return what is due as interest on lines that are not ready, nominal [H]."""
    building = book.terms.first_repayment_year > now
    return sum_by_group(book.purpose.borrower, asked.interest_cny * building, hubs)


def _collect(lenders: list[Lender], received_cny: Floats) -> None:
    """Let lenders take the interest [L]."""
    for lender, interest in zip(lenders, received_cny.tolist(), strict=True):
        lender.collect(interest)


def _fail(
    book: Register, failing: Booleans, has_cny: Floats, lenders: list[Lender], level: float
) -> tuple[Register, Floats, Floats]:
    """Pay lenders what failing hubs have, and write off the rest.

    Returns:
        the loans, what is repaid and what lenders lose [H].
    """
    book, last = _last_payment(book, has_cny * failing, level)
    book, loss = register.written_off(book, failing.astype(np.float64))
    lost = register.to_holders(book.terms, loss) / level
    for lender, amount in zip(lenders, lost.tolist(), strict=True):
        lender.lose(amount)
    return book, last, sum_by_group(book.purpose.borrower, loss, failing.size) / level


def _give_back(
    book: Register, amount_cny: Floats, lenders: list[Lender], level: float
) -> tuple[Register, Floats]:
    """Pay lenders back what they lost on hubs that failed, as far as these earn it [H]."""
    book, late = register.recovered(book, amount_cny * level, amount_cny.size)
    back = register.to_holders(book.terms, late) / level
    for lender, amount in zip(lenders, back.tolist(), strict=True):
        lender.recover(amount)
    return book, amount_cny


def _rescued(needed_cny: Floats, year: HubYear, province: Integers) -> Floats:
    """Return what provinces pay in [H]: all that is missing where lines are worth more, while budgets last."""
    left, paid = year.rescue_budget_cny.copy(), np.zeros(needed_cny.size)
    for hub in np.flatnonzero((needed_cny > 0.0) & (needed_cny < year.worth_cny)):
        if needed_cny[hub] <= left[province[hub]]:
            paid[hub] = needed_cny[hub]
            left[province[hub]] -= needed_cny[hub]
    return paid


def _last_payment(book: Register, amount_cny: Floats, level: float) -> tuple[Register, Floats]:
    """Return the loans after a failing hub's cash is paid out on all alike, and what of it was owed [H]."""
    h = amount_cny.size
    debt = register.debt_cny(book, h, level)
    paid = np.minimum(amount_cny, debt)
    share = np.divide(paid, debt, out=np.zeros(h), where=paid > 0.0)
    repaid = book.balance_cny * share[book.purpose.borrower]
    none = np.zeros(repaid.size)
    return register.repaid(book, Dues(none, none, repaid, none)), paid


def owe(lenders: list[Lender], book: Register, level: float) -> None:
    """Tell lenders what hubs owe them."""
    for lender, held in zip(lenders, register.held_cny(book, level).tolist(), strict=True):
        lender.outstanding_cny += held - lender.hubs_cny
        lender.risk_weighted_cny += held - lender.hubs_cny
        lender.hubs_cny = held
