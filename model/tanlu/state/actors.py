"""Everybody who decides in a run: populations, lenders, CO2 hubs and governments."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tanlu.adopters.cohorts import Adopters
from tanlu.buildings.builders import Builders
from tanlu.co2.hubs import CO2Hub
from tanlu.finance.companies import Companies
from tanlu.finance.government import Regulator
from tanlu.finance.lenders import Lender
from tanlu.industry.facilities import Industry
from tanlu.investment.borrowers import Borrowers
from tanlu.power.plants import PowerPlants
from tanlu.transport.vehicles import Vehicles


class Actors(NamedTuple):
    """The agents of a run. What they hand to the next year stands in their own columns."""

    plants: PowerPlants
    industry: Industry
    companies: Companies
    vehicles: Vehicles
    builders: Builders
    adopters: Adopters
    lenders: list[Lender]
    regulators: dict[str, Regulator]  # `national` and the provinces
    hubs: list[CO2Hub]
    borrowers: tuple[Borrowers, ...] = ()  # kinds in addition that invest; they follow phases too

    @classmethod
    def split(cls, agents: Mapping[str, Any]) -> tuple["Actors", dict[str, Any]]:
        """Split agents into those of the steps and those of extensions.

        The latter are by the name of their kind.
        """
        core_count, kinds = len(cls._fields) - 1, list(agents)
        followers = {kind: agents[kind] for kind in kinds[core_count:]}
        borrowers = tuple(agent for agent in followers.values() if isinstance(agent, Borrowers))
        return cls(*[*(agents[kind] for kind in kinds[:core_count]), borrowers]), followers

    def by_kind(self, kinds: Iterable[str]) -> dict[str, Any]:
        """Map the agents of the steps by kind; `kinds` in their order."""
        return dict(zip(kinds, self[:-1], strict=False))
