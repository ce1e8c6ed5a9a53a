"""Twins of the allocation kernels: exact fractions, one supplier or claim at a time, written from their docstrings."""

from collections.abc import Sequence
from fractions import Fraction


def naive_fill(
    demand: Sequence[float], group: Sequence[int], capacity: Sequence[float], weight: Sequence[float]
) -> list[Fraction]:
    """Share each group's demand in proportion to weight, none above capacity.

    What is asked for is the one level at which every supplier gives min(capacity, level x weight) and together
    they give the demand; it is found by filling suppliers up in the order in which they become full.
    """
    output = [Fraction(0)] * len(group)
    for g, wanted in enumerate(demand):
        members = [i for i in range(len(group)) if group[i] == g and weight[i] > 0.0]
        members.sort(key=lambda i: Fraction(capacity[i]) / Fraction(weight[i]))
        left, total = Fraction(wanted), sum((Fraction(weight[i]) for i in members), Fraction(0))
        for i in members:
            fair = left * Fraction(weight[i]) / total
            output[i] = min(fair, Fraction(capacity[i]))
            left -= output[i]
            total -= Fraction(weight[i])
    return output


def naive_claims(claims: Sequence[float], priority: Sequence[int], budget: float) -> list[Fraction]:
    """Pay each claim in turn as far as the budget goes."""
    paid = [Fraction(0)] * len(claims)
    left = None if budget == float("inf") else Fraction(budget)
    for i in priority:
        paid[i] = Fraction(claims[i]) if left is None else min(Fraction(claims[i]), left)
        left = None if left is None else left - paid[i]
    return paid
