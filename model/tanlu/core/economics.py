"""Closed forms of investment and credit: annuities, ratings, cost of capital, learning.

Rates are fractions per year; with money in CNY of 2020 they are real. Arrays broadcast. Logarithms, powers
and exponentials are computed here from + - * / alone: the library versions differ in the last bit between
processors, and a run must not.
"""

import numpy as np
from numpy.typing import ArrayLike

from tanlu.core.arrays import Floats, Integers
from tanlu.kernels.appraisal import annuities
from tanlu.kernels.elementary import LN2_HIGH, LN2_LOW, exponentials, logarithms, powers

# --- present values -------------------------------------------------------------------------------------


def annuity_factor(rate: ArrayLike, life_years: ArrayLike) -> Floats:
    """Compute the worth now of 1 CNY at each year's end.

    Sum of (1 + r)^-t, t = 1 .. L, of each of `life_years` years.

    Raises:
        ValueError: if a rate is not above -1, or a life is negative or no whole number.
    """
    return _annuity(rate, life_years)[0]


def discount_factor(rate: ArrayLike, years: ArrayLike) -> Floats:
    """Compute the worth now of 1 CNY after `years`, (1 + r)^-t.

    The same bits on every processor.

    Raises:
        ValueError: as `annuity_factor`.
    """
    return _annuity(rate, years)[1]


def capital_recovery_factor(rate: ArrayLike, life_years: ArrayLike) -> Floats:
    """Compute the yearly payment that repays 1 CNY in L years.

    r (1 + r)^L / ((1 + r)^L - 1), 1 / L at rate 0.

    Raises:
        ValueError: as `annuity_factor`, or if a life is 0.
    """
    factor = annuity_factor(rate, life_years)
    if np.any(factor == 0.0):
        raise ValueError("capital cannot be recovered in 0 years")
    return np.asarray(1.0 / factor)


# --- credit ---------------------------------------------------------------------------------------------


def rating_step(*, ebit_cny: ArrayLike, interest_cny: ArrayLike, steps: ArrayLike) -> Integers:
    """Rate interest coverage by the thresholds it reaches, 0 the worst.

    Coverage is EBIT / interest; the rating is the number of thresholds reached.

    Args:
        ebit_cny: earnings before interest and tax.
        interest_cny: interest paid a year; where it is 0 a loss has the worst rating, else the best.
        steps: [Z] rising coverage thresholds.

    Raises:
        ValueError: if steps do not rise.
    """
    thresholds = np.asarray(steps, float)
    if (thresholds[1:] <= thresholds[:-1]).any():
        raise ValueError("steps [Z] must rise with coverage")
    ebit, interest = np.asarray(ebit_cny, float)[..., None], np.asarray(interest_cny, float)[..., None]
    return np.asarray((ebit >= thresholds * interest).sum(axis=-1))


def weighted_average_cost_of_capital(
    *, debt_share: ArrayLike, cost_of_equity: ArrayLike, cost_of_debt: ArrayLike, tax_rate: ArrayLike
) -> Floats:
    """Compute WACC = (1 - D) r_e + D r_d (1 - tax).

    D is the share of debt.

    Source: Modigliani and Miller 1963, American Economic Review 53(3), after corporate tax.
    """
    share = np.asarray(debt_share, float)
    after_tax = np.asarray(cost_of_debt, float) * (1.0 - np.asarray(tax_rate, float))
    return np.asarray((1.0 - share) * np.asarray(cost_of_equity, float) + share * after_tax)


# --- use ------------------------------------------------------------------------------------------------

LARGEST_COST_RATIO = (
    4.0  # elasticities are measured on smaller changes; a cost that changes by more moves no more
)


def use_at_cost(cost: ArrayLike, usual_cost: ArrayLike, elasticity: ArrayLike) -> Floats:
    """Compute use over that at the usual cost, (C / C0)^-elasticity.

    Constant elasticity while a cost is between a fourth and four times the usual one; beyond that as there. What costs
    nothing as a rule is used as it is.
    """
    level, reference = np.asarray(cost, float), np.asarray(usual_cost, float)
    shape = np.broadcast(level, reference).shape
    ratio = np.divide(level, reference, out=np.ones(shape), where=reference > 0.0)
    ratio = np.minimum(np.maximum(ratio, 1.0 / LARGEST_COST_RATIO), LARGEST_COST_RATIO)
    return power(ratio, -np.asarray(elasticity, float))


