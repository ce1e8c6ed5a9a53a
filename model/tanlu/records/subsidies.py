"""The record of what is paid from budgets, and under which policy's name."""

from collections.abc import Mapping
from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.records.happened import Year
from tanlu.region.tables import year_index


class SubsidiesRecord(NamedTuple):
    """Subsidies by kind, and what tells which policy promised them."""

    by_kind_cny: Mapping[str, Floats]  # [P] paid from budgets
    by_policy_cny: Mapping[str, Floats]  # [P] the same, by name of the policy
    interest_by_loan_year_cny: Floats  # [P, D] interest of green debt, by the year in which it was granted


def measure_subsidies(year: Year) -> SubsidiesRecord:
    """Return the record of subsidies; new debt bears interest in its first year."""
    interest = year.finance.subsidy_by_loan_year_cny.copy()
    interest[:, year_index(year.signals.year)] += year.invested.borrowed.first.subsidy_cny
    return SubsidiesRecord(year.budgets.paid_by_kind_cny, year.budgets.paid_by_policy_cny, interest)
