"""Credit: what lenders grant, how it enters the register, and what they last asked, for who plans."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import P
from tanlu.core.schedules import GREEN_LOAN
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.bonds import greenium, offers, split
from tanlu.finance.claims import Claims, carried_on
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
    """What loans are for, beside what lenders need to know; axis R."""

    kind: int  # position in `register.KINDS`
    decider: np.ndarray  # id of who decided; empty for debt without a project
    option: np.ndarray  # what it decided
    first_repayment_year: Integers
    repayments: int  # in so many years
    relending: RelendingOffer  # of green loans
    claims: Claims
    bond_due_year: int = 0  # of what is issued as a bond in place of a green loan


def usual_terms(region: Region, lenders: list[Lender]) -> Lenders:
    """Return to whom each lender lends, and by which weight."""
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
    """Put every request to the lenders in the order of the borrowers' interest coverage.

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


def available(lenders: list[Lender]) -> Limits:
    """Return what each lender can still lend this year, for loans that nobody supports."""
    none = np.full(P, np.inf)
    quota, room = ([getattr(one, name) for one in lenders] for name in ("quota_cny", "room_cny"))
    return Limits(np.array(quota), np.array(room), none, none)


def with_support(limits: Limits, book: Register, region: Region, signals: Signals) -> Limits:
    """Return the limits of a year with what its loans so far have left of guarantees and relending."""
    law = signals.policy.finance
    guarantee, relending = law.green_guarantee_budget_cny, law.relending_quota_cny
    if np.isinf(guarantee).all() and np.isinf(relending).all():
        return limits
    terms, new = book.terms, book.purpose.year == signals.year
    principal = np.where(new, terms.principal_cny, 0.0) / price_level(region, signals.year)
    held = terms.holder_share[:, relenders(region.finance.lenders)].sum(axis=1) * (
        terms.relending_share > 0.0
    )
    guaranteed, relent = (
        sum_by_group(book.purpose.province, principal * share, P) for share in (terms.guarantee_share, held)
    )
    return limits._replace(
        guarantee_cny=np.maximum(guarantee - guaranteed, 0.0),
        relending_cny=np.maximum(relending - relent, 0.0),
    )


def as_given(requests: Requests, answer: LoanAllocation) -> Requests:
    """Return requests with the support that the year's budgets had for them."""
    return requests._replace(guarantee_share=answer.guarantee_share, relief=requests.relief * answer.relent)


def note_answers(lenders: list[Lender], borrower: Integers, answer: Integers) -> None:
    """Let lenders count how they answered requests [R] of borrowers; `answer` is [R, L]."""
    for lender, own in zip(lenders, answer.T, strict=True):
        lender.note(borrower, own)


def enter(
    state: FinanceState,
    requests: Requests,
    asked: LoanPlan,
    answer: LoanAllocation,
    lenders: list[Lender],
    region: Region,
    year: int,
) -> tuple[FinanceState, LoanPurpose, Terms]:
    """Enter what was granted in the register, and pay it out.

    Returns:
        the state after it, and the new loans.
    """
    purpose, terms = _agreed(requests, asked, answer, region, year)
    _pay_out(lenders, answer, requests.risk_weight)
    return state._replace(register=register.entered(state.register, purpose, terms)), purpose, terms


