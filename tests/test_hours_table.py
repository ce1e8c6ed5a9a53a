"""The table of hours a scenario may ask for: every hour balances, and its days add up to the year's figures."""

import numpy as np
import pandas as pd
import pytest

from model.results import Result, simulate
from model.signals import RENEWABLE_FUELS, P

SOURCES = ("run_of_river", "small_hydro", *RENEWABLE_FUELS)
CASE = {"name": "hours", "years": {"start": 2029, "end": 2030}}


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate({**CASE, "outputs": {"dispatch": True}})


@pytest.fixture(scope="module")
def table(result: Result) -> pd.DataFrame:
    hours = result.dispatch
    assert hours is not None
    return hours


def test_every_hour_balances(table: pd.DataFrame) -> None:
    nature = sum(table[f"{source}_mw"] for source in SOURCES)
    given = table.merit_order_mw + table.must_run_mw + nature + table.reservoir_mw + table.discharge_mw
    taken = table.load_mw + table.charge_mw + table.export_mw + table.flow_mw + table.curtailed_mw
    np.testing.assert_allclose(given + table.unserved_mw, taken, rtol=1e-9)
    flow = table.pivot(index=["year", "month", "day_type", "hour"], columns="province", values="flow_mw")
    assert not flow.sum(axis=1).any() and flow.to_numpy().any()


def test_days_add_up_to_the_years_figures(result: Result, table: pd.DataFrame) -> None:
    assert table.shape[0] == 2 * P * 12 * 2 * 24
    assert table.groupby(["year", "province"]).days.sum().eq(365 * 24).all()
    load = (table.load_mw * table.days).groupby([table.year, table.province]).sum() / 1e6
    for (year, province), twh in load.items():
        figure = result.draws("Final Energy|Electricity", province)[0, year - 2029]
        assert twh == pytest.approx(figure, rel=1e-9)


def test_nothing_is_kept_unless_asked_for_and_asking_changes_nothing(result: Result) -> None:
    plain = simulate(CASE)
    assert plain.dispatch is None
    pd.testing.assert_frame_equal(plain.indicators, result.indicators)
