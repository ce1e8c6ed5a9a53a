"""Forms of scenario files that know the kinds of policy of extensions, or keep those that are not at hand as data."""

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import ConfigDict, Field, create_model

from tanlu.core.schedules import PolicySchedule
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.inputs.tree import Node, build_tree, plain_data
from tanlu.inputs.types import NAME_PATTERN
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.policies import KINDS, Instrument
from tanlu.policies.base import Policy
from tanlu.policies.events import Event
from tanlu.scenario.extends import Chain, SourceFile, extend, read_chain
from tanlu.scenario.schema import Scenario, plain_scenario, read_saved_scenario

MAXIMUM_POLICIES = 100


class ScenarioExtension(Protocol):
    """What an extension adds to scenario files."""

    @property
    def name(self) -> str:
        """Its name under `needs` of a scenario."""

    @property
    def policies(self) -> Sequence[type[Policy]]:
        """Its kinds of policy."""


class PolicyAsData(Policy):
    """A policy of a kind that comes from an extension that is not at hand: kept as it is, but it cannot run."""

    model_config = ConfigDict(extra="allow")

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Refuse to run."""
        raise ExtensionError(build_message("policy_not_given", name=name, kind=self.kind))


class ExtendedScenario(Scenario):
    """A scenario whose form is made while Tanlu runs, so that another process cannot find it by name."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as plain data."""
        return rebuild_scenario, (plain_scenario(self), self.files)


def build_form(extensions: Sequence[ScenarioExtension]) -> type[Scenario]:
    """Build the form of scenario files with policies of extensions."""
    if not extensions:
        return Scenario
    kinds = tuple(kind for extension in extensions for kind in extension.policies)
    return _create_form(tuple(extension.name for extension in extensions), kinds)


def load_saved_scenario(path: Path) -> Scenario:
    """Read the scenario file of a result folder.

    Its region pack and its extensions may be gone since.

    Raises:
        ScenarioError: with every fault found.
    """
    chain = read_chain(path)
    return read_saved_scenario(chain, _build_form_of_data(chain.tree))


def read_saved_text(text: str, file: Path) -> Scenario:
    """Read a saved scenario from the text of its file.

    Raises:
        ScenarioError: with every fault found.
    """
    chain = extend(read_yaml(text.encode(), str(file)), (), file.parent)
    return read_saved_scenario(chain, _build_form_of_data(chain.tree))


def rebuild_scenario(data: Mapping[str, object], files: tuple[SourceFile, ...]) -> Scenario:
    """Rebuild a scenario from plain data that was checked before."""
    tree, faults = build_tree(data, "scenario")
    return read_saved_scenario(Chain(tree, files, faults, complete=True), _build_form_of_data(tree))


def _build_form_of_data(tree: Node | None) -> type[Scenario]:
    """Build a form for every kind of policy in the data."""
    data: Any = plain_data(tree) if tree else {}
    blocks = [data.get("policies") or {}]
    blocks += [event.get("introduce") or {} for event in (data.get("events") or {}).values()]
    kinds = {policy.get("kind") for block in blocks for policy in block.values()}
    unknown = sorted(kind for kind in kinds if isinstance(kind, str) and kind not in KINDS)
    return (
        _create_form(None, tuple(map(_create_data_policy, unknown)))
        if unknown or data.get("needs")
        else Scenario
    )


@cache
def _create_data_policy(kind: str) -> type[Policy]:
    kind_type: Any = Literal[kind]
    policy_type: type[Policy] = create_model(
        f"PolicyAsData_{kind}", __base__=PolicyAsData, kind=(kind_type, ...)
    )
    return policy_type


@cache
def _create_form(extensions: tuple[str, ...] | None, kinds: tuple[type[Policy], ...]) -> type[Scenario]:
    """Create a form with more kinds of policy.

    Without names of extensions it lets every kind pass.
    """
    policy: Any = Annotated[reduce(or_, kinds, Instrument), Field(discriminator="kind")]
    name: Any = Annotated[str, Field(pattern=NAME_PATTERN)]

    def create_field(values: Any, owner: type[Event] | type[Scenario], field: str) -> Any:
        description = owner.model_fields[field].description
        return Mapping[name, values], Field(default={}, max_length=MAXIMUM_POLICIES, description=description)

    event: Any = create_model("Event", __base__=Event, introduce=create_field(policy, Event, "introduce"))
    form: type[Scenario] = create_model(
        "Scenario",
        __base__=ExtendedScenario,
        policies=create_field(policy, Scenario, "policies"),
        events=create_field(event, Scenario, "events"),
    )
    form.extensions = extensions
    return form
