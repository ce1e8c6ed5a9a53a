"""Run both ends of a law and read its indicator; runs of equal scenario are made once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import (
    BUILDING_METHODS,
    CARRIERS,
    CUSTOMERS,
    END_USE_TECHNOLOGIES,
    FUELS,
    PARTS,
    SEASONS,
    SECTORS,
    SEGMENTS,
    VEHICLE_TECHNOLOGIES,
    Axes,
)
from tanlu.core.parties import list_parties as known_parties
from tanlu.core.schedules import (
    CAPTURE_CONTRACT,
    LOAN_CLASSES,
    LOCAL,
    SUBSIDY_AXES,
    CapacityScheme,
    Levy,
    PolicySchedule,
    SubsidyScheme,
)
from tanlu.indicators.base import Indicator
from tanlu.indicators.main import RunMeasures, indicators, measure
from tanlu.policies.base import Policy
from tanlu.region.catalogue import DEFAULT_REGION, region_axes
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario
from tanlu.scenario.world import World
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.run import Run
from tests.laws.form import Law

WIRING: Mapping[str, object] = {
    "name": "law",
    "region": "two_provinces",
    "years": "2022-2031",
    "world": {"hydrology": "observed"},
}
ECONOMICS: Mapping[str, object] = {"name": "law", "extends": "tanlu:baseline"}
LEVER = "lever"  # name of the policy that a law is about
EXACT = 1e-9  # of a relation that holds exactly, for the order of sums
CONTRACT_YEARS = 15.0  # of contracts for captured CO2, which always end
MOST_RUNS = 24  # that are kept; a run of the small pack holds 4 MB
NAMES_OF_AXES = (
    END_USE_TECHNOLOGIES,
    SECTORS,
    FUELS,
    CARRIERS,
    PARTS,
    CUSTOMERS,
    SEGMENTS,
    VEHICLE_TECHNOLOGIES,
    BUILDING_METHODS,
    LOAN_CLASSES,
    SEASONS,
)


@dataclass(frozen=True)
class Case:
    """One scenario and what is put straight into its schedule; equal if both say the same."""

    scenario: Mapping[str, object] = field(compare=False)
    schedule: Mapping[str, object] = field(compare=False)
    start: int  # first year that the lever acts in
    text: str  # of both

    @classmethod
    def create(cls, scenario: Mapping[str, object], schedule: Mapping[str, object], start: int) -> "Case":
        """Create a case that is known by its text."""
        return cls(scenario, schedule, start, repr((scenario, schedule)))


@dataclass(frozen=True)
class Finished:
    """One finished run, whose indicators are measured once they are asked for."""

    run: Run
    region: Region

    @property
    def axes(self) -> Axes:
        """The names of its axes."""
        return self.region.axes

    @cached_property
    def table(self) -> Mapping[str, Indicator]:
        """Every indicator by its name."""
        return {one.variable: one for one in indicators(self.region)}

    @cached_property
    def measures(self) -> RunMeasures:
        """Every indicator measured."""
        return measure(self.run.record, self.run.years, tuple(self.table.values()))

    def series(self, name: str) -> Floats:
        """Measure one indicator by place and year."""
        return measure(self.run.record, self.run.years, (self.table[name],)).values[0]


# --- from a law to scenarios -------------------------------------------------------------------------------------


def case(law: Law, value: object) -> Case:
    """Build the scenario in which the lever of a law stands at `value`."""
    base = WIRING if law.pairs == 1 else ECONOMICS
    rest = {key: part for key, part in law.world.items() if key not in ("world", "policies", "schedule")}
    world = {**_mapping(base.get("world")), **_mapping(law.world.get("world"))}
    policies = {**_mapping(law.world.get("policies"))}
    schedule = {**_mapping(law.world.get("schedule"))}
    block, start = policies.pop(LEVER, {}), first_year(law)
    root, _, path = law.lever.partition(".")
    if root == "world":
        world[path] = value
    elif root == "policies":
        kind, _, key = path.partition(".")
        block = {"kind": kind, "from_year": start, **block, key: value}
        policies[LEVER] = {name: part for name, part in block.items() if part is not None}
    elif value is not None:
        schedule[path if root == "schedule" else law.lever] = value
    world = {name: part for name, part in world.items() if part != World.model_fields[name].default}
    data = {**base, **rest, "world": world, "policies": policies}
    settings = {path: number for path, number in schedule.items() if not is_neutral(path, number)}
    return Case.create(data, settings, start)


def is_neutral(path: str, value: object) -> bool:
    """Whether a number stands in the whole of a field of the schedule anyway, so that one run serves all such ends."""
    group, _, field = path.partition(".")
    if isinstance(value, Mapping) or group in ("subsidy", "levy", "capacity"):
        return False
    axes = region_axes(DEFAULT_REGION)
    neutral = PolicySchedule.neutral(axes, axes.base_year, axes.base_year)
    return bool((getattr(getattr(neutral, group), field) == value).all())


def first_year(law: Law) -> int:
    """Find the first year in which the lever of a law acts: that of its own block, or the first free one."""
    base = WIRING if law.pairs == 1 else ECONOMICS
    region = str(law.world.get("region", base.get("region", DEFAULT_REGION)))
    own, root = "from_year", law.lever.partition(".")[0]
    if law.lever.endswith(f".{own}"):
        return min(year for year in (law.low, law.high) if isinstance(year, int))
    block = _mapping(_mapping(law.world.get("policies")).get(LEVER)) if root == "policies" else {}
    return int(block.get(own, _region(region).last_observed_year + 1))


def scenario_of(end: Case) -> Scenario:
    """Read the scenario state a case, with what is put into its schedule as a policy after all others."""
    scenario = load(end.scenario)
    if not end.schedule:
        return scenario
    direct = Direct(kind="direct", from_year=end.start, settings=end.schedule)
    return scenario.model_copy(update={"policies": {**scenario.policies, "~direct": direct}})


class Direct(Policy):
    """Put numbers straight into the schedule, where no instrument comes between."""

    settings: Mapping[str, object]
    """Paths of the schedule and what stands there: a number, or numbers by names of an axis."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Fill every array that a path leads to in the years from the start on."""
        years, capacity = schedule.years >= self.from_year, {}
        for path, value in self.settings.items():
            root, _, rest = path.partition(".")
            if root == "subsidy":
                rate = np.zeros((years.size, *schedule.axes.shape(*SUBSIDY_AXES[rest])))
                fill(rate, years, value, schedule.axes)
                term = CONTRACT_YEARS if rest == CAPTURE_CONTRACT else np.inf
                scheme = SubsidyScheme(name, rest, "national", rate, np.full(years.size, np.inf), term)
                schedule = schedule.with_subsidy(scheme)
            elif root == "levy":
                rate = np.zeros_like(schedule.levy_rates[rest])
                fill(rate, years, value, schedule.axes)
                schedule = schedule.with_levy(Levy(name, rest, LOCAL, rate))
            elif root == "capacity":
                capacity[rest] = value
            else:
                group = getattr(schedule, root)
                array = getattr(group, rest).copy()
                fill(array, years, value, schedule.axes)
                schedule = schedule._replace(**{root: group._replace(**{rest: array})})
        if not capacity:
            return schedule
        rate = np.zeros((years.size, *np.shape(schedule.power.renewable_premium_cny_per_mwh)[1:]))
        fill(rate, years, capacity["rate_cny_per_kw_year"], schedule.axes)
        payment = CapacityScheme(rate, float(capacity.get("end_reserve_share", np.inf)))
        return schedule._replace(capacity=(*schedule.capacity, payment))


