"""One tree of the code, this one or that of an earlier commit: what a warm run takes, counts and decides.

As a program it imports nothing of the project but the tree that it is given, whose package may have its earlier name:
`python benchmarks/tree.py TREE SCENARIO DECISIONS` prints the facts of a run as JSON, writes its decisions to the file
DECISIONS, and then, for every line it reads, makes one warm run and prints its CPU seconds by step.
"""

import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

# In the order of the year; an earlier tree may lack some.
STEPS = (
    *("announce", "demand", "electricity", "production", "co2", "carbon_market"),
    *("tariffs", "finance", "invest", "age", "measure"),
)


CLEARING, KERNEL, NUMPY, PYTHON, BYTECODE = range(5)  # the places of the counters in `Counts`
OUTSIDE = "outside"  # what is done before, between and after the steps


class Counts(NamedTuple):
    """What Python did in a run, or in one step of its years."""

    clearings: int  # of a year of the electricity market
    kernel_calls: int
    numpy_calls: int  # of functions and array methods of NumPy written in C; operators are bytecodes
    python_calls: int
    bytecodes: int


class StepTimes(NamedTuple):
    """CPU seconds of each call of the steps of one run: year by year, and what of it was in kernels."""

    all: dict[str, list[float]]
    kernels: dict[str, list[float]]


class Tree:
    """The package of a tree, imported, and a scenario: a file, or data with the keys of one."""

    def __init__(self, root: Path, scenario: Path | Mapping[str, object]) -> None:
        self.package = "tanlu" if (root / "model" / "tanlu").is_dir() else "model"
        sys.path.insert(0, str(root / "model" if self.package == "tanlu" else root))
        self.api = import_module(self.package)
        assert Path(self.api.__file__ or "").is_relative_to(root), f"{self.package} is not that of {root}"
        self.scenario = self.api.load(scenario)
        changes = getattr(self.scenario, "pack", None)  # an earlier tree knows none
        self.region = self.api.load_region(self.scenario.region, *([changes] if changes else []))

    def run(self, model: type | None = None) -> Any:
        """Make one run, of a class in place of the model if one is given."""
        made = (model or self.api.RegionModel)(self.api.Inputs(self.scenario, self.region))
        made.run()
        return made

    def clearing(self) -> CodeType:
        """Find the code that clears one year of the electricity market, wherever the package has it."""
        market = sys.modules[self.api.dispatch.__module__]
        code: CodeType = market.clear_year.__code__
        return code

    def result(self) -> Any:
        """Return the result of one replication."""
        return self.api.simulate(self.scenario, replications=1)

    def kernels(self) -> Iterator[tuple[Any, str, Any]]:
        """Yield module, name and kernel wherever a module of the package holds a compiled function."""
        from numba.core.dispatcher import Dispatcher

        for name, module in list(sys.modules.items()):
            if name.split(".")[0] == self.package:
                for key, held in list(vars(module).items()):
                    if isinstance(held, Dispatcher):
                        yield module, key, held


def watched_model(model: type, watch: Callable[[str, Callable[..., Any]], Callable[..., Any]]) -> type:
    """Derive a model whose steps of the year are what `watch` makes of name and step."""
    steps = {name: watch(name, getattr(model, name)) for name in STEPS if hasattr(model, name)}
    return type("WatchedModel", (model,), steps)


@contextmanager
def counting(clearing: CodeType) -> Iterator[list[int]]:
    """Count by `sys.monitoring`, in the order of `Counts`: no clock, so the same on every machine."""
    from numba.core.dispatcher import Dispatcher

    events, tool = sys.monitoring.events, sys.monitoring.PROFILER_ID
    seen = [0] * len(Counts._fields)

    def call(code: object, offset: int, callee: Any, first: object) -> None:
        if isinstance(callee, Dispatcher):
            seen[KERNEL] += 1
        elif is_numpy(callee):
            seen[NUMPY] += 1

    def start(code: object, offset: int) -> None:
        seen[CLEARING] += code is clearing
        seen[PYTHON] += 1

    def instruction(code: object, offset: int) -> None:
        seen[BYTECODE] += 1

    callbacks = {events.CALL: call, events.PY_START: start, events.INSTRUCTION: instruction}
    sys.monitoring.use_tool_id(tool, "benchmarks")
    for event, callback in callbacks.items():
        sys.monitoring.register_callback(tool, event, callback)
    sys.monitoring.set_events(tool, sum(callbacks))
    try:
        yield seen
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)


