"""Captured CO2 of the object model: every unit and facility learns what became of its own.

All sources meet in one market, so the market itself is the array model's (`place_co2`, given their arrays). Hubs and
trucks are left out: nothing is stored here, so the two models part where scenarios make storing pay.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.markets.co2 import CO2Sources, Lines, place_co2

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel
    from benchmarks.mesa_plants import YearPrices


class Fate(NamedTuple):
    """What became of a decider's captured CO2."""

    kept_tco2: float  # out of the air for good
    returned_tco2: float
    gain_cny: float  # what products paid


NOTHING = Fate(0.0, 0.0, 0.0)


def place_captured(model: "ObjectModel", prices: "YearPrices") -> None:
    """Place what was captured; set each source's fate, the next tariff, and what others will sell to products."""
    sources = []
    for decider in [*model.units, *model.facilities]:
        decider.fate = NOTHING
        if decider.captured > 0.0:
            sources.append(decider)
    nowhere, never = np.zeros(len(sources), np.int64), np.zeros(len(sources), bool)
    placed, model.store_book = place_co2(
        model.region.co2,
        model.store_book,
        Lines(nowhere[:0], nowhere[:0], np.zeros(0)),
        CO2Sources(
            captured_tco2=np.array([x.captured for x in sources]),
            credit_cny_per_tco2=np.array([_credit(prices, x.province, x.sector) for x in sources]),
            tariff_cny_per_tco2=np.zeros(len(sources)),
            hub=nowhere,
            contracted=never,
            trucks=never,
            store=nowhere,
        ),
    )
    kept = (placed.stored_tco2 + placed.bound_tco2).tolist()
    returned = (placed.vented_tco2 + (placed.sold_tco2 - placed.bound_tco2)).tolist()
    gain = placed.product_revenue_cny.tolist()
    for i, x in enumerate(sources):
        x.fate = Fate(kept[i], returned[i], gain[i])
    model.competing_tco2 = float(placed.bought_tco2.sum()) + _under_way(model, prices)


def _credit(prices: "YearPrices", province: int, sector: int) -> float:
    return prices.carbon_cost[province][sector] + prices.support[province][sector]


def _under_way(model: "ObjectModel", prices: "YearPrices") -> float:
    """Return t CO2 a year of capture under construction."""
    return sum(x.coming_tco2(prices.year) for x in [*model.units, *model.facilities])
