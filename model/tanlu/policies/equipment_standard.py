"""The equipment standard: the most that technologies may have of what homes, services, works and farms buy."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.axes import COHORT_SECTORS, END_USE_TECHNOLOGIES, SECTORS
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import CohortSectorNames, EquipmentNames, acts_on


class EquipmentStandard(Policy):
    """Limit or end the sale of boilers, stoves, furnaces and engines that run on what is listed.

    From its first year on, each listed technology has at most this share of what each cohort of adopters buys; 0
    ends its sale. What stands is used until it is worn out.

    Equation: share = min(logit, limit); what is cut goes to technologies without a limit, in proportion to what
    buyers want of each. Of several policies the lowest limit holds.

    Source: China bars new coal boilers of at most 10 t/h of steam in built-up areas of cities, and of at most
    35 t/h in key regions (State Council's action plans for clean air of 2018 and 2023; grade D, from memory).

    Reasonable values: 0 for coal in heat and buildings between 2026 and 2035, and for gas or oil not before 2030
    (grade D, an assumption).

    What it does not do: it scraps nothing; it does not tell small boilers from large ones of the same sector, or
    efficient from other equipment; a cohort that can buy nothing else goes on as before; makers' losses are not
    booked, and nobody pays it.

    In a scenario file:

        no_coal_boilers:
          kind: equipment_standard
          from_year: 2028
          technologies: [coal]
          sectors: [heat, buildings]
          sales_limit_share: 0
    """

    theme: ClassVar[str] = "transport_and_buildings"
    title: ClassVar[Mapping[str, str]] = {"en": "Equipment standard", "zh": "用能设备标准"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "A limit on, or an end to, sales of coal, oil, gas or other equipment of homes, works and farms.",
        "zh": "限制或停止向居民、企业和农业销售燃煤、燃油、燃气等用能设备。",
    }

    kind: Literal["equipment_standard"]
    """Which instrument this is."""

    technologies: EquipmentNames
    """Technologies under the limit, by what they run on."""

    sales_limit_share: Annotated[
        ShareSchedule, Plausible(0, 0.9, "0 for small coal boilers in cities, grade D")
    ] = Schedule(0.0)
    """Highest share of each listed technology in what a cohort buys; 0 ends its sale."""

    sectors: CohortSectorNames = COHORT_SECTORS
    """Sectors whose cohorts of adopters are under it; all that have cohorts unless given."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Lower the limit of the technologies."""
        is_listed = np.array([technology in self.technologies for technology in END_USE_TECHNOLOGIES])
        has_rule = acts_on(self, schedule, self.sectors, SECTORS)[..., None] & is_listed
        limit = np.where(has_rule, self.sales_limit_share.path(schedule.years)[:, None, None, None], 1.0)
        before = schedule.equipment.sales_limit_share
        return schedule._replace(
            equipment=schedule.equipment._replace(sales_limit_share=np.minimum(before, limit))
        )
