"""The electricity years that a run clears: how long they take bare, and next to the linear programme."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import highspy

from benchmarks.dispatch import SHIPPED, by_cost, least_costs, market_years
from benchmarks.processes import ROOT
from benchmarks.timing import cpu_seconds
from tanlu.experiments.results import simulate
from tanlu.power import market
from tanlu.power.market import MarketYear, clear_year
from tanlu.simulation.model import Inputs, RegionModel

FIRST_COMPARED = 2040  # every fifth year from here on: solved again and again, the programme takes its time


def asked_in_a_run(inputs: Inputs) -> list[MarketYear]:
    """Return every year that the market was asked to clear in one run."""
    asked: list[MarketYear] = []

    def listening(year: MarketYear):
        asked.append(year)
        return clear_year(year)

    market.clear_year = listening
    try:
        RegionModel(inputs).run()
    finally:
        market.clear_year = clear_year
    return asked


@contextmanager
def solver_seconds() -> Iterator[list[float]]:
    """Yield what HiGHS takes to solve, without the time in which a programme is written and handed over."""
    run, spent = highspy.Highs.run, [0.0]

    def timed(solver):
        started = time.process_time()
        outcome = run(solver)
        spent[0] += time.process_time() - started
        return outcome

    highspy.Highs.run = timed
    try:
        yield spent
    finally:
        highspy.Highs.run = run


def times_faster(rounds: int) -> tuple[float, float]:
    """Return how often clearing fits into the programme on the baseline's years, and HiGHS' milliseconds a year.

    Both sides get one unit for all of a zone that cost the same.
    """
    years = [by_cost(year) for (when, _), year in market_years("baseline").items() if when >= FIRST_COMPARED]
    ratios, solved = [], []
    for year in years:
        clear_year(year)
        ours = min(cpu_seconds(lambda year=year: clear_year(year)) for _ in range(3 * rounds))
        with solver_seconds() as spent:
            least_costs(year)
        ratios.append(spent[0] / ours)
        solved.append(1e3 * spent[0])
    return statistics.median(ratios), statistics.median(solved)


def worst_certificate() -> tuple[float, str]:
    """Return the most by which a cleared year of a shipped scenario may be dearer than the least, and its scenario."""
    shares = {
        name: simulate(ROOT / "scenarios" / f"{name}.yaml", replications=1).manifest["electricity_market"][
            "worst_gap_share"
        ]
        for name in SHIPPED
    }
    worst = max(shares, key=lambda name: shares[name])
    return shares[worst], worst
