"""The industry half of a region pack as arrays: facilities, processes, options, drivers, inventory."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import CARRIERS, COHORT_SECTORS, RATIONING_TIERS, SECTORS, Axes, C, S
from tanlu.core.economics import power
from tanlu.core.units import GJ_PER_MWH, MWH_PER_GWH, T_PER_KT
from tanlu.kernels.industry.options import OptionColumns
from tanlu.region.balance import annual_gwh
from tanlu.region.power import OPEN_END_YEAR
from tanlu.region.tables import (
    DATA_YEARS,
    Tables,
    codes,
    numbers,
    texts,
    year_index,
    yearly,
    yearly_by_province,
)

METAL = "primary_aluminium"  # the product that others of a pack buy
# What buildings and vehicles are made of, so that no pack can be without.
NEEDED_PRODUCTS = ("primary_steel", "clinker", METAL, "aluminium_sheet")
ENERGY = ("coal", "oil", "gas", "biomass")  # carriers a process burns, in the order of CARRIERS
# Sectors that have no facility of their own run as one block per province.
BLOCK_DRIVER = {
    "heat": "heat_demand",
    "steel": "steel_demand",
    "cement": "cement_demand",
    "aluminium": "aluminium_demand",
    "chemicals": "chemicals_demand",
    "refining": "refining_demand",
    "gas_processing": "gas_processing_demand",
    "other_industry": "other_industry_activity",
    "transport": "transport_activity",
    "buildings": "buildings_activity",
    "agriculture": "agriculture_activity",
}


class Processes(NamedTuple):
    """What one tonne of product needs; axis R processes."""

    names: tuple[str, ...]
    sector: Integers
    product: Integers
    energy_gj_per_t: Floats  # [R, ENERGY]
    electricity_mwh_per_t: Floats
    process_tco2_per_t: Floats
    scrap_t_per_t: Floats
    metal_t_per_t: Floats  # primary aluminium bought, all of it; scrap takes its place tonne by tonne
    other_cost_cny_per_t: Floats  # materials without scrap and what else varies with output
    fixed_cost_cny_per_t_year: Floats  # of capacity: labour, maintenance, overheads
    replacement_cost_cny_per_t_year: Floats  # of capacity built new
    capturable_share: Floats
    line_capacity_kt_per_year: Floats  # of one line; inf where a facility is one, however large
    rationing_tier: Integers  # position in RATIONING_TIERS


class Products(NamedTuple):
    """What is sold; axis G products."""

    names: tuple[str, ...]
    labels_en: tuple[str, ...]
    labels_zh: tuple[str, ...]
    sector: Integers
    price_cny_per_t: Floats  # at the base year's fuel prices, with no price on CO2
    # What the process needs that most makers use, the product's first in the table:
    usual_energy_gj_per_t: Floats  # [G, ENERGY]
    usual_electricity_mwh_per_t: Floats
    usual_process_tco2_per_t: Floats
    usual_metal_t_per_t: Floats

    @property
    def metal(self) -> int:
        """Position of the metal that rolling mills buy."""
        return self.names.index(METAL)

    @property
    def usual_energy_use_gj_per_t(self) -> Floats:
        """Energy of that process, electricity at its heat value [G]."""
        fuel = self.usual_energy_gj_per_t.sum(axis=1)
        return np.asarray(fuel + GJ_PER_MWH * self.usual_electricity_mwh_per_t)


class Scrap(NamedTuple):
    """Scrap of the region by the sector that melts it; axis S, zero where there is none."""

    price_cny_per_t: Floats  # [S] at which `supply_t` is offered
    supply_elasticity: Floats  # [S]
    supply_t: Floats  # [year, S]
    use_elsewhere_t: Floats  # [year, S] by facilities that are not in the pack


class Facilities(NamedTuple):
    """Facilities of the pack, one row each; axis N."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]
    province: Integers
    process: Integers
    owner: Integers
    capacity_kt_per_year: Floats
    start_year: Integers
    end_year: Integers
    last_reline_year: Integers
    latitude_deg: Floats
    longitude_deg: Floats
    grade: tuple[str, ...]


class Options(NamedTuple):
    """What a facility may change, one row an option; axis O."""

    ids: tuple[str, ...]
    labels_en: tuple[str, ...]
    labels_zh: tuple[str, ...]
    from_process: tuple[str, ...]  # names separated by `;`, `block_SECTOR` for a block
    open_to_process: Booleans  # [process, O] the same
    open_to_block: Booleans  # [S, O] the same
    kind: tuple[str, ...]
    available_from_year: Integers
    at_reline: Floats  # 1 where only a reline opens the window
    added_scrap_t_per_t: Floats
    lead_time_years: Integers
    lifetime_years: Integers
    effect: OptionColumns


