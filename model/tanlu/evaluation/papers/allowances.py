"""Small allowance markets for papers, through the solver of the national market."""

from typing import Any

import numpy as np

from tanlu.carbon_market.national import (
    NationalClearing,
    NationalMarketState,
    book_national_market,
    expect_national_market,
    open_national_market,
    without_region,
)
from tanlu.core.arrays import Floats
from tanlu.kernels.national_market import (
    NationalAllocation,
    NationalClasses,
    NationalHolders,
    NationalMarket,
    NationalRules,
    NationalStability,
)

HIGHEST_PRICE, NEVER = 1e4, 1e6  # never reached: a price, and a bank or reserve over allowances issued


def build_market(output: Floats, intensity: Floats, method: int, cap: Floats) -> NationalMarket:
    """Build a market without abatement, bank or any rule but its method [Y, C] and cap [Y]."""
    years, classes = output.shape
    table, column, each = np.zeros((years, classes)), np.zeros(years), np.zeros(classes)
    emitters = NationalClasses(
        output=output,
        intensity=intensity,
        entering_share=table,
        product_price=each + 1.0,
        elasticity=each,
        pace=each + 1.0,
        step_share=np.zeros((classes, 1)),
        step_from=np.zeros((classes, 1)),
        step_to=np.ones((classes, 1)),
        step_reverses=np.ones((classes, 1), dtype=np.bool_),
    )
    allocation = NationalAllocation(
        method=np.full((years, classes), method),
        benchmark=table + np.nan,
        shortage_share=table,
        band_share=column,
        reward_share=table + 1.0,
        shortfall_share=table + 1.0,
        follows_output_share=table,
        cap=cap,
        cap_known_from=np.zeros(years, dtype=np.int64),
        expected_cap_fall=column,
        cap_share=each + np.nan,
        new_entrant_share=table,
        auction_share=table,
    )
    limits = NationalStability(
        floor=column,
        ceiling=column + HIGHEST_PRICE,
        reserve_upper_share=column + NEVER,
        reserve_lower_share=column,
        reserve_intake_share=column,
        reserve_release_share=column,
        reserve_keeps_share=column + NEVER,
        offset_limit_share=column,
        offset_stock=column,
        offset_slope=column,
        offset_price=column,
        carry_over_limit=column + np.inf,
        expires_after_years=np.zeros(years, dtype=np.int64),
        penalty=column + np.inf,
        is_unmet_deducted=True,
    )
    holders = NationalHolders(keep=0.0, rate=0.0, highest_price=HIGHEST_PRICE, horizon_years=1)
    return NationalMarket(emitters, NationalRules(allocation, limits, holders), without_region(emitters))


def with_fields(market: NationalMarket, **fields: Any) -> NationalMarket:
    """Return a market with fields changed, whichever record holds them; a number stands for a whole table."""
    for name, value in fields.items():
        if name in NationalClasses._fields:
            market = market._replace(
                classes=market.classes._replace(**{name: _shaped(market.classes, name, value)})
            )
            continue
        group = next(key for key, record in market.rules._asdict().items() if name in record._fields)
        record = getattr(market.rules, group)
        changed = record._replace(**{name: _shaped(record, name, value)})
        market = market._replace(rules=market.rules._replace(**{group: changed}))
    return market


def _shaped(record: Any, name: str, value: Any) -> Any:
    old = getattr(record, name)
    if not isinstance(old, np.ndarray) or name.startswith("step_"):
        return value
    return np.array(np.broadcast_to(value, old.shape), dtype=old.dtype)


def open_market(market: NationalMarket, bank: float = 0.0) -> NationalMarketState:
    """Build the state before the first year."""
    return open_national_market(0, bank, market.classes)


def clear_year(
    market: NationalMarket, state: NationalMarketState, row: int = 0, price: float = np.nan
) -> tuple[NationalMarketState, NationalClearing]:
    """Find a year's price, unless it is given, and let the year come."""
    outlook = expect_national_market(state, row, market, price)
    return book_national_market(state, row, market, outlook)


def add_up_cost(market: NationalMarket, price: float, row: int, steps: int) -> float:
    """Add up what abatement and lost output cost in a year at a price, where what pays is done at once.

    The market answers ever higher prices, in so many steps. Output that is lost costs its net cost of CO2,
    abatement the price at which it begins, for each unit that is still made.
    """
    market = with_fields(market, floor=0.0, horizon_years=1)
    state = open_market(market)
    years = [clear_year(market, state, row, part * price)[1] for part in np.linspace(0.0, 1.0, steps + 1)]
    output = np.array([year.output for year in years])
    intensity = np.array([year.emissions_tco2 / year.output for year in years])
    net_cost = np.array([year.net_cost_cny for year in years])
    prices = np.array([year.price_cny_per_tco2 for year in years])[:, None]
    surplus = -_area(output, net_cost).sum()
    return float(surplus - (output[-1] * _area(intensity, prices)).sum())


def _area(quantity: Floats, worth: Floats) -> Floats:
    """Add up worth times the change of a quantity along the first axis."""
    return np.asarray((0.5 * (worth[1:] + worth[:-1]) * np.diff(quantity, axis=0)).sum(axis=0))
