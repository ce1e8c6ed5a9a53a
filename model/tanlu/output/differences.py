"""Effects: what two results of one region differ by, draw by draw, and how far chance leaves it open."""

import math
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.words import text
from tanlu.output.measured import Measured

CONFIDENCE = 0.95
LEVEL_QUANTILES = (0.1, 0.9)  # between which four fifths of draws lie


class Pairs(NamedTuple):
    """Which draws of a result meet which of its baseline."""

    of_result: Integers  # rows
    of_baseline: Integers
    paired: bool  # draw by draw; without a common draw all of both stand against each other


class Difference(NamedTuple):
    """The mean of a difference over draws, with the interval of this mean."""

    mean: float
    half_width: float  # of the 95 % interval of the mean by Student's t; NaN of one draw
    draws: int  # pairs; of results without a common draw the smaller number
    paired: bool
    unchanged: bool  # every draw has the same bits in both

    @property
    def is_in_noise(self) -> bool:
        """Whether the interval holds zero, so that not even the sign is known; of one draw that is not said."""
        return not self.unchanged and abs(self.mean) <= self.half_width

    @property
    def low(self) -> float:
        """Lower end of the interval; NaN of one draw."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end of the interval; NaN of one draw."""
        return self.mean + self.half_width


class Level(NamedTuple):
    """A figure of one result: its mean over draws, and what a tenth of them lies below and above."""

    mean: float
    p10: float
    p90: float
    draws: int


def pairs_of(result: Measured, baseline: Measured) -> Pairs:
    """Return the draws that have all chance in common: those of one seed and replication."""
    of = result.scenario.seed, len(result.measures.values)
    return common_draws(of, (baseline.scenario.seed, len(baseline.measures.values)))


def common_draws(of: tuple[int, int], base: tuple[int, int]) -> Pairs:
    """Return the draws that two answers have in common, each given by its seed and number of draws."""
    if of[0] != base[0]:
        return Pairs(np.arange(of[1]), np.arange(base[1]), paired=False)
    common = np.arange(min(of[1], base[1]))
    return Pairs(common, common, paired=True)


def carried_to_all(draws: Floats, baseline: Floats) -> Floats:
    """Return the first draws of an answer [R, ...], moved so that their mean holds while others are to come [R, ...].

    It is then that of all draws of the baseline [R', ...] and of the mean difference of the pairs so far: what chance
    does to both counts no more than it does in all draws. Both have their chance in common.
    """
    pairs = min(len(draws), len(baseline))
    return np.asarray(draws[:pairs] + (baseline.mean(axis=0) - baseline[:pairs].mean(axis=0)))


def difference(draws: Floats, baseline: Floats, pairs: Pairs) -> Difference:
    """Return by how much a figure differs, given in every draw of a result [R] and of its baseline [R'].

    Paired draws give the t interval of the mean of their differences. Without a common draw it is the one of Welch
    (1947), in which nothing of chance cancels.
    """
    one, other = draws[pairs.of_result], baseline[pairs.of_baseline]
    if pairs.paired:
        # Equal figures may be no numbers, such as a cost per tonne of nothing.
        return effect_of(one - other, bool(np.array_equal(one, other, equal_nan=True)))
    mean, fewer = float(one.mean() - other.mean()), min(one.size, other.size)
    return Difference(mean, _half_width_of_welch(one, other), fewer, False, unchanged=False)


def effect_of(changes: Floats, unchanged: bool) -> Difference:
    """Compute the mean of paired changes [R] with its interval."""
    return Difference(float(changes.mean()), half_width(changes), changes.size, True, unchanged)


def level(draws: Floats) -> Level:
    """Return a figure that is given in every draw of a result [R]."""
    p10, p90 = np.quantile(draws, LEVEL_QUANTILES)
    return Level(float(draws.mean()), float(p10), float(p90), draws.size)


def half_width(values: Floats) -> float:
    """Return the half-width of the 95 % interval of the mean of independent values [n]; NaN of one."""
    return float(half_widths(values))


def half_widths(values: Floats) -> Floats:
    """Return the half-widths of means over the first axis of independent values [n, ...]; NaN of one."""
    n = len(values)
    if n < 2:
        return np.full(values.shape[1:], math.nan)
    return np.asarray(student_quantile(n - 1.0) * values.std(axis=0, ddof=1) / math.sqrt(n))


def _half_width_of_welch(one: Floats, other: Floats) -> float:
    if min(one.size, other.size) < 2:
        return math.nan
    parts = np.array([values.var(ddof=1) / values.size for values in (one, other)])
    if not parts.any():
        return 0.0
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([one.size, other.size]) - 1.0)).sum()
    return float(student_quantile(freedom) * math.sqrt(parts.sum()))


def student_quantile(freedom: float) -> float:
    """Return the quantile of Student's t that leaves the rest of the confidence on both sides."""
    from scipy.special import stdtrit  # here: a run of one draw has no interval

    return float(stdtrit(freedom, 0.5 + 0.5 * CONFIDENCE))


def total(result: Measured, variables: tuple[str, ...], years: Integers) -> Floats:
    """Return the sum of variables of the whole region over some years, in every draw [R]."""
    chosen = np.isin(result.years, years)
    parts = [result.draws(variable)[:, chosen].sum(axis=1) for variable in variables]
    return np.asarray(sum(parts[1:], parts[0]))


def change_in_words(found: Difference, unit: str, language: str) -> str:
    """Return a change as a verb with its size, such as `rise by 3.1 ± 0.4 Mt`: nothing falls by less than zero.

    Within noise the sign stays, for it is what is not known. `unit` is `mtco2` or `bn_cny`.
    """
    if found.unchanged:
        return text(language, "change.same")
    turn = "noise" if found.is_in_noise else "rise" if found.mean > 0.0 else "fall"
    mean = found.mean if found.is_in_noise else abs(found.mean)
    sure = "below_noise" if found.is_in_noise else "paired" if found.paired else "unpaired"
    sure = "one_draw" if math.isnan(found.half_width) else sure
    shown = {"mean": f"{mean:,.1f}", "half": f"{found.half_width:,.1f}", "draws": found.draws}
    size = text(language, f"change.{sure}", {**shown, "unit": text(language, f"change.{unit}")})
    return text(language, f"change.{turn}", {"size": size})
