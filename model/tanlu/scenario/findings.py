"""What in a scenario deserves a second look: implausible numbers, slips of unit, years that miss the run, no effect."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tanlu.core.units import short_unit, split_unit, unit_of
from tanlu.core.words.messages import BilingualText
from tanlu.inputs.diagnostics import Finding, Place, Severity, build_finding, place_of
from tanlu.inputs.field_words import range_source
from tanlu.inputs.plausible import Plausible, describe_unit, find_unit_slip, plausible_range
from tanlu.inputs.tree import Fields, KeyPath, TreePlace, locate, path_text, plain_data
from tanlu.inputs.types import Schedule, Strict
from tanlu.policies.base import Policy
from tanlu.policies.statutes import sort_events
from tanlu.region.catalogue import last_year_of_data, region_axes
from tanlu.scenario.idle import (
    Oddity,
    Span,
    find_idle_events,
    find_idle_factors,
    find_idle_policies,
    find_idle_reserves,
)
from tanlu.scenario.odd_figures import NOTE, find_odd_figures
from tanlu.scenario.schema import Scenario, plain_scenario


class ScenarioQuantity(NamedTuple):
    """A number of a scenario, or numbers by year, with the range in which it is plausible."""

    path: KeyPath
    value: Schedule | float
    plausible: Plausible
    years_in_force: range  # of the run
    owner: str  # kind of the policy that has it, or `world`

    @property
    def key(self) -> str:
        """The key of the number."""
        return str(self.path[-1])

    @property
    def points(self) -> Mapping[int | None, float]:
        """The numbers by year; by None where there is one for all years."""
        plain = self.value.as_data() if isinstance(self.value, Schedule) else float(self.value)
        return {None: plain} if isinstance(plain, float) else dict(plain.items())


def scenario_findings(scenario: Scenario) -> tuple[Finding, ...]:
    """List warnings and notes about a scenario that can run.

    Each has its key, its place and a remedy.
    """
    axes = region_axes(scenario.region)
    span = Span(
        axes.base_year,
        scenario.years.end,
        axes.last_observed_year,
        last_year_of_data(scenario.region),
    )
    oddities = [
        *_check_end(span),
        *(
            oddity
            for quantity in _quantities(scenario, span)
            for oddity in _find_odd_numbers(quantity, scenario)
        ),
        *find_idle_factors(scenario, span),
        *find_idle_policies(scenario, axes, span),
        *find_idle_reserves(scenario),
        *find_idle_events(scenario, span),
        *find_odd_figures(scenario, span),
    ]
    return tuple(_place_finding(oddity, scenario) for oddity in oddities)


def _place_finding(oddity: Oddity, scenario: Scenario) -> Finding:
    """Place a finding in the file that gives the value."""
    place = Place(scenario.name, path=path_text(oddity.path))
    tree_place = locate(scenario.tree, oddity.path) if scenario.tree else None
    if (
        tree_place is not None
        and tree_place.mark.line
        and tree_place.path == oddity.path
        and _is_from_file(scenario, tree_place)
    ):
        place = place_of(tree_place.mark, path_text(tree_place.path))
    severity = Severity.note if oddity.code == NOTE else Severity.warning
    return build_finding(severity, oddity.code, place, **oddity.values)


def _is_from_file(scenario: Scenario, tree_place: TreePlace) -> bool:
    """Check whether a value is still that of the file.

    A value that was changed since stands in no line of it.
    """
    value: object = plain_scenario(scenario)
    for key in tree_place.path:
        value = value.get(key) if isinstance(value, Mapping) else None
    file_value = plain_data(tree_place.node)
    is_by_year = isinstance(file_value, Mapping) and all(isinstance(key, int) for key in file_value)
    return value == file_value or (isinstance(value, Mapping) and not is_by_year)


def _check_end(span: Span) -> Iterator[Oddity]:
    if span.last > span.last_of_data:
        yield Oddity("beyond-the-data", ("years",), {"last": span.last, "data": span.last_of_data})


def _quantities(scenario: Scenario, span: Span) -> Iterator[ScenarioQuantity]:
    """Yield numbers of the scenario that are not at their default."""
    yield from _block_quantities(("world",), scenario.world, range(span.last_observed + 1, span.last + 1))
    for name, policy in scenario.policies.items():
        if policy.enabled:
            yield from _block_quantities(("policies", name), policy, _in_force(policy, span))
    yield from _event_quantities(scenario, span)


def _event_quantities(scenario: Scenario, span: Span) -> Iterator[ScenarioQuantity]:
    """Yield every number that events set or introduce."""
    policies: dict[str, Policy] = dict(scenario.policies)
    for name in sort_events(scenario.events):
        event = scenario.events[name]
        for new_name, policy in event.introduce.items():
            yield from _block_quantities(
                ("events", name, "introduce", new_name), policy, _in_force(policy, span)
            )
        years_in_force = range(event.first_year, span.last + 1)
        for policy_name, key, value in (
            (p, k, v) for p, numbers in event.set.items() for k, v in numbers.items()
        ):
            plausible = _plausible_range(policies, policy_name, key)
            if plausible:
                path = ("events", name, "set", policy_name, key)
                yield ScenarioQuantity(path, value, plausible, years_in_force, policies[policy_name].kind)
        policies |= event.introduce


def _plausible_range(policies: Mapping[str, Policy], name: str, key: str) -> Plausible | None:
    policy = policies.get(name)
    field = type(policy).model_fields.get(key) if policy else None
    return plausible_range(field) if field else None


def _in_force(policy: Policy, span: Span) -> range:
    return range(max(policy.from_year, span.first), min(policy.until_year, span.last) + 1)


def _block_quantities(path: KeyPath, block: Strict, years_in_force: range) -> Iterator[ScenarioQuantity]:
    for key, field in type(block).model_fields.items():
        plausible, value = plausible_range(field), getattr(block, key)
        is_set = value is not None and value != field.get_default(call_default_factory=True)
        if plausible is not None and is_set:
            yield ScenarioQuantity(
                (*path, key), value, plausible, years_in_force, getattr(block, "kind", "world")
            )


def _find_odd_numbers(quantity: ScenarioQuantity, scenario: Scenario) -> Iterator[Oddity]:
    """Yield the first implausible number, then years without effect."""
    low, high, *_ = quantity.plausible
    source = range_source(quantity.plausible, quantity.owner, quantity.key)
    unit = short_unit(split_unit(quantity.key).suffix) if unit_of(quantity.key) else BilingualText("", "")
    is_number = unit.en == "1"
    for year, value in quantity.points.items():
        if quantity.plausible.includes(value):
            continue
        path = quantity.path if year is None else (*quantity.path, year)
        text: dict[str, object] = {"key": quantity.key, "given": _format_number(value), "source": source}
        unit_suffix = "" if is_number else BilingualText(f" {unit.en}", f" {unit.zh}")
        text |= {"low": _format_number(low), "high": _format_number(high), "unit": unit_suffix}
        slip = find_unit_slip(quantity.key, value, low, high)
        if slip:
            allowed = describe_unit(quantity.key)
            text |= {"slip_unit": slip.unit, "slip_value": _format_number(slip.value), "takes": allowed}
        yield Oddity("unit-slip" if slip else "implausible", path, text)
        break
    yield from _find_odd_years(quantity, scenario)


def _find_odd_years(quantity: ScenarioQuantity, scenario: Scenario) -> Iterator[Oddity]:
    """Yield numbers by year that miss the years in force.

    Or of which a single year makes a constant.
    """
    years_in_force, path = quantity.years_in_force, quantity.path
    if not years_in_force:
        return
    values: dict[str, object] = {"key": quantity.key, "first": years_in_force[0], "last": years_in_force[-1]}
    years = [year for year in quantity.points if year is not None]
    if years and (min(years) > years_in_force[-1] or max(years) < years_in_force[0]):
        held_value = quantity.points[min(years) if min(years) > years_in_force[-1] else max(years)]
        yield Oddity("years-outside", path, values | {"given": _format_number(held_value)})
    elif (year := _read_only_year(path, scenario)) is not None and year > years_in_force[0]:
        (value,) = quantity.points.values()
        yield Oddity(
            "one-year", path, values | {"given": _format_number(value), "year": year, "before": year - 1}
        )


def _read_only_year(path: KeyPath, scenario: Scenario) -> int | None:
    """Read the only year of numbers by year, else None."""
    tree_place = locate(scenario.tree, path) if scenario.tree else None
    points = tree_place.node.value if tree_place is not None and tree_place.path == path else None
    years = [key for key in points if isinstance(key, int)] if isinstance(points, Fields) else []
    return years[0] if len(years) == 1 else None


def _format_number(value: float) -> str:
    return f"{value:.10g}"
