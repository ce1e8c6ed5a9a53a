"""What an effect moves next door: electricity and CO2 that cross the border of the region."""

from typing import NamedTuple

from tanlu.indicators.grid import NET_IMPORTS
from tanlu.output.differences import Difference, difference, pairs_of, total
from tanlu.output.measures import Measured

NET_EXPORTS = "Trade|Electricity|Net Exports"
BORDER_ELECTRICITY = f"{NET_IMPORTS}|Electricity"


class NextDoor(NamedTuple):
    """Change of what crosses the border, summed over the years after the statistics."""

    net_exports_twh: Difference
    elsewhere_mtco2: Difference  # more emitted in other regions for what the region imports, net
    electricity_mtco2: Difference  # of it with electricity


def find_next_door(result: Measured, base: Measured) -> NextDoor:
    """Compute what two results of one region move next door."""
    first = max(result.counted_from, int(result.years[0]), int(base.years[0]))
    years = result.years[(result.years >= first) & (result.years <= base.years[-1])]
    pairs = pairs_of(result, base)
    return NextDoor(
        *(
            difference(total(result, (name,), years), total(base, (name,), years), pairs)
            for name in (NET_EXPORTS, NET_IMPORTS, BORDER_ELECTRICITY)
        )
    )
