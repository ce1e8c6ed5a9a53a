"""Change a scenario by paths: `--set` of the command line, factors and levers of experiments, and Python."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tanlu.core.paths import CellPath, KeyPath, PathError, parse_path
from tanlu.core.words.said import said
from tanlu.inputs.diagnostics import Finding, Mark, ScenarioError, Source, diagnose, meant, nearest
from tanlu.inputs.tree import OPERATIONS, plain
from tanlu.inputs.types import Schedule, Strict
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.region.catalogue import hydrology_years, plant_ids
from tanlu.region.factors.cells import Cells, Change, cells_of, changed
from tanlu.scenario.pack_changes import checked_change, number
from tanlu.scenario.schema import Scenario, plain_scenario, scenario_from_dict

_SETTING = re.compile(r"((?:[^\[=]|\[[^\]]*\])+)=(.*)", re.DOTALL)  # the first `=` outside of brackets
BLOCKS = ("world", "policies", "pack")


def with_changes(scenario: Scenario, changes: Mapping[str, object], name: str = "changes") -> Scenario:
    """Return a scenario with other values of keys of its world and its policies, and of figures of its region pack.

    Args:
        scenario: stays as it is.
        changes: by path. A value replaces what is there, `{"factor": x}` multiplies it and `{"add": x}` adds to it.
        name: what messages call the changes.

    Raises:
        ScenarioError: with every fault found, each with its path.
    """
    data = plain_scenario(scenario)
    faults: list[Finding] = []
    seen: set[str] = set()
    for text, change in changes.items():
        try:
            path = parse_path(text)
            if isinstance(path, CellPath):
                _change_pack(data, scenario.region, path, change, seen)
            else:
                _change_key(data, scenario, path, change, seen)
        except PathError as error:
            mark = Mark(Source(name, ""), 0, 0, 1)
            faults.append(diagnose(mark, error.key, text, **dict(error.values)))
    if faults:
        raise ScenarioError(faults)
    checked = scenario_from_dict(data, None, plant_ids, hydrology_years, type(scenario), name)
    edited = scenario.model_copy(update={block: getattr(checked, block) for block in BLOCKS})
    # What is said of a value must not point at the one in a file that it replaces.
    return edited.with_source(scenario.files, checked.tree)


def read_changes(settings: Sequence[str], name: str = "--set") -> dict[str, object]:
    """Return changes that are written as PATH=VALUE, values as in a scenario file.

    Raises:
        ScenarioError: if one has another form, or a path is given twice.
    """
    changes: dict[str, object] = {}
    for text in settings:
        match = _SETTING.fullmatch(text)
        reading = read_yaml(f"value: {match[2]}".encode(errors="surrogatepass"), name) if match else None
        value: Any = plain(reading.tree) if reading and reading.tree and not reading.findings else None
        if match is None or value is None or match[1].strip() in changes:
            twice = match is not None and value is not None
            mark, key = Mark(Source(name, ""), 0, 0, 1), "bad-setting.twice" if twice else "bad-setting"
            raise ScenarioError([diagnose(mark, key, text[:80], setting=text[:80])])
        changes[match[1].strip()] = value["value"]
    return changes


def _once(seen: set[str], path: str, whole: str) -> None:
    """Refuse what is changed already, itself or as a `whole`, and note that it is.

    Raises:
        PathError: if it is.
    """
    part_of_it = path == whole and any(one.startswith(f"{whole}[") for one in seen)
    if path in seen or whole in seen or part_of_it:
        raise PathError("changed-twice", path=whole)
    seen.add(path)


def _change_pack(data: dict[str, Any], region: str, path: CellPath, change: object, seen: set[str]) -> None:
    """Enter a change of the pack; it acts on what the scenario has made of the same cells."""
    cells, then = cells_of(region, path), checked_change(change)
    pack: dict[str, Change] = data.setdefault("pack", {})
    key = str(cells.path)
    _once(seen, key, key)
    if key in pack and isinstance(then, Mapping):
        then = _both(pack[key], then, cells)
    changed(cells, then, cells.values)
    pack[key] = then


def _both(before: Change, then: Mapping[str, float], cells: Cells) -> Change:
    """Return one change that does what two do, one after the other.

    Raises:
        PathError: if none does.
    """
    if len(cells.rows) == 1:
        (value,) = changed(cells, then, changed(cells, before, cells.values))
        assert value is not None, "a blank cell is refused"
        return value
    ((operation, amount),) = then.items()
    if not isinstance(before, Mapping) or operation not in before:
        was = next(iter(before)) if isinstance(before, Mapping) else said("number")
        raise PathError("changed-twice.otherwise", how=was)
    return {operation: before[operation] * amount if operation == "factor" else before[operation] + amount}


def _change_key(
    data: dict[str, Any], scenario: Scenario, path: KeyPath, change: object, seen: set[str]
) -> None:
    """Enter a new value of a key, or of one year of its schedule."""
    *parents, last = path.keys
    holder: Any = scenario
    block = data
    for key in parents:
        holder, block = _step(holder, key), block[key]
    old = _step(holder, last)
    _once(seen, str(path), ".".join(path.keys))
    if path.year is None:
        block[last] = _operated(old, change)
    elif isinstance(old, Schedule):
        now = Schedule(block[last])  # with the other years that are changed
        block[last] = _with_year(now, path.year, number(_operated(now.at(path.year), change)))
    elif isinstance(old, Mapping):
        block[last] = {**block[last], path.year: change}
    else:
        raise PathError("bad-path.no_years", key=last, path=".".join(path.keys))


def value_at(scenario: Scenario, path: KeyPath) -> object:
    """Return what a scenario says under a path; of one year what its schedule has then.

    Raises:
        PathError: if the path leads nowhere, with the nearest name.
    """
    value: Any = scenario
    for key in path.keys:
        value = _step(value, key)
    return value.at(path.year) if isinstance(value, Schedule) and path.year is not None else value


def _step(holder: Any, key: str) -> Any:
    """Return what a block of a scenario has under a key.

    Raises:
        PathError: if it has nothing of that name, with the nearest one.
    """
    if isinstance(holder, Strict):
        keys, fields = list(type(holder).model_fields), vars(holder)
    elif isinstance(holder, Mapping):
        keys, fields = [str(name) for name in holder], dict(holder)
    else:
        raise PathError("bad-path.below", key=key)
    if key not in keys:
        there_are = said("there_are", names=sorted(keys) or said("none"))
        raise PathError("unknown-key.path", key=key, advice=meant(nearest(key, keys), there_are))
    return fields[key]


def _operated(old: object, change: object) -> Any:
    """Return what a change makes of a value; all years of a schedule change alike.

    Raises:
        PathError: if an operation is asked of what is no number.
    """
    if not isinstance(change, Mapping) or not set(change) <= OPERATIONS:
        return change
    operation = checked_change(change)
    assert isinstance(operation, Mapping)
    ((how, amount),) = operation.items()
    value = old.plain() if isinstance(old, Schedule) else old
    if isinstance(value, bool) or not isinstance(value, int | float | dict):
        raise PathError("not-a-number.operation", how=how)

    def acted(number: float) -> float:
        return number * amount if how == "factor" else number + amount

    return {year: acted(v) for year, v in value.items()} if isinstance(value, dict) else acted(value)


def _with_year(old: Schedule, year: int, value: float) -> dict[int, float]:
    """Return the points of a schedule with another value in one year.

    Other years that are given stay. A year that is not given moves alone: the years beside it are held.
    """
    points = old.plain()
    given = dict(points) if isinstance(points, dict) else {}
    if year not in given:
        given = {year - 1: old.at(year - 1), year + 1: old.at(year + 1)} | given
    return dict(sorted({**given, year: value}.items()))
