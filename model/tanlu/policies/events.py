"""Events: changes of the law that nobody knows of before the year in which they are decided."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import nearest, printable, suggest_first
from tanlu.inputs.types import NAME_PATTERN, ModelYear, Schedule, Strict, refusal, refuse
from tanlu.policies import AnyPolicy
from tanlu.policies.base import Policy

type PolicyName = Annotated[str, Field(pattern=NAME_PATTERN)]


class Event(Strict):
    """A decision that changes named policies, ends them or introduces others.

    Until the year before `decided_in` everybody plans, and is paid, by the law as it was. From that year on
    all know the new law, with the years still to come. A decision long before `from_year` is an announcement.

    Who has started a project keeps what the law promised it then: a capture plant the rate, the end and the
    budget of each capture subsidy, a CO2 line the guarantee and the anchor of its hub. Those who start later
    get the new terms. Of a policy that did not exist when it started, a project gets what the law says now.

    In a scenario file:

        events:
          subsidy_cut:
            decided_in: 2032
            from_year: 2033
            set:
              capture_subsidy: {rate_cny_per_tco2: {2033: 150, 2040: 0}}
            end: [hub_anchor]
            introduce:
              carbon_tax: {kind: carbon_price, from_year: 2034, price_cny_per_tco2: 100}
    """

    decided_in: ModelYear
    """Year in which it is decided; until the year before, nobody knows of it."""

    from_year: ModelYear | None = None
    """First year in which the changes hold; the year of the decision unless given."""

    set: Mapping[PolicyName, Annotated[Mapping[str, Schedule], Field(min_length=1)]] = {}
    """New numbers by policy and key; until the year before `from_year` the old ones hold."""

    end: tuple[PolicyName, ...] = ()
    """Policies that are in force for the last time in the year before `from_year`."""

    introduce: Annotated[Mapping[PolicyName, AnyPolicy], Field(max_length=100)] = {}
    """Policies that are new, by name."""

    enabled: bool = True
    """False leaves the event out; an extending scenario does so without repeating the rest."""

    @property
    def first_year(self) -> int:
        """First year in which the changes hold."""
        return self.decided_in if self.from_year is None else self.from_year

    @property
    def changes(self) -> tuple[str, ...]:
        """Changes, each after its key in the event: `set subsidy`, `end anchor`."""
        parts = {"set": self.set, "end": self.end, "introduce": self.introduce}
        return tuple(f"{key} {name}" for key, names in parts.items() for name in names)

    @model_validator(mode="after")
    def _change_something(self) -> Self:
        """Refuse an event without changes, or with changes before its decision."""
        if not (self.set or self.end or self.introduce):
            refuse("no-effect.event")
        starts = {"from_year": self.first_year}
        starts |= {f"introduce.{name}.from_year": p.from_year for name, p in self.introduce.items()}
        for place, year in starts.items():
            if year < self.decided_in:
                refuse("too-early", key=place, year=year, decided=self.decided_in)
        return self


class ReviewEvent(Event):
    """What a review decides: new paths of numbers within bounds that were checked with the scenario.

    Neither the event nor what it changes is validated: it would take longer than all else in a review.
    """


def amend_policies(policies: Mapping[str, Policy], event: Event, context: object = None) -> dict[str, Policy]:
    """Amend the policies, by name, as an event decides.

    `context` holds the axes of the pack, where names are checked.

    Raises:
        ValidationError: with the place, in the event, of every change that cannot be made.

    """
    if isinstance(event, ReviewEvent):
        paths = {name: _join_paths(policies[name], event.set[name], event.first_year) for name in event.set}
        return {
            **policies,
            **{name: policies[name].model_copy(update=joined) for name, joined in paths.items()},
        }
    faults = [*_name_faults(policies, event)]
    amended_policies = dict(policies)
    for name in sorted(event.set.keys() & policies.keys()):
        fields = event.set[name]
        field_faults = list(_field_faults(policies[name], name, fields))
        try:
            amended_policies[name] = _set_numbers(
                policies[name], {} if field_faults else fields, event.first_year, context
            )
        except ValidationError as error:
            field_faults = add_place(error, ("set", name))
        faults += field_faults
    if faults:
        raise ValidationError.from_exception_data("Event", faults)
    for name in event.end:
        amended_policies[name] = _end_policy(amended_policies[name], event.first_year - 1)
    return {**amended_policies, **event.introduce}


def _set_numbers(policy: Policy, numbers: Mapping[str, Schedule], first_year: int, context: object) -> Policy:
    """Set the schedules of a policy from `first_year` on."""
    fields = {**dict(policy), **_join_paths(policy, numbers, first_year)}
    return type(policy).model_validate(fields, context=context)


def _join_paths(policy: Policy, numbers: Mapping[str, Schedule], first_year: int) -> dict[str, Schedule]:
    """Join the schedules of a policy before `first_year` with new ones from it on."""
    joined = {}
    for field, new_schedule in numbers.items():
        old_schedule = getattr(policy, field)
        assert isinstance(old_schedule, Schedule)
        joined[field] = old_schedule.until(first_year, new_schedule)
    return joined


def _end_policy(policy: Policy, last_year: int) -> Policy:
    """End a policy with `last_year`; disable one that would start later."""
    if last_year < policy.from_year:
        return policy.model_copy(update={"enabled": False})
    return policy.model_copy(update={"until_year": min(policy.until_year, last_year)})


def _name_faults(policies: Mapping[str, Policy], event: Event) -> Iterator[InitErrorDetails]:
    """Yield a fault for each unknown or doubled name of a policy."""
    for name in event.set.keys() - policies.keys():
        yield _no_policy(name, ("set", name), policies)
    for place, name in enumerate(event.end):
        if name not in policies:
            yield _no_policy(name, ("end", place), policies)
    for name in event.introduce.keys() & policies.keys():
        yield _fault("given-twice.policy", ("introduce", name), name=name)


def _field_faults(policy: Policy, name: str, fields: Mapping[str, Schedule]) -> Iterator[InitErrorDetails]:
    """Yield a fault for each key that an event cannot set."""
    numbers = [key for key, value in policy if isinstance(value, Schedule)]
    for field, numbers_by_year in fields.items():
        if field in numbers:
            try:
                _build_adapter(type(policy), field).validate_python(numbers_by_year)
            except ValidationError as error:
                yield from add_place(error, ("set", name, field))
            continue
        advice = suggest_first(nearest(field, numbers), build_message("an_event_sets", keys=numbers))
        place = ("set", name, field)
        if field in type(policy).model_fields and getattr(policy, field) is None:
            yield _fault("cannot-change.unset", place, key=field, name=name, advice=advice)
        elif field in type(policy).model_fields:
            yield _fault("cannot-change", place, key=field, name=name, advice=advice)
        else:
            yield _fault("cannot-change.kind", place, key=printable(field), kind=policy.kind, advice=advice)


@cache
def _build_adapter(policy: type[Policy], field: str) -> TypeAdapter[Schedule]:
    """Build what checks the numbers of a key."""
    return TypeAdapter(policy.model_fields[field].rebuild_annotation())


def _no_policy(name: str, place: tuple[str | int, ...], policies: Mapping[str, Policy]) -> InitErrorDetails:
    policy_names = build_message("policies", names=sorted(policies) or build_message("none"))
    return _fault(
        "unknown-policy",
        place,
        name=printable(name),
        advice=suggest_first(nearest(name, policies), policy_names),
    )


def _fault(key: str, place: tuple[str | int, ...], /, **values: object) -> InitErrorDetails:
    return InitErrorDetails(type=refusal(key, **values), loc=place, input=None)


def add_place(error: ValidationError, place: tuple[str | int, ...]) -> list[InitErrorDetails]:
    """Add the place of a part of a scenario to its faults."""
    faults = []
    for fault in error.errors(include_url=False):
        context = fault.get("ctx", {})
        kind = PydanticCustomError(fault["type"], "{text}", context) if "key" in context else fault["type"]
        faults.append(
            InitErrorDetails(type=kind, loc=(*place, *fault["loc"]), input=fault["input"], ctx=context)
        )
    return faults
