"""Growth: how much can be added in a year to what there is."""

import numpy as np

from tanlu.core.arrays import Floats


def yearly_growth(
    floor: Floats | float, rate: Floats | float, stock: Floats | float, potential: Floats | float
) -> Floats:
    """Compute the yearly growth limit on an S-curve, in units of `stock`.

    Source: logistic growth of wind and solar power in 60 countries, Cherp et al. 2021, Nature Energy 6:742.

    Args:
        floor: what can be added where there is nothing yet.
        rate: of growth a year, far below the potential.
        stock: what there is.
        potential: what there can be.
    """
    remaining = np.maximum(np.subtract(potential, stock), 0.0)
    free = np.divide(
        remaining, potential, out=np.zeros(np.shape(remaining)), where=np.greater(potential, 0.0)
    )
    return np.minimum(np.maximum(floor, rate * np.asarray(stock) * free), remaining)


def grow_stock(
    floor: Floats | float, rate: Floats | float, stock: Floats, potential: Floats | float, years: int
) -> Floats:
    """Grow a stock at its limit for some years."""
    for _ in range(years):
        stock = stock + yearly_growth(floor, rate, stock, potential)
    return stock
