"""Exogenous drivers: what the law, the world and the pack say of every year of a run, found when the law changes."""

from typing import Literal, NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import APPRAISAL_YEARS, SECTOR, SEGMENTS, VEHICLE_TECHNOLOGIES
from tanlu.core.schedules import PolicySchedule, RateShapes, list_subsidy_shapes
from tanlu.core.units import T_PER_KT
from tanlu.industry.prices import fuel_cost_change, usual_tco2_per_t
from tanlu.industry.trade import metal_in_vehicles
from tanlu.inputs.types import Schedule
from tanlu.kernels.national_market import NationalRules
from tanlu.power.tariffs import INDUSTRIAL, first_tariffs
from tanlu.region.buildings import MODULAR_CLAIMS
from tanlu.region.corridors import PowerCorridors
from tanlu.region.finance import BENCHMARK_CLASSES
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.industry import ENERGY, IndustryData
from tanlu.region.pack import Region
from tanlu.region.power import PRICED_FUELS
from tanlu.region.tables import year_index
from tanlu.region.vehicles import VehicleData
from tanlu.scenario.schema import Scenario
from tanlu.scenario.world import World
from tanlu.state.national_rules import capped_sectors, limit_shortfall, national_rules, sold_share
from tanlu.transport.rail import line_km

# Which sector's coverage and tightening rule each benchmark class.
CLASS_SECTOR = np.array(
    [SECTOR["heat"] if c == "heat" else SECTOR.get(c, SECTOR["electricity"]) for c in BENCHMARK_CLASSES]
)
ENERGY_COLUMNS = [PRICED_FUELS.index(name) for name in ENERGY]
STEEL = ("primary_steel", "secondary_steel")
# Exported vehicles are taken for cars that burn fuel, as most of the nation's are.
CAR, FUEL = SEGMENTS.index("car"), VEHICLE_TECHNOLOGIES.index("fuel")


class ExportDrivers(NamedTuple):
    """What is known of goods sold abroad; axes as in `Drivers`."""

    charge_announced: (
        Booleans  # [Y] whether anything is charged at a border in the year or while an appraisal looks
    )
    usual: Floats  # [Y, P, X, 2] at the prices of the last statistic, without and with a charge
    metal_t: Floats  # [Y, G] in an exported vehicle
    vehicle_price_cny: Floats  # [Y] of it


class ModularFactors(NamedTuple):
    """What building with modules takes next to casting in place."""

    cost: Floats  # [Y]
    time: Floats  # [Y]


class LifeExtensions(NamedTuple):
    """What it takes and brings to refurbish a unit in a year."""

    years: Floats  # [Y] whole ones
    capex_share: Floats  # [Y] of a new unit's cost


class EnergyPrices(NamedTuple):
    """What fuel and heat cost, CNY/GJ."""

    fuel_cny_per_gj: Floats  # [Y, P, priced fuel]
    industry_cny_per_gj: Floats  # [Y, P, ENERGY] coal, oil, gas, biomass for industry
    heat_cny_per_gj: Floats  # [Y, P, priced fuel] of steam that units burning it sell


class NeighbourDrivers(NamedTuple):
    """What the world lets the neighbours' plants pay and serve."""

    rule: Literal["national", "as_region", "own"]
    carbon_price_cny_per_tco2: Floats  # [Y] their own, for every tonne
    coal_price_factor: Floats  # [Y]
    cooling_factor: Floats  # [Y]


class Drivers(NamedTuple):
    """What is known of every year; axis Y the years of the policy schedule, the others as in `Signals`."""

    schedule: PolicySchedule  # on which it rests
    subsidy_shapes: RateShapes
    energy: EnergyPrices
    fuel_cost_change_cny_per_t: Floats  # [Y, P, G products] of the usual maker since the base year
    usual_tco2_per_t: Floats  # [G] CO2 of the usual process
    base_electricity_price_cny_per_mwh: Floats  # [P] what industry paid before the first cleared year
    national_rules: NationalRules  # of the allowance market, by data year
    is_capped: Booleans  # [Y, S] whose facilities get a part of a cap
    neighbours: NeighbourDrivers
    auction_share: Floats  # [Y, P, S] share of the allocation that is sold
    free_share: Floats  # [Y, P, S] of an allowance's price that a tonne of allocation by emissions is worth
    bought_share: Floats  # [Y, P, S] of its CO2 for which who emits as in the base year buys allowances
    benchmark: (
        Floats  # [Y, P, benchmark class + 1] free allocation per unit of output; the last column is zero
    )
    least_free_share: (
        Floats  # [Y, P, benchmark class + 1] of what needs allowances, given free whatever the output
    )
    price_cap_cny_per_mwh: Floats  # [Y] at which hours without enough power are settled
    life_extension: LifeExtensions
    capture_cost_factor: Floats  # [Y] of the world
    modular: ModularFactors
    rail_line_km: Floats  # [Y, P]
    export_by_line_mwh: Floats  # [Y, L] sent away by contract; what is recalled moves the sum, not the lines
    demand_factor: Floats  # [Y] of the world, on what the pack says of demand
    exports: ExportDrivers
    steel_share: Floats  # [P, G] of each route in the province's steel