def _agreed(
    requests: Requests, asked: LoanPlan, answer: LoanAllocation, region: Region, year: int
) -> tuple[LoanPurpose, Terms]:
    """Return the loans that were granted."""
    rows = np.flatnonzero(answer.granted_cny > 0.0)
    granted, green = answer.granted_cny[rows], requests.green[rows]
    first, province = asked.first_repayment_year[rows], requests.province[rows]
    claimed = asked.claims.tco2_per_cny[rows] * granted * green
    holder_share = answer.granted_by_lender_cny[rows] / granted[:, None]
    held = holder_share[:, relenders(region.finance.lenders)].sum(axis=1)
    purpose = LoanPurpose(
        kind=np.full(rows.size, asked.kind),
        year=np.full(rows.size, year),
        borrower=requests.borrower[rows],
        province=province,
        decider=asked.decider[rows],
        option=asked.option[rows],
    )
    terms = Terms(
        principal_cny=granted * price_level(region, year),
        coupon=answer.contract_rate[rows],
        subsidy=answer.contract_rate[rows] - answer.rate[rows],
        guarantee_share=requests.guarantee_share[rows] * green,
        relending_share=asked.relending.share[province] * held * green * answer.relent[rows],
        relending_rate=asked.relending.rate[province],
        relending_until_year=asked.relending.until_year[province],
        risk_weight=requests.risk_weight[rows],
        first_repayment_year=first,
        last_repayment_year=first + asked.repayments - 1,
        green=green,
        claimed_tco2_per_year=claimed,
        carried_tco2_per_year=claimed * asked.claims.carried,
        holder_share=holder_share,
    )
    return purpose, terms


def _pay_out(lenders: list[Lender], answer: LoanAllocation, risk_weight: Floats) -> None:
    granted = answer.granted_by_lender_cny
    lent, weighted = granted.sum(axis=0), (granted * risk_weight[:, None]).sum(axis=0)
    for lender, amount, counted in zip(lenders, lent.tolist(), weighted.tolist(), strict=True):
        lender.lend(amount, counted)


def bond_due(region: Region, year: int) -> int:
    """Return when a bond falls due that is issued for a project of the year, which bears interest already."""
    return year + int(region.finance.parameters["bond_years"]) - 1


def enter_green(
    state: FinanceState,
    requests: Requests,
    asked: LoanPlan,
    answer: LoanAllocation,
    companies: Companies,
    lenders: list[Lender],
    region: Region,
    year: int,
) -> tuple[FinanceState, LoanPurpose, Terms]:
    """Enter what was granted, the part of green debt that companies issue as bonds told apart.

    Returns:
        the state after it, and the new loans and bonds.
    """
    if not requests.green.any():
        return enter(state, requests, asked, answer, lenders, region, year)
    offer = offers(requests, answer, companies, greenium(state.books, region, year), region, year)
    loans, bonds = split(answer, offer, lenders, region.finance.lenders.bond_share)
    if not bonds.granted_cny.any():
        return enter(state, requests, asked, answer, lenders, region, year)
    due = np.full(answer.granted_cny.size, asked.bond_due_year)
    at_maturity = asked._replace(
        kind=register.BOND, first_repayment_year=due, repayments=1, relending=RelendingOffer.nothing()
    )
    both = (
        _agreed(requests, plan, part, region, year) for plan, part in ((asked, loans), (at_maturity, bonds))
    )
    for part in (loans, bonds):
        _pay_out(lenders, part, requests.risk_weight)
    purpose, terms = (register.joined(one, more) for one, more in zip(*both, strict=True))
    return state._replace(register=register.entered(state.register, purpose, terms)), purpose, terms


