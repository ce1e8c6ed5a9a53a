"""Credit before and apart from the loans of a year: opening debt, list prices, and the price level of a year."""

from functools import cache

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.economics import discount_factor
from tanlu.finance import register
from tanlu.finance.companies import Granted
from tanlu.finance.register import LoanPurpose, Register, Terms
from tanlu.region.pack import Region
from tanlu.region.tables import year_index


def price_level(region: Region, year: int) -> float:
    """Compute the price level of the year, 1 in the base year."""
    return _price_level(region.finance.parameters["inflation"], year - region.base_year)


@cache  # asked for some twenty times a year
def _price_level(inflation: float, years: int) -> float:
    return 1.0 / float(discount_factor(inflation, years))


def eroded_share(region: Region, year: int) -> float:
    """Compute the share of last year's debt that inflation has taken.

    None before the base year.
    """
    return (
        0.0 if year <= region.base_year else 1.0 - price_level(region, year - 1) / price_level(region, year)
    )


def list_prices(region: Region) -> Granted:
    """Price loans by the lenders' lists, at the usual leverage.

    This holds before the first loan.
    """
    finance = region.finance
    table, usual = finance.lenders, finance.owners.debt_to_assets.mean()
    risk = finance.loan_rating_spreads + finance.loan_leverage_slope * usual
    spread = np.full(risk.size, (table.share * table.spread).sum())
    supported = np.ones(len(region.axes.provinces))
    return Granted(
        spread,
        risk,
        guaranteed_part=supported,
        relent_part=supported,
        issue_cny=np.array(finance.parameters["smallest_bond_cny"]),
        greenium=np.array(finance.parameters["highest_greenium"]),
    )


def opening_register(region: Region, debt_cny: Floats) -> Register:
    """Enter each company's debt before the base year [W].

    Lenders hold it by their shares. It falls due in equal parts over the years of a loan, at the prime rate of the
    base year.
    """
    finance, companies = region.finance, np.flatnonzero(debt_cny > 0.0)
    n, first, lenders = companies.size, region.base_year, finance.lenders.share.size
    last = first + int(finance.parameters["loan_years"]) - 1
    nobody, nothing = np.full(n, "", object), np.zeros(n)
    purpose = LoanPurpose(
        kind=np.full(n, register.OPENING),
        year=np.full(n, first - 1),
        borrower=companies,
        province=finance.owners.active_in[companies].argmax(axis=1),
        decider=nobody,
        option=nobody,
    )
    terms = Terms(
        principal_cny=debt_cny[companies],
        coupon=np.full(n, finance.loan_prime_rate[year_index(first)]),
        subsidy=nothing,
        issue_grant_cny=nothing,
        guarantee_share=nothing,
        guarantee_fee=nothing,
        relending_share=nothing,
        relending_rate=nothing,
        relending_until_year=np.zeros(n, np.int64),
        risk_weight=np.ones(n),
        first_repayment_year=np.full(n, first),
        last_repayment_year=np.full(n, last),
        green=np.zeros(n, dtype=bool),
        claimed_tco2_per_year=nothing,
        carried_tco2_per_year=nothing,
        holder_share=np.broadcast_to(finance.lenders.share, (n, lenders)).copy(),
    )
    return register.enter_loans(register.empty_register(lenders), purpose, terms)
