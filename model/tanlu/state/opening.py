"""What there is at one time, against which a year can be held: cash and loans, who owns what, units and vehicles."""

from typing import NamedTuple

from tanlu.core.arrays import Floats, Integers
from tanlu.state.actors import Actors


class Books(NamedTuple):
    """Cash, loans and capital of all together, CNY; owners of holdings and facilities; power units and vehicles."""

    company_cash_cny: float
    hub_cash_cny: float
    lent_cny: float
    lender_capital_cny: float
    unit_owner: Integers  # [Q] of holdings of power units
    facility_owner: Integers  # [N]
    units: int  # rows of power units, those that are being built included
    vehicles: Floats  # [province x segment]


def read_books(actors: Actors) -> Books:
    """Return what everybody holds now."""
    return Books(
        float(actors.companies.cash_cny.sum()),
        sum(hub.cash_cny for hub in actors.hubs),
        sum(lender.outstanding_cny for lender in actors.lenders),
        sum(lender.capital_cny for lender in actors.lenders),
        actors.plants.holdings.owner,
        actors.industry.owner,
        len(actors.plants),
        actors.vehicles.stock_vehicles,
    )
