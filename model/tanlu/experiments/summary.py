"""Tables of a store: outcomes by point, effects between arms, indicators that were kept."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tanlu.experiments.layout import Layout
from tanlu.experiments.parts import read_kept
from tanlu.experiments.store import Store, StoreContents


def outcome_table(layout: Layout, contents: StoreContents) -> pd.DataFrame:
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
            **layout.rows[point.row],
            **{name: _number(record.outcomes.get(name)) for name in layout.experiment.outcomes},
            "failure": record.failure,
        }
        for point in layout.points
        if (record := contents.points.get(point.id)) is not None
    ]
    inputs = [input.name for input in layout.inputs]
    columns = ["point", "arm", "row", "replication", *inputs, *layout.experiment.outcomes, "failure"]
    return pd.DataFrame(rows, columns=columns)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def with_effects(layout: Layout, table: pd.DataFrame) -> pd.DataFrame:
    """Replace outcomes against an arm by differences to it.

    Row by row and draw by draw. A row without its pair is left as NaN; so is the arm that the others are compared
    with.
    """
    table = table.copy()
    pairs = table.set_index(["arm", "row", "replication"])
    for name, outcome in layout.experiment.outcomes.items():
        if outcome.against:
            base = pairs[name].get(outcome.against, pd.Series(dtype=float))
            partners = base.reindex(pd.MultiIndex.from_frame(table[["row", "replication"]]))
            difference = table[name].to_numpy() - partners.to_numpy()
            table[name] = np.where(table["arm"] == outcome.against, np.nan, difference)
    return table


def kept_indicators(layout: Layout, store: Store, contents: StoreContents) -> pa.Table | None:
    """Read the kept indicators by point, region and year.

    None if none are kept.

    Raises:
        DamagedPartError: if a part is not what was written.
    """
    keep = layout.experiment.keep
    if not keep.indicators and not keep.every_indicator:
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
            yield table.filter(pc.is_in(table.column("point").cast(pa.string()), pa.array(sorted(new))))
