"""What the yearly tables of the carbon market share: their theme, their units, and the nation's clearing."""

from tanlu.carbon_market.national import NationalClearing
from tanlu.records.happened import YearOutcome

NATIONAL, PER_T, MT, MT_A_YEAR = "Allowances|National", "CNY2020/t CO2", "Mt CO2", "Mt CO2/yr"
PACK_TABLES = ("national_market", "carbon_market")
THEME = {"en": "Carbon market", "zh": "碳市场"}
COAL = "#6b7078"


def is_open(year: YearOutcome) -> bool:
    """Check whether the national market is open."""
    return year.carbon.national is not None


def nation_of(year: YearOutcome) -> NationalClearing:
    """Read the nation's clearing of a year in which its market is open."""
    nation = year.carbon.national
    assert nation is not None, "a table of the nation is measured where its market is open"
    return nation
