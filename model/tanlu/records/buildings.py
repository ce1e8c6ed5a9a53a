"""The record of new buildings."""

from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.records.happened import Year


class BuildingsRecord(NamedTuple):
    """New buildings; M methods."""

    floor_area_m2: Floats  # [P, M]
    steel_t: Floats  # [P]
    cement_t: Floats  # [P]
    embodied_tco2: Floats  # [P] wherever it arises: not among the emissions
    system_cost_cny: Floats  # [P] construction


def measure_buildings(year: Year) -> BuildingsRecord:
    """Return the record of new buildings."""
    built = year.built
    return BuildingsRecord(
        floor_area_m2=built.floor_area_m2,
        steel_t=built.steel_t,
        cement_t=built.cement_t,
        embodied_tco2=built.embodied_tco2,
        system_cost_cny=built.cost_cny,
    )
