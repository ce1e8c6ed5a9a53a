"""Scenarios: which world and which policies a run assumes, read from a file or given as data."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import (
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from tanlu.core.axes import Axes
from tanlu.core.places import relative_path
from tanlu.inputs.diagnostics import Finding, Mark, ScenarioError, diagnose, nearest
from tanlu.inputs.messages import validate
from tanlu.inputs.tree import Node, build_tree, locate
from tanlu.inputs.types import (
    FIRST_YEAR,
    NAME_PATTERN,
    NamesOfPack,
    PackContext,
    RegionName,
    Strict,
    Years,
    axes_of,
    refuse,
)
from tanlu.inputs.yaml_reader import Reading, read_yaml, write_yaml
from tanlu.policies import AnyPolicy
from tanlu.policies.base import Policy, ProvinceName
from tanlu.policies.events import Event, add_place, amend_policies
from tanlu.policies.statutes import sort_events
from tanlu.region.catalogue import DEFAULT_REGION, find_pack, region_axes, region_names
from tanlu.region.factors.cells import Change
from tanlu.scenario.extends import Chain, SourceFile, extend, read_chain
from tanlu.scenario.pack_changes import MAXIMUM_CHANGES, AnyChange, check_changes
from tanlu.scenario.regulators import OwnerName, RegulatorBlock, check_instruments, check_members
from tanlu.scenario.world import World

MAXIMUM_REPLICATIONS = 1000
USUAL_YEARS = 40  # from the first year of a run to the last, where a scenario gives no years
# The random numbers' key has 32 bits for the seed; a larger one would be cut without a word.
MAXIMUM_SEED = 2**32 - 1

type Names[T] = Collection[T] | Callable[[str], Collection[T]] | None


class Label(Strict):
    """A scenario's title as people read it."""

    en: Annotated[str, Field(max_length=80)] = ""
    """Title in English."""

    zh: Annotated[str, Field(max_length=80)] = ""
    """Title in Chinese."""


class Outputs(Strict):
    """Which tables a result keeps besides the indicators."""

    dispatch: bool = False
    """Keep the hours of every year (two day types a month) in the table `dispatch`; large."""

    plants: bool = True
    """Keep the state of every plant in every year."""


