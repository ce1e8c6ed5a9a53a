"""Relending: the central bank's cheap money behind green loans, and what lenders pass on of it."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.schedules import FinanceSchedule
from tanlu.finance.lenders import appetite
from tanlu.kernels.elementary import exponentials
from tanlu.region.finance import FinanceData


class RelendingOffer(NamedTuple):
    """Terms on which the central bank refinances green loans of a year."""

    share: Floats  # [P] of what lenders that relend hold of a loan
    rate: Floats  # [P] that it asks of them, fraction per year
    until_year: Integers  # [P] last year in which it does

    @classmethod
    def nothing(cls, provinces: int) -> "RelendingOffer":
        """Return an offer that refinances no loan."""
        return cls(np.zeros(provinces), np.zeros(provinces), np.zeros(provinces, np.int64))


class Relent(NamedTuple):
    """Loans of the central bank to lenders for a year, money of the base year."""

    cny: Floats  # [P] by where the loans are
    interest_cny: Floats  # [P] that it gets


def offer_relending(finance: FinanceData, law: FinanceSchedule, year: int) -> RelendingOffer:
    """Offer relending for the year's loans.

    No bank takes money that costs more than its own.
    """
    is_cheaper = law.relending_rate < finance.parameters["bank_funding_cost"]
    share = np.where(is_cheaper, law.relending_share, 0.0)
    until_year = year + law.relending_years.astype(np.int64) - 1
    return RelendingOffer(share, np.where(share > 0.0, law.relending_rate, 0.0), until_year)


def refinanced_part(years: Floats, loan_years: float) -> Floats:
    """Compute the share of a loan's interest that falls into its first years.

    The loan is repaid in equal parts without grace.

    n (2 N - n + 1) / (N (N + 1)): 0.35 for 3 years of 15.
    """
    n = np.minimum(years, loan_years)
    return np.asarray(n * (2.0 * loan_years - n + 1.0) / (loan_years * (loan_years + 1.0)))


def relief(finance: FinanceData, law: FinanceSchedule) -> Floats:
    """Compute the relief that relending lenders give on green loans [P].

    It lowers the rate over the whole life of the loan.

    pass-through x share x (funding cost - relending rate) x the part of interest in the years of relending.
    """
    f = finance.parameters
    gain = law.relending_share * np.maximum(f["bank_funding_cost"] - law.relending_rate, 0.0)
    return f["relending_pass_through"] * gain * refinanced_part(law.relending_years, f["loan_years"])


def weight_factor(finance: FinanceData, cut: Floats) -> Floats:
    """Compute the factor on a lender's weight that a price cut brings.

    The cut is below its list, any shape.
    """
    return exponentials(cut / finance.parameters["lender_price_sensitivity"])


def expected_relief(finance: FinanceData, law: FinanceSchedule) -> Floats:
    """Compute the mean relief on green loans at list prices [P].

    The mean is over the lenders that share them.
    """
    table, cut, can_relend = finance.lenders, relief(finance, law), finance.lenders.relends
    if not cut.any():
        return cut
    usual = appetite(table, table.spread, finance.parameters["lender_price_sensitivity"])
    at_home = (table.province < 0) | (table.province == np.arange(cut.size)[:, None])
    weight = usual * at_home * np.where(can_relend, weight_factor(finance, cut)[:, None], 1.0)
    return np.asarray(cut * (weight * can_relend).sum(axis=1) / weight.sum(axis=1))