class IndustryData(NamedTuple):
    """Everything the production side of the model reads."""

    products: Products
    scrap: Scrap
    processes: Processes
    facilities: Facilities
    options: Options
    demand_kt: Floats  # [year, P, G] observed, then driven by the demand index
    activity: Floats  # [year, P, S] index of what drives a sector's block, base year = 1
    # [year, P, S] a block's energy per activity, base year = 1: an index, and of cohorts what structure leaves
    fossil_intensity: Floats
    grdp_index: Floats  # [year, P] real, base year = 1
    grdp_bn_cny: Floats  # [year, P] at prices of the base year
    inventory_year: int
    inventory_mtco2: Floats  # [P, S, C] in the inventory year
    inventory_output_kt: Floats  # [P, G] observed in the inventory year
    inventory_thermal_mwh: Floats  # [P] official thermal generation in the inventory year
    history: pd.DataFrame  # inventory by year, for charts and checks


def read_industry(
    tables: Tables, axes: Axes, base_year: int, parameters: Mapping[str, float]
) -> IndustryData:
    """Assemble the industry tables of a pack.

    Raises:
        ValueError: if a table names something unknown or lacks a required row.
    """
    names = texts(tables["products"], "product")
    processes = _processes(tables["processes"], names)
    drivers = tables["drivers"]
    grdp_index = _driver(drivers, axes, "grdp_index")
    inventory = tables["inventory"]
    covered = inventory["sector"].isin(SECTORS) & (inventory["year"] <= base_year)
    inventory_year = int(inventory.loc[covered, "year"].max())
    activity, intensity = np.ones((2, DATA_YEARS.size, *axes.shape("province", "sector")))
    for sector, driver in BLOCK_DRIVER.items():
        activity[:, :, SECTORS.index(sector)] = _driver(drivers, axes, driver)
        if sector not in COHORT_SECTORS:
            intensity[:, :, SECTORS.index(sector)] = _driver(
                drivers, axes, f"{sector}_fossil_intensity_index", missing=1.0
            )
    structure, other_industry = (
        parameters["other_industry_service_elasticity"],
        SECTORS.index("other_industry"),
    )
    intensity[:, :, other_industry] = power(activity[:, :, other_industry], structure - 1.0)
    return IndustryData(
        products=_products(tables["products"], processes),
        scrap=_scrap(tables["scrap"], axes.base_year),
        processes=processes,
        facilities=_facilities(tables, axes, processes),
        options=_options(tables["abatement_options"], processes),
        demand_kt=_demand(tables, axes, names, processes),
        activity=activity,
        fossil_intensity=intensity,
        grdp_index=grdp_index,
        grdp_bn_cny=grdp_index * _driver(drivers, axes, "base_year_grdp_bn_cny"),
        inventory_year=inventory_year,
        inventory_mtco2=_inventory(tables["inventory"], axes.provinces, inventory_year),
        inventory_output_kt=_output_kt(tables["production"], axes, names, inventory_year),
        inventory_thermal_mwh=_thermal_generation(tables["power_balance"], axes.provinces, inventory_year),
        history=tables["inventory"],
    )


def _processes(table: pd.DataFrame, products: tuple[str, ...]) -> Processes:
    return Processes(
        names=texts(table, "process"),
        sector=codes(table["sector"], SECTORS),
        product=codes(table["product"], products),
        energy_gj_per_t=np.stack([numbers(table, f"{e}_gj_per_t") for e in ENERGY], axis=1),
        electricity_mwh_per_t=numbers(table, "electricity_mwh_per_t"),
        process_tco2_per_t=numbers(table, "process_tco2_per_t"),
        scrap_t_per_t=numbers(table, "scrap_t_per_t"),
        metal_t_per_t=numbers(table, "metal_t_per_t"),
        other_cost_cny_per_t=numbers(table, "other_cost_cny_per_t"),
        fixed_cost_cny_per_t_year=numbers(table, "fixed_cost_cny_per_t_year"),
        replacement_cost_cny_per_t_year=numbers(table, "replacement_cost_cny_per_t_year"),
        capturable_share=numbers(table, "capturable_share"),
        line_capacity_kt_per_year=numbers(table, "line_capacity_kt_per_year", np.inf),
        rationing_tier=codes(table["rationing_tier"], RATIONING_TIERS),
    )


