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
from tanlu.core.axes import FIRST_DATA_YEAR, LAST_DATA_YEAR
from tanlu.core.schedules import BONDS, ISSUES, LOANS, NEW, PAPERS, RENEWED
from tanlu.kernels.finance import dues as kernels
from tanlu.kernels.finance.dues import Due, Dues, Parties, RepaymentTerms
from tanlu.kernels.register import LoanColumns, sum_by_holder, sum_debts

LOAN, ROLL_OVER, OPENING, BOND = range(4)
FROM_PACK = "listed"  # by the pack, in place of an option
KINDS = ("loan", "roll_over", "opening", "bond")


class Terms(NamedTuple):
    """Agreed terms of each loan; axis N."""

    principal_cny: Floats  # nominal
    coupon: Floats  # what holders get, fraction per year
    subsidy: Floats  # the part of it that the government of the province pays
    issue_grant_cny: Floats  # nominal, that it pays once of the cost of issue
    guarantee_share: Floats  # of a loss, that this government bears
    guarantee_fee: Floats  # that the borrower pays it for that, fraction of the balance a year
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
    """Borrower and purpose of each loan; axis N."""

    kind: Integers  # position in `KINDS`
    year: Integers  # in which it is granted
    borrower: Integers  # company
    province: Integers
    decider: np.ndarray  # id of the plant, facility or company that decided; empty for debt without a project
    option: np.ndarray  # what it decided


class SpareRows:
    """Memory of a table whose rows never change, with spare rows behind them.

    Tables of different years share it: what is appended to the longest of them is written behind its last row.
    """

    def __init__(self) -> None:
        self._columns: tuple[np.ndarray, ...] = ()
        self._longest: object = None

    def append[Table: tuple[Any, ...]](self, table: Table, rows: Table) -> Table:
        """Append rows to a table, which is copied if it is not the longest here or there is no room.

        Raises:
            TypeError: if a column cannot hold its new values.
        """
        n, size = len(table[0]), len(table[0]) + len(rows[0])
        if table is not self._longest or size > len(self._columns[0]):
            self._make_room(table, 2 * size)
            for column, old in zip(self._columns, table, strict=True):
                column[:n] = old
        for column, new in zip(self._columns, rows, strict=True):
            np.copyto(column[n:size], new, casting="safe")
        return self._show(type(table), size)

    def select[Table: tuple[Any, ...]](self, table: Table, rows: Integers) -> Table:
        """Copy rows of a table here, with room for as many more."""
        self._make_room(table, 2 * rows.size)
        for column, old in zip(self._columns, table, strict=True):
            old.take(rows, axis=0, out=column[: rows.size], mode="clip")  # which needs no buffer
        return self._show(type(table), rows.size)

    def _make_room[Table: tuple[Any, ...]](self, table: Table, size: int) -> None:
        self._columns = tuple(np.zeros((size, *column.shape[1:]), column.dtype) for column in table)

    def _show[Table: tuple[Any, ...]](self, kind: type[Table], size: int) -> Table:
        longest: Table = kind._make(column[:size] for column in self._columns)  # type: ignore[attr-defined]
        self._longest = longest
        return longest


class Register(NamedTuple):
    """Loans in the order in which they were entered, and the balance of each; axis N."""

    purpose: LoanPurpose
    terms: Terms
    balance_cny: Floats  # [N] nominal
    loss_cny: Floats  # [N] nominal, written off
    number: Integers  # [N] how many had been entered before
    next_number: int  # of the next that is entered
    memory: tuple[SpareRows, SpareRows]  # of purpose and terms


class Debts(NamedTuple):
    """Debts and holdings; axes W companies, L lenders, money of the base year."""

    debt_cny: Floats  # [W]
    rate: Floats  # [W] the mean that each pays, with fees and without subsidies; NaN where it owes nothing
    held_cny: Floats  # [L]
    risk_weighted_cny: Floats  # [L] by which it counts against capital


def empty_register(lenders: int) -> Register:
    """Return a register without loans."""
    number, integer, text = np.zeros(0), np.zeros(0, np.int64), np.zeros(0, object)
    is_green = np.zeros(0, dtype=bool)
    numbers = number, number, number, number, number, number, number, number
    terms = Terms(
        *numbers, integer, number, integer, integer, is_green, number, number, np.zeros((0, lenders))
    )
    purpose = LoanPurpose(integer, integer, integer, integer, text, text)
    return Register(purpose, terms, number, number, integer, 0, (SpareRows(), SpareRows()))


def enter_loans(register: Register, purpose: LoanPurpose, terms: Terms) -> Register:
    """Enter new loans, not yet repaid, at the end of the register."""
    if purpose.year.size == 0:
        return register
    next_number, (purposes, all_terms) = register.next_number + purpose.year.size, register.memory
    return Register(
        purposes.append(register.purpose, purpose),
        all_terms.append(register.terms, terms),
        np.concatenate([register.balance_cny, terms.principal_cny]),
        np.concatenate([register.loss_cny, np.zeros(purpose.year.size)]),
        np.concatenate([register.number, np.arange(register.next_number, next_number)]),
        next_number,
        register.memory,
    )


