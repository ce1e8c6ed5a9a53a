"""The CO2 factor of the grid: closed forms, what raises it, and official figures."""

import numpy as np
import pytest

from tanlu.core.axes import FUELS, F
from tanlu.evaluation import tables as backtest
from tanlu.evaluation.past_years import past_years
from tanlu.evaluation.power import grid_factor_rows
from tanlu.power.grid_factor import Imports, solve_grid_factors
from tests import model_runs
from tests.model_runs import REGION, scenario

CORRIDORS = REGION.power.corridors
LINES = CORRIDORS.imports
NONE = Imports(np.zeros(LINES.zone.size), np.zeros(2), np.zeros((2, 2)), np.zeros(2))


def generation(first: float, second: float) -> np.ndarray:
    made = np.zeros((2, F))
    made[:, FUELS.index("coal")] = first, second
    made[:, FUELS.index("battery")] = 50.0  # what stores give back is no generation
    return made


def test_without_imports_the_factor_is_that_of_generation() -> None:
    factor, supply = solve_grid_factors(CORRIDORS, NONE, generation(200.0, 100.0), np.array([20.0, 60.0]))
    assert supply == pytest.approx([200.0, 100.0])
    assert factor == pytest.approx([0.1, 0.6])


def test_what_comes_from_elsewhere_brings_its_senders_factor() -> None:
    """Chongqing takes 100 MWh at Sichuan's 0.1 and 50 MWh at 0.8 from outside: (60 + 10 + 40) / 250."""
    line = int(np.flatnonzero(LINES.zone == 1)[0])
    outside = np.eye(LINES.zone.size)[line] * 50.0
    taken = NONE._replace(
        contracted_mwh=outside,
        received_mwh=np.array([[0.0, 0.0], [100.0, 0.0]]),
        outside_tco2=np.array([0.0, 40.0]),
    )
    factor, supply = solve_grid_factors(CORRIDORS, taken, generation(200.0, 100.0), np.array([20.0, 60.0]))
    assert supply[1] == pytest.approx(250.0)
    assert factor == pytest.approx([0.1, 110.0 / 250.0])


def test_flows_both_ways_are_solved_together() -> None:
    taken = NONE._replace(received_mwh=np.array([[0.0, 40.0], [100.0, 0.0]]))
    factor, supply = solve_grid_factors(CORRIDORS, taken, generation(200.0, 100.0), np.array([20.0, 60.0]))
    emitted = np.array([20.0, 60.0]) + taken.received_mwh @ factor
    assert factor == pytest.approx(emitted / supply)
    assert 0.1 < factor[0] < factor[1] < 0.6


@pytest.mark.parametrize("provinces", [1, 2, 3, 5])
def test_any_number_of_provinces_is_solved_together(provinces: int) -> None:
    """As a library solves it, but for rounding; what is used in the sum over sources is no input any more."""
    random = np.random.default_rng(provinces)
    corridors = CORRIDORS._replace(
        imports=LINES._replace(
            zone=np.zeros(0, np.int64), mw=LINES.mw[:, :0], tco2_per_mwh=LINES.tco2_per_mwh[:, :0]
        )
    )
    received = random.uniform(0.0, 30.0, (provinces, provinces)) * (1.0 - np.eye(provinces))
    bought, outside, emitted = random.uniform(1.0, 50.0, (3, provinces))
    made = np.zeros((provinces, F))
    made[:, FUELS.index("coal")] = random.uniform(50.0, 200.0, provinces)
    given = Imports(np.zeros(0), bought, received, outside)
    factor, supply = solve_grid_factors(corridors, given, made, emitted)
    expected = np.linalg.solve(np.diag(supply) - received, emitted + outside)
    np.testing.assert_allclose(factor, expected, rtol=1e-13)
    np.testing.assert_allclose(factor * supply, emitted + outside + received @ factor, rtol=1e-13)


def test_official_factors_are_met_where_the_senders_are_known() -> None:
    """2021 is shown, not held: no factor of its senders is published for it."""
    rows = [
        row
        for past in past_years(REGION, backtest.baseline(REGION), range(2021, 2024))
        for row in grid_factor_rows(REGION, past)
    ]
    assert len(rows) == 6
    for row in rows:
        assert row.deviation_percent is not None
        assert abs(row.deviation_percent) < (8.0 if row.year == 2021 else 3.0), row


def test_a_run_measures_imports_and_the_factor() -> None:
    record = model_runs.record(scenario(years=(2024, 2030)))
    grid = record.grid
    assert grid.contracted_mwh.sum() > 0.0 and grid.received_mwh[:, 1].min() > 0.0
    outside = np.stack([grid.contracted_mwh[:, LINES.zone == p].sum(axis=1) for p in (0, 1)], axis=1)
    sources = [f for f, fuel in enumerate(FUELS) if fuel not in ("pumped_storage", "battery")]
    made = record.power.output_mwh[:, :, sources].sum(axis=2)
    np.testing.assert_allclose(grid.supply_mwh, made + outside + grid.bought_mwh + grid.received_mwh)
    assert (grid.factor_tco2_per_mwh > 0.05).all() and (grid.factor_tco2_per_mwh < 0.8).all()
    # The flow is net, what is received is not: a few hours go the other way.
    sent = record.power.flow_mwh[:, 0] - record.power.line_loss_mwh.sum(axis=1)
    np.testing.assert_allclose(grid.received_mwh[:, 1] - grid.received_mwh[:, 0], sent, rtol=1e-3)
