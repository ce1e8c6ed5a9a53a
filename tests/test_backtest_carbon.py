"""The hindcast of the national carbon price: what it knew, how it scores, and what it says of its misses."""

import dataclasses
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.evaluation import carbon
from tanlu.evaluation.carbon import (
    FIT_YEARS,
    TEST_YEARS,
    YEARS,
    PriceFit,
    backtest_carbon,
    forecast_price,
    last_prices,
    look_from,
    observed_prices,
    trend_prices,
)
from tanlu.region.pack import Region, load_region
from tanlu.region.tables import year_index
from tests.model_runs import REGION

FIT = PriceFit(benchmark_fall=0.0042, bank_mt=570.0)


@cache
def backtest():
    return backtest_carbon("chengyu")


def section(title: str):
    return next(part for part in backtest().report.sections if part.title.startswith(title))


def changed_from(year: int) -> Region:
    """Return the pack with other figures of all that nobody knew by June of a year."""
    tables = {name: table.copy() for name, table in REGION.tables.items()}
    table = tables["national_market"]
    variable, of_year = table["variable"], table["year"]
    table.loc[variable.isin(["output", *carbon.OFFSETS]) & (of_year >= max(year, 2022)), "value"] *= 1.3
    published = {y for y, month in carbon.BENCHMARKS_PUBLISHED.items() if month <= f"{year}-06"}
    table.loc[(variable == "benchmark_share") & ~of_year.isin(published), "value"] *= 0.9
    table.loc[variable.isin(["cap_from_year", "band_from_year"]), "value"] += 1
    table.loc[variable.isin(["auction_share", "carry_over_limit", "expected_cap_fall"]), "value"] *= 1.5
    if year < 2025:
        table.loc[variable == "issued_correction_share", "value"] += 0.01
    prices = tables["carbon_market"]
    prices.loc[(prices["variable"] == "observed_price") & (prices["year"] >= year), "value"] *= 2.0
    return dataclasses.replace(REGION, tables=MappingProxyType(tables))


@pytest.mark.parametrize("year", YEARS)
def test_a_year_is_found_with_what_was_known_by_its_june(year: int) -> None:
    known, changed = (look_from(region, year) for region in (REGION, changed_from(year)))
    assert forecast_price(known, FIT) == forecast_price(changed, FIT)


def test_no_price_of_a_test_year_is_typed_in() -> None:
    text = Path(carbon.__file__).read_text(encoding="utf-8")
    observed = observed_prices(REGION)
    level = REGION.national_market.observed_price_cny_per_tco2
    for year in TEST_YEARS:
        for price in (observed[year], level[year_index(year)]):
            assert f"{price:.1f}" not in text and f"{price:.2f}" not in text


def test_the_fit_is_nearer_than_its_neighbours_and_each_figure_pulls_its_way() -> None:
    vantages = [look_from(REGION, year) for year in FIT_YEARS]
    fit = carbon.fit_price(vantages)

    def prices(one: PriceFit) -> list[float]:
        return [forecast_price(vantage, one).price_cny for vantage in vantages]

    def square_error(one: PriceFit) -> float:
        observed = REGION.national_market.observed_price_cny_per_tco2
        return sum(
            (price - observed[year_index(year)]) ** 2
            for price, year in zip(prices(one), FIT_YEARS, strict=True)
        )

    fall, bank = fit
    for other in (PriceFit(0.95 * fall, bank), PriceFit(1.05 * fall, bank), PriceFit(fall, 0.9 * bank)):
        assert square_error(other) > square_error(fit)
    assert all(a > b for a, b in zip(prices(PriceFit(1.1 * fall, bank)), prices(fit), strict=True))
    assert all(a < b for a, b in zip(prices(PriceFit(fall, 1.1 * bank)), prices(fit), strict=True))


def test_it_stands_beside_last_years_price_and_the_trend() -> None:
    observed = observed_prices(REGION)
    assert last_prices(observed)[2025] == observed[2024]
    assert trend_prices(observed)[2024] == pytest.approx(85.9, abs=0.1)
    lines = {row[0]: row[1:] for row in section("Signs and errors").rows}
    assert lines["last year's price"][-1] == "30.7"
    assert lines["trend of the fit"][-1] == "28.0" and lines["trend of the fit"][5] == "wrong"
    ours = lines["national market"]
    assert (ours[2], ours[5]) == ("right", "right")
    model = {row.year: row.model for row in backtest().rows if row.quantity == "carbon price"}
    assert 75.0 < model[2024] < 95.0 and 0.0 <= model[2025] < 50.0


def test_a_miss_is_explained_and_the_edge_is_shown() -> None:
    assert any(note.startswith("Why 2025 misses") for note in section("Signs and errors").notes)
    prices = [float(row[2]) for row in section("At an edge").rows]
    assert prices == sorted(prices) and prices[0] < 10.0 < 30.0 < prices[-1]


def test_a_pack_without_observed_prices_is_told_so() -> None:
    done = CliRunner().invoke(app, ["backtest", "carbon", "--region", "two_provinces"])
    assert done.exit_code == 2
    assert "`carbon_market` has no `observed_price` of 2021" in done.output
    assert load_region("two_provinces").national_market.opening_bank_tco2 > 0.0
