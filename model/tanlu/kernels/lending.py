"""Ration credit: each request for a loan, in a pecking order, to the lenders that accept it, by their appetite.

A lender accepts a request if it lends in the project's province, if the borrower's debt to assets after the loan is at
most its limit (the loan adds to both), if EBIT covers interest after the loan as often as it asks, and if what the
project brings services the loan: amount <= cash A(rate - inflation, years) / coverage of debt service, where A is the
value of one CNY a year. The offer is

    contract rate = base + lender's spread - relief + (1 - guarantee) (rating + leverage slope x debt / assets)

and the borrower pays that less the interest subsidy, at least 0; guarantee, subsidy and relief only if green, and
relief only from lenders that relend: money of the central bank lets them ask less, and take a larger share. A
guarantee is asked for only where it takes at least its fee off the rate; the fee counts as interest in what the
borrower can carry. The rating is that of interest coverage after the loan at the base rate. Accepting lenders share a
request by their weights, each as far as it can still lend; what one cannot is shared again among the others. A request
is filled wholly or not at all: part of a plant is of no use.

A lender can lend what is left of its quota, and of its room by capital over the risk weight of the loan. Guarantees and
relending have budgets by province: a green request that does not fit into what is left of one is judged without it.

Sources: pecking order and limited credit, Dosi, Fagiolo and Roventini 2010 (K+S), Journal of Economic
Dynamics and Control 34(9); rate rising with leverage, Delli Gatti et al. 2010, same issue; rejection at any
rate, Stiglitz and Weiss 1981, American Economic Review 71(3).
"""

from collections.abc import Iterable
from enum import IntEnum
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tanlu.compilation.decorators import helper, kernel


class Constraint(IntEnum):
    """What kept a request from being filled."""

    UNBOUND = 0
    CAPACITY = 1  # some lender would, but none can lend so much more
    LEVERAGE = 2  # too much debt for every lender
    COVERAGE = 3  # debt acceptable to some, but EBIT too low for all of those
    DEBT_SERVICE = 4  # the borrower is sound, but the project does not service the loan


class Answer(IntEnum):
    """What one lender answered to a request."""

    NOT_ASKED = 0  # it lends nothing, or not in the province
    GRANTED = 1
    LEVERAGE = 2
    COVERAGE = 3
    DEBT_SERVICE = 4
    ROOM = 5  # it would, but its capital carries less, and all that would can lend too little
    QUOTA = 6  # the same of what it may lend in a year
    RULE = 7  # nobody may lend for such a project, so that nobody is asked


class Requests(NamedTuple):
    """Who asks for what; axis R."""

    borrower: NDArray[np.int64]  # whose loans add up over its requests
    province: NDArray[np.int64]  # of what is built
    amount_cny: NDArray[np.float64]  # wanted, >= 0
    added_ebit_cny: NDArray[np.float64]  # yearly EBIT the project adds, as the lender sees it
    cash_cny: NDArray[np.float64]  # a year, in constant money, that services the loan; inf: not asked
    green: NDArray[np.bool_]  # the project carries the label
    interest_subsidy: NDArray[np.float64]  # public reduction of a green loan's rate
    guarantee_share: NDArray[np.float64]  # of a green loan's risk carried by the guarantor, 0 .. 1
    guarantee_fee: NDArray[np.float64]  # of the loan a year if it is guaranteed, >= 0
    bond_guarantee_share: NDArray[np.float64]  # of a bond in its place, for which the budget is asked too
    relief: NDArray[np.float64]  # by which lenders that relend lower the rate of a green loan
    relief_weight: NDArray[np.float64]  # factor on their weight for it, above 0
    risk_weight: NDArray[np.float64]  # by which the loan counts against capital, >= 0


class Accounts(NamedTuple):
    """Borrowers' accounts before they borrow; axis B, the last two a year."""

    debt_cny: NDArray[np.float64]
    assets_cny: NDArray[np.float64]
    ebit_cny: NDArray[np.float64]
    interest_cny: NDArray[np.float64]


