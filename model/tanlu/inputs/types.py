"""The types scenario files are made of: strict models, schedules over years, and checked names."""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from functools import cache, partial
from typing import Annotated, Any, NamedTuple, NoReturn

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import Axes
from tanlu.core.units import unit_of
from tanlu.core.words.messages import Message, MessagePart, build_message
from tanlu.inputs.diagnostics import nearest, printable, suggest, suggest_first

FIRST_YEAR, LAST_YEAR = 1990, 2100
NAME_PATTERN = r"^[a-z][a-z0-9_]{0,63}$"


class Strict(BaseModel):
    """Base of everything a scenario file holds: frozen, no unknown keys, no silent conversions.

    The docstring under each field becomes its description in the JSON Schema.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        defer_build=True,  # a file uses few of the instruments
    )


def refuse(key: str, /, **values: object) -> NoReturn:
    """Refuse a value from within a validator.

    The reader adds file, line and column.
    The catalogue of words says under `found.KEY` what is wrong with the value, and under `found.KEY_help` what to
    write instead; `values` stand in their places. The key up to the first dot is a short code in kebab-case.
    """
    raise refusal(key, **values)


def refusal(key: str, /, **values: object) -> PydanticCustomError:
    """Build the refusal of a value as pydantic takes it.

    It holds the English text, and what tells it in any language.
    """
    message = Message.from_values(f"found.{key}", values)
    details = {"text": message.in_language("en"), "key": key, "values": message.values}
    return PydanticCustomError(key.partition(".")[0], "{text}", details)


def _check_year(value: object, first: int) -> int:
    """Accept a year only as a whole number from `first` to `LAST_YEAR`."""
    if type(value) is int:
        if not first <= value <= LAST_YEAR:
            refuse("bad-year.range", year=_quote_value(value), first=first, last=LAST_YEAR)
        return value
    text = value[:20] if isinstance(value, str) else ""
    if re.fullmatch("[0-9]{4}", text):
        refuse("bad-year.text", year=text)
    if match := re.fullmatch(r"\D*([0-9]{4})\D*", text):
        refuse("bad-year.word", given=text, year=match[1])
    refuse("bad-year", given=_quote_value(value))


def _quote_value(value: object) -> MessagePart:
    """Quote a rejected value, if it is text or a number."""
    return f"'{printable(str(value), 30)}'" if isinstance(value, str | int | float) else build_message("this")


class Schedule:
    """A number over the years: constant, or given at some years, linear between and flat outside.

    Two schedules are equal when they have the same points; one whose points all have the same value
    equals the constant.
    """

    __slots__ = ("_values", "_years")

    def __init__(self, value: float | Mapping[int, float]) -> None:
        points = sorted(value.items()) if isinstance(value, Mapping) else [(FIRST_YEAR, value)]
        if not points:
            raise ValueError("a schedule needs at least one year")
        if not all(type(y) is int and FIRST_YEAR <= y <= LAST_YEAR and math.isfinite(v) for y, v in points):
            raise ValueError(f"years {FIRST_YEAR} to {LAST_YEAR} with finite numbers expected, got {value!r}")
        if len({v for _, v in points}) == 1:
            points = [(FIRST_YEAR, points[0][1])]
        self._years = tuple(y for y, _ in points)
        # Adding zero turns -0.0 into 0.0, so that equal schedules are written alike.
        self._values = tuple(float(v) + 0.0 for _, v in points)

    def value_in(self, year: float) -> float:
        """Compute the value in `year`, equal to `path` to the last bit."""
        years, values = self._years, self._values
        if year <= years[0]:
            return values[0]
        if year >= years[-1]:
            return values[-1]
        before = bisect_right(years, year) - 1
        weight = (year - years[before]) / (years[before + 1] - years[before])
        return values[before] + (values[before + 1] - values[before]) * weight

    def path(self, years: Integers | Floats) -> Floats:
        """Compute the values [Y] in `years` [Y].

        Written out in plain products and sums, whose bits are the same on every machine.
        """
        if len(self._values) == 1:
            return np.full(np.shape(years), self._values[0])
        known_years, values = np.array(self._years, dtype=np.float64), np.array(self._values)
        year = np.clip(np.asarray(years, dtype=np.float64), known_years[0], known_years[-1])
        before = np.searchsorted(known_years, year, side="right") - 1
        after = np.minimum(before + 1, known_years.size - 1)
        weight = (year - known_years[before]) / np.maximum(known_years[after] - known_years[before], 1.0)
        line = values[before] + (values[after] - values[before]) * weight
        return np.asarray(line, dtype=np.float64)

    def until(self, year: int, successor: "Schedule") -> "Schedule":
        """Join these values before `year` with those of another from it on."""
        years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
        values = np.where(years < year, self.path(years), successor.path(years))
        return Schedule(dict(zip(years.tolist(), values.tolist(), strict=True)))

    def as_data(self) -> float | dict[int, float]:
        """Convert to the number, or the numbers by year, of a file."""
        if len(self._years) == 1:
            return self._values[0]
        return dict(zip(self._years, self._values, strict=True))

    def __eq__(self, value: object) -> bool:
        if not isinstance(value, Schedule):
            return NotImplemented
        return (self._years, self._values) == (value._years, value._values)

    def __hash__(self) -> int:
        return hash((self._years, self._values))

    def __repr__(self) -> str:
        return f"Schedule({self.as_data()})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return Bounds().__get_pydantic_core_schema__(source, handler)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return Bounds().__get_pydantic_json_schema__(schema, handler)


class Bounds(NamedTuple):
    """Annotation of a `Schedule` field whose numbers must lie between two bounds, both allowed."""

    lowest: float | None = None
    highest: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        number = core_schema.float_schema(strict=True, allow_inf_nan=False, ge=self.lowest, le=self.highest)
        year = core_schema.no_info_plain_validator_function(partial(_check_year, first=FIRST_YEAR))
        points = core_schema.dict_schema(year, number, min_length=1, strict=True)
        forms = core_schema.tagged_union_schema({"number": number, "points": points}, discriminator=_form)
        return core_schema.no_info_before_validator_function(
            _read_points,
            core_schema.no_info_after_validator_function(Schedule, forms),
            serialization=core_schema.plain_serializer_function_ser_schema(Schedule.as_data),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        number: dict[str, object] = {"type": "number"}
        number |= {} if self.lowest is None else {"minimum": self.lowest}
        number |= {} if self.highest is None else {"maximum": self.highest}
        points = {
            "type": "object",
            "minProperties": 1,
            "patternProperties": {"^(199[0-9]|20[0-9][0-9]|2100)$": number},
            "additionalProperties": False,
        }
        return {"anyOf": [number, points]}


def _read_points(value: object) -> object:
    """Read the points of a schedule as a file gives them.

    Refuses what is too long before looking at every year.
    """
    if isinstance(value, dict) and len(value) > LAST_YEAR - FIRST_YEAR + 1:
        refuse("bad-year.many", count=len(value), first=FIRST_YEAR, last=LAST_YEAR)
    return value.as_data() if isinstance(value, Schedule) else value


def _form(value: object) -> str:
    """Tell a schedule's points from a single number."""
    return "points" if isinstance(value, dict) else "number"


