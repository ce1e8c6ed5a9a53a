"""Keyed random draws: what chance deals a decider depends on the decider, never on who else draws.

A draw is a pure function of (seed, replication) and of (decider, year, purpose, n). No scenario, policy,
population, order or number of workers can shift it, so the difference between two scenarios under one seed
is policy and not noise (common random numbers; Klein et al. 2024, arXiv:2409.02086).

The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as
1, 2, 3", SC11). Only integer work, + and * are used, so the bits are the same on every machine.
"""

import hashlib
from enum import IntEnum, unique
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from tanlu.compilation.decorators import kernel, plain
from tanlu.core.arrays import Floats, Integers

WORD = 2**32  # seed, replication and n are one word of the generator each
HALF_WORD = 2**16  # year and purpose share a word


@unique
class Purpose(IntEnum):
    """What a draw is for; each purpose is drawn at one place in the code.

    A new feature takes the next number, 18, so it changes no existing draw; gaps are not filled.
    """

    HURDLE_RATE = 1
    HYDROLOGY = 5
    DROUGHT = 6
    FACILITY_HURDLE_RATE = 10
    RELINE = 11
    DROUGHT_SEVERITY = 12
    PROJECT_COMPLETION = 13
    LOAD_OUTLOOK = 14
    ADDED_AGENT = 15
    CAPTURE_SITE = 16
    RESEARCH_SUCCESS = 17


def decider_id(*parts: str | int) -> int:
    """Compute a stable number for a decider from its name.

    The same in every run, order and population.
    A decider born in the model is named by its parent and year, `decider_id("huaneng", "wind", 2031)`.
    63 bits: among a million deciders two share a number with probability 5e-8.

    Raises:
        ValueError: if there is no part.
    """
    if not parts:
        raise ValueError("a decider needs a name")
    return _hash_name("\x1f".join(map(str, parts)))


@lru_cache(maxsize=2**16)
def _hash_name(text: str) -> int:
    """Hash a name to its stable number.

    It is cached, as runs of one region share nearly all of theirs.
    """
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


@plain
def _philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Compute the four words of counter (c0..c3) under key (k0, k1).

    All 32-bit values are held in u8.
    """
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


@kernel
def _fill(out, ids, draws, year_and_purpose, seed, replication):  # type: ignore[no-untyped-def]
    """Fill `out` f8[N] with draws.

    Counter = (two words of id, year and purpose, n), key = (seed, replication).
    """
    word, k0, k1 = np.uint64(year_and_purpose), np.uint64(seed), np.uint64(replication)
    for i in range(out.size):
        name = np.uint64(ids[i])
        a, b, _, _ = _philox(name & _LOW, name >> _SHIFT, word, np.uint64(draws[i]), k0, k1)
        # 26 bits of each word, then half a step up: never 0 or 1, and symmetric about a half.
        out[i] = (float(a >> _DROP) * 67108864.0 + float(b >> _DROP) + 0.5) * 2.0**-52


# Coefficients of AS 241 (PPND16): centre, middle and far tail, from the highest power down.
