"""Regulators in a scenario file: when governments review their policies, against which aims, and by how much."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from tanlu.core.axes import Axes
from tanlu.core.five_year_plans import PLAN_YEARS
from tanlu.core.parties import CENTRE
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import nearest, printable, suggest_first
from tanlu.inputs.types import (
    LAST_YEAR,
    NAME_PATTERN,
    ModelYear,
    PackName,
    Schedule,
    Strict,
    axes_of,
    refusal,
    refuse,
)
from tanlu.policies.base import Policy
from tanlu.policies.events import Event, add_place, amend_policies

INSTRUMENT_PATTERN = r"^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$"
MAXIMUM_ENTRIES = 20
JOINT_VARIABLE, JOINT_KEY = (
    "Emissions|CO2",
    "price_cny_per_tco2",
)  # that members of a joint office aim at and move

type Name = Annotated[str, Field(pattern=NAME_PATTERN)]


class _OwnerName(PackName):
    """Annotation of who reviews: the nation or a province of the pack."""

    def check_name(self, value: str, info: ValidationInfo) -> str:
        """Refuse a name that is neither."""
        axes = axes_of(info)
        if axes is not None and value not in (names := (CENTRE, *axes.provinces)):
            advice = suggest_first(nearest(value, names), build_message("allowed", names=names))
            refuse("unknown-regulator", given=printable(value), advice=advice)
        return value


OwnerName = Annotated[str, _OwnerName("regulator", "provinces")]


def _read_plan(value: Any, read_years: ValidatorFunctionWrapHandler, info: ValidationInfo) -> tuple[int, ...]:
    """Read `plan` as no list, and refuse years of statistics: nothing can be decided in them any more."""
    if value == "plan":
        return ()
    years: tuple[int, ...] = tuple(sorted(read_years(value)))
    axes = axes_of(info)
    if len(set(years)) < len(years):
        refuse("given-twice")
    if axes is not None and years and years[0] <= axes.last_observed_year:
        refuse("review-in-statistics", year=years[0], last=axes.last_observed_year)
    return years


ReviewYears = Annotated[
    Annotated[tuple[ModelYear, ...], Field(max_length=100)],
    WrapValidator(_read_plan, json_schema_input_type=Literal["plan"] | tuple[ModelYear, ...]),
    PlainSerializer(lambda years: list(years) or "plan"),
]


class ReviewedAim(Strict):
    """What a regulator measures itself by: a row of official aims, or a path of its own for an indicator."""

    target: Name | None = None
    """Key of an official aim of a province, as `tanlu show` of a result lists them; in place of a path."""

    variable: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Indicator that is measured in the province, such as `Emissions|CO2`; of the nation one of its carbon market, such
    as `Allowances|National|Emissions`."""

    at_most: Schedule | None = None
    """Path that the indicator shall not exceed, in its unit."""

    at_least: Schedule | None = None
    """Path that the indicator shall not fall below, in its unit."""

    @model_validator(mode="after")
    def _give_one_path(self) -> Self:
        """Refuse an aim without a path, or with two."""
        paths = (self.target, self.at_most, self.at_least)
        has_one_path = sum(path is not None for path in paths) == 1
        if not has_one_path or (self.variable is None) == (self.target is None):
            refuse("aim-without-path")
        return self


class ReviewedInstrument(Strict):
    """A number of a policy that a regulator moves at its reviews."""

    aim: Name | Annotated[tuple[Name, ...], Field(min_length=1, max_length=MAXIMUM_ENTRIES)]
    """Aim that moves it; of several the one that moves it most."""

    scale: float
    """Move, in the unit of the number, for a gap as large as the aim itself; below 0 where less of it does more."""

    proportional: Annotated[float, Field(ge=0.0, le=100.0)] = 1.0
    """Weight of the gap of this review."""

    integral: Annotated[float, Field(ge=0.0, le=100.0)] = 0.2
    """Weight of the sum of the gaps so far; a gap does not count whose move was cut."""

    within: tuple[float, float]
    """Lowest and highest number that the regulator may set."""

    most_per_review: Annotated[float, Field(gt=0.0)]
    """Largest move of a review, up or down."""

    may_fall: bool = False
    """Whether a review may take back what earlier ones decided; a price stays unless this is true."""

    @field_validator("scale")
    @classmethod
    def _refuse_zero(cls, value: float) -> float:
        """Refuse a scale of 0: gains of 0 are the way to decide nothing."""
        if value == 0.0:
            refuse("scale-of-zero")
        return value

    @field_validator("within")
    @classmethod
    def _order_bounds(cls, value: tuple[float, float]) -> tuple[float, float]:
        """Refuse bounds in the wrong order."""
        if value[0] > value[1]:
            refuse("reversed-within", low=f"{value[0]:g}", high=f"{value[1]:g}")
        return value

    @property
    def aims(self) -> tuple[str, ...]:
        """Names of the aims that move it."""
        return (self.aim,) if isinstance(self.aim, str) else self.aim