def step_counts(tree: Tree, model: type | None = None) -> dict[str, Counts]:
    """Count one run by step, of a class in place of the model if one is given; the first run is never warm."""
    marks: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []  # seen before and after each step

    def watch(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(step)
        def run(*arguments: Any, **named: Any) -> Any:
            before = tuple(seen)
            outcome = step(*arguments, **named)
            marks.append((name, before, tuple(seen)))
            return outcome

        return run

    watched = watched_model(model or tree.api.RegionModel, watch)
    made = watched(tree.api.Inputs(tree.scenario, tree.region))
    with counting(tree.clearing()) as seen:
        made.run()
    steps = {name: [0] * len(seen) for name in dict.fromkeys(name for name, _, _ in marks)}
    for name, before, after in marks:
        for counter, (first, last) in enumerate(zip(before, after, strict=True)):
            steps[name][counter] += last - first
    steps[OUTSIDE] = [every - sum(parts) for every, *parts in zip(seen, *steps.values(), strict=True)]
    return {name: Counts(*numbers) for name, numbers in steps.items()}


def total(steps: Mapping[str, Counts]) -> Counts:
    """Add up the counts of all steps and of what is outside of them."""
    return Counts(*map(sum, zip(*steps.values(), strict=True)))


def is_numpy(callee: Any) -> bool:
    """Whether a callable is NumPy's own and not written in Python."""
    if inspect.isfunction(callee) or inspect.ismethod(callee) or inspect.isclass(callee):
        return False
    of = getattr(callee, "__self__", None)
    owner = getattr(callee, "__objclass__", None)
    module = str(getattr(callee, "__module__", "") or "")
    return (
        isinstance(callee, np.ufunc)
        or module.split(".")[0] == "numpy"
        or isinstance(of, np.ndarray | np.generic | np.ufunc)
        or (owner is not None and issubclass(owner, np.ndarray | np.generic | np.ufunc))
    )


@contextmanager
def timed_kernels(tree: Tree, spent: list[float]) -> Iterator[None]:
    """Add the CPU seconds of every call of a kernel from Python to `spent[0]`, once everything is compiled."""
    held = list(tree.kernels())

    def timed(kernel: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            started = time.process_time()
            outcome = kernel(*arguments, **named)
            spent[0] += time.process_time() - started
            return outcome

        return call

    wrapped = {id(kernel): timed(kernel) for _, _, kernel in held}
    for module, name, kernel in held:
        setattr(module, name, wrapped[id(kernel)])
    try:
        yield
    finally:
        for module, name, kernel in held:
            setattr(module, name, kernel)


def step_times(tree: Tree) -> StepTimes:
    """Return the CPU seconds of the steps of one warm run."""
    times, spent = StepTimes({}, {}), [0.0]

    def timed(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        times.all[name], times.kernels[name] = [], []

        @wraps(step)
        def run(*arguments: Any, **named: Any) -> Any:
            before, started = spent[0], time.process_time()
            outcome = step(*arguments, **named)
            times.all[name].append(time.process_time() - started)
            times.kernels[name].append(spent[0] - before)
            return outcome

        return run

    model = watched_model(tree.api.RegionModel, timed)
    with timed_kernels(tree, spent):
        tree.run(model)
    return times


def main() -> None:
    root, scenario, decisions = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    tree = Tree(root, root / "scenarios" / f"{scenario}.yaml")
    result = tree.result()
    result.decisions.to_parquet(decisions)
    facts = {"digest": result.manifest["values_sha256"], **total(step_counts(tree))._asdict()}
    print(json.dumps(facts), flush=True)
    for _ in sys.stdin:
        times = step_times(tree).all
        started = time.process_time()
        tree.run()
        run = time.process_time() - started
        print(json.dumps({**{name: sum(each) for name, each in times.items()}, "run": run}), flush=True)


if __name__ == "__main__":
    main()
