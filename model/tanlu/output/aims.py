"""Official aims: what becomes of each row of a pack's `targets.csv`, or the reason why nobody can say."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.axes import COUNTRY
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.core.words import text, words
from tanlu.output.figures.paths import EMISSIONS
from tanlu.output.measures import Measured
from tanlu.region.official_aims import (
    CHANGE,
    FORESEEN,
    LESS_IS_BETTER,
    NARROWER,
    NET_EMISSIONS,
    PEAK_KEY,
    PEAK_YEAR,
    SHARES,
    measured_variable,
    name_aim,
    write_key,
)

MET, MISSED, NEEDS_SINKS = "met", "missed", "needs sinks"
CO2_PER_GRDP, CO2_PER_GRDP_IN_SCOPE = "Emissions|CO2|Per GRDP", "Emissions|CO2|Official Scope|Per GRDP"
GRDP = "GRDP"


class Aim(NamedTuple):
    """A row of official aims and what becomes of it: a verdict, or the reason why there is none."""

    key: str
    label: Mapping[str, str]  # by language
    region: str
    year: int
    base_year: int | None
    goal: float
    unit: str  # of goal, value and gap
    is_change: bool  # from the base year, else a level
    is_binding: bool
    document: str
    source: str
    grade: str
    variable: str
    value: float = math.nan  # of the mean over draws
    verdict: str = ""  # of that value; empty where there is a reason
    reason: str = ""  # `aims.reason_…` of the catalogue
    is_met_by_draw: tuple[bool, ...] = ()  # of every draw; empty where there is a reason
    growth_percent: float = math.nan  # of the regional product, a year from base to target year
    in_scope: float = math.nan  # the same value in the official scope, where the variable has another
    is_open: bool = False  # whether a policy can still change it

    @property
    def met_count(self) -> int:
        """Count the draws in which it is met."""
        return sum(self.is_met_by_draw)

    @property
    def draw_count(self) -> int:
        """Count the draws in which it is judged."""
        return len(self.is_met_by_draw)

    @property
    def gap(self) -> float:
        """Return by how much the value lies above the goal."""
        return self.value - self.goal

    @property
    def verdict_in_scope(self) -> str:
        """Return the verdict of the value in the official scope, empty where there is none."""
        return "" if math.isnan(self.in_scope) else MET if self.in_scope <= self.goal else MISSED


class AimCount(NamedTuple):
    """How many aims that a policy can still change are met; those that count sinks are apart."""

    met_count: int
    judged_count: int
    decided_count: int  # with a verdict that no policy can change any more
    unjudged_count: int  # of all rows, those with a reason in place of a verdict


def judge_aims(result: Measured, targets: pd.DataFrame, open_from: int) -> tuple[Aim, ...]:
    """Judge every official aim by the mean over draws, and in every draw.

    Args:
        result: what was measured.
        targets: official aims as the region pack gives them (`targets.csv`).
        open_from: first year that a policy can still change.

    """
    aims = (_judge(result, _read_aim(row)) for row in targets.itertuples())
    return tuple(aim._replace(is_open=_is_open(aim, open_from)) for aim in aims)


def select_judged(aims: Iterable[Aim]) -> tuple[Aim, ...]:
    """Select the aims that have a verdict."""
    return tuple(aim for aim in aims if aim.verdict)


class Regional(Protocol):
    """What is of a region."""

    @property
    def region(self) -> str:
        """Name of the region."""


def select_region[Part: Regional](parts: Iterable[Part], region: str, whole: str) -> tuple[Part, ...]:
    """Select what is of a province; of the `whole` region all of it."""
    return tuple(part for part in parts if region in (whole, part.region))


def count_aims(aims: Sequence[Aim]) -> AimCount:
    """Count the open aims that are met, and the rows without a verdict."""
    verdicts = [aim.verdict for aim in aims if aim.is_open]
    met_count = verdicts.count(MET)
    return AimCount(
        met_count,
        met_count + verdicts.count(MISSED),
        sum(not aim.is_open for aim in select_judged(aims)),
        sum(not aim.verdict for aim in aims),
    )


def count_met_by_draw(aims: Sequence[Aim], draw_count: int) -> Floats:
    """Count the aims that are met in each draw [R]."""
    return np.sum([np.zeros(draw_count), *(aim.is_met_by_draw for aim in aims)], axis=0)


def _read_aim(row: Any) -> Aim:
    """Read a row of `targets.csv`."""
    year, is_share = int(row.target_year), row.unit in SHARES
    return Aim(
        key=name_aim(row.variable, year),
        label={language: _write_label(language, row) for language in ("en", "zh")},
        region=row.region,
        year=year,
        base_year=None if pd.isna(row.base_year) else int(row.base_year),
        goal=float(row.value) * (PERCENT_PER_SHARE if is_share else 1.0),
        unit="year" if row.variable == PEAK_YEAR else "%" if is_share else str(row.unit),
        is_change=row.unit == CHANGE,
        is_binding=row.binding == "yes",
        document=str(row.document),
        source=str(getattr(row, "source", "")),
        grade=str(getattr(row, "grade", "")),
        variable=row.variable,
    )


def _write_label(language: str, row: Any) -> str:
    """Write the name and year of an aim.

    It is the pack's name where the catalogue has none.
    """
    if row.variable == PEAK_YEAR:
        return text(language, f"headline.{PEAK_KEY}")
    indicator = str(row.indicator)
    name = words(language).get(f"official.{write_key(row.variable)}", indicator[:1].upper() + indicator[1:])
    years = {"target": name, "year": int(row.target_year)}
    if row.unit == CHANGE and not pd.isna(row.base_year):
        return text(language, "headline.target_change", {**years, "base": int(row.base_year)})
    return text(language, "headline.target", years)


def _judge(result: Measured, aim: Aim) -> Aim:
    """Measure an aim and judge it; what lacks a measure or a meaning gets its reason."""
    measured_aim = _measure_peak(result, aim) if aim.key == PEAK_KEY else _measure(result, aim)
    if aim.region == COUNTRY:
        return measured_aim._replace(
            verdict="",
            reason="national",
            is_met_by_draw=(),
            growth_percent=math.nan,
            in_scope=math.nan,
        )
    return measured_aim


def _measure_peak(result: Measured, aim: Aim) -> Aim:
    """Judge the year of the highest emissions.

    Emissions still highest in the last year may rise further: before the target year that settles nothing.
    """
    place = _find_place(result, aim)
    if EMISSIONS not in result.measures.variables or place is None:
        return aim._replace(reason="not_measured")
    last = int(result.years[-1])
    peaks = result.years[stack_draws(result, EMISSIONS, place).argmax(axis=1)]
    is_met = (peaks <= aim.goal) & ~((peaks == last) & (last < aim.goal))
    peak_aim = aim._replace(value=float(peaks[-1]))
    if peaks[-1] == last < aim.goal:
        return peak_aim._replace(reason="still_rising")
    return _add_verdict(peak_aim, is_met)


def _measure(result: Measured, aim: Aim) -> Aim:
    """Measure and judge an aim of any other kind."""
    variable = measured_variable(aim.variable)
    place, years = _find_place(result, aim), result.years.tolist()
    reason = _find_reason(result, variable, place, aim)
    if reason or place is None:
        return aim._replace(reason=reason)
    values = stack_draws(result, variable, place)
    levels = values[:, years.index(aim.year)]
    if aim.is_change and aim.base_year is not None:
        before = values[:, years.index(aim.base_year)]
        if (before == 0.0).any():
            return aim._replace(reason="no_base")
        levels = PERCENT_PER_SHARE * (levels / before - 1.0)
    if np.isnan(levels).any():
        return aim._replace(reason="not_measured")
    measured_aim = _add_context(result, aim._replace(value=float(levels[-1])), place)
    if aim.variable in FORESEEN:
        return measured_aim._replace(reason="foreseen")
    is_met = levels <= aim.goal if aim.variable.startswith(LESS_IS_BETTER) else levels >= aim.goal
    return _add_verdict(measured_aim, is_met)


def _add_verdict(aim: Aim, is_met: np.ndarray) -> Aim:
    """Add the verdict of the mean, the last of `is_met`, and the count of draws before it."""
    missed = NEEDS_SINKS if aim.variable == NET_EMISSIONS else MISSED
    return aim._replace(
        verdict=MET if is_met[-1] else missed, is_met_by_draw=tuple(is_met[:-1].astype(bool).tolist())
    )


def _find_reason(result: Measured, variable: str, place: str | None, aim: Aim) -> str:
    """Name the first thing that an aim lacks to be measured; empty if nothing."""
    years: Collection[int] = set(result.years.tolist())
    if variable in NARROWER:
        return "narrower"
    if variable not in result.measures.variables or place is None:
        return "not_measured"
    if aim.year not in years:
        return "outside_run"
    if aim.is_change:
        return "" if aim.base_year in years else "base_outside_run"
    return "" if aim.unit == result.unit(variable) else "other_unit"


def _find_place(result: Measured, aim: Aim) -> str | None:
    """Find the region that is measured for an aim; for the country that is the whole region."""
    if aim.region == COUNTRY:
        return result.region
    return aim.region if aim.region in result.measures.regions else None


def stack_draws(result: Measured, variable: str, region: str) -> Floats:
    """Stack the draws of a variable and, last, their mean [R + 1, Y]."""
    draws = result.draws(variable, region)
    return np.vstack([draws, draws.mean(axis=0)])


def _add_context(result: Measured, aim: Aim, place: str) -> Aim:
    """Add what goes with a change per product: yearly growth, and the change in the official scope."""
    variables = result.measures.variables
    is_per_product = aim.variable.endswith("Per GRDP") and GRDP in variables
    if not aim.is_change or aim.base_year is None or not is_per_product:
        return aim
    product, span = result.path(GRDP, place), aim.year - aim.base_year
    growth = (product[aim.year] / product[aim.base_year]) ** (1.0 / span) - 1.0
    in_scope = math.nan
    if aim.variable == CO2_PER_GRDP and CO2_PER_GRDP_IN_SCOPE in variables:
        scope = result.path(CO2_PER_GRDP_IN_SCOPE, place)
        in_scope = PERCENT_PER_SHARE * float(scope[aim.year] / scope[aim.base_year] - 1.0)
    return aim._replace(growth_percent=PERCENT_PER_SHARE * float(growth), in_scope=in_scope)


def _is_open(aim: Aim, open_from: int) -> bool:
    """Check whether a policy can still change an aim.

    It cannot change one that was due before, nor a peak that is past.
    """
    return aim.year >= open_from and not (aim.key == PEAK_KEY and aim.value < open_from)
