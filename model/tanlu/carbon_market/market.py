"""The carbon market: one year's trade, banking, offsets and price.

The national market allocates by output, so the cost of one more unit of output is p (e - B) and not p e: a
tradable performance standard (Goulder, Long, Lu and Morgenstern 2022, Journal of Environmental Economics
and Management). Abatement still earns p a tonne. Not so in
industry, where allowances follow a facility's own emissions: there a great cut earns what is auctioned.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tanlu.core.arrays import Floats
from tanlu.kernels.carbon_market import Entities, TradingRules, clear_market

# Smallest price step of the exchange, over which offsets come in: rules for trading emission rights (trial), Ministry
# of Ecology and Environment 2021 No. 21.
PRICE_STEP_CNY_PER_TCO2 = 0.01


class CarbonMarketYear(NamedTuple):
    """What one year's market is given; axis N entities, a number stands for all of them."""

    emissions_tco2: ArrayLike  # [N] verified, before short-run abatement
    allocation_tco2: ArrayLike  # [N] free allowances of the year
    bank_tco2: ArrayLike  # [N] carried over into the year
    abatement_slope_tco2_per_cny: ArrayLike  # [N] t abated per CNY/t of price within the year
    abatement_limit_tco2: ArrayLike  # [N] most that can be abated within the year
    expected_price_cny_per_tco2: ArrayLike  # [N] of next year
    discount_rate: ArrayLike  # [N] per year, above -1
    offset_price_cny_per_tco2: float  # of a CCER; inf where there are none
    offset_share: float  # of emissions that offsets may cover, 0.05 in the national market
    bank_target_tco2: (
        ArrayLike  # [N] up to which each buys to bank below its reservation price; inf without end
    )
    carry_over_base_tco2: ArrayLike  # [N] that each may carry over; inf for no limit, 0 for no banking
    carry_over_factor: float  # more per tonne of net sales, 1.5
    reference_price_cny_per_tco2: float  # of the national market if the region were in balance
    # t more that the rest of the market sells per CNY/t; 0 closes the region's market, inf: the rest sets the price
    rest_of_market_slope_tco2_per_cny: float
    # The bounds hold for the nation: without the region it would clear at the reference price within them.
    floor_cny_per_tco2: float  # lowest price; what cannot be sold there is carried over or expires
    ceiling_cny_per_tco2: float  # highest price; what cannot be bought there is non-compliance. inf for none
    auctioned_tco2: float = 0.0  # sold by the government at the market price


class CarbonClearing(NamedTuple):
    """A cleared year; axis N entities.

    Balances, to rounding: allocation + bank + purchases = sales + surrendered + end bank + expired;
    emissions = abatement + surrendered + offsets + unmet; purchases + rest purchases = sales + auction sales
    + rest sales; payments + rest payment = auction revenue.
    """

    price_cny_per_tco2: float
    abatement_tco2: Floats  # [N]
    abatement_cost_cny: Floats  # [N] resources, not a transfer
    offsets_tco2: Floats  # [N]
    offset_cost_cny: Floats  # [N] paid to projects outside the market
    purchases_tco2: Floats  # [N]
    sales_tco2: Floats  # [N]
    payment_cny: Floats  # [N] for allowances, negative for a seller
    surrendered_tco2: Floats  # [N] allowances
    unmet_tco2: Floats  # [N] non-compliance
    end_bank_tco2: Floats  # [N]
    expired_tco2: Floats  # [N] neither used, sold nor allowed to be carried over
    auction_sales_tco2: float
    auction_revenue_cny: float
    rest_sales_tco2: float  # of the market outside the region to it
    rest_purchases_tco2: float
    rest_payment_cny: float


def clear_carbon_market(year: CarbonMarketYear) -> CarbonClearing:
    """Clear one year's market; behaviour as in `kernels.carbon_market`.

    While the price is below what it expects to get next year, p_expected / (1 + r), each holder buys up to its bank
    target and keeps a surplus as far as it may be carried over; at that price it holds what clears the year. Everybody
    short buys, whatever the price up to the ceiling. Source: Rubin 1996, Journal of Environmental Economics and
    Management.

    Raises:
        ValueError: if shapes differ, a quantity is negative or not a number, a rate is -1 or less, a bank target is
            above what may be carried over, the floor is above the ceiling, or a closed market has no ceiling.
    """
    entities, rules = _entities(year), _rules(year)
    return _settle(entities, rules)


