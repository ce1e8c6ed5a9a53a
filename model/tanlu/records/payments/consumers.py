"""Payments of who buys vehicles, builds and rides trains."""

from collections.abc import Iterator

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.parties import BUILDERS, HOUSEHOLDS, PARTY, RAIL, REST, SERVICES
from tanlu.core.payments import Block, PaymentLines
from tanlu.records.happened import YearOutcome
from tanlu.records.payments.items import Form, lines_by_province
from tanlu.transport.vehicles import Vehicles

BUYERS = (HOUSEHOLDS, SERVICES)  # of vehicles
FORM = Form(
    (BUILDERS, REST, "construction"), (HOUSEHOLDS, RAIL, "fares"), (RAIL, REST, "lines_and_operation")
)


def consumer_payments(year: YearOutcome, vehicles: Vehicles) -> Iterator[Block]:
    """Yield the payments for vehicles, buildings and trains.

    The carbon price at the pump is among them.
    """
    fleet, policy = year.fleet, year.signals.policy
    provinces = len(vehicles.region.axes.provinces)

    def by_buyer(value: Floats) -> Floats:
        """Add up a value of vehicles by buyer and province [BUYERS x P]."""
        place = (vehicles.buyer == PARTY[SERVICES]) * provinces + vehicles.province
        return sum_by_group(place, value, len(BUYERS) * provinces)

    yield Block(_lines(provinces, REST, "vehicles_and_oil"), by_buyer(fleet.cost_cny))
    carbon_cny = year.road.carbon_cny
    if carbon_cny.any():
        priced_tco2 = fleet.emitted_tco2 * (carbon_cny > 0.0)
        yield Block(_lines(provinces, None, "carbon_price"), by_buyer(carbon_cny), by_buyer(priced_tco2))
    lines_cny = policy.vehicles.rail_investment_cny + fleet.rail.operation_cny
    yield FORM.fill(
        {
            "construction": year.new_buildings.cost_cny.sum(),
            "fares": fleet.rail.fares_cny.sum(),
            "lines_and_operation": lines_cny.sum(),
        }
    )


def _lines(provinces: int, payee: str | None, purpose: str) -> PaymentLines:
    """Draw a line for each buyer and province; a payee that is None is the province."""
    return lines_by_province(provinces, *((buyer, payee, purpose) for buyer in BUYERS))
