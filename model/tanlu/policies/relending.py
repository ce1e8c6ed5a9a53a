"""Relending: the central bank refinances green loans at a low rate."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from tanlu.core.schedules import PolicySchedule
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import Bounds, NonNegativeSchedule, Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts, refuse_empty, spread_limit_cny


class Relending(Policy):
    """Let the central bank lend banks part of each new green loan at a low rate, for some years.

    Banks that lend in all provinces may use it. What it spares them lowers the rate that they ask of a green
    project, so that they win a larger share of it. Local banks and buyers of bonds get nothing, and neither do
    loans that roll over or follow a bond. Terms are agreed when the loan is granted.

    Equation: relief = pass-through x principal share x (funding cost - rate) x n (2 N - n + 1) / (N (N + 1)) for n
    years of relending and loans repaid in N equal parts: the interest of a loan that falls into its first n years
    is that part of all. Forgone interest = refinanced balance x (funding cost - rate). Of several policies the
    largest share, the lowest rate, the most years and the smallest quota hold.

    A quota is for what these banks hold of the year's green loans in each province: who asks first gets it, in the
    order of lending, and for a loan that does not fit into what is left they fund themselves. Investors count on the
    part of the relief that the last year's loans had.

    Source: the carbon-reduction facility lends 60 % of principal at 1.75 % for a year, at most twice prolonged, for
    loans of November 2021 to 2027 (People's Bank of China 2021 and 2024, grade A). Banks' funding cost of 2.5 % and a
    pass-through of 1 are assumptions (grade D, rows of `finance.csv`): 45 bp in three years, 16 bp over a loan of 15
    years; at 3.5 % it would be 37 bp.

    Reasonable values: those of the facility; a quota of 5 to 50 bn CNY a year (grade D): quotas of provinces are not
    published. Shipped scenarios have no relending, though it is law from 2021 to
    2027: most banks' rates of these years, which the prime rate and list spreads reproduce, already hold it.

    What it does not do: the money is no public budget, so that it is shown apart (`Central
    Bank|Relending`, `Central Bank|Forgone Interest`). Forgone interest is what banks save, not a cost of the central
    bank, which makes its money.

    In a scenario file:

        green_relending:
          kind: relending
          from_year: 2026
          until_year: 2035
          principal_share: 0.6
          rate_percentage_points: 1.75
          relending_years: 3
    """

    theme: ClassVar[str] = "finance"
    title: ClassVar[Mapping[str, str]] = {"en": "Relending", "zh": "再贷款"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "The central bank lends banks part of their green loans at a low rate for some years.",
        "zh": "中央银行在若干年内以低利率向银行提供绿色贷款的部分资金。",
    }

    kind: Literal["relending"]
    """Which instrument this is."""

    principal_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Part of what is left of a green loan that the central bank refinances."""

    rate_percentage_points: Annotated[
        Schedule, Bounds(0.0, 10.0), Plausible(0.1, 4, "1.75 in force, grade A")
    ] = Schedule(1.75)
    """Rate that it asks of banks, in percentage points a year."""

    relending_years: Annotated[int, Field(ge=1, le=15), Plausible(1, 10, "3 in force, grade A")] = 3
    """Years in which it refinances a loan, that of the loan included."""

    quota_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None,
        Plausible(0.05, 200, "new green loans and bonds are 20 to 60 bn CNY, grade D"),
    ] = None
    """Most new green loans of a year in each province, as far as these banks hold them, that it refinances a part of,
    bn CNY; no limit unless given."""

    @model_validator(mode="after")
    def _give_a_share(self) -> Self:
        """Refuse a block that refinances nothing."""
        refuse_empty(self, "principal_share")
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Keep the larger share, the lower rate and the longer time."""
        years, before, in_force = schedule.years, schedule.finance, acts(self, schedule)
        quota = spread_limit_cny(self.quota_bn_cny_per_year, years, in_force)
        share = np.where(in_force, self.principal_share.path(years)[:, None], 0.0)
        rate = self.rate_percentage_points.path(years)[:, None] / PERCENT_PER_SHARE
        has_relending = share > 0.0
        finance = before._replace(
            relending_share=np.maximum(before.relending_share, share),
            relending_rate=np.minimum(before.relending_rate, np.where(has_relending, rate, np.inf)),
            relending_quota_cny=np.minimum(before.relending_quota_cny, quota),
            relending_years=np.maximum(
                before.relending_years, np.where(has_relending, self.relending_years, 0.0)
            ),
        )
        return schedule._replace(finance=finance)
