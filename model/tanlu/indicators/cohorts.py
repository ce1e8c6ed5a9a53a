"""Indicators of what cohorts of adopters burn and take."""

from collections.abc import Callable

from tanlu.core.arrays import Floats
from tanlu.core.axes import COHORT_SECTORS
from tanlu.core.units import GJ_PER_TCE, T_PER_MT
from tanlu.indicators.base import Indicator
from tanlu.records.year import YearRecord
from tanlu.region.industry import ENERGY

SECTOR_VARIABLES = {
    "heat": "Heat",
    "other_industry": "Other Industry",
    "transport": "Off-Road Transportation",
    "buildings": "Buildings",
    "agriculture": "Agriculture",
}
CARRIER_VARIABLES = (*(name.capitalize() for name in ENERGY), "Electricity")


def cohort_indicators() -> list[Indicator]:
    """List final energy of cohorts by sector and carrier."""
    return [
        Indicator(f"Final Energy|Cohorts|{SECTOR_VARIABLES[sector]}|{carrier}", "Mtce/yr", _read_final(b, c))
        for b, sector in enumerate(COHORT_SECTORS)
        for c, carrier in enumerate(CARRIER_VARIABLES)
    ]


def _read_final(sector: int, carrier: int) -> Callable[[YearRecord], Floats]:
    """Build the reader of one sector's use of one carrier, Mtce."""
    return lambda record: record.end_use.final_gj[:, :, sector, carrier] / GJ_PER_TCE / T_PER_MT
