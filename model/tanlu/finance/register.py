"""The register: every loan and bond, on terms that are fixed when it is granted.

Interest, repayment, subsidies, guarantees, losses, the debt of companies and the assets of lenders all follow from it.
Balances are nominal. A loan is drawn at the start of the year in which it is granted: that year bears interest, and
repayment starts with the first year of operation.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import FIRST_DATA_YEAR, LAST_DATA_YEAR, P
from tanlu.kernels.register import LoanColumns, sum_by_holder, sum_owed

LOAN, ROLL_OVER, OPENING, BOND = range(4)
LISTED = "listed"  # by the pack, in place of an option
KINDS = ("loan", "roll_over", "opening", "bond")


class Terms(NamedTuple):
    """What is agreed of each loan; axis N."""

    principal_cny: Floats  # nominal
    coupon: Floats  # what holders get, fraction per year
    subsidy: Floats  # the part of it that the government of the province pays
    guarantee_share: Floats  # of a loss, that this government bears
    relending_share: Floats  # of what is left of it, that the central bank refinances
    relending_rate: Floats  # that it asks of the holders for it
    relending_until_year: Integers  # last year in which it does
    risk_weight: Floats  # by which it counts against the holders' capital
    first_repayment_year: Integers
    last_repayment_year: Integers  # equal parts each year from the first
    green: Booleans  # with the label
    claimed_tco2_per_year: Floats  # that the issuer says it avoids
    carried_tco2_per_year: Floats  # of it, claimed before of debt in whose place it comes
    holder_share: Floats  # [N, L]


class LoanPurpose(NamedTuple):
    """Who borrows for what; axis N."""

    kind: Integers  # position in `KINDS`
    year: Integers  # in which it is granted
    borrower: Integers  # company
    province: Integers
    decider: np.ndarray  # id of the plant, facility or company that decided; empty for debt without a project
    option: np.ndarray  # what it decided


class Register(NamedTuple):
    """Loans in the order in which they were entered, and what is left of each; axis N."""

    purpose: LoanPurpose
    terms: Terms
    balance_cny: Floats  # [N] nominal
    loss_cny: Floats  # [N] nominal, written off
    number: Integers  # [N] how many had been entered before
    next_number: int  # of the next that is entered


class Dues(NamedTuple):
    """What is due on each loan in a year; axis N, nominal."""

    interest_cny: Floats  # to the holders
    subsidy_cny: Floats  # of it paid by the government of the province
    repayment_cny: Floats
    relent_cny: Floats  # that the central bank refinances for the year


class Due(NamedTuple):
    """What is due in a year by party, money of the base year."""

    interest_cny: Floats  # [W] that borrowers pay
    repayment_cny: Floats  # [W]
    subsidy_cny: Floats  # [P] that governments pay
    received_cny: Floats  # [L] interest, subsidies included
    repaid_cny: Floats  # [L]
    relent_cny: Floats  # [P] that the central bank lends holders for a year
    relending_interest_cny: Floats  # [P] that they pay it


class Owed(NamedTuple):
    """What is owed; axes W companies, L lenders, money of the base year."""

    debt_cny: Floats  # [W]
    rate: Floats  # [W] the mean that each pays, subsidies taken off; NaN where it owes nothing
    held_cny: Floats  # [L]
    risk_weighted_cny: Floats  # [L] by which it counts against capital


def empty(lenders: int) -> Register:
    """Return a register without loans."""
    number, whole, text = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, object)
    none = np.zeros(0, dtype=bool)
    numbers = number, number, number, number, number, number
    terms = Terms(*numbers, whole, number, whole, whole, none, number, number, np.zeros((0, lenders)))
    return Register(LoanPurpose(whole, whole, whole, whole, text, text), terms, number, number, whole, 0)


def entered(register: Register, purpose: LoanPurpose, terms: Terms) -> Register:
    """Return the register with new loans, whole, at its end."""
    if purpose.year.size == 0:
        return register
    n = purpose.year.size
    return Register(
        joined(register.purpose, purpose),
        joined(register.terms, terms),
        np.concatenate([register.balance_cny, terms.principal_cny]),
        np.concatenate([register.loss_cny, np.zeros(n)]),
        np.concatenate([register.number, np.arange(register.next_number, register.next_number + n)]),
        register.next_number + n,
    )


def joined[Table: tuple[Any, ...]](table: Table, more: Table) -> Table:
    """Return the rows of one table and then of another."""
    columns = (np.concatenate([old, new]) for old, new in zip(table, more, strict=True))
    return type(table)._make(columns)  # type: ignore[attr-defined]


def repaid_apart(register: Register, year: int) -> tuple[Register, Register]:
    """Return the loans that the years from `year` on ask about, and those that are repaid.

    Lenders may still recover what was lost, and of bonds the issue of the last year counts for the next coupon.
    """
    is_open = (register.balance_cny != 0.0) | (register.loss_cny != 0.0)
    asked = is_open | (register.terms.last_repayment_year >= year) | (register.purpose.year >= year - 1)
    return _rows(register, np.flatnonzero(asked)), _rows(register, np.flatnonzero(~asked))


def whole(parts: Sequence[Register]) -> Register:
    """Return a register that was kept in parts, the last of which is the open one."""
    number = np.concatenate([part.number for part in parts])
    every = Register(
        reduce(joined, (part.purpose for part in parts)),
        reduce(joined, (part.terms for part in parts)),
        np.concatenate([part.balance_cny for part in parts]),
        np.concatenate([part.loss_cny for part in parts]),
        number,
        parts[-1].next_number,
    )
    return _rows(every, np.argsort(number))


def _rows(register: Register, rows: Integers) -> Register:
    purpose = LoanPurpose._make(column.take(rows, axis=0) for column in register.purpose)
    terms = Terms._make(column.take(rows, axis=0) for column in register.terms)
    balance, loss = register.balance_cny.take(rows), register.loss_cny.take(rows)
    return Register(purpose, terms, balance, loss, register.number.take(rows), register.next_number)


def dues(register: Register, year: int) -> Dues:
    """Return what is due on loans of former years: interest on what is left, and this year's part of the principal."""
    terms, balance = register.terms, register.balance_cny
    parts = np.maximum(terms.last_repayment_year - year + 1, 1)
    due = (terms.first_repayment_year <= year) & (balance > 0.0)
    relent = np.where(year <= terms.relending_until_year, terms.relending_share * balance, 0.0)
    return Dues(terms.coupon * balance, terms.subsidy * balance, np.where(due, balance / parts, 0.0), relent)


