"""A region pack with the balance book of a past day: trade published by then, and what is fitted to it."""

import dataclasses
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.units import GWH_PER_TWH
from tanlu.evaluation.growth import fit_growth, read_capacity, with_growth
from tanlu.region.balance import RESIDUAL, corridor_gwh, select_published
from tanlu.region.hydro import years_of_normal_water
from tanlu.region.pack import Region
from tanlu.region.tables import Tables

LAST_PUBLICATION = "06-30"  # of the next year: until then the statistics of a year appear
YEARS_OF_SHAPE = 3  # whose mean is the usual monthly shape of a contract
PRICE_RESPONSIVE = ("price_responsive_import", "price_responsive_export")
NOT_GIVEN = ("wind_utilisation_hours", "solar_utilisation_hours")
GIVEN_ITEMS = ("consumption",)
LEAST_ONLINE, ALWAYS_ONLINE = "least_online_coal_share", "coal units always online"
YEARS_OF_LEAST_ONLINE = 3  # the first ones; later years test the share


class Fitted(NamedTuple):
    """A fitted figure, and the years of the rows it is fitted to."""

    subject: str
    value: str
    years: str


def frozen_tables(region: Region, year: int, export_growth: float = 0.0) -> tuple[Tables, tuple[Fitted, ...]]:
    """Select the tables of a pack as known after `year`.

    They come with what is fitted to them. Demand, water and capacity stay as observed: they are what the hindcast is
    conditional on. Contracts, and what closes the balance, are held at `year`; after it neighbours buy and sell at
    their prices, as in any free year.

    Args:
        region: the pack.
        year: last year whose statistics count.
        export_growth: of exports a year after `year`, as a share.

    Raises:
        ValueError: if no balance of that year was known by then, or growth cannot be fitted.
    """
    book, day = region.tables["power_balance"], _day(year)
    published = _until(select_published(book, day), year)
    residual = published[(published["item"] == RESIDUAL) & (published["year"] == year)]
    if set(residual["province"]) != set(region.axes.provinces):
        raise ValueError(f"no balance of {year} was known by {day}")
    later = range(year + 1, region.last_observed_year + 1)
    observed = book[book["item"].isin(GIVEN_ITEMS) & ~book.index.isin(published.index)]
    later_residuals = [
        residual.assign(year=y, energy_gwh=residual["energy_gwh"] * (1.0 + export_growth) ** (y - year))
        for y in later
    ]
    expected, shape = _expected(region, published, year, export_growth), _usual_shape(region, year)
    tables = dict(region.tables) | {
        "power_balance": pd.concat([published, *later_residuals, observed], ignore_index=True),
        "corridor_energy": expected,
        "corridor_shape": shape,
        "corridors": _trading_after(region.tables["corridors"], region.last_observed_year, year),
        "corridor_shape_observed": _until(region.tables["corridor_shape_observed"], year),
        "power_statistics": _without_weather(region.tables["power_statistics"], year),
        "load_outlook": _published_outlooks(region.tables["load_outlook"], year),
    }
    growth = fit_growth(read_capacity(region), year)
    tables["site_limits"] = with_growth(region.tables["site_limits"], growth)
    return MappingProxyType(tables), (
        *_fitted(region, published, residual, year, export_growth),
        *(
            Fitted(f"growth of {g}", fit.words, f"{min(fit.by_year)}-{max(fit.by_year)}")
            for g, fit in growth.items()
        ),
    )


def _fitted(
    region: Region, published: pd.DataFrame, residual: pd.DataFrame, year: int, growth: float
) -> tuple[Fitted, ...]:
    exports, lines = corridor_gwh(published), region.axes.export_lines
    twh = sum(gwh for (name, y), gwh in exports.items() if y == year and name in lines) / GWH_PER_TWH
    residual_twh = residual["energy_gwh"].sum() / GWH_PER_TWH
    online = years_of_least_online(region)
    return (
        Fitted(
            ALWAYS_ONLINE, f"{region.parameters[LEAST_ONLINE]:g} of capacity", f"{online[0]}-{online[-1]}"
        ),
        Fitted("exports line by line", f"{twh:.1f} TWh a year, growth {100 * growth:g} %", str(year)),
        Fitted("what closes the balance", f"{residual_twh:.1f} TWh a year", str(year)),
        Fitted("monthly shape of contracts", "mean", f"{year - YEARS_OF_SHAPE + 1}-{year}"),
        Fitted("wind and sun", "hours of the mean year of the profiles", "as the pack"),
    )


def frozen_region(region: Region, year: int, export_growth: float = 0.0) -> tuple[Region, tuple[Fitted, ...]]:
    """Freeze the pack as known after `year`; later years are free.

    Its tables are `frozen_tables`.
    """
    tables, fitted = frozen_tables(region, year, export_growth)
    settings = MappingProxyType({**region.settings, "last_observed_year": year})
    return dataclasses.replace(region, tables=tables, settings=settings), fitted


def _trading_after(corridors: pd.DataFrame, last: int, year: int) -> pd.DataFrame:
    """Let trade that begins after the last statistic begin after `year`.

    `last` is the year of that statistic.
    """
    begins = corridors["kind"].isin(PRICE_RESPONSIVE) & (corridors["from_year"] == last + 1)
    return corridors.assign(from_year=corridors["from_year"].mask(begins, year + 1))


