"""What an instrument acts on: the names its lists may hold, and masks over the axes of the policy schedule."""

from collections.abc import Collection, Sequence
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import (
    BUILDING_METHODS,
    COHORT_SECTORS,
    END_USE_TECHNOLOGIES,
    FUELS,
    ISSUERS,
    RENEWABLE_FUELS,
    SEASONS,
    SECTORS,
    SEGMENTS,
    VEHICLE_TECHNOLOGIES,
)
from tanlu.core.schedules import PAPERS, PolicySchedule, SubsidyScheme
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import nearest, printable, quote_names, suggest_first
from tanlu.inputs.types import NamesOfPack, Schedule, refuse
from tanlu.policies.base import LineName, Policy


class AxisName(NamedTuple):
    """Annotation of a name that must stand on an axis; an unknown one is answered with the nearest."""

    noun: str  # of the axis in messages
    axis: tuple[str, ...]

    def check_name(self, value: str) -> str:
        """Refuse a name that is not on the axis."""
        if value not in self.axis:
            advice = suggest_first(nearest(value, self.axis), build_message("allowed", names=self.axis))
            refuse(f"unknown-{self.noun}", given=printable(value), advice=advice)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after pydantic has."""
        return no_info_after_validator_function(self.check_name, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """List the names for editors."""
        return {"type": "string", "enum": list(self.axis)}


class AxisOrder(NamedTuple):
    """Annotation of a list of names: at least one, each once; its order means nothing, so it becomes the axis's."""

    axis: tuple[str, ...]

    def sort_names(self, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a name given twice."""
        if len(set(value)) < len(value):
            refuse("given-twice")
        return tuple(name for name in self.axis if name in value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after pydantic has."""
        return no_info_after_validator_function(self.sort_names, handler(source))


INDUSTRIALISED_METHODS = tuple(name for name in BUILDING_METHODS if name != "cast_in_place")
NEW_ENERGY_VEHICLES = VEHICLE_TECHNOLOGIES[1:]

SectorName = Annotated[str, AxisName("sector", SECTORS)]
FuelName = Annotated[str, AxisName("technology", FUELS)]
SparedFuelName = Annotated[str, AxisName("technology", ("coal", "gas"))]  # with a limit on their shortfall
RenewableName = Annotated[str, AxisName("technology", RENEWABLE_FUELS)]
SeasonName = Annotated[str, AxisName("season", SEASONS)]
SegmentName = Annotated[str, AxisName("segment", SEGMENTS)]
VehicleName = Annotated[str, AxisName("technology", NEW_ENERGY_VEHICLES)]
CohortSectorName = Annotated[str, AxisName("sector", COHORT_SECTORS)]
EquipmentName = Annotated[str, AxisName("technology", END_USE_TECHNOLOGIES)]
IssuerName = Annotated[str, AxisName("issuer", ISSUERS)]
PaperName = Annotated[str, AxisName("paper", PAPERS)]
MethodName = Annotated[str, AxisName("method", INDUSTRIALISED_METHODS)]

SectorNames = Annotated[tuple[SectorName, ...], Field(min_length=1), AxisOrder(SECTORS)]
FuelNames = Annotated[tuple[FuelName, ...], Field(min_length=1), AxisOrder(FUELS)]
RenewableNames = Annotated[tuple[RenewableName, ...], Field(min_length=1), AxisOrder(RENEWABLE_FUELS)]
LineNames = Annotated[tuple[LineName, ...], Field(min_length=1), NamesOfPack("export_lines")]
SeasonNames = Annotated[tuple[SeasonName, ...], Field(min_length=1), AxisOrder(SEASONS)]
SegmentNames = Annotated[tuple[SegmentName, ...], Field(min_length=1), AxisOrder(SEGMENTS)]
VehicleNames = Annotated[tuple[VehicleName, ...], Field(min_length=1), AxisOrder(NEW_ENERGY_VEHICLES)]
CohortSectorNames = Annotated[tuple[CohortSectorName, ...], Field(min_length=1), AxisOrder(COHORT_SECTORS)]
EquipmentNames = Annotated[tuple[EquipmentName, ...], Field(min_length=1), AxisOrder(END_USE_TECHNOLOGIES)]
IssuerNames = Annotated[tuple[IssuerName, ...], Field(min_length=1), AxisOrder(ISSUERS)]
PaperNames = Annotated[tuple[PaperName, ...], Field(min_length=1), AxisOrder(PAPERS)]
MethodNames = Annotated[tuple[MethodName, ...], Field(min_length=1), AxisOrder(INDUSTRIALISED_METHODS)]


def acts(policy: Policy, schedule: PolicySchedule) -> Booleans:
    """Mask the years and provinces of a policy in force [Y, P]."""
    in_provinces = policy.in_regions(schedule.axes)
    return np.asarray(policy.in_force(schedule.years)[:, None] & in_provinces, dtype=np.bool_)


def acts_on(
    policy: Policy, schedule: PolicySchedule, names: Collection[str], axis: Sequence[str]
) -> Booleans:
    """Mask the targets of a policy on an axis [Y, P, len(axis)].

    It acts on those of `axis` that are in `names`.
    """
    is_target = np.array([name in names for name in axis])
    return np.asarray(acts(policy, schedule)[:, :, None] & is_target, dtype=np.bool_)


def budget_scheme(
    policy: Policy,
    name: str,
    kind: str,
    years: Integers,
    rate: Floats,
    budget_bn_cny_per_year: Schedule | None,
) -> SubsidyScheme:
    """Build a subsidy of a kind with a yearly budget.

    It pays `rate` [Y, ...] in years in which the budget is not empty.
    """
    budget = np.full(years.size, np.inf)
    if budget_bn_cny_per_year is not None:
        budget = budget_bn_cny_per_year.path(years) * CNY_PER_BN_CNY
    is_funded = (budget > 0.0).reshape(-1, *(1,) * (rate.ndim - 1))
    return SubsidyScheme(name, kind, policy.payer, np.where(is_funded, rate, 0.0), budget, np.inf)


def spread_limit_cny(limit_bn_cny: Schedule | None, years: Integers, in_force: Booleans) -> Floats:
    """Spread a yearly limit over provinces, CNY [Y, P].

    Infinite where the policy is not in force or sets none.
    """
    if limit_bn_cny is None:
        return np.full(in_force.shape, np.inf)
    return np.where(in_force, limit_bn_cny.path(years)[:, None] * CNY_PER_BN_CNY, np.inf)


def refuse_empty(policy: Policy, *fields: str) -> None:
    """Refuse an instrument that gives none of the quantities it could act through."""
    if not policy.model_fields_set & set(fields):
        refuse("no-effect", kind=policy.kind, keys=quote_names(fields, len(fields)))
