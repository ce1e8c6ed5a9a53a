"""One tree of the code, this one or that of an earlier commit: what a warm run takes, counts and decides.

As a program it imports nothing of the project but the tree that it is given, whose package may have its earlier name:
`python benchmarks/tree.py TREE SCENARIO DECISIONS` prints the facts of a run as JSON, writes its decisions to the file
DECISIONS, and then, for every line it reads, makes one warm run and prints its CPU seconds by step.
"""

import inspect
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

# In the order of the year; an earlier tree may lack some.
STEPS = (
    *("announce", "demand", "electricity", "production", "co2", "tariffs"),
    *("carbon_market", "finance", "invest", "age", "measure"),
)


class Counts(NamedTuple):
    """What Python did in one run."""

    bytecodes: int
    numpy_calls: int  # of functions and array methods of NumPy written in C; operators are bytecodes
    kernel_calls: int


class StepTimes(NamedTuple):
    """CPU seconds of each call of the steps of one run: year by year, and what of it was in kernels."""

    all: dict[str, list[float]]
    kernels: dict[str, list[float]]


class Tree:
    """The package of a tree, imported, and a scenario of it."""

    def __init__(self, root: Path, scenario: str) -> None:
        self.package = "tanlu" if (root / "model" / "tanlu").is_dir() else "model"
        sys.path.insert(0, str(root / "model" if self.package == "tanlu" else root))
        self.api = import_module(self.package)
        assert Path(self.api.__file__ or "").is_relative_to(root), f"{self.package} is not that of {root}"
        self.scenario = self.api.load(root / "scenarios" / f"{scenario}.yaml")
        self.region = self.api.load_region(self.scenario.region)

    def run(self, model: type | None = None) -> Any:
        """Make one run, of a class in place of the model if one is given."""
        made = (model or self.api.RegionModel)(self.api.Inputs(self.scenario, self.region))
        made.run()
        return made

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


def counts(tree: Tree) -> Counts:
    """Count one warm run by `sys.monitoring`: no clock, so the same on every machine."""
    from numba.core.dispatcher import Dispatcher

    events, tool = sys.monitoring.events, sys.monitoring.PROFILER_ID
    seen: Counter[str] = Counter()

    def instruction(code: object, offset: int) -> None:
        seen["bytecodes"] += 1

    def call(code: object, offset: int, callee: Any, first: object) -> None:
        if isinstance(callee, Dispatcher):
            seen["kernel"] += 1
        elif is_numpy(callee):
            seen["numpy"] += 1

    made = tree.api.RegionModel(tree.api.Inputs(tree.scenario, tree.region))
    sys.monitoring.use_tool_id(tool, "benchmarks")
    sys.monitoring.register_callback(tool, events.INSTRUCTION, instruction)
    sys.monitoring.register_callback(tool, events.CALL, call)
    sys.monitoring.set_events(tool, events.INSTRUCTION | events.CALL)
    try:
        made.run()
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)
    return Counts(seen["bytecodes"], seen["numpy"], seen["kernel"])


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
    steps = [name for name in STEPS if hasattr(tree.api.RegionModel, name)]
    times, spent = StepTimes({name: [] for name in steps}, {name: [] for name in steps}), [0.0]

    def timed(name: str) -> Callable[..., Any]:
        step = getattr(tree.api.RegionModel, name)

        @wraps(step)
        def run(*arguments: Any, **named: Any) -> Any:
            before, started = spent[0], time.process_time()
            outcome = step(*arguments, **named)
            times.all[name].append(time.process_time() - started)
            times.kernels[name].append(spent[0] - before)
            return outcome

        return run

    model = type("TimedModel", (tree.api.RegionModel,), {name: timed(name) for name in steps})
    with timed_kernels(tree, spent):
        tree.run(model)
    return times


def main() -> None:
    root, scenario, decisions = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    tree = Tree(root, scenario)
    result = tree.result()
    result.decisions.to_parquet(decisions)
    facts = {"digest": result.manifest["values_sha256"], **counts(tree)._asdict()}
    print(json.dumps(facts), flush=True)
    for _ in sys.stdin:
        times = step_times(tree).all
        started = time.process_time()
        tree.run()
        run = time.process_time() - started
        print(json.dumps({**{name: sum(each) for name, each in times.items()}, "run": run}), flush=True)


if __name__ == "__main__":
    main()
