"""What building costs: the pack's world cost path, moved further by what the region itself adds."""

from tanlu.core.arrays import Floats
from tanlu.core.economics import learned_cost
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
