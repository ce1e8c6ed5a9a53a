"""What building costs: the pack's world cost path, moved further by what the region itself adds."""

from model.finance import learning_cost
from model.region import Region
from model.signals import Floats


def learned_cost_factor(region: Region, added: Floats) -> Floats:
    """Return the cost factor of local learning, 1 where nothing was added [BUILDABLE + capture].

    Wright's law on world plus local experience: ((X + x) / X)^-b with X the world's stock in the base year.
    The pack's cost path already holds the world's own learning, so only the region's addition x moves it; a
    large X keeps a first local plant from halving the cost (EPS guidance: do not learn from a near-zero base).

    Args:
        region: the pack, with `learning_rate` and `world_stock` per technology in `technology_learning.csv`.
        added: what the region has added since the base year, MW, or t CO2/yr for capture.
    """
    rate, stock = region.power.technologies.learning_rate, region.power.technologies.world_stock
    return learning_cost(
        initial_cost=1.0, cumulative=stock + added, initial_cumulative=stock, learning_rate=rate
    )
