"""Yearly limits of units: what they ask beyond their cost, so that a year holds no more than the rule allows."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, sum_by_group
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.zones import Z
from tanlu.region.hydro import HOURS_IN_MONTH

CLOSE = 0.98  # of a limit is used where a price is accepted at once
NARROW = 1.0  # CNY/MWh within which a step of the supply stack lies
STEPS = (64.0, 4.0)  # CNY/MWh by which prices are raised first, and once they are about right
ROUNDS = 2
ROUNDING = 1e-10  # of a limit: least output alone may use all of it
HIGHEST = 50_000.0  # CNY/MWh, beyond any price at which a unit is called
LEAST_MWH = 1.0  # a limit below it is as good as none at all


def sum_limited_output(offer: PowerOffer, floor_mw: Floats, output_mwh: Floats) -> Floats:
    """Sum the output of units with a yearly limit, MWh [Z].

    Args:
        offer: of units U.
        floor_mw: least output, [U, month].
        output_mwh: above it, of what is called up, units first.
    """
    limited, zone = np.isfinite(offer.yearly_limit_mwh), offer.zone
    output = (floor_mw * HOURS_IN_MONTH).sum(axis=1) + output_mwh[: zone.size]
    return sum_by_group(zone, output * limited, Z)


def add_shadow_price(offer: PowerOffer, price: Floats) -> PowerOffer:
    """Add the shadow price [Z] to the cost of units with a yearly limit."""
    surcharge = np.isfinite(offer.yearly_limit_mwh) * price[offer.zone]
    return offer._replace(cost_cny_per_mwh=offer.cost_cny_per_mwh + surcharge)


class Trial[Cleared](NamedTuple):
    """A year cleared at shadow prices, and what limited units give in it."""

    price: Floats  # [Z]
    output: Floats  # [Z] over the limit: 1 is all of it
    cleared: Cleared

    @property
    def is_over(self) -> Booleans:
        """Whether limited units give more than they may [Z]."""
        return self.output > 1.0 + ROUNDING


type Attempt[Cleared] = Callable[[Floats], Trial[Cleared]]
type Mix[Cleared] = Callable[[Sequence[Cleared], Sequence[float]], Cleared]


def clear_within_limits[Cleared](
    offer: PowerOffer,
    clear: Callable[[PowerOffer, Floats], Cleared],
    find_output: Callable[[Cleared], Floats],
    mix: Mix[Cleared],
) -> tuple[Floats, Cleared]:
    """Clear a year within yearly limits; return shadow prices [Z] too.

    The limited units of a province share their limits, so that the cheapest run most. Where they would give more,
    they are online for as much less of the time, and the price is the least at which they are within the limit.

    Args:
        offer: of units at cost.
        clear: clears the year with what units ask and the share of its plan in which each is online [U].
        find_output: what limited units give in a cleared year, MWh [Z].
        mix: cleared years into one, each a part of it.
    """
    limited, share = np.isfinite(offer.yearly_limit_mwh), np.ones(offer.zone.size)
    base = Trial(np.zeros(Z), np.zeros(Z), clear(offer, share))
    if not limited.any():
        return base.price, base.cleared
    limit = sum_by_group(offer.zone, np.where(limited, offer.yearly_limit_mwh, 0.0), Z)
    base = base._replace(output=find_output(base.cleared) / np.maximum(limit, LEAST_MWH))
    share[limited] = np.minimum(1.0 / np.maximum(base.output, 1e-9), 1.0)[offer.zone[limited]]

    def attempt(price: Floats) -> Trial[Cleared]:
        cleared = clear(add_shadow_price(offer, price), share)
        return Trial(price, find_output(cleared) / np.maximum(limit, LEAST_MWH), cleared)

    within = _raise_price(base, base.is_over, STEPS[0], attempt) if base.is_over.any() else base
    for z in np.tile(np.arange(Z), ROUNDS):
        within = _raise_price(within, np.arange(Z) == z, STEPS[1], attempt) if within.is_over[z] else within
    step = STEPS[1]
    while within.is_over.any() and within.price.max() < HIGHEST:
        within, step = attempt(within.price + step * within.is_over), 2.0 * step
    return _use_all(within, attempt, mix)


def _raise_price[Cleared](
    base: Trial[Cleared], zones: Booleans, step: float, attempt: Attempt[Cleared]
) -> Trial[Cleared]:
    """Raise the price of zones over their limits until one is within.

    The prices of all these zones rise alike. A price in one zone raises output in the other, so that what is over now
    is over at any higher price there.
    """
    start, low, high, within = base.price, 0.0, np.inf, base
    while high - low > NARROW and low < HIGHEST:
        middle = low + step if np.isinf(high) else (low + high) / 2.0
        trial = attempt(start + middle * zones)
        if trial.is_over[zones].all():
            low, step = middle, 2.0 * step
        else:
            high, within = middle, trial
            if (trial.output[zones] > CLOSE).all():
                break
    return within


def _use_all[Cleared](
    within: Trial[Cleared],
    attempt: Attempt[Cleared],
    mix: Mix[Cleared],
) -> tuple[Floats, Cleared]:
    """Lower each price as far as no zone is over its limit.

    Returns prices and the year with all of the limits used. At a step of the supply stack, where units of one cost are
    called or not, the year is part of either side.
    """
    lowest = within.price.copy()
    beyond: list[Trial[Cleared]] = []
    for z in np.flatnonzero(within.price > 0.0):
        low, neighbour = 0.0, None
        while within.output[z] < CLOSE and within.price[z] - low > NARROW:
            price = within.price.copy()
            price[z] = (low + price[z]) / 2.0
            trial = attempt(price)
            if trial.is_over.any():
                low, neighbour = price[z], trial
            else:
                within = trial
        if neighbour is not None:
            lowest[z] = low
            beyond.append(neighbour)
    if len(beyond) > 1:
        beyond.insert(0, attempt(lowest))
    return within.price, _mix_in(within, beyond, mix)


def _mix_in[Cleared](within: Trial[Cleared], beyond: list[Trial[Cleared]], mix: Mix[Cleared]) -> Cleared:
    """Mix as much of other years into one as no limit forbids.

    They are mixed in one after the other.
    """
    output, parts = within.output, [1.0]
    for trial in beyond:
        added_output = trial.output - within.output
        room = np.where(added_output > 0.0, (1.0 - output) / np.maximum(added_output, 1e-9), 1.0)
        parts.append(float(np.clip(room, 0.0, parts[0]).min()))
        output, parts[0] = output + parts[-1] * added_output, parts[0] - parts[-1]
    return mix([within.cleared, *(trial.cleared for trial in beyond)], parts)


def net_flow(forward: Floats, backward: Floats, arriving_share: float) -> tuple[Floats, Floats]:
    """Net flows both ways in an hour, MW, and compute spared losses.

    What arrives at the net receiver is the same. Less is lost than both flows would lose, and the sender has that too
    much.

    Args:
        forward: from the first zone, as sent [hours].
        backward: from the second zone, as sent [hours].
        arriving_share: share of a flow that arrives.

    Returns:
        The flow from the first zone as sent [hours]; negative from the second. What is left over [2, hours].
    """
    ahead = forward - np.minimum(backward / arriving_share, forward)
    reverse = backward - np.minimum(forward / arriving_share, backward)
    surplus = np.stack(
        [
            forward - arriving_share * backward - ahead + arriving_share * reverse,
            backward - arriving_share * forward - reverse + arriving_share * ahead,
        ]
    )
    return ahead - reverse, np.maximum(surplus, 0.0)
