"""What is measured of exports."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTOR
from tanlu.core.units import CNY_PER_BN_CNY, PER_MILLION, T_PER_KT
from tanlu.indicators.base import Indicator
from tanlu.records.year import YearRecord
from tanlu.region.industry import Products


def trade_indicators(products: Products) -> list[Indicator]:
    """Return what leaves the country, and what it brings."""

    def of(record: YearRecord, sector: str) -> Floats:
        return np.asarray((record.trade.exports[:, :, :-1] * (products.sector == SECTOR[sector])).sum(axis=2))

    return [
        Indicator("Exports|Steel", "kt/yr", lambda r: of(r, "steel") / T_PER_KT),
        Indicator("Exports|Aluminium", "kt/yr", lambda r: of(r, "aluminium") / T_PER_KT),
        Indicator("Exports|Vehicles", "million/yr", lambda r: r.trade.exports[:, :, -1] / PER_MILLION),
        Indicator("Exports|Revenue", "bn CNY2020/yr", lambda r: r.trade.revenue_cny / CNY_PER_BN_CNY),
    ]
