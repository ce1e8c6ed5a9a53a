"""Price labelled bonds against loans: what one costs, which part is issued, and what public support takes off."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.schedules import BONDS, FinanceSchedule
from tanlu.kernels.elementary import exponentials, logarithms
from tanlu.region.pack import Region
from tanlu.region.tables import year_index


class BondSupport(NamedTuple):
    """Public support of companies' bonds, by province or by bond."""

    interest_subsidy: Floats  # off the coupon, fraction per year
    guarantee_share: Floats  # of a loss
    guarantee_fee: Floats  # for it, fraction of the bond a year
    exempt_share: Floats  # of the coupon, on which buyers pay no tax
    issue_cost_share: Floats  # of the cost of issue without the label
    issue_grant_cap_cny: Floats  # most of it for one issue
    label_cost_share: Floats

    def mean_by(self, share: Floats) -> "BondSupport":
        """Average support of provinces by shares [W, P]; the least cap of those with one."""
        caps = np.where(share > 0.0, self.issue_grant_cap_cny, np.inf).min(axis=1)
        uncapped = self._replace(issue_grant_cap_cny=np.zeros(share.shape[1]))
        means = BondSupport._make((share * column).sum(axis=1) for column in uncapped)
        return means._replace(issue_grant_cap_cny=caps)

    @classmethod
    def nothing(cls, provinces: int) -> "BondSupport":
        """Return no support [P]."""
        return cls(*np.zeros((len(cls._fields), provinces)))


class BondPrice(NamedTuple):
    """What a bond costs, fractions per year, any shape."""

    coupon: Floats  # that buyers get, with the tax that they are spared
    issuer_rate: Floats  # of it, that the issuer pays
    cost: Floats  # of issue, by year, what is paid of it taken off
    grant_share: Floats  # paid of the cost of issue, once, of the sum that is issued
    guarantee_fee: Floats  # 0 where the issuer takes no guarantee


def supports_bonds(law: FinanceSchedule) -> bool:
    """Check whether any bond has any support in the year."""
    of_both = law.green_interest_subsidy, law.green_guarantee_share
    of_bonds = law.bond_interest_exempt_share, law.bond_issue_cost_share, law.bond_label_cost_share
    return any(share[:, BONDS].any() for share in of_both) or any(share.any() for share in of_bonds)


def supported_bonds(law: FinanceSchedule, issue: int) -> BondSupport:
    """Read the year's support of bonds [P] for one of `ISSUES`."""
    return BondSupport(
        interest_subsidy=law.green_interest_subsidy[:, BONDS, issue],
        guarantee_share=law.green_guarantee_share[:, BONDS, issue],
        guarantee_fee=law.green_guarantee_fee[:, BONDS, issue],
        exempt_share=law.bond_interest_exempt_share[:, issue],
        issue_cost_share=law.bond_issue_cost_share[:, issue],
        issue_grant_cap_cny=law.bond_issue_grant_cap_cny,
        label_cost_share=law.bond_label_cost_share[:, issue],
    )


def takes_guarantee(share: Floats, risk: Floats, fee: Floats) -> Booleans:
    """Check where a guarantee takes at least its fee off the price of risk, so that it is taken."""
    return np.asarray(fee <= np.maximum(share * risk, 0.0))


def price_bonds(
    risk: Floats, size_cny: Floats, support: BondSupport, label: float, region: Region, year: int
) -> BondPrice:
    """Price bonds by their spread for risk, size and support.

    Buyers who pay no tax on a part of the coupon ask for less by `bond_tax_pass_through` of what they are spared.
    `label` is the greenium.
    """
    f = region.finance.parameters
    takes = takes_guarantee(support.guarantee_share, risk, support.guarantee_fee)
    guaranteed, fee = (np.where(takes, x, 0.0) for x in (support.guarantee_share, support.guarantee_fee))
    taxed = coupons(risk * (1.0 - guaranteed), label, region, year)
    spared = support.exempt_share * f["bond_buyer_tax_rate"]
    paid = taxed * (1.0 - f["bond_tax_pass_through"] * spared)
    issuer_rate = np.maximum(paid - support.interest_subsidy, 0.0)
    grant_share = issue_grant(size_cny, support, region)
    cost = issue_cost(size_cny, f["bond_years"], region) - grant_share / f["bond_years"]
    return BondPrice(paid * (1.0 + spared), issuer_rate, cost, grant_share, fee)


def coupons(risk: Floats, label: float, region: Region, year: int) -> Floats:
    """Compute coupons from spreads for risk, less the greenium."""
    treasury = float(region.finance.treasury_yield[year_index(year)])
    return np.asarray(treasury + region.finance.parameters["bond_market_spread"] + risk - label)


def issue_cost(size_cny: Floats, years: Floats | Integers | float, region: Region) -> Floats:
    """Compute the cost of issue by year, a fraction of a bond of `years`."""
    f = region.finance.parameters
    cost_share = f["bond_issue_cost_cny"] / np.maximum(size_cny, 1.0) + f["bond_issue_fee_share"]
    return np.asarray(cost_share / years)


def issue_grant(size_cny: Floats, support: BondSupport, region: Region) -> Floats:
    """Compute what is paid of the cost of an issue, a fraction of the bond."""
    f, label = region.finance.parameters, region.finance.parameters["bond_label_cost_cny"]
    cost_cny = f["bond_issue_cost_cny"] - label + f["bond_issue_fee_share"] * size_cny
    paid_cny = np.minimum(support.issue_cost_share * cost_cny, support.issue_grant_cap_cny)
    return np.asarray((paid_cny + support.label_cost_share * label) / np.maximum(size_cny, 1.0))


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
