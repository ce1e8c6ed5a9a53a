"""The record of emissions: CO2 by sector and carrier, the fuel that is burnt, and the regional product."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import CARRIERS, FUELS, INVENTORY_CARRIERS, SECTOR, C
from tanlu.core.outcomes import sum_trades
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.industry.facilities import Industry
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome
from tanlu.records.sums import by_sector
from tanlu.region.industry import ENERGY
from tanlu.region.tables import year_index
from tanlu.transport.vehicles import Vehicles

# Of fuels that do not burn too, whose CO2 and heat are 0.
CARRIER_OF_FUEL = np.array([INVENTORY_CARRIERS.get(fuel, CARRIERS.index("biomass")) for fuel in FUELS])
ELECTRICITY, TRANSPORT = SECTOR["electricity"], SECTOR["transport"]
OIL = ENERGY.index("oil")


class EmissionsRecord(NamedTuple):
    """CO2 that is emitted, after capture and without captured CO2 that reached the air later; fuel that is burnt."""

    by_sector_tco2: Floats  # [P, S]
    by_carrier_tco2: Floats  # [P, C]
    fuel_gj: Floats  # [P, ENERGY] fossil fuel and biomass
    grdp_cny: Floats  # [P] at prices of 2020; no policy moves it


def measure_emissions(
    year: YearOutcome, plants: PowerPlants, industry: Industry, vehicles: Vehicles, cofired_gj: Floats
) -> EmissionsRecord:
    """Measure emissions and fuel burnt.

    `cofired_gj` [P] is the biomass that coal units burnt.
    """
    province, provinces = plants.province[: year.plants.output_mwh.size], cofired_gj.size
    by_facility = year.production.emitted_tco2.sum(axis=1)
    emissions = by_sector(industry.province, industry.sector, by_facility, provinces)
    emissions[:, ELECTRICITY] += sum_by_group(province, year.plants.emitted_tco2, provinces)
    emissions[:, TRANSPORT] += sum_by_group(vehicles.province, year.fleet.emitted_tco2, provinces)
    carrier, fuel = (
        _by_carrier(year, plants, industry, vehicles),
        _fuel_gj(year, plants, industry, vehicles, cofired_gj),
    )
    if year.power.trades:
        traded = sum_trades(year.power.trades)
        emissions[:, ELECTRICITY] += traded.emitted_tco2
        carrier += traded.by_carrier_tco2
        factor = plants.region.power.carrier_co2_t_per_gj[: len(ENERGY)]
        burnt = traded.by_carrier_tco2[:, : len(ENERGY)]
        fuel += np.divide(burnt, factor, out=np.zeros_like(burnt), where=factor > 0.0)
    if year.extensions.fuel_gj is not None:
        tco2 = year.extensions.fuel_gj * plants.region.power.carrier_co2_t_per_gj[: len(ENERGY)]
        emissions += tco2.sum(axis=2)
        carrier[:, : len(ENERGY)] += tco2.sum(axis=1)
        fuel += year.extensions.fuel_gj.sum(axis=1)
    return EmissionsRecord(
        by_sector_tco2=emissions,
        by_carrier_tco2=carrier,
        fuel_gj=fuel,
        grdp_cny=plants.region.industry.grdp_bn_cny[year_index(year.signals.year)] * CNY_PER_BN_CNY,
    )


def _by_carrier(year: YearOutcome, plants: PowerPlants, industry: Industry, vehicles: Vehicles) -> Floats:
    n = year.plants.output_mwh.size
    province, fuel = plants.province[:n], plants.fuel[:n]
    cells = len(plants.region.axes.provinces) * C
    carrier = sum_by_group(province * C + CARRIER_OF_FUEL[fuel], year.plants.emitted_tco2, cells)
    carrier += sum_by_group(vehicles.province * C + OIL, year.fleet.emitted_tco2, cells)
    group = (industry.province[:, None] * C + np.arange(C)).reshape(-1)
    return (carrier + sum_by_group(group, year.production.emitted_tco2.reshape(-1), cells)).reshape(-1, C)


def _fuel_gj(
    year: YearOutcome, plants: PowerPlants, industry: Industry, vehicles: Vehicles, cofired_gj: Floats
) -> Floats:
    """Add up fuel burnt by carrier, GJ [P, ENERGY].

    Power's follows from its gross CO2 and the carrier's factor.
    """
    e, n = len(ENERGY), year.plants.output_mwh.size
    province, fuel = plants.province[:n], plants.fuel[:n]
    factor = plants.region.power.fuel_co2_t_per_gj[fuel]
    heat = np.divide(year.plants.gross_tco2, factor, out=np.zeros_like(factor), where=factor > 0.0)
    group = (industry.province[:, None] * e + np.arange(e)).reshape(-1)
    group = np.concatenate([group, province * e + CARRIER_OF_FUEL[fuel], vehicles.province * e + OIL])
    burnt = np.concatenate([year.production.energy_gj.reshape(-1), heat, year.fleet.oil_gj])
    total = sum_by_group(group, burnt, cofired_gj.size * e).reshape(-1, e)
    total[:, ENERGY.index("biomass")] += cofired_gj
    return total
