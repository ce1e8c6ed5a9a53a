"""The import carbon charge: what who buys electricity outside pays for its CO2."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.schedules import IMPORT_CHARGE, LOCAL, Levy, PolicySchedule
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import NonNegativeSchedule, Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts


class ImportCarbonCharge(Policy):
    """Charge electricity bought from neighbours for its CO2, so that a carbon price at home moves less of it there.

    Who buys pays for the CO2 of the plants that run for it, less what these pay for CO2 themselves. The market sees
    the charge in what neighbours ask, so cleaner blocks and plants at home are called before. The province gets the
    money, customers bear it in the price of power.

    Equation: charge of a MWh = max(price x t CO2 - deducted share x what the plant pays, 0); what it pays is its
    carbon price x t CO2 less its free allowances, not below 0 (docs/model/border.md). Of several policies the
    highest price and the smallest deduction hold.

    Source: after Regulation (EU) 2023/956, which charges imported electricity at the factor of fossil plants of the
    sender and credits a carbon price paid there (grade B, from memory). No Chinese province has such a charge.

    Reasonable values: the carbon price at home, 50 to 300 CNY/t CO2 (grade D, an assumption).

    What it does not do: contracts are not charged, because their amounts answer to nothing; nor are goods that come
    in, of which the model has no quantity; neighbours answer with nothing of their own.

    In a scenario file:

        import_charge:
          kind: import_carbon_charge
          from_year: 2026
          price_cny_per_tco2: 200
    """

    theme: ClassVar[str] = "carbon"
    title: ClassVar[Mapping[str, str]] = {"en": "Import carbon charge", "zh": "调入碳收费"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "A charge on the CO2 of electricity bought from neighbours, less what is paid there.",
        "zh": "对从周边购入电力所含二氧化碳收费，扣除当地已付的碳成本。",
    }

    kind: Literal["import_carbon_charge"]
    """Which instrument this is."""

    price_cny_per_tco2: Annotated[NonNegativeSchedule, Plausible(10, 1000, "50 to 300 CNY/t CO2, grade D")]
    """Price of a tonne of CO2 in what is bought."""

    deducted_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(1.0)
    """Share of what the neighbour's plant pays for its CO2 that is taken off."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the charge as a levy, and lower the deduction to this one where it is smaller."""
        years, is_charged = schedule.years, acts(self, schedule)
        rate = np.where(is_charged, self.price_cny_per_tco2.path(years)[:, None], 0.0)
        deducted = np.where(is_charged, self.deducted_share.path(years)[:, None], 1.0)
        before = schedule.trade
        trade = before._replace(import_deducted_share=np.minimum(before.import_deducted_share, deducted))
        return schedule._replace(trade=trade).with_levy(Levy(name, IMPORT_CHARGE, LOCAL, rate))
