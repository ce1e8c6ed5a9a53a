"""Make scenarios of what visitors ask, and what visitors ask of scenarios, by the loader of the command line."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any, NamedTuple

from tanlu.core.places import SHIPPED
from tanlu.inputs.diagnostics import Mark, ScenarioError, Source, diagnose
from tanlu.inputs.tree import Fields, build_tree, merge, plain_data
from tanlu.inputs.yaml_reader import read_yaml, write_yaml
from tanlu.pages.builder.links import MAXIMUM_BYTES
from tanlu.pages.levers import BASELINE, NOTHING, Levers
from tanlu.region.catalogue import hydrology_years, plant_ids
from tanlu.scenario.difference import changes_between
from tanlu.scenario.reference import ASSUMED, Reference, find_references, reference
from tanlu.scenario.schema import Scenario, plain_scenario, scenario_from_dict, scenario_from_text

KEPT = 200  # scenarios of about 20 kB each
UPLOAD = "scenario.yaml"


class Edit(NamedTuple):
    """One change: the value that stands under a path, None to take it away."""

    path: tuple[str, ...]
    value: object


class Scenarios:
    """The shipped scenarios, and every scenario that visitors make of them; it holds no visitor's state."""

    def __init__(self, contents: Mapping[str, Mapping[str, object]]) -> None:
        self._shipped = {name: checked(content) for name, content in contents.items()}
        self._ids = {changes: name for name, changes in reversed(self._names())}
        self.scenario = lru_cache(maxsize=KEPT)(self._scenario)
        self.beside_baseline = lru_cache(maxsize=KEPT)(self._beside_baseline)
        self.reference = lru_cache(maxsize=KEPT)(self._reference)
        self.against = lru_cache(maxsize=KEPT)(self._against)
        self.missing = lru_cache(maxsize=KEPT)(self._missing)
        self.measured_against = lru_cache(maxsize=KEPT)(self._measured_against)

    def _names(self) -> list[tuple[str, str]]:
        """Return the shipped scenarios by what they say otherwise than the baseline, the first first."""
        return [(name, self._to_baseline(one).changes) for name, one in self._shipped.items()]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the shipped scenarios."""
        return tuple(self._shipped)

    @property
    def baseline(self) -> Scenario:
        """The scenario to which all else is compared."""
        return self._shipped[BASELINE]

    def question(self, levers: Levers) -> dict[str, Any]:
        """Return what the engine is asked: the whole scenario as plain data."""
        return plain_scenario(self.scenario(levers))

    def levers_of(self, scenario: Scenario) -> Levers:
        """Return the one way to ask for a scenario: a shipped one by its name, else what differs from the baseline."""
        found = self._to_baseline(scenario)
        return Levers(self._ids[found.changes]) if found.changes in self._ids else found

    def with_changes(self, base: str, changes: Mapping[Any, Any]) -> Levers:
        """Return the levers for a shipped scenario with changes.

        Raises:
            ScenarioError: with every fault found.
        """
        return self.levers_of(checked(_merged(plain_scenario(self._shipped[base]), changes)))

    def edited(self, levers: Levers, edits: Sequence[Edit]) -> Levers:
        """Return other levers: all edits, or none of them.

        Raises:
            ScenarioError: with every fault found.
        """
        data = self.question(levers)
        for edit in edits:
            _enter(data, edit)
        return self.levers_of(checked(data))

    def from_text(self, text: str) -> Levers:
        """Return the levers for the text of a scenario file.

        Raises:
            ScenarioError: with every fault found, each with line and column.
        """
        return self.levers_of(read_text(text, self.baseline.region))

    def from_data(self, data: Mapping[str, Any]) -> Levers:
        """Return the levers for a scenario as plain data, in years and draws of the baseline.

        Raises:
            ScenarioError: with every fault found.
        """
        baseline = plain_scenario(self.baseline)
        settings: dict[str, object] = {
            key: baseline[key] for key in ("years", "replications", "outputs") if key in baseline
        }
        return self.levers_of(checked({**data, **settings, "label": {}}))

    def to_text(self, levers: Levers) -> str:
        """Return a scenario as the file that `tanlu run` takes: what it extends, its name and what it changes."""
        if levers.changes == NOTHING:
            return write_yaml({"extends": f"{SHIPPED}{levers.scenario}", "name": f"my_{levers.scenario}"})
        head = {"extends": f"{SHIPPED}{levers.scenario}", "name": levers.name}
        return write_yaml({**head, **levers.block})

    def _beside_baseline(self, levers: Levers) -> Levers:
        """Return the same scenario as a difference to the baseline, a shipped one too."""
        return self._to_baseline(self.scenario(levers))

    def _reference(self, levers: Levers) -> Reference:
        """Return what the effects of a visitor's scenario are measured against."""
        return reference(self.scenario(levers), self.baseline)

    def _against(self, levers: Levers) -> Levers:
        """Return how to ask for what the effects of a visitor's scenario are measured against."""
        return self.levers_of(self.reference(levers).scenario)

    def _missing(self, compared: tuple[Levers, ...]) -> tuple[Levers, ...]:
        """Return the references of compared scenarios that are not among them, as `tanlu compare` adds them."""
        scenarios = [self.scenario(one) for one in compared]
        held = [reference(one, scenarios[0]) for one in scenarios[1:]]
        wanted = dict.fromkeys(self.levers_of(one.scenario) for one in held if one.kind == ASSUMED)
        return tuple(one for one in wanted if one not in compared)

    def _measured_against(self, compared: tuple[Levers, ...]) -> tuple[int, ...]:
        """Return the position of what each of several scenarios is measured against."""
        return find_references([self.scenario(one) for one in compared])

    def _to_baseline(self, scenario: Scenario) -> Levers:
        return Levers.of(BASELINE, changes_between(self.baseline, scenario))

    def _scenario(self, levers: Levers) -> Scenario:
        shipped = self._shipped[levers.scenario]
        if levers.changes == NOTHING:
            return shipped
        merged = _merged(plain_scenario(shipped), levers.block)
        return checked({**merged, "name": levers.name, "label": {}})


