"""The analyses that suit an experiment: chosen by its design, its levers and the bounds of its outcomes."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tanlu.core.words.messages import Message, build_message
from tanlu.core.words.numbers import A_YEAR
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns, StoredRuns, read_stored_runs
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
    """Analyse the store of an experiment, without running anything.

    By each method that suits it, or by those named.

    Raises:
        BatchError: if a method or an outcome does not fit the experiment, nothing is stored, or a package is missing.
    """
    _check(plan, methods, outcomes)
    suitable = [name for name in METHODS if not find_refusal(plan, name)]
    if not methods and not suitable:
        raise BatchError(
            build_message(
                "no_analysis", one=find_refusal(plan, "prim") or "", other=find_refusal(plan, "regret") or ""
            )
        )
    stored_runs = read_stored_runs(plan, plan.store(Path(out)), tuple(outcomes))
    if not stored_runs.answers:
        raise BatchError(build_message("nothing_stored"))
    analyses = [analysis for name in methods or suitable for analysis in _ANALYSES[name](stored_runs)]
    if not analyses:
        raise BatchError(build_message("too_few_stored"))
    return analyses


def find_refusal(plan: "Plan", method: str) -> Message | None:
    """Find the reason why a method does not suit an experiment.

    None if it does.
    """
    design = plan.experiment.design.method if plan.experiment.design else build_message("none")
    if method in ("morris", "sobol"):
        needed_design = "saltelli" if method == "sobol" else "morris"
        if design == needed_design:
            return None
        return build_message("needs_design", method=method, needed=needed_design, design=design)
    outcomes = plan.experiment.outcomes.values()
    if method == "steps":
        crossed = plan.experiment.design is not None and plan.experiment.design.cross_levers
        return None if crossed else build_message("steps_need")
    if method == "regret":
        has_choice = len(plan.arms) > 1 or any(input.is_lever for input in plan.inputs)
        has_futures = any(not input.is_lever for input in plan.inputs) and design not in (
            "morris",
            "saltelli",
        )
        if has_choice and has_futures and any(outcome.direction for outcome in outcomes):
            return None
        return build_message("regret_needs")
    sampled = design in ("latin_hypercube", "sobol", "list", "saltelli")
    if sampled and any(outcome.is_bounded for outcome in outcomes):
        return None
    return build_message("sample_needed", method=method)


def _check(plan: "Plan", methods: Sequence[str], outcomes: Sequence[str]) -> None:
    for refusal, requested, allowed in (
        ("no_method", methods, METHODS),
        ("no_outcome", outcomes, tuple(plan.experiment.outcomes)),
    ):
        for name in requested:
            if name not in allowed:
                advice = suggest(nearest(name, allowed), build_message("there_are", names=allowed))
                raise BatchError(build_message(refusal, name=printable(name), advice=advice))
    for name in methods:
        if unsuited := find_refusal(plan, name):
            raise BatchError(unsuited)


def _unit(stored_runs: StoredRuns, name: str) -> str:
    from tanlu.indicators.main import indicators
    from tanlu.region.pack import load_region

    first = next(iter(stored_runs.plan.arms.values()))
    outcome = stored_runs.plan.experiment.outcomes[name]
    table = indicators(load_region(first.region, first.pack), ())
    unit = next((indicator.unit for indicator in table if indicator.variable == outcome.variable), "")
    return unit.removesuffix(A_YEAR) if outcome.way == "sum" else unit


def _morris(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.morris import morris

    cube = cube_of(stored_runs.plan.experiment, stored_runs.plan.inputs)
    for runs in stored_runs.answers:
        if (
            analysis := morris(runs, cube, stored_runs.plan.inputs, _unit(stored_runs, runs.outcome))
        ) is not None:
            yield analysis


def _sobol(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.variance import sobol

    design = stored_runs.plan.experiment.design
    assert design is not None
    for runs in stored_runs.answers:
        analysis = sobol(runs, stored_runs.plan.inputs, design.second_order, len(stored_runs.plan.rows))
        if analysis is not None:
            yield analysis


def _bounded(stored_runs: StoredRuns) -> Iterator[OutcomeRuns]:
    return (runs for runs in stored_runs.answers if stored_runs.outcome(runs).is_bounded)


def _prim(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.discovery import futures_of, prim

    inputs, rows = stored_runs.plan.inputs, stored_runs.plan.rows
    for runs in _bounded(stored_runs):
        unit = _unit(stored_runs, runs.outcome)
        yield prim(runs, futures_of(runs, stored_runs.outcome(runs), inputs, rows), inputs, unit)


def _cart(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.discovery import cart, futures_of

    for runs in _bounded(stored_runs):
        futures = futures_of(runs, stored_runs.outcome(runs), stored_runs.plan.inputs, stored_runs.plan.rows)
        yield cart(runs, futures, _unit(stored_runs, runs.outcome))


def _choices(stored_runs: StoredRuns) -> Iterator["Choices"]:
    from tanlu.experiments.analysis.regret import choices_of

    names = dict.fromkeys(runs.outcome for runs in stored_runs.answers)
    return (choices for name in names if (choices := choices_of(stored_runs, name)) is not None)


def _regret(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.regret import dominated, regret, satisficing

    outcomes = stored_runs.plan.experiment.outcomes
    all_choices = list(_choices(stored_runs))
    for choices in all_choices:
        if direction := outcomes[choices.outcome].direction:
            yield regret(choices, direction, _unit(stored_runs, choices.outcome))
    yield from satisficing(all_choices, outcomes)
    if (dominance := dominated(all_choices, outcomes)) is not None:
        yield dominance


def _lever_steps(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.steps import steps

    analyses = (steps(choices, _unit(stored_runs, choices.outcome)) for choices in _choices(stored_runs))
    return (analysis for analysis in analyses if analysis is not None)


_ANALYSES: dict[str, Callable[[StoredRuns], Iterator["Analysis"]]] = {
    "morris": _morris,
    "sobol": _sobol,
    "prim": _prim,
    "cart": _cart,
    "regret": _regret,
    "steps": _lever_steps,
}
