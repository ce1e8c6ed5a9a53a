"""The vehicle incentive: subsidy, licence, chargers and a sales mandate for new-energy vehicles."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from tanlu.core.axes import SEGMENTS, VEHICLE_TECHNOLOGIES
from tanlu.core.schedules import FUEL_LICENCES, LOCAL, VEHICLE_SUBSIDY, Levy, PolicySchedule
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import Bounds, NonNegativeSchedule, Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import SegmentNames, VehicleNames, acts, acts_on, budget_scheme, refuse_empty

# A vehicle costs more than other units do.
VehicleSum = Annotated[Schedule, Bounds(0.0, 1_000_000.0)]


class VehicleIncentive(Policy):
    """Move buyers of new vehicles towards battery vehicles and plug-in hybrids, in four ways.

    A subsidy lowers their price. A licence fee makes every new fuel vehicle dearer. Money for public
    chargers makes battery vehicles easier to live with. A mandate sets the least share of new-energy
    vehicles in sales, whatever buyers want.

    Equation: yearly cost = annuity of (price + tax + licence fee of fuel vehicles - subsidy) + running
    cost; shares of sales = logit of cost and unease, the unease of battery vehicles falling with public
    chargers per vehicle; share of new-energy vehicles = max(logit, mandate). Claims = subsidy x sales, at
    most the budget of the year, and buyers know how far it reached last year. Subsidies, fees and
    charger money of several policies add; of mandates the highest holds.

    Source: the national purchase subsidy was 22,500 CNY for a battery car in 2020 and 12,600 in 2022, its
    last year (grade D, from memory). Shanghai's plates for fuel cars cost about 90,000 CNY (grade D, from
    memory), Sichuan and Chongqing sell none. The national dual-credit rule asks makers for a share of
    credits, not of sales. One public charger is taken to cost 40,000 CNY (grade D, an assumption).

    Reasonable values: 5,000 to 20,000 CNY a vehicle; licence fees up to 90,000 CNY; 0.2 to 2 bn CNY a
    year for chargers; mandates of 0.5 in 2025 up to 1 in 2040 (grade D, an assumption).

    What it does not do: the number of vehicles and the distance they drive stay; old vehicles are not
    bought back; makers' losses under a mandate are not booked; buyers from other provinces do not come.

    In a scenario file:

        new_energy_vehicles:
          kind: vehicle_incentive
          from_year: 2026
          subsidy_cny_per_vehicle: {2026: 10000, 2030: 0}
          budget_bn_cny_per_year: 8
          charger_investment_bn_cny_per_year: 0.5
          new_energy_sales_share: {2026: 0.5, 2035: 0.9}
    """

    theme: ClassVar[str] = "transport_and_buildings"
    needs_table: ClassVar[str] = "vehicles"
    title: ClassVar[Mapping[str, str]] = {"en": "Vehicle incentive", "zh": "新能源汽车激励"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Subsidy, licence fee, chargers and a sales mandate for new-energy vehicles.",
        "zh": "通过购车补贴、燃油车牌照费、公共充电桩和销售比例要求推广新能源汽车。",
    }

    kind: Literal["vehicle_incentive"]
    """Which instrument this is."""

    subsidy_cny_per_vehicle: Annotated[
        VehicleSum, Plausible(500, 100000, "12,600 to 22,500 CNY so far, grade D")
    ] = Schedule(0.0)
    """Paid for each new vehicle of the technologies."""

    budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None, Plausible(0.05, 100, "10,000 CNY for each vehicle sold, grade D")
    ] = None
    """Most that is paid out as subsidy in a year; no limit unless given."""

    technologies: VehicleNames = ("battery", "plug_in_hybrid")
    """Technologies whose buyers are paid; both unless given."""

    fuel_licence_cny_per_vehicle: Annotated[
        VehicleSum, Plausible(500, 150000, "90,000 CNY in Shanghai, grade D")
    ] = Schedule(0.0)
    """Fee for each new fuel vehicle."""

    charger_investment_bn_cny_per_year: Annotated[
        NonNegativeSchedule, Plausible(0.01, 20, "0.2 to 2 bn CNY, grade D")
    ] = Schedule(0.0)
    """Public money for public chargers, a year in each province."""

    new_energy_sales_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Least share of new-energy vehicles in the sales of each segment."""

    segments: SegmentNames = SEGMENTS
    """Segments to which subsidy, licence fee and mandate apply; all unless given."""

    @model_validator(mode="after")
    def _do_something(self) -> Self:
        """Refuse a block that names none of the four ways."""
        refuse_empty(
            self,
            "subsidy_cny_per_vehicle",
            "fuel_licence_cny_per_vehicle",
            "charger_investment_bn_cny_per_year",
            "new_energy_sales_share",
        )
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add fee, chargers and mandate, and a scheme if this one ever pays."""
        years = schedule.years
        is_target = acts_on(self, schedule, self.segments, SEGMENTS)
        fee = np.where(is_target, self.fuel_licence_cny_per_vehicle.path(years)[:, None, None], 0.0)
        share = np.where(is_target, self.new_energy_sales_share.path(years)[:, None, None], 0.0)
        money = self.charger_investment_bn_cny_per_year.path(years) * CNY_PER_BN_CNY
        chargers = np.where(acts(self, schedule), money[:, None], 0.0)
        rate = np.where(is_target, self.subsidy_cny_per_vehicle.path(years)[:, None, None], 0.0)
        is_paid = np.array([technology in self.technologies for technology in VEHICLE_TECHNOLOGIES])
        subsidy = budget_scheme(
            self, name, VEHICLE_SUBSIDY, years, rate[..., None] * is_paid, self.budget_bn_cny_per_year
        )
        licence = Levy(name, FUEL_LICENCES, LOCAL, fee)
        before = schedule.vehicles
        vehicles = before._replace(
            new_energy_sales_share=np.maximum(before.new_energy_sales_share, share),
            charger_investment_cny=before.charger_investment_cny + chargers,
        )
        return schedule._replace(vehicles=vehicles).with_subsidy(subsidy).with_levy(licence)
