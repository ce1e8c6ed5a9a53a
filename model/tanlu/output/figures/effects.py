"""The figures of a difference to the baseline: what is avoided, what a tonne of it costs, what power costs more."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.indicators.catalogue import is_rare
from tanlu.indicators.grid import NET_IMPORTS, WITH_NET_IMPORTS
from tanlu.output.differences import Difference, difference
from tanlu.output.figures.avoidance import Avoided, compute_avoided
from tanlu.output.figures.figure import (
    PER_TONNE,
    PRICE,
    Figure,
    FigureTopic,
    effect_figure,
    ratio_figure,
)
from tanlu.output.figures.levels import TARIFFS, in_year, net_money_a_year, plan_span
from tanlu.output.figures.paths import (
    CAPTURE,
    ELECTRICITY_PRICE,
    EMISSIONS,
    EXPECTED_SHORTAGE,
    NON_FOSSIL_SHARE,
    PUBLIC_MONEY,
    SHORTAGE,
    Paths,
)
from tanlu.records.carbon_tables.nation import LEFT_TO_OTHERS, USED_BY_OTHERS

COSTS = ("public_money", "net_public_money", "system_cost")


def effects(answer: Paths, base: Paths) -> dict[str, Figure]:
    """Compute the figures of the difference to the baseline, by key."""
    avoided_co2 = compute_avoided(answer, base)
    tonnes, *others = _avoided(answer, base, avoided_co2)
    parts = (
        (tonnes, *others),
        _costs((answer, base), avoided_co2, tonnes),
        _dearer(answer, base),
        _fossil(answer, base),
    )
    return {figure.key: figure for part in (*parts, _droughts(answer, base)) for figure in part}


def _avoided(answer: Paths, base: Paths, avoided_co2: Avoided) -> Iterator[Figure]:
    span = f"{avoided_co2.first_year}-{avoided_co2.last_year}"
    yield effect_figure(
        FigureTopic("avoided", EMISSIONS, answer.region, span, "Mt CO2"),
        avoided_co2.mtco2,
        answer.requested_draws,
    )
    for key, indicator, change, unit in (
        ("elsewhere", NET_IMPORTS, avoided_co2.elsewhere_mtco2, "Mt CO2"),
        ("elsewhere_share", NET_IMPORTS, avoided_co2.elsewhere_percent, "%"),
        ("avoided_with_imports", WITH_NET_IMPORTS, avoided_co2.with_imports_mtco2, "Mt CO2"),
        ("freed", LEFT_TO_OTHERS, avoided_co2.freed_mtco2, "Mt CO2"),
        ("used_by_others", USED_BY_OTHERS, avoided_co2.used_by_others_mtco2, "Mt CO2"),
        ("sequestered_more", CAPTURE, avoided_co2.sequestered_mtco2, "Mt CO2"),
        ("rebound", CAPTURE, avoided_co2.rebound_percent, "%"),
        ("rebound_with_imports", CAPTURE, avoided_co2.rebound_with_imports_percent, "%"),
    ):
        yield effect_figure(
            FigureTopic(key, indicator, answer.region, span, unit), change, answer.requested_draws
        )
    base_emissions = base.emissions_mtco2[
        :, np.isin(base.years, range(avoided_co2.first_year, avoided_co2.last_year + 1))
    ]
    share = scale_change(avoided_co2.mtco2, 100.0 / float(base_emissions.sum(axis=1).mean()))
    yield effect_figure(
        FigureTopic("avoided_share", EMISSIONS, answer.region, span, "%"), share, answer.requested_draws
    )


def _costs(answer_and_base: tuple[Paths, Paths], avoided_co2: Avoided, tonnes: Figure) -> Iterator[Figure]:
    """Yield each change of money, and with it the same by tonne, which carries both."""
    answer, base = answer_and_base
    pairs = answer.pairs(base)
    yield effect_figure(
        FigureTopic(
            "net_public_money_yearly_change", PUBLIC_MONEY, answer.region, plan_span(answer), "bn CNY2020/yr"
        ),
        difference(net_money_a_year(answer), net_money_a_year(base), pairs),
        answer.requested_draws,
    )
    span = f"{avoided_co2.first_year}-{avoided_co2.last_year}"
    for name in COSTS:
        change = getattr(avoided_co2, f"{name}_bn_cny")
        topic = FigureTopic(f"{name}_change", PUBLIC_MONEY, answer.region, span, "bn CNY2020")
        money = effect_figure(topic, change, answer.requested_draws)
        yield money
        topic = FigureTopic(f"{name}_per_tonne", PUBLIC_MONEY, answer.region, span, PER_TONNE)
        yield ratio_figure(topic, avoided_co2.per_tonne_cny(change), money, tonnes)


def _dearer(answer: Paths, base: Paths) -> Iterator[Figure]:
    """Yield each tariff and both shortages in the year of the largest rise."""
    series = (
        ("tariff_household_rise", TARIFFS["household"], "household_cny_per_mwh", PRICE, answer.open_years),
        ("tariff_industry_rise", TARIFFS["industry"], "industry_cny_per_mwh", PRICE, answer.open_years),
        ("shortage_rise", SHORTAGE, "shortage_twh", "TWh/yr", answer.is_counted),
        (
            "expected_shortage_rise",
            EXPECTED_SHORTAGE,
            "expected_shortage_hours",
            "h/yr",
            answer.open_years,
        ),
    )
    for key, indicator, name, unit, counts in series:
        draws, before = getattr(answer, name), getattr(base, name)
        year = year_of_largest_rise(
            answer, base, draws, before, np.intersect1d(answer.years[counts], base.years)
        )
        values = in_year(answer, draws, year), in_year(base, before, year)
        change = difference(*values, answer.pairs(base), is_rare=is_rare(indicator))
        yield effect_figure(
            FigureTopic(key, indicator, answer.region, str(year), unit), change, answer.requested_draws
        )


def _fossil(answer: Paths, base: Paths) -> Iterator[Figure]:
    """Yield the non-fossil share in the year of its largest fall."""
    draws, before = -answer.non_fossil_percent, -base.non_fossil_percent
    year = year_of_largest_rise(answer, base, draws, before, common_open_years(answer, base))
    change = difference(in_year(answer, draws, year), in_year(base, before, year), answer.pairs(base))
    yield effect_figure(
        FigureTopic("non_fossil_fall", NON_FOSSIL_SHARE, answer.region, str(year), "points"),
        change,
        answer.requested_draws,
    )


def _droughts(answer: Paths, base: Paths) -> Iterator[Figure]:
    for year in sorted({*answer.dry_years} & {*base.years.tolist()}):
        for key, indicator, name, unit in (
            ("drought_price_rise", ELECTRICITY_PRICE, "wholesale_cny_per_mwh", PRICE),
            ("drought_shortage_rise", SHORTAGE, "shortage_twh", "TWh/yr"),
        ):
            answer_draws, base_draws = (
                in_year(paths, getattr(paths, name), year) for paths in (answer, base)
            )
            topic = FigureTopic(f"{key}_{year}", indicator, answer.region, str(year), unit)
            pairs = answer.pairs(base)
            change = difference(answer_draws, base_draws, pairs, is_rare=is_rare(indicator))
            yield effect_figure(topic, change, answer.requested_draws)


def year_of_largest_rise(answer: Paths, base: Paths, draws: Floats, before: Floats, years: Integers) -> int:
    """Find the year in which the mean stands furthest above the baseline's."""
    return int(years[int(np.argmax(mean_rise(answer, base, draws, before, years)))])


def common_open_years(answer: Paths, base: Paths) -> Integers:
    """List the common years that a policy can still change."""
    return np.intersect1d(answer.years[answer.open_years], base.years)


def mean_rise(answer: Paths, base: Paths, draws: Floats, before: Floats, years: Integers) -> Floats:
    """Compute the mean rise of a path above the baseline's, over pairs."""
    pairs = answer.pairs(base)
    answer_mean = draws[pairs.of_result][:, np.isin(answer.years, years)].mean(axis=0)
    base_mean = before[pairs.of_baseline][:, np.isin(base.years, years)].mean(axis=0)
    return np.asarray(answer_mean - base_mean)


def scale_change(change: Difference, factor: float) -> Difference:
    """Convert a difference to another unit."""
    return change._replace(mean=change.mean * factor, half_width=change.half_width * abs(factor))
