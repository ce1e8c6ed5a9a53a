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

from tanlu.compilation.machine import usable_cores
from tanlu.compilation.signatures import Signature, signatures

PACKAGES = Path(__file__).parents[2]  # the folder that Python imports Tanlu from
MIN_SECONDS = 5.0  # of compiling; less is done by the run itself, sooner than processes start
COMPILING = "compiling.lock"


class Progress(NamedTuple):
    """How far compiling is."""

    compiled: int
    kernels: int
    seconds_left: float  # at the pace so far; NaN before the first


type Tell = Callable[[Progress], None]


class _Work:
    """The kernels that processes share."""

    def __init__(self, numbers: Sequence[int], kernels: Sequence[Signature], tell: Tell) -> None:
        self.kernels, self.tell, self.count = kernels, tell, len(numbers)
        self.queue = sorted(numbers, key=lambda n: kernels[n].compile_seconds, reverse=True)
        self.lock, self.compiled = Lock(), 0
        self.open_seconds = self.all_seconds = sum(kernels[n].compile_seconds for n in numbers)
        self.began = time.perf_counter()

    def next(self) -> int | None:
        """Return the number of the next kernel, None after the last."""
        with self.lock:
            return self.queue.pop(0) if self.queue else None

    def finish(self, number: int) -> None:
        """Say that a kernel is done."""
        with self.lock:
            self.compiled += 1
            self.open_seconds -= self.kernels[number].compile_seconds
            passed = time.perf_counter() - self.began
            pace = passed / (self.all_seconds - self.open_seconds)
            self.tell(Progress(self.compiled, self.count, pace * self.open_seconds))


def find_missing(kernels: Sequence[Signature]) -> list[int]:
    """Find the numbers of kernels that are not compiled for this machine."""
    target = cpu_target.target_context.codegen().magic_tuple()
    files_of_kernels = (
        (i, kernel.function._cache.files(kernel.kinds, target)) for i, kernel in enumerate(kernels)
    )
    return [i for i, files in files_of_kernels if not any(file.is_file() for file in files)]


def compile_missing(tell: Tell) -> bool:
    """Compile the kernels that a run calls and that are missing.

    Return whether they can be kept, if any is missing. Two processes that ask at once do it once. A kernel that fails
    here is compiled by the run, which then says why.
    """
    if numba.config.DISABLE_JIT:
        return True
    kernels = signatures()
    folder = kernels[0].function.stats.cache_path if _is_worth_it(find_missing(kernels), kernels) else "."
    if not folder:
        return False
    if folder != ".":
        with _hold_turn(Path(folder) / COMPILING):
            numbers = find_missing(kernels)
            if _is_worth_it(numbers, kernels):
                _compile_in_processes(_Work(numbers, kernels, tell))
    return True


def _is_worth_it(numbers: Sequence[int], kernels: Sequence[Signature]) -> bool:
    return sum(kernels[n].compile_seconds for n in numbers) >= MIN_SECONDS


def _compile_in_processes(work: _Work) -> None:
    processes = min(usable_cores(), work.count)
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
    """Hand a process one kernel after the other while it answers."""
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
def _hold_turn(file: Path) -> Iterator[None]:
    """Wait until no other process compiles, where the system can tell.

    A process that ends gives its turn back.
    """
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:
        yield
        return
    with file.open("w") as stream:
        flock(stream, LOCK_EX)
        yield


def main() -> None:
    """Compile the kernels whose numbers are read."""
    kernels = signatures()
    for line in sys.stdin:
        kernel = kernels[int(line)]
        kernel.function.compile(kernel.kinds)
        print(int(line), flush=True)


if __name__ == "__main__":
    main()