def _products(table: pd.DataFrame, processes: Processes) -> Products:
    names = texts(table, "product")
    usual = np.array([int(np.argmax(processes.product == i)) for i in range(len(names))])
    return Products(
        names=names,
        labels_en=texts(table, "label_en"),
        labels_zh=texts(table, "label_zh"),
        sector=processes.sector[usual],
        price_cny_per_t=numbers(table, "price_cny_per_t"),
        usual_energy_gj_per_t=processes.energy_gj_per_t[usual],
        usual_electricity_mwh_per_t=processes.electricity_mwh_per_t[usual],
        usual_process_tco2_per_t=processes.process_tco2_per_t[usual],
        usual_metal_t_per_t=processes.metal_t_per_t[usual],
    )


def _scrap(table: pd.DataFrame, base_year: int) -> Scrap:
    def read_parameter(parameter: str) -> Floats:
        values = np.zeros((DATA_YEARS.size, S))
        for sector, rows in table[table["parameter"] == parameter].groupby("sector"):
            values[:, SECTORS.index(str(sector))] = yearly(rows.fillna({"year": base_year}))
        return values

    return Scrap(
        price_cny_per_t=read_parameter("price")[0],
        supply_elasticity=read_parameter("supply_elasticity")[0],
        supply_t=read_parameter("supply") * T_PER_KT,
        use_elsewhere_t=read_parameter("use_elsewhere") * T_PER_KT,
    )


def _facilities(tables: Tables, axes: Axes, processes: Processes) -> Facilities:
    table = tables["facilities"]
    return Facilities(
        ids=texts(table, "facility_id"),
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        province=codes(table["province"], axes.provinces),
        process=codes(table["process"], processes.names),
        owner=codes(table["owner_id"], texts(tables["owners"], "owner_id")),
        capacity_kt_per_year=numbers(table, "capacity_kt_per_year"),
        start_year=numbers(table, "start_year", 2000.0).astype(np.int64),
        end_year=numbers(table, "end_year", OPEN_END_YEAR).astype(np.int64),
        last_reline_year=numbers(table, "last_reline_year", 2010.0).astype(np.int64),
        latitude_deg=numbers(table, "latitude_deg", np.nan),
        longitude_deg=numbers(table, "longitude_deg", np.nan),
        grade=texts(table, "grade"),
    )


def _options(table: pd.DataFrame, processes: Processes) -> Options:
    return Options(
        ids=texts(table, "option_id"),
        labels_en=texts(table, "label_en"),
        labels_zh=texts(table, "label_zh"),
        from_process=texts(table, "from_process"),
        open_to_process=_start_table(table, processes.names),
        open_to_block=_start_table(table, [f"block_{sector}" for sector in SECTORS]),
        kind=texts(table, "kind"),
        available_from_year=numbers(table, "available_from_year").astype(np.int64),
        at_reline=np.array([float(w == "reline") for w in texts(table, "window")]),
        added_scrap_t_per_t=numbers(table, "added_scrap_t_per_t"),
        lead_time_years=numbers(table, "lead_time_years", 1.0).astype(np.int64),
        lifetime_years=numbers(table, "lifetime_years", 20.0).astype(np.int64),
        effect=_effect(table, processes),
    )


def _effect(table: pd.DataFrame, processes: Processes) -> OptionColumns:
    """Read the effect of options on facilities.

    Arrays of their own, because compiled code takes no read-only ones.
    """
    position = {name: i for i, name in enumerate(processes.names)}
    defaults = {f"{e}_factor": 1.0 for e in ENERGY} | {f"added_{e}_gj_per_t": 0.0 for e in ENERGY}
    optional_columns = {
        name: numbers(table, name, default) if name in table else np.full(len(table), default)
        for name, default in defaults.items()
    }
    effect = OptionColumns(
        to_process=np.array([position.get(name, -1) for name in texts(table, "to_process")], dtype=np.int64),
        energy_factor=np.stack([optional_columns[f"{e}_factor"] for e in ENERGY], axis=1),
        added_energy_gj_per_t=np.stack([optional_columns[f"added_{e}_gj_per_t"] for e in ENERGY], axis=1),
        added_electricity_mwh_per_t=numbers(table, "added_electricity_mwh_per_t"),
        process_factor=numbers(table, "process_factor", 1.0),
        variable_cost_cny_per_t=numbers(table, "variable_cost_cny_per_t"),
        fixed_om_cny_per_t_year=numbers(table, "fixed_om_cny_per_t_year"),
        capex_cny_per_t_year=numbers(table, "capex_cny_per_t_year"),
        capture_rate=numbers(table, "capture_rate"),
        capture_heat_gj_per_tco2=numbers(table, "capture_heat_gj_per_tco2"),
        capture_electricity_mwh_per_tco2=numbers(table, "capture_electricity_mwh_per_tco2"),
        capture_om_cny_per_tco2=numbers(table, "capture_om_cny_per_tco2"),
        capture_capex_cny_per_tco2_year=numbers(table, "capture_capex_cny_per_tco2_year"),
        reference_mtco2_per_year=numbers(table, "reference_mtco2_per_year", 1.0),
        scale_exponent=numbers(table, "scale_exponent", 1.0),
    )
    return OptionColumns._make(np.array(column) for column in effect)


