"""Labelled bonds: who issues them in place of loans, at which coupon, and what the label is worth."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.finance import register
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.register import Register
from tanlu.kernels.elementary import exponentials
from tanlu.kernels.lending import LoanAllocation, Requests
from tanlu.region.pack import Region
from tanlu.region.tables import year_index


class BondOffer(NamedTuple):
    """What a bond in place of each loan would be; axis R."""

    coupon: Floats  # that buyers get, fraction per year
    paid: Floats  # by the issuer, coupon less subsidy
    share: Floats  # of the need that is issued as a bond, 0 .. 1


class GreenDebt(NamedTuple):
    """The year's debt with the label, money of the base year."""

    loans_cny: Floats  # [] granted
    loans_outstanding_cny: Floats  # []
    bonds_cny: Floats  # [] issued
    bonds_outstanding_cny: Floats  # []
    coupon: Floats  # [] mean of the bonds outstanding, 0 where there are none
    greenium: Floats  # [] by which the label lowered the year's coupons, fraction per year


def greenium(book: Register, region: Region, year: int) -> float:
    """Return by how much the label lowers the coupon: less the more of their demand buyers were offered last year.

    highest x clip((demand - supply) / demand, 0, 1); the highest in the base year, before which nothing was offered.
    """
    finance, before = region.finance, year - 1
    highest = finance.parameters["highest_greenium"]
    if before < region.base_year:
        return highest
    country = float(finance.national_green_bonds_cny[year_index(before)])
    demand = finance.parameters["green_bond_demand_share"] * country
    issued = (book.purpose.kind == register.BOND) & (book.purpose.year == before)
    supply = float(book.terms.principal_cny[issued].sum()) / price_level(region, before)
    return highest * min(max((demand - supply) / demand, 0.0), 1.0) if demand > 0.0 else 0.0


def offers(
    requests: Requests,
    answer: LoanAllocation,
    companies: Companies,
    book: Register,
    region: Region,
    year: int,
) -> BondOffer:
    """Return the bond beside each loan granted; a company issues once for all it asks for (docs/model/finance.md)."""
    f, spreads = region.finance.parameters, region.finance.rating_spreads
    rating = supported_rating(companies, region)[requests.borrower]
    need = np.where(requests.green, answer.granted_cny, 0.0)
    size = np.bincount(requests.borrower, need, len(companies))[requests.borrower]
    risk = spreads[rating] * (1.0 - requests.guarantee_share)
    treasury = float(region.finance.treasury_yield[year_index(year)])
    coupon = treasury + f["bond_market_spread"] + risk - greenium(book, region, year)
    paid = np.maximum(coupon - requests.interest_subsidy, 0.0)
    cost = (f["bond_issue_cost_cny"] / np.maximum(size, 1.0) + f["bond_issue_fee_share"]) / f["bond_years"]
    may = (need > 0.0) & (size >= f["smallest_bond_cny"]) & (rating >= lowest_rating(region))
    saving = np.where(may, answer.rate - paid - cost, 0.0)
    share = _logit((saving - f["bond_saving_at_half"]) / f["bond_choice_scale"])
    return BondOffer(coupon, paid, np.where(may, share, 0.0))


def _logit(utility: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + exponentials(np.clip(-utility, -500.0, 500.0))))


def supported_rating(companies: Companies, region: Region) -> Integers:
    """Return each company's rating step as bond buyers see it: better for who has a state as its owner [W]."""
    lifted = companies.is_state * int(region.finance.parameters["bond_support_steps"])
    return np.minimum(companies.rating_step() + lifted, region.finance.rating_spreads.size - 1)


def lowest_rating(region: Region) -> int:
    """Return the rating step from which bonds find buyers, that of AA."""
    steps = region.finance.rating_steps
    return int(np.searchsorted(steps, region.finance.parameters["bond_interest_coverage"], side="right"))


def split(
    answer: LoanAllocation, offer: BondOffer, lenders: list[Lender], buyers: Floats
) -> tuple[LoanAllocation, LoanAllocation]:
    """Return what stays a loan and what is issued as a bond, as far as buyers have room.

    Args:
        answer: of the lenders to all requests.
        offer: beside it.
        lenders: all.
        buyers: by which part each of them takes bonds [L]; none: no bonds.
    """
    wanted = answer.granted_cny * offer.share
    room = [
        lender.room_cny / part for lender, part in zip(lenders, buyers.tolist(), strict=True) if part > 0.0
    ]
    most = min(room, default=0.0)
    issued = wanted * min(1.0, most / max(float(wanted.sum()), 1e-300))
    left = 1.0 - np.divide(issued, answer.granted_cny, out=np.zeros(issued.size), where=issued > 0.0)
    loans = answer._replace(
        granted_cny=answer.granted_cny - issued,
        granted_by_lender_cny=answer.granted_by_lender_cny * left[:, None],
    )
    bonds = answer._replace(
        granted_cny=issued,
        rate=offer.paid,
        contract_rate=offer.coupon,
        granted_by_lender_cny=issued[:, None] * buyers,
    )
    return loans, bonds


def maturing_cny(book: Register, year: int) -> Floats:
    """Return what of each loan is a bond that falls due in the year, nominal [N]."""
    due = (book.purpose.kind == register.BOND) & (book.terms.last_repayment_year == year)
    return np.where(due, book.balance_cny, 0.0)


def green_debt(book: Register, region: Region, year: int) -> GreenDebt:
    """Return what was granted and issued with the label in a year, and what is outstanding after it."""
    level, kind, terms = price_level(region, year), book.purpose.kind, book.terms
    bonds: Booleans = kind == register.BOND
    new = (book.purpose.year == year) & terms.green
    balance = book.balance_cny[bonds]
    owed = float(balance.sum())
    lent = float(book.balance_cny[terms.green & ~bonds].sum())
    return GreenDebt(
        loans_cny=np.array(terms.principal_cny[new & ~bonds].sum() / level),
        loans_outstanding_cny=np.array(lent / level),
        bonds_cny=np.array(terms.principal_cny[new & bonds].sum() / level),
        bonds_outstanding_cny=np.array(owed / level),
        coupon=np.array(float((balance * terms.coupon[bonds]).sum()) / owed if owed > 0.0 else 0.0),
        greenium=np.array(greenium(book, region, year)),
    )
