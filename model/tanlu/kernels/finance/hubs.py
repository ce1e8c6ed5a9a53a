"""Debt of CO2 hubs: who pays lenders, is rescued or fails in a year, loan by loan, so that bits are always the same."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]


class HubLoanTerms(NamedTuple):
    """What is read of each loan; axis N."""

    borrower: Integers  # hub
    coupon: Floats
    subsidy: Floats
    guarantee_share: Floats
    first_repayment_year: Integers
    last_repayment_year: Integers
    holder_share: Floats  # [N, L]


class HubBalances(NamedTuple):
    """Balances of loans, which the year changes; axis N, nominal."""

    balance_cny: Floats
    loss_cny: Floats  # written off


class HubYear(NamedTuple):
    """Hubs before they pay the year's debt; axis H, CNY of the base year."""

    cash_cny: Floats
    failed: Booleans  # in a former year
    province: Integers  # that stands for each
    profit_cny: Floats  # charges and public support less operation and upkeep
    worth_cny: Floats  # of what the lines will bring


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
    cash_cny: Floats  # left to the hubs


class HubLenders(NamedTuple):
    """What hubs' lenders get and lose in a year; axis L, CNY of the base year."""

    received_cny: Floats  # interest, subsidies included
    loss_cny: Floats
    recovered_cny: Floats
    held_cny: Floats  # after it


@helper
def _compute_repayment(loans, i, balance, year):  # type: ignore[no-untyped-def]
    """Compute what of a loan falls due in the year."""
    if loans.first_repayment_year[i] > year or balance <= 0.0:
        return 0.0
    return balance / max(loans.last_repayment_year[i] - year + 1, 1)


@helper
def _sum_dues(loans, balance_cny, year, level, due):  # type: ignore[no-untyped-def]
    """Sum interest, repayment, and interest on what is not ready, by hub [3, H]."""
    for i in range(loans.borrower.size):
        hub, balance = loans.borrower[i], balance_cny[i]
        interest = loans.coupon[i] * balance
        due[0, hub] += interest - loans.subsidy[i] * balance
        due[1, hub] += _compute_repayment(loans, i, balance, year)
        if loans.first_repayment_year[i] > year:
            due[2, hub] += interest
    due /= level


@helper
def _sum_borne(loans, loss_cny, borne):  # type: ignore[no-untyped-def]
    """Sum lenders' losses by hub, nominal [H]."""
    borne[:] = 0.0
    for i in range(loss_cny.size):
        borne[loans.borrower[i]] += loss_cny[i] * (1.0 - loans.guarantee_share[i])


@helper
def _sum_debt(loans, balance_cny, level, debt):  # type: ignore[no-untyped-def]
    """Sum debt by hub, CNY of the base year [H]."""
    debt[:] = 0.0
    for i in range(balance_cny.size):
        debt[loans.borrower[i]] += balance_cny[i]
    debt /= level


@helper
def _rescue(hubs, missing, budget_cny, rescued):  # type: ignore[no-untyped-def]
    """Pay all that is missing where lines are worth more, while provinces' budgets last [H]."""
    for hub in range(missing.size):
        province = hubs.province[hub]
        if 0.0 < missing[hub] < hubs.worth_cny[hub] and missing[hub] <= budget_cny[province]:
            rescued[hub] = missing[hub]
            budget_cny[province] -= missing[hub]


@helper
def _pay_lenders(loans, book, year, short, payments, lenders):  # type: ignore[no-untyped-def]
    """Pay what is due of hubs that are not short of money, nominal."""
    for i in range(loans.borrower.size):
        hub, balance = loans.borrower[i], book.balance_cny[i]
        if short[hub]:
            continue
        interest, repayment = loans.coupon[i] * balance, _compute_repayment(loans, i, balance, year)
        payments.interest_cny[hub] += interest - loans.subsidy[i] * balance
        payments.repayment_cny[hub] += repayment
        book.balance_cny[i] = balance - repayment
        for x in range(lenders.received_cny.size):
            lenders.received_cny[x] += interest * loans.holder_share[i, x]


@helper
def _write_off(loans, book, paid_share, payments, lenders):  # type: ignore[no-untyped-def]
    """Pay failing hubs' cash on all loans alike, and write off the rest, nominal."""
    for i in range(loans.borrower.size):
        hub = loans.borrower[i]
        left = book.balance_cny[i] - book.balance_cny[i] * paid_share[hub]
        book.balance_cny[i] = left
        if payments.failing[hub]:
            # A balance that is repaid may miss zero by its rounding, which nobody loses.
            loss = max(left, 0.0)
            book.balance_cny[i] = 0.0
            book.loss_cny[i] += loss
            payments.loss_cny[hub] += loss
            for x in range(lenders.loss_cny.size):
                lenders.loss_cny[x] += loss * loans.holder_share[i, x]


