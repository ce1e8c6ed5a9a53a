"""The region packs that come with Tanlu or stand in a folder, and the names in them that a scenario may use.

Read with the csv module: a whole pack takes pandas and a second, a check of names must not.
"""

import csv
import io
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tanlu.core.axes import FIRST_DATA_YEAR, LAST_DATA_YEAR, MONTHS, Axes
from tanlu.core.places import PACKS
from tanlu.core.words.errors import UserError, explain_error
from tanlu.core.words.messages import Message, MessagePart, build_message
from tanlu.inputs.characters import forbidden_in_data

if TYPE_CHECKING:
    from tanlu.region.checks.layered_tables import LayeredTable

DEFAULT_REGION, TEMPLATE = "chengyu", "two_provinces"
SETTINGS, WORDS, BACKTESTS, SEAL = "region.yaml", "words.yaml", "backtests.yaml", "SHA256SUMS"
LAYER = "layer.yaml"  # in a folder of tables that packs extend, in place of settings
GROUPS = "assumption_groups.yaml"  # of figures that an experiment moves together; a pack may have none
# The columns of names, and of the years in which what is named closes.
_PLANT_TABLES = {
    "power_units": ("unit_id", "retired_year"),
    "facilities": ("facility_id", "end_year"),
}
_KEYS = (
    *("name", "label", "provinces", "base_year", "peak_days_per_month", "data_version"),
    *("first_observed_year", "last_observed_year", "mild_months", "cooling_months", "heating_months"),
    *("first_year_of_normal_water", "last_year_of_normal_water"),
    *("dry_months", "wet_months", "milestone_years"),
)
_YEAR = (
    (lambda value: _is_whole(value, 1980, LAST_DATA_YEAR)),
    build_message("a_year_to", last=LAST_DATA_YEAR),
)
_MONTHS = (lambda value: _are_whole(value, 1, MONTHS)), build_message("list_of_months", last=MONTHS)
_DAYS = 28  # of the shortest month
# What a setting may be, and in words.
_ALLOWED: Mapping[str, tuple[Callable[[Any], bool], Message]] = {
    **dict.fromkeys(("base_year", "first_observed_year", "last_observed_year"), _YEAR),
    **dict.fromkeys(("first_year_of_normal_water", "last_year_of_normal_water"), _YEAR),
    **{f"{season}_months": _MONTHS for season in ("mild", "cooling", "heating", "dry", "wet")},
    "milestone_years": (
        (lambda value: _are_whole(value, 1980, LAST_DATA_YEAR)),
        build_message("list_of_years"),
    ),
    "peak_days_per_month": (
        (lambda value: _is_whole(value, 1, _DAYS)),
        build_message("days_from_1", last=_DAYS),
    ),
    "name": ((lambda value: isinstance(value, str)), build_message("a_text")),
    "extends": ((lambda value: isinstance(value, str)), build_message("a_text")),
    "provinces": ((lambda value: _are_names(value)), build_message("list_of_names")),
    "label": (
        (lambda value: isinstance(value, Mapping) and {"en", "zh"} <= {*value}),
        build_message("texts_of_both"),
    ),
}
_ORDERED_YEARS = (
    ("first_observed_year", "base_year"),
    ("base_year", "last_observed_year"),
    ("first_year_of_normal_water", "last_year_of_normal_water"),
)
_FIRST_YEARS = ("base_year", "first_observed_year", "first_year_of_normal_water")


class RegionError(UserError):
    """A region pack cannot be read; the message says which table and why."""


def region_names() -> tuple[str, ...]:
    """List the names of the packs that come with Tanlu."""
    return tuple(sorted(file.parent.name for file in PACKS.glob(f"*/{SETTINGS}")))


def layer_names() -> tuple[str, ...]:
    """List the names of the layers that come with Tanlu."""
    return tuple(sorted(file.parent.name for file in PACKS.glob(f"*/{LAYER}")))


def pack_folder(region: str) -> Path:
    """Find the folder of a pack of Tanlu by name, else `region`.

    Raises:
        RegionError: if neither is a pack.
    """
    shipped = PACKS / region  # looked at by itself: paths into a pack ask thousands of times
    is_name = Path(region).name == region
    folder = shipped if is_name and (shipped / SETTINGS).is_file() else Path(region)
    if not (folder / SETTINGS).is_file():
        raise RegionError(build_message("no_pack", name=region, known=region_names(), file=SETTINGS))
    return folder


