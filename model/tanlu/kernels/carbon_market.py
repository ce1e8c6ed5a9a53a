"""Find the price at which one year of an allowance market clears, and what every entity then does.

At price p an entity with emissions E, holdings H (allocation and bank) and reservation price v

- abates a = min(s p, limit, E), where its marginal abatement cost a / s reaches p,
- turns in offsets up to a share of what it still emits, if p is above the offset price,
- is left with a surplus x = H - (E - a - offsets), negative where it is short, and
- wants a bank while p is below v: with less than its target it buys up to it, what is more it keeps as far as it may be
  carried over, bank <= base + factor x net sales, and sells the rest. Above v it wants none: it sells x, or buys what
  it is short of.

At v any quantity between the two will do, and the market takes of it what clears the year: the same share of every such
entity's quantity, or all of it from those whose target has no end. The offset price is spread over one price step of
the exchange, so that quantities never fall in p and jump only at reservation prices. The lowest price at which demand
does not exceed supply is found by bisection that alternates with the secant, down to the last bit. The rest of the
market sells slope x (p - reference) to the region, or buys; with an infinite slope the price is the reference. Where
supply does not meet demand at the ceiling (demand at the floor), buyers (sellers) are served in proportion.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]


class Entities(NamedTuple):
    """Who trades; axis N, tonnes of CO2 unless said."""

    emissions: Floats  # [N] before short-run abatement
    holdings: Floats  # [N] allocation and bank
    abatement_slope: Floats  # [N] t per (CNY/t)
    abatement_limit: Floats  # [N]
    reservation_price: Floats  # [N] CNY/t
    bank_target: Floats  # [N] up to which it buys to bank, at most the base; inf for no end
    carry_over_base: Floats  # [N] inf for no limit


class TradingRules(NamedTuple):
    """How they trade."""

    offset_price: float  # CNY/t, inf for none
    offset_share: float  # of emissions
    carry_over_factor: float  # per tonne of net sales
    price_step: float  # CNY/t
    reference_price: float  # CNY/t
    rest_slope: (
        float  # t per (CNY/t) the rest of the market sells more; 0 closes it, inf: the rest sets the price
    )
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


@helper
def _respond(i, price, keen, entities, rules):  # type: ignore[no-untyped-def]
    """Compute abatement, offsets, surplus and net purchases of entity i.

    Net purchases are negative where it offers to sell. `keen` says what it does at its reservation price: bank all it
    wants, or nothing.
    """
    emissions = entities.emissions[i]
    abatement = min(entities.abatement_slope[i] * price, entities.abatement_limit[i], emissions)
    willing = min(max((price - rules.offset_price) / rules.price_step, 0.0), 1.0)
    offsets = willing * rules.offset_share * (emissions - abatement)
    surplus = entities.holdings[i] - (emissions - abatement - offsets)
    reservation, base = entities.reservation_price[i], entities.carry_over_base[i]
    if price > reservation or (price == reservation and not keen):
        return abatement, offsets, surplus, -surplus
    if surplus > base:
        return abatement, offsets, surplus, -(surplus - base) / (1.0 + rules.carry_over_factor)
    return abatement, offsets, surplus, max(entities.bank_target[i] - surplus, 0.0)


@helper
def _sum_shortage(price, keen, entities, rules):  # type: ignore[no-untyped-def]
    """Sum net purchases less the auction, t; never rises in the price."""
    total = -rules.auctioned
    for i in range(entities.emissions.size):
        total += _respond(i, price, keen, entities, rules)[3]
    return total


@helper
def _offer_rest(price, rules):  # type: ignore[no-untyped-def]
    """Compute what the rest of the market sells, t; negative where it buys."""
    return 0.0 if np.isinf(rules.rest_slope) else rules.rest_slope * (price - rules.reference_price)


@helper
def _measure_excess(price, keen, entities, rules):  # type: ignore[no-untyped-def]
    return _sum_shortage(price, keen, entities, rules) - _offer_rest(price, rules)


@helper
def _find_lowest_price(entities, rules):  # type: ignore[no-untyped-def]
    """Find the lowest price at which demand is finite, at least the floor."""
    low = rules.floor
    for i in range(entities.emissions.size):
        if np.isinf(entities.bank_target[i]):
            low = max(low, min(entities.reservation_price[i], rules.ceiling))
    return low


@helper
def _find_clearing_price(entities, rules):  # type: ignore[no-untyped-def]
    """Find the lowest price at which demand does not exceed supply.

    It lies between the bounds; where demand is larger at any price it is the ceiling.
    """
    if np.isinf(rules.rest_slope):
        return rules.reference_price
    low, high = _find_lowest_price(entities, rules), rules.ceiling
    shortage = _sum_shortage(low, False, entities, rules)
    low_excess = shortage - _offer_rest(low, rules)
    if low_excess <= 0.0:
        return low
    if rules.rest_slope > 0.0:
        # The shortage never rises in the price, so here the rest of the market covers all of it.
        high = min(high, max(rules.reference_price + shortage / rules.rest_slope, low))
    high_excess = _measure_excess(high, False, entities, rules)
    if high_excess > 0.0:
        return high
    halve = False
    while True:
        price = low + (high - low) * (0.5 if halve else low_excess / (low_excess - high_excess))
        if halve and not low < price < high:
            return high
        excess = _measure_excess(price, False, entities, rules)
        halve = not halve
        # Where nobody is short and nobody willing to sell yet, any price clears: the lowest is taken.
        if excess > 0.0:
            low, low_excess = price, excess
        else:
            high, high_excess = price, excess


@helper
def _share_marginal_trade(price, entities, rules):  # type: ignore[no-untyped-def]
    """Compute net purchases f8[N] with marginal quantities shared out.

    They are negative for sales. Of the quantities for which any amount will do at `price` the part that clears is
    traded.
    """
    n = entities.emissions.size
    net_purchases, margin, total, unlimited = np.empty(n), np.empty(n), 0.0, 0
    for i in range(n):
        net_purchases[i] = _respond(i, price, False, entities, rules)[3]
        margin[i] = _respond(i, price, True, entities, rules)[3] - net_purchases[i]
        total += margin[i]
        unlimited += np.isinf(margin[i])
    supply = -_measure_excess(price, False, entities, rules)
    part = min(max(supply / total, 0.0), 1.0) if total > 0.0 else 0.0
    for i in range(n):
        if unlimited == 0:
            net_purchases[i] += margin[i] * part
        elif np.isinf(margin[i]):
            net_purchases[i] += max(supply, 0.0) / unlimited
    return net_purchases


@kernel
def clear_market(entities, rules):  # type: ignore[no-untyped-def]
    """Clear the market of the year; see the module.

    All quantities in t, floor <= ceiling, price_step > 0.

    Args:
        entities: `Entities` of f8[N].
        rules: `TradingRules`; without a rest of the market the ceiling must be finite.

    Returns:
        `Trades`. What is bought equals what is sold, auctioned and traded with the rest of the market.
    """
    n = entities.emissions.size
    price = _find_clearing_price(entities, rules)
    abatement, offsets, surplus = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        abatement[i], offsets[i], surplus[i], _ = _respond(i, price, False, entities, rules)
    net_purchases = _share_marginal_trade(price, entities, rules)
    purchases, sales, demand, offers = np.empty(n), np.empty(n), 0.0, 0.0
    for i in range(n):
        purchases[i], sales[i] = max(net_purchases[i], 0.0), max(-net_purchases[i], 0.0)
        demand += purchases[i]
        offers += sales[i]
    supply = rules.auctioned + offers
    rest = demand - supply  # inside the bounds the rest of the market takes what is left, to the last bit
    purchase_share, sales_share = 1.0, 1.0
    is_bound = price <= rules.floor or price >= rules.ceiling or rules.rest_slope == 0.0
    if is_bound and not np.isinf(rules.rest_slope):
        rest = _offer_rest(price, rules)
        total_demand, total_supply = demand + max(0.0, -rest), supply + max(0.0, rest)
        if price >= rules.ceiling and total_demand > total_supply:
            purchase_share = total_supply / total_demand
        elif total_supply > 0.0:
            sales_share = total_demand / total_supply
    for i in range(n):
        purchases[i] *= purchase_share
        sales[i] *= sales_share
    return Trades(
        price,
        abatement,
        offsets,
        surplus,
        purchases,
        sales,
        rules.auctioned * sales_share,
        max(0.0, -rest) * purchase_share,
        max(0.0, rest) * sales_share,
    )
