"""The book of emissions: for what part each factor counts in the change of CO2 since the year before."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import CARRIERS, FUELS, PARTS, SECTOR, STORAGE_FUELS, F, G, S, V
from tanlu.core.units import T_PER_KT
from tanlu.industry.facilities import Industry
from tanlu.kernels.decomposition import FACTORS, YearQuantities, decompose
from tanlu.power.plants import PowerPlants
from tanlu.records.emissions import CARRIER_OF_FUEL
from tanlu.records.happened import YearOutcome
from tanlu.region.industry import ENERGY
from tanlu.region.tables import year_index
from tanlu.region.vehicles import AGES, COHORT_YEARS
from tanlu.state.actors import Actors
from tanlu.state.drivers import Drivers
from tanlu.transport.fleet import NEW
from tanlu.transport.vehicles import Vehicles

OIL, BIOMASS = ENERGY.index("oil"), ENERGY.index("biomass")
ELECTRICITY, TRANSPORT = SECTOR["electricity"], SECTOR["transport"]
COAL = FUELS.index("coal")
IS_GENERATION = ~np.isin(FUELS, STORAGE_FUELS)
# Of parts of electricity demand those that follow an input but for what cohorts take; agents decide the two others.
GIVEN_PARTS = [i for i, part in enumerate(PARTS) if part not in ("facilities", "vehicles")]


class BookRecord(NamedTuple):
    """The change of CO2 since the year before by factor, and the quantities that next year's change starts from."""

    change_tco2: Floats  # [P, S, FACTORS] 0 in the first year of the record
    industry: YearQuantities  # a row for each line and block
    road: YearQuantities  # a row for each province, segment and technology
    power: YearQuantities  # a row for each province and fuel


def measure_book(
    year: YearOutcome,
    actors: Actors,
    drivers: Drivers,
    generation_mwh: Floats,
    cofired_gj: Floats,
    last: BookRecord | None,
) -> BookRecord:
    """Measure the change of CO2 by factor (docs/model/book.md).

    Args:
        year: what happened.
        actors: everybody, at the end of the year.
        drivers: of the run.
        generation_mwh: by fuel, [P, F].
        cofired_gj: biomass that coal units burnt, [P].
        last: the record of the year before, None in the first year.
    """
    provinces, row = cofired_gj.size, year.signals.row
    plants, industry, vehicles = actors.plants, actors.industry, actors.vehicles
    lines = plants.region.power.corridors
    exported_mwh = sum_by_group(lines.export_zone, drivers.export_by_line_mwh[row], provinces)
    in_industry = _industry_quantities(year, industry, drivers.demand_factor[row])
    on_road = _road_quantities(year, vehicles, drivers.demand_factor[row])
    end_use_mwh = sum_by_group(actors.adopters.province, year.end_use.electricity_mwh, provinces)
    given_mwh = year.demand.parts_mwh[GIVEN_PARTS].sum(axis=0) + year.demand.spared_mwh
    given_mwh = given_mwh - end_use_mwh + exported_mwh
    of_power = _power_quantities(year, plants, generation_mwh, cofired_gj, given_mwh)
    change = np.zeros((provinces * S, FACTORS))
    if last is not None:
        rows, place = np.arange(vehicles.province.size), vehicles.province * S + TRANSPORT
        zones = np.arange(provinces).repeat(F)
        for cell, group, before, now in (
            (industry.province * S + industry.sector, _service_groups(industry), last.industry, in_industry),
            (place.repeat(V), rows.repeat(V), last.road, on_road),
            (zones * S + ELECTRICITY, zones, last.power, of_power),
        ):
            change += decompose(cell=cell, group=group, before=before, now=now, cells=len(change))
    return BookRecord(change.reshape(provinces, S, FACTORS), in_industry, on_road, of_power)


def _service_groups(industry: Industry) -> Integers:
    """Number the services of industry [N]: products of a province, then each block alone."""
    first = len(industry.region.axes.provinces) * len(industry.data.products.names)
    return np.where(industry.is_block, first + np.arange(len(industry)), industry.group)


