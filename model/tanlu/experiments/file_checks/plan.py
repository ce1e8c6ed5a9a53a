"""What an experiment file asks for, compared with its arms and the region pack."""

from collections.abc import Iterator, Mapping, Sequence

from tanlu.core.words.messages import Message, build_message
from tanlu.experiments.designs import Input, Row, apply_row, moved_figures, pack_paths
from tanlu.experiments.file_checks.groups import find_odd_moves, find_unknown_groups
from tanlu.experiments.file_checks.places import fault_at
from tanlu.experiments.schema import Experiment
from tanlu.indicators.base import Indicator
from tanlu.inputs.diagnostics import (
    Finding,
    ScenarioError,
    Severity,
    nearest,
    printable,
    suggest,
)
from tanlu.inputs.tree import Key, Node, locate
from tanlu.region.pack import load_region
from tanlu.scenario.changes import with_changes
from tanlu.scenario.findings import scenario_findings
from tanlu.scenario.schema import Scenario

ODD_NUMBERS = ("implausible", "unit-slip", "beyond-range", "odd-edit", "far-edit")


def check_plan(
    tree: Node, experiment: Experiment, arms: Mapping[str, Scenario], added_indicators: Sequence[Indicator]
) -> None:
    """Refuse unpaired arms, and unknown variables, regions and years.

    Raises:
        ScenarioError: with every fault found.
    """
    first = next(iter(arms.values()))
    faults = [
        fault_at(tree, ("arms", name), "not-paired", arm=name, what=build_message(f"other_{attribute}"))
        for name, arm in arms.items()
        for attribute in ("region", "years", "seed")
        if getattr(arm, attribute) != getattr(first, attribute)
    ]
    faults += find_unknown_groups(tree, experiment, first.region)
    faults += [fault for fault in _unknown(tree, experiment, first, added_indicators) if fault is not None]
    if faults:
        raise ScenarioError(faults)


def _unknown(
    tree: Node, experiment: Experiment, scenario: Scenario, added_indicators: Sequence[Indicator]
) -> Iterator[Finding | None]:
    from tanlu.indicators.main import (
        indicators,  # with the model, which a check of the file alone does not need
    )

    region = load_region(scenario.region, scenario.pack)
    variables, regions = (
        [indicator.variable for indicator in indicators(region, added_indicators)],
        region.axes.regions,
    )
    for name, outcome in experiment.outcomes.items():
        path = ("outcomes", name)
        yield _unless_known(tree, (*path, "variable"), outcome.variable, variables)
        for term in outcome.plus or {}:
            yield _unless_known(tree, (*path, "plus", term), term, variables, "variable")
        if outcome.region:
            yield _unless_known(tree, (*path, "region"), outcome.region, regions)
        first, last = outcome.span
        if first < scenario.years.start or last > scenario.years.end:
            years = {"years": scenario.years, "first": first, "last": last}
            yield fault_at(tree, (*path, outcome.way), "not-a-year-of-the-run", **years)
    for i, variable in enumerate(experiment.keep.indicators):
        yield _unless_known(tree, ("keep", "indicators", i), variable, variables)
    for i, place in enumerate(experiment.keep.regions):
        yield _unless_known(tree, ("keep", "regions", i), place, regions)


def check_paths(
    tree: Node, inputs: Sequence[Input], arms: Mapping[str, Scenario], rows: Sequence[Row]
) -> None:
    """Refuse a path that leads nowhere in an arm, and ends of distributions that it cannot take.

    The fault is reported at its place in the file.

    Raises:
        ScenarioError: with every fault found.
    """
    faults: dict[str, Finding] = {}
    for name, arm in arms.items():
        for input in inputs:
            if input.moves and not arm.pack and name != next(iter(arms)):
                continue  # the same figures as in the first arm
            if fault := _find_fault(tree, input, (name, arm), ends_of(input, rows)):
                faults.setdefault(input.name, fault)
    if not faults:
        faults |= _find_clashes(tree, inputs, arms, rows)
    if faults:
        raise ScenarioError(tuple(faults.values()))


