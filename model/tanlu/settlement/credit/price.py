"""Price: what lenders last asked and what support they passed on, for who plans."""

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.signals import Signals
from tanlu.finance.companies import Companies, Granted
from tanlu.kernels.lending import LoanAllocation, Requests
from tanlu.region.pack import Region


def remember_rates(
    granted: Granted, requests: Requests, answer: LoanAllocation, companies: Companies, signals: Signals
) -> Granted:
    """Update the rates that lenders asked this year, by rating.

    A rating without loans keeps its rates. What a label brings is no part of them: planners take it off.
    """
    rows = np.flatnonzero(answer.granted_cny > 0.0)
    amount = answer.granted_cny[rows]
    open_share = 1.0 - requests.guarantee_share[rows] * requests.green[rows]
    step = companies.rating_step()[requests.borrower[rows]]
    spread = answer.lender_spread[rows]
    eased = requests.relief[rows] * requests.green[rows] * _relent_part(answer, companies.region)[rows]
    risk = answer.contract_rate[rows] - signals.prices.loan_prime_rate - spread + eased
    risky = open_share > 1e-9  # a loan guaranteed in full tells nothing of its risk
    risk = np.divide(risk, open_share, out=np.zeros(rows.size), where=risky)
    return granted._replace(
        lender_spread=_mean_by(granted.lender_spread, step, spread, amount),
        risk_premium=_mean_by(granted.risk_premium, step, risk, amount * risky),
    )


def remember_support(granted: Granted, requests: Requests, answer: LoanAllocation, region: Region) -> Granted:
    """Update the share of the support asked for that loans got; 1 without any."""
    green = answer.granted_cny * requests.green
    national = answer.granted_by_lender_cny[:, region.finance.lenders.relends].sum(axis=1) * requests.green
    guarantee_share = np.maximum(answer.guarantee_share, answer.bond_guarantee_share)
    guaranteed = green * answer.guarantee_asked, green * guarantee_share
    relent = national, national * answer.relent
    parts, provinces = [], granted.relent_part.size
    for eligible, supported in (guaranteed, relent):
        total, part = (sum_by_group(requests.province, amount, provinces) for amount in (eligible, supported))
        parts.append(np.divide(part, total, out=np.ones(provinces), where=total > 0.0))
    return granted._replace(guaranteed_part=parts[0], relent_part=parts[1])


def remember_bonds(granted: Granted, requests: Requests, answer: LoanAllocation, label: float) -> Granted:
    """Update the size of issues, in which the mean CNY of green debt was asked for, and the greenium."""
    size_cny = sum_by_group(requests.borrower, answer.granted_cny * requests.green)
    total_cny = size_cny.sum()
    if total_cny > 0.0:
        granted = granted._replace(issue_cny=np.array((size_cny * size_cny).sum() / total_cny))
    return granted._replace(greenium=np.array(label))


def _relent_part(answer: LoanAllocation, region: Region) -> Floats:
    """Compute the part of each loan from lenders that relend [R]."""
    granted, relend = answer.granted_cny, region.finance.lenders.relends
    by_them = answer.granted_by_lender_cny[:, relend].sum(axis=1)
    return np.divide(by_them, granted, out=np.zeros(granted.size), where=granted > 0.0)


def _mean_by(before: Floats, step: Integers, value: Floats, weight: Floats) -> Floats:
    """Average `value` by rating [Z + 1]; `before` where nothing counts."""
    total = sum_by_group(step, weight, before.size)
    mean = sum_by_group(step, weight * value, before.size) / np.maximum(total, 1e-300)
    return np.where(total > 0.0, mean, before)