def _start_table(table: pd.DataFrame, names: Sequence[str]) -> Booleans:
    """Tabulate which options start from which process [name, O]."""
    starts = [set(text.split(";")) for text in texts(table, "from_process")]
    return np.array([[name in start for start in starts] for name in names], dtype=bool)


def _driver(drivers: pd.DataFrame, axes: Axes, name: str, missing: float | None = None) -> Floats:
    """Read a driver over the data years [year, P].

    `missing` is its value where the pack has no such driver.
    """
    rows = drivers[drivers["driver"] == name]
    if rows.empty and missing is not None:
        return np.full((DATA_YEARS.size, len(axes.provinces)), missing)
    return yearly_by_province(rows, axes.provinces)


def _demand(tables: Tables, axes: Axes, products: tuple[str, ...], processes: Processes) -> Floats:
    """Compute demand for products, kt: observed, then moved by an index.

    The index is the one of the product, else of its sector.
    """
    production, drivers = tables["production"], tables["drivers"]
    demand = np.zeros((DATA_YEARS.size, len(axes.provinces), len(products)))
    sector_of = {products[p]: SECTORS[s] for p, s in zip(processes.product, processes.sector, strict=True)}
    known_drivers, rows_of_good = (
        set(drivers["driver"]),
        dict(list(production.groupby(["product", "province"]))),
    )
    for i, product in enumerate(products):
        names = (f"{product}_demand", BLOCK_DRIVER[sector_of[product]])
        index = _driver(drivers, axes, next(name for name in names if name in known_drivers))
        for p, province in enumerate(axes.provinces):
            if (product, province) not in rows_of_good:
                continue
            rows = rows_of_good[product, province]
            observed = yearly(rows, "output_kt")
            last = year_index(max(int(rows["year"].max()), axes.base_year))
            demand[: last + 1, p, i] = observed[: last + 1]
            demand[last + 1 :, p, i] = observed[last] * index[last + 1 :, p] / index[last, p]
    return demand


def _output_kt(production: pd.DataFrame, axes: Axes, products: tuple[str, ...], year: int) -> Floats:
    """Read observed output of `year`, kt [P, product].

    The nearest observed year where it is missing.
    """
    output = np.zeros((len(axes.provinces), len(products)))
    for (product, province), rows in production.groupby(["product", "province"]):
        sorted_rows = rows.sort_values("year")
        value = np.interp(year, sorted_rows["year"].to_numpy(float), sorted_rows["output_kt"].to_numpy(float))
        output[axes.provinces.index(str(province)), products.index(str(product))] = value
    return output


def _thermal_generation(book: pd.DataFrame, provinces: Sequence[str], year: int) -> Floats:
    """Read official thermal generation of `year`, MWh [P]."""
    energy_gwh = annual_gwh(book)
    return np.array(
        [energy_gwh[province, "thermal_generation", year] * MWH_PER_GWH for province in provinces]
    )


def _inventory(table: pd.DataFrame, provinces: Sequence[str], year: int) -> Floats:
    """Read the inventory of `year`, Mt CO2 [P, S, C].

    Power and heat stand together under electricity.
    """
    rows = table[table["sector"].isin(SECTORS) & (table["year"] == year)]
    inventory = np.zeros((len(provinces), S, C))
    index = (
        codes(rows["province"], provinces),
        codes(rows["sector"], SECTORS),
        codes(rows["carrier"], CARRIERS),
    )
    np.add.at(inventory, index, rows["co2_mt"].to_numpy(float))
    return inventory


def published_inventory_mt(table: pd.DataFrame, provinces: Collection[str]) -> dict[int, float]:
    """Sum the published inventory of provinces, Mt by year.

    Only years that each of them has.
    Rows that the pack adds for what the inventory leaves out (source `CALC`) and office totals stay outside.
    """
    is_published = table["source"].str.startswith("S01") & (table["sector"] != "TOTAL")
    rows = table[is_published & table["province"].isin(provinces)]
    years = rows.groupby("year").agg(provinces=("province", "nunique"), co2_mt=("co2_mt", "sum"))
    full = years[years["provinces"] == len(provinces)]
    return {int(str(year)): round(float(mt), 3) for year, mt in full["co2_mt"].items()}
