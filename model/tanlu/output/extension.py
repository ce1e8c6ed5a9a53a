"""Extensions: rules, kinds of agents, policies, indicators and tables from outside, given as objects or as files."""

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import ExtensionError, nearest, printable
from tanlu.inputs.types import NAME_PATTERN
from tanlu.ledger.columns import Column
from tanlu.output.extension_files import CodeFile, files_of, load_installed, load_module
from tanlu.policies import KINDS
from tanlu.policies.base import Policy, kind_of

if TYPE_CHECKING:
    import pandas as pd

    from tanlu.core.mesa_classes import Agent
    from tanlu.finance.reviews import ReviewRule
    from tanlu.indicators.base import Indicator
    from tanlu.simulation.run import Run

TABLES = (
    *("indicators", "plants", "decisions", "closed_options"),
    *("capture_costs", "unit_margins", "adoption_shares", "electricity_months", "flows", "dispatch"),
    *("companies", "lenders", "loans", "refusals", "reviews", "auctions", "book"),
)

type TableOfRun = "Callable[[Run], Mapping[str, Column] | pd.DataFrame | None]"


@dataclass(frozen=True, eq=False)
class Extension:
    """What comes from outside, in one object; the model's own files stay as they are.

    Raises:
        ExtensionError: if a part is not what it should be.
    """

    name: str
    """What `needs` in a scenario, the manifest and messages call it."""

    populations: "Mapping[str, type[Agent]]" = MappingProxyType({})
    """Classes in place of the model's own, by name of the kind (`tanlu list kinds`)."""

    agents: "tuple[type[Agent], ...]" = ()
    """Kinds in addition; their methods `after_<phase>(view, year)` follow phases (`tanlu list phases`)."""

    policies: tuple[type[Policy], ...] = ()
    """Kinds of policy that scenario files may hold."""

    indicators: "tuple[Indicator, ...]" = ()
    """What is measured in addition."""

    regulators: "Mapping[str, type[ReviewRule]]" = MappingProxyType({})
    """Rules by which regulators review their policies: `national`, and provinces by name."""

    tables: tuple[TableOfRun, ...] = ()
    """Functions that make a table of a finished run; a table has the name of its function."""

    def __post_init__(self) -> None:
        """Refuse what cannot work before anything runs."""
        from tanlu.simulation.kinds import list_kinds

        import_module("tanlu.simulation.model")  # whose methods are the phases

        if not re.fullmatch(NAME_PATTERN, str(self.name)):
            raise ExtensionError(build_message("no_name_of_extension", name=printable(str(self.name))))
        list_kinds(self.populations, self.agents)
        for policy in self.policies:
            _check_policy(policy)
        for province, rule in self.regulators.items():
            if not (isinstance(rule, type) and callable(getattr(rule, "review", None))):
                raise ExtensionError(
                    build_message(
                        "not_a_rule", province=printable(str(province)), given=printable(repr(rule))
                    )
                )
        for table in self.tables:
            _check_name("thing_table", getattr(table, "__name__", ""), TABLES)


def _check_policy(policy: type[Policy]) -> None:
    """Refuse a kind of policy without a name or an explanation."""
    if not (isinstance(policy, type) and issubclass(policy, Policy)):
        raise ExtensionError(build_message("not_a_policy", given=printable(repr(policy))))
    class_name = policy.__name__
    kind = kind_of(policy)
    if not kind:
        raise ExtensionError(build_message("policy_lacks_kind", policy=class_name))
    _check_name("thing_policy", kind, KINDS)
    for text in ("title", "summary"):
        if not {"en", "zh"} <= set(getattr(policy, text, ())):
            raise ExtensionError(build_message("policy_lacks", policy=class_name, text=text))


def _check_name(thing: str, name: str, reserved_names: Any) -> None:
    if not re.fullmatch(NAME_PATTERN, name):
        raise ExtensionError(build_message("no_name_of", name=printable(name), thing=build_message(thing)))
    if name in reserved_names:
        raise ExtensionError(build_message("name_taken", thing=build_message(thing), name=name))


