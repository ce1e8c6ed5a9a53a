"""A pack as a Frictionless data package: its tables, the types and limits of their columns, and their keys."""

from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Any

from tanlu.core.axes import Axes
from tanlu.core.units import unit_of
from tanlu.region.catalogue import pack_folder, region_axes, region_settings
from tanlu.region.checks.cells import DAY
from tanlu.region.checks.names import FOREIGN_KEYS, LISTS, known_names
from tanlu.region.checks.sheets import Sheet, read_sheets
from tanlu.region.column_types import SWITCH, ColumnType, column_type
from tanlu.region.columns import RULES

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def data_package(region: str) -> dict[str, Any]:
    """Describe a pack as the content of a `datapackage.json`.

    Raises:
        RegionError: if there is no such pack.
    """
    folder, settings, axes = pack_folder(region), region_settings(region), region_axes(region)
    sheets, _ = read_sheets(folder)
    tables = {name: sheets[name] for name in RULES if name in sheets}
    names = _enumerate_names(tables, axes)
    present = {name for name in tables if (folder / f"{name}.csv").is_file()}  # others come from the layer
    return {
        "$schema": PROFILE,
        "name": str(settings["name"]),
        "title": str(settings["label"]["en"]),
        "version": str(settings["data_version"]),
        "resources": [_resource(tables[name], folder, names, present) for name in tables if name in present],
    }


def _enumerate_names(tables: Mapping[str, Sheet], axes: Axes) -> Mapping[tuple[str, str], Iterable[str]]:
    """Select names that columns may hold and no other table lists."""
    names_of_columns = known_names(tables, axes) if len(tables) == len(RULES) else {}
    return {
        place: names
        for place, names in names_of_columns.items()
        if place not in FOREIGN_KEYS and place[1] not in LISTS
    }


def _resource(
    sheet: Sheet, folder: Path, names: Mapping[tuple[str, str], Iterable[str]], present: Set[str]
) -> dict[str, Any]:
    rule = RULES[sheet.name]
    schema: dict[str, Any] = {
        "fields": [
            _field(sheet.name, column, names.get((sheet.name, column), ())) for column in sheet.columns
        ],
        "missingValues": [""],
    }
    if not {*rule.key} & {*rule.may_be_blank}:
        schema["primaryKey"] = list(rule.key)
    keys = [
        {"fields": [column], "reference": {"resource": foreign_table, "fields": [foreign_column]}}
        for (table, column), (foreign_table, foreign_column) in FOREIGN_KEYS.items()
        if table == sheet.name and foreign_table in present
    ]
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": sheet.name,
        "path": f"{sheet.name}.csv",
        "format": "csv",
        "encoding": "utf-8",
        "bytes": (folder / f"{sheet.name}.csv").stat().st_size,
        "schema": schema,
    }


def _field(table: str, column: str, names: Iterable[str]) -> dict[str, Any]:
    rule, kind = RULES[table], column_type(table, column)
    limits = _constraints(kind) | ({"enum": sorted({*names} - {""})} if {*names} - {""} else {})
    if column in (*rule.key, *rule.filled) and column not in rule.may_be_blank:
        limits["required"] = True
    unit = unit_of(column)
    return {
        "name": column,
        "type": _type(kind),
        **({"unit": unit.display, "description": unit.description} if unit else {}),
        **({"constraints": limits} if limits else {}),
    }


def _type(kind: ColumnType) -> str:
    if not kind.is_number or kind.words:
        return "string"
    return "number" if kind.kind == "number" else "integer"


def _constraints(kind: ColumnType) -> dict[str, Any]:
    if kind == SWITCH:
        return {"enum": [0, 1]}
    if kind.kind == "day":
        return {"pattern": DAY.pattern}
    if not kind.is_number or kind.words:
        return {}
    ends = {"minimum": kind.lowest, "maximum": kind.highest}
    whole = kind.kind == "whole"
    return {name: int(end) if whole else end for name, end in ends.items() if end is not None}
