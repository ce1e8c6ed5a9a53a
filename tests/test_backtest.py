"""The model's past against the statistics: rows, verdicts, files, and past years that are what was observed."""

import csv
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.axes import FUEL, LARGE_HYDRO_FUELS, THERMAL_FUELS
from tanlu.evaluation import power as backtest_power
from tanlu.evaluation import seasons as backtest_seasons
from tanlu.evaluation import tables as backtest
from tanlu.evaluation.past_years import PastYear, past_years
from tanlu.evaluation.region_check import statistics
from tanlu.evaluation.tables import ComparisonRow
from tanlu.region.balance import monthly_gwh, not_served_gwh
from tanlu.region.checks.grids import CAPACITY_GROUPS
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.tables import year_index
from tanlu.simulation.run import Run
from tests.chengyu import PROVINCES
from tests.model_runs import REGION

YEARS = range(REGION.first_observed_year, REGION.last_observed_year + 1)
OFFICIAL = statistics(REGION)
CUT = not_served_gwh(REGION.tables["power_balance"], PROVINCES)  # asked for, but not served
THERMAL = [FUEL[fuel] for fuel in THERMAL_FUELS]
HYDRO = [FUEL[fuel] for fuel in LARGE_HYDRO_FUELS]
STORES = [FUEL["pumped_storage"], FUEL["battery"]]


@pytest.fixture(scope="module")
def cleared() -> list[PastYear]:
    return list(past_years(REGION, backtest.baseline(REGION), YEARS))


@pytest.fixture(scope="module")
def run() -> Run:
    return backtest.past_run(REGION)


@pytest.fixture(scope="module")
def co2(run: Run) -> list[ComparisonRow]:
    return backtest.co2_rows(REGION, run)


# --- single past years ---------------------------------------------------------------------------------------


def test_every_past_year_balances(cleared: Sequence[PastYear]) -> None:
    for past in cleared:
        power = past.power
        stores = power.storage_loss_mwh + past.generation_mwh[:, STORES].sum(axis=1)
        supply = past.generation_mwh.sum(axis=1) + power.shed_mwh + power.unserved_mwh
        use = power.load_mwh + power.export_mwh + power.flow_mwh + power.line_loss_mwh + stores
        np.testing.assert_allclose(supply, use, rtol=1e-9)
        load = np.array([OFFICIAL[province, "consumption_gwh", past.year] * 1e3 for province in PROVINCES])
        load += CUT.get(past.year, np.zeros((2, 12))).sum(axis=1) * 1e3
        np.testing.assert_allclose(power.load_mwh, load, rtol=1e-9)


def test_capacity_is_the_official_mean_of_the_year(cleared: Sequence[PastYear]) -> None:
    """Hydropower is that of the year's end, as in the capacity factors; pumped storage stands apart from it."""
    compared = 0
    for past in cleared:
        for p, province in enumerate(PROVINCES):
            for group in ("thermal", "wind", "solar_utility", "solar_distributed"):
                ends = [OFFICIAL.get((province, f"{group}_capacity_mw", past.year - back)) for back in (0, 1)]
                if None not in ends:
                    fuels = [FUEL[fuel] for fuel in CAPACITY_GROUPS[group]]
                    mean = past.power.offer.capacity_by_fuel_mw[p, fuels].sum()
                    assert mean == pytest.approx(sum(ends) / 2.0, rel=5e-3, abs=3.0), (past.year, group)
                    compared += 1
            hydro = past.power.offer.capacity_by_fuel_mw[p, HYDRO].sum()
            end = OFFICIAL[province, "hydro_conventional_6_mw_and_up_capacity_mw", past.year]
            assert hydro == pytest.approx(end, rel=5e-3), past.year
    assert compared > 60


def test_a_past_year_has_the_months_of_its_load(cleared: Sequence[PastYear]) -> None:
    book = monthly_gwh(REGION.tables["power_balance"], "consumption", PROVINCES)
    for past in cleared:
        months = (past.sources_mw["load"] * past.day_weight[:, :, None]).sum(axis=(2, 3))
        for p, gwh in enumerate(book[past.year] + CUT.get(past.year, 0.0)):
            np.testing.assert_allclose(months[p] / months[p].sum(), gwh / gwh.sum(), rtol=1e-9)


