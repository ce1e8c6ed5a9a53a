"""The table of hours a scenario may ask for: every hour balances, and its days add up to the year's figures."""

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import FUELS, THERMAL_FUELS
from tanlu.core.outcomes import MeritUnits, StackBlocks
from tanlu.experiments.results import simulate
from tanlu.output.result import Result
from tanlu.power.hours import MERIT_SOURCES, NATURAL_SOURCES, merit_sources_mw, neighbour_ask
from tests.model_runs import P

GIVEN = (*THERMAL_FUELS, *NATURAL_SOURCES, "reservoir", "discharge", "import", "shed", "unserved")
TAKEN = ("load", "charge", "export", "flow", "curtailed")
CASE = {
    "name": "hours",
    "replications": 1,
    "years": {"start": 2029, "end": 2030},
    "world": {"drought": {2030: 2022}, "hydrology": "observed"},
}


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate({**CASE, "outputs": {"dispatch": True}})


@pytest.fixture(scope="module")
def table(result: Result) -> pd.DataFrame:
    hours = result.dispatch
    assert hours is not None
    return hours


def test_every_hour_balances(table: pd.DataFrame) -> None:
    given = sum(table[f"{source}_mw"] for source in GIVEN)
    taken = sum(table[f"{use}_mw"] for use in TAKEN)
    np.testing.assert_allclose(given, taken, rtol=1e-9)
    flow = table.pivot(index=["year", "month", "day_type", "hour"], columns="province", values="flow_mw")
    lost = flow.sum(axis=1)
    assert (lost >= -1e-6).all() and 0.0 < lost.sum() <= 0.02 * flow.max(axis=1).sum(), "a hundredth is lost"


@pytest.mark.parametrize(
    ("columns", "variable"),
    [
        (["load"], "Final Energy|Electricity"),
        (["coal"], "Secondary Energy|Electricity|Coal"),
        (["gas", "byproduct_gas"], "Secondary Energy|Electricity|Gas"),
        (["discharge"], "Secondary Energy|Electricity|Storage"),
        (["shed"], "Rationing|Electricity|Industry"),
        (["unserved"], "Unserved Energy|Electricity"),
    ],
)
def test_days_add_up_to_the_years_figures(
    result: Result, table: pd.DataFrame, columns: list[str], variable: str
) -> None:
    output = sum(table[f"{column}_mw"] for column in columns)
    total = (output * table.days).groupby([table.year, table.province]).sum() / 1e6
    for (year, province), twh in total.items():
        figure = result.draws(variable, province)[0, year - 2029]
        assert twh == pytest.approx(figure, rel=1e-9, abs=1e-12)


def test_the_table_has_a_row_for_every_hour_of_the_days_it_stands_for(table: pd.DataFrame) -> None:
    assert table.shape[0] == 2 * P * 12 * 2 * 24
    assert table.groupby(["year", "province"]).days.sum().eq(365 * 24).all()


def test_the_stack_fills_from_the_cheapest_unit_and_the_first_listed_of_equals() -> None:
    units = MeritUnits(
        zone=np.array([0, 0, 0, 0, 0, 1, 0, 1]),
        capacity_mw=np.array([10.0, 20.0, 30.0, 5.0, 0.0, 40.0, 8.0, 9.0]),
        cost_cny_per_mwh=np.array([300.0, 100.0, 300.0, 400.0, 350.0, 350.0, 900.0, 900.0]),
        availability=np.tile(np.array([1.0, 0.5]), (8, 1)),
        rows=np.array([2, 0, 1]),
        blocks=StackBlocks.lay_out(units=3, purchases=1, sales=0, bids=0, supplies=0, zones=2),
    )
    fuel = np.array([FUELS.index(name) for name in ("coal", "waste", "gas")])
    output = np.zeros((2, 2, 1, 3))
    output[0, 0, 0], output[1, 0, 0] = [25.0, 62.0, 68.0], [40.0, 45.0, 0.0]
    output[0, 1, 0] = [12.0, 30.0, 34.0]
    found = merit_sources_mw(units, output, fuel)
    shown = {name: found[0, s, 0, 0].tolist() for s, name in enumerate(MERIT_SOURCES)}
    assert shown == {
        "coal": [20.0, 20.0, 20.0],
        "gas": [5.0, 10.0, 10.0],
        "waste": [0.0, 30.0, 30.0],
        "import": [0.0, 2.0, 5.0],
        "shed": [0.0, 0.0, 3.0],
        **{
            source: [0.0, 0.0, 0.0]
            for source in ("byproduct_gas", "biomass", "curtailed_export", "idle_load", "agents_supply")
        },
    }
    assert found[1, MERIT_SOURCES.index("curtailed_export"), 0, 0].tolist() == [40.0, 40.0, 0.0]
    assert found[0, MERIT_SOURCES.index("waste"), 1, 0].tolist() == [0.0, 15.0, 15.0]


