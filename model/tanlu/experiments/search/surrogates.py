"""What to run next: a Gaussian process for each goal and bound, fitted to what is run and never shown itself."""

import warnings
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.experiments.search.fronts import beaten_points, spread_points

CANDIDATES = 8192  # points of a Sobol sequence among which the next ones are chosen; a power of two
CAUTION = 0.5  # standard deviations by which a candidate must keep clear of a bound, and may be better than expected
RESTARTS = 1  # of the fit of a process, from other lengths: the first may end in a poor one


class Trials(NamedTuple):
    """What is run so far; N points, D levers, G goals, M bounds."""

    places: Floats  # [N, D] in the unit cube
    goals: Floats  # [N, G], more is better
    margins: Floats  # [N, M], below zero where a bound is broken

    @property
    def is_feasible(self) -> Booleans:
        """Mark the points that keep every bound [N]."""
        feasible: Booleans = (self.margins >= 0.0).all(axis=1)
        return feasible

    @property
    def violations(self) -> Floats:
        """Compute by how much points break their bounds [N], in standard deviations of each over the points."""
        spread = self.margins.std(axis=0)
        broken = np.maximum(-self.margins, 0.0) / np.where(spread > 0.0, spread, 1.0)
        total: Floats = broken.sum(axis=1)
        return total


class Forecast(NamedTuple):
    """Expected values of candidates and their standard deviations [N, K]."""

    mean: Floats
    deviation: Floats


def sobol_points(levers: int, number: int, seed: int) -> Floats:
    """Draw points [number, levers] of a scrambled Sobol sequence in the unit cube."""
    from scipy.stats.qmc import Sobol  # with all of statistics, which a check does not need

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a number that is no power of two
        points: Floats = Sobol(levers, scramble=True, rng=np.random.default_rng(seed)).random(number)
    return points


def propose_points(trials: Trials, number: int, seed: int) -> Floats:
    """Choose points [number, D] to run next.

    Of many candidates those that are expected to keep every bound, and of these the ones that none is expected to
    beat, spread out. Where none is expected to keep them all, those expected to break them least.
    """
    # Another sequence each time: the grid of candidates is finer over several batches than in one.
    candidates = sobol_points(trials.places.shape[1], CANDIDATES, seed)
    candidates = candidates[_are_new(candidates, trials.places)]
    goals = forecast(trials.places, trials.goals, candidates, seed)
    margins = forecast(trials.places, trials.margins, candidates, seed)
    cautious = margins.mean - CAUTION * margins.deviation
    hopeful = goals.mean + CAUTION * goals.deviation
    kept_bounds = np.flatnonzero((cautious >= 0.0).all(axis=1))
    if kept_bounds.size == 0:
        lacking = Trials(candidates, goals.mean, margins.mean).violations
        nearest_ones = np.argsort(lacking, kind="stable")[: number * number]
        return candidates[nearest_ones[spread_points(candidates[nearest_ones], number)]]
    chosen = _outer_layers(kept_bounds, hopeful, number)
    if (
        hopeful.shape[1] == 1
    ):  # layers of one goal are points in their order: take the best, and look around it
        return candidates[chosen[:number]]
    return candidates[chosen[spread_points(hopeful[chosen], number, _farthest(hopeful[chosen], trials))]]


def _are_new(candidates: Floats, places: Floats) -> Booleans:
    gaps = np.abs(candidates[:, None, :] - places[None, :, :]).max(axis=2)
    new: Booleans = gaps.min(axis=1) > 0.0
    return new


def _outer_layers(candidates: "np.ndarray[Any, np.dtype[np.intp]]", goals: Floats, number: int) -> Any:
    """Peel off layers of candidates that no other one beats, until there are enough."""
    layers: list[Any] = []
    rest = candidates
    while rest.size and sum(layer.size for layer in layers) < number:
        beaten = beaten_points(goals[rest])
        layers.append(rest[~beaten])
        rest = rest[beaten]
    return np.concatenate(layers)


def _farthest(goals: Floats, trials: Trials) -> int:
    """Find the candidate whose goals lie farthest from those of all feasible points."""
    reached = trials.goals[trials.is_feasible]
    if not len(reached):
        return 0
    width = np.ptp(np.vstack([goals, reached]), axis=0)
    gaps = (goals[:, None, :] - reached[None, :, :]) / np.where(width > 0.0, width, 1.0)
    return int(np.argmax(np.linalg.norm(gaps, axis=2).min(axis=1)))


def forecast(places: Floats, values: Floats, candidates: Floats, seed: int) -> Forecast:
    """Forecast values of candidates [C, D] from points that are run [N, D], column by column of values [N, K]."""
    from threadpoolctl import threadpool_limits  # as many threads as cores add up in another order

    mean = np.empty((len(candidates), values.shape[1]))
    deviation = np.zeros_like(mean)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of lengths at the ends of their ranges: a lever that does nothing
        for column, points in enumerate(values.T):
            if np.ptp(points) == 0.0:
                mean[:, column] = points[0]
                continue
            process = _fit(places, points, seed)
            mean[:, column], deviation[:, column] = process.predict(candidates, return_std=True)
    return Forecast(mean, deviation)


def _fit(places: Floats, values: Floats, seed: int) -> Any:
    """Fit a Gaussian process: Matérn 5/2 with a length by lever, and white noise."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    levers = places.shape[1]
    kernel = ConstantKernel(1.0, (1e-2, 1e3)) * Matern(np.full(levers, 0.5), (5e-2, 2e1), nu=2.5)
    process = GaussianProcessRegressor(
        kernel + WhiteKernel(1e-3, (1e-8, 1.0)),
        normalize_y=True,
        n_restarts_optimizer=RESTARTS,
        random_state=seed,
    )
    return process.fit(places, values)
