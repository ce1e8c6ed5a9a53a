"""Ration credit: each request for a loan, in a pecking order, to the cheapest lenders that accept it.

A lender accepts a request if the project is green or the lender asks for no label, if the borrower's debt to
assets after the loan is at most its limit (the loan adds to both), and if EBIT covers interest after the loan
as often as it asks. The offer is

    contract rate = base + lender's spread + (1 - guarantee) (rating + leverage slope x debt / assets) - greenium

and the borrower pays that less the interest subsidy, at least 0; guarantee, greenium and subsidy only if
green. The rating is that of interest coverage after the loan at the base rate. Accepting lenders fill the
request cheapest first, each as far as its capital goes, as in a syndicated loan. A request is filled wholly or not
at all: part of a plant is of no use.

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


class Requests(NamedTuple):
    """Who asks for what; axis R."""

    borrower: NDArray[np.int64]  # whose loans add up over its requests
    amount_cny: NDArray[np.float64]  # wanted, >= 0
    added_ebit_cny: NDArray[np.float64]  # yearly EBIT the project adds, as the lender sees it
    green: NDArray[np.bool_]  # the project carries the label
    interest_subsidy: NDArray[np.float64]  # public reduction of a green loan's rate
    guarantee_share: NDArray[np.float64]  # of a green loan's risk carried by the guarantor, 0 .. 1


class Accounts(NamedTuple):
    """Borrowers' accounts before they borrow; axis B, the last two a year."""

    debt_cny: NDArray[np.float64]
    assets_cny: NDArray[np.float64]
    ebit_cny: NDArray[np.float64]
    interest_cny: NDArray[np.float64]


class Lenders(NamedTuple):
    """Who lends, and to which borrowers; axis L."""

    spread: NDArray[np.float64]  # over the base rate
    minimum_interest_coverage: NDArray[np.float64]  # EBIT over interest
    maximum_debt_to_assets: NDArray[np.float64]
    green_only: NDArray[np.bool_]  # lends only to projects with the label
    greenium: NDArray[np.float64]  # reduction for the label


class Pricing(NamedTuple):
    """What makes a rate, fractions per year."""

    base_rate: float  # loan prime rate
    rating_steps: NDArray[np.float64]  # [Z] rising thresholds of interest coverage
    rating_spreads: NDArray[
        np.float64
    ]  # [Z + 1] premium below, between and above them, worst first, not rising
    leverage_slope: float  # premium per unit of debt to assets, >= 0


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
    order: ArrayLike,
    requests: Requests,
    accounts: Accounts,
    lenders: Lenders,
    capital_cny: ArrayLike,
    pricing: Pricing,
) -> LoanAllocation:
    """Grant loans in the order given.

    Args:
        order: i8[R] row numbers of the requests, first served first.
        requests: of this year.
        accounts: of the borrowers.
        lenders: their terms.
        capital_cny: f8[L] what each can still lend this year.
        pricing: of all loans.

    Raises:
        ValueError: if shapes do not fit, `order` is no permutation, or an amount or share is out of range.
    """
    size, borrowers = np.size(requests.amount_cny), np.size(accounts.debt_cny)
    queue = _vector("order", order, size, np.int64)
    asked = _columns(requests, size)
    able, capital = (
        _columns(lenders, np.size(lenders.spread)),
        _vector("capital_cny", capital_cny, np.size(lenders.spread)),
    )
    terms = _checked_pricing(pricing)
    fault = _first_fault(queue, asked, capital, borrowers)
    if fault != _FINE:
        raise ValueError(_FAULTS[fault])
    return LoanAllocation(*_allocate_loans(queue, asked, _columns(accounts, borrowers), able, capital, terms))


_KINDS: dict[str, type[Any]] = {"borrower": np.int64, "green": np.bool_, "green_only": np.bool_}


def _columns[Table: tuple[Any, ...]](table: Table, size: int) -> Table:
    """Return the table with copies of its columns, checked: the kernel writes into accounts and capital."""
    fields = zip(table._fields, table, strict=True)  # type: ignore[attr-defined]
    copies = (_vector(name, values, size, _KINDS.get(name, np.float64)) for name, values in fields)
    return type(table)._make(copies)  # type: ignore[attr-defined]


def _vector(name: str, values: ArrayLike, size: int, kind: type[Any] = np.float64) -> NDArray[Any]:
    """Return a copy as f8[size], or of another kind."""
    array = np.array(values, dtype=kind, order="C")
    if array.shape != (size,):
        raise ValueError(f"{name} has shape {array.shape}, expected ({size},)")
    return array


def _checked_pricing(pricing: Pricing) -> Pricing:
    thresholds = _vector("rating_steps", pricing.rating_steps, np.size(pricing.rating_steps))
    table = _vector("rating_spreads", pricing.rating_spreads, thresholds.size + 1)
    falls, rises = thresholds[1:] <= thresholds[:-1], table[1:] > table[:-1]
    if falls.any() or rises.any() or pricing.leverage_slope < 0.0:
        raise ValueError("rating_steps must rise, rating_spreads must not, leverage_slope must be >= 0")
    return Pricing(float(pricing.base_rate), thresholds, table, float(pricing.leverage_slope))


