"""Compare the market step with the linear programme on the years of runs, and its CPU time with an earlier step's.

Run with `python -m benchmarks.dispatch [SCENARIO ...]` from the project's root; without a name all shipped scenarios.
Years are every fifth from 2025 on and 2056 to 2060, as they were, as they were expected and as they were planned
last. CPU time is that of the last commit whose step stopped at schedules, in turn with today's, each in a process of
its own that clears the same years; ratios hold on a busy machine, times alone do not.
"""

import json
import pickle
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.markets import electricity
from tanlu.output.replications import CLEARINGS
from tanlu.power import market, system
from tanlu.power.market import MarketYear, clear_year
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs, RegionModel
from tests.least_cost import LeastCost, least_cost

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = tuple(sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml")))
YEARS = (*range(2025, 2056, 5), *range(2056, 2061))
BEFORE = "a8c1cc0"
SHEDDING_CNY_PER_MWH = 2500.0  # what costs as much is load that is shed
ROUNDS = 15
WORKER = """
import json, pickle, sys, time
sys.path.insert(0, sys.argv[1])
import tanlu.power.market as market
assert market.__file__.startswith(sys.argv[1])
with open(sys.argv[2], "rb") as file:
    years = [market.MarketYear(*(one[f] for f in market.MarketYear._fields)) for one in pickle.load(file)]
for year in years:
    market.clear_year(year)
for _ in sys.stdin:
    started = time.process_time()
    for year in years:
        market.clear_year(year)
    print(json.dumps(1e6 * (time.process_time() - started) / len(years)), flush=True)
"""


class Miss(NamedTuple):
    """How far a cleared year is from the linear programme."""

    cost_share: float
    certified_share: float  # what the step itself says the first may be at most
    shed_gwh: float
    price_share: float  # of the year's mean price, in the worse zone


def market_years(name: str) -> dict[tuple[int, str], MarketYear]:
    """Return what the market was asked for the years of a scenario: as they were, were expected, were planned last.

    Where units have yearly limits, a year is cleared at many shadow prices: the one that holds counts.
    """
    scenario, asked, kept = load(ROOT / "scenarios" / f"{name}.yaml"), [], []
    model = RegionModel(Inputs(scenario, load_region(scenario.region)))

    def clear_hours(*arguments: Any) -> system.ClearedPowerYear:
        asked.clear()
        cleared = system_clear_hours(*arguments)
        # The market that has this very array, anew where industry has days off.
        cost = cleared.called.cost_cny_per_mwh
        kept.append(next(year for year in reversed(asked) if year.unit_cost_cny_per_mwh is cost))
        return cleared

    years, system_clear_hours = {}, system.clear_hours
    system.clear_hours = electricity.clear_hours = clear_hours
    market.clear_year = lambda whole: (asked.append(whole), clear_year(whole))[1]
    try:
        while model.year < scenario.years.end:
            kept.clear()
            model.step()
            if model.year in YEARS:
                years |= {
                    (model.year, kind): kept[at] for kind, at in zip(CLEARINGS, (0, 1, -1), strict=True)
                }
    finally:
        system.clear_hours = electricity.clear_hours = system_clear_hours
        market.clear_year = clear_year
    return years


def by_cost(year: MarketYear) -> MarketYear:
    """Return the year with one unit for all of a zone that cost the same: as much for the programme to decide."""
    kinds, which = np.unique(
        np.stack([year.unit_zone, year.unit_cost_cny_per_mwh]), axis=1, return_inverse=True
    )
    available = np.zeros((kinds.shape[1], year.unit_availability.shape[1]))
    np.add.at(available, which.ravel(), year.unit_capacity_mw[:, None] * year.unit_availability)
    capacity = np.maximum(available.max(axis=1), 1e-12)
    return year._replace(
        unit_zone=kinds[0].astype(np.int64),
        unit_cost_cny_per_mwh=kinds[1],
        unit_capacity_mw=capacity,
        unit_availability=available / capacity[:, None],
    )


def least_costs(year: MarketYear) -> list[LeastCost]:
    merged = by_cost(year)
    return [least_cost(merged, m) for m in range(year.day_weight.shape[0])]


def mean_price(year: MarketYear, price: Floats) -> Floats:
    """Return the mean over the year of prices [2, M, D, H]."""
    weight = year.day_weight[:, :, None] * np.ones(price.shape[3])
    return (price * weight).sum(axis=(1, 2, 3)) / weight.sum()


def miss(year: MarketYear, cleared: Dispatch, best: list[LeastCost]) -> Miss:
    """Return how far a cleared year is from the programme's months."""
    dear, dear_merged = (one.unit_cost_cny_per_mwh >= SHEDDING_CNY_PER_MWH for one in (year, by_cost(year)))
    weight = year.day_weight[:, :, None]
    shed = cleared.unit_output_mwh[dear].sum() + (weight * cleared.unserved_mw).sum()
    least_shed = sum(m.unit_output_mwh[dear_merged].sum() + m.unserved_mwh for m in best)
    prices = np.stack([m.price_cny_per_mwh for m in best], axis=1)
    theirs = mean_price(year, prices)
    return Miss(
        cleared.cost_cny / sum(m.cost_cny for m in best) - 1.0,
        cleared.gap_cny / cleared.cost_cny,
        (shed - least_shed) / 1e3,
        float(np.abs(mean_price(year, cleared.price_cny_per_mwh) / theirs - 1.0).max()),
    )


def cpu_microseconds(years: list[MarketYear], folder: str) -> list[list[float]]:
    """Return the CPU time of a year's clearing, round by round: before, today."""
    asked, old = Path(folder) / "years.pickle", Path(folder) / "before"
    asked.write_bytes(pickle.dumps([year._asdict() for year in years]))
    old.mkdir(exist_ok=True)
    archive = subprocess.run(
        ["git", "archive", BEFORE, "model"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "x", "-C", str(old)], input=archive, check=True)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(root / "model"), str(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for root in (old, ROOT)
    ]
    rounds = []
    for _ in range(ROUNDS):
        rounds.append([])
        for worker in workers:
            worker.stdin.write("\n")
            worker.stdin.flush()
            rounds[-1].append(json.loads(worker.stdout.readline()))
    for worker in workers:
        worker.stdin.close()
        worker.wait()
    return rounds[2:]


def main() -> None:
    head = ("years", "cost, %", "mean", "certified", "shed GWh", "price, %", "us before", "us", "ratio")
    print(f"{'scenario':22}" + "".join(f"{word:>11}" for word in head))
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or SHIPPED:
            years = list(market_years(name).values())
            misses = [miss(year, clear_year(year), least_costs(year)) for year in years]
            cost, certified, shed, price = (np.array(column) for column in zip(*misses, strict=True))
            rounds = cpu_microseconds(years, folder)
            before, today = (statistics.median(column) for column in zip(*rounds, strict=True))
            ratio = statistics.median(b / a for a, b in rounds)
            print(
                f"{name:22}{len(years):11}{100 * cost.max():11.5f}{100 * cost.mean():11.6f}"
                f"{100 * certified.max():11.4f}"
                f"{np.abs(shed).max():11.3f}{100 * price.max():11.3f}{before:11.0f}{today:11.0f}{ratio:11.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
