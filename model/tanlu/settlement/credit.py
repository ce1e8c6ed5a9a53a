"""Credit: what lenders grant, how it enters the register, and what they last asked, for who plans."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import P
from tanlu.core.schedules import GREEN_LOAN
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.bonds import greenium, offer_bonds, split_off_bonds
from tanlu.finance.claims import Claims, carry_on_claims
from tanlu.finance.companies import Companies, Granted
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender, appetite
from tanlu.finance.register import Due, Dues, LoanPurpose, Register, Terms
from tanlu.finance.relending import RelendingOffer, relenders
from tanlu.kernels.lending import (
    Accounts,
    DebtService,
    Lenders,
    Limits,
    LoanAllocation,
    Pricing,
    Requests,
    allocate_loans,
)
from tanlu.region.pack import Region
from tanlu.state.state import FinanceState


class LoanPlan(NamedTuple):
    """What loans are for, apart from what lenders need to know; axis R."""

    kind: int  # position in `register.KINDS`
    decider: np.ndarray  # id of who decided; empty for debt without a project
    option: np.ndarray  # what it decided
    first_repayment_year: Integers
    repayments: int  # in so many years
    relending: RelendingOffer  # of green loans
    claims: Claims
    bond_due_year: int = 0  # of what is issued as a bond in place of a green loan


def usual_terms(region: Region, lenders: list[Lender]) -> Lenders:
    """Build the lenders' terms: spreads, weights and limits."""
    table, spread = region.finance.lenders, np.array([lender.spread for lender in lenders])
    return Lenders(
        spread=spread,
        weight=appetite(table, spread, region.finance.parameters["lender_price_sensitivity"]),
        province=table.province,
        minimum_interest_coverage=table.minimum_interest_coverage,
        maximum_debt_to_assets=table.maximum_debt_to_assets,
        relends=relenders(table),
    )


def ask(
    requests: Requests,
    terms: Lenders,
    limits: Limits,
    companies: Companies,
    interest_cny: Floats,
    region: Region,
    signals: Signals,
) -> LoanAllocation:
    """Put every request to the lenders, highest interest coverage first.

    `interest_cny` is what each company owes a year for the debt it has [W].
    """
    coverage = companies.interest_coverage()[requests.borrower]
    parameters = region.finance.parameters
    return allocate_loans(
        np.lexsort((np.arange(coverage.size), -coverage)),
        requests,
        Accounts(
            debt_cny=companies.debt_cny,
            assets_cny=companies.assets_cny,
            ebit_cny=companies.operating_cny,
            interest_cny=interest_cny,
        ),
        terms,
        limits,
        Pricing(
            base_rate=signals.prices.loan_prime_rate,
            rating_steps=region.finance.rating_steps,
            rating_spreads=region.finance.rating_spreads,
            leverage_slope=parameters["leverage_slope"],
            service=DebtService(
                parameters["minimum_debt_service_coverage"],
                int(parameters["loan_years"]),
                parameters["inflation"],
            ),
        ),
    )


def read_limits(lenders: list[Lender]) -> Limits:
    """Read what each lender can still lend without support."""
    endless = np.full(P, np.inf)
    quota, room = ([getattr(lender, name) for lender in lenders] for name in ("quota_cny", "room_cny"))
    return Limits(np.array(quota), np.array(room), endless, endless)


def limit_support(limits: Limits, book: Register, region: Region, signals: Signals) -> Limits:
    """Bound support by what the year's loans have left of its budgets."""
    law = signals.policy.finance
    guarantee, relending = law.green_guarantee_budget_cny, law.relending_quota_cny
    if np.isinf(guarantee).all() and np.isinf(relending).all():
        return limits
    terms, new = book.terms, book.purpose.year == signals.year
    principal = np.where(new, terms.principal_cny, 0.0) / price_level(region, signals.year)
    backed = terms.holder_share[:, relenders(region.finance.lenders)].sum(axis=1) * (
        terms.relending_share > 0.0
    )
    guaranteed, relent = (
        sum_by_group(book.purpose.province, principal * share, P) for share in (terms.guarantee_share, backed)
    )
    return limits._replace(
        guarantee_cny=np.maximum(guarantee - guaranteed, 0.0),
        relending_cny=np.maximum(relending - relent, 0.0),
    )


