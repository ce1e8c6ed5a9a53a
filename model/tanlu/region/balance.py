"""The balance book of electricity: what was generated, used and sent each year, with the day each row was published."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.axes import MONTHS
from tanlu.region.tables import DATA_YEARS, Tables, by_month, year_index, yearly_by_province

ANNUAL = "annual"  # in the column `month`
RESIDUAL = "balance_residual"
KINDS = ("published", "derived", "residual")
STATUSES = ("final", "preliminary")
# What a row counts. `context` rows stand beside the balance; `within_consumption` rows are a part of consumption.
PLANTS = ("all_plants", "above_scale", "below_6_mw")
SCOPES = (
    *(*PLANTS, "above_scale_without_wind", "whole_society"),
    *("gross", "transit", "within_consumption", "context"),
)
FUEL_ITEMS = tuple(
    f"{fuel}_generation"
    for fuel in ("hydro", "thermal", "wind", "solar_utility", "solar_distributed", "small_hydro")
)
# What a published total of each scope is the sum of.
TOTAL_OF = {
    "above_scale": ("hydro_generation", "thermal_generation", "wind_generation", "solar_utility_generation"),
    "above_scale_without_wind": ("hydro_generation", "thermal_generation", "solar_utility_generation"),
}
ITEMS = (*FUEL_ITEMS, *("consumption", "network_losses", "pumping"), RESIDUAL)
NOT_SERVED = "energy_not_served"  # by month, beside consumption, which is what was left after the cut
CONTEXT_ITEMS = (NOT_SERVED, "total_generation", "net_export", "gross_export", "gross_import")


class BalanceYear(NamedTuple):
    """The balance of a province and year, GWh; imports and exports hold the flow between the provinces."""

    generation: float  # plants of all sizes
    imports: float
    consumption: float
    exports: float  # of the province's own generation
    residual: float  # as the book has it

    @property
    def net_export(self) -> float:
        """Return what generation leaves after consumption: net export of the statistics, with the residual."""
        return self.generation - self.consumption

    @property
    def open_gwh(self) -> float:
        """Return what the book leaves open; nothing, up to rounding."""
        return self.generation + self.imports - self.consumption - self.exports - self.residual


def annual_rows(book: pd.DataFrame) -> pd.DataFrame:
    """Return the annual rows of `power_balance.csv`."""
    return book[book["month"] == ANNUAL]


def annual(book: pd.DataFrame) -> dict[tuple[str, str, int], float]:
    """Return what each province generated and used by (province, item, year), GWh.

    Of two scopes of an item the wider holds: all plants before enterprises above scale.
    """
    rows, found = annual_rows(book), dict[tuple[str, str, int], float]()
    for scope in ("above_scale", "below_6_mw", "whole_society", "within_consumption", "all_plants"):
        of_scope = rows[rows["scope"] == scope]
        keys = zip(of_scope["province"], of_scope["item"], of_scope["year"].astype(int), strict=True)
        found.update(zip(keys, of_scope["energy_gwh"].astype(float), strict=True))
    return found


def monthly_gwh(book: pd.DataFrame, item: str, provinces: Sequence[str]) -> Mapping[int, Floats]:
    """Return an item by month, GWh: year -> [P, month]; only years with rows of every month."""
    rows = book[(book["item"] == item) & (book["month"] != ANNUAL)]
    return {int(str(y)): by_month(mine, "energy_gwh", provinces) for y, mine in rows.groupby("year")}


def not_served_gwh(book: pd.DataFrame, provinces: Sequence[str]) -> Mapping[int, Floats]:
    """Return the energy that was asked for and cut, GWh: year -> [P, month]; only years with any."""
    rows, found = book[book["item"] == NOT_SERVED], dict[int, Floats]()
    cells = zip(
        rows["province"], rows["year"].astype(int), rows["month"].astype(int), rows["energy_gwh"], strict=True
    )
    for province, year, month, gwh in cells:
        cut = found.setdefault(year, np.zeros((len(provinces), MONTHS)))
        cut[provinces.index(province), month - 1] = float(gwh)
    return found


def consumption_gwh(book: pd.DataFrame, provinces: Sequence[str]) -> Floats:
    """Return consumption [year, P], GWh; flat after the last year."""
    rows = annual_rows(book)
    rows = rows[rows["item"] == "consumption"]
    return yearly_by_province(rows.rename(columns={"energy_gwh": "value"}), provinces)


def residual_gwh(book: pd.DataFrame, provinces: Sequence[str]) -> Floats:
    """Return what closes the balance of each final year [year, P], GWh; nothing in other years."""
    rows = annual_rows(book)
    rows = rows[(rows["item"] == RESIDUAL) & (rows["status"] == "final")]
    found = np.zeros((DATA_YEARS.size, len(provinces)))
    for province, year, gwh in zip(rows["province"], rows["year"], rows["energy_gwh"], strict=True):
        found[year_index(int(year)), provinces.index(province)] = float(gwh)
    return found


def last_final_year(book: pd.DataFrame) -> int:
    """Return the last year before the first that has a preliminary row."""
    years, preliminary = book["year"].astype(int), book["status"] == "preliminary"
    return int(years[preliminary].min()) - 1 if preliminary.any() else int(years.max())


def published_by(book: pd.DataFrame, day: str) -> pd.DataFrame:
    """Return the rows that were published by `day`, an ISO date."""
    return book[book["published_on"] <= day]


def corridor_gwh(book: pd.DataFrame) -> dict[tuple[str, int], float]:
    """Return what each corridor carried by (corridor, year), GWh, without what only passes through the province."""
    rows, found = annual_rows(book), dict[tuple[str, int], float]()
    for scope, sign in (("gross", 1.0), ("transit", -1.0)):
        of_scope = rows[rows["scope"] == scope]
        cells = zip(of_scope["item"], of_scope["year"].astype(int), of_scope["energy_gwh"], strict=True)
        for corridor, year, gwh in cells:
            found[corridor, year] = found.get((corridor, year), 0.0) + sign * float(gwh)
    return found


def balances(tables: Tables, provinces: Sequence[str]) -> dict[tuple[str, int], BalanceYear]:
    """Return the balance of every province and year that has consumption and a residual."""
    book, corridors = tables["power_balance"], tables["corridors"]
    of, carried = annual(book), corridor_gwh(book)
    found = {}
    for province in provinces:
        sent, received = (
            tuple(corridors.loc[corridors[side] == province, "corridor_id"])
            for side in ("from_region", "to_region")
        )
        for year in sorted(y for p, item, y in of if (p, item) == (province, RESIDUAL)):
            if (province, "consumption", year) in of:
                found[province, year] = BalanceYear(
                    generation=sum(of.get((province, item, year), 0.0) for item in FUEL_ITEMS),
                    imports=sum(carried.get((name, year), 0.0) for name in received),
                    consumption=of[province, "consumption", year],
                    exports=sum(carried.get((name, year), 0.0) for name in sent),
                    residual=of[province, RESIDUAL, year],
                )
    return found
