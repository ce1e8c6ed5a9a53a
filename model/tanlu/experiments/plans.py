"""Experiment files read: every scenario, every point and the id of the whole, known before anything runs."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.places import SHIPPED, shipped_studies
from tanlu.core.words.said import Said, advice_of, said
from tanlu.experiments.adapters import ExperimentFunction
from tanlu.experiments.designs import Input, Row, changed, inputs_of, rows_at, rows_of, unit_cube
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
        """Return the store of the experiment in a folder for experiments."""
        return Store(out / f"{self.name}-{self.id[:12]}", self.basis.code)

    def first(self, replications: int) -> Batch:
        """Return the batch of the first replications of each run; of all where the design chooses them."""
        if any(one.how == "replication" for one in self.inputs):
            return self.batch
        points = tuple(point for point in self.batch.points if point.replication < replications)
        return self.batch._replace(points=points)

    def function(self, arm: str = "", replication: int = 0) -> ExperimentFunction:
        """Return an arm, which may be left out if there is only one, as a function of factors and levers.

        Raises:
            ValueError: if there is no such arm.
        """
        chosen = arm or (next(iter(self.arms)) if len(self.arms) == 1 else "")
        if chosen not in self.arms:
            raise ValueError(
                f"`{printable(arm)}` is no arm of the experiment; there are: {', '.join(self.arms)}"
            )
        batch = self.batch
        return ExperimentFunction(
            self.arms, chosen, replication, self.inputs, batch.reduction, batch.extensions
        )

    def problem(self) -> dict[str, Any]:
        """Return factors and levers as a problem of SALib: the unit cube, which `values` maps."""
        return unit_cube([one.name for one in self.inputs])

    def values(self, samples: Floats) -> list[Row]:
        """Map samples of the unit cube [n, d] to values of factors and levers, columns in the order of `problem`.

        Raises:
            ValueError: if the samples have another form or leave the cube.
        """
        cube = np.asarray(samples, float)
        if cube.ndim != 2 or cube.shape[1] != len(self.inputs) or not ((cube >= 0) & (cube <= 1)).all():
            raise ValueError(f"samples must be numbers from 0 to 1 in {len(self.inputs)} columns")
        return rows_at(cube, self.inputs, self.experiment.replications.at_most)

    def about(self) -> dict[str, Any]:
        """Return what must be known to run the experiment again, as plain data."""
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
    """Read an experiment file, or a study by its name such as `tanlu:studies/NAME`, and everything it names.

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
    arms = {name: load(arm, extended.given) for name, arm in _arms(file, experiment, extended.given).items()}
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
    """Return where an extension is for a worker that works elsewhere."""
    is_file = isinstance(source, str | Path) and Path(source).is_file()
    return str(Path(source).resolve()) if is_file and isinstance(source, str | Path) else source