# No price in CNY and no sum in billions of them is larger: such a number is a slip of unit, and its products overflow.
LARGEST_NUMBER = 100_000.0

NonNegativeSchedule = Annotated[Schedule, Bounds(0.0, LARGEST_NUMBER)]
ShareSchedule = Annotated[Schedule, Bounds(0.0, 1.0)]
FactorSchedule = Annotated[Schedule, Bounds(0.0, 10.0)]
# Of what a run divides by: nothing is built without cost, and a region without demand is none.
NonZeroFactorSchedule = Annotated[Schedule, Bounds(0.01, 10.0)]

Year = Annotated[
    int, Field(ge=FIRST_YEAR, le=LAST_YEAR), BeforeValidator(partial(_check_year, first=FIRST_YEAR))
]


class PackContext(NamedTuple):
    """What only region packs know, each asked for when a scenario first needs it.

    Where names of plants or years are None, and where there are no axes, every name passes. `packs` names the packs
    that come with Tanlu, and `pack` returns the name or the folder of the pack that is written, None where there is
    none. `pack_is_there` is False for what was saved: its pack may be another one by now.
    """

    plants: Callable[[], Collection[str] | None]
    hydrology_years: Callable[[], Collection[int] | None]
    packs: Callable[[], Collection[str]]
    pack: Callable[[str], str | None]
    axes: Axes | None
    pack_is_there: bool = True


def axes_of(info: ValidationInfo) -> Axes | None:
    """Read the axes of the scenario's region pack, None without a pack."""
    axes: Axes | None = getattr(info.context, "axes", None)
    return axes


def _check_model_year(value: object, info: ValidationInfo) -> int:
    axes = axes_of(info)
    return _check_year(value, FIRST_YEAR if axes is None else axes.base_year)


def _check_closing_year(value: object, info: ValidationInfo) -> int:
    """Refuse to close in a year of statistics: they hold past closures."""
    year, axes = _check_model_year(value, info), axes_of(info)
    if axes is None or info.context is None or not info.context.pack_is_there:
        return year
    last = axes.last_observed_year
    if year <= last:
        refuse("closed-in-statistics", year=year, last=last, first=last + 1, latest=LAST_YEAR)
    return year


ModelYear = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR), BeforeValidator(_check_model_year)]
ClosingYear = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR), BeforeValidator(_check_closing_year)]


