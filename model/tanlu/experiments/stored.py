"""A store read by what it says of itself: its tables need no code that made it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tanlu.core.words.messages import build_message
from tanlu.experiments.description import read_description
from tanlu.experiments.estimates import OutcomeEstimate, estimates
from tanlu.experiments.executors import BatchError
from tanlu.experiments.layout import (
    Layout,
    StoredLayout,
    StoredPoint,
    experiment_from,
    inputs_from,
    order_points,
)
from tanlu.experiments.store import Store, StoreContents
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.region.catalogue import RegionError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class StoredExperiment(NamedTuple):
    """An experiment and what its store holds."""

    layout: Layout
    store: Store
    contents: StoreContents
    description: Mapping[str, Any]

    def outcomes(self) -> "pd.DataFrame":
        """Build the table of outcomes, one row a point."""
        from tanlu.experiments.summary import outcome_table  # with pandas, which estimates do not need

        return outcome_table(self.layout, self.contents)

    def effects(self) -> "pd.DataFrame":
        """Build the table of outcomes with differences to the arms that they are told against."""
        from tanlu.experiments.summary import with_effects

        return with_effects(self.layout, self.outcomes())

    def estimates(self) -> list[OutcomeEstimate]:
        """Estimate the mean of each outcome by arm, with its 95 % interval."""
        return list(estimates(self.layout, self.contents.points))

    def indicators(self) -> "pa.Table | None":
        """Read the kept indicators by point, region and year; None if none are kept.

        Raises:
            DamagedPartError: if a part is not what was written.
        """
        from tanlu.experiments.summary import kept_indicators

        return kept_indicators(self.layout, self.store, self.contents)


def read_store(folder: Path | str) -> StoredExperiment:
    """Read the store of an experiment, whatever code made it.

    Raises:
        BatchError: if it is damaged, of a newer format, or of the first format and its ids cannot be computed again.
    """
    folder = Path(folder)
    description = read_description(folder)
    if "rows" not in description:
        raise BatchError(build_message("no_experiment_store", folder=folder))
    store = Store(folder, description["code"])
    contents = store.read()
    if description.get("format", 1) == 1:
        return StoredExperiment(_first_layout(folder, description, contents), store, contents, description)
    return StoredExperiment(_layout_of(description, contents), store, contents, description)


def _layout_of(description: Mapping[str, Any], contents: StoreContents) -> StoredLayout:
    units = {name: outcome["unit"] for name, outcome in description["outcomes"].items()}
    return order_points(
        StoredLayout(
            experiment_from(description["experiment"]),
            tuple(description["arms"]),
            inputs_from(description["inputs"]),
            description["rows"],
            tuple(_stored_points(contents)),
            description["runs"],
            units,
        )
    )


def _stored_points(contents: StoreContents) -> Iterator[StoredPoint]:
    for record in contents.points.values():
        for role in record.roles:
            yield StoredPoint(record.id, *role)


def _first_layout(folder: Path, description: Mapping[str, Any], contents: StoreContents) -> Layout:
    """Compute the ids of a store of format 1 again, whose parts name points by nothing else."""
    from tanlu.experiments.plans import plan_from  # with the model, which other formats do not need

    try:
        plan = plan_from(description)
    except (ScenarioError, RegionError, KeyError, TypeError, ValueError):
        plan = None
    if plan is None or not contents.points.keys() <= plan.batch.ids:
        raise BatchError(build_message("old_store", folder=folder))
    return plan
