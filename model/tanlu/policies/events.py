"""Events: changes of the law that nobody knows of before the year in which they are decided."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from tanlu.core.words.said import said
from tanlu.inputs.diagnostics import meant_first, nearest, shown
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
        """What is changed, each with the key of the event that says so: `set subsidy`, `end anchor`."""
        parts = {"set": self.set, "end": self.end, "introduce": self.introduce}
        return tuple(f"{key} {name}" for key, names in parts.items() for name in names)

    @model_validator(mode="after")
    def _change_something(self) -> Self:
        """Refuse an event that changes nothing, or whose changes hold before it is decided."""
        if not (self.set or self.end or self.introduce):
            refuse("no-effect.event")
        starts = {"from_year": self.first_year}
        starts |= {f"introduce.{name}.from_year": p.from_year for name, p in self.introduce.items()}
        for place, year in starts.items():
            if year < self.decided_in:
                refuse("too-early", key=place, year=year, decided=self.decided_in)
        return self


def amended(policies: Mapping[str, Policy], event: Event, known: object = None) -> dict[str, Policy]:
    """Return the policies by name after a decision; `known` is what the pack has, where it is to be checked.

    Raises:
        ValidationError: with the place, in the event, of every change that cannot be made.

    """
    faults = [*_name_faults(policies, event)]
    changed = dict(policies)
    for name in sorted(event.set.keys() & policies.keys()):
        fields = event.set[name]
        wrong = list(_field_faults(policies[name], name, fields))
        try:
            changed[name] = _with_numbers(policies[name], {} if wrong else fields, event.first_year, known)
        except ValidationError as error:
            wrong = placed(error, ("set", name))
        faults += wrong
    if faults:
        raise ValidationError.from_exception_data("Event", faults)
    for name in event.end:
        changed[name] = _ended(changed[name], event.first_year - 1)
    return {**changed, **event.introduce}


def _with_numbers(policy: Policy, numbers: Mapping[str, Schedule], first_year: int, known: object) -> Policy:
    """Return a policy whose schedules are new from `first_year` on."""
    given: dict[str, object] = dict(policy)
    for field, then in numbers.items():
        now = given[field]
        assert isinstance(now, Schedule)
        given[field] = now.until(first_year, then)
    return type(policy).model_validate(given, context=known)


def _ended(policy: Policy, last_year: int) -> Policy:
    """Return a policy that is in force to `last_year`; never, where it would start later."""
    if last_year < policy.from_year:
        return policy.model_copy(update={"enabled": False})
    return policy.model_copy(update={"until_year": min(policy.until_year, last_year)})


def _name_faults(policies: Mapping[str, Policy], event: Event) -> Iterator[InitErrorDetails]:
    """Give a fault for each name of a policy that is not there, or is there already."""
    for name in event.set.keys() - policies.keys():
        yield _no_policy(name, ("set", name), policies)
    for place, name in enumerate(event.end):
        if name not in policies:
            yield _no_policy(name, ("end", place), policies)
    for name in event.introduce.keys() & policies.keys():
        yield _fault("given-twice.policy", ("introduce", name), name=name)


def _field_faults(policy: Policy, name: str, fields: Mapping[str, Schedule]) -> Iterator[InitErrorDetails]:
    """Give a fault for each key that a policy does not have, or that is no number by year."""
    numbers = [key for key, value in policy if isinstance(value, Schedule)]
    for field, given in fields.items():
        if field in numbers:
            try:
                TypeAdapter(type(policy).model_fields[field].rebuild_annotation()).validate_python(given)
            except ValidationError as error:
                yield from placed(error, ("set", name, field))
            continue
        advice = meant_first(nearest(field, numbers), said("an_event_sets", keys=numbers))
        place = ("set", name, field)
        if field in type(policy).model_fields:
            yield _fault("cannot-change", place, key=field, name=name, advice=advice)
        else:
            yield _fault("cannot-change.kind", place, key=shown(field), kind=policy.kind, advice=advice)


def _no_policy(name: str, place: tuple[str | int, ...], policies: Mapping[str, Policy]) -> InitErrorDetails:
    known = said("policies", names=sorted(policies) or said("none"))
    return _fault(
        "unknown-policy", place, name=shown(name), advice=meant_first(nearest(name, policies), known)
    )


def _fault(key: str, place: tuple[str | int, ...], /, **values: object) -> InitErrorDetails:
    return InitErrorDetails(type=refusal(key, **values), loc=place, input=None)


def placed(error: ValidationError, place: tuple[str | int, ...]) -> list[InitErrorDetails]:
    """Return the faults of a part of a scenario, with its place before theirs."""
    faults = []
    for item in error.errors(include_url=False):
        context = item.get("ctx", {})
        kind = PydanticCustomError(item["type"], "{text}", context) if "key" in context else item["type"]
        faults.append(
            InitErrorDetails(type=kind, loc=(*place, *item["loc"]), input=item["input"], ctx=context)
        )
    return faults
