"""Everybody who decides in a run: populations, lenders, CO2 hubs and governments."""

from typing import NamedTuple

from tanlu.buildings.builders import Builders
from tanlu.co2.hubs import CO2Hub
from tanlu.finance.companies import Companies
from tanlu.finance.government import Regulator
from tanlu.finance.lenders import Lender
from tanlu.industry.facilities import Industry
from tanlu.power.plants import PowerPlants
from tanlu.transport.vehicles import Vehicles


class Actors(NamedTuple):
    """The agents of a run. What they hand to the next year stands in their own columns."""

    plants: PowerPlants
    industry: Industry
    companies: Companies
    vehicles: Vehicles
    builders: Builders
    lenders: list[Lender]
    regulators: dict[str, Regulator]  # `national` and the provinces
    hubs: list[CO2Hub]
