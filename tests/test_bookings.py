"""Bookings of CO2 lines: by the flow that works expect, taken over by others before new pipe is laid."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest

import tanlu
from tanlu.decisions.bookings import release_room, sum_commitments, sum_lines
from tanlu.industry.options import capture_size_tco2
from tanlu.region.tables import year_index
from tests import model_runs
from tests.model_runs import REGION, shipped

TRANSPORT = REGION.co2.transport
MARGIN, DIVERSITY = TRANSPORT["hub_booking_margin_share"], TRANSPORT["hub_diversity_share"]


@pytest.mark.parametrize(
    ("newcomer", "left"),
    [(0.2, [1.0, 0.4]), (0.5, [0.7, 0.4]), (0.9, [0.5, 0.4])],
    ids=["free room", "room of others", "a line besides"],
)
def test_free_room_goes_first_then_what_others_no_longer_need(newcomer: float, left: list[float]) -> None:
    """A line for 1.6 Mt has 0.2 free, and 0.5 that its first shipper booked and no longer needs."""
    actors = _shippers(contract_tco2=[1.0, 0.4, 0.0], capacity_tco2=1.6 * DIVERSITY)
    needed = np.array([0.5, 0.4, newcomer])
    after = release_room(actors, needed, np.array([2]), np.array([newcomer]))
    np.testing.assert_allclose(after[:2], left)


def test_a_hub_posts_its_tariff_on_what_is_paid_for() -> None:
    """Of two shippers that booked 1 Mt each, one ships 0.3 and pays for 0.8."""
    actors, flow = _shippers(contract_tco2=[1.0, 1.0], capacity_tco2=2.0 * DIVERSITY), np.array([0.3, 0.9])
    needed = (1.0 + MARGIN) * flow
    np.testing.assert_allclose(
        sum_commitments(actors, flow, needed), [[0.8 + 0.9, max(DIVERSITY * (needed[0] + 1.0), 1.2)]]
    )


@pytest.mark.parametrize(("flow", "line"), [([1.0, 0.0], 1.0), ([0.9, 0.9], 2.0 * DIVERSITY)])
def test_a_line_takes_what_its_shippers_are_expected_to_ship(flow: list[float], line: float) -> None:
    """A works alone at full output finds room for all of it."""
    contract = np.where(np.array(flow) > 0.0, 1.0, 0.0)
    actors = _shippers(contract_tco2=contract.tolist(), capacity_tco2=0.0)
    np.testing.assert_allclose(sum_lines(actors, np.array(flow), contract), [line])


def _shippers(contract_tco2: list[float], capacity_tco2: float) -> SimpleNamespace:
    """Build units with contracts at a hub of one line."""
    n = len(contract_tco2)
    sites = (np.zeros(n, np.int64), np.zeros(n), np.zeros(n, np.int64), np.zeros(n))
    contract = np.array(contract_tco2)
    plants = SimpleNamespace(
        contract_tco2=contract,
        reserved_tco2=TRANSPORT["hub_ship_or_pay_share"] * contract,
        region=REGION,
        **dict(zip(("hub", "hub_km", "store", "store_km"), sites, strict=True)),
    )
    nobody = np.zeros(0)
    industry = SimpleNamespace(
        contract_tco2=nobody, reserved_tco2=nobody, site=tuple(column[:0] for column in sites)
    )
    return SimpleNamespace(
        plants=plants, industry=industry, hubs=[SimpleNamespace(capacity_tco2=capacity_tco2)]
    )


def test_works_size_plants_by_what_they_expect_and_a_margin() -> None:
    industry = model_runs.watch(shipped("ccus_push")).industry
    row, made = np.flatnonzero(~industry.is_block)[:4], 0.5 * industry.capacity
    size = capture_size_tco2(industry, row, np.full(4, 100.0), made[row])
    np.testing.assert_allclose(size, 100.0 * (1.0 + MARGIN))
    np.testing.assert_allclose(
        capture_size_tco2(industry, row, np.full(4, 100.0), 0.95 * industry.capacity[row]), 100.0 / 0.95
    )


def test_makers_of_clinker_expect_less_as_the_pack_builds_less() -> None:
    industry = model_runs.watch(shipped("ccus_push")).industry
    kilns = np.flatnonzero(industry.product == industry.data.products.names.index("clinker"))
    output = 0.5 * np.where(industry.is_block, 1.0, industry.capacity)
    now, late = (industry.expected_output(year_index(year), output) / output for year in (2030, 2060))
    assert np.all(now[kilns] < 0.85)
    np.testing.assert_allclose(late, 1.0)


def test_lines_are_used_and_works_capture_no_more_than_their_plants_are_built_for() -> None:
    """Flow over steel laid is 0.81 over the run, where bookings at full output left lines half empty."""
    model = model_runs.watch(shipped("ccus_push"))
    shipped_tco2 = laid_tco2 = 0.0
    for lived in model.lived:
        year = lived.year.signals.year
        assert np.all(lived.year.production.captured_tco2 <= model.industry.capture_size_tco2 * (1.0 + 1e-12))
        laid_tco2 += sum(x.capacity_tco2 for hub in model.hubs for x in hub.lines if x.ready_year <= year)
        shipped_tco2 += lived.year.co2.shipped_tco2.sum()
    assert shipped_tco2 > 0.6 * laid_tco2


def test_a_plant_too_small_for_the_year_takes_a_part_of_the_flue_gas() -> None:
    model = model_runs.watch(shipped("ccus_push"))
    industry, plan, year = copy.copy(model.industry), model.lived[-1].year.plan, model.year
    needs, row = industry.needs(year), int(np.argmax(plan.output * plan.needs.captured_tco2))
    industry.capture_size_tco2 = industry.capture_size_tco2.copy()
    industry.capture_size_tco2[row] = 0.25 * plan.output[row] * needs.captured_tco2[row]
    limited = industry._limit_capture(needs, plan.output)
    assert limited.captured_tco2[row] == pytest.approx(0.25 * needs.captured_tco2[row])
    assert limited.captured_share[row] == pytest.approx(0.25 * needs.captured_share[row])
    spared_mwh = 0.75 * needs.captured_tco2[row] * industry.capture_mwh[row]
    assert needs.electricity_mwh[row] - limited.electricity_mwh[row] == pytest.approx(spared_mwh)


def test_shippers_pay_for_what_they_book() -> None:
    model = model_runs.watch(shipped("ccus_push"))
    for population in (model.plants, model.industry):
        np.testing.assert_allclose(
            population.reserved_tco2,
            TRANSPORT["hub_ship_or_pay_share"] * population.contract_tco2,
            rtol=1e-12,
        )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("cement_hubs", 0.5), ("dual_carbon", 0.6), ("ccus_push", 0.6)])
def test_lines_are_used_in_eight_draws(name: str, least: float) -> None:
    """From 2035 on; 0.20 in `cement_hubs` with bookings at full output."""
    result = tanlu.simulate(f"tanlu:{name}", replications=8)
    laid = result.draws("CO2 Transport|Capacity")[:, 15:].sum()
    assert result.draws("Carbon Capture|By Destination|Storage")[:, 15:].sum() > least * laid
