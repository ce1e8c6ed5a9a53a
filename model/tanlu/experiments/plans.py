"""Experiment files read: every scenario, every point and the id of the whole, known before anything runs."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.places import SHIPPED, shipped_studies
from tanlu.core.words.messages import build_message
from tanlu.experiments.adapters import ExperimentFunction
from tanlu.experiments.description import FORMAT, experiment_id
from tanlu.experiments.designs import Input, Row, inputs_of, rows_at, rows_of, unit_cube
from tanlu.experiments.engine import Batch
from tanlu.experiments.file_checks.places import place_of
from tanlu.experiments.file_checks.plan import check_paths, check_plan, find_odd_ends
from tanlu.experiments.layout import experiment_from, inputs_from, plain_inputs
from tanlu.experiments.outcomes import Reduction
from tanlu.experiments.points import Basis, Point, Recipe, for_points, point_id
from tanlu.experiments.schema import Experiment
from tanlu.experiments.search.checks import check_search, end_with, reference_arms, sought_arm
from tanlu.experiments.store import Store
from tanlu.inputs.diagnostics import Finding, Mark, ScenarioError, diagnose, nearest, printable, suggest
from tanlu.inputs.messages import validate
from tanlu.inputs.tree import Field, Fields, Key, Node, drop_keys, locate, merge
from tanlu.inputs.yaml_reader import MAXIMUM_BYTES, Reading, first_mark, read_yaml
from tanlu.output.extension import Source, gather
from tanlu.output.provenance import code_state, environment, model_version, running_code
from tanlu.region.pack import load_region
from tanlu.scenario.extends import SourceFile, extend
from tanlu.scenario.forms import build_form
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario, plain_scenario, read_saved_scenario, scenario_from_dict

ONLY_ARM = "base"
NO_LEVERS: Row = {}  # of a search: arms as the file has them


class Plan(NamedTuple):
    """An experiment, resolved."""

    experiment: Experiment
    id: str
    arms: Mapping[str, Scenario]
    inputs: tuple[Input, ...]
    rows: Sequence[Row]
    batch: Batch
    basis: Basis
    data_sha256: str  # of the region pack
    text: str = ""  # of the file as read
    file: str = ""

    @property
    def name(self) -> str:
        """Name of the experiment."""
        return self.experiment.experiment

    @property
    def points(self) -> Sequence[Point]:
        """Points in the order of tables."""
        return self.batch.points

    @property
    def runs(self) -> int:
        """Number of different runs; of a search the most that it may take."""
        return self.experiment.seek.runs if self.experiment.seek else len(self.batch.ids)

    def find_units(self) -> dict[str, str]:
        """Find the unit of the variable of each outcome."""
        from tanlu.indicators.main import indicators  # with the model, which a check does not need

        first = next(iter(self.arms.values()))
        extensions = gather(self.batch.extensions)
        units = {
            x.variable: x.unit
            for x in indicators(load_region(first.region, first.pack), extensions.indicators)
        }
        return {
            name: outcome.unit_of(units[outcome.variable])
            for name, outcome in self.experiment.outcomes.items()
        }

    def find_odd_ends(self) -> tuple[Finding, ...]:
        """List warnings about ends of distributions, at their places in the file."""
        reading = read_yaml(self.text.encode(), self.file)
        assert reading.tree is not None
        return tuple(find_odd_ends(reading.tree, self.inputs, self.arms, self.rows))

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
        """Describe the experiment, so that its store can be read and run again.

        The description is plain data.
        """
        units = self.find_units()
        outcomes = plain_experiment(self.experiment)["outcomes"]
        described = _described(self.experiment, self.arms, TriedValues(self.inputs, self.rows), self.basis)
        return described | {
            "id": self.id,
            "text": self.text,
            "outcomes": {name: outcome | {"unit": units[name]} for name, outcome in outcomes.items()},
            "runs": self.runs,
            "data_sha256": self.data_sha256,
            "model": {"version": model_version(), **code_state()},
            "environment": dict(environment()),
        }


class _File(NamedTuple):
    """An experiment file as it was read."""

    tree: Node
    folder: Path | None  # of the files that it may extend
    source: SourceFile
    text: str


def load_experiment(path: Path | str, extensions: Sequence[Source] = ()) -> Plan:
    """Read an experiment file and everything it names.

    A study goes by its name, such as `tanlu:studies/NAME`.

    Raises:
        ScenarioError: with every fault found, at file, line and column.
        ExtensionError: if an extension is wrong or missing.
        BatchError: if a design needs a package that is not installed.
    """
    return _plan_of(_read(str(path)), extensions)


def experiment_from_text(text: str, name: str, region: str) -> Plan:
    """Read the text of a stranger's experiment file: it extends scenarios of Tanlu and is of one region.

    `name` stands for the file in messages; another region would be a path into this machine.

    Raises:
        ScenarioError: with every fault found, at line and column.
    """
    file = _parse(text.encode(errors="surrogatepass"), name, None)
    places: list[tuple[str, ...]] = [("base", "region")]
    arms = locate(file.tree, ("arms",))
    if arms is not None and isinstance(arms.node.value, Fields):
        places += [("arms", str(arm), "region") for arm in arms.node.value]
    nodes = [node for place in places if (node := _node_at(file.tree, place)) is not None]
    faults = [
        diagnose(node.mark, "other-region", "region", region=region) for node in nodes if node.value != region
    ]
    if faults:
        raise ScenarioError(faults)
    return _plan_of(file, ())


def _plan_of(file: _File, extensions: Sequence[Source]) -> Plan:
    experiment, faults = validate(Experiment, file.tree)
    if experiment is None:
        raise ScenarioError(faults)
    extended = gather(extensions)
    arms = {
        name: load(arm, extended.members) for name, arm in _arms(file, experiment, extended.members).items()
    }
    check_plan(file.tree, experiment, arms, extended.indicators)
    if experiment.seek is not None:
        check_search(file.tree, experiment)
        arms = {name: end_with(arm, experiment) for name, arm in arms.items()}
    inputs = inputs_of(experiment, next(iter(arms.values())))
    rows = [NO_LEVERS] if experiment.seek is not None else rows_of(experiment, inputs)
    check_paths(file.tree, inputs, arms, rows)
    basis = Basis(running_code(), extended.digests())
    sources = tuple(_anywhere(source) for source in extensions)
    plan = _assemble(experiment, arms, TriedValues(inputs, rows), basis, sources)
    return plan._replace(text=file.text, file=file.source.file)


def plan_from(description: Mapping[str, Any], extensions: Sequence[Source] = ()) -> Plan:
    """Build the plan of a store from its description, to run or name its points by the running code.

    Raises:
        ScenarioError: if the running code does not know a key of an arm.
        ExtensionError: if an extension is wrong or missing.
        RegionError: if the region pack is gone.
    """
    extended = gather(extensions)
    experiment = experiment_from(description["experiment"])
    form = build_form(extended.members)
    arms = {
        name: load(for_points(scenario_from_dict(_year_keys(arm), form=form, name=name)), extended.members)
        for name, arm in description["arms"].items()
    }
    inputs = (
        inputs_from(description["inputs"])
        if "inputs" in description
        else inputs_of(experiment, next(iter(arms.values())))
    )
    basis = Basis(description["code"], description["extensions"])
    sources = tuple(_anywhere(source) for source in extensions)
    plan = _assemble(experiment, arms, TriedValues(inputs, description["rows"]), basis, sources)
    return plan._replace(id=description["id"], text=description.get("text", ""))


def _year_keys(value: Any) -> Any:
    """Turn years that are keys into numbers again, which JSON has as text."""
    if isinstance(value, Mapping):
        return {int(key) if key.isdecimal() else key: _year_keys(item) for key, item in value.items()}
    return value


def _assemble(
    experiment: Experiment,
    arms: Mapping[str, Scenario],
    tried: "TriedValues",
    basis: Basis,
    sources: tuple[Source, ...],
) -> Plan:
    data_sha256 = load_region(next(iter(arms.values())).region).digest  # as the data stand, without changes
    shared = PointBasis(basis, data_sha256)
    if experiment.seek is not None:
        draws = range(2 * experiment.seek.draws)
        points = tuple(
            point
            for number in range(len(tried.rows))
            for name in arms
            if is_run(experiment, name, number)
            for point in points_of_row(arms[name], PlannedTrial(name, number, draws), tried, shared)
        )
    else:
        points = tuple(_points(experiment.replications.at_most, arms, tried, shared))
    batch = Batch(points, Reduction(experiment.outcomes, experiment.keep), sources)
    id = experiment_id(_described(experiment, arms, tried, basis) | {"data_sha256": data_sha256})
    return Plan(experiment, id, arms, tried.inputs, tried.rows, batch, basis, data_sha256)


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
    return _parse(raw, name, path.parent)


def _parse(raw: bytes, name: str, folder: Path | None) -> _File:
    reading = read_yaml(raw, name)
    if reading.tree is None or reading.findings:
        raise ScenarioError(reading.findings)
    source = SourceFile(name, hashlib.sha256(raw).hexdigest())
    return _File(reading.tree, folder, source, raw.decode(errors="replace"))


def _study(name: str) -> Path:
    studies = {f"{SHIPPED}{short}": file for short, file in shipped_studies().items()}
    if name not in studies:
        advice = suggest(nearest(name, studies), build_message("there_are", names=[*studies]))
        raise ScenarioError(
            [diagnose(first_mark(name), "unknown-study", name=printable(name, 80), advice=advice)]
        )
    return studies[name]


def _described(
    experiment: Experiment, arms: Mapping[str, Scenario], tried: "TriedValues", basis: Basis
) -> dict[str, Any]:
    """Describe all on which the id of an experiment depends but its data."""
    description = {
        "format": FORMAT,
        "experiment": plain_experiment(experiment),
        "arms": {name: plain_scenario(arm) for name, arm in arms.items()},
        "inputs": plain_inputs(tried.inputs),
        "rows": [dict(row) for row in tried.rows],
        "code": dict(basis.code),
        "extensions": list(basis.extensions),
    }
    stored_form: dict[str, Any] = json.loads(json.dumps(description))  # as it is read again
    return stored_form


# --- arms ---------------------------------------------------------------------------------------------------------


def _arms(file: _File, experiment: Experiment, extensions: Any) -> dict[str, Scenario]:
    """Load the scenario of each arm.

    Every fault of every arm is reported at its place in the file.
    """
    base = _keys_of(file, ("base",)) or _extending(place_of(file.tree, ("base",)), experiment.base)
    arms: dict[str, Scenario] = {}
    faults: list[Finding] = []
    for name in experiment.arms or (ONLY_ARM,):
        changes = _keys_of(file, ("arms", name))
        if changes is None and isinstance(
            experiment.arms.get(name), str
        ):  # another scenario, in the base's world
            tree = merge(
                _extending(place_of(file.tree, ("arms", name)), experiment.arms[name]),
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
    node = _node_at(file.tree, path)
    return node if node is not None and isinstance(node.value, Fields) else None


def _node_at(tree: Node, path: Sequence[Key]) -> Node | None:
    """Find what stands at a path, None where nothing does."""
    place = locate(tree, path)
    return place.node if place and place.path == tuple(path) else None


def _extending(mark: Mark, name: str) -> Node:
    return Node(Fields({"extends": Field(mark, Node(name, mark))}), mark)


# --- points -------------------------------------------------------------------------------------------------------


class TriedValues(NamedTuple):
    """Values that are tried together."""

    inputs: tuple[Input, ...]
    rows: Sequence[Row]


class PointBasis(NamedTuple):
    """The basis of all points: code, extensions and data as they stand.

    What a scenario changes in the data is in the scenario.
    """

    basis: Basis
    data_sha256: str


def _points(
    replications: int, arms: Mapping[str, Scenario], tried_values: TriedValues, shared: PointBasis
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

    def drawn_replications(recipe: Recipe) -> Sequence[int]:
        return (int(recipe.row[chance]),) if chance else range(replications)

    ids = [_ids(recipe.scenario(), drawn_replications(recipe), shared) for recipe in recipes]
    for turn in range(1 if chance else replications):
        for recipe, point_ids in zip(recipes, ids, strict=True):
            yield Point(point_ids[turn], recipe.name, recipe.number, drawn_replications(recipe)[turn], recipe)


class PlannedTrial(NamedTuple):
    """An arm with a row of a search, in some draws."""

    arm: str
    number: int  # of the row
    draws: Sequence[int]


def points_of_row(
    scenario: Scenario, trial: PlannedTrial, tried_values: TriedValues, shared: PointBasis
) -> Iterator[Point]:
    """Yield the points of an arm at one row of a search; the row without levers leaves it as the file has it."""
    row = tried_values.rows[trial.number]
    inputs = tried_values.inputs if row else ()
    recipe = Recipe(scenario, trial.arm, inputs, row, trial.number)
    ids = _ids(recipe.scenario(), trial.draws, shared)
    for id, draw in zip(ids, trial.draws, strict=True):
        yield Point(id, trial.arm, trial.number, draw, recipe)


def is_run(experiment: Experiment, arm: str, number: int) -> bool:
    """Whether a search runs an arm at a row: the one that is sought at rows of levers, the others without them."""
    sought = sought_arm(experiment) or ONLY_ARM
    references = reference_arms(experiment) or (sought,)
    return arm == sought if number else arm in references


def _ids(scenario: Scenario, replications: Sequence[int], shared: PointBasis) -> list[str]:
    return [point_id(scenario, number, shared.data_sha256, shared.basis) for number in replications]
