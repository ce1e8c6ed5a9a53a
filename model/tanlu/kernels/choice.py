"""What many deciders take: the option that pays best, or shares of all options by the logit of their worth."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tanlu.compilation.decorators import helper, kernel


def logit_shares(*, score: ArrayLike, feasible: ArrayLike, scale: float) -> NDArray[np.float64]:
    """Compute the probability of each option [N, K] by the logit of scores.

    ! It is proportional to exp(score / scale), and rows sum to 1. Scale has the unit of the score: at 0 the best option
    has probability 1 (the first among equals), and the larger it is, the more is left to chance. A row without a
    feasible option is 0.

    Source: McFadden 1974, conditional logit.

    It is proportional to exp(score / scale), and rows sum to 1.

    Scale has the unit of the score: at 0 the best option has probability 1 (the first among equals), and the
    larger it is, the more is left to chance. A row without a feasible option is 0.

    Source: McFadden 1974, conditional logit.

    Raises:
        ValueError: if scale is negative or shapes differ.
    """
    if not scale >= 0.0:
        raise ValueError(f"scale must not be negative: {scale}")
    scores, allowed = _scores(score, feasible)
    shares: NDArray[np.float64] = _logit_shares(score=scores, feasible=allowed, scale=float(scale))
    return shares


def _scores(score: ArrayLike, feasible: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return both arrays as [N, K], checked."""
    scores: NDArray[Any] = np.require(score, np.float64, ("C", "W"))
    allowed: NDArray[Any] = np.require(feasible, np.bool_, ("C", "W"))
    if scores.ndim != 2 or allowed.shape != scores.shape:
        raise ValueError(f"score {scores.shape} and feasible {allowed.shape} must both be [N, K]")
    return scores, allowed


# --- compiled -----------------------------------------------------------------------------------------

# ln 2 in two parts, the first short enough that a whole number times it is exact.
_LN2_HIGH, _LN2_LOW = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
_LOG2_E = 1.0 / (_LN2_HIGH + _LN2_LOW)


@helper
def _best_option(score, feasible):  # type: ignore[no-untyped-def]
    choice = np.full(score.shape[0], -1)
    for i in range(score.shape[0]):
        for k in range(score.shape[1]):
            if not feasible[i, k] or np.isnan(score[i, k]):
                continue
            if choice[i] < 0 or score[i, k] > score[i, choice[i]]:
                choice[i] = k
    return choice


@kernel
def choose_best_paying(npv_cny, feasible):  # type: ignore[no-untyped-def]
    """Choose each decider's feasible option of highest positive NPV, i8[N].

    Where no NPV is positive the choice is 0, to keep.

    Args:
        npv_cny: f8[N, K]; NaN is never chosen. Option 0 is to keep, always possible and worth 0.
        feasible: b1[N, K].
    """
    choice = np.zeros(npv_cny.shape[0], np.int64)
    for i in range(npv_cny.shape[0]):
        best = 0.0
        for k in range(1, npv_cny.shape[1]):
            if feasible[i, k] and npv_cny[i, k] > best:
                best, choice[i] = npv_cny[i, k], k
    return choice


@helper
def _exp(x):  # type: ignore[no-untyped-def]
    """Compute e ** x for x <= 0, alike on every processor.

    It is 2 ** k times the Taylor series of the rest.
    """
    if x < -745.0:
        return 0.0
    k = math.floor(x * _LOG2_E + 0.5)
    rest = (x - k * _LN2_HIGH) - k * _LN2_LOW
    series = 1.0
    for n in range(13, 0, -1):
        series = 1.0 + series * rest / n
    return math.ldexp(series, int(k))


@kernel
def _logit_shares(*, score, feasible, scale):  # type: ignore[no-untyped-def]
    best = _best_option(score=score, feasible=feasible)
    share = np.zeros(score.shape)
    for i in range(score.shape[0]):
        if best[i] < 0:
            continue
        share[i, best[i]] = 1.0
        total, top = 1.0, score[i, best[i]]
        for k in range(score.shape[1]):
            usable = feasible[i, k] and not np.isnan(score[i, k])
            if scale > 0.0 and usable and k != best[i]:
                # Equal scores first: the difference of two infinite ones is no number.
                share[i, k] = 1.0 if score[i, k] == top else _exp((score[i, k] - top) / scale)
                total += share[i, k]
        for k in range(score.shape[1]):
            share[i, k] /= total
    return share
