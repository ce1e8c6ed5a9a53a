"""The figures of one answer: sums, the last year, and the year in which each extreme stands."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.output.figures.figure import PRICE, About, Figure, level_figure
from tanlu.output.figures.paths import (
    CAPTURE,
    CLIMATE_REVENUE,
    ELECTRICITY_PRICE,
    EMISSIONS,
    HOUSEHOLD_TARIFF,
    INDUSTRY_TARIFF,
    PUBLIC_MONEY,
    RESERVE_MARGIN,
    UNSERVED,
    Paths,
)

TARIFFS = {"household": HOUSEHOLD_TARIFF, "industry": INDUSTRY_TARIFF}


def levels(paths: Paths) -> dict[str, Figure]:
    """Return the figures of one answer by key."""
    return {one.key: one for one in (*_emitted(paths), *_captured(paths), *_money(paths), *_power(paths))}


def _emitted(paths: Paths) -> Iterator[Figure]:
    last = int(paths.years[-1])
    yield _at(paths, f"emissions_{last}", EMISSIONS, paths.emissions_mtco2, last)
    yield _summed(paths, "emissions_cumulative", EMISSIONS, paths.emissions_mtco2, "Mt CO2")


def _captured(paths: Paths) -> Iterator[Figure]:
    last = int(paths.years[-1])
    yield _summed(paths, "captured_cumulative", CAPTURE, paths.captured_mtco2, "Mt CO2")
    yield _highest(paths, "captured_peak", CAPTURE, paths.captured_mtco2, "Mt CO2/yr")
    yield _at(paths, f"captured_{last}", CAPTURE, paths.captured_mtco2, last)


def _money(paths: Paths) -> Iterator[Figure]:
    spent, earned = paths.spent_bn_cny, paths.earned_bn_cny
    yield _summed(paths, "public_money_cumulative", PUBLIC_MONEY, spent, "bn CNY2020")
    yield _summed(paths, "climate_revenue_cumulative", CLIMATE_REVENUE, earned, "bn CNY2020")
    yield _summed(paths, "net_public_money_cumulative", PUBLIC_MONEY, spent - earned, "bn CNY2020")


def _power(paths: Paths) -> Iterator[Figure]:
    for name, tariff in (
        ("household", paths.household_cny_per_mwh),
        ("industry", paths.industry_cny_per_mwh),
    ):
        yield _highest(paths, f"tariff_{name}_highest", TARIFFS[name], tariff, PRICE)
    unserved = paths.unserved_twh[:, paths.open_years].max(axis=1)  # of each draw in its own worst year
    worst = year_of_highest(paths, paths.unserved_twh)
    yield level_figure(About("unserved_worst", UNSERVED[0], paths.region, str(worst), "TWh/yr"), unserved)
    margin = paths.reserve_margin_percent
    lowest = year_of_highest(paths, -margin)
    about = About("reserve_margin_lowest", RESERVE_MARGIN, paths.region, str(lowest), "%")
    yield level_figure(about, in_year(paths, margin, lowest))
    yield from _droughts(paths)


def _droughts(paths: Paths) -> Iterator[Figure]:
    for year in paths.dry_years:
        about = About(f"drought_price_{year}", ELECTRICITY_PRICE, paths.region, str(year), PRICE)
        yield level_figure(about, in_year(paths, paths.wholesale_cny_per_mwh, year))
        about = About(f"drought_unserved_{year}", UNSERVED[0], paths.region, str(year), "TWh/yr")
        yield level_figure(about, in_year(paths, paths.unserved_twh, year))


def year_of_highest(paths: Paths, draws: Floats) -> int:
    """Return the year in which the mean over draws [R, Y] is highest, of those that a policy can still change."""
    mean = draws.mean(axis=0)
    return int(paths.years[paths.open_years][int(np.argmax(mean[paths.open_years]))])


def in_year(paths: Paths, draws: Floats, year: int) -> Floats:
    """Return one year of all draws [R]."""
    return np.asarray(draws[:, int(np.searchsorted(paths.years, year))])


def _at(paths: Paths, key: str, indicator: str, draws: Floats, year: int) -> Figure:
    about = About(key, indicator, paths.region, str(year), "Mt CO2/yr")
    return level_figure(about, in_year(paths, draws, year))


def _summed(paths: Paths, key: str, indicator: str, draws: Floats, unit: str) -> Figure:
    about = About(key, indicator, paths.region, paths.span, unit)
    return level_figure(about, draws[:, paths.counted].sum(axis=1))


def _highest(paths: Paths, key: str, indicator: str, draws: Floats, unit: str) -> Figure:
    """Return the year in which the mean over draws is highest, and what the draws have in that year."""
    year = year_of_highest(paths, draws)
    return level_figure(About(key, indicator, paths.region, str(year), unit), in_year(paths, draws, year))
