"""Failing: who cannot go on alone is rescued by its owner or fails, and its estate goes to bidders and lenders."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import P
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.register import Dues
from tanlu.finance.rescue import Rescue, Trouble, rescue, trouble_of
from tanlu.region.pack import Region
from tanlu.settlement.credit import take_over
from tanlu.settlement.failure.estate import Estate, read_estate
from tanlu.settlement.failure.members import Members, members_of, orphaned
from tanlu.settlement.failure.sale import Bidders, ChangedHands, book_value, closing_cny, leave_behind, sell
from tanlu.state.actors import Actors
from tanlu.state.state import FinanceState


class Failures(NamedTuple):
    """What became of companies that could not go on alone; axis W, CNY of the base year."""

    trouble: Trouble  # of all its members together
    exits: Integers  # owners that fail in the year: one, or of those a row stands for
    defaults: Integers  # of them, who owed something
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
    lost = orphaned(actors)
    if not (needed.any() or companies.failed.any() or lost.any()):
        return state, Rescue(np.zeros(w, dtype=bool), np.zeros(w), np.zeros(P)), _nobody(w)
    estate = read_estate(actors, signals)
    members = members_of(estate, lost, companies)
    hurdle = companies.hurdle(signals, state.granted)
    bidders = Bidders(estate.keepers(w) & ~(companies.failed | (needed > 0.0))[:, None], hurdle)
    due = sum_by_group(state.register.purpose.borrower, repaid_cny, w) / price_level(region, signals.year)
    trouble = judge(needed, due, estate, members, bidders, companies, region)
    paid = rescue(trouble, members.company, companies, signals.policy.finance)
    failing = failing_of(trouble, paid, due, members, companies)
    companies.debt_cny = companies.debt_cny + failing.not_repaid_cny
    state = state._replace(register=register.not_repaid(state.register, repaid_cny, failing.part))
    companies.fail(failing.whole)
    offered = estate.is_there & (companies.failed[estate.owner] | lost | failing.rows)
    state, sales = sell(state, estate, offered, bidders, actors, region, signals)
    leave_behind(estate, offered, actors, sales)
    state, failures = settle_claims(state, estate, failing, sales, actors, region, signals)
    companies.cash_cny = companies.cash_cny + paid.to_companies_cny
    together = Trouble(*(members.by_company(value, w) for value in trouble))
    return state, paid, failures._replace(trouble=together, not_repaid_cny=failing.not_repaid_cny)


class Failing(NamedTuple):
    """Who fails in a year; axes W companies, N units and then facilities."""

    exits: Integers  # [W] owners that fail
    part: Floats  # [W] of what the company has and owes that is theirs; 1 if it fails as a whole
    whole: Booleans  # [W]
    rows: Booleans  # [N] what they own
    owed_cny: Floats  # [W] by them to lenders, and of it
    not_repaid_cny: Floats  # [W] what was due in the year


def failing_of(
    trouble: Trouble, paid: Rescue, due_cny: Floats, members: Members, companies: Companies
) -> Failing:
    """Return who fails: members in trouble for whom no owner pays in, of what lenders are due in the year [W]."""
    fails, w = trouble.is_any & ~paid.is_paid, len(companies)
    some, rest = members.by_company(fails, w) > 0.0, members.by_company(members.share * ~fails, w)
    part = np.where(some, 1.0 - rest, 0.0)  # exactly one where nobody goes on
    return Failing(
        exits=members.by_company(fails, w).astype(np.int64),
        part=part,
        whole=fails[:w] & ~companies.table.many_owners,
        rows=(members.of_row >= 0) & fails[members.of_row],
        owed_cny=part * (companies.debt_cny + due_cny),
        not_repaid_cny=part * due_cny,
    )


def judge(
    needed_cny: Floats,
    due_cny: Floats,
    estate: Estate,
    members: Members,
    bidders: Bidders,
    companies: Companies,
    region: Region,
) -> Trouble:
    """Return what letting members fail would mean whose company needs money, of which it owes `due_cny` lenders [W]."""
    company, m = members.company, members.company.size
    rows = np.flatnonzero((members.of_row >= 0) & (needed_cny > 0.0)[estate.owner])
    mine = members.of_row[rows]
    worth = estate.worth_cny(rows, estate.rate(rows, bidders.hurdle))
    bid = bidders.best_cny(estate, rows, region.finance.parameters["bid_share_of_value"])
    closing = sum_by_group(mine, estate.closing_cny[rows] * (bid == 0.0), m)
    needed, due, debt = (of[company] * members.share for of in (needed_cny, due_cny, companies.debt_cny))
    owed = debt + due
    fetched = sum_by_group(mine, bid, m) - closing - (needed - due)
    loss = owed - np.clip(fetched, 0.0, owed)
    return trouble_of(companies.is_state[company], needed, sum_by_group(mine, worth, m), debt, loss, closing)


def settle_claims(
    state: FinanceState,
    estate: Estate,
    failing: Failing,
    sales: ChangedHands,
    actors: Actors,
    region: Region,
    signals: Signals,
) -> tuple[FinanceState, Failures]:
    """Pay bills, what closing costs, lenders and then the owner out of what failed owners have."""
    companies, w, level = actors.companies, len(actors.companies), price_level(region, signals.year)
    now, debt = failing.exits > 0, failing.owed_cny
    sold = sales.by(estate.owner, sales.price_cny, w)
    theirs = companies.cash_cny * np.where(companies.failed, 1.0, failing.part)
    others, cash = companies.cash_cny - theirs, theirs + failing.not_repaid_cny + sold
    closing = closing_cny(estate, orphaned(actors), w)
    missing, spare = np.maximum(-cash, 0.0), np.maximum(cash - closing, 0.0)
    repaid = np.minimum(spare, debt)
    lost = np.where(failing.whole, 0.0, register.borne_loss_cny(state.register, w, level))
    recovered = np.minimum(spare - repaid, lost)
    state, loss, guarantee = _settle_loans(state, failing, (repaid, recovered), actors, level)
    rest = spare - repaid - recovered
    companies.cash_cny = others + np.maximum(cash, 0.0) - spare
    take_over(state.register, companies, actors.lenders, level)
    return state, _nobody(w)._replace(
        exits=failing.exits,
        defaults=failing.exits * (debt > 0.0),
        unpaid_cny=missing * now,
        kept_running_cny=missing * ~now,
        sold_cny=sold,
        bought_cny=sales.by(sales.buyer, sales.price_cny, w),
        loans_cny=sales.by(sales.buyer, sales.loan_cny, w),
        injected_cny=sales.injected_cny,
        repaid_cny=repaid,
        recovered_cny=recovered,
        to_owner_cny=rest,
        left_cny=book_value(estate, failing.rows & (sales.buyer < 0), w),
        guarantee_cny=guarantee,
        lender_loss_cny=loss,
    )


def _settle_loans(
    state: FinanceState, failing: Failing, paid_cny: tuple[Floats, Floats], actors: Actors, level: float
) -> tuple[FinanceState, float, Floats]:
    """Repay loans in parts alike, write off the rest of what failed owners owe [W], and give lenders what came late.

    Returns:
        the state after it, what lenders lose, and what guarantors pay [P].
    """
    companies, lenders = actors.companies, actors.lenders
    repaid, recovered = paid_cny
    book = register.repaid(state.register, _repayment(state, repaid, companies))
    book, late = register.recovered(book, recovered * level, len(companies))
    open_cny = companies.debt_cny - repaid
    rest = np.divide(failing.owed_cny - repaid, open_cny, out=np.zeros(repaid.size), where=open_cny > 0.0)
    left, loss = register.written_off(book, np.where(failing.part == 1.0, 1.0, rest))
    guaranteed = loss * left.terms.guarantee_share
    borne = register.to_holders(left.terms, loss - guaranteed) / level
    for lender, lost, back in zip(
        lenders, borne.tolist(), (register.to_holders(left.terms, late) / level).tolist(), strict=True
    ):
        lender.lose(lost)
        lender.recover(back)
    guarantee = sum_by_group(left.purpose.province, guaranteed, P) / level
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
    none, no = np.zeros(companies), np.zeros(companies, np.int64)
    return Failures(
        trouble=Trouble(none, none, none, none, none),
        exits=no,
        defaults=no,
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
