"""The analyses that suit an experiment: chosen by its design, its levers and the bounds of its outcomes."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tanlu.core.words.messages import Message, build_message
from tanlu.core.words.numbers import A_YEAR
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns, StoredRuns, read_stored_runs
from tanlu.experiments.designs import cube_of
from tanlu.experiments.executors import BatchError
from tanlu.experiments.layout import Layout
from tanlu.experiments.store import StoreContents
from tanlu.inputs.diagnostics import nearest, printable, suggest

if TYPE_CHECKING:
    from tanlu.experiments.analysis.regret import Choices
    from tanlu.experiments.analysis.tables import Analysis

METHODS = ("one_at_a_time", "morris", "sobol", "prim", "cart", "regret", "steps")


def analyse(
    layout: Layout,
    contents: StoreContents,
    methods: Sequence[str] = (),
    outcomes: Sequence[str] = (),
) -> list["Analysis"]:
    """Analyse what the store of an experiment holds, without running anything.

    By each method that suits it, or by those named.

    Raises:
        BatchError: if a method or an outcome does not fit the experiment, nothing is stored, or a package is missing.
    """
    _check(layout, methods, outcomes)
    suitable = [name for name in METHODS if not find_refusal(layout, name)]
    if not methods and not suitable:
        raise BatchError(
            build_message(
                "no_analysis",
                one=find_refusal(layout, "prim") or "",
                other=find_refusal(layout, "regret") or "",
            )
        )
    stored_runs = read_stored_runs(layout, contents, tuple(outcomes))
    if not stored_runs.answers:
        raise BatchError(build_message("nothing_stored"))
    analyses = [analysis for name in methods or suitable for analysis in _ANALYSES[name](stored_runs)]
    if not analyses:
        raise BatchError(build_message("too_few_stored"))
    return analyses


def find_refusal(layout: Layout, method: str) -> Message | None:
    """Find the reason why a method does not suit an experiment.

    None if it does.
    """
    design = layout.experiment.design.method if layout.experiment.design else build_message("none")
    if method in ("one_at_a_time", "morris", "sobol"):
        needed_design = "saltelli" if method == "sobol" else method
        if design == needed_design:
            return None
        return build_message("needs_design", method=method, needed=needed_design, design=design)
    outcomes = layout.experiment.outcomes.values()
    if method == "steps":
        crossed = layout.experiment.design is not None and layout.experiment.design.cross_levers
        return None if crossed else build_message("steps_need")
    if method == "regret":
        has_choice = len(layout.arms) > 1 or any(input.is_lever for input in layout.inputs)
        has_futures = any(not input.is_lever for input in layout.inputs) and design not in (
            "one_at_a_time",
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


def check_methods(methods: Sequence[str]) -> None:
    """Refuse methods that there are not.

    Raises:
        BatchError: with the nearest name.
    """
    _check_names("no_method", methods, METHODS)


def _check_names(refusal: str, requested: Sequence[str], allowed: Sequence[str]) -> None:
    for name in requested:
        if name not in allowed:
            advice = suggest(nearest(name, allowed), build_message("there_are", names=allowed))
            raise BatchError(build_message(refusal, name=printable(name), advice=advice))


def _check(layout: Layout, methods: Sequence[str], outcomes: Sequence[str]) -> None:
    check_methods(methods)
    _check_names("no_outcome", outcomes, tuple(layout.experiment.outcomes))
    for name in methods:
        if unsuited := find_refusal(layout, name):
            raise BatchError(unsuited)


def _unit(stored_runs: StoredRuns, name: str) -> str:
    unit = stored_runs.layout.find_units().get(name, "")
    return unit.removesuffix(A_YEAR) if stored_runs.layout.experiment.outcomes[name].way == "sum" else unit


def _morris(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.morris import morris

    cube = cube_of(stored_runs.layout.experiment, stored_runs.layout.inputs)
    for runs in stored_runs.answers:
        if (
            analysis := morris(runs, cube, stored_runs.layout.inputs, _unit(stored_runs, runs.outcome))
        ) is not None:
            yield analysis


def _one_at_a_time(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.one_at_a_time import one_at_a_time

    for runs in stored_runs.answers:
        analysis = one_at_a_time(runs, stored_runs.layout.inputs, _unit(stored_runs, runs.outcome))
        if analysis is not None:
            yield analysis


def _sobol(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.variance import sobol

    design = stored_runs.layout.experiment.design
    assert design is not None
    for runs in stored_runs.answers:
        analysis = sobol(runs, stored_runs.layout.inputs, design.second_order, len(stored_runs.layout.rows))
        if analysis is not None:
            yield analysis


def _bounded(stored_runs: StoredRuns) -> Iterator[OutcomeRuns]:
    return (runs for runs in stored_runs.answers if stored_runs.outcome(runs).is_bounded)


def _prim(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.discovery import futures_of, prim

    inputs, rows = stored_runs.layout.inputs, stored_runs.layout.rows
    for runs in _bounded(stored_runs):
        unit = _unit(stored_runs, runs.outcome)
        yield prim(runs, futures_of(runs, stored_runs.outcome(runs), inputs, rows), inputs, unit)


def _cart(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.discovery import cart, futures_of

    for runs in _bounded(stored_runs):
        futures = futures_of(
            runs, stored_runs.outcome(runs), stored_runs.layout.inputs, stored_runs.layout.rows
        )
        yield cart(runs, futures, _unit(stored_runs, runs.outcome))


def _choices(stored_runs: StoredRuns) -> Iterator["Choices"]:
    from tanlu.experiments.analysis.regret import choices_of

    names = dict.fromkeys(runs.outcome for runs in stored_runs.answers)
    return (choices for name in names if (choices := choices_of(stored_runs, name)) is not None)


def _regret(stored_runs: StoredRuns) -> Iterator["Analysis"]:
    from tanlu.experiments.analysis.regret import dominated, regret, satisficing

    outcomes = stored_runs.layout.experiment.outcomes
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
    "one_at_a_time": _one_at_a_time,
    "morris": _morris,
    "sobol": _sobol,
    "prim": _prim,
    "cart": _cart,
    "regret": _regret,
    "steps": _lever_steps,
}
