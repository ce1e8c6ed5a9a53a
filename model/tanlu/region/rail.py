"""Urban rail in a region pack: what a line costs and carries, and what road traffic its trips replace."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SEGMENTS, Axes
from tanlu.core.units import KWH_PER_MWH
from tanlu.region.long_table import LongTable


class RailData(NamedTuple):
    """Urban rail; axes P provinces, G vehicle segments."""

    cost_cny_per_km: float
    lead_time_years: int
    trips_per_km_year: Floats  # [P]
    trip_km: float
    share_of_trips: Floats  # [G] of the trips, made by that segment before
    persons_per_vehicle: Floats  # [G] of the segments from which trips come, over all kilometres driven
    electricity_mwh_per_trip: float
    operation_cny_per_trip: float  # without electricity
    fare_cny_per_trip: float


def read_rail(t: LongTable, axes: Axes) -> RailData:
    """Assemble the rows of urban rail in `vehicles.csv`.

    Raises:
        ValueError: if the table lacks a required row.
    """
    nowhere = np.zeros(1, dtype=np.int64)
    share = np.array([t.or_zero("rail_share_of_trips", nowhere, g)[0] for g in SEGMENTS])
    persons = [
        t.single("persons_per_vehicle", g) if s > 0.0 else 1.0 for g, s in zip(SEGMENTS, share, strict=True)
    ]
    return RailData(
        cost_cny_per_km=t.single("rail_cost_cny_per_km"),
        lead_time_years=int(t.single("rail_lead_time_years")),
        trips_per_km_year=np.array([t.single("rail_trips_per_km_year", "", "", p) for p in axes.provinces]),
        trip_km=t.single("rail_trip_km"),
        share_of_trips=share,
        persons_per_vehicle=np.array(persons),
        electricity_mwh_per_trip=t.single("rail_electricity_kwh_per_trip") / KWH_PER_MWH,
        operation_cny_per_trip=t.single("rail_operation_cny_per_trip"),
        fare_cny_per_trip=t.single("rail_fare_cny_per_trip"),
    )
