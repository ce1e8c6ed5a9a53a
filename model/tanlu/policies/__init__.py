"""The policy instruments: one file each, the list of them all, and their documentation as text."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field

from tanlu.inputs.diagnostics import nearest
from tanlu.inputs.types import json_schema
from tanlu.policies.base import Policy
from tanlu.policies.border_carbon_adjustment import BorderCarbonAdjustment
from tanlu.policies.capacity_payment import CapacityPayment
from tanlu.policies.carbon_market import CarbonMarket
from tanlu.policies.carbon_price import CarbonPrice
from tanlu.policies.ccus_subsidy import CcusSubsidy
from tanlu.policies.co2_hub_support import Co2HubSupport
from tanlu.policies.coal_phase_out import CoalPhaseOut
from tanlu.policies.efficiency_standard import EfficiencyStandard
from tanlu.policies.export_contract import ExportContract
from tanlu.policies.green_bond_incentive import GreenBondIncentive
from tanlu.policies.modular_building import ModularBuilding
from tanlu.policies.rail_transit import RailTransit
from tanlu.policies.recycled_aluminium import RecycledAluminium
from tanlu.policies.renewable_support import RenewableSupport
from tanlu.policies.vehicle_incentive import VehicleIncentive

Instrument = (
    CarbonPrice
    | CarbonMarket
    | CcusSubsidy
    | Co2HubSupport
    | GreenBondIncentive
    | RenewableSupport
    | ModularBuilding
    | CoalPhaseOut
    | CapacityPayment
    | VehicleIncentive
    | RailTransit
    | BorderCarbonAdjustment
    | EfficiencyStandard
    | RecycledAluminium
    | ExportContract
)
AnyPolicy = Annotated[Instrument, Field(discriminator="kind")]

KINDS: Mapping[str, type[Instrument]] = MappingProxyType(
    {
        "carbon_price": CarbonPrice,
        "carbon_market": CarbonMarket,
        "ccus_subsidy": CcusSubsidy,
        "co2_hub_support": Co2HubSupport,
        "green_bond_incentive": GreenBondIncentive,
        "renewable_support": RenewableSupport,
        "modular_building": ModularBuilding,
        "coal_phase_out": CoalPhaseOut,
        "capacity_payment": CapacityPayment,
        "vehicle_incentive": VehicleIncentive,
        "rail_transit": RailTransit,
        "border_carbon_adjustment": BorderCarbonAdjustment,
        "efficiency_standard": EfficiencyStandard,
        "recycled_aluminium": RecycledAluminium,
        "export_contract": ExportContract,
    }
)

__all__ = ["KINDS", "AnyPolicy", "Policy", "explain"]


def explain(kind: str) -> str:
    """Return the documentation of one instrument: what it does, its equation and source, its fields.

    Raises:
        ValueError: if there is no instrument of that kind; the message proposes the nearest one.

    """
    if kind not in KINDS:
        near = nearest(kind, KINDS)
        hint = f"did you mean `{near}`? " if near else ""
        raise ValueError(f"there is no policy of kind '{kind}'; {hint}kinds: {', '.join(KINDS)}")
    instrument = KINDS[kind]
    heading = f"{instrument.title['en']} · {instrument.title['zh']} ({kind})"
    summary = f"{instrument.summary['en']}\n{instrument.summary['zh']}"
    return f"{heading}\n\n{summary}\n\n{inspect.getdoc(instrument)}\n\nFields\n\n{_fields(instrument)}\n"


def _fields(instrument: type[Instrument]) -> str:
    """Return the fields of an instrument, its own before those that all have."""
    schema = json_schema(instrument)
    common = json_schema(Policy)["properties"]
    names = sorted(schema["properties"], key=lambda name: name in common)
    return "\n".join(_field(name, schema) for name in names)


def _field(name: str, schema: Mapping[str, Any]) -> str:
    """Return one field: its name, its form and default, and what it means."""
    field = schema["properties"][name]
    default = field.get("default", field.get("const"))
    if name in schema.get("required", ()):
        value = f"always `{default}`" if "const" in field else "must be given"
    else:
        value = "none unless given" if default is None else f"default {_shown(default)}"
    form = "a number, or numbers by year; " if _is_schedule(field) else ""
    text = " ".join(str(field["description"]).split())
    return f"  {name} ({form}{value})\n      {text}"


def _is_schedule(field: Mapping[str, Any]) -> bool:
    """Tell whether a field takes numbers by year."""
    forms = [part for form in field.get("anyOf", ()) for part in (form, *form.get("anyOf", ()))]
    return any("patternProperties" in form for form in forms)


def _shown(default: object) -> str:
    """Return a default as a scenario file holds it."""
    if isinstance(default, Mapping):
        return "{" + ", ".join(f"{key}: {value}" for key, value in default.items()) + "}"
    if isinstance(default, list | tuple):
        return "[" + ", ".join(str(item) for item in default) + "]"
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)
