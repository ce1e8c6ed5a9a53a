"""Exponentials and logarithms from + - * / alone: the library versions differ in the last bit between processors."""

import math

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]


# ln 2 in two parts, the first short enough that a whole number times it is exact.
LN2_HIGH, LN2_LOW = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
_LN2, _SQRT_HALF = LN2_HIGH + LN2_LOW, math.sqrt(0.5)
_LARGEST = 709.782712893384  # e to this is the largest finite number
_ODD = tuple(1.0 / odd for odd in range(23, 1, -2))  # of the series of artanh, last term first


@helper
def _exp(x: float) -> float:
    """Compute e ** x as 2 ** k times a Taylor series of the rest.

    k times the high part of ln 2 is exact.
    """
    if x > _LARGEST:
        return np.inf
    x = max(x, -750.0)
    k = np.rint(x / _LN2)
    rest = (x - k * LN2_HIGH) - k * LN2_LOW
    series = 1.0
    for n in range(13, 0, -1):
        series = 1.0 + series * rest / n
    return math.ldexp(series, int(k))


@helper
def _log(x: float) -> float:
    """Compute ln x of a positive finite number.

    ln m = 2 artanh((m - 1) / (m + 1)) for the fraction m of x.
    """
    fraction, exponent = math.frexp(x)
    if fraction < _SQRT_HALF:
        fraction, exponent = 2.0 * fraction, exponent - 1
    s = (fraction - 1.0) / (fraction + 1.0)
    square, series = s * s, 0.0
    for coefficient in _ODD:
        series = series * square + coefficient
    return exponent * LN2_HIGH + (exponent * LN2_LOW + 2.0 * (s + s * (series * square)))


@kernel
def exponentials(exponent: Floats) -> Floats:
    """Compute e ** exponent, f8[N]; NaN stays NaN."""
    result = np.empty(exponent.size)
    for i in range(exponent.size):
        result[i] = _exp(exponent[i]) if exponent[i] == exponent[i] else np.nan
    return result


@kernel
def logarithms(value: Floats) -> Floats:
    """Compute ln value of positive finite numbers, f8[N]."""
    result = np.empty(value.size)
    for i in range(value.size):
        result[i] = _log(value[i])
    return result


@kernel
def powers(base: Floats, exponent: Floats) -> Floats:
    """Compute base ** exponent, f8[N]; 0 ** positive is 0.

    NaN where a base is negative or not finite, or 0 with an exponent that is not positive.
    """
    result = np.empty(base.size)
    for i in range(base.size):
        x, y = base[i], exponent[i]
        if 0.0 < x < np.inf and y == y:
            result[i] = _exp(y * _log(x))
        else:
            result[i] = 0.0 if x == 0.0 and y > 0.0 else np.nan
    return result
