"""The hindcast of electricity: later years with what was known at the end of one, scored against naive forecasts."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import FUEL, LARGE_HYDRO_FUELS, RENEWABLE_FUELS, THERMAL_FUELS
from tanlu.core.units import GWH_PER_TWH, MW_PER_GW, MWH_PER_GWH
from tanlu.core.words.errors import UserValueError
from tanlu.core.words.messages import build_message
from tanlu.evaluation.forecast import free_region
from tanlu.evaluation.frozen import Fitted, frozen_region, water_years, with_water_of, years_to_freeze
from tanlu.evaluation.past_facts import past_facts
from tanlu.evaluation.past_years import past_years
from tanlu.evaluation.power import PERIODS, thermal_by_month_mwh
from tanlu.evaluation.region_check import Section
from tanlu.evaluation.tables import Backtest, ComparisonRow, baseline, build_report, build_section, deviation
from tanlu.region.balance import annual_gwh, last_final_year, monthly_gwh
from tanlu.region.pack import Region, load_region
from tanlu.region.power import capacity_at_end
from tanlu.region.tables import year_index

GROWING = 0.05  # a year, of exports, as the other way to carry trade on
QUANTITY, ITEM = "thermal generation", "thermal_generation"
NOTES = (
    "Conditional: demand, water and capacity of each year are observed. Rows of the balance book count if they were "
    "published by June of the year after the frozen one: contracts, and what closes the balance, are held at that "
    "year. Beyond them lines and neighbours are used at their prices, as in any free year. Wind and sun are the mean "
    "year's.",
    "Not frozen: fuel prices, parameters of plants, hourly shapes, and what neighbours can sell and buy bear no day of "
    "publication and are today's.",
    "Theil's U: root mean square error over that of the better naive forecast; below 1 the model adds something. The "
    "first two naive forecasts know each year before the one they forecast, the other two the frozen year alone.",
    "CRPS: of the years' forecasts over the water years known by then, TWh; the mean absolute error next to it is with "
    "the water that came.",
)

FREE_NOTES = (
    "Free: demand grows at its mean rate of the years known. Wind and sun grow by their S-curve as if all was built "
    "that can be connected, other plants come in their year if the lead time of their kind says that they were under "
    "construction; that they came then is hindsight. Water is the mean of the years known. No bound holds.",
    *NOTES[1:3],
    "CRPS: of the years' forecasts over the water years known by then, TWh; the mean absolute error next to it is with "
    "their mean water.",
)
FORECAST_NOTES = ("Capacity: at the end of the year.",)
CAPACITIES = {
    "wind and sun": [FUEL[fuel] for fuel in RENEWABLE_FUELS],
    "hydropower": [FUEL[fuel] for fuel in LARGE_HYDRO_FUELS],
    "thermal power": [FUEL[fuel] for fuel in THERMAL_FUELS],
}


class Scores(NamedTuple):
    """Errors of the forecasts of a province's years."""

    mape_percent: float
    bias_percent: float
    theil_u: float
    naive_mape_percent: tuple[float, float]  # last year; last year times its growth
    theil_u_from_frozen: float
    naive_from_frozen_percent: tuple[float, float]  # the frozen year; that year with its growth carried on
    monthly_mape_percent: float
    naive_monthly_mape_percent: float  # the same month of the year before
    crps_twh: float
    mean_error_twh: float


def backtest_frozen(name: str, year: int, free: bool = False) -> Backtest:
    """Forecast the final years after `year`, and score them.

    Forecasts rest on what was known of the pack `name`.

    Args:
        name: of the pack.
        year: last one whose statistics count.
        free: forecast demand, capacity and water too, which are given otherwise.

    Raises:
        RegionError: if there is no such pack.
        ValueError: if nothing later than `year` is final, or the book has no balance of it.
    """
    region = load_region(name)
    last = min(last_final_year(region.tables["power_balance"]), region.last_observed_year)
    allowed = [y for y in years_to_freeze(region) if y < last]
    if year not in allowed:
        advice = build_message("allowed", names=tuple(map(str, allowed)) or build_message("none"))
        raise UserValueError(build_message("no_frozen_year", year=year, advice=advice))
    years, make_region = range(year + 1, last + 1), free_region if free else frozen_region
    frozen, fitted = make_region(region, year)
    model = thermal_gwh(frozen, years)
    scores = score(region, years, model, ensemble(frozen, year, years))
    growing = thermal_gwh(make_region(region, year, GROWING)[0], years)
    rows = _rows(region, years, model, None if free else scores)
    forecasts = list(_forecast_rows(region, frozen, years)) if free else []
    title = f"frozen at {year}, free" if free else f"frozen at {year}"
    sections = (
        build_section(f"Hindcast {title}: thermal generation", rows, FREE_NOTES if free else NOTES),
        *([build_section("What was forecast before", forecasts, FORECAST_NOTES)] if free else []),
        _score_section(region, scores, _mape(growing.sum(axis=2), _observed(region, years))),
        _bias_section(region, years, model),
        _fitted_section(fitted),
    )
    all_rows = (*rows, *forecasts)
    return Backtest(all_rows, build_report(f"{region.name}, hindcast {title}", all_rows, sections))


