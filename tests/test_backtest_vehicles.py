"""Road vehicles beside the statistics: which rows there are, and what they are made of."""

from functools import cache

import numpy as np
import pytest
from typer.testing import CliRunner

from model.backtest import Row, past_run
from model.backtest_vehicles import new_energy_rows, stock_rows
from model.cli import app
from tests.model_runs import REGION


@cache
def rows() -> tuple[Row, ...]:
    return (*stock_rows(REGION), *new_energy_rows(REGION, past_run(REGION)))


def test_the_stock_of_every_year_since_the_fit_stands_beside_its_statistic() -> None:
    stock = [row for row in rows() if row.quantity == "civil vehicles"]
    assert [row.year for row in stock] == [y for y in range(2020, 2024) for _ in range(2)]
    for row in stock:
        p = ("Sichuan", "Chongqing").index(row.province)
        assert row.statistic == pytest.approx(REGION.vehicles.stock(row.year)[p].sum() / 1e6)
        assert row.bound_percent == 3.0


def test_sales_of_the_region_stand_beside_the_nations_share() -> None:
    shares = [row for row in rows() if row.quantity == "new-energy share of sales"]
    assert [row.year for row in shares if row.province == "Chengyu"] == [2020, 2021, 2022, 2023, 2024]
    sold = past_run(REGION).record.vehicle_sales.sum(axis=1)
    by_hand = 100.0 * sold[:, :, 1:].sum(axis=(1, 2)) / sold.sum(axis=(1, 2))
    for row in shares:
        if row.province == "Chengyu":
            assert row.model == pytest.approx(by_hand[row.year - 2020])
    assert np.all(np.diff([row.model for row in shares if row.province == "Chengyu"]) > 0.0)


def test_the_command_shows_the_misses() -> None:
    shown = CliRunner().invoke(app, ["backtest", "vehicles"])
    assert shown.exit_code == 0, shown.output
    bounded = [row.verdict for row in rows() if row.verdict]
    assert f"{bounded.count('pass')} of {len(bounded)} bounded figures pass" in shown.output
