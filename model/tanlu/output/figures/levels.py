"""The figures of one answer: sums, the last year, and the year in which each extreme stands."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.five_year_plans import FIFTEENTH_START, PLAN_YEARS
from tanlu.output.figures.figure import PRICE, Figure, FigureTopic, level_figure
from tanlu.output.figures.paths import (
    CAPTURE,
    CLIMATE_REVENUE,
    ELECTRICITY_PRICE,
    EMISSIONS,
    EXPECTED_SHORTAGE,
    HOUSEHOLD_TARIFF,
    INDUSTRY_TARIFF,
    PUBLIC_MONEY,
    RESERVE_MARGIN,
    SHORTAGE,
    Paths,
)

OPEN_PLAN = range(FIFTEENTH_START, FIFTEENTH_START + PLAN_YEARS)
TARIFFS = {"household": HOUSEHOLD_TARIFF, "industry": INDUSTRY_TARIFF}

type DrawnFigure = tuple[FigureTopic, Floats]  # what a figure is of, and its value in every draw [R]


def levels(paths: Paths) -> dict[str, Figure]:
    """Compute the figures of one answer by key."""
    return {
        topic.key: level_figure(topic, draws, paths.requested_draws) for topic, draws in drawn_levels(paths)
    }


def drawn_levels(paths: Paths) -> Iterator[DrawnFigure]:
    """Yield topic and draws [R] of each figure of one answer.

    An extreme is that of the year in which the mean over draws has it: all draws are taken in that year, so that the
    figure stands in the yearly table too, and a change is the difference of the two figures shown. Only the shortage
    is of each draw in its own worst year, since the mean of any one year hides it. It counts from the first free year
    on, in which plants may close; prices and margins count from the first year that a policy can change.
    """
    for part in (_emissions, _captured, _money, _power):
        yield from part(paths)


def _emissions(paths: Paths) -> Iterator[DrawnFigure]:
    last = int(paths.years[-1])
    yield _level_in_year(paths, f"emissions_{last}", EMISSIONS, paths.emissions_mtco2, last)
    yield _summed(paths, "emissions_cumulative", EMISSIONS, paths.emissions_mtco2, "Mt CO2")


def _captured(paths: Paths) -> Iterator[DrawnFigure]:
    last = int(paths.years[-1])
    yield _summed(paths, "captured_cumulative", CAPTURE, paths.captured_mtco2, "Mt CO2")
    yield _highest(paths, "captured_peak", CAPTURE, paths.captured_mtco2, "Mt CO2/yr")
    yield _level_in_year(paths, f"captured_{last}", CAPTURE, paths.captured_mtco2, last)


def _money(paths: Paths) -> Iterator[DrawnFigure]:
    spending_bn_cny, revenue_bn_cny = paths.spent_bn_cny, paths.earned_bn_cny
    yield _summed(paths, "public_money_cumulative", PUBLIC_MONEY, spending_bn_cny, "bn CNY2020")
    yield _summed(paths, "climate_revenue_cumulative", CLIMATE_REVENUE, revenue_bn_cny, "bn CNY2020")
    yield _summed(
        paths, "net_public_money_cumulative", PUBLIC_MONEY, spending_bn_cny - revenue_bn_cny, "bn CNY2020"
    )
    topic = FigureTopic(
        "net_public_money_yearly", PUBLIC_MONEY, paths.region, plan_span(paths), "bn CNY2020/yr"
    )
    yield topic, net_money_a_year(paths)


def _power(paths: Paths) -> Iterator[DrawnFigure]:
    for name, tariff in (
        ("household", paths.household_cny_per_mwh),
        ("industry", paths.industry_cny_per_mwh),
    ):
        yield _highest(paths, f"tariff_{name}_highest", TARIFFS[name], tariff, PRICE)
    short = paths.shortage_twh[:, paths.is_counted].max(axis=1)  # of each draw in its own worst year
    worst = year_of_highest(paths, paths.shortage_twh, paths.is_counted)
    yield FigureTopic("shortage_worst", SHORTAGE, paths.region, str(worst), "TWh/yr"), short
    hours = paths.expected_shortage_hours
    worst = year_of_highest(paths, hours, paths.is_counted)
    topic = FigureTopic("expected_shortage_worst", EXPECTED_SHORTAGE, paths.region, str(worst), "h/yr")
    yield topic, in_year(paths, hours, worst)
    margin = paths.reserve_margin_percent
    lowest = year_of_highest(paths, -margin, paths.open_years)
    topic = FigureTopic("reserve_margin_lowest", RESERVE_MARGIN, paths.region, str(lowest), "%")
    yield topic, in_year(paths, margin, lowest)
    yield from _droughts(paths)


def _droughts(paths: Paths) -> Iterator[DrawnFigure]:
    for year in paths.dry_years:
        topic = FigureTopic(f"drought_price_{year}", ELECTRICITY_PRICE, paths.region, str(year), PRICE)
        yield topic, in_year(paths, paths.wholesale_cny_per_mwh, year)
        topic = FigureTopic(f"drought_shortage_{year}", SHORTAGE, paths.region, str(year), "TWh/yr")
        yield topic, in_year(paths, paths.shortage_twh, year)


def plan_years(paths: Paths) -> Booleans:
    """Check whether a year is in the open five-year plan [Y]; of a run without any, whether it is open."""
    is_planned = np.isin(paths.years, OPEN_PLAN)
    return is_planned if is_planned.any() else paths.open_years


def plan_span(paths: Paths) -> str:
    """Write the first and last year of the open five-year plan in a run."""
    years = paths.years[plan_years(paths)]
    return f"{years[0]}-{years[-1]}"


def net_money_a_year(paths: Paths) -> Floats:
    """Compute what governments spend less what climate policy brings them in a mean year of the plan [R]."""
    net_bn_cny = paths.spent_bn_cny - paths.earned_bn_cny
    return np.asarray(net_bn_cny[:, plan_years(paths)].mean(axis=1))


def year_of_highest(paths: Paths, draws: Floats, counts: Booleans) -> int:
    """Find the year of the highest mean over draws [R, Y].

    `counts` [Y] says which years count.
    """
    return int(paths.years[counts][int(np.argmax(draws.mean(axis=0)[counts]))])


def in_year(paths: Paths, draws: Floats, year: int) -> Floats:
    """Select one year of all draws [R]."""
    return np.asarray(draws[:, int(np.searchsorted(paths.years, year))])


def _level_in_year(paths: Paths, key: str, indicator: str, draws: Floats, year: int) -> DrawnFigure:
    topic = FigureTopic(key, indicator, paths.region, str(year), "Mt CO2/yr")
    return topic, in_year(paths, draws, year)


def _summed(paths: Paths, key: str, indicator: str, draws: Floats, unit: str) -> DrawnFigure:
    topic = FigureTopic(key, indicator, paths.region, paths.span, unit)
    return topic, draws[:, paths.is_counted].sum(axis=1)


def _highest(paths: Paths, key: str, indicator: str, draws: Floats, unit: str) -> DrawnFigure:
    """Select the draws of the year in which their mean is highest."""
    year = year_of_highest(paths, draws, paths.open_years)
    return FigureTopic(key, indicator, paths.region, str(year), unit), in_year(paths, draws, year)
