"""Rescue: state owners pay in what their companies lack, as far as their budgets last."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.schedules import FinanceSchedule
from tanlu.finance.companies import Companies


class Rescue(NamedTuple):
    """What state owners pay in."""

    to_companies_cny: Floats  # [W]
    by_provinces_cny: Floats  # [P] for local companies; for central ones parents outside the region pay


def rescue(missing_cny: Floats, companies: Companies, rule: FinanceSchedule) -> Rescue:
    """Return who is rescued, in full or not at all: first where a CNY keeps lenders from losing most.

    Args:
        missing_cny: what companies lack and no lender lends [W].
        companies: one that is active in both provinces needs its part from the budgets of both.
        rule: the budgets of the year.
    """
    by_province = missing_cny[:, None] * companies.where
    local = companies.is_local[:, None]
    parts = np.concatenate([by_province * local, by_province * ~local], axis=1)
    left = np.concatenate([rule.provinces_rescue_budget_cny, rule.parents_rescue_budget_cny])
    worth = companies.debt_cny * companies.lost_share() / np.maximum(missing_cny, 1.0)
    paid = np.zeros(len(companies), dtype=bool)
    for company in np.argsort(-worth, kind="stable"):
        asks = companies.is_state[company] and missing_cny[company] > 0.0
        if asks and (parts[company] <= left).all():
            left = left - parts[company]
            paid[company] = True
    by_provinces = (by_province * local * paid[:, None]).sum(axis=0)
    return Rescue(np.where(paid, missing_cny, 0.0), by_provinces)
