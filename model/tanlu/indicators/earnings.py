"""What is measured of what power plants earn: for a MWh, for heat, and of what they cost to build."""

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
BUILT = ("Coal", "Gas", "Hydro", "Wind", "Solar|Utility", "Solar|Rooftop", "Storage")


def earnings_indicators(region: Region) -> list[Indicator]:
    """Return what a MWh of each fuel earns, what heat does, and which part of their cost plants earn, by vintage."""
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
            for name in BUILT
            for v, vintage in enumerate(vintages)
        ),
    ]


def _heat_price(r: YearRecord) -> Floats:
    """Return what a GJ of heat costs those who use it [Y, P]; 0 where none is sold."""
    return np.asarray(r.earnings.heat_sold_cny / np.maximum(r.earnings.heat_sold_gj, 1e-9))


def _captured(fuels: Sequence[str]) -> tuple[Reader, Reader]:
    """Return what a MWh of fuels earned, and how to weigh it; 0 where nothing was sold."""
    of = [FUEL[f] for f in fuels]

    def sold(r: YearRecord) -> Floats:
        return np.asarray(r.earnings.sold_mwh[:, :, of].sum(axis=2))

    return lambda r: r.earnings.sold_cny[:, :, of].sum(axis=2) / np.maximum(sold(r), 1e-9), sold


def _recovered(fuels: Sequence[str], vintage: int) -> tuple[Reader, Reader]:
    """Return which part of a year's cost of building was earned, and how to weigh it; 0 where nothing stands."""
    of = [FUEL[f] for f in fuels]

    def cost(r: YearRecord) -> Floats:
        return np.asarray(r.earnings.yearly_cost_cny[:, :, of, vintage].sum(axis=2))

    def share(r: YearRecord) -> Floats:
        left = r.earnings.left_cny[:, :, of, vintage].sum(axis=2)
        return 100.0 * np.divide(left, cost(r), out=np.zeros_like(left), where=cost(r) > 0.0)

    return share, cost