def first_interest(terms: Terms) -> Dues:
    """Return the interest of the year in which loans are granted."""
    whole = terms.principal_cny
    relent = terms.relending_share * whole
    return Dues(terms.coupon * whole, terms.subsidy * whole, np.zeros(whole.size), relent)


def nothing_due(companies: int, lenders: int) -> Due:
    """Return that nothing is due."""
    return Due(*(np.zeros(size) for size in (companies, companies, P, lenders, lenders, P, P)))


def by_party(purpose: LoanPurpose, terms: Terms, paid: Dues, companies: int, price_level: float) -> Due:
    """Return what is due by borrower, government and holder, money of the base year.

    Args:
        purpose: of the loans.
        terms: of the same loans.
        paid: what is due on each.
        companies: how many there are.
        price_level: of the year, 1 in the base year.
    """

    def to(axis: Integers, amount: Floats, size: int) -> Floats:
        return sum_by_group(axis, amount, size) / price_level

    return Due(
        interest_cny=to(purpose.borrower, paid.interest_cny - paid.subsidy_cny, companies),
        repayment_cny=to(purpose.borrower, paid.repayment_cny, companies),
        subsidy_cny=to(purpose.province, paid.subsidy_cny, P),
        received_cny=to_holders(terms, paid.interest_cny) / price_level,
        repaid_cny=to_holders(terms, paid.repayment_cny) / price_level,
        relent_cny=to(purpose.province, paid.relent_cny, P),
        relending_interest_cny=to(purpose.province, paid.relent_cny * terms.relending_rate, P),
    )


