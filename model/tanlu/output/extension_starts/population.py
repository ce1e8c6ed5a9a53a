"""An extension: power plants that choose by a rule of their own.

tanlu run baseline --extend FILE
"""

import numpy as np

import tanlu
from tanlu.core.arrays import Integers
from tanlu.power.plants import PowerPlants

LEAST_GAIN_SHARE = 0.1  # an assumption: of the investment, that an option must be worth


class CautiousPlants(PowerPlants):
    """A rule: units start only what is worth more than a part of its investment."""

    def choose(self, appraisal: tanlu.Appraisal) -> Integers:
        """Choose an option for each decider, by position in `appraisal.options`; 0 does nothing.

        `tanlu explain view Appraisal` lists what an appraisal holds; `tanlu list kinds` has the other populations.
        """
        choice = super().choose(appraisal)
        rows = np.arange(choice.size)
        least_cny = LEAST_GAIN_SHARE * appraisal.capex_cny[rows, choice]
        return np.where(appraisal.npv_cny[rows, choice] < least_cny, 0, choice)


extension = tanlu.Extension(name="NAME", populations={"power_plants": CautiousPlants})
