"""Dispatch of a few units and hours whose answer is known, and arguments that are refused."""

import numba
import numpy as np
import pytest

from tanlu.kernels.power import dispatch as clearing
from tanlu.kernels.power import merit_order, reservoirs
from tanlu.power.market import MarketCase, clear_year, dispatch
from tests.naive_dispatch import (
    awkward_year,
    random_year,
    sustained_minimum,
)

BOTH = (True, True)


def hours(*loads, **changes):
    """Return the dispatch of one month with one day of the given hours in zone 0, zone 1 and 100 MW units."""
    case = {
        "unit_zone": [0, 0, 1],
        "unit_capacity_mw": [150.0, 150.0, 100.0],
        "unit_cost_cny_per_mwh": [10.0, 50.0, 40.0],
        "net_load_mw": np.array([[[loads]], [[[0.0] * len(loads)]]]),
        "day_weight": 1.0,
        "scarcity_price_cny_per_mwh": 9000.0,
    }
    return dispatch(MarketCase(**(case | changes)))


def test_the_reservoir_shaves_the_peak() -> None:
    cleared = hours(100.0, 200.0, reservoir_energy_mwh=[[25.0], [0.0]], reservoir_maximum_mw=100.0)
    np.testing.assert_allclose(cleared.reservoir_mw[0, 0, 0], [0.0, 25.0], atol=1e-9)
    np.testing.assert_allclose(cleared.price_cny_per_mwh[0, 0, 0], [10.0, 50.0])
    assert cleared.water_value_cny_per_mwh[0, 0] == 50.0
    assert cleared.cost_cny == pytest.approx(250 * 10.0 + 25 * 50.0)


def test_the_line_is_used_only_where_it_gains_its_cost() -> None:
    for limit, cost, flow, far_price in (
        (200.0, 25.0, 50.0, 35.0),
        (20.0, 25.0, 20.0, 40.0),
        (200.0, 31.0, 0.0, 40.0),
    ):
        load = np.array([[[[100.0]]], [[[50.0]]]])
        cleared = hours(net_load_mw=load, line_forward_mw=limit, wheeling_cost_cny_per_mwh=cost)
        assert cleared.flow_mw[0, 0, 0, 0] == pytest.approx(flow, abs=1e-9)
        np.testing.assert_allclose(cleared.price_cny_per_mwh[:, 0, 0, 0], [10.0, far_price])


def test_a_full_line_parts_the_prices_even_where_water_is_spilled() -> None:
    load = np.array([[[[20.0, 30.0]]], [[[60.0, 70.0]]]])
    water = {"reservoir_energy_mwh": [[1e4], [0.0]], "reservoir_maximum_mw": 300.0}
    cleared = hours(net_load_mw=load, line_forward_mw=25.0, **water)
    np.testing.assert_allclose(cleared.reservoir_mw[0, 0, 0], [45.0, 55.0])
    np.testing.assert_array_equal(cleared.price_cny_per_mwh[:, 0, 0], [[0.0, 0.0], [40.0, 40.0]])


def test_of_equal_costs_the_first_listed_runs_first() -> None:
    cleared = hours(180.0, unit_cost_cny_per_mwh=[20.0, 20.0, 20.0])
    np.testing.assert_allclose(cleared.unit_output_mwh, [150.0, 30.0, 0.0])


def test_of_equal_costs_the_first_listed_runs_first_in_either_zone() -> None:
    load = np.array([[[[80.0]]], [[[30.0]]]])
    line = {"line_forward_mw": 500.0, "line_backward_mw": 500.0}
    for zones, flow in (([1, 0], -80.0), ([0, 1], 30.0)):
        cleared = hours(
            unit_zone=zones, unit_capacity_mw=200.0, unit_cost_cny_per_mwh=20.0, net_load_mw=load, **line
        )
        np.testing.assert_allclose(cleared.unit_output_mwh, [110.0, 0.0], atol=1e-9)
        assert cleared.flow_mw[0, 0, 0, 0] == pytest.approx(flow)


def test_a_unit_dearer_than_the_scarcity_price_never_runs() -> None:
    cleared = hours(200.0, unit_cost_cny_per_mwh=[10.0, 9500.0, 40.0])
    np.testing.assert_allclose(cleared.unit_output_mwh, [150.0, 0.0, 0.0])
    assert cleared.unserved_mw[0, 0, 0, 0] == pytest.approx(50.0)


