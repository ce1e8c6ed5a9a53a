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
from tanlu.settlement.credit.contract import LoanPlan, enter, take_over
from tanlu.settlement.credit.rationing import ask, note_answers, read_limits, usual_terms
from tanlu.settlement.failure.estate import Estate
from tanlu.state.actors import Actors
from tanlu.state.state import FinanceState

PURCHASE = "bought"  # in place of an option in the register


class Bidders(NamedTuple):
    """Who may buy, and at which rate each values what it buys."""

    keeps: Booleans  # [W, KINDS] who owns such units or facilities, active and not in trouble itself
    hurdle: Floats  # [W, 2]

    def best_cny(self, estate: Estate, rows: Integers, bid_share: float) -> Floats:
        """Compute the highest bid for each of some, CNY [n]; 0 without.

        It counts whether or not it finds a lender.
        """
        rates = np.where(self.keeps[:, estate.kind[rows]], self.hurdle[:, estate.green[rows]], np.inf)
        lowest = rates.min(axis=0)
        has = np.isfinite(lowest)
        worth = estate.worth_cny(rows, np.where(has, lowest, 0.0) + estate.premium[rows])
        return np.asarray(bid_share * np.maximum(worth, 0.0) * has)


class EstateSales(NamedTuple):
    """What changed hands in a year; axis N holdings of units and then facilities."""

    buyer: Integers  # [N] -1: not sold
    price_cny: Floats  # [N]
    loan_cny: Floats  # [N] part of the price
    injected_cny: Floats  # [W] that the buyers' parents paid in for their own part of it

    @classmethod
    def nothing(cls, assets: int, companies: int) -> "EstateSales":
        """Build a year without sales."""
        return cls(np.full(assets, -1), np.zeros(assets), np.zeros(assets), np.zeros(companies))

    def sum_by_company(self, company: Integers, value_cny: Floats, companies: int) -> Floats:
        """Sum a value of sales by seller or buyer [W]."""
        rows = np.flatnonzero(self.buyer >= 0)
        return sum_by_group(company[rows], value_cny[rows], companies)


def sell(
    state: FinanceState,
    estate: Estate,
    offered: Booleans,
    bidders: Bidders,
    actors: Actors,
    region: Region,
    signals: Signals,
) -> tuple[FinanceState, EstateSales]:
    """Sell what is offered [N], dearest first.

    It goes to who discounts least and can pay; what has no bid stays.
    """
    companies = actors.companies
    sales = EstateSales.nothing(offered.size, len(companies))
    if not offered.any():
        return state, sales
    for green in range(bidders.hurdle.shape[1]):
        offers = np.flatnonzero(offered & (estate.green == green))
        may = bidders.keeps[:, estate.kind[offers]] & (
            companies.province_share[:, estate.province[offers]] > 0.0
        )
        order = np.argsort(bidders.hurdle[:, green], kind="stable")
        for bidder in order[may[order].any(axis=1)].tolist():
            rows = offers[may[bidder] & (sales.buyer[offers] < 0)]
            if rows.size == 0:
                continue
            rate = bidders.hurdle[bidder, green] + estate.premium[rows]
            price = region.finance.parameters["bid_share_of_value"] * estate.worth_cny(rows, rate)
            free = ~estate.has_run[rows] & (price == 0.0)  # not begun yet: whoever may, takes it over
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
    sales: EstateSales,
    actors: Actors,
    region: Region,
    signals: Signals,
) -> FinanceState:
    """Let a bidder ask for loans, and pay the rest.

    What nobody lends for it buys while its cash lasts.
    """
    companies, lenders = actors.companies, actors.lenders
    limits = read_limits(lenders, len(region.axes.provinces))
    requests = _requests(buys, estate, region)
    interest_cny = companies.cost_of_debt * companies.debt_cny
    terms = usual_terms(region, lenders)
    answer = ask(requests, terms, limits, companies, interest_cny, region, signals)
    note_answers(lenders, requests.borrower, answer.answer)
    n, year = buys.rows.size, signals.year
    names = np.array([*actors.plants.holdings.ids, *actors.industry.ids], object)[buys.rows]
    options, first = np.full(n, PURCHASE, object), np.full(n, year + 1)
    plan = LoanPlan(
        register.LOAN,
        names,
        options,
        first,
        int(region.finance.parameters["loan_years"]),
        RelendingOffer.nothing(len(region.axes.provinces)),
        Claims.nothing(n),
    )
    state, *_ = enter(state, requests, plan, answer, lenders, region, year)
    take_over(state.register, companies, lenders, price_level(region, year))
    equity, is_paid = buys.price_cny - answer.granted_cny, answer.granted_cny > 0.0
    cash = companies.cash_cny[buys.bidder] - equity[is_paid].sum()
    for i in np.flatnonzero(~is_paid):
        if buys.price_cny[i] <= cash:
            cash, is_paid[i] = cash - buys.price_cny[i], True
    funded, rows = np.flatnonzero(is_paid), buys.rows[is_paid]
    owner, zeros = np.full(funded.size, buys.bidder), np.zeros(len(companies))
    sales.injected_cny[:] += companies.pay_own_share(owner, equity[funded], buys.price_cny[funded], zeros)
    sales.buyer[rows] = buys.bidder
    sales.price_cny[rows], sales.loan_cny[rows] = buys.price_cny[funded], answer.granted_cny[funded]
    return state


