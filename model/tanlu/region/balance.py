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
# What a row counts. `context` rows stand outside of the balance; `within_consumption` rows are a part of consumption.
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
NOT_SERVED = "energy_not_served"  # by month; consumption is what was left after the cut
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
        """Compute generation less consumption: net export with the residual."""
        return self.generation - self.consumption

    @property
    def open_gwh(self) -> float:
        """Compute what the book leaves open; nothing, up to rounding."""
        return self.generation + self.imports - self.consumption - self.exports - self.residual


def annual_rows(book: pd.DataFrame) -> pd.DataFrame:
    """Select the annual rows of `power_balance.csv`."""
    return book[book["month"] == ANNUAL]


def annual_gwh(book: pd.DataFrame) -> dict[tuple[str, str, int], float]:
    """Read generation and use by (province, item, year), GWh.

    Of two scopes of an item the wider holds: all plants before enterprises above scale.
    """
    rows, energy_gwh = annual_rows(book), dict[tuple[str, str, int], float]()
    for scope in ("above_scale", "below_6_mw", "whole_society", "within_consumption", "all_plants"):
        scope_rows = rows[rows["scope"] == scope]
        keys = zip(scope_rows["province"], scope_rows["item"], scope_rows["year"].astype(int), strict=True)
        energy_gwh.update(zip(keys, scope_rows["energy_gwh"].astype(float), strict=True))
    return energy_gwh


def monthly_gwh(book: pd.DataFrame, item: str, provinces: Sequence[str]) -> Mapping[int, Floats]:
    """Read an item by month, GWh: year -> [P, month].

    Only years with rows of every month.
    """
    rows = book[(book["item"] == item) & (book["month"] != ANNUAL)]
    return {
        int(str(y)): by_month(rows_of_year, "energy_gwh", provinces)
        for y, rows_of_year in rows.groupby("year")
    }


def not_served_gwh(book: pd.DataFrame, provinces: Sequence[str]) -> Mapping[int, Floats]:
    """Read the energy that was cut, GWh: year -> [P, month].

    Only years with any.
    """
    rows, cuts_by_year = book[book["item"] == NOT_SERVED], dict[int, Floats]()
    cells = zip(
        rows["province"], rows["year"].astype(int), rows["month"].astype(int), rows["energy_gwh"], strict=True
    )
    for province, year, month, gwh in cells:
        cut = cuts_by_year.setdefault(year, np.zeros((len(provinces), MONTHS)))
        cut[provinces.index(province), month - 1] = float(gwh)
    return cuts_by_year


def consumption_gwh(book: pd.DataFrame, provinces: Sequence[str]) -> Floats:
    """Read consumption [year, P], GWh; flat after the last year."""
    rows = annual_rows(book)
    rows = rows[rows["item"] == "consumption"]
    return yearly_by_province(rows.rename(columns={"energy_gwh": "value"}), provinces)


def residual_gwh(book: pd.DataFrame, provinces: Sequence[str]) -> Floats:
    """Read the residual of each final year [year, P], GWh.

    It closes the balance; 0 in other years.
    """
    rows = annual_rows(book)
    rows = rows[(rows["item"] == RESIDUAL) & (rows["status"] == "final")]
    residual = np.zeros((DATA_YEARS.size, len(provinces)))
    for province, year, gwh in zip(rows["province"], rows["year"], rows["energy_gwh"], strict=True):
        residual[year_index(int(year)), provinces.index(province)] = float(gwh)
    return residual


def last_final_year(book: pd.DataFrame) -> int:
    """Find the last year before the first with a preliminary row."""
    years, preliminary = book["year"].astype(int), book["status"] == "preliminary"
    return int(years[preliminary].min()) - 1 if preliminary.any() else int(years.max())


def select_published(book: pd.DataFrame, day: str) -> pd.DataFrame:
    """Select the rows published by `day`, an ISO date."""
    return book[book["published_on"] <= day]


def corridor_gwh(book: pd.DataFrame) -> dict[tuple[str, int], float]:
    """Read the energy of corridors by (corridor, year), GWh, without transit."""
    rows, carried_gwh = annual_rows(book), dict[tuple[str, int], float]()
    for scope, sign in (("gross", 1.0), ("transit", -1.0)):
        scope_rows = rows[rows["scope"] == scope]
        cells = zip(scope_rows["item"], scope_rows["year"].astype(int), scope_rows["energy_gwh"], strict=True)
        for corridor, year, gwh in cells:
            carried_gwh[corridor, year] = carried_gwh.get((corridor, year), 0.0) + sign * float(gwh)
    return carried_gwh


def balances(tables: Tables, provinces: Sequence[str]) -> dict[tuple[str, int], BalanceYear]:
    """Build the balance of each province and year with a residual.

    They have consumption too.
    """
    book, corridors = tables["power_balance"], tables["corridors"]
    energy_gwh, carried_gwh = annual_gwh(book), corridor_gwh(book)
    balance_years = {}
    for province in provinces:
        outgoing, incoming = (
            tuple(corridors.loc[corridors[side] == province, "corridor_id"])
            for side in ("from_region", "to_region")
        )
        for year in sorted(y for p, item, y in energy_gwh if (p, item) == (province, RESIDUAL)):
            if (province, "consumption", year) in energy_gwh:
                balance_years[province, year] = BalanceYear(
                    generation=sum(energy_gwh.get((province, item, year), 0.0) for item in FUEL_ITEMS),
                    imports=sum(carried_gwh.get((name, year), 0.0) for name in incoming),
                    consumption=energy_gwh[province, "consumption", year],
                    exports=sum(carried_gwh.get((name, year), 0.0) for name in outgoing),
                    residual=energy_gwh[province, RESIDUAL, year],
                )
    return balance_years
