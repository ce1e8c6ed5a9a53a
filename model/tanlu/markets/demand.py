"""Demand: electricity by part and province, from statistics and then from what drives each part."""

from typing import NamedTuple

import numpy as np

from tanlu.adopters.cohorts import Adopters, EndUse
from tanlu.buildings.builders import Builders, BuildingYear
from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import PARTS
from tanlu.core.economics import use_at_cost
from tanlu.core.signals import Signals
from tanlu.core.units import MWH_PER_TWH
from tanlu.industry.facilities import Industry
from tanlu.industry.state import ProductionPlan, inventory_output_t
from tanlu.industry.use import ProductUse, answer_prices
from tanlu.markets.buildings import added_demand, last_statistic
from tanlu.markets.trade import added_export_demand, usual_home_use
from tanlu.region.demand import ANSWERING_PARTS, INDUSTRY_PARTS, SEASONAL_PARTS, STATISTIC_GROUPS
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.scenario.world import World
from tanlu.state.drivers import Drivers
from tanlu.state.state import DemandBase, ExpectationState
from tanlu.transport.vehicles import FleetYear, Vehicles

FACILITIES, VEHICLES, COOLING = (PARTS.index(part) for part in ("facilities", "vehicles", "cooling"))
SEASONS = [PARTS.index(part) for part in SEASONAL_PARTS]
INDUSTRY = [PARTS.index(part) for part in INDUSTRY_PARTS]
ANSWERING = [PARTS.index(part) for part in ANSWERING_PARTS]
AGRICULTURE, SERVICES, RESIDENTIAL, DATA_CENTRES = range(len(STATISTIC_GROUPS))


class Demand(NamedTuple):
    """Electricity wanted in a year."""

    parts_mwh: Floats  # [Q, P] by PARTS
    load_shape: Floats  # [P, month, day type, hour] of the annual mean
    usual_load_mwh: Floats  # [P] with a summer of usual heat
    usual_load_shape: Floats  # [P, month, day type, hour] of that
    seasonal_shape: Floats  # [2, P, month, day type, hour] of it, cooling and heating
    # [`ANSWERING_PARTS`, P] that users leave because CO2 makes it dear; below zero where it is cheaper
    spared_by_part_mwh: Floats

    @property
    def spared_mwh(self) -> Floats:
        """Sum what users leave [P]."""
        return np.asarray(self.spared_by_part_mwh.sum(axis=0))

    @property
    def load_mwh(self) -> Floats:
        """Sum all parts [P]."""
        return np.asarray(self.parts_mwh.sum(axis=0))

    @property
    def industry_mwh(self) -> Floats:
        """Sum the plans of facilities and the use of other industry [P]."""
        return np.asarray(self.parts_mwh[INDUSTRY].sum(axis=0))


class DemandYear(NamedTuple):
    """What was bought and built in a year, and what it asks of industry and of the grid."""

    fleet: FleetYear
    new_buildings: BuildingYear
    plan: ProductionPlan
    use: ProductUse
    electricity: Demand
    end_use: EndUse


