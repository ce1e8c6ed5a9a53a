"""What is measured of the grid: imports by line, and what a MWh of supply emits."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import P
from tanlu.core.units import MWH_PER_TWH
from tanlu.indicators.base import Indicator, Reader
from tanlu.records.year import YearRecord
from tanlu.region.pack import Region


def import_indicators(region: Region) -> list[Indicator]:
    """Return imports from other regions by line, and from the other province."""
    lines = region.power.corridors.imports

    def arriving(value: Floats) -> Floats:
        """Return the sum over lines [Y, I] by province where they end [Y, P]."""
        return np.stack([value[:, lines.zone == p].sum(axis=1) for p in range(P)], axis=1)

    def of_line(line: int) -> Reader:
        only = np.arange(lines.zone.size) == line
        return lambda record: arriving(record.grid.contracted_mwh * only) / MWH_PER_TWH

    def whole(record: YearRecord) -> Floats:
        return (arriving(record.grid.contracted_mwh) + record.grid.bought_mwh) / MWH_PER_TWH

    name = "Trade|Electricity|Imports"
    bought, received = f"{name}|At Neighbours' Prices", "Trade|Electricity|From the Other Province"
    return [
        Indicator(name, "TWh/yr", whole),
        *(Indicator(f"{name}|{one}", "TWh/yr", of_line(line)) for line, one in enumerate(lines.names)),
        Indicator(bought, "TWh/yr", lambda r: r.grid.bought_mwh / MWH_PER_TWH),
        Indicator(received, "TWh/yr", lambda r: r.grid.received_mwh / MWH_PER_TWH),
    ]


def grid_factor_indicators() -> list[Indicator]:
    """Return the emission factor of the grid."""
    return [
        Indicator(
            "Emission Factor|Electricity",
            "t CO2/MWh",
            lambda r: r.grid.factor_tco2_per_mwh,
            lambda r: r.grid.supply_mwh,
        )
    ]
