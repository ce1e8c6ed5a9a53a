"""The record of how wholesale prices are spread, and of what makes hours scarce."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.records.happened import YearOutcome

PRICE_QUANTILES = (0.05, 0.5, 0.95)


class PricesRecord(NamedTuple):
    """Wholesale prices beyond their mean, which is in the record of power."""

    quantiles_cny_per_mwh: Floats  # [P, PRICE_QUANTILES] of the hours of the year
    daily_spread_cny_per_mwh: Floats  # [P] dearest less cheapest hour of a day, mean over the days
    limit_price_cny_per_mwh: Floats  # [P] shadow price of coal's utilisation cap; 0 where it does not bind
    hydro_sold_mwh: Floats  # [P, month] of water within its province, by contract
    hydro_paid_cny: Floats  # [P, month] for it
    # [3] year itself, expected, planned: of the cost of each, by which it may at most exceed the least
    gap_share: Floats


def measure_prices(year: YearOutcome) -> PricesRecord:
    """Measure the spread of prices."""
    power = year.power
    days = power.hours.day_weight
    return PricesRecord(
        quantiles_cny_per_mwh=price_quantiles(power.prices.price_cny_per_mwh, days),
        daily_spread_cny_per_mwh=_daily_spread(power.prices.price_cny_per_mwh, days),
        limit_price_cny_per_mwh=power.prices.shadow_price_cny_per_mwh,
        hydro_sold_mwh=power.hydro_sales.sold_mwh,
        hydro_paid_cny=power.hydro_sales.paid_cny,
        gap_share=np.array([power.prices.gap_share, *year.invested.gap_share]),
    )


def price_quantiles(price: Floats, days: Floats) -> Floats:
    """Compute the quantiles of a year's hourly prices [P, PRICE_QUANTILES].

    Args:
        price: of each hour, CNY/MWh [P, month, day type, hour].
        days: how many days each stands for, [month, day type].
    """
    hours = np.broadcast_to(days[:, :, None], price.shape[1:]).ravel()
    quantiles = np.zeros((price.shape[0], len(PRICE_QUANTILES)))
    for p, of_zone in enumerate(price.reshape(price.shape[0], -1)):
        order = np.argsort(of_zone, kind="stable")
        cumulative_hours = np.cumsum(hours[order])
        positions = np.searchsorted(cumulative_hours, np.array(PRICE_QUANTILES) * cumulative_hours[-1])
        quantiles[p] = of_zone[order][positions]
    return quantiles


def _daily_spread(price: Floats, days: Floats) -> Floats:
    """Compute the mean spread of prices within a day [P].

    It is the dearest less the cheapest hour.
    """
    spread = price.max(axis=3) - price.min(axis=3)
    return np.asarray((spread * days).sum(axis=(1, 2)) / days.sum())
