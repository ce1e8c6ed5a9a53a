"""An extension: a data centre beyond what the plan of the region holds, with hours and growth of its own.

tanlu run baseline --extend examples/data_centre.py
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import tanlu

# Assumptions, none of them measured: a campus that opens in 2026 and grows each year until it is full.
FIRST_YEAR, FIRST_MW, GROWTH_MW, FULL_MW = 2026, 200.0, 200.0, 1000.0
COOLING_SHARE = 0.15  # of the load of computers, on a July day; none in January
DAY_SHARE = 0.05  # by which use is above its mean in the afternoon, and below it at night
LARGEST_DELAY_YEARS = 2.0
MONTHS, DAY_TYPES, HOURS = 12, 2, 24


class DataCentre(tanlu.Agent):
    """An agent: firm load in the first province of the region, of a commercial customer."""

    def offer_electricity(self, view: tanlu.YearView) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Take what the campus needs, at any price."""
        return self.take(view, view.year)

    def expect_electricity(self, view: tanlu.YearView, years: int) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Tell builders of plants what it will need."""
        return self.take(view, view.year + years)

    def take(self, view: tanlu.YearView, year: int) -> list[tanlu.Load]:
        """List the load of a year; permits may come late, by chance of its own."""
        open_years = year - FIRST_YEAR - self.delay_years(view)
        if open_years < 0:
            return []
        megawatts = min(FIRST_MW + GROWTH_MW * open_years, FULL_MW) * self.shape()
        return [tanlu.Load(view.region.axes.provinces[0], megawatts, customer_class="commercial")]

    def delay_years(self, view: tanlu.YearView) -> int:
        """Draw by how many whole years the campus opens late, the same in all years of a run."""
        if not hasattr(self, "drawn"):
            self.drawn = int((1.0 + LARGEST_DELAY_YEARS) * view.draw("delay", 1)[0])
        return self.drawn

    def shape(self) -> NDArray[np.float64]:
        """Shape the load of computers and cooling [month, day type, hour]."""
        warm = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(MONTHS) / MONTHS)  # 1 in July
        daily = 1.0 + DAY_SHARE * np.cos(2.0 * np.pi * (np.arange(HOURS) - 15.0) / HOURS)
        by_hour = (1.0 + COOLING_SHARE * warm)[:, None] * daily
        return np.repeat(by_hour[:, None, :], DAY_TYPES, axis=1)


extension = tanlu.Extension(
    name="data_centre",
    agents=(DataCentre,),
    indicators=(
        tanlu.Indicator(
            "Data Centre|Electricity",
            "TWh/yr",
            lambda record: record.extensions["data_centre_taken_mwh"] / 1e6,
        ),
    ),
)
