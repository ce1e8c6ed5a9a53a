"""Whole results of several scenarios, their replications spread over processes: the bits of one process."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tanlu.core.warming import warm
from tanlu.core.words.messages import build_message
from tanlu.experiments.executors import BatchError, ExecutorSource, Pool, pool_of
from tanlu.experiments.tasks import Death, Work, complete_tasks
from tanlu.experiments.worker import gather_once
from tanlu.output.extension import Extensions, Source, gather
from tanlu.output.findings.run_error import RunError
from tanlu.output.replications import ReplicationOutcome, collect_replication, replicate
from tanlu.output.result import Result, assemble_result
from tanlu.output.result_tables import Columns, ColumnTables, RunTables
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario


class ReplicationTask(NamedTuple):
    """One replication to run, as it is sent to a process."""

    position: int  # of its scenario among all
    scenario: Scenario
    replication: int
    extensions: tuple[Source, ...]


class SentReplication(NamedTuple):
    """One replication that ran, as it comes back."""

    part: ReplicationOutcome
    tables: Mapping[str, Columns | None]
    added_tables: tuple[str, ...]
    wall_seconds: float


def simulate_all(
    scenarios: Sequence[Scenario],
    *,
    jobs: int = 1,
    executor: ExecutorSource | None = None,
    extensions: Sequence[Source] = (),
    progress: Callable[[int, int], None] | None = None,
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

    Raises:
        BatchError: if a replication kills its process each time.
    """
    extended = gather(extensions)
    tasks = [
        ReplicationTask(position, scenario, replication, tuple(extensions))
        for position, scenario in enumerate(load(source, extended.members) for source in scenarios)
        for replication in range(scenario.replications)
    ]
    with pool_of(jobs, executor) as pool:
        yield from _assembled(tasks, _arriving(tasks, pool, progress), extended)


def _arriving(
    tasks: Sequence[ReplicationTask], pool: Pool, progress: Callable[[int, int], None] | None
) -> Iterator[tuple[ReplicationTask, SentReplication | RunError]]:
    work: Work[ReplicationTask, SentReplication | RunError] = Work(run_replication, lambda task: (task,))
    ended = complete_tasks(tasks, work, pool)
    for finished, (task, reply) in enumerate(ended, start=1):
        if isinstance(reply, Death):
            raise BatchError(
                build_message(
                    "died_twice", scenario=task.scenario.name, replication=task.replication, cause=reply.cause
                )
            )
        if progress is not None:
            progress(finished, len(tasks))
        yield task, reply


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
            by_replication = waiting.pop(first)
            yield _result(scenarios[first], [by_replication[n] for n in sorted(by_replication)], extended)
            first += 1


def _result(
    scenario: Scenario, ended: Sequence[SentReplication | RunError], extended: Extensions
) -> Result | RunError:
    replications: list[SentReplication] = []
    for reply in ended:
        if isinstance(reply, RunError):
            return reply
        replications.append(reply)
    tables = ColumnTables(
        scenario.name, [reply.tables for reply in replications], replications[0].added_tables
    )
    seconds = sum(reply.wall_seconds for reply in replications)
    return assemble_result(scenario, extended, [reply.part for reply in replications], tables, seconds)


def run_replication(task: ReplicationTask) -> SentReplication | RunError:
    """Run one replication in whatever process this is.

    If it fails, its error is returned.
    """
    extended = gather_once(task.extensions)
    scenario = load(task.scenario, extended.members)
    warm("en")
    started = time.perf_counter()
    try:
        region = load_region(scenario.region, scenario.pack)
        run, measures = replicate(scenario, region, task.replication, None, extended)
    except RunError as error:
        return error
    seconds = time.perf_counter() - started
    tables = RunTables(scenario.name, (run,), extended)
    return SentReplication(collect_replication(run, measures), tables.columns(), tables.extra_tables, seconds)
