"""A Dask cluster: workers with other code get no runs, what a lost worker had goes to another, TLS as documented."""

import math
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from tanlu.compilation.warming import Progress
from tanlu.core.words.messages import Message
from tanlu.experiments import cluster
from tanlu.experiments.cluster import ClusterExecutor, cluster_pool, compiling_watchers
from tanlu.experiments.executors import BatchError
from tanlu.output.provenance import running_code

ROOT = Path(__file__).parents[1]
OTHER = running_code() | {"sha256": "0" * 64}


class DaskFuture:
    """A task of Dask that ends when the test says so."""

    def __init__(self, workers: list[str]) -> None:
        self.workers, self.status = workers, "pending"
        self._callback: Callable[[Any], None] | None = None

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        self._callback = callback

    def end(self, status: str = "finished") -> None:
        self.status = status
        assert self._callback is not None
        self._callback(self)

    def result(self) -> str:
        return self.workers[0]

    def exception(self) -> Exception:
        return ZeroDivisionError("no demand")

    def cancel(self) -> None:
        self.end("cancelled")


class DaskClient:
    """A client whose workers come and go as the test says."""

    def __init__(self, workers: dict[str, Any]) -> None:
        self.codes, self.out = workers, list[DaskFuture]()

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        return {"workers": {address: {"name": address[-1]} for address in self.codes}}

    def run(self, function: object, workers: list[str], on_error: str) -> dict[str, Any]:
        return {address: self.codes[address] for address in workers}

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self.codes, 1)

    def submit(self, do: object, *arguments: object, pure: bool, workers: list[str]) -> DaskFuture:
        self.out.append(DaskFuture(workers))
        return self.out[-1]


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.1)


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_worker_with_other_code_is_named_and_gets_nothing(quick) -> None:
    client, heard = DaskClient({"a": running_code(), "b": OTHER, "c": ImportError("tanlu")}), list[Message]()
    executor = ClusterExecutor(client, heard.append)
    executor.submit(print)
    assert executor.threads == 1 and client.out[0].workers == ["a"]
    first, second = (message.in_language("en") for message in heard)
    assert "worker b " in first and "(sha256 differ)" in first and "worker c " in second
    client.codes |= {"d": running_code()}
    wait_for(lambda: executor.threads == 2)
    executor.submit(print)
    assert client.out[1].workers == ["a", "d"]
    executor.shutdown()


def test_what_a_lost_worker_had_goes_to_the_next_that_joins(quick) -> None:
    client = DaskClient({"a": running_code()})
    executor = ClusterExecutor(client, print)
    future: Future[str] = executor.submit(print)
    del client.codes["a"]
    client.codes["b"] = OTHER
    time.sleep(0.1)
    assert len(client.out) == 1, "nobody else has the code"
    client.codes["c"] = running_code()
    wait_for(lambda: len(client.out) == 2)
    client.out[1].end()
    assert future.result(1.0) == "c"
    executor.shutdown()


def test_how_a_task_ends_is_passed_on(quick) -> None:
    client = DaskClient({"a": running_code()})
    executor = ClusterExecutor(client, print)
    futures = [executor.submit(print) for _ in range(3)]
    for task, status in zip(client.out, ("finished", "error", "lost"), strict=True):
        task.end(status)
    assert futures[0].result() == "a" and isinstance(futures[1].exception(), ZeroDivisionError)
    assert futures[2].cancelled(), "the cluster is gone"
    executor.shutdown()


def test_a_cluster_without_a_fitting_worker_ends_with_a_sentence(quick) -> None:
    with pytest.raises(BatchError, match="no worker of the cluster has the code"):
        ClusterExecutor(DaskClient({"b": OTHER}), lambda message: None)


def compile_two() -> int:
    """Stands for a chunk on a worker that compiles two kernels, in a thread of its own."""
    (report,) = compiling_watchers()
    steps = [Progress(0, 3, math.nan), Progress(1, 3, 41.6), Progress(2, 3, 20.0), Progress(3, 3, 0.0)]
    thread = threading.Thread(target=lambda: [report(step) for step in steps])
    thread.start()
    thread.join()
    return len(compiling_watchers())


def test_a_worker_that_compiles_says_how_far_it_is(monkeypatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "REPORT_SECONDS", 0.0)
    heard = list[str]()
    with (
        distributed.LocalCluster(1, processes=False, threads_per_worker=1, dashboard_address=None) as local,
        cluster_pool(
            local.scheduler_address, lambda message: heard.append(message.in_language("en"))
        ) as pool,
    ):
        assert pool.submit(lambda _: compile_two(), None).result(10.0) == 1
        wait_for(lambda: len(heard) == 4)
    assert [re.sub("worker .+ (compiles|has)", r"worker W \1", line) for line in heard] == [
        "the worker W compiles 3 kernels, once, before its first run",
        "the worker W compiles: 1 of 3 kernels, about 42 s to go",
        "the worker W compiles: 2 of 3 kernels, about 20 s to go",
        "the worker W has compiled 3 kernels, and runs",
    ]
    assert compiling_watchers() == (), "nobody hears of it outside of a cluster"


@pytest.mark.slow
def test_the_recipe_with_certificates_runs_an_experiment(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (recipe,) = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "cluster.md").read_text(), re.DOTALL)
    (tmp_path / "study.yaml").write_text(
        "experiment: small\nbase: {extends: two_provinces.yaml, years: 2022-2023}\n"
        "replications: 2\noutcomes: {emitted: {variable: Emissions|CO2, year: 2023}}\n"
    )
    shutil.copy(ROOT / "tests" / "two_provinces.yaml", tmp_path)
    folder = Path(sys.executable).parent
    script = f"export PATH={folder}:$PATH\ntrap 'kill $(jobs -p)' EXIT\n{recipe}"
    done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "2" in done.stdout and list(tmp_path.glob("experiments/small-*/runs/part-*"))
