"""Urban rail: lines after their lead time, trips, what road vehicles do not drive, and who pays."""

import numpy as np
import pytest

from tanlu.core.axes import SEGMENTS, G, P, V
from tanlu.transport.fleet import Driving
from tanlu.transport.rail import line_km, ride
from tests import model_runs
from tests.model_runs import FIRST, REGION, record, scenario

RAIL = REGION.vehicles.rail
CAR, BUS = SEGMENTS.index("car"), SEGMENTS.index("bus")
PUBLISHED_KG_PER_TRIP = 0.175  # Chongqing 2025, 0.2277 Mt for 1.3 bn trips


def metro(bn_cny: float) -> dict[str, dict[str, object]]:
    return {
        "metro": {
            "kind": "rail_transit",
            "from_year": 2026,
            "until_year": 2030,
            "investment_bn_cny_per_year": bn_cny,
        }
    }


def road(oil_gj: float = 3e6, mwh: float = 1e5) -> Driving:
    return Driving(np.full(P * G, oil_gj), np.full(P * G, mwh), np.ones((P * G, V)))


def test_a_line_opens_a_lead_time_after_it_is_paid_for() -> None:
    paid = np.zeros((20, P))
    paid[3:5, 0] = RAIL.cost_cny_per_km  # a kilometre a year
    lead = RAIL.lead_time_years
    lines = line_km(RAIL, paid)
    assert lines[:, 0].tolist() == [0.0] * (3 + lead) + [1.0] + [2.0] * (16 - lead)
    assert not lines[:, 1].any()


def test_trips_replace_kilometres_by_hand() -> None:
    driven = np.full(P * G, 1e10)
    year = ride(RAIL, np.array([100.0, 0.0]), road(), driven, 1.0)
    trips = 100.0 * RAIL.trips_per_km_year[0]
    cars = trips * RAIL.trip_km * RAIL.share_of_trips[CAR] / RAIL.persons_per_vehicle[CAR]
    share = year.moved_share.reshape(P, G)
    assert share[0, CAR] == pytest.approx(cars / 1e10)
    assert year.trips.tolist() == [trips, 0.0] and not share[1].any()
    assert not share[:, SEGMENTS.index("heavy_truck")].any()
    assert year.moved_vehicle_km[0] == pytest.approx(share[0].sum() * 1e10)
    assert year.spared_oil_gj[0] == pytest.approx(3e6 * share[0].sum())
    assert year.electricity_mwh[0] == pytest.approx(trips * RAIL.electricity_mwh_per_trip)


def test_nobody_gives_up_more_than_he_drives() -> None:
    year = ride(RAIL, np.full(P, 1e6), road(), np.full(P * G, 1e9), 1.0)
    share = year.moved_share.reshape(P, G)
    assert share[:, BUS].tolist() == [1.0, 1.0] and share.max() == 1.0
    none = ride(RAIL, np.full(P, 1e6), road(), np.zeros(P * G), 1.0)
    assert not none.moved_share.any(), "and who drives nothing gives up nothing"


def test_in_a_run_the_road_burns_less_and_the_province_pays() -> None:
    plain, rail = record(scenario()), record(scenario(metro(50.0)))
    at = 2040 - FIRST
    less = plain.road.emitted_tco2[at] - rail.road.emitted_tco2[at]
    np.testing.assert_allclose(
        less, rail.rail.spared_tco2[at], rtol=0.05
    )  # dearer power moves buyers a trace
    assert np.all(less > 0.0)
    built = rail.rail.line_km[at] * RAIL.cost_cny_per_km
    np.testing.assert_allclose(built, 5 * 50e9, rtol=1e-12)
    trips = rail.rail.trips
    deficit = trips * (RAIL.operation_cny_per_trip - RAIL.fare_cny_per_trip)
    paid = rail.rail.support_cny - deficit
    np.testing.assert_allclose(paid.sum(axis=0), 5 * 50e9, rtol=1e-9)
    np.testing.assert_allclose(
        rail.rail.system_cost_cny - paid, trips * RAIL.operation_cny_per_trip, atol=1.0
    )
    assert not plain.rail.trips.any() and not plain.rail.support_cny.any()


def test_electricity_of_trains_is_in_the_demand_of_transport() -> None:
    plain, rail = (model_runs.watch(scenario(blocks, years=(2020, 2036))) for blocks in ({}, metro(50.0)))
    a, b = (model.lived[-1].year.demand.parts_mwh[-1] for model in (plain, rail))
    year = rail.lived[-1].year.fleet.rail
    more = year.electricity_mwh - year.spared_electricity_mwh
    assert np.all(year.electricity_mwh > 1e5)
    np.testing.assert_allclose(b - a, more, rtol=0.02)


def test_what_a_trip_spares_on_the_road_is_near_what_is_published() -> None:
    """As vehicles turn electric it becomes less; the published figure is of 2025, when most burnt oil."""
    rail = record(scenario(metro(50.0)))
    per_trip = rail.rail.spared_tco2.sum(axis=1) * 1e3 / np.maximum(rail.rail.trips.sum(axis=1), 1.0)
    opening, last = 2026 + RAIL.lead_time_years - FIRST, 2060 - FIRST
    assert per_trip[opening] == pytest.approx(PUBLISHED_KG_PER_TRIP, rel=0.25)
    assert per_trip[last] < 0.5 * per_trip[opening]