@helper
def _give_back(loans, book, share, lenders):  # type: ignore[no-untyped-def]
    """Repay a share of lenders' losses by hub [H], nominal."""
    for i in range(loans.borrower.size):
        recovered = book.loss_cny[i] * (1.0 - loans.guarantee_share[i]) * share[loans.borrower[i]]
        # What is got back in full may exceed the loss by its rounding.
        book.loss_cny[i] = max(book.loss_cny[i] - recovered, 0.0)
        for x in range(lenders.recovered_cny.size):
            lenders.recovered_cny[x] += recovered * loans.holder_share[i, x]


@helper
def _judge_hubs(loans, book, hubs, budget_cny, year, level, payments):  # type: ignore[no-untyped-def]
    """Find who is short of money, is rescued or fails; return who is short [H]."""
    h = hubs.cash_cny.size
    due, debt, short = np.zeros((3, h)), np.zeros(h), np.zeros(h, np.bool_)
    _sum_dues(loans, book.balance_cny, year, level, due)
    _sum_debt(loans, book.balance_cny, level, debt)
    missing = payments.needed_cny
    for hub in range(h):
        payments.injected_cny[hub] = due[2, hub]
        payments.cash_cny[hub] = hubs.cash_cny[hub] + hubs.profit_cny[hub] + due[2, hub]
        missing[hub] = max(due[0, hub] + due[1, hub] - payments.cash_cny[hub], 0.0)
    _rescue(hubs, missing, budget_cny, payments.rescued_cny)
    for hub in range(h):
        is_rescued = payments.rescued_cny[hub] > 0.0
        short[hub] = missing[hub] > 0.0 and not is_rescued
        payments.failing[hub] = short[hub] and (not hubs.failed[hub] or debt[hub] > 0.0)
        if not (payments.failing[hub] or is_rescued):
            missing[hub] = 0.0  # what a failed hub lacks for upkeep it asks of nobody
    return short


@helper
def _share_out_cash(loans, book, level, payments, last, share):  # type: ignore[no-untyped-def]
    """Write what failing hubs pay at last, and the share of their debt that it is [H]."""
    _sum_debt(loans, book.balance_cny, level, share)
    for hub in range(last.size):
        debt = share[hub]
        last[hub] = min(max(payments.cash_cny[hub], 0.0), debt) if payments.failing[hub] else 0.0
        share[hub] = last[hub] / debt if last[hub] > 0.0 else 0.0


@helper
def _sum_received(loans, book, level, lenders):  # type: ignore[no-untyped-def]
    """Sum what lenders hold, and turn what they got and lost into money of the base year."""
    for i in range(loans.borrower.size):
        for x in range(lenders.held_cny.size):
            lenders.held_cny[x] += book.balance_cny[i] * loans.holder_share[i, x]
    for by_lender in lenders:
        for x in range(by_lender.size):
            by_lender[x] /= level


@kernel
def settle_hub_debts(  # type: ignore[no-untyped-def]
    loans, book, hubs, budget_cny, year, level, payments, lenders
):
    """Let hubs pay their lenders, be rescued or fail (docs/model/failure.md).

    Args:
        loans: `HubLoanTerms`.
        book: `HubBalances`, changed.
        hubs: `HubYear`.
        budget_cny: that provinces have for rescues, f8[P], lowered.
        year: of the run.
        level: of prices in it, 1 in the base year.
        payments: buffers of zeros, `HubSettlement`.
        lenders: buffers of zeros, `HubLenders`.
    """
    h = hubs.cash_cny.size
    past_loss, last, share = np.zeros(h), np.zeros(h), np.zeros(h)
    _sum_borne(loans, book.loss_cny, past_loss)
    short = _judge_hubs(loans, book, hubs, budget_cny, year, level, payments)
    _pay_lenders(loans, book, year, short, payments, lenders)
    _share_out_cash(loans, book, level, payments, last, share)
    _write_off(loans, book, share, payments, lenders)
    for hub in range(h):
        payments.interest_cny[hub] /= level
        payments.repayment_cny[hub] /= level
        payments.loss_cny[hub] /= level
        payments.kept_running_cny[hub] = max(-payments.cash_cny[hub], 0.0) if short[hub] else 0.0
        service = payments.interest_cny[hub] + payments.repayment_cny[hub]
        cash = payments.cash_cny[hub] + payments.rescued_cny[hub] + payments.kept_running_cny[hub]
        cash = cash - service - last[hub]
        free = max(cash - service, 0.0)
        payments.recovered_cny[hub] = min(free, max(past_loss[hub], 0.0) / level)
        payments.dividend_cny[hub] = free - payments.recovered_cny[hub]
        payments.repayment_cny[hub] += last[hub]
        payments.cash_cny[hub], payments.worth_cny[hub] = cash - free, hubs.worth_cny[hub]
    _sum_borne(loans, book.loss_cny, share)
    for hub in range(h):
        amount = payments.recovered_cny[hub] * level
        share[hub] = amount / share[hub] if amount > 0.0 else 0.0
    _give_back(loans, book, share, lenders)
    _sum_received(loans, book, level, lenders)
