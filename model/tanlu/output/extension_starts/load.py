"""An extension: a kind of agents that take electricity.

tanlu run baseline --extend FILE
"""

from collections.abc import Sequence

import numpy as np

import tanlu

# Assumptions: write your own figures, each with its source.
FIRST_YEAR, MEGAWATTS, BID_CNY_PER_MWH = 2024, 100.0, 500.0


class MyLoad(tanlu.Agent):
    """An agent: load in the first province, as long as power costs no more than its bid."""

    def offer_electricity(self, view: tanlu.YearView) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Offer this year's load. Without a bid it is firm: MW [month, day type, hour], shape (12, 2, 24)."""
        return self.list_loads(view, view.year)

    def expect_electricity(self, view: tanlu.YearView, years: int) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Tell builders of plants what will be there when theirs are ready, `years` from now."""
        return self.list_loads(view, view.year + years)

    def list_loads(self, view: tanlu.YearView, year: int) -> list[tanlu.Load]:
        """List the load of a year: the same in all months."""
        if year < FIRST_YEAR:
            return []
        province = view.region.axes.provinces[0]
        return [tanlu.Load(province, np.full(12, MEGAWATTS), BID_CNY_PER_MWH)]

    def after_electricity(self, view: tanlu.YearView, year: int) -> tanlu.Effect:
        """Report by province what was taken; `tanlu explain view Trade` lists what else the market tells."""
        trade = view.outcomes.electricity.trades["my_load"]  # the name of the class, in small letters
        return tanlu.Effect(quantities={"my_taken_mwh": trade.taken_mwh})


extension = tanlu.Extension(
    name="NAME",
    agents=(MyLoad,),
    indicators=(
        tanlu.Indicator("My Load|Taken", "TWh/yr", lambda record: record.extensions["my_taken_mwh"] / 1e6),
    ),
)
