"""The hindcast of the national carbon price: each year found with what was known by its June, next to two rivals."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy.optimize import brute

from tanlu.carbon_market.national import open_national_market, walk_national_market, without_region
from tanlu.core.arrays import Floats
from tanlu.core.units import PERCENT_PER_SHARE, T_PER_MT
from tanlu.core.words.errors import UserValueError
from tanlu.core.words.messages import build_message
from tanlu.evaluation.region_check import Section
from tanlu.evaluation.tables import Backtest, ComparisonRow, build_report, build_section, deviation
from tanlu.kernels.national_market import OUTSIDE, NationalMarket
from tanlu.region.national_market import VINTAGE_YEAR, NationalMarketData, read_national_market
from tanlu.region.pack import Region, load_region
from tanlu.region.tables import DATA_YEARS, year_index

FIT_YEARS, TEST_YEARS = (2021, 2022, 2023), (2024, 2025)
YEARS = (*FIT_YEARS, *TEST_YEARS)
KNOWN_MONTH = "06"  # what is published by its end is known in a year
# When the benchmarks of a year were published: documents of the ministry (S201), the first of 2023 and of 2024, and a
# draft; by June 2022 those of 2019 and 2020 alone were.
BENCHMARKS_PUBLISHED = {
    2021: "2023-03",
    2022: "2023-03",
    2023: "2024-10",
    2024: "2024-10",
    2025: "2026-07",
    2026: "2026-07",
}
# Allocated and verified totals of 2021 and 2022: Carbon Market Conference, 21 July 2024 (S201c).
TOTALS_PUBLISHED = "2024-07"
# Rows that were announced after June 2025, or stand for what the market does not see.
LATER_RULES = ("cap_from_year", "band_from_year", "verified_from_year", "carry_over_limit")
OFFSETS = ("offset_price", "offset_stock")
FALL_GRID, BANK_GRID_MT = slice(0.001, 0.0061, 0.0005), slice(100.0, 801.0, 100.0)
OTHER_FALLS = (0.9, 0.95, 1.0, 1.05, 1.1)  # times the fit
UNIT = "CNY/t"
NOTES = (
    "Prices in money of the year. Each is found by the national market with what was known by June: benchmarks that "
    "were published, prices of earlier years, output of earlier years, as firms report it (2021 stands for 2020).",
    "Benchmarks that nobody had published are expected to fall by one share a year from the last ones, or from the "
    "intensity of 2020. This fall and the bank at the end of 2020 are fitted to 2021-2023; nobody knew either. "
    "Classes, cost of abatement, horizon and interest bear no day of publication and are today's.",
    "Caps and auctions, announced in August 2025, are not known. Steel, cement and aluminium got in 2024 what they "
    "emitted, and are left out. Two years prove little.",
)
MISSES = (
    "Why 2024 misses: no rule published by June explains the rise; the plan for 2023 and 2024 came in October.",
    "Why 2025 misses: benchmarks of 2023 and 2024 begin again near what the classes emitted, and the totals of 2021 "
    "and 2022 were less short than benchmarks alone. So within the horizon hardly a year is short. As hardly any "
    "abatement costs less than 20 CNY/t, the price then lies at an edge: the table below.",
    "Carry-over: what a firm held above 10,000 t it kept only against 1.5 times what it sold, so at least two fifths "
    "had to be offered. The national market has one bank for all, and does not see who must sell.",
)


class Vantage(NamedTuple):
    """What was known by June of a year."""

    year: int
    data: NationalMarketData
    last_benchmark: int  # year of the last published benchmark, the one before the market if there is none
    last_output: int


class PriceFit(NamedTuple):
    """Figures fitted to the first years."""

    benchmark_fall: float  # a year, of benchmarks that are not published
    bank_mt: float  # at the end of the year before the market


class PriceForecast(NamedTuple):
    """A year as it was found from its June."""

    price_cny: float  # CNY of 2020 per t
    bank_mt: float  # before the year
    spare_mt: float  # least bank ahead over what is kept


def backtest_carbon(name: str) -> Backtest:
    """Find the national carbon price of past years from what was known.

    Two figures are fitted to the first years, and the others are scored next to last year's price and the trend.

    Raises:
        RegionError: if there is no such pack.
        ValueError: if the pack lacks an observed price of these years.
    """
    region = load_region(name)
    observed = observed_prices(region)
    price_level = _price_levels(region)
    vantages = {year: look_from(region, year) for year in YEARS}
    fit = fit_price([vantages[year] for year in FIT_YEARS])
    forecasts = {year: forecast_price(vantages[year], fit) for year in YEARS}
    ours = {year: forecasts[year].price_cny * price_level[year] for year in YEARS}
    rivals = {"last year's price": last_prices(observed), "trend of the fit": trend_prices(observed)}
    errors = {who: _mean_error(prices, observed) for who, prices in {"model": ours, **rivals}.items()}
    rows = [
        *(ComparisonRow("carbon price", "China", UNIT, year, ours[year], observed[year]) for year in YEARS),
        *(
            ComparisonRow(
                f"error of {who} less the model's",
                "China",
                UNIT,
                TEST_YEARS[-1],
                errors[who] - errors["model"],
                None,
                minimum=0.0,
            )
            for who in rivals
        ),
    ]
    sections = (
        build_section("Backtest: national carbon price", rows, NOTES),
        _error_section(observed, {"national market": ours, **rivals}),
        _edge_section(vantages, fit, observed, price_level),
        _known_section(vantages, forecasts, fit),
    )
    return Backtest(tuple(rows), build_report(f"{region.name}, carbon price", rows, sections))


# --- what was known ----------------------------------------------------------------------------------------------


def look_from(region: Region, year: int) -> Vantage:
    """Read the national market of a pack as it was known by June of a year."""
    june = f"{year}-{KNOWN_MONTH}"
    published = [y for y, month in BENCHMARKS_PUBLISHED.items() if month <= june]
    last_year = max(year - 1, YEARS[0])
    last_output = min(last_year, VINTAGE_YEAR)  # rows of later years are assumptions
    table = region.tables["national_market"]
    variable, of_year = table["variable"], table["year"]
    is_later = variable.isin(LATER_RULES)
    is_later |= (variable == "benchmark_share") & ~of_year.isin(published)
    is_later |= (variable == "output") & (of_year > last_output)
    is_later |= variable.isin(OFFSETS) & (of_year > last_year)
    known_rows = table[~is_later].copy()
    is_unknown = known_rows["variable"] == "auction_share"  # announced with the caps
    if june < TOTALS_PUBLISHED:
        is_unknown |= known_rows["variable"] == "issued_correction_share"
    known_rows.loc[is_unknown, "value"] = 0.0
    data = read_national_market({**region.tables, "national_market": known_rows})
    return Vantage(year, data, max(published, default=YEARS[0] - 1), last_output)


def observed_prices(region: Region) -> dict[int, float]:
    """Read the observed prices of the years, money of the year.

    Raises:
        ValueError: if one is missing.
    """
    table = region.tables["carbon_market"].query("variable == 'observed_price'")
    price = dict(zip(table["year"].astype(int), table["value"].astype(float), strict=True))
    if missing := [year for year in YEARS if year not in price]:
        raise UserValueError(build_message("no_observed_price", pack=region.name, year=missing[0]))
    level = _price_levels(region)
    return {year: price[year] * level[year] for year in YEARS}


def _price_levels(region: Region) -> dict[int, float]:
    """Read what a unit of 2020 costs in money of each year."""
    table = region.tables["currency"].set_index("from_unit")["factor_to_cny2020"]
    return {year: 1.0 / float(table[f"CNY{year}"]) for year in YEARS}


# --- the market --------------------------------------------------------------------------------------------------


def forecast_price(vantage: Vantage, fit: PriceFit) -> PriceForecast:
    """Find the price of a year; those before it are observed, CNY of 2020."""
    data, first, row = vantage.data, year_index(YEARS[0]), year_index(vantage.year)
    rules = data.rules._replace(
        allocation=data.rules.allocation._replace(benchmark=_expect_benchmarks(vantage, fit.benchmark_fall))
    )
    market = NationalMarket(data.classes, rules, without_region(data.classes))
    observed = np.where(vantage.year > DATA_YEARS, data.observed_price_cny_per_tco2, np.nan)
    state = open_national_market(first, fit.bank_mt * T_PER_MT, data.classes)
    years = tuple(walk_national_market(state, first, row, market, observed))
    before = years[-2][0] if len(years) > 1 else state
    _, outlook, cleared = years[-1]
    bank_mt = float(before.bank_tco2.sum()) / T_PER_MT
    return PriceForecast(cleared.price_cny_per_tco2, bank_mt, outlook.slack_tco2 / T_PER_MT)


def _expect_benchmarks(vantage: Vantage, fall: float) -> Floats:
    """Expect benchmarks [Y, C]: published ones, then a steady fall."""
    data, last = vantage.data, year_index(vantage.last_benchmark)
    published = data.rules.allocation.benchmark
    start = np.where(np.isnan(published[last]), data.classes.intensity[last], published[last])
    ahead = np.maximum(DATA_YEARS - vantage.last_benchmark, 0)[:, None]
    is_expected = (data.rules.allocation.method != OUTSIDE) & (ahead > 0)
    return np.where(is_expected, start * (1.0 - fall) ** ahead, published)


def fit_price(vantages: list[Vantage]) -> PriceFit:
    """Fit the fall of benchmarks and the first bank to observed prices by least squares."""
    observed = [vantage.data.observed_price_cny_per_tco2[year_index(vantage.year)] for vantage in vantages]

    def error(point: Floats) -> float:
        fit = PriceFit(float(point[0]), float(point[1]))
        prices = [forecast_price(vantage, fit).price_cny for vantage in vantages]
        return sum(float(price - of_year) ** 2 for price, of_year in zip(prices, observed, strict=True))

    fall, bank = brute(error, (FALL_GRID, BANK_GRID_MT))
    return PriceFit(float(fall), float(bank))


# --- the rivals --------------------------------------------------------------------------------------------------


def last_prices(observed: Mapping[int, float]) -> dict[int, float]:
    """Forecast the price of the year before."""
    return {year: observed[year - 1] for year in TEST_YEARS}


def trend_prices(observed: Mapping[int, float]) -> dict[int, float]:
    """Forecast that the mean growth of the fitted years goes on."""
    first, last = FIT_YEARS[0], FIT_YEARS[-1]
    growth = (observed[last] / observed[first]) ** (1.0 / (last - first))
    return {year: observed[last] * growth ** (year - last) for year in TEST_YEARS}


def _mean_error(prices: Mapping[int, float], observed: Mapping[int, float]) -> float:
    return float(np.mean([abs(prices[year] - observed[year]) for year in TEST_YEARS]))


# --- tables ------------------------------------------------------------------------------------------------------


def _error_section(observed: Mapping[int, float], forecasts: Mapping[str, Mapping[int, float]]) -> Section:
    headings = ("Forecast", *(f"{year}{what}" for year in TEST_YEARS for what in ("", " off by", " sign")))
    rows = []
    for who, prices in forecasts.items():
        cells = []
        for year in TEST_YEARS:
            rises = (prices[year] - observed[year - 1]) * (observed[year] - observed[year - 1]) > 0.0
            sign = "right" if rises else "none" if prices[year] == observed[year - 1] else "wrong"
            cells += [f"{prices[year]:.1f}", deviation(prices[year] - observed[year], 1), sign]
        rows.append((who, *cells, f"{_mean_error(prices, observed):.1f}"))
    title = (
        f"Signs and errors, {UNIT}; a sign is that of the change from the observed price of the year before"
    )
    return Section(title, (*headings, "Mean error"), tuple(rows), labels=1, notes=MISSES)


def _edge_section(
    vantages: Mapping[int, Vantage],
    fit: PriceFit,
    observed: Mapping[int, float],
    price_level: Mapping[int, float],
) -> Section:
    """Show what other falls of the benchmarks would give."""
    rows = []
    for factor in OTHER_FALLS:
        other = fit._replace(benchmark_fall=factor * fit.benchmark_fall)
        prices = {
            year: price_level[year] * forecast_price(vantages[year], other).price_cny for year in TEST_YEARS
        }
        fall = f"{PERCENT_PER_SHARE * other.benchmark_fall:.2f} %"
        rows.append(
            (fall, *(f"{price:.1f}" for price in prices.values()), f"{_mean_error(prices, observed):.1f}")
        )
    headings = ("Benchmarks fall by", *map(str, TEST_YEARS), "Mean error")
    return Section(
        f"At an edge: a tenth and a twentieth less or more, {UNIT}", headings, tuple(rows), labels=1
    )


def _known_section(
    vantages: Mapping[int, Vantage], forecasts: Mapping[int, PriceForecast], fit: PriceFit
) -> Section:
    headings = ("Year", "Benchmarks to", "Output to", "Bank before, Mt", "Spare at the price, Mt")
    rows = tuple(
        (
            str(year),
            str(vantage.last_benchmark) if vantage.last_benchmark >= YEARS[0] else "none",
            str(vantage.last_output),
            f"{forecasts[year].bank_mt:.0f}",
            f"{forecasts[year].spare_mt:.1f}",
        )
        for year, vantage in vantages.items()
    )
    note = (
        f"Fitted to {FIT_YEARS[0]}-{FIT_YEARS[-1]}: benchmarks fall by {PERCENT_PER_SHARE * fit.benchmark_fall:.2f} % "
        f"a year, a bank of {fit.bank_mt:.0f} Mt. Spare is the least bank within the horizon over what is kept: above "
        "0 where no year is short at any price."
    )
    return Section("Known by June of the year", headings, rows, labels=1, notes=(note,))
