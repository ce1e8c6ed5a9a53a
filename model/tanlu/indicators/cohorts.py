"""Indicators of what cohorts of adopters burn and take."""

from tanlu.core.units import GJ_PER_TCE, T_PER_MT
from tanlu.indicators.base import Indicator
from tanlu.region.cohorts import COHORT_SECTORS
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
        Indicator(
            f"Final Energy|Cohorts|{SECTOR_VARIABLES[sector]}|{carrier}",
            "Mtce/yr",
            lambda r, b=b, c=c: r.end_use.final_gj[:, :, b, c] / GJ_PER_TCE / T_PER_MT,
        )
        for b, sector in enumerate(COHORT_SECTORS)
        for c, carrier in enumerate(CARRIER_VARIABLES)
    ]
