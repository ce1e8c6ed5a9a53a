"""The record of the grid: what reaches each province from elsewhere, and what a MWh of its supply emits."""

from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.power.grid_factor import GridYear


class GridRecord(NamedTuple):
    """Imports and the emission factor of the grid."""

    contracted_mwh: Floats  # [I] by line
    bought_mwh: Floats  # [P] at the neighbours' prices
    received_mwh: Floats  # [P] from the other provinces, as it arrives
    supply_mwh: Floats  # [P] generation of all kinds and all imports
    factor_tco2_per_mwh: Floats  # [P] of that supply
    imported_tco2: Floats  # [P] of imports from other regions, at the mean factors of the senders' grids


def measure_grid(grid: GridYear) -> GridRecord:
    """Measure imports and the grid's emission factor."""
    imported, supply, factor = grid
    return GridRecord(
        contracted_mwh=imported.contracted_mwh,
        bought_mwh=imported.bought_mwh,
        received_mwh=imported.received_mwh.sum(axis=1),
        supply_mwh=supply,
        factor_tco2_per_mwh=factor,
        imported_tco2=imported.outside_tco2,
    )