def _forecast_rows(region: Region, free: Region, years: range) -> Iterator[ComparisonRow]:
    """Yield forecast and observed consumption and capacity.

    Capacity is at the end of the year.
    """
    capacity = [_capacity_gw(pack, years) for pack in (free, region)]
    for p, province in enumerate(region.axes.provinces):
        for year in years:
            twh = [float(pack.power.demand_twh[year_index(year), p]) for pack in (free, region)]
            yield ComparisonRow("consumption", province, "TWh", year, twh[0], twh[1])
        for name in CAPACITIES:
            for y, year in enumerate(years):
                model, goal = (float(pack[name][y, p]) for pack in capacity)
                yield ComparisonRow(f"capacity of {name}", province, "GW", year, model, goal)


def _capacity_gw(region: Region, years: range) -> dict[str, Floats]:
    """Sum capacity at the end of years by group, GW [year, P].

    Groups are of fuels.
    """
    units = region.power.units
    provinces, mw = len(region.axes.provinces), [capacity_at_end(region.power, year) for year in years]
    return {
        name: np.stack(
            [
                sum_by_group(units.province, unit_mw * np.isin(units.fuel, fuels), provinces) / MW_PER_GW
                for unit_mw in mw
            ]
        )
        for name, fuels in CAPACITIES.items()
    }


def thermal_gwh(region: Region, years: range) -> Floats:
    """Clear thermal generation of past years, GWh [year, P, month]."""
    cleared = past_years(region, baseline(region), years)
    return np.stack([thermal_by_month_mwh(past) for past in cleared]) / MWH_PER_GWH


def ensemble(frozen: Region, year: int, years: range) -> Floats:
    """Clear years with each water year known by then.

    Gives thermal generation, GWh [water year, year, P].
    """
    water = water_years(frozen, year)
    return np.stack(
        [thermal_gwh(with_water_of(frozen, [water_year], years), years).sum(axis=2) for water_year in water]
    )


def score(region: Region, years: range, model: Floats, over_water: Floats) -> tuple[Scores, ...]:
    """Score the forecasts of each province.

    Args:
        region: the pack, with all its statistics.
        years: of the forecasts.
        model: GWh [year, P, month], with the water that came.
        over_water: GWh [water year, year, P].
    """
    goal, yearly = _observed(region, years), model.sum(axis=2)
    before, earlier = (_observed(region, range(years[0] - k, years[-1] + 1 - k)) for k in (1, 2))
    naive, from_frozen = (before, before * before / earlier), _from_frozen(before[0], earlier[0], len(years))
    monthly, monthly_naive = _monthly_errors(region, years, model)
    error = [_root_mean_square(estimate - goal) for estimate in (yearly, *naive, *from_frozen)]
    scores = []
    for p in range(goal.shape[1]):
        better, better_from_frozen = (min(error[i][p], error[i + 1][p]) for i in (1, 3))
        scores.append(
            Scores(
                mape_percent=float(_mape(yearly, goal)[p]),
                bias_percent=float(100.0 * (yearly / goal - 1.0).mean(axis=0)[p]),
                theil_u=float(error[0][p] / better),
                naive_mape_percent=(float(_mape(naive[0], goal)[p]), float(_mape(naive[1], goal)[p])),
                theil_u_from_frozen=float(error[0][p] / better_from_frozen),
                naive_from_frozen_percent=(
                    float(_mape(from_frozen[0], goal)[p]),
                    float(_mape(from_frozen[1], goal)[p]),
                ),
                monthly_mape_percent=float(monthly[p]),
                naive_monthly_mape_percent=float(monthly_naive[p]),
                crps_twh=float(crps(over_water[:, :, p], goal[:, p]).mean() / GWH_PER_TWH),
                mean_error_twh=float(np.abs(yearly - goal).mean(axis=0)[p] / GWH_PER_TWH),
            )
        )
    return tuple(scores)


def _from_frozen(frozen: Floats, before: Floats, years: int) -> tuple[Floats, Floats]:
    """Forecast later years naively from the frozen one, [year, P].

    By its figure [P], and with its growth carried on.
    """
    ahead = np.arange(1, years + 1)[:, None]
    return np.tile(frozen, (years, 1)), np.asarray(frozen * (frozen / before) ** ahead)


def crps(forecasts: Floats, observed: Floats) -> Floats:
    """Compute the continuous ranked probability score.

    Of equally likely forecasts [n, year] against [year].
    """
    miss = np.abs(forecasts - observed).mean(axis=0)
    spread = np.abs(forecasts[:, None] - forecasts[None, :]).mean(axis=(0, 1))
    return np.asarray(miss - 0.5 * spread)


def _observed(region: Region, years: range) -> Floats:
    observed = annual_gwh(region.tables["power_balance"])
    return np.array([[observed[p, ITEM, year] for p in region.axes.provinces] for year in years])


