"""Move energy along chains of hours, reservoirs, stores and the line until no chain makes a year cheaper.

A month is a network with losses (`network.py`). Its *nodes* are the hours of both zones; the stack of its zone
(`merit_order.py`) gives a node energy or takes it back. Between nodes energy moves along the line, or through a *hub*:
a zone's water in the month, what its store discharges in a day, what it charges. A node takes from a hub by more
release, more discharge or less intake (charging, counted as negative), and gives to it by less.

Method. A node's *label* is the least cost of one more MWh there, found by a few passes over the network, with the way
on which it comes. A node whose last MWh costs more than its label takes energy along the chain of ways back to a node
that generates, until it no longer pays. This cancels negative cycles of a generalized network (Ahuja, Magnanti and
Orlin 1993, Network Flows, ch. 9 and 15); no hour, reservoir or store needs to gain by itself.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

MOST_LABELLINGS, MOST_TRIES = 60, 24  # of a month; of a node after a labelling
# Passes of a labelling: as a rule; in turn where nothing was moved; after which a month is done.
QUICK_PASSES, IDLE_PASSES, LAST_PASSES = 2, (3, 8, 1), 8
LEAST_FALL = 1e-9  # CNY/MWh by which a label must fall to change
CLOSED = 1.0 - 1e-9  # a round that brings back this share makes no energy

# Rows of numbers by node; the first three are also slots, by which nodes use hubs. Then by hub, and by chain: the MWh
# at its n-th node for one at its end, the CNY spent for that on the way, the MWh at its end that fit through.
RELEASE, DISCHARGE, INTAKE, SENT, SUPPLY, WEIGHT, LABEL, NEXT, LAST = range(9)
WORTH, STORED, FACTOR, SPENT, ROOM = range(9, 14)
# Rows of marks by node; then the hub's node and slot that give, the chain's nodes and the slots from which they take.
WAY, NEXT_ENTRY, LAST_ENTRY, MET, DAY, TAKER, GIVER, SLOT, PLACE, SIDE = range(10)
LINE, BACK, OWN = 3, 4, 5  # ways that are no slots: more imports, less exports, own stack
# Rows by zone; the first three have a row for each slot: MW, MW, MWh in the hub for one at the node.
LEAST, MOST, YIELD, ENERGY, EXPORT = 0, 3, 6, 9, 10
BELOW, PRICE = 0, 2  # rows by entry, of either zone
TOLERANCE, GAIN, SAVING, WHEELING, KEPT = range(5)  # terms
NOWHERE = -1

kernel = njit(nogil=True, cache=True, error_model="numpy")
# Helpers are compiled into the kernel and cached with it; without wrappers that takes half the time. They make no
# arrays, so that references to arrays need no counting, which would take as long as the work.
QUICK = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
helper = njit(nogil=True, error_model="numpy", **QUICK)
# What runs thousands of times a year is copied into its callers.
inlined = njit(nogil=True, error_model="numpy", forceinline=True, **QUICK)


class _Month(NamedTuple):
    """One month of the network; axes as in `exchange`."""

    node: Floats
    mark: Integers
    zone: Floats
    begin: Integers
    stack: Floats
    terms: Floats


@inlined
def _label_line(month: _Month, z: int) -> bool:
    """Let labels of a zone fall to what the other's energy costs here, or what exports are worth there."""
    node, mark, zone, terms = month.node, month.mark, month.zone, month.terms
    tolerance, wheeling, kept = terms[TOLERANCE], terms[WHEELING], terms[KEPT]
    per, limit, fell = 1.0 / kept, zone[EXPORT, 1 - z] - tolerance, False
    for i in range(z, 2 * month.begin[-1], 2):
        there, label = node[LABEL, i ^ 1], node[LABEL, i] - LEAST_FALL
        bought, unsold = (there + wheeling) * per, kept * there - wheeling
        if node[SENT, i ^ 1] < limit and bought < label:
            node[LABEL, i], mark[WAY, i], fell = bought, LINE, True
            label = bought - LEAST_FALL
        if node[SENT, i] > tolerance and unsold < label:
            node[LABEL, i], mark[WAY, i], fell = unsold, BACK, True
    return fell


