"""What is measured of bills: electricity of a household, power and carbon in a tonne, and what plants earn."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import FUEL, HYDRO_FUELS, SECTOR, SOLAR_FUELS
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.indicators.base import Indicator, Reader
from tanlu.records.year import YearRecord
from tanlu.region.pack import Region

MONTHS_OF_YEAR = 12.0
SECTORS_OF_TONNES = {"Steel": "steel", "Cement Clinker": "cement"}
RENTS = {"Hydro": HYDRO_FUELS, "Wind": ("wind",), "Solar": SOLAR_FUELS}


def bill_indicators(region: Region) -> list[Indicator]:
    """Return bills and rents, for the region as a whole."""
    months = region.parameters["households"] * MONTHS_OF_YEAR
    rows = [
        Indicator(
            "Bill|Electricity|Household",
            "CNY2020/household/month",
            lambda r: r.demand.household_bill_cny / months,
        )
    ]
    for name, sector in SECTORS_OF_TONNES.items():
        s, of_sector = SECTOR[sector], region.industry.products.sector == SECTOR[sector]
        rows += [
            Indicator(f"Bill|{name}|Electricity", "CNY2020/t", _a_tonne(_electricity, s, of_sector)),
            Indicator(f"Bill|{name}|Carbon", "CNY2020/t", _a_tonne(_carbon, s, of_sector)),
        ]
    return rows + [
        Indicator(f"Rent|Electricity|{name}", "bn CNY2020/yr", _rent([FUEL[fuel] for fuel in fuels]))
        for name, fuels in RENTS.items()
    ]


def _electricity(record: YearRecord) -> Floats:
    return record.industry.electricity_cny


def _carbon(record: YearRecord) -> Floats:
    return record.industry.carbon_cny


def _a_tonne(paid: Reader, sector: int, products: Booleans) -> Reader:
    """Return how to read what a sector pays for a tonne of its products [Y]; 0 where nothing is made."""

    def read(record: YearRecord) -> Floats:
        made = record.industry.output_t[:, :, products].sum(axis=(1, 2))
        return np.divide(paid(record)[:, sector], made, out=np.zeros_like(made), where=made > 0.0)

    return read


def _rent(fuels: list[int]) -> Reader:
    return lambda r: r.earnings.rent_cny[:, fuels].sum(axis=1) / CNY_PER_BN_CNY
