"""Find the price at which one year of an allowance market clears, and what every entity then does.

At price p an entity with emissions E, holdings H (allocation and bank) and reservation price v

- abates a = min(s p, limit, E), where its marginal abatement cost a / s reaches p,
- turns in offsets up to a share of what it still emits, if p is above the offset price,
- is left with a surplus x = H - (E - a - offsets). A shortage is bought. Of a surplus it must sell what it
  may not carry over, sell >= (x - base) / (1 + factor) from bank <= base + factor x sales, and sells the
  rest if p is above v.

Both comparisons are spread over one price step of the exchange, [v, v + step], so that quantities are
continuous and never fall in p; the lowest root of the excess demand is found by bisection that alternates with the
secant, down to the last bit. The rest of the market sells slope x (p - reference) to the region, or buys. Where supply
does not meet demand at the ceiling (demand at the floor), buyers (sellers) are served in proportion.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]


class Entities(NamedTuple):
    """Who trades; axis N, tonnes of CO2 unless said."""

    emissions: Floats  # [N] before short-run abatement
    holdings: Floats  # [N] allocation and bank
    abatement_slope: Floats  # [N] t per (CNY/t)
    abatement_limit: Floats  # [N]
    reservation_price: Floats  # [N] CNY/t


class TradingRules(NamedTuple):
    """How they trade."""

    offset_price: float  # CNY/t, inf for none
    offset_share: float  # of emissions
    carry_over_base: float  # t per entity, inf for no limit
    carry_over_factor: float  # per tonne of net sales
    price_step: float  # CNY/t
    reference_price: float  # CNY/t
    rest_slope: float  # t per (CNY/t) the rest of the market sells more, 0 for a closed market
    auctioned: float  # t offered at any price
    floor: float  # CNY/t
    ceiling: float  # CNY/t, inf for none


class Trades(NamedTuple):
    """A cleared year; axis N."""

    price: float
    abatement: Floats
    offsets: Floats
    surplus: Floats  # before trade, negative for a shortage
    purchases: Floats
    sales: Floats
    auction_sales: float
    rest_purchases: float
    rest_sales: float


@njit(cache=True, nogil=True)
def _response(i, price, entities, rules):  # type: ignore[no-untyped-def]
    """Return abatement, offsets, surplus and sales offered (negative: purchases wanted) of entity i."""
    emissions = entities.emissions[i]
    abatement = min(entities.abatement_slope[i] * price, entities.abatement_limit[i], emissions)
    willing = min(max((price - rules.offset_price) / rules.price_step, 0.0), 1.0)
    offsets = willing * rules.offset_share * (emissions - abatement)
    surplus = entities.holdings[i] - (emissions - abatement - offsets)
    if surplus <= 0.0:
        return abatement, offsets, surplus, surplus
    must_sell = max(surplus - rules.carry_over_base, 0.0) / (1.0 + rules.carry_over_factor)
    willing = min(max((price - entities.reservation_price[i]) / rules.price_step, 0.0), 1.0)
    return abatement, offsets, surplus, must_sell + willing * (surplus - must_sell)


@njit(cache=True, nogil=True)
def _shortage(price, entities, rules):  # type: ignore[no-untyped-def]
    """Return what entities want beyond what they and the auction offer, t; never rises in the price."""
    total = -rules.auctioned
    for i in range(entities.emissions.size):
        total -= _response(i, price, entities, rules)[3]
    return total


@njit(cache=True, nogil=True)
def _excess(price, entities, rules):  # type: ignore[no-untyped-def]
    return _shortage(price, entities, rules) - rules.rest_slope * (price - rules.reference_price)


@njit(cache=True, nogil=True)
def _clearing_price(entities, rules):  # type: ignore[no-untyped-def]
    """Return the price, and -1 where it stands at the floor, 1 where supply falls short at the ceiling."""
    low, high = rules.floor, rules.ceiling
    shortage = _shortage(low, entities, rules)
    above = shortage - rules.rest_slope * (low - rules.reference_price)
    if above <= 0.0:
        return low, -1
    if rules.rest_slope > 0.0:
        # The shortage never rises in the price, so here the rest of the market covers all of it.
        high = min(high, max(rules.reference_price + shortage / rules.rest_slope, low))
    below = _excess(high, entities, rules)
    if below > 0.0:
        return high, 1 if high == rules.ceiling else 0
    halve = False
    while True:
        price = low + (high - low) * (0.5 if halve else above / (above - below))
        if halve and not low < price < high:
            return high, 0
        excess = _excess(price, entities, rules)
        halve = not halve
        # Where nobody is short and nobody willing to sell yet, any price clears: the lowest is taken.
        if excess > 0.0:
            low, above = price, excess
        else:
            high, below = price, excess


@njit(cache=True, nogil=True)
def clear_market(entities, rules):  # type: ignore[no-untyped-def]
    """Clear the year; see the module. All quantities in t, floor <= ceiling, price_step > 0.

    Args:
        entities: `Entities` of f8[N].
        rules: `TradingRules`; without a rest of the market the ceiling must be finite.

    Returns:
        `Trades`. What is bought equals what is sold, auctioned and traded with the rest of the market.
    """
    n = entities.emissions.size
    price, state = _clearing_price(entities, rules)
    abatement, offsets, surplus = np.empty(n), np.empty(n), np.empty(n)
    purchases, sales = np.zeros(n), np.zeros(n)
    demand, supply = 0.0, rules.auctioned
    for i in range(n):
        abatement[i], offsets[i], surplus[i], offered = _response(i, price, entities, rules)
        purchases[i], sales[i] = max(-offered, 0.0), max(offered, 0.0)
        demand += purchases[i]
        supply += sales[i]
    rest = demand - supply  # inside the bounds the rest of the market takes what is left, to the last bit
    if state != 0 or rules.rest_slope == 0.0:
        rest = rules.rest_slope * (price - rules.reference_price)
    demand, supply = demand + max(0.0, -rest), supply + max(0.0, rest)
    served = supply / demand if state > 0 else 1.0
    sold = demand / supply if state <= 0 and supply > 0.0 else 1.0
    return Trades(
        price,
        abatement,
        offsets,
        surplus,
        purchases * served,
        sales * sold,
        rules.auctioned * sold,
        max(0.0, -rest) * served,
        max(0.0, rest) * sold,
    )
