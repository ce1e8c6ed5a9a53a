"""Price labelled bonds: what one costs beside a loan, which part is issued, and what public support takes off."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.schedules import BONDS, FinanceSchedule
from tanlu.kernels.elementary import exponentials, logarithms
from tanlu.region.pack import Region
from tanlu.region.tables import year_index


class BondSupport(NamedTuple):
    """Public support of companies' bonds, by province or by bond."""

    interest_subsidy: Floats  # off the coupon, fraction per year
    guarantee_share: Floats  # of a loss

    @classmethod
    def nothing(cls, provinces: int) -> "BondSupport":
        """Return no support [P]."""
        return cls(*np.zeros((len(cls._fields), provinces)))


class BondPrice(NamedTuple):
    """What a bond costs, fractions per year, any shape."""

    coupon: Floats  # that buyers get
    issuer_rate: Floats  # coupon less subsidy
    cost: Floats  # of issue, by year


def supported_bonds(law: FinanceSchedule, issue: int) -> BondSupport:
    """Read the year's support of bonds [P] for one of `ISSUES`."""
    return BondSupport(
        interest_subsidy=law.green_interest_subsidy[:, BONDS, issue],
        guarantee_share=law.green_guarantee_share[:, BONDS, issue],
    )


def price_bonds(
    risk: Floats, size_cny: Floats, support: BondSupport, label: float, region: Region, year: int
) -> BondPrice:
    """Price bonds by their spread for risk, size and support.

    `label` is the greenium.
    """
    coupon = coupons(risk * (1.0 - support.guarantee_share), label, region, year)
    issuer_rate = np.maximum(coupon - support.interest_subsidy, 0.0)
    return BondPrice(coupon, issuer_rate, issue_cost(size_cny, region))


def coupons(risk: Floats, label: float, region: Region, year: int) -> Floats:
    """Compute coupons from spreads for risk, less the greenium."""
    treasury = float(region.finance.treasury_yield[year_index(year)])
    return np.asarray(treasury + region.finance.parameters["bond_market_spread"] + risk - label)


def issue_cost(size_cny: Floats, region: Region) -> Floats:
    """Compute the cost of issue by year, a fraction of the bond."""
    f = region.finance.parameters
    cost_share = f["bond_issue_cost_cny"] / np.maximum(size_cny, 1.0) + f["bond_issue_fee_share"]
    return np.asarray(cost_share / f["bond_years"])


def bond_utility(saving: Floats, region: Region) -> Floats:
    """Compute the utility of a bond over that of a loan from what it saves a year, cost of issue taken off."""
    f = region.finance.parameters
    return np.asarray((saving - f["bond_saving_at_half"]) / f["bond_choice_scale"])


def bond_share(utility: Floats) -> Floats:
    """Compute the share of a need that is issued as a bond, a logit."""
    return np.asarray(1.0 / (1.0 + exponentials(np.clip(-utility, -500.0, 500.0))))


def option_worth(utility: Floats, support: Floats, region: Region) -> Floats:
    """Compute by how much support of bonds lowers the rate on which an owner counts, fraction per year.

    sigma ln((1 + exp(u + support / sigma)) / (1 + exp(u))): the worth of a cheaper option in a logit (Small and Rosen
    1981, Econometrica 49(1)); about the share of bonds times the support, never above it.
    """
    scale = region.finance.parameters["bond_choice_scale"]
    without, supported = (
        1.0 + exponentials(np.clip(value, -500.0, 500.0)) for value in (utility, utility + support / scale)
    )
    return np.asarray(scale * logarithms(supported / without))


def lowest_rating(region: Region) -> int:
    """Find the rating step from which bonds find buyers: AA."""
    steps = region.finance.rating_steps
    return int(np.searchsorted(steps, region.finance.parameters["bond_interest_coverage"], side="right"))
