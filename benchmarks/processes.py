"""What a command takes in a process of its own: wall time, CPU time, peak memory."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / "scenarios" / "baseline.yaml"
TANLU = str(Path(sys.executable).parent / "tanlu")
# In a small process: a child starts with the memory of its parent, and keeps that as its peak.
LAUNCHER = """
import resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wall, usage = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024.0)
"""


class Process(NamedTuple):
    """What a command took."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def measure(command: Sequence[str], folder: str, environment: Mapping[str, str] | None = None) -> Process:
    """Run a command, which finds its libraries' bytecode in `folder` or leaves it there.

    Installed programs find it next to the libraries, but a workplace may forbid to write it there.
    """
    warm = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
    answer = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *command],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **warm, **(environment or {})},
    )
    return Process(*(float(x) for x in answer.stdout.split()))


def measure_in_turn(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Process]:
    """Return the least of each command over rounds in which they take turns; a first round fills caches.

    `{fresh}` in a command is a folder that is not there yet: a result that stands already is not written again.
    """
    with tempfile.TemporaryDirectory() as folder:
        taken = [
            {
                name: measure([part.format(fresh=f"{folder}/{n}") for part in command], folder)
                for name, command in commands.items()
            }
            for n in range(rounds + 1)
        ][1:]
    return {name: Process(*map(min, zip(*(one[name] for one in taken), strict=True))) for name in commands}
