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


class RoadMoney(NamedTuple):
    """What public budgets pay for the road and rail [P], and what CO2 costs its users; CNY of 2020."""

    charger_cny: Floats  # [P]
    rail_cny: Floats  # [P] lines, and what fares lack to running them
    carbon_cny: Floats  # [N] a fixed price at the pump, axis as of the population


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
    state, _ = pay_by_the_piece(state, regulators, signals.policy, vehicles.subsidised(fleet))
    state = state.add_payments(charge(signals.policy, vehicles.charged(fleet)))
    rail_deficit = np.maximum(fleet.rail.operation_cny - fleet.rail.fares_cny, 0.0)
    vehicles.settle(fleet)
    return state, RoadMoney(
        charger_cny=policy.charger_investment_cny,
        rail_cny=policy.rail_investment_cny + rail_deficit,
        carbon_cny=carbon * fleet.emitted_tco2,
    )
