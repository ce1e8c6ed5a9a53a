"""Share dynamics: technologies spread from the shares that they have, instead of being chosen from all on offer.

Of each pair, users of one pass to the other as often as they meet it and find it cheaper; costs are spread among users:

    dS_i/dt = sum_j S_i S_j (A_ij F_ij - A_ji F_ji),    F_ij = (1 + tanh(k (C_j - C_i) / sqrt(sd_i^2 + sd_j^2))) / 2

What nobody has, nobody meets: a share of 0 stays 0. Source: Mercure 2012, Energy Policy 48 (FTT:Power).
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from tanlu.core.arrays import Floats
from tanlu.core.economics import exponential

STEEPNESS = 1.25 / math.sqrt(2.0)  # k: tanh in place of the normal distribution
LONGEST_STEP_YEARS = 0.05


def preference(*, cost: ArrayLike, spread: ArrayLike) -> Floats:
    """Compute F, who prefers i to j in a pair [..., K, K].

    Args:
        cost: of each technology, [..., K].
        spread: standard deviation of it among users, in the same unit, [..., K].

    Raises:
        ValueError: if a spread is not positive.
    """
    costs, spreads = np.asarray(cost, np.float64), np.asarray(spread, np.float64)
    if not np.all(spreads > 0.0):
        raise ValueError(f"the spread of costs must be above 0: {spreads}")
    width = np.sqrt(spreads[..., :, None] ** 2 + spreads[..., None, :] ** 2)
    lead = 2.0 * STEEPNESS * (costs[..., None, :] - costs[..., :, None]) / width
    fall = exponential(-np.abs(lead))  # (1 + tanh(x)) / 2 is the logistic of 2 x
    return np.asarray(np.where(lead >= 0.0, 1.0, fall) / (1.0 + fall))


def advance_shares(
    share: ArrayLike, *, cost: ArrayLike, spread: ArrayLike, turnover: ArrayLike, years: float
) -> Floats:
    """Compute the shares after some years of unchanged costs [..., K].

    By the classical Runge-Kutta method, in steps of at most 0.05 years; shares sum to what they did.

    Args:
        share: of each technology, [..., K].
        cost: as of `preference`.
        spread: as of `preference`.
        turnover: A, how often a year users of j who prefer i pass to it, [..., K, K] or one number.
        years: at least 0.

    Raises:
        ValueError: as `preference`, or if a share, a turnover or the years are negative.
    """
    shares, rate = np.array(share, np.float64), np.asarray(turnover, np.float64)
    if not (np.all(shares >= 0.0) and np.all(rate >= 0.0) and years >= 0.0):
        raise ValueError("shares, turnover and years must not be negative")
    gain = rate * preference(cost=cost, spread=spread)
    net_gain = gain - np.swapaxes(gain, -1, -2)

    def slope(now: Floats) -> Floats:
        return now * (net_gain * now[..., None, :]).sum(axis=-1)

    steps = math.ceil(years / LONGEST_STEP_YEARS)
    dt = years / max(steps, 1)
    for _ in range(steps):
        first = slope(shares)
        second = slope(shares + 0.5 * dt * first)
        third = slope(shares + 0.5 * dt * second)
        shares += dt / 6.0 * (first + 2.0 * second + 2.0 * third + slope(shares + dt * third))
    return shares
