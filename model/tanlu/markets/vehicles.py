"""Vehicles and rail: what governments pay and take on the road; then the fleet is a year older."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTOR
from tanlu.core.signals import Signals
from tanlu.finance.government import Regulator
from tanlu.markets.levies import charge
from tanlu.markets.subsidy_budgets import pay_by_the_piece
from tanlu.state.state import BudgetState
from tanlu.transport.vehicles import FleetYear, Vehicles


class BuyerMoney(NamedTuple):
    """What buyers and users of vehicles got and paid; axis N as of the population, CNY of 2020."""

    subsidy_cny: Floats
    levies_cny: Floats
    carbon_cny: Floats  # a fixed price, at the pump


class RoadMoney(NamedTuple):
    """What public budgets pay for the road and rail, and what buyers pay and get; [P], CNY of 2020."""

    charger_cny: Floats
    rail_cny: Floats  # lines, and what fares lack to running them
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
    policy = signals.policy.vehicles
    state, subsidy = pay_by_the_piece(state, regulators, signals.policy, vehicles.subsidised(fleet))
    bases = vehicles.charged(fleet)
    state = state.add_payments(charge(signals.policy, bases))
    levies = signals.policy.sum_dues_cny(bases)
    rail_deficit = np.maximum(fleet.rail.operation_cny - fleet.rail.fares_cny, 0.0)
    vehicles.settle(fleet)
    return state, RoadMoney(
        charger_cny=policy.charger_investment_cny,
        rail_cny=policy.rail_investment_cny + rail_deficit,
        buyers=BuyerMoney(subsidy, levies, carbon * fleet.emitted_tco2),
    )