def test_a_past_year_has_its_own_wind_and_sun(cleared: Sequence[PastYear]) -> None:
    """What a MW gives is what its hours say; years without statistics have the mean year."""
    compared = 0
    for past in cleared:
        for p, province in enumerate(PROVINCES):
            for fuel, variable in (("wind", "wind"), ("solar_utility", "solar")):
                hours = OFFICIAL.get((province, f"{variable}_utilisation_hours", past.year))
                if hours is not None:
                    mw = past.power.offer.capacity_by_fuel_mw[p, FUEL[fuel]]
                    made = past.generation_mwh[p, FUEL[fuel]] + past.power.curtailed_mwh[p, FUEL[fuel]]
                    assert made / mw == pytest.approx(hours, rel=1e-4), (province, fuel, past.year)
                    compared += 1
    assert compared == 2 * 10 + 7 + 8
    weather = REGION.power.observed_weather
    assert (weather[year_index(2025) :] == 1.0).all()
    assert weather[year_index(2022), 0, 0] < 0.96 < 1.04 < weather[year_index(2023), 0, 0]


def with_load(factor: float, year: int) -> PastYear:
    """Return a year with another load, all else as it was."""
    table = REGION.tables["power_balance"].copy()
    table.loc[table["item"] == "consumption", "energy_gwh"] *= factor
    region = dataclasses.replace(REGION, tables=dict(REGION.tables) | {"power_balance": table})
    (past,) = past_years(region, backtest.baseline(REGION), [year])
    return past


def test_months_sum_to_the_year(cleared: Sequence[PastYear]) -> None:
    """Also where there is so much water that rivers are curtailed."""
    for past in (*cleared, with_load(0.6, 2020)):
        hydro = backtest_power.hydro_by_month_mwh(past).sum(axis=1)
        np.testing.assert_allclose(hydro, past.generation_mwh[:, HYDRO].sum(axis=1), rtol=1e-6)
        thermal = backtest_power.thermal_by_month_mwh(past).sum(axis=1)
        np.testing.assert_allclose(thermal, past.generation_mwh[:, THERMAL].sum(axis=1), rtol=1e-6)


def test_a_past_year_alone_is_near_the_run_that_lives_through_it(
    cleared: Sequence[PastYear], run: Run
) -> None:
    """The run counts a unit half in its first year and not in its last; alone it is the mean of both ends."""
    for y, year in enumerate(run.years):
        past = next(past for past in cleared if past.year == year)
        for fuels, relative in ((THERMAL, 0.04), (HYDRO, 0.005)):
            alone, lived = (
                one[:, fuels].sum(axis=1) for one in (past.generation_mwh, run.record.power.output_mwh[y])
            )
            np.testing.assert_allclose(alone, lived, rtol=relative, err_msg=str(year))


def test_a_year_does_not_know_of_another(cleared: Sequence[PastYear]) -> None:
    (alone,) = past_years(REGION, backtest.baseline(REGION), [2019])
    among = next(past for past in cleared if past.year == 2019)
    assert alone.generation_mwh.tobytes() == among.generation_mwh.tobytes()


def test_a_year_without_statistics_is_refused() -> None:
    with pytest.raises(ValueError, match="2014 is not observed; chengyu has 2015 to 2024"):
        list(past_years(REGION, backtest.baseline(REGION), [2014]))


# --- rows ----------------------------------------------------------------------------------------------------


def test_nothing_of_the_past_is_left_out(cleared: Sequence[PastYear]) -> None:
    rows = [row for past in cleared for row in backtest_power.yearly_rows(REGION, past)]
    shown = {(row.province, row.quantity, row.year): row for row in rows}
    assert len(shown) == len(rows)
    for quantity in (
        "thermal generation",
        "hydro generation",
        "wind generation",
        "net export",
        "thermal hours",
    ):
        assert {(province, quantity, year) for province in PROVINCES for year in YEARS} <= set(shown)
    for province, first in (("Sichuan", 2016), ("Chongqing", 2017)):  # no statistic before
        years = {year for p, quantity, year in shown if (p, quantity) == (province, "solar generation")}
        assert years == set(range(first, YEARS[-1] + 1))
    bounds = {(row.quantity, row.bound_percent) for row in rows if row.year <= 2024}
    assert bounds == {
        *((f"{name} generation", 5.0) for name in ("thermal", "hydro", "wind", "solar")),
        *(("net export", 10.0), ("thermal hours", None), ("solar hours", None)),
    }
    assert shown["Sichuan", "thermal generation", 2024].statistic == pytest.approx(97.0)
    assert shown["Chongqing", "thermal generation", 2024].statistic == pytest.approx(92.49)
    given = {key for key, row in shown.items() if row.is_given}
    assert {quantity for _, quantity, _ in given} == {"net export", "wind generation", "solar generation"}
    assert ("Sichuan", "solar generation", 2017) not in given, "no hours are known"
    assert ("Sichuan", "solar generation", 2018) in given
    assert shown["Sichuan", "thermal generation", 2022].statistic == pytest.approx(79.17)
    assert shown["Chongqing", "net export", 2023].statistic == pytest.approx(-35.1503)


