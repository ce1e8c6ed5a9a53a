"""Everybody who decides in a run: populations, lenders, CO2 hubs and governments."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

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
    lenders: list[Lender]
    regulators: dict[str, Regulator]  # `national` and the provinces
    hubs: list[CO2Hub]
    borrowers: tuple[Borrowers, ...] = ()  # kinds in addition that invest; they follow phases too

    @classmethod
    def among(cls, made: Mapping[str, Any]) -> tuple["Actors", dict[str, Any]]:
        """Return the agents that the steps of a year name, and the others by the name of their kind."""
        named, kinds = len(cls._fields) - 1, list(made)
        followers = {kind: made[kind] for kind in kinds[named:]}
        borrowers = tuple(one for one in followers.values() if isinstance(one, Borrowers))
        return cls(*[*(made[kind] for kind in kinds[:named]), borrowers]), followers

    def by_kind(self, kinds: Iterable[str]) -> dict[str, Any]:
        """Return the agents that the steps name by their kind, `kinds` in the order in which they are made."""
        return dict(zip(kinds, self[:-1], strict=False))
