"""The region packs that come with Tanlu, and the names in them that a scenario may use.

Read with the csv module: a whole pack takes pandas and a second, a check of names must not.
"""

import csv
from functools import cache
from typing import Any

import yaml

from tanlu.core.places import PACKS

DEFAULT_REGION = "chengyu"
_PLANT_TABLES = {"power_units.csv": "unit_id", "facilities.csv": "facility_id"}


@cache
def region_names() -> tuple[str, ...]:
    """Return the names of the packs that come with Tanlu."""
    return tuple(sorted(file.parent.name for file in PACKS.glob("*/region.yaml")))


@cache
def plant_ids(region: str) -> frozenset[str]:
    """Return the identifiers of every power unit and facility of a pack."""
    return frozenset(
        value for table, column in _PLANT_TABLES.items() for value in _cells(region, table, column)
    )


@cache
def hydrology_years(region: str) -> frozenset[int]:
    """Return the years whose monthly hydropower a pack has."""
    return frozenset(int(value) for value in _cells(region, "hydro.csv", "year") if value.isdecimal())


def _cells(region: str, table: str, column: str) -> list[str]:
    with (PACKS / region / table).open("r", encoding="utf-8") as stream:
        return [row[column] for row in csv.DictReader(stream)]


def region_settings(region: str) -> dict[str, Any]:
    """Return what a pack's `region.yaml` says: name, label, provinces, years, data version."""
    file = PACKS / region / "region.yaml"
    settings: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return settings
