"""What building costs: the pack's world cost path, moved further by what the region itself adds and researches."""

from tanlu.core.arrays import Floats
from tanlu.core.economics import learned_cost, power
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.region.pack import Region


def learn(region: Region, factor: Floats, added_before: Floats, added_stock: Floats) -> Floats:
    """Compute next year's cost factor of local learning [BUILDABLE + capture].

    1 where nothing was ever added.
    Wright's law for a small step, C (1 - b dX / X), on world plus local experience. The pack's cost path already
    holds the world's own learning, so only what the region adds moves it; the world's large stock keeps a first
    local plant from halving the cost (EPS guidance: do not learn from a near-zero base).

    Args:
        region: the pack, with `learning_rate` and `world_stock` per technology in `technology_learning.csv`.
        factor: this year's factor.
        added_before: what the region had added since the base year, MW, or t CO2/yr for capture.
        added_stock: what it adds now.
    """
    rate, stock = region.power.technologies.learning_rate, region.power.technologies.world_stock
    return learned_cost(
        cost=factor, cumulative=stock + added_before, addition=added_stock, learning_rate=rate
    )


def research_cost_factor(region: Region, stock_cny: float) -> float:
    """Compute the factor on the cost of capture of the region's own research.

    (1 + R / W)^-c, the second factor of a two-factor learning curve (Klaassen et al. 2005), relative to the world's
    research W, which the pack's cost path holds already. Exactly 1 without any.

    Args:
        region: the pack, with W and c among its parameters.
        stock_cny: R, what its research knows, money of the base year.
    """
    if stock_cny == 0.0:
        return 1.0
    x = region.parameters
    relative = 1.0 + stock_cny / (x["capture_research_world_stock_bn_cny"] * CNY_PER_BN_CNY)
    return float(power(relative, -x["capture_research_elasticity"]))
