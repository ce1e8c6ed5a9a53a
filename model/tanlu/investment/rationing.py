"""Who is served of what is short, in order, all or nothing."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers


class Served(NamedTuple):
    """Who is served, and what was left of the group's room when each had its turn; axis n."""

    allowed: Booleans
    room_left: Floats


def serve_in_order(
    order: Integers, *, wants: Booleans, size: Floats, group: Integers, room: Floats
) -> Served:
    """Serve claimants in order while their size fits the remaining room.

    Who does not fit is passed over, and a smaller one after it may still be served.

    Args:
        order: turns, a permutation of [n].
        wants: [n].
        size: what each takes [n].
        group: whose room it takes from [n].
        room: of each group [G], in the unit of the size.
    """
    allowed, remaining, room_at_turn = np.zeros(wants.size, dtype=bool), room.copy(), np.zeros(wants.size)
    for i in order.tolist():
        room_at_turn[i] = remaining[group[i]]
        if wants[i] and size[i] <= remaining[group[i]]:
            remaining[group[i]] -= size[i]
            allowed[i] = True
    return Served(allowed, room_at_turn)


def serve_for_good(
    order: Integers, *, wants: Booleans, size: Floats, first: Integers, room: Floats
) -> Served:
    """Serve claimants of lasting room in order, while it fits.

    Args:
        order: turns, a permutation of [n].
        wants: [n].
        size: what each takes, for good [n].
        first: year from which on, a position of `room` [n].
        room: of each of the coming years [Y], in the unit of the size.
    """
    allowed, remaining, room_at_turn = np.zeros(wants.size, dtype=bool), room.copy(), np.zeros(wants.size)
    for i in order.tolist():
        room_at_turn[i] = remaining[first[i] :].min()
        if wants[i] and size[i] <= room_at_turn[i]:
            remaining[first[i] :] -= size[i]
            allowed[i] = True
    return Served(allowed, room_at_turn)
