"""Sequential allocation of demand to bounded suppliers."""

import numpy as np

from tanlu.compilation.decorators import helper, kernel


@helper
def _allot_once(unmet, group, capacity, weight, output):  # type: ignore[no-untyped-def]
    """Share each group's unmet demand once and return the supplied quantities."""
    total = np.zeros(unmet.size)
    for i in range(group.size):
        if output[i] < capacity[i]:
            total[group[i]] += weight[i]
    supplied = np.zeros(unmet.size)
    for i in range(group.size):
        g = group[i]
        if output[i] < capacity[i] and total[g] > 0.0:
            amount = min(unmet[g] * weight[i] / total[g], capacity[i] - output[i])
            supplied[g] += amount
            # A full supplier must equal its capacity to the bit, or the next round would offer it dust.
            output[i] = capacity[i] if amount == capacity[i] - output[i] else output[i] + amount
    return supplied


@kernel
def fill_by_weight(demand, group, capacity, weight):  # type: ignore[no-untyped-def]
    """Share each group's demand among its suppliers in proportion to weight.

    No supplier gets more than its capacity: what a full one cannot take is shared again among the others, until demand
    is met or all are full.

    Args:
        demand: f8[G] quantity wanted in each group, >= 0.
        group: i8[N] group of each supplier.
        capacity: f8[N] highest quantity of each supplier, >= 0.
        weight: f8[N] attractiveness, >= 0; a supplier of weight 0 gets nothing.

    Returns:
        f8[N] quantity of each supplier.
    """
    output = np.zeros(group.size)
    unmet = demand.copy()
    for _ in range(group.size + 1):
        supplied = _allot_once(unmet, group, capacity, weight, output)
        progress = False
        for g in range(unmet.size):
            unmet[g] = max(unmet[g] - supplied[g], 0.0)
            progress = progress or supplied[g] > 1e-12 * demand[g]
        if not progress:
            break
    return output


@kernel
def pay_claims(claims, priority, budget):  # type: ignore[no-untyped-def]
    """Pay claims in order of priority until the budget is spent.

    Args:
        claims: f8[N] CNY asked for, >= 0.
        priority: i8[N] row numbers in the order of payment.
        budget: f8 CNY of the year; may be inf.

    Returns:
        f8[N] CNY paid.
    """
    payment_cny = np.zeros(claims.size)
    balance_cny = budget
    for k in range(priority.size):
        i = priority[k]
        amount = min(claims[i], balance_cny)
        payment_cny[i] = amount
        balance_cny -= amount
    return payment_cny
