"""Funding: what deciders chose, and what lenders, subsidies and their own cash pay of it."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.economics import annuity_factor
from tanlu.core.schedules import COAL_LOAN, GREEN_LOAN, LOANS, NEW
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.bond_prices import supported_bonds
from tanlu.finance.bonds import taken_guarantee
from tanlu.finance.claims import Claims, claimed_by_projects
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.relending import offer_relending, relief, weight_factor
from tanlu.investment.population import STAYS, Appraisal, Investors
from tanlu.kernels.appraisal import Projects
from tanlu.kernels.finance.dues import Due
from tanlu.kernels.lending import Answer, LoanAllocation, Requests
from tanlu.ledger.decisions import BINDING
from tanlu.region.pack import Region
from tanlu.region.tables import select_rows
from tanlu.settlement.credit.contract import BondPlan, LoanPlan, enter_green, find_bond_due_year
from tanlu.settlement.credit.price import remember_bonds, remember_rates, remember_support
from tanlu.settlement.credit.rationing import (
    apply_support,
    ask,
    limit_support,
    note_answers,
    read_limits,
    usual_terms,
)
from tanlu.state.state import FinanceState


class Choice(NamedTuple):
    """What one population chose before anybody knows who gets a loan; axis n deciders at a window."""

    population: Investors
    appraisal: Appraisal
    option: Integers  # [n]
    owner: Integers  # [n]
    province: Integers  # [n]
    capex_cny: Floats  # [n] after grants, of the chosen option
    loan_class: Integers  # [n] position in `LOAN_CLASSES`
    captures: Booleans  # [n]
    needs_loan: Booleans  # [n] closing is paid from own money
    lead_years: Integers  # [n] from the decision to the first year of operation
    claimed_tco2_per_year: Floats  # [n] that a loan or bond with the label would say the project avoids


class Funding(NamedTuple):
    """The lenders' answer; axis n, in the order of the requests."""

    funded: Booleans
    loan_cny: Floats
    loan_rate: Floats
    binding: Integers  # position in decisions.BINDING


def make_choice(
    population: Investors,
    appraisal: Appraisal,
    owner: Integers,
    province: Integers,
    grid_tco2_per_mwh: Floats,
    lead_years: Integers | int = 1,
) -> Choice:
    """Let the population choose, and note what the choice costs.

    Capture has lead times of its own. `grid_tco2_per_mwh` is what electricity of each province emits in the year [P],
    for what issuers claim.
    """
    n, closing = appraisal.decider.size, population.closing
    option = population.choose(appraisal) if n else np.zeros(0, np.int64)
    capex = appraisal.capex_cny[np.arange(n), option] if n else np.zeros(0)
    needs = option != STAYS
    if closing is not None:
        needs = needs & (option != appraisal.options.index(closing))
    capex = np.where(option != STAYS, capex, 0.0)
    captures = population.is_capture[option]
    _, capture_years = read_capture_terms(appraisal, option)
    lead_years = np.where(captures, capture_years, lead_years)
    return Choice(
        population,
        appraisal,
        option,
        owner,
        province,
        capex,
        population.loan_class(appraisal, option),
        captures,
        needs,
        np.maximum(lead_years, 1),
        claimed_by_projects(appraisal, option, captures, grid_tco2_per_mwh[province]),
    )


class ChosenProjects(NamedTuple):
    """Every chosen project, in the order of the choices; axis n."""

    option: Integers
    owner: Integers
    province: Integers
    capex_cny: Floats
    loan_class: Integers
    needs_loan: Booleans
    npv_cny: Floats
    hurdle: Floats

    @classmethod
    def without_value(cls, owner: Integers, projects: Projects, capex_cny: Floats) -> "ChosenProjects":
        """Build green projects as bidders ask for them, of unknown value."""
        n = owner.size
        option, npv, loan_class = np.ones(n, np.int64), np.zeros(n), np.full(n, GREEN_LOAN)
        needs, place = np.ones(n, dtype=bool), projects.province
        return cls(option, owner, place, capex_cny, loan_class, needs, npv, projects.rate)


class Borrowed(NamedTuple):
    """What projects of a year cost after grants, closing included, who paid, and the interest of that year."""

    first: Due
    injected_cny: Floats  # [W] by parents, where a company's cash is short; the rest is its own
    capex_cny: float
    loan_cny: float

    @classmethod
    def nothing(cls, companies: int, lenders: int, provinces: int) -> "Borrowed":
        """Build the record of a year without projects."""
        return cls(register.nothing_due(companies, lenders, provinces), np.zeros(companies), 0.0, 0.0)

    def combine(self, group: "Borrowed") -> "Borrowed":
        """Add up what two groups of projects borrowed."""
        first = Due._make(np.add(a, b) for a, b in zip(self.first, group.first, strict=True))
        return Borrowed(
            first,
            self.injected_cny + group.injected_cny,
            self.capex_cny + group.capex_cny,
            self.loan_cny + group.loan_cny,
        )