def test_monthly_statistics_sum_to_the_yearly_ones(cleared: Sequence[PastYear]) -> None:
    rows = [row for past in cleared for row in backtest_power.monthly_rows(REGION, past)]
    assert {row.month for row in rows} == {"1-2", *(str(month) for month in range(3, 13))}
    for province in PROVINCES:
        for quantity, years in (("hydro generation", YEARS), ("thermal generation", range(2015, 2024))):
            for year in years:
                mine = [r for r in rows if (r.province, r.quantity, r.year) == (province, quantity, year)]
                yearly = OFFICIAL[province, quantity.replace(" ", "_") + "_gwh", year]
                assert sum(row.statistic or 0.0 for row in mine) == pytest.approx(yearly, rel=0.01)


def test_the_shortage_is_asked_for_in_its_year_only(cleared: Sequence[PastYear]) -> None:
    for past in cleared:
        rows = list(backtest_power.shortage_rows(REGION, past))
        assert len(rows) == (4 if past.year == 2022 else 0)
        assert [row.verdict for row in rows if row.quantity == "load not served"][1:] in ([], [""])


def test_hours_at_the_limit_are_those_of_the_highest_output_where_load_is_shed() -> None:
    past = with_load(1.35, 2022)
    cut = past.sources_mw["shed"] + past.sources_mw["unserved"]
    cut[:, 7, 1:] -= cut[:, 7, 1:].min(axis=-1, keepdims=True)  # August's dry spell: days off, by night too
    shed = cut > 1e-6
    thermal = sum(past.sources_mw[fuel] for fuel in THERMAL_FUELS)
    highest = thermal >= thermal.max(axis=(2, 3), keepdims=True) * (1.0 - 1e-6)
    assert (highest | ~shed).all(), "nothing is shed by the hour while a unit stands still"
    short = shed.any(axis=(2, 3))
    assert short.sum() > 4
    hours = (highest * past.day_weight[:, :, None]).sum(axis=(2, 3))
    limit = backtest_power.thermal_hours_at_limit(past)
    np.testing.assert_allclose(limit[short], hours[short])


WHOLESALE = ("price of dry months", "price of wet months", "price of the year")


def test_prices_of_seasons_are_weighted_with_load(cleared: Sequence[PastYear]) -> None:
    for past in cleared:
        rows = {(row.province, row.quantity): row for row in backtest_seasons.seasonal_rows(REGION, past)}
        assert {quantity for _, quantity in rows} == set(backtest_seasons.QUANTITIES)
        for p, province in enumerate(PROVINCES):
            prices = [rows[province, quantity].model for quantity in WHOLESALE]
            monthly = past.power.prices.price_cny_per_mwh[p].mean(axis=(1, 2))
            for price, months in zip(prices, (*REGION.seasons.values(), range(1, 13)), strict=True):
                of_season = monthly[np.array(months) - 1]
                assert of_season.min() * 0.8 <= price <= of_season.max() * 1.3
            capacity = past.power.offer.capacity_by_fuel_mw[p, HYDRO].sum()
            lost = float(capacity * (REGION.power.hydrology.spill_without_use[past.year][p] @ HOURS_IN_MONTH))
            assert rows[province, "water spilled"].model * 1e6 == pytest.approx(
                float(past.power.curtailed_mwh[p, HYDRO].sum()) + lost
            )
    assert rows["Sichuan", "price of wet months"].statistic is None, "published are contracts of water"
    assert rows["Sichuan", "hydro contracts, wet months"].statistic == pytest.approx(119.1)
    assert rows["Sichuan", "hydro contracts, wet months"].statistic_year == 2025


def test_contracts_of_water_keep_wet_and_dry_months_apart_though_stores_level_the_hours() -> None:
    rows = {(row.province, row.quantity, row.year): row for row in backtest_seasons.rows_ahead(REGION)}
    assert {year for _, _, year in rows} == set(range(2025, 2031))
    for year in range(2025, 2031):
        wet, dry = (rows["Sichuan", f"hydro contracts, {season} months", year] for season in ("wet", "dry"))
        assert wet.model < 0.75 * dry.model  # nearest in 2027, when much sun has come and load little
        assert (wet.statistic, dry.statistic) == (pytest.approx(119.1), pytest.approx(374.6))
    wet, dry = (rows["Sichuan", f"price of {season} months", 2030].model for season in ("wet", "dry"))
    assert wet > 0.8 * dry  # coal makes more of the dry months, and pays 109 CNY/t


