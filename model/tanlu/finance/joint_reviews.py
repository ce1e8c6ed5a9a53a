"""Joint reviews: provinces that add up their aims move one carbon price, and pay each other for what they emit.

The rule stands on docs/model/joint_action.md.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.units import T_PER_MT
from tanlu.finance.reviews import AimView, Decision, Move, Pull, ReviewView


class AbatementOptions(NamedTuple):
    """Options that deciders had and did not take; axis N, rows of a decider together."""

    decider: Integers  # [N] number
    province: Integers  # [N] position
    price_cny_per_tco2: Floats  # [N] fixed price at which it pays
    avoided_tco2: Floats  # [N] a year
    taken_tco2: Floats  # [N] a year, by what the decider took


NO_OPTIONS = AbatementOptions(*np.zeros((2, 0), int), *np.zeros((3, 0)))


class AbatementSteps(NamedTuple):
    """CO2 that a higher price avoids, by the step; axis N, cheapest first."""

    price_cny_per_tco2: Floats  # [N]
    province: Integers  # [N]
    avoided_tco2: Floats  # [N] a year, above what the cheaper options of a decider avoid

    def find_price(self, needed_tco2: float) -> float:
        """Find the lowest price at which all avoid what is needed, CNY/t; infinite where no price does."""
        enough = np.flatnonzero(np.cumsum(self.avoided_tco2) >= needed_tco2)
        return float(self.price_cny_per_tco2[enough[0]]) if enough.size else math.inf

    def sum_avoided(self, price_cny_per_tco2: float, province: int) -> float:
        """Sum what a province avoids at a price, t CO2 a year."""
        avoids = (self.province == province) & (self.price_cny_per_tco2 <= price_cny_per_tco2)
        return float(self.avoided_tco2[avoids].sum())


def order_steps(options: AbatementOptions, price_cny_per_tco2: float) -> AbatementSteps:
    """Order what a price above today's would avoid.

    A decider takes the option that avoids most of those that pay; what pays today and was not taken waits for something
    else than a price.
    """
    order = np.lexsort((options.price_cny_per_tco2, options.decider))
    steps: list[tuple[float, int, float]] = []
    last_decider, reached = -1, 0.0
    for i in order.tolist():
        decider, price = int(options.decider[i]), float(options.price_cny_per_tco2[i])
        if decider != last_decider:
            last_decider, reached = decider, float(options.taken_tco2[i])
        more = float(options.avoided_tco2[i]) - reached
        if more > 0.0:
            reached += more
            if price > price_cny_per_tco2:
                steps.append((price, int(options.province[i]), more))
    steps.sort()
    price_column, province, avoided = zip(*steps, strict=True) if steps else ((), (), ())
    return AbatementSteps(np.array(price_column, float), np.array(province, int), np.array(avoided, float))


def add_aims(aims: Mapping[str, AimView]) -> AimView:
    """Add up the aims of members, by name: measured values, paths and sizes."""
    views = [*aims.values()]
    return views[0]._replace(
        name=", ".join(aims),
        measured=np.sum([view.measured for view in views], axis=0),
        path=np.sum([view.path for view in views], axis=0),
        next_path=sum(view.next_path for view in views),
        size=sum(view.size for view in views),
    )


def join_views(views: Mapping[str, ReviewView]) -> dict[str, ReviewView]:
    """Let each member see the joint aim and the guards of all."""
    joint = add_aims({name: next(iter(view.aims.values())) for name, view in views.items()})
    guards = tuple(guard for view in views.values() for guard in view.guards)
    return {name: view._replace(joint=joint, guards=guards) for name, view in views.items()}


def decide_jointly(
    views: Mapping[str, ReviewView], positions: Mapping[str, int], collect: Callable[[], AbatementOptions]
) -> dict[str, Decision]:
    """Move the price of each member to the one at which all together avoid the joint gap.

        u      = proportional g + integral sum of g                      g the joint gap
        price  = the lower of: the lowest at which options that deciders had avoid u x size of the joint aim,
                 and today's + scale u

    Options of the ledger are not all that a price moves: how plants run, wind, sun and vehicles are in `scale`. A joint
    aim that is met moves nothing.

    Args:
        views: of the members, after `join_views`.
        positions: of the members among the provinces.
        collect: lists options of deciders of all members; asked where something is to be avoided.
    """
    first = next(iter(views.values()))
    joint, instrument = first.joint, next(iter(first.instruments.values()))
    assert joint is not None, "members see the joint aim"
    last, gap = first.last_pull(instrument.name, instrument.aims[0]), joint.gap
    gap_sum = gap
    if last is not None:
        gap_sum += last.gap_sum - (last.gap if last.cut else 0.0)
    share = max(
        instrument.proportional * gap + instrument.integral * gap_sum, 0.0
    )  # of the joint aim to avoid
    steps, price = order_steps(NO_OPTIONS, instrument.value), instrument.value
    if share > 0.0:
        steps = order_steps(collect(), price)
        price = min(steps.find_price(share * joint.size * T_PER_MT), price + instrument.scale * share)
    decisions = {}
    for name, view in views.items():
        own = next(iter(view.instruments.values()))
        change = price - own.value
        avoided = steps.sum_avoided(price, positions[name]) / T_PER_MT
        move = Move(change, {own.aims[0]: Pull(gap, gap_sum, change)}, avoided)
        decisions[name] = Decision({own.name: move})
    return decisions


def share_effort(aims_tco2: Floats, emissions_tco2: Floats, price_cny_per_tco2: float) -> Floats:
    """Compute what each member gets for doing more than its part, CNY [M]; below zero it pays.

        payment = price (own aim - own emissions - the joint rest / members)     joint rest = sum of (aim - emissions)

    Payments add up to 0 also where the joint aim is missed.
    """
    rest = aims_tco2 - emissions_tco2
    return price_cny_per_tco2 * (rest - rest.mean())


def pair_payments(payments_cny: Floats) -> Floats:
    """Let those who pay pay those who get, in proportion, CNY [payer, payee]."""
    gets, pays = np.maximum(payments_cny, 0.0), np.maximum(-payments_cny, 0.0)
    return np.outer(pays, gets) / max(float(gets.sum()), 1e-9)