class Lenders(NamedTuple):
    """Who lends, and to which borrowers; axis L."""

    spread: NDArray[np.float64]  # over the base rate
    weight: NDArray[
        np.float64
    ]  # its share of a loan is this over that of all who accept; 0 for who lends nothing
    province: NDArray[np.int64]  # in which alone it lends; -1: everywhere
    minimum_interest_coverage: NDArray[np.float64]  # EBIT over interest
    maximum_debt_to_assets: NDArray[np.float64]
    relends: NDArray[np.bool_]  # money of the central bank


class Limits(NamedTuple):
    """What is left of the year's limits; axes L lenders, P provinces."""

    quota_cny: NDArray[np.float64]  # [L] that each may still lend
    room_cny: NDArray[np.float64]  # [L] of loans by their risk weights, that its capital still carries
    guarantee_cny: NDArray[np.float64]  # [P] of green loans, that is still guaranteed
    relending_cny: NDArray[
        np.float64
    ]  # [P] of green loans of lenders that relend, that money is still lent for


class DebtService(NamedTuple):
    """How lenders judge what a project brings."""

    minimum_coverage: float  # cash over what the loan costs a year
    years: int  # of repayment
    inflation: float  # per year


class Pricing(NamedTuple):
    """What makes a rate, fractions per year."""

    base_rate: float  # loan prime rate
    rating_steps: NDArray[np.float64]  # [Z] rising thresholds of interest coverage
    rating_spreads: NDArray[
        np.float64
    ]  # [Z + 1] premium below, between and above them, worst first, not rising
    leverage_slope: float  # premium per unit of debt to assets, >= 0
    service: DebtService


class LoanAllocation(NamedTuple):
    """What became of each request; axes R requests, L lenders."""

    lender: NDArray[np.int64]  # [R] who takes most of it, -1 if nobody
    granted_cny: NDArray[np.float64]  # [R]
    rate: NDArray[
        np.float64
    ]  # [R] what the borrower pays lenders, mean over the loan; NaN where nothing is granted
    contract_rate: NDArray[np.float64]  # [R] before the interest subsidy: what lenders receive
    lender_spread: NDArray[np.float64]  # [R] the part of it that is the lenders' own, before any relief
    constraint: NDArray[np.int64]  # [R] `Constraint`
    guarantee_asked: NDArray[np.float64]  # [R] larger share of loan and bond that pays its fee
    guarantee_share: NDArray[np.float64]  # [R] that was given
    bond_guarantee_share: NDArray[np.float64]  # [R] that a bond in its place may have
    relent: NDArray[np.bool_]  # [R] green and within the limit of relending
    answer: NDArray[np.int64]  # [R, L] `Answer`
    granted_by_lender_cny: NDArray[np.float64]  # [R, L]
    remaining: Limits


def allocate_loans(
    order: ArrayLike,
    requests: Requests,
    accounts: Accounts,
    lenders: Lenders,
    limits: Limits,
    pricing: Pricing,
) -> LoanAllocation:
    """Grant loans in the order given.

    Args:
        order: i8[R] row numbers of the requests, first served first.
        requests: of this year.
        accounts: of the borrowers.
        lenders: their terms.
        limits: what is left of the year's.
        pricing: of all loans.

    Raises:
        ValueError: if shapes do not fit, `order` is no permutation, or an amount or share is out of range.
    """
    asked, terms_of_lenders = _copy(requests, _REQUEST_KINDS), _copy(lenders, _LENDER_KINDS)
    queue, remaining = np.array(order, np.int64), Limits._make(map(np.array, limits, repeat(np.float64)))
    _check_lengths("order and Requests", queue, asked.amount_cny)
    _check_lengths("Lenders and Limits", terms_of_lenders.spread, remaining.quota_cny, remaining.room_cny)
    _check_lengths("Limits", remaining.guarantee_cny, remaining.relending_cny)
    service = pricing.service
    terms = Pricing(
        float(pricing.base_rate),
        np.array(pricing.rating_steps, float),
        np.array(pricing.rating_spreads, float),
        float(pricing.leverage_slope),
        DebtService(float(service.minimum_coverage), int(service.years), float(service.inflation)),
    )
    fault, lender, granted, terms_given, answer, by_lender = _allocate_loans(
        queue, asked, _copy(accounts), terms_of_lenders, remaining, terms
    )
    if fault != _FINE:
        raise ValueError(_FAULTS[fault])
    return LoanAllocation._make((lender, granted, *terms_given, answer, by_lender, remaining))


