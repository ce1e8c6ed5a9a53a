"""What one MW of each kind would earn at the hourly prices of a year."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class Earnings(NamedTuple):
    """CNY per MW and year; axes zone Z, kind of wind and sun R, of what burns fuel B, of store S."""

    profile: Floats  # [Z, R] premium included
    margin: Floats  # [Z, B] over its cost, while prices are above it
    spread: Floats  # [Z, S] of the day's dearest hours over its cheapest


@helper
def _sort(values: Floats, ordered: Floats) -> None:
    """Fill `ordered` [H] with values, lowest first."""
    for h in range(values.size):
        value, k = values[h], h
        while k > 0 and ordered[k - 1] > value:
            ordered[k] = ordered[k - 1]
            k -= 1
        ordered[k] = value


@helper
def _earn_profile(price: Floats, profile: Floats, premium: float) -> float:
    """Compute the day's earnings of a MW that gives its profile [H].

    It gives it at any price.
    """
    total = 0.0
    for h in range(price.size):
        total += (price[h] + premium) * profile[h]
    return total


@helper
def _earn_margin(price: Floats, cost: float) -> float:
    """Compute the day's earnings of a MW that runs above its cost."""
    total = 0.0
    for h in range(price.size):
        total += max(price[h] - cost, 0.0)
    return total


@helper
def _earn_spread(ordered: Floats, hours: int, efficiency: float) -> float:
    """Compute the day's earnings of a MW that shifts energy.

    It takes in as many of the cheapest hours as it gives in the dearest, where that pays.
    """
    total = 0.0
    for h in range(hours):
        total += max(ordered[ordered.size - 1 - h] - ordered[h] / efficiency, 0.0)
    return total


@kernel
def earn_at_prices(
    price_cny_per_mwh: Floats,
    day_weight: Floats,
    profile: Floats,
    premium_cny_per_mwh: Floats,
    cost_cny_per_mwh: Floats,
    store_hours: Integers,
    store_efficiency: Floats,
) -> Earnings:
    """Compute the year's earnings of one MW of each kind.

    Args:
        price_cny_per_mwh: f8[Z, M, D, H].
        day_weight: f8[M, D] days of each type.
        profile: f8[Z, R, M, H] capacity factor.
        premium_cny_per_mwh: f8[Z, R] on top of the price.
        cost_cny_per_mwh: f8[Z, B] of what burns fuel.
        store_hours: i8[S] that a day charges and discharges, at most H / 2.
        store_efficiency: f8[S] energy discharged per energy charged, above 0.
    """
    zones, months, days, hours = price_cny_per_mwh.shape
    profile_cny = np.zeros((zones, profile.shape[1]))
    margin_cny, spread_cny = np.zeros(cost_cny_per_mwh.shape), np.zeros((zones, store_hours.size))
    ordered = np.zeros(hours)
    for z in range(zones):
        for m in range(months):
            for d in range(days):
                price, weight = price_cny_per_mwh[z, m, d], day_weight[m, d]
                for r in range(profile_cny.shape[1]):
                    profile_cny[z, r] += (
                        _earn_profile(price, profile[z, r, m], premium_cny_per_mwh[z, r]) * weight
                    )
                for b in range(margin_cny.shape[1]):
                    margin_cny[z, b] += _earn_margin(price, cost_cny_per_mwh[z, b]) * weight
                _sort(price, ordered)
                for s in range(store_hours.size):
                    spread_cny[z, s] += _earn_spread(ordered, store_hours[s], store_efficiency[s]) * weight
    return Earnings(profile_cny, margin_cny, spread_cny)
