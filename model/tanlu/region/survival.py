"""How long equipment and vehicles last: the share that is still there by age."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.economics import exponential, power


def survival_by_age(scale_years: Floats, shape: Floats, ages: int) -> Floats:
    """Compute survival by age, exp(-(age / scale) ^ shape) [..., ages].

    Source: Weibull 1951, usual in models of stocks of equipment.

    Args:
        scale_years: of each kind [...].
        shape: of each kind [...].
        ages: in whole years, from 0 on.
    """
    age = np.arange(ages) / scale_years[..., None]
    return exponential(-power(age, np.broadcast_to(shape[..., None], age.shape)))


def share_that_stays(survival: Floats) -> Floats:
    """Compute the share that stays from each age to the next [..., ages - 1]."""
    younger, older = survival[..., :-1], survival[..., 1:]
    return np.divide(older, younger, out=np.zeros(older.shape), where=younger > 0.0)
