"""What an instrument acts on: the names its lists may hold, and masks over the axes of the policy paths."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field, WithJsonSchema

from model.diagnostics import nearest, shown
from model.policies.base import Policy
from model.schema import refuse
from model.signals import (
    BUILDING_METHODS,
    EXPORT_LINES,
    FUELS,
    RENEWABLE_FUELS,
    SEASONS,
    SECTORS,
    SEGMENTS,
    VEHICLE_TECHNOLOGIES,
    Booleans,
    PolicyPaths,
)


def _known(value: str, what: str, axis: Sequence[str]) -> str:
    """Refuse a name that is not on `axis` and propose the nearest one."""
    if value not in axis:
        near = nearest(value, axis)
        help = f"did you mean `{near}`? " if near else ""
        refuse(f"unknown-{what}", f"there is no {what} '{shown(value)}'", f"{help}allowed: {', '.join(axis)}")
    return value


def _each_once(value: tuple[str, ...], axis: Sequence[str]) -> tuple[str, ...]:
    """Refuse a name given twice; the order of the list means nothing, so it becomes that of `axis`."""
    if len(set(value)) < len(value):
        refuse("given-twice", "a name is given twice", "name each once")
    return tuple(name for name in axis if name in value)


SectorName = Annotated[
    str,
    AfterValidator(partial(_known, what="sector", axis=SECTORS)),
    WithJsonSchema({"type": "string", "enum": list(SECTORS)}),
]
FuelName = Annotated[
    str,
    AfterValidator(partial(_known, what="technology", axis=FUELS)),
    WithJsonSchema({"type": "string", "enum": list(FUELS)}),
]
RenewableName = Annotated[
    str,
    AfterValidator(partial(_known, what="technology", axis=RENEWABLE_FUELS)),
    WithJsonSchema({"type": "string", "enum": list(RENEWABLE_FUELS)}),
]
INDUSTRIALISED_METHODS = tuple(name for name in BUILDING_METHODS if name != "cast_in_place")
MethodName = Annotated[
    str,
    AfterValidator(partial(_known, what="method", axis=INDUSTRIALISED_METHODS)),
    WithJsonSchema({"type": "string", "enum": list(INDUSTRIALISED_METHODS)}),
]
NEW_ENERGY_VEHICLES = VEHICLE_TECHNOLOGIES[1:]
SegmentName = Annotated[
    str,
    AfterValidator(partial(_known, what="segment", axis=SEGMENTS)),
    WithJsonSchema({"type": "string", "enum": list(SEGMENTS)}),
]
VehicleName = Annotated[
    str,
    AfterValidator(partial(_known, what="technology", axis=NEW_ENERGY_VEHICLES)),
    WithJsonSchema({"type": "string", "enum": list(NEW_ENERGY_VEHICLES)}),
]
LineName = Annotated[
    str,
    AfterValidator(partial(_known, what="line", axis=EXPORT_LINES)),
    WithJsonSchema({"type": "string", "enum": list(EXPORT_LINES)}),
]
SeasonName = Annotated[
    str,
    AfterValidator(partial(_known, what="season", axis=SEASONS)),
    WithJsonSchema({"type": "string", "enum": list(SEASONS)}),
]
LineNames = Annotated[
    tuple[LineName, ...], Field(min_length=1), AfterValidator(partial(_each_once, axis=EXPORT_LINES))
]
SeasonNames = Annotated[
    tuple[SeasonName, ...], Field(min_length=1), AfterValidator(partial(_each_once, axis=SEASONS))
]
SectorNames = Annotated[
    tuple[SectorName, ...], Field(min_length=1), AfterValidator(partial(_each_once, axis=SECTORS))
]
FuelNames = Annotated[
    tuple[FuelName, ...], Field(min_length=1), AfterValidator(partial(_each_once, axis=FUELS))
]
RenewableNames = Annotated[
    tuple[RenewableName, ...],
    Field(min_length=1),
    AfterValidator(partial(_each_once, axis=RENEWABLE_FUELS)),
]

SegmentNames = Annotated[
    tuple[SegmentName, ...], Field(min_length=1), AfterValidator(partial(_each_once, axis=SEGMENTS))
]
VehicleNames = Annotated[
    tuple[VehicleName, ...],
    Field(min_length=1),
    AfterValidator(partial(_each_once, axis=NEW_ENERGY_VEHICLES)),
]

MethodNames = Annotated[
    tuple[MethodName, ...],
    Field(min_length=1),
    AfterValidator(partial(_each_once, axis=INDUSTRIALISED_METHODS)),
]


def acts(policy: Policy, paths: PolicyPaths) -> Booleans:
    """Return when and where a policy is in force [Y, P]."""
    return np.asarray(policy.in_force(paths.years)[:, None] & policy.in_regions(), dtype=np.bool_)


def acts_on(policy: Policy, paths: PolicyPaths, names: Collection[str], axis: Sequence[str]) -> Booleans:
    """Return when, where and on which of `axis` a policy acts [Y, P, len(axis)]: those in `names`."""
    on = np.array([name in names for name in axis])
    return np.asarray(acts(policy, paths)[:, :, None] & on, dtype=np.bool_)


def refuse_empty(policy: Policy, *fields: str) -> None:
    """Refuse an instrument that gives none of the quantities it could act through."""
    if not policy.model_fields_set & set(fields):
        names = ", ".join(f"`{name}`" for name in fields)
        refuse("no-effect", f"a policy of kind {policy.kind} without effect", f"give at least one of {names}")