class Scenario(Strict):
    """A world and the policies tried in it, for one region over some years."""

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    """Identifier of the scenario in file names and result tables."""

    label: Label = Label()
    """Title in English and Chinese."""

    region: RegionName = DEFAULT_REGION
    """Region pack that the scenario is about: the name of one that comes with Tanlu, or the path of a folder."""

    years: Years
    """Years of the run, such as 2020-2060; from the base year of the region pack over 40 years unless given."""

    seed: Annotated[int, Field(ge=0, le=MAXIMUM_SEED)] = 1
    """Seed of the random numbers; scenarios with the same seed share their chance events."""

    replications: Annotated[int, Field(ge=1, le=MAXIMUM_REPLICATIONS)] = 8
    """How often the run is repeated with other random numbers: a level is told as the mean of these draws with a band
    that says how often it holds a further one, an effect as the mean of pairs with its 95 % interval."""

    needs: Annotated[tuple[Annotated[str, Field(pattern=NAME_PATTERN)], ...], Field(max_length=100)] = ()
    """Extensions without which the scenario cannot run, by name; whoever runs it gives them, it never loads them."""

    world: World = World()
    """What the region cannot choose."""

    pack: Annotated[
        Mapping[Annotated[str, Field(max_length=500)], AnyChange], Field(max_length=MAXIMUM_CHANGES)
    ] = {}
    """Figures of the region pack that the scenario changes, by path: a number replaces, {factor: x} multiplies,
    {add: x} adds. `tanlu explain factors` lists the paths."""

    policies: Annotated[
        Mapping[Annotated[str, Field(pattern=NAME_PATTERN)], AnyPolicy], Field(max_length=100)
    ] = {}
    """Policies by name; a scenario that extends this one changes them, or switches them off, by name."""

    events: Annotated[Mapping[Annotated[str, Field(pattern=NAME_PATTERN)], Event], Field(max_length=100)] = {}
    """Changes of the policies that nobody knows of before the year in which they are decided, by name."""

    regulators: Annotated[Mapping[OwnerName, RegulatorBlock], Field(max_length=100)] = {}
    """Governments that review their policies against aims: `national`, and provinces by name."""

    joint: Annotated[tuple[ProvinceName, ...], NamesOfPack("provinces")] = ()
    """Provinces that review together: their aims add up, one price moves in all, and who does more than its part is
    paid by the others (docs/model/joint_action.md)."""

    outputs: Outputs = Outputs()
    """Tables to keep."""

    extensions: ClassVar[tuple[str, ...] | None] = ()
    """Those whose kinds of policy this form of scenarios knows; None where every one is kept as data."""

    _files: tuple[SourceFile, ...] = PrivateAttr(())
    _tree: Node | None = PrivateAttr(None)

    @model_validator(mode="before")
    @classmethod
    def _fill_in_years(cls, data: Any, info: ValidationInfo) -> Any:
        """Fill in the years of a run that gives none.

        Without a pack the scenario is refused anyway.
        """
        if not isinstance(data, Mapping):
            return data
        axes = axes_of(info)
        first = FIRST_YEAR if axes is None else axes.base_year
        return {"years": {"start": first, "end": first + USUAL_YEARS}} | dict(data)

    @field_validator("needs")
    @classmethod
    def _require_extensions(cls, needs: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a scenario whose extensions are not given."""
        missing = [name for name in needs if cls.extensions is not None and name not in cls.extensions]
        if missing:
            refuse("needs-extension", name=missing[0])
        return needs

    @field_validator("pack")
    @classmethod
    def _check_pack_changes(cls, changes: Mapping[str, Change], info: ValidationInfo) -> Mapping[str, Change]:
        """Check paths and values of changes of the pack, and sort them."""
        is_there = info.context is not None and info.context.pack_is_there
        return check_changes(changes, info.data.get("region") if is_there else None)

    @field_validator("events")
    @classmethod
    def _check_events(cls, events: Mapping[str, Event], info: ValidationInfo) -> Mapping[str, Event]:
        """Refuse changes that their policies do not allow, each at its place."""
        if cls.extensions is None:  # checked before it was saved
            return events
        policies: Mapping[str, Policy] = info.data.get("policies", {})
        faults: list[InitErrorDetails] = []
        for name in sort_events(events) if "policies" in info.data else ():
            try:
                policies = amend_policies(policies, events[name], info.context)
            except ValidationError as error:
                faults += add_place(error, (name,))
        if faults:
            raise ValidationError.from_exception_data("Scenario", faults)
        return events

    @field_validator("regulators")
    @classmethod
    def _check_regulators(
        cls, regulators: Mapping[str, RegulatorBlock], info: ValidationInfo
    ) -> Mapping[str, RegulatorBlock]:
        """Refuse instruments that their policies do not allow, each at its place."""
        if cls.extensions is not None and "policies" in info.data:  # else checked before it was saved
            faults = check_instruments(regulators, info.data["policies"], info.context)
            if faults:
                raise ValidationError.from_exception_data("Scenario", faults)
        return regulators

    @field_validator("joint")
    @classmethod
    def _check_joint(cls, members: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse a joint office of one, and members that do not review alike."""
        if members and cls.extensions is not None and "regulators" in info.data:
            check_members(members, info.data["regulators"], info.data.get("policies", {}))
        return members

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files this scenario was read from, with their digests; empty for data."""
        return self._files

    @property
    def tree(self) -> Node | None:
        """The tree it was read from, each value with its place.

        None in a scenario that another process sent.
        """
        return self._tree

    def with_source(self, files: tuple[SourceFile, ...], tree: Node | None) -> "Scenario":
        """Copy the scenario with another source."""
        copy = self.model_copy()
        copy._files, copy._tree = files, tree
        return copy

    def __getstate__(self) -> dict[Any, Any]:
        """Travel without the text of the files."""
        state = super().__getstate__()
        private = state["__pydantic_private__"] or {}
        return state | {"__pydantic_private__": private | {"_tree": None}}

    def title(self, language: Literal["en", "zh"]) -> str:
        """Choose the label in a language, else the other, else the name."""
        first, second = (self.label.zh, self.label.en) if language == "zh" else (self.label.en, self.label.zh)
        return first or second or self.name

    def __eq__(self, value: object) -> bool:
        """Compare what is assumed, not where it was read from."""
        if not isinstance(value, Scenario):
            return NotImplemented
        return self.model_dump() == value.model_dump()

    def __hash__(self) -> int:
        return hash(scenario_hash(self, {}))

    @property
    def reviewed_policies(self) -> frozenset[str]:
        """Names of the policies that regulators move."""
        blocks = (block for block in self.regulators.values() if block.enabled)
        return frozenset(name.partition(".")[0] for block in blocks for name in block.instruments)

    @property
    def active_policies(self) -> tuple[Policy, ...]:
        """The policies that are switched on, in the order of their names."""
        return tuple(self.policies[name] for name in sorted(self.policies) if self.policies[name].enabled)


def load_scenario(
    path: Path | str,
    known_plants: Names[str] = None,
    known_hydrology_years: Names[int] = None,
    form: type[Scenario] = Scenario,
) -> Scenario:
    """Read a scenario, a file or `tanlu:NAME`, with everything it extends.

    `known_plants` and `known_hydrology_years` are what the region pack has, as a collection or as a
    function of the region's name; without them such names are not checked. `form` may know more kinds of policy.

    Raises:
        ScenarioError: with every fault of every file involved.

    """
    return load_scenarios([path], known_plants, known_hydrology_years, form)[0]


def read_saved_scenario(chain: Chain, form: type[Scenario]) -> Scenario:
    """Read a scenario that was checked before it was saved or sent.

    Its region pack may be gone since.

    Raises:
        ScenarioError: with every fault found.
    """
    return _accept(_check(chain, None, None, form, pack_may_be_gone=True))


def load_scenarios(
    paths: Sequence[Path | str],
    known_plants: Names[str] = None,
    known_hydrology_years: Names[int] = None,
    form: type[Scenario] = Scenario,
) -> tuple[Scenario, ...]:
    """Read several scenarios and report the faults of all at once.

    Their names must differ.
    """
    checked = [_check(read_chain(path), known_plants, known_hydrology_years, form) for path in paths]
    findings = [fault for checked_file in checked for fault in checked_file.findings]
    findings += _find_duplicate_names(checked)
    scenarios = tuple(checked_file.scenario for checked_file in checked if checked_file.scenario)
    if findings:
        raise ScenarioError(tuple(dict.fromkeys(findings)))
    return scenarios


def scenario_from_text(
    text: str | bytes,
    file: str = "scenario",
    folder: Path | None = None,
    known_plants: Names[str] = None,
    known_hydrology_years: Names[int] = None,
) -> Scenario:
    """Read a scenario from YAML text; `file` is its name in messages.

    It may extend the files of `folder`, if one is given, and the scenarios that come with Tanlu.
    """
    raw = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    files = (SourceFile(file, hashlib.sha256(raw).hexdigest()),)
    return _accept(_check(extend(read_yaml(raw, file), files, folder), known_plants, known_hydrology_years))


def scenario_from_dict(
    data: Mapping[str, object],
    folder: Path | None = None,
    known_plants: Names[str] = None,
    known_hydrology_years: Names[int] = None,
    form: type[Scenario] = Scenario,
    name: str = "scenario",
) -> Scenario:
    """Build a scenario from Python data: keys of a file, integer years.

    Messages give `name` and the path of the value instead of a line. It may extend the files of `folder`,
    if one is given, and the scenarios that come with Tanlu.
    """
    tree, findings = build_tree(data, name)
    chain = extend(Reading(tree, findings), (), folder)
    return _accept(_check(chain, known_plants, known_hydrology_years, form))


def plain_scenario(scenario: Scenario) -> dict[str, Any]:
    """Dump a scenario as plain data with every default.

    Dicts, lists, numbers and text.
    """
    data = {key: _replace_tuples(value) for key, value in scenario.model_dump(exclude_none=True).items()}
    for key in (
        "pack",
        "regulators",
        "joint",
    ):  # what a scenario without them is known by is older than they are
        if not data[key]:
            del data[key]
    return data


def scenario_hash(scenario: Scenario, extra: Mapping[str, object]) -> str:
    """Compute 12 hex digits that identify a scenario's numbers.

    `extra` holds what else they depend on, such as the digests of code and data, as JSON data. The
    label and policies and events that are switched off do not count; the order of keys does not either.
    """
    data = plain_scenario(scenario)
    del data["label"], data["needs"]  # what is needed is among the rest, with its digest
    # A folder may stand anywhere: the digest of its data is among the rest.
    data["region"] = Path(data["region"]).name
    for key in ("policies", "events", "regulators"):
        data[key] = {name: block for name, block in data.get(key, {}).items() if block["enabled"]}
    for key in ("events", "regulators"):  # what a scenario without them is known by is older than they are
        if not data[key]:
            del data[key]
    content = {"scenario": data, "extra": extra}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def dump_scenario(scenario: Scenario, folder: Path | None = None) -> str:
    """Write a scenario as YAML that reads back as an equal one.

    Every default is written out.

    The path of a region pack is counted from `folder`, if one is given: a file there is read by others.
    """
    data = plain_scenario(scenario)
    if folder is not None and Path(data["region"]).is_absolute():
        data["region"] = relative_path(folder, data["region"])
    return write_yaml(data)


class _CheckedFile(NamedTuple):
    """One scenario, or what is wrong with it, and where its name stands."""

    scenario: Scenario | None
    findings: tuple[Finding, ...]
    name: Mark | None


def _check(
    chain: Chain,
    plants: Names[str],
    hydrology_years: Names[int],
    form: type[Scenario] = Scenario,
    *,
    pack_may_be_gone: bool = False,
) -> _CheckedFile:
    """Validate a chain of files.

    Keys that an unreadable file may hold are not missed.
    """
    if chain.tree is None:
        return _CheckedFile(None, chain.findings, None)
    place = locate(chain.tree, ("region",))
    region_node = place.node if place and place.path else None
    folder = Path(region_node.mark.source.file).parent if region_node else Path()
    pack = partial(find_pack, base=folder)
    region = pack(str(region_node.value)) if region_node else DEFAULT_REGION
    names_of_pack = PackContext(
        plants=partial(_list_names, plants, region),
        hydrology_years=partial(_list_names, hydrology_years, region),
        packs=region_names,
        pack=(lambda region_name: pack(region_name) or region_name) if pack_may_be_gone else pack,
        axes=_read_axes(region or nearest(str(region_node.value), region_names()) if region_node else region),
        pack_is_there=not pack_may_be_gone,
    )
    scenario, faults = validate(form, chain.tree, names_of_pack)
    if not chain.complete:
        faults = tuple(fault for fault in faults if fault.code != "missing-key")
    if scenario:
        scenario._files, scenario._tree = chain.files, chain.tree
    name = locate(chain.tree, ("name",))
    return _CheckedFile(
        scenario, _sort_findings((*chain.findings, *faults), chain.files), name.node.mark if name else None
    )


def _read_axes(region: str | None) -> Axes | None:
    """Read the axes of a pack, for the check of names.

    Those of the nearest pack serve to find the other faults too.
    """
    return region_axes(region) if region else None


def _list_names[T](names: Names[T], region: str | None) -> Collection[T] | None:
    """List the names of a region.

    None, which lets every name pass, for an unknown region.
    """
    if not callable(names):
        return names
    return None if region is None else names(region)


def _sort_findings(findings: Sequence[Finding], files: Sequence[SourceFile]) -> tuple[Finding, ...]:
    """Sort findings by file, line and column; the extending file first."""
    rank = {source.file: number for number, source in enumerate(files)}
    return tuple(
        sorted(
            findings,
            key=lambda finding: (rank.get(finding.place.file, 0), finding.place.line, finding.place.column),
        )
    )


def _accept(checked: _CheckedFile) -> Scenario:
    """Raise the faults of a scenario, if it has any."""
    if checked.findings or checked.scenario is None:
        raise ScenarioError(checked.findings)
    return checked.scenario


def _find_duplicate_names(checked: Sequence[_CheckedFile]) -> list[Finding]:
    """Report scenarios that share a name, and so their results."""
    first_marks: dict[str, Mark] = {}
    faults = []
    for checked_file in checked:
        if checked_file.scenario is None or checked_file.name is None:
            continue
        name = checked_file.scenario.name
        if name in first_marks:
            file = first_marks[name].source.file
            faults.append(diagnose(checked_file.name, "duplicate-name", "name", name=name, file=file))
        first_marks.setdefault(name, checked_file.name)
    return faults


def _replace_tuples(value: Any) -> Any:
    """Replace tuples of dumped data by lists."""
    if isinstance(value, Mapping):
        return {key: _replace_tuples(item) for key, item in value.items()}
    return [_replace_tuples(item) for item in value] if isinstance(value, list | tuple) else value