def _kinds(table: type[Any], **others: type[Any]) -> tuple[type[Any], ...]:
    return tuple(others.get(name, np.float64) for name in table._fields)


_REQUEST_KINDS = _kinds(Requests, borrower=np.int64, province=np.int64, green=np.bool_)
_LENDER_KINDS = _kinds(Lenders, province=np.int64, relends=np.bool_)


def _copy[Table: tuple[Any, ...]](table: Table, kinds: Iterable[type[Any]] = repeat(np.float64)) -> Table:
    """Copy the columns of a table, each of its kind.

    A copy, because the kernel writes into accounts and limits.
    """
    columns: Table = type(table)._make(map(np.array, table, kinds))  # type: ignore[attr-defined]
    _check_lengths(type(table).__name__, *columns)
    return columns


def _check_lengths(name: str, *columns: NDArray[Any]) -> None:
    if len({column.shape for column in columns}) > 1:
        raise ValueError(f"{name}: columns must have one length, not {[c.shape for c in columns]}")


# --- compiled -----------------------------------------------------------------------------------------

# How far a request comes with a lender.
_REFUSED, _OFFERED, _LEVERAGE_FINE, _COVERAGE_FINE, _ACCEPTED = 0, 1, 2, 3, 4
_UNBOUND, _CAPACITY, _LEVERAGE, _COVERAGE, _DEBT_SERVICE = (int(c) for c in Constraint)
_FINE = -1
_FAULTS = (
    "order must name every request once",
    "borrower and province must be the position of one",
    "amount_cny and risk_weight must be numbers >= 0",
    "shares of guarantee must lie in 0 .. 1, fee and relief must be >= 0, relief_weight above 0",
    "limits must be numbers >= 0",
    "rating_spreads must be one more than rating_steps",
    "rating_steps must rise, rating_spreads must not, leverage_slope must be >= 0",
    "coverage of debt service must be above 0, years at least 1",
)
_ORDER, _POSITIONS, _AMOUNTS, _SUPPORT, _LIMITS, _RATINGS, _PRICES, _SERVICE = range(len(_FAULTS))
_NOT_ASKED, _GRANTED, _ROOM, _QUOTA = (
    int(a) for a in (Answer.NOT_ASKED, Answer.GRANTED, Answer.ROOM, Answer.QUOTA)
)


class _Offers(NamedTuple):
    """What lenders answer to one request; axis L, overwritten by each."""

    contract_rate: NDArray[np.float64]
    borrower_rate: NDArray[np.float64]
    weight: NDArray[np.float64]  # by which each would take part
    lendable: NDArray[np.float64]  # CNY
    stage: NDArray[np.int64]  # how far the request comes


@helper
def _check_terms(limits, pricing):  # type: ignore[no-untyped-def]
    """Find the first of `_FAULTS` in limits and prices, else `_FINE`."""
    for column in limits:
        for i in range(column.size):
            if not column[i] >= 0.0:
                return _LIMITS
    steps, spreads = pricing.rating_steps, pricing.rating_spreads
    if spreads.size != steps.size + 1:
        return _RATINGS
    for z in range(steps.size):
        if (z > 0 and steps[z] <= steps[z - 1]) or spreads[z + 1] > spreads[z]:
            return _PRICES
    if pricing.leverage_slope < 0.0:
        return _PRICES
    return _FINE if pricing.service.minimum_coverage > 0.0 and pricing.service.years >= 1 else _SERVICE


