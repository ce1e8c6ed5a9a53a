"""What a worker does with a chunk of points: run each, reduce it, and hand back one part; it writes nothing."""

import gc
import time
from collections.abc import Mapping
from functools import cache
from multiprocessing import parent_process
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.warming import warm
from tanlu.experiments.cluster import compiling_watchers
from tanlu.experiments.layout import Role
from tanlu.experiments.outcomes import MeasuredRun, Reduction, outcomes_of, select_kept
from tanlu.experiments.parts import KeptValues, PackedPart, PointRecord, Receipt, kept_digest, make_part
from tanlu.experiments.points import Point
from tanlu.output.extension import Extensions, Source, gather
from tanlu.output.findings.run_error import RunError
from tanlu.output.findings.validity import open_balances
from tanlu.output.provenance import running_code, values_digest
from tanlu.output.replications import collect_replication, replicate
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load

SHORT_RUN_SECONDS = 0.06  # of shorter runs the garbage is collected once a chunk
LONGEST_MESSAGE = 300
NOTHING_KEPT = KeptValues((), (), (), np.empty(0, np.int64), {})


class Chunk(NamedTuple):
    """Points that are run together, as they are sent to a process."""

    points: tuple[Point, ...]
    reduction: Reduction
    extensions: tuple[Source, ...] = ()
    roles: Mapping[str, tuple[Role, ...]] = {}  # by id of the point


class RunPoint(NamedTuple):
    """A point that ran: its record, measures and kept values; none if it failed."""

    record: PointRecord
    run: MeasuredRun | None
    kept_values: Floats | None  # [K, G, Y]


def run_chunk(chunk: Chunk) -> PackedPart:
    """Run the points of a chunk, and make one part of them."""
    warm("en", *compiling_watchers())
    ran = [run_point(point, chunk.reduction, chunk.extensions) for point in chunk.points]
    gc.collect()
    _settle()
    records = (point_run.record for point_run in ran)
    receipt = Receipt(
        running_code(), tuple(record._replace(roles=chunk.roles.get(record.id, ())) for record in records)
    )
    return make_part(receipt, _collect_kept(ran, chunk.reduction))


def run_point(point: Point, reduction: Reduction, extensions: tuple[Source, ...]) -> RunPoint:
    """Run one point, and keep its failure.

    What it raises is its failure, and not that of the chunk.
    """
    started = time.process_time()
    try:
        run = measured_run(point, extensions)
        kept_values, outcomes = select_kept(run, reduction.keep), outcomes_of(run, reduction.outcomes)
    except (OSError, MemoryError):
        raise  # of the machine, not of the point
    except Exception as error:
        failure = _cause(error)[:LONGEST_MESSAGE]
        return RunPoint(PointRecord(point.id, "", "", {}, _since(started), failure), None, None)
    record = PointRecord(
        point.id,
        values_digest(run.variables, run.units, run.years, run.values[None]),
        kept_digest(kept_values),
        {name: value if np.isfinite(value) else None for name, value in outcomes.items()},
        _since(started),
        "",
    )
    if record.cpu_seconds > SHORT_RUN_SECONDS:
        gc.collect()
    return RunPoint(record, run, kept_values)


def _cause(error: Exception) -> str:
    """Describe in one line what stopped a run.

    The line is the same for all runs that it stopped in the same way.
    """
    if isinstance(error, RunError):
        return f"{error.year}, {error.step}: {error.cause}" if error.year else f"{error.step}: {error.cause}"
    return f"{type(error).__name__}: {error}".replace("\n", " ")


def _since(started: float) -> float:
    return round(time.process_time() - started, 4)


def measured_run(point: Point, extensions: tuple[Source, ...]) -> MeasuredRun:
    """Measure every indicator of a point."""
    extended = gather_once(extensions)
    scenario = load(point.scenario, extended.members)
    region = load_region(scenario.region, scenario.pack)
    run, measures = replicate(scenario, region, point.replication, None, extended)
    open_ones = list(
        open_balances(scenario.name, measures.years, [collect_replication(run, measures).balance_errors])
    )
    if open_ones:  # it is no result: nothing that was found of it may enter a mean
        raise ValueError(f"the run does not balance: {open_ones[0]}")
    return MeasuredRun(
        measures.variables, measures.units, region.axes.regions, measures.years, measures.values
    )


def _collect_kept(ran: list[RunPoint], reduction: Reduction) -> KeptValues:
    first = next((point_run.run for point_run in ran if point_run.run is not None), None)
    if first is None:
        return NOTHING_KEPT
    names, unit_of = (
        reduction.keep.variables(first.variables),
        dict(zip(first.variables, first.units, strict=True)),
    )
    return KeptValues(
        names,
        tuple(unit_of[name] for name in names),
        reduction.keep.regions or first.regions,
        first.years,
        {
            point_run.record.id: point_run.kept_values
            for point_run in ran
            if point_run.kept_values is not None
        },
        reduction.keep.every_indicator,
    )


@cache
def gather_once(extensions: tuple[Source, ...]) -> Extensions:
    """Gather the extensions of a task, once a process."""
    return gather(extensions)


@cache
def _settle() -> None:
    """Freeze what the first chunk left, in processes that only run chunks.

    Later collections look at nothing of it.
    """
    if parent_process() is not None:
        gc.freeze()
