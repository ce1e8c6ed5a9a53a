"""An extension: electrolysers that take power while it is cheap enough, and sell hydrogen.

tanlu run baseline --extend examples/electrolyser.py
"""

from collections.abc import Sequence

import numpy as np

import tanlu

FIRST_YEAR, MEGAWATTS = 2026, 1000.0  # in each province, as large as the first projects in the north of China
HYDROGEN_CNY_PER_KG, KWH_PER_KG = 12.0, 55.0  # assumptions: a price at the plant, and use with auxiliaries
BID_CNY_PER_MWH = 1000.0 * HYDROGEN_CNY_PER_KG / KWH_PER_KG


class Electrolysers(tanlu.Agent):
    """An agent: one plant in each province, connected to plants of wind and sun."""

    def offer_electricity(self, view: tanlu.YearView) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Bid what hydrogen is worth for every MWh, in all months."""
        return self.bid(view, view.year)

    def expect_electricity(self, view: tanlu.YearView, years: int) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Tell builders of plants what will stand when theirs is ready."""
        return self.bid(view, view.year + years)

    def bid(self, view: tanlu.YearView, year: int) -> list[tanlu.Load]:
        """List the load of a year."""
        if year < FIRST_YEAR:
            return []
        months = np.full(12, MEGAWATTS)
        return [
            tanlu.Load(province, months, BID_CNY_PER_MWH, direct_connection=True)
            for province in view.region.axes.provinces
        ]

    def after_electricity(self, view: tanlu.YearView, year: int) -> tanlu.Effect:
        """Report the hydrogen made of what was served."""
        taken_mwh = view.outcomes.electricity.trades["electrolysers"].taken_mwh
        return tanlu.Effect(quantities={"hydrogen_t": taken_mwh / KWH_PER_KG})


extension = tanlu.Extension(
    name="electrolyser",
    agents=(Electrolysers,),
    indicators=(
        tanlu.Indicator("Hydrogen|Made", "kt/yr", lambda record: record.extensions["hydrogen_t"] / 1e3),
    ),
)