def apply_support(requests: Requests, answer: LoanAllocation) -> Requests:
    """Reduce the support of requests to what the year's budgets had."""
    return requests._replace(guarantee_share=answer.guarantee_share, relief=requests.relief * answer.relent)


def note_answers(lenders: list[Lender], borrower: Integers, answer: Integers) -> None:
    """Let lenders count their answers to requests [R]; `answer` is [R, L]."""
    for lender, answers in zip(lenders, answer.T, strict=True):
        lender.count_answers(borrower, answers)


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


def _agree(
    requests: Requests, plan: LoanPlan, answer: LoanAllocation, region: Region, year: int
) -> tuple[LoanPurpose, Terms]:
    """Build the loans that were granted."""
    rows = np.flatnonzero(answer.granted_cny > 0.0)
    granted, green = answer.granted_cny[rows], requests.green[rows]
    first, province = plan.first_repayment_year[rows], requests.province[rows]
    claimed = plan.claims.tco2_per_cny[rows] * granted * green
    holder_share = answer.granted_by_lender_cny[rows] / granted[:, None]
    national = holder_share[:, relenders(region.finance.lenders)].sum(axis=1)
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


def find_bond_due_year(region: Region, year: int) -> int:
    """Compute when a bond falls due, which bears interest this year already."""
    return year + int(region.finance.parameters["bond_years"]) - 1


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
    if not requests.green.any():
        return enter(state, requests, plan, answer, lenders, region, year)
    offer = offer_bonds(requests, answer, companies, greenium(state.books, region, year), region, year)
    loans, bonds = split_off_bonds(answer, offer, lenders, region.finance.lenders.bond_share)
    if not bonds.granted_cny.any():
        return enter(state, requests, plan, answer, lenders, region, year)
    due = np.full(answer.granted_cny.size, plan.bond_due_year)
    at_maturity = plan._replace(
        kind=register.BOND, first_repayment_year=due, repayments=1, relending=RelendingOffer.nothing()
    )
    contracts = (
        _agree(requests, kind, part, region, year) for kind, part in ((plan, loans), (at_maturity, bonds))
    )
    for part in (loans, bonds):
        _pay_out(lenders, part, requests.risk_weight)
    purpose, terms = (register.append_rows(loan, bond) for loan, bond in zip(*contracts, strict=True))
    return state._replace(register=register.enter_loans(state.register, purpose, terms)), purpose, terms


def remember_rates(
    granted: Granted, requests: Requests, answer: LoanAllocation, companies: Companies, signals: Signals
) -> Granted:
    """Update the rates that lenders asked this year, by rating.

    A rating without loans keeps its rates. What a label brings is no part of them: planners take it off.
    """
    rows = np.flatnonzero(answer.granted_cny > 0.0)
    amount = answer.granted_cny[rows]
    open_share = 1.0 - requests.guarantee_share[rows] * requests.green[rows]
    step = companies.rating_step()[requests.borrower[rows]]
    spread = answer.lender_spread[rows]
    eased = requests.relief[rows] * requests.green[rows] * _relent_part(answer, companies.region)[rows]
    risk = answer.contract_rate[rows] - signals.prices.loan_prime_rate - spread + eased
    risky = open_share > 1e-9  # a loan guaranteed in full tells nothing of its risk
    risk = np.divide(risk, open_share, out=np.zeros(rows.size), where=risky)
    return granted._replace(
        lender_spread=_mean_by(granted.lender_spread, step, spread, amount),
        risk_premium=_mean_by(granted.risk_premium, step, risk, amount * risky),
    )


def remember_support(granted: Granted, requests: Requests, answer: LoanAllocation, region: Region) -> Granted:
    """Update the share of possible support that loans got; 1 without any."""
    green = answer.granted_cny * requests.green
    national = answer.granted_by_lender_cny[:, relenders(region.finance.lenders)].sum(axis=1) * requests.green
    guaranteed = green * requests.guarantee_share, green * answer.guarantee_share
    relent = national, national * answer.relent
    parts = []
    for eligible, supported in (guaranteed, relent):
        total, part = (sum_by_group(requests.province, amount, P) for amount in (eligible, supported))
        parts.append(np.divide(part, total, out=np.ones(P), where=total > 0.0))
    return granted._replace(guaranteed_part=parts[0], relent_part=parts[1])


