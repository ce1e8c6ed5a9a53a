"""CCUS innovation centre: public research that makes capture cheaper for everybody, if it succeeds."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.schedules import PolicySchedule, ResearchSchedule
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import NonNegativeSchedule, Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts


class CcusInnovationCentre(Policy):
    """Pay for research on the capture of CO2, which lowers what capture costs, if it succeeds.

    What succeeds is known four years after it is paid for, makes investment in and operation of capture
    cheaper in all provinces, and wears off. A province's programme of a five-year plan (2026 to 2030 and so
    on) succeeds or fails as a whole; a failed one costs as much and leaves nothing. The province pays.

    Equation: cost of capture x (1 + R / W)^-c; R(y+1) = (1 - d) R(y) + money of y - 3 that succeeds, with
    W `capture_research_world_stock_bn_cny`, c `capture_research_elasticity`, d
    `capture_research_depreciation_rate` and the lag of 3 years `capture_research_lag_years` of the region
    pack. Money of several policies adds up; a province then has one programme, with the mean of their chances
    by money.

    Source: the form is the two-factor learning curve (Klaassen et al. 2005, wind power: 12.6 % cheaper by
    doubled knowledge, lag 2 years, 3 % worn off; from memory, grade D). All four parameters are grade D,
    assumptions: W as if the world had paid 6 bn CNY a year for twenty years; research in the European Union
    was 0.296 bn EUR in 2007 (SETIS, grade B). Chongqing has a capture innovation centre (press, grade B),
    whose budget is not published.

    Reasonable values: 0.1 to 1 bn CNY a year in each province, a chance of 0.3 to 0.7 (grade D, assumption).
    The pilot of Hechuan, 10 kt a year, cost 0.012 bn CNY in 2010 (grade B).
    It brings little: in `high_carbon_price` 0.5 bn CNY a year in each province from 2026 on change CO2
    of 2026 to 2060 by -5 +- 10 Mt, within noise, for 35 bn CNY; ten times as much by -28 +- 22 Mt (8 pairs).

    What it does not do: the world's research is so much larger that 0.5 bn CNY a year in two provinces make
    capture at most 1.9 % cheaper by 2060; no pilots are built, and builders can start no more capture in a
    year; no other technology gets cheaper; nobody foresees a success before it is known.

    In a scenario file:

        capture_centre:
          kind: ccus_innovation_centre
          from_year: 2026
          until_year: 2040
          budget_bn_cny_per_year: 0.5
          success_share: 0.5
    """

    theme: ClassVar[str] = "capture"
    title: ClassVar[Mapping[str, str]] = {"en": "CCUS innovation centre", "zh": "碳捕集创新中心"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Public research that makes capture cheaper, if it succeeds.",
        "zh": "以公共资金开展捕集研发，若成功则降低捕集成本。",
    }

    kind: Literal["ccus_innovation_centre"]
    """Which instrument this is."""

    budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule, Plausible(0.01, 10, "0.1 to 1 bn CNY a year in each province, grade D")
    ]
    """Public money for research, a year in each province."""

    success_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.5)
    """Chance that a province's programme of a five-year plan succeeds; the default is an assumption, grade D."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the money, and the part of it that is expected to succeed."""
        years, research = schedule.years, schedule.research
        budget = self.budget_bn_cny_per_year.path(years) * CNY_PER_BN_CNY
        money = np.where(acts(self, schedule), budget[:, None], 0.0)
        total = ResearchSchedule(
            capture_research_cny=research.capture_research_cny + money,
            expected_success_cny=research.expected_success_cny
            + money * self.success_share.path(years)[:, None],
        )
        return schedule._replace(research=total)
