"""The policy instruments: one file each, and the list of them all, `Instrument`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, get_args

from pydantic import Field

from tanlu.policies.base import Policy
from tanlu.policies.border_carbon_adjustment import BorderCarbonAdjustment
from tanlu.policies.capacity_payment import CapacityPayment
from tanlu.policies.carbon_market import CarbonMarket
from tanlu.policies.carbon_price import CarbonPrice
from tanlu.policies.ccus_innovation_centre import CcusInnovationCentre
from tanlu.policies.ccus_subsidy import CcusSubsidy
from tanlu.policies.co2_hub_support import Co2HubSupport
from tanlu.policies.coal_phase_out import CoalPhaseOut
from tanlu.policies.credit_rule import CreditRule
from tanlu.policies.efficiency_standard import EfficiencyStandard
from tanlu.policies.equipment_grant import EquipmentGrant
from tanlu.policies.equipment_standard import EquipmentStandard
from tanlu.policies.export_contract import ExportContract
from tanlu.policies.green_bond_incentive import GreenBondIncentive
from tanlu.policies.import_carbon_charge import ImportCarbonCharge
from tanlu.policies.modular_building import ModularBuilding
from tanlu.policies.rail_transit import RailTransit
from tanlu.policies.recycled_aluminium import RecycledAluminium
from tanlu.policies.relending import Relending
from tanlu.policies.renewable_auction import RenewableAuction
from tanlu.policies.renewable_support import RenewableSupport
from tanlu.policies.rescue_rule import RescueRule
from tanlu.policies.revenue_use import RevenueUse
from tanlu.policies.vehicle_incentive import VehicleIncentive

Instrument = (
    CarbonPrice
    | CarbonMarket
    | CcusSubsidy
    | Co2HubSupport
    | CcusInnovationCentre
    | GreenBondIncentive
    | Relending
    | CreditRule
    | RescueRule
    | RenewableSupport
    | RenewableAuction
    | ModularBuilding
    | CoalPhaseOut
    | CapacityPayment
    | VehicleIncentive
    | RailTransit
    | BorderCarbonAdjustment
    | ImportCarbonCharge
    | EfficiencyStandard
    | EquipmentStandard
    | EquipmentGrant
    | RecycledAluminium
    | ExportContract
    | RevenueUse
)
AnyPolicy = Annotated[Instrument, Field(discriminator="kind")]

KINDS: Mapping[str, type[Instrument]] = MappingProxyType(
    {
        kind: instrument
        for instrument in get_args(Instrument)
        for kind in get_args(instrument.model_fields["kind"].annotation)
    }
)

__all__ = ["KINDS", "AnyPolicy", "Policy"]
