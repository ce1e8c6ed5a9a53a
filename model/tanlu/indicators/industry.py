"""What is measured of industry: what it makes, and the scrap it melts."""

from tanlu.core.axes import SECTOR
from tanlu.indicators.base import Indicator, column
from tanlu.region.industry import Products

SCRAP = (("steel", "Steel"), ("aluminium", "Aluminium"))


def industry_indicators(products: Products) -> list[Indicator]:
    """Return the output of each product, and the use of scrap."""
    return [
        *(
            Indicator(f"Production|{name}", "Mt/yr", column(lambda r: r.industry.output_t, i, 1e6))
            for i, name in enumerate(products.labels_en)
        ),
        *(
            Indicator(
                f"Material Demand|{name} Scrap|Works",
                "kt/yr",
                column(lambda r: r.industry.scrap_t, SECTOR[sector], 1e3),
            )
            for sector, name in SCRAP
        ),
    ]
