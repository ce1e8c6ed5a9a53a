"""Indicators of the grid: imports by line, what a MWh of supply emits, and CO2 that crosses the border."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTOR
from tanlu.core.units import MWH_PER_TWH, T_PER_MT
from tanlu.indicators.base import Indicator, Reader, sum_by_province
from tanlu.indicators.emissions import emissions
from tanlu.records.border import CONTRACTED, PRICED
from tanlu.records.year import YearRecord
from tanlu.region.pack import Region

IMPORTED_CO2 = "Emissions|CO2|Imported Electricity"
MARGINAL_CO2 = f"{IMPORTED_CO2}|Marginal"
IMPORTED_GOODS = "Emissions|CO2|Imported Goods"
AVOIDED_CO2 = "Emissions|CO2|Exported Electricity|Avoided Abroad"
NET_IMPORTS = "Emissions|CO2|Net Imports"
WITH_NET_IMPORTS = "Emissions|CO2|With Net Imports"


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
    mt, outside = "Mt CO2/yr", [CONTRACTED, PRICED]
    return [
        Indicator(IMPORTED_CO2, mt, lambda r: r.grid.imported_tco2 / T_PER_MT),
        Indicator(MARGINAL_CO2, mt, lambda r: r.border.tco2_in[..., outside].sum(axis=-1) / T_PER_MT),
        Indicator(AVOIDED_CO2, mt, lambda r: r.border.tco2_out[..., outside].sum(axis=-1) / T_PER_MT),
        Indicator(
            "Emission Factor|Electricity",
            "t CO2/MWh",
            lambda r: r.grid.factor_tco2_per_mwh,
            lambda r: r.grid.supply_mwh,
        ),
    ]


def border_indicators(region: Region) -> list[Indicator]:
    """List net CO2 that comes in with electricity and goods, and emissions with it."""
    products = region.industry.products.sector

    def of_products(sector: str) -> Reader:
        of_sector = np.append(products == SECTOR[sector], False)  # vehicles come last, and have no sector
        return lambda r: (r.border.goods_net_tco2 * of_sector).sum(axis=-1) / T_PER_MT

    mt, electricity = "Mt CO2/yr", f"{NET_IMPORTS}|Electricity"
    return [
        Indicator(NET_IMPORTS, mt, lambda r: r.border.net_tco2 / T_PER_MT),
        Indicator(electricity, mt, lambda r: r.border.electricity_net_tco2 / T_PER_MT),
        Indicator(f"{NET_IMPORTS}|Goods", mt, lambda r: r.border.goods_net_tco2.sum(axis=-1) / T_PER_MT),
        *(
            Indicator(f"{NET_IMPORTS}|Goods|{title}", mt, of_products(sector))
            for sector, title in (("steel", "Steel"), ("cement", "Cement"))
        ),
        Indicator(IMPORTED_GOODS, mt, lambda r: r.border.goods_tco2_in.sum(axis=-1) / T_PER_MT),
        Indicator(f"{electricity}|Official Factors", mt, lambda r: r.border.official_net_tco2 / T_PER_MT),
        Indicator(WITH_NET_IMPORTS, mt, lambda r: emissions(r) + r.border.net_tco2 / T_PER_MT),
    ]
