"""Print what one warm run of the baseline costs, phase by phase, and how often Schelling's model fits into it.

Run with `python -m benchmarks.run_cost [ROUNDS]` from the project's root. Times are CPU time, medians over rounds in
which the models take turns: on a machine with other work only the ratio says much. Start-up and peak memory are those
of the command line in processes of their own.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.schelling import run_alone, run_in_batch
from tanlu.indicators.main import indicators, measure
from tanlu.output.result import Result, simulate
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario
from tanlu.simulation.model import Inputs, RegionModel

TANLU = str(Path(sys.executable).parent / "tanlu")
BASELINE = Path(__file__).resolve().parent.parent / "scenarios" / "baseline.yaml"
STEPS = (
    "announce",
    "demand",
    "electricity",
    "production",
    "co2",
    "tariffs",
    "carbon_market",
    "finance",
    "invest",
    "age",
    "measure",
)
RUNS_IN_A_BATCH = 5


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


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


class Process(NamedTuple):
    """What a command took."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


# In a small process: a child starts with the memory of its parent, and keeps that as its peak.
LAUNCHER = """
import resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wall, usage = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024.0)
"""


def measure_process(folder: str, *arguments: str) -> Process:
    """Run the command line in a process of its own, which finds its libraries' bytecode in `folder` or leaves it there.

    Installed programs find it next to the libraries, but a workplace may forbid to write it there.
    """
    launcher = [sys.executable, "-S", "-c", LAUNCHER, TANLU, *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
    answer = subprocess.run(launcher, check=True, capture_output=True, text=True, env=environment)
    return Process(*(float(x) for x in answer.stdout.split()))


def commands(rounds: int) -> dict[str, Process]:
    """Return the medians of the command line's start-up and of a whole run."""
    taken = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in (
            ("tanlu --help", ["--help"]),
            ("tanlu validate", ["validate", str(BASELINE)]),
            ("tanlu run", ["run", str(BASELINE), "--quiet", "--out"]),
        ):
            # a result that stands in its folder already would not be written again
            fresh = [[f"{folder}/{n}"] if arguments[-1] == "--out" else [] for n in range(rounds + 1)]
            measured = [measure_process(folder, *arguments, *out) for out in fresh][
                1:
            ]  # the first fills caches
            taken[name] = Process(*(statistics.median(column) for column in zip(*measured, strict=True)))
    return taken


def print_phases(phases: list[dict[str, float]], years: int) -> None:
    print(f"{'phase':20}{'ms a run':>10}{'us a year':>11}")
    for name in phases[0]:
        seconds = statistics.median(phase[name] for phase in phases)
        per_year = f"{1e6 * seconds / years:11.0f}" if name in STEPS else ""
        print(f"{name:20}{1e3 * seconds:10.2f}{per_year}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    scenario = load(BASELINE)
    region, years = load_region(scenario.region), scenario.years.end - scenario.years.start + 1
    RegionModel(Inputs(scenario, region)).run()  # so that everything is compiled
    runs, alone, batch, phases, results = [], [], [], [], []
    for _ in range(rounds):
        runs.append(cpu_seconds(lambda: RegionModel(Inputs(scenario, region)).run()))
        alone.append(cpu_seconds(run_alone))
        batch.append(cpu_seconds(lambda: run_in_batch(RUNS_IN_A_BATCH)) / RUNS_IN_A_BATCH)
        phases.append(run_phases(scenario, region))
        results.append(result_phases(scenario))
    print_phases([a | b for a, b in zip(phases, results, strict=True)], years)
    print(f"\n{'warm run':28}{1e3 * statistics.median(runs):10.1f} ms")
    for name, times in (("Schelling", alone), ("Schelling under batch_run", batch)):
        ratio = statistics.median(run / time for run, time in zip(runs, times, strict=True))
        print(f"{name:28}{1e3 * statistics.median(times):10.1f} ms{ratio:10.1f} times in a run")
    print(f"\n{'command':20}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}")
    for name, taken in commands(rounds).items():
        print(f"{name:20}{taken.wall_seconds:10.2f}{taken.cpu_seconds:10.2f}{taken.peak_mib:10.0f}")


if __name__ == "__main__":
    main()