def years_to_freeze(region: Region) -> tuple[int, ...]:
    """List the years that a pack can be frozen at.

    All growth can be fitted, and the balance was known soon after.
    """
    book, fits = region.tables["power_balance"], fit_growth(read_capacity(region), region.last_observed_year)
    first = max(sorted(fit.by_year)[1] for fit in fits.values())
    published = {
        year: select_published(book[(book["item"] == RESIDUAL) & (book["year"] == year)], _day(year))
        for year in range(first, region.last_observed_year)
    }
    return tuple(
        year for year, rows in published.items() if set(rows["province"]) == set(region.axes.provinces)
    )


def years_of_least_online(region: Region) -> range:
    """List the years to which the share always online is fitted.

    They lie before every date.
    """
    return range(region.first_observed_year, region.first_observed_year + YEARS_OF_LEAST_ONLINE)


def _day(year: int) -> str:
    """Return the day by which a year's statistics are out."""
    return f"{year + 1}-{LAST_PUBLICATION}"


def with_water_of(region: Region, water: Sequence[int], years: range) -> Region:
    """Replace the water of some years by the mean of others.

    It replaces factors, and spill per capacity.
    """
    hydro, spill = region.tables["hydro"], region.tables["hydro_spill"]
    other_rows = hydro[~hydro["year"].astype(str).isin([str(year) for year in years])]
    source = hydro[hydro["year"].astype(str).isin([str(year) for year in water])]
    mean = source.groupby(["province", "month"], as_index=False)["capacity_factor"].mean()
    spells, filling = region.tables["hydro_dry_spells"], region.tables["hydro_filling"]
    capacity, new_spill = _hydro_mw(region), spill.copy()
    for column in ("spilled_gwh", "without_use_gwh"):
        gwh = spill.set_index(["province", "year"])[column].astype(float).to_dict()
        usual = {
            p: float(np.mean([gwh[p, y] / capacity[p, y] for y in water])) for p in set(spill["province"])
        }
        new_spill[column] = [
            usual[p] * capacity[p, y] if y in years else gwh[p, y]
            for p, y in zip(spill["province"], spill["year"], strict=True)
        ]
    tables = dict(region.tables) | {
        "hydro": pd.concat([other_rows, *(mean.assign(year=str(year)) for year in years)], ignore_index=True),
        "hydro_spill": new_spill,
        "hydro_dry_spells": spells[~spells["year"].isin(list(years))],
        "hydro_filling": filling[~pd.to_datetime(filling["measured_on"]).dt.year.isin(list(years))],
    }
    return dataclasses.replace(region, tables=MappingProxyType(tables))


def _hydro_mw(region: Region) -> Mapping[tuple[str, int], float]:
    rows = region.tables["power_statistics"]
    rows = rows[rows["variable"] == "hydro_conventional_6_mw_and_up_capacity_mw"]
    return dict(
        zip(zip(rows["province"], rows["year"], strict=True), rows["value"].astype(float), strict=True)
    )


def _until(table: pd.DataFrame, year: int) -> pd.DataFrame:
    return table[table["year"] <= year]


def _published_outlooks(table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Select outlooks of load known after `year`; what came later is blank."""
    outlooks = table[table["published_on"] <= _day(year)]
    return outlooks.assign(came_twh=outlooks["came_twh"].where(outlooks["year"] <= year))


def _without_weather(table: pd.DataFrame, year: int) -> pd.DataFrame:
    return table[~(table["variable"].isin(NOT_GIVEN) & (table["year"] > year))]


def _expected(region: Region, published: pd.DataFrame, year: int, growth: float) -> pd.DataFrame:
    """Forecast the energy of each corridor after `year`.

    It is that of the year; exports grow, what stood not yet has none.
    """
    last_gwh = {name: gwh for (name, y), gwh in corridor_gwh(published).items() if y == year}
    rows = []
    for name in region.tables["corridor_energy"]["corridor_id"].unique():
        grows = growth if name in region.axes.export_lines else 0.0
        for y in range(year, region.last_observed_year + 1):
            rows.append((name, y, last_gwh.get(name, 0.0) * (1.0 + grows) ** (y - year)))
    return pd.DataFrame(rows, columns=["corridor_id", "year", "energy_gwh"])


def _usual_shape(region: Region, year: int) -> pd.DataFrame:
    """Compute the mean monthly shape of the last years.

    Groups without observed months have that of the pack.
    """
    observed, usual = region.tables["corridor_shape_observed"], region.tables["corridor_shape"]
    recent = observed[(observed["year"] <= year) & (observed["year"] > year - YEARS_OF_SHAPE)]
    mean = recent.groupby(["group", "month"], as_index=False)["share_of_year"].mean()
    other_groups: pd.DataFrame = usual[~usual["group"].isin(mean["group"].unique())]
    return pd.concat([pd.DataFrame(mean), other_groups], ignore_index=True)


def water_years(region: Region, year: int) -> tuple[int, ...]:
    """List the years of normal water up to `year`."""
    return tuple(y for y in years_of_normal_water(region.settings) if y <= year)
