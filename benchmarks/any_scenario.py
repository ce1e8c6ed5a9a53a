"""Any scenario that loads, every bound of every quantity included: what becomes of it in a run.

`python -m benchmarks.any_scenario [COUNT] [LAST_YEAR]` runs so many, to a year, and prints how they ended: no
traceback, and each with a warning or with balances that close.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic.fields import FieldInfo

from tanlu.core.axes import (
    BUILDING_METHODS,
    FUELS,
    RENEWABLE_FUELS,
    SEASONS,
    SECTORS,
    SEGMENTS,
    VEHICLE_TECHNOLOGIES,
)
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.inputs.plausible import plausible_range
from tanlu.inputs.types import Bounds, Schedule
from tanlu.output.found.run_error import RunError
from tanlu.output.result import Result, simulate
from tanlu.policies import KINDS
from tanlu.region.catalogue import region_axes
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario
from tanlu.scenario.world import World

COUNT, SEED = 2000, 20261128
MOST_POLICIES = 6
NAMES: Mapping[str, tuple[str, ...]] = {
    "sectors": SECTORS,
    "technologies": FUELS,
    "segments": SEGMENTS,
    "seasons": SEASONS,
    "methods": BUILDING_METHODS[1:],
}
NAMES_OF_KIND = {
    ("renewable_support", "technologies"): RENEWABLE_FUELS,
    ("vehicle_incentive", "technologies"): VEHICLE_TECHNOLOGIES[1:],
}


class Span(NamedTuple):
    """The pack and the years of the runs; factors act in the last years of them."""

    region: str = "chengyu"
    first: int = 2020
    last: int = 2032


class Ended(NamedTuple):
    """How a scenario ended."""

    scenario: Scenario
    result: Result | None
    cause: str  # of a failure


def scenarios(count: int, span: Span, seed: int = SEED) -> Iterator[Scenario]:
    """Yield scenarios that load; what is refused is drawn again."""
    random = Random(seed)
    made = 0
    while made < count:
        try:
            yield load(drawn(random, f"any_{made}", span))
        except ScenarioError:
            continue
        made += 1


def drawn(random: Random, name: str, span: Span) -> dict[str, Any]:
    """Return a scenario that may or may not be allowed."""
    kinds = random.choices(sorted(KINDS), k=random.randint(1, MOST_POLICIES))
    policies = {f"policy_{i}": block(random, kind, span) for i, kind in enumerate(kinds)}
    factors = [key for key, field in World.model_fields.items() if plausible_range(field)]
    world = {key: quantity(random, World.model_fields[key], span) for key in random.sample(factors, k=3)}
    world["drought"] = {random.randint(span.last - 2, span.last): 2022 for _ in range(random.randint(0, 2))}
    world["hydrology"] = random.choice(("observed", "normal", "bootstrap", "drought_regime"))
    years = {"start": span.first, "end": span.last}
    return {
        "name": name,
        "replications": 1,
        "region": span.region,
        "years": years,
        "seed": random.randint(0, 99),
        "policies": policies,
        "world": world,
    }


def block(random: Random, kind: str, span: Span) -> dict[str, Any]:
    """Return a policy of a kind, with some of its keys."""
    start = random.randint(2010, span.last + 5)
    made: dict[str, Any] = {
        "kind": kind,
        "from_year": start,
        "until_year": random.randint(start, 2100),
    }
    for key, field in KINDS[kind].model_fields.items():
        if key in made or not (field.is_required() or random.random() < 0.6):
            continue
        value = value_of(random, kind, key, field, span)
        if value is not None:
            made[key] = value
    return made


def value_of(random: Random, kind: str, key: str, field: FieldInfo, span: Span) -> Any:
    """Return a value for a key, None where it stays at its default."""
    if plausible_range(field):
        return quantity(random, field, span)
    axes = region_axes(span.region)
    of_pack = {"regions": axes.provinces, "lines": axes.export_lines}
    names = NAMES_OF_KIND.get((kind, key), NAMES.get(key, of_pack.get(key)))
    if names and get_origin(field.annotation) is tuple:
        return random.sample(names, k=random.randint(1, len(names)))
    if key.endswith("_year"):
        return random.choice((2026, span.last, 2100))
    if field.annotation is bool and key != "enabled":
        return random.random() < 0.5
    if get_origin(field.annotation) is Literal:
        return random.choice(get_args(field.annotation))
    return None


def quantity(random: Random, field: FieldInfo, span: Span) -> Any:
    """Return a number of a field, or numbers by year: a bound, the end of what is plausible, or between them."""
    if field.annotation is int:
        return max(1, round(number(random, field)))
    if not schedules(field) or random.random() < 0.5:
        return number(random, field)
    years = random.sample(range(span.first, span.last + 20), k=random.randint(1, 3))
    return {year: number(random, field) for year in years}


def schedules(field: FieldInfo) -> bool:
    """Tell whether a field takes numbers by year."""
    forms = (field.annotation, *get_args(field.annotation))
    return any(Schedule in (form, *get_args(form)[:1]) for form in forms)


def number(random: Random, field: FieldInfo) -> float:
    """Return one number of a field."""
    plausible = plausible_range(field)
    assert plausible is not None
    lowest, highest = bounds(field)
    ends = (lowest, highest, plausible.low, plausible.high)
    if random.random() < 0.5:
        return float(random.choice(ends))
    return float(min(max(random.uniform(plausible.low, plausible.high), lowest), highest))


def bounds(field: FieldInfo) -> tuple[float, float]:
    """Return the least and the largest number that a field takes."""
    parts = [*field.metadata]
    for form in get_args(field.annotation):
        parts += getattr(form, "__metadata__", ())
    lowest, highest = 1e-6, 1000.0
    for part in parts:
        if isinstance(part, Bounds):
            return part.lowest or 0.0, part.highest or highest
        for inner in getattr(part, "metadata", (part,)):
            lowest = getattr(inner, "ge", lowest) or lowest
            highest = getattr(inner, "le", highest) or highest
    return lowest, highest


def ended(scenario: Scenario) -> Ended:
    """Run a scenario."""
    try:
        return Ended(scenario, simulate(scenario), "")
    except RunError as error:
        return Ended(scenario, None, error.cause)


def main(count: int = COUNT, last: int = Span().last) -> None:
    """Run scenarios and print how they ended."""
    causes: Counter[str] = Counter()
    span = Span(last=last)
    warned, invalid, started = 0, 0, time.process_time()
    for scenario in scenarios(count, span):
        _, result, cause = ended(scenario)
        if result is None:
            causes[cause] += 1
            print(f"{scenario.name}: {cause}", flush=True)
            continue
        warned += bool(result.findings)
        invalid += not result.valid
        if not result.valid:
            print(f"{scenario.name}: {[str(one) for one in result.findings][-1]}", flush=True)
    seconds = time.process_time() - started
    print(
        f"{count} scenarios {span.first}-{span.last}, {seconds:.0f} s of CPU: {sum(causes.values())} stopped, ",
        end="",
    )
    print(f"{invalid} invalid, {warned} with warnings; the balances of the others close")
    for cause, times in causes.most_common():
        print(f"{times:6} {cause}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
