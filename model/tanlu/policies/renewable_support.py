"""Renewable support: a premium on top of the market price for electricity from wind and sun."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.axes import FUELS, RENEWABLE_FUELS
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import RenewableNames, acts_on


class RenewableSupport(Policy):
    """Pay wind and solar power a premium for each megawatt-hour fed in, on top of the market price.

    The premium goes to all plants of the technologies in the province, old and new, as long as the
    policy is in force. Industrial and commercial customers of the province pay it in their tariffs. For
    different premiums, write one policy for each.

    Equation: revenue = energy fed in x (market price + premium). Premiums of several policies add.

    Source: new wind and solar plants have had no national subsidy since August 2021 and sell at the
    coal benchmark price or in the market (National Development and Reform Commission, June 2021,
    grade A): 401.2 CNY/MWh in Sichuan and 396.4 in Chongqing, tax included (grade B). Green
    certificates sold for 2.31 CNY/MWh in April 2025 (National Energy Administration, grade B).

    Reasonable values: 2 to 10 CNY/MWh for a certificate price, 30 to 100 CNY/MWh for a strong
    feed-in premium (grade D, an assumption: a quarter of the benchmark price).

    What it does not do: it fixes no price, so the market's risk stays with the plant; curtailed energy
    earns nothing; hydropower and storage get nothing.

    In a scenario file:

        wind_premium:
          kind: renewable_support
          from_year: 2026
          until_year: 2035
          technologies: [wind]
          premium_cny_per_mwh: {2026: 40, 2035: 0}
    """

    theme: ClassVar[str] = "power"
    title: ClassVar[Mapping[str, str]] = {"en": "Renewable support", "zh": "可再生能源补贴"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "A premium on top of the market price for each megawatt-hour from wind and sun.",
        "zh": "在市场电价之外，对风电和光伏的每兆瓦时上网电量给予补贴。",
    }

    kind: Literal["renewable_support"]
    """Which instrument this is."""

    premium_cny_per_mwh: Annotated[
        NonNegativeSchedule, Plausible(1, 300, "certificates of 2 CNY, benchmark price of 400, grade B")
    ]
    """Paid for each megawatt-hour fed in, on top of the market price."""

    technologies: RenewableNames = RENEWABLE_FUELS
    """Technologies that get the premium; all unless given."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the premium."""
        years, power = schedule.years, schedule.power
        is_paid = acts_on(self, schedule, self.technologies, FUELS)
        premium = np.where(is_paid, self.premium_cny_per_mwh.path(years)[:, None, None], 0.0)
        total = power.renewable_premium_cny_per_mwh + premium
        return schedule._replace(power=power._replace(renewable_premium_cny_per_mwh=total))
