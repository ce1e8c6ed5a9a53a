"""Urban rail: lines after their lead time, trips, what road vehicles do not drive, and who pays."""

import numpy as np
import pytest

from tanlu.core.axes import ISSUER_KINDS, SEGMENTS, G, V
from tanlu.finance.credit import price_level
from tanlu.settlement.public_bonds import RAIL_LINE
from tanlu.transport.fleet import Driving
from tanlu.transport.rail import line_km, ride
from tests import model_runs
from tests.model_runs import FIRST, REGION, P, record, scenario

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


def road(km: float, oil_gj: float = 3e6, mwh: float = 1e5) -> Driving:
    """Return the road of segments that each drive `km`, burn `oil_gj` and take `mwh`."""
    return Driving(*(np.full((P * G, V), total / V) for total in (km, oil_gj, mwh)), np.ones((P * G, V)))


def test_a_line_opens_a_lead_time_after_it_is_paid_for() -> None:
    paid = np.zeros((20, P))
    paid[3:5, 0] = RAIL.cost_cny_per_km  # a kilometre a year
    lead = RAIL.lead_time_years
    lines = line_km(RAIL, paid)
    assert lines[:, 0].tolist() == [0.0] * (3 + lead) + [1.0] + [2.0] * (16 - lead)
    assert not lines[:, 1].any()


def test_trips_replace_kilometres_by_hand() -> None:
    year = ride(RAIL, np.array([100.0, 0.0]), road(1e10), 1.0)
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
    year = ride(RAIL, np.full(P, 1e6), road(1e9), 1.0)
    share = year.moved_share.reshape(P, G)
    assert share[:, BUS].tolist() == [1.0, 1.0] and share.max() == 1.0
    none = ride(RAIL, np.full(P, 1e6), road(0.0), 1.0)
    assert not none.moved_share.any(), "and who drives nothing gives up nothing"


def test_in_a_run_the_road_burns_less() -> None:
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
    lines = rail.rail.system_cost_cny - trips * RAIL.operation_cny_per_trip
    np.testing.assert_allclose(lines.sum(axis=0), 5 * 50e9, rtol=1e-9)
    assert not plain.rail.trips.any() and not plain.public.sum_spent("rail_transit").any()


def test_rail_borrows_for_lines_and_the_province_pays_the_rest_and_what_is_due() -> None:
    """Public money by hand from the register; system cost does not ask who pays."""
    run = model_runs.watch(scenario(metro(50.0), years=(2020, 2036)))
    book, issuers = run.state.finance.public, REGION.finance.issuers
    lines, terms = book.purpose.option == RAIL_LINE, book.terms
    kinds = {ISSUER_KINDS[kind] for kind in issuers.kind[book.purpose.borrower[lines]]}
    assert kinds == {"rail_transit"} and set(book.purpose.province[lines]) == {0, 1}
    paid = np.zeros((len(run.lived), P))
    for i, (seen, lived) in enumerate(zip(run.records, run.lived, strict=True)):
        year, investment = FIRST + i, lived.year.signals.policy.vehicles.rail_investment_cny
        issued = terms.principal_cny * (book.purpose.year == year)
        owing = (book.purpose.year < year) & (year <= terms.last_repayment_year)
        due = terms.principal_cny * (owing * terms.coupon + (terms.last_repayment_year == year))
        level = price_level(REGION, year)
        came, went = (np.bincount(book.purpose.province, of * lines, P) / level for of in (issued, due))
        rail = lived.year.fleet.rail
        deficit = rail.operation_cny - rail.fares_cny
        np.testing.assert_allclose(
            seen.public.sum_spent("rail_transit"), investment + deficit + went - came, rtol=1e-9, atol=1.0
        )
        bonds, rail_transit = lived.year.invested.public, issuers.kind == ISSUER_KINDS.index("rail_transit")
        if investment.any():  # the part of a need that is issued is that of listed bonds which fall due
            share = (bonds.refinanced_cny[0] / bonds.repaid_cny[0])[rail_transit]
            new = (bonds.issued_cny - bonds.refinanced_cny)[1, rail_transit]
            need = RAIL.debt_share * investment[issuers.province[rail_transit]]
            np.testing.assert_allclose(new, share * need, rtol=1e-9)
        assert (seen.public.sum_spent("rail_transit") >= 0.0).all()
        spent = lived.accounts.spent_cny.get("rail_transit", 0.0)
        assert spent == pytest.approx(seen.public.sum_spent("rail_transit").sum(), rel=1e-9)
        assert seen.balances.flows_error < 1e-9
        paid[i] = came
    assert (paid[2026 - FIRST : 2031 - FIRST] > 0.1 * 50e9).all()


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
