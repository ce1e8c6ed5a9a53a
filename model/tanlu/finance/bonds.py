"""Labelled bonds: who issues them in place of loans, at which coupon, and what the label is worth."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import ISSUER_KINDS
from tanlu.finance import register
from tanlu.finance.bond_prices import (
    BondSupport,
    bond_share,
    bond_utility,
    lowest_rating,
    price_bonds,
    takes_guarantee,
)
from tanlu.finance.claims import ClaimedAvoidance, claimed_avoidance
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.register import Register
from tanlu.kernels.lending import LoanAllocation, Requests
from tanlu.region.pack import Region
from tanlu.region.tables import year_index


class BondOffer(NamedTuple):
    """A bond in place of each loan; axis R."""

    coupon: Floats  # that buyers get, fraction per year
    issuer_rate: Floats  # by the issuer, coupon less subsidy
    share: Floats  # of the need that is issued as a bond, 0 .. 1
    grant_share: Floats  # of a bond, paid once of the cost of its issue
    guarantee_fee: Floats  # of a bond, that the issuer pays a year


class GreenDebt(NamedTuple):
    """The year's debt with the label, money of the base year."""

    loans_cny: Floats  # [] granted
    loans_outstanding_cny: Floats  # []
    company_bonds_cny: Floats  # [] issued
    company_refinancing_cny: Floats  # [] of it in place of bonds that fall due
    public_bonds_cny: Floats  # [ISSUER_KINDS] issued
    bonds_outstanding_cny: Floats  # []
    outstanding_by_issuer_cny: Floats  # [B] companies, then `ISSUER_KINDS`
    coupon: Floats  # [] mean of the bonds outstanding, 0 where there are none
    greenium: Floats  # [] by which the label lowered the year's coupons, fraction per year
    claimed: ClaimedAvoidance


def greenium(books: Sequence[Register], region: Region, year: int) -> float:
    """Compute the greenium, by which the label lowers a coupon.

    highest x demand / (demand + supply) of last year, so that it falls with what is offered and never dies; the
    highest in the base year, before which nothing was offered.
    """
    finance, last_year = region.finance, year - 1
    highest = finance.parameters["highest_greenium"]
    if last_year < region.base_year:
        return highest
    country = float(finance.national_green_bonds_cny[year_index(last_year)])
    demand = finance.parameters["green_bond_demand_share"] * country
    supply = sum(_issued_cny(book, last_year) for book in books) / price_level(region, last_year)
    return highest * demand / (demand + supply) if demand > 0.0 else 0.0


def _issued_cny(book: Register, year: int) -> float:
    """Sum the bonds issued in a year, nominal."""
    return float(
        book.terms.principal_cny[(book.purpose.kind == register.BOND) & (book.purpose.year == year)].sum()
    )


def offer_bonds(
    requests: Requests,
    answer: LoanAllocation,
    companies: Companies,
    support: BondSupport,
    label: float,
    region: Region,
    year: int,
) -> BondOffer:
    """Offer a bond in place of each granted loan.

    A company issues once for all it asks for (docs/model/bonds.md).

    Args:
        requests: for loans, guarantees as far as the budget goes.
        answer: of the lenders.
        companies: who borrow.
        support: of bonds [P]; of its guarantee, what requests have.
        label: the greenium.
        region: the pack.
        year: of the issue.
    """
    f, spreads = region.finance.parameters, region.finance.rating_spreads
    rating = companies.bond_rating()[requests.borrower]
    need = np.where(requests.green, answer.granted_cny, 0.0)
    size = sum_by_group(requests.borrower, need, len(companies))[requests.borrower]
    bond_support = BondSupport._make(column[requests.province] for column in support)
    bond_support = bond_support._replace(guarantee_share=requests.bond_guarantee_share)
    price = price_bonds(spreads[rating], size, bond_support, label, region, year)
    can_issue = (need > 0.0) & (size >= f["smallest_bond_cny"]) & (rating >= lowest_rating(region))
    saving = answer.rate + requests.guarantee_fee - price.issuer_rate - price.guarantee_fee - price.cost
    share = np.where(can_issue, bond_share(bond_utility(saving, region)), 0.0)
    return BondOffer(price.coupon, price.issuer_rate, share, price.grant_share, price.guarantee_fee)


