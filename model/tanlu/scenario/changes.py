"""Change a scenario by paths: `--set` of the command line, factors and levers of experiments, and Python."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tanlu.core.paths import CellPath, KeyPath, PathError, parse_path
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import Finding, Mark, ScenarioError, Source, diagnose, nearest, suggest
from tanlu.inputs.tree import OPERATIONS, plain_data
from tanlu.inputs.types import Schedule, Strict
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.region.catalogue import hydrology_years, plant_ids
from tanlu.region.factors.cells import Cells, Change, apply_change, find_cells
from tanlu.scenario.pack_changes import check_change, check_number
from tanlu.scenario.schema import Scenario, plain_scenario, scenario_from_dict

_SETTING = re.compile(r"((?:[^\[=]|\[[^\]]*\])+)=(.*)", re.DOTALL)  # the first `=` outside of brackets
BLOCKS = ("world", "policies", "pack")


def with_changes(scenario: Scenario, changes: Mapping[str, object], name: str = "changes") -> Scenario:
    """Change keys of a scenario and figures of its region pack.

    Args:
        scenario: stays as it is.
        changes: by path. A value replaces what is there, `{"factor": x}` multiplies it and `{"add": x}` adds to it.
        name: what messages call the changes.

    Raises:
        ScenarioError: with every fault found, each with its path.
    """
    data = plain_scenario(scenario)
    faults: list[Finding] = []
    changed_paths: set[str] = set()
    for text, change in changes.items():
        try:
            path = parse_path(text)
            if isinstance(path, CellPath):
                _change_pack(data, scenario.region, path, change, changed_paths)
            else:
                _change_key(data, scenario, path, change, changed_paths)
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
    """Read changes written as PATH=VALUE, values as in a scenario file.

    Raises:
        ScenarioError: if one has another form, or a path is given twice.
    """
    changes: dict[str, object] = {}
    for text in settings:
        match = _SETTING.fullmatch(text)
        reading = read_yaml(f"value: {match[2]}".encode(errors="surrogatepass"), name) if match else None
        value: Any = plain_data(reading.tree) if reading and reading.tree and not reading.findings else None
        if match is None or value is None or match[1].strip() in changes:
            is_repeated = match is not None and value is not None
            mark, key = Mark(Source(name, ""), 0, 0, 1), "bad-setting.twice" if is_repeated else "bad-setting"
            raise ScenarioError([diagnose(mark, key, text[:80], setting=text[:80])])
        changes[match[1].strip()] = value["value"]
    return changes


def _note_change(changed_paths: set[str], path: str, schedule_path: str) -> None:
    """Note that a path is changed, and refuse a second change.

    A year of a schedule and the whole schedule exclude each other.

    Raises:
        PathError: if it is.
    """
    has_changed_year = path == schedule_path and any(
        changed_path.startswith(f"{schedule_path}[") for changed_path in changed_paths
    )
    if path in changed_paths or schedule_path in changed_paths or has_changed_year:
        raise PathError("changed-twice", path=schedule_path)
    changed_paths.add(path)


def _change_pack(
    data: dict[str, Any], region: str, path: CellPath, change: object, changed_paths: set[str]
) -> None:
    """Enter a change of the pack, after those of the scenario."""
    cells, new_change = find_cells(region, path), check_change(change)
    pack: dict[str, Change] = data.setdefault("pack", {})
    key = str(cells.path)
    _note_change(changed_paths, key, key)
    if key in pack and isinstance(new_change, Mapping):
        new_change = _combine_changes(pack[key], new_change, cells)
    apply_change(cells, new_change, cells.values)
    pack[key] = new_change


def _combine_changes(first: Change, second: Mapping[str, float], cells: Cells) -> Change:
    """Combine two changes into one.

    Raises:
        PathError: if none does.
    """
    if len(cells.rows) == 1:
        (value,) = apply_change(cells, second, apply_change(cells, first, cells.values))
        assert value is not None, "a blank cell is refused"
        return value
    ((operation, amount),) = second.items()
    if not isinstance(first, Mapping) or operation not in first:
        first_kind = next(iter(first)) if isinstance(first, Mapping) else build_message("number")
        raise PathError("changed-twice.otherwise", how=first_kind)
    return {operation: first[operation] * amount if operation == "factor" else first[operation] + amount}


def _change_key(
    data: dict[str, Any], scenario: Scenario, path: KeyPath, change: object, changed_paths: set[str]
) -> None:
    """Enter a new value of a key, or of one year."""
    *parents, last = path.keys
    holder: Any = scenario
    block = data
    for key in parents:
        holder, block = _read_field(holder, key), block[key]
    old = _read_field(holder, last)
    _note_change(changed_paths, str(path), ".".join(path.keys))
    if path.year is None:
        block[last] = _apply_operation(old, change)
    elif isinstance(old, Schedule):
        schedule = Schedule(block[last])  # with the other years that are changed
        block[last] = _set_year(
            schedule, path.year, check_number(_apply_operation(schedule.value_in(path.year), change))
        )
    elif isinstance(old, Mapping):
        block[last] = {**block[last], path.year: change}
    else:
        raise PathError("bad-path.no_years", key=last, path=".".join(path.keys))


def read_value(scenario: Scenario, path: KeyPath) -> object:
    """Read the value under a path, or that of one year.

    Raises:
        PathError: if the path leads nowhere, with the nearest name.
    """
    value: Any = scenario
    for key in path.keys:
        value = _read_field(value, key)
    return value.value_in(path.year) if isinstance(value, Schedule) and path.year is not None else value


def _read_field(holder: Any, key: str) -> Any:
    """Read a field of a block of a scenario.

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
        names_advice = build_message("there_are", names=sorted(keys) or build_message("none"))
        raise PathError("unknown-key.path", key=key, advice=suggest(nearest(key, keys), names_advice))
    return fields[key]


def _apply_operation(old: object, change: object) -> Any:
    """Apply a change to a value; all years of a schedule change alike.

    Raises:
        PathError: if an operation is asked of what is no number.
    """
    if not isinstance(change, Mapping) or not set(change) <= OPERATIONS:
        return change
    operation = check_change(change)
    assert isinstance(operation, Mapping)
    ((operation_name, amount),) = operation.items()
    value = old.as_data() if isinstance(old, Schedule) else old
    if isinstance(value, bool) or not isinstance(value, int | float | dict):
        raise PathError("not-a-number.operation", how=operation_name)

    def compute_number(number: float) -> float:
        return number * amount if operation_name == "factor" else number + amount

    return (
        {year: compute_number(v) for year, v in value.items()}
        if isinstance(value, dict)
        else compute_number(value)
    )


def _set_year(old: Schedule, year: int, value: float) -> dict[int, float]:
    """Set one year among the points of a schedule.

    Other years that are given stay. A year that is not given moves alone: the years next to it are held.
    """
    points = old.as_data()
    points_by_year = dict(points) if isinstance(points, dict) else {}
    if year not in points_by_year:
        points_by_year = {year - 1: old.value_in(year - 1), year + 1: old.value_in(year + 1)} | points_by_year
    return dict(sorted({**points_by_year, year: value}.items()))
