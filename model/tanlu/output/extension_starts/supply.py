"""An extension: a kind of agents that give electricity.

tanlu run baseline --extend FILE
"""

from collections.abc import Sequence

import numpy as np

import tanlu

# Assumptions: write your own figures, each with its source.
FIRST_YEAR, MEGAWATTS, COST_CNY_PER_MWH, CO2_T_PER_MWH = 2024, 100.0, 200.0, 0.35


class MySupply(tanlu.Agent):
    """An agent: plants in the first province that burn gas at a cost of their own."""

    def offer_electricity(self, view: tanlu.YearView) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Offer this year's supply: MW [month], served where it is among the cheapest."""
        return self.list_supplies(view, view.year)

    def expect_electricity(self, view: tanlu.YearView, years: int) -> Sequence[tanlu.Load | tanlu.Supply]:
        """Tell builders of plants what will be there when theirs are ready, `years` from now."""
        return self.list_supplies(view, view.year + years)

    def list_supplies(self, view: tanlu.YearView, year: int) -> list[tanlu.Supply]:
        """List the supply of a year: the same in all months. The market adds what its CO2 costs."""
        if year < FIRST_YEAR:
            return []
        province = view.region.axes.provinces[0]
        months = np.full(12, MEGAWATTS)
        return [tanlu.Supply(province, months, COST_CNY_PER_MWH, CO2_T_PER_MWH, carrier="gas")]

    def after_electricity(self, view: tanlu.YearView, year: int) -> tanlu.Effect:
        """Report by province what was given; `tanlu explain view Trade` lists what else the market tells."""
        trade = view.outcomes.electricity.trades["my_supply"]  # the name of the class, in small letters
        return tanlu.Effect(quantities={"my_given_mwh": trade.supplied_mwh})


extension = tanlu.Extension(
    name="NAME",
    agents=(MySupply,),
    indicators=(
        tanlu.Indicator("My Supply|Given", "TWh/yr", lambda record: record.extensions["my_given_mwh"] / 1e6),
    ),
)