def _requests(buys: Purchase, estate: Estate, region: Region) -> Requests:
    """Build a bidder's requests; what has changed hands carries no label."""
    n, profit = buys.rows.size, estate.profit_cny[buys.rows]
    has_run, zeros = estate.has_run[buys.rows], np.zeros(buys.rows.size)
    return Requests(
        borrower=np.full(n, buys.bidder),
        province=estate.province[buys.rows],
        amount_cny=region.finance.parameters["project_debt_share"] * buys.price_cny,
        added_ebit_cny=region.parameters["expected_return_credited_share"] * np.where(has_run, profit, 0.0),
        cash_cny=np.where(has_run, profit, np.inf),
        green=np.zeros(n, dtype=bool),
        interest_subsidy=zeros,
        guarantee_share=zeros,
        guarantee_fee=zeros,
        bond_guarantee_share=zeros,
        relief=zeros,
        relief_weight=np.ones(n),
        risk_weight=np.ones(n),
    )


def hand_over(actors: Actors, sales: EstateSales) -> None:
    """Give sold assets to their buyers, at the price paid."""
    industry, holdings, n = actors.industry, actors.plants.holdings, actors.plants.holdings.row.size
    is_sold = sales.buyer >= 0
    if not is_sold.any():
        return
    units, sites, price = is_sold[:n], is_sold[n:], sales.price_cny[:n]
    actors.plants.holdings = holdings._replace(
        owner=np.where(units, sales.buyer[:n], holdings.owner),
        orphaned=holdings.orphaned & ~units,
        book_value_cny=np.where(units & (price > 0.0), price, holdings.book_value_cny),
    )
    industry.owner = np.where(sites, sales.buyer[n:], industry.owner)
    industry.orphaned = industry.orphaned & ~sites
    industry.facility_value_cny = np.where(sites, sales.price_cny[n:], industry.facility_value_cny)
    industry.book_value_cny = np.where(sites, 0.0, industry.book_value_cny)


def leave_behind(estate: Estate, offered: Booleans, actors: Actors, sales: EstateSales) -> None:
    """Mark unsold assets [N], and deduct sold ones from sellers' books."""
    companies, plants, industry, w = actors.companies, actors.plants, actors.industry, len(actors.companies)
    unsold = offered & (sales.buyer < 0)
    n = plants.holdings.row.size
    plants.holdings, industry.orphaned = plants.holdings._replace(orphaned=unsold[:n]), unsold[n:]
    remaining = np.maximum(companies.assets_cny - book_value(estate, sales.buyer >= 0, w), 0.0)
    companies.assets_cny = np.where(companies.failed, book_value(estate, unsold, w), remaining)


def closing_cny(estate: Estate, unsold: Booleans, companies: int) -> Floats:
    """Sum the closing cost of unsold loss makers, CNY [W]."""
    closing = unsold & estate.has_run & (estate.profit_cny < 0.0)
    return sum_by_group(estate.owner, estate.closing_cny * closing, companies)


def book_value(estate: Estate, rows: Booleans, companies: int) -> Floats:
    """Sum the book value of some by owner, CNY [W]."""
    return sum_by_group(estate.owner, estate.cost_cny * rows, companies)