class Years(Strict):
    """The years of a run, both ends included; written `2020-2060`, `2030`, or as start and end."""

    start: ModelYear
    """First year of the run."""

    end: ModelYear
    """Last year of the run."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        """Read `2020-2060` and a single year."""
        if type(value) is int:
            return {"start": value, "end": value}
        if not isinstance(value, str):
            return value
        if not (match := re.fullmatch(r"([0-9]{4}) ?- ?([0-9]{4})", value[:20], re.ASCII)):
            refuse("bad-years", given=value[:20])
        return {"start": int(match[1]), "end": int(match[2])}

    @field_validator("end")
    @classmethod
    def _end_after_start(cls, value: int, info: ValidationInfo) -> int:
        """Refuse an end before the start."""
        start = info.data.get("start", value)
        if value < start:
            refuse("reversed-years.run", end=value, start=start)
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        span = {"type": "string", "pattern": "^[0-9]{4} ?- ?[0-9]{4}$"}
        year = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
        start_and_end = handler.resolve_ref_schema(handler(schema))
        return {
            "anyOf": [span, year, dict(start_and_end)],
            "description": start_and_end.get("description", ""),
        }

    @model_serializer
    def __str__(self) -> str:
        return f"{self.start}-{self.end}"

    def array(self) -> Integers:
        """List every year of the run [Y]."""
        return np.arange(self.start, self.end + 1)


class PackName(NamedTuple):
    """Annotation of a name that must stand on an axis of the region pack; for an unknown one the nearest is named."""

    noun: str  # of the axis in messages
    axis: str  # of `Axes`

    def check_name(self, value: str, info: ValidationInfo) -> str:
        """Refuse a name that the pack does not have."""
        axes = axes_of(info)
        names: tuple[str, ...] = () if axes is None else getattr(axes, self.axis)
        if axes is not None and value not in names:
            advice = suggest_first(nearest(value, names), build_message("allowed", names=names))
            refuse(f"unknown-{self.noun}", given=printable(value), advice=advice)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self.check_name, handler(source))


class NamesOfPack(NamedTuple):
    """Annotation of a list of such names: each once; its order means nothing, so it becomes the axis's."""

    axis: str  # of `Axes`

    def sort_names(self, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse a name given twice."""
        if len(set(value)) < len(value):
            refuse("given-twice")
        axes = axes_of(info)
        return value if axes is None else tuple(name for name in getattr(axes, self.axis) if name in value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self.sort_names, handler(source))


def _names_of_pack(info: ValidationInfo, kind: str) -> Collection[Any] | None:
    """List the names of a kind to check against, if there are any."""
    list_names: Callable[[], Collection[Any] | None] | None = getattr(info.context, kind, None)
    return list_names() if list_names else None


def _check_plant(value: str, info: ValidationInfo) -> str:
    names = _names_of_pack(info, "plants")
    if names is not None and value not in names:
        refuse(
            "unknown-plant",
            given=_quote_value(value),
            advice=suggest(nearest(value, names), build_message("plants_are")),
        )
    return value


def _check_region(value: str, info: ValidationInfo) -> str:
    if info.context is None:
        return value
    pack: str | None = info.context.pack(value)
    if pack is None:
        names: Collection[str] = info.context.packs()
        advice = suggest(nearest(value, names), build_message("available", names=sorted(names)))
        refuse("unknown-region.pack", given=_quote_value(value), advice=advice)
    return pack


def _check_hydrology_year(value: int, info: ValidationInfo) -> int:
    years = _names_of_pack(info, "hydrology_years")
    if years is not None and value not in years:
        span = build_message("span", first=min(years), last=max(years)) if years else build_message("none")
        refuse("unknown-year", year=value, span=span)
    return value


PlantId = Annotated[str, AfterValidator(_check_plant)]
RegionName = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_check_region)]
NORMAL_WATER = 0  # in place of a year of the past: their mean, written `normal`


def _read_normal_water(value: Any, read_year: ValidatorFunctionWrapHandler) -> int:
    return NORMAL_WATER if value == "normal" else int(read_year(value))


def _write_normal_water(value: int) -> int | str:
    return "normal" if value == NORMAL_WATER else value


HydrologyYear = Annotated[
    Year,
    AfterValidator(_check_hydrology_year),
    WrapValidator(_read_normal_water),
    PlainSerializer(_write_normal_water),
]


@cache
def json_schema(model: type[Strict]) -> dict[str, Any]:
    """Build the JSON Schema of a model, with units of quantities."""
    schema = model.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, value in part.get("properties", {}).items():
            if "patternProperties" in value:
                value["additionalProperties"] = False
            if unit := unit_of(name):
                value["unit"] = unit.display
                value["description"] = f"{value.get('description', name)} Unit: {unit.description}."
    return schema
