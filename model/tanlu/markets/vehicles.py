"""Vehicles and rail: what governments pay and take on the road; then the fleet is a year older."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import SECTOR
from tanlu.core.signals import Signals
from tanlu.finance.government import Regulator
from tanlu.markets.subsidy_budgets import pay_by_the_piece
from tanlu.state.state import BudgetState
from tanlu.transport.vehicles import FleetYear, Vehicles

FUEL = 0  # of VEHICLE_TECHNOLOGIES


class BuyerMoney(NamedTuple):
    """What buyers and users of vehicles got and paid; axis N as of the population, CNY of 2020."""

    subsidy_cny: Floats
    licence_cny: Floats
    carbon_cny: Floats  # a fixed price, at the pump


class RoadMoney(NamedTuple):
    """What public budgets paid and took on the road, subsidies aside; [P], CNY of 2020."""

    licence_cny: Floats
    charger_cny: Floats
    rail_cny: Floats  # lines, and what fares lack to running them
    carbon_revenue_cny: Floats  # of a fixed price, paid at the pump
    buyers: BuyerMoney


def settle_vehicles(
    state: BudgetState,
    regulators: Mapping[str, Regulator],
    signals: Signals,
    vehicles: Vehicles,
    fleet: FleetYear,
) -> tuple[BudgetState, RoadMoney]:
    """Settle public money on the road, and end the fleet's year (docs/model/policies.md)."""
    carbon = signals.policy.carbon.price_cny_per_tco2[vehicles.province, SECTOR["transport"]]
    sales = fleet.sales_vehicles[:, FUEL]
    policy = signals.policy.vehicles
    provinces = policy.rail_investment_cny.size
    licence = policy.fuel_licence_cny_per_vehicle.reshape(-1) * sales
    state, subsidy = pay_by_the_piece(state, regulators, signals.policy, vehicles.subsidised(fleet))
    buyers = BuyerMoney(subsidy, licence, carbon * fleet.emitted_tco2)
    money = RoadMoney(
        licence_cny=sum_by_group(vehicles.province, licence, provinces),
        charger_cny=policy.charger_investment_cny,
        rail_cny=policy.rail_investment_cny
        + np.maximum(fleet.rail.operation_cny - fleet.rail.fares_cny, 0.0),
        carbon_revenue_cny=sum_by_group(vehicles.province, buyers.carbon_cny, provinces),
        buyers=buyers,
    )
    order: Integers = np.zeros(1, np.int64)
    for p, name in enumerate(vehicles.region.axes.provinces):
        regulator = regulators[name]
        regulator.pay("public_chargers", money.charger_cny[p : p + 1], order, np.inf)
        regulator.pay("rail_transit", money.rail_cny[p : p + 1], order, np.inf)
        regulator.receive("fuel_licences", float(money.licence_cny[p]))
        regulator.receive("carbon_price", float(money.carbon_revenue_cny[p]))
    vehicles.settle(fleet)
    return state, money
