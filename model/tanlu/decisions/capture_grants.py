"""Grants for capture: what schemes pay of the investments that agents chose, as far as their budgets go."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.schedules import CAPTURE_GRANT
from tanlu.core.signals import Signals
from tanlu.decisions.funding import Choice, chosen, of_capture
from tanlu.investment.valuation import paid_over_lead_time
from tanlu.kernels.allocation import pay_claims
from tanlu.state.state import BudgetState


def pay_grants(
    signals: Signals, choices: list[Choice], budgets: BudgetState
) -> tuple[list[Choice], list[Booleans], list[Floats]]:
    """Return the choices at the cost their owners bear, which may start, and what each scheme grants, CNY [K, n].

    Investments in a choice are after grants, of the green fund too; a capture project of gross cost I claims I g_k
    from scheme k, and counts on every scheme. One that a budget cannot pay gets nothing; it starts at its gross cost
    where it pays without the grant, and waits otherwise.
    """
    schemes = signals.policy.of_kind(CAPTURE_GRANT)
    left = np.array([budgets.left_cny(scheme) for scheme in schemes])
    borne, allowed, grants = [], [], []
    for choice in choices:
        if not choice.captures.any():  # nobody claims
            borne.append(choice)
            allowed.append(np.ones(choice.option.size, dtype=bool))
            grants.append(np.zeros((left.size, choice.option.size)))
            continue
        sector, lead_years = of_capture(choice.appraisal, choice.option)
        claims = _claims(signals, choice, sector)
        paid = np.ones(choice.option.size, dtype=bool)
        for k in range(left.size):
            got = pay_claims(claims=claims[k], priority=np.arange(paid.size), budget=float(left[k]))
            paid &= got >= claims[k] * (1.0 - 1e-12)
        granted = np.where(paid, claims, 0.0)
        # Never below zero: rounding would refuse whoever comes first, even one who claims nothing.
        left = np.maximum(left - granted.sum(axis=1), 0.0)
        counted = 1.0 - signals.green_fund_share[choice.province]  # its owner would pay no more of it
        missing = np.where(paid, 0.0, claims.sum(axis=0)) * counted
        worth = paid_over_lead_time(missing, chosen(choice, choice.appraisal.rate), lead_years)
        starts = paid | (chosen(choice, choice.appraisal.npv_cny) > worth)
        borne.append(at_cost(choice, missing * starts))
        allowed.append(starts)
        grants.append(granted)
    return borne, allowed, grants


def _claims(signals: Signals, choice: Choice, sector: Integers) -> Floats:
    """Return what each chosen project asks of each scheme, CNY [K, n]; `sector` of capture projects [n]."""
    where = (choice.province, sector)
    schemes = signals.policy.of_kind(CAPTURE_GRANT)
    shares = np.array([scheme.rate[where] for scheme in schemes]).reshape(-1, choice.option.size)
    promised = signals.co2.capture_grant_share[where]
    aid = signals.capture_aid_share[where]
    gross = np.where(choice.captures, choice.capex_cny / (1.0 - aid), 0.0)
    # Schemes that promise more than the whole together each pay their part of it.
    scale = promised / np.maximum(shares.sum(axis=0), 1e-12)
    return np.asarray(gross * shares * scale)


def at_cost(choice: Choice, missing_cny: Floats) -> Choice:
    """Return the choice with the grant that a project does not get added to its investment."""
    if not missing_cny.any():
        return choice
    capex = choice.appraisal.capex_cny.copy()
    capex[np.arange(choice.option.size), choice.option] += missing_cny
    appraisal = choice.appraisal._replace(capex_cny=capex)
    return choice._replace(appraisal=appraisal, capex_cny=choice.capex_cny + missing_cny)
