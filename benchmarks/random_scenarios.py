"""Random scenarios from the schema, each key of it and every bound of every quantity, and how their runs end.

`python -m benchmarks scenarios [--count N] [--region PACK] [--last YEAR]` runs them and prints what stopped, is invalid
or not finite. A key of a kind that is not drawn here is a TypeError, so that none is left out.
"""

import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from random import Random
from typing import Any, Literal, NamedTuple, get_args, get_origin

import numpy as np
from pydantic.fields import FieldInfo

from tanlu.experiments.results import simulate
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.inputs.plausible import plausible_range
from tanlu.inputs.types import Bounds, PackName, Schedule
from tanlu.output.result import Result
from tanlu.policies import KINDS
from tanlu.policies.events import Event
from tanlu.policies.scope import AxisName
from tanlu.region.catalogue import hydrology_years, pack_folder, region_axes, table_of
from tanlu.region.factors.cells import Change, find_cells
from tanlu.region.factors.ranges import factor_paths, plausible_range_of
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario
from tanlu.scenario.world import World

COUNT, SEED = 2000, 20261128
MOST_POLICIES, MOST_CHANGES, MOST_EVENTS, MOST_DROUGHTS = 6, 4, 2, 2
BASELINES = {"chengyu": "tanlu:baseline"}  # that a scenario of the pack may extend
PLANT_TABLES = {
    "power_units": ("unit_id", ("fuel", "province", "owner_id")),
    "facilities": ("facility_id", ("sector", "province", "owner_id")),
}
# Tables of which no change is drawn: their rows must rise, and no check of a change sees other rows yet.
WITHOUT_GUARD = ("rating_spreads",)
REVIEWED = (
    "Emissions|CO2",
    "Price|Electricity|Wholesale",
)  # indicators that a regulator may hold against a path
OPTIONAL = 0.6  # how often a key is given that need not be


class Span(NamedTuple):
    """The pack, and the years in which a run may begin and must end."""

    region: str
    first: int
    last: int

    @classmethod
    def of_pack(cls, region: str, last: int) -> "Span":
        """Begin in the base year of a pack."""
        return cls(region, region_axes(region).base_year, last)


class Ended(NamedTuple):
    """How a scenario ended."""

    scenario: Scenario
    result: Result | None
    cause: str  # of a failure

    @property
    def unbounded(self) -> tuple[str, ...]:
        """Name the indicators that are infinite in some year."""
        if self.result is None:
            return ()
        measures = self.result.measures
        infinite = np.isinf(measures.values).any(axis=(0, 2, 3))
        return tuple(name for name, is_bad in zip(measures.variables, infinite, strict=True) if is_bad)


def random_scenarios(count: int, span: Span, seed: int = SEED) -> Iterator[Scenario]:
    """Yield scenarios that load; what is refused is drawn again."""
    random, drawn = Random(seed), 0
    while drawn < count:
        try:
            yield load(draw_scenario(random, f"random_{drawn}", span))
        except ScenarioError:
            continue
        drawn += 1


def draw_scenario(random: Random, name: str, span: Span) -> dict[str, Any]:
    """Draw the keys of a scenario, which may or may not be allowed."""
    first = span.first if random.random() < 0.8 else random.randint(span.first, span.last)
    policies = {f"policy_{i}": draw_policy(random, span) for i in range(random.randint(0, MOST_POLICIES))}
    scenario = {
        "name": name,
        "label": {"en": random.choice(("", name)), "zh": random.choice(("", "随机情景"))},
        "region": span.region,
        "years": {"start": first, "end": span.last},
        "seed": random.choice((0, 1, random.randint(0, 2**32 - 1))),
        "replications": 1,
        "needs": [],
        "world": draw_world(random, span),
        "pack": draw_changes(random, span.region),
        "policies": policies,
        "events": draw_events(random, policies, span),
        "outputs": {"dispatch": random.random() < 0.05, "plants": random.random() < 0.9},
    }
    if random.random() < 0.2:
        add_regulator(random, scenario, span)
    if span.region in BASELINES and random.random() < 0.5:
        scenario["extends"] = BASELINES[span.region]
    return scenario


# --- the world and the pack --------------------------------------------------------------------------------------


