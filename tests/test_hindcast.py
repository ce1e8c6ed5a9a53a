"""The hindcast of electricity: what a frozen pack knows, and how its forecasts compare with naive ones."""

import dataclasses

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.evaluation.frozen import frozen_region, water_years, with_water_of
from tanlu.evaluation.hindcast import Scores, crps, score, thermal_gwh
from tanlu.region.balance import corridor_gwh
from tests.model_runs import REGION

FROZEN, YEARS = 2020, range(2021, 2025)


@pytest.fixture(scope="module")
def held() -> np.ndarray:
    return thermal_gwh(frozen_region(REGION, FROZEN)[0], YEARS)


@pytest.fixture(scope="module")
def scores(held: np.ndarray) -> tuple[Scores, ...]:
    return score(REGION, YEARS, held, held.sum(axis=2)[None])


def test_nothing_published_later_moves_the_forecast(held: np.ndarray) -> None:
    """Only demand, water and capacity of later years are given."""
    tables = dict(REGION.tables)
    book = tables["power_balance"].copy()
    later = (book["year"] > FROZEN) & (book["item"] != "consumption")
    assert later.sum() > 100
    book.loc[later, "energy_gwh"] *= 1.5
    shape = tables["corridor_shape_observed"].copy()
    shape.loc[shape["year"] > FROZEN, "share_of_year"] = 1.0 / 12.0
    usual = tables["corridor_shape"].assign(share_of_year=1.0 / 12.0)
    changed = {"power_balance": book, "corridor_shape_observed": shape, "corridor_shape": usual}
    expected = tables["corridor_energy"].assign(energy_gwh=1.0)
    other = dataclasses.replace(REGION, tables=tables | changed | {"corridor_energy": expected})
    again = thermal_gwh(frozen_region(other, FROZEN)[0], YEARS)
    assert again.tobytes() == held.tobytes()


def test_trade_is_held_at_the_frozen_year() -> None:
    frozen, fitted = frozen_region(REGION, FROZEN)
    assert max(year for _, year in corridor_gwh(frozen.tables["power_balance"])) == FROZEN
    corridors = frozen.power.corridors
    at = [year - 2015 for year in YEARS]
    yearly = corridors.contract_mw[at].sum(axis=2)
    assert np.ptp(yearly, axis=0) == pytest.approx(0.0, abs=1e-6)
    assert {one.years for one in fitted} == {"2020", "2018-2020", "as the pack", "2016-2020", "2017-2020"}


def test_the_model_beats_naive_forecasts(scores: tuple[Scores, ...]) -> None:
    """Theil's U and months; the bars of the yearly error are printed by the command, not met today."""
    naive = [one.naive_mape_percent for one in scores]
    assert naive == [pytest.approx((14.1, 9.0), abs=0.1), pytest.approx((12.7, 9.7), abs=0.1)]
    for one in scores:
        assert one.theil_u < 1.0
        assert one.monthly_mape_percent < one.naive_monthly_mape_percent
        assert one.mape_percent < min(one.naive_mape_percent)


def test_a_drier_water_year_asks_for_more_thermal_power(held: np.ndarray) -> None:
    frozen, _ = frozen_region(REGION, FROZEN)
    assert water_years(frozen, FROZEN)[-1] == FROZEN
    # Sichuan had 3,791 hours of water in 2015 and 4,256 in 2020.
    dry, wet = (thermal_gwh(with_water_of(frozen, year, YEARS), YEARS).sum(axis=2) for year in (2015, 2020))
    assert (dry[:, 0] > wet[:, 0] * 1.05).all()


def test_crps_of_one_forecast_is_its_error_and_spread_around_the_truth_is_better() -> None:
    truth = np.array([10.0])
    assert crps(np.array([[13.0]]), truth) == pytest.approx(3.0)
    assert crps(np.array([[7.0], [13.0]]), truth) == pytest.approx(1.5)


def test_a_year_that_nothing_follows_is_refused() -> None:
    done = CliRunner().invoke(app, ["backtest", "power", "--frozen", "2024"])
    assert done.exit_code == 2
    assert "--frozen 2024: no year after it can be scored; allowed: 2016 to 2023" in done.output
