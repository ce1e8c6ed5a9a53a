"""What draws say: bands of a path and of its paired difference, and how often a target is met."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.intervals import BAND_COLUMNS, band, held_percent
from tanlu.output.aims import judge_aims, select_judged
from tanlu.output.chances import Chance
from tanlu.output.figures.paths import Paths
from tanlu.output.figures.quantities import (
    EMISSION_AXIS,
    ENERGY_AXIS,
    MONEY_AXIS,
    PERCENT_AXIS,
    PRICE_AXIS,
    VOLUME_AXIS,
    Axis,
)
from tanlu.output.measures import Measured
from tanlu.pages.export import as_text, csv_text

SHARE = 0.9  # of further draws in a band, where there are draws enough


class BandSubject(NamedTuple):
    """A figure of which a band can be drawn."""

    key: str
    field: str  # of the paths
    axis: Mapping[str, Axis]
    unit: str  # in files


SUBJECTS = (
    BandSubject("emissions", "emissions_mtco2", EMISSION_AXIS, "Mt CO2/yr"),
    BandSubject("captured", "captured_mtco2", VOLUME_AXIS, "Mt CO2/yr"),
    BandSubject("spent", "spent_bn_cny", MONEY_AXIS, "bn CNY2020/yr"),
    BandSubject("earned", "earned_bn_cny", MONEY_AXIS, "bn CNY2020/yr"),
    BandSubject("system_cost", "system_cost_bn_cny", MONEY_AXIS, "bn CNY2020/yr"),
    BandSubject("wholesale", "wholesale_cny_per_mwh", PRICE_AXIS, "CNY2020/MWh"),
    BandSubject("household", "household_cny_per_mwh", PRICE_AXIS, "CNY2020/MWh"),
    BandSubject("industry", "industry_cny_per_mwh", PRICE_AXIS, "CNY2020/MWh"),
    BandSubject("shortage", "shortage_twh", ENERGY_AXIS, "TWh/yr"),
    BandSubject("reserve_margin", "reserve_margin_percent", PERCENT_AXIS, "%"),
    BandSubject("non_fossil", "non_fossil_percent", PERCENT_AXIS, "%"),
)


def spread(draws: Floats) -> Floats:
    """Compute the low end of the band of draws, their median and the high end, by year [3, Y]."""
    low, high = band(draws, SHARE)
    return np.stack([low, np.median(draws, axis=0), high])


def bands(subject: BandSubject, now: Paths, base: Paths) -> dict[str, Floats]:
    """Return the bands of a path, of the baseline's, and of the difference draw by draw, where draws are shared."""
    here, there = (np.asarray(getattr(of, subject.field)) for of in (now, base))
    found = {"level": spread(here), "baseline": spread(there)}
    if now.pairs(base).paired and np.array_equal(now.years, base.years):
        found["difference"] = spread(here - there)
    return found


def chances(result: Measured, targets: pd.DataFrame, open_from: int) -> dict[tuple[str, str], Chance]:
    """Return in how many draws each official aim is met, by its key and region."""
    aims = select_judged(judge_aims(result, targets, open_from))
    return {(one.key, one.region): Chance(one.met_count, one.draw_count) for one in aims}


def bands_csv(scenario: str, years: Sequence[int], draws: int, of: Mapping[str, Mapping[str, Floats]]) -> str:
    """Return the bands of all subjects as CSV text."""
    head = ["scenario", "figure", "of", "unit", "year", "median", *BAND_COLUMNS]
    return csv_text((head, *_lines(scenario, years, held_percent(draws, SHARE), of)))


def _lines(
    scenario: str, years: Sequence[int], percent: float, of: Mapping[str, Mapping[str, Floats]]
) -> Iterator[list[Any]]:
    units = {subject.key: subject.unit for subject in SUBJECTS}
    for key, found in of.items():
        for kind, values in found.items():
            for y, year in enumerate(years):
                low, middle, high = values[:, y]
                yield [
                    as_text(scenario),
                    key,
                    kind,
                    units[key],
                    year,
                    *(f"{value:.12g}" for value in (middle, low, high, percent)),
                ]
