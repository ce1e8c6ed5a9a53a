"""Closed forms of investment and credit: annuities, default risk, cost of capital, learning.

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


def merton_distance_to_default(
    *, assets: ArrayLike, debt: ArrayLike, drift: ArrayLike, volatility: ArrayLike, years: ArrayLike
) -> Floats:
    """Compute the distance to default of a company.

    DD = [ln(V / D) + (mu - sigma^2 / 2) T] / (sigma sqrt T); inf without debt, -inf without assets.

    Source: Merton 1974, Journal of Finance 29(2), under the real-world drift mu.

    Raises:
        ValueError: if assets or debt are negative, or volatility or years not positive.
    """
    v, d, sigma, t = (np.asarray(x, float) for x in (assets, debt, volatility, years))
    if np.any(v < 0.0) or np.any(d < 0.0) or not (np.all(sigma > 0.0) and np.all(t > 0.0)):
        raise ValueError("assets and debt must not be negative; volatility and years must be positive")
    v, d = np.broadcast_arrays(v, d)
    is_positive = (v > 0.0) & (d > 0.0)
    ratio = np.where(d == 0.0, np.inf, -np.inf)
    ratio[is_positive] = _log(v[is_positive] / d[is_positive])
    return np.asarray((ratio + (np.asarray(drift) - 0.5 * sigma * sigma) * t) / (sigma * np.sqrt(t)))


def merton_default_probability(
    *, assets: ArrayLike, debt: ArrayLike, drift: ArrayLike, volatility: ArrayLike, years: ArrayLike
) -> Floats:
    """Compute the probability of assets below debt after `years`, Phi(-DD).

    Check: assets 100, debt 60, drift 0.04, volatility 0.25, 5 years give DD 0.992 and 16.1 %. The credit
    spread it implies is about probability x loss given default + premium.

    Raises:
        ValueError: as `merton_distance_to_default`.
    """
    distance = merton_distance_to_default(
        assets=assets, debt=debt, drift=drift, volatility=volatility, years=years
    )
    return normal_probability(-distance)


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


def debt_capacity(
    *, cash_flow_cny: ArrayLike, rate: ArrayLike, minimum_debt_service_coverage: ArrayLike
) -> Floats:
    """Compute the largest loan that cash flow services.

    Sum of CFADS_t / (DSCR (1 + r)^t), t = 1 .. T.

    Args:
        cash_flow_cny: [..., T] cash available for debt service at the end of each year of the loan.
        rate: [...] of the loan.
        minimum_debt_service_coverage: DSCR the lender asks for, 1.2 to 1.3 in project finance.

    Raises:
        ValueError: if the coverage is not positive.
    """
    coverage = np.asarray(minimum_debt_service_coverage, float)
    if not np.all(coverage > 0.0):
        raise ValueError("minimum_debt_service_coverage must be positive")
    flow, r = np.asarray(cash_flow_cny, float), np.asarray(rate, float)
    value = np.zeros(np.broadcast_shapes(flow.shape[:-1], r.shape))
    for t in range(flow.shape[-1] - 1, -1, -1):
        value = (value + flow[..., t]) / (1.0 + r)
    return np.asarray(np.maximum(value, 0.0) / coverage)


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


def normal_probability(x: ArrayLike) -> Floats:
    """Compute the standard normal distribution, absolute error below 1e-15.

    Source: Hart et al. 1968 as given by West 2005, "Better approximations to cumulative normal functions".
    """
    distance = np.abs(np.asarray(x, float))
    centre_distance = np.minimum(distance, _HART_LIMIT)
    centre = _polynomial(_HART_TOP, centre_distance) / _polynomial(_HART_BOTTOM, centre_distance)
    tail_distance = np.minimum(np.maximum(distance, _HART_LIMIT), 40.0)
    fraction = tail_distance + 0.65
    for step in (4.0, 3.0, 2.0, 1.0):
        fraction = tail_distance + step / fraction
    bell = _exp(-0.5 * np.minimum(distance, 40.0) ** 2)
    lower_tail = bell * np.where(distance < _HART_LIMIT, centre, 1.0 / (fraction * _SQRT_TWO_PI))
    return np.where(np.asarray(x) > 0.0, 1.0 - lower_tail, lower_tail)


_HART_LIMIT, _SQRT_TWO_PI = 7.07106781186547, 2.506628274631
_HART_TOP = (
    0.0352624965998911,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
_HART_BOTTOM = (
    0.0883883476483184,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    value = np.zeros_like(x)
    for coefficient in coefficients:
        value = value * x + coefficient
    return value


def _log(x: Floats) -> Floats:
    """Compute ln x of positive finite x."""
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
    return _log(1.0 - learning_rate) / (LN2_HIGH + LN2_LOW)