def remember_rates(
    granted: Granted, requests: Requests, answer: LoanAllocation, companies: Companies, signals: Signals
) -> Granted:
    """Return what lenders asked this year by rating, and of ratings to which they lent nothing what they last asked.

    A label changes neither: what it brings, guarantee, subsidy and relending, is taken off by who plans.
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
    """Return which part of the guarantees and the relending that green loans could have had they got; 1 without any."""
    green = answer.granted_cny * requests.green
    national = answer.granted_by_lender_cny[:, relenders(region.finance.lenders)].sum(axis=1) * requests.green
    guaranteed = green * requests.guarantee_share, green * answer.guarantee_share
    relent = national, national * answer.relent
    parts = []
    for asked, got in (guaranteed, relent):
        of, part = (sum_by_group(requests.province, amount, P) for amount in (asked, got))
        parts.append(np.divide(part, of, out=np.ones(P), where=of > 0.0))
    return granted._replace(guaranteed_part=parts[0], relent_part=parts[1])


def _relent_part(answer: LoanAllocation, region: Region) -> Floats:
    """Return which part of each loan is of lenders that relend [R], 0 where nothing is granted."""
    granted, relend = answer.granted_cny, relenders(region.finance.lenders)
    by_them = answer.granted_by_lender_cny[:, relend].sum(axis=1)
    return np.divide(by_them, granted, out=np.zeros(granted.size), where=granted > 0.0)


def _mean_by(before: Floats, step: Integers, value: Floats, weight: Floats) -> Floats:
    """Return the weighted mean of `value` by rating [Z + 1], `before` where nothing counts."""
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
    """Ask lenders for the cash that companies lack [W], for a year; of them leverage and coverage of 1 are asked.

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
        province=companies.where.argmax(axis=1)[borrower],
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
    answer = _ask_again(requests, available(lenders), companies, lenders, region, signals)
    nobody, due = np.full(n, "", object), np.full(n, signals.year + 1)
    asked = LoanPlan(register.ROLL_OVER, nobody, nobody, due, 1, RelendingOffer.nothing(), Claims.nothing(n))
    state, *_ = enter(state, requests, asked, answer, lenders, region, signals.year)
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
    """Put requests for what is owed already, and falls due, to the lenders, once the year's repayments are made."""
    lend_to, table = usual_terms(region, lenders), region.finance.parameters
    every = np.ones(lend_to.spread.size)
    lend_to = lend_to._replace(
        minimum_interest_coverage=every * table["roll_over_interest_coverage"],
        maximum_debt_to_assets=every * table["maximum_leverage"],
    )
    left = companies.cost_of_debt * companies.debt_cny  # a year
    answer = ask(requests, lend_to, limits, companies, left, region, signals)
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
    """Ask anew, by company and province, for what falls due of bonds; it may be a bond or a loan.

    Args:
        state: of finance, bonds repaid.
        maturing_cny: of each loan of the register, nominal [N].
        companies: who issued them.
        lenders: whom they ask.
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
    limits = with_support(available(lenders), state.register, region, signals)
    answer = _ask_again(requests, limits, companies, lenders, region, signals)
    requests = as_given(requests, answer)
    nobody, first, table = np.full(n, "", object), np.full(n, year + 1), region.finance.parameters
    bond_due_year = year + int(table["bond_years"])
    none, years = RelendingOffer.nothing(), int(table["loan_years"])
    claims = carried_on(state.register, maturing_cny, place, rows, requests.amount_cny)
    asked = LoanPlan(register.LOAN, nobody, nobody, first, years, none, claims, bond_due_year)
    state, *_ = enter_green(state, requests, asked, answer, companies, lenders, region, year)
    return state, sum_by_group(borrower, answer.granted_cny, w)


def take_over(register_now: Register, companies: Companies, lenders: list[Lender], level: float) -> None:
    """Let companies and lenders take over what the register says is owed, at the year's price level."""
    owed = register.owed(register_now, len(companies), level)
    companies.owe(owed.debt_cny, owed.rate)
    columns = owed.held_cny.tolist(), owed.risk_weighted_cny.tolist()
    for lender, held, counted in zip(lenders, *columns, strict=True):
        others = lender.public_cny + lender.hubs_cny
        lender.outstanding_cny, lender.risk_weighted_cny = held + others, counted + others


def due_now(
    state: FinanceState, companies: Companies, region: Region, year: int
) -> tuple[FinanceState, Dues, Due]:
    """Return the state after this year's repayments, and what is due by loan and by party."""
    paid = register.dues(state.register, year)
    due = register.by_party(
        state.register.purpose, state.register.terms, paid, len(companies), price_level(region, year)
    )
    return state._replace(register=register.repaid(state.register, paid)), paid, due
