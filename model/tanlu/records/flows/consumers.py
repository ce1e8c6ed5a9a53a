"""Payments of who buys vehicles, builds and rides trains."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SEGMENTS, P
from tanlu.finance.flows import BUILDERS, HOUSEHOLDS, RAIL, REST, SERVICES, Flow
from tanlu.records.happened import Year
from tanlu.transport.vehicles import Vehicles

HOUSEHOLD_SEGMENT = np.array([segment == "car" for segment in SEGMENTS])  # others serve a business


def by_buyer(vehicles: Vehicles, value: Floats) -> dict[str, float]:
    """Return who bears a value of rows of vehicles [N]: households the cars, services the rest."""
    at_home = HOUSEHOLD_SEGMENT[vehicles.segment]
    return {HOUSEHOLDS: float(value[at_home].sum()), SERVICES: float(value[~at_home].sum())}


def consumer_flows(year: Year, vehicles: Vehicles, provinces: tuple[str, ...]) -> Iterator[Flow]:
    """Yield what vehicles, buildings and trains cost those who use them, and what the road brings governments."""
    fleet, paid = year.fleet, year.road.buyers
    for payer, value in by_buyer(vehicles, fleet.cost_cny).items():
        yield Flow(payer, REST, "vehicles_and_oil", value)
    for p in range(P):
        here = vehicles.province == p
        for item, values in (("carbon_price", paid.carbon_cny), ("fuel_licences", paid.licence_cny)):
            for payer, value in by_buyer(vehicles, values * here).items():
                yield Flow(payer, provinces[p], item, value)
    yield Flow(BUILDERS, REST, "construction", float(year.built.cost_cny.sum()))
    rail = fleet.rail
    yield Flow(HOUSEHOLDS, RAIL, "fares", float(rail.fares_cny.sum()))
    lines = year.signals.policy.vehicles.rail_investment_cny
    yield Flow(RAIL, REST, "lines_and_operation", float((lines + rail.operation_cny).sum()))
