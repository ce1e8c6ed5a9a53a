"""Ration credit: each request for a loan, in a pecking order, to the cheapest lenders that accept it.

A lender accepts a request if the project is green or the lender asks for no label, if the borrower's debt to
assets after the loan is at most its limit (the loan adds to both), and if EBIT covers interest after the loan
as often as it asks. The offer is

    contract rate = base + lender's spread + (1 - guarantee) (rating + leverage slope x debt / assets
                    + technology premium) - greenium

and the borrower pays that less the interest subsidy, at least 0; guarantee, greenium and subsidy only if
green. The rating is that of interest coverage after the loan at the base rate. Accepting lenders fill the
request cheapest first, each as far as its capital goes, as in a syndicated loan. So where requests are by
different borrowers who can use part of a loan, more capital anywhere never gives anyone less.

Sources: pecking order and limited credit, Dosi, Fagiolo and Roventini 2010 (K+S), Journal of Economic
Dynamics and Control 34(9); rate rising with leverage, Delli Gatti et al. 2010, same issue; rejection at any
rate, Stiglitz and Weiss 1981, American Economic Review 71(3).
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray


class Constraint(IntEnum):
    """What kept a request from being filled."""

    NONE = 0
    CAPACITY = 1  # some lender would, but has no capital left, or none lends to projects without a label
    LEVERAGE = 2  # too much debt for every lender
    COVERAGE = 3  # debt acceptable to some, but EBIT too low for all of those


class LoanAllocation(NamedTuple):
    """What became of each request; axes R requests, L lenders."""

    lender: NDArray[np.int64]  # [R] cheapest lender that takes part, -1 if none
    granted_cny: NDArray[np.float64]  # [R]
    rate: NDArray[np.float64]  # [R] what the borrower pays, mean over the loan; NaN where nothing is granted
    contract_rate: NDArray[np.float64]  # [R] before the interest subsidy: what lenders receive
    constraint: NDArray[np.int64]  # [R] `Constraint`
    granted_by_lender_cny: NDArray[np.float64]  # [R, L]
    remaining_capital_cny: NDArray[np.float64]  # [L]


def allocate_loans(
    *,
    order: ArrayLike,
    borrower: ArrayLike,
    amount_cny: ArrayLike,
    minimum_share: ArrayLike,
    added_ebit_cny: ArrayLike,
    green: ArrayLike,
    technology_premium: ArrayLike,
    interest_subsidy: ArrayLike,
    guarantee_share: ArrayLike,
    debt_cny: ArrayLike,
    assets_cny: ArrayLike,
    ebit_cny: ArrayLike,
    interest_cny: ArrayLike,
    spread: ArrayLike,
    capital_cny: ArrayLike,
    minimum_interest_coverage: ArrayLike,
    maximum_debt_to_assets: ArrayLike,
    green_only: ArrayLike,
    greenium: ArrayLike,
    base_rate: float,
    rating_steps: ArrayLike,
    rating_spreads: ArrayLike,
    leverage_slope: float,
) -> LoanAllocation:
    """Grant loans in the order given; axes R requests, B borrowers, L lenders. Rates are fractions per year.

    Args:
        order: i8[R] row numbers of the requests, first served first.
        borrower: i8[R] who asks; a borrower's loans add up over its requests.
        amount_cny: f8[R] wanted, >= 0.
        minimum_share: f8[R] smallest part of the amount that is of use; 1 for all or nothing.
        added_ebit_cny: f8[R] yearly EBIT the project adds, as the lender sees it.
        green: bool[R] the project carries the label.
        technology_premium: f8[R] on the rate for unproven technology.
        interest_subsidy: f8[R] public reduction of a green loan's rate.
        guarantee_share: f8[R] of a green loan's risk carried by the guarantor, 0 .. 1.
        debt_cny: f8[B] before; likewise `assets_cny`, `ebit_cny`, `interest_cny` a year.
        assets_cny: f8[B].
        ebit_cny: f8[B].
        interest_cny: f8[B].
        spread: f8[L] over the base rate.
        capital_cny: f8[L] that can still be lent this year.
        minimum_interest_coverage: f8[L] EBIT over interest.
        maximum_debt_to_assets: f8[L].
        green_only: bool[L] lends only to projects with the label.
        greenium: f8[L] reduction for the label.
        base_rate: loan prime rate.
        rating_steps: f8[Z] rising thresholds of interest coverage.
        rating_spreads: f8[Z + 1] premium below, between and above them, worst first, not rising.
        leverage_slope: premium per unit of debt to assets, >= 0.

    Raises:
        ValueError: if shapes do not fit, `order` is no permutation, or an amount or share is out of range.
    """
    r, b, size = np.size(amount_cny), np.size(debt_cny), np.size(capital_cny)
    requests = _Requests(
        borrower=_vector("borrower", borrower, r, np.int64),
        amount=_vector("amount_cny", amount_cny, r),
        minimum_share=_vector("minimum_share", minimum_share, r),
        added_ebit=_vector("added_ebit_cny", added_ebit_cny, r),
        green=_vector("green", green, r, np.bool_),
        technology_premium=_vector("technology_premium", technology_premium, r),
        interest_subsidy=_vector("interest_subsidy", interest_subsidy, r),
        guarantee_share=_vector("guarantee_share", guarantee_share, r),
    )
    accounts = _Accounts(
        debt=_vector("debt_cny", debt_cny, b),
        assets=_vector("assets_cny", assets_cny, b),
        ebit=_vector("ebit_cny", ebit_cny, b),
        interest=_vector("interest_cny", interest_cny, b),
    )
    lenders = _Lenders(
        spread=_vector("spread", spread, size),
        capital=_vector("capital_cny", capital_cny, size),
        minimum_coverage=_vector("minimum_interest_coverage", minimum_interest_coverage, size),
        maximum_leverage=_vector("maximum_debt_to_assets", maximum_debt_to_assets, size),
        green_only=_vector("green_only", green_only, size, np.bool_),
        greenium=_vector("greenium", greenium, size),
    )
    pricing = _pricing(base_rate, rating_steps, rating_spreads, leverage_slope)
    queue = _vector("order", order, r, np.int64)
    _check(requests, lenders, queue, b)
    return LoanAllocation(*_allocate_loans(queue, requests, accounts, lenders, pricing))


class _Requests(NamedTuple):
    borrower: Any
    amount: Any
    minimum_share: Any
    added_ebit: Any
    green: Any
    technology_premium: Any
    interest_subsidy: Any
    guarantee_share: Any


class _Accounts(NamedTuple):
    debt: Any
    assets: Any
    ebit: Any
    interest: Any


class _Lenders(NamedTuple):
    spread: Any
    capital: Any
    minimum_coverage: Any
    maximum_leverage: Any
    green_only: Any
    greenium: Any


class _Pricing(NamedTuple):
    base_rate: float
    steps: Any
    step_spreads: Any
    leverage_slope: float


def _vector(name: str, values: ArrayLike, size: int, kind: type[Any] = np.float64) -> NDArray[Any]:
    """Return a copy as f8[size] (or of another kind): the kernel writes into accounts and capital."""
    array = np.array(values, dtype=kind, order="C")
    if array.shape != (size,):
        raise ValueError(f"{name} has shape {array.shape}, expected ({size},)")
    return array


def _pricing(base_rate: float, steps: ArrayLike, spreads: ArrayLike, leverage_slope: float) -> _Pricing:
    thresholds = _vector("rating_steps", steps, np.size(steps))
    table = _vector("rating_spreads", spreads, thresholds.size + 1)
    falls, rises = thresholds[1:] <= thresholds[:-1], table[1:] > table[:-1]
    if falls.any() or rises.any() or leverage_slope < 0.0:
        raise ValueError("rating_steps must rise, rating_spreads must not, leverage_slope must be >= 0")
    return _Pricing(float(base_rate), thresholds, table, float(leverage_slope))


def _check(requests: _Requests, lenders: _Lenders, order: NDArray[np.int64], borrowers: int) -> None:
    if not (np.sort(order) == np.arange(order.size)).all():
        raise ValueError("order must name every request once")
    if ((requests.borrower < 0) | (requests.borrower >= borrowers)).any():
        raise ValueError(f"borrower must lie in 0 .. {borrowers - 1}")
    if not ((requests.amount >= 0.0).all() and (lenders.capital >= 0.0).all()):
        raise ValueError("amount_cny and capital_cny must be numbers >= 0")
    for name in ("minimum_share", "guarantee_share"):
        values = getattr(requests, name)
        if not ((values >= 0.0) & (values <= 1.0)).all():
            raise ValueError(f"{name} must lie in 0 .. 1")


# --- compiled -----------------------------------------------------------------------------------------

# How far a request comes with a lender.
_REFUSED, _LABELLED, _LEVERAGE_FINE, _ACCEPTED = 0, 1, 2, 3
_NONE, _CAPACITY, _LEVERAGE, _COVERAGE = (int(c) for c in Constraint)


@njit(cache=True, nogil=True)
def _risk_premium(debt, assets, ebit, interest, premium, pricing):  # type: ignore[no-untyped-def]
    """Return rating, leverage and technology premium of a borrower after the loan, before any guarantee."""
    step = 0
    while step < pricing.steps.size and ebit >= pricing.steps[step] * interest:
        step += 1
    leverage = 0.0
    if debt > 0.0 and pricing.leverage_slope > 0.0:
        leverage = pricing.leverage_slope * debt / assets if assets > 0.0 else np.inf
    return pricing.step_spreads[step] + leverage + premium


@njit(cache=True, nogil=True)
def _offers(r, requests, accounts, lenders, pricing, contract, paid, stage):  # type: ignore[no-untyped-def]
    """Write each lender's contract rate, what the borrower would pay, and how far the request comes [L]."""
    b, amount, green = requests.borrower[r], requests.amount[r], requests.green[r]
    debt, assets = accounts.debt[b] + amount, accounts.assets[b] + amount
    ebit, interest = accounts.ebit[b] + requests.added_ebit[r], accounts.interest[b]
    at_base = interest + pricing.base_rate * amount
    risk = _risk_premium(debt, assets, ebit, at_base, requests.technology_premium[r], pricing)
    if green:
        risk *= 1.0 - requests.guarantee_share[r]
    for x in range(lenders.spread.size):
        contract[x] = pricing.base_rate + lenders.spread[x] + risk - (lenders.greenium[x] if green else 0.0)
        paid[x] = max(contract[x] - requests.interest_subsidy[r], 0.0) if green else contract[x]
        stage[x] = _REFUSED
        if green or not lenders.green_only[x]:
            stage[x] = _LABELLED
            if debt <= lenders.maximum_leverage[x] * assets:
                stage[x] = _LEVERAGE_FINE
                if ebit >= lenders.minimum_coverage[x] * (interest + paid[x] * amount):
                    stage[x] = _ACCEPTED


