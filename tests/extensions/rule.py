"""A rule: power plants that never close before their time, whatever they lose."""

import numpy as np

import tanlu
from tanlu.power.plants import PowerPlants


class PatientPlants(PowerPlants):
    def choose(self, appraisal):
        choice = super().choose(appraisal)
        return np.where(choice == appraisal.options.index("retire_early"), 0, choice)


extension = tanlu.Extension(name="patient", populations={"power_plants": PatientPlants})
