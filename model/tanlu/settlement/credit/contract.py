"""Contract: how granted loans and bonds enter the register, are paid out and repaid."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Integers
from tanlu.finance import register
from tanlu.finance.bond_prices import BondSupport
from tanlu.finance.bonds import issue_bonds, offer_bonds
from tanlu.finance.claims import Claims
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.register import LoanPurpose, Register, Terms
from tanlu.finance.relending import RelendingOffer
from tanlu.kernels.finance.contracts import (
    ContractTerms,
    GrantedLoans,
    IssuedBonds,
    LoanContracts,
    write_contracts,
)
from tanlu.kernels.finance.dues import Due, Dues
from tanlu.kernels.lending import LoanAllocation, Requests
from tanlu.region.pack import Region
from tanlu.state.state import FinanceState


class BondPlan(NamedTuple):
    """What is issued as a bond in place of a green loan."""

    due_year: int
    support: BondSupport  # [P]


class LoanPlan(NamedTuple):
    """What loans are for, apart from what lenders need to know; axis R."""

    kind: int  # position in `register.KINDS`
    decider: np.ndarray  # id of who decided; empty for debt without a project
    option: np.ndarray  # what it decided
    first_repayment_year: Integers
    repayments: int  # in so many years
    relending: RelendingOffer  # of green loans
    claims: Claims
    bond: BondPlan | None = None  # none: no part of these loans is issued as a bond


def find_bond_due_year(region: Region, year: int) -> int:
    """Compute when a bond falls due, which bears interest this year already."""
    return year + int(region.finance.parameters["bond_years"]) - 1


def enter(
    state: FinanceState,
    requests: Requests,
    plan: LoanPlan,
    answer: LoanAllocation,
    lenders: list[Lender],
    region: Region,
    year: int,
) -> tuple[FinanceState, LoanPurpose, Terms]:
    """Enter granted loans in the register, and pay them out.

    Returns:
        the state after it, and the new loans.
    """
    bonds = IssuedBonds(*np.zeros((len(IssuedBonds._fields), answer.granted_cny.size)))
    return _enter(state, requests, plan, answer, bonds, lenders, region, year)


def enter_green(
    state: FinanceState,
    requests: Requests,
    plan: LoanPlan,
    answer: LoanAllocation,
    companies: Companies,
    lenders: list[Lender],
    region: Region,
    year: int,
) -> tuple[FinanceState, LoanPurpose, Terms]:
    """Enter granted loans, the part that companies issue as bonds apart.

    Returns:
        the state after it, and the new loans and bonds.
    """
    if plan.bond is None or not requests.green.any():
        return enter(state, requests, plan, answer, lenders, region, year)
    offer = offer_bonds(requests, answer, companies, plan.bond.support, state.greenium, region, year)
    issued_cny = issue_bonds(answer, offer, lenders, region.finance.lenders.bond_share)
    bonds = IssuedBonds(issued_cny, offer.coupon, offer.issuer_rate, offer.grant_share, offer.guarantee_fee)
    return _enter(state, requests, plan, answer, bonds, lenders, region, year)


def _enter(
    state: FinanceState,
    requests: Requests,
    plan: LoanPlan,
    answer: LoanAllocation,
    bonds: IssuedBonds,
    lenders: list[Lender],
    region: Region,
    year: int,
) -> tuple[FinanceState, LoanPurpose, Terms]:
    """Enter loans and bonds, loans first, and pay them out."""
    contracts = _make_room(2 * answer.granted_cny.size, len(lenders))
    paid_out = np.zeros((4, len(lenders)))
    loans = GrantedLoans(
        province=requests.province,
        green=requests.green,
        granted_cny=answer.granted_cny,
        rate=answer.rate,
        contract_rate=answer.contract_rate,
        guarantee_share=requests.guarantee_share,
        guarantee_fee=requests.guarantee_fee,
        bond_guarantee_share=requests.bond_guarantee_share,
        relent=answer.relent,
        risk_weight=requests.risk_weight,
        by_lender_cny=answer.granted_by_lender_cny,
        first_repayment_year=plan.first_repayment_year,
        claimed_tco2_per_cny=plan.claims.tco2_per_cny,
    )
    table = region.finance.lenders
    terms_of_year = ContractTerms(
        plan.relending.share,
        plan.relending.rate,
        plan.relending.until_year,
        table.relends,
        table.bond_share,
        price_level(region, year),
        plan.repayments,
        0 if plan.bond is None else plan.bond.due_year,
    )
    sizes = write_contracts(loans, bonds, terms_of_year, contracts, paid_out)
    for lender, loan, weighted_loan, bond, weighted_bond in zip(lenders, *paid_out.tolist(), strict=True):
        lender.lend(loan, weighted_loan)
        lender.lend(bond, weighted_bond)
    purpose, terms = _read_contracts(contracts, sizes, requests, plan, year)
    return state._replace(register=register.enter_loans(state.register, purpose, terms)), purpose, terms


def _make_room(size: int, lenders: int) -> LoanContracts:
    """Make room for contracts."""
    request, until_year, first_year, last_year = np.zeros((4, size), np.int64)
    principal, coupon, subsidy, grant, guarantee, fee, relent, rate, weight, claimed = np.zeros((10, size))
    support = grant, guarantee, fee, relent, rate, until_year
    columns = request, principal, coupon, subsidy, *support, weight, first_year, last_year
    return LoanContracts(*columns, np.zeros(size, dtype=bool), claimed, np.zeros((size, lenders)))


def _read_contracts(
    contracts: LoanContracts, sizes: tuple[int, int], requests: Requests, plan: LoanPlan, year: int
) -> tuple[LoanPurpose, Terms]:
    """Read the loans and bonds that were written, `sizes` of each."""
    written = LoanContracts._make(column[: sum(sizes)] for column in contracts)
    rows = written.request
    purpose = LoanPurpose(
        kind=np.repeat((plan.kind, register.BOND), sizes),
        year=np.full(rows.size, year),
        borrower=requests.borrower[rows],
        province=requests.province[rows],
        decider=plan.decider[rows],
        option=plan.option[rows],
    )
    carried = written.claimed_tco2_per_year * plan.claims.is_carried_on
    return purpose, Terms._make((*written[1:-1], carried, written.holder_share))


def take_over(register_now: Register, companies: Companies, lenders: list[Lender], level: float) -> None:
    """Set the debts of companies and lenders at the year's price level."""
    debts = register.compute_debts(register_now, len(companies), level)
    companies.update_debt(debts.debt_cny, debts.rate)
    columns = debts.held_cny.tolist(), debts.risk_weighted_cny.tolist()
    for lender, loans, exposure in zip(lenders, *columns, strict=True):
        other_debts = lender.public_cny + lender.hubs_cny
        lender.outstanding_cny, lender.risk_weighted_cny = loans + other_debts, exposure + other_debts


def repay_dues(
    state: FinanceState, companies: Companies, region: Region, year: int
) -> tuple[FinanceState, Dues, Due]:
    """Repay this year's dues, and sum them by loan and party."""
    dues = register.compute_dues(state.register, year)
    book, parties = state.register, (len(companies), len(region.axes.provinces))
    due = register.sum_by_party(book.purpose, book.terms, dues, *parties, price_level(region, year))
    return state._replace(register=register.repay(book, dues)), dues, due