@pytest.mark.parametrize(
    ("columns", "variable"),
    [
        (["load"], "Final Energy|Electricity"),
        (["coal"], "Secondary Energy|Electricity|Coal"),
        (["run_of_river", "small_hydro", "reservoir"], "Secondary Energy|Electricity|Hydro"),
        (["wind"], "Secondary Energy|Electricity|Wind"),
        (["solar_utility", "solar_distributed"], "Secondary Energy|Electricity|Solar"),
        (["curtailed"], "Curtailment|Electricity"),
        (["import"], "Trade|Electricity|Imports|At Neighbours' Prices"),
    ],
)
def test_months_add_up_to_the_years_figures(result: Result, columns: list[str], variable: str) -> None:
    table = result.electricity_months
    assert table is not None and table.shape[0] == 2 * P * 12
    gwh = sum(table[f"{column}_gwh"] for column in columns)
    for (year, province), total in gwh.groupby([table.year, table.province]).sum().items():
        figure = result.draws(variable, province)[0, year - 2029]
        assert total / 1e3 == pytest.approx(figure, rel=1e-9, abs=1e-9)


def test_every_month_balances_and_has_the_price_of_its_load(result: Result, table: pd.DataFrame) -> None:
    months = result.electricity_months
    assert months is not None
    given = sum(months[f"{source}_gwh"] for source in GIVEN)
    taken = sum(months[f"{use}_gwh"] for use in (*TAKEN[:-1], "surplus"))
    np.testing.assert_allclose(given, taken, rtol=1e-9)
    paid = (table.price_cny_per_mwh * table.load_mw * table.days).groupby(
        [table.year, table.province, table.month]
    )
    load = (table.load_mw * table.days).groupby([table.year, table.province, table.month])
    price = months.set_index(["year", "province", "month"]).price_cny_per_mwh
    expected = (paid.sum() / load.sum()).reindex(price.index)
    np.testing.assert_allclose(price, expected, rtol=1e-9)


def test_nothing_is_kept_unless_asked_for_and_asking_changes_nothing(result: Result) -> None:
    plain = simulate(CASE)
    assert plain.dispatch is None
    pd.testing.assert_frame_equal(plain.indicators, result.indicators)


def test_neighbours_ask_for_the_cheapest_block_that_is_not_sold_out() -> None:
    units = MeritUnits(
        zone=np.array([0, 0, 1, 0, 0, 1, 0, 1]),
        capacity_mw=np.array([50.0, 10.0, 40.0, 30.0, 0.0, 0.0, 5.0, 9.0]),
        cost_cny_per_mwh=np.array([100.0, 400.0, 350.0, 300.0, 400.0, 400.0, 900.0, 900.0]),
        availability=np.tile(np.array([1.0, 0.5]), (8, 1)),
        rows=np.array([0]),
        blocks=StackBlocks.lay_out(units=1, purchases=3, sales=0, bids=0, supplies=0, zones=2),
    )
    bought = np.zeros((2, 2, 1, 4))
    bought[0, :, 0] = [0.0, 16.0, 30.0, 40.0]  # blocks of 30 and 10 MW, half of it in the second month
    bought[1, 0, 0] = [0.0, 39.0, 40.0, 40.0]
    ask = neighbour_ask(units, bought)
    np.testing.assert_array_equal(ask[0, 0, 0], [300.0, 300.0, 400.0, np.nan])
    np.testing.assert_array_equal(ask[0, 1, 0], [300.0, 400.0, np.nan, np.nan])
    np.testing.assert_array_equal(ask[1, 0, 0], [350.0, 350.0, np.nan, np.nan])


def test_nothing_is_bought_where_neighbours_ask_more_than_the_price(table: pd.DataFrame) -> None:
    """They ask more than the price, or have nothing left: else a buyer would have gained."""
    usual = table[table.year == 2029]
    left = usual.dropna(subset=["neighbour_ask_cny_per_mwh"])
    assert len(left) > 0.5 * len(usual) and left.neighbour_ask_cny_per_mwh.gt(0.0).all()
    gap = left.price_cny_per_mwh - left.neighbour_ask_cny_per_mwh
    assert gap.max() < 1e-6
