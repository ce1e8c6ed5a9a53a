"""What industry starts from, facilities of the pack and one block per sector and province, and what a year is to it."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import CARRIERS, FUELS, INVENTORY_CARRIERS, SECTOR, SECTORS, C
from tanlu.core.units import HOURS_PER_YEAR, T_PER_KT, T_PER_MT
from tanlu.core.words import text
from tanlu.industry.lines import build_lines
from tanlu.kernels.co2.market import EmitterSites
from tanlu.kernels.industry.facilities import Needs
from tanlu.region.co2 import find_sites
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region
from tanlu.region.power import OPEN_END_YEAR
from tanlu.transport.fleet import OIL, road_oil_gj

BIOMASS, PROCESS = CARRIERS.index("biomass"), CARRIERS.index("process")


class UnitUse(NamedTuple):
    """What a unit of output takes, emits and costs; axis N."""

    energy_gj: Floats  # [N, ENERGY]
    electricity_mwh: Floats
    process_tco2: Floats
    scrap_t: Floats
    other_cost_cny: Floats  # without scrap
    capturable_share: Floats  # of its CO2


class IndustryState(NamedTuple):
    """Columns of the population at the start; axis N, lines of facilities first, then blocks.

    A line's unit is one tonne of product; a block's unit is one tonne of its CO2 in the base year.
    """

    ids: list[str]
    names_en: list[str]
    names_zh: list[str]
    facility: Integers  # of a line, in the pack; -1 for a block
    is_block: Booleans
    province: Integers
    sector: Integers
    process: Integers  # -1 for a block
    product: Integers  # -1 for a block
    owner: Integers
    capacity: Floats  # units per year; inf for a block
    base_output: Floats  # units in the base year; 0 for a facility
    start_year: Integers
    end_year: Integers
    last_reline_year: Integers
    use: UnitUse
    fixed_cost_cny: Floats  # per unit of capacity and year
    facility_value_cny: Floats  # of the facility as it stands in the base year; 0 for a block


class ProductionPlan(NamedTuple):
    """What industry means to produce at the prices it sees; axis N."""

    output: Floats  # t of product, or of base-year CO2 for a block
    needs: Needs  # of a unit of output
    electricity_mwh: Floats
    unmet_t: Floats  # [P * product] demand above capacity, met from outside


class IndustryAccounts(NamedTuple):
    """What a year meant for each facility; axis N, CNY of 2020."""

    revenue_cny: Floats
    production_cost_cny: Floats  # energy, electricity, other
    capture_cost_cny: Floats
    carbon_cost_cny: Floats
    levies_cny: Floats
    allocated_tco2: Floats

    @property
    def profit_cny(self) -> Floats:
        """Revenue less production, capture, carbon and levies [N]; zero for blocks."""
        margin = self.revenue_cny - self.production_cost_cny - self.capture_cost_cny - self.carbon_cost_cny
        return margin - self.levies_cny


def _block_names(region: Region, blocks: list[tuple[int, int]], language: str) -> Iterator[str]:
    """Name the rest of a sector in a province, block by block.

    `blocks` are positions of province and sector.
    """
    for province, sector in blocks:
        words = {
            "province": region.axes.labels[region.axes.provinces[province]][language],
            "sector": text(language, f"choice.{SECTORS[sector]}").lower(),
        }
        yield text(language, "plant.rest", words)


def initial_state(region: Region) -> IndustryState:
    """Build the rows of industry: lines, and blocks that close the inventory."""
    f, r, line = region.industry.facilities, region.industry.processes, build_lines(region)
    residual = block_residual_tco2(region)
    provinces, sectors = np.nonzero(residual.sum(axis=2) > 0.0)
    m, names = provinces.size, region.axes.provinces
    size = residual.sum(axis=2)[provinces, sectors]
    content = residual[provinces, sectors] / size[:, None]  # t by carrier per t of the block's base CO2
    energy = content[:, : len(ENERGY)] / np.maximum(region.power.carrier_co2_t_per_gj[: len(ENERGY)], 1e-12)
    energy[:, BIOMASS] = 0.0  # no CO2 says how much of it is burnt
    zeros, no_position, k = np.zeros(m), np.full(m, -1), f.process[line.facility]
    blocks = list(zip(provinces.tolist(), sectors.tolist(), strict=True))
    return IndustryState(
        ids=[*line.ids, *(f"block_{SECTORS[s]}_{names[p].lower()}" for p, s in blocks)],
        names_en=[*line.names_en, *_block_names(region, blocks, "en")],
        names_zh=[*line.names_zh, *_block_names(region, blocks, "zh")],
        facility=np.concatenate([line.facility, no_position]),
        is_block=np.concatenate([np.zeros(k.size, bool), np.ones(m, bool)]),
        province=np.concatenate([f.province[line.facility], provinces]),
        sector=np.concatenate([r.sector[k], sectors]),
        process=np.concatenate([k, no_position]),
        product=np.concatenate([r.product[k], no_position]),
        owner=np.concatenate([f.owner[line.facility], region.finance.owners.of_the_rest[provinces]]),
        capacity=np.concatenate([line.capacity, np.full(m, np.inf)]),
        base_output=np.concatenate([np.zeros(k.size), size]),
        start_year=np.concatenate([f.start_year[line.facility], np.zeros(m, np.int64)]),
        end_year=np.concatenate([f.end_year[line.facility], np.full(m, OPEN_END_YEAR)]),
        last_reline_year=np.concatenate([line.last_reline_year, np.full(m, region.base_year)]),
        use=UnitUse(
            energy_gj=np.concatenate([r.energy_gj_per_t[k], energy]),
            electricity_mwh=np.concatenate([r.electricity_mwh_per_t[k], zeros]),
            process_tco2=np.concatenate([r.process_tco2_per_t[k], content[:, PROCESS]]),
            scrap_t=np.concatenate([r.scrap_t_per_t[k], zeros]),
            other_cost_cny=np.concatenate([r.other_cost_cny_per_t[k], zeros]),
            capturable_share=np.concatenate([r.capturable_share[k], zeros]),
        ),
        fixed_cost_cny=np.concatenate([r.fixed_cost_cny_per_t_year[k], zeros]),
        facility_value_cny=np.concatenate([_facility_value_cny(region)[line.facility] * line.share, zeros]),
    )


def _facility_value_cny(region: Region) -> Floats:
    """Compute facilities' value at the start, CNY [facility].

    It is replacement cost, written off linearly since the reline. Fixed costs hold the upkeep that makes up for wear,
    so that facilities keep that value as long as they are open.
    """
    f, interval = region.industry.facilities, region.parameters["reline_interval_years"]
    new = region.industry.processes.replacement_cost_cny_per_t_year[f.process] * f.capacity_kt_per_year
    age = np.clip(region.base_year - np.maximum(f.last_reline_year, f.start_year), 0.0, interval)
    return np.asarray(new * T_PER_KT * (1.0 - age / interval) * (f.end_year > region.base_year))


def facility_sites(region: Region, facility: Integers) -> EmitterSites:
    """Collect the sites of lines and blocks, by `facility` [N].

    Blocks cannot capture, so any place does for them.
    """
    f = region.industry.facilities
    sites = find_sites(region.co2, f.latitude_deg, f.longitude_deg)
    return EmitterSites._make(np.append(column, 0)[facility] for column in sites)


def block_residual_tco2(region: Region) -> Floats:
    """Compute the inventory's rest for blocks, t CO2 [P, S, C].

    It is the inventory less what facilities, power units and vehicles emit in the inventory year. Negative gaps
    (facilities above the inventory) are cut at zero; `tanlu region check` reports them.
    """
    gap = region.industry.inventory_mtco2 * T_PER_MT - facility_tco2(region)
    heat, electricity = SECTOR["heat"], SECTOR["electricity"]
    gap[:, heat] += gap[:, electricity]  # the inventory has one row for power and heat
    gap[:, electricity] = 0.0
    return np.maximum(gap, 0.0)


def facility_tco2(region: Region) -> Floats:
    """Compute CO2 by observed output in the inventory year [P, S, C].

    It is that of facilities, power units and vehicles.
    """
    f, r = region.industry.facilities, region.industry.processes
    output = inventory_output_t(region)
    factors = region.power.carrier_co2_t_per_gj
    carbon = np.zeros((f.process.size, C))
    carbon[:, : len(ENERGY)] = r.energy_gj_per_t[f.process] * factors[: len(ENERGY)]
    carbon[:, PROCESS] = r.process_tco2_per_t[f.process]
    total = np.zeros(region.axes.shape("province", "sector", "carrier"))
    np.add.at(total, (f.province, r.sector[f.process]), carbon * output[:, None])
    total[:, SECTOR["electricity"]] += power_station_tco2(region)
    oil_gj = road_oil_gj(region.vehicles, region.industry.inventory_year)
    total[:, SECTOR["transport"], OIL] += oil_gj * factors[OIL]
    return total


def power_station_tco2(region: Region) -> Floats:
    """Compute CO2 of power stations in the inventory year, t CO2 [P, C].

    They give that year's official thermal generation. Gas and biomass run at their must-run share, waste and by-product
    gas always; coal makes the rest at the fleet's mean heat rate.
    """
    units = region.power.units
    is_running = (units.commissioned_year <= region.base_year) & (units.retired_year > region.base_year)
    # Waste and by-product gas cost next to nothing: they run whenever they can.
    is_always_on = np.isin(units.fuel, [FUELS.index("waste"), FUELS.index("byproduct_gas")])
    share = np.where(is_always_on, 1.0, units.must_run_share)
    must_run = np.where(is_running, units.capacity_mw * units.availability * share, 0.0) * HOURS_PER_YEAR
    total = np.zeros(region.axes.shape("province", "carrier"))
    for p, thermal_mwh in enumerate(region.industry.inventory_thermal_mwh):
        is_local, rest_mwh = is_running & (units.province == p), float(thermal_mwh)
        for fuel, carrier in INVENTORY_CARRIERS.items():
            is_fuel = is_local & (units.fuel == FUELS.index(fuel))
            capacity = units.capacity_mw[is_fuel]
            output = rest_mwh if fuel == "coal" else min(float(must_run[is_fuel].sum()), rest_mwh)
            rest_mwh -= output
            heat_rate = (capacity * units.net_heat_rate_gj_per_mwh[is_fuel]).sum() / max(
                float(capacity.sum()), 1e-9
            )
            total[p, carrier] += output * heat_rate * region.power.fuel_co2_t_per_gj[FUELS.index(fuel)]
    return total


def inventory_output_t(region: Region) -> Floats:
    """Compute each facility's output in the inventory year, t [N].

    The province's output is shared by capacity.
    """
    f, r = region.industry.facilities, region.industry.processes
    is_running = (f.start_year <= region.base_year) & (region.base_year < f.end_year)
    capacity = f.capacity_kt_per_year * is_running
    products = len(region.industry.products.names)
    group = f.province * products + r.product[f.process]
    demand = region.industry.inventory_output_kt.reshape(-1)
    total = sum_by_group(group, capacity, demand.size)
    share = np.divide(demand, total, out=np.zeros_like(total), where=total > 0.0)
    return capacity * np.minimum(share, 1.0)[group] * T_PER_KT
