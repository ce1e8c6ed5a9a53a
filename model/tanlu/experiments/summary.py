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
from tanlu.experiments.store import Store, StoreContents


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


def outcome_table(plan: Plan, contents: StoreContents) -> pd.DataFrame:
    """Build a table of outcomes with one row a point.

    Columns: arm, row, replication, values of factors and levers, outcomes, failure. What is not run yet is not there;
    outcomes of a run that failed are NaN.
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
        if (record := contents.points.get(point.id)) is not None
    ]
    inputs = [input.name for input in plan.inputs]
    columns = ["point", "arm", "row", "replication", *inputs, *plan.experiment.outcomes, "failure"]
    return pd.DataFrame(rows, columns=columns)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def with_effects(plan: Plan, table: pd.DataFrame) -> pd.DataFrame:
    """Replace outcomes against an arm by differences to it.

    Row by row and draw by draw. A row without its pair is left as NaN; so is the arm that the others are compared
    with.
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
    """Estimate the mean of each outcome by arm.

    One row each: mean over rows and draws, half-width of its interval, runs.
    """
    effects = with_effects(plan, table)
    estimate_rows = []
    for arm, rows in effects.groupby("arm", sort=False):
        for name, outcome in plan.experiment.outcomes.items():
            runs = rows[rows[name].notna()]
            if len(runs):
                estimate = estimate_of(*(runs[column].to_numpy() for column in (name, "row", "replication")))
                estimate_rows.append((arm, name, outcome.against, *estimate))
    return pd.DataFrame(estimate_rows, columns=["arm", "outcome", "against", "mean", "half_width", "runs"])


def kept_indicators(plan: Plan, store: Store, contents: StoreContents) -> pa.Table | None:
    """Read the kept indicators by point, region and year.

    None if none are kept.

    Raises:
        DamagedPartError: if a part is not what was written.
    """
    if not plan.experiment.keep.indicators:
        return None
    tables = list(_read_kept_tables(store, contents))
    return pa.concat_tables(tables) if tables else None


def _read_kept_tables(store: Store, contents: StoreContents) -> Iterator[pa.Table]:
    read_ids: set[str] = set()
    for name in sorted({files[0] for files in contents.files.values()}):
        table, receipt = read_kept(store.runs / name)
        new = {record.id for record in receipt.points if record.id in contents.points} - read_ids
        read_ids |= new
        if table.num_rows:
            yield table.filter(pa.array([point in new for point in table.column("point").to_pylist()]))
