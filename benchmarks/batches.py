"""What a batch costs beyond its runs, and that every executor gives one digest.

python -m benchmarks.batches executors         serial, processes, loky and Dask: digest, CPU, first result
python -m benchmarks.batches cluster           Dask without a shared disk, a worker of other code, one that is killed
python -m benchmarks.batches points [COUNT]    overhead, memory and cores of a batch of the reference region
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import tanlu
from benchmarks.faults import plan_in
from tanlu.core.words.messages import Message
from tanlu.experiments.cluster import cluster_pool
from tanlu.experiments.engine import run_batch
from tanlu.experiments.executors import Pool, pool_of
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


def timed(
    plan: Plan, out: Path, pool_source: AbstractContextManager[Pool], size: int | None = None
) -> BatchTimes:
    """Run a batch into a new store."""
    store = plan.store(out)
    store.begin(plan.describe())
    began, cpu, first = time.perf_counter(), cpu_seconds(), 0.0
    with pool_source as pool:
        for _ in run_batch(plan.batch, store, pool, size):
            first = first or time.perf_counter() - began
    stored = store.read(plan.batch.ids)
    wall = time.perf_counter() - began
    return BatchTimes(stored.digest, wall, first, sum(stored.cpu_seconds), cpu_seconds() - cpu)


class DaskCluster(NamedTuple):
    """A Dask scheduler and its workers, each a process in a folder of its own."""

    address: str
    workers: Sequence[subprocess.Popen[bytes]]


@contextmanager
def dask_on_the_command_line(
    folder: Path, environments: Sequence[Mapping[str, str]]
) -> Iterator[DaskCluster]:
    """Start a Dask scheduler and a worker for each environment, as a user does."""
    scheduler_file = folder / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with ExitStack() as started:

        def start(module: str, *words: str, **how: Any) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", f"distributed.cli.{module}", "--no-dashboard", *words]
            process = started.enter_context(subprocess.Popen(command, **quiet, **how))
            started.callback(process.terminate)
            return process

        start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(scheduler_file))
        workers = []
        for number, environment in enumerate(environments):
            own = folder / f"worker{number}"
            own.mkdir()
            words = (
                "--scheduler-file",
                str(scheduler_file),
                "--nthreads",
                "1",
                "--no-nanny",
                "--name",
                own.name,
            )
            workers.append(start("dask_worker", *words, cwd=own, env=os.environ | environment))
        while not scheduler_file.exists():
            time.sleep(0.1)
        from distributed import Client

        with Client(scheduler_file=str(scheduler_file)) as client:
            client.wait_for_workers(len(workers))
            address: str = client.scheduler.address
        yield DaskCluster(address, workers)


def cluster() -> None:
    """Run points on workers that share no folder; one has other code, one is killed while it works."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        plan = plan_in(folder)
        digests = {_shown("serial", timed(plan, folder / "serial", pool_of()))}
        foreign = folder / "foreign"
        shutil.copytree(
            Path(tanlu.__file__).parent, foreign / "tanlu", ignore=shutil.ignore_patterns("__pycache__")
        )
        economics = foreign / "tanlu" / "core" / "economics.py"
        economics.write_text(economics.read_text("utf-8") + "\nOTHER = 1.0\n", encoding="utf-8")
        own_code = {"PYTHONPATH": ""}
        with dask_on_the_command_line(folder, (own_code, own_code, {"PYTHONPATH": str(foreign)})) as dask:
            began = time.perf_counter()

            def tell(message: Message) -> None:
                print(f"{time.perf_counter() - began:.1f} s: {message.in_language('en')}")

            with cluster_pool(dask.address, tell) as pool:
                store = plan.store(folder / "cluster")
                store.begin(plan.describe())
                for number, _ in enumerate(run_batch(plan.batch, store, pool, 1)):
                    if number == 4:
                        dask.workers[0].kill()
            digests.add(store.read(plan.batch.ids).digest)
    print(f"{len(digests)} digest(s) in all")


def executors() -> None:
    """Print one line for each way to run the same points."""
    from loky import get_reusable_executor

    digests = set()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        plan = plan_in(folder)
        ways: dict[str, tuple[int | None, AbstractContextManager[Pool]]] = {
            "serial": (None, pool_of()),
            "serial, chunks of 1": (1, pool_of()),
            "2 processes, chunks of 6": (6, pool_of(2)),
            "2 processes, chunks of 25": (25, pool_of(2)),
            "4 processes, chunks of 1": (1, pool_of(4)),
            "loky, chunks of 6": (6, pool_of(executor=partial(get_reusable_executor, 2))),
        }
        for number, (name, (size, pool)) in enumerate(ways.items()):
            digests.add(_shown(name, timed(plan, folder / str(number), pool, size)))
        with dask_on_the_command_line(folder, ({}, {})) as dask:
            for size in (1, 6):
                name = f"Dask, 2 command-line workers, chunks of {size}"
                pool = cluster_pool(dask.address, lambda message: print(message.in_language("en")))
                digests.add(_shown(name, timed(plan, folder / f"dask{size}", pool, size)))
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
        one = timed(plan, Path(scratch) / "one", pool_of())
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
        two = timed(plan, Path(scratch) / "two", pool_of(2))
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
    elif sys.argv[1] == "cluster":
        cluster()
    else:
        points(int(sys.argv[2]) if len(sys.argv) > 2 else 100)
