"""Keyed random draws: what chance deals a decider depends on the decider, never on who else draws.

A draw is a pure function of (seed, replication) and of (decider, year, purpose, n). No scenario, policy,
population, order or number of workers can shift it, so the difference between two scenarios under one seed
is policy and not noise (common random numbers; Klein et al. 2024, arXiv:2409.02086).

The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as
1, 2, 3", SC11); normal and Gumbel draws are monotone transforms of the uniform one. Only integer work,
+ - * / and square roots are used, so the bits are the same on every machine.
"""

import hashlib
import math
from enum import IntEnum, unique
from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from tanlu.core.arrays import Floats, Integers

WORD = 2**32  # seed, replication and n are one word of the generator each
HALF_WORD = 2**16  # year and purpose share a word


@unique
class Purpose(IntEnum):
    """What a draw is for; each purpose is drawn at one place in the code.

    A new feature takes the next free number, so it changes no existing draw; a number is never used again.
    """

    HURDLE_RATE = 1
    POLICY_BELIEF = 2
    OPTION_NOISE = 3
    INVESTMENT_ORDER = 4
    HYDROLOGY = 5
    DROUGHT = 6
    FUEL_PRICE = 7
    DEMAND_GROWTH = 8
    TECHNOLOGY_COST = 9
    FACILITY_HURDLE_RATE = 10
    RELINE = 11
    DROUGHT_SEVERITY = 12


def decider_id(*parts: str | int) -> int:
    """Return a stable number for a decider from its name: the same in every run, order and population.

    A decider born in the model is named by its parent and year, `decider_id("huaneng", "wind", 2031)`.
    63 bits: among a million deciders two share a number with probability 5e-8.

    Raises:
        ValueError: if there is no part.
    """
    if not parts:
        raise ValueError("a decider needs a name")
    return _number("\x1f".join(map(str, parts)))


@lru_cache(maxsize=2**16)
def _number(text: str) -> int:
    """Return the stable number of a name; kept, as runs of one region share nearly all of theirs."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def uniform(
    *, seed: int, replication: int, decider_ids: ArrayLike, year: int, purpose: Purpose, n: ArrayLike = 0
) -> Floats:
    """Draw one number in the open interval (0, 1) per decider.

    Args:
        seed: of the experiment, 0 <= seed < 2**32.
        replication: number of the replication, 0 <= replication < 2**32.
        decider_ids: stable numbers of the deciders, >= 0, any integer shape.
        year: of the draw, 0 <= year < 65536; 0 for what a decider is born with.
        purpose: what the draw is for.
        n: which draw of that decider, year and purpose, 0 <= n < 2**32; broadcasts with `decider_ids`
            (ids [P, 1] with n [12] give twelve months for P provinces).

    Returns:
        f8 of the broadcast shape. 52 bits; draw and 1 - draw are equally likely, 0 and 1 never occur.

    Raises:
        ValueError: if a number is outside its range.
        TypeError: if ids or n are not integers.
    """
    ids, draws = _integers("decider_ids", decider_ids, 2**63), _integers("n", n, WORD)
    shape = ids.shape if draws.ndim == 0 else np.broadcast_shapes(ids.shape, draws.shape)
    # Broadcast views are strided and read-only: another compiled version each.
    pair = np.empty((2, *shape), np.int64)
    pair[0], pair[1] = ids, draws
    _check("seed", seed, WORD)
    _check("replication", replication, WORD)
    _check("year", year, HALF_WORD)
    out = np.empty(shape)
    _fill(
        out=out.reshape(-1),
        ids=pair[0].reshape(-1),
        draws=pair[1].reshape(-1),
        year_and_purpose=int(year) * HALF_WORD + int(purpose),
        seed=int(seed),
        replication=int(replication),
    )
    return out


def standard_normal(
    *, seed: int, replication: int, decider_ids: ArrayLike, year: int, purpose: Purpose, n: ArrayLike = 0
) -> Floats:
    """Draw one standard normal number per decider; arguments as for `uniform`."""
    return normal_from_uniform(
        uniform(seed=seed, replication=replication, decider_ids=decider_ids, year=year, purpose=purpose, n=n)
    )


def gumbel(
    *, seed: int, replication: int, decider_ids: ArrayLike, year: int, purpose: Purpose, n: ArrayLike = 0
) -> Floats:
    """Draw one standard Gumbel number per decider; arguments as for `uniform`.

    The option with the highest value plus scale x Gumbel noise is a logit choice (McFadden 1974), and with
    one n per option a decider changes its mind only where its own values change.
    """
    return gumbel_from_uniform(
        uniform(seed=seed, replication=replication, decider_ids=decider_ids, year=year, purpose=purpose, n=n)
    )


def normal_from_uniform(probability: ArrayLike) -> Floats:
    """Return the standard normal quantile of each probability in (0, 1); same shape.

    Source: Wichura 1988, Algorithm AS 241 (PPND16), Applied Statistics 37(3); about 1e-15 relative.

    Raises:
        ValueError: if a probability is not inside (0, 1).
    """
    values = _open_unit(probability)
    _to_normal(values.reshape(-1))
    return values


def gumbel_from_uniform(probability: ArrayLike) -> Floats:
    """Return the standard Gumbel quantile -ln(-ln p) of each probability in (0, 1); same shape.

    Raises:
        ValueError: if a probability is not inside (0, 1).
    """
    values = _open_unit(probability)
    _to_gumbel(values.reshape(-1))
    return values


def _open_unit(probability: ArrayLike) -> Floats:
    values = np.array(probability, dtype=np.float64, order="C")
    if not np.all((values > 0.0) & (values < 1.0)):
        raise ValueError("probabilities must lie strictly between 0 and 1")
    return values


def _check(name: str, value: int, limit: int) -> None:
    if not 0 <= value < limit:
        raise ValueError(f"{name} must lie in 0 .. {limit - 1}, not {value}")


def _integers(name: str, values: ArrayLike, limit: int) -> Integers:
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers, not {array.dtype}")
    if array.size and (int(array.min()) < 0 or int(array.max()) >= limit):
        raise ValueError(f"{name} must lie in 0 .. {limit - 1}")
    return array.astype(np.int64)


# --- compiled -----------------------------------------------------------------------------------------

# Multipliers and key increments of Philox4x32 (Salmon et al. 2011, table 2).
_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_INCREMENT_0, _INCREMENT_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _SHIFT, _DROP = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(6)

# ln 2 in two parts: the first has 32 trailing zero bits, so that exponent x part is exact.
_LN2_HIGH, _LN2_LOW = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
_SQRT_HALF = math.sqrt(0.5)
_ARTANH = tuple(1.0 / odd for odd in range(23, 1, -2))


@njit(cache=True, nogil=True)
def _philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Return the four words of counter (c0..c3) under key (k0, k1); all 32-bit values held in u8."""
    for _ in range(10):
        product_0, product_1 = _MULTIPLIER_0 * c0, _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = (
            (product_1 >> _SHIFT) ^ c1 ^ k0,
            product_1 & _LOW,
            (product_0 >> _SHIFT) ^ c3 ^ k1,
            product_0 & _LOW,
        )
        k0, k1 = (k0 + _INCREMENT_0) & _LOW, (k1 + _INCREMENT_1) & _LOW
    return c0, c1, c2, c3