def plain_experiment(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as plain data, every default written out."""
    return experiment.model_dump(mode="json", exclude_none=True)


def _read(name: str) -> _File:
    """Read an experiment file, or a study that comes with Tanlu by its name."""
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
    known = {f"{SHIPPED}{short}": file for short, file in shipped_studies().items()}
    if name not in known:
        advice = suggest(nearest(name, known), said("there_are", names=[*known]))
        raise ScenarioError(
            [diagnose(first_mark(name), "unknown-study", name=printable(name, 80), advice=advice)]
        )
    return known[name]


def _id(experiment: Experiment, points: Sequence[Point]) -> str:
    """Return what the whole is known by: what is asked of which points, in whatever order or chunks they run."""
    asked = plain_experiment(experiment)
    content = {"asked": {key: asked[key] for key in ("experiment", "outcomes", "keep")}}
    ids = sorted({point.id for point in points})
    return hashlib.sha256(canonical_json(content | {"points": ids})).hexdigest()


# --- arms ---------------------------------------------------------------------------------------------------------


def _arms(file: _File, experiment: Experiment, extensions: Any) -> dict[str, Scenario]:
    """Return the scenario of each arm; every fault of every one is told at its place in the file."""
    base = _keys_of(file, ("base",)) or _extending(_place(file.tree, ("base",)), experiment.base)
    arms: dict[str, Scenario] = {}
    faults: list[Finding] = []
    for name in experiment.arms or (ONLY_ARM,):
        own = _keys_of(file, ("arms", name))
        if own is None and isinstance(
            experiment.arms.get(name), str
        ):  # another scenario, in the base's world
            tree = merge(
                _extending(_place(file.tree, ("arms", name)), experiment.arms[name]),
                drop_keys(base, "extends"),
            )
        else:
            tree = merge(base, own) if own is not None else base
        named = merge(tree, Node(Fields({"name": Field(tree.mark, Node(name, tree.mark))}), tree.mark))
        chain = extend(Reading(named, ()), (file.source,), file.folder)
        try:
            arms[name] = for_points(read_saved_scenario(chain, build_form(extensions)))
            arms[name]._files = chain.files
        except ScenarioError as error:
            faults += error.findings
    if faults:
        raise ScenarioError(tuple(dict.fromkeys(faults)))
    return arms


def _keys_of(file: _File, path: Sequence[Key]) -> Node | None:
    """Return the keys of a scenario that stand at a path, None if none do."""
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
    tree: Node, experiment: Experiment, arms: Mapping[str, Scenario], added: Sequence[Indicator]
) -> None:
    """Refuse arms that are no pairs, and variables, regions and years that no run has.

    Raises:
        ScenarioError: with every fault found.
    """
    first = next(iter(arms.values()))
    faults = [
        _fault(tree, ("arms", name), "not-paired", arm=name, what=said(f"other_{what}"))
        for name, arm in arms.items()
        for what in ("region", "years", "seed")
        if getattr(arm, what) != getattr(first, what)
    ]
    faults += [fault for fault in _unknown(tree, experiment, first, added) if fault is not None]
    if faults:
        raise ScenarioError(faults)


def _unknown(
    tree: Node, experiment: Experiment, scenario: Scenario, added: Sequence[Indicator]
) -> Iterator[Finding | None]:
    from tanlu.indicators.main import (
        indicators,  # with the model, which a check of the file alone does not need
    )

    region = load_region(scenario.region, scenario.pack)
    variables, regions = [one.variable for one in indicators(region, added)], region.axes.regions
    for name, outcome in experiment.outcomes.items():
        at = ("outcomes", name)
        yield _unless_known(tree, (*at, "variable"), outcome.variable, variables)
        for added_to_it in outcome.plus or {}:
            yield _unless_known(tree, (*at, "plus", added_to_it), added_to_it, variables, "variable")
        if outcome.region:
            yield _unless_known(tree, (*at, "region"), outcome.region, regions)
        first, last = outcome.span
        if first < scenario.years.start or last > scenario.years.end:
            asked = {"years": scenario.years, "first": first, "last": last}
            yield _fault(tree, (*at, outcome.way), "not-a-year-of-the-run", **asked)
    for i, variable in enumerate(experiment.keep.indicators):
        yield _unless_known(tree, ("keep", "indicators", i), variable, variables)
    for i, place in enumerate(experiment.keep.regions):
        yield _unless_known(tree, ("keep", "regions", i), place, regions)


def _check_paths(tree: Node, inputs: Sequence[Input], arms: Mapping[str, Scenario], row: Row) -> None:
    """Refuse a path that leads nowhere in an arm, at its place in the file.

    Raises:
        ScenarioError: with every fault found.
    """
    faults: dict[str, Finding] = {}
    for one in inputs:
        is_lever = locate(tree, ("levers", one.name))
        block = "levers" if is_lever and is_lever.path == ("levers", one.name) else "factors"
        for name, arm in arms.items():
            try:
                changed(arm, name, (one,), row, "")
            except ScenarioError as error:
                first = error.findings[0]
                key = f"found.{first.key}"
                told = {"text": Said(key, first.values), "advice": advice_of(key, first.values)}
                fault = _fault(tree, (block, one.name, "path"), "of-an-arm", arm=name, **told)
                faults.setdefault(one.name, fault._replace(code=first.code))
    if faults:
        raise ScenarioError(tuple(faults.values()))


def _unless_known(
    tree: Node, path: Sequence[Key], name: str, names: Sequence[str], what: str = ""
) -> Finding | None:
    if name in names:
        return None
    advice = suggest(nearest(name, names), said("indicators_are"))
    code = f"unknown-{what or (path[-1] if isinstance(path[-1], str) else path[-2])}"
    fault = _fault(tree, path, "unknown-name", name=printable(name, 80), advice=advice)
    return fault._replace(code=code)


def _fault(tree: Node, path: Sequence[Key], key: str, /, **values: object) -> Finding:
    return diagnose(_place(tree, path), key, path_text(path), **values)


# --- points -------------------------------------------------------------------------------------------------------


class TriedValues(NamedTuple):
    """What is tried together."""

    inputs: Sequence[Input]
    rows: Sequence[Row]


def _points(
    replications: int, arms: Mapping[str, Scenario], tried: TriedValues, basis: Basis
) -> Iterator[Point]:
    """Yield every point, replication by replication, so that what an interrupted batch has is balanced."""
    chance = next((one.name for one in tried.inputs if one.how == "replication"), None)
    recipes = [
        Recipe(arm, name, tried.inputs, row, number)
        for number, row in enumerate(tried.rows)
        for name, arm in arms.items()
    ]
    # As the data stand: what a scenario changes in them is in the scenario.
    data = load_region(recipes[0].arm.region).digest

    def drawn(recipe: Recipe) -> Sequence[int]:
        return (int(recipe.row[chance]),) if chance else range(replications)

    ids = [_ids(recipe.scenario(), drawn(recipe), data, basis) for recipe in recipes]
    for turn in range(1 if chance else replications):
        for recipe, own in zip(recipes, ids, strict=True):
            yield Point(own[turn], recipe.name, recipe.number, drawn(recipe)[turn], recipe)


def _ids(scenario: Scenario, replications: Sequence[int], data: str, basis: Basis) -> list[str]:
    return [point_id(scenario, one, data, basis) for one in replications]
