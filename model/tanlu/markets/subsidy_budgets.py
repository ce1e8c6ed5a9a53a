"""Subsidy budgets: every scheme pays its claims until the budget of its policy is used up."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import P
from tanlu.core.schedules import (
    CAPTURE_CONTRACT,
    CAPTURE_SUBSIDY,
    Pieces,
    PolicySchedule,
    SubsidyScheme,
    terms_kept,
)
from tanlu.core.signals import Signals
from tanlu.finance.government import Regulator
from tanlu.state.state import BudgetState


class Captors(NamedTuple):
    """Power units and then facilities whose CO2 was kept from the air; axis n."""

    province: Integers
    sector: Integers
    law: Integers  # that its capture was promised
    years: Integers  # of capture so far
    order: Integers  # of payment: oldest capture first
    kept_tco2: Floats
    stored_tco2: Floats  # of it, not sold


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
    by_province = sum_by_group(province, paid, P)
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


def pay_for_capture(
    budgets: BudgetState, payers: Mapping[str, Regulator], signals: Signals, of: Captors
) -> tuple[BudgetState, Floats, Floats]:
    """Pay for CO2 kept from the air, oldest law first, and under it oldest capture first.

    First a rate per tonne; then contracts for difference, what a stored tonne still lacks to their strike prices.

    Returns:
        the budgets after it, and what rates and contracts pay each, CNY [n].
    """
    place, stored = (of.province, of.sector), of.stored_tco2
    subsidy, contract = np.zeros((2, stored.size))
    for version, own in enumerate(signals.laws):
        for scheme in terms_kept(own, signals.policy, CAPTURE_SUBSIDY):
            claims = np.where(of.law == version, scheme.rate[place] * of.kept_tco2, 0.0)
            budgets, paid = pay(budgets, payers, scheme, claims, of.province, of.order)
            subsidy += paid
    earned = signals.carbon.contract_reference_cny_per_tco2[place] + subsidy / of.kept_tco2
    for version, own in enumerate(signals.laws):
        for scheme in terms_kept(own, signals.policy, CAPTURE_CONTRACT):
            signed = (of.law == version) & (of.years < scheme.term_years)
            lacking = np.where(signed, np.maximum(scheme.rate[place] - earned, 0.0), 0.0)
            budgets, paid = pay(budgets, payers, scheme, lacking * stored, of.province, of.order)
            contract += paid
            earned += np.divide(paid, stored, out=np.zeros(stored.size), where=stored > 0.0)
    return budgets, subsidy, contract
