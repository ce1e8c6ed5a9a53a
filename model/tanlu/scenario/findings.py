"""What in a scenario deserves a second look: implausible numbers, slips of unit, years that miss the run, no effect."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tanlu.core.units import shown_unit, split_unit, unit_of
from tanlu.core.words.said import TextInBoth
from tanlu.inputs.diagnostics import Finding, Place, Severity, found, place_of
from tanlu.inputs.field_words import range_source
from tanlu.inputs.plausible import Plausible, plausible_range, unit_slip
from tanlu.inputs.tree import Fields, KeyPath, TreePlace, locate, path_text, plain
from tanlu.inputs.types import Schedule, Strict
from tanlu.policies.base import Policy
from tanlu.policies.statutes import sort_events
from tanlu.region.catalogue import last_year_of_data, region_axes, region_settings
from tanlu.scenario.idle import Odd, Span, idle_events, idle_policies, idle_world
from tanlu.scenario.odd_figures import NOTE, odd_figures
from tanlu.scenario.schema import Scenario, plain_scenario


class GivenNumber(NamedTuple):
    """A number of a scenario, or numbers by year, with the range in which it is plausible."""

    path: KeyPath
    value: Schedule | float
    plausible: Plausible
    holds: range  # years of the run in which it is asked for
    owner: str  # kind of the policy that has it, or `world`

    @property
    def key(self) -> str:
        """The key it stands under."""
        return str(self.path[-1])

    @property
    def points(self) -> Mapping[int | None, float]:
        """The numbers by year; by None where there is one for all years."""
        plain = self.value.plain() if isinstance(self.value, Schedule) else float(self.value)
        return {None: plain} if isinstance(plain, float) else dict(plain.items())


def scenario_findings(scenario: Scenario) -> tuple[Finding, ...]:
    """Return warnings and notes about a scenario that may run as it is, each with key and remedy, at its place."""
    axes = region_axes(scenario.region)
    span = Span(
        axes.base_year,
        scenario.years.end,
        int(region_settings(scenario.region)["last_observed_year"]),
        last_year_of_data(scenario.region),
    )
    odd = [
        *_beyond_data(span),
        *(one for quantity in _quantities(scenario, span) for one in _odd_numbers(quantity, scenario)),
        *idle_world(scenario, span),
        *idle_policies(scenario, axes, span),
        *idle_events(scenario, span),
        *odd_figures(scenario, span),
    ]
    return tuple(_placed(one, scenario) for one in odd)


def _placed(odd: Odd, scenario: Scenario) -> Finding:
    """Return the finding at its place in the file that gives the value."""
    place = Place(scenario.name, path=path_text(odd.path))
    at = locate(scenario.tree, odd.path) if scenario.tree else None
    if at is not None and at.mark.line and at.path == odd.path and _holds(scenario, at):
        place = place_of(at.mark, path_text(at.path))
    severity = Severity.note if odd.code == NOTE else Severity.warning
    return found(severity, odd.code, place, **odd.values)


def _holds(scenario: Scenario, at: TreePlace) -> bool:
    """Tell whether a value is still the one of the file: what was changed since stands in no line of it."""
    value: object = plain_scenario(scenario)
    for key in at.path:
        value = value.get(key) if isinstance(value, Mapping) else None
    given = plain(at.node)
    of_years = isinstance(given, Mapping) and all(isinstance(key, int) for key in given)
    return value == given or (isinstance(value, Mapping) and not of_years)


def _beyond_data(span: Span) -> Iterator[Odd]:
    if span.last > span.last_of_data:
        yield Odd("beyond-the-data", ("years",), {"last": span.last, "data": span.last_of_data})


def _quantities(scenario: Scenario, span: Span) -> Iterator[GivenNumber]:
    """Yield every number that the scenario gives and that is not at its default."""
    yield from _of_block(("world",), scenario.world, range(span.last_observed + 1, span.last + 1))
    for name, policy in scenario.policies.items():
        if policy.enabled:
            yield from _of_block(("policies", name), policy, _in_force(policy, span))
    yield from _of_events(scenario, span)


def _of_events(scenario: Scenario, span: Span) -> Iterator[GivenNumber]:
    """Yield every number that events set or introduce."""
    policies: dict[str, Policy] = dict(scenario.policies)
    for name in sort_events(scenario.events):
        event = scenario.events[name]
        for new, policy in event.introduce.items():
            yield from _of_block(("events", name, "introduce", new), policy, _in_force(policy, span))
        holds = range(event.first_year, span.last + 1)
        for changed, key, value in (
            (p, k, v) for p, numbers in event.set.items() for k, v in numbers.items()
        ):
            plausible = _range_of(policies, changed, key)
            if plausible:
                path = ("events", name, "set", changed, key)
                yield GivenNumber(path, value, plausible, holds, policies[changed].kind)
        policies |= event.introduce


def _range_of(policies: Mapping[str, Policy], name: str, key: str) -> Plausible | None:
    policy = policies.get(name)
    field = type(policy).model_fields.get(key) if policy else None
    return plausible_range(field) if field else None


def _in_force(policy: Policy, span: Span) -> range:
    return range(max(policy.from_year, span.first), min(policy.until_year, span.last) + 1)


def _of_block(path: KeyPath, block: Strict, holds: range) -> Iterator[GivenNumber]:
    for key, field in type(block).model_fields.items():
        plausible, value = plausible_range(field), getattr(block, key)
        given = value is not None and value != field.get_default(call_default_factory=True)
        if plausible is not None and given:
            yield GivenNumber((*path, key), value, plausible, holds, getattr(block, "kind", "world"))


def _odd_numbers(quantity: GivenNumber, scenario: Scenario) -> Iterator[Odd]:
    """Yield the first number out of the plausible range, and years of which none is in the years that count."""
    low, high, *_ = quantity.plausible
    source = range_source(quantity.plausible, quantity.owner, quantity.key)
    unit = shown_unit(split_unit(quantity.key).suffix) if unit_of(quantity.key) else TextInBoth("", "")
    is_number = unit.en == "1"
    for year, value in quantity.points.items():
        if quantity.plausible.has(value):
            continue
        path = quantity.path if year is None else (*quantity.path, year)
        text: dict[str, object] = {"key": quantity.key, "given": _number(value), "source": source}
        behind = "" if is_number else TextInBoth(f" {unit.en}", f" {unit.zh}")
        text |= {"low": _number(low), "high": _number(high), "unit": behind}
        slip = unit_slip(quantity.key, value, low, high)
        if slip:
            takes = "1 (= 100 %)" if is_number else unit
            text |= {"slip_unit": slip.unit, "slip_value": _number(slip.value), "takes": takes}
        yield Odd("unit-slip" if slip else "implausible", path, text)
        break
    yield from _odd_years(quantity, scenario)


def _odd_years(quantity: GivenNumber, scenario: Scenario) -> Iterator[Odd]:
    """Yield numbers by year whose years say nothing of the years that count, or are one that makes a constant."""
    holds, path = quantity.holds, quantity.path
    if not holds:
        return
    values: dict[str, object] = {"key": quantity.key, "first": holds[0], "last": holds[-1]}
    years = [year for year in quantity.points if year is not None]
    if years and (min(years) > holds[-1] or max(years) < holds[0]):
        at = quantity.points[min(years) if min(years) > holds[-1] else max(years)]
        yield Odd("years-outside", path, values | {"given": _number(at)})
    elif (year := _only_year(path, scenario)) is not None and year > holds[0]:
        (value,) = quantity.points.values()
        yield Odd("one-year", path, values | {"given": _number(value), "year": year, "before": year - 1})


def _only_year(path: KeyPath, scenario: Scenario) -> int | None:
    """Return the year of numbers by year that the file gives for one year only, None for anything else."""
    at = locate(scenario.tree, path) if scenario.tree else None
    points = at.node.value if at is not None and at.path == path else None
    years = [key for key in points if isinstance(key, int)] if isinstance(points, Fields) else []
    return years[0] if len(years) == 1 else None


def _number(value: float) -> str:
    return f"{value:.10g}"
