"""Compile what a run calls in as many processes as there are cores, before it asks.

Each process takes the next kernel, the longest first, compiles it and keeps it; who asked then reads all of them. As
a module this is such a process: numbers of kernels in, the same numbers out as they are done.
"""

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Any, NamedTuple

import numba
from numba.core.registry import cpu_target

from tanlu.compilation.signatures import Signature, signatures

PACKAGES = Path(__file__).parents[2]  # the folder that Python imports Tanlu from
LEAST_SECONDS = 5.0  # of compiling; less is done by the run itself, sooner than processes start
COMPILING = "compiling.lock"


class Progress(NamedTuple):
    """How far compiling is."""

    done: int
    kernels: int
    seconds_left: float  # at the pace so far; NaN before the first


type Tell = Callable[[Progress], None]


class _Work:
    """The kernels that processes share."""

    def __init__(self, numbers: Sequence[int], listed: Sequence[Signature], tell: Tell) -> None:
        self.listed, self.tell, self.count = listed, tell, len(numbers)
        self.left = sorted(numbers, key=lambda n: listed[n].compile_seconds, reverse=True)
        self.lock, self.done = Lock(), 0
        self.open_seconds = self.all_seconds = sum(listed[n].compile_seconds for n in numbers)
        self.began = time.perf_counter()

    def next(self) -> int | None:
        """Return the number of a kernel nobody has taken, None after the last."""
        with self.lock:
            return self.left.pop(0) if self.left else None

    def finish(self, number: int) -> None:
        """Say that a kernel is done."""
        with self.lock:
            self.done += 1
            self.open_seconds -= self.listed[number].compile_seconds
            passed = time.perf_counter() - self.began
            pace = passed / (self.all_seconds - self.open_seconds)
            self.tell(Progress(self.done, self.count, pace * self.open_seconds))


def missing(listed: Sequence[Signature]) -> list[int]:
    """Return which of the kernels listed have not been compiled for this machine, by number."""
    target = cpu_target.target_context.codegen().magic_tuple()
    kernels = ((i, one.function._cache.files(one.kinds, target)) for i, one in enumerate(listed))
    return [i for i, files in kernels if not any(file.is_file() for file in files)]


def compile_missing(tell: Tell) -> bool:
    """Compile what a run calls and is missing; return whether it can be kept, if anything is missing.

    Two processes that ask at once do it once. A kernel that fails here is compiled by the run, which then says why.
    """
    if numba.config.DISABLE_JIT:
        return True
    listed = signatures()
    folder = listed[0].function.stats.cache_path if _is_worth_it(missing(listed), listed) else "."
    if not folder:
        return False
    if folder != ".":
        with _alone(Path(folder) / COMPILING):
            numbers = missing(listed)
            if _is_worth_it(numbers, listed):
                _compile_in_processes(_Work(numbers, listed, tell))
    return True


def _is_worth_it(numbers: Sequence[int], listed: Sequence[Signature]) -> bool:
    return sum(listed[n].compile_seconds for n in numbers) >= LEAST_SECONDS


def _cores() -> int:
    """Return how many processes may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _compile_in_processes(work: _Work) -> None:
    processes = min(_cores(), work.count)
    work.tell(Progress(0, work.count, math.nan))
    paths = os.pathsep.join(filter(None, (str(PACKAGES), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-P", "-m", "tanlu.compilation.warming"]
    pipes: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
    }
    workers = [
        subprocess.Popen(command, text=True, bufsize=1, env={**os.environ, "PYTHONPATH": paths}, **pipes)
        for _ in range(processes)
    ]
    try:
        # A server that ends meanwhile does not wait for them; its processes end when they find nobody to read from.
        feeders = [Thread(target=_feed, args=(worker, work), daemon=True) for worker in workers]
        for feeder in feeders:
            feeder.start()
        for feeder in feeders:
            feeder.join()
    finally:
        for worker in workers:
            worker.kill()
            with suppress(OSError), worker:  # it may have ended before it read all
                pass


def _feed(worker: "subprocess.Popen[str]", work: _Work) -> None:
    """Hand a process one kernel after the other, as long as it answers."""
    assert worker.stdin is not None and worker.stdout is not None
    while (number := work.next()) is not None:
        try:
            worker.stdin.write(f"{number}\n")
            worker.stdin.flush()
        except OSError:
            return
        if worker.stdout.readline().strip() != str(number):
            return
        work.finish(number)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Wait until no other process compiles, where the system can tell; a process that ends gives its turn back."""
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:
        yield
        return
    with file.open("w") as opened:
        flock(opened, LOCK_EX)
        yield


def main() -> None:
    """Compile the kernels whose numbers are read."""
    listed = signatures()
    for line in sys.stdin:
        one = listed[int(line)]
        one.function.compile(one.kinds)
        print(int(line), flush=True)


if __name__ == "__main__":
    main()
