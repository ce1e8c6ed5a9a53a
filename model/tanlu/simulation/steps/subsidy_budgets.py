"""Purses: subsidies paid by the piece from schemes that each have a budget."""

from typing import TYPE_CHECKING

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTOR, P
from tanlu.core.outcomes import ProductionOutcome
from tanlu.core.signals import Signals
from tanlu.finance.government import purse_holder

if TYPE_CHECKING:
    from tanlu.simulation.model import RegionModel


def pay_by_the_piece(
    model: "RegionModel",
    kind: str,
    rates_cny: Floats,
    budgets_cny: Floats,
    row: int,
    sold: Floats,
    province: Integers,
) -> tuple[Floats, Floats]:
    """Pay each scheme's claims, decider by decider, until its purse is empty (docs/model/policies.md).

    Args:
        model: whose regulators pay.
        kind: under which name they book it.
        rates_cny: for a piece, [K, Y, ...] with the axes of `sold` behind.
        budgets_cny: of each scheme and year, [K, Y].
        row: of the year in both.
        sold: pieces by decider and what they are, [N, X].
        province: of each decider, [N].

    Returns:
        CNY by province, and the share of claims that each scheme could pay, [K].
    """
    paid, odds = np.zeros(P), np.ones(rates_cny.shape[0])
    order = np.arange(sold.shape[0])
    for k, rate in enumerate(rates_cny):
        claims = (rate[row].reshape(sold.shape) * sold).sum(axis=1)
        holder = model.regulators[purse_holder(rate.reshape(*rate.shape[:2], -1))]
        got = holder.pay(kind, claims, order, float(budgets_cny[k, row]))
        paid += np.bincount(province, got, P)
        odds[k] = got.sum() / claims.sum() if claims.any() else 1.0
    return paid, odds


def pay_for_scrap(model: "RegionModel", signals: Signals, made: ProductionOutcome) -> Floats:
    """Pay aluminium works for the scrap they melted until each scheme's purse is empty; return CNY [N facilities]."""
    industry, paths = model.industry, model.paths
    melted = np.where(industry.sector == SECTOR["aluminium"], industry.scrap_t * made.output, 0.0)
    paid, order = np.zeros(len(industry)), np.arange(len(industry))
    for k, rate in enumerate(paths.scrap_subsidy_cny_per_t):
        claims = rate[signals.row][industry.province] * melted
        holder = model.regulators[purse_holder(rate[:, :, None])]
        got = holder.pay(
            "scrap_subsidy", claims, order, float(paths.scrap_subsidy_budget_cny[k, signals.row])
        )
        model.scrap_purse_odds[k] = got.sum() / claims.sum() if claims.any() else 1.0
        paid += got
    return paid
