"""Subsidy budgets: every scheme pays its claims until the budget of its policy is used up."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.parties import FIRST_GOVERNMENT
from tanlu.core.payments import PUBLIC_ITEM, Block, PaymentLines, repeat_number, sum_by_party
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


class SubsidyClaims(NamedTuple):
    """What claimants ask of a scheme in a year; axis N."""

    cny: Floats
    quantity: Floats  # that it is paid for
    party: Integers  # number of the party of each claimant
    province: Integers
    order: Integers  # claimants, first served first


class Captors(NamedTuple):
    """Power units and then facilities whose CO2 was kept from the air; axis n."""

    province: Integers
    sector: Integers
    business: Integers  # number of the party
    law: Integers  # that its capture was promised
    years: Integers  # of capture so far
    order: Integers  # of payment: oldest capture first
    kept_tco2: Floats
    stored_tco2: Floats  # of it, not sold

    def claim(self, cny: Floats, tonnes: Floats) -> SubsidyClaims:
        """Claim an amount for tonnes, CNY and t CO2 [n]."""
        return SubsidyClaims(cny, tonnes, self.business, self.province, self.order)


def pay(
    budgets: BudgetState, payers: Mapping[str, Regulator], scheme: SubsidyScheme, claims: SubsidyClaims
) -> tuple[BudgetState, Floats]:
    """Pay a scheme's claims within its budget, and book them (docs/model/policies.md).

    Args:
        budgets: of the year so far.
        payers: governments by name, the centre first.
        scheme: of this year.
        claims: of all claimants [N].

    Returns:
        The budgets after it, and what each claimant gets, CNY [N].
    """
    payments = payers[scheme.payer].pay(scheme.kind, claims.cny, claims.order, budgets.remaining_cny(scheme))
    quantity = np.where(claims.cny > 0.0, claims.quantity, 0.0)
    block = write_payments(payers, scheme, claims.party, claims.province, payments, quantity)
    return budgets.book(scheme, float(claims.cny.sum()), float(payments.sum()), block), payments


def write_payments(
    payers: Mapping[str, Regulator],
    scheme: SubsidyScheme,
    party: Integers,
    province: Integers,
    amount_cny: Floats,
    quantity: Floats | None = None,
) -> Block:
    """Write what a scheme pays to each party in each province.

    Args:
        payers: governments by name, the centre first.
        scheme: that pays.
        party: number of the party of each claimant [N].
        province: of each claimant [N].
        amount_cny: that each gets [N].
        quantity: that it is paid for, where there is one [N].
    """
    values = (amount_cny,) if quantity is None else (amount_cny, quantity)
    payee, places, sums = sum_by_party(party, province, len(payers) - 1, *values)
    payer = repeat_number(FIRST_GOVERNMENT + list(payers).index(scheme.payer), payee.size)
    lines = PaymentLines(payer, payee, repeat_number(PUBLIC_ITEM[scheme.kind], payee.size), places)
    return Block(lines, sums[0], None if quantity is None else sums[1], scheme.policy)


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
            cny, quantity = scheme.claims_cny(pieces), pieces.paid_for(scheme.rate)
            claims = SubsidyClaims(cny, quantity, pieces.party, pieces.positions[0], np.arange(cny.size))
            budgets, payments = pay(budgets, payers, scheme, claims)
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
            cny = np.where(captors.law == version, scheme.rate[place] * captors.kept_tco2, 0.0)
            budgets, payout = pay(budgets, payers, scheme, captors.claim(cny, captors.kept_tco2))
            subsidy += payout
    revenue = signals.carbon.contract_reference_cny_per_tco2[place] + subsidy / captors.kept_tco2
    for version, law in enumerate(signals.laws):
        for scheme in promised_schemes(law, signals.policy, CAPTURE_CONTRACT):
            signed = (captors.law == version) & (captors.years < scheme.term_years)
            lacking = np.where(signed, np.maximum(scheme.rate[place] - revenue, 0.0), 0.0)
            budgets, payout = pay(budgets, payers, scheme, captors.claim(lacking * tonnes, tonnes))
            contract += payout
            revenue += np.divide(payout, tonnes, out=np.zeros(tonnes.size), where=tonnes > 0.0)
    return budgets, subsidy, contract
