"""What companies, CO2 hubs and lenders hold, so that a year's payments can be held against it, and who owns what."""

from typing import NamedTuple

from tanlu.core.arrays import Integers
from tanlu.simulation.actors import Actors


class Books(NamedTuple):
    """Cash, loans and capital of all together, CNY, and the owner of each holding and facility."""

    company_cash_cny: float
    hub_cash_cny: float
    lent_cny: float
    lender_capital_cny: float
    unit_owner: Integers  # [Q] of holdings of power units
    facility_owner: Integers  # [N]


def read_books(actors: Actors) -> Books:
    """Return what everybody holds now."""
    return Books(
        float(actors.companies.cash_cny.sum()),
        sum(hub.cash_cny for hub in actors.hubs),
        sum(lender.outstanding_cny for lender in actors.lenders),
        sum(lender.capital_cny for lender in actors.lenders),
        actors.plants.holdings.owner,
        actors.industry.owner,
    )
