"""Means of outcomes with their intervals, from the runs of a store."""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.intervals import RareOutcome, rare_outcome, student_quantile
from tanlu.experiments.layout import Layout, PlacedPoint
from tanlu.experiments.parts import PointRecord
from tanlu.indicators.catalogue import is_rare

FEWEST_NUMBERS = 8  # of which it is told that one holds over half of them


class Estimate(NamedTuple):
    """A mean with its 95 % interval."""

    mean: float
    half_width: float  # nan of one number
    runs: int


def estimate_of(numbers: Floats, rows: Integers, replications: Integers) -> Estimate:
    """Estimate the mean of numbers [N] with its 95 % interval.

    Runs of a row differ by chance, and those of a replication by their row; each alone has too few degrees of freedom
    to be told from the other, so the squared errors of the means by row and by replication are added. That is the
    usual interval where there is one row, and a little too wide where there are many of both.
    """
    errors = [_error_of_means(numbers, groups) for groups in (rows, replications)]
    usable = [(squared, degrees) for squared, degrees in errors if degrees > 0]
    if not usable:
        return Estimate(float(numbers.mean()), math.nan, numbers.size)
    width = student_quantile(min(degrees for _, degrees in usable)) * math.sqrt(
        sum(squared for squared, _ in usable)
    )
    return Estimate(float(numbers.mean()), width, numbers.size)


def _error_of_means(numbers: Floats, groups: Integers) -> tuple[float, int]:
    """Compute the squared standard error of the mean of group means.

    It comes with its degrees of freedom.
    """
    _, group = np.unique(groups, return_inverse=True)
    means = sum_by_group(group, numbers) / np.bincount(group)
    degrees = means.size - 1
    return (float(means.var(ddof=1)) / means.size if degrees else 0.0), degrees


class OutcomeEstimate(NamedTuple):
    """The mean of an outcome of one arm, or of its differences to another."""

    arm: str
    outcome: str
    against: str
    mean: float
    half_width: float  # of its 95 % interval; NaN of what is rare
    runs: int
    rare: RareOutcome | None = None


def estimates(layout: Layout, records: Mapping[str, PointRecord]) -> Iterator[OutcomeEstimate]:
    """Estimate the mean of each outcome by arm over rows and draws, from records by id."""
    arms = dict.fromkeys(point.arm for point in layout.points if point.id in records)
    for arm in arms:
        for name, outcome in layout.experiment.outcomes.items():
            values = _values(layout, records, arm, name)
            if outcome.against:
                values = _subtract(values, _values(layout, records, outcome.against, name))
            if values and outcome.against != arm:
                rows, replications = np.array([*values]).T
                numbers = np.array([*values.values()])
                estimate, rare = estimate_of(numbers, rows, replications), None
                if numbers.size > 1 and (is_rare(outcome.variable) or rests_on_one(numbers)):
                    estimate, rare = estimate._replace(half_width=math.nan), rare_outcome(numbers)
                yield OutcomeEstimate(arm, name, outcome.against, *estimate, rare)


def rests_on_one(numbers: Floats) -> bool:
    """Check whether one of eight numbers or more holds over half of their sizes together.

    Its mean is then as rare as that one. Of fewer numbers one holds so much by chance, in a seventh of fives that are
    normal around 0.
    """
    sizes = np.abs(numbers)
    return numbers.size >= FEWEST_NUMBERS and bool(sizes.max() > 0.5 * sizes.sum())


def _values(
    layout: Layout, records: Mapping[str, PointRecord], arm: str, outcome: str
) -> dict[tuple[int, int], float]:
    """List the values of an outcome of an arm that are numbers, by row and replication."""

    def value_of(point: PlacedPoint) -> float | None:
        record = records.get(point.id)
        return record.outcomes.get(outcome) if record else None

    points = [(point, value_of(point)) for point in layout.points if point.arm == arm]
    return {(point.row, point.replication): value for point, value in points if value is not None}


def _subtract(
    values: Mapping[tuple[int, int], float], base: Mapping[tuple[int, int], float]
) -> dict[tuple[int, int], float]:
    return {place: value - base[place] for place, value in values.items() if place in base}
