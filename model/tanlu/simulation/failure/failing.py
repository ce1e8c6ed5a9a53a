"""Failing: who cannot go on alone is rescued by its owner or fails, and its estate goes to bidders and lenders."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import P
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.register import Dues
from tanlu.finance.rescue import Rescue, Trouble, rescue, trouble_of
from tanlu.region.pack import Region
from tanlu.simulation.actors import Actors
from tanlu.simulation.failure.estate import Estate, read_estate
from tanlu.simulation.failure.sale import Bidders, ChangedHands, leave_behind, sell
from tanlu.simulation.state import FinanceState
from tanlu.simulation.steps.credit import take_over


class Failures(NamedTuple):
    """What became of companies that could not go on alone; axis W, CNY of the base year."""

    trouble: Trouble
    failed: Booleans  # this year
    defaulted: Booleans  # of them, who owed something
    not_repaid_cny: Floats  # of what they owed lenders in the year; it is part of what they owe
    unpaid_cny: Floats  # bills that they leave
    kept_running_cny: Floats  # what customers pay for what failed earlier and is needed
    sold_cny: Floats  # prices, by seller
    bought_cny: Floats  # the same by buyer
    loans_cny: Floats  # lent for it
    injected_cny: Floats  # by buyers' parents
    repaid_cny: Floats  # from proceeds
    recovered_cny: Floats  # by lenders, of what they had written off
    to_owner_cny: Floats  # what is left after all debt
    left_cny: Floats  # book value that found no buyer, in the year of failure
    guarantee_cny: Floats  # [P] paid to lenders
    lender_loss_cny: float


def fail(
    state: FinanceState, repaid_cny: Floats, actors: Actors, region: Region, signals: Signals
) -> tuple[FinanceState, Rescue, Failures]:
    """Let owners pay in or companies fail, sell what failed ones own, and settle with their lenders.

    `repaid_cny` is what was to be repaid of each loan in the year, nominal [N]; a failing company does not pay it.
    """
    companies = actors.companies
    needed, w = companies.needs(), len(companies)
    nothing = Rescue(np.zeros(w), np.zeros(P))
    if not (needed.any() or companies.failed.any()):
        return state, nothing, _nobody(w)
    estate = read_estate(actors, signals)
    hurdle = companies.hurdle(signals, state.granted)
    bidders = Bidders(estate.keepers(w) & ~(companies.failed | (needed > 0.0))[:, None], hurdle)
    due = np.bincount(state.register.purpose.borrower, repaid_cny, w) / price_level(region, signals.year)
    trouble = judge(needed, due, estate, bidders, companies, region)
    paid = rescue(trouble, companies, signals.policy.finance)
    failing = trouble.is_any & (paid.to_companies_cny == 0.0)
    companies.cash_cny = companies.cash_cny + paid.to_companies_cny + due * failing
    companies.debt_cny = companies.debt_cny + due * failing
    state = state._replace(register=register.not_repaid(state.register, repaid_cny, failing))
    companies.fail(failing)
    offered = estate.is_there & companies.failed[estate.owner]
    state, sales = sell(state, estate, offered, bidders, actors, region, signals)
    state, failures = settle_claims(state, estate, failing, sales, actors, region, signals)
    return state, paid, failures._replace(trouble=trouble, not_repaid_cny=due * failing)


def judge(
    needed_cny: Floats,
    due_cny: Floats,
    estate: Estate,
    bidders: Bidders,
    companies: Companies,
    region: Region,
) -> Trouble:
    """Return what it would mean to let companies fail that need money, of which `due_cny` is owed to lenders [W]."""
    w, rows = len(companies), np.flatnonzero(estate.is_there & (needed_cny > 0.0)[estate.owner])
    owner = estate.owner[rows]
    worth = estate.worth_cny(rows, estate.rate(rows, bidders.hurdle))
    bid = bidders.best_cny(estate, rows, region.finance.parameters["bid_share_of_value"])
    closing = np.bincount(owner, estate.closing_cny[rows] * (bid == 0.0), w)
    owed = companies.debt_cny + due_cny
    fetched = np.bincount(owner, bid, w) - closing - (needed_cny - due_cny)
    loss = owed - np.clip(fetched, 0.0, owed)
    return trouble_of(companies, needed_cny, np.bincount(owner, worth, w), loss, closing)


def settle_claims(
    state: FinanceState,
    estate: Estate,
    failing: Booleans,
    sales: ChangedHands,
    actors: Actors,
    region: Region,
    signals: Signals,
) -> tuple[FinanceState, Failures]:
    """Pay bills, what closing costs, lenders and then the owner out of what failed companies have."""
    companies, w, level = actors.companies, len(actors.companies), price_level(region, signals.year)
    failed, debt = companies.failed, companies.debt_cny.copy()
    closing = leave_behind(estate, actors, sales)
    sold = sales.by(estate.owner, sales.price_cny, w)
    cash = companies.cash_cny + sold
    missing = np.where(failed, np.maximum(-cash, 0.0), 0.0)
    spare = np.where(failed, np.maximum(cash - closing, 0.0), 0.0)
    repaid = np.where(failing, np.minimum(spare, debt), 0.0)
    lost = np.where(failed & ~failing, register.borne_loss_cny(state.register, w, level), 0.0)
    recovered = np.minimum(spare, lost)
    state, loss, guarantee = _settle_loans(state, failing, (repaid, recovered), actors, level)
    rest = spare - repaid - recovered
    companies.cash_cny = np.where(failed, np.maximum(cash, 0.0) - spare, cash)
    take_over(state.register, companies, actors.lenders, level)
    return state, _nobody(w)._replace(
        failed=failing,
        defaulted=failing & (debt > 0.0),
        unpaid_cny=missing * failing,
        kept_running_cny=missing * ~failing,
        sold_cny=sold,
        bought_cny=sales.by(sales.buyer, sales.price_cny, w),
        loans_cny=sales.by(sales.buyer, sales.loan_cny, w),
        injected_cny=sales.injected_cny,
        repaid_cny=repaid,
        recovered_cny=recovered,
        to_owner_cny=rest,
        left_cny=np.where(failing, companies.assets_cny, 0.0),
        guarantee_cny=guarantee,
        lender_loss_cny=loss,
    )


def _settle_loans(
    state: FinanceState, failing: Booleans, paid_cny: tuple[Floats, Floats], actors: Actors, level: float
) -> tuple[FinanceState, float, Floats]:
    """Repay loans in parts alike, write off the rest, and give lenders what came late.

    Returns:
        the state after it, what lenders lose, and what guarantors pay [P].
    """
    companies, lenders = actors.companies, actors.lenders
    repaid, recovered = paid_cny
    book = register.repaid(state.register, _repayment(state, repaid, companies))
    book, late = register.recovered(book, recovered * level, len(companies))
    left, loss = register.written_off(book, failing.astype(np.float64))
    guaranteed = loss * left.terms.guarantee_share
    borne = register.to_holders(left.terms, loss - guaranteed) / level
    for lender, lost, back in zip(
        lenders, borne.tolist(), (register.to_holders(left.terms, late) / level).tolist(), strict=True
    ):
        lender.lose(lost)
        lender.recover(back)
    guarantee = np.bincount(left.purpose.province, guaranteed, P) / level
    return state._replace(register=left), float(borne.sum()), guarantee


def _repayment(state: FinanceState, repaid_cny: Floats, companies: Companies) -> Dues:
    """Return what is repaid of each loan: the same part of all that a company owes, nominal."""
    book, debt = state.register, companies.debt_cny
    share = np.divide(repaid_cny, debt, out=np.zeros(debt.size), where=repaid_cny > 0.0)
    amount = book.balance_cny * share[book.purpose.borrower]
    none = np.zeros(amount.size)
    return Dues(none, none, amount, none)


def _nobody(companies: int) -> Failures:
    """Return a year in which everybody can go on."""
    none, no = np.zeros(companies), np.zeros(companies, dtype=bool)
    return Failures(
        trouble=Trouble(none, none, none, none, none),
        failed=no,
        defaulted=no,
        not_repaid_cny=none,
        unpaid_cny=none,
        kept_running_cny=none,
        sold_cny=none,
        bought_cny=none,
        loans_cny=none,
        injected_cny=none,
        repaid_cny=none,
        recovered_cny=none,
        to_owner_cny=none,
        left_cny=none,
        guarantee_cny=np.zeros(P),
        lender_loss_cny=0.0,
    )
