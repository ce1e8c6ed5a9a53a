"""Indicators of the grid: imports by line, and what a MWh of supply emits."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.units import MWH_PER_TWH, T_PER_MT
from tanlu.indicators.base import Indicator, Reader, sum_by_province
from tanlu.records.year import YearRecord
from tanlu.region.pack import Region

IMPORTED_CO2 = "Emissions|CO2|Imported Electricity"
MARGINAL_CO2 = f"{IMPORTED_CO2}|Marginal"
AVOIDED_CO2 = "Emissions|CO2|Exported Electricity|Avoided Abroad"


def import_indicators(region: Region) -> list[Indicator]:
    """List imports by line, and from the other province."""
    lines = region.power.corridors.imports

    def arriving(value: Floats) -> Floats:
        """Sum lines [Y, I] by the province where they end [Y, P]."""
        return sum_by_province(value, lines.zone, region.axes)

    def of_line(line: int) -> Reader:
        is_line = np.arange(lines.zone.size) == line
        return lambda record: arriving(record.grid.contracted_mwh * is_line) / MWH_PER_TWH

    def whole(record: YearRecord) -> Floats:
        return (arriving(record.grid.contracted_mwh) + record.grid.bought_mwh) / MWH_PER_TWH

    name = "Trade|Electricity|Imports"
    bought_name, received_name = f"{name}|At Neighbours' Prices", "Trade|Electricity|From the Other Province"
    return [
        Indicator(name, "TWh/yr", whole),
        *(
            Indicator(f"{name}|{line_name}", "TWh/yr", of_line(line))
            for line, line_name in enumerate(lines.names)
        ),
        Indicator(bought_name, "TWh/yr", lambda r: r.grid.bought_mwh / MWH_PER_TWH),
        Indicator(received_name, "TWh/yr", lambda r: r.grid.received_mwh / MWH_PER_TWH),
    ]


def grid_factor_indicators() -> list[Indicator]:
    """List the emission factor of the grid, and CO2 that its trade moves in other regions."""
    mt = "Mt CO2/yr"
    return [
        Indicator(IMPORTED_CO2, mt, lambda r: r.grid.imported_tco2 / T_PER_MT),
        Indicator(MARGINAL_CO2, mt, lambda r: r.grid.marginal_tco2 / T_PER_MT),
        Indicator(AVOIDED_CO2, mt, lambda r: r.grid.avoided_tco2 / T_PER_MT),
        Indicator(
            "Emission Factor|Electricity",
            "t CO2/MWh",
            lambda r: r.grid.factor_tco2_per_mwh,
            lambda r: r.grid.supply_mwh,
        ),
    ]
