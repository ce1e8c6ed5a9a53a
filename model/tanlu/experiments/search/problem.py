"""What a search asks for: goals, bounds, the draws that must keep them, and how many runs it may take."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.experiments.outcomes import ExperimentOutcome
from tanlu.output.differences import half_widths

POINTS_A_LEVER = 8  # of the first design
CALIBRATED = (
    4  # points of the design that run in all draws of the search, to know how the others differ there
)
FIRST_GOAL = 0  # by which points are ordered
BATCH = 6  # points that are proposed at a time
FINALISTS = 12  # at most: a reader compares no more
FINAL_SHARE = 0.5  # of the runs after the first design that are for finalists
TOO_LITTLE_GROWTH = 0.01  # of the volume in a batch
TIMES_TOO_LITTLE = 2  # in a row: a batch may have no luck


class PointMeasure(Protocol):
    """What a search tries points with."""

    def __call__(self, places: Floats, draws: Sequence[int]) -> Floats:
        """Run points of the unit cube [N, D] in some draws; outcomes [N, R, O], NaN of a run that failed."""


class Problem(NamedTuple):
    """A search as its block asks for it; outcomes by name in the order of the third axis of a measure."""

    levers: int
    outcomes: Mapping[str, ExperimentOutcome]
    goals: tuple[str, ...]
    aims: tuple[str, ...]
    caps: tuple[str, ...]
    needed_draws: int  # in which an aim must be met
    draws: int  # of a finalist, once in the search and once again
    screen_draws: int
    runs: int  # at most, of everything
    reference_runs: int  # of what points are compared with
    seed: int

    @property
    def bounds(self) -> tuple[str, ...]:
        """Names of outcomes that must keep a bound: aims in most draws, then caps in the mean."""
        return (*self.aims, *self.caps)

    @property
    def design_points(self) -> int:
        """Number of points of the first design."""
        return POINTS_A_LEVER * self.levers

    @property
    def finalist_runs(self) -> int:
        """Runs that make a point that was screened a finalist: the other draws of the search, and fresh ones."""
        return 2 * self.draws - self.screen_draws

    @property
    def design_runs(self) -> int:
        """Runs of the references, the first design and the points of it that are calibrated."""
        calibration = CALIBRATED * (self.draws - self.screen_draws)
        return self.reference_runs + self.design_points * self.screen_draws + calibration

    @property
    def fewest_runs(self) -> int:
        """Runs for the first design and one finalist."""
        return self.design_runs + self.finalist_runs

    @property
    def final_runs(self) -> int:
        """Runs that the search leaves for finalists."""
        left = (self.runs - self.design_runs) * FINAL_SHARE
        finalists = min(max(int(left) // self.finalist_runs, 1), FINALISTS)
        return finalists * self.finalist_runs

    def goals_of(self, values: Floats) -> Floats:
        """Turn outcomes [N, R, O] into goals [N, G], the means over draws; more is better."""
        columns = [[*self.outcomes].index(name) for name in self.goals]
        signs = np.array([self.outcomes[name].direction for name in self.goals])
        goals: Floats = values[:, :, columns].mean(axis=1) * signs
        return goals

    def margins_of(self, values: Floats) -> Floats:
        """Compute by how much outcomes [N, R, O] keep clear of the bounds [N, M].

        Of an aim the margin that as many draws reach as must meet it, of a cap that of the mean.
        """
        names = [*self.outcomes]
        margins = []
        for name in self.aims:
            by_draw = np.sort(self.outcomes[name].margins(values[:, :, names.index(name)]), axis=1)
            margins.append(by_draw[:, by_draw.shape[1] - self.needed_draws])
        for name in self.caps:
            margins.append(self.outcomes[name].margins(values[:, :, names.index(name)].mean(axis=1)))
        return np.array(margins).reshape(len(margins), len(values)).T

    def cautious_margins_of(self, values: Floats) -> Floats:
        """Compute margins [N, M] whose caps hold for the whole 95 % interval of the mean.

        Fresh draws have another mean, and all points share its error: at the edge of a cap either all of them keep
        it or none does.
        """
        margins = self.margins_of(values)
        if values.shape[1] > 1 and self.caps:
            columns = [[*self.outcomes].index(name) for name in self.caps]
            margins[:, len(self.aims) :] -= half_widths(np.moveaxis(values[:, :, columns], 1, 0))
        return margins

    def screening(self, base: Floats) -> tuple[int, ...]:
        """Choose the draws in which points are screened, from the reference in all draws [R, O].

        From the worst draw of the first aim, or of the first bound or goal, to its median, evenly by rank.
        """
        name = (*self.bounds, *self.goals)[0]
        values = base[:, [*self.outcomes].index(name)]
        outcome = self.outcomes[name]
        merit = outcome.margins(values) if outcome.is_bounded else values * outcome.direction
        ranks = np.linspace(0, (self.draws - 1) // 2, self.screen_draws).round().astype(int)
        return tuple(sorted(int(draw) for draw in np.argsort(merit, kind="stable")[ranks]))
