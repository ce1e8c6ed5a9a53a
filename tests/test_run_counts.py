"""What Python does in a run is counted, and no change makes it more unseen (CONTRIBUTING.md, "Counts")."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import run_counts
from benchmarks.run_counts import CEILING, COAL_PRICE, EXACT_SCENARIO, SHORT_RUNS, WHOLE_RUN, Table
from benchmarks.tree import OUTSIDE, STEPS, Counts, watched_model
from tanlu.simulation.model import RegionModel

CALLS, BYTECODES = Counts._fields[:-1], Counts._fields[-1:]
LAST_YEAR = 2031  # of the exact scenario
# A search of shadow prices that takes the long way is seen, whoever writes the table anew.
MOST_CLEARINGS = {"baseline": 222, "dual_carbon": 800, "coal_cap_0_25": 2_500}
# Modules that a command loads after the start of Python, with its code.
LOADED_MODULES = {
    "import tanlu": (18, "import tanlu"),
    "tanlu --help": (343, "from tanlu.cli.main import app; app(['--help'], standalone_mode=False)"),
}

pytestmark = pytest.mark.skipif(bool(run_counts.reason_to_skip()), reason=run_counts.reason_to_skip())
where_tables_are_written = pytest.mark.skipif(
    not run_counts.is_python_of_bytecodes(), reason="each Python has bytecodes and modules of its own"
)


@cache
def table() -> Table:
    return run_counts.read_counts(run_counts.STEP_COUNTS)


@cache
def short_run(scenario: str) -> Table:
    return run_counts.count_steps(scenario, SHORT_RUNS[scenario])


def refuse(faults: list[run_counts.Difference], command: str) -> None:
    remedy = (
        f"if this is meant: `uv run python -m benchmarks counters {command}`, its reason in the commit's body"
    )
    assert not faults, f"counted (table, now); {remedy}\n" + "\n".join(map(str, faults))


# --- the guard -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", SHORT_RUNS)
def test_no_step_makes_more_calls_than_the_table_holds(scenario: str) -> None:
    refuse(run_counts.faults(table(), short_run(scenario), CALLS), "--write")


@where_tables_are_written
@pytest.mark.parametrize("scenario", SHORT_RUNS)
def test_no_step_takes_more_bytecodes_than_the_table_holds(scenario: str) -> None:
    refuse(run_counts.faults(table(), short_run(scenario), BYTECODES), "--write")


@pytest.mark.slow
@pytest.mark.parametrize("scenario", run_counts.LONG_RUNS)
def test_no_whole_run_takes_more_than_the_table_of_whole_runs_holds(scenario: str) -> None:
    counters = [*CALLS, *(BYTECODES if run_counts.is_python_of_bytecodes() else ())]
    now = {(scenario, WHOLE_RUN): run_counts.count_whole_run(run_counts.whole_run(scenario))}
    assert now[scenario, WHOLE_RUN].clearings <= MOST_CLEARINGS.get(scenario, np.inf)
    refuse(
        run_counts.faults(run_counts.read_counts(run_counts.WHOLE_RUNS), now, counters), "--write whole_runs"
    )


@pytest.mark.parametrize("scenario", MOST_CLEARINGS)
def test_a_whole_run_clears_the_market_no_more_often_than(scenario: str) -> None:
    counts = run_counts.read_counts(run_counts.WHOLE_RUNS)[scenario, WHOLE_RUN]
    assert counts.clearings <= MOST_CLEARINGS[scenario]


@where_tables_are_written
@pytest.mark.parametrize("command", LOADED_MODULES)
def test_a_start_loads_no_more_modules_than_it_did(command: str, tmp_path: Path) -> None:
    most, code = LOADED_MODULES[command]
    counted = f"import sys; started = set(sys.modules)\n{code}\nprint(len(set(sys.modules) - started))"
    done = subprocess.run(
        [sys.executable, "-c", counted], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    loaded = int(done.stdout.splitlines()[-1])
    assert loaded <= CEILING * most, (
        f"{command} loads {loaded} modules, {most} before: if meant, write it here"
    )


# --- what it sees, and what it does not ------------------------------------------------------------------------


def with_one_more_call(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(step)
    def run(model: RegionModel, *arguments: Any) -> Any:
        if model.year == LAST_YEAR:
            np.zeros(1)
        return step(model, *arguments)

    return run


def test_one_numpy_call_more_in_any_step_is_named_with_step_and_counter() -> None:
    model = watched_model(RegionModel, with_one_more_call)
    now = run_counts.count_steps(EXACT_SCENARIO, SHORT_RUNS[EXACT_SCENARIO], model)
    faults = run_counts.faults(table(), now, run_counts.EXACT_COUNTERS)
    assert [(fault.step, fault.counter) for fault in faults] == [(step, "numpy_calls") for step in STEPS]
    assert {fault.now - fault.before for fault in faults} == {1}
    with pytest.raises(AssertionError, match=r"counters --write(.|\n)*two_provinces +tariffs +numpy_calls"):
        refuse(faults, "--write")


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [name for name in SHORT_RUNS if name != EXACT_SCENARIO])
@pytest.mark.parametrize(
    "path",
    [
        COAL_PRICE,
        "fuel_prices[fuel=gas].price_cny_per_gj",
        "technologies[parameter=capex_cny_per_kw].value",
        "carbon_market[variable=observed_price,class=national].value",
    ],
)
@pytest.mark.parametrize("factor", [0.99, 1.005, 1.01])
def test_a_corrected_price_of_the_real_pack_is_no_fault(scenario: str, path: str, factor: float) -> None:
    now = run_counts.count_steps(scenario, run_counts.with_corrected(scenario, path, factor))
    assert now != short_run(scenario), "the price reaches the run"
    counters = [*CALLS, *(BYTECODES if run_counts.is_python_of_bytecodes() else ())]
    refuse(run_counts.faults(table(), now, counters), "--write")


def test_every_step_has_its_row_and_the_market_is_seen_where_it_is_cleared() -> None:
    rows = [(scenario, step) for scenario in SHORT_RUNS for step in (*STEPS, OUTSIDE)]
    assert list(table()) == rows
    cleared = {step for (_, step), counts in table().items() if counts.clearings}
    assert cleared == {"electricity", "invest"}


def test_the_made_up_region_is_exact_both_ways_and_a_real_one_has_ceilings() -> None:
    def changes(scenario: str, **counts: int) -> list[str]:
        key = (scenario, "age")
        before = {key: Counts(100, 100, 100, 100, 100)}
        now = {key: before[key]._replace(**counts)}
        return [f"{fault.step} {fault.counter}" for fault in run_counts.faults(before, now, Counts._fields)]

    assert changes(EXACT_SCENARIO, numpy_calls=99) == ["age numpy_calls"]
    assert changes(EXACT_SCENARIO, clearings=101) == ["age clearings"]
    assert changes(EXACT_SCENARIO, bytecodes=102, python_calls=0) == []
    assert changes("baseline", kernel_calls=102, numpy_calls=0) == []
    assert changes("baseline", python_calls=103) == ["whole run python_calls", "age python_calls"]
    assert changes("baseline", clearings=103) == ["whole run clearings"]
