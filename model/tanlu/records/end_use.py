"""The record of what cohorts of adopters burn and take."""

from typing import NamedTuple

import numpy as np

from tanlu.adopters.cohorts import Adopters
from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import COHORT_SECTORS, SECTOR, S
from tanlu.core.units import GJ_PER_MWH
from tanlu.records.happened import YearOutcome

ROWS = [SECTOR[name] for name in COHORT_SECTORS]


class EndUseRecord(NamedTuple):
    """What cohorts burn and take; B `COHORT_SECTORS`."""

    final_gj: Floats  # [P, B, ENERGY and then electricity]
    system_cost_cny: Floats  # [P] equipment, before grants, and upkeep; industry's cost has the fuel
    forgone_use_cny: Floats  # [P] what was worth to them that they do not use for what CO2 adds


def measure_end_use(year: YearOutcome, adopters: Adopters) -> EndUseRecord:
    """Measure final energy of cohorts."""
    provinces = len(adopters.region.axes.provinces)
    electricity = np.zeros((provinces, S))
    np.add.at(electricity, (adopters.province, adopters.sector), year.end_use.electricity_mwh * GJ_PER_MWH)
    final = np.concatenate([adopters.sum_fuel_gj(year.end_use), electricity[:, :, None]], axis=2)
    spent_cny = year.end_use.equipment_cny.sum(axis=1) + year.end_use.upkeep_cny
    return EndUseRecord(
        final[:, ROWS],
        *(
            sum_by_group(adopters.province, value, provinces)
            for value in (spent_cny, year.end_use.forgone_use_cny)
        ),
    )
