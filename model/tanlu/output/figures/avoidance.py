"""What a scenario avoids against a baseline, and what a tonne of it costs."""

import math
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.output.differences import Difference, difference
from tanlu.output.figures.paths import Paths

BN_CNY_PER_MT = 1000.0  # bn CNY per Mt CO2, as CNY per tonne


class Avoided(NamedTuple):
    """What a scenario avoids against a baseline, and at what cost; undiscounted, over the years both have."""

    first_year: int
    last_year: int
    mtco2: Difference  # less emitted
    elsewhere_mtco2: Difference  # more emitted in other regions for its electricity
    public_money_bn_cny: Difference  # paid out, carbon revenue given back included
    climate_revenue_bn_cny: Difference  # what climate policy brings governments
    net_public_money_bn_cny: Difference  # the former less the latter
    system_cost_bn_cny: Difference

    def per_tonne_cny(self, money_bn_cny: Difference) -> float:
        """Compute extra money per tonne avoided, CNY/t; NaN without an effect."""
        return cost_of_tonne_cny(money_bn_cny.mean, self.mtco2)


def cost_of_tonne_cny(money_bn_cny: float, effect_mtco2: Difference) -> float:
    """Compute money per tonne, CNY/t; NaN without an effect above noise."""
    has_cost = effect_mtco2.mean > 0.0 and not effect_mtco2.is_in_noise
    return money_bn_cny / effect_mtco2.mean * BN_CNY_PER_MT if has_cost else math.nan


def compute_avoided(answer: Paths, base: Paths) -> Avoided:
    """Compute the CO2 that an answer avoids, and its cost.

    Sums are over the years that both have, from the first year after the statistics on.
    """
    years = np.intersect1d(answer.years, base.years)
    years = years[years >= min(answer.counted_from, years[-1])]
    pairs = answer.pairs(base)

    def difference_of(name: str) -> Difference:
        return difference(summed(answer, name), summed(base, name), pairs)

    def summed(paths: Paths, name: str) -> Floats:
        draws: Floats = getattr(paths, name)
        return np.asarray(draws[:, np.isin(paths.years, years)].sum(axis=1))

    net_bn_cny = [summed(side, "spent_bn_cny") - summed(side, "earned_bn_cny") for side in (answer, base)]
    less_mtco2 = [-summed(side, "emissions_mtco2") for side in (answer, base)]
    return Avoided(
        first_year=int(years[0]),
        last_year=int(years[-1]),
        mtco2=difference(less_mtco2[0], less_mtco2[1], pairs),
        elsewhere_mtco2=difference_of("elsewhere_mtco2"),
        public_money_bn_cny=difference_of("spent_bn_cny"),
        climate_revenue_bn_cny=difference_of("earned_bn_cny"),
        net_public_money_bn_cny=difference(net_bn_cny[0], net_bn_cny[1], pairs),
        system_cost_bn_cny=difference_of("system_cost_bn_cny"),
    )
