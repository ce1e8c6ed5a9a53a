"""Run the points of a batch that its store lacks, in chunks, wherever the pool's processes are."""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from statistics import median
from typing import NamedTuple

from tanlu.core.garbage import set_apart
from tanlu.experiments.executors import Pool
from tanlu.experiments.outcomes import Reduction
from tanlu.experiments.parts import PointRecord, Receipt, write_part
from tanlu.experiments.points import Point
from tanlu.experiments.store import DIED, Store, Stored
from tanlu.experiments.tasks import Death, Work, completed
from tanlu.experiments.worker import NOTHING_KEPT, Chunk, run_chunk
from tanlu.output.extension import Source

CHUNK_SECONDS = 1.0  # of work in a chunk: its overhead is small then, and little is lost with it
CHUNKS_A_WORKER = 4  # at least, so that the last ones to work wait little for each other
PILOTS = 3


class Batch(NamedTuple):
    """Points to run, and what is kept of them."""

    points: Sequence[Point]
    reduction: Reduction
    extensions: tuple[Source, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the points; those that ask for the same numbers share one."""
        return frozenset(point.id for point in self.points)


def missing_points(batch: Batch, stored: Stored) -> list[Point]:
    """Return the points that have to run, each once: those that are not there, and those whose process died."""
    unique = {point.id: point for point in batch.points}
    there = {id for id, record in stored.points.items() if not record.failure.startswith(DIED)}
    return [point for id, point in unique.items() if id not in there]


def run_batch(batch: Batch, store: Store, pool: Pool, chunk_points: int | None = None) -> Iterator[Receipt]:
    """Run what is missing and yield the receipt of each part as it is written.

    Parts that are damaged or that other code wrote are set aside first. The first points run alone, to learn how long
    one takes, unless the store knows; `chunk_points` gives the points of a chunk instead.

    Raises:
        BatchError: if nothing can go on: no disk, no processes, or a worker with other code.
    """
    stored = store.read(batch.ids)
    store.quarantine(stored.bad)
    left = missing_points(batch, stored)
    with set_apart() if pool.is_here else nullcontext():
        seconds = list(stored.cpu_seconds)
        if left and not seconds and chunk_points is None:
            for receipt in _finished(_chunks(batch, store, left[:PILOTS], 1), store, pool):
                seconds += [one.cpu_seconds for one in receipt.points]
                yield receipt
            left = left[PILOTS:]
        size = chunk_points or chunk_size(
            len(left), median(seconds) if seconds else CHUNK_SECONDS, pool.workers
        )
        yield from _finished(_chunks(batch, store, left, size), store, pool)


def run_pilots(batch: Batch, store: Store, pool: Pool) -> Stored:
    """Run a few points, which are kept, unless the store knows by now how long one takes; return what it holds."""
    stored = store.read(batch.ids)
    if stored.cpu_seconds:
        return stored
    store.quarantine(stored.bad)
    pilots = missing_points(batch, stored)[:PILOTS]
    for _ in _finished(_chunks(batch, store, pilots, 1), store, pool):
        pass
    return store.read(batch.ids)


def chunk_size(points: int, seconds: float, workers: int) -> int:
    """Return how many points make a chunk of about a second, of which each worker gets several."""
    most = math.ceil(points / (CHUNKS_A_WORKER * workers))
    return max(min(round(CHUNK_SECONDS / max(seconds, 1e-3)), most), 1)


def _chunks(batch: Batch, store: Store, points: Sequence[Point], size: int) -> Iterator[Chunk]:
    """Yield chunks as they are asked for: their points have scenarios only while they are out."""
    folder = store.runs.resolve()  # a worker may work elsewhere
    for first in range(0, len(points), size):
        ready = tuple(point.ready for point in points[first : first + size])
        yield Chunk(folder, ready, batch.reduction, batch.extensions)


def _finished(chunks: Iterable[Chunk], store: Store, pool: Pool) -> Iterator[Receipt]:
    def apart(chunk: Chunk) -> list[Chunk]:
        """Ask the store what is left of a chunk, whose process may have died after it had written the part."""
        there = store.read({point.id for point in chunk.points}).points
        return [chunk._replace(points=(point,)) for point in chunk.points if point.id not in there]

    work: Work[Chunk, Receipt] = Work(run_chunk, apart)
    ended = completed(chunks, work, pool)
    for chunk, receipt in ended:
        yield _buried(chunk, receipt, store) if isinstance(receipt, Death) else store.accept(receipt)


def _buried(chunk: Chunk, death: Death, store: Store) -> Receipt:
    """Write into the store that a point kills its process."""
    (point,) = chunk.points
    failure = f"{DIED}: its process died twice ({death.cause})"
    record = PointRecord(point.id, "", "", {}, 0.0, failure)
    return write_part(store.runs, Receipt(store.code, (record,)), NOTHING_KEPT)
