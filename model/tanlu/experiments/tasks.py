"""Hand out tasks and take what comes back; a task that kills its process is named, and the others go on."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from itertools import chain, islice
from typing import Any, NamedTuple

from tanlu.core.words.messages import build_message
from tanlu.experiments.executors import BatchError, Pool

CHANCES = 2  # to run alone, for a task in whose company a process died


class Death(NamedTuple):
    """The process of a task died each time it ran alone."""

    cause: str


class Work[T, R](NamedTuple):
    """A kind of work on tasks."""

    do: Callable[[T], R]
    split: Callable[[T], Sequence[T]]  # what is left of a task whose process died, in the smallest pieces


def complete_tasks[T, R](tasks: Iterable[T], work: Work[T, R], pool: Pool) -> Iterator[tuple[T, R | Death]]:
    """Yield each task with its result, as they end.

    When a process dies, all that had been handed out is suspect: it runs again one by one, so that no task is blamed
    for its neighbour's fault.

    Raises:
        BatchError: if there are no processes any more.
    """
    waiting, flying = iter(tasks), dict[Future[R], T]()
    while True:
        waiting, broken = _hand_out(waiting, flying, work.do, pool)
        if not flying and not broken:
            return
        finished = wait(flying, return_when=FIRST_COMPLETED).done if flying else set()
        broken |= any(_is_broken(future) for future in finished)
        if broken:
            finished = wait(flying).done  # none of them can go on
            pool.renew()
        ended = [(future, flying.pop(future)) for future in finished]
        yield from ((task, future.result()) for future, task in ended if not _is_loss(future))
        yield from _alone([task for future, task in ended if _is_loss(future)], work, pool)


def _hand_out[T, R](
    waiting: Iterator[T], flying: dict[Future[R], T], do: Callable[[T], R], pool: Pool
) -> tuple[Iterator[T], bool]:
    """Hand out as many tasks as may be out at once.

    Returns those that wait, and whether the executor is broken. A task is taken when its turn comes: it may be made
    only then.
    """
    for task in islice(waiting, max(pool.tasks_at_once - len(flying), 0)):
        try:
            flying[pool.submit(do, task)] = task
        except BrokenExecutor:
            return chain((task,), waiting), True
    return waiting, False


def _alone[T, R](suspects: Sequence[T], work: Work[T, R], pool: Pool) -> Iterator[tuple[T, R | Death]]:
    """Run tasks one by one, the pieces of each apart."""
    for task in suspects:
        for piece in work.split(task):
            yield piece, _try_task(piece, work.do, pool)


def _try_task[T, R](task: T, do: Callable[[T], R], pool: Pool) -> R | Death:
    cause = ""
    for _ in range(CHANCES):
        future = pool.submit(do, task)
        wait([future])
        if not _is_loss(future):
            return future.result()
        cause = _cause(future)
        if _is_broken(future):
            pool.renew()
    return Death(cause)


def _is_loss(future: Future[Any]) -> bool:
    """Check whether the process of a task is gone.

    A task that failed is another case.

    Raises:
        BatchError: if the whole cluster is gone.
    """
    error = CancelledError() if future.cancelled() else future.exception()
    if isinstance(error, CancelledError):
        raise BatchError(build_message("cluster_gone"))
    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"


def _is_broken(future: Future[Any]) -> bool:
    return not future.cancelled() and isinstance(future.exception(), BrokenExecutor)


def _cause(future: Future[Any]) -> str:
    error = future.exception()
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
