"""Application: companies ask again for what falls due and for cash that they miss."""

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.schedules import GREEN_LOAN, LOANS, RENEWED
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.bond_prices import supported_bonds
from tanlu.finance.bonds import taken_guarantee
from tanlu.finance.claims import Claims, carry_on_claims
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.relending import RelendingOffer
from tanlu.kernels.lending import Limits, LoanAllocation, Requests
from tanlu.region.pack import Region
from tanlu.settlement.credit.contract import BondPlan, LoanPlan, enter, enter_green
from tanlu.settlement.credit.rationing import (
    apply_support,
    ask,
    limit_support,
    note_answers,
    read_limits,
    usual_terms,
)
from tanlu.state.state import FinanceState


def roll_over(
    state: FinanceState,
    short_cny: Floats,
    companies: Companies,
    lenders: list[Lender],
    region: Region,
    signals: Signals,
) -> tuple[FinanceState, Floats]:
    """Ask loans for missing cash [W], at looser limits, for a year.

    Returns:
        the state after it, and what each company borrows, CNY [W].
    """
    borrower = np.flatnonzero(short_cny > 0.0)
    borrowed = np.zeros(len(companies))
    if borrower.size == 0:
        return state, borrowed
    n = borrower.size
    requests = Requests(
        borrower=borrower,
        province=companies.province_share.argmax(axis=1)[borrower],
        amount_cny=short_cny[borrower],
        added_ebit_cny=np.zeros(n),
        cash_cny=np.full(n, np.inf),
        green=np.zeros(n, dtype=bool),
        interest_subsidy=np.zeros(n),
        guarantee_share=np.zeros(n),
        guarantee_fee=np.zeros(n),
        bond_guarantee_share=np.zeros(n),
        relief=np.zeros(n),
        relief_weight=np.ones(n),
        risk_weight=np.ones(n),
    )
    provinces = len(region.axes.provinces)
    limits = read_limits(lenders, provinces)
    answer = _ask_again(requests, limits, companies, lenders, region, signals)
    no_offer = RelendingOffer.nothing(provinces)
    nobody, due = np.full(n, "", object), np.full(n, signals.year + 1)
    plan = LoanPlan(register.ROLL_OVER, nobody, nobody, due, 1, no_offer, Claims.nothing(n))
    state, *_ = enter(state, requests, plan, answer, lenders, region, signals.year)
    # All or nothing: what rounding leaves of the sum over lenders is no missing cash, which would be a default.
    borrowed[borrower] = np.where(answer.granted_cny > 0.0, requests.amount_cny, 0.0)
    return state, borrowed


def renew_bonds(
    state: FinanceState,
    maturing_cny: Floats,
    companies: Companies,
    lenders: list[Lender],
    region: Region,
    signals: Signals,
) -> tuple[FinanceState, Floats, Floats]:
    """Refinance maturing bonds by company and province, as bonds or loans.

    Args:
        state: of finance, bonds repaid.
        maturing_cny: of each loan of the register, nominal [N].
        companies: who issued them.
        lenders: of bonds and loans.
        region: the pack.
        signals: of the year.

    Returns:
        the state after it, what each company gets [W], and what governments pay of the cost of issue [P], CNY.
    """
    w, provinces = len(companies), len(region.axes.provinces)
    year, purpose, law = signals.year, state.register.purpose, signals.policy.finance
    place = purpose.borrower * provinces + purpose.province
    cell = sum_by_group(place, maturing_cny, w * provinces)
    rows = np.flatnonzero(cell > 0.0)
    if rows.size == 0:
        return state, np.zeros(w), np.zeros(provinces)
    n, (borrower, province) = rows.size, np.divmod(rows, provinces)
    support = supported_bonds(law, RENEWED)
    requests = Requests(
        borrower=borrower,
        province=province,
        amount_cny=cell[rows] / price_level(region, year),
        added_ebit_cny=np.zeros(n),
        cash_cny=np.full(n, np.inf),
        green=np.ones(n, dtype=bool),
        interest_subsidy=law.green_interest_subsidy[province, LOANS, RENEWED],
        guarantee_share=law.green_guarantee_share[province, LOANS, RENEWED],
        guarantee_fee=law.green_guarantee_fee[province, LOANS, RENEWED],
        bond_guarantee_share=taken_guarantee(borrower, province, companies, support, region),
        relief=np.zeros(n),  # the central bank pays for what is new
        relief_weight=np.ones(n),
        risk_weight=law.risk_weight[province, GREEN_LOAN],
    )
    limits = limit_support(read_limits(lenders, provinces), state.register, region, signals)
    answer = _ask_again(requests, limits, companies, lenders, region, signals)
    requests = apply_support(requests, answer)
    nobody, first, table = np.full(n, "", object), np.full(n, year + 1), region.finance.parameters
    bond = BondPlan(year + int(table["bond_years"]), support)
    no_offer, years = RelendingOffer.nothing(provinces), int(table["loan_years"])
    claims = carry_on_claims(state.register, maturing_cny, place, rows, requests.amount_cny)
    plan = LoanPlan(register.LOAN, nobody, nobody, first, years, no_offer, claims, bond)
    state, new, terms = enter_green(state, requests, plan, answer, companies, lenders, region, year)
    grant_cny = sum_by_group(new.province, terms.issue_grant_cny, provinces) / price_level(region, year)
    return state, sum_by_group(borrower, answer.granted_cny, w), grant_cny


def _ask_again(
    requests: Requests,
    limits: Limits,
    companies: Companies,
    lenders: list[Lender],
    region: Region,
    signals: Signals,
) -> LoanAllocation:
    """Put requests for debt that falls due to lenders, after repayments."""
    lend_to, table = usual_terms(region, lenders), region.finance.parameters
    per_lender = np.ones(lend_to.spread.size)
    lend_to = lend_to._replace(
        minimum_interest_coverage=per_lender * table["roll_over_interest_coverage"],
        maximum_debt_to_assets=per_lender * table["maximum_leverage"],
    )
    interest_cny = companies.cost_of_debt * companies.debt_cny  # a year
    answer = ask(requests, lend_to, limits, companies, interest_cny, region, signals)
    note_answers(lenders, requests.borrower, answer.answer)
    return answer
