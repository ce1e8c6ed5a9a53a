"""Time the command line against a bare import of its two largest packages, in turn and on the same machine.

Run with `python -m benchmarks.command_line [ROUNDS]`; prints the least wall time, CPU time and peak memory,
and the ratio of CPU times.
"""

import sys

from benchmarks.processes import BASELINE, TANLU, Process, measure_in_turn

REFERENCE = "import numba, pandas"
COMMANDS = {
    REFERENCE: [sys.executable, "-c", REFERENCE],
    "tanlu --help": [TANLU, "--help"],
    "tanlu validate": [TANLU, "validate", str(BASELINE)],
    "tanlu run": [TANLU, "run", str(BASELINE), "--replications", "1", "--quiet", "--out", "{fresh}"],
}


def command_line(rounds: int) -> dict[str, Process]:
    """Return what each command took, the import first."""
    return measure_in_turn(COMMANDS, rounds)


def main() -> None:
    taken = command_line(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
    print(f"{'command':24}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}{'x reference':>13}")
    for name, one in taken.items():
        ratio = one.cpu_seconds / taken[REFERENCE].cpu_seconds
        print(f"{name:24}{one.wall_seconds:10.2f}{one.cpu_seconds:10.2f}{one.peak_mib:10.0f}{ratio:13.2f}")


if __name__ == "__main__":
    main()