def fill(array: np.ndarray, years: Booleans, value: object, axes: Axes) -> None:
    """Put a number into all of an array [Y, ...] in `years`, or numbers into the parts that a mapping names."""
    for names, number in (value if isinstance(value, Mapping) else {"": value}).items():
        place = chosen(array.shape[1:], names.split(), axes)
        array[np.ix_(np.flatnonzero(years), *place)] = number


def chosen(shape: Sequence[int], names: Sequence[str], axes: Axes) -> list[Integers]:
    """Find the positions that names choose on each axis of a shape, all of them where no name is of that axis.

    Provinces are looked for on the first axes, other names on the last ones: two seasons are as many as two provinces.

    Raises:
        ValueError: if a name is of none of the axes.
    """
    places, positions = list(range(len(shape))), [np.arange(length) for length in shape]
    for name in names:
        of_pack = [(axis, axes.provinces) for axis in places] + [(axis, axes.export_lines) for axis in places]
        others = [(axis, members) for axis in reversed(places) for members in NAMES_OF_AXES]
        fitting = [
            (axis, members.index(name))
            for axis, members in (*of_pack, *others)
            if len(members) == shape[axis] and name in members
        ]
        if not fitting:
            raise ValueError(f"{name} is no name of an axis of {tuple(shape)}")
        axis, position = fitting[0]
        positions[axis] = np.array([position])
    return positions


def _mapping(part: object) -> Mapping[str, Any]:
    assert part is None or isinstance(part, Mapping), part
    return part or {}


# --- runs --------------------------------------------------------------------------------------------------------


@cache
def _region(name: str) -> Region:
    return load_region(name)


