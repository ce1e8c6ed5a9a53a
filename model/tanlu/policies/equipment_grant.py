"""The equipment grant: public money for a share of what homes, services, works and farms pay for equipment."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.axes import COHORT_SECTORS, END_USE_TECHNOLOGIES, SECTORS
from tanlu.core.schedules import EQUIPMENT_GRANT, PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import CohortSectorNames, EquipmentNames, acts_on, budget_scheme


class EquipmentGrant(Policy):
    """Pay a share of the price of heat pumps, electric boilers and other listed equipment when it is bought.

    Each cohort of adopters that buys a listed technology gets this share of its price, once. Households, services,
    farms and small industry are paid, as they pay for their sector's fuel.

    Equation: yearly cost = annuity of price x (1 - share) + running cost, and shares of what is bought follow from
    cost. Claims = share x price x what is bought, at most the budget of the year, and buyers know how far it reached
    last year. Shares of several policies add up to at most 1.

    Source: China paid 15 to 20 % of the price of efficient household appliances in 2024 and 2025 (national
    trade-in programme), and northern provinces paid about a third to a half of heat pumps that replaced coal stoves
    (winter heating pilot cities from 2017); both grade D, from memory.

    Reasonable values: 0.1 to 0.5, for heat_pump and electric (grade D, an assumption).

    What it does not do: who would have bought anyway is paid too; it scraps nothing that stands; prices of makers do
    not answer it; running costs are not paid; with a budget that is too small, cohorts are paid in the order of the
    pack.

    In a scenario file:

        electric_heat:
          kind: equipment_grant
          from_year: 2026
          technologies: [heat_pump, electric]
          sectors: [heat, buildings]
          capex_grant_share: 0.3
          budget_bn_cny_per_year: 5
    """

    theme: ClassVar[str] = "transport_and_buildings"
    title: ClassVar[Mapping[str, str]] = {"en": "Equipment grant", "zh": "用能设备补助"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Public money for part of the price of heat pumps and other equipment of homes, works and farms.",
        "zh": "对居民、企业和农业购买热泵等用能设备的价格给予部分补助。",
    }

    kind: Literal["equipment_grant"]
    """Which instrument this is."""

    technologies: EquipmentNames
    """Technologies whose buyers are paid, by what they run on."""

    capex_grant_share: Annotated[ShareSchedule, Plausible(0.02, 0.8, "0.15 to 0.5 in China so far, grade D")]
    """Share of the price of equipment that is paid when it is bought."""

    budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None, Plausible(0.02, 100, "a third of what such equipment costs, grade D")
    ] = None
    """Most that is paid out in a year; no limit unless given."""

    sectors: CohortSectorNames = COHORT_SECTORS
    """Sectors whose cohorts of adopters are paid; all that have cohorts unless given."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add a scheme for equipment if this one ever pays."""
        years, budget = schedule.years, self.budget_bn_cny_per_year
        is_listed = np.array([technology in self.technologies for technology in END_USE_TECHNOLOGIES])
        is_paid = acts_on(self, schedule, self.sectors, SECTORS)[..., None] & is_listed
        rate = np.where(is_paid, self.capex_grant_share.path(years)[:, None, None, None], 0.0)
        return schedule.with_subsidy(budget_scheme(self, name, EQUIPMENT_GRANT, years, rate, budget))