def _entities(year: CarbonMarketYear) -> Entities:
    columns = _columns(
        emissions_tco2=year.emissions_tco2,
        allocation_tco2=year.allocation_tco2,
        bank_tco2=year.bank_tco2,
        abatement_slope_tco2_per_cny=year.abatement_slope_tco2_per_cny,
        abatement_limit_tco2=year.abatement_limit_tco2,
        expected_price_cny_per_tco2=year.expected_price_cny_per_tco2,
        bank_target_tco2=year.bank_target_tco2,
        carry_over_base_tco2=year.carry_over_base_tco2,
    )
    rates = np.asarray(year.discount_rate, float)
    if rates.shape not in ((), columns[0].shape) or not (rates > -1.0).all():
        raise ValueError("discount_rate must be one number above -1, or one per entity")
    emissions, allocation, bank, slope, limit, expected, target, base = columns
    if np.any(target > base):
        raise ValueError("bank_target_tco2 must be at most carry_over_base_tco2")
    reservation = expected / (1.0 + rates)
    # Who would buy without end leaves what there is at the ceiling to those who are short.
    last = np.where(np.isinf(target), np.minimum(reservation, year.ceiling_cny_per_tco2), reservation)
    return Entities(
        emissions=emissions,
        holdings=allocation + bank,
        abatement_slope=slope,
        abatement_limit=limit,
        reservation_price=last,
        bank_target=target,
        carry_over_base=base,
    )


def _rules(year: CarbonMarketYear) -> TradingRules:
    rules = TradingRules(
        offset_price=float(year.offset_price_cny_per_tco2),
        offset_share=float(year.offset_share),
        carry_over_factor=float(year.carry_over_factor),
        price_step=PRICE_STEP_CNY_PER_TCO2,
        reference_price=float(year.reference_price_cny_per_tco2),
        rest_slope=float(year.rest_of_market_slope_tco2_per_cny),
        auctioned=float(year.auctioned_tco2),
        floor=float(year.floor_cny_per_tco2),
        ceiling=float(year.ceiling_cny_per_tco2),
    )
    _check_rules(rules)
    return rules._replace(reference_price=min(max(rules.reference_price, rules.floor), rules.ceiling))


def _settle(entities: Entities, rules: TradingRules) -> CarbonClearing:
    """Clear, and account for every allowance and every CNY."""
    trades = clear_market(entities=entities, rules=rules)
    price = trades.price
    unmet = np.maximum(-trades.surplus - trades.purchases, 0.0)
    surplus = np.maximum(trades.surplus + trades.purchases - trades.sales, 0.0)
    allowed = entities.carry_over_base + rules.carry_over_factor * trades.sales
    # Selling down to the limit lands on it only to rounding: what is left then did not expire.
    bank = np.where(surplus <= allowed * (1.0 + 1e-9) + 1e-6, surplus, allowed)
    slope = np.where(entities.abatement_slope > 0.0, entities.abatement_slope, 1.0)
    return CarbonClearing(
        price_cny_per_tco2=price,
        abatement_tco2=trades.abatement,
        abatement_cost_cny=0.5 * trades.abatement**2 / slope,
        offsets_tco2=trades.offsets,
        offset_cost_cny=np.where(trades.offsets > 0.0, rules.offset_price, 0.0) * trades.offsets,
        purchases_tco2=trades.purchases,
        sales_tco2=trades.sales,
        payment_cny=price * (trades.purchases - trades.sales),
        surrendered_tco2=entities.emissions - trades.abatement - trades.offsets - unmet,
        unmet_tco2=unmet,
        end_bank_tco2=bank,
        expired_tco2=surplus - bank,
        auction_sales_tco2=trades.auction_sales,
        auction_revenue_cny=price * trades.auction_sales,
        rest_sales_tco2=trades.rest_sales,
        rest_purchases_tco2=trades.rest_purchases,
        rest_payment_cny=price * (trades.rest_purchases - trades.rest_sales),
    )


def _columns(**values: ArrayLike) -> list[Floats]:
    """Return each as f8[N], N that of emissions; single numbers stand for all."""
    shape = np.shape(values["emissions_tco2"])
    if len(shape) != 1:
        raise ValueError(f"emissions_tco2 must have one axis, not shape {shape}")
    table = np.empty((len(values), *shape))
    for row, (name, value) in zip(table, values.items(), strict=True):
        if np.shape(value) not in ((), shape):
            raise ValueError(f"{name} has shape {np.shape(value)}, emissions_tco2 {shape}")
        row[:] = value
    if not (table >= 0.0).all():
        wrong = next(name for name, row in zip(values, table, strict=True) if not (row >= 0.0).all())
        raise ValueError(f"{wrong} must be a number >= 0")
    if not np.isfinite(table[:4]).all():
        raise ValueError("emissions, allocation, bank and abatement slope must be finite")
    return list(table)


def _check_rules(rules: TradingRules) -> None:
    for name, value in rules._asdict().items():
        if not value >= 0.0:
            raise ValueError(f"{name.replace('_', ' ')} must be a number >= 0, not {value}")
    if rules.offset_share > 1.0:
        raise ValueError(f"offset share must be at most 1, not {rules.offset_share}")
    if rules.floor > rules.ceiling:
        raise ValueError(f"the floor {rules.floor} is above the ceiling {rules.ceiling}")
    if rules.rest_slope == 0.0 and math.isinf(rules.ceiling):
        raise ValueError("a market without a rest of the market needs a finite ceiling")
    if not math.isfinite(rules.floor + rules.reference_price + rules.auctioned):
        raise ValueError("floor, reference price and auction must be finite")
