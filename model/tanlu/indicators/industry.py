"""Indicators of industry: what it makes, and the scrap it melts."""

from tanlu.core.axes import SECTOR
from tanlu.core.units import T_PER_KT, T_PER_MT
from tanlu.indicators.base import Indicator, column
from tanlu.region.industry import Products

SCRAP = (("steel", "Steel"), ("aluminium", "Aluminium"))


def industry_indicators(products: Products) -> list[Indicator]:
    """List the output of each product, and the use of scrap."""
    return [
        *(
            Indicator(f"Production|{name}", "Mt/yr", column(lambda r: r.industry.output_t, i, T_PER_MT))
            for i, name in enumerate(products.labels_en)
        ),
        *(
            Indicator(
                f"Material Demand|{name} Scrap|Works",
                "kt/yr",
                column(lambda r: r.industry.scrap_t, SECTOR[sector], T_PER_KT),
            )
            for sector, name in SCRAP
        ),
    ]
