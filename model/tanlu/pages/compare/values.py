"""The figures of an indicator in several answers: levels, their parts, and differences to the first."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.indicators.catalogue import is_rare
from tanlu.output import charts
from tanlu.output.differences import Difference, Pairs, common_draws, difference, level
from tanlu.pages.hours import BOTH
from tanlu.pages.workers.views import AnswerView


class IndicatorSeries(NamedTuple):
    """An indicator of one answer in a place, over the years that are shown; R draws, Y years."""

    mean: Floats  # [Y] of what all draws will come to, as far as that is known
    draws: Floats  # [R, Y]
    seed: int
    is_rare: bool = False

    def pairs(self, other: "IndicatorSeries") -> Pairs:
        """Return which draws share all chance with those of another answer."""
        return common_draws((self.seed, len(self.draws)), (other.seed, len(other.draws)))


def years_shown(views: Sequence[AnswerView], first: int, last: int) -> Integers:
    """Return the years between two that all answers have; all of them where none is between."""
    common = np.array(sorted(set.intersection(*(set(view.years) for view in views))), dtype=np.int64)
    between = common[(common >= first) & (common <= last)]
    return between if between.size else common


def series_of(
    view: AnswerView, indicator: str, place: str, years: Integers, seed: int
) -> IndicatorSeries | None:
    """Return an indicator of an answer; None where the answer does not have it."""
    measures = view.measures
    if measures is None or indicator not in measures.variables:
        return None
    region = measures.regions[-1] if place == BOTH else place
    shown = np.isin(measures.years, years)
    draws = measures.values[:, measures.variables.index(indicator), measures.regions.index(region)]
    mean = charts.series(view.wide, indicator, region)[shown]
    return IndicatorSeries(mean, draws[:, shown], seed, is_rare(indicator))


def changes_by_year(one: IndicatorSeries, first: IndicatorSeries) -> list[Difference]:
    """Return by how much an indicator differs from the first answer's, year by year."""
    pairs = one.pairs(first)
    return [
        difference(now, before, pairs, is_rare=one.is_rare)
        for now, before in zip(one.draws.T, first.draws.T, strict=True)
    ]


def as_levels(one: IndicatorSeries) -> dict[str, Any]:
    """Return levels as the browser gets them: means, and the band of several draws."""
    spreads = [level(draws) for draws in one.draws.T] if len(one.draws) > 1 else []
    levels = {"mean": shortened(one.mean)}
    if not spreads:
        return levels
    return levels | {
        "low": shortened([each.low for each in spreads]),
        "high": shortened([each.high for each in spreads]),
    }


def as_changes(found: Sequence[Difference]) -> dict[str, Any]:
    """Return differences as the browser gets them: means, both ends of their intervals, and which are within noise."""
    ends = {"low": [one.low for one in found], "high": [one.high for one in found]}
    told = {key: shortened(values) for key, values in {"mean": [one.mean for one in found], **ends}.items()}
    noise = ["noise" if one.is_in_noise else "same" if one.unchanged else "" for one in found]
    return {**told, "noise": noise}


def shortened(values: Sequence[float] | Floats) -> list[float | None]:
    """Return values with ten digits, None where there is none: a browser reads no NaN."""
    return [float(f"{value:.10g}") if math.isfinite(value) else None for value in values]


def most_of(shown: Sequence[Mapping[str, Any]]) -> float:
    """Return the largest size among values as the browser gets them."""
    lists = (one.get(key, ()) for one in shown for key in ("mean", "low", "high"))
    return max((abs(value) for values in lists for value in values if value is not None), default=0.0)