def append_rows[Table: tuple[Any, ...]](table: Table, rows: Table) -> Table:
    """Append rows to a table."""
    columns = (np.concatenate([old, new]) for old, new in zip(table, rows, strict=True))
    return type(table)._make(columns)  # type: ignore[attr-defined]


def split_off_repaid(register: Register, year: int) -> tuple[Register, Register]:
    """Split the register into loans that later years read, and repaid ones.

    Later years are those from `year` on. Lenders may still recover what was lost, and of bonds the issue of the last
    year counts for the next coupon.
    """
    is_open = (register.balance_cny != 0.0) | (register.loss_cny != 0.0)
    is_relevant = is_open | (register.terms.last_repayment_year >= year) | (register.purpose.year >= year - 1)
    rows, memory = np.flatnonzero(is_relevant), (SpareRows(), SpareRows())
    tables = memory[0].select(register.purpose, rows), memory[1].select(register.terms, rows)
    return _with_rows(register, rows, *tables, memory), _rows(register, np.flatnonzero(~is_relevant))


def join_parts(parts: Sequence[Register]) -> Register:
    """Join the parts of a register, the last of which is the open one."""
    number = np.concatenate([part.number for part in parts])
    joined = Register(
        reduce(append_rows, (part.purpose for part in parts)),
        reduce(append_rows, (part.terms for part in parts)),
        np.concatenate([part.balance_cny for part in parts]),
        np.concatenate([part.loss_cny for part in parts]),
        number,
        parts[-1].next_number,
        (SpareRows(), SpareRows()),
    )
    return _rows(joined, np.argsort(number))


def _rows(register: Register, rows: Integers) -> Register:
    purpose = LoanPurpose._make(column.take(rows, axis=0) for column in register.purpose)
    terms = Terms._make(column.take(rows, axis=0) for column in register.terms)
    return _with_rows(register, rows, purpose, terms, (SpareRows(), SpareRows()))


def _with_rows(
    register: Register,
    rows: Integers,
    purpose: LoanPurpose,
    terms: Terms,
    memory: tuple[SpareRows, SpareRows],
) -> Register:
    """Build the register of some rows, of which purpose and terms are these."""
    balance, loss = register.balance_cny.take(rows), register.loss_cny.take(rows)
    return Register(purpose, terms, balance, loss, register.number.take(rows), register.next_number, memory)


def compute_dues(register: Register, year: int) -> Dues:
    """Compute payments due on loans of former years.

    They are interest on the balance, and this year's part of the principal.
    """
    terms = register.terms
    repayment_terms = RepaymentTerms(
        terms.coupon,
        terms.subsidy,
        terms.guarantee_fee,
        terms.relending_share,
        terms.relending_until_year,
        terms.first_repayment_year,
        terms.last_repayment_year,
    )
    dues = Dues(*np.zeros((len(Dues._fields), register.balance_cny.size)))
    kernels.compute_dues(repayment_terms, register.balance_cny, year, dues)
    return dues


def first_interest(terms: Terms) -> Dues:
    """Compute interest of the year in which loans are granted."""
    principal = terms.principal_cny
    relent = terms.relending_share * principal
    nothing = np.zeros(principal.size)
    interest, subsidy, fee = (rate * principal for rate in (terms.coupon, terms.subsidy, terms.guarantee_fee))
    return Dues(interest, subsidy, nothing, relent, terms.issue_grant_cny, fee)


def nothing_due(companies: int, lenders: int, provinces: int) -> Due:
    """Return a year in which nothing is due."""
    by_province, by_lender = (provinces,) * 3, (lenders,) * 2
    sizes = companies, companies, *by_province, *by_lender, *by_province
    return Due(*(np.zeros(size) for size in sizes))


def sum_by_party(
    purpose: LoanPurpose, terms: Terms, loan_dues: Dues, companies: int, provinces: int, price_level: float
) -> Due:
    """Sum dues by borrower, government and lender, money of the base year.

    Args:
        purpose: of the loans.
        terms: of the same loans.
        loan_dues: on each.
        companies: how many there are.
        provinces: how many there are.
        price_level: of the year, 1 in the base year.
    """
    due = nothing_due(companies, terms.holder_share.shape[1], provinces)
    is_bond = purpose.kind == BOND
    parties = Parties(purpose.borrower, purpose.province, is_bond, terms.relending_rate, terms.holder_share)
    kernels.sum_dues(parties, loan_dues, price_level, due)
    return due