@njit(cache=True, nogil=True)
def _fill(out, ids, draws, year_and_purpose, seed, replication):  # type: ignore[no-untyped-def]
    """Fill `out` f8[N]: counter = (two words of id, year and purpose, n), key = (seed, replication)."""
    word, k0, k1 = np.uint64(year_and_purpose), np.uint64(seed), np.uint64(replication)
    for i in range(out.size):
        name = np.uint64(ids[i])
        a, b, _, _ = _philox(name & _LOW, name >> _SHIFT, word, np.uint64(draws[i]), k0, k1)
        # 26 bits of each word, then half a step up: never 0 or 1, and symmetric about a half.
        out[i] = (float(a >> _DROP) * 67108864.0 + float(b >> _DROP) + 0.5) * 2.0**-52


@njit(cache=True, nogil=True)
def _log(x):  # type: ignore[no-untyped-def]
    """Return ln x of a positive normal number by ln m = 2 artanh((m - 1) / (m + 1)); error below 4e-16."""
    fraction, exponent = math.frexp(x)
    if fraction < _SQRT_HALF:
        fraction *= 2.0
        exponent -= 1
    s = (fraction - 1.0) / (fraction + 1.0)
    z = s * s
    series = 0.0
    for coefficient in _ARTANH:
        series = (series + coefficient) * z
    return exponent * _LN2_HIGH + (exponent * _LN2_LOW + 2.0 * (s + s * series))


@njit(cache=True, nogil=True)
def _ratio(numerator, denominator, x):  # type: ignore[no-untyped-def]
    """Return the quotient of two polynomials, coefficients from the highest power down."""
    top, bottom = 0.0, 0.0
    for i in range(len(numerator)):
        top = top * x + numerator[i]
        bottom = bottom * x + denominator[i]
    return top / bottom


# Coefficients of AS 241 (PPND16): centre, middle and far tail, from the highest power down.
_CENTRE = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_MIDDLE = (
    (
        7.7454501427834140764e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
_TAIL = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)


@njit(cache=True, nogil=True)
def _to_normal(values):  # type: ignore[no-untyped-def]
    """Turn probabilities f8[N] into standard normal quantiles in place."""
    for i in range(values.size):
        q = values[i] - 0.5
        if abs(q) <= 0.425:
            values[i] = q * _ratio(_CENTRE[0], _CENTRE[1], 0.180625 - q * q)
            continue
        r = math.sqrt(-_log(values[i] if q < 0.0 else 1.0 - values[i]))
        x = _ratio(_MIDDLE[0], _MIDDLE[1], r - 1.6) if r <= 5.0 else _ratio(_TAIL[0], _TAIL[1], r - 5.0)
        values[i] = x if q > 0.0 else -x


@njit(cache=True, nogil=True)
def _to_gumbel(values):  # type: ignore[no-untyped-def]
    """Turn probabilities f8[N] into standard Gumbel quantiles in place."""
    for i in range(values.size):
        values[i] = -_log(-_log(values[i]))
