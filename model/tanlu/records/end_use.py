"""The record of what cohorts of adopters burn and take."""

from typing import NamedTuple

import numpy as np

from tanlu.adopters.cohorts import Adopters
from tanlu.core.arrays import Floats
from tanlu.core.axes import COHORT_SECTORS, SECTOR, S
from tanlu.core.units import GJ_PER_MWH
from tanlu.records.happened import YearOutcome

ROWS = [SECTOR[name] for name in COHORT_SECTORS]


class EndUseRecord(NamedTuple):
    """What cohorts burn and take; B `COHORT_SECTORS`."""

    final_gj: Floats  # [P, B, ENERGY and then electricity]


def measure_end_use(year: YearOutcome, adopters: Adopters) -> EndUseRecord:
    """Measure final energy of cohorts."""
    provinces = len(adopters.region.axes.provinces)
    electricity = np.zeros((provinces, S))
    np.add.at(electricity, (adopters.province, adopters.sector), year.end_use.electricity_mwh * GJ_PER_MWH)
    final = np.concatenate([adopters.sum_fuel_gj(year.end_use), electricity[:, :, None]], axis=2)
    return EndUseRecord(final[:, ROWS])