def draw_world(random: Random, span: Span) -> dict[str, Any]:
    """Draw the block `world`, three of its factors and what else it may hold."""
    factors = [key for key, field in World.model_fields.items() if plausible_range(field)]
    chosen = {*random.sample(factors, k=random.randint(0, 3))}
    return {
        key: draw_value(random, key, field, span, span.first)
        for key, field in World.model_fields.items()
        if key in chosen or (key not in factors and random.random() < OPTIONAL)
    }


def draw_droughts(random: Random, span: Span) -> dict[int, int]:
    """Draw years that replay the water of another one."""
    hydrology = sorted(hydrology_years(span.region))
    count = random.randint(0, MOST_DROUGHTS)
    return {random.randint(span.first, span.last + 1): random.choice(hydrology) for _ in range(count)}


def draw_closings(random: Random, span: Span) -> dict[str, int]:
    """Draw plants that close: single ones, all of a fuel, an owner or a province, or everything."""
    groups = _plant_groups(span.region)
    extent = random.choice(("none", "single", "group", "group", "everything"))
    plants = sorted({name for names in groups for name in names})
    names = {
        "none": (),
        "single": tuple(random.sample(plants, k=random.randint(1, 5))),
        "group": random.choice(groups),
        "everything": tuple(plants),
    }[extent]
    free = region_axes(span.region).last_observed_year + 1
    year = random.choice((free, random.randint(free, span.last + 2)))
    return {name: year if extent != "single" else random.randint(free, span.last + 2) for name in names}


@cache
def _plant_groups(region: str) -> tuple[tuple[str, ...], ...]:
    """List the plants of a pack by fuel or sector, province and owner."""
    groups: list[tuple[str, ...]] = []
    for plant_table, (name, columns) in PLANT_TABLES.items():
        table = table_of(pack_folder(region), plant_table)
        for column in columns:
            pairs = [*zip(table[name], table[column], strict=True)]
            for value in dict.fromkeys(table[column]):
                groups.append(tuple(plant for plant, other_value in pairs if other_value == value))
    return tuple(groups)


def draw_changes(random: Random, region: str) -> dict[str, Change]:
    """Draw changes of figures of the pack, each within the range that its row or its grade gives."""
    changes: dict[str, Change] = {}
    for path in random.sample(_changeable(region), k=random.randint(0, MOST_CHANGES)):
        limits = plausible_range_of(region, find_cells(region, path))
        assert limits.low is not None and limits.high is not None
        value = random.choice((limits.low, limits.high, random.uniform(limits.low, limits.high)))
        if limits.is_factor:
            changes[str(path)] = {"factor": value}
            continue
        (figure,) = find_cells(region, path).values
        is_sum = figure is not None and random.random() < 0.3
        changes[str(path)] = {"add": value - figure} if is_sum else value
    return changes


@cache
def _changeable(region: str) -> tuple[Any, ...]:
    """List the paths to figures of a pack that have a range."""
    return tuple(
        path
        for path in factor_paths(region)
        if path.table not in WITHOUT_GUARD
        and (limits := plausible_range_of(region, find_cells(region, path))).low is not None
        and limits.high is not None
    )


# --- policies and events -----------------------------------------------------------------------------------------


def draw_policy(random: Random, span: Span, earliest: int = 2010) -> dict[str, Any]:
    """Draw a policy of any kind, with some of its keys."""
    kind = random.choice(sorted(KINDS))
    start = random.randint(earliest, max(earliest, span.last + 3))
    policy: dict[str, Any] = {"kind": kind, "from_year": start}
    for key, field in KINDS[kind].model_fields.items():
        if key in policy or not (field.is_required() or random.random() < OPTIONAL):
            continue
        policy[key] = draw_value(random, key, field, span, start)
    return policy


def draw_events(random: Random, policies: Mapping[str, Any], span: Span) -> dict[str, Any]:
    """Draw events that change, end and introduce policies."""
    return {
        f"event_{i}": draw_event(random, policies, i, span) for i in range(random.randint(0, MOST_EVENTS))
    }


