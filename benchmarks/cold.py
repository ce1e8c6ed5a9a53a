"""The first run ever from a checkout, and what a process keeps of its runs."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence

from benchmarks.processes import BASELINE, TANLU, Process, measure

KEPT_RUNS = 5
KEEP = """
import resource, sys, tanlu
def memory_mib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2.0**20
kept = [tanlu.simulate(sys.argv[1], replications=1) for _ in range(2)]
before = memory_mib()
kept += [tanlu.simulate(sys.argv[1], replications=1) for _ in range(int(sys.argv[2]))]
print((memory_mib() - before) / int(sys.argv[2]))
"""
COMPILE = """
import sys, tanlu
from numba.core import event
with event.install_recorder("numba:compile") as seen:
    scenario = tanlu.load(sys.argv[1])
    tanlu.RegionModel(tanlu.Inputs(scenario, tanlu.load_region(scenario.region))).run()
print(sum(told.is_start for _, told in seen.buffer))
"""
FIRST = "import sys, tanlu; tanlu.simulate(sys.argv[1], replications=1)"


def first_run() -> Process:
    """Return what a run costs with an empty cache of kernels and of packs, byte code warm."""
    with tempfile.TemporaryDirectory() as folder:
        run = [TANLU, "run", str(BASELINE), "--replications", "1", "--quiet", "--out"]
        measure([*run, f"{folder}/warm"], folder)  # writes the byte code
        return measure([*run, f"{folder}/cold"], folder, _empty(folder))


def compilations() -> int:
    """Return how many functions are compiled for a run, once for each kind of arguments, helpers among them."""
    with tempfile.TemporaryDirectory() as folder:
        return int(_answer([sys.executable, "-c", COMPILE, str(BASELINE)], _empty(folder)))


def _empty(folder: str) -> dict[str, str]:
    """Return the environment in which caches are empty."""
    return {"NUMBA_CACHE_DIR": f"{folder}/kernels", "XDG_CACHE_HOME": f"{folder}/cache"}


def _answer(command: Sequence[str], environment: Mapping[str, str]) -> float:
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **environment}
    )
    return float(done.stdout.splitlines()[-1])


def kept_mib() -> float:
    """Return the memory that each further run keeps whose result is held."""
    command = [sys.executable, "-c", KEEP, str(BASELINE), str(KEPT_RUNS)]
    return _answer(command, {})


def first_result() -> list[str]:
    """Return the command of a new worker that makes one result."""
    return [sys.executable, "-c", FIRST, str(BASELINE)]
