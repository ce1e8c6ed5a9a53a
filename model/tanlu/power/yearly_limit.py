"""Yearly limits of units: what they ask beyond their cost, so that a year holds no more than the rule allows."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, sum_by_group
from tanlu.core.axes import P
from tanlu.kernels.power.units import PowerOffer
from tanlu.region.hydro import HOURS_IN_MONTH

CLOSE = 0.98  # of a limit is used where a price is accepted at once
NARROW = 1.0  # CNY/MWh within which a step of the supply stack lies
STEPS = (64.0, 4.0)  # CNY/MWh by which prices are raised first, and once they are about right
ROUNDS = 2
ROUNDING = 1e-10  # of a limit: least output alone may use all of it
HIGHEST = 50_000.0  # CNY/MWh, beyond any price at which a unit is called
LEAST_MWH = 1.0  # a limit below it is as good as none at all


def limited_mwh(offer: PowerOffer, floor_mw: Floats, output_mwh: Floats) -> Floats:
    """Return what units with a yearly limit give, MWh [P].

    Args:
        offer: of units U.
        floor_mw: least output, [U, month].
        output_mwh: above it, of what is called up, units first.
    """
    limited, zone = np.isfinite(offer.yearly_limit_mwh), offer.zone
    given = (floor_mw * HOURS_IN_MONTH).sum(axis=1) + output_mwh[: zone.size]
    return sum_by_group(zone, given * limited, P)


def at_shadow_price(offer: PowerOffer, price: Floats) -> PowerOffer:
    """Return the offer with the shadow price [P] on top of the cost of units with a yearly limit."""
    added = np.isfinite(offer.yearly_limit_mwh) * price[offer.zone]
    return offer._replace(cost_cny_per_mwh=offer.cost_cny_per_mwh + added)


class Tried[Cleared](NamedTuple):
    """A year cleared at shadow prices, and what limited units give in it."""

    price: Floats  # [P]
    output: Floats  # [P] over the limit: 1 is all of it
    cleared: Cleared

    @property
    def over(self) -> Booleans:
        """Where limited units give more than they may [P]."""
        return self.output > 1.0 + ROUNDING


type Attempt[Cleared] = Callable[[Floats], Tried[Cleared]]
type Mix[Cleared] = Callable[[Sequence[Cleared], Sequence[float]], Cleared]


def within_limits[Cleared](
    offer: PowerOffer,
    clear: Callable[[PowerOffer, Floats], Cleared],
    given: Callable[[Cleared], Floats],
    mix: Mix[Cleared],
) -> tuple[Floats, Cleared]:
    """Return the shadow price of each province's yearly limits [P], and the year cleared with it.

    The limited units of a province share their limits, so that the cheapest run most. Where they would give more,
    they are online for as much less of the time, and the price is the least at which they are within the limit.

    Args:
        offer: of units at cost.
        clear: clears the year with what units ask and the share of its plan in which each is online [U].
        given: what limited units give in a cleared year, MWh [P].
        mix: cleared years into one, each a part of it.
    """
    limited, share = np.isfinite(offer.yearly_limit_mwh), np.ones(offer.zone.size)
    free = Tried(np.zeros(P), np.zeros(P), clear(offer, share))
    if not limited.any():
        return free.price, free.cleared
    limit = sum_by_group(offer.zone, np.where(limited, offer.yearly_limit_mwh, 0.0), P)
    free = free._replace(output=given(free.cleared) / np.maximum(limit, LEAST_MWH))
    share[limited] = np.minimum(1.0 / np.maximum(free.output, 1e-9), 1.0)[offer.zone[limited]]

    def attempt(price: Floats) -> Tried[Cleared]:
        cleared = clear(at_shadow_price(offer, price), share)
        return Tried(price, given(cleared) / np.maximum(limit, LEAST_MWH), cleared)

    within = _raise(free, free.over, STEPS[0], attempt) if free.over.any() else free
    for z in np.tile(np.arange(P), ROUNDS):
        within = _raise(within, np.arange(P) == z, STEPS[1], attempt) if within.over[z] else within
    step = STEPS[1]
    while within.over.any() and within.price.max() < HIGHEST:
        within, step = attempt(within.price + step * within.over), 2.0 * step
    return _use_all(within, attempt, mix)


def _raise[Cleared](
    at: Tried[Cleared], zones: Booleans, step: float, attempt: Attempt[Cleared]
) -> Tried[Cleared]:
    """Raise the price of zones that are over their limits alike, until one of them is within.

    A price in one zone raises output in the other, so that what is over now is over at any higher price there.
    """
    start, low, high, within = at.price, 0.0, np.inf, at
    while high - low > NARROW and low < HIGHEST:
        middle = low + step if np.isinf(high) else (low + high) / 2.0
        tried = attempt(start + middle * zones)
        if tried.over[zones].all():
            low, step = middle, 2.0 * step
        else:
            high, within = middle, tried
            if (tried.output[zones] > CLOSE).all():
                break
    return within


def _use_all[Cleared](
    within: Tried[Cleared],
    attempt: Attempt[Cleared],
    mix: Mix[Cleared],
) -> tuple[Floats, Cleared]:
    """Lower each price as far as no zone is over; return prices and the year with all of the limits used.

    At a step of the supply stack, where units of one cost are called or not, the year is part of either side.
    """
    lowest = within.price.copy()
    beyond: list[Tried[Cleared]] = []
    for z in np.flatnonzero(within.price > 0.0):
        low, other = 0.0, None
        while within.output[z] < CLOSE and within.price[z] - low > NARROW:
            price = within.price.copy()
            price[z] = (low + price[z]) / 2.0
            tried = attempt(price)
            if tried.over.any():
                low, other = price[z], tried
            else:
                within = tried
        if other is not None:
            lowest[z] = low
            beyond.append(other)
    if len(beyond) > 1:
        beyond.insert(0, attempt(lowest))
    return within.price, _mixed(within, beyond, mix)


def _mixed[Cleared](within: Tried[Cleared], beyond: list[Tried[Cleared]], mix: Mix[Cleared]) -> Cleared:
    """Return the year with as much of others in it, one after the other, as no zone's limit forbids."""
    output, parts = within.output, [1.0]
    for other in beyond:
        more = other.output - within.output
        room = np.where(more > 0.0, (1.0 - output) / np.maximum(more, 1e-9), 1.0)
        parts.append(float(np.clip(room, 0.0, parts[0]).min()))
        output, parts[0] = output + parts[-1] * more, parts[0] - parts[-1]
    return mix([within.cleared, *(other.cleared for other in beyond)], parts)


def net_flow(forward: Floats, backward: Floats, kept: float) -> tuple[Floats, Floats]:
    """Return the flow that stands for flows both ways in part of an hour, MW, and what losses that spares leave over.

    What arrives at the net receiver is the same. Less is lost than both flows would, and the sender has that too much.

    Args:
        forward: from the first zone, as sent [hours].
        backward: from the second zone, as sent [hours].
        kept: share of a flow that arrives.

    Returns:
        The flow from the first zone as sent [hours]; negative from the second. What is left over [2, hours].
    """
    ahead = forward - np.minimum(backward / kept, forward)
    back = backward - np.minimum(forward / kept, backward)
    left = np.stack(
        [forward - kept * backward - ahead + kept * back, backward - kept * forward - back + kept * ahead]
    )
    return ahead - back, np.maximum(left, 0.0)
