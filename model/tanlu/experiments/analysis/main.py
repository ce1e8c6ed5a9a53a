"""The analyses that suit an experiment: chosen by its design, its levers and the bounds of its outcomes."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tanlu.experiments.analysis.outcome_runs import OutcomeRuns, StoredRuns, asked_of
from tanlu.experiments.designs import cube_of
from tanlu.experiments.executors import BatchError
from tanlu.inputs.diagnostics import nearest, shown

if TYPE_CHECKING:
    from tanlu.experiments.analysis.tables import Analysis
    from tanlu.experiments.plans import Plan

METHODS = ("morris", "sobol", "prim", "cart", "regret")


def analyse(
    plan: "Plan",
    out: Path | str = "experiments",
    methods: Sequence[str] = (),
    outcomes: Sequence[str] = (),
) -> list["Analysis"]:
    """Return what the store of an experiment says by each method that suits it, or by those named; nothing is run.

    Raises:
        BatchError: if a method or an outcome does not fit the experiment, nothing is stored, or a package is missing.
    """
    _check(plan, methods, outcomes)
    suited = [name for name in METHODS if not why_not(plan, name)]
    if not methods and not suited:
        raise BatchError(
            f"no analysis suits this experiment: {why_not(plan, 'prim')}, {why_not(plan, 'regret')}"
        )
    asked = asked_of(plan, plan.store(Path(out)), tuple(outcomes))
    if not asked.answers:
        raise BatchError("nothing is stored of this experiment yet: `tanlu experiment run` runs it")
    found = [one for name in methods or suited for one in _FOUND[name](asked)]
    if not found:
        raise BatchError("too few runs are stored to be analysed: `tanlu experiment run` goes on")
    return found


def why_not(plan: "Plan", method: str) -> str:
    """Return why a method does not suit an experiment; empty if it does."""
    design = plan.experiment.design.method if plan.experiment.design else "none"
    if method in ("morris", "sobol"):
        needed = "saltelli" if method == "sobol" else "morris"
        return "" if design == needed else f"`{method}` needs the design {needed}, and this one is {design}"
    told = plan.experiment.outcomes.values()
    if method == "regret":
        chosen = len(plan.arms) > 1 or any(one.is_lever for one in plan.inputs)
        futures = any(not one.is_lever for one in plan.inputs) and design not in ("morris", "saltelli")
        if chosen and futures and any(one.direction for one in told):
            return ""
        needed = "arms or levers, factors in a sample, grid or list, and an outcome with `better` or a bound"
        return f"`regret` needs {needed}"
    sampled = design in ("latin_hypercube", "sobol", "list", "saltelli")
    if sampled and any(one.is_bounded for one in told):
        return ""
    return f"`{method}` needs a sample of factors and an outcome with `at_most` or `at_least`"


def _check(plan: "Plan", methods: Sequence[str], outcomes: Sequence[str]) -> None:
    for what, given, known in (
        ("method", methods, METHODS),
        ("outcome", outcomes, tuple(plan.experiment.outcomes)),
    ):
        for name in given:
            if name not in known:
                near = nearest(name, known)
                help = f"did you mean `{near}`?" if near else f"there are: {', '.join(known)}"
                raise BatchError(f"there is no {what} `{shown(name)}`; {help}")
    for name in methods:
        if said := why_not(plan, name):
            raise BatchError(said)


def _unit(asked: StoredRuns, name: str) -> str:
    from tanlu.indicators.main import indicators
    from tanlu.region.pack import load_region

    first = next(iter(asked.plan.arms.values()))
    outcome = asked.plan.experiment.outcomes[name]
    known = indicators(load_region(first.region, first.pack), ())
    unit = next((one.unit for one in known if one.variable == outcome.variable), "")
    return unit.removesuffix("/yr") if outcome.way == "sum" else unit


def _morris(asked: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.morris import morris

    cube = cube_of(asked.plan.experiment, asked.plan.inputs)
    for one in asked.answers:
        if (found := morris(one, cube, asked.plan.inputs, _unit(asked, one.outcome))) is not None:
            yield found


def _sobol(asked: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.variance import sobol

    design = asked.plan.experiment.design
    assert design is not None
    for one in asked.answers:
        found = sobol(one, asked.plan.inputs, design.second_order, len(asked.plan.rows))
        if found is not None:
            yield found


def _bounded(asked: StoredRuns) -> Iterator[OutcomeRuns]:
    return (one for one in asked.answers if asked.outcome(one).is_bounded)


def _prim(asked: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.discovery import futures_of, prim

    inputs, rows = asked.plan.inputs, asked.plan.rows
    for one in _bounded(asked):
        unit = _unit(asked, one.outcome)
        yield prim(one, futures_of(one, asked.outcome(one), inputs, rows), inputs, unit)


def _cart(asked: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.discovery import cart, futures_of

    for one in _bounded(asked):
        futures = futures_of(one, asked.outcome(one), asked.plan.inputs, asked.plan.rows)
        yield cart(one, futures, _unit(asked, one.outcome))


def _regret(asked: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.regret import choices_of, dominated, regret, satisficing

    outcomes = asked.plan.experiment.outcomes
    names = dict.fromkeys(one.outcome for one in asked.answers)
    found = [of for name in names if (of := choices_of(asked, name)) is not None]
    for of in found:
        if direction := outcomes[of.outcome].direction:
            yield regret(of, direction, _unit(asked, of.outcome))
    yield from satisficing(found, outcomes)
    if (beaten := dominated(found, outcomes)) is not None:
        yield beaten


_FOUND: dict[str, Callable[[StoredRuns], Iterator["Analysis"]]] = {
    "morris": _morris,
    "sobol": _sobol,
    "prim": _prim,
    "cart": _cart,
    "regret": _regret,
}
