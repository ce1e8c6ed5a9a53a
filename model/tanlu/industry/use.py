"""Use of products: how it answers what CO2 adds to their price, and what of it is bought elsewhere."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTORS
from tanlu.core.economics import power, use_at_cost
from tanlu.core.signals import UseTerms
from tanlu.region.industry import Products
from tanlu.region.pack import Region

ANSWERING_SECTORS = ("steel", "cement")  # whose products have elasticities in the pack


class UseElasticities(NamedTuple):
    """How much less is used, and bought in the region, where a product is dearer; zero where nobody answers."""

    use: Floats  # [G] of use to the price
    sourcing: Floats  # [G] of what is bought in the region to the price here over that elsewhere


class ProductUse(NamedTuple):
    """How a year's use of products in the region answers CO2 prices, t."""

    spared_t: Floats  # [P, G] no longer used
    moved_t: Floats  # [P, G] used and bought elsewhere; below zero where buyers elsewhere come here


def read_elasticities(region: Region) -> UseElasticities:
    """Read the elasticities of the pack by product."""
    products, x = region.industry.products, region.parameters

    def read(kind: str) -> Floats:
        by_sector = {SECTORS.index(sector): x[f"{sector}_{kind}_elasticity"] for sector in ANSWERING_SECTORS}
        return np.array([by_sector.get(sector, 0.0) for sector in products.sector.tolist()])

    return UseElasticities(read("use"), read("sourcing"))


def use_terms(
    products: Products,
    elasticities: UseElasticities,
    *,
    price_cny_per_t: Floats,
    usual_tco2_per_t: Floats,
    added_cny_per_tco2: Floats,
    elsewhere_cny_per_tco2: Floats,
) -> UseTerms:
    """Compute how users answer CO2 prices (docs/model/industry.md).

    Args:
        products: of the pack.
        elasticities: of its products.
        price_cny_per_t: in the region, with all but CO2, [P, G].
        usual_tco2_per_t: CO2 of the usual process, [G].
        added_cny_per_tco2: that CO2 of one more unit adds to the price here, [P, S].
        elsewhere_cny_per_tco2: that it adds elsewhere in the country, [P, S].
    """
    home_price = price_cny_per_t + added_cny_per_tco2[:, products.sector] * usual_tco2_per_t
    elsewhere_price = price_cny_per_t + elsewhere_cny_per_tco2[:, products.sector] * usual_tco2_per_t
    return UseTerms(
        use_at_cost(home_price, price_cny_per_t, elasticities.use),
        power(home_price / elsewhere_price, -elasticities.sourcing),
        home_price,
        price_cny_per_t,
    )


def answer_prices(home_use_t: Floats, adapted: Floats, sourcing_factor: Floats) -> ProductUse:
    """Split what CO2 prices take from the region's makers, t.

    Args:
        home_use_t: use in the region without a price on CO2, [P, G].
        adapted: share of it that is still used, [P, G].
        sourcing_factor: what is bought in the region over what is used, [P, G].
    """
    used_t = home_use_t * adapted
    return ProductUse(home_use_t * (1.0 - adapted), used_t * (1.0 - sourcing_factor))
