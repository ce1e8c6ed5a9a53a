"""Grants for capture: what schemes pay of the investments that agents chose, as far as their budgets go."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.schedules import CAPTURE_GRANT
from tanlu.core.signals import Signals
from tanlu.decisions.funding import Choice, read_capture_terms, select_chosen
from tanlu.investment.valuation import paid_over_lead_time
from tanlu.kernels.allocation import pay_claims
from tanlu.state.state import BudgetState


def pay_grants(
    signals: Signals, choices: list[Choice], budgets: BudgetState
) -> tuple[list[Choice], list[Booleans], list[Floats]]:
    """Pay each scheme's grants for capture as far as its budget goes.

    Returns the choices at the cost their owners bear, which may start, and what each scheme grants, CNY [K, n].
    Investments in a choice are after grants, of the green fund too; a capture project of gross cost I claims I g_k from
    scheme k, and counts on every scheme. One that a budget cannot pay gets nothing; it starts at its gross cost where
    it pays without the grant, and waits otherwise.
    """
    schemes = signals.policy.schemes_of_kind(CAPTURE_GRANT)
    balance = np.array([budgets.remaining_cny(scheme) for scheme in schemes])
    borne, allowed, grants = [], [], []
    for choice in choices:
        if not choice.captures.any():  # nobody claims
            borne.append(choice)
            allowed.append(np.ones(choice.option.size, dtype=bool))
            grants.append(np.zeros((balance.size, choice.option.size)))
            continue
        sector, lead_years = read_capture_terms(choice.appraisal, choice.option)
        claims = _claims(signals, choice, sector)
        is_paid = np.ones(choice.option.size, dtype=bool)
        for k in range(balance.size):
            payments = pay_claims(
                claims=claims[k], priority=np.arange(is_paid.size), budget=float(balance[k])
            )
            is_paid &= payments >= claims[k] * (1.0 - 1e-12)
        granted = np.where(is_paid, claims, 0.0)
        # Never below zero: rounding would refuse whoever comes first, even one who claims nothing.
        balance = np.maximum(balance - granted.sum(axis=1), 0.0)
        borne_share = 1.0 - signals.green_fund_share[choice.province]  # its owner would pay no more of it
        missing = np.where(is_paid, 0.0, claims.sum(axis=0)) * borne_share
        worth = paid_over_lead_time(missing, select_chosen(choice, choice.appraisal.rate), lead_years)
        starts = is_paid | (select_chosen(choice, choice.appraisal.npv_cny) > worth)
        borne.append(add_cost(choice, missing * starts))
        allowed.append(starts)
        grants.append(granted)
    return borne, allowed, grants


def _claims(signals: Signals, choice: Choice, sector: Integers) -> Floats:
    """Compute each chosen project's claim on each scheme, CNY [K, n].

    `sector` is that of capture projects [n].
    """
    cells = (choice.province, sector)
    schemes = signals.policy.schemes_of_kind(CAPTURE_GRANT)
    shares = np.array([scheme.rate[cells] for scheme in schemes]).reshape(-1, choice.option.size)
    promised = signals.co2.capture_grant_share[cells]
    aid = signals.capture_aid_share[cells]
    gross = np.where(choice.captures, choice.capex_cny / (1.0 - aid), 0.0)
    # Schemes that promise more than the whole together each pay their part of it.
    scale = promised / np.maximum(shares.sum(axis=0), 1e-12)
    return np.asarray(gross * shares * scale)


def add_cost(choice: Choice, missing_cny: Floats) -> Choice:
    """Add the grant that a project does not get to its investment."""
    if not missing_cny.any():
        return choice
    capex = choice.appraisal.capex_cny.copy()
    capex[np.arange(choice.option.size), choice.option] += missing_cny
    appraisal = choice.appraisal._replace(capex_cny=capex)
    return choice._replace(appraisal=appraisal, capex_cny=choice.capex_cny + missing_cny)