class ReviewGuards(Strict):
    """Limits at which a regulator stops: a move that tightens is cut near them, and none is made beyond them."""

    residential_tariff_rise_share: Annotated[float, Field(gt=0.0, le=10.0)] | None = None
    """Rise of the price of electricity for households over the five years before the review."""

    public_support_bn_cny_per_year: Annotated[float, Field(gt=0.0)] | None = None
    """Public money for climate policy in the year before the review."""

    shortage_hours_per_year: Annotated[float, Field(gt=0.0, le=8760.0)] | None = None
    """Hours of expected shortage of electricity in the year before the review."""


class RegulatorBlock(Strict):
    """A government, the nation or a province, that reviews its policies against aims, and moves numbers of them.

    At each review it holds the mean of the last three measured years against the path of an aim and moves an instrument
    by the gap and by the sum of the gaps so far. Bounds and guards cut the move and are named. A decision is an event:
    nobody knows of it before, and projects under way keep what they were promised (docs/model/regulators.md). Provinces
    named under `joint:` next to it add up their aims and move one carbon price (docs/model/joint_action.md).

    In a scenario file:

        regulators:
          Sichuan:
            review_years: plan
            aims:
              co2: {variable: Emissions|CO2, at_most: {2030: 330, 2060: 90}}
            instruments:
              carbon_tax.price_cny_per_tco2: {aim: co2, scale: 1000, within: [0, 800], most_per_review: 200}
            guards: {residential_tariff_rise_share: 0.3}
        policies:
          carbon_tax: {kind: carbon_price, from_year: 2026, price_cny_per_tco2: 0, regions: [Sichuan]}
    """

    review_years: ReviewYears = ()
    """Years of reviews; `plan`: those in which a five-year plan ends, such as 2030 and 2035, after the statistics."""

    aims: Annotated[Mapping[Name, ReviewedAim], Field(min_length=1, max_length=MAXIMUM_ENTRIES)]
    """Aims by name."""

    lead_years: Annotated[int, Field(ge=0, le=10)] = 1
    """Years from a review to the first in which its decisions are in force."""

    instruments: Annotated[
        Mapping[Annotated[str, Field(pattern=INSTRUMENT_PATTERN)], ReviewedInstrument],
        Field(min_length=1, max_length=MAXIMUM_ENTRIES),
    ]
    """Numbers that it moves, each as `policy.key`, of policies that act in this province alone; the nation: in all."""

    guards: ReviewGuards = ReviewGuards()
    """Limits at which it stops; they are measured in provinces, so the nation has none."""

    enabled: bool = True
    """False switches the reviews off; an extending scenario does so without repeating the rest."""

    def list_review_years(self, axes: Axes, last_year: int) -> tuple[int, ...]:
        """List the years of reviews of a run; a decision that comes into force after it is none of its."""
        last_review = last_year - self.lead_years
        plans = (y for y in range(axes.last_observed_year + 1, last_review + 1) if y % PLAN_YEARS == 0)
        return tuple(year for year in self.review_years or plans if year <= last_review)


BLOCKS: Mapping[str, type[Strict]] = {
    "regulator": RegulatorBlock,
    "reviewed_aim": ReviewedAim,
    "reviewed_instrument": ReviewedInstrument,
    "review_guards": ReviewGuards,
}
"""Blocks of a regulator by the owner of their words."""


def check_instruments(
    regulators: Mapping[str, RegulatorBlock], policies: Mapping[str, Policy], context: object
) -> list[InitErrorDetails]:
    """List the faults of instruments that no policy holds, or that can leave what their policy allows."""
    faults: list[InitErrorDetails] = []
    owners: dict[str, str] = {}
    for province, regulator in regulators.items():
        if province == CENTRE and regulator.guards != ReviewGuards():
            faults.append(_fault("guards-of-the-nation") | {"loc": (province, "guards")})
        sound_names = []
        for name, instrument in regulator.instruments.items():
            place = (province, "instruments", name)
            name_faults = [
                *_check_aims(name, instrument, regulator.aims),
                *_check_instrument(province, name, instrument, policies, context),
                *_check_owner(owners, province, name, regulator),
            ]
            faults += [fault | {"loc": (*place, *fault["loc"])} for fault in name_faults]
            sound_names += [] if name_faults else [name]
        faults += _check_corners(province, regulator, sound_names, policies, context)
    return faults


def _check_aims(
    name: str, instrument: ReviewedInstrument, aims: Mapping[str, ReviewedAim]
) -> Iterator[InitErrorDetails]:
    """Yield a fault of each aim that the regulator does not have."""
    for aim in instrument.aims:
        if aim not in aims:
            advice = suggest_first(nearest(aim, aims), build_message("allowed", names=list(aims)))
            values = {"aim": printable(aim), "name": name, "advice": advice}
            yield _fault("unknown-aim", **values) | {"loc": ("aim",)}