@lru_cache(maxsize=MOST_RUNS)
def finished(end: Case, replication: int = 0) -> Finished:
    """Run one replication of a case."""
    scenario = scenario_of(end)
    region = load_region(scenario.region, scenario.pack) if scenario.pack else _region(scenario.region)
    return Finished(RegionModel(Inputs(scenario, region), replication).run(), region)


# --- what a run says ---------------------------------------------------------------------------------------------


def reading(law: Law, value: object, replication: int = 0) -> float:
    """Read the indicator of a law with its lever at `value`, summed over the years from the lever's start."""
    end = case(law, value)
    names = (law.indicator,) if isinstance(law.indicator, str) else law.indicator
    return sum(total(finished(end, replication), name, end.start, law.region) for name in names)


def total(outcome: Finished, indicator: str, start: int, region: str) -> float:
    """Sum an indicator over the years from `start`, in a part of the region or in all of it."""
    source, _, rest = indicator.rpartition(":")
    readers = {"": _public, "record": _recorded, "flow": _paid, "agents": _tabled}
    return float(readers[source](outcome, rest, start, region))


def _public(outcome: Finished, name: str, start: int, region: str) -> float:
    column = outcome.axes.regions.index(region or outcome.axes.region)
    return outcome.series(name)[column, outcome.run.years >= start].sum()


def _recorded(outcome: Finished, path: str, start: int, region: str) -> float:
    path, names = _split(path)
    array: Any = outcome.run.record
    for part in path.split("."):
        array = array[part] if isinstance(array, Mapping) else getattr(array, part)
    names = (*names, region) if region else names
    return _part(array[outcome.run.years >= start], names, outcome.axes).sum()


def _part(array: Floats, names: Sequence[str], axes: Axes) -> Floats:
    return array[np.ix_(np.arange(array.shape[0]), *chosen(array.shape[1:], names, axes))]


def _paid(outcome: Finished, path: str, start: int, region: str) -> float:
    assert not region, "payments name their parties"
    item, names = _split(path)
    parties = "".join(names).split(">")
    known = known_parties(outcome.axes.provinces)
    if unknown := {*parties} - {"", *known}:
        raise ValueError(f"{sorted(unknown)} neither pay nor get; known: {known}")
    flows = pd.DataFrame(outcome.run.flows())
    rows = (flows["item"] == item) & (flows["year"] >= start)
    for side, party in zip(("payer", "payee"), parties, strict=False):
        rows &= (flows[side] == party) | (not party)
    return flows.loc[rows, "value_cny"].sum()


def _tabled(outcome: Finished, path: str, start: int, region: str) -> float:
    path, names = _split(path)
    table, column = path.split(".")
    frame = pd.DataFrame(outcome.run.own_tables().get(table) or getattr(outcome.run, table)())
    rows = (frame["year"] if "year" in frame else frame["loan_year"]) >= start
    texts = frame.select_dtypes(["category", "object", "string"])
    for name in (*names, region) if region else names:
        rows &= (texts == name).any(axis=1)
    return frame.loc[rows, column].sum()


def _split(path: str) -> tuple[str, tuple[str, ...]]:
    """Split `PATH[NAME, NAME]` into the path and its names."""
    found = re.fullmatch(r"([^\[]+)(?:\[(.*)\])?", path)
    assert found is not None, path
    return found[1], tuple(name.strip() for name in (found[2] or "").split(",") if name.strip())


# --- does it hold ------------------------------------------------------------------------------------------------


def fault(law: Law) -> str:
    """Tell how a wiring law fails in one pair; empty if it holds."""
    low, high = reading(law, law.low), reading(law, law.high)
    if law.sign in ("+", "-"):
        holds = high > low if law.sign == "+" else high < low
    elif law.sign == "0":
        holds = high == low and acts(law)
    else:
        factor = float(law.sign.removeprefix("x "))
        holds = low != 0.0 and abs(high - factor * low) <= EXACT * abs(factor * low)
    shown = f"{law.lever} {law.low!r} -> {law.high!r}: {law.indicator} {low!r} -> {high!r}"
    return "" if holds else f"{shown}, expected {law.sign}: {law.why}"


def acts(law: Law) -> bool:
    """Whether the lever moves what its indicator is a part of, so that a part that stays says something.

    A part in brackets is a part of the same without them; one without brackets is a part of all indicators.
    """
    names = (law.indicator,) if isinstance(law.indicator, str) else law.indicator
    if any("[" in name for name in names):
        wider = [law._replace(indicator=_split(name)[0], region="") for name in names]
        return all(reading(wide, wide.low) != reading(wide, wide.high) for wide in wider)
    low, high = (finished(case(law, value)).measures.values for value in (law.low, law.high))
    return not np.array_equal(low, high)
