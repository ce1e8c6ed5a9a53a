"""Print what one warm run of the baseline costs, phase by phase, with what comes before and after its years.

Run with `python -m benchmarks.run_cost [ROUNDS]` from the project's root. Times are CPU time, medians over rounds.
"""

import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from benchmarks.processes import BASELINE
from benchmarks.timing import ROUNDS
from benchmarks.tree import STEPS
from tanlu.experiments.results import simulate
from tanlu.indicators.main import indicators, measure
from tanlu.output.result import Result
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load, with_settings
from tanlu.scenario.schema import Scenario
from tanlu.simulation.model import Inputs, RegionModel


class TimedModel(RegionModel):
    """The region's model with a clock in front of every step of the year."""

    cost: dict[str, float]


def _timed(name: str) -> Callable[..., Any]:
    step = getattr(RegionModel, name)

    def run(self: TimedModel, *arguments: Any) -> Any:
        started = time.process_time()
        result = step(self, *arguments)
        self.cost[name] += time.process_time() - started
        return result

    return run


for _name in STEPS:
    setattr(TimedModel, _name, _timed(_name))


class Clock:
    """Adds up CPU seconds by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def __call__[T](self, phase: str, work: Callable[[], T]) -> T:
        started = time.process_time()
        result = work()
        self.seconds[phase] += time.process_time() - started
        return result


def run_phases(scenario: Scenario, region: Region) -> dict[str, float]:
    """Return the CPU seconds of each phase of a run, the steps of a year first."""
    clock = Clock()
    model = clock("construction", lambda: TimedModel(Inputs(scenario, region)))
    model.cost = defaultdict(float)
    run = clock("all years", model.run)
    clock("stacking", lambda: run.record)
    clock("indicators", lambda: measure(run.record, run.years, indicators(region)))
    years = clock.seconds.pop("all years")
    between = years - sum(model.cost.values())
    return {**model.cost, "between steps": between, **clock.seconds}


def result_phases(scenario: Scenario) -> dict[str, float]:
    """Return the CPU seconds of what comes after a run: tables and files."""
    clock = Clock()
    result: Result = simulate(scenario)
    clock("indicators frame", lambda: result.indicators)
    clock("plants frame", lambda: result.plants)
    clock("decisions frame", lambda: result.decisions)
    with tempfile.TemporaryDirectory() as folder:
        clock("saving", lambda: result.save(folder))
    return dict(clock.seconds)


def print_phases(phases: list[dict[str, float]], years: int) -> None:
    print(f"{'phase':20}{'ms a run':>10}{'us a year':>11}")
    for name in phases[0]:
        seconds = statistics.median(phase[name] for phase in phases)
        per_year = f"{1e6 * seconds / years:11.0f}" if name in STEPS else ""
        print(f"{name:20}{1e3 * seconds:10.2f}{per_year}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    scenario = with_settings(load(BASELINE), replications=1)
    region, years = load_region(scenario.region), scenario.years.end - scenario.years.start + 1
    RegionModel(Inputs(scenario, region)).run()  # so that everything is compiled
    taken = [run_phases(scenario, region) | result_phases(scenario) for _ in range(rounds)]
    print_phases(taken, years)


if __name__ == "__main__":
    main()
