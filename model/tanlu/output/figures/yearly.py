"""Figures by year: who pays, and whether there is enough power, in a scenario and against its baseline."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.output.differences import difference
from tanlu.output.figures.figure import PRICE, Figure, FigureTopic, effect_figure, level_figure
from tanlu.output.figures.levels import in_year
from tanlu.output.figures.paths import (
    CAPTURE,
    CLIMATE_REVENUE,
    ELECTRICITY_PRICE,
    EMISSIONS,
    EXPECTED_SHORTAGE,
    HOUSEHOLD_TARIFF,
    INDUSTRY_TARIFF,
    NON_FOSSIL_SHARE,
    PUBLIC_MONEY,
    RESERVE_MARGIN,
    SHORTAGE,
    Paths,
)


class YearlyRow(NamedTuple):
    """A path that a table shows in some years."""

    key: str
    indicator: str
    unit: str
    draws: Callable[[Paths], Floats]  # [R, Y]


MONEY = "bn CNY2020"
PAYMENT_ROWS = (
    YearlyRow("household", HOUSEHOLD_TARIFF, PRICE, lambda paths: paths.household_cny_per_mwh),
    YearlyRow("industry", INDUSTRY_TARIFF, PRICE, lambda paths: paths.industry_cny_per_mwh),
    YearlyRow("spent", PUBLIC_MONEY, MONEY, lambda paths: paths.spent_bn_cny),
    YearlyRow("earned", CLIMATE_REVENUE, MONEY, lambda paths: paths.earned_bn_cny),
    YearlyRow("net", PUBLIC_MONEY, MONEY, lambda paths: paths.spent_bn_cny - paths.earned_bn_cny),
)
POWER_ROWS = (
    YearlyRow("wholesale", ELECTRICITY_PRICE, PRICE, lambda paths: paths.wholesale_cny_per_mwh),
    YearlyRow("shortage", SHORTAGE, "TWh/yr", lambda paths: paths.shortage_twh),
    YearlyRow("expected_shortage", EXPECTED_SHORTAGE, "h/yr", lambda paths: paths.expected_shortage_hours),
    YearlyRow("margin", RESERVE_MARGIN, "%", lambda paths: paths.reserve_margin_percent),
    YearlyRow("non_fossil", NON_FOSSIL_SHARE, "%", lambda paths: paths.non_fossil_percent),
    YearlyRow("captured", CAPTURE, "Mt CO2/yr", lambda paths: paths.captured_mtco2),
    YearlyRow("emitted", EMISSIONS, "Mt CO2/yr", lambda paths: paths.emissions_mtco2),
)
CHANGE_UNIT = {"%": "points"}  # of a difference


def yearly(
    rows: Sequence[YearlyRow], years: Sequence[int], answer: Paths, base: Paths | None
) -> dict[str, Figure]:
    """Compute the figures of rows and years, by key.

    Keys are `KEY@YEAR` of a scenario, and `KEY@YEAR change` against its baseline where there is one.
    """
    return {
        figure.key: figure
        for row in rows
        for year in years
        for figure in _figures_of_year(row, year, answer, base)
    }


def _figures_of_year(row: YearlyRow, year: int, answer: Paths, base: Paths | None) -> Iterator[Figure]:
    key, draws = f"{row.key}@{year}", in_year(answer, row.draws(answer), year)
    yield level_figure(
        FigureTopic(key, row.indicator, answer.region, str(year), row.unit), draws, answer.requested_draws
    )
    if base is None or year not in base.years:
        return
    change = difference(draws, in_year(base, row.draws(base), year), answer.pairs(base))
    unit = CHANGE_UNIT.get(row.unit, row.unit)
    yield effect_figure(
        FigureTopic(f"{key} change", row.indicator, answer.region, str(year), unit),
        change,
        answer.requested_draws,
    )
