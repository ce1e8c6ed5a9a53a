"""Whether a store is what was written, whether runs give its bits again, and what a batch will take."""

from collections.abc import Iterable, Iterator
from statistics import median
from typing import NamedTuple

from tanlu.core.words.messages import Message, build_message
from tanlu.experiments.engine import Batch, missing_points, run_pilots
from tanlu.experiments.executors import Pool
from tanlu.experiments.parts import DamagedPartError, read_kept
from tanlu.experiments.plans import Plan
from tanlu.experiments.store import Store, StoreContents
from tanlu.experiments.worker import run_point


class BatchCost(NamedTuple):
    """The rest of a batch, and what it will take."""

    points_left: int
    cpu_seconds: float
    megabytes: float  # of the whole store


def cost_of(batch: Batch, store: Store, pool: Pool) -> BatchCost:
    """Estimate what a batch will take, from a few runs.

    These are kept.
    """
    contents = run_pilots(batch, store, pool)
    points_left, stored_points = len(missing_points(batch, contents)), len(contents.points)
    seconds = median(contents.cpu_seconds) if contents.cpu_seconds else 0.0
    size = sum(file.stat().st_size for file in store.runs.glob("part-*.parquet"))
    return BatchCost(points_left, points_left * seconds, size / max(stored_points, 1) * len(batch.ids) / 1e6)


def wrong_parts(store: Store) -> dict[str, Message]:
    """Find parts that do not count or are damaged, with the reason.

    Values of damaged ones are not those that were written.
    """
    contents = store.read()
    wrong = dict.fromkeys(contents.damaged, build_message("part_damaged"))
    wrong |= dict.fromkeys(contents.foreign, build_message("part_foreign"))
    for name in sorted({file for files in contents.files.values() for file in files}):
        try:
            read_kept(store.runs / name)
        except DamagedPartError as error:
            wrong[name] = error.message
    return wrong


def sample_points(contents: StoreContents, count: int) -> list[str]:
    """Choose stored points, spread evenly over their ids and the same each time."""
    ids = sorted(contents.points)
    return ids[:: max(len(ids) // count, 1)][:count]


def rerun_points(plan: Plan, contents: StoreContents, ids: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Run stored points again, and compare their bits.

    Yields whether each has the same.
    """
    points = {point.id: point for point in plan.batch.points}
    for id in ids:
        record = run_point(points[id], plan.batch.reduction, plan.batch.extensions).record
        yield id, record.bits == contents.points[id].bits
