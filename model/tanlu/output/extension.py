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
from tanlu.output.extension_files import CodeFile, files_of, installed, load_module
from tanlu.policies import KINDS
from tanlu.policies.base import Policy, kind_of

if TYPE_CHECKING:
    import pandas as pd

    from tanlu.core.mesa_classes import Agent
    from tanlu.indicators.base import Indicator
    from tanlu.simulation.run import Run

TABLES = (
    *("indicators", "plants", "decisions", "closed_options"),
    *("capture_costs", "unit_margins", "adoption_shares", "electricity_months", "flows", "dispatch"),
    *("companies", "lenders", "loans", "refusals"),
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
        for table in self.tables:
            _check_name("thing_table", getattr(table, "__name__", ""), TABLES)


def _check_policy(policy: type[Policy]) -> None:
    """Refuse a kind of policy that scenario files cannot name, or that nobody can have explained."""
    if not (isinstance(policy, type) and issubclass(policy, Policy)):
        raise ExtensionError(build_message("not_a_policy", given=printable(repr(policy))))
    where = policy.__name__
    kind = kind_of(policy)
    if not kind:
        raise ExtensionError(build_message("policy_lacks_kind", policy=where))
    _check_name("thing_policy", kind, KINDS)
    for text in ("title", "summary"):
        if not {"en", "zh"} <= set(getattr(policy, text, ())):
            raise ExtensionError(build_message("policy_lacks", policy=where, text=text))


def _check_name(thing: str, name: str, taken: Any) -> None:
    if not re.fullmatch(NAME_PATTERN, name):
        raise ExtensionError(build_message("no_name_of", name=printable(name), thing=build_message(thing)))
    if name in taken:
        raise ExtensionError(build_message("name_taken", thing=build_message(thing), name=name))


@dataclass(frozen=True)
class Extensions:
    """The extensions of a run, together, with the files they are made of."""

    given: tuple[Extension, ...] = ()
    files: Mapping[str, tuple[CodeFile, ...]] = field(default_factory=dict)  # by name of the extension

    @cached_property
    def populations(self) -> "dict[str, type[Agent]]":
        """Classes in place of the model's own, by name of the kind."""
        return {name: agent for one in self.given for name, agent in one.populations.items()}

    @cached_property
    def agents(self) -> "tuple[type[Agent], ...]":
        """Kinds in addition."""
        return tuple(agent for one in self.given for agent in one.agents)

    @cached_property
    def indicators(self) -> "tuple[Indicator, ...]":
        """Indicators in addition."""
        return tuple(indicator for one in self.given for indicator in one.indicators)

    @cached_property
    def tables(self) -> dict[str, TableOfRun]:
        """Tables in addition, by name."""
        return {table.__name__: table for one in self.given for table in one.tables}

    def digests(self) -> list[dict[str, Any]]:
        """Return the name of each extension and the sha-256 of each of its files, as the inputs hash counts them."""
        ordered = sorted(self.given, key=lambda one: one.name)
        return [
            {"name": one.name, "files": {file.name: file.sha256 for file in self.files[one.name]}}
            for one in ordered
        ]

    def copies(self) -> dict[str, bytes]:
        """Return every file of every extension by its place in a result folder."""
        return {
            f"extensions/{name}/{file.name}": file.raw for name, files in self.files.items() for file in files
        }

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Tell an exception that an extension raises with its file, line and message."""
        paths = {str(file.path) for files in self.files.values() for file in files}
        try:
            yield
        except ExtensionError:
            raise
        except Exception as error:
            frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename in paths]
            if not frames:
                raise
            place = {"file": frames[-1].filename, "line": frames[-1].lineno}
            raise ExtensionError(
                build_message("in_code", **place, what=f"{type(error).__name__}: {error}")
            ) from error


type Source = Extension | str | Path


def gather(sources: Sequence[Source]) -> Extensions:
    """Return extensions given as objects, as files, or by the name under which a package offers one.

    Raises:
        ExtensionError: if one cannot be read, is wrong, or does not go together with another.
    """
    if isinstance(sources, Extension | str | Path):
        raise ExtensionError(build_message("extensions_listed"))
    loaded = [_load(source) for source in sources]
    given = tuple(extension for extension, _ in loaded)
    _refuse_clashes(given)
    return Extensions(given, {extension.name: files for extension, files in loaded})


def load_extension(source: str | Path) -> Extension:
    """Return the extension of a file, or the one that an installed package offers under a name.

    Raises:
        ExtensionError: if it cannot be read or is wrong.
    """
    return _load(source)[0]


def _load(source: Source) -> tuple[Extension, tuple[CodeFile, ...]]:
    if isinstance(source, Extension):
        return source, files_of(_pieces(source))
    path = Path(source)
    if path.suffix != ".py" and not path.is_file():
        extension = installed(str(source))
        if not isinstance(extension, Extension):
            raise ExtensionError(build_message("offers_none", name=printable(str(source))))
        return extension, files_of(_pieces(extension))
    module = load_module(path)
    found = [value for value in vars(module).values() if isinstance(value, Extension)]
    if len(set(map(id, found))) != 1:
        raise ExtensionError(build_message("must_hold_one", file=path, count=len(found)))
    return found[0], files_of((module, *_pieces(found[0])))


def _pieces(extension: Extension) -> tuple[Any, ...]:
    """Return the classes and functions that an extension is made of."""
    measures = [part for one in extension.indicators for part in (one.measure, one.weight) if part]
    return (
        *extension.populations.values(),
        *extension.agents,
        *extension.policies,
        *measures,
        *extension.tables,
    )


def _refuse_clashes(given: Sequence[Extension]) -> None:
    """Refuse two extensions of one name, or that give the same thing."""
    for thing, names in (
        ("thing_extension", [one.name for one in given]),
        ("thing_population", [name for one in given for name in one.populations]),
        ("thing_policy", [kind_of(policy) for one in given for policy in one.policies]),
        ("thing_table", [getattr(table, "__name__", "") for one in given for table in one.tables]),
        ("thing_indicator", [indicator.variable for one in given for indicator in one.indicators]),
    ):
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ExtensionError(build_message("given_twice", thing=build_message(thing), name=twice))


def recorded(sources: Sequence[Source], manifest: Mapping[str, Any], folder: Path) -> list[Source]:
    """Return those of the extensions that a result was made with.

    Raises:
        ExtensionError: if one is missing, or is not the same to the last byte.
    """
    extensions = gather(sources)
    digests = {one["name"]: one["files"] for one in extensions.digests()}
    for one in manifest.get("extensions", ()):
        name, copy = one["name"], folder / "extensions" / one["name"]
        if name not in digests:
            near = nearest(name, digests)
            hint = build_message("given_instead", name=near) if near else ""
            raise ExtensionError(build_message("made_with", folder=folder, name=name, hint=hint, copy=copy))
        differing = [file for file in one["files"] if digests[name].get(file) != one["files"][file]]
        differing += [file for file in digests[name] if file not in one["files"]]
        if differing:
            raise ExtensionError(
                build_message("extension_differs", name=name, folder=folder, file=differing[0], copy=copy)
            )
    names = {one["name"] for one in manifest.get("extensions", ())}
    return [source for source, one in zip(sources, extensions.given, strict=True) if one.name in names]