@pytest.mark.parametrize(("loads", "short"), [((320.0, 140.0), (20.0, 40.0)), ((-20.0, -40.0), (0.0, 0.0))])
def test_what_both_zones_shed_or_curtail_stays_where_it_arises(loads, short) -> None:
    load = np.array(loads).reshape(2, 1, 1, 1)
    cleared = hours(net_load_mw=load, line_forward_mw=500.0, line_backward_mw=500.0)
    np.testing.assert_allclose(cleared.unserved_mw[:, 0, 0, 0], short)
    np.testing.assert_allclose(cleared.surplus_mw, np.maximum(-load, 0.0))
    assert cleared.flow_mw[0, 0, 0, 0] == 0.0
    np.testing.assert_array_equal(cleared.price_cny_per_mwh[:, 0, 0, 0], 9000.0 if short[0] else 0.0)


def test_like_zones_spill_alike() -> None:
    load = np.full((2, 1, 1, 2), 60.0)
    water = {"reservoir_energy_mwh": 500.0, "reservoir_maximum_mw": 90.0}
    cleared = hours(net_load_mw=load, line_forward_mw=500.0, line_backward_mw=500.0, **water)
    np.testing.assert_allclose(cleared.spilled_mwh, [[380.0], [380.0]])


def test_water_is_spilled_rather_than_output_curtailed() -> None:
    met = 0
    for seed in range(40):
        year = awkward_year(seed)
        cleared = clear_year(year)
        curtailed = cleared.surplus_mw > 1e-6
        low = np.broadcast_to(sustained_minimum(year)[:, :, None, None], curtailed.shape)
        np.testing.assert_allclose(cleared.reservoir_mw[curtailed], low[curtailed], rtol=1e-9, atol=1e-9)
        met += (curtailed & (cleared.spilled_mwh > 1.0)[:, :, None, None]).sum()
    assert met > 50


# The door


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"net_load_mw": [1.0, 2.0]}, r"net_load_mw: needs axes .* got shape \(2,\)"),
        ({"net_load_mw": np.full((2, 1, 1, 1), np.nan)}, "net_load_mw: holds a value that is not finite"),
        ({"unit_zone": [0, 0, 2]}, "unit_zone: needs 0 <= value <= 1"),
        ({"unit_zone": [0, 0, 0.5]}, "unit_zone: needs a zone from 0 to 1"),
        ({"unit_capacity_mw": [1.0, 2.0]}, r"unit_capacity_mw: needs shape \(3,\), got \(2,\)"),
        ({"unit_capacity_mw": -1.0}, "unit_capacity_mw: needs 0 <= value"),
        ({"unit_availability": 1.2}, "unit_availability: needs 0 <= value <= 1, got 1.2"),
        ({"unit_cost_cny_per_mwh": np.inf}, "unit_cost_cny_per_mwh: holds a value that is not finite"),
        ({"day_weight": 0.0}, "day_weight: every month needs days"),
        ({"line_forward_mw": [1.0, 2.0]}, r"line_forward_mw: needs shape \(1, 1\)"),
        ({"line_backward_mw": -5.0}, "line_backward_mw: needs 0 <= value"),
        ({"wheeling_cost_cny_per_mwh": -5.0}, "wheeling_cost_cny_per_mwh: needs 0 <= value"),
        (
            {"scarcity_price_cny_per_mwh": np.nan},
            "scarcity_price_cny_per_mwh: holds a value that is not finite",
        ),
        ({"reservoir_energy_mwh": -1.0}, "reservoir_energy_mwh: needs 0 <= value"),
        ({"reservoir_minimum_mw": 2.0}, "reservoir_minimum_mw: is above reservoir_maximum_mw"),
    ],
)
def test_a_wrong_argument_is_named(changes, message) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        hours(100.0, **changes)


def test_no_kind_of_array_makes_numba_compile_again() -> None:
    if numba.config.DISABLE_JIT:
        pytest.skip("nothing is compiled")
    year = random_year(3, reservoirs=BOTH)
    clear_year(year)
    kernels = (
        merit_order.merit_order,
        reservoirs.schedule_reservoirs,
        clearing.route_flows,
        clearing.sum_dispatch,
    )
    before = [len(kernel.signatures) for kernel in kernels]
    frozen = np.asfortranarray(year.net_load_mw.astype(np.float32))
    frozen.flags.writeable = False
    strided = np.repeat(year.unit_capacity_mw, 2)[::2]
    fields = year._asdict() | {"net_load_mw": frozen, "unit_capacity_mw": strided}
    fields |= {"unit_zone": year.unit_zone.astype(np.int8), "wheeling_cost_cny_per_mwh": 3}
    dispatch(MarketCase(**fields))
    assert [len(kernel.signatures) for kernel in kernels] == before
