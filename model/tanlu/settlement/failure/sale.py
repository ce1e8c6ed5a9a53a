"""Sale: what failed companies own goes to the highest bid that a lender funds or the bidder's cash pays."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.claims import Claims
from tanlu.finance.credit import price_level
from tanlu.finance.relending import RelendingOffer
from tanlu.kernels.lending import Requests
from tanlu.region.pack import Region
from tanlu.settlement.credit import (
    LoanPlan,
    ask,
    available,
    enter,
    note_answers,
    take_over,
    usual_terms,
)
from tanlu.settlement.failure.estate import Estate
from tanlu.state.actors import Actors
from tanlu.state.state import FinanceState

BOUGHT = "bought"  # in place of an option in the register


class Bidders(NamedTuple):
    """Who may buy, and at which rate each values what it buys."""

    keeps: Booleans  # [W, KINDS] who owns such units or facilities, active and not in trouble itself
    hurdle: Floats  # [W, 2]

    def best_cny(self, estate: Estate, rows: Integers, bid_share: float) -> Floats:
        """Return the highest bid for each of some, whether or not it finds a lender, CNY [n]; 0 without one."""
        rates = np.where(self.keeps[:, estate.kind[rows]], self.hurdle[:, estate.green[rows]], np.inf)
        lowest = rates.min(axis=0)
        has = np.isfinite(lowest)
        worth = estate.worth_cny(rows, np.where(has, lowest, 0.0) + estate.premium[rows])
        return np.asarray(bid_share * np.maximum(worth, 0.0) * has)


class ChangedHands(NamedTuple):
    """What changed hands in a year; axis N holdings of units and then facilities."""

    buyer: Integers  # [N] -1: not sold
    price_cny: Floats  # [N]
    loan_cny: Floats  # [N] part of the price
    injected_cny: Floats  # [W] that the buyers' parents paid in for their own part of it

    @classmethod
    def nothing(cls, assets: int, companies: int) -> "ChangedHands":
        """Return a year in which nothing is sold."""
        return cls(np.full(assets, -1), np.zeros(assets), np.zeros(assets), np.zeros(companies))

    def by(self, company: Integers, value_cny: Floats, companies: int) -> Floats:
        """Return the sum of a value of what was sold by a company of each, seller or buyer [W]."""
        sold = np.flatnonzero(self.buyer >= 0)
        return sum_by_group(company[sold], value_cny[sold], companies)


def sell(
    state: FinanceState,
    estate: Estate,
    offered: Booleans,
    bidders: Bidders,
    actors: Actors,
    region: Region,
    signals: Signals,
) -> tuple[FinanceState, ChangedHands]:
    """Sell what is offered [N], dearest first, to who discounts least and can pay; what has no bid stays."""
    companies = actors.companies
    sales = ChangedHands.nothing(offered.size, len(companies))
    for green in range(bidders.hurdle.shape[1]):
        wanted = np.flatnonzero(offered & (estate.green == green))
        may = bidders.keeps[:, estate.kind[wanted]] & (companies.where[:, estate.province[wanted]] > 0.0)
        order = np.argsort(bidders.hurdle[:, green], kind="stable")
        for bidder in order[may[order].any(axis=1)].tolist():
            rows = wanted[may[bidder] & (sales.buyer[wanted] < 0)]
            if rows.size == 0:
                continue
            rate = bidders.hurdle[bidder, green] + estate.premium[rows]
            price = region.finance.parameters["bid_share_of_value"] * estate.worth_cny(rows, rate)
            free = ~estate.known[rows] & (price == 0.0)  # not begun yet: whoever may, takes it over
            sales.buyer[rows[free]] = bidder
            order = np.argsort(-price, kind="stable")
            rows, price = rows[order], price[order]
            paying = price > 0.0
            if paying.any():
                buys = Purchase(bidder, rows[paying], price[paying])
                state = _buy(state, buys, estate, sales, actors, region, signals)
    hand_over(actors, sales)
    return state, sales


class Purchase(NamedTuple):
    """What one company would buy, dearest first."""

    bidder: int
    rows: Integers
    price_cny: Floats


def _buy(
    state: FinanceState,
    buys: Purchase,
    estate: Estate,
    sales: ChangedHands,
    actors: Actors,
    region: Region,
    signals: Signals,
) -> FinanceState:
    """Let a bidder ask for loans, and pay the rest; what nobody lends for it buys while its cash lasts."""
    companies, lenders = actors.companies, actors.lenders
    requests = _requests(buys, estate, region)
    owed = companies.cost_of_debt * companies.debt_cny
    terms = usual_terms(region, lenders)
    answer = ask(requests, terms, available(lenders), companies, owed, region, signals)
    note_answers(lenders, requests.borrower, answer.answer)
    n, year = buys.rows.size, signals.year
    names = np.array([*actors.plants.holdings.ids, *actors.industry.ids], object)[buys.rows]
    bought, first = np.full(n, BOUGHT, object), np.full(n, year + 1)
    asked = LoanPlan(
        register.LOAN,
        names,
        bought,
        first,
        int(region.finance.parameters["loan_years"]),
        RelendingOffer.nothing(),
        Claims.nothing(n),
    )
    state, *_ = enter(state, requests, asked, answer, lenders, region, year)
    take_over(state.register, companies, lenders, price_level(region, year))
    own, done = buys.price_cny - answer.granted_cny, answer.granted_cny > 0.0
    left = companies.cash_cny[buys.bidder] - own[done].sum()
    for i in np.flatnonzero(~done):
        if buys.price_cny[i] <= left:
            left, done[i] = left - buys.price_cny[i], True
    paid, rows = np.flatnonzero(done), buys.rows[done]
    owner, none = np.full(paid.size, buys.bidder), np.zeros(len(companies))
    sales.injected_cny[:] += companies.pay_own_share(owner, own[paid], buys.price_cny[paid], none)
    sales.buyer[rows] = buys.bidder
    sales.price_cny[rows], sales.loan_cny[rows] = buys.price_cny[paid], answer.granted_cny[paid]
    return state


def _requests(buys: Purchase, estate: Estate, region: Region) -> Requests:
    """Return what a bidder asks lenders for; what has changed hands carries no label."""
    n, profit = buys.rows.size, estate.profit_cny[buys.rows]
    known, none = estate.known[buys.rows], np.zeros(buys.rows.size)
    return Requests(
        borrower=np.full(n, buys.bidder),
        province=estate.province[buys.rows],
        amount_cny=region.finance.parameters["project_debt_share"] * buys.price_cny,
        added_ebit_cny=region.parameters["expected_return_credited_share"] * np.where(known, profit, 0.0),
        cash_cny=np.where(known, profit, np.inf),
        green=np.zeros(n, dtype=bool),
        interest_subsidy=none,
        guarantee_share=none,
        relief=none,
        relief_weight=np.ones(n),
        risk_weight=np.ones(n),
    )


def hand_over(actors: Actors, sales: ChangedHands) -> None:
    """Give what was sold to its buyers, who hold it at what they paid."""
    industry, held, n = actors.industry, actors.plants.holdings, actors.plants.holdings.row.size
    sold = sales.buyer >= 0
    if not sold.any():
        return
    units, sites, price = sold[:n], sold[n:], sales.price_cny[:n]
    actors.plants.holdings = held._replace(
        owner=np.where(units, sales.buyer[:n], held.owner),
        orphaned=held.orphaned & ~units,
        book_value_cny=np.where(units & (price > 0.0), price, held.book_value_cny),
    )
    industry.owner = np.where(sites, sales.buyer[n:], industry.owner)
    industry.orphaned = industry.orphaned & ~sites
    industry.facility_value_cny = np.where(sites, sales.price_cny[n:], industry.facility_value_cny)
    industry.book_value_cny = np.where(sites, 0.0, industry.book_value_cny)


def leave_behind(estate: Estate, offered: Booleans, actors: Actors, sales: ChangedHands) -> None:
    """Mark what failed owners still have of what was offered [N], and take from their assets what they have not."""
    companies, plants, industry, w = actors.companies, actors.plants, actors.industry, len(actors.companies)
    left = offered & (sales.buyer < 0)
    n = plants.holdings.row.size
    plants.holdings, industry.orphaned = plants.holdings._replace(orphaned=left[:n]), left[n:]
    without = np.maximum(companies.assets_cny - book_value(estate, sales.buyer >= 0, w), 0.0)
    companies.assets_cny = np.where(companies.failed, book_value(estate, left, w), without)


def closing_cny(estate: Estate, left: Booleans, companies: int) -> Floats:
    """Return what closing costs of what is left [N] and loses money, CNY [W]."""
    closing = left & estate.known & (estate.profit_cny < 0.0)
    return sum_by_group(estate.owner, estate.closing_cny * closing, companies)


def book_value(estate: Estate, rows: Booleans, companies: int) -> Floats:
    """Return the book value of some by owner, CNY [W]."""
    return sum_by_group(estate.owner, estate.cost_cny * rows, companies)
