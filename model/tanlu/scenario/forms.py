"""Forms of scenario files that know the kinds of policy of extensions, or keep those that are not at hand as data."""

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import ConfigDict, Field, create_model

from tanlu.core.schedules import PolicySchedule
from tanlu.core.words.said import said
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.inputs.tree import Node, plain, tree_of
from tanlu.inputs.types import NAME_PATTERN
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.policies import KINDS, Instrument
from tanlu.policies.base import Policy
from tanlu.policies.events import Event
from tanlu.scenario.extends import Chain, SourceFile, extend, read_chain
from tanlu.scenario.schema import Scenario, plain_scenario, saved_scenario

MAXIMUM_POLICIES = 100


class Adding(Protocol):
    """What an extension adds to scenario files."""

    @property
    def name(self) -> str:
        """What `needs` in a scenario calls it."""

    @property
    def policies(self) -> Sequence[type[Policy]]:
        """Its kinds of policy."""


class PolicyAsData(Policy):
    """A policy of a kind that comes from an extension that is not at hand: kept as it is, but it cannot run."""

    model_config = ConfigDict(extra="allow")

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Refuse to run."""
        raise ExtensionError(said("policy_not_given", name=name, kind=self.kind))


class ExtendedScenario(Scenario):
    """A scenario whose form is made while Tanlu runs, so that another process cannot find it by name."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as plain data."""
        return scenario_as_data, (plain_scenario(self), self.files)


def form_with(extensions: Sequence[Adding]) -> type[Scenario]:
    """Return the form of scenario files with the kinds of policy of extensions."""
    if not extensions:
        return Scenario
    kinds = tuple(kind for one in extensions for kind in one.policies)
    return _form(tuple(one.name for one in extensions), kinds)


def load_saved_scenario(path: Path) -> Scenario:
    """Read the scenario file of a result folder; its region pack and its extensions may be gone since.

    Raises:
        ScenarioError: with every fault found.
    """
    chain = read_chain(path)
    return saved_scenario(chain, _form_of_data(chain.tree))


def saved_scenario_of(text: str, file: Path) -> Scenario:
    """Read the text that the scenario file of a result folder had.

    Raises:
        ScenarioError: with every fault found.
    """
    chain = extend(read_yaml(text.encode(), str(file)), (), file.parent)
    return saved_scenario(chain, _form_of_data(chain.tree))


def scenario_as_data(data: Mapping[str, object], files: tuple[SourceFile, ...]) -> Scenario:
    """Return a scenario of plain data that was checked where it was made."""
    tree, faults = tree_of(data, "scenario")
    return saved_scenario(Chain(tree, files, faults, complete=True), _form_of_data(tree))


def _form_of_data(tree: Node | None) -> type[Scenario]:
    """Return a form that takes every kind of policy in the data."""
    data: Any = plain(tree) if tree else {}
    blocks = [data.get("policies") or {}]
    blocks += [event.get("introduce") or {} for event in (data.get("events") or {}).values()]
    found = {policy.get("kind") for block in blocks for policy in block.values()}
    unknown = sorted(kind for kind in found if isinstance(kind, str) and kind not in KINDS)
    return _form(None, tuple(map(_as_data, unknown))) if unknown or data.get("needs") else Scenario


@cache
def _as_data(kind: str) -> type[Policy]:
    only: Any = Literal[kind]
    made: type[Policy] = create_model(f"PolicyAsData_{kind}", __base__=PolicyAsData, kind=(only, ...))
    return made


@cache
def _form(extensions: tuple[str, ...] | None, kinds: tuple[type[Policy], ...]) -> type[Scenario]:
    """Return a form with more kinds of policy; without names of extensions it lets every one pass as given."""
    policy: Any = Annotated[reduce(or_, kinds, Instrument), Field(discriminator="kind")]
    name: Any = Annotated[str, Field(pattern=NAME_PATTERN)]

    def named(values: Any, of: type[Event] | type[Scenario], field: str) -> Any:
        about = of.model_fields[field].description
        return Mapping[name, values], Field(default={}, max_length=MAXIMUM_POLICIES, description=about)

    event: Any = create_model("Event", __base__=Event, introduce=named(policy, Event, "introduce"))
    form: type[Scenario] = create_model(
        "Scenario",
        __base__=ExtendedScenario,
        policies=named(policy, Scenario, "policies"),
        events=named(event, Scenario, "events"),
    )
    form.extensions = extensions
    return form
