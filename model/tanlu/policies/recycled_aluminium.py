"""Support of recycled aluminium: a payment for scrap that aluminium facilities melt."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.axes import SECTORS
from tanlu.core.schedules import SCRAP_SUBSIDY, PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts_on, budget_scheme


class RecycledAluminium(Policy):
    """Pay aluminium facilities for each tonne of scrap that takes the place of metal from electrolysis.

    Smelters that turn to remelting and mills that roll car body sheet get it. It counts in what a tonne costs them
    and in the worth of options that use scrap. Scrap is limited: the more is melted, the dearer it gets, so a part of
    the payment ends with those who collect it. What sheet takes of scrap, smelters need not make.

    Equation: cost of a tonne falls by payment x scrap a tonne; claims = payment x scrap melted, at most the budget
    of the year, and facilities know how far it reached last year. Payments of several policies add.

    Source: the national aim is 11.5 Mt of recycled aluminium in 2025 and 15 Mt in 2027 (plans for recycled metal and
    for aluminium; grade D, from memory). Dealers of scrap got back 30 % of value-added tax, near 500 CNY/t (grade D,
    from memory).

    Reasonable values: 200 to 1,000 CNY/t (grade D, an assumption).

    What it does not do: it collects no scrap by itself; facilities that remelt outside the pack get none; the quality
    of scrap does not limit what it can be used for, beyond half of the metal of sheet.

    In a scenario file:

        circular_metal:
          kind: recycled_aluminium
          from_year: 2026
          subsidy_cny_per_t: {2026: 600, 2035: 300}
          budget_bn_cny_per_year: 0.2
    """

    theme: ClassVar[str] = "industry"
    title: ClassVar[Mapping[str, str]] = {"en": "Recycled aluminium", "zh": "再生铝补贴"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "A payment for each tonne of scrap that smelters and rolling mills melt.",
        "zh": "按铝企业熔炼的废铝量给予补贴。",
    }

    kind: Literal["recycled_aluminium"]
    """Which instrument this is."""

    subsidy_cny_per_t: Annotated[NonNegativeSchedule, Plausible(20, 5000, "about 500 CNY/t so far, grade D")]
    """Paid for each tonne of scrap melted."""

    budget_bn_cny_per_year: Annotated[
        NonNegativeSchedule | None, Plausible(0.005, 20, "500 CNY for each tonne of metal, grade D")
    ] = None
    """Most that is paid out in a year; no limit unless given."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add a scheme for scrap if this one ever pays."""
        years, budget = schedule.years, self.budget_bn_cny_per_year
        is_paid = acts_on(self, schedule, ("aluminium",), SECTORS)
        rate = np.where(is_paid, self.subsidy_cny_per_t.path(years)[:, None, None], 0.0)
        return schedule.with_subsidy(budget_scheme(self, name, SCRAP_SUBSIDY, years, rate, budget))
