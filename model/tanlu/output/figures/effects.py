"""The figures of a difference to the baseline: what is avoided, what a tonne of it costs, what power costs more."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.output.differences import Difference, difference
from tanlu.output.figures.avoided import Avoided, avoided
from tanlu.output.figures.figure import (
    PER_TONNE,
    PRICE,
    About,
    Figure,
    effect_figure,
    ratio_figure,
)
from tanlu.output.figures.levels import TARIFFS, in_year
from tanlu.output.figures.paths import (
    ELECTRICITY_PRICE,
    EMISSIONS,
    NON_FOSSIL_SHARE,
    PUBLIC_MONEY,
    SHORTAGE,
    Paths,
)

COSTS = ("public_money", "net_public_money", "system_cost")


def effects(now: Paths, base: Paths) -> dict[str, Figure]:
    """Return the figures of the difference between an answer and its baseline by key."""
    found = avoided(now, base)
    parts = _less(now, base, found), _costs(now, found), _dearer(now, base), _fossil(now, base)
    return {one.key: one for part in (*parts, _droughts(now, base)) for one in part}


def _less(now: Paths, base: Paths, found: Avoided) -> Iterator[Figure]:
    span = f"{found.first_year}-{found.last_year}"
    yield effect_figure(About("avoided", EMISSIONS, now.region, span, "Mt CO2"), found.mtco2)
    emitted = base.emissions_mtco2[:, np.isin(base.years, range(found.first_year, found.last_year + 1))]
    share = scaled(found.mtco2, 100.0 / float(emitted.sum(axis=1).mean()))
    yield effect_figure(About("avoided_share", EMISSIONS, now.region, span, "%"), share)
    for name in COSTS:
        about = About(f"{name}_change", PUBLIC_MONEY, now.region, span, "bn CNY2020")
        yield effect_figure(about, getattr(found, f"{name}_bn_cny"))


def _costs(now: Paths, found: Avoided) -> Iterator[Figure]:
    span = f"{found.first_year}-{found.last_year}"
    for name in COSTS:
        per_tonne = found.per_tonne_cny(getattr(found, f"{name}_bn_cny"))
        yield ratio_figure(About(f"{name}_per_tonne", PUBLIC_MONEY, now.region, span, PER_TONNE), per_tonne)


def _dearer(now: Paths, base: Paths) -> Iterator[Figure]:
    """Yield each tariff and the shortage in the year in which they stand furthest above the baseline."""
    of = (
        ("tariff_household_rise", TARIFFS["household"], "household_cny_per_mwh", PRICE, now.open_years),
        ("tariff_industry_rise", TARIFFS["industry"], "industry_cny_per_mwh", PRICE, now.open_years),
        ("shortage_rise", SHORTAGE, "shortage_twh", "TWh/yr", now.counted),
    )
    for key, indicator, name, unit, counts in of:
        draws, before = getattr(now, name), getattr(base, name)
        year = year_of_largest_rise(now, base, draws, before, np.intersect1d(now.years[counts], base.years))
        change = difference(in_year(now, draws, year), in_year(base, before, year), now.pairs(base))
        yield effect_figure(About(key, indicator, now.region, str(year), unit), change)


def _fossil(now: Paths, base: Paths) -> Iterator[Figure]:
    """Yield the non-fossil share in the year in which it stands furthest below the baseline's."""
    draws, before = -now.non_fossil_percent, -base.non_fossil_percent
    year = year_of_largest_rise(now, base, draws, before, common_open_years(now, base))
    change = difference(in_year(now, draws, year), in_year(base, before, year), now.pairs(base))
    yield effect_figure(About("non_fossil_fall", NON_FOSSIL_SHARE, now.region, str(year), "points"), change)


def _droughts(now: Paths, base: Paths) -> Iterator[Figure]:
    for year in sorted({*now.dry_years} & {*base.years.tolist()}):
        for key, indicator, name, unit in (
            ("drought_price_rise", ELECTRICITY_PRICE, "wholesale_cny_per_mwh", PRICE),
            ("drought_shortage_rise", SHORTAGE, "shortage_twh", "TWh/yr"),
        ):
            here, there = (in_year(one, getattr(one, name), year) for one in (now, base))
            about = About(f"{key}_{year}", indicator, now.region, str(year), unit)
            yield effect_figure(about, difference(here, there, now.pairs(base)))


def year_of_largest_rise(now: Paths, base: Paths, draws: Floats, before: Floats, years: Integers) -> int:
    """Return the year, of those given, in which the mean stands furthest above the baseline's."""
    return int(years[int(np.argmax(mean_rise(now, base, draws, before, years)))])


def common_open_years(now: Paths, base: Paths) -> Integers:
    """Return the years that both have and a policy can still change."""
    return np.intersect1d(now.years[now.open_years], base.years)


def mean_rise(now: Paths, base: Paths, draws: Floats, before: Floats, years: Integers) -> Floats:
    """Return how far a path stands above the baseline's in years of both, the mean over pairs."""
    pairs = now.pairs(base)
    here = draws[pairs.of_result][:, np.isin(now.years, years)].mean(axis=0)
    there = before[pairs.of_baseline][:, np.isin(base.years, years)].mean(axis=0)
    return np.asarray(here - there)


def scaled(found: Difference, factor: float) -> Difference:
    """Return a difference in another unit."""
    return found._replace(mean=found.mean * factor, half_width=found.half_width * abs(factor))
