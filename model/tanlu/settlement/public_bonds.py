"""Public bonds: rail transit, cities and grid companies borrow from the buyers of green bonds."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.finance import register
from tanlu.finance.bonds import BondOffer, offer_public_bonds, placed_share
from tanlu.finance.claims import claimed_by_part
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.register import LoanPurpose, Register, Terms
from tanlu.region.finance import ISSUER_KINDS
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.state.state import FinanceState

RAIL_LINE = "rail_line"  # in place of an option in the register
PARTS = (
    register.FROM_PACK,
    RAIL_LINE,
)  # of what an issuer borrows: what the pack lists, and lines of a policy


class PublicBonds(NamedTuple):
    """A year of issuers that are no companies, money of the base year; axes `PARTS`, I."""

    issued_cny: Floats
    refinanced_cny: Floats  # of it in place of bonds that fall due
    interest_cny: Floats
    repaid_cny: Floats

    @classmethod
    def nothing(cls, issuers: int) -> "PublicBonds":
        """Build a year without bonds."""
        return cls(*np.zeros((4, len(PARTS), issuers)))

    def line_cost_cny(self, region: Region) -> Floats:
        """Compute provinces' cost of bonds for policy lines [P].

        What these bonds bring in the year is taken off.
        """
        net = self.interest_cny + self.repaid_cny - self.issued_cny
        provinces = len(region.axes.provinces)
        return sum_by_group(region.finance.issuers.province, net[PARTS.index(RAIL_LINE)], provinces)


def issue_public_bonds(
    state: FinanceState, lenders: list[Lender], region: Region, year: int, rail_investment_cny: Floats
) -> tuple[FinanceState, PublicBonds]:
    """Let issuers pay dues and issue green bonds (docs/model/bonds.md).

    Bonds are a part of their new and maturing need. What is not a bond is a loan or cash outside the model. A bond is
    issued at the end of the year, so that interest is first due in the next.

    Args:
        state: of finance.
        lenders: all.
        region: the pack.
        year: that ends.
        rail_investment_cny: what lines of policies cost in the year, money of the base year [P].
    """
    issuers, level = region.finance.issuers, price_level(region, year)
    book, dues = state.public, register.compute_dues(state.public, year)
    interest, due = (_sum_parts(book, cny, region) / level for cny in (dues.interest_cny, dues.repayment_cny))
    received = register.sum_by_lender(book.terms, dues.interest_cny) / level
    for lender, amount in zip(lenders, received.tolist(), strict=True):
        lender.collect(amount)
    claimed = _sum_parts(book, claimed_by_part(book, dues.repayment_cny), region)
    book = register.repay(book, dues)
    _owe(lenders, book, level)
    need = np.stack([issuers.need_cny[year_index(year)], _lines_need_cny(region, rail_investment_cny)]) + due
    offer = offer_public_bonds(need.sum(axis=0), state.greenium, region, year)
    buyers, requested = region.finance.lenders.bond_share, need * offer.share
    issued = requested * placed_share(float(requested.sum(axis=0).sum()), lenders, buyers)
    refinanced = issued * np.divide(due, need, out=np.zeros(need.shape), where=need > 0.0)
    carried = claimed * np.divide(refinanced, due, out=np.zeros(due.shape), where=due > 0.0)
    claims = issuers.claimed_tco2_per_cny * (issued - refinanced) + carried, carried
    book = register.enter_loans(book, *_write_bonds(issued, offer, claims, buyers, region, year))
    _owe(lenders, book, level)
    for lender, part in zip(lenders, buyers.tolist(), strict=True):
        lender.lent_cny += float(issued.sum(axis=0).sum()) * part
    return state._replace(public=book), PublicBonds(issued, refinanced, interest, due)


def _sum_parts(book: Register, value: Floats, region: Region) -> Floats:
    """Sum a value of bonds [N] by purpose and issuer [PARTS, I]."""
    issuers = len(region.finance.issuers.ids)
    part = (book.purpose.option == RAIL_LINE).astype(np.int64)
    cell = part * issuers + book.purpose.borrower
    return sum_by_group(cell, value, len(PARTS) * issuers).reshape(len(PARTS), issuers)


def _lines_need_cny(region: Region, investment_cny: Floats) -> Floats:
    """Compute the loans of rail transits for lines in their province [I].

    They share the cost in equal parts.
    """
    issuers = region.finance.issuers
    is_rail = issuers.kind == ISSUER_KINDS.index("rail_transit")
    number = sum_by_group(issuers.province, is_rail, investment_cny.size)[issuers.province]
    cost = investment_cny[issuers.province] * is_rail / np.maximum(number, 1.0)
    return region.vehicles.rail.debt_share * cost


def _owe(lenders: list[Lender], book: Register, level: float) -> None:
    """Set what public issuers owe lenders."""
    for lender, holding in zip(lenders, register.holdings_cny(book, level).tolist(), strict=True):
        lender.outstanding_cny += holding - lender.public_cny
        lender.risk_weighted_cny += holding - lender.public_cny
        lender.public_cny = holding


def _write_bonds(
    issued_cny: Floats,
    offer: BondOffer,
    claims: tuple[Floats, Floats],
    buyers: Floats,
    region: Region,
    year: int,
) -> tuple[LoanPurpose, Terms]:
    """Write the bonds of the year.

    `claims` are what they claim, and what of it they carry on, t CO2 a year [PARTS, I].
    """
    issuers, (part, rows) = region.finance.issuers, np.nonzero(issued_cny > 0.0)
    n, due = rows.size, np.full(rows.size, year + int(region.finance.parameters["bond_years"]))
    purpose = LoanPurpose(
        kind=np.full(n, register.BOND),
        year=np.full(n, year),
        borrower=rows,
        province=issuers.province[rows],
        decider=np.array(issuers.ids, object)[rows],
        option=np.array(PARTS, object)[part],
    )
    terms = Terms(
        principal_cny=issued_cny[part, rows] * price_level(region, year),
        coupon=offer.coupon[rows],
        subsidy=np.zeros(n),
        issue_grant_cny=np.zeros(n),
        guarantee_share=np.zeros(n),
        guarantee_fee=np.zeros(n),
        first_repayment_year=due,
        last_repayment_year=due,
        green=np.ones(n, dtype=bool),
        claimed_tco2_per_year=claims[0][part, rows],
        carried_tco2_per_year=claims[1][part, rows],
        holder_share=np.broadcast_to(buyers, (n, buyers.size)).copy(),
        relending_share=np.zeros(n),  # for loans of banks alone
        relending_rate=np.zeros(n),
        relending_until_year=np.zeros(n, np.int64),
        risk_weight=np.ones(n),
    )
    return purpose, terms
