"""Yearly limits of units: the shadow prices at which a year holds no more than the rule allows.

A limit is one constraint of the year. The least cost at asked prices, less prices times limits, is concave in prices
and never above the least cost within the limits (weak duality). Each clearing gives its value there, and a plane above
it for each month; the cheapest mix of months that were cleared is above the least cost. Where both meet the search ends
(docs/model/yearly_limits.md).
"""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, sum_by_group
from tanlu.kernels.power.commitment import Commitment
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.limit_prices import ClearedMonths, LimitPrices, price_limits
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.market import MarketYear, clear_days_apart
from tanlu.region.hydro import HOURS_IN_MONTH

FIRST_REACH = 8.0  # CNY/MWh beyond tried prices that are looked at first
REACH_FACTOR = 3.0  # by which the reach grows with each clearing
SAME_PRICE = 1e-2  # CNY/MWh within which two prices are one
MOST_CLEARINGS = 60
LEAST_MWH = 1.0  # a limit below it is as good as none at all


class LimitedMarket(NamedTuple):
    """A year's market whose units share yearly limits by zone; axes unit V, zone Z, month M."""

    market: MarketYear  # at cost
    apart_mwh: Floats  # [Z, M] as of `clear_days_apart`
    is_limited: Booleans  # [V]
    room_mwh: Floats  # [Z] of the limits, what least output leaves


class Trial(NamedTuple):
    """A year cleared at shadow prices, and what it says of the months."""

    price_cny_per_mwh: Floats  # [Z]
    cost_cny: Floats  # [M] without shadow prices
    output_mwh: Floats  # [M, Z] of limited units
    market: MarketYear
    cleared: Dispatch


class LimitedYear(NamedTuple):
    """A year within its limits: a mix of trials, the last of which is at the shadow prices."""

    trials: list[Trial]
    share: Floats  # [K, M] of each trial in the month
    cost_cny: float  # of the mix, without shadow prices
    gap_cny: float  # by which that may at most exceed the least

    @property
    def price_cny_per_mwh(self) -> Floats:
        """The shadow prices [Z]."""
        return self.trials[-1].price_cny_per_mwh

    @property
    def parts(self) -> list[tuple[Trial, Floats]]:
        """Trials that are part of some month, with their shares [M]."""
        return [(trial, share) for trial, share in zip(self.trials, self.share, strict=True) if share.any()]


def sum_limits(offer: PowerOffer) -> Floats:
    """Sum the yearly limits, MWh [Z]; 0 in a zone without, or with next to nothing."""
    limit = np.where(np.isfinite(offer.yearly_limit_mwh), offer.yearly_limit_mwh, 0.0)
    by_zone = sum_by_group(offer.zone, limit, len(offer.must_run_mw))
    return np.where(by_zone < LEAST_MWH, 0.0, by_zone)


def sum_limited_output(offer: PowerOffer, online: Commitment, output_mwh: Floats) -> Floats:
    """Sum the output of units with a yearly limit, MWh [Z].

    Args:
        offer: of units U.
        online: with their least output.
        output_mwh: above it, of what is called up, units first.
    """
    limited, zone = np.isfinite(offer.yearly_limit_mwh), offer.zone
    output = (online.floor_mw * HOURS_IN_MONTH).sum(axis=1) + output_mwh[: zone.size]
    return sum_by_group(zone, output * limited, len(offer.must_run_mw))


def add_shadow_price(offer: PowerOffer, price: Floats) -> PowerOffer:
    """Add the shadow price [Z] to the cost of units with a yearly limit."""
    surcharge = np.isfinite(offer.yearly_limit_mwh) * price[offer.zone]
    return offer._replace(cost_cny_per_mwh=offer.cost_cny_per_mwh + surcharge)