def _relent_part(answer: LoanAllocation, region: Region) -> Floats:
    """Compute the part of each loan from lenders that relend [R]."""
    granted, relend = answer.granted_cny, relenders(region.finance.lenders)
    by_them = answer.granted_by_lender_cny[:, relend].sum(axis=1)
    return np.divide(by_them, granted, out=np.zeros(granted.size), where=granted > 0.0)


def _mean_by(before: Floats, step: Integers, value: Floats, weight: Floats) -> Floats:
    """Average `value` by rating [Z + 1]; `before` where nothing counts."""
    total = sum_by_group(step, weight, before.size)
    mean = sum_by_group(step, weight * value, before.size) / np.maximum(total, 1e-300)
    return np.where(total > 0.0, mean, before)


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
        relief=np.zeros(n),
        relief_weight=np.ones(n),
        risk_weight=np.ones(n),
    )
    answer = _ask_again(requests, read_limits(lenders), companies, lenders, region, signals)
    nobody, due = np.full(n, "", object), np.full(n, signals.year + 1)
    plan = LoanPlan(register.ROLL_OVER, nobody, nobody, due, 1, RelendingOffer.nothing(), Claims.nothing(n))
    state, *_ = enter(state, requests, plan, answer, lenders, region, signals.year)
    # All or nothing: what rounding leaves of the sum over lenders is no missing cash, which would be a default.
    borrowed[borrower] = np.where(answer.granted_cny > 0.0, requests.amount_cny, 0.0)
    return state, borrowed


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


def renew_bonds(
    state: FinanceState,
    maturing_cny: Floats,
    companies: Companies,
    lenders: list[Lender],
    region: Region,
    signals: Signals,
) -> tuple[FinanceState, Floats]:
    """Refinance maturing bonds by company and province, as bonds or loans.

    Args:
        state: of finance, bonds repaid.
        maturing_cny: of each loan of the register, nominal [N].
        companies: who issued them.
        lenders: of bonds and loans.
        region: the pack.
        signals: of the year.

    Returns:
        the state after it, and what each company gets, CNY [W].
    """
    w, year, purpose = len(companies), signals.year, state.register.purpose
    place = purpose.borrower * P + purpose.province
    cell = sum_by_group(place, maturing_cny, w * P)
    rows = np.flatnonzero(cell > 0.0)
    if rows.size == 0:
        return state, np.zeros(w)
    n, (borrower, province) = rows.size, np.divmod(rows, P)
    requests = Requests(
        borrower=borrower,
        province=province,
        amount_cny=cell[rows] / price_level(region, year),
        added_ebit_cny=np.zeros(n),
        cash_cny=np.full(n, np.inf),
        green=np.ones(n, dtype=bool),
        interest_subsidy=signals.policy.finance.green_interest_subsidy[province],
        guarantee_share=signals.policy.finance.green_guarantee_share[province],
        relief=np.zeros(n),  # the central bank pays for what is new
        relief_weight=np.ones(n),
        risk_weight=signals.policy.finance.risk_weight[province, GREEN_LOAN],
    )
    limits = limit_support(read_limits(lenders), state.register, region, signals)
    answer = _ask_again(requests, limits, companies, lenders, region, signals)
    requests = apply_support(requests, answer)
    nobody, first, table = np.full(n, "", object), np.full(n, year + 1), region.finance.parameters
    bond_due_year = year + int(table["bond_years"])
    no_offer, years = RelendingOffer.nothing(), int(table["loan_years"])
    claims = carry_on_claims(state.register, maturing_cny, place, rows, requests.amount_cny)
    plan = LoanPlan(register.LOAN, nobody, nobody, first, years, no_offer, claims, bond_due_year)
    state, *_ = enter_green(state, requests, plan, answer, companies, lenders, region, year)
    return state, sum_by_group(borrower, answer.granted_cny, w)


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
    due = register.sum_by_party(
        state.register.purpose, state.register.terms, dues, len(companies), price_level(region, year)
    )
    return state._replace(register=register.repay(state.register, dues)), dues, due
