"""The analyses that suit an experiment: chosen by its design, its levers and the bounds of its outcomes."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tanlu.core.words.numbers import A_YEAR
from tanlu.core.words.said import Said, said
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns, StoredRuns, asked_of
from tanlu.experiments.designs import cube_of
from tanlu.experiments.executors import BatchError
from tanlu.inputs.diagnostics import nearest, printable, suggest

if TYPE_CHECKING:
    from tanlu.experiments.analysis.regret import Choices
    from tanlu.experiments.analysis.tables import Analysis
    from tanlu.experiments.plans import Plan

METHODS = ("morris", "sobol", "prim", "cart", "regret", "steps")


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
            said("no_analysis", one=why_not(plan, "prim") or "", other=why_not(plan, "regret") or "")
        )
    asked = asked_of(plan, plan.store(Path(out)), tuple(outcomes))
    if not asked.answers:
        raise BatchError(said("nothing_stored"))
    found = [one for name in methods or suited for one in _FOUND[name](asked)]
    if not found:
        raise BatchError(said("too_few_stored"))
    return found


def why_not(plan: "Plan", method: str) -> Said | None:
    """Return why a method does not suit an experiment; None if it does."""
    design = plan.experiment.design.method if plan.experiment.design else said("none")
    if method in ("morris", "sobol"):
        needed = "saltelli" if method == "sobol" else "morris"
        if design == needed:
            return None
        return said("needs_design", method=method, needed=needed, design=design)
    told = plan.experiment.outcomes.values()
    if method == "steps":
        crossed = plan.experiment.design is not None and plan.experiment.design.cross_levers
        return None if crossed else said("steps_need")
    if method == "regret":
        chosen = len(plan.arms) > 1 or any(one.is_lever for one in plan.inputs)
        futures = any(not one.is_lever for one in plan.inputs) and design not in ("morris", "saltelli")
        if chosen and futures and any(one.direction for one in told):
            return None
        return said("regret_needs")
    sampled = design in ("latin_hypercube", "sobol", "list", "saltelli")
    if sampled and any(one.is_bounded for one in told):
        return None
    return said("sample_needed", method=method)


def _check(plan: "Plan", methods: Sequence[str], outcomes: Sequence[str]) -> None:
    for refusal, given, known in (
        ("no_method", methods, METHODS),
        ("no_outcome", outcomes, tuple(plan.experiment.outcomes)),
    ):
        for name in given:
            if name not in known:
                advice = suggest(nearest(name, known), said("there_are", names=known))
                raise BatchError(said(refusal, name=printable(name), advice=advice))
    for name in methods:
        if unsuited := why_not(plan, name):
            raise BatchError(unsuited)


def _unit(asked: StoredRuns, name: str) -> str:
    from tanlu.indicators.main import indicators
    from tanlu.region.pack import load_region

    first = next(iter(asked.plan.arms.values()))
    outcome = asked.plan.experiment.outcomes[name]
    known = indicators(load_region(first.region, first.pack), ())
    unit = next((one.unit for one in known if one.variable == outcome.variable), "")
    return unit.removesuffix(A_YEAR) if outcome.way == "sum" else unit


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


def _choices(asked: StoredRuns) -> Iterator["Choices"]:
    from tanlu.experiments.analysis.regret import choices_of

    names = dict.fromkeys(one.outcome for one in asked.answers)
    return (of for name in names if (of := choices_of(asked, name)) is not None)


def _regret(asked: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.regret import dominated, regret, satisficing

    outcomes = asked.plan.experiment.outcomes
    found = list(_choices(asked))
    for of in found:
        if direction := outcomes[of.outcome].direction:
            yield regret(of, direction, _unit(asked, of.outcome))
    yield from satisficing(found, outcomes)
    if (beaten := dominated(found, outcomes)) is not None:
        yield beaten


def _lever_steps(asked: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.steps import steps

    found = (steps(of, _unit(asked, of.outcome)) for of in _choices(asked))
    return (one for one in found if one is not None)


_FOUND: dict[str, Callable[[StoredRuns], Iterator["Analysis"]]] = {
    "morris": _morris,
    "sobol": _sobol,
    "prim": _prim,
    "cart": _cart,
    "regret": _regret,
    "steps": _lever_steps,
}