def _find_fault(
    tree: Node, input: Input, arm: tuple[str, Scenario], values: Sequence[float]
) -> Finding | None:
    """Find the first value of an input that an arm, by name, cannot take."""
    name, scenario = arm
    for value in values:
        try:
            _apply_checked(scenario, name, (input,), {input.name: value})
        except ScenarioError as error:
            return _told_at_path(tree, input, name, error.findings[0])
    return None


def _find_clashes(
    tree: Node, inputs: Sequence[Input], arms: Mapping[str, Scenario], rows: Sequence[Row]
) -> dict[str, Finding]:
    """Find arms in which a group and another input change the same figure, by name."""
    moving = [input for input in inputs if input.moves]
    changing = [input for input in inputs if input.path or input.moves] if moving else []
    row = {input.name: ends_of(input, rows)[0] for input in changing}
    faults: dict[str, Finding] = {}
    for name, arm in arms.items():
        try:
            _apply_checked(arm, name, changing, row)
        except ScenarioError as error:
            faults[name] = _told_at_path(tree, moving[0], name, error.findings[0])
    return faults


def _apply_checked(arm: Scenario, name: str, inputs: Sequence[Input], row: Row) -> None:
    """Apply a row with a check of every figure that groups move.

    Raises:
        ScenarioError: with every fault found.
    """
    moved = moved_figures(inputs, row)
    scenario = apply_row(arm, name, [input for input in inputs if not input.moves], row, "")
    if moved:
        with_changes(scenario, pack_paths(moved), "")


def find_odd_ends(
    tree: Node, inputs: Sequence[Input], arms: Mapping[str, Scenario], rows: Sequence[Row]
) -> Iterator[Finding]:
    """Yield a warning for each input with an end at which a scenario would be warned of.

    Figures of a table that become factors together lie within their ranges.
    """
    arm_findings = {name: {*_odd_numbers(arm)} for name, arm in arms.items()}
    for input in inputs:
        name = input.arm or next(iter(arms))
        if finding := next(find_odd_moves(input.moves, arms[name].region), None) if input.moves else None:
            yield _told_at_path(tree, input, name, finding)._replace(severity=Severity.warning)
        if not input.path or "." in input.name:
            continue
        for value in ends_of(input, rows):
            scenario = apply_row(arms[name], name, (input,), {input.name: value}, "")
            new = [finding for finding in _odd_numbers(scenario) if finding not in arm_findings[name]]
            if new:
                yield _told_at_path(tree, input, name, new[0])._replace(severity=Severity.warning)
                break


def ends_of(input: Input, rows: Sequence[Row]) -> tuple[float, ...]:
    """List the lowest and highest value of an input: of its distribution, or of the design where that has no ends."""
    if input.values.values is not None:
        return (min(input.values.values), max(input.values.values))
    if bounds := input.values.range or input.values.triangular:
        ends = (float(bounds[0]), float(bounds[-1]))
        return tuple(map(round, ends)) if input.operation == "whole" else ends
    values = [row[input.name] for row in rows]
    return (min(values), max(values))


def _odd_numbers(scenario: Scenario) -> Iterator[Finding]:
    return (finding for finding in scenario_findings(scenario) if finding.code in ODD_NUMBERS)


def _told_at_path(tree: Node, input: Input, arm: str, finding: Finding) -> Finding:
    """Place what is said of an arm with an input at the path of this input."""
    is_lever = locate(tree, ("levers", input.name))
    block = "levers" if is_lever and is_lever.path == ("levers", input.name) else "factors"
    message = Message(f"found.{finding.key}", finding.values)
    details = {"text": message, "advice": message.advice}
    key = "group" if input.moves else "path"
    fault = fault_at(tree, (block, input.name, key), "of-an-arm", arm=arm, **details)
    return fault._replace(code=finding.code)


def _unless_known(
    tree: Node, path: Sequence[Key], name: str, names: Sequence[str], kind: str = ""
) -> Finding | None:
    if name in names:
        return None
    advice = suggest(nearest(name, names), build_message("indicators_are"))
    code = f"unknown-{kind or (path[-1] if isinstance(path[-1], str) else path[-2])}"
    fault = fault_at(tree, path, "unknown-name", name=printable(name, 80), advice=advice)
    return fault._replace(code=code)
