"""What the tables of a region pack must hold, and what in them breaks these rules."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import pandas as pd

from tanlu.core.axes import (
    CUSTOMERS,
    FUELS,
    HYDRO_FUELS,
    LARGE_HYDRO_FUELS,
    MONTHS,
    RATIONING_TIERS,
    RENEWABLE_FUELS,
    SECTORS,
    SEGMENTS,
    THERMAL_FUELS,
    Axes,
)
from tanlu.inputs.diagnostics import Finding, in_table, nearest
from tanlu.region.balance import (
    ANNUAL,
    CONTEXT_ITEMS,
    FUEL_ITEMS,
    ITEMS,
    KINDS,
    RESIDUAL,
    SCOPES,
    STATUSES,
)
from tanlu.region.cofiring import TECHNOLOGY
from tanlu.region.columns import RULES, SOURCE_LIST
from tanlu.region.demand import INDEXED_PARTS, PROFILED_PARTS, STATISTIC_GROUPS, VEHICLE_PROFILES
from tanlu.region.factors.range_rules import range_problems
from tanlu.region.finance import EVERYWHERE, ISSUER_KINDS, licences
from tanlu.region.hydro import MONTHLY_HYDRO, years_of_normal_water
from tanlu.region.industry import BLOCK_DRIVER, NEEDED_PRODUCTS
from tanlu.region.power import BUILDABLE, PRICED_FUELS, SITE_LIMITS
from tanlu.region.tables import Tables
from tanlu.region.tariffs import REGULATED_ITEM, TARIFF_ITEMS
from tanlu.region.trade import VEHICLES

GRADES = ("A", "B", "C", "D")
SOURCE_TABLES = ("sources", "industry_sources")
COUNTRY = "China"
ALL_SECTORS = "TOTAL"  # inventory rows that are sums over the sectors
FIRST_LINE = 2  # of figures in a file: the header is line 1
MONTH_NUMBERS, HOUR_NUMBERS = range(1, MONTHS + 1), range(24)
CONTRACTS = ("contract_export", "contract_import", "internal")
IMPORTS = ("contract_import", "price_responsive_import")
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
# First and last year of what a row stands for, and how far apart they are at least: 0 where the last year counts.
SPANS = {
    "power_units": ("commissioned_year", "retired_year", 1),
    "facilities": ("start_year", "end_year", 1),
    "corridors": ("from_year", "until_year", 0),
    "targets": ("base_year", "target_year", 1),
}
NOT_NEGATIVE = {
    "power_units": ("capacity_mw", "net_heat_rate_gj_per_mwh"),
    "power_units_past": ("capacity_mw",),
    "project_completions": ("capacity_mw",),
    "facilities": ("capacity_kt_per_year",),
    "corridors": ("rated_mw", "usable_mw"),
    "grid_factors": ("factor_tco2_per_mwh",),
    "storage_sites": ("capacity_mtco2", "injection_limit_mtco2_per_year"),
    "site_limits": ("value",),
    "hydro": ("capacity_factor",),
    "hydro_spill": ("spilled_gwh", "without_use_gwh"),
    "hydro_cascades": ("usable_million_m3", "head_m"),
    "hydro_dry_spells": ("days", "water_share"),
    "renewable_profiles": ("capacity_factor",),
    "corridor_energy": ("energy_gwh",),
    "inventory": ("co2_mt",),
    "demand_shares": ("share_of_demand",),
    "demand_profiles": ("relative_load",),
    "tariffs": ("value",),
    "production": ("output_kt",),
    "vehicle_statistics": ("value",),
    "finance_statistics": ("value",),
    "green_needs": ("green_need_bn_cny",),
}


class Grid(NamedTuple):
    """Combinations a table must hold: for each combination of `given` found in it, all of `every`."""

    table: str
    given: tuple[str, ...]
    every: Mapping[str, Iterable[object]]


def table_problems(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> list[Finding]:
    """Return every breach of the rules by the tables of a pack.

    Args:
        tables: the tables by name, as they stand in the files.
        settings: `region.yaml`.
        axes: names of the pack.
    """
    missing = [*_missing(tables)]
    if missing:
        return missing
    found = [
        problem
        for name in RULES
        for problem in (*_blank(tables, name), *_repeated(tables, name), *_provenance(tables, name))
    ]
    found += [*_spans(tables), *_negative(tables), *_unknown_names(tables, axes), *_ownerless(tables, axes)]
    found += [*_unknown_licences(tables), *_same_id_twice(tables), *range_problems(tables)]
    return [*found, *_all_holes(tables, settings, axes)]


def blocking_problems(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> list[Finding]:
    """Return the breaches that no run survives: a table or column missing, an unknown name, a gap in the rows."""
    missing = [*_missing(tables)]
    return missing or [
        *_unknown_names(tables, axes),
        *_ownerless(tables, axes),
        *_unknown_licences(tables),
        *_all_holes(tables, settings, axes),
    ]


def _missing(tables: Tables) -> Iterator[Finding]:
    for name, rule in RULES.items():
        wanted = (*rule.key, *rule.filled, *rule.may_be_blank)
        columns = ", ".join(wanted)
        if name not in tables:
            yield in_table("missing", name, None, "the table is missing", f"a table with {columns}")
            continue
        for column in dict.fromkeys(wanted):
            if column not in tables[name].columns:
                yield in_table("missing", name, None, f"column {column} is missing", f"columns {columns}")


def _blank(tables: Tables, name: str) -> Iterator[Finding]:
    rule, table = RULES[name], tables[name]
    for column in (*rule.key, *rule.filled):
        if column in rule.may_be_blank or column in ("source", "grade"):
            continue
        for row in table.index[table[column].isna()]:
            yield in_table("blank", name, _line(row), f"{column} is blank", "a value in every row")


def _repeated(tables: Tables, name: str) -> Iterator[Finding]:
    key = list(RULES[name].key)
    table = tables[name]
    first: dict[tuple[str, ...], int] = {}
    for line, values in enumerate(zip(*(_text(table[column]) for column in key), strict=True), FIRST_LINE):
        if values in first:
            shown = ", ".join(f"{column} {value}" for column, value in zip(key, values, strict=True))
            what = f"{shown} stands already in row {first[values]}"
            yield in_table("given-twice", name, line, what, f"each {' + '.join(key)} once")
        first.setdefault(values, line)


def _provenance(tables: Tables, name: str) -> Iterator[Finding]:
    if RULES[name] is SOURCE_LIST:
        return
    table = tables[name]
    known = {str(key) for source_table in SOURCE_TABLES for key in tables[source_table]["source_key"]}
    lists = f"keys of {' and '.join(f'{source_table}.csv' for source_table in SOURCE_TABLES)}"
    for row, source, grade in table[["source", "grade"]].itertuples(name=None):
        keys = [] if pd.isna(source) else [key.strip() for key in str(source).split(";")]
        if not keys:
            yield in_table("blank", name, _line(row), "source is blank", f"{lists}, separated by ;")
        for key in keys:
            if key not in known:
                yield in_table("unknown-source", name, _line(row), f"source `{key}` is unknown", lists)
        if grade not in GRADES:
            shown = "grade is blank" if pd.isna(grade) else f"grade is `{grade}`"
            yield in_table("unknown-grade", name, _line(row), shown, ", ".join(GRADES))


def _spans(tables: Tables) -> Iterator[Finding]:
    for name, (first_column, last_column, apart) in SPANS.items():
        first, last = _numbers(tables[name][first_column]), _numbers(tables[name][last_column])
        for row in first.index[last < first + apart]:
            what = f"{first_column} {first[row]:.0f}, {last_column} {last[row]:.0f}"
            yield in_table(
                "reversed", name, _line(row), what, f"{last_column} after {first_column}, or blank"
            )


def _negative(tables: Tables) -> Iterator[Finding]:
    columns = [(name, tables[name][column]) for name, group in NOT_NEGATIVE.items() for column in group]
    statistics = tables["power_statistics"]
    columns.append(("power_statistics", statistics.loc[statistics["unit"] == "MW", "value"]))
    for name, cells in columns:
        values = _numbers(cells)
        for row in cells.index[(values < 0.0) | (values.isna() & cells.notna())]:
            yield in_table(
                "out-of-range", name, _line(row), f"{cells.name} is {cells[row]}", "a number, 0 or more"
            )


def _unknown_names(tables: Tables, axes: Axes) -> Iterator[Finding]:
    known: dict[tuple[str, str], Iterable[str]] = {
        (name, "province"): axes.provinces for name in RULES if "province" in tables[name].columns
    }
    known |= {
        ("power_statistics", "province"): axes.regions,
        ("power_balance", "province"): axes.regions,
        ("power_balance", "item"): (*ITEMS, *CONTEXT_ITEMS, *tables["corridors"]["corridor_id"]),
        ("power_balance", "scope"): SCOPES,
        ("power_balance", "kind"): KINDS,
        ("power_balance", "status"): STATUSES,
        ("corridor_energy", "corridor_id"): tables["corridors"]["corridor_id"],
        ("vehicle_statistics", "province"): (*axes.provinces, COUNTRY),
        ("vehicles", "segment"): SEGMENTS,
        ("power_units", "fuel"): FUELS,
        ("project_completions", "fuel"): FUELS,
        ("power_units_past", "unit_id"): tables["power_units"]["unit_id"],
        ("power_units", "owner_id"): tables["owners"]["owner_id"],
        ("facilities", "owner_id"): tables["owners"]["owner_id"],
        ("facilities", "process"): tables["processes"]["process"],
        ("facilities", "sector"): SECTORS,
        ("processes", "sector"): SECTORS,
        ("processes", "product"): tables["products"]["product"],
        ("processes", "rationing_tier"): RATIONING_TIERS,
        ("production", "product"): tables["processes"]["product"],
        ("scrap", "sector"): SECTORS,
        ("tariffs", "customer"): CUSTOMERS,
        ("tariffs", "item"): (*TARIFF_ITEMS, REGULATED_ITEM),
        ("exports", "good"): (*tables["products"]["product"], VEHICLES),
        ("inventory", "sector"): (*SECTORS, ALL_SECTORS),
    }
    for (name, column), allowed in (known | _known_of_finance(tables, axes)).items():
        names = {str(value) for value in allowed}
        for row, value in enumerate(tables[name][column].tolist()):
            if str(value) not in names and not pd.isna(value):
                near = nearest(str(value), names)
                what = f"{column} `{value}` is unknown" + (f" (did you mean `{near}`?)" if near else "")
                yield in_table("unknown-name", name, row + FIRST_LINE, what, ", ".join(sorted(names)))


def _known_of_finance(tables: Tables, axes: Axes) -> dict[tuple[str, str], Iterable[str]]:
    return {
        ("owners", "province_scope"): (EVERYWHERE, *axes.provinces),
        ("lenders", "province_scope"): (EVERYWHERE, *axes.provinces),
        ("bond_issuers", "kind"): ISSUER_KINDS,
        ("green_needs", "issuer_id"): tables["bond_issuers"]["issuer_id"],
        ("finance_statistics", "province"): (*axes.provinces, COUNTRY),
    }


def _ownerless(tables: Tables, axes: Axes) -> Iterator[Finding]:
    """Yield the provinces without an owner of their own, who would own what no facility stands for."""
    for province in axes.provinces:
        if province not in set(tables["owners"]["province_scope"]):
            what = f"no owner has the province_scope {province}"
            allowed = "one at least; the last one owns what no facility stands for"
            yield in_table("no-owner", "owners", None, what, allowed)


def _unknown_licences(tables: Tables) -> Iterator[Finding]:
    """Yield what owners are licensed for and nobody can build."""
    for line, names in enumerate(licences(tables["owners"]), FIRST_LINE):
        for name in set(names) - set(BUILDABLE):
            what = f"licensed_technologies has `{name}`"
            yield in_table("unknown-name", "owners", line, what, f"of {', '.join(BUILDABLE)}, separated by ;")


def _same_id_twice(tables: Tables) -> Iterator[Finding]:
    """Yield what is named twice across two tables that share their names."""
    pairs = (
        ("power_units", "unit_id", "facilities", "facility_id"),
        ("sources", "source_key", "industry_sources", "source_key"),
    )
    for first, first_column, second, second_column in pairs:
        names, taken = tables[second][second_column], set(tables[first][first_column])
        for row in names.index[names.isin(taken)]:
            yield in_table(
                "given-twice", second, _line(row), f"{names[row]} is also in {first}.csv", "another name"
            )


def _grids(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> Iterator[Grid]:
    years = range(int(settings["base_year"]), int(settings["last_observed_year"]) + 1)
    past = range(int(settings["first_observed_year"]), int(settings["base_year"]))
    corridors = tables["corridors"]
    contracts = corridors[corridors["kind"].isin(CONTRACTS)]
    groups = contracts["group"].dropna().unique()
    months: Mapping[str, Iterable[object]] = {"month": MONTH_NUMBERS}
    hours = {**months, "hour": HOUR_NUMBERS}
    provinces: Mapping[str, Iterable[object]] = {"province": axes.provinces}
    yield Grid("hydro", ("province", "year"), months)
    yield Grid(
        "hydro",
        (),
        {**provinces, "year": sorted({*years_of_normal_water(settings), *past, *years}), **months},
    )
    yield Grid("hydro_spill", (), {**provinces, "year": sorted(set(tables["hydro"]["year"]))})
    yield Grid("hydro_parameters", (), {**provinces, "parameter": MONTHLY_HYDRO, **months})
    yield Grid("thermal_maintenance", (), {**provinces, **months})
    yield Grid("load_shape", (), {**provinces, "day_type": ("typical", "peak"), **hours})
    yield Grid("renewable_profiles", (), {**provinces, "technology": RENEWABLE_FUELS, **hours})
    yield Grid("corridor_energy", (), {"corridor_id": contracts["corridor_id"]})
    senders = corridors.loc[corridors["kind"].isin(IMPORTS), "from_region"]
    yield Grid("grid_factors", (), {"region": senders.unique()})
    yield Grid("corridor_shape", (), {"group": groups, **months})
    yield Grid("corridor_shape_observed", ("group", "year"), months)
    yield from _statistics_grids(tables, settings, axes)
    yield from _economy_grids(tables, settings, axes)


def _statistics_grids(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> Iterator[Grid]:
    years = range(int(settings["base_year"]), int(settings["last_observed_year"]) + 1)
    past = range(int(settings["first_observed_year"]), int(settings["base_year"]))
    every_year = _inventory_years(tables)
    provinces: Mapping[str, Iterable[object]] = {"province": axes.provinces}
    yield Grid("power_statistics", (), {**provinces, "variable": STATISTICS, "year": years})
    yield Grid("power_statistics", (), {**provinces, "variable": PAST_STATISTICS, "year": past})
    annual: Mapping[str, Iterable[object]] = {**provinces, "month": (ANNUAL,)}
    yield Grid("power_balance", (), {**annual, "item": BALANCE_ITEMS, "year": years})
    yield Grid("power_balance", (), {**annual, "item": PAST_BALANCE_ITEMS, "year": past})
    yield Grid("power_balance", (), {**annual, "item": ("thermal_generation",), "year": (every_year[-1],)})
    every_month = {"item": ("consumption",), "year": (*past, *years), "month": MONTH_NUMBERS}
    yield Grid("power_balance", (), {**provinces, **every_month})


def _economy_grids(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> Iterator[Grid]:
    years = range(int(settings["base_year"]), int(settings["last_observed_year"]) + 1)
    every_year = _inventory_years(tables)
    provinces: Mapping[str, Iterable[object]] = {"province": axes.provinces}
    yield Grid("fuel_prices", (), {**provinces, "fuel": PRICED_FUELS})
    yield Grid("products", (), {"product": NEEDED_PRODUCTS})
    yield Grid("fuel_factors", (), {"carrier": ("coal", "oil", "gas")})
    limited: Mapping[str, Iterable[object]] = {
        "technology": (*BUILDABLE, TECHNOLOGY),
        "parameter": SITE_LIMITS,
    }
    yield Grid("site_limits", (), {**provinces, **limited})
    yield Grid("technology_learning", (), {"technology": (*BUILDABLE, "capture")})
    yield Grid("inventory", (), {**provinces, "year": every_year, "sector": SECTORS})
    profiles = (*PROFILED_PARTS, *VEHICLE_PROFILES)
    yield Grid("demand_profiles", (), {"profile": profiles, "hour": HOUR_NUMBERS})
    yield Grid("demand_shares", (), {**provinces, "group": STATISTIC_GROUPS})
    yield Grid("tariffs", (), {**provinces, "customer": CUSTOMERS, "item": TARIFF_ITEMS})
    yield Grid("drivers", ("driver",), provinces)
    driver = (*BLOCK_DRIVER.values(), *(f"{part}_electricity_index" for part in INDEXED_PARTS))
    yield Grid("drivers", (), {"driver": driver})
    yield Grid("production", ("province", "product"), {"year": (every_year[-1], *years)})


def _inventory_years(tables: Tables) -> range:
    """Return the years of the inventory by sector."""
    inventory = tables["inventory"]
    year = _numbers(inventory.loc[inventory["sector"] != ALL_SECTORS, "year"])
    return range(int(year.min()), int(year.max()) + 1)


def _all_holes(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> Iterator[Finding]:
    for grid in _grids(tables, settings, axes):
        yield from _holes(tables, grid)


def _holes(tables: Tables, grid: Grid) -> Iterator[Finding]:
    """Yield one problem for each combination of the first columns that lacks some of the last one."""
    columns = (*grid.given, *grid.every)
    texts = [_text(tables[grid.table][column]) for column in columns]
    found = set(zip(*texts, strict=True))
    given = dict.fromkeys(zip(*texts[: len(grid.given)], strict=True)) if grid.given else [()]
    *outer, inner = grid.every.items()
    wanted = [str(value) for value in inner[1]]
    for start in given:
        for middle in product(*([str(value) for value in values] for _, values in outer)):
            lacks = [value for value in wanted if (*start, *middle, value) not in found]
            if lacks:
                place = ", ".join(f"{c} {v}" for c, v in zip(columns, (*start, *middle), strict=False))
                what = f"no row for {place}{', ' if place else ''}{inner[0]} {', '.join(lacks)}"
                yield in_table("gap", grid.table, None, what, f"{inner[0]} {_range(wanted)} of each")


def _range(values: list[str]) -> str:
    return f"{values[0]} to {values[-1]}" if len(values) > 6 else ", ".join(values)


def _text(column: pd.Series) -> list[str]:
    """Return a column as text, whole numbers without decimals."""
    return ["" if pd.isna(v) else f"{v:.12g}" if isinstance(v, float) else str(v) for v in column.tolist()]


def _numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce")


def _line(row: object) -> int:
    return int(str(row)) + FIRST_LINE
