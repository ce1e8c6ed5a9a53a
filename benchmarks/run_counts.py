"""The tables of counts that a change must not raise unseen: what they hold, and how today's code differs from them.

`python -m benchmarks counters --write` writes `tests/run_counts.csv`, short runs by step; with `whole_runs` it writes
`tests/whole_run_counts.csv`, every shipped scenario and a yearly cap on coal to the last year.
"""

import csv
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from numba.core import config

from benchmarks.processes import ROOT
from benchmarks.tree import Counts, Tree, step_counts, total

STEP_COUNTS = ROOT / "tests" / "run_counts.csv"
WHOLE_RUNS = ROOT / "tests" / "whole_run_counts.csv"
WHOLE_RUN = "whole run"
SHIPPED = tuple(sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml")))

type Scenario = Path | Mapping[str, object]
type Table = dict[tuple[str, str], Counts]  # by scenario and step

# Each year from 2028 on is under a limit, so that a search of shadow prices is what this run counts.
COAL_CAP: dict[str, object] = {
    "name": "coal_cap_0_25",
    "extends": "tanlu:baseline",
    "replications": 1,
    "world": {"hydrology": "normal"},
    "policies": {"cap": {"kind": "coal_phase_out", "from_year": 2028, "utilisation_cap_share": 0.25}},
}
LONG_RUNS: dict[str, Scenario] = {
    **{name: ROOT / "scenarios" / f"{name}.yaml" for name in SHIPPED},
    "coal_cap_0_25": COAL_CAP,
}

# Whose data no yearbook corrects, so that its counts of these are equal, never only low enough.
EXACT_SCENARIO, EXACT_COUNTERS = "two_provinces", ("clearings", "kernel_calls", "numpy_calls")
CEILING = 1.02  # times the figure of a real region, whose data are corrected
SHORT_RUN = {"years": "2020-2035", "replications": 1, "world": {"hydrology": "observed"}}
SHORT_RUNS: dict[str, Scenario] = {
    EXACT_SCENARIO: ROOT / "tests" / "two_provinces.yaml",
    **{name: {"name": name, "extends": f"tanlu:{name}", **SHORT_RUN} for name in ("baseline", "dual_carbon")},
}
# Coal of 1 % less or more moves `invest` and `finance` by up to 11 %: other rounds, other companies in need. The table
# holds the most of these runs, so that a corrected figure is no fault.
COAL_PRICE = "fuel_prices[fuel=coal].price_cny_per_gj"
COAL_PRICE_FACTORS = (1.0, 0.99, 1.01)

PYTHON_OF_BYTECODES = (3, 13)  # each Python compiles to bytecodes of its own
COUNTED_PACKAGES = ("mesa", "numba", "numpy", "pandas")


class Difference(NamedTuple):
    """A count that is not what a table holds."""

    scenario: str
    step: str
    counter: str
    before: int
    now: int

    def __str__(self) -> str:
        return f"{self.scenario:22}{self.step:15}{self.counter:14}{self.before:>12,}{self.now:>12,}"


# --- where counts can be compared ------------------------------------------------------------------------------


def reason_to_skip() -> str:
    """Say why this environment counts otherwise than that of the tables; nothing if it does not."""
    if config.DISABLE_JIT:
        return "NUMBA_DISABLE_JIT is set: kernels run as Python"
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    versions = {(package["name"], package["version"]) for package in locked if "version" in package}
    others = [name for name in COUNTED_PACKAGES if (name, version(name)) not in versions]
    return f"not the versions of uv.lock: {', '.join(others)}" if others else ""


def is_python_of_bytecodes() -> bool:
    """Tell whether this is the Python whose bytecodes the tables hold."""
    return sys.version_info[:2] == PYTHON_OF_BYTECODES


# --- counting --------------------------------------------------------------------------------------------------


def with_corrected(scenario: str, path: str, factor: float) -> Scenario:
    """Change the figures of the region pack at a path, in a short run of a shipped scenario."""
    run = SHORT_RUNS[scenario]
    assert isinstance(run, Mapping), f"{scenario} is a file"
    return {**run, "pack": {path: {"factor": factor}}}


def count_steps(name: str, scenario: Scenario, model: type | None = None) -> Table:
    """Count the second run of a scenario by step, under the name that a table has for it."""
    tree = Tree(ROOT, scenario)
    tree.run()
    return {(name, step): counts for step, counts in step_counts(tree, model).items()}


def whole_run(scenario: str) -> Tree:
    """Load a scenario of the table of whole runs, to its last year."""
    return Tree(ROOT, LONG_RUNS[scenario])


def count_whole_run(tree: Tree) -> Counts:
    """Count the second run of all years, all steps together."""
    tree.run()
    return total(step_counts(tree))


def _short_runs() -> Table:
    table = count_steps(EXACT_SCENARIO, SHORT_RUNS[EXACT_SCENARIO])
    for name in SHORT_RUNS:
        if name != EXACT_SCENARIO:
            runs = [count_steps(name, with_corrected(name, COAL_PRICE, x)) for x in COAL_PRICE_FACTORS]
            table |= {
                key: Counts(*map(max, zip(*(run[key] for run in runs), strict=True))) for key in runs[0]
            }
    return table


def _whole_runs() -> Table:
    return {(scenario, WHOLE_RUN): count_whole_run(whole_run(scenario)) for scenario in LONG_RUNS}


TABLES: dict[str, tuple[Path, Callable[[], Table]]] = {
    "steps": (STEP_COUNTS, _short_runs),
    "whole_runs": (WHOLE_RUNS, _whole_runs),
}


# --- comparing -------------------------------------------------------------------------------------------------


def differences(before: Table, now: Table, counters: Sequence[str]) -> Iterator[Difference]:
    """Yield every count of some counters that differs between two tables; what is not in one is 0 there."""
    none = Counts(*[0] * len(Counts._fields))
    for key in dict.fromkeys((*before, *now)):
        for counter in counters:
            then, today = (getattr(table.get(key, none), counter) for table in (before, now))
            if then != today:
                yield Difference(*key, counter, then, today)


def faults(before: Table, now: Table, counters: Sequence[str]) -> list[Difference]:
    """List the counts of one scenario that a table does not allow: unequal ones, and those above their ceiling.

    Clearings of a step are few, so that their ceiling is on the whole run.
    """
    (scenario,) = {scenario for scenario, _ in now}
    before = {key: counts for key, counts in before.items() if key[0] == scenario}
    if scenario == EXACT_SCENARIO:
        exact = [counter for counter in counters if counter in EXACT_COUNTERS]
        unequal = list(differences(before, now, exact))
        return unequal + _above(before, now, [counter for counter in counters if counter not in exact])
    whole = [{(scenario, WHOLE_RUN): total(by_key)} for by_key in (before, now)]
    by_step = [counter for counter in counters if counter != "clearings"]
    return _above(whole[0], whole[1], counters) + _above(before, now, by_step)


def _above(before: Table, now: Table, counters: Sequence[str]) -> list[Difference]:
    rises = differences(before, now, counters)
    return [rise for rise in rises if rise.now > CEILING * rise.before]


# --- the files -------------------------------------------------------------------------------------------------


def read_counts(file: Path) -> Table:
    """Read a table of counts."""
    with file.open(encoding="utf-8", newline="") as text:
        _, *rows = csv.reader(text)
    return {(scenario, step): Counts(*map(int, numbers)) for scenario, step, *numbers in rows}


def write(name: str) -> None:
    """Write a table anew, and print before and after of every count that changed."""
    reason = reason_to_skip()
    if not is_python_of_bytecodes():
        reason = f"not Python {'.'.join(map(str, PYTHON_OF_BYTECODES))}"
    if reason:
        sys.exit(f"{name}: the table is not written, {reason}")
    file, count = TABLES[name]
    before, now = read_counts(file) if file.exists() else {}, count()
    with file.open("w", encoding="utf-8", newline="") as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("scenario", "step", *Counts._fields))
        rows.writerows((*key, *counts) for key, counts in now.items())
    changed = list(differences(before, now, Counts._fields))
    print(f"{file.relative_to(ROOT)}: {len(changed)} of {len(now) * len(Counts._fields)} counts changed")
    for difference in changed:
        print(difference)
