"""Carbon market: allocation, trade, banking and the year's price."""

from typing import NamedTuple

import numpy as np

from tanlu.carbon_market.market import CarbonClearing, CarbonMarketYear, clear_carbon_market
from tanlu.core.arrays import Floats
from tanlu.core.axes import P
from tanlu.core.signals import Signals
from tanlu.industry.facilities import Industry
from tanlu.power.plants import PowerPlants
from tanlu.region.pack import Region
from tanlu.simulation.state import CarbonMarketState
from tanlu.simulation.steps.production import Operation


class CarbonOutcome(NamedTuple):
    """A cleared carbon-market year; axis W companies."""

    price_cny_per_tco2: float
    emissions_tco2: Floats
    allocation_tco2: Floats
    payment_cny: Floats
    auction_revenue_cny: Floats  # [P] of allowances sold
    price_correction_cny: Floats  # what the cleared price and banking change against the accounts' estimate


def clear_carbon(
    state: CarbonMarketState,
    signals: Signals,
    reference_price_cny_per_tco2: Floats,
    region: Region,
    plants: PowerPlants,
    industry: Industry,
    operation: Operation,
) -> tuple[CarbonMarketState, CarbonOutcome]:
    """Clear the year's market among the region's companies and the rest of the country (docs/model/carbon_market.md).

    Power has answered the expected price in its dispatch already, so no more is abated within the year; the
    rest of the market sells more when the price is above the national reference, which anchors it. Captured CO2
    that came back to the air needs allowances as any other. `reference_price_cny_per_tco2` [Y] is the price of the
    national market.
    """
    w, n, returned = state.bank_tco2.size, len(plants), operation.co2.returned_tco2
    covered, given = (
        signals.policy.carbon.covered,
        (operation.plants.allocated_tco2, operation.industry.allocated_tco2),
    )
    power = (operation.plants.emitted_tco2 + returned[:n]) * covered[plants.province, 0]
    goods = (
        (operation.made.emitted_tco2.sum(axis=1) + returned[n:])
        * covered[industry.province, industry.sector]
        * ~industry.is_block
    )
    emissions = np.bincount(plants.owner, power, w) + np.bincount(industry.owner, goods, w)
    allocation = np.bincount(plants.owner, given[0], w) + np.bincount(industry.owner, given[1], w)
    if not emissions.any():
        reference = float(reference_price_cny_per_tco2[signals.row])
        nothing = CarbonOutcome(reference, emissions, allocation, np.zeros(w), np.zeros(P), np.zeros(w))
        free = state._replace(price_cny_per_tco2=reference, unbounded_price_cny_per_tco2=reference)
        return free, nothing
    share = signals.carbon.auction_share
    power = given[0] * _ratio(share[plants.province, 0])
    goods = given[1] * _ratio(share[industry.province, industry.sector])
    sold = np.bincount(plants.province, power, P) + np.bincount(industry.province, goods, P)
    return _clear(state, signals, reference_price_cny_per_tco2, region, emissions, allocation, sold)


def _ratio(share: Floats) -> Floats:
    """Return allowances auctioned per allowance given away where `share` of an allocation is auctioned."""
    return share / (1.0 - share)


def _clear(
    state: CarbonMarketState,
    signals: Signals,
    reference: Floats,
    region: Region,
    emissions: Floats,
    allocation: Floats,
    auctioned: Floats,
) -> tuple[CarbonMarketState, CarbonOutcome]:
    """Clear the market; `reference` is the price of the national market, CNY/t CO2 [Y]."""
    y, parameters, rules = signals.row, region.parameters, signals.policy.carbon
    year = CarbonMarketYear(
        emissions_tco2=emissions,
        allocation_tco2=allocation,
        bank_tco2=state.bank_tco2,
        abatement_slope_tco2_per_cny=0.0,
        abatement_limit_tco2=0.0,
        expected_price_cny_per_tco2=signals.carbon.market_path_cny_per_tco2[0],
        discount_rate=parameters["allowance_discount_rate"],
        offset_price_cny_per_tco2=reference[y] * parameters["offset_price_share_of_reference"],
        offset_share=parameters["offset_share"],
        carry_over_base_tco2=parameters["carry_over_base_tco2"],
        carry_over_factor=parameters["carry_over_factor"],
        reference_price_cny_per_tco2=reference[y],
        rest_of_market_slope_tco2_per_cny=parameters["rest_of_market_slope_tco2_per_cny"],
        floor_cny_per_tco2=float(rules.floor_cny_per_tco2),
        ceiling_cny_per_tco2=float(rules.ceiling_cny_per_tco2),
        auctioned_tco2=float(auctioned.sum()),
    )
    cleared = clear_carbon_market(year)
    paid = cleared.payment_cny + cleared.offset_cost_cny
    state = CarbonMarketState(
        cleared.price_cny_per_tco2,
        _price_without_bounds(state, year, reference[y : y + 2], cleared),
        cleared.end_bank_tco2,
        cleared.unmet_tco2,
    )
    return state, CarbonOutcome(
        price_cny_per_tco2=cleared.price_cny_per_tco2,
        emissions_tco2=emissions,
        allocation_tco2=allocation,
        payment_cny=paid,
        auction_revenue_cny=cleared.auction_revenue_cny * auctioned / max(float(auctioned.sum()), 1.0),
        price_correction_cny=signals.carbon.market_price_cny_per_tco2 * (emissions - allocation) - paid,
    )


def _price_without_bounds(
    state: CarbonMarketState, year: CarbonMarketYear, reference: Floats, cleared: CarbonClearing
) -> float:
    """Return the price at which the year would have cleared had nobody set or announced a floor or ceiling.

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