def add_regulator(random: Random, scenario: dict[str, Any], span: Span) -> None:
    """Add a province that reviews a carbon price of its own."""
    province = random.choice(region_axes(span.region).provinces)
    highest = random.uniform(0.0, 1000.0)
    path = {year: random.uniform(1.0, 500.0) for year in (span.first, span.last)}
    aim = {"variable": random.choice(REVIEWED), random.choice(("at_most", "at_least")): path}
    instrument = {
        "aim": "aim",
        "scale": random.choice((-1.0, 1.0)) * random.uniform(1.0, 3000.0),
        "proportional": random.uniform(0.0, 3.0),
        "integral": random.uniform(0.0, 1.0),
        "within": [0.0, highest],
        "most_per_review": random.uniform(1.0, 500.0),
        "may_fall": random.random() < 0.5,
    }
    guards = {
        "residential_tariff_rise_share": random.uniform(0.01, 1.0),
        "public_support_bn_cny_per_year": random.uniform(0.1, 100.0),
        "shortage_hours_per_year": random.uniform(0.1, 100.0),
    }
    free = region_axes(span.region).last_observed_year + 1
    scenario["policies"]["reviewed"] = {
        "kind": "carbon_price",
        "from_year": free,
        "price_cny_per_tco2": random.uniform(0.0, highest),
        "regions": [province],
    }
    scenario["regulators"] = {
        province: {
            "review_years": random.choice(("plan", [free, free + 1])),
            "lead_years": random.randint(0, 2),
            "aims": {"aim": aim},
            "instruments": {"reviewed.price_cny_per_tco2": instrument},
            "guards": {key: guards[key] for key in random.sample(sorted(guards), k=random.randint(0, 3))},
            "enabled": random.random() < 0.9,
        }
    }


def draw_event(random: Random, policies: Mapping[str, Any], number: int, span: Span) -> dict[str, Any]:
    """Draw an event; each key of the schema has its draw here."""
    decided = random.randint(span.first, span.last + 1)
    start = random.randint(decided, span.last + 3)
    names = sorted(policies)
    draws: dict[str, Callable[[], Any]] = {
        "decided_in": lambda: decided,
        "from_year": lambda: start,
        "set": lambda: _draw_new_numbers(random, policies, span),
        "end": lambda: random.sample(names, k=random.randint(0, min(1, len(names)))),
        "introduce": lambda: {f"new_{number}": draw_policy(random, span, earliest=start)},
        "enabled": lambda: random.random() < 0.9,
    }
    return {
        key: draws[key]()
        for key, field in Event.model_fields.items()
        if field.is_required() or random.random() < OPTIONAL
    }


def _draw_new_numbers(random: Random, policies: Mapping[str, Any], span: Span) -> dict[str, Any]:
    """Draw new numbers for the schedules that a policy gives."""
    changes: dict[str, Any] = {}
    for name in random.sample(sorted(policies), k=min(1, len(policies))):
        fields = KINDS[policies[name]["kind"]].model_fields
        keys = [key for key in policies[name] if plausible_range(fields[key]) and is_schedule(fields[key])]
        if keys:
            key = random.choice(keys)
            changes[name] = {key: draw_quantity(random, fields[key], span)}
    return changes


# --- values ------------------------------------------------------------------------------------------------------


def draw_value(random: Random, key: str, field: FieldInfo, span: Span, earliest: int = 0) -> Any:
    """Draw a value of a field by what the schema says of it.

    Raises:
        TypeError: if the schema says what is not drawn here.
    """
    if plausible_range(field):
        return draw_quantity(random, field, span)
    if key in ("drought", "plant_retirement"):
        return {"drought": draw_droughts, "plant_retirement": draw_closings}[key](random, span)
    if field.annotation is bool:
        return random.random() < (0.9 if key == "enabled" else 0.5)
    if get_origin(field.annotation) is Literal:
        return random.choice(get_args(field.annotation))
    if int in (field.annotation, *_parts_of(field.annotation)):
        names = _names_of(field, span.region)
        if names:
            return {name: random.randint(2010, span.last + 5) for name in _sample_names(random, names)}
        return random.choice((random.randint(max(earliest, 2010), span.last + 5), 2100))
    names = _names_of(field, span.region)
    if names:
        return _sample_names(random, names)
    raise TypeError(f"no value is drawn for `{key}`: {field.annotation}")


