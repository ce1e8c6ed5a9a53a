"""The record of road vehicles, and of the rail that carries people instead."""

from typing import NamedTuple

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import G, V
from tanlu.records.happened import YearOutcome
from tanlu.region.industry import ENERGY
from tanlu.transport.vehicles import Vehicles

OIL = ENERGY.index("oil")


class RoadRecord(NamedTuple):
    """Road vehicles; G segments, V technologies."""

    stock: Floats  # [P, G, V] vehicles at the end of the year
    sales: Floats  # [P, G, V] vehicles
    emitted_tco2: Floats  # [P] part of transport
    oil_gj: Floats  # [P]
    driven_km: Floats  # [P]
    spared_km: Floats  # [P] not driven for what CO2 adds to the cost; below zero where it is cheaper
    forgone_use_cny: Floats  # [P] what that was worth to drivers
    aluminium_t: Floats  # [P] in new cars
    policy_chargers: Floats  # [P] public ones paid for by policy
    system_cost_cny: Floats  # [P] vehicles, maintenance and oil; power's cost has the electricity


class RailRecord(NamedTuple):
    """Urban rail paid for by policy."""

    line_km: Floats  # [P]
    trips: Floats  # [P]
    moved_vehicle_km: Floats  # [P] that road vehicles do not drive
    electricity_mwh: Floats  # [P]
    spared_tco2: Floats  # [P] of oil that road vehicles do not burn
    avoided_tco2: Floats  # [P] that, less what thermal power emits for rail in place of charging
    system_cost_cny: Floats  # [P] lines and operation; power's cost has the electricity


def measure_road(year: YearOutcome, vehicles: Vehicles) -> RoadRecord:
    """Measure road vehicles."""
    fleet, money, provinces = year.fleet, year.road, year.fleet.chargers.size

    def total(value: Floats) -> Floats:
        return sum_by_group(vehicles.province, value, provinces)

    return RoadRecord(
        stock=fleet.fleet_vehicles.sum(axis=2).reshape(-1, G, V),
        sales=fleet.sales_vehicles.reshape(-1, G, V),
        emitted_tco2=total(fleet.emitted_tco2),
        oil_gj=total(fleet.oil_gj),
        driven_km=total(fleet.km),
        spared_km=total(fleet.spared_km),
        forgone_use_cny=total(fleet.forgone_use_cny),
        aluminium_t=fleet.aluminium_t,
        policy_chargers=fleet.chargers,
        system_cost_cny=total(fleet.cost_cny) + money.charger_cny,
    )


def measure_rail(year: YearOutcome, oil_tco2_per_gj: float, thermal_tco2_per_mwh: Floats) -> RailRecord:
    """Measure rail.

    Thermal units of the province give what rail takes and cars spare.

    Args:
        year: what happened.
        oil_tco2_per_gj: of oil that road vehicles burn.
        thermal_tco2_per_mwh: what a MWh of thermal units emits, t CO2 [P].
    """
    rail, oil = year.fleet.rail, oil_tco2_per_gj
    net_mwh = rail.electricity_mwh - rail.spared_electricity_mwh
    return RailRecord(
        line_km=year.signals.rail_line_km,
        trips=rail.trips,
        moved_vehicle_km=rail.moved_vehicle_km,
        electricity_mwh=rail.electricity_mwh,
        spared_tco2=rail.spared_oil_gj * oil,
        avoided_tco2=rail.spared_oil_gj * oil - net_mwh * thermal_tco2_per_mwh,
        system_cost_cny=year.signals.policy.vehicles.rail_investment_cny + rail.operation_cny,
    )
