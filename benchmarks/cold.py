"""The first run ever from a checkout, and what a process keeps of its runs."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.processes import BASELINE, TANLU, Process, measure

KEPT_RUNS = 5
KEEP = """
import json, resource, sys, tanlu
def memory_mib():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2.0**20
kept = [tanlu.simulate(sys.argv[1], replications=1) for _ in range(2)]
before = memory_mib()
kept += [tanlu.simulate(sys.argv[1], replications=1) for _ in range(int(sys.argv[2]))]
print(json.dumps((memory_mib() - before) / int(sys.argv[2])))
"""
FIRST = "import sys, tanlu; tanlu.simulate(sys.argv[1], replications=1)"


class Cold(NamedTuple):
    """What the first run took."""

    process: Process
    compilations: int  # specialisations that were compiled and kept


def first_run() -> Cold:
    """Return what a run costs with an empty cache of kernels and of packs, byte code warm."""
    with tempfile.TemporaryDirectory() as folder:
        run = [TANLU, "run", str(BASELINE), "--replications", "1", "--quiet", "--out"]
        measure([TANLU, "validate", str(BASELINE)], folder)
        measure([*run, f"{folder}/warm"], folder)  # writes the byte code
        empty = {"NUMBA_CACHE_DIR": f"{folder}/kernels", "XDG_CACHE_HOME": f"{folder}/cache"}
        process = measure([*run, f"{folder}/cold"], folder, empty)
        return Cold(process, sum(1 for _ in Path(folder, "kernels").rglob("*.nbc")))


def kept_mib() -> float:
    """Return the memory that each further run keeps whose result is held."""
    command = [sys.executable, "-c", KEEP, str(BASELINE), str(KEPT_RUNS)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    return float(json.loads(answer.stdout))


def first_result() -> list[str]:
    """Return the command of a new worker that makes one result."""
    return [sys.executable, "-c", FIRST, str(BASELINE)]