@helper
def _find_first_fault(order, requests, accounts, limits, pricing):  # type: ignore[no-untyped-def]
    """Find the first of `_FAULTS`, else `_FINE`."""
    is_named = np.zeros(order.size, np.bool_)
    for r in order:
        if not 0 <= r < order.size or is_named[r]:
            return _ORDER
        is_named[r] = True
    provinces, borrowers = limits.guarantee_cny.size, accounts.debt_cny.size
    for r in range(order.size):
        if not (0 <= requests.province[r] < provinces and 0 <= requests.borrower[r] < borrowers):
            return _POSITIONS
        if not (requests.amount_cny[r] >= 0.0 and requests.risk_weight[r] >= 0.0):
            return _AMOUNTS
        is_relief_valid = requests.relief[r] >= 0.0 and requests.relief_weight[r] > 0.0
        is_relief_valid = is_relief_valid and requests.guarantee_fee[r] >= 0.0
        largest = max(requests.guarantee_share[r], requests.bond_guarantee_share[r])
        least = min(requests.guarantee_share[r], requests.bond_guarantee_share[r])
        if not (is_relief_valid and least >= 0.0 and largest <= 1.0):
            return _SUPPORT
    return _check_terms(limits, pricing)


@helper
def _annuity(rate, years):  # type: ignore[no-untyped-def]
    """Compute the value of one CNY at the end of each year."""
    value = 0.0
    for _ in range(years):
        value = (value + 1.0) / (1.0 + rate)
    return value


@helper
def _risk_premium(debt, assets, ebit, interest, pricing):  # type: ignore[no-untyped-def]
    """Compute a borrower's rating and leverage premium before any guarantee.

    The loan counts in its debt and assets.
    """
    step = 0
    while step < pricing.rating_steps.size and ebit >= pricing.rating_steps[step] * interest:
        step += 1
    leverage = 0.0
    if debt > 0.0 and pricing.leverage_slope > 0.0:
        leverage = pricing.leverage_slope * debt / assets if assets > 0.0 else np.inf
    return pricing.rating_spreads[step] + leverage


@helper
def _accounts_with(r, requests, accounts):  # type: ignore[no-untyped-def]
    """Return debt, assets and EBIT of a borrower with the loan, and its interest without."""
    b, amount = requests.borrower[r], requests.amount_cny[r]
    debt, assets = accounts.debt_cny[b] + amount, accounts.assets_cny[b] + amount
    return debt, assets, accounts.ebit_cny[b] + requests.added_ebit_cny[r], accounts.interest_cny[b]


@helper
def _find_support(r, requests, risk, limits):  # type: ignore[no-untyped-def]
    """Return the support of a request at a risk premium.

    That is the guaranteed shares as a loan and as a bond, whether it can be refinanced, and the guarantee asked for.
    Nobody knows yet which part will be a bond, so the budget must do for the larger share of all of it. A request is
    refinanced if the central bank's money of the province suffices for all of it.
    """
    if not requests.green[r]:
        return 0.0, 0.0, False, 0.0
    amount, p = requests.amount_cny[r], requests.province[r]
    share, bond_share = requests.guarantee_share[r], requests.bond_guarantee_share[r]
    if requests.guarantee_fee[r] > max(share * risk, 0.0):
        share = 0.0
    is_refinanced, asked = amount <= limits.relending_cny[p], max(share, bond_share)
    if asked * amount <= limits.guarantee_cny[p]:
        return share, bond_share, is_refinanced, asked
    return 0.0, 0.0, is_refinanced, asked


