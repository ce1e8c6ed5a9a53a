"""Indicators of what power plants earn: for a MWh, for heat, and of what they cost to build."""

from collections.abc import Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUEL
from tanlu.core.units import GJ_PER_PJ
from tanlu.indicators.base import Indicator, Reader
from tanlu.indicators.power import FUEL_VARIABLES, PER_MWH
from tanlu.records.year import YearRecord
from tanlu.region.pack import Region

# Stores sell what they bought. The pack has no cost of building plants on biomass and waste.
EARNING = ("Coal", "Gas", "Biomass", "Hydro", "Wind", "Solar|Utility", "Solar|Rooftop")
COSTED = ("Coal", "Gas", "Hydro", "Wind", "Solar|Utility", "Solar|Rooftop", "Storage")


def earnings_indicators(region: Region) -> list[Indicator]:
    """List captured prices, heat sales and cost recovery of plants."""
    vintages = (f"Built to {region.base_year}", f"Built from {region.base_year + 1}")
    return [
        *(
            Indicator(f"Price|Electricity|Captured|{name}", PER_MWH, *_captured(FUEL_VARIABLES[name]))
            for name in EARNING
        ),
        Indicator("Heat Sales|Cogeneration", "PJ/yr", lambda r: r.earnings.heat_sold_gj / GJ_PER_PJ),
        Indicator("Price|Heat|Cogeneration", "CNY2020/GJ", _heat_price, lambda r: r.earnings.heat_sold_gj),
        *(
            Indicator(
                f"Cost Recovery|Electricity|{name}|{vintage}", "%", *_recovered(FUEL_VARIABLES[name], v)
            )
            for name in COSTED
            for v, vintage in enumerate(vintages)
        ),
    ]


def _heat_price(r: YearRecord) -> Floats:
    """Compute the users' price of heat, CNY/GJ [Y, P].

    0 where none is sold.
    """
    return np.asarray(r.earnings.heat_sold_cny / np.maximum(r.earnings.heat_sold_gj, 1e-9))


def _captured(fuels: Sequence[str]) -> tuple[Reader, Reader]:
    """Build readers of the captured price of fuels and its weight.

    0 where nothing was sold.
    """
    columns = [FUEL[f] for f in fuels]

    def sales_mwh(r: YearRecord) -> Floats:
        return np.asarray(r.earnings.sold_mwh[:, :, columns].sum(axis=2))

    return (
        lambda r: r.earnings.sold_cny[:, :, columns].sum(axis=2) / np.maximum(sales_mwh(r), 1e-9),
        sales_mwh,
    )


def _recovered(fuels: Sequence[str], vintage: int) -> tuple[Reader, Reader]:
    """Build readers of the recovered share of building cost and its weight.

    0 where nothing stands.
    """
    columns = [FUEL[f] for f in fuels]

    def cost(r: YearRecord) -> Floats:
        return np.asarray(r.earnings.yearly_cost_cny[:, :, columns, vintage].sum(axis=2))

    def share(r: YearRecord) -> Floats:
        margin_cny = r.earnings.left_cny[:, :, columns, vintage].sum(axis=2)
        return 100.0 * np.divide(margin_cny, cost(r), out=np.zeros_like(margin_cny), where=cost(r) > 0.0)

    return share, cost
