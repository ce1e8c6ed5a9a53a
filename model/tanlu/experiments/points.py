"""Points of an experiment: one scenario and one replication each, known before they run."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from tanlu.experiments.designs import Input, Row, apply_row
from tanlu.output.provenance import canonical_json
from tanlu.scenario.schema import Outputs, Scenario, plain_scenario

WITHOUT_NUMBERS = ("name", "label", "needs", "replications", "outputs")
ID_DIGITS = 24  # 96 bits: among a billion points two share an id with probability 1e-11


class Recipe(NamedTuple):
    """A recipe for the scenario of a point; thousands of points wait at once in a batch."""

    arm: Scenario
    name: str  # of the arm
    inputs: Sequence[Input]
    row: Row
    number: int  # of the row

    def scenario(self) -> Scenario:
        """Build the scenario, without the text that it was read from.

        Raises:
            ScenarioError: if the arm cannot have these values.
        """
        scenario = apply_row(self.arm, self.name, self.inputs, self.row, f"row {self.number} of the design")
        return scenario.with_source(scenario.files, None)


class Point(NamedTuple):
    """One run of an experiment."""

    id: str
    arm: str
    row: int  # of the design
    replication: int
    source: Scenario | Recipe

    @property
    def scenario(self) -> Scenario:
        """The scenario that runs; made at each call, unless the point is ready."""
        return self.source.scenario() if isinstance(self.source, Recipe) else self.source

    @property
    def ready(self) -> Self:
        """The point as a worker takes it, with its scenario."""
        return self._replace(source=self.scenario)


class Basis(NamedTuple):
    """The basis that all points of an experiment share, on which their numbers depend."""

    code: Mapping[str, Any]  # `running_code()`
    extensions: Sequence[Mapping[str, Any]]  # names and digests of files


def point_id(scenario: Scenario, replication: int, data_sha256: str, basis: Basis) -> str:
    """Hash all that a run's numbers depend on.

    Whoever asks for the same numbers gets the same id.
    """
    content = {
        "scenario": numbers_of(scenario),
        "replication": replication,
        "data": data_sha256,
        "code": basis.code,
        "extensions": list(basis.extensions),
    }
    return hashlib.sha256(canonical_json(_text_keys(content))).hexdigest()[:ID_DIGITS]


def numbers_of(scenario: Scenario) -> dict[str, Any]:
    """Select the part of a scenario that changes numbers.

    Neither its name nor how often it runs does.
    """
    return select_numbers(plain_scenario(scenario))


def select_numbers(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Select the part of a scenario, as plain data, that changes numbers."""
    data = {key: value for key, value in plain.items() if key not in WITHOUT_NUMBERS}
    data["region"] = Path(data["region"]).name  # a folder may stand anywhere: the digest of its data counts
    for key in ("policies", "events", "regulators"):
        data[key] = {name: block for name, block in data.get(key, {}).items() if block["enabled"]}
    if not data["regulators"]:
        del data["regulators"]
    return data


def for_points(scenario: Scenario) -> Scenario:
    """Remove tables from a scenario that points do not keep."""
    return scenario.model_copy(update={"outputs": Outputs(plants=False), "replications": 1})


def _text_keys(value: Mapping[str, Any]) -> dict[str, Any]:
    """Convert keys to text, as JSON has them.

    So years are sorted in one way.
    """
    text: dict[str, Any] = json.loads(json.dumps(value))
    return text
