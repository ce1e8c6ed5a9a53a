"""Captured CO2 of the object model: every unit and facility learns what became of its own.

All sources meet in one market, so the market itself is the array model's (`place_co2`, given their arrays).
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.markets.co2 import CO2Sources, place_co2, posted_tariff

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel
    from benchmarks.mesa_plants import YearPrices


class Fate(NamedTuple):
    """What became of a decider's captured CO2."""

    kept_tco2: float  # out of the air for good
    returned_tco2: float
    gain_cny: float  # against the posted tariff, which the books charge on every tonne


NOTHING = Fate(0.0, 0.0, 0.0)


def place_captured(model: "ObjectModel", prices: "YearPrices") -> None:
    """Place what was captured; set each source's fate, the next tariff, and what others will sell to products."""
    sources = []
    for decider in [*model.units, *model.facilities]:
        decider.fate = NOTHING
        if decider.captured > 0.0:
            sources.append(decider)
    tariff = [prices.tariff[x.province] for x in sources]
    placed, model.store_book = place_co2(
        model.region.co2,
        model.store_book,
        CO2Sources(
            province=np.array([x.province for x in sources], dtype=np.int64),
            captured_tco2=np.array([x.captured for x in sources]),
            credit_cny_per_tco2=np.array([_credit(prices, x.province, x.sector) for x in sources]),
            tariff_cny_per_tco2=np.array(tariff),
        ),
    )
    kept = (placed.stored_tco2 + placed.bound_tco2).tolist()
    returned = (placed.vented_tco2 + (placed.sold_tco2 - placed.bound_tco2)).tolist()
    gain = (placed.product_revenue_cny - placed.transport_storage_cost_cny).tolist()
    for i, x in enumerate(sources):
        x.fate = Fate(kept[i], returned[i], tariff[i] * x.captured + gain[i])
    model.tariff = posted_tariff(model.region.co2, model.store_book)
    dearest = float(placed.product_price_cny_per_tco2.max())
    model.competing_tco2 = float(placed.bought_tco2.sum()) + _under_way(model, prices, dearest)


def _credit(prices: "YearPrices", province: int, sector: int) -> float:
    return prices.carbon_cost[province][sector] + prices.support[province][sector]


def _under_way(model: "ObjectModel", prices: "YearPrices", dearest: float) -> float:
    """Return t CO2 a year of capture under construction whose owners would rather sell than store."""
    total = 0.0
    for x in [*model.units, *model.facilities]:
        p, coming = x.province, x.coming_tco2(prices.year)
        if coming > 0.0 and _credit(prices, p, x.sector) - prices.tariff[p] < dearest:
            total += coming
    return total
