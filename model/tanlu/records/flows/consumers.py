"""Payments of who buys vehicles, builds and rides trains."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SEGMENTS
from tanlu.finance.flows import BUILDERS, HOUSEHOLDS, RAIL, REST, SERVICES, Flow
from tanlu.records.happened import YearOutcome
from tanlu.transport.vehicles import Vehicles

HOUSEHOLD_SEGMENT = np.array([segment == "car" for segment in SEGMENTS])  # others serve a business


def by_buyer(vehicles: Vehicles, value: Floats) -> dict[str, float]:
    """Split a value of vehicles [N]: households bear cars, services the rest."""
    at_home = HOUSEHOLD_SEGMENT[vehicles.segment]
    return {HOUSEHOLDS: float(value[at_home].sum()), SERVICES: float(value[~at_home].sum())}


def consumer_flows(year: YearOutcome, vehicles: Vehicles, provinces: tuple[str, ...]) -> Iterator[Flow]:
    """Yield the payments for vehicles, buildings and trains.

    What the road brings governments is among them.
    """
    fleet, buyers = year.fleet, year.road.buyers
    for payer, value in by_buyer(vehicles, fleet.cost_cny).items():
        yield Flow(payer, REST, "vehicles_and_oil", value)
    for p, province in enumerate(provinces):
        is_local = vehicles.province == p
        for item, values in (("carbon_price", buyers.carbon_cny), ("fuel_licences", buyers.licence_cny)):
            for payer, value in by_buyer(vehicles, values * is_local).items():
                yield Flow(payer, province, item, value)
    yield Flow(BUILDERS, REST, "construction", float(year.new_buildings.cost_cny.sum()))
    rail = fleet.rail
    yield Flow(HOUSEHOLDS, RAIL, "fares", float(rail.fares_cny.sum()))
    lines = year.signals.policy.vehicles.rail_investment_cny
    yield Flow(RAIL, REST, "lines_and_operation", float((lines + rail.operation_cny).sum()))
