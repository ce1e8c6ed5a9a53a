"""What a batch costs beyond its runs, and that every executor gives one digest.

python -m benchmarks.batches executors         serial, processes, loky and Dask: digest, CPU, first result
python -m benchmarks.batches points [COUNT]    overhead, memory and cores of a batch of the reference region
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.faults import plan_in
from tanlu.experiments.engine import run_batch
from tanlu.experiments.executors import pool_of
from tanlu.experiments.plans import Plan, load_experiment

REFERENCE = """experiment: points
base: {{extends: "tanlu:baseline", world: {{hydrology: bootstrap}}}}
factors:
  gas: {{path: world.gas_price_factor, range: [0.7, 1.6]}}
  width: {{path: pack.parameters.hurdle_half_width, factor: {{range: [0.5, 1.5]}}}}
design: {{method: latin_hypercube, n: {count}}}
replications: 1
outcomes: {{emitted: {{variable: Emissions|CO2, sum: 2025-2060}}}}
keep: {{indicators: [Emissions|CO2]}}
"""


class BatchTimes(NamedTuple):
    """What a batch took."""

    digest: str
    wall_seconds: float
    first_seconds: float  # until the first receipt
    runs_cpu_seconds: float
    all_cpu_seconds: float  # of this process and those it waited for


def cpu_seconds() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def timed(plan: Plan, out: Path, size: int | None = None, **where: Any) -> BatchTimes:
    """Run a batch into a new store."""
    store = plan.store(out)
    store.begin(plan.describe())
    began, cpu, first = time.perf_counter(), cpu_seconds(), 0.0
    with pool_of(**where) as pool:
        for _ in run_batch(plan.batch, store, pool, size):
            first = first or time.perf_counter() - began
    stored = store.read(plan.batch.ids)
    wall = time.perf_counter() - began
    return BatchTimes(stored.digest, wall, first, sum(stored.cpu_seconds), cpu_seconds() - cpu)


@contextmanager
def dask_on_the_command_line(folder: Path) -> Iterator[str]:
    """Yield the address of a Dask scheduler with two workers, as a user starts them."""
    address = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with ExitStack() as started:

        def start(module: str, *words: str) -> None:
            command = [sys.executable, "-m", f"distributed.cli.{module}", "--no-dashboard", *words]
            process = started.enter_context(subprocess.Popen(command, **quiet))
            started.callback(process.terminate)

        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(address))
        for _ in range(2):
            start(
                "dask_worker",
                "--scheduler-file",
                str(address),
                "--nthreads",
                "1",
                "--local-directory",
                str(folder),
            )
        while not address.exists():
            time.sleep(0.1)
        from distributed import Client

        with Client(scheduler_file=str(address)) as client:
            client.wait_for_workers(2)
            found: str = client.scheduler.address
        yield found


def executors() -> None:
    """Print one line for each way to run the same points."""
    from loky import get_reusable_executor

    digests = set()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        plan = plan_in(folder)
        ways: dict[str, tuple[int | None, Callable[[], dict[str, Any]]]] = {
            "serial": (None, dict),
            "serial, chunks of 1": (1, dict),
            "2 processes, chunks of 6": (6, lambda: {"jobs": 2}),
            "2 processes, chunks of 25": (25, lambda: {"jobs": 2}),
            "4 processes, chunks of 1": (1, lambda: {"jobs": 4}),
            "loky, chunks of 6": (6, lambda: {"executor": partial(get_reusable_executor, 2)}),
        }
        for number, (name, (size, where)) in enumerate(ways.items()):
            digests.add(_shown(name, timed(plan, folder / str(number), size, **where())))
        with dask_on_the_command_line(folder) as address:
            for size in (1, 6):
                name = f"Dask, 2 command-line workers, chunks of {size}"
                digests.add(_shown(name, timed(plan, folder / f"dask{size}", size, cluster=address)))
    print(f"{len(digests)} digest(s) in all")


def _shown(name: str, one: BatchTimes) -> str:
    print(
        f"{name:45} {one.digest[:12]}  wall {one.wall_seconds:6.1f} s, first {one.first_seconds:5.1f} s, "
        f"CPU of runs {one.runs_cpu_seconds:5.1f} s",
        flush=True,
    )
    return one.digest


def points(count: int) -> None:
    """Run points of the reference region in one process and then as many in two, and print what that took."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "points.yaml"
        file.write_text(REFERENCE.format(count=count))
        began = time.process_time()
        plan = load_experiment(file)
        reading = time.process_time() - began
        with pool_of() as pool:  # reads the model, which is no part of a batch
            pool.submit(_warm, plan).result()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        one = timed(plan, Path(scratch) / "one")
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        beyond = one.all_cpu_seconds + reading - one.runs_cpu_seconds
        print(
            f"{count} points, one process: wall {one.wall_seconds:.0f} s, CPU of runs {one.runs_cpu_seconds:.0f} s"
        )
        print(
            f"overhead: {100 * beyond / one.runs_cpu_seconds:.1f} % of the runs' CPU (reading the file {reading:.1f} s)"
        )
        print(
            f"memory: {before:.0f} MiB before, {after:.0f} MiB at most: {(after - before) / count:.2f} MiB a point"
        )
        with pool_of(jobs=2) as pool:
            first, again = pool.submit(_first, plan).result()
        print(f"first result of a new worker: {first:.2f} s of CPU, of which a warm run takes {again:.2f} s")
        two = timed(plan, Path(scratch) / "two", jobs=2)
        print(
            f"two processes: wall {two.wall_seconds:.0f} s, first result {two.first_seconds:.1f} s", end=", "
        )
        print(
            f"{one.wall_seconds / two.wall_seconds:.2f} times as fast, same digest: {one.digest == two.digest}"
        )
        print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


def _warm(plan: Plan) -> None:
    from tanlu.experiments.worker import run_point

    run_point(plan.batch.points[0], plan.batch.reduction, ())


def _first(plan: Plan) -> tuple[float, float]:
    """Return the CPU time of a new process until its first point is reduced, and that of another point."""
    from tanlu.experiments.worker import run_point

    run_point(plan.batch.points[0], plan.batch.reduction, ())
    first = time.process_time()
    return first, run_point(plan.batch.points[1], plan.batch.reduction, ()).record.cpu_seconds


if __name__ == "__main__":
    if sys.argv[1] == "executors":
        executors()
    else:
        points(int(sys.argv[2]) if len(sys.argv) > 2 else 100)
