"""Purses: subsidies paid by the piece from schemes that each have a budget."""

from collections.abc import Mapping

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTOR, P
from tanlu.core.outcomes import ProductionOutcome
from tanlu.core.schedules import PolicyPaths
from tanlu.core.signals import Signals
from tanlu.finance.government import Regulator, purse_holder
from tanlu.industry.facilities import Industry
from tanlu.simulation.state import BudgetState


def pay_by_the_piece(
    state: BudgetState,
    regulators: Mapping[str, Regulator],
    kind: str,
    rates_cny: Floats,
    budgets_cny: Floats,
    row: int,
    sold: Floats,
    province: Integers,
) -> tuple[BudgetState, Floats]:
    """Pay each scheme's claims, decider by decider, until its purse is empty (docs/model/policies.md).

    Args:
        state: what schemes paid last year.
        regulators: who pay.
        kind: under which name they book it.
        rates_cny: for a piece, [K, Y, ...] with the axes of `sold` behind.
        budgets_cny: of each scheme and year, [K, Y].
        row: of the year in both.
        sold: pieces by decider and what they are, [N, X].
        province: of each decider, [N].

    Returns:
        the state after paying, and CNY by province.
    """
    paid, ratio, spent = np.zeros(P), np.ones(rates_cny.shape[0]), np.zeros(rates_cny.shape[0])
    order = np.arange(sold.shape[0])
    for k, rate in enumerate(rates_cny):
        claims = (rate[row].reshape(sold.shape) * sold).sum(axis=1)
        holder = regulators[purse_holder(rate.reshape(*rate.shape[:2], -1))]
        got = holder.pay(kind, claims, order, float(budgets_cny[k, row]))
        paid += np.bincount(province, got, P)
        spent[k] = got.sum()
        ratio[k] = got.sum() / claims.sum() if claims.any() else 1.0
    return state.with_paid(kind, ratio, spent), paid


def pay_for_scrap(
    state: BudgetState,
    regulators: Mapping[str, Regulator],
    paths: PolicyPaths,
    signals: Signals,
    industry: Industry,
    made: ProductionOutcome,
) -> tuple[BudgetState, Floats]:
    """Pay aluminium works for the scrap they melted until each scheme's purse is empty; CNY [N facilities]."""
    melted = np.where(industry.sector == SECTOR["aluminium"], industry.scrap_t * made.output, 0.0)
    paid, order = np.zeros(len(industry)), np.arange(len(industry))
    schemes = len(paths.scrap_subsidy_cny_per_t)
    ratio, spent = np.ones(schemes), np.zeros(schemes)
    for k, rate in enumerate(paths.scrap_subsidy_cny_per_t):
        claims = rate[signals.row][industry.province] * melted
        holder = regulators[purse_holder(rate[:, :, None])]
        got = holder.pay(
            "scrap_subsidy", claims, order, float(paths.scrap_subsidy_budget_cny[k, signals.row])
        )
        spent[k] = got.sum()
        ratio[k] = got.sum() / claims.sum() if claims.any() else 1.0
        paid += got
    return state.with_paid("scrap_subsidy", ratio, spent), paid