def checked(data: Mapping[str, object]) -> Scenario:
    """Return plain data as a scenario; `enabled: false` and defaults included.

    Raises:
        ScenarioError: with every fault found.
    """
    return scenario_from_dict(data, None, plant_ids, hydrology_years)


def read_text(text: str, region: str) -> Scenario:
    """Return the text of a stranger's file as a scenario of `region`, no other: a path would lead into this machine.

    Raises:
        ScenarioError: with every fault found, each with line and column.
    """
    raw = text.encode(errors="surrogatepass")
    if len(raw) > MAXIMUM_BYTES:
        mark = Mark(Source(UPLOAD, ""), 1, 1, 1)
        raise ScenarioError([diagnose(mark, "too-large", size=MAXIMUM_BYTES // 1024)])
    tree = read_yaml(raw, UPLOAD).tree
    given = tree.value.get("region") if tree and isinstance(tree.value, Fields) else None
    if given is not None and given.node.value != region:
        raise ScenarioError([diagnose(given.node.mark, "other-region", "region", region=region)])
    return scenario_from_text(text, UPLOAD, None, plant_ids, hydrology_years)


def _merged(base: Mapping[str, object], changes: Mapping[Any, Any]) -> dict[str, Any]:
    """Merge changes over plain data, as a file over the one that it extends."""
    (under, _), (over, faults) = build_tree(base, "scenario"), build_tree(changes, "scenario")
    if faults:
        raise ScenarioError(faults)
    merged: Any = plain_data(merge(under, over))
    return dict(merged)


def _enter(data: dict[str, Any], edit: Edit) -> None:
    """Enter an edit; one that leads through what is no block is entered as a value that the check refuses."""
    block: Any = data
    *parents, last = edit.path
    for key in parents:
        below = block.setdefault(key, {})
        if not isinstance(below, dict):
            below = block[key] = {}
        block = below
    if edit.value is None:
        block.pop(last, None)
    else:
        block[last] = deepcopy(edit.value)