def _root_mean_square(error: Floats) -> Floats:
    return np.asarray(np.sqrt((error**2).mean(axis=0)))


def _mape(model: Floats, goal: Floats) -> Floats:
    return np.asarray(100.0 * np.abs(model / goal - 1.0).mean(axis=0))


def _in_periods(months: Floats) -> Floats:
    """Sum [.., month] over the periods of the statistic [.., period]."""
    return np.stack([months[..., m].sum(axis=-1) for m in PERIODS.values()], axis=-1)


def _monthly_errors(region: Region, years: range, model: Floats) -> tuple[Floats, Floats]:
    """Compute the mean absolute error of months, % [P].

    Of months that have a statistic, and of the same month last year.
    """
    observed = monthly_gwh(region.tables["power_balance"], ITEM, region.axes.provinces)
    rows = [i for i, year in enumerate(years) if year in observed and year - 1 in observed]
    goal, before = (_in_periods(np.stack([observed[years[i] - k] for i in rows])) for k in (0, 1))
    error = np.abs(_in_periods(model[rows]) / goal - 1.0).mean(axis=(0, 2))
    naive = np.abs(before / goal - 1.0).mean(axis=(0, 2))
    return np.asarray(100.0 * error), np.asarray(100.0 * naive)


def _rows(
    region: Region, years: range, model: Floats, scores: Sequence[Scores] | None
) -> list[ComparisonRow]:
    """List a row a year, and with scores the bounds by province.

    Rows of years have no bound.
    """
    goal, rows = _observed(region, years), []
    bounds = past_facts(region).frozen_bound_percent
    for p, province in enumerate(region.axes.provinces):
        for y, year in enumerate(years):
            twh = float(model[y, p].sum()) / GWH_PER_TWH
            rows.append(ComparisonRow(QUANTITY, province, "TWh", year, twh, float(goal[y, p]) / GWH_PER_TWH))
        if scores is None:
            continue
        province_scores = scores[p]
        room = bounds[p] - province_scores.mape_percent
        rows.append(
            ComparisonRow(
                "room below the bound of the error", province, "%", years[-1], room, None, minimum=0.0
            )
        )
        rows.append(
            ComparisonRow(
                "1 less Theil's U", province, "-", years[-1], 1.0 - province_scores.theil_u, None, minimum=0.0
            )
        )
    return rows


def _score_section(region: Region, scores: Sequence[Scores], growing: Floats) -> Section:
    lines: dict[str, tuple[str, ...]] = {
        "mean absolute error of a year, %": tuple(f"{s.mape_percent:.1f}" for s in scores),
        f"the same with exports that grow by {100 * GROWING:g} % a year": tuple(f"{x:.1f}" for x in growing),
        "the same, last year's figure": tuple(f"{s.naive_mape_percent[0]:.1f}" for s in scores),
        "the same, last year's figure times its growth": tuple(
            f"{s.naive_mape_percent[1]:.1f}" for s in scores
        ),
        "the same, the frozen year's figure": tuple(f"{s.naive_from_frozen_percent[0]:.1f}" for s in scores),
        "the same, that figure with its growth carried on": tuple(
            f"{s.naive_from_frozen_percent[1]:.1f}" for s in scores
        ),
        "bias, %": tuple(deviation(s.bias_percent, 1) for s in scores),
        "Theil's U": tuple(f"{s.theil_u:.2f}" for s in scores),
        "Theil's U against forecasts from the frozen year": tuple(
            f"{s.theil_u_from_frozen:.2f}" for s in scores
        ),
        "mean absolute error of a month, %": tuple(f"{s.monthly_mape_percent:.1f}" for s in scores),
        "the same, that month of last year": tuple(f"{s.naive_monthly_mape_percent:.1f}" for s in scores),
        "CRPS over water years, TWh": tuple(f"{s.crps_twh:.2f}" for s in scores),
        "mean absolute error of a year, TWh": tuple(f"{s.mean_error_twh:.2f}" for s in scores),
    }
    cells = tuple((name, *figures) for name, figures in lines.items())
    return Section("Scores", ("Score", *region.axes.provinces), cells, labels=1)


def _bias_section(region: Region, years: range, model: Floats) -> Section:
    """Build a table of each month's mean deviation, %.

    The mean is over years that have a statistic.
    """
    observed = monthly_gwh(region.tables["power_balance"], ITEM, region.axes.provinces)
    rows = [i for i, year in enumerate(years) if year in observed]
    ratio = _in_periods(model[rows]).sum(axis=0) / _in_periods(
        np.stack([observed[years[i]] for i in rows])
    ).sum(axis=0)
    cells = tuple(
        (province, *(deviation(float(100.0 * (x - 1.0)), 0) for x in ratio[p]))
        for p, province in enumerate(region.axes.provinces)
    )
    return Section("Bias by month, %", ("Province", *PERIODS), cells, labels=1)


def _fitted_section(fitted: Sequence[Fitted]) -> Section:
    cells = tuple(tuple(fit) for fit in fitted)
    return Section("What was fitted, and to which years", ("What", "Value", "Years"), cells, labels=3)