def fund_choices(
    state: FinanceState,
    choices: list[Choice],
    allowed: list[Booleans],
    companies: Companies,
    lenders: list[Lender],
    region: Region,
    signals: Signals,
) -> tuple[FinanceState, list[Funding], Borrowed]:
    """Ask lenders for loans for chosen projects, and book what is lent.

    The best borrower asks first (docs/model/finance.md).
    """
    projects = _projects(choices)
    owner, capex, builds, wants = (
        projects.owner,
        projects.capex_cny,
        projects.needs_loan,
        projects.option != STAYS,
    )
    ok = np.concatenate(allowed)
    needs = wants & ok & builds & (capex > 0.0)
    stopped = needs & (projects.loan_class == COAL_LOAN) & _coal_stopped(signals)[projects.province]
    asks = np.flatnonzero(needs & ~stopped)
    requests = _requests(companies, region, signals, select_rows(projects, asks))
    answer = _ask_lenders(requests, state, companies, lenders, region, signals)
    _note_stopped(lenders, region, owner[stopped], projects.province[stopped])
    binding = np.where(wants & ~ok, BINDING.index("budget"), 0)
    binding[asks] = CONSTRAINT_TO_BINDING[answer.constraint]
    binding[stopped] = BINDING.index("credit_rule")
    refused = np.union1d(asks[answer.lender < 0], np.flatnonzero(stopped))
    binding[_from_own_cash(refused, owner, capex, companies.cash_cny)] = BINDING.index("none")
    funded = wants & ok & (binding == BINDING.index("none"))
    plan = _plan(choices, asks, region, signals)
    granted = remember_support(state.granted, requests, answer, region)
    granted = remember_bonds(granted, requests, answer, state.greenium)
    requests = apply_support(requests, answer)
    loan, rate = np.zeros(capex.size), np.full(capex.size, np.nan)
    loan[asks], rate[asks] = answer.granted_cny, answer.rate + requests.guarantee_fee
    state, purpose, agreed = enter_green(
        state, requests, plan, answer, companies, lenders, region, signals.year
    )
    first = first_interest(purpose, agreed, companies, lenders, region, signals.year)
    granted, rows = remember_rates(granted, requests, answer, companies, signals), np.flatnonzero(funded)
    injected = companies.pay_own_share(
        owner[rows], (capex - loan)[rows], (capex * builds)[rows], first.interest_cny
    )
    answers = _answers(choices, Funding(funded, loan, rate, binding))
    totals_cny = float(capex[rows].sum()), float(loan[rows].sum())
    return state._replace(granted=granted), answers, Borrowed(first, injected, *totals_cny)


def _coal_stopped(signals: Signals) -> Booleans:
    """Mark the provinces in which no lender may finance coal units [P]."""
    return np.asarray(signals.policy.finance.coal_loans_stopped > 0.0)


def _ask_lenders(
    requests: Requests,
    state: FinanceState,
    companies: Companies,
    lenders: list[Lender],
    region: Region,
    signals: Signals,
) -> LoanAllocation:
    """Put requests for projects to the lenders, who count their answers."""
    limits = limit_support(read_limits(lenders, len(region.axes.provinces)), state.register, region, signals)
    terms = usual_terms(region, lenders)
    answer = ask(requests, terms, limits, companies, companies.interest_cny, region, signals)
    note_answers(lenders, requests.borrower, answer.answer)
    return answer


def _note_stopped(lenders: list[Lender], region: Region, borrower: Integers, province: Integers) -> None:
    """Let lenders count the requests of projects that a rule stops [n]."""
    terms = usual_terms(region, lenders)
    is_local = (terms.province < 0) | (terms.province == province[:, None])
    answer = np.where(is_local & (terms.weight > 0.0), int(Answer.RULE), int(Answer.NOT_ASKED))
    note_answers(lenders, borrower, answer)


def _answers(choices: list[Choice], funding: Funding) -> list[Funding]:
    """Split the answer by choice."""
    ends = np.cumsum([0, *(choice.owner.size for choice in choices)])
    return [Funding._make(column[a:b] for column in funding) for a, b in pairwise(ends)]


def first_interest(
    purpose: register.LoanPurpose,
    terms: register.Terms,
    companies: Companies,
    lenders: list[Lender],
    region: Region,
    year: int,
) -> Due:
    """Compute the first year's interest, and let lenders collect it."""
    interest = register.first_interest(terms)
    parties = len(companies), len(region.axes.provinces)
    first = register.sum_by_party(purpose, terms, interest, *parties, price_level(region, year))
    for lender, received in zip(lenders, first.received_cny.tolist(), strict=True):
        lender.collect(received)
    return first


def _plan(choices: list[Choice], asks: Integers, region: Region, signals: Signals) -> LoanPlan:
    """Plan the loans of projects: decider, option and years of repayment."""
    year = signals.year
    deciders = [np.array(c.population.ids, object)[c.appraisal.decider] for c in choices]
    options = [np.array(c.appraisal.options, object)[c.option] for c in choices]
    first_year = year + np.concatenate([choice.lead_years for choice in choices])
    return LoanPlan(
        register.LOAN,
        np.concatenate(deciders)[asks],
        np.concatenate(options)[asks],
        first_year[asks],
        int(region.finance.parameters["loan_years"]),
        offer_relending(region.finance, signals.policy.finance, year),
        _claimed(choices, asks),
        BondPlan(find_bond_due_year(region, year), supported_bonds(signals.policy.finance, NEW)),
    )


