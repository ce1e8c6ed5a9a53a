"""Aims by region: what each province reaches of a few aims, by how much, in how many draws, and without policy."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.output.aims import CO2_PER_GRDP, CO2_PER_GRDP_IN_SCOPE, Aim, judge_aims, stack_draws
from tanlu.output.chances import Chance
from tanlu.output.figures.paths import (
    EMISSIONS,
    EXPECTED_SHORTAGE,
    HOUSEHOLD_TARIFF,
    INDUSTRY_TARIFF,
    NON_FOSSIL_SHARE,
    first_open_year,
)
from tanlu.output.measures import Measured
from tanlu.region.official_aims import PEAK_YEAR

PLANS = ((2025, 2030), (2030, 2035))  # base and target year of the five-year plans that are open
PEAK, CHANGE, LEVEL, HIGHEST = "peak", "change", "level", "highest"
WITHOUT_POLICY = 7.0 / 8.0  # of the reference's draws, in which an aim must be met to be met without policy


class RegionSubject(NamedTuple):
    """A figure that is held against an aim in each region."""

    key: str
    variable: str  # that is measured
    form: str
    official: str = ""  # variable of the official aims that ask for it
    base_year: int = 0
    year: int = 0
    is_less_better: bool = True


SUBJECTS = (
    RegionSubject("peak_year", EMISSIONS, PEAK, PEAK_YEAR),
    *(
        RegionSubject(key, variable, CHANGE, CO2_PER_GRDP, base_year, year)
        for base_year, year in PLANS
        # an official aim counts CO2 of imported power too; what is emitted here stands by its side
        for key, variable in (
            ("co2_per_grdp", CO2_PER_GRDP),
            ("co2_per_grdp_in_scope", CO2_PER_GRDP_IN_SCOPE),
        )
    ),
    RegionSubject(
        "non_fossil_share", NON_FOSSIL_SHARE, LEVEL, NON_FOSSIL_SHARE, year=2030, is_less_better=False
    ),
    RegionSubject("tariff_household", HOUSEHOLD_TARIFF, HIGHEST),
    RegionSubject("tariff_industry", INDUSTRY_TARIFF, HIGHEST),
    RegionSubject("expected_shortage", EXPECTED_SHORTAGE, HIGHEST),
)


class RegionAim(NamedTuple):
    """What a region reaches of an aim; goal and chances are missing where no plan sets one."""

    key: str
    region: str
    variable: str
    base_year: int  # 0 if the value is no change
    year: int  # of the aim, or in which the mean over draws is highest
    unit: str
    value: float  # of the mean over draws
    around: float  # the same over three years, since one year's water moves it; NaN for a year or an extreme
    goal: float  # NaN if there is none
    is_less_better: bool
    document: str
    grade: str
    chance: Chance | None
    reference_chance: Chance | None  # of the reference, in which no policy of the scenario is in force

    @property
    def has_goal(self) -> bool:
        """Check whether a plan sets a goal."""
        return not math.isnan(self.goal)

    @property
    def margin(self) -> float:
        """Return by how much the value is better than the goal; NaN without one."""
        return self.goal - self.value if self.is_less_better else self.value - self.goal

    @property
    def is_met(self) -> bool:
        """Check whether the mean over draws meets the goal."""
        return self.margin >= 0.0

    @property
    def is_met_without_policy(self) -> bool:
        """Check whether the reference meets the goal in seven of eight draws or more."""
        chance = self.reference_chance
        return chance is not None and chance.met_count >= WITHOUT_POLICY * chance.draw_count


class Reached(NamedTuple):
    """What a region reaches: values of every draw and, last, of their mean [R + 1]."""

    values: Floats
    around: float
    year: int


def region_aims(
    result: Measured, targets: pd.DataFrame, reference: Measured | None = None
) -> tuple[RegionAim, ...]:
    """Hold each region of a result against its aims, provinces first.

    Args:
        result: what was measured; what it lacks, or does not reach in time, is left out.
        targets: official aims as the region pack gives them (`targets.csv`).
        reference: the same without the policies of the scenario, to say what is met without them.
    """
    official = judge_aims(result, targets, first_open_year(result.counted_from))
    return tuple(
        _hold(result, reached, reference, subject, region, goal)
        for region in result.measures.regions
        for subject, goal in _subjects_of(official, region, int(result.years[-1]))
        if (reached := reach(result, subject, region)) is not None
    )


def _subjects_of(
    official: Iterable[Aim], region: str, last: int
) -> Iterator[tuple[RegionSubject, Aim | None]]:
    """Yield each subject with its official aim; a level is of the year of the last aim within the run."""
    aims = [aim for aim in official if aim.region == region and aim.is_binding and aim.year <= last]
    for subject in SUBJECTS:
        fitting = [aim for aim in aims if subject.official and aim.variable == subject.official]
        if subject.form == CHANGE:
            fitting = [
                aim for aim in fitting if (aim.base_year, aim.year) == (subject.base_year, subject.year)
            ]
        goal = max(fitting, key=lambda aim: aim.year, default=None)
        yield subject._replace(year=goal.year) if goal and subject.form == LEVEL else subject, goal


def _hold(
    result: Measured,
    reached: Reached,
    reference: Measured | None,
    subject: RegionSubject,
    region: str,
    goal: Aim | None,
) -> RegionAim:
    """Hold what a region reaches against its goal, and what it reaches without policy."""
    without = None if reference is None else reach(reference, subject, region)
    return RegionAim(
        key=subject.key,
        region=region,
        variable=subject.variable,
        base_year=subject.base_year,
        year=reached.year,
        unit=_unit(result, subject),
        value=float(reached.values[-1]),
        around=reached.around,
        goal=math.nan if goal is None else goal.goal,
        is_less_better=subject.is_less_better,
        document="" if goal is None else goal.document,
        grade="" if goal is None else goal.grade,
        chance=_count(reached, subject, goal),
        reference_chance=None if without is None else _count(without, subject, goal),
    )


def _unit(result: Measured, subject: RegionSubject) -> str:
    units: Mapping[str, str] = {PEAK: "year", CHANGE: "%"}
    return units.get(subject.form) or result.unit(subject.variable)


def _count(reached: Reached, subject: RegionSubject, goal: Aim | None) -> Chance | None:
    """Count the draws that meet a goal."""
    if goal is None:
        return None
    values = reached.values[:-1]
    is_met = values <= goal.goal if subject.is_less_better else values >= goal.goal
    return Chance(int(is_met.sum()), is_met.size)


def reach(result: Measured, subject: RegionSubject, region: str) -> Reached | None:
    """Compute what a region reaches of a subject; None where the result does not tell it."""
    if subject.variable not in result.measures.variables:
        return None
    draws, years = stack_draws(result, subject.variable, region), result.years
    if np.isnan(draws).any():
        return None
    if subject.form == PEAK:
        return _peak(draws, years)
    if subject.form == HIGHEST:
        return _highest(result, draws, subject)
    needed_years = {subject.year, *([subject.base_year] if subject.form == CHANGE else [])}
    if not needed_years <= set(years.tolist()):
        return None
    levels, around = _in_year(draws, years, subject.year), _around(draws, years, subject.year)
    if subject.form == CHANGE:
        before = _in_year(draws, years, subject.base_year)
        # a base year that policies no longer change is one figure for all; a later one has a year's water too
        is_open = subject.base_year >= first_open_year(result.counted_from)
        smooth = _around(draws, years, subject.base_year) if is_open else float(before[-1])
        levels = PERCENT_PER_SHARE * (levels / before - 1.0)
        around = PERCENT_PER_SHARE * (around / smooth - 1.0)
    return Reached(levels, around, subject.year)


def _peak(draws: Floats, years: np.ndarray) -> Reached | None:
    """Find the year of the highest emissions; None where the mean is highest in the last year and may rise on."""
    peaks = years[draws.argmax(axis=1)].astype(np.float64)
    return None if peaks[-1] == years[-1] else Reached(peaks, math.nan, int(peaks[-1]))


def _highest(result: Measured, draws: Floats, subject: RegionSubject) -> Reached | None:
    """Select the year in which the mean is highest, as the headline does."""
    first = result.counted_from
    if subject.variable != EXPECTED_SHORTAGE:
        first = first_open_year(first)
    is_counted = result.years >= min(first, int(result.years[-1]))
    year = int(result.years[is_counted][int(np.argmax(draws[-1, is_counted]))])
    return Reached(_in_year(draws, result.years, year), math.nan, year)


def _in_year(draws: Floats, years: np.ndarray, year: int) -> Floats:
    return np.asarray(draws[:, int(np.searchsorted(years, year))])


def _around(draws: Floats, years: np.ndarray, year: int) -> float:
    """Average the mean path over a year, the one before and the one after; NaN at the end of a run."""
    is_near = np.abs(years - year) <= 1
    return float(draws[-1, is_near].mean()) if is_near.sum() == 3 else math.nan
