"""What an extension sees and answers: every record with its values, read from the code that defines them.

The words are those of the source: the comment of a field says axes and meaning, its name ends with the unit, and
the docstring of a record names axes that all its fields share.
"""

import ast
import inspect
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAliasType, get_args, get_origin, get_type_hints

import yaml

import tanlu.simulation.model  # noqa: F401 whose methods the phases are
from tanlu.co2.market import CO2Buyer
from tanlu.core.units import UNITS, split_unit
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.finance.reviews import Decision, ReviewView
from tanlu.inputs.diagnostics import nearest, printable, suggest
from tanlu.investment.borrowers import BorrowersView, Earned
from tanlu.investment.population import Appraisal
from tanlu.power.trades import Load, Supply
from tanlu.records.year import YearRecord
from tanlu.region.pack import Region
from tanlu.simulation.course import YearView
from tanlu.simulation.phase_outcomes import PhaseOutcomes
from tanlu.state.added import Effect
from tanlu.state.added_uses import FuelUse

# Where each record is first looked for: what methods are given, then what they return.
ROOTS: Mapping[str, type[object]] = MappingProxyType(
    {
        "view": YearView,
        "record": YearRecord,
        "borrowers_view": BorrowersView,
        "review_view": ReviewView,
        "load": Load,
        "supply": Supply,
        "fuel_use": FuelUse,
        "co2_buyer": CO2Buyer,
        "effect": Effect,
        "appraisal": Appraisal,
        "earned": Earned,
        "decision": Decision,
    }
)
PLAIN_CLASSES = (PhaseOutcomes, Region)  # records that are no named tuples
# Axes that records use without naming them; what a record says of its own letters goes before.
AXES: Mapping[str, str] = MappingProxyType(
    {
        "P": "provinces, `view.region.axes.provinces`",
        "S": "sectors, `tanlu.core.axes.SECTORS`",
        "C": "carriers, `tanlu.core.axes.CARRIERS`, the last of processes; of the national market, its classes",
        "F": "fuels of power plants, `tanlu.core.axes.FUELS`",
        "Q": "uses of electricity, `tanlu.core.axes.PARTS`",
        "K": "technologies that can be built, `tanlu.region.power.BUILDABLE`; of customers, classes; of water, years",
        "G": "segments of road vehicles, `tanlu.core.axes.SEGMENTS`; of industry, products",
        "V": "technologies of road vehicles, `tanlu.core.axes.VEHICLE_TECHNOLOGIES`",
        "M": "methods of building, `tanlu.core.axes.BUILDING_METHODS`; of units, months; of auctions, sites",
        "N": "rows of the population, or of the record",
        "W": "companies, `view.region.finance.owners.ids`",
        "L": "lenders, `view.region.finance.lenders.ids`; of exports, `view.region.axes.export_lines`",
        "H": "CO2 hubs, `view.region.co2.hubs.ids`; of outlooks, years ahead",
        "J": "storage sites of CO2, `view.region.co2.stores.ids`",
        "E": "corridors of CO2 lines, `view.region.co2.corridors`",
        "B": "products that buy CO2, `view.region.co2.products.names`",
        "I": "lines of imports; of public money, its items",
        "X": "products, then vehicles",
        "T": "years ahead, the first is next year's",
        "A": "years in which capture begins",
        "D": "years of the tables of a pack, `tanlu.region.tables.DATA_YEARS`",
        "Y": "years",
        "R": "processes of industry, `view.region.industry.processes.names`",
        "U": "units",
        "Z": "zones of the electricity market, the provinces",
        "n": "rows that the record lists",
    }
)
UNITS_FILE = Path(__file__).with_name("units_of_values.yaml")
NUMBERS, WHOLE, OTHER = "numbers", "whole numbers", "other"


class Value(NamedTuple):
    """A value of a record."""

    name: str
    type: str  # as the code writes it
    axes: str  # such as `[P, S]`; empty for what is no array
    unit: str  # empty for what is no number
    meaning: str


class VisibleRecord(NamedTuple):
    """A record that an extension sees or returns."""

    path: str  # the shortest that leads to it
    name: str  # of the class
    summary: str
    values: tuple[Value, ...]


class _FieldSource(NamedTuple):
    """What the source says of a field or property."""

    annotation: str
    text: str


@cache
def list_records() -> tuple[VisibleRecord, ...]:
    """List all records, each where the shortest path leads to it."""
    return tuple(_read_record(path, kind) for kind, path in find_paths().items())


@cache
def find_paths() -> Mapping[type[object], str]:
    """Find the shortest path to every class of records from the first root that leads to it."""
    paths: dict[type[object], str] = {kind: path for path, kind in ROOTS.items()}
    for root, kind in ROOTS.items():
        waiting = [(root, kind)]
        while waiting:
            path, kind = waiting.pop(0)
            if paths.setdefault(kind, path) == path:
                for name, hint in _hints(kind).items():
                    waiting += _records_in(hint, f"{path}.{name}")
    return MappingProxyType(paths)


def _records_in(hint: Any, path: str) -> Iterator[tuple[str, type[object]]]:
    """Yield the classes of records in a type, each with the path that leads to it."""
    if isinstance(hint, TypeAliasType):
        yield from _records_in(hint.__value__, path)
        return
    if _is_record(hint):
        yield path, hint
        return
    arguments, origin = get_args(hint), get_origin(hint)
    for position, argument in enumerate(arguments):
        if origin is tuple:
            inner = f"{path}[{'n' if arguments[-1] is ... else position}]"
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            inner = f"{path}[name]"
        elif origin is Callable:
            inner = f"{path}()"
        else:
            inner = path
        yield from _records_in(argument, inner)