# --- compiled -----------------------------------------------------------------------------------------

# How far a request comes with a lender.
_REFUSED, _LABELLED, _LEVERAGE_FINE, _ACCEPTED = 0, 1, 2, 3
_NONE, _CAPACITY, _LEVERAGE, _COVERAGE = (int(c) for c in Constraint)
_FINE = -1
_FAULTS = (
    "order must name every request once",
    "borrower must be the position of one",
    "amount_cny and capital_cny must be numbers >= 0",
    "guarantee_share must lie in 0 .. 1",
)


@njit(cache=True, nogil=True)
def _first_fault(order, requests, capital, borrowers):  # type: ignore[no-untyped-def]
    """Return which of `_FAULTS` the requests have, or `_FINE`."""
    named = np.zeros(order.size, np.bool_)
    for r in order:
        if not 0 <= r < order.size or named[r]:
            return 0
        named[r] = True
    if not (capital >= 0.0).all():
        return 2
    for r in range(order.size):
        if not 0 <= requests.borrower[r] < borrowers:
            return 1
        if not requests.amount_cny[r] >= 0.0:
            return 2
        if not 0.0 <= requests.guarantee_share[r] <= 1.0:
            return 3
    return _FINE


@njit(cache=True, nogil=True)
def _risk_premium(debt, assets, ebit, interest, pricing):  # type: ignore[no-untyped-def]
    """Return rating and leverage premium of a borrower after the loan, before any guarantee."""
    step = 0
    while step < pricing.rating_steps.size and ebit >= pricing.rating_steps[step] * interest:
        step += 1
    leverage = 0.0
    if debt > 0.0 and pricing.leverage_slope > 0.0:
        leverage = pricing.leverage_slope * debt / assets if assets > 0.0 else np.inf
    return pricing.rating_spreads[step] + leverage


@njit(cache=True, nogil=True)
def _offers(r, requests, accounts, lenders, pricing, contract, paid, stage):  # type: ignore[no-untyped-def]
    """Write each lender's contract rate, what the borrower would pay, and how far the request comes [L]."""
    b, amount, green = requests.borrower[r], requests.amount_cny[r], requests.green[r]
    debt, assets = accounts.debt_cny[b] + amount, accounts.assets_cny[b] + amount
    ebit, interest = accounts.ebit_cny[b] + requests.added_ebit_cny[r], accounts.interest_cny[b]
    at_base = interest + pricing.base_rate * amount
    risk = _risk_premium(debt, assets, ebit, at_base, pricing)
    if green:
        risk *= 1.0 - requests.guarantee_share[r]
    for x in range(lenders.spread.size):
        contract[x] = pricing.base_rate + lenders.spread[x] + risk - (lenders.greenium[x] if green else 0.0)
        paid[x] = max(contract[x] - requests.interest_subsidy[r], 0.0) if green else contract[x]
        stage[x] = _REFUSED
        if green or not lenders.green_only[x]:
            stage[x] = _LABELLED
            if debt <= lenders.maximum_debt_to_assets[x] * assets:
                stage[x] = _LEVERAGE_FINE
                if ebit >= lenders.minimum_interest_coverage[x] * (interest + paid[x] * amount):
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
def _allocate_loans(order, requests, accounts, lenders, capital, pricing):  # type: ignore[no-untyped-def]
    n, size = requests.amount_cny.size, capital.size
    lender, constraint = np.full(n, -1), np.full(n, _NONE)
    granted, rate, contract_rate = np.zeros(n), np.full(n, np.nan), np.full(n, np.nan)
    by_lender = np.zeros((n, size))
    contract, paid, stage = np.empty(size), np.empty(size), np.empty(size, np.int64)
    for r in order:
        amount = requests.amount_cny[r]
        if amount == 0.0:
            continue
        _offers(r, requests, accounts, lenders, pricing, contract, paid, stage)
        available = 0.0
        for x in range(size):
            available += capital[x] if stage[x] == _ACCEPTED else 0.0
        if available < amount:
            constraint[r] = _binding(stage)
            continue
        lender[r] = _fill(amount, capital, contract, stage, by_lender[r])
        interest, received = 0.0, 0.0
        for x in range(size):
            if by_lender[r, x] > 0.0:
                granted[r] += by_lender[r, x]
                interest += by_lender[r, x] * paid[x]
                received += by_lender[r, x] * contract[x]
        rate[r], contract_rate[r] = interest / granted[r], received / granted[r]
        b = requests.borrower[r]
        accounts.debt_cny[b] += granted[r]
        accounts.assets_cny[b] += granted[r]
        accounts.ebit_cny[b] += requests.added_ebit_cny[r]
        accounts.interest_cny[b] += interest
    return lender, granted, rate, contract_rate, constraint, by_lender, capital