def clear_within_limits(limited: LimitedMarket, start_cny_per_mwh: Floats) -> LimitedYear:
    """Find the lowest shadow prices [Z] at which a mix of cleared months fits the limits.

    The next prices are those at which the months cleared so far would fit, no further beyond the prices tried than a
    reach that grows. They repeat where the dual has its maximum: from any start the same.
    """
    start = np.minimum(start_cny_per_mwh, limited.market.scarcity_price_cny_per_mwh)
    trials, reach = [_clear_at(limited, start)], np.full(start.size, FIRST_REACH)
    while True:
        lowest, highest = _find_range(limited, trials, reach)
        priced = _price(limited, trials, lowest, highest)
        price = priced.price_cny_per_mwh
        if _put_last(trials, price) or len(trials) == MOST_CLEARINGS:
            return _close(limited, trials, lowest, highest)
        trials.append(_clear_at(limited, price))
        reach = np.where((price <= lowest) | (price >= highest), REACH_FACTOR * reach, reach)


def _find_range(limited: LimitedMarket, trials: list[Trial], reach: Floats) -> tuple[Floats, Floats]:
    """Find the lowest and the highest prices [Z] that are looked at."""
    has_limit = sum_by_group(limited.market.unit_zone, limited.is_limited, reach.size) > 0.0
    tried = np.stack([trial.price_cny_per_mwh for trial in trials])
    highest = np.minimum(tried.max(axis=0) + reach, limited.market.scarcity_price_cny_per_mwh)
    return np.maximum(tried.min(axis=0) - reach, 0.0) * has_limit, highest * has_limit


def _clear_at(limited: LimitedMarket, price: Floats) -> Trial:
    """Clear the year at shadow prices [Z], and sum its months."""
    year = limited.market
    surcharge = limited.is_limited * price[year.unit_zone]
    priced_year = year._replace(unit_cost_cny_per_mwh=year.unit_cost_cny_per_mwh + surcharge)
    cleared = clear_days_apart(priced_year, limited.apart_mwh)
    output = cleared.unit_output_by_month_mwh
    lost = (year.wheeling_cost_cny_per_mwh[:, None, None, None] * np.abs(cleared.flow_mw)).sum(axis=0)
    lost = lost + year.scarcity_price_cny_per_mwh * cleared.unserved_mw.sum(axis=0)
    cost = (year.unit_cost_cny_per_mwh[:, None] * output).sum(axis=0)
    cost = cost + (lost.sum(axis=2) * year.day_weight).sum(axis=1)
    by_zone = [output[limited.is_limited & (year.unit_zone == z)].sum(axis=0) for z in range(price.size)]
    return Trial(price, cost, np.stack(by_zone, axis=1), priced_year, cleared)


def _price(limited: LimitedMarket, trials: list[Trial], lowest: Floats, highest: Floats) -> LimitPrices:
    """Find the prices [Z] in a range at which the months cleared so far would fit."""
    cost, output = (
        np.stack([trial.cost_cny for trial in trials]),
        np.stack([trial.output_mwh for trial in trials]),
    )
    priced: LimitPrices = price_limits(
        cleared=ClearedMonths(cost, output),
        limit_mwh=limited.room_mwh,
        lowest_cny_per_mwh=lowest,
        highest_cny_per_mwh=highest,
    )
    return priced


def _put_last(trials: list[Trial], price: Floats) -> bool:
    """Put the trial at these prices last; tell whether there is one."""
    for k, trial in enumerate(trials):
        if np.abs(trial.price_cny_per_mwh - price).max() < SAME_PRICE:
            trials.append(trials.pop(k))
            return True
    return False


def _close(limited: LimitedMarket, trials: list[Trial], lowest: Floats, highest: Floats) -> LimitedYear:
    """Mix the trials, and bound the cost of the mix by the dual at the last one's prices."""
    priced, last = _price(limited, trials, lowest, highest), trials[-1]
    cost = float((priced.share * np.stack([trial.cost_cny for trial in trials])).sum())
    beyond_mwh = last.output_mwh.sum(axis=0) - limited.room_mwh
    dual = last.cost_cny.sum() + (last.price_cny_per_mwh * beyond_mwh).sum()
    return LimitedYear(trials, priced.share, cost, max(cost - float(dual), 0.0) + last.cleared.gap_cny)