def exogenous_drivers(region: Region, scenario: Scenario, schedule: PolicySchedule) -> Drivers:
    """Build the drivers of every year of a schedule.

    The schedule holds the scenario's policies.
    """
    years, world, goods = schedule.years, scenario.world, region.industry.products
    rows = slice(year_index(years[0]), year_index(years[-1]) + 1)
    fuel = _fuel_prices(region, scenario, schedule)
    energy = np.maximum(fuel[:, :, ENERGY_COLUMNS] + _industry_margin(region), 0.0)
    rules = national_rules(region.national_market, schedule)
    is_capped = capped_sectors(rules, schedule)
    auctioned = np.minimum(
        sold_share(rules, schedule), 1.0 - 1e-6
    )  # by the trace left free the rest is measured
    claim, buildings = MODULAR_CLAIMS.index(world.modular_building), region.buildings
    return Drivers(
        schedule=schedule,
        subsidy_shapes=list_subsidy_shapes(schedule.axes),
        energy=EnergyPrices(fuel, energy, _heat_price(region, fuel, world.heat_price_factor.path(years))),
        fuel_cost_change_cny_per_t=fuel_cost_change(goods, energy - _base_energy_price(region)),
        usual_tco2_per_t=usual_tco2_per_t(goods, region.power.carrier_co2_t_per_gj[: len(ENERGY)]),
        base_electricity_price_cny_per_mwh=first_tariff(region)[:, INDUSTRIAL],
        national_rules=rules,
        is_capped=is_capped,
        neighbours=_neighbours(world, years),
        auction_share=auctioned,
        free_share=schedule.carbon.covered * (1.0 - auctioned) * ~is_capped[:, None],
        bought_share=_bought_share(region, schedule, auctioned),
        benchmark=_benchmarks(schedule, auctioned, region.finance.benchmark[rows]),
        least_free_share=_least_free(schedule, auctioned, region, rows),
        price_cap_cny_per_mwh=region.parameters["price_cap_cny_per_mwh"] * world.price_cap_factor.path(years),
        life_extension=_life_extensions(region, world, years),
        capture_cost_factor=world.capture_cost_factor.path(years),
        modular=ModularFactors(
            buildings.modular_cost_factor[claim, rows], buildings.modular_time_factor[claim, rows]
        ),
        rail_line_km=line_km(region.vehicles.rail, schedule.vehicles.rail_investment_cny),
        export_by_line_mwh=_export_by_line_mwh(
            region.power.corridors, rows, schedule.power.export_kept_share
        ),
        demand_factor=world.demand_factor.path(years),
        exports=ExportDrivers(
            charge_announced=_charge_announced(schedule),
            usual=_usual_exports(region, rows, world.demand_factor.path(years)),
            metal_t=metal_in_vehicles(region.trade, goods, _aluminium_t(region.vehicles, rows)),
            vehicle_price_cny=region.vehicles.price_cny_per_vehicle[rows, CAR, FUEL],
        ),
        steel_share=steel_share(region.industry),
    )


def _neighbours(world: World, years: Integers) -> NeighbourDrivers:
    """Read what the neighbours' plants pay for coal and CO2, and how hot it is there."""
    rule = world.neighbours_carbon_price
    return NeighbourDrivers(
        "own" if not isinstance(rule, str) else "national" if rule == "national" else "as_region",
        np.zeros(years.size) if isinstance(rule, str) else Schedule(rule).path(years),
        world.coal_price_factor.path(years),
        world.cooling_factor.path(years),
    )


def _heat_price(region: Region, fuel: Floats, factor: Floats) -> Floats:
    """Compute the price of heat for its users, CNY/GJ [Y, P, PRICED_FUELS].

    It is what a boiler of the same fuel would cost.
    """
    x = region.parameters
    boiler = fuel / x["heat_boiler_efficiency_share"] + x["heat_price_above_fuel_cny_per_gj"]
    return np.asarray(boiler * factor[:, None, None])


def _life_extensions(region: Region, world: World, years: Integers) -> LifeExtensions:
    """Compute years gained by refurbishing and its cost share [Y].

    They are the pack's times the world's factors.
    """
    x = region.parameters
    return LifeExtensions(
        np.rint(x["life_extension_years"] * world.life_extension_length_factor.path(years)),
        x["life_extension_capex_share"] * world.life_extension_cost_factor.path(years),
    )


def first_tariff(region: Region) -> Floats:
    """Read the tariff before the first cleared year, CNY/MWh [P, K]."""
    wholesale = region.parameters["initial_wholesale_price_cny_per_mwh"]
    return first_tariffs(region.tariffs, row=year_index(region.base_year), wholesale_cny_per_mwh=wholesale)


