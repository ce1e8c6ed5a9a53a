"""What is measured of exports."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTOR
from tanlu.indicators.base import Indicator
from tanlu.region.industry import Products
from tanlu.simulation.records.year import YearRecord


def trade_indicators(products: Products) -> list[Indicator]:
    """Return what leaves the country, and what it brings."""

    def of(record: YearRecord, sector: str) -> Floats:
        return np.asarray((record.trade.exports[:, :, :-1] * (products.sector == SECTOR[sector])).sum(axis=2))

    return [
        Indicator("Exports|Steel", "kt/yr", lambda r: of(r, "steel") / 1e3),
        Indicator("Exports|Aluminium", "kt/yr", lambda r: of(r, "aluminium") / 1e3),
        Indicator("Exports|Vehicles", "million/yr", lambda r: r.trade.exports[:, :, -1] / 1e6),
        Indicator("Exports|Revenue", "bn CNY2020/yr", lambda r: r.trade.revenue_cny / 1e9),
    ]
