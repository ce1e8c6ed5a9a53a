"""Road vehicles against the statistics: which rows there are, and what they are made of."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import least_squares
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.evaluation.past_facts import past_facts
from tanlu.evaluation.tables import ComparisonRow, past_run
from tanlu.evaluation.vehicles import new_energy_rows, stock_rows
from tanlu.region.vehicles import FIRST_STOCK_YEAR
from tests.chengyu import PROVINCES
from tests.model_runs import REGION


@cache
def rows() -> tuple[ComparisonRow, ...]:
    return (*stock_rows(REGION), *new_energy_rows(REGION, past_run(REGION)))


def test_the_stock_of_every_year_since_the_fit_is_compared_with_its_statistic() -> None:
    stock = [row for row in rows() if row.quantity == "civil vehicles"]
    assert [row.year for row in stock] == [y for y in range(2020, 2024) for _ in range(2)]
    for row in stock:
        p = ("Sichuan", "Chongqing").index(row.province)
        assert row.statistic == pytest.approx(REGION.vehicles.stock(row.year)[p].sum() / 1e6)
        assert row.bound_percent == 3.0


def test_sales_of_the_region_are_compared_with_the_nations_share() -> None:
    shares = [row for row in rows() if row.quantity == "new-energy share of sales"]
    assert [row.year for row in shares if row.province == "Chengyu"] == [2020, 2021, 2022, 2023, 2024]
    sold = past_run(REGION).record.road.sales.sum(axis=1)
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


def test_the_ownership_curve_is_the_least_squares_fit_of_each_province_to_2019() -> None:
    """Displacement, steepness and yearly adjustment of the pack, from statistics to the year of the fit alone."""
    table = REGION.tables["vehicles"].query("parameter.str.startswith('ownership_')").set_index("province")
    for province in PROVINCES:
        mine = table.loc[province].set_index("parameter")["value"]
        for name, value in fitted_ownership(province).items():
            assert mine[name] == pytest.approx(value, rel=1e-3), (province, name)


def fitted_ownership(province: str) -> dict[str, float]:
    """Fit vehicles per thousand persons of each year to those of the year before and the curve, one year ahead."""
    per_head, income = (np.array(of) for of in _to_the_fit(province))
    ceiling = float(
        REGION.tables["vehicles"]
        .query("parameter == 'ownership_ceiling_vehicles_per_thousand'")["value"]
        .iloc[0]
    )

    def error(of: np.ndarray) -> np.ndarray:
        displacement, steepness, part = of
        curve = ceiling * np.exp(-displacement * np.exp(-steepness * income[1:]))
        return np.asarray(per_head[:-1] + part * (curve - per_head[:-1]) - per_head[1:])

    fit = least_squares(error, (5.0, 2.0, 0.2), xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=5000)
    names = ("ownership_displacement", "ownership_steepness", "ownership_adjustment_share_per_year")
    return dict(zip(names, fit.x.tolist(), strict=True))


def _to_the_fit(province: str) -> tuple[list[float], list[float]]:
    """Return private vehicles per thousand persons and GRDP per head (2020 is 1), 2005 to the year of the fit."""
    later = REGION.tables["drivers"].rename(columns={"driver": "variable"})
    table = pd.concat([REGION.tables["vehicle_statistics"], later])
    here = table[table["province"] == province].set_index(["variable", "year"])["value"]
    years = range(FIRST_STOCK_YEAR, past_facts(REGION).ownership_fitted_to + 1)
    people = {year: here["population_million", year] for year in (*years, 2020)}
    income = [here["grdp_index", year] / people[year] * people[2020] for year in years]
    return [here["private_vehicles_thousand", year] / people[year] for year in years], income
