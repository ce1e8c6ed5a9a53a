"""Contracts of granted loans and of the bonds issued in their place, request by request."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]


class GrantedLoans(NamedTuple):
    """What lenders granted to each request; axes R requests, L lenders."""

    province: Integers
    green: Booleans
    granted_cny: Floats
    rate: Floats  # that the borrower pays
    contract_rate: Floats  # that lenders get
    guarantee_share: Floats
    guarantee_fee: Floats  # of the loan a year
    bond_guarantee_share: Floats  # of a bond in its place
    relent: Booleans
    risk_weight: Floats
    by_lender_cny: Floats  # [R, L]
    first_repayment_year: Integers
    claimed_tco2_per_cny: Floats


class IssuedBonds(NamedTuple):
    """Bonds in place of a part of each loan; axis R."""

    issued_cny: Floats  # 0: all of it is a loan
    coupon: Floats
    issuer_rate: Floats
    grant_share: Floats  # paid of the cost of issue, of the sum that is issued
    guarantee_fee: Floats  # of the bond a year


class ContractTerms(NamedTuple):
    """What holds for all contracts of a year; axes P provinces, L lenders."""

    relending_share: Floats  # [P]
    relending_rate: Floats  # [P]
    relending_until_year: Integers  # [P]
    relends: Booleans  # [L] with the central bank's money
    buyers: Floats  # [L] part of each in bonds
    price_level: float
    repayments: int  # of a loan, in so many years
    bond_due_year: int


class LoanContracts(NamedTuple):
    """Contracts, loans first; axis C, twice as many as requests at most."""

    request: Integers  # its row
    principal_cny: Floats  # nominal
    coupon: Floats
    subsidy: Floats
    issue_grant_cny: Floats
    guarantee_share: Floats
    guarantee_fee: Floats
    relending_share: Floats
    relending_rate: Floats
    relending_until_year: Integers
    risk_weight: Floats
    first_repayment_year: Integers
    last_repayment_year: Integers
    green: Booleans
    claimed_tco2_per_year: Floats
    holder_share: Floats  # [C, L]


@helper
def _write_loan(r, row, part, amount, loans, terms, contracts):  # type: ignore[no-untyped-def]
    """Write the contract of what is a loan, of which each lender has this part of what it granted."""
    p, held_by_relenders = loans.province[r], 0.0
    for x in range(terms.buyers.size):
        share = loans.by_lender_cny[r, x] * part / amount
        contracts.holder_share[row, x] = share
        if terms.relends[x]:
            held_by_relenders += share
    is_relent = loans.green[r] and loans.relent[r]
    contracts.coupon[row] = loans.contract_rate[r]
    contracts.subsidy[row] = loans.contract_rate[r] - loans.rate[r]
    contracts.issue_grant_cny[row] = 0.0
    contracts.guarantee_share[row] = loans.guarantee_share[r] if loans.green[r] else 0.0
    contracts.guarantee_fee[row] = loans.guarantee_fee[r] if loans.green[r] else 0.0
    contracts.relending_share[row] = terms.relending_share[p] * held_by_relenders if is_relent else 0.0
    contracts.relending_rate[row] = terms.relending_rate[p]
    contracts.relending_until_year[row] = terms.relending_until_year[p]
    contracts.first_repayment_year[row] = loans.first_repayment_year[r]
    contracts.last_repayment_year[row] = loans.first_repayment_year[r] + terms.repayments - 1


@helper
def _write_bond(r, row, loans, bonds, terms, contracts):  # type: ignore[no-untyped-def]
    """Write the contract of what is issued as a bond, repaid as a whole."""
    amount = bonds.issued_cny[r]
    for x in range(terms.buyers.size):
        contracts.holder_share[row, x] = amount * terms.buyers[x] / amount
    contracts.coupon[row] = bonds.coupon[r]
    contracts.subsidy[row] = bonds.coupon[r] - bonds.issuer_rate[r]
    contracts.issue_grant_cny[row] = bonds.grant_share[r] * (amount * terms.price_level)
    contracts.guarantee_share[row] = loans.bond_guarantee_share[r] if loans.green[r] else 0.0
    contracts.guarantee_fee[row] = bonds.guarantee_fee[r] if loans.green[r] else 0.0
    contracts.relending_share[row], contracts.relending_rate[row] = 0.0, 0.0
    contracts.relending_until_year[row] = 0
    contracts.first_repayment_year[row] = terms.bond_due_year
    contracts.last_repayment_year[row] = terms.bond_due_year


@helper
def _write_both(r, row, amount, loans, terms, contracts):  # type: ignore[no-untyped-def]
    """Write what loans and bonds have alike."""
    contracts.request[row] = r
    contracts.principal_cny[row] = amount * terms.price_level
    contracts.risk_weight[row], contracts.green[row] = loans.risk_weight[r], loans.green[r]
    claimed = loans.claimed_tco2_per_cny[r] * amount
    contracts.claimed_tco2_per_year[row] = claimed if loans.green[r] else 0.0


@kernel
def write_contracts(  # type: ignore[no-untyped-def]
    loans, bonds, terms, contracts, paid_out
):
    """Write the contracts of granted loans, then of bonds in their place; return how many of each.

    Args:
        loans: `GrantedLoans`.
        bonds: `IssuedBonds`.
        terms: `ContractTerms`.
        contracts: buffers, `LoanContracts`.
        paid_out: buffer of zeros, f8[4, L]: loans, by risk weight, bonds, by risk weight, CNY.
    """
    row = 0
    for r in range(loans.granted_cny.size):
        granted, issued = loans.granted_cny[r], bonds.issued_cny[r]
        part = 1.0 - issued / granted if issued > 0.0 else 1.0
        for x in range(terms.buyers.size):
            lent = loans.by_lender_cny[r, x] * part
            paid_out[0, x] += lent
            paid_out[1, x] += lent * loans.risk_weight[r]
        if granted - issued > 0.0:
            _write_loan(r, row, part, granted - issued, loans, terms, contracts)
            _write_both(r, row, granted - issued, loans, terms, contracts)
            row += 1
    first_bond = row
    for r in range(loans.granted_cny.size):
        if bonds.issued_cny[r] > 0.0:
            for x in range(terms.buyers.size):
                lent = bonds.issued_cny[r] * terms.buyers[x]
                paid_out[2, x] += lent
                paid_out[3, x] += lent * loans.risk_weight[r]
            _write_bond(r, row, loans, bonds, terms, contracts)
            _write_both(r, row, bonds.issued_cny[r], loans, terms, contracts)
            row += 1
    return first_bond, row - first_bond