def layer_folder(folder: Path) -> Path | None:
    """Find the folder of the layer that a pack extends, by its name or its path; None of none.

    Raises:
        RegionError: if there is no such layer.
    """
    extended = _load_yaml(folder / SETTINGS).get("extends")
    if not isinstance(extended, str):
        return None
    for layer in (PACKS / extended, folder / extended):
        if (layer / LAYER).is_file():
            return layer
    reason = build_message("no_layer", name=extended, known=layer_names(), file=LAYER)
    raise _refusal(folder.name, SETTINGS, reason)


def has_table(folder: Path, name: str) -> bool:
    """Check whether a pack, or the layer that it extends, has a table."""
    layer = layer_folder(folder)
    return any((place / f"{name}.csv").is_file() for place in (folder, layer) if place)


def read_layered_table(folder: Path, name: str) -> "LayeredTable":
    """Read a table of a pack over that of its layer.

    Raises:
        OSError: if neither has it, or a file cannot be read.
    """
    from tanlu.region.checks.layered_tables import (  # here, so that help starts without
        LayeredTable,
        merge_tables,
    )

    layer = layer_folder(folder)
    own, lower = (folder / f"{name}.csv").absolute(), layer / f"{name}.csv" if layer else None
    if lower is None or not lower.is_file():
        return LayeredTable(own.read_bytes(), 0, ())
    if not own.is_file():
        return LayeredTable(lower.read_bytes(), 0, ())
    return merge_tables(name, own, own.stat().st_mtime_ns, lower, lower.stat().st_mtime_ns)


def find_pack(pack: str, base: Path) -> str | None:
    """Find a pack as scenarios hold it: its name or its folder.

    The path of a folder is counted from `base`; None if there is none.
    """
    if pack in region_names():
        return pack
    folder = (base / pack).resolve()
    return str(folder) if (folder / SETTINGS).is_file() else None


def region_settings(region: str) -> Mapping[str, Any]:
    """Read `region.yaml` of a pack: name, label, provinces, years, data version.

    Raises:
        RegionError: if there is no such pack, a key is missing or is no value for it, or it begins too early.
    """
    settings = _load_yaml(pack_folder(region) / SETTINGS)
    missing = [key for key in _KEYS if key not in settings]
    if missing:
        raise _refusal(region, SETTINGS, build_message("keys_missing", keys=missing))
    for key, value in settings.items():
        if key in _ALLOWED and not _ALLOWED[key][0](value):
            reason = build_message(
                "setting_wrong", key=key, given=repr(str(value)[:60]), allowed=_ALLOWED[key][1]
            )
            raise _refusal(region, SETTINGS, reason)
    for first, later in _ORDERED_YEARS:
        if int(settings[later]) < int(settings[first]):
            values = {"key": later, "given": settings[later], "first": first, "year": settings[first]}
            raise _refusal(region, SETTINGS, build_message("before_other", **values))
    early_keys = [key for key in _FIRST_YEARS if int(settings[key]) < FIRST_DATA_YEAR]
    if early_keys:
        reason = build_message(
            "too_early", key=early_keys[0], given=settings[early_keys[0]], first=FIRST_DATA_YEAR
        )
        raise _refusal(region, SETTINGS, reason)
    return MappingProxyType(settings)


def _refusal(region: str, file: str, reason: MessagePart) -> RegionError:
    return RegionError(build_message("of_pack_file", pack=region, file=file, what=reason))


def _unreadable_error(file: Path, reason: MessagePart) -> RegionError:
    sentence = build_message("unreadable", file=file.name, reason=reason)
    return RegionError(build_message("of_pack", pack=file.parent.name, what=sentence))


