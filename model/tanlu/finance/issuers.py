"""Issuers that are no companies: needs, limits, and what debt costs them (docs/model/issuers.md)."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FIRST_DATA_YEAR
from tanlu.core.schedules import NEW, FinanceSchedule
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.finance.bond_prices import bond_share, bond_utility, issue_cost
from tanlu.kernels.elementary import exponentials, logarithms
from tanlu.region.pack import Region
from tanlu.region.tables import year_index


class PublicOffer(NamedTuple):
    """Bonds in place of loans, of issuers that are no companies."""

    loan_rate: Floats  # [I] that banks ask, fraction per year
    coupon: Floats  # [I] that buyers get
    subsidy: Floats  # [ISSUES, I] of it, that the province pays
    share: Floats  # [ISSUES, I] of what is borrowed, that is issued as a bond


class Programme(NamedTuple):
    """What issuers may borrow beyond renewals in a year, money of the base year; axis I."""

    revenue_cny: Floats
    debt_limit_cny: Floats  # inf for who has no limit of its own
    planned_cny: Floats  # new green debt, by plans and by what debt costs
    allowed_cny: Floats  # the part of it within the limit


class Rates(NamedTuple):
    """What debt costs issuers before support, fraction per year [I]."""

    loan: Floats
    coupon: Floats  # without greenium
    issue: Floats  # cost of the issue of a bond


def plan_debt(debt_cny: Floats, law: FinanceSchedule, region: Region, year: int) -> Programme:
    """Plan the new green debt of issuers by need, cost of debt and limit.

    Later than the lists, needs grow as the province's product does. A need answers to what debt costs above its cost
    in the same year, or in the last listed one, without support. Who owes more than its limit borrows nothing new.

    Args:
        debt_cny: green debt once loans are repaid, bonds that fall due included [I].
        law: of the year.
        region: the pack.
        year: in which it is borrowed.
    """
    issuers, t = region.finance.issuers, year_index(year)
    reference = np.minimum(issuers.last_need_year - FIRST_DATA_YEAR, t)
    product, place = region.industry.grdp_index, issuers.province
    need = issuers.need_cny[t] * product[t, place] / product[reference, place]
    cost, cost_before = (
        cost_of_debt(_rates(need, region, rows), subsidy, region)
        for rows, subsidy in (
            (np.full(need.size, t), select_subsidies(law, region)[NEW]),
            (reference, np.zeros(need.size)),
        )
    )
    response = region.finance.parameters["need_response_per_point"] * PERCENT_PER_SHARE
    plan_cny = need * np.maximum(1.0 - response * (cost - cost_before), 0.0)
    revenue = issuers.revenue_cny * product[t, place]
    has_limit, limit = np.isfinite(issuers.debt_limit_factor), np.full(need.size, np.inf)
    np.multiply(issuers.debt_limit_factor, revenue, out=limit, where=has_limit)
    return Programme(revenue, limit, plan_cny, np.minimum(plan_cny, np.maximum(limit - debt_cny, 0.0)))


def offer_public_bonds(
    need_cny: Floats, label: float, law: FinanceSchedule, region: Region, year: int
) -> PublicOffer:
    """Offer bonds in place of loans of issuers that are no companies.

    Banks ask of them what they ask of such a rating. A government borrows by bonds alone: Budget Law, article 35.

    Args:
        need_cny: new and maturing debt [I].
        label: the greenium.
        law: of the year.
        region: the pack.
        year: of the issue.
    """
    issuers, f = region.finance.issuers, region.finance.parameters
    rates = _rates(need_cny, region, np.full(need_cny.size, year_index(year)))
    coupon = rates.coupon - label
    subsidy = np.minimum(select_subsidies(law, region), np.maximum(coupon, 0.0))
    saving = rates.loan - coupon + subsidy - rates.issue
    share = np.stack([bond_share(bond_utility(of_issue, region)) for of_issue in saving])
    can_issue = need_cny >= f["smallest_bond_cny"]
    share = np.where(issuers.is_government, 1.0, np.where(can_issue, share, 0.0))
    return PublicOffer(rates.loan, coupon, subsidy, share)


def cost_of_debt(rates: Rates, subsidy: Floats, region: Region) -> Floats:
    """Compute what issuers count on that debt costs, fraction per year [I].

    That of loans less the worth of the choice of a bond: scale x ln(1 + exp(u)) (Small and Rosen 1981), so that no
    support of bonds raises it. The greenium is left out: it is known after the issue.
    """
    bond = rates.coupon - np.minimum(subsidy, np.maximum(rates.coupon, 0.0)) + rates.issue
    scale, utility = region.finance.parameters["bond_choice_scale"], bond_utility(rates.loan - bond, region)
    by_choice = rates.loan - scale * logarithms(1.0 + exponentials(np.clip(utility, -500.0, 500.0)))
    return np.asarray(np.where(region.finance.issuers.is_government, bond, by_choice))


def select_subsidies(law: FinanceSchedule, region: Region) -> Floats:
    """Select the interest subsidy of each issuer's bonds [ISSUES, I]."""
    issuers = region.finance.issuers
    return np.ascontiguousarray(law.public_bond_subsidy[issuers.province, issuers.kind].T)


def _rates(size_cny: Floats, region: Region, rows: Integers) -> Rates:
    """Compute rates by year, where `rows` are those of `DATA_YEARS` [I]."""
    finance, issuers, f = region.finance, region.finance.issuers, region.finance.parameters
    list_spread = float((finance.lenders.share * finance.lenders.spread).sum())
    # Buyers pay no tax on interest of governments, so they ask for no more than the treasury and the risk.
    market = np.where(issuers.is_government, 0.0, f["bond_market_spread"])
    return Rates(
        loan=finance.loan_prime_rate[rows] + list_spread + f["loan_risk_share"] * issuers.rating_spread,
        coupon=finance.treasury_yield[rows] + market + issuers.rating_spread,
        issue=issue_cost(size_cny, issuers.bond_years, region),
    )
