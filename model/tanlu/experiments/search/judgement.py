"""What fresh draws say of finalists: which keep every bound, which of these is better, and what stands in the way."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.intervals import student_quantile
from tanlu.experiments.search.course import Findings
from tanlu.experiments.search.problem import FIRST_GOAL, Problem


class Verdict(NamedTuple):
    """What is said of finalists; F finalists, M bounds."""

    margins: Floats  # [F, M] in fresh draws
    kept_draws: Integers  # [F, M] draws in which a bound is kept
    is_on_front: Booleans  # [F] keeps every bound, and no other one that does is better beyond noise
    beaten_by: Integers  # [F] finalist that is better beyond noise, -1 where there is none
    groups: Integers  # [F] numbers from 1 of finalists that are not told apart; 0 where a bound is broken


class Obstacle(NamedTuple):
    """A bound that would have to give way for a point that was run to keep all others."""

    bound: str
    point: int
    margin: float  # of this point, below zero


def judge(problem: Problem, findings: Findings) -> Verdict:
    """Judge finalists by their fresh draws alone."""
    margins = problem.margins_of(findings.fresh)
    kept = (margins >= 0.0).all(axis=1)
    beaten_by = np.full(len(margins), -1)
    points = [int(point) for point in np.flatnonzero(kept)]
    for point in points:
        rivals = [rival for rival in points if _is_beaten(problem, findings.fresh, point, rival)]
        if rivals:
            beaten_by[point] = rivals[0]
    return Verdict(
        margins,
        _kept_draws(problem, findings.fresh),
        kept & (beaten_by < 0),
        beaten_by,
        _groups(problem, findings.fresh, kept),
    )


def _kept_draws(problem: Problem, values: Floats) -> Integers:
    names = [*problem.outcomes]
    columns = [
        (problem.outcomes[name].margins(values[:, :, names.index(name)]) >= 0.0).sum(axis=1)
        for name in problem.bounds
    ]
    return np.array(columns, np.int64).reshape(len(columns), len(values)).T


def _differences(problem: Problem, values: Floats, first: int, second: int) -> tuple[Floats, Floats]:
    """Compute by how much the second of two points is better in each goal, and its half-width, draw by draw [G]."""
    names = [*problem.outcomes]
    columns = [names.index(name) for name in problem.goals]
    signs = np.array([problem.outcomes[name].direction for name in problem.goals])
    change = (values[second] - values[first])[:, columns] * signs
    number = len(change)
    error = change.std(axis=0, ddof=1) / np.sqrt(number)
    return change.mean(axis=0), student_quantile(number - 1.0) * error


def _is_beaten(problem: Problem, values: Floats, point: int, rival: int) -> bool:
    """Whether a rival is as good in every goal and better beyond noise in at least one."""
    if point == rival:
        return False
    gain, width = _differences(problem, values, point, rival)
    return bool((gain >= 0.0).all() and (gain > width).any())


def _groups(problem: Problem, values: Floats, kept: Booleans) -> Integers:
    """Number groups of points that are not told apart from the first of their group.

    No goal of both differs beyond noise, draw by draw. The best by the first goal begins.
    """
    groups = np.zeros(len(values), np.int64)
    heads: list[int] = []
    points = np.flatnonzero(kept)
    for point in points[np.argsort(-problem.goals_of(values)[points, FIRST_GOAL], kind="stable")]:
        for number, head in enumerate(heads, start=1):
            gain, width = _differences(problem, values, head, point)
            if (np.abs(gain) <= width).all():
                groups[point] = number
                break
        else:
            heads.append(int(point))
            groups[point] = len(heads)
    return groups


def find_obstacles(problem: Problem, findings: Findings) -> list[Obstacle]:
    """Find for each bound the least by which a point breaks it that keeps all others, by the draws of the search.

    The bounds that give way least come first; what no point breaks alone is not among them.
    """
    margins = findings.trials.margins
    points = np.flatnonzero(findings.is_sound)
    spread = margins.std(axis=0)
    obstacles = []
    for column, name in enumerate(problem.bounds):
        alone = (np.delete(margins, column, axis=1) >= 0.0).all(axis=1) & (margins[:, column] < 0.0)
        if alone.any():
            nearest = np.flatnonzero(alone)[np.argmax(margins[alone, column])]
            share = -margins[nearest, column] / (spread[column] or 1.0)
            obstacles.append(
                (float(share), Obstacle(name, int(points[nearest]), float(margins[nearest, column])))
            )
    return [obstacle for _, obstacle in sorted(obstacles, key=lambda pair: pair[0])]


def order_of(problem: Problem, values: Floats) -> Sequence[int]:
    """Order finalists by their goals, the best of the first one first."""
    return [int(point) for point in np.argsort(-problem.goals_of(values)[:, FIRST_GOAL], kind="stable")]
