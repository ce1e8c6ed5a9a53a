"""A Dask cluster: workers with the code of this process get tasks, others are named and left out."""

import math
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from tanlu.core.words.messages import Message, build_message
from tanlu.experiments.executors import BatchError, Pool
from tanlu.output.provenance import running_code

if TYPE_CHECKING:
    from tanlu.compilation.warming import Progress, Tell

CONNECT_SECONDS = 10.0  # that a scheduler may take to answer, and a first worker to appear
LOOK_SECONDS = 2.0  # between two looks at who has joined and who is gone
REPORT_SECONDS = 10.0  # between two reports of a worker that compiles
COMPILING = "tanlu-compiling"  # topic of these reports


@dataclass
class _Task:
    """A task that is out, and the workers that may do it."""

    do: Callable[..., Any]
    arguments: tuple[Any, ...]
    workers: frozenset[str] = frozenset()
    running: Any = field(default=None)  # future of Dask


class ClusterExecutor(Executor):
    """Hands tasks to those workers of a Dask cluster whose code is that of this process.

    Who joins later is asked too. A task whose workers are all gone is handed out again.
    """

    def __init__(self, client: Any, tell: Callable[[Message], None]) -> None:
        """Ask the workers of a client which code they have."""
        self._client, self._tell, self._code = client, tell, running_code()
        self._has_code: dict[str, bool] = {}  # by address
        self._tasks: dict[Future[Any], _Task] = {}
        self._lock, self._is_closed = threading.RLock(), threading.Event()
        self._await_a_worker()
        threading.Thread(target=self._keep_looking, daemon=True).start()

    @property
    def threads(self) -> int:
        """Number of threads of the workers that get tasks."""
        present = self._client.nthreads()
        return sum(present.get(address, 0) for address in self._sound_workers(present))

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Hand out a task."""
        future: Future[Any] = Future()
        with self._lock:
            self._tasks[future] = _Task(fn, arguments)
            self._hand_out(future, self._sound_workers(self._has_code))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Look at the cluster no more."""
        self._is_closed.set()

    def _await_a_worker(self) -> None:
        until = time.monotonic() + CONNECT_SECONDS
        while not self._look():
            if time.monotonic() > until:
                raise BatchError(build_message("no_sound_worker", present=len(self._has_code)))
            time.sleep(CONNECT_SECONDS / 20)

    def _look(self) -> frozenset[str]:
        """Ask workers that have joined for their code, and return the addresses of those that get tasks."""
        present = self._client.scheduler_info(n_workers=-1)["workers"]
        new = sorted(present.keys() - self._has_code.keys())
        if new:
            answers = self._client.run(running_code, workers=new, on_error="return")
            for address in new:
                self._has_code[address] = answers.get(address) == self._code
                if not self._has_code[address]:
                    self._tell(
                        _describe_foreigner(address, present[address], answers.get(address), self._code)
                    )
        return self._sound_workers(present)

    def _sound_workers(self, present: Mapping[str, Any]) -> frozenset[str]:
        return frozenset(address for address in present if self._has_code.get(address))

    def _keep_looking(self) -> None:
        while not self._is_closed.wait(LOOK_SECONDS):
            try:
                sound = self._look()
            except Exception:  # the scheduler is gone: Dask cancels the tasks itself
                continue
            with self._lock:
                stranded = [future for future, task in self._tasks.items() if not task.workers & sound]
                for future in stranded if sound else ():
                    self._hand_out(future, sound)

    def _hand_out(self, future: Future[Any], workers: frozenset[str]) -> None:
        task = self._tasks[future]
        former, task.workers = task.running, workers
        # A task that is handed out again must run again, so none is taken for another with the same arguments.
        running = self._client.submit(task.do, *task.arguments, pure=False, workers=sorted(workers))
        task.running = running
        running.add_done_callback(lambda ended: self._end(future, ended))
        if former is not None:
            former.cancel()

    def _end(self, future: Future[Any], ended: Any) -> None:
        """Pass on how a task ended, unless it was handed out again."""
        with self._lock:
            task = self._tasks.get(future)
            if task is None or task.running is not ended:
                return
            del self._tasks[future]
        if ended.status == "finished":
            future.set_result(ended.result())
        elif ended.status == "error":
            future.set_exception(ended.exception())
        else:
            future.cancel()


@contextmanager
def cluster_pool(address: str, tell: Callable[[Message], None]) -> Iterator[Pool]:
    """Open a pool of the workers of a Dask scheduler.

    Raises:
        BatchError: if Dask is not installed, no scheduler answers, or no worker has the code of this process.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise BatchError(build_message("needs_dask")) from error
    try:
        client = Client(address, timeout=f"{CONNECT_SECONDS:.0f}s")
    except (OSError, ValueError) as error:
        raise BatchError(build_message("no_scheduler", address=address)) from error
    with client:
        client.subscribe_topic(COMPILING, lambda event: tell(_describe_compiling(event[1])))
        executor = ClusterExecutor(client, tell)
        try:
            yield Pool(lambda: executor, max(executor.threads, 1), is_owned=False)
        finally:
            executor.shutdown()


def _describe_foreigner(
    address: str, worker: Mapping[str, Any], answer: Any, code: Mapping[str, Any]
) -> Message:
    """Describe a worker that is left out, and what differs."""
    is_code = isinstance(answer, Mapping)
    keys = [key for key in code if answer.get(key) != code[key]] if is_code else ["tanlu"]
    return build_message("foreign_worker", name=worker.get("name", address), address=address, keys=keys)


def compiling_watchers() -> "tuple[Tell, ...]":
    """Return what hears how far this process is with compiling: who hands out tasks, if a Dask worker runs this one."""
    if "distributed" not in sys.modules:
        return ()
    from distributed import get_worker

    try:
        return (_compiling_reporter(get_worker()),)
    except ValueError:  # no task of Dask
        return ()


@cache
def _compiling_reporter(worker: Any) -> "Tell":
    """Make what reports the progress of a worker: the beginning, the end, and some steps between."""
    last_report = -math.inf

    def report(progress: "Progress") -> None:
        nonlocal last_report
        is_due = time.monotonic() - last_report >= REPORT_SECONDS
        if is_due or progress.compiled in (0, progress.kernels):
            last_report = time.monotonic()
            seconds = max(round(progress.seconds_left), 1) if progress.compiled else 0
            places = {"done": progress.compiled, "kernels": progress.kernels, "seconds": seconds}
            worker.log_event(COMPILING, {"name": str(worker.name), **places})

    return report


def _describe_compiling(progress: Mapping[str, Any]) -> Message:
    """Describe how far a worker is with compiling."""
    if progress["done"] == progress["kernels"]:
        return build_message("worker_compiled", **progress)
    return build_message("worker_compiles" if progress["seconds"] else "worker_begins", **progress)
