"""Effects: what two results of one region differ by, draw by draw, and how far chance leaves it open."""

import math
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.intervals import RARE_COLUMNS, RareOutcome, band, rare_outcome, student_quantile
from tanlu.core.words import text
from tanlu.output.measures import Measured


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
    rare: RareOutcome | None = None  # of the changes of pairs; its mean then has no interval

    @property
    def is_in_noise(self) -> bool:
        """Check whether the interval holds zero; false of one draw and of what is rare."""
        return not self.unchanged and abs(self.mean) <= self.half_width

    @property
    def low(self) -> float:
        """Lower end of the interval, of the median where it is rare; NaN of one draw."""
        return self.mean - self.half_width if self.rare is None else self.rare.low

    @property
    def high(self) -> float:
        """Upper end of the interval, of the median where it is rare; NaN of one draw."""
        return self.mean + self.half_width if self.rare is None else self.rare.high

    @property
    def has_sign(self) -> bool:
        """Check whether chance leaves the sign known: of one draw it does, beyond which nobody asked."""
        if self.unchanged:
            return False
        return not self.is_in_noise if self.rare is None else self.rare.low > 0.0 or self.rare.high < 0.0


class Level(NamedTuple):
    """A figure of one result: its mean over draws, and their band."""

    mean: float
    low: float
    high: float
    draws: int


def rare_cells(change: Difference) -> tuple[float, ...]:
    """Select what pairs say of a rare outcome for `RARE_COLUMNS`; NaN where it is not."""
    return change.rare or (math.nan,) * len(RARE_COLUMNS)


def pairs_of(result: Measured, baseline: Measured) -> Pairs:
    """Pair the draws of one seed and replication, which share all chance."""
    seed_and_draws = result.scenario.seed, len(result.measures.values)
    return common_draws(seed_and_draws, (baseline.scenario.seed, len(baseline.measures.values)))


def common_draws(answer: tuple[int, int], baseline: tuple[int, int]) -> Pairs:
    """Pair the draws of two answers, given by seed and number of draws."""
    if answer[0] != baseline[0]:
        return Pairs(np.arange(answer[1]), np.arange(baseline[1]), paired=False)
    common = np.arange(min(answer[1], baseline[1]))
    return Pairs(common, common, paired=True)


def carried_to_all(draws: Floats, baseline: Floats) -> Floats:
    """Move the first draws of an answer [R, ...] to the mean of all.

    It is then that of all draws of the baseline [R', ...] and of the mean difference of the pairs so far: what chance
    does to both counts no more than it does in all draws. Both have their chance in common.
    """
    pairs = min(len(draws), len(baseline))
    return np.asarray(draws[:pairs] + (baseline.mean(axis=0) - baseline[:pairs].mean(axis=0)))


def difference(draws: Floats, baseline: Floats, pairs: Pairs, *, is_rare: bool = False) -> Difference:
    """Compute the difference of a figure between draws [R] and baseline draws [R'].

    Paired draws give the t interval of the mean of their differences. Without a common draw it is the one of Welch
    (1947), in which nothing of chance cancels. The mean of what is rare has no interval; paired draws say what they
    know of it.
    """
    result_draws, baseline_draws = draws[pairs.of_result], baseline[pairs.of_baseline]
    if pairs.paired:
        # Equal figures may be no numbers, such as a cost per tonne of nothing.
        changes = result_draws - baseline_draws
        effect = effect_of(changes, bool(np.array_equal(result_draws, baseline_draws, equal_nan=True)))
        if not is_rare or changes.size == 1:
            return effect
        return effect._replace(half_width=math.nan, rare=rare_outcome(changes))
    mean, fewest = (
        float(result_draws.mean() - baseline_draws.mean()),
        min(result_draws.size, baseline_draws.size),
    )
    half = math.nan if is_rare else _half_width_of_welch(result_draws, baseline_draws)
    return Difference(mean, half, fewest, False, unchanged=False)


def effect_of(changes: Floats, unchanged: bool) -> Difference:
    """Compute the mean of paired changes [R] with its interval."""
    return Difference(float(changes.mean()), half_width(changes), changes.size, True, unchanged)


def level(draws: Floats) -> Level:
    """Compute mean and band of a figure over draws [R]; no band of one."""
    low, high = band(draws) if draws.size > 1 else (math.nan, math.nan)
    return Level(float(draws.mean()), float(low), float(high), draws.size)


def half_width(values: Floats) -> float:
    """Compute the half-width of the 95 % interval of a mean [n]; NaN of one."""
    return float(half_widths(values))


def half_widths(values: Floats) -> Floats:
    """Compute half-widths of means over the first axis [n, ...]; NaN of one."""
    n = len(values)
    if n < 2:
        return np.full(values.shape[1:], math.nan)
    return np.asarray(student_quantile(n - 1.0) * values.std(axis=0, ddof=1) / math.sqrt(n))


def _half_width_of_welch(result_draws: Floats, baseline_draws: Floats) -> float:
    if min(result_draws.size, baseline_draws.size) < 2:
        return math.nan
    parts = np.array([values.var(ddof=1) / values.size for values in (result_draws, baseline_draws)])
    if not parts.any():
        return 0.0
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([result_draws.size, baseline_draws.size]) - 1.0)).sum()
    return float(student_quantile(freedom) * math.sqrt(parts.sum()))


def total(result: Measured, variables: tuple[str, ...], years: Integers) -> Floats:
    """Sum variables of the whole region over years, in every draw [R]."""
    is_selected = np.isin(result.years, years)
    parts = [result.draws(variable)[:, is_selected].sum(axis=1) for variable in variables]
    return np.asarray(sum(parts[1:], parts[0]))


def change_in_words(change: Difference, unit: str, language: str) -> str:
    """Write a change as a verb with its size, such as `rise by 3.1 ± 0.4 Mt`.

    Within noise the sign stays, for it is what is not known. `unit` is `mtco2` or `bn_cny`.
    """
    if change.unchanged:
        return text(language, "change.same")
    turn = "noise" if change.is_in_noise else "rise" if change.mean > 0.0 else "fall"
    mean = change.mean if change.is_in_noise else abs(change.mean)
    sure = "below_noise" if change.is_in_noise else "paired" if change.paired else "unpaired"
    sure = "one_draw" if math.isnan(change.half_width) else sure
    figures = {"mean": f"{mean:,.1f}", "half": f"{change.half_width:,.1f}", "draws": change.draws}
    size = text(language, f"change.{sure}", {**figures, "unit": text(language, f"change.{unit}")})
    return text(language, f"change.{turn}", {"size": size})
