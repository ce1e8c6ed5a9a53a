"""Outlooks of load: the trend, what officials publish, how wrong it is, and what deciders expect."""

import numpy as np
import pytest

from tanlu.core.arrays import Floats
from tanlu.evaluation.frozen import frozen_region
from tanlu.markets.load_outlook import (
    CHECKED_YEARS,
    draw_growth_error,
    expected_load,
    trend_growth,
)
from tanlu.region.demand import ANSWERING_PARTS
from tanlu.region.load_outlook import read_load_outlooks
from tanlu.region.pack import Region, load_region
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.state.state import ExpectationState
from tests.model_runs import REGION, P, draws, scenario

PROVINCES = REGION.axes.provinces
INTERVAL = int(REGION.parameters["load_outlook_interval_years"])
FIRST_FREE, FIRST = 2026, 2020  # year of the first outlook that a run publishes, first year of a run


def state_in(year: int, growth_error: float | None = None, region: Region = REGION) -> ExpectationState:
    """Return what is expected in a year of a run whose outlooks have an error."""
    model = RegionModel(Inputs(scenario(years=(FIRST, year)), region))

    def draw(*when: object) -> float | None:
        drawn = draw_growth_error(*when)
        return drawn if drawn is None or growth_error is None else growth_error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tanlu.simulation.model.draw_growth_error", draw)
        model.run()
    return model.state.expectations


# --- the trend ---------------------------------------------------------------------------------------------------


def test_a_steady_trend_goes_on_and_a_boom_does_not() -> None:
    for growth, expected in ((1.02, 1.02), (1.1, 1.04), (0.9, 0.99)):
        history = [np.array([100.0, 50.0]) * growth**i for i in range(6)]
        np.testing.assert_allclose(trend_growth(history, -0.01, 0.04), expected, rtol=1e-9)
    assert trend_growth(history[:1], -0.01, 0.04).tolist() == [1.0, 1.0]


def test_only_the_last_five_years_make_the_trend() -> None:
    recent = [np.array([100.0, 50.0]) * 1.01**i for i in range(5)]
    old = [np.array([1.0, 1.0])] * 10
    np.testing.assert_allclose(trend_growth(old + recent, -1.0, 9.0), trend_growth(recent, -1.0, 9.0))


# --- what was published ------------------------------------------------------------------------------------------


def test_errors_are_what_was_said_over_what_came() -> None:
    table = REGION.tables["load_outlook"]
    past = table[table["came_twh"].notna()]
    by_hand = [
        (float(row.load_twh) / float(row.came_twh)) ** (1.0 / (int(row.year) - int(row.base_year)))
        for row in past.itertuples()
    ]
    errors = REGION.demand.outlooks.growth_errors
    np.testing.assert_allclose(errors, by_hand, rtol=1e-12)
    assert errors.max() > 1.0 > errors.min(), "some were too high, some too low"


@pytest.mark.parametrize(("column", "value"), [("base_year", 2030), ("came_twh", None)])
def test_a_table_that_tells_no_error_is_refused(column: str, value: object) -> None:
    table = REGION.tables["load_outlook"].assign(**{column: value})
    with pytest.raises(ValueError, match=column):
        read_load_outlooks(table, PROVINCES)


def test_a_published_outlook_holds_to_its_year_and_the_trend_after_it() -> None:
    """Chongqing's plan of 2022 says 162 TWh in 2025."""
    state, p = state_in(2022), PROVINCES.index("Chongqing")
    said = (162.0 / 118.7) ** 0.2
    assert state.load_outlook.published_year[p] == 2022
    np.testing.assert_allclose(state.load_outlook.growth[:3, p], said, rtol=1e-9)
    assert state.load_outlook.growth[3, p] <= 1.0 + REGION.parameters["fastest_expected_load_growth"] + 1e-9
    assert state.load_outlook.weight[PROVINCES.index("Sichuan")] == 0.0, "none is published there by then"


