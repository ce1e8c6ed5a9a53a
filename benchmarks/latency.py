"""How long a move of the page takes next to a bare run of the model in the same workers, in turn.

    python -m benchmarks.latency [MOVES]

The service and its workers are the real ones; browser and socket are left out. Times hold on a free machine, the ratio
to a bare run on any. `crowd.py` has many visitors, with their sockets.
"""

import argparse
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from tanlu.core.places import shipped_scenarios
from tanlu.core.warming import warm
from tanlu.pages.levers import BASELINE, Levers
from tanlu.pages.service import Service
from tanlu.pages.workers.orders import Order, Rank
from tanlu.pages.workers.pool import WorkerPool
from tanlu.pages.workers.settings import SETTINGS

ALLOWED_RATIO, ALLOWED_MS = 1.15, 60.0  # of the median of moves to a bare run


@contextmanager
def service() -> Iterator[tuple[Service, WorkerPool]]:
    """Yield a service that is ready, and its workers."""
    pool = WorkerPool(SETTINGS.workers, lambda: warm("en"))
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__.splitlines()[0])
    parser.add_argument("moves", type=int, nargs="?", default=20)
    latency(parser.parse_args().moves)


if __name__ == "__main__":
    sys.exit(main())
