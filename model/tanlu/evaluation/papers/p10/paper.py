"""Prices of a market whose allowances may be banked, through the clearing of the carbon market."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.carbon_market.market import CarbonClearing, CarbonMarketYear, clear_carbon_market
from tanlu.core.arrays import Floats
from tanlu.core.economics import discount_factor
from tanlu.core.units import PERCENT_PER_SHARE

type Row = Mapping[str, str]
type Years = Sequence[CarbonClearing]

PRICE_YEARS, BANK_YEARS, LIMIT_YEARS = (0, 1, 5, 10, 24, 25, 29), (0, 5, 8), (0, 5, 24)
SETTLED, MOST_PASSES = 1e-4, 1000  # largest change of a price at which foresight is found
CEILING = 1e4  # never reached


class BankingRules(NamedTuple):
    """Limits of banking, t: the base, the part of sales, and whether an intermediary banks."""

    base: float
    factor: float
    intermediary: bool


UNLIMITED, FORBIDDEN = BankingRules(math.inf, 0.0, True), BankingRules(0.0, 0.0, False)


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compute prices, banks and cost under foresight.

    Also how much the split of the allowances moves a price.
    """
    market = {row["item"]: float(row["value"]) for row in inputs["market"]}
    shares = {row["split"]: float(row["first_share"]) for row in inputs["splits"]}
    first = next(iter(shares.values()))
    expected = foresight(market, first)
    banked = _clear_years(market, UNLIMITED, first, expected)
    figures = dict(_path(market, banked))
    plain_cost = _cost(market, _clear_years(market, FORBIDDEN, first, expected))
    figures["cost.no_banking"] = plain_cost
    figures["cost.saved"] = PERCENT_PER_SHARE * (figures["cost.banking"] / plain_cost - 1.0)
    price_changes = [
        _prices(_clear_years(market, UNLIMITED, share, expected)) - _prices(banked)
        for share in shares.values()
    ]
    figures["split.difference"] = float(np.abs(price_changes).max())
    limits = BankingRules(market["limit_base_t"], market["limit_factor"], False)
    for name, share in shares.items():
        price = _prices(_clear_years(market, limits, share, expected))
        figures |= {f"limits.{name}.{year}": float(price[year]) for year in LIMIT_YEARS}
    return figures


def foresight(market: Mapping[str, float], share: float) -> Floats:
    """Find the prices that come true if they are expected [year].

    The search begins with those without banking.

    Raises:
        ValueError: if they do not settle.
    """
    expected = _prices(_clear_years(market, FORBIDDEN, share, np.zeros(int(market["years"]))))
    for _ in range(MOST_PASSES):
        price = _prices(_clear_years(market, UNLIMITED, share, expected))
        change = np.abs(price - expected).max()
        expected = price
        if change < SETTLED:
            return expected
    raise ValueError(f"expected prices still move by {change:.3g} after {MOST_PASSES} passes")


def _clear_years(market: Mapping[str, float], rules: BankingRules, share: float, expected: Floats) -> Years:
    """Clear all years in turn.

    The first of two holders gets `share` of the allowances, the intermediary none.
    """
    holders = 3 if rules.intermediary else 2
    emissions, allowances = np.zeros(holders), np.zeros(holders)
    emissions[:2], allowances[:2] = 0.5 * market["emissions_t"], (share, 1.0 - share)
    base, target = np.full(holders, rules.base), np.full(holders, rules.base)
    if rules.intermediary:
        target[:2] = 0.0  # it is the intermediary that buys to bank
    bank, years = np.zeros(holders), []
    for year in range(int(market["years"])):
        cap = market["first_cap_t"] - market["cap_falls_t"] * year
        cleared = clear_carbon_market(
            CarbonMarketYear(
                emissions_tco2=emissions,
                allocation_tco2=cap * allowances,
                bank_tco2=bank,
                abatement_slope_tco2_per_cny=market["abatement_slope_t_per_price"]
                * emissions
                / emissions.sum(),
                abatement_limit_tco2=emissions,
                expected_price_cny_per_tco2=expected[year + 1] if year + 1 < expected.size else 0.0,
                discount_rate=market["rate_percent"] / PERCENT_PER_SHARE,
                offset_price_cny_per_tco2=math.inf,
                offset_share=0.0,
                bank_target_tco2=target,
                carry_over_base_tco2=base,
                carry_over_factor=rules.factor,
                reference_price_cny_per_tco2=0.0,
                rest_of_market_slope_tco2_per_cny=0.0,
                floor_cny_per_tco2=0.0,
                ceiling_cny_per_tco2=CEILING,
            )
        )
        bank = cleared.end_bank_tco2
        years.append(cleared)
    return years


def _path(market: Mapping[str, float], years: Years) -> Iterator[tuple[str, float]]:
    price, bank = _prices(years), np.array([year.end_bank_tco2.sum() for year in years])
    yield from ((f"price.{year}", float(price[year])) for year in PRICE_YEARS)
    yield from ((f"bank.{year}", float(bank[year])) for year in BANK_YEARS)
    yield "emissions.0", market["emissions_t"] - float(years[0].abatement_tco2.sum())
    yield "bank.highest_year", float(bank.argmax())
    yield "bank.years", float(np.flatnonzero(bank > 1e-3 * bank.max())[-1] + 2)
    yield "cost.banking", _cost(market, years)


def _prices(years: Years) -> Floats:
    return np.array([year.price_cny_per_tco2 for year in years])


def _cost(market: Mapping[str, float], years: Years) -> float:
    """Compute the present cost of all abatement."""
    cost = np.array([year.abatement_cost_cny.sum() for year in years])
    return float(cost @ discount_factor(market["rate_percent"] / PERCENT_PER_SHARE, np.arange(len(years))))