@njit(cache=True, nogil=True)
def _fill(amount, capital, contract, stage, granted):  # type: ignore[no-untyped-def]
    """Take up to `amount` from accepting lenders, cheapest first; write into `granted` [L], lower `capital`.

    Return the first lender, -1 if none.
    """
    first, left = -1, amount
    for _ in range(capital.size):
        best = -1
        for x in range(capital.size):
            usable = stage[x] == _ACCEPTED and capital[x] > 0.0 and granted[x] == 0.0
            if usable and (best < 0 or contract[x] < contract[best]):
                best = x
        if best < 0 or left <= 0.0:
            break
        first = best if first < 0 else first
        granted[best] = min(left, capital[best])
        capital[best] -= granted[best]
        left -= granted[best]
    return first


@njit(cache=True, nogil=True)
def _binding(stage):  # type: ignore[no-untyped-def]
    """Return what stopped a request that is not filled, from how far it came with the best lender."""
    furthest = stage.max() if stage.size else _REFUSED
    if furthest == _LABELLED:
        return _LEVERAGE
    return _COVERAGE if furthest == _LEVERAGE_FINE else _CAPACITY


@njit(cache=True, nogil=True)
def _allocate_loans(order, requests, accounts, lenders, pricing):  # type: ignore[no-untyped-def]
    n, size = requests.amount.size, lenders.capital.size
    lender, constraint = np.full(n, -1), np.full(n, _NONE)
    granted, rate, contract_rate = np.zeros(n), np.full(n, np.nan), np.full(n, np.nan)
    by_lender = np.zeros((n, size))
    contract, paid, stage = np.empty(size), np.empty(size), np.empty(size, np.int64)
    for r in order:
        amount = requests.amount[r]
        if amount == 0.0:
            continue
        _offers(r, requests, accounts, lenders, pricing, contract, paid, stage)
        available = 0.0
        for x in range(size):
            available += lenders.capital[x] if stage[x] == _ACCEPTED else 0.0
        if available < amount:
            constraint[r] = _binding(stage)
        if available <= 0.0 or available < requests.minimum_share[r] * amount:
            continue
        lender[r] = _fill(amount, lenders.capital, contract, stage, by_lender[r])
        interest, received = 0.0, 0.0
        for x in range(size):
            if by_lender[r, x] > 0.0:
                granted[r] += by_lender[r, x]
                interest += by_lender[r, x] * paid[x]
                received += by_lender[r, x] * contract[x]
        rate[r], contract_rate[r] = interest / granted[r], received / granted[r]
        b = requests.borrower[r]
        accounts.debt[b] += granted[r]
        accounts.assets[b] += granted[r]
        accounts.ebit[b] += requests.added_ebit[r] * granted[r] / amount
        accounts.interest[b] += interest
    return lender, granted, rate, contract_rate, constraint, by_lender, lenders.capital
