"""Experiment files read: every scenario, every point and the id of the whole, known before anything runs."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.places import SHIPPED, shipped_studies
from tanlu.core.words.messages import Message, build_message
from tanlu.experiments.adapters import ExperimentFunction
from tanlu.experiments.designs import Input, Row, apply_row, inputs_of, rows_at, rows_of, unit_cube
from tanlu.experiments.engine import Batch
from tanlu.experiments.outcomes import Reduction
from tanlu.experiments.points import Basis, Point, Recipe, for_points, point_id
from tanlu.experiments.schema import Experiment
from tanlu.experiments.store import Store
from tanlu.indicators.base import Indicator
from tanlu.inputs.diagnostics import Finding, Mark, ScenarioError, diagnose, nearest, printable, suggest
from tanlu.inputs.messages import validate
from tanlu.inputs.tree import Field, Fields, Key, Node, drop_keys, locate, merge, path_text
from tanlu.inputs.yaml_reader import MAXIMUM_BYTES, Reading, first_mark, read_yaml
from tanlu.output.extension import Source, gather
from tanlu.output.provenance import canonical_json, code_state, environment, model_version, running_code
from tanlu.region.pack import load_region
from tanlu.scenario.extends import SourceFile, extend
from tanlu.scenario.forms import build_form
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario, plain_scenario, read_saved_scenario

ONLY_ARM = "base"


class Plan(NamedTuple):
    """An experiment, resolved."""

    experiment: Experiment
    id: str
    arms: Mapping[str, Scenario]
    inputs: tuple[Input, ...]
    rows: Sequence[Row]
    batch: Batch
    basis: Basis

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return self.experiment.experiment

    def store(self, out: Path) -> Store:
        """Return the store of the experiment in a folder of experiments."""
        return Store(out / f"{self.name}-{self.id[:12]}", self.basis.code)

    def first(self, replications: int) -> Batch:
        """Select the batch of each run's first replications.

        Of all where the design chooses them.
        """
        if any(input.operation == "replication" for input in self.inputs):
            return self.batch
        points = tuple(point for point in self.batch.points if point.replication < replications)
        return self.batch._replace(points=points)

    def function(self, arm: str = "", replication: int = 0) -> ExperimentFunction:
        """Build a function of factors and levers from an arm.

        The arm may be left out if there is only one.

        Raises:
            ValueError: if there is no such arm.
        """
        arm_name = arm or (next(iter(self.arms)) if len(self.arms) == 1 else "")
        if arm_name not in self.arms:
            raise ValueError(
                f"`{printable(arm)}` is no arm of the experiment; there are: {', '.join(self.arms)}"
            )
        batch = self.batch
        return ExperimentFunction(
            self.arms, arm_name, replication, self.inputs, batch.reduction, batch.extensions
        )

    def problem(self) -> dict[str, Any]:
        """Describe factors and levers as a problem of SALib.

        It is the unit cube, which `values` maps.
        """
        return unit_cube([input.name for input in self.inputs])

    def values(self, samples: Floats) -> list[Row]:
        """Map samples of the unit cube [n, d] to values.

        Columns are in the order of `problem`.

        Raises:
            ValueError: if the samples have another form or leave the cube.
        """
        cube = np.asarray(samples, float)
        if cube.ndim != 2 or cube.shape[1] != len(self.inputs) or not ((cube >= 0) & (cube <= 1)).all():
            raise ValueError(f"samples must be numbers from 0 to 1 in {len(self.inputs)} columns")
        return rows_at(cube, self.inputs, self.experiment.replications.at_most)

    def describe(self) -> dict[str, Any]:
        """Describe the experiment, so that it can be run again.

        The description is plain data.
        """
        return {
            "experiment": plain_experiment(self.experiment),
            "id": self.id,
            "arms": {name: plain_scenario(arm) for name, arm in self.arms.items()},
            "rows": [dict(row) for row in self.rows],
            "code": dict(self.basis.code),
            "extensions": list(self.basis.extensions),
            "model": {"version": model_version(), **code_state()},
            "environment": dict(environment()),
        }


class _File(NamedTuple):
    """An experiment file as it was read."""

    tree: Node
    folder: Path
    source: SourceFile


def load_experiment(path: Path | str, extensions: Sequence[Source] = ()) -> Plan:
    """Read an experiment file and everything it names.

    A study goes by its name, such as `tanlu:studies/NAME`.

    Raises:
        ScenarioError: with every fault found, at file, line and column.
        ExtensionError: if an extension is wrong or missing.
        BatchError: if a design needs a package that is not installed.
    """
    file = _read(str(path))
    experiment, faults = validate(Experiment, file.tree)
    if experiment is None:
        raise ScenarioError(faults)
    extended = gather(extensions)
    arms = {
        name: load(arm, extended.members) for name, arm in _arms(file, experiment, extended.members).items()
    }
    _check(file.tree, experiment, arms, extended.indicators)
    inputs = inputs_of(experiment, next(iter(arms.values())))
    rows = rows_of(experiment, inputs)
    _check_paths(file.tree, inputs, arms, rows[0])
    basis = Basis(running_code(), extended.digests())
    points = tuple(_points(experiment.replications.at_most, arms, TriedValues(inputs, rows), basis))
    sources = tuple(_anywhere(source) for source in extensions)
    batch = Batch(points, Reduction(experiment.outcomes, experiment.keep), sources)
    return Plan(experiment, _id(experiment, points), arms, inputs, rows, batch, basis)


def _anywhere(source: Source) -> Source:
    """Resolve the place of an extension for a worker elsewhere."""
    is_file = isinstance(source, str | Path) and Path(source).is_file()
    return str(Path(source).resolve()) if is_file and isinstance(source, str | Path) else source


def plain_experiment(experiment: Experiment) -> dict[str, Any]:
    """Convert an experiment to plain data, defaults written out."""
    return experiment.model_dump(mode="json", exclude_none=True)


def _read(name: str) -> _File:
    """Read an experiment file, or a study of Tanlu by its name."""
    path = _study(name) if name.startswith(SHIPPED) else Path(name)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        file, reason = printable(name, 80), error.strerror
        fault = diagnose(first_mark(name), "unreadable-file", file=file, reason=reason)
        raise ScenarioError([fault]) from None
    reading = read_yaml(raw, name)
    if reading.tree is None or reading.findings:
        raise ScenarioError(reading.findings)
    return _File(reading.tree, path.parent, SourceFile(name, hashlib.sha256(raw).hexdigest()))


def _study(name: str) -> Path:
    studies = {f"{SHIPPED}{short}": file for short, file in shipped_studies().items()}
    if name not in studies:
        advice = suggest(nearest(name, studies), build_message("there_are", names=[*studies]))
        raise ScenarioError(
            [diagnose(first_mark(name), "unknown-study", name=printable(name, 80), advice=advice)]
        )
    return studies[name]


def _id(experiment: Experiment, points: Sequence[Point]) -> str:
    """Compute the id of an experiment.

    It depends on what is asked of which points, in whatever order or chunks they run.
    """
    plain = plain_experiment(experiment)
    content = {"asked": {key: plain[key] for key in ("experiment", "outcomes", "keep")}}
    ids = sorted({point.id for point in points})
    return hashlib.sha256(canonical_json(content | {"points": ids})).hexdigest()


# --- arms ---------------------------------------------------------------------------------------------------------


def _arms(file: _File, experiment: Experiment, extensions: Any) -> dict[str, Scenario]:
    """Load the scenario of each arm.

    Every fault of every arm is reported at its place in the file.
    """
    base = _keys_of(file, ("base",)) or _extending(_place(file.tree, ("base",)), experiment.base)
    arms: dict[str, Scenario] = {}
    faults: list[Finding] = []
    for name in experiment.arms or (ONLY_ARM,):
        changes = _keys_of(file, ("arms", name))
        if changes is None and isinstance(
            experiment.arms.get(name), str
        ):  # another scenario, in the base's world
            tree = merge(
                _extending(_place(file.tree, ("arms", name)), experiment.arms[name]),
                drop_keys(base, "extends"),
            )
        else:
            tree = merge(base, changes) if changes is not None else base
        named_tree = merge(tree, Node(Fields({"name": Field(tree.mark, Node(name, tree.mark))}), tree.mark))
        chain = extend(Reading(named_tree, ()), (file.source,), file.folder)
        try:
            arms[name] = for_points(read_saved_scenario(chain, build_form(extensions)))
            arms[name]._files = chain.files
        except ScenarioError as error:
            faults += error.findings
    if faults:
        raise ScenarioError(tuple(dict.fromkeys(faults)))
    return arms


def _keys_of(file: _File, path: Sequence[Key]) -> Node | None:
    """Find the keys of a scenario at a path.

    None if no keys stand there.
    """
    place = locate(file.tree, path)
    return (
        place.node if place and place.path == tuple(path) and isinstance(place.node.value, Fields) else None
    )


def _place(tree: Node, path: Sequence[Key]) -> Mark:
    place = locate(tree, path)
    return place.mark if place else tree.mark


def _extending(mark: Mark, name: str) -> Node:
    return Node(Fields({"extends": Field(mark, Node(name, mark))}), mark)


# --- what is asked ------------------------------------------------------------------------------------------------


def _check(
    tree: Node, experiment: Experiment, arms: Mapping[str, Scenario], added_indicators: Sequence[Indicator]
) -> None:
    """Refuse unpaired arms, and unknown variables, regions and years.

    Raises:
        ScenarioError: with every fault found.
    """
    first = next(iter(arms.values()))
    faults = [
        _fault(tree, ("arms", name), "not-paired", arm=name, what=build_message(f"other_{attribute}"))
        for name, arm in arms.items()
        for attribute in ("region", "years", "seed")
        if getattr(arm, attribute) != getattr(first, attribute)
    ]
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
            yield _fault(tree, (*path, outcome.way), "not-a-year-of-the-run", **years)
    for i, variable in enumerate(experiment.keep.indicators):
        yield _unless_known(tree, ("keep", "indicators", i), variable, variables)
    for i, place in enumerate(experiment.keep.regions):
        yield _unless_known(tree, ("keep", "regions", i), place, regions)


def _check_paths(tree: Node, inputs: Sequence[Input], arms: Mapping[str, Scenario], row: Row) -> None:
    """Refuse a path that leads nowhere in an arm.

    The fault is reported at its place in the file.

    Raises:
        ScenarioError: with every fault found.
    """
    faults: dict[str, Finding] = {}
    for input in inputs:
        is_lever = locate(tree, ("levers", input.name))
        block = "levers" if is_lever and is_lever.path == ("levers", input.name) else "factors"
        for name, arm in arms.items():
            try:
                apply_row(arm, name, (input,), row, "")
            except ScenarioError as error:
                first = error.findings[0]
                message = Message(f"found.{first.key}", first.values)
                details = {"text": message, "advice": message.advice}
                fault = _fault(tree, (block, input.name, "path"), "of-an-arm", arm=name, **details)
                faults.setdefault(input.name, fault._replace(code=first.code))
    if faults:
        raise ScenarioError(tuple(faults.values()))


def _unless_known(
    tree: Node, path: Sequence[Key], name: str, names: Sequence[str], kind: str = ""
) -> Finding | None:
    if name in names:
        return None
    advice = suggest(nearest(name, names), build_message("indicators_are"))
    code = f"unknown-{kind or (path[-1] if isinstance(path[-1], str) else path[-2])}"
    fault = _fault(tree, path, "unknown-name", name=printable(name, 80), advice=advice)
    return fault._replace(code=code)


def _fault(tree: Node, path: Sequence[Key], key: str, /, **values: object) -> Finding:
    return diagnose(_place(tree, path), key, path_text(path), **values)


# --- points -------------------------------------------------------------------------------------------------------


class TriedValues(NamedTuple):
    """Values that are tried together."""

    inputs: Sequence[Input]
    rows: Sequence[Row]


def _points(
    replications: int, arms: Mapping[str, Scenario], tried_values: TriedValues, basis: Basis
) -> Iterator[Point]:
    """Yield every point, replication by replication.

    So what an interrupted batch has is balanced.
    """
    chance = next((input.name for input in tried_values.inputs if input.operation == "replication"), None)
    recipes = [
        Recipe(arm, name, tried_values.inputs, row, number)
        for number, row in enumerate(tried_values.rows)
        for name, arm in arms.items()
    ]
    # As the data stand: what a scenario changes in them is in the scenario.
    data = load_region(recipes[0].arm.region).digest

    def drawn_replications(recipe: Recipe) -> Sequence[int]:
        return (int(recipe.row[chance]),) if chance else range(replications)

    ids = [_ids(recipe.scenario(), drawn_replications(recipe), data, basis) for recipe in recipes]
    for turn in range(1 if chance else replications):
        for recipe, point_ids in zip(recipes, ids, strict=True):
            yield Point(point_ids[turn], recipe.name, recipe.number, drawn_replications(recipe)[turn], recipe)


def _ids(scenario: Scenario, replications: Sequence[int], data: str, basis: Basis) -> list[str]:
    return [point_id(scenario, replication, data, basis) for replication in replications]
