"""What an instrument acts on: the names its lists may hold, and masks over the axes of the policy schedule."""

from collections.abc import Collection, Sequence
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import (
    BUILDING_METHODS,
    FUELS,
    RENEWABLE_FUELS,
    SEASONS,
    SECTORS,
    SEGMENTS,
    VEHICLE_TECHNOLOGIES,
)
from tanlu.core.schedules import PolicySchedule, SubsidyScheme
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.core.words.said import said
from tanlu.inputs.diagnostics import meant_first, nearest, quoted, shown
from tanlu.inputs.types import NamesOfPack, Schedule, refuse
from tanlu.policies.base import LineName, Policy


class NameOn(NamedTuple):
    """Annotation of a name that must stand on an axis; an unknown one is answered with the nearest."""

    what: str
    axis: tuple[str, ...]

    def known(self, value: str) -> str:
        """Refuse a name that is not on the axis."""
        if value not in self.axis:
            advice = meant_first(nearest(value, self.axis), said("allowed", names=self.axis))
            refuse(f"unknown-{self.what}", given=shown(value), advice=advice)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after pydantic has."""
        return no_info_after_validator_function(self.known, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """List the names for editors."""
        return {"type": "string", "enum": list(self.axis)}


class InOrderOf(NamedTuple):
    """Annotation of a list of names: at least one, each once; its order means nothing, so it becomes the axis's."""

    axis: tuple[str, ...]

    def ordered(self, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a name given twice."""
        if len(set(value)) < len(value):
            refuse("given-twice")
        return tuple(name for name in self.axis if name in value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after pydantic has."""
        return no_info_after_validator_function(self.ordered, handler(source))


INDUSTRIALISED_METHODS = tuple(name for name in BUILDING_METHODS if name != "cast_in_place")
NEW_ENERGY_VEHICLES = VEHICLE_TECHNOLOGIES[1:]

SectorName = Annotated[str, NameOn("sector", SECTORS)]
FuelName = Annotated[str, NameOn("technology", FUELS)]
RenewableName = Annotated[str, NameOn("technology", RENEWABLE_FUELS)]
SeasonName = Annotated[str, NameOn("season", SEASONS)]
SegmentName = Annotated[str, NameOn("segment", SEGMENTS)]
VehicleName = Annotated[str, NameOn("technology", NEW_ENERGY_VEHICLES)]
MethodName = Annotated[str, NameOn("method", INDUSTRIALISED_METHODS)]

SectorNames = Annotated[tuple[SectorName, ...], Field(min_length=1), InOrderOf(SECTORS)]
FuelNames = Annotated[tuple[FuelName, ...], Field(min_length=1), InOrderOf(FUELS)]
RenewableNames = Annotated[tuple[RenewableName, ...], Field(min_length=1), InOrderOf(RENEWABLE_FUELS)]
LineNames = Annotated[tuple[LineName, ...], Field(min_length=1), NamesOfPack("export_lines")]
SeasonNames = Annotated[tuple[SeasonName, ...], Field(min_length=1), InOrderOf(SEASONS)]
SegmentNames = Annotated[tuple[SegmentName, ...], Field(min_length=1), InOrderOf(SEGMENTS)]
VehicleNames = Annotated[tuple[VehicleName, ...], Field(min_length=1), InOrderOf(NEW_ENERGY_VEHICLES)]
MethodNames = Annotated[tuple[MethodName, ...], Field(min_length=1), InOrderOf(INDUSTRIALISED_METHODS)]


def acts(policy: Policy, schedule: PolicySchedule) -> Booleans:
    """Return when and where a policy is in force [Y, P]."""
    where = policy.in_regions(schedule.axes)
    return np.asarray(policy.in_force(schedule.years)[:, None] & where, dtype=np.bool_)


def acts_on(
    policy: Policy, schedule: PolicySchedule, names: Collection[str], axis: Sequence[str]
) -> Booleans:
    """Return when, where and on which of `axis` a policy acts [Y, P, len(axis)]: those in `names`."""
    on = np.array([name in names for name in axis])
    return np.asarray(acts(policy, schedule)[:, :, None] & on, dtype=np.bool_)


def budget_scheme(
    policy: Policy,
    name: str,
    kind: str,
    years: Integers,
    rate: Floats,
    budget_bn_cny_per_year: Schedule | None,
) -> SubsidyScheme:
    """Return a subsidy of a kind that pays `rate` [Y, ...] in the years in which its budget is not empty."""
    budget = np.full(years.size, np.inf)
    if budget_bn_cny_per_year is not None:
        budget = budget_bn_cny_per_year.path(years) * CNY_PER_BN_CNY
    funded = (budget > 0.0).reshape(-1, *(1,) * (rate.ndim - 1))
    return SubsidyScheme(name, kind, policy.payer, np.where(funded, rate, 0.0), budget, np.inf)


def limit(most_bn_cny: Schedule | None, years: Integers, where: Booleans) -> Floats:
    """Return a yearly limit in CNY by year and province [Y, P], infinite where there is none."""
    if most_bn_cny is None:
        return np.full(where.shape, np.inf)
    return np.where(where, most_bn_cny.path(years)[:, None] * CNY_PER_BN_CNY, np.inf)


def refuse_empty(policy: Policy, *fields: str) -> None:
    """Refuse an instrument that gives none of the quantities it could act through."""
    if not policy.model_fields_set & set(fields):
        refuse("no-effect", kind=policy.kind, keys=quoted(fields, len(fields)))