def _is_whole(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _are_names(values: Any) -> bool:
    is_list = isinstance(values, list) and bool(values)
    return is_list and all(isinstance(name, str) for name in values) and len({*values}) == len(values)


def _are_whole(values: Any, low: int, high: int) -> bool:
    return (
        isinstance(values, list) and bool(values) and all(_is_whole(number, low, high) for number in values)
    )


def region_axes(region: str) -> Axes:
    """Read the names and the base year of a pack.

    Raises:
        RegionError: if there is no such pack, or a file that says them cannot be read.
    """
    settings, folder = region_settings(region), pack_folder(region)
    words = _load_yaml(folder / WORDS)
    pack_labels = words.get("labels")
    labels: Mapping[str, Any] = pack_labels if isinstance(pack_labels, Mapping) else {}
    for name in (*settings["provinces"], words.get("region")):
        if not isinstance(labels.get(name), Mapping) or not {"en", "zh"} <= {*labels[name]}:
            raise _refusal(region, WORDS, build_message("no_label", name=name))
    from tanlu.region.checks.absent import OPTIONAL  # here, so that help starts without

    kinds = zip(*(_cells(folder, "corridors", name) for name in ("corridor_id", "kind")), strict=True)
    return Axes(
        provinces=tuple(map(str, settings["provinces"])),
        region=str(words["region"]),
        export_lines=tuple(corridor for corridor, kind in kinds if kind == "contract_export"),
        base_year=int(settings["base_year"]),
        last_observed_year=int(settings["last_observed_year"]),
        labels=MappingProxyType(labels),
        absent_tables=tuple(name for name in OPTIONAL if not has_table(folder, name)),
    )


def prefecture_labels(region: str) -> Mapping[str, Mapping[str, str]]:
    """Read labels of prefectures by name; none where the pack has none."""
    labels: Mapping[str, Mapping[str, str]] = _load_yaml(pack_folder(region) / WORDS).get("prefectures") or {}
    return labels


def process_labels(region: str) -> Mapping[str, Mapping[str, str]]:
    """Read labels of industrial processes by identifier, over those of the layer; none where neither has any."""
    folder = pack_folder(region)
    layer = layer_folder(folder)
    files = [*([layer / LAYER] if layer else []), folder / WORDS]
    return {
        name: label for file in files for name, label in (_load_yaml(file).get("processes") or {}).items()
    }


def backtest_settings(region: str) -> Mapping[str, Any]:
    """Read `backtests.yaml` of a pack.

    Raises:
        RegionError: if there is no such pack or file.
    """
    return MappingProxyType(_load_yaml(pack_folder(region) / BACKTESTS))


def plant_ids(region: str) -> frozenset[str]:
    """List the identifiers of power units and facilities of a pack."""
    folder = pack_folder(region)
    return frozenset(
        value for table, (column, _) in _PLANT_TABLES.items() for value in _cells(folder, table, column)
    )


def closing_years(region: str) -> Mapping[str, int]:
    """Read the closing years of power units and facilities, where given."""
    folder = pack_folder(region)
    years = (
        zip(*(_cells(folder, table, column) for column in columns), strict=True)
        for table, columns in _PLANT_TABLES.items()
    )
    return {name: int(year) for pairs in years for name, year in pairs if year.isdecimal()}


def hydrology_years(region: str) -> frozenset[int]:
    """List the years whose monthly hydropower a pack has."""
    values = _cells(pack_folder(region), "hydro", "year")
    return frozenset(int(value) for value in values if value.isdecimal())


def last_year_of_data(region: str) -> int:
    """Find the last year of drivers of demand; later years stay flat."""
    return max(int(year) for year in _cells(pack_folder(region), "drivers", "year") if year.isdecimal())


def _cells(folder: Path, table: str, column: str) -> tuple[str, ...]:
    """Read a column of a table as text."""
    try:
        return table_of(folder, table)[column]
    except KeyError as error:
        sentence = build_message("no_column", file=f"{table}.csv", column=column)
        raise RegionError(build_message("of_pack", pack=folder.name, what=sentence)) from error


def table_of(folder: Path, name: str) -> Mapping[str, tuple[str, ...]]:
    """Read the columns of a table of a pack as text, over those of its layer.

    Without rows if a pack may lack it and does.

    Raises:
        RegionError: if the file cannot be read.
    """
    from tanlu.region.checks.absent import OPTIONAL  # here, so that help starts without
    from tanlu.region.column_types import columns_of

    if name in OPTIONAL and not has_table(folder, name):
        return dict.fromkeys(columns_of(name), ())
    try:
        return _read_columns(read_layered_table(folder, name).content)
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise _unreadable_error(folder / f"{name}.csv", explain_error(error)) from error


@lru_cache(maxsize=2**7)
def _read_columns(content: bytes) -> Mapping[str, tuple[str, ...]]:
    heads, *rows = (row for row in csv.reader(io.StringIO(content.decode("utf-8"), newline="")) if row)
    cells = (
        zip(*(row + [""] * (len(heads) - len(row)) for row in rows), strict=True)
        if rows
        else [()] * len(heads)
    )
    return MappingProxyType(dict(zip(heads, map(tuple, cells), strict=False)))


def _load_yaml(file: Path) -> dict[str, Any]:
    """Read a YAML file of keys."""
    import yaml  # here, so that help starts without

    try:
        return _read_yaml(file, file.stat().st_mtime_ns)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _unreadable_error(file, explain_error(error)) from error


@cache
def _read_yaml(file: Path, changed_ns: int) -> dict[str, Any]:
    import yaml

    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise _unreadable_error(file, build_message("holds_no_keys"))
    if character := forbidden_in_data(content):
        raise _unreadable_error(file, build_message("holds_character", character=character))
    return content
