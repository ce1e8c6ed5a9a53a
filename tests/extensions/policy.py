"""A policy: a tax on the CO2 of fuels that power plants burn."""

from typing import ClassVar, Literal

import numpy as np

import tanlu
from tanlu.core.axes import SECTORS
from tanlu.inputs.types import NonNegativeSchedule
from tanlu.policies.scope import acts_on


class FuelTax(tanlu.Policy):
    """Charge every tonne of CO2 from the fuel of power plants."""

    title: ClassVar = {"en": "Fuel tax", "zh": "燃料税"}
    summary: ClassVar = {"en": "A tax on the fuel of power plants.", "zh": "对发电燃料征税。"}

    kind: Literal["fuel_tax"]
    """Which instrument this is."""

    rate_cny_per_tco2: NonNegativeSchedule
    """Tax on every tonne of CO2."""

    def apply(self, schedule, name):
        taxed = acts_on(self, schedule, ("electricity",), SECTORS)
        rate = np.where(taxed, self.rate_cny_per_tco2.path(schedule.years)[:, None, None], 0.0)
        carbon = schedule.carbon._replace(price_cny_per_tco2=schedule.carbon.price_cny_per_tco2 + rate)
        return schedule._replace(carbon=carbon)


extension = tanlu.Extension(name="fuel_tax", policies=(FuelTax,))
