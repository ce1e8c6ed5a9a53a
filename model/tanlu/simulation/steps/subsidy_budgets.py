"""Subsidy budgets: every scheme pays its claims until the budget of its policy is used up."""

from collections.abc import Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTOR, P
from tanlu.core.schedules import SCRAP_SUBSIDY, SubsidyScheme
from tanlu.core.signals import Signals
from tanlu.finance.government import Regulator
from tanlu.industry.facilities import Industry
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.simulation.state import BudgetState


def pay(
    budgets: BudgetState,
    payers: Mapping[str, Regulator],
    scheme: SubsidyScheme,
    claims_cny: Floats,
    order: Integers,
) -> tuple[BudgetState, Floats]:
    """Pay a scheme's claims until its budget is used up, and book them with its payer (docs/model/policies.md).

    Args:
        budgets: of the year so far.
        payers: governments by name.
        scheme: of this year.
        claims_cny: of each claimant, [N].
        order: claimants, first served first, [N].

    Returns:
        The budgets after it, and what each claimant gets, CNY [N].
    """
    paid = payers[scheme.payer].pay(scheme.kind, claims_cny, order, budgets.left_cny(scheme))
    return budgets.booked(scheme, float(claims_cny.sum()), float(paid.sum())), paid


def pay_by_the_piece(
    budgets: BudgetState,
    payers: Mapping[str, Regulator],
    schemes: Sequence[SubsidyScheme],
    sold: Floats,
    province: Integers,
) -> tuple[BudgetState, Floats]:
    """Pay every scheme of a kind, decider by decider.

    Args:
        budgets: of the year so far.
        payers: governments by name.
        schemes: of this year and kind; their rates have as many elements as `sold`.
        sold: pieces by decider and what they are, [N, X].
        province: of each decider, [N].

    Returns:
        The budgets after it, and CNY by province, [P].
    """
    total = np.zeros(P)
    for scheme in schemes:
        claims = (scheme.rate.reshape(sold.shape) * sold).sum(axis=1)
        budgets, paid = pay(budgets, payers, scheme, claims, np.arange(claims.size))
        total += np.bincount(province, paid, P)
    return budgets, total


def pay_for_scrap(
    budgets: BudgetState,
    payers: Mapping[str, Regulator],
    signals: Signals,
    industry: Industry,
    made: ProductionOutcome,
) -> tuple[BudgetState, Floats]:
    """Pay aluminium plants for the scrap they melted; return the budgets and CNY [N facilities]."""
    melted = np.where(industry.sector == SECTOR["aluminium"], industry.scrap_t * made.output, 0.0)
    total = np.zeros(len(industry))
    for scheme in signals.policy.of_kind(SCRAP_SUBSIDY):
        claims = scheme.rate[industry.province, industry.sector] * melted
        budgets, paid = pay(budgets, payers, scheme, claims, np.arange(claims.size))
        total += paid
    return budgets, total
