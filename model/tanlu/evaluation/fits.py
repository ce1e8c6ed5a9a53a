"""Everything of electricity that is fitted to past years: the fit to all of them, and to those known at a date."""

import dataclasses
from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from tanlu.core.axes import FUEL
from tanlu.core.units import GWH_PER_TWH, MWH_PER_GWH, PERCENT_PER_SHARE
from tanlu.core.words.errors import UserValueError
from tanlu.core.words.messages import build_message
from tanlu.evaluation.frozen import (
    ALWAYS_ONLINE,
    LAST_PUBLICATION,
    LEAST_ONLINE,
    YEARS_OF_SHAPE,
    years_of_least_online,
    years_to_freeze,
)
from tanlu.evaluation.growth import GROUPS, fit_growth, read_capacity
from tanlu.evaluation.past_years import past_years
from tanlu.evaluation.region_check import Section
from tanlu.evaluation.tables import Backtest, ComparisonRow, baseline, build_report
from tanlu.power.hours import THERMAL
from tanlu.region.balance import annual_gwh, annual_rows
from tanlu.region.hydro import HOURS_IN_MONTH, years_of_normal_water
from tanlu.region.pack import Region, load_region
from tanlu.region.past import KINDS, years_at_risk
from tanlu.region.power import BUILDABLE

BOUND_PERCENT = 2.0  # between a row of the pack and its fit: rows are rounded
STEP = 0.02  # of the share of coal units always online
WET_MONTHS = range(6, 11)  # June to October
NOTES = (
    "Growth: mean over the years. Coal units always online: the share of capacity, in steps of 0.02, with the least "
    "squared error of thermal power in the first three years of the province that spills most. Demand: mean growth; "
    "runs use assumed indices in its place. Months of contracts: mean of three years, the last with months of the "
    "published flows. Water: mean generation, and spill that load could have used, over capacity. Projects: "
    "completions over years at risk.",
    "A frozen hindcast uses the fits of its date, all runs those of the pack.",
)


class Fit(NamedTuple):
    """A figure that is fitted, and the years of the rows it is fitted to."""

    subject: str
    place: str  # a province, or the region
    unit: str
    value: float | None  # None where no row was known
    years: str
    in_pack: float | None = None  # what runs use, where it is a row or follows from rows

    @property
    def key(self) -> tuple[str, str]:
        """Subject and place of the figure."""
        return self.subject, self.place


def fit_all(region: Region, year: int | None) -> tuple[Fit, ...]:
    """Fit all figures to years up to `year`, or to all of them."""
    return (
        *_growth(region, year),
        *_demand(region, year or region.last_observed_year),
        *_months(region, year),
        *_water(region, year),
        *_completions(region, year),
    )


def _span(years: Sequence[int]) -> str:
    return f"{min(years)}-{max(years)}"


def _growth(region: Region, year: int | None) -> Iterator[Fit]:
    capacity, rate = read_capacity(region), region.power.technologies.growth_rate
    for name, fit in fit_growth(capacity, capacity.years[-1] if year is None else year).items():
        in_pack = float(rate[0, BUILDABLE.index(GROUPS[name][0])])
        yield Fit(
            f"growth of {name}", region.axes.region, "a year", fit.rate, _span(list(fit.by_year)), in_pack
        )


def least_online(region: Region) -> Fit:
    """Fit the share of coal units always online.

    It is fitted to the first years; they lie before every date.
    """
    years = years_of_least_online(region)
    spill = region.tables["hydro_spill"]
    spilled = spill[spill["year"].isin(years)].groupby("province")["spilled_gwh"].sum()
    province = str(spilled.idxmax())
    low, high = 0, round(1.0 / STEP)
    while low < high:  # the error has one valley: too much coal power on one side, too little on the other
        middle = (low + high) // 2
        lower, upper = (_error(region, province, years, STEP * k) for k in (middle, middle + 1))
        low, high = (low, middle) if lower <= upper else (middle + 1, high)
    in_pack = region.parameters[LEAST_ONLINE]
    return Fit(ALWAYS_ONLINE, province, "of capacity", round(STEP * low, 2), _span(years), in_pack)


def _error(region: Region, province: str, years: range, share: float) -> float:
    """Compute the error of thermal generation for a share always online.

    It is the mean square over past years, TWh2.
    """
    table = region.tables["parameters"]
    value = table["value"].mask(table["parameter"] == LEAST_ONLINE, share)
    tables = MappingProxyType(dict(region.tables) | {"parameters": table.assign(value=value)})
    trial, observed = dataclasses.replace(region, tables=tables), annual_gwh(region.tables["power_balance"])
    p, errors = region.axes.provinces.index(province), []
    for past in past_years(trial, baseline(region), years):
        gwh = float(past.generation_mwh[p, THERMAL].sum()) / MWH_PER_GWH
        errors.append((gwh - observed[province, "thermal_generation", past.year]) / GWH_PER_TWH)
    return float(np.mean(np.square(errors)))