@dataclass(frozen=True)
class Extensions:
    """The extensions of a run, together, with the files they are made of."""

    members: tuple[Extension, ...] = ()
    files: Mapping[str, tuple[CodeFile, ...]] = field(default_factory=dict)  # by name of the extension

    @cached_property
    def populations(self) -> "dict[str, type[Agent]]":
        """Classes in place of the model's own, by name of the kind."""
        return {name: agent for extension in self.members for name, agent in extension.populations.items()}

    @cached_property
    def agents(self) -> "tuple[type[Agent], ...]":
        """Kinds in addition."""
        return tuple(agent for extension in self.members for agent in extension.agents)

    @cached_property
    def indicators(self) -> "tuple[Indicator, ...]":
        """Indicators in addition."""
        return tuple(indicator for extension in self.members for indicator in extension.indicators)

    @cached_property
    def regulators(self) -> "dict[str, type[ReviewRule]]":
        """Rules of reviews, by name of the province."""
        return {name: rule for extension in self.members for name, rule in extension.regulators.items()}

    @cached_property
    def tables(self) -> dict[str, TableOfRun]:
        """Tables in addition, by name."""
        return {table.__name__: table for extension in self.members for table in extension.tables}

    def digests(self) -> list[dict[str, Any]]:
        """List the name and the file digests (sha-256) of each extension."""
        ordered = sorted(self.members, key=lambda extension: extension.name)
        return [
            {"name": extension.name, "files": {file.name: file.sha256 for file in self.files[extension.name]}}
            for extension in ordered
        ]

    def copies(self) -> dict[str, bytes]:
        """Map every file of every extension to its place in a result folder."""
        return {
            f"extensions/{name}/{file.name}": file.raw for name, files in self.files.items() for file in files
        }

    @contextmanager
    def blame(self) -> Iterator[None]:
        """Report an exception of an extension with its file, line and message."""
        paths = {str(file.path) for files in self.files.values() for file in files}
        try:
            yield
        except ExtensionError:
            raise
        except Exception as error:
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in paths]
            if not frames:
                raise
            place = {"file": frames[-1].filename, "line": frames[-1].lineno}
            raise ExtensionError(
                build_message("in_code", **place, what=f"{type(error).__name__}: {error}")
            ) from error


type Source = Extension | str | Path


def gather(sources: Sequence[Source]) -> Extensions:
    """Load extensions from objects, files, or names that packages offer.

    Raises:
        ExtensionError: if one cannot be read, is wrong, or does not go together with another.
    """
    if isinstance(sources, Extension | str | Path):
        raise ExtensionError(build_message("extensions_listed"))
    loaded = [_load(source) for source in sources]
    members = tuple(extension for extension, _ in loaded)
    _refuse_clashes(members)
    return Extensions(members, {extension.name: files for extension, files in loaded})


def load_extension(source: str | Path) -> Extension:
    """Load the extension of a file, or of an installed package by name.

    Raises:
        ExtensionError: if it cannot be read or is wrong.
    """
    return _load(source)[0]


def _load(source: Source) -> tuple[Extension, tuple[CodeFile, ...]]:
    if isinstance(source, Extension):
        return source, files_of(pieces_of(source))
    path = Path(source)
    if path.suffix != ".py" and not path.is_file():
        extension = load_installed(str(source))
        if not isinstance(extension, Extension):
            raise ExtensionError(build_message("offers_none", name=printable(str(source))))
        return extension, files_of(pieces_of(extension))
    module = load_module(path)
    candidates = [value for value in vars(module).values() if isinstance(value, Extension)]
    if len(set(map(id, candidates))) != 1:
        raise ExtensionError(build_message("must_hold_one", file=path, count=len(candidates)))
    return candidates[0], files_of((module, *pieces_of(candidates[0])))


def pieces_of(extension: Extension) -> tuple[Any, ...]:
    """List the classes and functions of an extension."""
    measures = [
        part for indicator in extension.indicators for part in (indicator.measure, indicator.weight) if part
    ]
    return (
        *extension.populations.values(),
        *extension.agents,
        *extension.policies,
        *extension.regulators.values(),
        *measures,
        *extension.tables,
    )


def _refuse_clashes(extensions: Sequence[Extension]) -> None:
    """Refuse two extensions of one name, or that give the same thing."""
    for thing, names in (
        ("thing_extension", [extension.name for extension in extensions]),
        ("thing_population", [name for extension in extensions for name in extension.populations]),
        ("thing_regulator", [name for extension in extensions for name in extension.regulators]),
        ("thing_policy", [kind_of(policy) for extension in extensions for policy in extension.policies]),
        (
            "thing_table",
            [getattr(table, "__name__", "") for extension in extensions for table in extension.tables],
        ),
        (
            "thing_indicator",
            [indicator.variable for extension in extensions for indicator in extension.indicators],
        ),
    ):
        duplicate = next((name for name in names if names.count(name) > 1), None)
        if duplicate is not None:
            raise ExtensionError(build_message("given_twice", thing=build_message(thing), name=duplicate))


def match_extensions(sources: Sequence[Source], manifest: Mapping[str, Any], folder: Path) -> list[Source]:
    """Select the extensions that a result was made with.

    Raises:
        ExtensionError: if one is missing, or is not the same to the last byte.
    """
    extensions = gather(sources)
    digests = {extension["name"]: extension["files"] for extension in extensions.digests()}
    for record in manifest.get("extensions", ()):
        name, copy = record["name"], folder / "extensions" / record["name"]
        if name not in digests:
            nearest_name = nearest(name, digests)
            hint = build_message("given_instead", name=nearest_name) if nearest_name else ""
            raise ExtensionError(build_message("made_with", folder=folder, name=name, hint=hint, copy=copy))
        differing = [file for file in record["files"] if digests[name].get(file) != record["files"][file]]
        differing += [file for file in digests[name] if file not in record["files"]]
        if differing:
            raise ExtensionError(
                build_message("extension_differs", name=name, folder=folder, file=differing[0], copy=copy)
            )
    names = {record["name"] for record in manifest.get("extensions", ())}
    return [
        source
        for source, extension in zip(sources, extensions.members, strict=True)
        if extension.name in names
    ]
