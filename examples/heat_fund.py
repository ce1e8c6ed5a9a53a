"""An extension: a patient rule, a policy, and a fund that follows the year of the model.

tanlu run baseline --extend examples/heat_fund.py
"""

from typing import ClassVar, Literal

import numpy as np

import tanlu
from tanlu.core.arrays import Integers
from tanlu.core.axes import SECTORS
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.types import NonNegativeSchedule
from tanlu.policies.scope import acts_on
from tanlu.power.plants import PowerPlants


class PatientPlants(PowerPlants):
    """A rule: units that never close early, whatever they lose."""

    def choose(self, appraisal: tanlu.Appraisal) -> Integers:
        """Choose as the model does, but keep what would close."""
        choice = super().choose(appraisal)
        return np.where(choice == appraisal.options.index("retire_early"), 0, choice)


class FuelTax(tanlu.Policy):
    """Charge every tonne of CO2 from the fuel of power plants."""

    title: ClassVar = {"en": "Fuel tax", "zh": "燃料税"}
    summary: ClassVar = {"en": "A tax on the fuel of power plants.", "zh": "对发电燃料征税。"}

    kind: Literal["fuel_tax"]
    """Which instrument this is."""

    rate_cny_per_tco2: NonNegativeSchedule
    """Tax on every tonne of CO2."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the tax to the fixed price of CO2."""
        taxed = acts_on(self, schedule, ("electricity",), SECTORS)
        rate = np.where(taxed, self.rate_cny_per_tco2.path(schedule.years)[:, None, None], 0.0)
        before = schedule.carbon.price_cny_per_tco2
        return schedule._replace(carbon=schedule.carbon._replace(price_cny_per_tco2=before + rate))


class HeatFund(tanlu.Agent):
    """An agent: it passes a part of what carbon prices bring on to households, a year later."""

    share = 0.2
    cash_cny = 0.0

    def after_finance(self, view: tanlu.YearView, year: int) -> tanlu.Effect:
        """Take this year's share of the revenue, and pay out what there was."""
        finance, _ = view.outcomes.finance
        taken = self.share * finance.carbon_revenue_cny
        paid = np.full(taken.size, self.cash_cny / taken.size)
        self.cash_cny = float(taken.sum())
        return tanlu.Effect(
            payments=(
                tanlu.Payment("national", "heat_fund", "heat_grant", taken),
                tanlu.Payment("heat_fund", "households", "heat_aid", paid),
            )
        )


fund_paid = tanlu.Indicator(
    "Heat Fund|Paid", "bn CNY2020/yr", lambda record: record.extensions["heat_aid_cny"] / 1e9
)

extension = tanlu.Extension(
    name="heat_fund",
    populations={"power_plants": PatientPlants},
    agents=(HeatFund,),
    policies=(FuelTax,),
    indicators=(fund_paid,),
)