def _is_record(hint: Any) -> bool:
    return isinstance(hint, type) and (hasattr(hint, "_fields") or hint in PLAIN_CLASSES)


def _hints(kind: type[object]) -> Mapping[str, Any]:
    """Find the types of the fields and properties of a record."""
    hints = get_type_hints(kind)
    for name, member in vars(kind).items():
        getter = _getter(member)
        if getter is not None and not name.startswith("_"):
            hints[name] = get_type_hints(getter)["return"]
    return MappingProxyType(hints)


def _getter(member: object) -> Callable[..., Any] | None:
    """Return the function behind a property, of whichever kind."""
    return getattr(member, "fget", None) or getattr(member, "func", None)


def _read_record(path: str, kind: type[object]) -> VisibleRecord:
    summary = " ".join((inspect.getdoc(kind) or "").split())
    sources = _read_source(kind)
    values = tuple(
        _read_value(kind, name, hint, sources[name], summary) for name, hint in _hints(kind).items()
    )
    return VisibleRecord(path, kind.__name__, summary, values)


def _read_value(kind: type[object], name: str, hint: Any, source: _FieldSource, summary: str) -> Value:
    contents = _contents(hint)
    text, axes = source.text, ""
    if _is_array(hint):
        bracket = re.search(r"\[[^\]]*\]", text)
        axes = bracket.group() if bracket else _shared_axes(summary)
        text = text.removeprefix(axes).removesuffix(f"{axes}.").strip()
    unit = "" if contents == OTHER else _unit(kind.__name__, name) or ("number" if contents == WHOLE else "")
    if not text:
        records = [record for _, record in _records_in(hint, "")]
        text = (inspect.getdoc(records[0]) or "").split("\n")[0] if records else ""
    meaning = text or split_unit(name).stem.replace("_", " ")
    return Value(name, source.annotation, axes, unit, meaning.rstrip("."))


def _unit(record: str, name: str) -> str:
    """Find the unit of a number; empty if nobody says it."""
    units = _units_of_names()
    if unit := units.get(f"{record}.{name}"):
        return unit
    words = name.split("_")
    for start in range(len(words)):
        suffix = "_".join(words[start:])
        if suffix in UNITS:
            return UNITS[suffix].display
        parts = suffix.split("_per_")
        if all(part in UNITS for part in parts):
            return "/".join(UNITS[part].display for part in parts)
    return units.get(record, units.get(name, ""))


@cache
def _units_of_names() -> Mapping[str, str]:
    """Read the units of names without a suffix."""
    rows = yaml.safe_load(UNITS_FILE.read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: unit
            for unit, names in rows.items()
            for part in names
            for name in ([part] if isinstance(part, str) else part)
        }
    )


def _contents(hint: Any) -> str:
    """Tell whether a type holds numbers, whole numbers, or what has no unit."""
    if isinstance(hint, TypeAliasType):
        return _contents(hint.__value__)
    names = str(hint)
    if "float" in names.lower():
        return NUMBERS
    if re.search(r"\bint\b|int64|Integers", names):
        return WHOLE
    return OTHER


def _is_array(hint: Any) -> bool:
    return bool(re.search("Floats|Integers|Booleans|Codes|ndarray", str(hint), re.IGNORECASE))


def _shared_axes(summary: str) -> str:
    """Read the axes that all fields of a record share from its summary."""
    if brackets := re.findall(r"\[[^\]]*\]", summary):
        return " or ".join(brackets)
    if not (named := re.search(r"\b[Aa]x(i|e)s ([^.;]+)", summary)):
        return ""
    parts = named.group(2).split(", ")[: 1 if named.group(1) == "i" else None]
    axes = (part.split()[0] if part[0].isupper() or part[0] == "`" else part for part in parts)
    return f"[{', '.join(axes)}]"


def _read_source(kind: type[object]) -> Mapping[str, _FieldSource]:
    """Read annotation and words of each field and property from the source of a record."""
    source = textwrap.dedent(inspect.getsource(kind))
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef)
    sources: dict[str, _FieldSource] = {}
    last_line = 0
    for statement, following in zip(definition.body, [*definition.body[1:], None], strict=True):
        end = statement.end_lineno or statement.lineno
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            lines = range(last_line + 1, end + 1)
            text = " ".join(comments[line] for line in lines if line in comments)
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                text = text or str(following.value.value)
            sources[statement.target.id] = _FieldSource(ast.unparse(statement.annotation).strip("'"), text)
        elif isinstance(statement, ast.FunctionDef) and statement.returns is not None:
            first_line = (ast.get_docstring(statement) or "").split("\n")[0]
            sources[statement.name] = _FieldSource(ast.unparse(statement.returns).strip("'"), first_line)
        last_line = end
    return sources


def find_values(name: str) -> tuple[tuple[VisibleRecord, tuple[Value, ...]], ...]:
    """Find what a name stands for: a path, a class of records, or a value.

    A record comes with all its values, a value with the records that have it.

    Raises:
        UserError: if nothing has the name.
    """
    records = list_records()
    whole = [record for record in records if name in (record.path, record.name)]
    if whole:
        return tuple((record, record.values) for record in whole)
    matches = [
        (
            record,
            tuple(value for value in record.values if name in (value.name, f"{record.path}.{value.name}")),
        )
        for record in records
    ]
    if answer := tuple((record, values) for record, values in matches if values):
        return answer
    names = {
        known
        for record in records
        for known in (record.path, record.name, *(value.name for value in record.values))
    }
    advice = suggest(nearest(name, sorted(names)), build_message("view_lists"))
    raise UserError(build_message("nothing_in_view", name=printable(name), advice=advice))
