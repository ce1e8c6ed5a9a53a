"""Contract: how granted loans and bonds enter the register, are paid out and repaid."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.finance import register
from tanlu.finance.bond_prices import BondSupport
from tanlu.finance.bonds import offer_bonds, split_off_bonds
from tanlu.finance.claims import Claims
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.register import LoanPurpose, Register, Terms
from tanlu.finance.relending import RelendingOffer
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
    purpose, terms = _agree(requests, plan, answer, region, year)
    _pay_out(lenders, answer, requests.risk_weight)
    return state._replace(register=register.enter_loans(state.register, purpose, terms)), purpose, terms


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
    loans, bonds = split_off_bonds(answer, offer, lenders, region.finance.lenders.bond_share)
    if not bonds.granted_cny.any():
        return enter(state, requests, plan, answer, lenders, region, year)
    due = np.full(answer.granted_cny.size, plan.bond.due_year)
    at_maturity = plan._replace(
        kind=register.BOND,
        first_repayment_year=due,
        repayments=1,
        relending=RelendingOffer.nothing(plan.relending.share.size),
    )
    bond_requests = requests._replace(guarantee_share=requests.bond_guarantee_share)
    loan_purpose, loan_terms = _agree(requests, plan, loans, region, year)
    bond_purpose, bond_terms = _agree(bond_requests, at_maturity, bonds, region, year)
    grant_share = offer.grant_share[bonds.granted_cny > 0.0]
    bond_terms = bond_terms._replace(issue_grant_cny=grant_share * bond_terms.principal_cny)
    for part in (loans, bonds):
        _pay_out(lenders, part, requests.risk_weight)
    purpose = register.append_rows(loan_purpose, bond_purpose)
    terms = register.append_rows(loan_terms, bond_terms)
    return state._replace(register=register.enter_loans(state.register, purpose, terms)), purpose, terms


def _agree(
    requests: Requests, plan: LoanPlan, answer: LoanAllocation, region: Region, year: int
) -> tuple[LoanPurpose, Terms]:
    """Build the loans that were granted."""
    rows = np.flatnonzero(answer.granted_cny > 0.0)
    granted, green = answer.granted_cny[rows], requests.green[rows]
    first, province = plan.first_repayment_year[rows], requests.province[rows]
    claimed = plan.claims.tco2_per_cny[rows] * granted * green
    holder_share = answer.granted_by_lender_cny[rows] / granted[:, None]
    national = holder_share[:, region.finance.lenders.relends].sum(axis=1)
    purpose = LoanPurpose(
        kind=np.full(rows.size, plan.kind),
        year=np.full(rows.size, year),
        borrower=requests.borrower[rows],
        province=province,
        decider=plan.decider[rows],
        option=plan.option[rows],
    )
    terms = Terms(
        principal_cny=granted * price_level(region, year),
        coupon=answer.contract_rate[rows],
        subsidy=answer.contract_rate[rows] - answer.rate[rows],
        issue_grant_cny=np.zeros(rows.size),
        guarantee_share=requests.guarantee_share[rows] * green,
        relending_share=plan.relending.share[province] * national * green * answer.relent[rows],
        relending_rate=plan.relending.rate[province],
        relending_until_year=plan.relending.until_year[province],
        risk_weight=requests.risk_weight[rows],
        first_repayment_year=first,
        last_repayment_year=first + plan.repayments - 1,
        green=green,
        claimed_tco2_per_year=claimed,
        carried_tco2_per_year=claimed * plan.claims.is_carried_on,
        holder_share=holder_share,
    )
    return purpose, terms


def _pay_out(lenders: list[Lender], answer: LoanAllocation, risk_weight: Floats) -> None:
    granted = answer.granted_by_lender_cny
    amounts, weighted = granted.sum(axis=0), (granted * risk_weight[:, None]).sum(axis=0)
    for lender, amount, exposure in zip(lenders, amounts.tolist(), weighted.tolist(), strict=True):
        lender.lend(amount, exposure)


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