def _fuel_prices(region: Region, scenario: Scenario, schedule: PolicySchedule) -> Floats:
    """Multiply the pack's fuel prices by the world's factors [Y, P, PRICED_FUELS]."""
    first = year_index(schedule.years[0])
    price = region.power.fuel_price_cny_per_gj[first : first + schedule.years.size].copy()
    world = scenario.world
    for name, factor in (("coal", world.coal_price_factor), ("gas", world.gas_price_factor)):
        price[:, :, PRICED_FUELS.index(name)] *= factor.path(schedule.years)[:, None]
    return price


def _base_energy_price(region: Region) -> Floats:
    """Compute industry's energy prices in the base year, CNY/GJ [P, ENERGY]."""
    base = region.power.fuel_price_cny_per_gj[year_index(region.base_year)]
    return np.maximum(base[:, ENERGY_COLUMNS] + _industry_margin(region), 0.0)


def _industry_margin(region: Region) -> Floats:
    """Read industry's energy prices above those of power stations, CNY/GJ [ENERGY]."""
    return np.array([region.parameters[f"industry_{name}_price_margin_cny_per_gj"] for name in ENERGY])


def _bought_share(region: Region, schedule: PolicySchedule, auctioned: Floats) -> Floats:
    """Compute the share of CO2 with bought allowances [Y, P, S].

    It is that of makers that emit as much per unit as in the base year. They are short of allowances by the gap between
    the tightened benchmark and themselves.
    """
    benchmark, x = schedule.carbon.benchmark_factor, region.parameters
    gap = (benchmark - 1.0) / np.maximum(benchmark, 1e-9)
    limit = x["allocation_surplus_limit"]
    free = 1.0 + np.clip(x["allocation_sensitivity"] * gap, -limit, limit)
    return np.asarray(schedule.carbon.covered * (1.0 - free * (1.0 - auctioned)))


def _benchmarks(schedule: PolicySchedule, auctioned: Floats, official: Floats) -> Floats:
    """Compute free allocation per unit of output [Y, P, class + 1].

    The last class is zero.
    """
    factor = schedule.carbon.benchmark_factor[:, :, CLASS_SECTOR]
    free = schedule.carbon.covered[:, :, CLASS_SECTOR] * (1.0 - auctioned[:, :, CLASS_SECTOR])
    allocation = official[:, None] * factor * free
    return np.concatenate([allocation, np.zeros((*allocation.shape[:2], 1))], axis=2)


def _least_free(schedule: PolicySchedule, auctioned: Floats, region: Region, rows: slice) -> Floats:
    """Compute the least free share of obligations [Y, P, class + 1].

    The last class is zero. The share is part of an allocation whose auctioned share is sold, as the rest of it.
    """
    national = region.finance.carbon_market.shortfall_cap_share[rows]
    cap = limit_shortfall(national, BENCHMARK_CLASSES, schedule.years, schedule)
    free = schedule.carbon.covered[:, :, CLASS_SECTOR] * (1.0 - auctioned[:, :, CLASS_SECTOR])
    free_share = (1.0 - cap)[:, None] * free
    return np.concatenate([free_share, np.zeros((*free_share.shape[:2], 1))], axis=2)


def _charge_announced(schedule: PolicySchedule) -> Booleans:
    charged = schedule.trade.border_price_cny_per_tco2.any(axis=(1, 2))
    charged |= schedule.trade.border_price_on_vehicles_cny_per_tco2.any(axis=1)
    return np.array([charged[y : y + 1 + APPRAISAL_YEARS].any() for y in range(charged.size)])


def _usual_exports(region: Region, rows: slice, demand_factor: Floats) -> Floats:
    trade = region.trade
    products = region.industry.demand_kt[rows] * T_PER_KT * trade.export_share[:, :-1]
    vehicles = np.broadcast_to(trade.exported_vehicles[:, None], (*products.shape[:2], 1))
    usual = np.concatenate([products, vehicles], axis=2) * demand_factor[:, None, None]
    kinds = np.stack([1.0 - trade.adjusted_share, trade.adjusted_share], axis=1)
    return np.asarray(usual[..., None] * kinds)


def _export_by_line_mwh(lines: PowerCorridors, rows: slice, kept_share: Floats) -> Floats:
    by_line = kept_share[:, lines.export_zone, np.arange(lines.export_zone.size)]
    delivery_mw = lines.export_mw[rows] * by_line[:, :, lines.season]
    return np.asarray((delivery_mw * HOURS_IN_MONTH).sum(axis=2))


def steel_share(data: IndustryData) -> Floats:
    """Compute the share of each route in the inventory's steel [P, product]."""
    is_steel = np.array([name in STEEL for name in data.products.names])
    output_kt = data.inventory_output_kt * is_steel
    return np.asarray(output_kt / np.maximum(output_kt.sum(axis=1), 1e-9)[:, None])


def _aluminium_t(vehicles: VehicleData, rows: slice) -> Floats:
    return np.asarray(vehicles.aluminium_t_per_vehicle[rows, FUEL])