def plan_demand(
    state: ExpectationState,
    signals: Signals,
    world: World,
    drivers: Drivers,
    region: Region,
    vehicles: Vehicles,
    builders: Builders,
    adopters: Adopters,
    industry: Industry,
) -> tuple[ExpectationState, DemandYear]:
    """Plan purchases, buildings and output, and add up electricity (docs/model/demand.md)."""
    year, factor = signals.year, world.demand_factor.value_in(signals.year)
    fleet, new_buildings = vehicles.offer(signals, factor), builders.offer(signals, factor)
    end_use = adopters.offer(signals, factor)
    cohorts_mwh = adopters.sum_electricity_mwh(end_use.electricity_mwh)
    if year <= region.last_observed_year:
        state = state._replace(statistic=last_statistic(signals, fleet, new_buildings))
    added_t = added_demand(
        region.industry, region.buildings, signals, fleet, new_buildings, state.statistic, drivers.steel_share
    )
    pace = region.parameters["use_adaptation_share_per_year"]
    adapted = state.adapted_use + pace * (signals.use.use_factor - state.adapted_use)
    power_use = answer_tariffs(region, signals, state.adapted_power_use)
    home_use_t = usual_home_use(region, drivers, signals, factor) + added_t
    use = answer_prices(home_use_t, adapted, signals.use.sourcing_factor)
    state = state._replace(adapted_use=adapted, adapted_power_use=power_use)
    added_t = added_t + added_export_demand(drivers, signals) - (use.spared_t + use.moved_t)
    plan = industry.offer(signals, factor, added_t, adopters.sum_fuel_gj(end_use))
    rail_mwh = fleet.rail.electricity_mwh
    facilities = sum_by_group(industry.province, plan.electricity_mwh, rail_mwh.size)
    charging = sum_by_group(vehicles.province, fleet.electricity_mwh, rail_mwh.size) + rail_mwh
    if year == region.last_observed_year:
        scale = 1.0 / max(factor, 1e-9)  # later years have their own factor
        base = demand_base(
            region=region,
            facilities_mwh=facilities * scale,
            vehicles_mwh=charging * scale,
            cohorts_mwh=cohorts_mwh * scale,
        )
        state = state._replace(demand_base=base)
    demand = electricity_demand(
        year=year,
        region=region,
        factor=factor,
        facilities_mwh=facilities,
        vehicles_mwh=charging,
        cohorts_mwh=cohorts_mwh,
        cooling_factor=world.cooling_factor.value_in(year),
        use=power_use,
        base=state.demand_base,
    )
    state = state._replace(load_history_mwh=(*state.load_history_mwh, demand.load_mwh))
    return state, DemandYear(fleet, new_buildings, plan, use, demand, end_use)


def answer_tariffs(region: Region, signals: Signals, last_use: Floats) -> Floats:
    """Compute use of electricity over that if CO2 cost nothing [`ANSWERING_PARTS`, P] (docs/model/demand.md).

    Users close a part of the gap to what last year's tariff leads to each year. Years of statistics hold what was used.

    Args:
        region: the pack.
        signals: of the year.
        last_use: of last year over that if CO2 cost nothing, in the same shape.
    """
    if signals.year <= region.last_observed_year:
        return last_use
    price, usual_price = (
        part_price[ANSWERING]
        for part_price in (
            signals.prices.part_price_cny_per_mwh,
            signals.prices.part_price_without_co2_cny_per_mwh,
        )
    )
    goal = use_at_cost(price, usual_price, region.demand.use_elasticity[:, None])
    return last_use + region.parameters["use_adaptation_share_per_year"] * (goal - last_use)


def electricity_demand(
    *,
    year: int,
    region: Region,
    factor: float,
    facilities_mwh: Floats,
    vehicles_mwh: Floats,
    cohorts_mwh: Floats,
    cooling_factor: float,
    use: Floats,
    base: DemandBase,
) -> Demand:
    """Compute electricity demand by part and province (docs/model/demand.md).

    To the last observed year the parts make up the statistic, cohorts within them; then cohorts choose, and the rest
    of each part follows its own driver.

    Args:
        year: the year.
        region: the pack.
        factor: the world's demand factor; what facilities and vehicles plan holds it already.
        facilities_mwh: what facilities plan to use, [P].
        vehicles_mwh: what vehicles charge, [P].
        cohorts_mwh: what cohorts of adopters take, [Q, P].
        cooling_factor: of the world, for a hot summer; the statistic has its own.
        use: of `ANSWERING_PARTS` over that if CO2 cost nothing, but for cohorts, [`ANSWERING_PARTS`, P].
        base: what later years start from.
    """
    if year <= region.last_observed_year:
        load = region.power.demand_twh[year_index(year)] * MWH_PER_TWH * factor
        seasonal = region.demand.observed_seasonal_share[year]
        parts = split_statistic(region, year, load, facilities_mwh, vehicles_mwh, seasonal)
        shapes = region.power.observed_load_shape[year], region.power.load_shape
        return Demand(
            parts,
            shapes[0],
            parts.sum(axis=0),
            shapes[1],
            select_seasons(parts, region.demand.shape),
            np.zeros((len(ANSWERING), load.size)),
        )
    t, last = year_index(year), year_index(region.last_observed_year)
    growth = region.demand.growth_index
    parts = base.parts_mwh * (growth[t] / growth[last]).T * factor
    saving_mwh = parts[ANSWERING] * (1.0 - use)
    parts[ANSWERING] -= saving_mwh
    parts += cohorts_mwh
    parts[FACILITIES], parts[VEHICLES] = facilities_mwh, vehicles_mwh
    usual_load, usual_shape = parts.sum(axis=0), mix_load_shape(parts, base)
    if cooling_factor == 1.0:  # as in most years
        return Demand(
            parts,
            usual_shape,
            usual_load,
            usual_shape,
            select_seasons(parts, base.shape),
            saving_mwh,
        )
    parts[COOLING] *= cooling_factor
    shape = mix_load_shape(parts, base)
    return Demand(parts, shape, usual_load, usual_shape, select_seasons(parts, base.shape), saving_mwh)


