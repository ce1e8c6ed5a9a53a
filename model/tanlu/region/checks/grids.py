"""Which combinations of names, years, months and hours a table must hold."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from tanlu.core.axes import (
    COHORT_SECTORS,
    CUSTOMERS,
    HYDRO_FUELS,
    LARGE_HYDRO_FUELS,
    MONTHS,
    RENEWABLE_FUELS,
    SECTORS,
    THERMAL_FUELS,
    Axes,
)
from tanlu.inputs.diagnostics import Finding, build_table_finding
from tanlu.region.balance import ANNUAL, FUEL_ITEMS, RESIDUAL
from tanlu.region.checks.absent import NEEDED_BY_LINES, OPTIONAL
from tanlu.region.checks.keys import as_key
from tanlu.region.checks.names import ALL_SECTORS, CONTRACTS, IMPORTS
from tanlu.region.checks.sheets import Sheet, Sheets
from tanlu.region.cofiring import TECHNOLOGY
from tanlu.region.demand import INDEXED_PARTS, PROFILED_PARTS, STATISTIC_GROUPS, VEHICLE_PROFILES
from tanlu.region.hydro import MONTHLY_HYDRO, years_of_normal_water
from tanlu.region.industry import BLOCK_DRIVER, NEEDED_PRODUCTS
from tanlu.region.power import BUILDABLE, PRICED_FUELS, SITE_LIMITS, WIND_POTENTIALS
from tanlu.region.tariffs import TARIFF_ITEMS
from tanlu.region.waste import DRIVER as WASTE_DRIVER

MONTH_NUMBERS, HOUR_NUMBERS = range(1, MONTHS + 1), range(24)
# What each group of the official capacity totals is made of.
CAPACITY_GROUPS = {
    "thermal": THERMAL_FUELS,
    "hydro": (*HYDRO_FUELS, "pumped_storage"),
    "hydro_conventional_6_mw_and_up": LARGE_HYDRO_FUELS,
    "wind": ("wind",),
    "solar_utility": ("solar_utility",),
    "solar_distributed": ("solar_distributed",),
}
# Official figures needed of every province and observed year.
STATISTICS = (
    *(f"{group}_capacity_mw" for group in CAPACITY_GROUPS),
    "thermal_utilisation_hours",
)
# Official figures needed of every province and observed year before the base year; the sun has none in the first.
PAST_STATISTICS = (
    *("thermal_capacity_mw", "hydro_capacity_mw", "hydro_conventional_6_mw_and_up_capacity_mw"),
    *("wind_capacity_mw", "thermal_utilisation_hours"),
)
# Items of the balance book needed of every province in the observed years, and in those before the base year.
BALANCE_ITEMS = (*FUEL_ITEMS, "consumption", RESIDUAL)
PAST_BALANCE_ITEMS = ("thermal_generation", "hydro_generation", "wind_generation", "consumption", RESIDUAL)


class Grid(NamedTuple):
    """Combinations a table must hold: for each combination of `outer_columns`, all of `required_names`."""

    table: str
    outer_columns: tuple[str, ...]
    required_names: Mapping[str, Iterable[object]]


class _Corridor(NamedTuple):
    name: str
    kind: str
    group: str
    sender: str


def find_gaps(sheets: Sheets, settings: Mapping[str, Any], axes: Axes) -> Iterator[Finding]:
    """Yield the combinations that a table lacks; an optional one may have no rows at all."""
    may_be_empty = {*OPTIONAL} - {*NEEDED_BY_LINES}
    for grid in _grids(sheets, settings, axes):
        if sheets[grid.table].lines or grid.table not in may_be_empty:
            yield from _find_gaps(sheets[grid.table], grid)


def _grids(sheets: Sheets, settings: Mapping[str, Any], axes: Axes) -> Iterator[Grid]:
    years = range(int(settings["base_year"]), int(settings["last_observed_year"]) + 1)
    past = range(int(settings["first_observed_year"]), int(settings["base_year"]))
    contracts = [row for row in _corridors(sheets) if row.kind in CONTRACTS]
    groups = tuple(dict.fromkeys(row.group for row in contracts if row.group))
    months: Mapping[str, Iterable[object]] = {"month": MONTH_NUMBERS}
    hours = {**months, "hour": HOUR_NUMBERS}
    provinces: Mapping[str, Iterable[object]] = {"province": axes.provinces}
    yield Grid("hydro", ("province", "year"), months)
    yield Grid(
        "hydro",
        (),
        {**provinces, "year": sorted({*years_of_normal_water(settings), *past, *years}), **months},
    )
    yield Grid("hydro_spill", (), {**provinces, "year": sorted(set(sheets["hydro"].columns["year"]))})
    yield Grid("hydro_parameters", (), {**provinces, "parameter": MONTHLY_HYDRO, **months})
    yield Grid("thermal_maintenance", (), {**provinces, **months})
    yield Grid("thermal_obligations", (), {**provinces, **months})
    yield Grid("load_shape", (), {**provinces, "day_type": ("typical", "peak"), **hours})
    yield Grid("renewable_profiles", (), {**provinces, "technology": RENEWABLE_FUELS, **hours})
    yield Grid("corridor_energy", (), {"corridor_id": [row.name for row in contracts]})
    senders = dict.fromkeys(row.sender for row in _corridors(sheets) if row.kind in IMPORTS)
    yield Grid("grid_factors", (), {"region": tuple(senders)})
    neighbours = tuple(dict.fromkeys(sheets["neighbours"].columns["neighbour"]))
    yield Grid("neighbour_months", (), {"neighbour": neighbours, **months})
    yield Grid("corridor_shape", (), {"group": groups, **months})
    yield Grid("corridor_shape_observed", ("group", "year"), months)
    yield from _statistics_grids(sheets, settings, axes)
    yield from _economy_grids(sheets, settings, axes)


def _statistics_grids(sheets: Sheets, settings: Mapping[str, Any], axes: Axes) -> Iterator[Grid]:
    years = range(int(settings["base_year"]), int(settings["last_observed_year"]) + 1)
    past = range(int(settings["first_observed_year"]), int(settings["base_year"]))
    inventory_years = _inventory_years(sheets)
    provinces: Mapping[str, Iterable[object]] = {"province": axes.provinces}
    yield Grid("power_statistics", (), {**provinces, "variable": STATISTICS, "year": years})
    yield Grid("power_statistics", (), {**provinces, "variable": PAST_STATISTICS, "year": past})
    annual: Mapping[str, Iterable[object]] = {**provinces, "month": (ANNUAL,)}
    yield Grid("power_balance", (), {**annual, "item": BALANCE_ITEMS, "year": years})
    yield Grid("power_balance", (), {**annual, "item": PAST_BALANCE_ITEMS, "year": past})
    yield Grid(
        "power_balance", (), {**annual, "item": ("thermal_generation",), "year": (inventory_years[-1],)}
    )
    months_of_years = {"item": ("consumption",), "year": (*past, *years), "month": MONTH_NUMBERS}
    yield Grid("power_balance", (), {**provinces, **months_of_years})


def _economy_grids(sheets: Sheets, settings: Mapping[str, Any], axes: Axes) -> Iterator[Grid]:
    years = range(int(settings["base_year"]), int(settings["last_observed_year"]) + 1)
    inventory_years = _inventory_years(sheets)
    provinces: Mapping[str, Iterable[object]] = {"province": axes.provinces}
    yield Grid("fuel_prices", (), {**provinces, "fuel": PRICED_FUELS})
    yield Grid("products", (), {"product": NEEDED_PRODUCTS})
    yield Grid("fuel_factors", (), {"carrier": ("coal", "oil", "gas")})
    site_limits: Mapping[str, Iterable[object]] = {
        "technology": (*BUILDABLE, TECHNOLOGY),
        "parameter": SITE_LIMITS,
    }
    yield Grid("site_limits", (), {**provinces, **site_limits})
    wind_limits: Mapping[str, Iterable[object]] = {
        "technology": ("wind",),
        "parameter": WIND_POTENTIALS.values(),
    }
    yield Grid("site_limits", (), {**provinces, **wind_limits})
    yield Grid("technology_learning", (), {"technology": (*BUILDABLE, "capture")})
    yield Grid("inventory", (), {**provinces, "year": inventory_years, "sector": SECTORS})
    profiles = (*PROFILED_PARTS, *VEHICLE_PROFILES)
    yield Grid("demand_profiles", (), {"profile": profiles, "hour": HOUR_NUMBERS})
    yield Grid("demand_shares", (), {**provinces, "group": STATISTIC_GROUPS})
    yield Grid("tariffs", (), {**provinces, "customer": CUSTOMERS, "item": TARIFF_ITEMS})
    yield Grid("cohorts", (), {"sector": COHORT_SECTORS})
    yield Grid("drivers", ("driver",), provinces)
    driver = (WASTE_DRIVER, *BLOCK_DRIVER.values(), *(f"{part}_electricity_index" for part in INDEXED_PARTS))
    yield Grid("drivers", (), {"driver": driver})
    yield Grid("production", ("province", "product"), {"year": (inventory_years[-1], *years)})


def _inventory_years(sheets: Sheets) -> range:
    """List the years of the inventory by sector."""
    rows = sheets["inventory"].rows("sector", "year")
    years = [int(year) for sector, year in rows if sector != ALL_SECTORS]
    return range(min(years), max(years) + 1)


def _corridors(sheets: Sheets) -> list[_Corridor]:
    return [
        _Corridor(*row) for row in sheets["corridors"].rows("corridor_id", "kind", "group", "from_region")
    ]


def _find_gaps(sheet: Sheet, grid: Grid) -> Iterator[Finding]:
    """Yield a finding for each combination that a table lacks.

    Combinations of the first columns lack some names of the last one.
    """
    columns = (*grid.outer_columns, *grid.required_names)
    cells = [tuple(map(as_key, sheet.columns[column])) for column in columns]
    present = set(zip(*cells, strict=True))
    outer_cells = (
        dict.fromkeys(zip(*cells[: len(grid.outer_columns)], strict=True)) if grid.outer_columns else [()]
    )
    *outer, inner = grid.required_names.items()
    required = [str(value) for value in inner[1]]
    for start in outer_cells:
        for middle in product(*([str(value) for value in values] for _, values in outer)):
            missing = [value for value in required if (*start, *middle, value) not in present]
            if missing:
                place = ", ".join(f"{c} {v}" for c, v in zip(columns, (*start, *middle), strict=False))
                row = f"{place}{', ' if place else ''}{inner[0]} {', '.join(missing)}"
                sentence_values = {"row": row, "each": f"{inner[0]} {_range(required)}"}
                yield build_table_finding("gap", sheet.name, 0, inner[0], **sentence_values)


def _range(values: list[str]) -> str:
    return f"{values[0]} to {values[-1]}" if len(values) > 6 else ", ".join(values)
