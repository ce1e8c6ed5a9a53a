"""The course of a search: a design, batches of proposed points, finalists in more draws, and these in fresh ones.

It is a function of the problem and of what is measured: asked again, it proposes the same points in the same order, so
that a search that was stopped goes on from what is stored.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.experiments.search.fronts import beaten_points, reached_volume, spread_points
from tanlu.experiments.search.problem import (
    BATCH,
    CALIBRATED,
    FINALISTS,
    FIRST_GOAL,
    TIMES_TOO_LITTLE,
    TOO_LITTLE_GROWTH,
    PointMeasure,
    Problem,
)
from tanlu.experiments.search.surrogates import Trials, propose_points, sobol_points
from tanlu.output.differences import half_widths

DESIGN, CALIBRATION, BATCHES, FINAL, FRESH = "design", "calibration", "batch", "final", "fresh"
SPENT, SETTLED = "spent", "settled"  # why a search ended


class TriedPoints(NamedTuple):
    """Points that a search has tried, by the runs that each has; N points, D levers, O outcomes."""

    places: Floats  # [N, D] in the unit cube
    means: Floats  # [N, O] over the draws that were run, NaN where a run failed
    half_widths: Floats  # [N, O] of points that ran in all draws of the search, else NaN
    draws: Integers  # [N] that were run
    is_feasible: Booleans  # [N] by what the search expects of all its draws
    is_on_front: Booleans  # [N] feasible, and beaten by no other feasible point


class SearchStep(NamedTuple):
    """How far a search is."""

    stage: str
    points: int  # that were tried
    feasible: int
    runs: int  # done, of the problem's
    volume: float  # that the feasible points reach together
    tried_points: TriedPoints


class Findings(NamedTuple):
    """What a search found; N points in the order in which they were tried, F finalists, R draws, O outcomes."""

    places: Floats  # [N, D] in the unit cube
    stages: tuple[str, ...]  # [N]
    trials: Trials  # of points that did not fail, by what the search knows
    is_sound: Booleans  # [N] whether no run of a point failed
    draws: tuple[int, ...]  # in which points were screened
    finalists: Integers  # [F] numbers of points
    fresh: Floats  # [F, R, O] in draws that the search did not use
    steps: tuple[SearchStep, ...]
    ending: str


class SearchCourse:
    """A search under way."""

    def __init__(
        self, problem: Problem, base: Floats, measure: PointMeasure, tell: Callable[[SearchStep], None]
    ) -> None:
        """Begin with the reference in all draws of the search [R, O]."""
        self._problem, self._base, self._measure, self._tell = problem, base, measure, tell
        self._draws = problem.screening(base)
        self._others = [draw for draw in range(problem.draws) if draw not in self._draws]
        self._places = np.empty((0, problem.levers))
        self._values = np.empty((0, problem.draws, base.shape[1]))  # as far as they are known, else estimated
        self._complete = np.empty(0, bool)
        self._stages: list[str] = []
        self._runs = problem.reference_runs
        self._steps: list[SearchStep] = []
        self._worst: Floats | None = None

    def find(self) -> Findings:
        """Search to the end."""
        problem = self._problem
        design = sobol_points(problem.levers, problem.design_points, problem.seed)
        self.screen(design, DESIGN)
        self.calibrate()
        ending = self._propose_batches()
        self._complete_finalists()
        finalists = self._finalists()
        fresh = np.empty((0, problem.draws, self._base.shape[1]))
        if finalists.size:
            fresh = self._measure(self._places[finalists], fresh_draws(problem))
            self._note(FRESH, finalists.size * problem.draws)
        return Findings(
            self._places,
            tuple(self._stages),
            self.trials(),
            self._is_sound(),
            self._draws,
            finalists,
            fresh,
            tuple(self._steps),
            ending,
        )

    def _propose_batches(self) -> str:
        """Propose and screen batches until little is gained or runs are spent; why it ended."""
        problem, times = self._problem, 0
        cost = BATCH * problem.screen_draws
        while self._runs + cost + problem.final_runs <= problem.runs:
            trials = self.trials()
            before = self._volume(trials)
            # A seed for each batch: from the number of points, so that it is the same after a stop.
            seed = problem.seed + len(self._places)
            self.screen(propose_points(trials, BATCH, seed), BATCHES)
            after = self._volume(self.trials())
            has_grown = after == 0.0 or after > before * (1.0 + TOO_LITTLE_GROWTH)
            times = 0 if has_grown else times + 1
            if times == TIMES_TOO_LITTLE:
                return SETTLED
        return SPENT

    def screen(self, places: Floats, stage: str) -> None:
        """Run new points in the draws for screening."""
        measured = self._measure(places, self._draws)
        values = np.repeat(self._base[None], len(places), axis=0)
        values[:, list(self._draws)] = measured
        self._places = np.vstack([self._places, places])
        self._values = np.concatenate([self._values, values])
        self._complete = np.append(self._complete, np.full(len(places), not self._others))
        self._stages += [stage] * len(places)
        self._expect_others()
        self._note(stage, len(places) * len(self._draws))

    def calibrate(self) -> None:
        """Run some of the points so far, far apart, in all draws of the search."""
        self._complete_points(np.sort(spread_points(self._places, CALIBRATED)), CALIBRATION)

    def _complete_points(self, points: Integers, stage: str) -> None:
        """Run points in the other draws of the search."""
        if self._others:
            self._values[np.ix_(points, self._others)] = self._measure(self._places[points], self._others)
            self._complete[points] = True
            self._expect_others()
            self._note(stage, points.size * len(self._others))

    def _expect_others(self) -> None:
        """Expect what points would be in draws that they have not run.

        They differ from the reference there by a multiple of what they differ by in the draws for screening, which is
        that of complete points (least squares through the reference).
        """
        changes = (self._values - self._base)[:, list(self._draws)].mean(axis=1, keepdims=True)  # [N, 1, O]
        complete = self._complete & self._is_sound()
        elsewhere = (self._values - self._base)[complete][:, self._others]  # [C, R, O]
        squares = (changes[complete] ** 2).sum(axis=0)  # [1, O]
        products = (elsewhere * changes[complete]).sum(axis=0)
        multiples = np.divide(products, squares, out=np.ones_like(products), where=squares > 0.0)
        partial = np.flatnonzero(~self._complete)
        self._values[np.ix_(partial, self._others)] = self._base[self._others] + changes[partial] * multiples

    def _complete_finalists(self) -> None:
        """Run the other draws of the search for points of the front, until all of it has them or runs are spent.

        Some drop out of it by what these draws say, and others take their places.
        """
        problem = self._problem
        while True:
            front = self._front(self._is_sound())
            known = front[self._complete[front]]
            # Points in few draws may look better than they are: fresh runs for some that are complete are kept.
            planned = problem.final_runs // problem.finalist_runs
            reserved = max(known.size, min(self._front(self._complete).size, planned // 2))
            left = problem.runs - self._runs - reserved * problem.draws
            number = min(left // problem.finalist_runs, FINALISTS - reserved)
            if number < 1 or known.size == front.size:
                return
            goals = self._trials_of(front).goals
            apart = front[spread_points(goals, known.size + number, int(np.argmax(goals[:, FIRST_GOAL])))]
            points = np.sort(apart[~self._complete[apart]][:number])
            if not points.size:
                return
            self._complete_points(points, FINAL)

    def _finalists(self) -> Integers:
        """List points that get fresh draws: those of the front in all draws, or the nearest point if none is left."""
        problem = self._problem
        known = self._front(self._complete)
        number = min((problem.runs - self._runs) // problem.draws, FINALISTS)
        if known.size > number:
            goals = self._trials_of(known).goals
            known = np.sort(known[spread_points(goals, number, int(np.argmax(goals[:, FIRST_GOAL])))])
        return known if known.size else self._front(self._is_sound())[:number]

    def _front(self, candidates: Booleans) -> Integers:
        """List feasible candidates [N] that no other feasible one beats; the nearest candidate if there are none."""
        usable = np.flatnonzero(self._is_sound() & candidates)
        trials = self._trials_of(usable)
        feasible = usable[trials.is_feasible]
        if feasible.size:
            return feasible[~beaten_points(self._trials_of(feasible).goals)]
        return usable[[int(np.argmin(trials.violations))]] if usable.size else usable

    def trials(self) -> Trials:
        """List the points that did not fail, by what is known of them."""
        return self._trials_of(np.flatnonzero(self._is_sound()))

    def _trials_of(self, points: Integers) -> Trials:
        values = self._values[points]
        goals, margins = self._problem.goals_of(values), self._problem.cautious_margins_of(values)
        return Trials(self._places[points], goals, margins)

    def _is_sound(self) -> Booleans:
        sound: Booleans = np.isfinite(self._values).all(axis=(1, 2))
        return sound

    def _volume(self, trials: Trials) -> float:
        """Compute the volume that feasible points reach together, from the worst goals of the first design."""
        if self._worst is None:
            self._worst = trials.goals.min(axis=0) if len(trials.goals) else np.zeros(trials.goals.shape[1])
        return reached_volume(trials.goals[trials.is_feasible], self._worst)

    def _note(self, stage: str, runs: int) -> None:
        self._runs += runs
        trials = self.trials()
        volume = self._volume(trials)
        feasible = int(trials.is_feasible.sum())
        step = SearchStep(stage, len(self._places), feasible, self._runs, volume, self._tried_points(trials))
        self._steps.append(step)
        self._tell(step)

    def _tried_points(self, trials: Trials) -> TriedPoints:
        sound, complete = self._is_sound(), self._complete
        screened = self._values[:, list(self._draws)].mean(axis=1)
        means = np.where(complete[:, None], self._values.mean(axis=1), screened)
        widths = np.full(means.shape, np.nan)
        widths[complete] = half_widths(np.moveaxis(self._values[complete], 1, 0))
        feasible, on_front = np.zeros((2, len(sound)), bool)
        feasible[np.flatnonzero(sound)[trials.is_feasible]] = True
        on_front[np.flatnonzero(feasible)] = ~beaten_points(trials.goals[trials.is_feasible])
        draws = np.where(complete, self._problem.draws, len(self._draws))
        return TriedPoints(self._places, means, widths, draws, feasible, on_front)


def search(
    problem: Problem,
    base: Floats,
    measure: PointMeasure,
    tell: Callable[[SearchStep], None] = lambda step: None,
) -> Findings:
    """Search for points that keep every bound and that no other one beats.

    Args:
        problem: what is asked for.
        base: the reference in all draws of the search [R, O].
        measure: tries points.
        tell: is called after each step.
    """
    return SearchCourse(problem, base, measure, tell).find()


def fresh_draws(problem: Problem) -> Sequence[int]:
    """List the draws in which finalists are judged, none of which the search uses."""
    return range(problem.draws, 2 * problem.draws)
