"""The credit rule: for what banks may not lend, and how much capital loans need."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from tanlu.core.schedules import COAL_LOAN, GAS_LOAN, GREEN_LOAN, PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import Bounds, Schedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts, refuse_empty

HIGHEST_RISK_WEIGHT = 12.5  # at which Basel asks own funds of the whole loan
RiskWeight = Annotated[Schedule, Bounds(0.0, HIGHEST_RISK_WEIGHT)]


class CreditRule(Policy):
    """Stop loans for coal power, or let loans for coal, gas or green projects count more or less against capital.

    Where loans for coal are stopped, a lender refuses every request for a new coal unit, or for letting an old one run
    beyond its life. Its owner may still pay it from cash, if that covers all of it, and then asks the cost of equity
    of the whole investment, not of a quarter of it. A *risk weight* says how much of a lender's room a loan takes: 1.5
    for coal is a penalty, 0.7 for green loans a discount. Both act on what is granted from the first year on;
    a loan keeps its weight. Green is what has the label, coal and gas are new units and the refurbishing of old ones.

    Equation: hurdle rate without loans = cost of equity - inflation + premium of the company, in place of the weighted
    cost of capital; a project of cost I starts where its owner has cash of at least I. Room = capital / capital
    requirement - sum of risk weight x balance; a lender lends at most room / risk weight. Weights of several
    policies multiply.

    Source: large banks abroad have stopped loans for coal power; China ended public finance for coal plants
    abroad in 2021 (President's address to the United Nations General Assembly, grade A), at home there is no such
    rule. A green supporting and a brown penalising factor are discussed, not in force (from memory, grade D); the
    Basel weight of an unrated company is 1 (from memory, grade D). The rule is an assumption (grade D).

    Reasonable values: a first year between 2026 and 2035; weights of 0.7 to 1 for green and 1 to 1.5 for coal (grade D,
    assumptions).

    What it does not do: it forbids nothing, and closes no unit. Most who would build coal have the cash for it, so that
    the dearer capital counts more than the refusal. A company that is active in two provinces counts with the mean of
    their rules when it builds. Units that the pack lists as decided or under construction keep their loans, as does
    what rolls over. Retrofits of coal units for flexible operation, biomass or capture are financed. A risk weight
    changes no rate, and on the pack's figures nothing at all, since capital does not bind: with
    `lender_capital_factor` of 0.2 or less in the `world` it does. Since a request is met in full or not at all, a
    small loan may find room that a larger one no longer finds. What rolls over or changes hands has a weight of 1.

    In a scenario file:

        brown_penalty:
          kind: credit_rule
          from_year: 2026
          coal_risk_weight: 1.5
          green_risk_weight: {2026: 0.85, 2030: 0.7}
    """

    theme: ClassVar[str] = "finance"
    title: ClassVar[Mapping[str, str]] = {"en": "Credit rule", "zh": "信贷规则"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Lenders finance no coal units, or loans need more or less capital by what they finance.",
        "zh": "金融机构停止为煤电机组提供贷款，或按用途调整贷款的风险权重。",
    }

    kind: Literal["credit_rule"]
    """Which instrument this is."""

    stops_coal_loans: bool = False
    """Whether lenders refuse loans for coal units, new ones or the refurbishing of old ones."""

    coal_risk_weight: Annotated[
        RiskWeight, Plausible(0.2, 5.0, "1 is the weight of an unrated company, grade D")
    ] = Schedule(1.0)
    """By which a new loan for a coal unit counts against a lender's capital."""

    gas_risk_weight: Annotated[
        RiskWeight, Plausible(0.2, 5.0, "1 is the weight of an unrated company, grade D")
    ] = Schedule(1.0)
    """By which a new loan for a gas unit does."""

    green_risk_weight: Annotated[
        RiskWeight, Plausible(0.2, 5.0, "1 is the weight of an unrated company, grade D")
    ] = Schedule(1.0)
    """By which a new loan or bond with the green label does."""

    @model_validator(mode="after")
    def _rule_something(self) -> Self:
        """Refuse a block without a rule."""
        refuse_empty(self, "stops_coal_loans", "coal_risk_weight", "gas_risk_weight", "green_risk_weight")
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Stop loans for coal and multiply risk weights."""
        in_force, before = acts(self, schedule), schedule.finance
        weight = before.risk_weight.copy()
        weights = {
            COAL_LOAN: self.coal_risk_weight,
            GAS_LOAN: self.gas_risk_weight,
            GREEN_LOAN: self.green_risk_weight,
        }
        for loan_class, factor in weights.items():
            weight[:, :, loan_class] *= np.where(in_force, factor.path(schedule.years)[:, None], 1.0)
        finance = before._replace(
            coal_loans_stopped=np.maximum(before.coal_loans_stopped, in_force & self.stops_coal_loans),
            risk_weight=weight,
        )
        return schedule._replace(finance=finance)