def _demand(region: Region, year: int) -> Iterator[Fit]:
    first, load = region.first_observed_year, annual_gwh(region.tables["power_balance"])
    for province in region.axes.provinces:
        start, end = (load[province, "consumption", y] for y in (first, year))
        rate = (end / start) ** (1.0 / (year - first)) - 1.0
        yield Fit("growth of demand", province, "a year", rate, _span((first, year)))


def _months(region: Region, year: int | None) -> Iterator[Fit]:
    usual, observed = region.tables["corridor_shape"], region.tables["corridor_shape_observed"]
    last = _last_published_months(region) if year is None else year
    years = range(last - YEARS_OF_SHAPE + 1, last + 1)
    for name in dict.fromkeys(observed["group"]):
        wet, assumed = (
            table[(table["group"] == name) & table["month"].isin(WET_MONTHS)] for table in (observed, usual)
        )
        mean = wet[wet["year"].isin(years)].groupby("year")["share_of_year"].sum().mean()
        in_pack = PERCENT_PER_SHARE * float(assumed["share_of_year"].sum())
        place = str(name).replace("_", " ")
        yield Fit(
            "contracts, June to October", place, "%", PERCENT_PER_SHARE * float(mean), _span(years), in_pack
        )


def _last_published_months(region: Region) -> int:
    """Find the last year whose flows between regions were published.

    The book has them as context.
    """
    rows = annual_rows(region.tables["power_balance"])
    return int(rows.loc[rows["item"] == "gross_export", "year"].max())


def _water(region: Region, year: int | None) -> Iterator[Fit]:
    hydrology = region.power.hydrology
    all_years = years_of_normal_water(region.settings)
    years = [y for y in all_years if year is None or y <= year]
    for p, province in enumerate(region.axes.provinces):
        hours = [float(hydrology.observed[y].available_factor[p] @ HOURS_IN_MONTH) for y in years]
        in_pack = float(hydrology.normal.available_factor[p] @ HOURS_IN_MONTH)
        yield Fit("water of a normal year", province, "h", float(np.mean(hours)), _span(years), in_pack)


def _completions(region: Region, year: int | None) -> Iterator[Fit]:
    table, hazard = region.tables["project_completions"], region.power.completion_hazard
    if year is not None:
        table = table[table["seen_on"].astype(str) <= f"{year + 1}-{LAST_PUBLICATION}"]
    for kind, fuels in KINDS.items():
        rows, value, years = table[table["fuel"].isin(fuels)], None, "no list known"
        if not rows.empty:
            value = float(rows["completed_year"].notna().sum() / years_at_risk(rows).sum())
            years = f"{rows['listed_on'].min()} to {rows['seen_on'].max()}"
        in_pack = float(hazard[FUEL[fuels[0]]])
        yield Fit(f"completion of {kind} projects", region.axes.region, "a year", value, years, in_pack)


def backtest_fits(name: str, frozen: int | None) -> Backtest:
    """Fit all figures of electricity of the pack `name`.

    To all years, and to those known at the end of `frozen`.

    Raises:
        RegionError: if there is no such pack.
        ValueError: if a pack cannot be frozen at that year, or growth cannot be fitted.
    """
    region = load_region(name)
    allowed = years_to_freeze(region)
    if frozen is not None and frozen not in allowed:
        advice = build_message("allowed", names=tuple(map(str, allowed)) or build_message("none"))
        raise UserValueError(build_message("year_not_allowed", year=frozen, advice=advice))
    always = least_online(region)
    full = (always, *fit_all(region, None))
    dated_fits = {} if frozen is None else {fit.key: fit for fit in (always, *fit_all(region, frozen))}
    rows = [
        ComparisonRow(
            fit.subject,
            fit.place,
            fit.unit,
            region.last_observed_year,
            fit.value or 0.0,
            fit.in_pack,
            BOUND_PERCENT,
        )
        for fit in full
        if fit.in_pack is not None
    ]
    date_headings = () if frozen is None else (f"Known of {frozen}", "Fitted to")
    headings = ("What", "Where", "Unit", "In the pack", "All years", "Fitted to", *date_headings)
    cells = tuple(_cells(fit, dated_fits.get(fit.key)) for fit in full)
    section = Section("What is fitted of electricity", headings, cells, labels=3, notes=NOTES)
    return Backtest(tuple(rows), build_report(f"{region.name}, fits", rows, (section,)))


def _cells(full_fit: Fit, dated_fit: Fit | None) -> tuple[str, ...]:
    cells = (
        full_fit.subject,
        full_fit.place,
        full_fit.unit,
        _figure(full_fit.in_pack),
        _figure(full_fit.value),
        full_fit.years,
    )
    return cells if dated_fit is None else (*cells, _figure(dated_fit.value), dated_fit.years)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 1000.0 else f"{value:.3g}"