def _industry_quantities(year: YearOutcome, industry: Industry, demand_factor: float) -> YearQuantities:
    """Read what made the CO2 of lines and blocks; of products the pack's demand is given, of blocks all."""
    production = year.production
    emitted = production.emitted_tco2.copy()
    emitted[:, -1] += year.co2.returned_tco2[-len(industry) :]
    demand_t = industry.data.demand_kt[year.signals.data_row] * (T_PER_KT * demand_factor)
    return YearQuantities(
        given_activity=np.concatenate([demand_t.ravel(), production.output * industry.is_block]),
        service=production.output,
        given_fuel=industry.intensity(year.signals.year),
        fuel_gj=production.energy_gj,
        emitted_tco2=emitted,
    )


def _road_quantities(year: YearOutcome, vehicles: Vehicles, demand_factor: float) -> YearQuantities:
    """Compute what made the CO2 of road vehicles.

    Stock, distances and what a vehicle takes by technology and age are given; drivers answer what a kilometre costs,
    and rail takes its part of the way.
    """
    data, fleet = vehicles.data, year.fleet
    t = year_index(year.signals.year)
    in_use = fleet.fleet_vehicles.copy()
    in_use[..., NEW] *= 0.5  # as `driving` counts what is bought in the year
    distance = data.distance_km[t][vehicles.segment] * demand_factor
    driven = (distance * (1.0 - fleet.rail.moved_share))[:, None] * fleet.use_factor
    need = data.fuel_gj_per_km[year.signals.year - COHORT_YEARS[0] - np.arange(AGES)].transpose(1, 2, 0)
    oil_gj = ((in_use.reshape(-1, G, V, AGES) * need).sum(axis=3).reshape(-1, V) * driven).ravel()
    by_technology = in_use.sum(axis=2)
    km = (by_technology * driven).ravel()
    fuel_gj, emitted = np.zeros((km.size, len(ENERGY))), np.zeros((km.size, len(CARRIERS)))
    fuel_gj[:, OIL] = oil_gj
    emitted[:, OIL] = oil_gj * vehicles.region.power.carrier_co2_t_per_gj[OIL]
    return YearQuantities(
        given_activity=by_technology.sum(axis=1) * distance,
        service=km,
        given_fuel=np.divide(oil_gj, km, out=np.zeros(km.size), where=km > 0.0),
        fuel_gj=fuel_gj,
        emitted_tco2=emitted,
    )


def _power_quantities(
    year: YearOutcome, plants: PowerPlants, generation_mwh: Floats, cofired_gj: Floats, given_mwh: Floats
) -> YearQuantities:
    """Compute what made the CO2 of power by province and fuel.

    Given [P] is what parts with an index take and what contracts send out; of storage nothing is generated.
    """
    accounts, n = year.plants, year.plants.output_mwh.size
    provinces, factor = len(cofired_gj), plants.region.power.fuel_co2_t_per_gj
    cell, cells = plants.province[:n] * F + plants.fuel[:n], provinces * F
    gross = sum_by_group(cell, accounts.gross_tco2, cells).reshape(provinces, F)
    heat = np.divide(gross, factor, out=np.zeros_like(gross), where=factor > 0.0)
    fuel_gj = np.zeros((provinces, F, len(ENERGY)))
    fuel_gj[:, np.arange(F), CARRIER_OF_FUEL] = heat
    fuel_gj[:, COAL, BIOMASS] += cofired_gj
    emitted = np.zeros((provinces, F, len(CARRIERS)))
    emitted[:, np.arange(F), CARRIER_OF_FUEL] = sum_by_group(cell, accounts.emitted_tco2, cells).reshape(
        provinces, F
    )
    emitted[:, :, -1] = sum_by_group(cell, year.co2.returned_tco2[:n], cells).reshape(provinces, F)
    return YearQuantities(
        given_activity=given_mwh,
        service=(generation_mwh * IS_GENERATION).ravel(),
        given_fuel=np.ones(cells),
        fuel_gj=fuel_gj.reshape(cells, -1),
        emitted_tco2=emitted.reshape(cells, -1),
    )
