"""Aims of regulators: which indicator measures each, and which path it is held against."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.parties import CENTRE
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.core.words.messages import build_message
from tanlu.indicators.base import Indicator
from tanlu.indicators.main import indicators
from tanlu.inputs.diagnostics import (
    Finding,
    Place,
    ScenarioError,
    Severity,
    build_finding,
    nearest,
    place_of,
    printable,
    suggest_first,
)
from tanlu.inputs.tree import locate, path_text
from tanlu.records.carbon_tables.common import NATIONAL
from tanlu.region.official_aims import (
    CHANGE,
    FORESEEN,
    LESS_IS_BETTER,
    NARROWER,
    PEAK_YEAR,
    SHARES,
    measured_variable,
    name_aim,
)
from tanlu.region.pack import Region, load_region
from tanlu.scenario.regulators import ReviewedAim
from tanlu.scenario.schema import Scenario

type PathOfAim = Callable[[Integers, Integers, Floats], Floats]  # of wanted years; measured years and values


class AimSource(NamedTuple):
    """Where an aim's figures come from."""

    indicator: Indicator
    sign: float  # 1 where less is better, -1 where more is
    path: PathOfAim


def read_aims(
    scenario: Scenario, region: Region, table: Sequence[Indicator]
) -> Mapping[str, Mapping[str, AimSource]]:
    """Read the aims of every regulator, by owner and name.

    Raises:
        ScenarioError: with every aim that nothing measures.
    """
    by_variable = {indicator.variable: indicator for indicator in table}
    findings: list[Finding] = []
    sources: dict[str, dict[str, AimSource]] = {}
    enabled = {name: block for name, block in scenario.regulators.items() if block.enabled}
    for province, regulator in enabled.items():
        sources[province] = {}
        for name, aim in regulator.aims.items():
            path = ("regulators", province, "aims", name)
            reader = _read_path if aim.target is None else _read_target
            source = reader(aim, province, region, scenario, by_variable)
            if isinstance(source, AimSource):
                sources[province][name] = source
            else:
                key, values = source
                findings.append(_place_finding(scenario, path, key, values))
    if findings:
        raise ScenarioError(tuple(findings))
    return sources


def check_aims(scenario: Scenario) -> None:
    """Check that the model measures the aims of all regulators of a scenario.

    Raises:
        ScenarioError: with every aim that nothing measures.
    """
    if scenario.regulators:
        region = load_region(scenario.region, scenario.pack)
        read_aims(scenario, region, indicators(region))


type Fault = tuple[str, Mapping[str, object]]  # its words in the catalogue, and what they hold


def _read_path(
    aim: ReviewedAim,
    province: str,
    region: Region,
    scenario: Scenario,
    by_variable: Mapping[str, Indicator],
) -> AimSource | Fault:
    """Read an aim with a path of its own."""
    schedule = aim.at_least if aim.at_most is None else aim.at_most
    assert aim.variable is not None and schedule is not None, "the form of the file has both"
    of_nation = [name for name in by_variable if name.startswith(f"{NATIONAL}|")]
    if province == CENTRE and aim.variable not in of_nation:
        return "aim-of-a-province", {"variable": printable(aim.variable), "names": of_nation}
    if province != CENTRE and aim.variable in of_nation:
        return "aim-of-the-nation", {"variable": aim.variable}
    if aim.variable not in by_variable:
        advice = suggest_first(nearest(aim.variable, by_variable), build_message("indicators_are_listed"))
        return "unmeasured-aim", {"variable": printable(aim.variable), "advice": advice}
    sign = -1.0 if aim.at_most is None else 1.0
    return AimSource(by_variable[aim.variable], sign, lambda years, known_years, values: schedule.path(years))


def _read_target(
    aim: ReviewedAim,
    province: str,
    region: Region,
    scenario: Scenario,
    by_variable: Mapping[str, Indicator],
) -> AimSource | Fault:
    """Read an official aim of the province."""
    targets: list[Any] = list(region.targets[region.targets["region"] == province].itertuples())
    rows = {name_aim(row.variable, int(row.target_year)): row for row in targets}
    if aim.target not in rows:
        advice = suggest_first(
            nearest(str(aim.target), rows),
            build_message("allowed", names=list(rows) or build_message("none")),
        )
        return "unknown-target", {"name": aim.target, "province": province, "advice": advice}
    row = rows[aim.target]
    reason = _find_reason(row, by_variable, scenario)
    if reason:
        return reason, {"name": aim.target}
    sign = 1.0 if row.variable.startswith(LESS_IS_BETTER) else -1.0
    return AimSource(by_variable[measured_variable(row.variable)], sign, _build_path(row, region))


def _find_reason(row: Any, by_variable: Mapping[str, Indicator], scenario: Scenario) -> str:
    """Return the words for the first thing that an official aim lacks to be reviewed; empty if nothing."""
    variable = measured_variable(row.variable)
    if row.variable in NARROWER:
        return "unmeasured-target.narrower"
    if row.variable in FORESEEN:
        return "unmeasured-target.foreseen"
    if variable not in by_variable:
        return "unmeasured-target.not_measured"
    if row.unit == CHANGE and row.base_year < scenario.years.start:
        return "unmeasured-target.base_outside_run"
    has_unit = row.variable == PEAK_YEAR or row.unit in SHARES or row.unit == by_variable[variable].unit
    return "" if has_unit else "unmeasured-target.other_unit"


def _build_path(row: Any, region: Region) -> PathOfAim:
    """Build the path of an official aim.

    It is a straight line from what was measured in the base year, or in the last year of statistics, to the goal in
    the target year, and level from then on. Of a peak it is the highest value measured up to the target year.
    """
    target_year = int(row.target_year)
    base_year = region.last_observed_year if pd.isna(row.base_year) else int(row.base_year)
    goal = float(row.value) * (PERCENT_PER_SHARE if row.unit in SHARES else 1.0)

    def peak(years: Integers, known_years: Integers, values: Floats) -> Floats:
        highest = values[known_years <= target_year].max(initial=-np.inf)
        return np.where(years > target_year, highest, np.interp(years, known_years, values))

    def line(years: Integers, known_years: Integers, values: Floats) -> Floats:
        base = float(values[np.searchsorted(known_years, max(base_year, known_years[0]))])
        level = base * (1.0 + goal / PERCENT_PER_SHARE) if row.unit == CHANGE else goal
        start = max(base_year, int(known_years[0]))
        if start >= target_year:
            return np.full(years.size, level)
        return np.interp(years, [start, target_year], [base, level])

    return peak if row.variable == PEAK_YEAR else line


def _place_finding(
    scenario: Scenario, path: tuple[str, ...], key: str, values: Mapping[str, object]
) -> Finding:
    """Place a fault of an aim in the file that gives it."""
    place = Place(scenario.name, path=path_text(path))
    tree_place = locate(scenario.tree, path) if scenario.tree else None
    if tree_place is not None and tree_place.mark.line and tree_place.path == path:
        place = place_of(tree_place.key or tree_place.mark, path_text(path))
    return build_finding(Severity.error, key, place, **values)
