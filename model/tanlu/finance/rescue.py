"""Rescue: owners pay in what their companies lack where that is worth it, the state as far as its budgets last."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.schedules import FinanceSchedule
from tanlu.finance.companies import Companies


class Trouble(NamedTuple):
    """Needs of members of companies that cannot go on alone, and the cost of their failure; axis M, CNY."""

    needed_cny: Floats  # 0 for who can go on
    worth_cny: Floats  # of what it owns to itself; below zero where it goes on to lose money
    lender_loss_cny: Floats  # if what it owns is sold
    closing_cny: Floats  # closing what nobody buys, and a year's pay there
    gain_cny: Floats  # what its going on is worth to its owner

    @property
    def is_any(self) -> Booleans:
        """Whether a member cannot go on alone [M]."""
        return np.asarray(self.needed_cny > 0.0)


def assess_trouble(
    is_state: Booleans,
    needed_cny: Floats,
    worth_cny: Floats,
    debt_cny: Floats,
    lender_loss_cny: Floats,
    closing_cny: Floats,
) -> Trouble:
    """Assess members' needs and the gain of owners by their going on.

    It is the worth of what they own beyond their debt (Leland 1994, Journal of Finance 49:1213); the state adds what
    lenders would lose, and what closing would cost.
    """
    gain = worth_cny - debt_cny + is_state * (lender_loss_cny + closing_cny)
    asks = needed_cny > 0.0
    return Trouble(needed_cny, worth_cny * asks, lender_loss_cny * asks, closing_cny * asks, gain * asks)


class Rescue(NamedTuple):
    """Money that owners pay in."""

    is_paid: Booleans  # [M]
    to_companies_cny: Floats  # [W]
    by_provinces_cny: Floats  # [P] for local companies; for others owners outside the region pay


def rescue(trouble: Trouble, company: Integers, companies: Companies, rule: FinanceSchedule) -> Rescue:
    """Rescue members in full or not at all.

    State companies come first where a CNY keeps lenders from losing most. An owner pays in what is less than what it
    gains by it.

    Args:
        trouble: what companies need, and what it would mean to let them fail.
        company: of which each is a member [M].
        companies: one that is active in several provinces needs its part from the budgets of each.
        rule: the budgets of the year.
    """
    needed_cny = trouble.needed_cny
    by_province = needed_cny[:, None] * companies.province_share[company]
    local, is_state = companies.is_local[company, None], companies.is_state[company]
    parts = np.concatenate([by_province * local, by_province * ~local], axis=1)
    budgets_left_cny = np.concatenate([rule.provinces_rescue_budget_cny, rule.parents_rescue_budget_cny])
    gain_cny = trouble.gain_cny
    is_paid = trouble.is_any & (needed_cny < gain_cny) & ~is_state
    spared_share = trouble.lender_loss_cny / np.maximum(needed_cny, 1.0)
    asks = np.flatnonzero(is_state & (needed_cny > 0.0) & (needed_cny < gain_cny))
    for member in asks[np.argsort(-spared_share[asks], kind="stable")]:
        if (parts[member] <= budgets_left_cny).all():
            budgets_left_cny = budgets_left_cny - parts[member]
            is_paid[member] = True
    by_provinces = (by_province * local * is_paid[:, None]).sum(axis=0)
    return Rescue(is_paid, sum_by_group(company, needed_cny * is_paid, len(companies)), by_provinces)
