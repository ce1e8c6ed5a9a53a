"""What an analysis reads of a store: an outcome of an arm at each row of the design, and how much of it is chance."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.intervals import student_quantile
from tanlu.experiments.layout import Layout
from tanlu.experiments.outcomes import ExperimentOutcome
from tanlu.experiments.store import StoreContents
from tanlu.experiments.summary import outcome_table, with_effects

NEAREST = 10  # rows on either side whose variance counts as that of a row


class OutcomeRuns(NamedTuple):
    """An outcome of one arm at N rows of the design."""

    arm: str
    outcome: str
    rows: Integers  # [N] numbers of rows, ascending
    draws: Floats  # [N, R] values, in the unit of the variable; the same draws for all rows

    @property
    def values(self) -> Floats:
        """Means over draws [N]."""
        means: Floats = self.draws.mean(axis=1)
        return means

    @property
    def half_widths(self) -> Floats:
        """Half-widths of the 95 % intervals over chance [N].

        NaN of one draw. Two draws of a row tell little of its variance, and chance is larger where values are: the
        variance is the mean over the rows with the nearest values.
        """
        rows, number = self.draws.shape
        if number < 2:
            return np.full(rows, math.nan)
        order = np.argsort(self.values, kind="stable")
        summed = np.concatenate([[0.0], self.draws.var(axis=1, ddof=1)[order].cumsum()])
        first = np.maximum(np.arange(rows) - NEAREST, 0)
        end = np.minimum(np.arange(rows) + NEAREST + 1, rows)
        variances = (summed[end] - summed[first]) / (end - first)
        widths = np.empty(rows)
        freedom = float((end - first).min() * (number - 1))
        widths[order] = student_quantile(freedom) * np.sqrt(variances / number)
        return widths

    @property
    def noise_share(self) -> float:
        """Share of the variance of single runs that is chance; NaN of one draw."""
        if self.draws.shape[1] < 2 or self.rows.size < 2:
            return math.nan
        chance = float(self.draws.var(axis=1, ddof=1).mean())
        between = float(self.values.var(ddof=1)) - chance / self.draws.shape[1]
        whole = chance + max(between, 0.0)
        return chance / whole if whole else 0.0


class StoredRuns(NamedTuple):
    """The runs of an experiment that are analysed."""

    layout: Layout
    answers: tuple[OutcomeRuns, ...]

    def outcome(self, runs: OutcomeRuns) -> ExperimentOutcome:
        """Return the outcome that runs are of."""
        return self.layout.experiment.outcomes[runs.outcome]


def read_stored_runs(layout: Layout, contents: StoreContents, outcomes: tuple[str, ...] = ()) -> StoredRuns:
    """Read some outcomes of what a store holds, or all."""
    table = with_effects(layout, outcome_table(layout, contents))
    return StoredRuns(layout, tuple(answers_of(layout, table, outcomes)))


def answers_of(layout: Layout, table: pd.DataFrame, outcomes: tuple[str, ...] = ()) -> Iterator[OutcomeRuns]:
    """Yield each outcome of each arm that has any.

    Effects are the differences of `with_effects`. Rows that are not run, or failed, are left out; of the others the
    draws that all of them have count.
    """
    for name in outcomes or layout.experiment.outcomes:
        for arm, runs in table[table[name].notna()].groupby("arm", sort=False):
            place = runs.groupby("row").cumcount()
            wide = runs.assign(place=place).pivot_table(index="row", columns="place", values=name)
            wide = wide.sort_index(axis="index").dropna(axis="columns")
            yield OutcomeRuns(str(arm), name, wide.index.to_numpy(int), wide.to_numpy(float))
