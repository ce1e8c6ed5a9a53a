"""Dues of loans, and their sums by who pays and gets them, loan by loan, so that bits are always the same."""

from typing import NamedTuple

from numpy import bool_, float64, int64
from numpy.typing import NDArray

from tanlu.compilation.decorators import kernel

type Floats = NDArray[float64]
type Integers = NDArray[int64]


class RepaymentTerms(NamedTuple):
    """What the dues of loans follow from; axis N."""

    coupon: Floats
    subsidy: Floats
    guarantee_fee: Floats
    relending_share: Floats
    relending_until_year: Integers
    first_repayment_year: Integers
    last_repayment_year: Integers


class Dues(NamedTuple):
    """Payments due on each loan in a year; axis N, nominal."""

    interest_cny: Floats  # to the holders
    subsidy_cny: Floats  # of it paid by the government of the province
    repayment_cny: Floats
    relent_cny: Floats  # that the central bank refinances for the year
    issue_grant_cny: Floats  # that the government pays of the cost of issue
    guarantee_fee_cny: Floats  # to the government


class Parties(NamedTuple):
    """Who pays and gets the dues of loans; axis N."""

    borrower: Integers
    province: Integers
    is_bond: NDArray[bool_]
    relending_rate: Floats
    holder_share: Floats  # [N, L]


class Due(NamedTuple):
    """Payments due in a year by party, money of the base year."""

    interest_cny: Floats  # [W] that borrowers pay, with fees of guarantees
    repayment_cny: Floats  # [W]
    subsidy_cny: Floats  # [P] that governments pay
    bond_subsidy_cny: Floats  # [P] of it for bonds
    issue_grant_cny: Floats  # [P] that they pay of the cost of issue
    received_cny: Floats  # [L] interest, subsidies included
    repaid_cny: Floats  # [L]
    relent_cny: Floats  # [P] that the central bank lends holders for a year
    relending_interest_cny: Floats  # [P] that they pay it
    guarantee_fee_cny: Floats  # [P] that governments get


@kernel
def compute_dues(terms: RepaymentTerms, balance_cny: Floats, year: int, dues: Dues) -> None:
    """Compute the dues of a year on loans of former years: interest, and a part of the principal.

    Args:
        terms: `RepaymentTerms`.
        balance_cny: f8[N].
        year: in which they fall due.
        dues: buffers, `Dues`; grants stay as they are.
    """
    for i in range(balance_cny.size):
        balance = balance_cny[i]
        dues.interest_cny[i] = terms.coupon[i] * balance
        dues.subsidy_cny[i] = terms.subsidy[i] * balance
        dues.guarantee_fee_cny[i] = terms.guarantee_fee[i] * balance
        is_relent = year <= terms.relending_until_year[i]
        dues.relent_cny[i] = terms.relending_share[i] * balance if is_relent else 0.0
        is_due = terms.first_repayment_year[i] <= year and balance > 0.0
        years_left = max(terms.last_repayment_year[i] - year + 1, 1)
        dues.repayment_cny[i] = balance / years_left if is_due else 0.0


@kernel
def sum_dues(parties: Parties, dues: Dues, price_level: float, sums: Due) -> None:
    """Sum dues by borrower, government and lender.

    Args:
        parties: `Parties`.
        dues: `Dues`.
        price_level: of the year, 1 in the base year.
        sums: buffers of zeros, `Due`.
    """
    for i in range(parties.borrower.size):
        w, p = parties.borrower[i], parties.province[i]
        interest, subsidy, repayment = dues.interest_cny[i], dues.subsidy_cny[i], dues.repayment_cny[i]
        sums.interest_cny[w] += interest - subsidy + dues.guarantee_fee_cny[i]
        sums.guarantee_fee_cny[p] += dues.guarantee_fee_cny[i]
        sums.repayment_cny[w] += repayment
        sums.subsidy_cny[p] += subsidy
        if parties.is_bond[i]:
            sums.bond_subsidy_cny[p] += subsidy
        sums.issue_grant_cny[p] += dues.issue_grant_cny[i]
        sums.relent_cny[p] += dues.relent_cny[i]
        sums.relending_interest_cny[p] += dues.relent_cny[i] * parties.relending_rate[i]
        for x in range(sums.received_cny.size):
            sums.received_cny[x] += interest * parties.holder_share[i, x]
            sums.repaid_cny[x] += repayment * parties.holder_share[i, x]
    for by_party in sums:
        for j in range(by_party.size):
            by_party[j] /= price_level
