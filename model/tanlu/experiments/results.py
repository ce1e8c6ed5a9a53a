"""Results of scenarios: their draws run here or spread over processes, with the same bits."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from tanlu.compilation.machine import free_bytes, peak_bytes
from tanlu.core.garbage import freeze_objects, give_back
from tanlu.core.warming import warm
from tanlu.core.words.messages import build_message
from tanlu.experiments.executors import BatchError, ExecutorSource, Pool, pool_of
from tanlu.experiments.jobs import Draws, Tell, choose_jobs, warn
from tanlu.experiments.tasks import Death, Work, complete_tasks
from tanlu.experiments.worker import SHORT_RUN_SECONDS, gather_once
from tanlu.output.extension import Extensions, Source, gather
from tanlu.output.findings.run_error import RunError
from tanlu.output.replications import Progress, ReplicationOutcome, collect_replication, replicate
from tanlu.output.result import Result, assemble_result
from tanlu.output.result_tables import DrawTables, PackedTable, RunTables
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load, with_settings
from tanlu.scenario.schema import Scenario


class ReplicationTask(NamedTuple):
    """One replication to run, as it is sent to a process."""

    position: int  # of its scenario among all
    scenario: Scenario
    replication: int
    extensions: tuple[Source, ...]


class SentReplication(NamedTuple):
    """One replication that ran, as it comes back: its model is gone."""

    part: ReplicationOutcome
    tables: Mapping[str, PackedTable | None]
    added_tables: tuple[str, ...]
    began: float  # seconds of the clock of all processes
    ended: float
    peak_bytes: int  # of its process


def simulate(
    scenario: Scenario | str | Path | Mapping[str, object],
    *,
    seed: int | None = None,
    replications: int | None = None,
    years: tuple[int, int] | None = None,
    progress: Progress | None = None,
    extensions: Sequence[Source] = (),
    region: str | Path | None = None,
    jobs: int | None = None,
) -> Result:
    """Run a scenario, given as a file, data or an object.

    `seed`, `replications`, `years` (first and last) and `region` (a name, or the folder of a pack) replace what the
    scenario says. `progress` is called
    with the number of years done and to do, over all replications. `extensions` are objects, files, or names
    under which installed packages offer one. `jobs` is the number of processes: if not given, as many as draws, cores
    and memory allow where that pays, and 1 inside a process or thread that somebody else started.

    Raises:
        ScenarioError: if the scenario is wrong, with every fault found.
        RegionError: if the region pack cannot be read.
        ExtensionError: if an extension is wrong, or one that the scenario needs is not given.
        RunError: if a replication fails.
        BatchError: if a replication kills its process each time.

    """
    extended = gather(extensions)
    resolved = with_settings(load(scenario, extended.members), seed, replications, years, region)
    jobs = choose_jobs(jobs, Draws.from_scenarios([resolved]), extensions, warn)
    if jobs == 1:
        return _simulate_here(resolved, progress, extended)
    run_years = _run_years(resolved)

    def pass_on(finished: int, count: int) -> None:
        if progress is not None:
            progress(finished * run_years, count * run_years)

    (ended,) = simulate_all([resolved], jobs=jobs, extensions=extensions, progress=pass_on)
    if isinstance(ended, RunError):
        raise ended
    return ended


def _run_years(scenario: Scenario) -> int:
    """Count the years that a draw lives through, from those of the pack on."""
    return scenario.years.end - load_region(scenario.region, scenario.pack).base_year + 1


def _simulate_here(scenario: Scenario, progress: Progress | None, extended: Extensions) -> Result:
    """Run the draws one after the other in this process, and let go of each model after its draw.

    A single one stays: its tables are made only if somebody asks for them.
    """
    region = load_region(scenario.region, scenario.pack)
    warm("en")
    import_module("tanlu.simulation.model")  # here, so that the time of the run is not that of reading code
    began = time.perf_counter()
    if scenario.replications == 1:
        run, measures = replicate(scenario, region, 0, progress, extended)
        parts = [collect_replication(run, measures)]
        seconds = time.perf_counter() - began
        return assemble_result(scenario, extended, parts, RunTables(scenario.name, run, extended), seconds)
    with freeze_objects():
        draws = range(scenario.replications)
        replies = (_reduced(scenario, draw, progress, extended) for draw in draws)
        return _collected(scenario, enumerate(replies), extended)


def simulate_all(
    scenarios: Sequence[Scenario],
    *,
    jobs: int = 1,
    executor: ExecutorSource | None = None,
    extensions: Sequence[Source] = (),
    progress: Callable[[int, int], None] | None = None,
    tell: Tell = warn,
) -> Iterator[Result | RunError]:
    """Yield the results of scenarios in their order.

    Their replications run at once, as many as there are processes. In place of the result of a scenario that fails
    stands its error, so that the others go on.

    Args:
        scenarios: what `tanlu.load` gives.
        jobs: processes of this machine; 1 runs all here.
        executor: where to run instead: a `concurrent.futures.Executor`, or a function that makes one, which is asked
            again should its processes die.
        extensions: files or names, which every process loads.
        progress: is called with the number of replications done and to do.
        tell: is called with a message where memory is short.

    Raises:
        BatchError: if a replication kills its process each time.
    """
    extended = gather(extensions)
    tasks = [
        ReplicationTask(position, scenario, replication, tuple(extensions))
        for position, scenario in enumerate(load(source, extended.members) for source in scenarios)
        for replication in range(scenario.replications)
    ]
    with pool_of(jobs, executor) as pool, freeze_objects() if pool.is_here else nullcontext():
        yield from _assembled(tasks, _arriving(tasks, pool, progress, tell), extended)


def _arriving(
    tasks: Sequence[ReplicationTask],
    pool: Pool,
    progress: Callable[[int, int], None] | None,
    tell: Tell,
) -> Iterator[tuple[ReplicationTask, SentReplication | RunError]]:
    work: Work[ReplicationTask, SentReplication | RunError] = Work(run_replication, lambda task: (task,))
    free, is_known = free_bytes(), False
    ended = complete_tasks(tasks, work, pool)
    for finished, (task, reply) in enumerate(ended, start=1):
        if isinstance(reply, Death):
            raise BatchError(
                build_message(
                    "died_twice", scenario=task.scenario.name, replication=task.replication, cause=reply.cause
                )
            )
        if isinstance(reply, SentReplication) and not is_known and pool.workers > 1:
            is_known = True
            mind_memory(pool, reply.peak_bytes, free, tell)
        if progress is not None:
            progress(finished, len(tasks))
        yield task, reply


def mind_memory(pool: Pool, peak_of_draw: int, free: float, tell: Tell) -> None:
    """Let fewer processes work at once where the first draw took more than there is for each."""
    if pool.workers * peak_of_draw <= free:
        return
    room = max(int(free / peak_of_draw), 1)
    pool.tasks_at_once = min(pool.tasks_at_once, room)
    needed_gb, free_gb = (f"{size / 1e9:.1f}" for size in (pool.workers * peak_of_draw, free))
    tell(build_message("memory_short", jobs=pool.workers, needed=needed_gb, free=free_gb, room=room))


def _assembled(
    tasks: Sequence[ReplicationTask],
    arriving: Iterator[tuple[ReplicationTask, SentReplication | RunError]],
    extended: Extensions,
) -> Iterator[Result | RunError]:
    """Yield each result once it and all before it are complete."""
    scenarios = {task.position: task.scenario for task in tasks}
    waiting: dict[int, dict[int, SentReplication | RunError]] = {position: {} for position in scenarios}
    first = 0
    for task, reply in arriving:
        waiting[task.position][task.replication] = reply
        while first in waiting and len(waiting[first]) == scenarios[first].replications:
            replies = waiting.pop(first)
            yield _result(scenarios[first], sorted(replies.items()), extended)
            first += 1


def _result(
    scenario: Scenario, ended: Sequence[tuple[int, SentReplication | RunError]], extended: Extensions
) -> Result | RunError:
    failure = next((reply for _, reply in ended if isinstance(reply, RunError)), None)
    if failure is not None:
        return failure
    draws = ((draw, reply) for draw, reply in ended if isinstance(reply, SentReplication))
    return _collected(scenario, draws, extended)


def _collected(
    scenario: Scenario, draws: Iterator[tuple[int, SentReplication]], extended: Extensions
) -> Result:
    """Assemble the result of draws, in their order, as they come."""
    tables: DrawTables | None = None
    parts, began, ended = [], [], []
    for draw, reply in draws:
        tables = tables or DrawTables(scenario.name, reply.added_tables)
        tables.add(draw, reply.tables)
        parts.append(reply.part)
        began.append(reply.began)
        ended.append(reply.ended)
    assert tables is not None, "a scenario has a draw at least"
    return assemble_result(scenario, extended, parts, tables, max(ended) - min(began))


def run_replication(task: ReplicationTask) -> SentReplication | RunError:
    """Run one replication in whatever process this is.

    If it fails, its error is returned.
    """
    extended = gather_once(task.extensions)
    scenario = load(task.scenario, extended.members)
    warm("en")
    try:
        return _reduced(scenario, task.replication, None, extended)
    except RunError as error:
        return error


def _reduced(
    scenario: Scenario, replication: int, progress: Progress | None, extended: Extensions
) -> SentReplication:
    """Run a replication, pack its tables, and let go of its model."""
    region = load_region(scenario.region, scenario.pack)
    began = time.time()
    run, measures = replicate(scenario, region, replication, progress, extended)
    ended = time.time()
    tables = RunTables(scenario.name, run, extended)
    part, packed, extra_tables = collect_replication(run, measures), tables.packed(), tables.extra_tables
    del run, measures, tables  # agents and model hold each other: only a search for garbage frees them
    if ended - began > SHORT_RUN_SECONDS:
        give_back()
    return SentReplication(part, packed, extra_tables, began, ended, peak_bytes())
