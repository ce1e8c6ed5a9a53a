"""Production: power units run as dispatched and facilities as planned, less the load that was shed."""

from typing import NamedTuple

import numpy as np

from tanlu.core.outcomes import CO2Outcome, PowerOutcome
from tanlu.core.signals import Signals
from tanlu.industry.facilities import Industry
from tanlu.industry.state import IndustryAccounts, ProductionPlan
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.power.plants import PowerPlants
from tanlu.simulation.state import ExpectationState
from tanlu.simulation.steps.demand import Demand


class Operation(NamedTuple):
    """A year of production, and the accounts of all who produced."""

    plants: PlantAccounts
    made: ProductionOutcome
    industry: IndustryAccounts
    co2: CO2Outcome


def produce(
    state: ExpectationState,
    signals: Signals,
    plan: ProductionPlan,
    demand: Demand,
    power: PowerOutcome,
    plants: PowerPlants,
    industry: Industry,
) -> tuple[ExpectationState, PlantAccounts, ProductionOutcome]:
    """Run the units and facilities; the scrap they melt sets the price of the next (docs/model/industry.md)."""
    accounts = plants.operate(signals, power, signals.year)
    shed = power.shed_mwh / np.maximum(demand.industry_mwh, 1.0)
    made = industry.operate(signals, plan, 1.0 - np.minimum(shed, 1.0))
    state = state._replace(scrap_price_cny_per_t=industry.scrap_price(signals, made))
    return state, accounts, made