@inlined
def _cheapest(month: _Month, slot: int, first: int, end: int) -> int:
    """Return a zone's cheapest node that gives from a slot, but takes not from the same hubs nor is on the chain."""
    node, mark, floor = month.node, month.mark, month.zone[LEAST + slot, first & 1] + month.terms[TOLERANCE]
    low, high = (RELEASE, RELEASE) if slot == RELEASE else (DISCHARGE, INTAKE)
    best, at = np.inf, NOWHERE
    for i in range(first, end, 2):
        free = mark[MET, i] == NOWHERE and (mark[WAY, i] < low or mark[WAY, i] > high)
        if node[LABEL, i] < best and node[slot, i] > floor and free:
            best, at = node[LABEL, i], i
    return at


@helper
def _choose(month: _Month, z: int, d: int) -> None:
    """Let a day's hubs, either out of the other, or for day -1 a zone's water take from the cheapest hours."""
    node, mark, begin, tolerance = month.node, month.mark, month.begin, month.terms[TOLERANCE]
    stored, day = node[STORED, max(4 * d, 0) + 2 + z], max(4 * d, 0) + z
    first, end = (z, 2 * begin[-1] + 2) if d < 0 else (2 * begin[d] + z, 2 * begin[d + 1])
    for slot in range(RELEASE if d < 0 else DISCHARGE, DISCHARGE if d < 0 else INTAKE + 1):
        i = _cheapest(month, slot, first, end)
        if i == NOWHERE:
            continue
        cost, other = max(node[LABEL, i], 0.0) / month.zone[YIELD + slot, z], slot
        if slot == DISCHARGE and stored > tolerance:
            other = INTAKE
        elif slot == INTAKE and stored < month.zone[ENERGY, z] - tolerance:
            other = DISCHARGE
        for hub in (day + 2 * slot, day + 2 * other):
            if cost < node[WORTH, hub] - LEAST_FALL:  # of equals the first keeps its place
                node[WORTH, hub], mark[GIVER, hub], mark[SLOT, hub] = cost, i, slot


@inlined
def _fall(month: _Month, slot: int, ceiling: float, cost: float, first: int, end: int) -> bool:
    """Let labels of a zone's nodes that can take into a slot fall to its cost."""
    node, mark, fell = month.node, month.mark, False
    for i in range(first, end, 2):
        if node[LABEL, i] > cost + LEAST_FALL and node[slot, i] < ceiling:
            node[LABEL, i], mark[WAY, i], fell = cost, slot, True
    return fell


@helper
def _label_hubs(month: _Month, z: int) -> bool:
    """Let labels of a zone fall to what its water costs, and what its store holds."""
    node, zone, begin, tolerance, fell = month.node, month.zone, month.begin, month.terms[TOLERANCE], False
    for d in range(-1, begin.size - 1):
        low, high = (RELEASE, RELEASE) if d < 0 else (DISCHARGE, INTAKE)
        if zone[MOST + low, z] <= zone[LEAST + low, z] + tolerance:
            continue
        _choose(month, z, d)
        first, end = (z, 2 * begin[-1]) if d < 0 else (2 * begin[d] + z, 2 * begin[d + 1])
        for slot in range(low, high + 1):
            cost = node[WORTH, max(4 * d, 0) + 2 * slot + z] * zone[YIELD + slot, z]
            fell |= _fall(month, slot, zone[MOST + slot, z] - tolerance, cost, first, end)
    return fell


@helper
def _label(month: _Month, passes: int, afresh: bool) -> None:
    """Let labels fall by passes over the network, or until none does; afresh: from the cost of each own stack."""
    node, mark, zone = month.node, month.mark, month.zone
    for i in range(node.shape[1] if afresh else 0):
        node[LABEL, i], mark[WAY, i], node[WORTH, i], mark[GIVER, i] = node[NEXT, i], OWN, np.inf, NOWHERE
    line = zone[EXPORT, 0] + zone[EXPORT, 1] > 0.0
    for _ in range(passes):
        fell = False
        for z in range(2 if line else 0):
            fell |= _label_line(month, z)
        for z in range(2):
            fell |= _label_hubs(month, z)
        if not fell:
            break


