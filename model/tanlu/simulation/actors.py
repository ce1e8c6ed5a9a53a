"""Everybody who decides in a run: populations, lenders, CO2 hubs and governments."""

from typing import NamedTuple

import mesa
import numpy as np

from tanlu.buildings.builders import Builders
from tanlu.co2.hubs import CO2Hub
from tanlu.core.arrays import Floats
from tanlu.finance.companies import Companies
from tanlu.finance.government import Regulator
from tanlu.finance.lenders import Lender, lender_shares
from tanlu.industry.facilities import Industry
from tanlu.power.plants import PowerPlants
from tanlu.region.pack import Region
from tanlu.transport.vehicles import Vehicles


class Kinds(NamedTuple):
    """The class of each population; a subclass changes how its kind decides."""

    power_plants: type[PowerPlants]
    industry: type[Industry]
    companies: type[Companies]
    vehicles: type[Vehicles]
    builders: type[Builders]


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


def create_actors(model: mesa.Model, region: Region, kinds: Kinds, *, seed: int, replication: int) -> Actors:
    """Return the agents as they stand before the base year, registered with their Mesa model."""
    plants = kinds.power_plants(model, region, seed=seed, replication=replication)
    industry = kinds.industry(model, region, seed=seed, replication=replication)
    companies = kinds.companies(model, region, initial_assets(region, plants, industry))
    vehicles, builders = kinds.vehicles(model, region), kinds.builders(model, region)
    debt = float(companies.debt_cny.sum()) * lender_shares(region)
    return Actors(
        plants=plants,
        industry=industry,
        companies=companies,
        vehicles=vehicles,
        builders=builders,
        lenders=[Lender(model, region, row, float(debt[row])) for row in range(debt.size)],
        regulators={name: Regulator(model, name) for name in ("national", *region.axes.provinces)},
        hubs=[CO2Hub(model, region, row) for row in range(len(region.co2.hubs.ids))],
    )


def initial_assets(region: Region, plants: PowerPlants, industry: Industry) -> Floats:
    """Return what each company's assets in the region are worth at the start, CNY [W].

    Power units at book value, facilities at replacement cost less age, both with what is still being built.
    """
    w = len(region.finance.owners.ids)
    power = np.bincount(plants.owner, plants.book_value_cny, w)
    goods = np.bincount(industry.owner, industry.works_value_cny, w)
    return power + goods + region.parameters["smallest_company_assets_cny"]
