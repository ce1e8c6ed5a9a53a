"""Public bonds: rail transit, cities, grid companies and governments borrow from the buyers of green bonds."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import FIRST_DATA_YEAR, ISSUER_KINDS
from tanlu.core.schedules import ISSUES, NEW, RENEWED
from tanlu.core.signals import Signals
from tanlu.finance import register
from tanlu.finance.bonds import placed_share
from tanlu.finance.claims import claimed_by_part
from tanlu.finance.credit import price_level
from tanlu.finance.issuers import PublicOffer, offer_public_bonds, plan_debt
from tanlu.finance.lenders import Lender
from tanlu.finance.register import LoanPurpose, Register, Terms
from tanlu.region.pack import Region
from tanlu.region.tables import DATA_YEARS
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
    interest_cny: Floats  # that issuers pay
    repaid_cny: Floats
    subsidy_by_loan_year_cny: Floats  # [P, D, ISSUER_KINDS, ISSUES] of interest, that provinces pay
    accounts: "IssuerAccounts"

    @classmethod
    def nothing(cls, issuers: int) -> "PublicBonds":
        """Build a year without bonds."""
        issued, refinanced, interest, repaid = np.zeros((4, len(PARTS), issuers))
        subsidy = np.zeros((0, DATA_YEARS.size, len(ISSUER_KINDS), len(ISSUES)))
        return cls(issued, refinanced, interest, repaid, subsidy, IssuerAccounts.nothing(issuers))

    @property
    def subsidy_cny(self) -> Floats:
        """Sum the interest that provinces pay [P]."""
        return np.asarray(self.subsidy_by_loan_year_cny.sum(axis=(1, 2, 3)))

    def line_cost_cny(self, region: Region) -> Floats:
        """Compute provinces' cost of bonds for policy lines [P].

        What these bonds bring in the year is taken off.
        """
        net = self.interest_cny + self.repaid_cny - self.issued_cny
        provinces = len(region.axes.provinces)
        return sum_by_group(region.finance.issuers.province, net[PARTS.index(RAIL_LINE)], provinces)


class IssuerAccounts(NamedTuple):
    """Means and debt of issuers in a year, money of the base year; axis I."""

    revenue_cny: Floats
    debt_limit_cny: Floats  # inf for who has no limit of its own
    planned_cny: Floats  # new green debt without the limit
    refused_cny: Floats  # the part of it beyond the limit
    loans_granted_cny: Floats
    loans_outstanding_cny: Floats  # at the end of the year
    bonds_outstanding_cny: Floats
    loan_rate: Floats  # fraction per year
    coupon: Floats  # before what the province pays of it
    bond_share: Floats  # of new debt

    @classmethod
    def nothing(cls, issuers: int) -> "IssuerAccounts":
        """Build a year without debt."""
        return cls(*np.zeros((len(cls._fields), issuers)))


def issue_public_bonds(
    state: FinanceState, lenders: list[Lender], region: Region, signals: Signals
) -> tuple[FinanceState, PublicBonds]:
    """Let issuers pay dues and issue green bonds (docs/model/bonds.md).

    Bonds are a part of their new and maturing need. What is not a bond is a loan outside the model, or cash for lines
    of policies. A bond is issued at the end of the year, so that interest is first due in the next.
    """
    law, year = signals.policy.finance, signals.year
    level, loan_years = price_level(region, year), region.finance.parameters["loan_years"]
    book, dues = state.public, register.compute_dues(state.public, year)
    paid_cny = dues.interest_cny - dues.subsidy_cny
    interest, due = (_sum_parts(book, cny, region) / level for cny in (paid_cny, dues.repayment_cny))
    received = register.sum_by_lender(book.terms, dues.interest_cny) / level
    for lender, amount in zip(lenders, received.tolist(), strict=True):
        lender.collect(amount)
    claimed = _sum_parts(book, claimed_by_part(book, dues.repayment_cny), region)
    bonds = _sum_parts(book, book.balance_cny, region)[PARTS.index(register.FROM_PACK)] / level
    subsidy = _subsidy_by_loan_year(book, dues.subsidy_cny, region) / level
    book = register.repay(book, dues)
    _owe(lenders, book, level)
    loans = state.public_loans_cny / level * (1.0 - 1.0 / loan_years)
    programme = plan_debt(loans + bonds, law, region, year)
    lines = _lines_need_cny(region, signals.policy.vehicles.rail_investment_cny)
    need = np.stack([np.stack([programme.allowed_cny, lines]), due])  # [ISSUES, PARTS, I]
    offer = offer_public_bonds(need.sum(axis=(0, 1)), state.greenium, law, region, year)
    buyers, requested = region.finance.lenders.bond_share, need * offer.share[:, None]
    issued = requested * placed_share(float(requested.sum()), lenders, buyers)
    carried = claimed * np.divide(issued[RENEWED], due, out=np.zeros(due.shape), where=due > 0.0)
    claims = np.stack([region.finance.issuers.claimed_tco2_per_cny * issued[NEW], carried])
    book = register.enter_loans(book, *_write_bonds(issued, offer, claims, buyers, region, year))
    _owe(lenders, book, level)
    for lender, part in zip(lenders, buyers.tolist(), strict=True):
        lender.lent_cny += float(issued.sum()) * part
    new_loans = (need - issued).sum(axis=0)[
        PARTS.index(register.FROM_PACK)
    ] * ~region.finance.issuers.is_government
    accounts = IssuerAccounts(
        programme.revenue_cny,
        programme.debt_limit_cny,
        programme.planned_cny,
        programme.planned_cny - programme.allowed_cny,
        new_loans,
        loans + new_loans,
        _sum_parts(book, book.balance_cny, region).sum(axis=0) / level,
        offer.loan_rate,
        offer.coupon,
        offer.share[NEW],
    )
    state = state._replace(public=book, public_loans_cny=(loans + new_loans) * level)
    return state, PublicBonds(issued.sum(axis=0), issued[RENEWED], interest, due, subsidy, accounts)


def _subsidy_by_loan_year(book: Register, subsidy_cny: Floats, region: Region) -> Floats:
    """Sum interest subsidies by province, year of the bond, kind of issuer and issue [P, D, ISSUER_KINDS, ISSUES]."""
    shape = len(region.axes.provinces), DATA_YEARS.size, len(ISSUER_KINDS), len(ISSUES)
    if not subsidy_cny.any():
        return np.zeros(shape)
    kind, (_, issue) = (
        region.finance.issuers.kind[book.purpose.borrower],
        register.support_class(book.purpose),
    )
    cell = np.ravel_multi_index(
        (book.purpose.province, book.purpose.year - FIRST_DATA_YEAR, kind, issue), shape
    )
    return np.asarray(sum_by_group(cell, subsidy_cny, int(np.prod(shape))).reshape(shape))


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
    offer: PublicOffer,
    claims: Floats,
    buyers: Floats,
    region: Region,
    year: int,
) -> tuple[LoanPurpose, Terms]:
    """Write the bonds of the year [ISSUES, PARTS, I].

    `claims` are what they claim, t CO2 a year; that of renewed bonds is carried on. Who renews has no decider.
    """
    issuers, place = region.finance.issuers, np.nonzero(issued_cny > 0.0)
    (issue, part, rows), carried = place, claims * np.array([0.0, 1.0])[:, None, None]
    n, due = rows.size, year + issuers.bond_years[rows]
    purpose = LoanPurpose(
        kind=np.full(n, register.BOND),
        year=np.full(n, year),
        borrower=rows,
        province=issuers.province[rows],
        decider=np.where(issue == NEW, np.array(issuers.ids, object)[rows], ""),
        option=np.array(PARTS, object)[part],
    )
    terms = Terms(
        principal_cny=issued_cny[place] * price_level(region, year),
        coupon=offer.coupon[rows],
        subsidy=offer.subsidy[issue, rows],
        issue_grant_cny=np.zeros(n),
        guarantee_share=np.zeros(n),
        guarantee_fee=np.zeros(n),
        first_repayment_year=due,
        last_repayment_year=due,
        green=np.ones(n, dtype=bool),
        claimed_tco2_per_year=claims[place],
        carried_tco2_per_year=carried[place],
        holder_share=np.broadcast_to(buyers, (n, buyers.size)).copy(),
        relending_share=np.zeros(n),  # for loans of banks alone
        relending_rate=np.zeros(n),
        relending_until_year=np.zeros(n, np.int64),
        risk_weight=np.ones(n),
    )
    return purpose, terms
