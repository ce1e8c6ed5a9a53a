"""What a scenario avoids against a baseline, and what a tonne of it costs."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.output.differences import Difference, Pairs, difference, half_width
from tanlu.output.figures.paths import Paths

BN_CNY_PER_MT = 1000.0  # bn CNY per Mt CO2, as CNY per tonne


class Avoided(NamedTuple):
    """What a scenario avoids against a baseline, and at what cost; undiscounted, over the years both have."""

    first_year: int
    last_year: int
    mtco2: Difference  # less emitted
    elsewhere_mtco2: Difference  # more emitted in other regions for what it imports, net
    elsewhere_percent: Difference  # of what is avoided; NaN without an effect above noise
    with_imports_mtco2: Difference  # less emitted, net imports counted
    freed_mtco2: Difference  # allowances of the nation that it leaves to other regions in addition
    used_by_others_mtco2: (
        Difference  # more emitted there with them; CO2 moved elsewhere is part of it, never added
    )
    sequestered_mtco2: Difference  # more stored or bound in products for good
    rebound_percent: (
        Difference  # of that, what other emissions rise by; NaN if more is avoided or within noise
    )
    rebound_with_imports_percent: Difference  # the same, net imports counted
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

    elsewhere_mtco2 = [summed(side, "elsewhere_mtco2") for side in (answer, base)]
    net_bn_cny = [summed(side, "spent_bn_cny") - summed(side, "earned_bn_cny") for side in (answer, base)]
    less_mtco2 = [-summed(side, "emissions_mtco2") for side in (answer, base)]
    with_imports_mtco2 = [less - more for less, more in zip(less_mtco2, elsewhere_mtco2, strict=True)]
    sequestered_mtco2 = [summed(side, "sequestered_mtco2") for side in (answer, base)]
    return Avoided(
        first_year=int(years[0]),
        last_year=int(years[-1]),
        mtco2=difference(less_mtco2[0], less_mtco2[1], pairs),
        elsewhere_mtco2=difference(elsewhere_mtco2[0], elsewhere_mtco2[1], pairs),
        elsewhere_percent=_percent_of(elsewhere_mtco2, less_mtco2, pairs),
        with_imports_mtco2=difference(with_imports_mtco2[0], with_imports_mtco2[1], pairs),
        freed_mtco2=difference_of("left_mtco2"),
        used_by_others_mtco2=difference_of("used_by_others_mtco2"),
        sequestered_mtco2=difference(sequestered_mtco2[0], sequestered_mtco2[1], pairs),
        rebound_percent=_rebound(less_mtco2, sequestered_mtco2, pairs),
        rebound_with_imports_percent=_rebound(with_imports_mtco2, sequestered_mtco2, pairs),
        public_money_bn_cny=difference_of("spent_bn_cny"),
        climate_revenue_bn_cny=difference_of("earned_bn_cny"),
        net_public_money_bn_cny=difference(net_bn_cny[0], net_bn_cny[1], pairs),
        system_cost_bn_cny=difference_of("system_cost_bn_cny"),
    )


def _rebound(less_mtco2: Sequence[Floats], sequestered_mtco2: Sequence[Floats], pairs: Pairs) -> Difference:
    """Compute which part of what capture sequesters other emissions take back, percent.

    NaN where capture sequesters no more, and where more is avoided than that: then other things save too, and which
    part is whose only shares of policies tell.
    """
    avoided = _percent_of(less_mtco2, sequestered_mtco2, pairs)
    rebound = avoided._replace(mean=PERCENT_PER_SHARE - avoided.mean)
    return rebound if rebound.mean >= 0.0 else rebound._replace(mean=math.nan, half_width=math.nan)


def _percent_of(parts: Sequence[Floats], wholes: Sequence[Floats], pairs: Pairs) -> Difference:
    """Compute the change of a part by the change of a whole, percent.

    The interval is that of a ratio of means, by its linear terms (Cochran 1977, Sampling techniques, section 2.11);
    none without a common draw. NaN where the whole changes within noise or falls.

    Args:
        parts: of the answer and the baseline, each [R].
        wholes: likewise.
        pairs: of draws.
    """
    part, whole = (difference(answer, base, pairs) for answer, base in (parts, wholes))
    if whole.is_in_noise or whole.mean <= 0.0:
        return whole._replace(mean=math.nan, half_width=math.nan, unchanged=False)
    ratio = PERCENT_PER_SHARE * part.mean / whole.mean
    half = math.nan
    if pairs.paired:
        part_changes, whole_changes = (
            answer[pairs.of_result] - base[pairs.of_baseline] for answer, base in (parts, wholes)
        )
        half = half_width((PERCENT_PER_SHARE * part_changes - ratio * whole_changes) / whole.mean)
    return part._replace(mean=ratio, half_width=half)
