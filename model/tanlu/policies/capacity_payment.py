"""The capacity payment: a yearly sum for power plants that stand ready, whether they run or not."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from tanlu.core.axes import FUELS
from tanlu.core.schedules import CapacityScheme, PolicySchedule
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import FuelNames, acts_on


class CapacityPayment(Policy):
    """Pay power plants for each kilowatt they keep ready, so that they need not run to earn a living.

    The payment keeps plants open that run seldom but are needed in a drought or on the peak day. All
    operating plants of the technologies get it, in proportion to net capacity. Paid whatever the need,
    it builds far more than is needed where it covers the fixed cost of a new plant; with
    `end_reserve_share` it falls as reliable capacity grows, like a demand curve of a capacity market.

    Equation: yearly revenue = capacity x share x rate x need. Share = hours of a store at full power over
    `longest_net_peak_hours`, at most 1; 1 of what stores nothing. Need = 1 - m / end within 0 .. 1, with m
    last year's reliable capacity of the province beyond what `accepted_shortage_hours` take, over peak
    load; 1 without an end. Who decides on a plant counts with m of the expected year, plans
    included. Payments of several policies add; a station of pumped storage with a price of its own is
    paid only what they leave of it.

    Source: the fixed cost of coal power is set at 330 CNY/kW-year; Sichuan and Chongqing have paid
    50 % of it, 165 CNY/kW-year, since 2024, and most other provinces 30 % (National Development and
    Reform Commission and National Energy Administration, November 2023, grade A). From 2026 it is at
    least 50 % everywhere, gas may be paid by the same pattern, and grid storage on a list gets the price
    of coal times share; where spot markets run continuously one payment for reliable capacity follows
    (No. 114 of 30 January 2026, grade B). The sums are nominal; at prices of 2020 they are a few per cent lower.

    Reasonable values: 165 CNY/kW-year as in force, up to 330 for the whole fixed cost; an end of 0.1 to
    0.3. That the payment follows need, on a straight line, is an assumption (grade D), after the sloped demand
    curves of capacity markets (Hobbs et al. 2007, IEEE Transactions on Power Systems 22(1)). Gansu, the first
    province that pays by need, has 330 CNY/kW-year for coal and grid storage from 2026 on and multiplies it
    by 0.895 for what it has beyond its need (draft of July 2025 and published figures, grade B).

    Who pays: industrial and commercial customers of the province, by energy, in their tariffs.

    What it does not do: it deducts nothing for a failure and holds no auction.

    In a scenario file:

        coal_capacity:
          kind: capacity_payment
          from_year: 2024
          rate_cny_per_kw_year: {2024: 165, 2030: 330}
          technologies: [coal, gas]
          end_reserve_share: 0.15
    """

    theme: ClassVar[str] = "power"
    title: ClassVar[Mapping[str, str]] = {"en": "Capacity payment", "zh": "容量电价"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "A yearly sum for each kilowatt that stands ready, whether it runs or not.",
        "zh": "按可用装机容量每年支付固定费用，与发电量无关。",
    }

    kind: Literal["capacity_payment"]
    """Which instrument this is."""

    rate_cny_per_kw_year: Annotated[
        NonNegativeSchedule, Plausible(5, 1000, "fixed cost of coal power 330 CNY, grade A")
    ]
    """Paid each year for a kilowatt of capacity in operation."""

    technologies: FuelNames = ("coal",)
    """Technologies that are paid; coal unless given."""

    end_reserve_share: Annotated[
        Annotated[float, Field(gt=0.0, le=2.0)] | None, Plausible(0.05, 1.0, "0.1 to 0.3, grade D")
    ] = None
    """Reliable capacity beyond what is needed, over peak load, from which nothing is paid; the full rate is paid up to
    what is needed, and in between it falls in proportion. Without it the rate is paid whatever there is."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the payment as a scheme."""
        is_paid = acts_on(self, schedule, self.technologies, FUELS)
        payment = np.where(is_paid, self.rate_cny_per_kw_year.path(schedule.years)[:, None, None], 0.0)
        if not payment.any():
            return schedule
        end = np.inf if self.end_reserve_share is None else self.end_reserve_share
        return schedule._replace(capacity=(*schedule.capacity, CapacityScheme(payment, end)))
