"""The record of the grid: what reaches each province from elsewhere, and what a MWh of its supply emits."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import P
from tanlu.power.grid_factor import grid_factors, imports
from tanlu.power.plants import PowerPlants
from tanlu.simulation.year import Year


class GridRecord(NamedTuple):
    """Imports and the emission factor of the grid."""

    contracted_mwh: Floats  # [I] by line
    bought_mwh: Floats  # [P] at the neighbours' prices
    received_mwh: Floats  # [P] from the other province, as it arrives
    supply_mwh: Floats  # [P] generation of all kinds and all imports
    factor_tco2_per_mwh: Floats  # [P] of that supply


def measure_grid(year: Year, plants: PowerPlants, generation_mwh: Floats) -> GridRecord:
    """Return the record of the grid; `generation_mwh` is [P, F]."""
    data = plants.region.power
    imported = imports(data, year.signals.year, year.power)
    emitted = np.bincount(plants.province[: year.plants.output_mwh.size], year.plants.emitted_tco2, P)
    factor, supply = grid_factors(data.corridors, imported, generation_mwh, emitted)
    return GridRecord(
        contracted_mwh=imported.contracted_mwh,
        bought_mwh=imported.bought_mwh,
        received_mwh=imported.received_mwh,
        supply_mwh=supply,
        factor_tco2_per_mwh=factor,
    )
