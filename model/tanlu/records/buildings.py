"""The record of new buildings."""

from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.records.happened import YearOutcome


class BuildingsRecord(NamedTuple):
    """New buildings; M methods."""

    floor_area_m2: Floats  # [P, M]
    steel_t: Floats  # [P]
    cement_t: Floats  # [P]
    embodied_tco2: Floats  # [P] wherever it arises: not among the emissions
    system_cost_cny: Floats  # [P] construction


def measure_buildings(year: YearOutcome) -> BuildingsRecord:
    """Measure new buildings."""
    new_buildings = year.new_buildings
    return BuildingsRecord(
        floor_area_m2=new_buildings.floor_area_m2,
        steel_t=new_buildings.steel_t,
        cement_t=new_buildings.cement_t,
        embodied_tco2=new_buildings.embodied_tco2,
        system_cost_cny=new_buildings.cost_cny,
    )
