"""The rescue rule: how much state owners pay in a year to keep their companies from default."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts, spread_limit_cny


class RescueRule(Policy):
    """Limit what state owners pay in for companies that lack cash and find no lender.

    Without this policy, or without a budget in it, state owners rescue their companies wherever that
    costs less than to let them fail (docs/model/failure.md). Private owners are not limited. A local
    state company is rescued by the provinces in which it is active, each for its part; a central one by
    its parent outside the region. Who is not rescued fails: others buy what it owns or it closes, and
    lenders lose what that does not bring.

    Equation: missing = what is due - cash - what lenders lend for another year. A company gets all of
    it or nothing. Companies are asked in the order of loss of lenders / missing, so
    that a CNY first goes where it keeps lenders from losing most, until the budget of the year does
    not reach. Of several policies the smallest budget holds.

    Source: the rule is an assumption (grade D). Yongcheng Coal and Electricity, a local state company
    of Henan, defaulted on a bond of 1 bn CNY in November 2020 (from memory, grade D): state owners do
    not always pay.

    Reasonable values: a budget of 0 shows who lives on rescues; 0.5 to 5 bn CNY a year are of the size
    that the baseline asks for in single years.

    What it does not do: the money parents pay in for new projects is not limited. A company of another
    province's government counts as local.

    In a scenario file:

        rescues:
          kind: rescue_rule
          from_year: 2027
          provinces_budget_bn_cny_per_year: 0.5
          parents_budget_bn_cny_per_year: {2027: 5, 2035: 0}
    """

    theme: ClassVar[str] = "finance"
    title: ClassVar[Mapping[str, str]] = {"en": "Rescue rule", "zh": "国企救助规则"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Budgets from which state owners rescue their companies; without it they pay without limit.",
        "zh": "规定国有出资人每年救助所属企业的预算上限；不设该政策时救助没有上限。",
    }

    kind: Literal["rescue_rule"]
    """Which instrument this is."""

    provinces_budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None,
        Plausible(0.05, 100, "up to 5 bn CNY in single years of the baseline, grade D"),
    ] = None
    """Most that each province pays in a year for local state companies; no limit unless given."""

    parents_budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None,
        Plausible(0.05, 200, "up to 5 bn CNY in single years of the baseline, grade D"),
    ] = None
    """Most that parents outside the region pay in a year for central state companies, by province in which these
    are active; no limit unless given."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Keep the smaller of the old and the new budgets."""
        years, before, in_force = schedule.years, schedule.finance, acts(self, schedule)
        provinces = spread_limit_cny(self.provinces_budget_bn_cny_per_year, years, in_force)
        parents = spread_limit_cny(self.parents_budget_bn_cny_per_year, years, in_force)
        finance = before._replace(
            provinces_rescue_budget_cny=np.minimum(before.provinces_rescue_budget_cny, provinces),
            parents_rescue_budget_cny=np.minimum(before.parents_rescue_budget_cny, parents),
        )
        return schedule._replace(finance=finance)
