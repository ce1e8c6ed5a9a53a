"""Carbon market: allocation, trade, banking and the year's price."""

from typing import NamedTuple

import numpy as np

from tanlu.carbon_market.market import CarbonClearing, CarbonMarketYear, clear_carbon_market
from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import SECTOR
from tanlu.core.signals import Signals
from tanlu.industry.facilities import Industry
from tanlu.markets.production import Operation
from tanlu.power.plants import PowerPlants
from tanlu.region.pack import Region
from tanlu.state.state import CarbonMarketState

ELECTRICITY = SECTOR["electricity"]


class CarbonOutcome(NamedTuple):
    """A cleared carbon-market year; axis W companies."""

    price_cny_per_tco2: float
    emissions_tco2: Floats
    allocation_tco2: Floats
    payment_cny: Floats
    auction_revenue_cny: Floats  # [P] of allowances sold
    price_correction_cny: Floats  # what the cleared price and banking change against the accounts' estimate
    intermediary_payment_cny: float  # for allowances, negative when it sells


class Obligations(NamedTuple):
    """Whose emissions count, and what is given for them; axis W companies."""

    power_tco2: Floats  # [W] of power units
    facility_tco2: Floats  # [W] of facilities
    allocation_tco2: Floats  # [W] free
    auctioned_tco2: Floats  # [P]


def clear_carbon(
    state: CarbonMarketState,
    signals: Signals,
    reference_price_cny_per_tco2: Floats,
    region: Region,
    plants: PowerPlants,
    industry: Industry,
    operation: Operation,
) -> tuple[CarbonMarketState, CarbonOutcome]:
    """Clear the year's carbon market (docs/model/carbon_market.md).

    The region's companies trade with the rest of the country. Power has answered the expected price in its dispatch
    already, so no more is abated within the year; the rest of the market sells more when the price is above the
    national reference, which anchors it. Captured CO2 needs allowances as any other, unless it counts and stays out of
    the air. `reference_price_cny_per_tco2` [Y] is the price of the national market.
    """
    dues, w = _obligations(signals, plants, industry, operation, state.unmet_tco2.size), state.unmet_tco2.size
    emissions, reference = dues.power_tco2 + dues.facility_tco2, reference_price_cny_per_tco2
    if not emissions.any():
        price = float(reference[signals.row])
        nothing = CarbonOutcome(
            price,
            emissions,
            dues.allocation_tco2,
            np.zeros(w),
            np.zeros(dues.auctioned_tco2.size),
            np.zeros(w),
            0.0,
        )
        return state._replace(price_cny_per_tco2=price, unbounded_price_cny_per_tco2=price), nothing
    year = _market_year(state, signals, reference, region, dues)
    cleared = clear_carbon_market(year)
    y, payment = signals.row, cleared.payment_cny + cleared.offset_cost_cny
    state = CarbonMarketState(
        cleared.price_cny_per_tco2,
        _price_without_bounds(state, year, reference[y : y + 2], cleared),
        cleared.end_bank_tco2,
        cleared.unmet_tco2[:-1],
    )
    estimate = signals.carbon.market_price_cny_per_tco2 * (emissions - dues.allocation_tco2)
    sales_tco2 = dues.auctioned_tco2
    return state, CarbonOutcome(
        price_cny_per_tco2=cleared.price_cny_per_tco2,
        emissions_tco2=emissions,
        allocation_tco2=dues.allocation_tco2,
        payment_cny=payment[:-1],
        auction_revenue_cny=cleared.auction_revenue_cny * sales_tco2 / max(float(sales_tco2.sum()), 1.0),
        price_correction_cny=estimate - payment[:-1],
        intermediary_payment_cny=float(payment[-1]),
    )


def _obligations(
    signals: Signals, plants: PowerPlants, industry: Industry, operation: Operation, companies: int
) -> Obligations:
    """Sum up companies' covered emissions, free allowances and auctions."""
    w, n = companies, len(plants)
    covered, share = signals.policy.carbon.covered, signals.carbon.auction_share
    free = operation.plants.allocated_tco2, operation.industry.allocated_tco2
    captured = np.concatenate([operation.plants.captured_tco2, operation.production.captured_tco2])
    obliged_tco2 = obliged_capture_tco2(signals, captured, operation.co2.returned_tco2)
    power = (operation.plants.emitted_tco2 + obliged_tco2[:n]) * covered[plants.province, ELECTRICITY]
    goods = (
        (operation.production.emitted_tco2.sum(axis=1) + obliged_tco2[n:])
        * covered[industry.province, industry.sector]
        * ~industry.is_block
    )
    sold_power = free[0] * _ratio(share[plants.province, ELECTRICITY])
    sold_goods = free[1] * _ratio(share[industry.province, industry.sector])
    return Obligations(
        power_tco2=plants.holdings.by_owner(power, w),
        facility_tco2=sum_by_group(industry.owner, goods, w),
        allocation_tco2=plants.holdings.by_owner(free[0], w) + sum_by_group(industry.owner, free[1], w),
        auctioned_tco2=sum_by_group(plants.province, sold_power, len(covered))
        + sum_by_group(industry.province, sold_goods, len(covered)),
    )


