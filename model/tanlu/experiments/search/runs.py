"""The runs of a search: points that it proposes become rows of a store, which runs what it lacks."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.words.messages import build_message
from tanlu.experiments.description import DESCRIPTION, find_problem, read_description
from tanlu.experiments.designs import Row, rows_at
from tanlu.experiments.engine import Batch, run_batch
from tanlu.experiments.executors import BatchError, Pool
from tanlu.experiments.parts import Receipt
from tanlu.experiments.plans import (
    NO_LEVERS,
    ONLY_ARM,
    Plan,
    PlannedTrial,
    PointBasis,
    TriedValues,
    points_of_row,
)
from tanlu.experiments.search.checks import reference_arms, sought_arm
from tanlu.experiments.store import Store


class DrawnOutcomes(NamedTuple):
    """Outcomes of a row in one draw, differences to the arms that they are against."""

    number: int  # of the row
    draw: int
    values: Floats  # [O], NaN where a run failed
    failure: str


class SearchRuns:
    """Tries points in the store of a search."""

    def __init__(self, plan: Plan, store: Store, pool: Pool, take: Callable[[Batch, Receipt], None]) -> None:
        """Begin with the rows that the store knows; `take` is called with each part that is written."""
        self._plan, self._store, self._pool, self._take = plan, store, pool, take
        self._sought = sought_arm(plan.experiment) or ONLY_ARM
        self._references = reference_arms(plan.experiment)
        self.rows = _known_rows(store)
        self.draw_outcomes: dict[tuple[int, int], DrawnOutcomes] = {}
        self._reference_values: dict[tuple[str, int], Floats] = {}
        if not (store.folder / DESCRIPTION).exists() or not self.rows:
            self.rows = [NO_LEVERS]
            self._describe()

    def base(self, draws: Sequence[int]) -> Floats:
        """Run what points are compared with: the arm that outcomes are against first, or the arm as it is [R, O].

        Raises:
            BatchError: if one of these runs failed.
        """
        arm = self._references[0] if self._references else self._sought
        self._run([PlannedTrial(arm, 0, draws)], draws)
        return np.array([self._subtracted(self._reference_values[arm, draw], draw) for draw in draws])

    def __call__(self, places: Floats, draws: Sequence[int]) -> Floats:
        """Run points of the unit cube [N, D] in some draws; outcomes [N, R, O], NaN of a run that failed."""
        numbers = self.numbers_of(places)
        self._run([PlannedTrial(self._sought, number, draws) for number in numbers], draws)
        return np.array([[self.draw_outcomes[number, draw].values for draw in draws] for number in numbers])

    def numbers_of(self, places: Floats) -> list[int]:
        """Number the rows of points [N, D]; new ones are entered in the description of the store."""
        rows = rows_at(places, self._plan.inputs, 1)
        known = len(self.rows)
        for row in rows:
            if row not in self.rows:
                self.rows.append(row)
        if len(self.rows) > known:
            self._describe()
        return [self.rows.index(row) for row in rows]

    def _describe(self) -> None:
        """Write the rows before their runs: whoever reads the store knows what its points are."""
        self._store.begin(self._plan._replace(rows=tuple(self.rows)).describe())

    def _run(self, trials: Sequence[PlannedTrial], draws: Sequence[int]) -> None:
        """Run what the store lacks of some trials, and of the references in the same draws."""
        plan = self._plan
        shared = PointBasis(plan.basis, plan.data_sha256)
        tried = TriedValues(plan.inputs, self.rows)
        needed = [PlannedTrial(arm, 0, draws) for arm in self._references]
        needed += [trial for trial in trials if trial not in needed]
        points = [
            point for trial in needed for point in points_of_row(plan.arms[trial.arm], trial, tried, shared)
        ]
        batch = plan.batch._replace(points=points)
        for receipt in run_batch(batch, self._store, self._pool, chunk_points=1):
            self._take(batch, receipt)
        records = self._store.read(batch.ids).points
        for point in sorted(
            points, key=lambda point: point.row
        ):  # references first: others are compared with them
            record = records[point.id]
            outcomes = [record.outcomes.get(name) for name in plan.experiment.outcomes]
            values = np.array([np.nan if value is None else value for value in outcomes], float)
            if point.row == 0:
                if record.failure:
                    raise BatchError(build_message("reference_failed", arm=point.arm, failure=record.failure))
                self._reference_values[point.arm, point.replication] = values
            else:
                drawn = DrawnOutcomes(
                    point.row,
                    point.replication,
                    self._subtracted(values, point.replication),
                    record.failure,
                )
                self.draw_outcomes[point.row, point.replication] = drawn

    def _subtracted(self, values: Floats, draw: int) -> Floats:
        """Subtract the values of arms that outcomes are against, in the same draw."""
        outcomes = self._plan.experiment.outcomes.values()
        against = [
            self._reference_values[outcome.against, draw][i] if outcome.against else 0.0
            for i, outcome in enumerate(outcomes)
        ]
        return values - np.array(against)


def _known_rows(store: Store) -> list[Row]:
    """Read the rows that a store knows: a search that was stopped goes on with their numbers."""
    if not (store.folder / DESCRIPTION).exists() or find_problem(store.folder) is not None:
        return []
    return [dict(row) for row in read_description(store.folder)["rows"]]
