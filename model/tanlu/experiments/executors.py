"""Where tasks run: in this process, in processes of its own, or where the caller says."""

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_all_start_methods, get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext

# Workers are as many as the cores: threads of libraries inside them would stand in each other's way.
ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
PRELOADED = ["tanlu.experiments.preload"]
WAITING = 2  # tasks handed out for each worker: one runs, one is ready
END_SECONDS = 5.0  # that the thread of an executor may take to end

type ExecutorSource = Executor | Callable[[], Executor]


class BatchError(ResultError):
    """A batch cannot go on; what was finished is kept."""


class HereExecutor(Executor):
    """Runs what it is given at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Run it at once."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*arguments, **keywords))
        except Exception as error:
            future.set_exception(error)
        return future


class Pool:
    """An executor, which is made again when its processes have died."""

    def __init__(self, make: Callable[[], Executor], workers: int, *, is_owned: bool = True) -> None:
        """Take what makes the executor; an owned one is closed at the end."""
        self._make, self._is_owned = make, is_owned
        self._executor: Executor | None = None
        self.workers = workers
        self.tasks_at_once = WAITING * workers if workers > 1 else 1

    def submit(self, fn: Callable[..., Any], task: Any) -> Future[Any]:
        """Hand out a task."""
        if self._executor is None:
            self._executor = self._make()
        return self._executor.submit(fn, task)

    @property
    def is_here(self) -> bool:
        """Whether tasks run in this process."""
        return self._make is HereExecutor

    def renew(self) -> None:
        """Give up an executor whose processes have died."""
        self.close()

    def close(self) -> None:
        """Hand out nothing more; wait for nothing."""
        if isinstance(self._executor, ProcessPoolExecutor):
            processes = list((getattr(self._executor, "_processes", None) or {}).values())
            thread = getattr(self._executor, "_executor_manager_thread", None)
            self._executor.shutdown(wait=False, cancel_futures=True)
            for (
                process
            ) in processes:  # one that died took the lock of the queue along: the others wait for it
                process.kill()
            if thread is not None:  # while it is there, the next executor cannot fork
                thread.join(END_SECONDS)
        elif self._executor is not None and self._is_owned:
            self._executor.shutdown(wait=False)  # others know no more
        self._executor = None


@contextmanager
def pool_of(jobs: int = 1, executor: ExecutorSource | None = None) -> Iterator[Pool]:
    """Open a pool of processes, or of an executor.

    There are `jobs` processes; an executor may come as what makes one.
    """
    pool = _pool(jobs, executor)
    try:
        yield pool
    finally:
        pool.close()


def _pool(jobs: int, executor: ExecutorSource | None) -> Pool:
    if isinstance(executor, Executor):
        return Pool(_only_once(executor), _workers_of(executor), is_owned=False)
    if executor is not None:
        return Pool(executor, os.cpu_count() or 1)
    return Pool(HereExecutor, 1) if jobs == 1 else Pool(lambda: _processes(jobs), jobs)


def _workers_of(executor: Executor) -> int:
    return int(getattr(executor, "_max_workers", os.cpu_count() or 1))


def _only_once(executor: Executor) -> Callable[[], Executor]:
    """Build a function that gives an executor away, and makes no other."""
    executors = [executor]

    def give() -> Executor:
        if not executors:
            raise BatchError(build_message("executor_dead"))
        return executors.pop()

    return give


def _processes(jobs: int) -> Executor:
    """Start processes that are copies of a warm one."""
    from tanlu.core.warming import warm

    warm("en")  # here once: workers that all find no kernels would all compile them
    if not can_fork():
        return ProcessPoolExecutor(jobs, mp_context=warm_processes(), initializer=begin)
    from tanlu.experiments.first_run import run_once

    with suppress(Exception):  # the task says what is wrong
        run_once()
    return ProcessPoolExecutor(jobs, mp_context=get_context("fork"), initializer=begin)


def can_start_processes() -> bool:
    """Check whether this process may start others: it is none of somebody's workers.

    Inside a batch, a page's worker or a Dask worker all processors have their work.
    """
    is_first = parent_process() is None and threading.current_thread() is threading.main_thread()
    return is_first and "forkserver" in get_all_start_methods()


def can_fork() -> bool:
    """Check whether a plain copy of this process is sound: it has one thread.

    A copy has only the thread that made it, and the locks that the others held. A fork needs no second to start, where
    the server of processes first reads the model.
    """
    try:
        return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def warm_processes() -> "ForkServerContext":
    """Start a server of processes that are copies of a warm one.

    It begins to warm up at once.
    """
    from tanlu.experiments.fork_server import WarmContext  # which some systems lack

    context = WarmContext()
    context.set_forkserver_preload(PRELOADED)
    with _environment(ONE_THREAD):
        from multiprocessing.forkserver import ensure_running

        ensure_running()
    return context


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def begin() -> None:
    """Leave interrupts to the process that hands out tasks.

    End with it, however it ends.
    """
    gc.freeze()  # what it has from the process that it is a copy of, no collection need look at
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