def obliged_capture_tco2(signals: Signals, captured_tco2: Floats, returned_tco2: Floats) -> Floats:
    """Compute the captured CO2 that needs allowances, t [N].

    What returned to the air needs them, and the rest unless the law lets it count.
    """
    return returned_tco2 + (1.0 - signals.policy.carbon.capture_counts) * (captured_tco2 - returned_tco2)


def _ratio(share: Floats) -> Floats:
    """Compute allowances auctioned per free one, from the auctioned share."""
    return share / (1.0 - share)


def _market_year(
    state: CarbonMarketState, signals: Signals, reference: Floats, region: Region, dues: Obligations
) -> CarbonMarketYear:
    """Build the market's input; the last entity is an intermediary without emissions."""
    y, t, parameters, rules = signals.row, signals.data_row, region.parameters, signals.policy.carbon
    national = region.finance.carbon_market
    emissions = np.append(dues.power_tco2 + dues.facility_tco2, 0.0)
    allocation = np.append(dues.allocation_tco2, 0.0)
    target, base = _banking(signals, region, dues)
    return CarbonMarketYear(
        emissions_tco2=emissions,
        allocation_tco2=allocation,
        bank_tco2=state.bank_tco2,
        abatement_slope_tco2_per_cny=0.0,
        abatement_limit_tco2=0.0,
        expected_price_cny_per_tco2=signals.carbon.market_path_cny_per_tco2[0],
        discount_rate=parameters["allowance_discount_rate"],
        offset_price_cny_per_tco2=reference[y] * parameters["offset_price_share_of_reference"],
        offset_share=national.offset_share[t],
        bank_target_tco2=target,
        carry_over_base_tco2=base,
        carry_over_factor=national.carry_over_factor[t],
        reference_price_cny_per_tco2=reference[y],
        rest_of_market_slope_tco2_per_cny=parameters["rest_of_market_slope_tco2_per_cny"],
        floor_cny_per_tco2=float(rules.floor_cny_per_tco2),
        ceiling_cny_per_tco2=float(rules.ceiling_cny_per_tco2),
        auctioned_tco2=float(dues.auctioned_tco2.sum()),
    )


def _banking(signals: Signals, region: Region, dues: Obligations) -> tuple[Floats, Floats]:
    """Compute targets of banking and limits of carry-over, t CO2 [H].

    Companies and the intermediary buy up to the target; the limit holds before sales. A company is one holder for its
    power units and one for its facilities.
    """
    if signals.policy.carbon.unlimited_carry_over:
        short = np.maximum(dues.power_tco2 + dues.facility_tco2 - dues.allocation_tco2, 0.0)
        target = np.append(region.parameters["bank_target_years"] * short, np.inf)
        return target, np.full(target.size, np.inf)
    power, facilities = region.finance.carbon_market.carry_over_base_tco2[signals.data_row]
    base = power * (dues.power_tco2 > 0.0) + facilities * (dues.facility_tco2 > 0.0)
    base = np.append(base, 0.0)
    return base, base


def _price_without_bounds(
    state: CarbonMarketState, year: CarbonMarketYear, reference: Floats, cleared: CarbonClearing
) -> float:
    """Compute the price that would clear without any floor or ceiling.

    Nobody would have set or announced one.

    `reference` are the national prices of this year and the next.
    """
    expected = state.unbounded_price_cny_per_tco2 * reference[1] / max(reference[0], 1e-9)
    bounds = year.floor_cny_per_tco2, year.ceiling_cny_per_tco2, year.expected_price_cny_per_tco2
    if bounds == (0.0, np.inf, expected):
        return cleared.price_cny_per_tco2
    free = year._replace(
        floor_cny_per_tco2=0.0, ceiling_cny_per_tco2=np.inf, expected_price_cny_per_tco2=expected
    )
    return clear_carbon_market(free).price_cny_per_tco2
