"""This tree against that of an earlier commit: digests, changed decisions, counts, and CPU time in turn.

Run with `python -m benchmarks counters --against COMMIT`. The earlier tree stands in a git worktree of its own while
this runs; its kernels are compiled first, which takes a minute.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from benchmarks.processes import ROOT
from benchmarks.timing import ROUNDS
from benchmarks.tree import Counts

LISTED = 40  # changed decisions that are printed
BUG_SHARE = 1e-6  # of the investment: a decision that changes at a larger margin was not changed by rounding


class Changed(NamedTuple):
    """A decision that is not what it was."""

    decider: str
    year: int
    before: str
    now: str
    margin_cny: (
        float  # by which today's choice is worth more today than the earlier one; NaN if that is closed
    )
    investment_cny: float  # the larger one of both


@contextmanager
def worktree(commit: str) -> Iterator[Path]:
    """Yield a folder with the files of a commit, gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve() / "tree"
        git = ("git", "-C", str(ROOT), "worktree")
        subprocess.run([*git, "add", "--detach", str(tree), commit], check=True, capture_output=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True, capture_output=True)


class Worker:
    """A process that holds one tree and makes runs of it when it is asked."""

    def __init__(self, root: Path, scenario: str, decisions: Path) -> None:
        script = Path(__file__).with_name("tree.py")
        self._process = subprocess.Popen(
            [sys.executable, str(script), str(root), scenario, str(decisions)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},
        )
        self.facts, self.decisions = self._answer(), pd.read_parquet(decisions)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def run(self) -> dict[str, float]:
        """Return the CPU seconds of one warm run by step, and of one without clocks."""
        assert self._process.stdin
        print(file=self._process.stdin, flush=True)
        return self._answer()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def changed_decisions(before: pd.DataFrame, now: pd.DataFrame) -> list[Changed]:
    """Return the decisions of deciders and years that both have, where other options were chosen.

    Who chooses several options a year is told with all of them, and their worth added up.
    """
    key = ["kind", "decider", "year"]
    tables = [one.astype(dict.fromkeys(("kind", "decider", "option"), str)) for one in (before, now)]
    chosen = [one[one["chosen"]].groupby(key) for one in tables]
    options = [one["option"].agg(lambda names: tuple(sorted(names))) for one in chosen]
    capex = [one["capex_mcny"].sum() for one in chosen]
    worth = tables[1].groupby([*key, "option"])["npv_mcny"].first()
    changed = []
    for of in options[0].index.intersection(options[1].index):
        earlier, today = (one[of] for one in options)
        if earlier != today:
            mcny = [sum(worth.get((*of, name), math.nan) for name in names) for names in (earlier, today)]
            size = max(abs(one[of]) for one in capex)
            names = "+".join(earlier), "+".join(today)
            changed.append(Changed(of[1], of[2], *names, 1e6 * (mcny[1] - mcny[0]), 1e6 * size))
    return changed


def print_decisions(before: pd.DataFrame, now: pd.DataFrame) -> None:
    changed = changed_decisions(before, now)
    count = len(now[now["chosen"]][["kind", "decider", "year"]].drop_duplicates())
    large = sum(not abs(one.margin_cny) <= BUG_SHARE * one.investment_cny for one in changed)
    print(f"\n{len(changed)} of {count:,} decisions changed, {large} of them by more than rounding")
    for one in changed[:LISTED]:
        print(
            f"  {one.decider} {one.year}: {one.before} -> {one.now}, margin {one.margin_cny:.6g} CNY "
            f"of {one.investment_cny:.6g}"
        )
    if len(changed) > LISTED:
        print(f"  and {len(changed) - LISTED} more")


def print_times(before: list[dict[str, float]], now: list[dict[str, float]]) -> None:
    print(f"\n{'CPU ms':22}{'before':>10}{'now':>10}{'ratio':>8}")
    for name in now[0]:
        today = 1e3 * min(one[name] for one in now)
        if name in before[0]:
            then = 1e3 * min(one[name] for one in before)
            print(f"{name:22}{then:10.1f}{today:10.1f}{today / then:8.2f}")
        else:
            print(f"{name:22}{'':10}{today:10.1f}")


def main(commit: str, scenario: str = "baseline", rounds: int = ROUNDS) -> None:
    with worktree(commit) as tree:
        then = Worker(tree, scenario, tree / "decisions.parquet")
        now = Worker(ROOT, scenario, tree / "decisions_now.parquet")
        for name in ("digest", *Counts._fields):
            told = [one.facts[name] if name == "digest" else f"{one.facts[name]:,}" for one in (then, now)]
            same = "equal" if told[0] == told[1] else "not equal"
            print(f"{name:22}{told[0]:>14}  {told[1]:>14}  {same}")
        print_decisions(then.decisions, now.decisions)
        runs = [(then.run(), now.run()) for _ in range(rounds)]
        print_times([one for one, _ in runs], [other for _, other in runs])
        then.close()
        now.close()
