"""Many visitors of the served page at once: waits, the server's readiness, who is turned away, memory, what is left.

    python -m benchmarks.crowd load [VISITORS]     visitors who each change something every 3 s
    python -m benchmarks.crowd full                50 open pages, 10 of whose visitors change something every 3 s
    python -m benchmarks.crowd memory [ANSWERS]    the tree of processes after so many different answers to 40 visitors

Server and workers are those of `tanlu app`; visitors are sockets (`socket_visitor.py`), since 50 browsers would take
the cores that are measured. Times hold on a free machine.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import numpy as np

from benchmarks.processes import ROOT
from benchmarks.socket_visitor import SocketVisitor
from tanlu import simulate
from tanlu.pages.workers.door import MOST_VISITORS
from tanlu.scenario.examples import example_of
from tests.browser import free_port

EVERY_SECONDS = 3.0
CHANGES = 6  # of each visitor under load
RUNNING = 10  # of a full house
FULL_CHANGES = 20  # of each who is at work in it
CROWD = 40  # who ask for so many different answers
KEPT_SECONDS = 30.0  # a session whose line broke, by `page_server.py`
AFTER_SECONDS = 60.0  # what is left is looked at so long after the last session
PRICE, FIELD = "carbon_price", "price_cny_per_tco2"
KB_PER_MIB = 1024


class Site:
    """A server of the page and its workers."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        words = ("--no-open", "--production", "--no-check-version", "--port", str(port))
        command = [sys.executable, "-m", "solara", "run", "benchmarks/page_server.py", *words]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, cwd=ROOT, text=True, **pipes)
        while not self._is_ready():
            if self.process.poll() is not None:
                raise SystemExit("the server ended before it was ready")
            time.sleep(0.2)

    def held(self) -> dict[str, int]:
        """Return how many sessions and threads the server has."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        told: dict[str, int] = json.loads(next(line for line in self.process.stdout if line.startswith("{")))
        return told

    def memory(self) -> float:
        """Return the memory of the server and all its children, shared pages by parts, MiB."""
        return sum(map(_proportional_kb, tree_of(self.process.pid))) / KB_PER_MIB

    def end(self) -> None:
        """Stop the server as Ctrl+C does."""
        self.process.terminate()
        self.process.wait(30.0)

    def _is_ready(self) -> bool:
        try:
            return bool(urlopen(f"{self.url}/readyz", timeout=5.0).status == 200)
        except (HTTPError, URLError, OSError):
            return False


def tree_of(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    started = [int(one) for file in children for one in file.read_text(encoding="ascii").split()]
    return [pid, *(below for one in started for below in tree_of(one))]


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0  # it has just ended
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


@contextmanager
def served() -> Iterator[Site]:
    """Yield a server that is ready."""
    site = Site()
    try:
        yield site
    finally:
        site.end()


class Mover(threading.Thread):
    """A visitor who puts the carbon price at values that nobody else asks for, one every few seconds."""

    def __init__(self, site: Site, prices: Iterable[int], every_seconds: float = EVERY_SECONDS) -> None:
        super().__init__()
        self.visitor = SocketVisitor(site.url)
        self.visitor.add(PRICE)
        self.prices, self._every = list(prices), every_seconds
        self.waits: list[float] = []

    def run(self) -> None:
        """Make all moves."""
        for price in self.prices:
            began = time.perf_counter()
            self.waits.append(self.visitor.move(price_at(price)))
            time.sleep(max(self._every - (time.perf_counter() - began), 0.0))


def price_at(value: int) -> tuple[list[str], object]:
    """Return the edit that puts the carbon price at a value, CNY/t."""
    return ["policies", example_of(PRICE)[0], FIELD], value


def wrong_answers(movers: list[Mover]) -> int:
    """Return how many visitors do not see the emissions of their own last price, as the engine gives them."""
    wrong = 0
    for mover in movers:
        shown = mover.visitor.whole()
        name, block = example_of(PRICE)
        block = {**block, FIELD: mover.prices[-1]}
        result = simulate({"name": "price", "extends": "tanlu:baseline", "policies": {name: block}})
        row = result.measures.variables.index("Emissions|CO2")
        wrong += not np.allclose(shown, result.measures.values[:, row, -1].mean(axis=0), atol=1e-3)
    return wrong


def told(waits: list[float]) -> str:
    """Return waits in words."""
    return f"median {1e3 * median(waits):.0f} ms, p95 {1e3 * quantiles(waits, n=20)[18]:.0f} ms"


def started(movers: list[Mover]) -> None:
    """Let visitors begin one after the other within the time between two changes."""
    for mover in movers:
        mover.start()
        time.sleep(EVERY_SECONDS / len(movers))


def load(visitors: int) -> None:
    """Print how long changes take when many visitors make one every few seconds, and that each gets its own."""
    with served() as site:
        movers = [Mover(site, range(number + 1, 1000, visitors)[:CHANGES]) for number in range(visitors)]
        started(movers)
        for mover in movers:
            mover.join()
        waits = [wait for mover in movers for wait in mover.waits]
        wrong = wrong_answers(movers[:RUNNING])
    print(f"{visitors} visitors, {len(waits)} changes, one each {EVERY_SECONDS:.0f} s: {told(waits)}")
    print(f"{len(movers[:RUNNING])} of them compared with the engine: {wrong} wrong")


def full() -> None:
    """Print what a full house waits for: readiness, settings that were answered before, and the visitor too many."""
    with served() as site:
        others = [SocketVisitor(site.url) for _ in range(MOST_VISITORS - RUNNING)]
        movers = [Mover(site, range(n + 1, 1000, RUNNING)[:FULL_CHANGES]) for n in range(RUNNING)]
        known = others[0]
        known.add(PRICE)
        for price in (100, 200):
            known.move(price_at(price))
            known.whole()
        print(f"{MOST_VISITORS} pages are open: {site.held()}, {site.memory():.0f} MiB", flush=True)
        started(movers)
        ready: list[float] = []
        clicks: list[float] = []
        turned_away = []
        while any(mover.is_alive() for mover in movers):
            began = time.perf_counter()
            urlopen(f"{site.url}/readyz", timeout=60.0).close()
            ready.append(time.perf_counter() - began)
            if len(ready) % 5 == 0:
                clicks.append(known.move(price_at(100 if len(clicks) % 2 else 200)))
            if len(ready) % 20 == 0:
                turned_away.append(refused(site))
            time.sleep(0.1)
        wrong = wrong_answers(movers[:3])
    print(f"/readyz, {len(ready)} times: {told(ready)}, p99 {1e3 * quantiles(ready, n=100)[98]:.0f} ms")
    print(f"{len(clicks)} settings that were answered before: {told(clicks)}")
    print(f"visitor {MOST_VISITORS + 1} reads that the house is full: {told(turned_away)}")
    waits = [wait for mover in movers for wait in mover.waits]
    print(f"{len(waits)} new settings: {told(waits)}; 3 visitors compared with the engine: {wrong} wrong")


def refused(site: Site) -> float:
    """Return the seconds until one visitor too many has read that there is no room."""
    began = time.perf_counter()
    try:
        urlopen(site.url, timeout=60.0).close()
    except HTTPError as error:
        if error.code == 503 and b"<main>" in error.read():
            return time.perf_counter() - began
    raise AssertionError("one visitor too many was let in")


def memory(answers: int) -> None:
    """Print memory, sessions and threads: at the start, while a crowd asks, and a minute after all have left."""
    with served() as site:
        began = site.memory()
        print(f"ready: {began:.0f} MiB, {site.held()}", flush=True)
        each = answers // CROWD
        movers = [Mover(site, range(n * each + 1, (n + 1) * each + 1), 0.0) for n in range(CROWD)]
        for mover in movers:
            mover.start()
        most = 0.0
        while any(mover.is_alive() for mover in movers):
            most = max(most, site.memory())
            done = sum(len(mover.waits) for mover in movers)
            print(f"{done} answers: {site.memory():.0f} MiB, {site.held()}", flush=True)
            time.sleep(30.0)
        waits = [wait for mover in movers for wait in mover.waits]
        print(f"{len(waits)} different answers: {told(waits)}; at most {most:.0f} MiB")
        for number, mover in enumerate(movers):
            (mover.visitor.close if number % 2 else mover.visitor.vanish)()
        time.sleep(KEPT_SECONDS + AFTER_SECONDS)
        urlopen(f"{site.url}/readyz", timeout=60.0).close()  # lets threads end that had nothing to do
        time.sleep(1.0)
        left = site.memory()
        print(f"{AFTER_SECONDS:.0f} s later: {left:.0f} MiB, {left / began:.2f} of the start, {site.held()}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("load", "full", "memory"))
    parser.add_argument("count", type=int, nargs="?")
    given = parser.parse_args()
    if given.what == "full":
        full()
    elif given.what == "load":
        load(given.count or 6)
    else:
        memory(given.count or 1000)


if __name__ == "__main__":
    sys.exit(main())