def test_a_frozen_pack_knows_no_later_outlook() -> None:
    frozen, _ = frozen_region(REGION, 2020)
    outlooks = frozen.demand.outlooks
    assert outlooks.published_year.size == 0
    assert 0 < outlooks.growth_errors.size < REGION.demand.outlooks.growth_errors.size


# --- what is published in free years -----------------------------------------------------------------------------


def test_one_comes_with_every_plan_and_its_error_is_that_of_a_past_one() -> None:
    past = REGION.demand.outlooks.growth_errors
    drawn = [{y: draw_growth_error(REGION, 7, n, y) for y in range(FIRST, 2051)} for n in range(40)]
    errors = [[error for error in run.values() if error is not None] for run in drawn]
    assert [y for y, error in drawn[0].items() if error] == list(range(FIRST_FREE, 2051, INTERVAL))
    found, possible = np.array(errors), np.concatenate([past, 1.0 / past])
    assert np.isclose(found[..., None], possible, rtol=1e-12).any(axis=-1).all()
    assert np.unique(found).size == possible.size, "each past error is drawn, either way round"
    assert drawn[3][2031] == draw_growth_error(REGION, 7, 3, 2031) != drawn[3][2036]


def test_drivers_carried_through_demand_come_near_what_comes() -> None:
    """Without an error, and where nobody answers tariffs, only the trend and buyers of vehicles are missed."""
    deaf = {f"parameters.{part}_electricity_elasticity": 0.0 for part in ANSWERING_PARTS}
    state = state_in(2046, growth_error=1.0, region=load_region("chengyu", deaf))
    load, expected = np.array(state.load_history_mwh), np.array(state.expected_load_mwh)
    miss = expected[FIRST_FREE - FIRST : -CHECKED_YEARS] / load[FIRST_FREE - FIRST + CHECKED_YEARS :] - 1.0
    assert np.abs(miss).max() < 0.05  # dear allowances move what is driven by electricity
    assert np.abs(miss[7:]).max() < 0.02, "once the trend of the statistics' years is over"


def test_an_error_moves_what_is_expected_as_owners_go_over_to_the_outlook() -> None:
    """Of the part that goes by outlooks a fifth in its first year, all in its last; ten years are wrong."""
    for year, adopted in ((FIRST_FREE, 0.2), (FIRST_FREE + 4, 1.0)):
        right, high = state_in(year, growth_error=1.0), state_in(year, growth_error=1.02)
        weight, load = right.load_outlook.weight, right.load_history_mwh[-1]
        high = high._replace(load_history_mwh=right.load_history_mwh)  # what was built differs by then
        assert np.all((weight > 0.3) & (weight < 1.0))
        for years in (3, 8, 15):
            rows = np.arange(year - FIRST_FREE, year - FIRST_FREE + years)
            by_outlook = load * right.load_outlook.growth[rows].prod(axis=0)
            more = expected_load(high, REGION, year, years) - expected_load(right, REGION, year, years)
            wrong = 1.02 ** min(years, 10 - (year - FIRST_FREE))
            np.testing.assert_allclose(more, adopted * weight * by_outlook * (wrong - 1.0), rtol=0.01)


def mean_miss(load: Floats, expected: Floats) -> Floats:
    """Return what was expected over what came, less one, from the first free look on [draw, year, P]."""
    first = FIRST_FREE - FIRST + CHECKED_YEARS
    return np.asarray(expected[:, first:] / load[:, first:] - 1.0)


@pytest.mark.slow
def test_expected_load_is_right_in_the_mean_and_wrong_in_single_draws() -> None:
    """Within 3 % of what comes in the mean of eight draws, 2 to 6 % off in single ones."""
    runs = draws(scenario(), 8)
    load = np.stack([run.demand.load_mwh for run in runs])
    miss = mean_miss(load, np.stack([run.demand.expected_load_mwh for run in runs]))
    assert miss.shape[2] == P
    assert np.abs(miss.mean(axis=(0, 1))).max() < 0.03
    single = np.sqrt((miss**2).mean(axis=(0, 1)))
    assert np.all((single > 0.02) & (single < 0.06))
