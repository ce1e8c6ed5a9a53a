"""Run the points of a batch that its store lacks, in chunks, wherever the pool's processes are."""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from statistics import median
from typing import NamedTuple

from tanlu.core.garbage import freeze_objects
from tanlu.experiments.executors import Pool
from tanlu.experiments.joining import LooseParts
from tanlu.experiments.layout import Role
from tanlu.experiments.outcomes import Reduction
from tanlu.experiments.parts import PackedPart, PointRecord, Receipt, make_part
from tanlu.experiments.points import Point
from tanlu.experiments.store import DIED, Store, StoreContents
from tanlu.experiments.tasks import Death, Work, complete_tasks
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

    def roles(self) -> dict[str, tuple[Role, ...]]:
        """List the places of each run in the experiment, by id."""
        roles: dict[str, list[Role]] = {}
        for point in self.points:
            roles.setdefault(point.id, []).append(Role(point.arm, point.row, point.replication))
        return {id: tuple(places) for id, places in roles.items()}


def missing_points(batch: Batch, contents: StoreContents) -> list[Point]:
    """List the points that have to run, each once.

    They are not there, or their process died.
    """
    unique = {point.id: point for point in batch.points}
    finished = {id for id, record in contents.points.items() if not record.failure.startswith(DIED)}
    return [point for id, point in unique.items() if id not in finished]


def run_batch(batch: Batch, store: Store, pool: Pool, chunk_points: int | None = None) -> Iterator[Receipt]:
    """Run missing points, and yield the receipt of each part written.

    Parts that are damaged or that other code wrote are set aside first. The first points run alone, to learn how long
    one takes, unless the store knows; `chunk_points` gives the points of a chunk instead.

    Raises:
        BatchError: if nothing can go on: no disk, no processes, or a worker with other code.
    """
    contents = store.read(batch.ids)
    store.quarantine(contents.bad)
    missing = missing_points(batch, contents)
    loose = LooseParts(store, contents, is_joining=not batch.reduction.keep.every_indicator)
    with freeze_objects() if pool.is_here else nullcontext():
        seconds = list(contents.cpu_seconds)
        if missing and not seconds and chunk_points is None:
            for receipt in _finished(_chunks(batch, missing[:PILOTS], 1), store, pool):
                seconds += [record.cpu_seconds for record in receipt.points]
                yield receipt
                loose.add(receipt)
            missing = missing[PILOTS:]
        size = chunk_points or chunk_size(
            len(missing), median(seconds) if seconds else CHUNK_SECONDS, pool.workers
        )
        if batch.reduction.keep.every_indicator:
            size = 1  # runs of other policies measure other indicators, and one run is looked up by itself
        for receipt in _finished(_chunks(batch, missing, size), store, pool):
            yield receipt
            loose.add(receipt)


def run_pilots(batch: Batch, store: Store, pool: Pool) -> StoreContents:
    """Run a few points, unless the store knows what one takes.

    They are kept. Returns the contents of the store.
    """
    contents = store.read(batch.ids)
    if contents.cpu_seconds:
        return contents
    store.quarantine(contents.bad)
    pilots = missing_points(batch, contents)[:PILOTS]
    for _ in _finished(_chunks(batch, pilots, 1), store, pool):
        pass
    return store.read(batch.ids)


def chunk_size(points: int, seconds: float, workers: int) -> int:
    """Compute the number of points in a chunk of about a second.

    Each worker gets several chunks.
    """
    maximum = math.ceil(points / (CHUNKS_A_WORKER * workers))
    return max(min(round(CHUNK_SECONDS / max(seconds, 1e-3)), maximum), 1)


def _chunks(batch: Batch, points: Sequence[Point], size: int) -> Iterator[Chunk]:
    """Yield chunks as they are asked for.

    Their points have scenarios only while they are out.
    """
    roles = batch.roles()
    for first in range(0, len(points), size):
        ready = tuple(point.ready for point in points[first : first + size])
        yield Chunk(ready, batch.reduction, batch.extensions, {point.id: roles[point.id] for point in ready})


def _finished(chunks: Iterable[Chunk], store: Store, pool: Pool) -> Iterator[Receipt]:
    work: Work[Chunk, PackedPart] = Work(run_chunk, _split_chunk)
    for chunk, part in complete_tasks(chunks, work, pool):
        yield store.save(_bury(chunk, part, store) if isinstance(part, Death) else part)


def _split_chunk(chunk: Chunk) -> list[Chunk]:
    """Split a chunk whose process may have died into its points."""
    return [chunk._replace(points=(point,)) for point in chunk.points]


def _bury(chunk: Chunk, death: Death, store: Store) -> PackedPart:
    """Make the part of a point that kills its process."""
    (point,) = chunk.points
    failure = f"{DIED}: its process died twice ({death.cause})"
    record = PointRecord(point.id, "", "", {}, 0.0, failure, chunk.roles.get(point.id, ()))
    return make_part(Receipt(store.code, (record,)), NOTHING_KEPT)
