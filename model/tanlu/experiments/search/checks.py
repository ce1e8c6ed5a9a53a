"""What the block `seek` of an experiment file asks for, compared with the rest of the file."""

from collections.abc import Iterator, Sequence

from tanlu.core.words.messages import build_message
from tanlu.experiments.file_checks.places import fault_at
from tanlu.experiments.outcomes import ExperimentOutcome
from tanlu.experiments.schema import Experiment
from tanlu.experiments.search.block import MOST_RUNS
from tanlu.experiments.search.problem import Problem
from tanlu.inputs.diagnostics import Finding, ScenarioError, nearest, printable, suggest
from tanlu.inputs.tree import Key, Node
from tanlu.scenario.loading import with_settings
from tanlu.scenario.schema import Scenario

SHAPES = ("range", "values")  # of a lever: what it may be, not how likely that is


def check_search(tree: Node, experiment: Experiment) -> None:
    """Refuse a search that cannot be: unknown names, nothing to search, other blocks that it has no use for.

    Raises:
        ScenarioError: with every fault found.
    """
    faults = [
        *_unused_blocks(tree, experiment),
        *_levers(tree, experiment),
        *_arms(tree, experiment),
        *_names(tree, experiment),
    ]
    faults = faults or [*_few_runs(tree, experiment)]
    if faults:
        raise ScenarioError(faults)


def problem_of(experiment: Experiment) -> Problem:
    """Build the problem of a search from the file that asks for it."""
    block = experiment.seek
    assert block is not None
    references = reference_arms(experiment)
    return Problem(
        levers=len(experiment.levers),
        outcomes=experiment.outcomes,
        goals=block.best,
        aims=block.aims,
        caps=block.caps,
        needed_draws=block.needed_draws,
        draws=block.draws,
        screen_draws=block.screen_draws,
        runs=block.runs,
        reference_runs=2 * block.draws * len(references) or block.draws,
        seed=block.seed,
    )


def sought_arm(experiment: Experiment) -> str:
    """Name the arm whose levers are searched; empty where the file has no arms."""
    return next((lever.arm for lever in experiment.levers.values()), "")


def reference_arms(experiment: Experiment) -> tuple[str, ...]:
    """Name the arms that outcomes are against, in the order of outcomes."""
    return tuple(
        dict.fromkeys(outcome.against for outcome in experiment.outcomes.values() if outcome.against)
    )


def end_with(arm: Scenario, experiment: Experiment) -> Scenario:
    """End an arm with the last year that an outcome counts: years before do not depend on how many follow."""
    last = max(outcome.span[1] for outcome in experiment.outcomes.values())
    return with_settings(arm, years=(arm.years.start, last)) if last < arm.years.end else arm


def _unused_blocks(tree: Node, experiment: Experiment) -> Iterator[Finding]:
    if experiment.design is not None:
        yield fault_at(tree, ("design",), "not-of-a-search.design")
    if experiment.replications.until or experiment.replications.at_most != 8:
        yield fault_at(tree, ("replications",), "not-of-a-search.replications")
    for name in experiment.factors:
        yield fault_at(tree, ("factors", name), "not-of-a-search.factor", name=name)


def _levers(tree: Node, experiment: Experiment) -> Iterator[Finding]:
    if not experiment.levers:
        yield fault_at(tree, ("seek",), "no-lever")
    for name, lever in experiment.levers.items():
        if lever.shapes[0] not in SHAPES:
            yield fault_at(tree, ("levers", name, lever.shapes[0]), "not-one-form.sought", shapes=SHAPES)
        if lever.values and len({*lever.values}) < 2:
            yield fault_at(tree, ("levers", name, "values"), "not-one-form.single")


def _arms(tree: Node, experiment: Experiment) -> Iterator[Finding]:
    arms, sought = [*experiment.arms], sought_arm(experiment)
    references = reference_arms(experiment)
    for name, lever in experiment.levers.items():
        path: tuple[Key, ...] = ("levers", name)
        if arms and lever.arm == "":
            yield fault_at(tree, path, "unknown-arm.sought", name=name, arms=arms)
        elif lever.arm != sought:
            yield fault_at(tree, (*path, "arm"), "unknown-arm.two", arm=lever.arm, sought=sought)
        elif lever.arm in references:
            yield fault_at(tree, (*path, "arm"), "unknown-arm.reference", arm=lever.arm)
    for arm in arms:
        if sought and arm not in (sought, *references):
            yield fault_at(tree, ("arms", arm), "unknown-arm.unused", arm=arm)


def _names(tree: Node, experiment: Experiment) -> Iterator[Finding]:
    block = experiment.seek
    assert block is not None
    for key, names in (("best", block.best), ("aims", block.aims), ("caps", block.caps)):
        for i, name in enumerate(names):
            if (key_of_fault := _fault_of(experiment, key, name)) is not None:
                advice = _advise(experiment, key, name)
                yield fault_at(tree, ("seek", key, i), key_of_fault, name=printable(name), advice=advice)


def _fault_of(experiment: Experiment, key: str, name: str) -> str | None:
    outcome = experiment.outcomes.get(name)
    if outcome is None:
        return "unknown-outcome"
    return None if _suits(outcome, key) else "unsuited-outcome.goal" if key == "best" else "unsuited-outcome"


def _suits(outcome: ExperimentOutcome, key: str) -> bool:
    return outcome.direction != 0 if key == "best" else outcome.is_bounded


def _advise(experiment: Experiment, key: str, name: str) -> object:
    suited: Sequence[str] = [other for other, outcome in experiment.outcomes.items() if _suits(outcome, key)]
    there_are = build_message("there_are", names=suited or build_message("none"))
    return suggest(nearest(name, suited), there_are)


def _few_runs(tree: Node, experiment: Experiment) -> Iterator[Finding]:
    problem = problem_of(experiment)
    if problem.runs < problem.fewest_runs:
        values = {"fewest": problem.fewest_runs, "levers": problem.levers, "highest": MOST_RUNS}
        yield fault_at(tree, ("seek", "runs"), "too-few-runs", given=problem.runs, **values)
