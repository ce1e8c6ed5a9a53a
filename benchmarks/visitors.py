"""Visitors of the page: how long a move takes for one and for many, and what the server holds in memory.

    python -m benchmarks.visitors latency [MOVES]     moves of one visitor in turn with bare runs of the model
    python -m benchmarks.visitors load [VISITORS]     visitors who each change something every 3 s
    python -m benchmarks.visitors memory [ANSWERS]    the tree of processes after so many different answers

The service and its workers are the real ones; browser and socket are left out. Times hold on a free machine, the ratio
to a bare run on any.
"""

import argparse
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from tanlu.core.places import shipped_scenarios
from tanlu.pages.levers import BASELINE, Levers
from tanlu.pages.service import Service
from tanlu.pages.workers.orders import Order, Rank
from tanlu.pages.workers.pool import WorkerPool
from tanlu.pages.workers.settings import SETTINGS

EVERY_SECONDS = 3.0
CHANGES = 6  # of each visitor
ALLOWED_RATIO, ALLOWED_MS = 1.15, 60.0  # of the median of moves to a bare run
PAGE_KB_PER_MIB = 1024


@contextmanager
def service() -> Iterator[tuple[Service, WorkerPool]]:
    """Yield a service that is ready, and its workers."""
    pool = WorkerPool(SETTINGS.workers)
    try:
        made = Service(pool, shipped_scenarios())
        made.begin()
        made.baseline()
        yield made, pool
    finally:
        pool.close()


def drawn_levers(draw: random.Random) -> Levers:
    """Return a setting that hardly anybody has asked for before."""
    price = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": draw.randint(1, 1000)}
    subsidy = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": draw.randint(1, 800)}
    return Levers.of(BASELINE, {"policies": {"price": price, "subsidy": subsidy}})


def answered(made: Service, visitor: str, levers: Levers) -> float:
    """Return the seconds until the first draw of a setting is there."""
    came, began = threading.Event(), time.perf_counter()
    ensemble = made.watch(visitor, levers, "", came.set)
    while ensemble.view is None:
        came.wait(60.0)
        came.clear()
    return time.perf_counter() - began


def latency(moves: int) -> None:
    """Print the median of moves next to that of bare runs in the same workers, in turn."""
    draw, taken, bare = random.Random(1), [], []
    with service() as (made, pool):
        for number in range(moves):
            levers = drawn_levers(draw)
            taken.append(answered(made, "one", levers))
            made.leave("one")  # its other draws would be in the way
            question = made.question(drawn_levers(draw))
            began = time.perf_counter()
            pool.ask(Order(f"bare-{number}", question, 0), Rank.move, "bare").result()
            bare.append(time.perf_counter() - began)
    run, move = 1e3 * median(bare), 1e3 * median(taken)
    bar = ALLOWED_RATIO * run + ALLOWED_MS
    print(
        f"{moves} moves: median {move:.0f} ms; bare runs {run:.0f} ms; bar {bar:.0f} ms; met: {move <= bar}"
    )


def load(visitors: int) -> None:
    """Print how long changes take when many visitors make one every few seconds, and that each gets its own."""
    waits: list[float] = []
    wrong: list[str] = []

    def visit(number: int, made: Service) -> None:
        draw = random.Random(number)
        time.sleep(EVERY_SECONDS * number / visitors)
        for _ in range(CHANGES):
            levers, began = drawn_levers(draw), time.perf_counter()
            waits.append(answered(made, f"visitor-{number}", levers))
            view = made.watch(f"visitor-{number}", levers, "", lambda: None).view
            if view is None or view.levers != levers:
                wrong.append(f"visitor {number} got the answer of another")
            time.sleep(max(EVERY_SECONDS - (time.perf_counter() - began), 0.0))

    with service() as (made, _):
        threads = [threading.Thread(target=visit, args=(n, made)) for n in range(visitors)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    cuts = quantiles(waits, n=20)
    told = f"{visitors} visitors, {len(waits)} changes, one each {EVERY_SECONDS:.0f} s"
    took = f"median {1e3 * median(waits):.0f} ms, p95 {1e3 * cuts[18]:.0f} ms"
    print(f"{told}: {took}; wrong answers: {len(wrong)}")


def memory(answers: int) -> None:
    """Print the memory of the server and its workers at the start and after many answers."""
    draw = random.Random(2)
    with service() as (made, pool):
        print(f"ready: {held(pool):.0f} MiB")
        for number in range(answers):
            made.run(drawn_levers(draw))
            if number % max(answers // 10, 1) == 0:
                print(f"{number + 1} answers: {held(pool):.0f} MiB", flush=True)
        time.sleep(5.0)  # workers at rest give back
        print(f"{answers} answers, at rest: {held(pool):.0f} MiB; workers: {len(pool.workers)}")


def held(pool: WorkerPool) -> float:
    """Return the memory of this process and of the workers, their shared pages by parts, MiB."""
    pids = ["self", *(str(worker.pid) for worker in pool.workers if worker is not None)]
    return sum(_proportional_kb(pid) for pid in pids) / PAGE_KB_PER_MIB


def _proportional_kb(pid: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.visitors", description=__doc__.splitlines()[0]
    )
    parser.add_argument("what", choices=("latency", "load", "memory"))
    parser.add_argument("count", type=int, nargs="?")
    given = parser.parse_args()
    works = {"latency": (latency, 20), "load": (load, 6), "memory": (memory, 100)}
    work, usual = works[given.what]
    work(given.count or usual)


if __name__ == "__main__":
    sys.exit(main())
