"""The credit rule: for what banks may not lend."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from tanlu.core.schedules import PolicySchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts, refuse_empty


class CreditRule(Policy):
    """Stop loans for coal power: no lender finances a new coal unit, or lets an old one run beyond its life.

    From the first year on and in the provinces of the policy a lender refuses every request for such a project.
    Its owner may still pay it from cash, if that covers all of it, and then asks the cost of equity of the whole
    investment, not of a quarter of it. Loans granted before stay as they were.

    Equation: hurdle rate = cost of equity - inflation + premium of the company, in place of the weighted cost of
    capital; a project of cost I starts where its owner has cash of at least I.

    Source: large banks abroad have stopped loans for coal power; China ended public finance for coal plants
    abroad in 2021 (President's address to the United Nations General Assembly, grade A), at home there is no such
    rule. The rule is an assumption (grade D).

    Reasonable values: a first year between 2026 and 2035 (grade D, an assumption).

    What it does not do: it forbids nothing, and closes no unit. Most who would build coal have the cash for it, so that
    the dearer capital counts more than the refusal. A company that is active in two provinces counts with the mean of
    their rules when it builds. Units that the pack lists as decided or under construction keep their loans, as does
    what rolls over. Retrofits of coal units for flexible operation, biomass or capture are financed. Risk weights of
    loans are not changed: lenders' capital does not bind.

    In a scenario file:

        no_coal_loans:
          kind: credit_rule
          from_year: 2028
          stops_coal_loans: true
    """

    title: ClassVar[Mapping[str, str]] = {"en": "Credit rule", "zh": "信贷规则"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Lenders finance no new coal units and no refurbishing of old ones.",
        "zh": "金融机构不再为新建煤电机组和煤电延寿改造提供贷款。",
    }

    kind: Literal["credit_rule"]
    """Which instrument this is."""

    stops_coal_loans: bool = False
    """Whether lenders refuse loans for coal units, new ones or the refurbishing of old ones."""

    @model_validator(mode="after")
    def _rule_something(self) -> Self:
        """Refuse a block without a rule."""
        refuse_empty(self, "stops_coal_loans")
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Return the schedule with loans for coal stopped where the policy is in force."""
        stopped = acts(self, schedule) & self.stops_coal_loans
        before = schedule.finance.coal_loans_stopped
        return schedule._replace(
            finance=schedule.finance._replace(coal_loans_stopped=np.maximum(before, stopped))
        )
