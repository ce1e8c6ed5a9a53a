"""Urban rail that policy pays for: lines, trips, and the road traffic they replace."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import G
from tanlu.region.vehicles import RailData
from tanlu.transport.fleet import Driving


class RailYear(NamedTuple):
    """A year of the lines that policy has paid for; axis P but for the first."""

    moved_share: Floats  # [N] of what road vehicles would drive
    moved_vehicle_km: Floats
    trips: Floats
    electricity_mwh: Floats
    spared_oil_gj: Floats  # by what road vehicles do not drive, likewise the next
    spared_electricity_mwh: Floats
    operation_cny: Floats  # without electricity
    fares_cny: Floats


def line_km(rail: RailData, investment_cny: Floats) -> Floats:
    """Compute lines in operation by year, km [Y, P].

    They are those that were paid for at least a lead time ago.

    Args:
        rail: the pack's.
        investment_cny: public money by year from the base year on, [Y, P].
    """
    outlay_cny = np.zeros_like(investment_cny)
    outlay_cny[rail.lead_time_years :] = investment_cny.cumsum(axis=0)[
        : len(outlay_cny) - rail.lead_time_years
    ]
    return np.asarray(outlay_cny / rail.cost_cny_per_km)


def ride(rail: RailData, lines_km: Floats, road: Driving, factor: float) -> RailYear:
    """Compute rail trips and the road traffic they replace (docs/model/transport.md).

    No segment gives up more than it drives.

    Args:
        rail: the pack's.
        lines_km: in operation, [P].
        road: how far road vehicles would drive without the lines, and what they would need.
        factor: on how far people go.
    """
    trips = rail.trips_per_km_year * lines_km * factor
    from_road = rail.trip_km * rail.share_of_trips / rail.persons_per_vehicle
    driven_km, oil_gj, electricity_mwh = (
        need.sum(axis=1).reshape(-1, G) for need in (road.km, road.oil_gj, road.electricity_mwh)
    )
    shifted_km = np.minimum(trips[:, None] * from_road, driven_km)
    share = np.divide(shifted_km, driven_km, out=np.zeros(shifted_km.shape), where=shifted_km > 0.0)
    return RailYear(
        moved_share=share.reshape(-1),
        moved_vehicle_km=shifted_km.sum(axis=1),
        trips=trips,
        electricity_mwh=trips * rail.electricity_mwh_per_trip,
        spared_oil_gj=(share * oil_gj).sum(axis=1),
        spared_electricity_mwh=(share * electricity_mwh).sum(axis=1),
        operation_cny=trips * rail.operation_cny_per_trip,
        fares_cny=trips * rail.fare_cny_per_trip,
    )
