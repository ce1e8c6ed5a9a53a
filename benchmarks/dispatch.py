"""Time a year of electricity against HiGHS on the same slices, in one process, and show both costs.

Run with `python -m benchmarks.dispatch [UNITS] [ROUNDS]` from the project's root: two zones, 12 months x (typical,
peak) x 24 hours, a line, 250 units. Ratios hold on a busy machine; times alone do not.
"""

import statistics
import sys
import time
from collections.abc import Callable

from tanlu.power.market import clear_year
from tests.least_cost import least_cost
from tests.naive_dispatch import random_year

# Name, wheeling cost, reservoirs in both zones, stores as share of load, bar in microseconds.
CASES = (
    ("merit order, line", 0.0, False, 0.0, 100.0),
    ("merit order, line with a wheeling cost", 15.0, False, 0.0, 100.0),
    ("reservoirs in both zones, line", 0.0, True, 0.0, 300.0),
    ("reservoirs in both zones, wheeling cost", 15.0, True, 0.0, 300.0),
    ("reservoirs, stores, wheeling cost", 15.0, True, 0.1, 300.0),
)


def microseconds(run: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return median and least time of a warm call."""
    run()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        times.append(1e6 * (time.perf_counter() - started))
    return statistics.median(times), min(times)


def main() -> None:
    units, rounds = ([int(word) for word in sys.argv[1:]] + [250, 300][len(sys.argv) - 1 :])[:2]
    print(f"{units} units, 576 slices, {rounds} rounds\n")
    print(f"{'':42}{'median us':>10}{'least':>8}{'bar':>6}{'HiGHS ms':>10}{'ratio':>9}{'cost gap':>10}")
    for name, wheeling, reservoirs, stores, bar in CASES:
        both = (reservoirs, reservoirs)
        year = random_year(1, units=units, months=12, wheeling=wheeling, reservoirs=both, stores=stores)
        median, least = microseconds(lambda year=year: clear_year(year), rounds)
        started = time.perf_counter()
        cost = sum(least_cost(year, m).cost_cny for m in range(12))
        solver = 1e6 * (time.perf_counter() - started)
        gap = clear_year(year).cost_cny / cost - 1.0
        print(
            f"{name:42}{median:10.0f}{least:8.0f}{bar:6.0f}{solver / 1e3:10.0f}{solver / median:9,.0f}{gap:10.0e}"
        )


if __name__ == "__main__":
    main()
