"""Whether a store is what was written, whether runs give its bits again, and what a batch will take."""

from collections.abc import Collection, Iterator
from statistics import median
from typing import NamedTuple

from tanlu.core.words.said import Said, said
from tanlu.experiments.engine import Batch, missing_points, run_pilots
from tanlu.experiments.executors import Pool
from tanlu.experiments.parts import DamagedPartError, read_kept
from tanlu.experiments.plans import Plan
from tanlu.experiments.store import Store, Stored
from tanlu.experiments.worker import run_point


class BatchCost(NamedTuple):
    """What is left of a batch, and what it will take."""

    left: int
    cpu_seconds: float
    megabytes: float  # of the whole store


def cost_of(batch: Batch, store: Store, pool: Pool) -> BatchCost:
    """Return what a batch will take, from a few runs of it, which are kept."""
    stored = run_pilots(batch, store, pool)
    left, known = len(missing_points(batch, stored)), len(stored.points)
    seconds = median(stored.cpu_seconds) if stored.cpu_seconds else 0.0
    size = sum(file.stat().st_size for file in store.runs.glob("part-*.parquet"))
    return BatchCost(left, left * seconds, size / max(known, 1) * len(batch.ids) / 1e6)


def wrong_parts(store: Store, wanted: Collection[str]) -> dict[str, Said]:
    """Return the parts that do not count or whose values are not those that were written, with the reason."""
    stored = store.read(wanted)
    wrong = dict.fromkeys(stored.damaged, said("part_damaged"))
    wrong |= dict.fromkeys(stored.foreign, said("part_foreign"))
    for name in sorted({file for files in stored.files.values() for file in files}):
        try:
            read_kept(store.runs / name)
        except DamagedPartError as error:
            wrong[name] = error.says
    return wrong


def reruns(plan: Plan, stored: Stored, count: int) -> Iterator[tuple[str, bool]]:
    """Run some of the points that are stored again, and yield whether each has the same bits."""
    points = {point.id: point for point in plan.batch.points if point.id in stored.points}
    chosen = sorted(points)[:: max(len(points) // count, 1)][:count] if count else []
    for id in chosen:
        again = run_point(points[id], plan.batch.reduction, plan.batch.extensions).record
        yield id, again.bits == stored.points[id].bits
