"""A ceiling on what facilities use a tonne: who uses more pays for it until it is put right."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.axes import SECTORS
from tanlu.core.schedules import EFFICIENCY_PENALTY, LOCAL, EnergyRule, Levy, PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import SectorNames, acts_on


class EfficiencyStandard(Policy):
    """Set the most energy that facilities may use for a tonne of product, and charge them for what they use beyond.

    The ceiling is a share of what the usual process of each product needs, so one number serves all products of
    a sector. Who is above it pays a penalty on the excess, produces less since he is dearer, counts the penalty of
    the rule that is announced for his next window in every option that saves energy, and closes if he cannot bear it.

    Equation: penalty of a tonne = penalty x max(energy - ceiling x energy of the usual process, 0); energy is fuel
    and electricity at 3.6 GJ/MWh, without what a capture plant takes. Of several policies the lowest ceiling and the
    highest penalty hold. The money goes to the province.

    Source: national norms give a limit for existing facilities and a lower advanced value for clinker, steel,
    aluminium, ammonia and others, 5 to 15 % apart (GB 16780, GB 21256, GB 21346; grade D, from memory). Facilities
    above the limit pay 0.1 to 0.3 CNY/kWh more for electricity (differential tariff; grade D, from memory),
    28 to 83 CNY/GJ.

    Reasonable values: a ceiling of 1.0 falling to 0.85; a penalty of 30 to 100 CNY/GJ (grade D, an assumption).

    What it does not do: it does not tell clean energy from other, so it holds back hydrogen steel, which needs more
    of it a tonne than a blast furnace; sectors' blocks are not under it; it prescribes no option and shuts nobody by
    decree.

    In a scenario file:

        norms:
          kind: efficiency_standard
          from_year: 2027
          energy_ceiling_share: {2027: 1.0, 2035: 0.9}
          penalty_cny_per_gj: 60
          sectors: [steel, cement]
    """

    theme: ClassVar[str] = "industry"
    title: ClassVar[Mapping[str, str]] = {"en": "Efficiency standard", "zh": "能耗限额标准"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "A ceiling on energy per tonne of product by sector; facilities above it pay for the excess.",
        "zh": "按行业设定单位产品能耗上限，超限企业对超出部分付费。",
    }

    kind: Literal["efficiency_standard"]
    """Which instrument this is."""

    energy_ceiling_share: Annotated[
        NonNegativeSchedule, Plausible(0.5, 1.2, "limits in force lie 5 to 15 % apart, grade D")
    ]
    """Most energy a tonne, as a share of what the product's usual process needs."""

    penalty_cny_per_gj: Annotated[NonNegativeSchedule, Plausible(5, 500, "28 to 83 CNY/GJ so far, grade D")]
    """Paid for each GJ above the ceiling."""

    sectors: SectorNames = ("steel", "cement", "aluminium", "chemicals", "refining")
    """Sectors whose facilities are under it."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Lower the ceiling and raise the penalty where a penalty is due."""
        years, before = schedule.years, schedule.industry
        penalty = self.penalty_cny_per_gj.path(years)[:, None, None]
        has_rule = acts_on(self, schedule, self.sectors, SECTORS) & (penalty > 0.0)
        ceiling = self.energy_ceiling_share.path(years)[:, None, None]
        rule = EnergyRule(
            ceiling_share=np.minimum(before.ceiling_share, np.where(has_rule, ceiling, np.inf)),
        )
        levy = Levy(name, EFFICIENCY_PENALTY, LOCAL, np.where(has_rule, penalty, 0.0))
        return schedule._replace(industry=rule).with_levy(levy)
