"""Burning biomass beside coal: when it pays by the day, what the equipment is worth, and whom biomass reaches."""

from typing import TYPE_CHECKING

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import SECTOR, P
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.investment.valuation import appraise_projects
from tanlu.kernels.appraisal import Projects
from tanlu.kernels.power.units import PlantAccounts
from tanlu.power.state import COAL
from tanlu.region.cofiring import PELLETS
from tanlu.region.pack import Region
from tanlu.region.power import OPEN_END_YEAR, PRICED_FUELS

if TYPE_CHECKING:
    from tanlu.power.plants import PowerPlants

ELECTRICITY = SECTOR["electricity"]


def share_of_equipped(region: Region, signals: Signals) -> Floats:
    """Return the share of biomass in the heat of units that can burn it [P, F]: all they can, or none.

    All where it is no dearer than coal. Coal costs its price and the CO2 of it; what has to be paid for CO2 is that of
    the signals.
    """
    coal_co2 = region.power.fuel_co2_t_per_gj[COAL]
    price = signals.fuel_price_cny_per_gj
    coal = price[:, PRICED_FUELS.index("coal")] + signals.carbon_cost_cny_per_tco2[:, ELECTRICITY] * coal_co2
    pays = price[:, PRICED_FUELS.index(PELLETS)] <= coal
    return pays[:, None] * region.power.cofiring.fuel_share


def burnt_share(
    region: Region, signals: Signals, fuel: Integers, province: Integers, cofiring_year: Integers, year: int
) -> Floats:
    """Return the share of biomass in the heat of units in `year` [N], 0 of those that are not equipped."""
    return share_of_equipped(region, signals)[province, fuel] * (cofiring_year <= year)


def biomass_share(plants: "PowerPlants", signals: Signals, year: int) -> Floats:
    """Return `burnt_share` of all units [N]."""
    return burnt_share(plants.region, signals, plants.fuel, plants.province, plants.cofiring_year, year)


def biomass_gj(region: Region, fuel: Integers, share: Floats, gross_tco2: Floats) -> Floats:
    """Return the biomass that units burnt beside coal, GJ [N], from the CO2 of their coal."""
    factor = region.power.fuel_co2_t_per_gj[fuel]
    heat = np.divide(gross_tco2, factor, out=np.zeros(factor.shape), where=factor > 0.0)
    return heat * share / (1.0 - share)


def cofiring_value(
    region: Region,
    signals: Signals,
    *,
    province: Integers,
    fuel: Integers,
    capacity_mw: Floats,
    remaining_years: Integers,
    gross_tco2: Floats,
    rate: Floats,
    belief: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return NPV, investment, CNY, and switching carbon price of equipping units that burn none yet [n].

    Valued as if biomass were burnt in every year, so that where it will not pay the option is undervalued.

    Args:
        region: the pack.
        signals: the year's signals.
        province: of each unit [n].
        fuel: [n].
        capacity_mw: [n].
        remaining_years: to the end of life [n].
        gross_tco2: of a cleared year ahead [n].
        rate: real hurdle rate [n].
        belief: how far the owner believes announced policy [n].
    """
    cofiring, factor = region.power.cofiring, region.power.fuel_co2_t_per_gj[fuel]
    heat = np.divide(gross_tco2, factor, out=np.zeros(factor.shape), where=factor > 0.0)
    biomass = heat * cofiring.fuel_share[fuel]
    price = signals.fuel_price_cny_per_gj[province]
    dearer = price[:, PRICED_FUELS.index(PELLETS)] - price[:, PRICED_FUELS.index("coal")]
    capex = capacity_mw * KW_PER_MW * cofiring.capex_cny_per_kw[fuel]
    projects = Projects(
        province=province,
        sector=np.full(province.size, ELECTRICITY),
        capex_cny=capex,
        lead_years=np.full(province.size, cofiring.lead_time_years),
        life_years=np.maximum(remaining_years - cofiring.lead_time_years, 0),
        cash_cny=-biomass * dearer,
        avoided_tco2=biomass * factor,
        stored_tco2=np.zeros(province.size),
        allowance_share=np.zeros(province.size),  # free allowances go by output
        rate=rate,
        belief=belief,
    )
    value, switching = appraise_projects(signals, projects)
    return value, capex, switching


def within_reach(
    region: Region, *, province: Integers, capacity_mw: Floats, npv_cny: Floats, equipped_mw: Floats
) -> Booleans:
    """Return whom biomass still reaches [n]: those to whom it is worth most by the MW, while there is some.

    Args:
        region: the pack.
        province: of each unit that could be equipped now [n].
        capacity_mw: [n].
        npv_cny: what it is worth to it [n].
        equipped_mw: coal units in operation that are equipped already [P].
    """
    cofiring = region.power.cofiring
    room = np.minimum(cofiring.maximum_build_mw_per_year, cofiring.potential_mw - equipped_mw)
    reached = np.zeros(province.size, bool)
    for i in np.argsort(-npv_cny / np.maximum(capacity_mw, 1e-9), kind="stable").tolist():
        p = province[i]
        reached[i] = npv_cny[i] > 0.0 and capacity_mw[i] <= room[p]
        room[p] -= capacity_mw[i] * reached[i]
    return reached


def can_cofire(region: Region, year: int, fuel: Integers, capture_year: Integers) -> Booleans:
    """Return which units may be equipped [n]: a boiler whose CO2 is captured keeps to coal."""
    ready = year >= region.parameters["cofiring_available_from_year"]
    return (region.power.cofiring.fuel_share[fuel] > 0.0) & (capture_year == OPEN_END_YEAR) & ready


def appraise_cofiring(
    plants: "PowerPlants",
    signals: Signals,
    forward: PlantAccounts,
    rows: Integers,
    rate: Floats,
    belief: Floats,
    window: Booleans,
) -> tuple[Floats, Floats, Floats, Booleans]:
    """Return NPV, investment and switching carbon price of co-firing at units, and who may do it [n].

    Args:
        plants: all of them.
        signals: the year's signals.
        forward: accounts of a cleared year ahead, [N].
        rows: of the units that decide, [n].
        rate: real hurdle rate [n].
        belief: how far each owner believes announced policy, [W].
        window: who stands at an overhaul [n].
    """
    region, year = plants.region, signals.year
    province, fuel, capacity = plants.province[rows], plants.fuel[rows], plants.capacity_mw[rows]
    value, capex, switching = cofiring_value(
        region,
        signals,
        province=province,
        fuel=fuel,
        capacity_mw=capacity,
        remaining_years=plants.retired_year[rows] - year,
        gross_tco2=forward.gross_tco2[rows],
        rate=rate,
        belief=belief[plants.owner[rows]],
    )
    may = can_cofire(region, year, fuel, plants.capture_year[rows]) & window
    may &= (plants.cofiring_year[rows] == OPEN_END_YEAR) & (plants.contract_tco2[rows] == 0.0)
    may &= value > 0.0
    if not may.any():  # as in most years
        return value, capex, switching, may
    may[may] = within_reach(
        region,
        province=province[may],
        capacity_mw=capacity[may],
        npv_cny=value[may],
        equipped_mw=equipped_mw(plants, year),
    )
    return value, capex, switching, may


def equipped_mw(plants: "PowerPlants", year: int) -> Floats:
    """Return the capacity of units in operation that are equipped to burn biomass beside coal, MW [P]."""
    equipped = (plants.cofiring_year < OPEN_END_YEAR) & plants.active(year)
    return np.bincount(plants.province, plants.capacity_mw * equipped, P)