def value_forgone_use(spared: ArrayLike, cost: ArrayLike, usual_cost: ArrayLike) -> Floats:
    """Value use that ended because it costs more, at the mean of both costs.

    The area under a straight line of demand, which is within a twelfth of that of a constant elasticity where a cost
    doubles; below zero where use is cheaper and there is more of it.
    """
    return np.asarray(np.asarray(spared) * (np.asarray(cost) + np.asarray(usual_cost)) / 2.0)


# --- learning -------------------------------------------------------------------------------------------


def learned_cost(
    *, cost: ArrayLike, cumulative: ArrayLike, addition: ArrayLike, learning_rate: ArrayLike
) -> Floats:
    """Compute next year's cost, C (1 - b dX / X).

    Wright's law for a small step, no base year needed.

    Source: FTT (Mercure 2012, Energy Policy 48). The step is that of the law only while dX is small compared with X.

    Raises:
        ValueError: if X is not positive, dX negative, or a learning rate outside [0, 1).
    """
    x, dx, lr = (np.asarray(v, float) for v in (cumulative, addition, learning_rate))
    if not ((x > 0.0).all() and (dx >= 0.0).all() and (lr >= 0.0).all() and (lr < 1.0).all()):
        raise ValueError("learning needs cumulative > 0, added >= 0 and 0 <= learning_rate < 1")
    return np.asarray(np.asarray(cost, float) * np.maximum(1.0 + _exponent(lr) * dx / x, 0.0))


# --- elementary functions -------------------------------------------------------------------------------


def power(base: ArrayLike, exponent: ArrayLike) -> Floats:
    """Compute base ** exponent from + - * / alone.

    The same bits on every processor; 0 ** positive is 0.

    Raises:
        ValueError: if a base is negative or not finite, or 0 with an exponent that is not positive.
    """
    x, y = _broadcast_copies(base, exponent)
    result = powers(x.reshape(-1), y.reshape(-1)).reshape(x.shape)
    if np.isnan(result).any():
        raise ValueError("a power needs a positive base (or 0 with a positive exponent)")
    return np.asarray(result)


def exponential(exponent: ArrayLike) -> Floats:
    """Compute e ** exponent from + - * / alone.

    The same bits on every processor.
    """
    return _exp(np.asarray(exponent, float))


def logarithm(x: Floats) -> Floats:
    """Compute ln x of positive finite x from + - * / alone."""
    return np.asarray(logarithms(_flat(x)).reshape(np.shape(x)))


def _exp(x: Floats) -> Floats:
    """Compute e ** x."""
    return np.asarray(exponentials(_flat(x)).reshape(np.shape(x)))


def _flat(x: Floats) -> Floats:
    """Copy an array to one writable axis.

    For read-only or strided arrays numba would compile once more.
    """
    return np.array(x, np.float64, order="C").reshape(-1)


def _annuity(rate: ArrayLike, years: ArrayLike) -> tuple[Floats, Floats]:
    """Compute the annuity factor and (1 + rate) ** -years."""
    r, life = _broadcast_copies(rate, years)
    annuity, discount = annuities(r.reshape(-1), life.reshape(-1))
    if np.isnan(annuity).any():
        raise ValueError("rates must be above -1, years whole and not negative")
    return annuity.reshape(r.shape), discount.reshape(r.shape)


def _broadcast_copies(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """Copy both arrays, writable, in their common shape."""
    a, b = np.asarray(x, float), np.asarray(y, float)
    is_same_shape = b.ndim == 0 or a.shape == b.shape
    shape = a.shape if is_same_shape else np.broadcast(a, b).shape
    first, second = np.empty(shape), np.empty(shape)
    first[...], second[...] = a, b
    return first, second


def _exponent(learning_rate: Floats) -> Floats:
    """Compute -b = log2(1 - learning rate)."""
    return logarithm(1.0 - learning_rate) / (LN2_HIGH + LN2_LOW)
