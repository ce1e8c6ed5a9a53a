"""The national allowance market: what a year hands to the next, and a year's price (docs/model/national_market.md)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.kernels.elementary import powers
from tanlu.kernels.national_market import (
    ACCOUNTS,
    CAP,
    ISSUED,
    OUTSIDE,
    RESERVE,
    SHORT,
    TOTALS,
    UNMET,
    WITHHELD_SHARE,
    NationalClasses,
    NationalMarket,
    NationalPosition,
    NationalRegion,
    NationalRules,
    NationalYear,
    book_national_year,
    solve_national_year,
)

# Which a bank tells apart; the last holds older ones too.
BANK_VINTAGES = 6
GUESS_CNY_PER_TCO2 = 30.0  # tried first where last year's price was lower
# What a price is made of, in the order in which it is taken apart; the parts add up to it.
PRICE_PARTS = ("this_year", "credits", "bank", "years_ahead", "observation", "bounds")
YEARS_OF_GROWTH = 15  # for which agents expect the growth of the horizon to go on; after it the price stays


class NationalMarketState(NamedTuple):
    """What the national market hands on; axes C classes, V vintages of the bank, newest first."""

    price_cny_per_tco2: float
    bank_tco2: Floats  # [V]
    reserve_tco2: float
    withheld_share: float  # of next year's free allowances
    unmet_tco2: float
    issued_tco2: float
    abated_share: Floats  # [C] for good
    switched_share: Floats  # [C] while it pays
    output_response: Floats  # [C] expected output per output without a price
    intensity: Floats  # [2, C] t CO2 per MWh or t, of last year and of the year before
    emissions_tco2: Floats  # [2, C]
    cap_share: Floats  # [C] of the cap, NaN before the class is capped
    base_output: Floats  # [C] of a year before the cap: a mean in which the last counts half
    base_tco2: Floats  # [C] the same


class NationalOutlook(NamedTuple):
    """The price of a year and what is expected with it; axes J the year and those after it, C classes."""

    price_path_cny_per_tco2: Floats  # [J]
    benchmark_path: Floats  # [J, C] t CO2 per MWh or t, free allowances per unit of expected output
    free_path_tco2: Floats  # [J, C] free allowances
    unwanted_tco2: float  # of the year, at its floor
    slack_tco2: float  # least bank ahead over what is kept; negative where no price fits
    binding_row: int
    trials: int


class NationalClearing(NamedTuple):
    """A year of the nation as it came; axis C classes."""

    price_cny_per_tco2: float
    output: Floats  # [C] MWh or t
    emissions_tco2: Floats  # [C]
    allowances_tco2: Floats  # [C] free
    auctioned_tco2: Floats  # [C]
    net_cost_cny: Floats  # [C] of CO2 for one more unit
    benchmark: Floats  # [C] t CO2 per MWh or t, free allowances per unit of expected output
    is_covered: Booleans  # [C]
    is_capped: Booleans  # [C]
    fines_cny: float  # on what had no allowances
    totals_tco2: dict[str, float]  # by `TOTALS`


def open_national_market(row: int, bank_tco2: float, classes: NationalClasses) -> NationalMarketState:
    """Build the state before the year of `row`, when nobody abates yet."""
    before = [max(row - 1, 0), max(row - 2, 0)]
    count = classes.product_price.size
    emissions = classes.output[before] * classes.intensity[before]
    return NationalMarketState(
        price_cny_per_tco2=0.0,
        bank_tco2=np.append(bank_tco2, np.zeros(BANK_VINTAGES - 1)),
        reserve_tco2=0.0,
        withheld_share=0.0,
        unmet_tco2=0.0,
        issued_tco2=float(emissions[0].sum()),
        abated_share=np.zeros(count),
        switched_share=np.zeros(count),
        output_response=np.ones(count),
        intensity=classes.intensity[before],
        emissions_tco2=emissions,
        cap_share=np.full(count, np.nan),
        base_output=classes.output[before[0]],
        base_tco2=emissions[0],
    )


def without_region(classes: NationalClasses) -> NationalRegion:
    """Build the region of a country of which no part is measured by itself."""
    nothing = np.zeros(classes.product_price.size)
    return NationalRegion(nothing, nothing, nothing, nothing, 0.0)


def expect_national_market(
    state: NationalMarketState, row: int, market: NationalMarket, observed_price_cny_per_tco2: float = np.nan
) -> NationalOutlook:
    """Find the price of a year, and expect those after it.

    The price is the lowest at which the bank never falls below what is kept within the holders' horizon, unless it is
    observed. Source: Rubin 1996, Journal of Environmental Economics and Management.

    Raises:
        ValueError: if a floor is above its ceiling, or rules have fewer years than the horizon.
    """
    rules = market.rules
    ahead = slice(row, row + rules.holders.horizon_years)
    if (rules.limits.floor[ahead] > rules.limits.ceiling[ahead]).any():
        raise ValueError("the floor of the national market is above its ceiling")
    if row + rules.holders.horizon_years > rules.allocation.cap.size:
        raise ValueError("the rules of the national market end within the horizon of its holders")
    guess = max(state.price_cny_per_tco2 * (1.0 + rules.holders.rate), GUESS_CNY_PER_TCO2)
    solved = solve_national_year(row, guess, float(observed_price_cny_per_tco2), market, _position_of(state))
    return NationalOutlook(
        price_path_cny_per_tco2=solved.path,
        benchmark_path=solved.benchmark,
        free_path_tco2=solved.allowances,
        unwanted_tco2=solved.unwanted,
        slack_tco2=solved.slack,
        binding_row=solved.binding_row,
        trials=solved.trials,
    )


def book_national_market(
    state: NationalMarketState, row: int, market: NationalMarket, outlook: NationalOutlook
) -> tuple[NationalMarketState, NationalClearing]:
    """Let a year come at its price, with what the region has done in it."""
    price = float(outlook.price_path_cny_per_tco2[0])
    position, year = book_national_year(row, price, outlook.unwanted_tco2, market, _position_of(state))
    after = _state_after(state, position, year, price, market.rules.allocation.method[row])
    penalty, short_tco2 = market.rules.limits.penalty[row], year.totals[SHORT]
    return after, NationalClearing(
        price_cny_per_tco2=price,
        output=year.output,
        emissions_tco2=year.emissions,
        allowances_tco2=year.allowances,
        auctioned_tco2=year.auctioned,
        net_cost_cny=year.net_cost,
        benchmark=year.benchmark,
        is_covered=market.rules.allocation.method[row] != OUTSIDE,
        is_capped=market.rules.allocation.method[row] == CAP,
        fines_cny=float(penalty * short_tco2) if short_tco2 > 0.0 and np.isfinite(penalty) else 0.0,
        totals_tco2=dict(zip(TOTALS, year.totals.tolist(), strict=True)),
    )


def split_price(
    state: NationalMarketState,
    row: int,
    market: NationalMarket,
    price_cny_per_tco2: float,
    observed_price_cny_per_tco2: float = np.nan,
) -> Floats:
    """Take the price of a year apart, by `PRICE_PARTS` [6].

    The year is solved alone, without bank and credits; then with credits; then with the bank; then with the years
    ahead. Then comes what an observed price has beyond the one found, and what floor and ceiling add.
    """
    rules, ahead = market.rules, slice(row, row + market.rules.holders.horizon_years)
    limits, nothing = rules.limits, np.zeros_like(rules.limits.floor)
    is_bounded = bool(
        (limits.floor[ahead] > 0.0).any() or (limits.ceiling[ahead] < rules.holders.highest_price).any()
    )
    free = limits._replace(floor=nothing, ceiling=np.full_like(nothing, rules.holders.highest_price))
    alone = rules.holders._replace(horizon_years=1, keep=0.0)
    without_bank = state._replace(bank_tco2=np.zeros_like(state.bank_tco2))

    def solve(start: NationalMarketState, changed: NationalRules) -> float:
        guess = max(price_cny_per_tco2, GUESS_CNY_PER_TCO2)
        position = _position_of(start)
        return float(
            solve_national_year(row, guess, np.nan, market._replace(rules=changed), position).path[0]
        )

    is_observed = not np.isnan(observed_price_cny_per_tco2)
    unbounded = rules._replace(limits=free)
    found = solve(state, unbounded) if is_bounded or is_observed else price_cny_per_tco2
    by_year = unbounded._replace(holders=alone)
    stages = (
        0.0,
        solve(without_bank, by_year._replace(limits=free._replace(offset_limit_share=nothing))),
        solve(without_bank, by_year),
        solve(state, by_year),
        found,
        observed_price_cny_per_tco2 if is_observed else found,
        price_cny_per_tco2,
    )
    return np.diff(np.array(stages))


def walk_national_market(
    state: NationalMarketState,
    first_row: int,
    last_row: int,
    market: NationalMarket,
    observed_price_cny_per_tco2: Floats,
) -> Iterator[tuple[NationalMarketState, NationalOutlook, NationalClearing]]:
    """Clear one year after the other; `observed_price_cny_per_tco2` [Y] is NaN where the price is to be found."""
    for row in range(first_row, last_row + 1):
        outlook = expect_national_market(state, row, market, observed_price_cny_per_tco2[row])
        state, cleared = book_national_market(state, row, market, outlook)
        yield state, outlook, cleared


def extend_price_path(path_cny_per_tco2: Floats, years: int, rate: float) -> Floats:
    """Expect prices beyond the horizon [years].

    They grow as in its mean, from 0 to `rate` a year, to year 15, and stay from there.
    """
    size = path_cny_per_tco2.size
    first, last = max(float(path_cny_per_tco2[0]), 1e-9), float(path_cny_per_tco2[-1])
    yearly = powers(np.array([last / first]), np.array([1.0 / max(size - 1, 1)]))[0]
    growth = min(max(float(yearly) - 1.0, 0.0), rate)
    extended, factor = np.empty(years), 1.0
    extended[:size] = path_cny_per_tco2[:years]
    for k in range(size, min(YEARS_OF_GROWTH, years)):
        factor *= 1.0 + growth
        extended[k] = last * factor
    extended[max(size, YEARS_OF_GROWTH) :] = last * factor
    return extended


def _position_of(state: NationalMarketState) -> NationalPosition:
    accounts = np.zeros(ACCOUNTS)
    accounts[RESERVE], accounts[WITHHELD_SHARE] = state.reserve_tco2, state.withheld_share
    accounts[UNMET], accounts[ISSUED] = state.unmet_tco2, state.issued_tco2
    return NationalPosition(
        bank=state.bank_tco2,
        accounts=accounts,
        abated_share=state.abated_share,
        switched_share=state.switched_share,
        response=state.output_response,
        intensity=state.intensity,
        emissions=state.emissions_tco2,
        cap_share=state.cap_share,
    )


def _state_after(
    before: NationalMarketState,
    position: NationalPosition,
    year: NationalYear,
    price: float,
    method: Integers,
) -> NationalMarketState:
    bases = (before.base_output, year.output), (before.base_tco2, year.emissions)
    output, tco2 = (np.where(method == CAP, base, average_base(base, now)) for base, now in bases)
    return NationalMarketState(
        price_cny_per_tco2=price,
        bank_tco2=position.bank,
        reserve_tco2=float(position.accounts[RESERVE]),
        withheld_share=float(position.accounts[WITHHELD_SHARE]),
        unmet_tco2=float(position.accounts[UNMET]),
        issued_tco2=float(position.accounts[ISSUED]),
        abated_share=position.abated_share,
        switched_share=position.switched_share,
        output_response=position.response,
        intensity=position.intensity,
        emissions_tco2=position.emissions,
        cap_share=position.cap_share,
        base_output=output,
        base_tco2=tco2,
    )


def average_base(base: Floats, of_year: Floats) -> Floats:
    """Move the mean of a base period on by a year, which counts half; what had none begins with it."""
    return np.where(base > 0.0, 0.5 * (base + of_year), of_year)
