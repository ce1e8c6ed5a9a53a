"""Rationing: lenders answer requests by their terms, as far as quotas, capital and support go."""

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.signals import Signals
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender, appetite
from tanlu.finance.register import Register
from tanlu.kernels.lending import (
    Accounts,
    DebtService,
    Lenders,
    Limits,
    LoanAllocation,
    Pricing,
    Requests,
    allocate_loans,
)
from tanlu.region.pack import Region


def usual_terms(region: Region, lenders: list[Lender]) -> Lenders:
    """Build the lenders' terms: spreads, weights and limits."""
    table, spread = region.finance.lenders, np.array([lender.spread for lender in lenders])
    return Lenders(
        spread=spread,
        weight=appetite(table, spread, region.finance.parameters["lender_price_sensitivity"]),
        province=table.province,
        minimum_interest_coverage=table.minimum_interest_coverage,
        maximum_debt_to_assets=table.maximum_debt_to_assets,
        relends=table.relends,
    )


def ask(
    requests: Requests,
    terms: Lenders,
    limits: Limits,
    companies: Companies,
    interest_cny: Floats,
    region: Region,
    signals: Signals,
) -> LoanAllocation:
    """Put every request to the lenders, highest interest coverage first.

    `interest_cny` is what each company owes a year for the debt it has [W].
    """
    coverage = companies.interest_coverage()[requests.borrower]
    parameters = region.finance.parameters
    return allocate_loans(
        np.lexsort((np.arange(coverage.size), -coverage)),
        requests,
        Accounts(
            debt_cny=companies.debt_cny,
            assets_cny=companies.assets_cny,
            ebit_cny=companies.operating_cny,
            interest_cny=interest_cny,
        ),
        terms,
        limits,
        Pricing(
            base_rate=signals.prices.loan_prime_rate,
            rating_steps=region.finance.rating_steps,
            rating_spreads=region.finance.loan_rating_spreads,
            leverage_slope=region.finance.loan_leverage_slope,
            service=DebtService(
                parameters["minimum_debt_service_coverage"],
                int(parameters["loan_years"]),
                parameters["inflation"],
            ),
        ),
    )


def read_limits(lenders: list[Lender], provinces: int) -> Limits:
    """Read what each lender can still lend without support."""
    endless = np.full(provinces, np.inf)
    quota, room = ([getattr(lender, name) for lender in lenders] for name in ("quota_cny", "room_cny"))
    return Limits(np.array(quota), np.array(room), endless, endless)


def limit_support(limits: Limits, book: Register, region: Region, signals: Signals) -> Limits:
    """Bound support by what the year's loans have left of its budgets."""
    law = signals.policy.finance
    guarantee, relending = law.green_guarantee_budget_cny, law.relending_quota_cny
    if np.isinf(guarantee).all() and np.isinf(relending).all():
        return limits
    terms, new = book.terms, book.purpose.year == signals.year
    principal = np.where(new, terms.principal_cny, 0.0) / price_level(region, signals.year)
    backed = terms.holder_share[:, region.finance.lenders.relends].sum(axis=1) * (terms.relending_share > 0.0)
    guaranteed, relent = (
        sum_by_group(book.purpose.province, principal * share, guarantee.size)
        for share in (terms.guarantee_share, backed)
    )
    return limits._replace(
        guarantee_cny=np.maximum(guarantee - guaranteed, 0.0),
        relending_cny=np.maximum(relending - relent, 0.0),
    )


def apply_support(requests: Requests, answer: LoanAllocation) -> Requests:
    """Reduce the support of requests to what the year's budgets had."""
    return requests._replace(
        guarantee_share=answer.guarantee_share,
        guarantee_fee=np.where(answer.guarantee_share > 0.0, requests.guarantee_fee, 0.0),
        bond_guarantee_share=answer.bond_guarantee_share,
        relief=requests.relief * answer.relent,
    )


def note_answers(lenders: list[Lender], borrower: Integers, answer: Integers) -> None:
    """Let lenders count their answers to requests [R]; `answer` is [R, L]."""
    for lender, answers in zip(lenders, answer.T, strict=True):
        lender.count_answers(borrower, answers)