def subsidy_by_loan_year(purpose: LoanPurpose, paid: Dues, price_level: float) -> Floats:
    """Return interest paid by governments by the year in which its loan was granted, `DATA_YEARS` [P, D]."""
    column = np.maximum(purpose.year - FIRST_DATA_YEAR, 0)
    years = LAST_DATA_YEAR - FIRST_DATA_YEAR + 1
    amount = sum_by_group(purpose.province * years + column, paid.subsidy_cny, P * years)
    return np.asarray(amount.reshape(P, years) / price_level)


def to_holders(terms: Terms, amount: Floats) -> Floats:
    """Return what of an amount of each loan [N] goes to each lender [L]."""
    held: Floats = sum_by_holder(amount, terms.holder_share)
    return held


def repaid(register: Register, paid: Dues) -> Register:
    """Return the register after repayment."""
    return register._replace(balance_cny=register.balance_cny - paid.repayment_cny)


def not_repaid(register: Register, repaid_cny: Floats, share: Floats) -> Register:
    """Return the register with a share of the year's repayments [N] of each borrower [W] taken back."""
    back = repaid_cny * share[register.purpose.borrower]
    return register._replace(balance_cny=register.balance_cny + back)


def written_off(register: Register, share: Floats) -> tuple[Register, Floats]:
    """Return the register after a share of each borrower's debt [W] is lost, and the loss of each loan, nominal [N]."""
    left = register.balance_cny * share[register.purpose.borrower]
    loss = np.maximum(left, 0.0)  # a balance that is repaid may miss zero by its rounding, which nobody loses
    return register._replace(balance_cny=register.balance_cny - left, loss_cny=register.loss_cny + loss), loss


def borne_loss_cny(register: Register, companies: int, price_level: float) -> Floats:
    """Return what lenders have lost on each company and no guarantor paid, money of the base year [W]."""
    borne = register.loss_cny * (1.0 - register.terms.guarantee_share)
    # A balance that is repaid may miss zero by its rounding, and so does what is lost of it.
    return np.maximum(sum_by_group(register.purpose.borrower, borne, companies), 0.0) / price_level


def recovered(register: Register, amount_cny: Floats, companies: int) -> tuple[Register, Floats]:
    """Return the register after lenders got back a part of their losses, and what of each loan, nominal [N].

    Args:
        register: of all loans.
        amount_cny: from each company, at most what lenders have lost on it, nominal [W].
        companies: how many there are.
    """
    borne = register.loss_cny * (1.0 - register.terms.guarantee_share)
    total = sum_by_group(register.purpose.borrower, borne, companies)
    share = np.divide(amount_cny, total, out=np.zeros(companies), where=amount_cny > 0.0)
    back = borne * share[register.purpose.borrower]
    # What is got back in full may exceed the loss by its rounding.
    return register._replace(loss_cny=np.maximum(register.loss_cny - back, 0.0)), back


def debt_cny(register: Register, companies: int, price_level: float) -> Floats:
    """Return what each company owes, money of the base year [W]."""
    return sum_by_group(register.purpose.borrower, register.balance_cny, companies) / price_level


def held_cny(register: Register, price_level: float) -> Floats:
    """Return what each lender is owed, money of the base year [L]."""
    return to_holders(register.terms, register.balance_cny) / price_level


def holder_shares(register: Register, companies: int) -> Floats:
    """Return each lender's share in what each company owes, 0 where it owes nothing [W, L]."""
    lenders = register.terms.holder_share.shape[1]
    cell = register.purpose.borrower[:, None] * lenders + np.arange(lenders)
    amount = register.balance_cny[:, None] * register.terms.holder_share
    held = sum_by_group(cell.ravel(), amount.ravel(), companies * lenders).reshape(companies, lenders)
    owed = held.sum(axis=1, keepdims=True)
    return np.divide(held, owed, out=np.zeros(held.shape), where=owed > 0.0)


def owed(register: Register, companies: int, price_level: float) -> Owed:
    """Return what each company owes and each lender is owed."""
    terms = register.terms
    loans = LoanColumns(
        register.purpose.borrower,
        register.balance_cny,
        terms.coupon,
        terms.subsidy,
        terms.risk_weight,
        terms.holder_share,
    )
    debt, interest, held, weighted = sum_owed(loans, companies)
    rate = np.divide(interest, debt, out=np.full(companies, np.nan), where=debt > 0.0)
    return Owed(debt / price_level, rate, held / price_level, weighted / price_level)