def subsidy_by_loan_year(purpose: LoanPurpose, loan_dues: Dues, provinces: int, price_level: float) -> Floats:
    """Sum interest subsidies by the year of the loan, paper and issue [P, D, PAPERS, ISSUES].

    Axis D is `DATA_YEARS`. Debt without a decider renews a bond.
    """
    shape = provinces, LAST_DATA_YEAR - FIRST_DATA_YEAR + 1, len(PAPERS), len(ISSUES)
    if not loan_dues.subsidy_cny.any():
        return np.zeros(shape)
    place = purpose.province, np.maximum(purpose.year - FIRST_DATA_YEAR, 0), *support_class(purpose)
    cell = np.ravel_multi_index(place, shape)
    amount = sum_by_group(cell, loan_dues.subsidy_cny, int(np.prod(shape)))
    return np.asarray(amount.reshape(shape) / price_level)


def support_class(purpose: LoanPurpose) -> tuple[Integers, Integers]:
    """Find paper and issue of each loan [N], by which support differs."""
    paper = np.where(purpose.kind == BOND, BONDS, LOANS)
    return paper, np.where(purpose.decider == "", RENEWED, NEW)


def sum_by_lender(terms: Terms, amount: Floats) -> Floats:
    """Sum an amount of each loan [N] by lender [L]."""
    by_holder: Floats = sum_by_holder(amount, terms.holder_share)
    return by_holder


def repay(register: Register, loan_dues: Dues) -> Register:
    """Take the year's repayments off the balances."""
    return register._replace(balance_cny=register.balance_cny - loan_dues.repayment_cny)


def take_back_repayments(register: Register, repaid_cny: Floats, share: Floats) -> Register:
    """Take back a share of the year's repayments.

    Repayments are by loan [N], shares by borrower [W].
    """
    returned_cny = repaid_cny * share[register.purpose.borrower]
    return register._replace(balance_cny=register.balance_cny + returned_cny)


def write_off(register: Register, share: Floats) -> tuple[Register, Floats]:
    """Write off a share of each borrower's debt [W].

    Returns the register and the loss of each loan, nominal [N].
    """
    part = register.balance_cny * share[register.purpose.borrower]
    # A balance that is repaid may miss zero by its rounding, which nobody loses.
    loss = np.maximum(part, 0.0)
    return register._replace(balance_cny=register.balance_cny - part, loss_cny=register.loss_cny + loss), loss


def borne_loss_cny(register: Register, companies: int, price_level: float) -> Floats:
    """Sum lenders' losses by company, money of the base year [W].

    A loss that a guarantor paid is none of theirs.
    """
    borne = register.loss_cny * (1.0 - register.terms.guarantee_share)
    # A balance that is repaid may miss zero by its rounding, and so does what is lost of it.
    return np.maximum(sum_by_group(register.purpose.borrower, borne, companies), 0.0) / price_level


def recover_losses(register: Register, amount_cny: Floats, companies: int) -> tuple[Register, Floats]:
    """Repay lenders a part of their losses.

    Returns the register and the recovery of each loan, nominal [N].

    Args:
        register: of all loans.
        amount_cny: from each company, at most what lenders have lost on it, nominal [W].
        companies: how many there are.
    """
    borne = register.loss_cny * (1.0 - register.terms.guarantee_share)
    total = sum_by_group(register.purpose.borrower, borne, companies)
    share = np.divide(amount_cny, total, out=np.zeros(companies), where=amount_cny > 0.0)
    recovered_cny = borne * share[register.purpose.borrower]
    # What is got back in full may exceed the loss by its rounding.
    return register._replace(loss_cny=np.maximum(register.loss_cny - recovered_cny, 0.0)), recovered_cny


def debt_cny(register: Register, companies: int, price_level: float) -> Floats:
    """Sum the debt of each company, money of the base year [W]."""
    return sum_by_group(register.purpose.borrower, register.balance_cny, companies) / price_level


def holdings_cny(register: Register, price_level: float) -> Floats:
    """Sum the loans of each lender, money of the base year [L]."""
    return sum_by_lender(register.terms, register.balance_cny) / price_level


def holder_shares(register: Register, companies: int) -> Floats:
    """Compute each lender's share of each company's debt [W, L].

    0 where a company owes nothing.
    """
    lenders = register.terms.holder_share.shape[1]
    cell = register.purpose.borrower[:, None] * lenders + np.arange(lenders)
    amount = register.balance_cny[:, None] * register.terms.holder_share
    holdings = sum_by_group(cell.ravel(), amount.ravel(), companies * lenders).reshape(companies, lenders)
    debt = holdings.sum(axis=1, keepdims=True)
    return np.divide(holdings, debt, out=np.zeros(holdings.shape), where=debt > 0.0)


def compute_debts(register: Register, companies: int, price_level: float) -> Debts:
    """Compute companies' debts, their mean rates, and lenders' holdings."""
    terms = register.terms
    loans = LoanColumns(
        register.purpose.borrower,
        register.balance_cny,
        terms.coupon,
        terms.subsidy,
        terms.guarantee_fee,
        terms.risk_weight,
        terms.holder_share,
    )
    debt, interest, holdings, weighted = sum_debts(loans, companies)
    rate = np.divide(interest, debt, out=np.full(companies, np.nan), where=debt > 0.0)
    return Debts(debt / price_level, rate, holdings / price_level, weighted / price_level)