def _sample_names(random: Random, names: tuple[str, ...]) -> list[str]:
    return random.sample(names, k=random.randint(1, len(names)))


def _parts_of(annotation: Any) -> Iterator[Any]:
    """Yield all that an annotation is made of."""
    for part in get_args(annotation):
        yield part
        yield from _parts_of(part)


def _names_of(field: FieldInfo, region: str) -> tuple[str, ...]:
    """List the names that a field may hold: of an axis of the model, or of the pack."""
    for part in _parts_of(field.annotation):
        for note in getattr(part, "__metadata__", ()):
            if isinstance(note, AxisName):
                return note.axis
            if isinstance(note, PackName):
                return tuple(getattr(region_axes(region), note.axis))
    return ()


def draw_quantity(random: Random, field: FieldInfo, span: Span) -> Any:
    """Draw a number, or numbers by year: a bound, the end of what is plausible, or between them."""
    if int in (field.annotation, *_parts_of(field.annotation)):
        return max(1, round(draw_number(random, field)))
    if not is_schedule(field) or random.random() < 0.5:
        return draw_number(random, field)
    years = random.sample(range(span.first, span.last + 20), k=random.randint(1, 3))
    return {year: draw_number(random, field) for year in years}


def is_schedule(field: FieldInfo) -> bool:
    """Tell whether a field takes numbers by year."""
    forms = (field.annotation, *get_args(field.annotation))
    return any(Schedule in (form, *get_args(form)[:1]) for form in forms)


def draw_number(random: Random, field: FieldInfo) -> float:
    """Draw one number of a field."""
    plausible = plausible_range(field)
    assert plausible is not None
    lowest, highest = find_bounds(field)
    if random.random() < 0.5:
        return float(random.choice((lowest, highest, plausible.low, plausible.high)))
    return float(min(max(random.uniform(plausible.low, plausible.high), lowest), highest))


def find_bounds(field: FieldInfo) -> tuple[float, float]:
    """Find the least and the largest number that a field takes."""
    parts = [*field.metadata]
    for form in get_args(field.annotation):
        parts += getattr(form, "__metadata__", ())
    lowest, highest = 1e-6, 1000.0
    for part in parts:
        if isinstance(part, Bounds):
            return part.lowest or 0.0, part.highest or highest
        for limit in getattr(part, "metadata", (part,)):
            lowest = getattr(limit, "ge", lowest) or lowest
            highest = getattr(limit, "le", highest) or highest
    return lowest, highest


# --- the runs ----------------------------------------------------------------------------------------------------


def run_scenario(scenario: Scenario) -> Ended:
    """Run a scenario; what NumPy warns of in the model is a failure."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=RuntimeWarning, module="tanlu")
        try:
            return Ended(scenario, simulate(scenario), "")
        except Exception as error:  # of the run, or of reading the pack with its changes
            return Ended(scenario, None, f"{type(error).__name__}: {error}")


def main(count: int = COUNT, region: str = "two_provinces", last: int = 2032, seed: int = SEED) -> None:
    """Run scenarios and print how they ended."""
    causes: Counter[str] = Counter()
    span = Span.of_pack(region, last)
    warned, invalid, unbounded, started = 0, 0, 0, time.process_time()
    for scenario in random_scenarios(count, span, seed):
        end = run_scenario(scenario)
        if end.result is None:
            causes[end.cause.partition(":")[0]] += 1
            print(f"{scenario.name}: {end.cause}", flush=True)
            continue
        warned += bool(end.result.findings)
        invalid += not end.result.valid
        unbounded += bool(end.unbounded)
        if not end.result.valid or end.unbounded:
            balances = [str(finding) for finding in end.result.findings if finding.code == "open-balance"]
            print(f"{scenario.name}: {balances} {end.unbounded[:3]}", flush=True)
    seconds = time.process_time() - started
    print(
        f"{count} scenarios of {region}, {span.first}-{span.last}, {seconds:.0f} s of CPU: "
        f"{sum(causes.values())} stopped, {invalid} invalid, {unbounded} with infinite figures, {warned} with warnings"
    )