def test_verdicts() -> None:
    row = ComparisonRow("CO2", "Sichuan", "Mt", 2020, 104.9, 100.0, 5.0)
    assert (row.verdict, row.deviation_percent) == ("pass", pytest.approx(4.9))
    assert row._replace(model=94.9).verdict == "miss"
    assert row._replace(model=float("nan")).verdict == "miss"
    assert row._replace(bound_percent=None).verdict == ""
    assert (row._replace(is_given=True).verdict, row._replace(model=94.9, is_given=True).verdict) == (
        "given",
        "miss",
    )
    assert row._replace(statistic=0.0).deviation_percent is None
    assert row._replace(statistic=-100.0, model=-96.0).deviation_percent == pytest.approx(4.0)
    short = ComparisonRow("load not served", "Sichuan", "GWh", 2022, 0.0, None, minimum=0.0)
    assert (short.verdict, short._replace(model=0.1).verdict) == ("miss", "pass")
    assert short._replace(minimum=None).verdict == ""


# --- CO2 -----------------------------------------------------------------------------------------------------


def test_co2_stays_within_the_stated_bounds(co2: Sequence[ComparisonRow]) -> None:
    bounded = [row for row in co2 if row.verdict]
    assert {row.quantity for row in bounded} == set(backtest.CO2_BOUNDS_PERCENT)
    assert len(bounded) == 2 * 5
    assert [row for row in bounded if row.verdict == "miss"] == []
    office = {(row.province, row.year): row.statistic for row in co2 if "office" in row.quantity}
    assert office == {("Chongqing", 2020): pytest.approx(158.87, abs=0.01), ("Sichuan", 2021): 312.3}


def test_statistics_of_co2_are_those_of_the_published_scope(co2: Sequence[ComparisonRow]) -> None:
    rows = {(row.province, row.quantity): row for row in co2 if row.quantity.startswith("CO2")}
    assert rows["Sichuan", "CO2"].statistic == pytest.approx(315.1634, abs=1e-3)  # CEADs 2019
    assert rows["Chongqing", "CO2"].statistic == pytest.approx(156.2547, abs=1e-3)
    assert {row.statistic_year for row in rows.values()} == {2019}


def test_uncounted_process_co2_is_left_out(co2: Sequence[ComparisonRow], run: Run) -> None:
    whole = run.record.emissions.by_sector_tco2[0].sum(axis=1) / 1e6
    outside = backtest.outside_inventory_mtco2(run)
    assert [row.model for row in co2 if row.quantity == "CO2"] == pytest.approx(whole - outside)
    table = REGION.tables["inventory"]
    calculated = table[(table["year"] == 2019) & table["source"].str.startswith("CALC")]
    expected = calculated.groupby("province")["co2_mt"].sum()[list(PROVINCES)]
    assert outside == pytest.approx(expected.to_numpy(), rel=0.1)  # of 2020; the inventory's is of 2019


# --- the command ---------------------------------------------------------------------------------------------


def tanlu(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_misses_are_shown_and_fail_only_if_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(backtest_power, "YEARLY_BOUND_PERCENT", 1e-9)
    file = tmp_path / "power.csv"
    code, text = tanlu("backtest", "power", "--csv", str(file))
    assert code == 0
    assert "miss" in text
    assert f"written to {file}" in text
    with file.open(encoding="utf-8", newline="") as stream:
        written = list(csv.DictReader(stream))
    rows = backtest_power.backtest_power("chengyu").rows
    assert len(written) == len(rows)
    for line, row in zip(written, rows, strict=True):
        assert (line["quantity"], int(line["year"]), line["month"]) == (row.quantity, row.year, row.month)
        assert float(line["model"]) == row.model
        assert line["verdict"] == row.verdict
    missed = sum(line["verdict"] == "miss" for line in written)
    assert missed >= 2 * 9 * 2
    assert f"{missed} miss" in text.splitlines()[-2]
    assert tanlu("backtest", "power", "--strict")[0] == 1


def test_what_lies_within_its_bounds_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tanlu("backtest", "co2", "--strict")[0] == 0
    monkeypatch.setitem(backtest.CO2_BOUNDS_PERCENT, "CO2 of steel", 0.01)
    code, text = tanlu("backtest", "co2", "--strict")
    assert code == 1
    assert "CO2 of steel" in text
    assert " miss" in text.splitlines()[-1]


def test_a_file_that_cannot_be_written_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    code, text = tanlu("backtest", "co2", "--csv", str(tmp_path / "no_folder" / "co2.csv"))
    assert code == 1
    assert "error: cannot write" in text
    assert tanlu("backtest", "power", "--region", "nowhere")[0] == 2


def test_the_check_of_a_pack_shows_both_backtests() -> None:
    code, text = tanlu("region", "check", "chengyu", "--backtest")
    assert code == 0
    for title in ("Backtest: CO2, Mt", "Backtest: electricity by year", "Shortage of electricity"):
        assert title in text