@helper
def _find(month: _Month) -> int:
    """List the nodes that would save enough at their label, and return their number."""
    node, mark, stack, terms = month.node, month.mark, month.stack, month.terms
    count = 0
    for z in range(2):
        for i in range(z, 2 * month.begin[-1], 2):
            level = node[LABEL, i] + terms[GAIN]
            if node[LAST, i] <= level:
                continue
            entry, top, saved = mark[LAST_ENTRY, i], node[SUPPLY, i], 0.0
            while entry >= 0 and stack[PRICE + z, entry] > level:
                saved += (stack[PRICE + z, entry] - node[LABEL, i]) * (top - stack[BELOW + z, entry])
                top, entry = stack[BELOW + z, entry], entry - 1
            if saved * node[WEIGHT, i] > terms[SAVING]:
                mark[TAKER, count] = i
                count += 1
    return count


@inlined
def _draw(month: _Month, i: int, energy: float) -> None:
    """Let a node's own stack give more energy, MWh, or less; set the entries of its next and its last MWh."""
    node, mark, stack, tolerance = month.node, month.mark, month.stack, month.terms[TOLERANCE]
    z, after, supply = i & 1, mark[NEXT_ENTRY, i], node[SUPPLY, i] + energy / node[WEIGHT, i]
    while stack[BELOW + z, after + 1] <= supply + tolerance:
        after += 1
    while stack[BELOW + z, after] > supply + tolerance:
        after -= 1
    before = after
    while stack[BELOW + z, before] >= supply - tolerance:
        before -= 1
    node[SUPPLY, i], mark[NEXT_ENTRY, i], mark[LAST_ENTRY, i] = supply, after, before
    node[NEXT, i], node[LAST, i] = stack[PRICE + z, after], stack[PRICE + z, before]
    if mark[WAY, i] == OWN or node[NEXT, i] < node[LABEL, i]:
        node[LABEL, i], mark[WAY, i] = node[NEXT, i], OWN


@inlined
def _room(month: _Month, i: int, up: bool) -> float:
    """Return the MWh that a node's next entry can still give, or that its last entry gives."""
    below, supply = month.stack[BELOW + (i & 1)], month.node[SUPPLY, i]
    mw = below[month.mark[NEXT_ENTRY, i] + 1] - supply if up else supply - below[month.mark[LAST_ENTRY, i]]
    return float(mw * month.node[WEIGHT, i])


@inlined
def _hub(month: _Month, i: int) -> int:
    """Return the hub that a node takes from."""
    slot = month.mark[WAY, i]
    return int((0 if slot == RELEASE else 4 * month.mark[DAY, i] + 2 * slot) + (i & 1))


@inlined
def _giver(month: _Month, hub: int, slot: int) -> int:
    """Return the node that a hub takes from: the one that it has, unless that has no room or became dearer."""
    node, mark, zone = month.node, month.mark, month.zone
    i, side, z = mark[GIVER, hub], mark[SLOT, hub], hub & 1
    if i != NOWHERE:
        room = node[side, i] - zone[LEAST + side, z]
        if slot == DISCHARGE and side == INTAKE:
            room = min(room, zone[ENERGY, z] - node[STORED, hub])
        cost = max(node[LABEL, i], 0.0) / zone[YIELD + side, z]
        if room > month.terms[TOLERANCE] and cost <= node[WORTH, hub] + LEAST_FALL:
            return int(i)
    node[WORTH, hub], mark[GIVER, hub] = np.inf, NOWHERE
    _choose(month, z, (hub - 2) >> 2)  # -1 for water
    return int(mark[GIVER, hub])


@inlined
def _follow(month: _Month, i: int, n: int) -> int:
    """Add the way of node i, the chain's n-th, to the chain; return the next node, or `NOWHERE` if it is closed."""
    node, mark, zone, terms = month.node, month.mark, month.zone, month.terms
    slot, z, j, per, paid = mark[WAY, i], i & 1, i ^ 1, 1.0, 0.0
    if slot == BACK:
        room, per, paid = node[SENT, i], terms[KEPT], -terms[WHEELING]
    elif slot == LINE:
        per = 1.0 / terms[KEPT]
        room, paid = zone[EXPORT, 1 - z] - node[SENT, j], terms[WHEELING] * per
    else:
        room = zone[MOST + slot, z] - node[slot, i]
    if room <= terms[TOLERANCE]:
        return NOWHERE
    energy = room * node[WEIGHT, i] * (terms[KEPT] if slot == LINE else 1.0)
    if slot < LINE:
        hub = _hub(month, i)
        j = _giver(month, hub, slot)
        if j == NOWHERE:
            return NOWHERE
        side = mark[SLOT, hub]
        per = zone[YIELD + slot, z] / zone[YIELD + side, z]
        energy = min(energy, (node[side, j] - zone[LEAST + side, z]) * node[WEIGHT, j] / per)
        if side != slot:
            stored = node[STORED, 4 * mark[DAY, i] + 2 + z]
            passing = zone[ENERGY, z] - stored if slot == DISCHARGE else stored
            energy = min(energy, passing * node[WEIGHT, i] / zone[YIELD + slot, z])
        mark[SIDE, n] = side
    node[ROOM, n], node[FACTOR, n + 1] = energy / node[FACTOR, n], node[FACTOR, n] * per
    node[SPENT, n + 1] = node[SPENT, n] + node[FACTOR, n] * paid
    return int(j)


