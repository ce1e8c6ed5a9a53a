"""Failing: who cannot go on alone is rescued by its owner or fails, and its estate goes to bidders and lenders."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.rescue import Rescue, Trouble, assess_trouble, rescue
from tanlu.kernels.finance.dues import Dues
from tanlu.region.pack import Region
from tanlu.settlement.credit.contract import take_over
from tanlu.settlement.failure.estate import Estate, read_estate
from tanlu.settlement.failure.members import Members, find_orphans, list_members
from tanlu.settlement.failure.sale import Bidders, EstateSales, book_value, closing_cny, leave_behind, sell
from tanlu.state.actors import Actors
from tanlu.state.state import FinanceState


class EndedBonds(NamedTuple):
    """Bonds of failed companies that end before they fall due, CNY of the base year."""

    repaid_cny: float  # from proceeds
    written_off_cny: float  # what guarantors pay included


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
    ended_bonds: EndedBonds


def fail(
    state: FinanceState, repaid_cny: Floats, actors: Actors, region: Region, signals: Signals
) -> tuple[FinanceState, Rescue, Failures]:
    """Rescue or fail companies, sell failed estates and settle with lenders.

    `repaid_cny` is what was to be repaid of each loan in the year, nominal [N]; a failing company does not pay it.
    """
    companies = actors.companies
    needs, (w, provinces) = companies.needs(), companies.province_share.shape
    orphans = find_orphans(actors)
    if not (needs.any() or companies.failed.any() or orphans.any()):
        return (
            state,
            Rescue(np.zeros(w, dtype=bool), np.zeros(w), np.zeros(provinces)),
            _no_failures(w, provinces),
        )
    estate = read_estate(actors, signals)
    members = list_members(estate, orphans, companies)
    hurdle = companies.hurdle(signals, state.granted)
    bidders = Bidders(estate.keepers(w) & ~(companies.failed | (needs > 0.0))[:, None], hurdle)
    due = sum_by_group(state.register.purpose.borrower, repaid_cny, w) / price_level(region, signals.year)
    trouble = judge(needs, due, estate, members, bidders, companies, region)
    aid = rescue(trouble, members.company, companies, signals.policy.finance)
    failing = select_failing(trouble, aid, due, members, companies)
    companies.debt_cny = companies.debt_cny + failing.not_repaid_cny
    state = state._replace(register=register.take_back_repayments(state.register, repaid_cny, failing.part))
    companies.fail(failing.whole)
    offered = estate.is_there & (companies.failed[estate.owner] | orphans | failing.rows)
    state, sales = sell(state, estate, offered, bidders, actors, region, signals)
    leave_behind(estate, offered, actors, sales)
    state, failures = settle_claims(state, estate, failing, sales, actors, region, signals)
    companies.cash_cny = companies.cash_cny + aid.to_companies_cny
    joint_trouble = Trouble(*(members.by_company(value, w) for value in trouble))
    return state, aid, failures._replace(trouble=joint_trouble, not_repaid_cny=failing.not_repaid_cny)


class Failing(NamedTuple):
    """Who fails in a year; axes W companies, N units and then facilities."""

    exits: Integers  # [W] owners that fail
    part: Floats  # [W] of what the company has and owes that is theirs; 1 if it fails as a whole
    whole: Booleans  # [W]
    rows: Booleans  # [N] what they own
    owed_cny: Floats  # [W] by them to lenders, and of it
    not_repaid_cny: Floats  # [W] what was due in the year


def select_failing(
    trouble: Trouble, aid: Rescue, due_cny: Floats, members: Members, companies: Companies
) -> Failing:
    """Select the members in trouble for which no owner pays in.

    `due_cny` is what lenders are due in the year [W].
    """
    fails, w = trouble.is_any & ~aid.is_paid, len(companies)
    has_failing, rest = members.by_company(fails, w) > 0.0, members.by_company(members.share * ~fails, w)
    part = np.where(has_failing, 1.0 - rest, 0.0)  # exactly one where nobody goes on
    return Failing(
        exits=members.by_company(fails, w).astype(np.int64),
        part=part,
        whole=fails[:w] & ~companies.table.many_owners,
        rows=(members.member_of_row >= 0) & fails[members.member_of_row],
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
    """Judge the failure of members of companies that need money.

    Of it they owe `due_cny` to lenders [W].
    """
    company, m = members.company, members.company.size
    rows = np.flatnonzero((members.member_of_row >= 0) & (needed_cny > 0.0)[estate.owner])
    member = members.member_of_row[rows]
    worth = estate.worth_cny(rows, estate.rate(rows, bidders.hurdle))
    bid = bidders.best_cny(estate, rows, region.finance.parameters["bid_share_of_value"])
    closing = sum_by_group(member, estate.closing_cny[rows] * (bid == 0.0), m)
    needs, due, debt = (cny[company] * members.share for cny in (needed_cny, due_cny, companies.debt_cny))
    claims = debt + due
    proceeds = sum_by_group(member, bid, m) - closing - (needs - due)
    loss = claims - np.clip(proceeds, 0.0, claims)
    return assess_trouble(
        companies.is_state[company], needs, sum_by_group(member, worth, m), debt, loss, closing
    )


def settle_claims(
    state: FinanceState,
    estate: Estate,
    failing: Failing,
    sales: EstateSales,
    actors: Actors,
    region: Region,
    signals: Signals,
) -> tuple[FinanceState, Failures]:
    """Pay bills, closing, lenders and owners out of failed owners' money."""
    companies, w, level = actors.companies, len(actors.companies), price_level(region, signals.year)
    has_exits, debt = failing.exits > 0, failing.owed_cny
    proceeds = sales.sum_by_company(estate.owner, sales.price_cny, w)
    failing_cash = companies.cash_cny * np.where(companies.failed, 1.0, failing.part)
    other_cash, cash = companies.cash_cny - failing_cash, failing_cash + failing.not_repaid_cny + proceeds
    closing = closing_cny(estate, find_orphans(actors), w)
    missing, spare = np.maximum(-cash, 0.0), np.maximum(cash - closing, 0.0)
    repaid = np.minimum(spare, debt)
    borne_loss = np.where(failing.whole, 0.0, register.borne_loss_cny(state.register, w, level))
    recovered = np.minimum(spare - repaid, borne_loss)
    loss, guarantee = 0.0, np.zeros(companies.province_share.shape[1])
    ended_bonds = EndedBonds(0.0, 0.0)
    if has_exits.any() or repaid.any() or recovered.any():  # else no loan changes
        state, loss, guarantee, ended_bonds = _settle_loans(
            state, failing, (repaid, recovered), actors, level
        )
        take_over(state.register, companies, actors.lenders, level)
    rest = spare - repaid - recovered
    companies.cash_cny = other_cash + np.maximum(cash, 0.0) - spare
    return state, _no_failures(*companies.province_share.shape)._replace(
        exits=failing.exits,
        defaults=failing.exits * (debt > 0.0),
        unpaid_cny=missing * has_exits,
        kept_running_cny=missing * ~has_exits,
        sold_cny=proceeds,
        bought_cny=sales.sum_by_company(sales.buyer, sales.price_cny, w),
        loans_cny=sales.sum_by_company(sales.buyer, sales.loan_cny, w),
        injected_cny=sales.injected_cny,
        repaid_cny=repaid,
        recovered_cny=recovered,
        to_owner_cny=rest,
        left_cny=book_value(estate, failing.rows & (sales.buyer < 0), w),
        guarantee_cny=guarantee,
        lender_loss_cny=loss,
        ended_bonds=ended_bonds,
    )