def _check_owner(
    owners: dict[str, str], province: str, name: str, regulator: RegulatorBlock
) -> Iterator[InitErrorDetails]:
    """Yield a fault of an instrument that another regulator moves too, else note who does."""
    if regulator.enabled and owners.setdefault(name, province) != province:
        yield _fault("moved-by-two", name=name, first=owners[name], second=province)


def _check_instrument(
    province: str,
    name: str,
    instrument: ReviewedInstrument,
    policies: Mapping[str, Policy],
    context: object,
) -> Iterator[InitErrorDetails]:
    """Yield faults of a name, of a policy of other provinces too, and of a path outside of the bounds."""
    policy_name, _, key = name.partition(".")
    for bound in instrument.within:
        try:
            amend_policies(policies, _set_to({name: bound}), context)
        except ValidationError as error:
            faults = error.errors(include_url=False)
            is_named = any(fault["type"] in ("unknown-policy", "cannot-change") for fault in faults)
            yield from add_place(error, () if is_named else ("within",))
            return
    policy = policies[policy_name]
    axes: Axes | None = getattr(context, "axes", None)
    whole = policy.regions if axes is None else axes.provinces
    own = whole if province == CENTRE else (province,)
    if policy.regions != own:
        yield _fault("policy-of-others", name=policy_name, province=province, regions=policy.regions, own=own)
        return
    path: Schedule = getattr(policy, key)
    low, high = instrument.within
    for year in range(policy.from_year, LAST_YEAR + 1):
        if not low <= path.value_in(year) <= high:
            values = {
                "year": year,
                "value": f"{path.value_in(year):g}",
                "low": f"{low:g}",
                "high": f"{high:g}",
            }
            yield _fault("outside-within", name=name, **values)
            return


def check_members(
    members: tuple[str, ...], regulators: Mapping[str, RegulatorBlock], policies: Mapping[str, Policy]
) -> None:
    """Refuse a joint office of one, and members that do not move one price for a path of CO2 on the same terms."""
    if len(members) == 1:
        refuse("joint-of-one", name=members[0])
    terms: dict[str, dict[str, object]] = {}
    for name in members:
        block = regulators.get(name)
        if block is None or not block.enabled:
            refuse("member-without-reviews", name=name)
        terms[name] = _read_terms(name, block, policies)
    first = members[0]
    for name in members[1:]:
        for key, value in terms[name].items():
            if value != terms[first][key]:
                refuse("members-differ", key=key, first=first, second=name)


def _read_terms(name: str, block: RegulatorBlock, policies: Mapping[str, Policy]) -> dict[str, object]:
    """Read the terms on which a member moves its price; they are those of all members."""
    aim, instrument = next(iter(block.aims.values())), next(iter(block.instruments))
    policy_name, _, key = instrument.partition(".")
    is_one_price = len(block.aims) == len(block.instruments) == 1 and key == JOINT_KEY
    if not is_one_price or aim.variable != JOINT_VARIABLE or aim.at_most is None:
        refuse("member-without-price", name=name, variable=JOINT_VARIABLE, key=JOINT_KEY)
    terms = block.instruments[instrument]
    names = ("scale", "proportional", "integral", "within", "most_per_review", "may_fall")
    policy = policies[policy_name]
    return {
        "review_years": block.review_years,
        "lead_years": block.lead_years,
        **{term: getattr(terms, term) for term in names},
        **{field: getattr(policy, field) for field in ("kind", "from_year", "until_year", "enabled", key)},
    }


def _check_corners(
    province: str,
    regulator: RegulatorBlock,
    names: list[str],
    policies: Mapping[str, Policy],
    context: object,
) -> Iterator[InitErrorDetails]:
    """Yield the first fault of instruments of one policy at any of their bounds together."""
    for policy_name in {name.partition(".")[0] for name in names}:
        shared = [name for name in names if name.startswith(f"{policy_name}.")]
        for bounds in product(*(regulator.instruments[name].within for name in shared)):
            try:
                amend_policies(policies, _set_to(dict(zip(shared, bounds, strict=True))), context)
            except ValidationError as error:
                yield from add_place(error, (province, "instruments"))
                break


def _set_to(numbers: Mapping[str, float]) -> Event:
    """Build an event of the first year that sets instruments to numbers."""
    changes: dict[str, dict[str, Schedule]] = {}
    for name, number in numbers.items():
        policy, _, key = name.partition(".")
        changes.setdefault(policy, {})[key] = Schedule(number)
    return Event.model_construct(decided_in=0, from_year=0, set=changes, end=(), introduce={}, enabled=True)


def _fault(key: str, /, **values: object) -> InitErrorDetails:
    return InitErrorDetails(type=refusal(key, **values), loc=(), input=None)
