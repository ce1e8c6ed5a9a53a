"""Labelled bonds: who issues them in place of loans, at which coupon, and what the label is worth."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.finance import register
from tanlu.finance.claims import ClaimedAvoidance, claimed_avoidance
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.register import Register
from tanlu.kernels.elementary import exponentials
from tanlu.kernels.lending import LoanAllocation, Requests
from tanlu.region.finance import ISSUER_KINDS
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
    company_bonds_cny: Floats  # [] issued
    public_bonds_cny: Floats  # [ISSUER_KINDS] issued
    bonds_outstanding_cny: Floats  # []
    coupon: Floats  # [] mean of the bonds outstanding, 0 where there are none
    greenium: Floats  # [] by which the label lowered the year's coupons, fraction per year
    claimed: ClaimedAvoidance


def greenium(books: Sequence[Register], region: Region, year: int) -> float:
    """Return by how much the label lowers the coupon: less the more of their demand buyers were offered last year.

    highest x clip((demand - supply) / demand, 0, 1); the highest in the base year, before which nothing was offered.
    """
    finance, before = region.finance, year - 1
    highest = finance.parameters["highest_greenium"]
    if before < region.base_year:
        return highest
    country = float(finance.national_green_bonds_cny[year_index(before)])
    demand = finance.parameters["green_bond_demand_share"] * country
    supply = sum(_issued_cny(book, before) for book in books) / price_level(region, before)
    return highest * min(max((demand - supply) / demand, 0.0), 1.0) if demand > 0.0 else 0.0


def _issued_cny(book: Register, year: int) -> float:
    """Return the bonds of a year, nominal."""
    return float(
        book.terms.principal_cny[(book.purpose.kind == register.BOND) & (book.purpose.year == year)].sum()
    )


def offers(
    requests: Requests,
    answer: LoanAllocation,
    companies: Companies,
    label: float,
    region: Region,
    year: int,
) -> BondOffer:
    """Return the bond beside each loan granted; a company issues once for all it asks for (docs/model/bonds.md).

    `label` is the greenium.
    """
    f, spreads = region.finance.parameters, region.finance.rating_spreads
    rating = supported_rating(companies, region)[requests.borrower]
    need = np.where(requests.green, answer.granted_cny, 0.0)
    size = sum_by_group(requests.borrower, need, len(companies))[requests.borrower]
    risk = spreads[rating] * (1.0 - requests.guarantee_share)
    coupon = coupons(risk, label, region, year)
    paid = np.maximum(coupon - requests.interest_subsidy, 0.0)
    may = (need > 0.0) & (size >= f["smallest_bond_cny"]) & (rating >= lowest_rating(region))
    share = bond_share(answer.rate - paid, size, region)
    return BondOffer(coupon, paid, np.where(may, share, 0.0))


def public_offer(need_cny: Floats, label: float, region: Region, year: int) -> BondOffer:
    """Return what issuers that are no companies [I] would issue; banks ask of them what they ask of such a rating."""
    finance, f = region.finance, region.finance.parameters
    issuers, table = finance.issuers, finance.lenders
    coupon = coupons(issuers.rating_spread, label, region, year)
    listed = float((table.share * table.spread).sum())
    loan = float(finance.loan_prime_rate[year_index(year)]) + listed + issuers.rating_spread
    share = bond_share(loan - coupon, need_cny, region)
    return BondOffer(coupon, coupon, np.where(need_cny >= f["smallest_bond_cny"], share, 0.0))


def coupons(risk: Floats, label: float, region: Region, year: int) -> Floats:
    """Return the coupons of bonds with spreads for their risk, the greenium off."""
    treasury = float(region.finance.treasury_yield[year_index(year)])
    return np.asarray(treasury + region.finance.parameters["bond_market_spread"] + risk - label)


def bond_share(saving: Floats, size_cny: Floats, region: Region) -> Floats:
    """Return which part of a need is issued as a bond, by what its coupon saves before the cost of issue."""
    f = region.finance.parameters
    cost = (f["bond_issue_cost_cny"] / np.maximum(size_cny, 1.0) + f["bond_issue_fee_share"]) / f[
        "bond_years"
    ]
    utility = (saving - cost - f["bond_saving_at_half"]) / f["bond_choice_scale"]
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
    issued = wanted * taken_share(float(wanted.sum()), lenders, buyers)
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


def taken_share(wanted_cny: float, lenders: list[Lender], buyers: Floats) -> float:
    """Return which part of an issue buyers have room for, each by its part of it [L]."""
    room = [
        lender.room_cny / part for lender, part in zip(lenders, buyers.tolist(), strict=True) if part > 0.0
    ]
    return min(1.0, min(room, default=0.0) / max(wanted_cny, 1e-300))


def maturing_cny(book: Register, year: int) -> Floats:
    """Return what of each loan is a bond that falls due in the year, nominal [N]."""
    due = (book.purpose.kind == register.BOND) & (book.terms.last_repayment_year == year)
    return np.where(due, book.balance_cny, 0.0)


def green_debt(companies: Register, public: Register, region: Region, year: int) -> GreenDebt:
    """Return what was granted and issued with the label in a year, and what is outstanding after it."""
    level, issuers = price_level(region, year), region.finance.issuers
    labelled = companies.terms.green
    new, bonds = (companies.purpose.year == year) & labelled, companies.purpose.kind == register.BOND
    balance = np.concatenate([companies.balance_cny[bonds], public.balance_cny])
    coupon = np.concatenate([companies.terms.coupon[bonds], public.terms.coupon])
    owed = float(balance.sum())
    issued = np.where(public.purpose.year == year, public.terms.principal_cny, 0.0)
    kind = issuers.kind[public.purpose.borrower]
    return GreenDebt(
        loans_cny=np.array(companies.terms.principal_cny[new & ~bonds].sum() / level),
        loans_outstanding_cny=np.array(companies.balance_cny[labelled & ~bonds].sum() / level),
        company_bonds_cny=np.array(companies.terms.principal_cny[new & bonds].sum() / level),
        public_bonds_cny=sum_by_group(kind, issued, len(ISSUER_KINDS)) / level,
        bonds_outstanding_cny=np.array(owed / level),
        coupon=np.array(float((balance * coupon).sum()) / owed if owed > 0.0 else 0.0),
        greenium=np.array(greenium((companies, public), region, year)),
        claimed=claimed_avoidance((companies, public), year),
    )
