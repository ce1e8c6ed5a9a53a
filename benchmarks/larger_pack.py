"""A region pack with four times as many units, facilities and companies, together as large as before."""

import dataclasses

import numpy as np
import pandas as pd

from tanlu.region.pack import Region

TIMES = 4
# Of each table the columns that tell rows apart, the one that says how large they are, and whose they are.
SPLIT = {
    "power_units": (("unit_id", "name_en", "name_zh"), "capacity_mw"),
    "power_units_past": (("unit_id",), "capacity_mw"),
    "facilities": (("facility_id", "name_en", "name_zh"), "capacity_kt_per_year"),
    "owners": (("owner_id", "name_en", "name_zh"), "initial_cash_bn_cny"),
}


def split(table: pd.DataFrame, names: tuple[str, ...], size: str) -> pd.DataFrame:
    """Return every row as `TIMES` rows that share its size; the first keeps its name."""
    copies = table.loc[np.repeat(table.index, TIMES)].reset_index(drop=True)
    number = np.tile(np.arange(TIMES), len(table))
    for name in {*names, "owner_id"} & set(table.columns):
        copies[name] = [f"{value}_{n}" if n else value for value, n in zip(copies[name], number, strict=True)]
    copies[size] = copies[size] / TIMES
    return copies


def larger(region: Region) -> Region:
    """Return a pack whose units, facilities and companies each are `TIMES` of a quarter of the size."""
    tables = {name: split(region.tables[name], *columns) for name, columns in SPLIT.items()}
    return dataclasses.replace(region, tables={**region.tables, **tables})