@inlined
def _move(month: _Month, n: int, energy: float) -> None:
    """Bring energy, MWh, to the chain's n-th node from the next one."""
    node, mark, zone = month.node, month.mark, month.zone
    i, j = mark[PLACE, n], mark[PLACE, n + 1]
    slot, z, mw = mark[WAY, i], i & 1, energy / node[WEIGHT, i]
    if slot == LINE:
        node[SENT, j] = min(node[SENT, j] + mw / month.terms[KEPT], zone[EXPORT, 1 - z])
    elif slot == BACK:
        node[SENT, i] = max(node[SENT, i] - mw, 0.0)
    else:
        side, into = mark[SIDE, n], energy * zone[YIELD + slot, z]
        given = into / (zone[YIELD + side, z] * node[WEIGHT, j])
        node[slot, i] = min(node[slot, i] + mw, zone[MOST + slot, z])
        node[side, j] = max(node[side, j] - given, zone[LEAST + side, z])
        if side != slot:
            stored = into / node[WEIGHT, i]
            node[STORED, 4 * mark[DAY, i] + 2 + z] += stored if slot == DISCHARGE else -stored


@inlined
def _carry(month: _Month, first: int, start: int, n: int, turns: float, most: float) -> float:
    """Bring at most `most` MWh along ways `first` to n of the chain, from `start` on `turns` times; return it."""
    node, energy = month.node, most
    for k in range(first, n):
        energy = min(energy, node[ROOM, k] / (turns if k >= start else 1.0))
    if first < start:
        energy *= 0.5  # a hub's hour may be on both parts
    for k in range(first, n):
        _move(month, k, node[FACTOR, k] * energy * (turns if k >= start else 1.0))
    return energy


@helper
def _push_round(month: _Month, start: int, n: int) -> bool:
    """Go round the cycle that a chain's ways from `start` to n make, if that pays, or open it; return whether it did.

    Either for its own sake, its node giving less or more, or as the source of the chain, if it makes energy: what
    losses or wheeling cost in one direction is saved in the other.
    """
    node, mark = month.node, month.mark
    i, sink, before, after = mark[PLACE, start], mark[PLACE, 0], node[FACTOR, start], node[FACTOR, n]
    made, paid, gain = before - after, node[SPENT, n] - node[SPENT, start], month.terms[GAIN]
    if made * (node[LAST, i] if made > 0.0 else node[NEXT, i]) - paid > gain * before:
        most = _room(month, i, made < 0.0) / abs(made) if made != 0.0 else np.inf
        _draw(month, i, -made * _carry(month, start, start, n, 1.0, most))
        return True
    if after >= CLOSED * before or node[LAST, sink] - node[SPENT, start] - paid * before / made <= gain:
        last = mark[PLACE, n - 1]
        if mark[WAY, last] < LINE:
            mark[GIVER, _hub(month, last)] = NOWHERE  # it takes from a node not on the chain
        else:
            mark[WAY, last], node[LABEL, last] = OWN, node[NEXT, last]
        return False
    _draw(month, sink, -_carry(month, 0, start, n, before / made, _room(month, sink, False)))
    return True


@helper
def _leave(month: _Month, n: int, cost: float) -> None:
    """Leave a chain; labels rise to what its way costs now, so that none tries it again."""
    node, mark = month.node, month.mark
    for k in range(n + 1):
        i = mark[PLACE, k]
        mark[MET, i] = NOWHERE
        if k < n:
            node[LABEL, i] = max(node[LABEL, i], (cost - node[SPENT, k]) / node[FACTOR, k])


