"""Intervals of means by Student's t, bands of draws by their ranks, and what draws say of a rare outcome."""

import math
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.units import PERCENT_PER_SHARE

CONFIDENCE = 0.95
BAND_SHARE = 0.8  # of further draws, held by a band of draws enough
# Of tables, NaN where nothing is rare: the fields of `RareOutcome`.
RARE_COLUMNS = ("rare_count", "rare_draws", "median", "median_low", "median_high", "largest")
BAND_COLUMNS = ("band_low", "band_high", "band_percent")  # of tables


def student_quantile(freedom: float) -> float:
    """Return the two-sided quantile of Student's t."""
    from scipy.special import stdtrit  # here: a run of one draw has no interval

    return float(stdtrit(freedom, 0.5 + 0.5 * CONFIDENCE))


class DrawBand(NamedTuple):
    """The ends between which draws of a figure lie."""

    low: Floats
    high: Floats


def band(draws: Floats, share: float = BAND_SHARE) -> DrawBand:
    """Compute the band of draws [R, ...], by ranks along the first axis.

    Each end is the quantile at rank p (R + 1), type 6 of Hyndman and Fan (1996), for a further draw falls below the
    r-th of R with the chance r / (R + 1), however it is distributed. Where the rank lies beyond the draws the end is
    the smallest or the largest: the band is their range, and `held_percent` says how much less than `share` it holds.
    """
    tail = 0.5 * (1.0 - share)
    return DrawBand(*np.quantile(draws, (tail, 1.0 - tail), axis=0, method="weibull"))


def held_percent(draws: int, share: float = BAND_SHARE) -> float:
    """Compute the chance that a further draw lies in the band, percent; NaN of one draw."""
    if draws < 2:
        return math.nan
    return PERCENT_PER_SHARE * min(share, (draws - 1.0) / (draws + 1.0))


def band_values(draws: int, share: float = BAND_SHARE) -> dict[str, int | str]:
    """Build what texts say of a band: its draws, and the percent of further ones that it holds."""
    return {"draws": draws, "percent": f"{held_percent(draws, share):.0f}"}


class RareOutcome(NamedTuple):
    """What draws say of an outcome that most draws do not have: no mean of a few can tell how often the rest do."""

    occurrences: int  # draws that have it
    draws: int
    median: float
    low: float  # ends of the 95 % interval of the median, by ranks
    high: float
    largest: float  # in size


def rare_outcome(draws: Floats) -> RareOutcome:
    """Sum up draws [R] of a rare outcome."""
    low, high = median_interval(draws)
    figures = (float(value) for value in (np.median(draws), low, high, draws[np.abs(draws).argmax()]))
    return RareOutcome(int(np.count_nonzero(draws)), draws.size, *figures)


def median_interval(draws: Floats) -> DrawBand:
    """Compute the 95 % interval of the median of draws [R, ...] by ranks.

    The r-th smallest and the r-th largest hold the median unless fewer than r draws fall on one side of it, whatever
    the distribution (Conover 1999, Practical nonparametric statistics, section 3.2). Of five draws and fewer even the
    range holds it in less than 95 % of cases: it is the interval all the same.
    """
    number, rank, below = len(draws), 0, 1  # in how many of 2^R cases at most `rank` draws fall on one side
    while 2 * (below + math.comb(number, rank + 1)) <= (1.0 - CONFIDENCE) * 2**number:
        rank += 1
        below += math.comb(number, rank)
    ordered = np.sort(draws, axis=0)
    return DrawBand(ordered[rank], ordered[-1 - rank])
