"""An extension: heat pumps of one works, which take electricity and leave gas unburnt.

tanlu run baseline --extend examples/heat_pumps.py
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import tanlu

# A paper works in the first province of the region, one of the small emitters of its industry: all assumptions.
FIRST_YEAR, FULL_YEAR = 2026, 2029  # heat pumps take over in even steps
HEAT_GJ, BOILER_EFFICIENCY = 1.8e6, 0.9  # steam a year, and what gas boilers make of their fuel
HEAT_OVER_ELECTRICITY = 2.2  # of heat pumps that make steam of 120 degrees from waste heat
SECTOR, CARRIER = "other_industry", "gas"
SUMMER_STOP, NIGHT_SHARE = 0.5, 0.7  # output in the month of repairs, and of the night shift, over the usual
GJ_PER_MWH = 3.6
DAYS = np.array((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))
MONTHS, DAY_TYPES, HOURS = 12, 2, 24


class HeatPumps(tanlu.Agent):
    """An agent: the works, from the year in which its first heat pump runs."""

    def offer_electricity(self, view: tanlu.YearView) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Take what the heat pumps need, at any price: steam cannot wait."""
        return self.take(view, view.year)

    def expect_electricity(self, view: tanlu.YearView, years: int) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Tell builders of plants what they will need."""
        return self.take(view, view.year + years)

    def take(self, view: tanlu.YearView, year: int) -> list[tanlu.Load]:
        """List the load of a year by month and hour."""
        mwh = self.share(year) * HEAT_GJ / HEAT_OVER_ELECTRICITY / GJ_PER_MWH
        return [tanlu.Load(view.region.axes.provinces[0], mwh * self.shape())]

    def burn_fuel(self, view: tanlu.YearView) -> Sequence[tanlu.FuelUse]:
        """Leave the gas that boilers would burn; it is in the industry of the province, so it is taken out once."""
        gas_gj = self.share(view.year) * HEAT_GJ / BOILER_EFFICIENCY
        return [tanlu.FuelUse(view.region.axes.provinces[0], SECTOR, CARRIER, -gas_gj)]

    def share(self, year: int) -> float:
        """Compute the part of the steam that heat pumps make."""
        return min(max((year - FIRST_YEAR + 1) / (FULL_YEAR - FIRST_YEAR + 1), 0.0), 1.0)

    def shape(self) -> NDArray[np.float64]:
        """Shape a MWh a year into MW [month, day type, hour]."""
        month = np.where(np.arange(MONTHS) == 7, SUMMER_STOP, 1.0)
        hour = np.where((np.arange(HOURS) < 6) | (np.arange(HOURS) >= 22), NIGHT_SHARE, 1.0)
        shape = np.broadcast_to(month[:, None, None] * hour, (MONTHS, DAY_TYPES, HOURS))
        return shape / float(shape.sum(axis=2).mean(axis=1) @ DAYS)


extension = tanlu.Extension(
    name="heat_pumps",
    agents=(HeatPumps,),
    indicators=(
        tanlu.Indicator(
            "Works Heat Pumps|Electricity",
            "TWh/yr",
            lambda record: record.extensions["heat_pumps_taken_mwh"] / 1e6,
        ),
        tanlu.Indicator(
            "Works Heat Pumps|Gas", "PJ/yr", lambda record: record.extensions["heat_pumps_fuel_gj"] / 1e6
        ),
    ),
)