@helper
def _offer_terms(r, requests, accounts, lenders, pricing, risk, support, offers):  # type: ignore[no-untyped-def]
    """Write each lender's terms for a request and its stage there."""
    amount, green = requests.amount_cny[r], requests.green[r]
    debt, assets, ebit, interest = _accounts_with(r, requests, accounts)
    guarantee, _, relent, _ = support
    risk, fee = risk * (1.0 - guarantee), requests.guarantee_fee[r] if guarantee > 0.0 else 0.0
    service, contract, payable, stage = (
        pricing.service,
        offers.contract_rate,
        offers.borrower_rate,
        offers.stage,
    )
    for x in range(lenders.spread.size):
        is_relent = relent and lenders.relends[x]
        offers.weight[x] = lenders.weight[x] * (requests.relief_weight[r] if is_relent else 1.0)
        contract[x] = (
            pricing.base_rate + lenders.spread[x] + risk - (requests.relief[r] if is_relent else 0.0)
        )
        payable[x] = max(contract[x] - requests.interest_subsidy[r], 0.0) if green else contract[x]
        is_local = lenders.province[x] < 0 or lenders.province[x] == requests.province[r]
        stage[x] = _REFUSED
        if lenders.weight[x] <= 0.0 or not is_local:
            continue
        stage[x] = _OFFERED
        if not debt <= lenders.maximum_debt_to_assets[x] * assets:
            continue
        stage[x] = _LEVERAGE_FINE
        if not ebit >= lenders.minimum_interest_coverage[x] * (interest + (payable[x] + fee) * amount):
            continue
        stage[x] = _COVERAGE_FINE
        value = _annuity(payable[x] + fee - service.inflation, service.years)
        if amount * service.minimum_coverage <= requests.cash_cny[r] * value:
            stage[x] = _ACCEPTED


@helper
def _limit_loans(limits, risk_weight, lendable):  # type: ignore[no-untyped-def]
    """Write the largest loan of each lender at a risk weight [L]."""
    for x in range(lendable.size):
        carried = limits.room_cny[x] / risk_weight if risk_weight > 0.0 else np.inf
        lendable[x] = min(limits.quota_cny[x], carried)


@helper
def _share_out(amount, offers, granted):  # type: ignore[no-untyped-def]
    """Share a loan among accepting lenders by weight into `granted` [L].

    Each takes as much as it can lend. Return the lender of the largest part, -1 if nobody lends.
    """
    weight, lendable, stage = offers.weight, offers.lendable, offers.stage
    unfilled_cny = amount
    for _ in range(weight.size):
        total = 0.0
        for x in range(weight.size):
            total += weight[x] if stage[x] == _ACCEPTED and granted[x] < lendable[x] else 0.0
        if unfilled_cny <= 0.0 or total <= 0.0:
            break
        round_cny, unfilled_cny = unfilled_cny, 0.0
        for x in range(weight.size):
            if stage[x] == _ACCEPTED and granted[x] < lendable[x]:
                share_cny = round_cny * weight[x] / total
                lent_cny = min(share_cny, lendable[x] - granted[x])
                granted[x] += lent_cny
                unfilled_cny += share_cny - lent_cny
    main_lender = -1
    for x in range(weight.size):
        if granted[x] > 0.0 and (main_lender < 0 or granted[x] > granted[main_lender]):
            main_lender = x
    return main_lender


@helper
def _lower_limits(r, requests, lenders, granted, support, limits):  # type: ignore[no-untyped-def]
    """Deduct each lender's loan [L] from the limits."""
    share, bond_share, relent, _ = support
    guarantee = max(share, bond_share)
    p = requests.province[r]
    for x in range(granted.size):
        carried = requests.risk_weight[r] * granted[x]
        limits.quota_cny[x] = max(limits.quota_cny[x] - granted[x], 0.0)
        limits.room_cny[x] = max(limits.room_cny[x] - carried, 0.0)
        if guarantee > 0.0:
            limits.guarantee_cny[p] = max(limits.guarantee_cny[p] - guarantee * granted[x], 0.0)
        if relent and lenders.relends[x]:
            limits.relending_cny[p] = max(limits.relending_cny[p] - granted[x], 0.0)


@helper
def _write_answers(stage, granted, limits, risk_weight, answer):  # type: ignore[no-untyped-def]
    """Write each lender's answer to a request [L].

    Who accepts and lends nothing is short of room or of quota.
    """
    for x in range(stage.size):
        if stage[x] == _REFUSED:
            answer[x] = _NOT_ASKED
        elif stage[x] == _OFFERED:
            answer[x] = _LEVERAGE
        elif stage[x] == _LEVERAGE_FINE:
            answer[x] = _COVERAGE
        elif stage[x] == _COVERAGE_FINE:
            answer[x] = _DEBT_SERVICE
        elif granted[x] > 0.0:
            answer[x] = _GRANTED
        else:
            answer[x] = _ROOM if limits.room_cny[x] < risk_weight * limits.quota_cny[x] else _QUOTA