def _settle_loans(
    state: FinanceState, failing: Failing, paid_cny: tuple[Floats, Floats], actors: Actors, level: float
) -> tuple[FinanceState, float, Floats, EndedBonds]:
    """Repay loans of failed owners and write off the rest [W].

    Parts are alike, and lenders get what came late.

    Returns:
        the state after it, what lenders lose, what guarantors pay [P], and the bonds among these loans.
    """
    companies, lenders = actors.companies, actors.lenders
    repaid, recovered = paid_cny
    repayment = _repayment(state, repaid, companies)
    book = register.repay(state.register, repayment)
    book, late = register.recover_losses(book, recovered * level, len(companies))
    open_cny = companies.debt_cny - repaid
    rest = np.divide(failing.owed_cny - repaid, open_cny, out=np.zeros(repaid.size), where=open_cny > 0.0)
    rest_book, loss = register.write_off(book, np.where(failing.part == 1.0, 1.0, rest))
    guaranteed = loss * rest_book.terms.guarantee_share
    borne = register.sum_by_lender(rest_book.terms, loss - guaranteed) / level
    for lender, lender_loss, recovery in zip(
        lenders, borne.tolist(), (register.sum_by_lender(rest_book.terms, late) / level).tolist(), strict=True
    ):
        lender.lose(lender_loss)
        lender.recover(recovery)
    guarantee = (
        sum_by_group(rest_book.purpose.province, guaranteed, companies.province_share.shape[1]) / level
    )
    is_bond = rest_book.purpose.kind == register.BOND
    ended_bonds = EndedBonds(*(float(cny[is_bond].sum()) / level for cny in (repayment.repayment_cny, loss)))
    return state._replace(register=rest_book), float(borne.sum()), guarantee, ended_bonds


def _repayment(state: FinanceState, repaid_cny: Floats, companies: Companies) -> Dues:
    """Compute the repayment of each loan, nominal.

    It is the same part of all that a company owes.
    """
    book, debt = state.register, companies.debt_cny
    share = np.divide(repaid_cny, debt, out=np.zeros(debt.size), where=repaid_cny > 0.0)
    amount = book.balance_cny * share[book.purpose.borrower]
    zeros = np.zeros(amount.size)
    return Dues(zeros, zeros, amount, zeros, zeros, zeros)


def _no_failures(companies: int, provinces: int) -> Failures:
    """Build the failures of a year in which everybody can go on."""
    zeros, no_exits = np.zeros(companies), np.zeros(companies, np.int64)
    return Failures(
        trouble=Trouble(zeros, zeros, zeros, zeros, zeros),
        exits=no_exits,
        defaults=no_exits,
        not_repaid_cny=zeros,
        unpaid_cny=zeros,
        kept_running_cny=zeros,
        sold_cny=zeros,
        bought_cny=zeros,
        loans_cny=zeros,
        injected_cny=zeros,
        repaid_cny=zeros,
        recovered_cny=zeros,
        to_owner_cny=zeros,
        left_cny=zeros,
        guarantee_cny=np.zeros(provinces),
        lender_loss_cny=0.0,
        ended_bonds=EndedBonds(0.0, 0.0),
    )
