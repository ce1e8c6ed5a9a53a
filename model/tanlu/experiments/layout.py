"""What tables and analyses need to know of an experiment: no scenario, no region pack, and no code that made it."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from tanlu.experiments.designs import Input, Row
from tanlu.experiments.schema import Distribution, Experiment
from tanlu.region.factors.groups import GroupMove


class Role(NamedTuple):
    """The place of a run in an experiment; one run may have several."""

    arm: str
    row: int  # of the design
    replication: int


class PlacedPoint(Protocol):
    """A point and its place."""

    @property
    def id(self) -> str:
        """Id of the run."""

    @property
    def arm(self) -> str:
        """Name of the arm."""

    @property
    def row(self) -> int:
        """Number of the row."""

    @property
    def replication(self) -> int:
        """Number of the replication."""


class Layout(Protocol):
    """An experiment as its tables need it: a plan, or what a store says of itself."""

    @property
    def experiment(self) -> Experiment:
        """What the file asks for."""

    @property
    def arms(self) -> Collection[str]:
        """Names of the arms."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Factors and levers."""

    @property
    def rows(self) -> Sequence[Row]:
        """Values that are tried together."""

    @property
    def points(self) -> Sequence[PlacedPoint]:
        """Points in the order of tables."""

    @property
    def runs(self) -> int:
        """Number of different runs that the experiment asks for."""

    def find_units(self) -> Mapping[str, str]:
        """Find the unit of the variable of each outcome."""


class StoredPoint(NamedTuple):
    """A point that a store holds."""

    id: str
    arm: str
    row: int
    replication: int


class StoredLayout(NamedTuple):
    """An experiment as its store describes it."""

    experiment: Experiment
    arms: tuple[str, ...]
    inputs: tuple[Input, ...]
    rows: Sequence[Row]
    points: Sequence[StoredPoint]
    runs: int
    units: Mapping[str, str]

    def find_units(self) -> Mapping[str, str]:
        """Find the unit of the variable of each outcome."""
        return self.units


def experiment_from(plain: Mapping[str, Any]) -> Experiment:
    """Read what an experiment file asks for from plain data."""
    return Experiment.model_validate_json(json.dumps(plain))


def plain_inputs(inputs: Iterable[Input]) -> list[dict[str, Any]]:
    """Convert factors and levers to plain data."""
    return [
        input._asdict() | {"values": {shape: getattr(input.values, shape) for shape in input.values.shapes}}
        for input in inputs
    ]


def inputs_from(plain: Iterable[Mapping[str, Any]]) -> tuple[Input, ...]:
    """Read factors and levers from plain data."""
    return tuple(
        Input(
            **{
                **input,
                "values": Distribution.model_validate_json(json.dumps(input["values"])),
                "moves": tuple(GroupMove(*move) for move in input.get("moves", ())),
            }
        )
        for input in plain
    )


def order_points(layout: StoredLayout) -> StoredLayout:
    """Put points in the order of a plan: replication by replication, unless the design chooses them."""
    arms = {name: number for number, name in enumerate(layout.arms)}
    is_chosen = any(input.operation == "replication" for input in layout.inputs)

    def place(point: StoredPoint) -> tuple[int, int, int]:
        return (0 if is_chosen else point.replication, point.row, arms[point.arm])

    return layout._replace(points=sorted(layout.points, key=place))