def _claimed(choices: list[Choice], asks: Integers) -> Claims:
    """Compute the claims of projects that ask for a loan, by CNY."""
    claimed, capex = (
        np.concatenate([getattr(choice, name) for choice in choices])[asks]
        for name in ("claimed_tco2_per_year", "capex_cny")
    )
    return Claims(claimed / capex, is_carried_on=False)


# The lending market's constraint codes as positions in the ledger's list.
CONSTRAINT_TO_BINDING = np.array(
    [BINDING.index(n) for n in ("none", "lender_capital", "leverage", "interest_coverage", "debt_service")]
)


def _from_own_cash(refused: Integers, owner: Integers, capex: Floats, cash: Floats) -> Integers:
    """Select the refused projects that owners pay from their cash.

    They are taken in order, while the cash lasts.
    """
    balance = np.maximum(cash, 0.0)
    affordable = []
    for request in refused:
        if capex[request] <= balance[owner[request]]:
            balance[owner[request]] -= capex[request]
            affordable.append(request)
    return np.array(affordable, dtype=np.int64)


def _projects(choices: list[Choice]) -> ChosenProjects:
    return ChosenProjects(
        option=np.concatenate([c.option for c in choices]),
        owner=np.concatenate([c.owner for c in choices]),
        province=np.concatenate([c.province for c in choices]),
        capex_cny=np.concatenate([c.capex_cny for c in choices]),
        loan_class=np.concatenate([c.loan_class for c in choices]),
        needs_loan=np.concatenate([c.needs_loan for c in choices]),
        npv_cny=np.concatenate([select_chosen(c, c.appraisal.npv_cny) for c in choices]),
        hurdle=np.concatenate([select_chosen(c, c.appraisal.rate) for c in choices]),
    )


def can_be_paid(
    projects: ChosenProjects, companies: Companies, lenders: list[Lender], region: Region, signals: Signals
) -> Booleans:
    """Check which projects would be paid if each asked alone [n].

    A project finds a loan or is paid from its owner's cash.
    """
    requests = _requests(companies, region, signals, projects)
    can_pay = projects.capex_cny <= np.maximum(companies.cash_cny, 0.0)[projects.owner]
    terms, limits = usual_terms(region, lenders), read_limits(lenders, len(region.axes.provinces))
    for i in np.flatnonzero(~can_pay):
        request = Requests._make(column[i : i + 1] for column in requests)
        can_pay[i] = (
            ask(request, terms, limits, companies, companies.interest_cny, region, signals).lender[0] >= 0
        )
    return can_pay


def _requests(companies: Companies, region: Region, signals: Signals, projects: ChosenProjects) -> Requests:
    """Build the loan requests of projects."""
    law, place = signals.policy.finance, projects.province
    expected = _expected_return(region, projects.capex_cny, projects.npv_cny, projects.hurdle)
    cut = relief(region.finance, law)[place]
    return Requests(
        borrower=projects.owner,
        province=place,
        amount_cny=region.finance.parameters["project_debt_share"] * projects.capex_cny,
        added_ebit_cny=region.parameters["expected_return_credited_share"] * expected,
        cash_cny=expected,
        green=projects.loan_class == GREEN_LOAN,
        interest_subsidy=law.green_interest_subsidy[place, LOANS, NEW],
        guarantee_share=law.green_guarantee_share[place, LOANS, NEW],
        guarantee_fee=law.green_guarantee_fee[place, LOANS, NEW],
        bond_guarantee_share=taken_guarantee(
            projects.owner, place, companies, supported_bonds(law, NEW), region
        ),
        relief=cut,
        relief_weight=weight_factor(region.finance, cut),
        risk_weight=law.risk_weight[place, projects.loan_class],
    )


def _expected_return(region: Region, capex: Floats, npv: Floats, rate: Floats) -> Floats:
    """Compute the yearly earnings that owners expect of projects, CNY [n].

    They are spread over the years of a loan.
    """
    years = np.full(rate.size, int(region.finance.parameters["loan_years"]))
    return (capex + np.maximum(npv, 0.0)) / annuity_factor(np.maximum(rate, 0.0), years)


def read_capture_terms(appraisal: Appraisal, option: Integers) -> tuple[Integers, Integers]:
    """Read sector and lead time of each chosen capture project [n].

    The lead time is in years; both are 0 of other choices.
    """
    considered, n = appraisal.capture, option.size
    sector, lead_years = np.zeros((2, n), np.int64)
    if considered is not None:
        choice_rows = np.flatnonzero(option[considered.row] == considered.option)
        row = considered.row[choice_rows]
        sector[row] = considered.projects.sector[choice_rows]
        lead_years[row] = considered.projects.lead_years[choice_rows]
    return sector, lead_years


def select_chosen(choice: Choice, value: Floats) -> Floats:
    """Select the value of each decider's chosen option, [n] of [n, K]."""
    return np.asarray(value[np.arange(choice.option.size), choice.option])
