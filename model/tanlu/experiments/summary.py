"""Tables of a store: outcomes by point, effects between arms with their intervals, indicators that were kept."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.experiments.parts import read_kept
from tanlu.experiments.plans import Plan
from tanlu.experiments.store import Store, Stored
from tanlu.output.differences import student_quantile


class Estimate(NamedTuple):
    """A mean with its 95 % interval."""

    mean: float
    half_width: float  # nan of one number
    runs: int


def estimate_of(numbers: Floats, rows: Integers, replications: Integers) -> Estimate:
    """Return the mean of numbers [N] with the half-width of its 95 % interval.

    Runs of a row differ by chance, and those of a replication by their row; each alone has too few degrees of freedom
    to be told from the other, so the squared errors of the means by row and by replication are added. That is the
    usual interval where there is one row, and a little too wide where there are many of both.
    """
    errors = [_error_of_means(numbers, groups) for groups in (rows, replications)]
    known = [(squared, degrees) for squared, degrees in errors if degrees > 0]
    if not known:
        return Estimate(float(numbers.mean()), math.nan, numbers.size)
    width = student_quantile(min(degrees for _, degrees in known)) * math.sqrt(
        sum(squared for squared, _ in known)
    )
    return Estimate(float(numbers.mean()), width, numbers.size)


def _error_of_means(numbers: Floats, groups: Integers) -> tuple[float, int]:
    """Return the squared standard error of the mean of the means by group, and its degrees of freedom."""
    _, group = np.unique(groups, return_inverse=True)
    means = sum_by_group(group, numbers) / np.bincount(group)
    degrees = means.size - 1
    return (float(means.var(ddof=1)) / means.size if degrees else 0.0), degrees


def outcome_table(plan: Plan, stored: Stored) -> pd.DataFrame:
    """Return one row a point: arm, row, replication, values of factors and levers, outcomes, failure.

    What is not run yet is not there; outcomes of a run that failed are NaN.
    """
    rows = [
        {
            "point": point.id,
            "arm": point.arm,
            "row": point.row,
            "replication": point.replication,
            **plan.rows[point.row],
            **{name: _number(record.outcomes.get(name)) for name in plan.experiment.outcomes},
            "failure": record.failure,
        }
        for point in plan.batch.points
        if (record := stored.points.get(point.id)) is not None
    ]
    inputs = [one.name for one in plan.inputs]
    columns = ["point", "arm", "row", "replication", *inputs, *plan.experiment.outcomes, "failure"]
    return pd.DataFrame(rows, columns=columns)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def with_effects(plan: Plan, table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with outcomes that are against an arm as the difference to it, row by row and draw by draw.

    A row without its pair is left as NaN; so is the arm that the others are compared with.
    """
    table = table.copy()
    pairs = table.set_index(["arm", "row", "replication"])
    for name, outcome in plan.experiment.outcomes.items():
        if outcome.against:
            base = pairs[name].get(outcome.against, pd.Series(dtype=float))
            partners = base.reindex(pd.MultiIndex.from_frame(table[["row", "replication"]]))
            difference = table[name].to_numpy() - partners.to_numpy()
            table[name] = np.where(table["arm"] == outcome.against, np.nan, difference)
    return table


def estimates(plan: Plan, table: pd.DataFrame) -> pd.DataFrame:
    """Return one row an arm and outcome: mean over rows and draws, half-width of its interval, runs."""
    effects = with_effects(plan, table)
    found = []
    for arm, rows in effects.groupby("arm", sort=False):
        for name, outcome in plan.experiment.outcomes.items():
            known = rows[rows[name].notna()]
            if len(known):
                of = estimate_of(*(known[column].to_numpy() for column in (name, "row", "replication")))
                found.append((arm, name, outcome.against, *of))
    return pd.DataFrame(found, columns=["arm", "outcome", "against", "mean", "half_width", "runs"])


def kept_indicators(plan: Plan, store: Store, stored: Stored) -> pa.Table | None:
    """Return the kept indicators of every point by point, region and year; None if none are kept.

    Raises:
        DamagedPartError: if a part is not what was written.
    """
    if not plan.experiment.keep.indicators:
        return None
    tables = list(_kept(store, stored))
    return pa.concat_tables(tables) if tables else None


def _kept(store: Store, stored: Stored) -> Iterator[pa.Table]:
    taken: set[str] = set()
    for name in sorted({files[0] for files in stored.files.values()}):
        table, receipt = read_kept(store.runs / name)
        new = {one.id for one in receipt.points if one.id in stored.points} - taken
        taken |= new
        if table.num_rows:
            yield table.filter(pa.array([point in new for point in table.column("point").to_pylist()]))
