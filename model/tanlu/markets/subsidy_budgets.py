"""Subsidy budgets: every scheme pays its claims until the budget of its policy is used up."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.schedules import (
    CAPTURE_CONTRACT,
    CAPTURE_SUBSIDY,
    Pieces,
    PolicySchedule,
    SubsidyScheme,
    promised_schemes,
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
    """Pay a scheme's claims within its budget, and book them (docs/model/policies.md).

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
    payments = payers[scheme.payer].pay(scheme.kind, claims_cny, order, budgets.remaining_cny(scheme))
    by_province = sum_by_group(province, payments, len(scheme.rate))
    return budgets.book(scheme, float(claims_cny.sum()), float(payments.sum()), by_province), payments


def pay_by_the_piece(
    budgets: BudgetState, payers: Mapping[str, Regulator], policy: PolicySchedule, sales: Sequence[Pieces]
) -> tuple[BudgetState, Floats]:
    """Pay every scheme for sales or output of agents of one kind.

    Args:
        budgets: of the year so far.
        payers: governments by name.
        policy: of this year.
        sales: by kind of subsidy, of the same agents [N].

    Returns:
        The budgets after it, and what each agent gets, CNY [N].
    """
    total = np.zeros(sales[0].positions[0].size)
    for pieces in sales:
        for scheme in policy.schemes_of_kind(pieces.kind):
            claims, province = scheme.claims_cny(pieces), pieces.positions[0]
            budgets, payments = pay(budgets, payers, scheme, claims, province, np.arange(claims.size))
            total += payments
    return budgets, total


def pay_for_capture(
    budgets: BudgetState, payers: Mapping[str, Regulator], signals: Signals, captors: Captors
) -> tuple[BudgetState, Floats, Floats]:
    """Pay for CO2 kept from the air, oldest law and capture first.

    First a rate per tonne; then contracts for difference, what a stored tonne still lacks to their strike prices.

    Returns:
        the budgets after it, and what rates and contracts pay each, CNY [n].
    """
    place, tonnes = (captors.province, captors.sector), captors.stored_tco2
    subsidy, contract = np.zeros((2, tonnes.size))
    for version, law in enumerate(signals.laws):
        for scheme in promised_schemes(law, signals.policy, CAPTURE_SUBSIDY):
            claims = np.where(captors.law == version, scheme.rate[place] * captors.kept_tco2, 0.0)
            budgets, payout = pay(budgets, payers, scheme, claims, captors.province, captors.order)
            subsidy += payout
    revenue = signals.carbon.contract_reference_cny_per_tco2[place] + subsidy / captors.kept_tco2
    for version, law in enumerate(signals.laws):
        for scheme in promised_schemes(law, signals.policy, CAPTURE_CONTRACT):
            signed = (captors.law == version) & (captors.years < scheme.term_years)
            lacking = np.where(signed, np.maximum(scheme.rate[place] - revenue, 0.0), 0.0)
            budgets, payout = pay(budgets, payers, scheme, lacking * tonnes, captors.province, captors.order)
            contract += payout
            revenue += np.divide(payout, tonnes, out=np.zeros(tonnes.size), where=tonnes > 0.0)
    return budgets, subsidy, contract
