"""How the equipment of cohorts of adopters turns over: what is worn out is replaced by what is bought."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import kernel

type Floats = NDArray[np.float64]


class Turnover(NamedTuple):
    """Equipment over T years; axes N cohorts, K technologies, A ages, in GJ of useful energy a year."""

    service: Floats  # [T, N, K] what serves the need, new equipment from its first year on
    sales: Floats  # [T, N]
    stock: Floats  # [N, K, A] after the last year


@kernel
def turn_over(stock: Floats, kept_share: Floats, need: Floats, share: Floats) -> Turnover:
    """Age equipment and replace it, year by year.

    Where less is needed than stands, nothing is bought and all of it is used less.

    Args:
        stock: f8[N, K, A] at the end of the last year.
        kept_share: f8[N, K, A - 1] that stays from each age to the next.
        need: f8[T, N] GJ of useful energy.
        share: f8[N, K] of technologies in what is bought, sum 1.
    """
    years, (cohorts, technologies, ages) = need.shape[0], stock.shape
    left = stock.copy()
    service, sales = np.zeros((years, cohorts, technologies)), np.zeros((years, cohorts))
    for t in range(years):
        for n in range(cohorts):
            standing = 0.0
            for k in range(technologies):
                for a in range(ages - 1, 0, -1):
                    left[n, k, a] = left[n, k, a - 1] * kept_share[n, k, a - 1]
                    standing += left[n, k, a]
            sales[t, n] = max(need[t, n] - standing, 0.0)
            for k in range(technologies):
                left[n, k, 0] = sales[t, n] * share[n, k]
                for a in range(ages):
                    service[t, n, k] += left[n, k, a]
                if standing > need[t, n]:
                    service[t, n, k] *= need[t, n] / standing
    return Turnover(service, sales, left)