def taken_guarantee(
    borrower: Integers, province: Integers, companies: Companies, support: BondSupport, region: Region
) -> Floats:
    """Compute the guaranteed share that each issuer would take for a bond [R]."""
    risk = region.finance.rating_spreads[companies.bond_rating()[borrower]]
    share = support.guarantee_share[province]
    return np.where(takes_guarantee(share, risk, support.guarantee_fee[province]), share, 0.0)


def issue_bonds(answer: LoanAllocation, offer: BondOffer, lenders: list[Lender], buyers: Floats) -> Floats:
    """Issue bonds in place of parts of granted loans, within buyers' room, CNY [R].

    Args:
        answer: of the lenders to all requests.
        offer: for each granted loan.
        lenders: all.
        buyers: by which part each of them takes bonds [L]; none: no bonds.
    """
    requested_cny = answer.granted_cny * offer.share
    return requested_cny * placed_share(float(requested_cny.sum()), lenders, buyers)


def placed_share(issue_cny: float, lenders: list[Lender], buyers: Floats) -> float:
    """Compute the share of an issue that buyers have room for.

    Each buyer takes its part of the issue [L].
    """
    room = [
        lender.room_cny / part for lender, part in zip(lenders, buyers.tolist(), strict=True) if part > 0.0
    ]
    return min(1.0, min(room, default=0.0) / max(issue_cny, 1e-300))


def maturing_cny(book: Register, year: int) -> Floats:
    """Select the balance of bonds that fall due in the year, nominal [N].

    0 for every other loan.
    """
    due = (book.purpose.kind == register.BOND) & (book.terms.last_repayment_year == year)
    return np.where(due, book.balance_cny, 0.0)


def green_debt(companies: Register, public: Register, region: Region, year: int) -> GreenDebt:
    """Record the year's labelled debt, granted, issued and outstanding."""
    level, issuers = price_level(region, year), region.finance.issuers
    labelled = companies.terms.green
    new, bonds = (companies.purpose.year == year) & labelled, companies.purpose.kind == register.BOND
    balance = np.concatenate([companies.balance_cny[bonds], public.balance_cny])
    coupon = np.concatenate([companies.terms.coupon[bonds], public.terms.coupon])
    outstanding = float(balance.sum())
    issued = np.where(public.purpose.year == year, public.terms.principal_cny, 0.0)
    kind = issuers.kind[public.purpose.borrower]
    of_kinds = sum_by_group(kind, public.balance_cny, len(ISSUER_KINDS))
    new_bonds = np.flatnonzero(new & bonds)
    refinancing = new_bonds[companies.purpose.decider[new_bonds] == ""]  # no project asked for it
    return GreenDebt(
        loans_cny=np.array(companies.terms.principal_cny[new & ~bonds].sum() / level),
        loans_outstanding_cny=np.array(companies.balance_cny[labelled & ~bonds].sum() / level),
        company_bonds_cny=np.array(companies.terms.principal_cny[new_bonds].sum() / level),
        company_refinancing_cny=np.array(companies.terms.principal_cny[refinancing].sum() / level),
        public_bonds_cny=sum_by_group(kind, issued, len(ISSUER_KINDS)) / level,
        bonds_outstanding_cny=np.array(outstanding / level),
        outstanding_by_issuer_cny=np.array([companies.balance_cny[bonds].sum(), *of_kinds]) / level,
        coupon=np.array(float((balance * coupon).sum()) / outstanding if outstanding > 0.0 else 0.0),
        greenium=np.array(greenium((companies, public), region, year)),
        claimed=claimed_avoidance((companies, public), year),
    )
