"""Where the time of a warm run goes, step by step, and what of it Python does.

Run with `python -m benchmarks counters [--against COMMIT | --write]` from the project's root.
"""

import sys
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.processes import BASELINE, ROOT
from benchmarks.tree import Counts, StepTimes, Tree, step_counts, step_times, total

RUNS = 10


class Step(NamedTuple):
    """CPU milliseconds of one step of the year, over all years of a run."""

    name: str
    all_ms: float
    kernels_ms: float

    @property
    def glue_ms(self) -> float:
        """What is spent in NumPy and Python."""
        return self.all_ms - self.kernels_ms


def cost_by_step(runs: Sequence[StepTimes]) -> list[Step]:
    """Return the steps, dearest first: of every call the least over the runs, added up over the years."""

    def least_ms(times: Sequence[dict[str, list[float]]], name: str) -> float:
        return 1e3 * sum(min(calls) for calls in zip(*(one[name] for one in times), strict=True))

    steps = [
        Step(name, least_ms([run.all for run in runs], name), least_ms([run.kernels for run in runs], name))
        for name in runs[0].all
    ]
    return sorted(steps, key=lambda step: -step.all_ms)


def print_steps(steps: Sequence[Step]) -> None:
    whole = Step("all", sum(step.all_ms for step in steps), sum(step.kernels_ms for step in steps))
    print(f"{'step (sum of a run)':22}{'ms':>9}{'in kernels':>12}{'NumPy, Python':>15}")
    for step in (*steps, whole):
        print(f"{step.name:22}{step.all_ms:9.1f}{step.kernels_ms:12.1f}{step.glue_ms:15.1f}")


def print_counts(counted: Counts, digest: str, compiled: int) -> None:
    print()
    for name, count in counted._asdict().items():
        print(f"{name:22}{count:12,}")
    print(f"{'kernels as compiled':22}{compiled:12,}  (specialisations that the run has loaded)")
    print(f"{'digest':22}  {digest}")


def main(rounds: int = RUNS) -> None:
    tree = Tree(ROOT, BASELINE)
    digest = tree.result().manifest["values_sha256"]  # first, so that everything is compiled
    print_steps(cost_by_step([step_times(tree) for _ in range(rounds)]))
    compiled = {id(kernel): len(kernel.signatures) for _, _, kernel in tree.kernels()}
    print_counts(total(step_counts(tree)), digest, sum(compiled.values()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