def mix_load_shape(parts_mwh: Floats, base: DemandBase) -> Floats:
    """Mix the hours of parts [Q, P] into the load shape.

    Parts keep to their hours; the shape is [P, month, day type, hour].
    """
    weight = parts_mwh / np.maximum(parts_mwh.sum(axis=0), 1e-300)  # a world without demand has no shape
    return np.asarray((base.shape * weight[:, :, None, None, None]).sum(axis=0))


def select_seasons(parts_mwh: Floats, shape: Floats) -> Floats:
    """Select cooling and heating in the load shape [2, P, month, day type, hour] of parts [Q, P] with shapes."""
    weight = parts_mwh[SEASONS] / np.maximum(parts_mwh.sum(axis=0), 1e-300)
    return np.asarray(shape[SEASONS] * weight[:, :, None, None, None])


def demand_base(
    *, region: Region, facilities_mwh: Floats, vehicles_mwh: Floats, cohorts_mwh: Floats
) -> DemandBase:
    """Build the base of later years.

    Industry has the hours that the usual load shape leaves after the other parts, so that parts which stay as
    they were give that shape.
    """
    year, data = region.last_observed_year, region.demand
    load = region.power.demand_twh[year_index(year)] * MWH_PER_TWH
    parts = split_statistic(region, year, load, facilities_mwh, vehicles_mwh, data.usual_seasonal_share)
    weight = parts / parts.sum(axis=0)
    rest = (data.shape * weight[:, :, None, None, None]).sum(axis=0)
    shape = data.shape.copy()
    shape[INDUSTRY] = (region.power.load_shape - rest) / weight[INDUSTRY].sum(axis=0)[:, None, None, None]
    # Cohorts took a part of the statistic, so the rest of it is what an index moves; it cannot be less than nothing.
    return DemandBase(np.maximum(parts - cohorts_mwh, 0.0), shape)


def first_parts(region: Region) -> Floats:
    """Split the base year's statistic as far as it is known before the year [Q, P].

    Facilities make what they made in the inventory year; so early the charging of vehicles is next to nothing.
    """
    facilities, processes = region.industry.facilities, region.industry.processes
    taken_mwh = inventory_output_t(region) * processes.electricity_mwh_per_t[facilities.process]
    load = region.power.demand_twh[year_index(region.base_year)] * MWH_PER_TWH
    return split_statistic(
        region,
        region.base_year,
        load,
        sum_by_group(facilities.province, taken_mwh, load.size),
        np.zeros(load.size),
        region.demand.usual_seasonal_share,
    )


def split_statistic(
    region: Region, year: int, load: Floats, facilities: Floats, vehicles: Floats, seasonal: Floats
) -> Floats:
    """Split a statistic into parts [Q, P]; other industry is the rest.

    The statistic counts data centres and public charging among services, charging at home as residential, and
    knows no cooling or heating: all are taken out of the group that holds them.
    """
    parameters, group = region.parameters, region.demand.group_share[year_index(year)] * load[:, None]
    at_home = parameters["residential_share_of_cooling_and_heating"]
    charged = parameters["residential_share_of_vehicle_charging"]
    cooling, heating = seasonal * load
    part = {
        "facilities": facilities,
        "agriculture": group[:, AGRICULTURE],
        "data_centres": group[:, DATA_CENTRES],
        "services": group[:, SERVICES]
        - group[:, DATA_CENTRES]
        - (1.0 - at_home) * (cooling + heating)
        - (1.0 - charged) * vehicles,
        "households": group[:, RESIDENTIAL] - at_home * (cooling + heating) - charged * vehicles,
        "cooling": cooling,
        "heating": heating,
        "vehicles": vehicles,
    }
    part["other_industry"] = np.maximum(load - sum(part.values(), start=np.zeros(load.size)), 0.0)
    return np.stack([part[name] for name in PARTS])