@helper
def _find_constraint(stage):  # type: ignore[no-untyped-def]
    """Find the constraint of an unfilled request.

    It follows from how far the request came with the best lender.
    """
    furthest = _REFUSED
    for x in range(stage.size):
        furthest = max(furthest, stage[x])
    if furthest == _OFFERED:
        return _LEVERAGE
    if furthest == _LEVERAGE_FINE:
        return _COVERAGE
    return _DEBT_SERVICE if furthest == _COVERAGE_FINE else _CAPACITY


@helper
def _sum_loans(granted, offers, spread):  # type: ignore[no-untyped-def]
    """Sum lenders' parts of a loan [L], and interest of the borrower, of lenders, and by their spreads."""
    total, interest, lender_interest, spread_cny = 0.0, 0.0, 0.0, 0.0
    for x in range(granted.size):
        if granted[x] > 0.0:
            total += granted[x]
            interest += granted[x] * offers.borrower_rate[x]
            lender_interest += granted[x] * offers.contract_rate[x]
            spread_cny += granted[x] * spread[x]
    return total, interest, lender_interest, spread_cny


@kernel
def _allocate_loans(order, requests, accounts, lenders, limits, pricing):  # type: ignore[no-untyped-def]
    n, size = requests.amount_cny.size, lenders.spread.size
    lender, constraint = np.full(n, -1), np.full(n, _UNBOUND)
    granted, rate, contract_rate = np.zeros(n), np.full(n, np.nan), np.full(n, np.nan)
    own_spread, by_lender = np.full(n, np.nan), np.zeros((n, size))
    asked, guaranteed, bond_guaranteed = np.zeros(n), np.zeros(n), np.zeros(n)
    relent, answer = np.zeros(n, np.bool_), np.full((n, size), _NOT_ASKED)
    offers = _Offers(np.empty(size), np.empty(size), np.empty(size), np.empty(size), np.empty(size, np.int64))
    terms = rate, contract_rate, own_spread, constraint, asked, guaranteed, bond_guaranteed, relent
    fault = _find_first_fault(order, requests, accounts, limits, pricing)
    if fault != _FINE:
        return fault, lender, granted, terms, answer, by_lender
    for r in order:
        amount, risk_weight = requests.amount_cny[r], requests.risk_weight[r]
        if amount == 0.0:
            continue
        debt, assets, ebit, interest = _accounts_with(r, requests, accounts)
        risk = _risk_premium(debt, assets, ebit, interest + pricing.base_rate * amount, pricing)
        support = _find_support(r, requests, risk, limits)
        _offer_terms(r, requests, accounts, lenders, pricing, risk, support, offers)
        _limit_loans(limits, risk_weight, offers.lendable)
        available = 0.0
        for x in range(size):
            available += offers.lendable[x] if offers.stage[x] == _ACCEPTED else 0.0
        if available >= amount:
            lender[r] = _share_out(amount, offers, by_lender[r])
        _write_answers(offers.stage, by_lender[r], limits, risk_weight, answer[r])
        if available < amount:
            constraint[r] = _find_constraint(offers.stage)
            continue
        _lower_limits(r, requests, lenders, by_lender[r], support, limits)
        guaranteed[r], bond_guaranteed[r], relent[r], asked[r] = support
        granted[r], interest, lender_interest, spread_cny = _sum_loans(by_lender[r], offers, lenders.spread)
        rate[r], contract_rate[r] = interest / granted[r], lender_interest / granted[r]
        own_spread[r] = spread_cny / granted[r]
        b = requests.borrower[r]
        accounts.debt_cny[b] += granted[r]
        accounts.assets_cny[b] += granted[r]
        accounts.ebit_cny[b] += requests.added_ebit_cny[r]
        accounts.interest_cny[b] += interest
        if guaranteed[r] > 0.0:
            accounts.interest_cny[b] += requests.guarantee_fee[r] * granted[r]
    return fault, lender, granted, terms, answer, by_lender
