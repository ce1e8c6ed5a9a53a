"""Time the command line against a bare import of its two largest packages, in turn and on the same machine.

Run with `python benchmarks/command_line.py [ROUNDS]`; prints the median and the fastest wall time of each command.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TANLU = str(Path(sys.executable).parent / "tanlu")
BASELINE = str(ROOT / "scenarios" / "baseline.yaml")
REFERENCE = "import numba, pandas"


def commands(out: str) -> dict[str, tuple[list[str], float]]:
    """Return each command with its bar in seconds; the reference has none."""
    return {
        REFERENCE: ([sys.executable, "-c", REFERENCE], float("inf")),
        "tanlu --help": ([TANLU, "--help"], 0.3),
        "tanlu validate": ([TANLU, "validate", BASELINE], 0.3),
        "tanlu run": ([TANLU, "run", BASELINE, "--quiet", "--out", out], 1.5),
    }


def wall_time_seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as out:
        timed = commands(out)
        for command, _ in timed.values():  # compiles and fills the disk cache
            wall_time_seconds(command)
        times: dict[str, list[float]] = {name: [] for name in timed}
        for _ in range(rounds):
            for name, (command, _) in timed.items():
                times[name].append(wall_time_seconds(command))
    reference = statistics.median(times[REFERENCE])
    print(f"{'command':24}{'median s':>10}{'fastest s':>11}{'x reference':>13}{'bar s':>8}")
    for name, (_, bar) in timed.items():
        median = statistics.median(times[name])
        print(f"{name:24}{median:10.2f}{min(times[name]):11.2f}{median / reference:13.2f}{bar:8.1f}")


if __name__ == "__main__":
    main()
