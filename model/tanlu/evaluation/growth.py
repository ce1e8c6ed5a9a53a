"""How fast wind and sun have grown: the fit of their growth, and later years forecast with the fit of a date."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.axes import RENEWABLE_FUELS, SOLAR_FUELS
from tanlu.core.units import HOURS_PER_YEAR, MW_PER_GW, MWH_PER_TWH, PERCENT_PER_SHARE
from tanlu.core.words.errors import UserValueError
from tanlu.core.words.messages import build_message
from tanlu.evaluation.region_check import Section
from tanlu.evaluation.tables import Backtest, ComparisonRow, build_report, build_section
from tanlu.investment.growth import yearly_growth
from tanlu.region.pack import Region, load_region

BOUND_PERCENT = 15.0  # of wind and sun of the region in the last year
WIND_AND_SUN = "wind and sun"
DIGITS = 2  # of a rate in the pack
GROUPS = {"wind": ("wind",), "sun": SOLAR_FUELS}  # that grow by a rate of their own
NOTES = (
    "Growth of a year: what was added in the provinces with figures of both year ends, over their capacity x "
    "(1 - capacity / potential) at the first of them; large and small solar plants together.",
    "Rate and spread: mean and standard deviation over the years known at that date.",
    "Forecast: each technology and province grows by the rate of the date from its capacity then, as if everything "
    "that can be connected was built. Potentials are today's: the study behind them is later than most dates.",
)
PEAK_NOTES = (
    "At half the potential, as a share of the region's consumption in the last observed year. Cherp et al. 2021 find "
    "0.8 % (0.6 to 1.1) for wind and 0.6 % (0.4 to 0.9) for solar power in whole countries. Where a limit is far above "
    "that, prices, hours and costs of connection must hold growth back, for it does not.",
)


class Growth(NamedTuple):
    """A growth rate fitted to the years up to a date."""

    rate: float  # a year
    spread: float  # standard deviation over the years
    by_year: Mapping[int, float]

    @property
    def words(self) -> str:
        """The fit as tables show it."""
        return f"{self.rate:.{DIGITS}f} a year, spread {self.spread:.{DIGITS}f}"


class Capacity(NamedTuple):
    """Capacity at the ends of years; axes Y years, N technology and province."""

    years: range
    mw: Floats  # [Y, N], NaN where there is no statistic
    technology: tuple[str, ...]  # [N]
    province: tuple[str, ...]  # [N]
    floor_mw_per_year: Floats  # [N]
    potential_mw: Floats  # [N]


def fit_growth(capacity: Capacity, last: int) -> Mapping[str, Growth]:
    """Fit growth of each of `GROUPS` to the years up to `last`.

    Raises:
        ValueError: if fewer than two years have figures.
    """
    fits = {}
    for group, technologies in GROUPS.items():
        in_group, by_year = np.isin(capacity.technology, technologies), {}
        for y, year in enumerate(capacity.years[1:]):
            stock, end = capacity.mw[y], capacity.mw[y + 1]
            has_figures = in_group & ~np.isnan(stock) & ~np.isnan(end)
            if year <= last and has_figures.any():
                free = stock * (1.0 - stock / capacity.potential_mw)
                by_year[year] = float((end - stock)[has_figures].sum() / free[has_figures].sum())
        if len(by_year) < 2:
            raise UserValueError(build_message("too_few_years", group=group, year=last, count=len(by_year)))
        yearly = list(by_year.values())
        fits[group] = Growth(float(np.mean(yearly)), float(np.std(yearly)), by_year)
    return fits


def forecast(capacity: Capacity, first: int, last: int, fits: Mapping[str, Growth]) -> Floats:
    """Forecast capacity at the end of `last`, MW [N].

    All grow by their rate since the end of `first`.
    """
    mw = capacity.mw[first - capacity.years[0]].copy()
    rate = np.array([fits[_group(technology)].rate for technology in capacity.technology])
    for _ in range(first, last):
        mw = mw + yearly_growth(capacity.floor_mw_per_year, rate, mw, capacity.potential_mw)
    return mw


def read_capacity(region: Region) -> Capacity:
    """Read statistics of wind and sun up to the last whole year.

    They come with the limits of growth.
    """
    last = int(region.parameters["first_decision_year"])  # capacities up to here are statistics
    years = range(region.first_observed_year, last + 1)
    table = region.tables["power_statistics"].set_index(["variable", "province", "year"])["value"]
    pairs = [(t, p) for t in RENEWABLE_FUELS for p in region.axes.provinces]
    mw = [[float(table.get((f"{t}_capacity_mw", p, year), np.nan)) for t, p in pairs] for year in years]
    limits = region.tables["site_limits"].set_index(["parameter", "technology", "province"])["value"]
    floor, potential = (
        np.array([float(limits[name, t, p]) for t, p in pairs])
        for name in ("floor_mw_per_year", "potential_mw")
    )
    technology, province = zip(*pairs, strict=True)
    return Capacity(years, np.array(mw), technology, province, floor, potential)


def with_growth(table: pd.DataFrame, fits: Mapping[str, Growth]) -> pd.DataFrame:
    """Replace growth rates of wind and sun in `site_limits.csv`."""
    rate = {t: round(fits[_group(t)].rate, DIGITS) for t in RENEWABLE_FUELS}
    fitted = (table["parameter"] == "growth_rate") & table["technology"].isin(RENEWABLE_FUELS)
    return table.assign(value=table["value"].astype(float).where(~fitted, table["technology"].map(rate)))


def _group(technology: str) -> str:
    return next(group for group, technologies in GROUPS.items() if technology in technologies)


def backtest_growth(name: str, frozen: int | None) -> Backtest:
    """Fit growth of wind and sun, and forecast the last year.

    From `frozen`, or from each year of the pack `name`.

    Raises:
        RegionError: if there is no such pack.
        ValueError: if nothing can be fitted to the years up to `frozen`, or no year follows it.
    """
    region = load_region(name)
    capacity = read_capacity(region)
    last = capacity.years[-1]
    full = fit_growth(capacity, last)
    allowed = sorted(set.intersection(*(set(fit.by_year) for fit in full.values())))[1:-1]
    if frozen is not None and frozen not in allowed:
        raise UserValueError(build_message("no_fit_of_year", year=frozen, first=allowed[0], last=allowed[-1]))
    dates = allowed if frozen is None else [frozen]
    fits = {year: fit_growth(capacity, year) for year in (*dates, last)}
    rows = [row for year in dates for row in _rows(region, capacity, year, fits[year])]
    sections = (
        *_fit_sections(fits),
        build_section(f"Wind and sun at the end of {last}", rows, NOTES),
        _peak_section(region, capacity, full),
    )
    return Backtest(tuple(rows), build_report(f"{region.name}, growth of wind and sun", rows, sections))


def _rows(
    region: Region, capacity: Capacity, first: int, fits: Mapping[str, Growth]
) -> Iterator[ComparisonRow]:
    """Yield forecasts of the last year from `first`, GW.

    Only the sum of all has a bound.
    """
    last, goal = capacity.years[-1], capacity.mw[-1]
    model, has_goal = forecast(capacity, first, last, fits), ~np.isnan(goal)
    parts = {
        (name, place): np.isin(capacity.technology, GROUPS[name]) & (np.array(capacity.province) == place)
        for name in GROUPS
        for place in region.axes.provinces
    }
    parts[WIND_AND_SUN, region.axes.region] = np.ones(has_goal.size, bool)
    for (name, place), in_part in parts.items():
        counts, bound = has_goal & in_part, BOUND_PERCENT if name == WIND_AND_SUN else None
        if counts.any():
            gw = [float(x[counts].sum()) / MW_PER_GW for x in (model, goal)]
            yield ComparisonRow(f"{name}, from {first}", place, "GW", last, gw[0], gw[1], bound)


def _fit_sections(fits: Mapping[int, Mapping[str, Growth]]) -> Iterator[Section]:
    """Yield tables of growth by year, and of fits by date."""
    last = max(fits)
    years = sorted({year for fit in fits[last].values() for year in fit.by_year})
    yearly = [(str(y), *(_figure(fits[last][g].by_year.get(y)) for g in GROUPS)) for y in years]
    yield Section("Growth a year", ("Year", *GROUPS), tuple(yearly), labels=1)
    cells = [
        (
            str(date),
            group,
            f"{min(fitted.by_year)}-{max(fitted.by_year)}",
            _figure(fitted.rate),
            _figure(fitted.spread),
        )
        for date, fit in fits.items()
        for group, fitted in fit.items()
    ]
    yield Section("Fit", ("Known at the end of", "What", "Years", "Rate", "Spread"), tuple(cells), labels=3)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.{DIGITS}f}"


def _peak_section(region: Region, capacity: Capacity, fits: Mapping[str, Growth]) -> Section:
    """Build a table of growth at half the potential.

    It is a share of consumption.
    """
    use_mwh = region.power.demand_twh[-1].sum() * MWH_PER_TWH
    hours = region.power.renewable_profile.mean(axis=(2, 3)) * HOURS_PER_YEAR
    cells = []
    for k, technology in enumerate(RENEWABLE_FUELS):
        potential_mw = capacity.potential_mw[np.array(capacity.technology) == technology]
        mwh = float((fits[_group(technology)].rate * potential_mw / 4.0 * hours[:, k]).sum())
        cells.append((technology, f"{PERCENT_PER_SHARE * mwh / use_mwh:.1f}"))
    return Section("Fastest growth", ("What", "% of use a year"), tuple(cells), labels=1, notes=PEAK_NOTES)