@helper
def _exchange(month: _Month, sink: int) -> bool:
    """Bring energy to a node along the chain of its ways; return whether any was moved."""
    node, mark = month.node, month.mark
    n, i, worth = 0, sink, node[LAST, sink] - month.terms[GAIN]
    node[FACTOR, 0], node[SPENT, 0] = 1.0, 0.0
    while True:
        mark[PLACE, n] = i
        if mark[MET, i] != NOWHERE:
            if _push_round(month, mark[MET, i], n):
                break
            n, i = n - 1, mark[PLACE, n - 1]
            mark[MET, i] = NOWHERE  # look at it again
            continue
        mark[MET, i], cost = n, node[SPENT, n] + node[FACTOR, n] * node[LABEL, i]
        if cost >= worth:
            _leave(month, n, cost)
            return False
        if mark[WAY, i] == OWN:
            most = min(_room(month, sink, False), _room(month, i, True) / node[FACTOR, n])
            energy = _carry(month, 0, 0, n, 1.0, most)
            _draw(month, sink, -energy)
            _draw(month, i, node[FACTOR, n] * energy)
            break
        j = _follow(month, i, n)
        if j == NOWHERE:  # fall back on the own stack, and look at it again
            mark[WAY, i], node[LABEL, i], mark[MET, i] = OWN, node[NEXT, i], NOWHERE
        else:
            n, i = n + 1, j
    _leave(month, n, -np.inf)
    return True


@helper
def _serve(month: _Month, sink: int) -> bool:
    """Bring energy to a node as long as it pays; return whether any was moved."""
    node, mark, moved = month.node, month.mark, False
    for _ in range(MOST_TRIES):
        if mark[WAY, sink] < LINE:  # its hub may have become dearer
            worth = node[WORTH, _hub(month, sink)] * month.zone[YIELD + mark[WAY, sink], sink & 1]
            node[LABEL, sink] = max(node[LABEL, sink], worth)
        if node[LAST, sink] - node[LABEL, sink] <= month.terms[GAIN]:
            break
        moved |= _exchange(month, sink)
    return moved


@helper
def _settle(month: _Month) -> int:
    """Label and exchange until no node would save; return the number of labellings, negative if some still would."""
    passes, idle = QUICK_PASSES, 0
    for labellings in range(1, MOST_LABELLINGS + 1):
        _label(month, passes, True)
        count, moved = _find(month), False
        if count == 0:
            _label(month, LAST_PASSES - passes, False)
            count = _find(month)
        if count == 0:
            return labellings
        for k in range(count):
            moved |= _serve(month, month.mark[TAKER, k])
        if not moved and idle == len(IDLE_PASSES):
            break
        passes, idle = (QUICK_PASSES, 0) if moved else (IDLE_PASSES[idle], idle + 1)
    _label(month, LAST_PASSES, True)
    return -labellings


@kernel
def exchange(
    node: Floats, mark: Integers, zone: Floats, begin: Integers, stack: Floats, terms: Floats
) -> Integers:
    """Change nodes and marks of a network until no chain makes its months cheaper.

    Args:
        node: f8[M, row, node] node 2 t + z is hour t of zone z; a zone's last is no hour, but spill. Hub z is a zone's
            water; hubs 4 d + 2 + z and 4 d + 4 + z are discharge and intake of day d.
        mark: i8[M, row, node].
        zone: f8[M, row, 2].
        stack: f8[M, row, entry].
        begin: i8[M, D + 1] first hour of each day; the last: hours.
        terms: f8[M, 5] tolerance MW, least gain CNY/MWh, least saving CNY, wheeling cost CNY/MWh, share that arrives.

    Returns:
        i8[M] labellings of each month, negative where some chain may be left.
    """
    labellings = np.zeros(node.shape[0], np.int64)
    for m in range(labellings.size):
        month = _Month(node[m], mark[m], zone[m], begin[m], stack[m], terms[m])
        for i in range(2 * begin[m, -1] + 2):
            mark[m, NEXT_ENTRY, i] = mark[m, NEXT_ENTRY, i - 2] if i > 1 else 0  # hours are much alike
            _draw(month, i, 0.0)
        labellings[m] = _settle(month)
    return labellings
