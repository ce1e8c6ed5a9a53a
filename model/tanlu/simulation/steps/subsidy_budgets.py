"""Subsidy budgets: every scheme pays its claims until the budget of its policy is used up."""

from collections.abc import Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import P
from tanlu.core.schedules import Pieces, PolicySchedule, SubsidyScheme
from tanlu.finance.government import Regulator
from tanlu.simulation.state import BudgetState


def pay(
    budgets: BudgetState,
    payers: Mapping[str, Regulator],
    scheme: SubsidyScheme,
    claims_cny: Floats,
    province: Integers,
    order: Integers,
) -> tuple[BudgetState, Floats]:
    """Pay a scheme's claims until its budget is used up, and book them with its payer (docs/model/policies.md).

    Args:
        budgets: of the year so far.
        payers: governments by name.
        scheme: of this year.
        claims_cny: of each claimant, [N].
        province: of each claimant, [N].
        order: claimants, first served first, [N].

    Returns:
        The budgets after it, and what each claimant gets, CNY [N].
    """
    paid = payers[scheme.payer].pay(scheme.kind, claims_cny, order, budgets.left_cny(scheme))
    by_province = np.bincount(province, paid, P)
    return budgets.booked(scheme, float(claims_cny.sum()), float(paid.sum()), by_province), paid


def pay_by_the_piece(
    budgets: BudgetState, payers: Mapping[str, Regulator], policy: PolicySchedule, sold: Sequence[Pieces]
) -> tuple[BudgetState, Floats]:
    """Pay every scheme for what agents of one kind sold or made, agent by agent.

    Args:
        budgets: of the year so far.
        payers: governments by name.
        policy: of this year.
        sold: by kind of subsidy, of the same agents [N].

    Returns:
        The budgets after it, and what each agent gets, CNY [N].
    """
    total = np.zeros(sold[0].at[0].size)
    for pieces in sold:
        for scheme in policy.of_kind(pieces.kind):
            claims, province = scheme.claims_cny(pieces), pieces.at[0]
            budgets, paid = pay(budgets, payers, scheme, claims, province, np.arange(claims.size))
            total += paid
    return budgets, total
