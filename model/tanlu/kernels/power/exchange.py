"""Move energy along chains of hours, reservoirs, stores and the line until no chain makes a year cheaper.

A month is a network with losses (`network.py`). Its *nodes* are the hours of both zones; the stack of its zone
(`merit_order.py`) gives a node energy or takes it back. Between nodes energy moves along the line, or through a *hub*:
a zone's water in the month, what its store discharges in a day, what it charges. A node takes from a hub by more
release, more discharge or less intake (charging, counted as negative), and gives to it by less.

Method. A node's *label* is the least cost of one more MWh there, found by a few passes over the network, with the way
on which it comes. A node whose last MWh costs more than its label takes energy along the chain of ways back to a node
that generates, until it no longer pays. This cancels negative cycles of a generalized network (Ahuja, Magnanti and
Orlin 1993, Network Flows, ch. 9 and 15); no hour, reservoir or store needs to gain by itself. Where ways close a cycle
that makes energy, it goes to the node. A cycle that loses energy may spare more money than that energy costs; then
labels fall for ever. Guarded labels fall on other ways only, which feed such a cycle.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation import decorators

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Indices = NDArray[np.uint32]  # numba looks at each use of a signed index whether it counts from the end

MOST_LABELLINGS, MOST_TRIES = 200, 24  # of a month; of a node or a cycle after a labelling
FEED_EVERY = MANY = 12  # labellings: when losing cycles are looked for; after which passes vary
QUICK_PASSES, LAST_PASSES = 2, 1000  # of a labelling: as a rule; at most, until labels fall no more
LONGEST = 24  # ways that are followed to see whether they close a cycle
LEAST_FALL, LEAST_GAIN = 1e-9, 0.01  # CNY/MWh: labels that fall by less stay; chains that spare less are left
CLOSED = 1.0 - 1e-9  # a round that brings back this share makes no energy

# Rows of numbers by node; the first three are also slots, by which nodes use hubs. Then by hub, and by chain: the MWh
# at its n-th node for one at its end, the CNY spent for that on the way, the MWh at its end that fit through.
RELEASE, DISCHARGE, INTAKE, SENT, SUPPLY, WEIGHT, LABEL, NEXT, LAST = range(9)
WORTH, STORED, FACTOR, SPENT, ROOM = range(9, 14)
# Rows of numbers by zone; the first three have a row for each slot: MW, MW, MWh in the hub for one at the node; the
# last three are the same for both. Then rows by entry of a stack, one for each zone.
LEAST, MOST, YIELD, ENERGY, EXPORT, TOLERANCE, WHEELING, KEPT = 14, 17, 20, 23, 24, 25, 26, 27
BELOW, PRICE = 28, 30
# Rows of marks by node; then the hub's node and slot that give, the chain's nodes and the slots from which they take.
WAY, NEXT_ENTRY, LAST_ENTRY, MET, DAY, TAKER, GIVER, SLOT, PLACE, SIDE = range(10)
# Then by day: its first hour; of the month: its lengths, whether labels are guarded, the ways that would close a cycle;
# by chain: ways of its nodes; by such a way: its node, itself, and if it leads through a hub, what node and slot give.
BEGIN, SIZE, VIA, CLOSER = range(10, 14)
DAYS, HOURS, ENTRIES, GUARDED, CLOSINGS = range(5)
LINE, BACK, OWN = 3, 4, 5  # ways that are no slots: more imports, less exports, own stack
NOWHERE = 0xFFFFFFFF


# Divisors are never 0: a test before each division would cost as much as the division.
kernel = partial(decorators.kernel, error_model="numpy")
plain = partial(decorators.plain, error_model="numpy")
inlined = partial(decorators.inlined, error_model="numpy")


class _Month(NamedTuple):
    """One month of the network; axes as in `exchange`."""

    node: Floats
    mark: Indices


@inlined
def _hub(month: _Month, i: int) -> int:
    """Return the hub that a node takes from."""
    slot = month.mark[WAY, i]
    return int((0 if slot == RELEASE else 4 * month.mark[DAY, i] + 2 * slot) + (i & 1))


@inlined
def _per(month: _Month, slot: int, side: int, z: int) -> float:
    """Return the MWh that a way needs at its next node for one at its own."""
    kept = month.node[KEPT, 0]
    if slot >= LINE:
        return float(kept if slot == BACK else 1.0 / kept)
    return float(month.node[YIELD + slot, z] / month.node[YIELD + side, z])


@plain
def _closes(month: _Month, i: int, hub: int, way: int, following: int, side: int) -> bool:
    """Return whether a way of node i, or into a hub from a slot, would close a cycle that makes no energy; list it."""
    mark, j, ratio = month.mark, following, 1.0
    for _ in range(LONGEST):
        slot, z = mark[WAY, j], j & 1
        if j == i or (slot < LINE and _hub(month, j) == hub):
            slot, n = way if j == i else slot, min(mark[SIZE, CLOSINGS], mark.shape[1] - 1)
            if ratio * _per(month, slot, side, z) < CLOSED:
                return False
            mark[CLOSER, n], mark[CLOSER + 1, n], mark[SIZE, CLOSINGS] = j, slot, n + 1
            mark[CLOSER + 2, n], mark[CLOSER + 3, n] = following, side
            return True
        if slot == OWN:
            return False
        source = 0 if slot >= LINE else _hub(month, j)
        ratio *= _per(month, slot, mark[SLOT, source], z)
        j = j ^ 1 if slot >= LINE else mark[GIVER, source]
    return False


@inlined
def _label_line(month: _Month, z: int) -> bool:
    """Let labels of a zone fall to what the other's energy costs here, or what exports are worth there."""
    node, mark, guarded, fell = month.node, month.mark, month.mark[SIZE, GUARDED] > 0, False
    tolerance, wheeling, kept = node[TOLERANCE, z], node[WHEELING, z], node[KEPT, z]
    per, limit = 1.0 / kept, node[EXPORT, 1 - z] - tolerance
    for i in range(z, 2 * month.mark[SIZE, HOURS], 2):
        there, label = node[LABEL, i ^ 1], node[LABEL, i] - LEAST_FALL
        bought, unsold = (there + wheeling) * per, kept * there - wheeling
        buys = node[SENT, i ^ 1] < limit and bought < label
        unsells = node[SENT, i] > tolerance and unsold < label
        way = BACK if unsells and (not buys or unsold < bought - LEAST_FALL) else LINE
        if not (buys or unsells) or (guarded and _closes(month, i, NOWHERE, way, i ^ 1, 0)):
            continue
        node[LABEL, i], mark[WAY, i], fell = unsold if way == BACK else bought, way, True
    return fell


@inlined
def _gives(month: _Month, i: int, low: int, high: int) -> bool:
    """Return whether a node is not on the chain and takes nothing from hubs of these slots."""
    return bool(month.mark[MET, i] == NOWHERE and not low <= month.mark[WAY, i] <= high)


@inlined
def _cheapest(month: _Month, low: int, high: int, first: int, end: int) -> tuple[int, int]:
    """Return a zone's cheapest nodes that give from the first and from the last of hubs' slots."""
    node, tolerance = month.node, month.node[TOLERANCE, 0]
    floor, other_floor = node[LEAST + low, first & 1] + tolerance, node[LEAST + high, first & 1] + tolerance
    best, other_best, at, other = np.inf, np.inf, NOWHERE, NOWHERE
    for i in range(first, end, 2):
        label = node[LABEL, i]
        if label < best and node[low, i] > floor and _gives(month, i, low, high):
            best, at = label, i
        if high > low and label < other_best and node[high, i] > other_floor and _gives(month, i, low, high):
            other_best, other = label, i
    return at, other


@inlined
def _offer(month: _Month, hub: int, slot: int, i: int) -> None:
    """Let a hub take from a slot of a node, if that is cheaper; of equals the first keeps its place."""
    node, mark = month.node, month.mark
    cost, guarded = max(node[LABEL, i], 0.0) / node[YIELD + slot, i & 1], mark[SIZE, GUARDED] > 0
    if cost < node[WORTH, hub] - LEAST_FALL and not (guarded and _closes(month, NOWHERE, hub, OWN, i, slot)):
        node[WORTH, hub], mark[GIVER, hub], mark[SLOT, hub] = cost, i, slot


@plain
def _choose(month: _Month, hub: int) -> None:
    """Let a zone's water take from its cheapest hour, or both hubs of its store from a day's or out of each other."""
    node, begin, z, d = month.node, month.mark[BEGIN], hub & 1, (hub - 2) >> 2
    if hub < 2:
        i, _ = _cheapest(month, RELEASE, RELEASE, z, 2 * month.mark[SIZE, HOURS] + 2)
        if i != NOWHERE:
            _offer(month, hub, RELEASE, i)
        return
    discharge, intake, tolerance = 4 * d + 2 + z, 4 * d + 4 + z, node[TOLERANCE, 0]
    i, j = _cheapest(month, DISCHARGE, INTAKE, 2 * begin[d] + z, 2 * begin[d + 1])
    if i != NOWHERE:
        _offer(month, discharge, DISCHARGE, i)
        if node[STORED, discharge] > tolerance:
            _offer(month, intake, DISCHARGE, i)
    if j != NOWHERE:
        _offer(month, intake, INTAKE, j)
        if node[STORED, discharge] < node[ENERGY, z] - tolerance:
            _offer(month, discharge, INTAKE, j)


@plain
def _label_water(month: _Month, z: int) -> bool:
    """Let labels of a zone fall to what its water costs."""
    node, mark, guarded, fell = month.node, month.mark, month.mark[SIZE, GUARDED] > 0, False
    ceiling = node[MOST + RELEASE, z] - month.node[TOLERANCE, 0]
    if ceiling <= node[LEAST + RELEASE, z]:
        return False
    _choose(month, z)
    cost = node[WORTH, z]
    for i in range(z, 2 * month.mark[SIZE, HOURS], 2):
        cheaper = node[LABEL, i] > cost + LEAST_FALL and node[RELEASE, i] < ceiling
        if cheaper and not (guarded and _closes(month, i, NOWHERE, RELEASE, mark[GIVER, z], mark[SLOT, z])):
            node[LABEL, i], mark[WAY, i], fell = cost, RELEASE, True
    return fell


@plain
def _label_stores(month: _Month, z: int) -> bool:
    """Let labels of a zone fall to what its store's energy costs, in each day."""
    node, mark, guarded, fell = month.node, month.mark, month.mark[SIZE, GUARDED] > 0, False
    top = node[MOST + DISCHARGE, z] - node[TOLERANCE, 0]
    full = node[MOST + INTAKE, z] - node[TOLERANCE, 0]
    for d in range(mark[SIZE, DAYS] if top > 0.0 else 0):
        hub = 4 * d + 2 * DISCHARGE + z
        _choose(month, hub)
        cost, kept = node[WORTH, hub], node[WORTH, hub + 2] * node[YIELD + INTAKE, z]
        for i in range(2 * mark[BEGIN, d] + z, 2 * mark[BEGIN, d + 1], 2):
            for slot, per, ceiling in ((DISCHARGE, cost, top), (INTAKE, kept, full)):
                if node[LABEL, i] <= per + LEAST_FALL or node[slot, i] >= ceiling:
                    continue
                at = 4 * d + 2 * slot + z
                if not (guarded and _closes(month, i, NOWHERE, slot, mark[GIVER, at], mark[SLOT, at])):
                    node[LABEL, i], mark[WAY, i], fell = per, slot, True
    return fell


@plain
def _pass(month: _Month) -> bool:
    """Let labels fall once over the network; return whether any did."""
    line, fell, month.mark[SIZE, CLOSINGS] = month.node[EXPORT, 0] + month.node[EXPORT, 1] > 0.0, False, 0
    for z in range(2 if line else 0):
        fell |= _label_line(month, z)
    for z in range(2):
        fell |= _label_water(month, z) | _label_stores(month, z)
    return fell


@plain
def _label(month: _Month, guarded: bool, passes: int) -> bool:
    """Let labels fall from the cost of each own stack; return whether any still fell in the last pass."""
    node, mark, fell = month.node, month.mark, True
    for i in range(node.shape[1]):
        node[LABEL, i], mark[WAY, i], node[WORTH, i], mark[GIVER, i] = node[NEXT, i], OWN, np.inf, NOWHERE
    mark[SIZE, GUARDED] = 1 if guarded else 0
    for _ in range(passes):
        fell = _pass(month)
        if not fell:
            break
    mark[SIZE, GUARDED] = 0
    return fell


@plain
def _find(month: _Month) -> int:
    """List the nodes whose last MWh costs more than their label, and return their number."""
    node, mark, count = month.node, month.mark, 0
    for z in range(2):
        for i in range(z, 2 * month.mark[SIZE, HOURS], 2):
            if node[LAST, i] > node[LABEL, i] + LEAST_GAIN:
                mark[TAKER, count] = i
                count += 1
    return count


@inlined
def _draw(month: _Month, i: int, energy: float) -> None:
    """Let a node's own stack give more energy, MWh, or less; set the entries of its next and its last MWh."""
    node, mark, tolerance = month.node, month.mark, month.node[TOLERANCE, 0]
    z, after, supply = i & 1, mark[NEXT_ENTRY, i], node[SUPPLY, i] + energy / node[WEIGHT, i]
    while node[BELOW + z, after + 1] <= supply + tolerance:
        after += 1
    while node[BELOW + z, after] > supply + tolerance:
        after -= 1
    before = after
    while node[BELOW + z, before] >= supply - tolerance:
        before -= 1
    node[SUPPLY, i], mark[NEXT_ENTRY, i], mark[LAST_ENTRY, i] = supply, after, before
    node[NEXT, i], node[LAST, i] = node[PRICE + z, after], node[PRICE + z, before]
    if mark[WAY, i] == OWN or node[NEXT, i] < node[LABEL, i]:
        node[LABEL, i], mark[WAY, i] = node[NEXT, i], OWN


@plain
def _net(month: _Month) -> None:
    """Let no store charge and discharge in one hour, nor the line send both ways; what that spares is drawn less."""
    node, kept = month.node, month.node[KEPT, 0]
    for i in range(2 * month.mark[SIZE, HOURS]):
        if node[DISCHARGE, i] > 0.0 and node[INTAKE, i] < 0.0:
            efficiency = node[YIELD + INTAKE, i & 1]
            stored = -efficiency * node[INTAKE, i] - node[DISCHARGE, i]
            charge, discharge = max(stored, 0.0) / efficiency, max(-stored, 0.0)
            spared = charge + node[INTAKE, i] + node[DISCHARGE, i] - discharge
            node[STORED, 4 * month.mark[DAY, i] + 2 + (i & 1)] += discharge - node[DISCHARGE, i]
            node[INTAKE, i], node[DISCHARGE, i] = -charge, discharge
            _draw(month, i, spared * node[WEIGHT, i])
        back = node[SENT, i ^ 1]
        if node[SENT, i] > 0.0 and back >= kept * node[SENT, i]:
            _draw(month, i, -node[SENT, i] * (1.0 - kept * kept) * node[WEIGHT, i])
            node[SENT, i ^ 1], node[SENT, i] = back - kept * node[SENT, i], 0.0


@inlined
def _room(month: _Month, i: int, up: bool) -> float:
    """Return the MWh that a node's next entry can still give, or that its last entry gives."""
    below, supply = month.node[BELOW + (i & 1)], month.node[SUPPLY, i]
    mw = below[month.mark[NEXT_ENTRY, i] + 1] - supply if up else supply - below[month.mark[LAST_ENTRY, i]]
    return float(mw * month.node[WEIGHT, i])


@inlined
def _giver(month: _Month, hub: int, slot: int) -> int:
    """Return the node that a hub takes from: the one that it has, unless that has no room or became dearer."""
    node, mark = month.node, month.mark
    i, side, z = mark[GIVER, hub], mark[SLOT, hub], hub & 1
    if i != NOWHERE:
        room = node[side, i] - node[LEAST + side, z]
        if slot == DISCHARGE and side == INTAKE:
            room = min(room, node[ENERGY, z] - node[STORED, hub])
        cost = max(node[LABEL, i], 0.0) / node[YIELD + side, z]
        if room > month.node[TOLERANCE, 0] and cost <= node[WORTH, hub] + LEAST_FALL:
            return int(i)
    node[WORTH, hub], mark[GIVER, hub] = np.inf, NOWHERE
    _choose(month, hub)
    return int(mark[GIVER, hub])


@inlined
def _follow(month: _Month, i: int, n: int) -> int:
    """Add the way of node i, the chain's n-th, to the chain; return the next node, or `NOWHERE` if it is closed."""
    node, mark = month.node, month.mark
    slot, z, j, per, paid = mark[WAY, i], i & 1, i ^ 1, 1.0, 0.0
    mark[VIA, n] = slot
    if slot == BACK:
        room, per, paid = node[SENT, i], node[KEPT, 0], -node[WHEELING, 0]
    elif slot == LINE:
        per = 1.0 / node[KEPT, 0]
        room, paid = node[EXPORT, 1 - z] - node[SENT, j], node[WHEELING, 0] * per
    else:
        room = node[MOST + slot, z] - node[slot, i]
    if room <= node[TOLERANCE, 0]:
        return NOWHERE
    energy = room * node[WEIGHT, i] * (node[KEPT, 0] if slot == LINE else 1.0)
    if slot < LINE:
        hub = _hub(month, i)
        j = _giver(month, hub, slot)
        if j == NOWHERE:
            return NOWHERE
        side = mark[SLOT, hub]
        per = node[YIELD + slot, z] / node[YIELD + side, z]
        energy = min(energy, (node[side, j] - node[LEAST + side, z]) * node[WEIGHT, j] / per)
        if side != slot:
            stored = node[STORED, 4 * mark[DAY, i] + 2 + z]
            passing = node[ENERGY, z] - stored if slot == DISCHARGE else stored
            energy = min(energy, passing * node[WEIGHT, i] / node[YIELD + slot, z])
        mark[SIDE, n] = side
    node[ROOM, n], node[FACTOR, n + 1] = energy / node[FACTOR, n], node[FACTOR, n] * per
    node[SPENT, n + 1] = node[SPENT, n] + node[FACTOR, n] * paid
    return int(j)


@inlined
def _move(month: _Month, n: int, energy: float) -> None:
    """Bring energy, MWh, to the chain's n-th node from the next one."""
    node, mark = month.node, month.mark
    i, j = mark[PLACE, n], mark[PLACE, n + 1]
    slot, z, mw = mark[VIA, n], i & 1, energy / node[WEIGHT, i]
    if slot == LINE:
        node[SENT, j] = min(node[SENT, j] + mw / month.node[KEPT, 0], node[EXPORT, 1 - z])
    elif slot == BACK:
        node[SENT, i] = max(node[SENT, i] - mw, 0.0)
    else:
        side, into = mark[SIDE, n], energy * node[YIELD + slot, z]
        given = into / (node[YIELD + side, z] * node[WEIGHT, j])
        node[slot, i] = min(node[slot, i] + mw, node[MOST + slot, z])
        node[side, j] = max(node[side, j] - given, node[LEAST + side, z])
        if side != slot:
            stored = into / node[WEIGHT, i]
            node[STORED, 4 * mark[DAY, i] + 2 + z] += stored if slot == DISCHARGE else -stored


@inlined
def _shared(month: _Month, k: int, other: int) -> bool:
    """Return whether two ways of a chain take from one slot of a node, into one, or the same way through a store."""
    mark = month.mark
    i, j, slot, side = mark[PLACE, k], mark[PLACE, other], mark[VIA, k], mark[SIDE, k]
    into, out = mark[VIA, other], mark[SIDE, other]
    if i == j:
        return True
    if slot >= LINE or into >= LINE:
        return False
    if side == out and mark[PLACE, k + 1] == mark[PLACE, other + 1]:
        return True
    same = (i ^ j) & 1 == 0 and mark[DAY, i] == mark[DAY, j]
    return bool(same and slot != side and slot == into and side == out)


@plain
def _carry(month: _Month, first: int, n: int, times: tuple[int, float, float], most: float) -> float:
    """Bring at most `most` MWh along ways `first` to n of the chain; return it.

    Times: a place on the chain, by how much more goes along the ways before it, and from it on.
    """
    node, energy, (cut, before, after) = month.node, most, times
    for k in range(first, n):
        used = 0.0
        for other in range(first, n):
            if other == k or _shared(month, k, other):
                used += (before if other < cut else after) / node[ROOM, other]
        energy = min(energy, 1.0 / used)
    for k in range(first, n):
        _move(month, k, node[FACTOR, k] * energy * (before if k < cut else after))
    return energy


@plain
def _best_place(month: _Month, start: int, n: int, ratio: float) -> tuple[int, float]:
    """Return where on a cycle of ways its energy is best drawn from a node's own stack, or spares it; and the gain."""
    node, best, at = month.node, -np.inf, start
    for k in range(start, n):
        i, made = month.mark[PLACE, k], node[FACTOR, k] * (1.0 - ratio)
        paid = node[SPENT, n] - node[SPENT, k] + ratio * (node[SPENT, k] - node[SPENT, start])
        gain = made * (node[LAST, i] if made > 0.0 else node[NEXT, i]) - paid
        if gain > best:
            best, at = gain, k
    return at, best


@plain
def _push_round(month: _Month, start: int, n: int) -> bool:
    """Go round the cycle that a chain's ways from `start` to n make, if that pays, or open it; return whether it did.

    Either for its own sake, one of its nodes giving less or more, or as the chain's source, if it makes energy.
    """
    node, mark = month.node, month.mark
    sink, before, ratio = mark[PLACE, 0], node[FACTOR, start], node[FACTOR, n] / node[FACTOR, start]
    (at, own), sent = _best_place(month, start, n, ratio), -np.inf
    if ratio < CLOSED:
        worth, paid = node[LAST, sink] - node[SPENT, start], node[SPENT, n] - node[SPENT, start]
        sent = worth * (1.0 - ratio) - paid
    if max(own, sent) <= LEAST_GAIN * before:
        last = mark[PLACE, n - 1]
        if mark[WAY, last] < LINE:
            mark[GIVER, _hub(month, last)] = NOWHERE  # it takes from a node not on the chain
        else:
            mark[WAY, last], node[LABEL, last] = OWN, node[NEXT, last]
        return False
    if own >= sent:
        i, made = mark[PLACE, at], node[FACTOR, at] * (1.0 - ratio)
        most = _room(month, i, made < 0.0) / abs(made) if made != 0.0 else np.inf
        _draw(month, i, -made * _carry(month, start, n, (at, ratio, 1.0), most))
    else:
        turns = 1.0 / (1.0 - ratio)
        _draw(month, sink, -_carry(month, 0, n, (start, 1.0, turns), _room(month, sink, False)))
    return True


@plain
def _leave(month: _Month, n: int, cost: float) -> None:
    """Leave a chain; labels rise to what its way costs now, so that none tries it again."""
    node, mark = month.node, month.mark
    for k in range(n + 1):
        i = mark[PLACE, k]
        mark[MET, i] = NOWHERE
        if k < n:
            node[LABEL, i] = max(node[LABEL, i], (cost - node[SPENT, k]) / node[FACTOR, k])


@plain
def _exchange(month: _Month, sink: int) -> bool:
    """Bring energy to a node along the chain of its ways; return whether any was moved."""
    node, mark = month.node, month.mark
    n, i, worth = 0, sink, node[LAST, sink] - LEAST_GAIN
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
            energy = _carry(month, 0, n, (0, 1.0, 1.0), most)
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


@plain
def _go_round(month: _Month, closing: int) -> int:
    """Begin a chain with a listed closing; return its length when it is back where it began, 0 if it never is."""
    node, mark, n, first = month.node, month.mark, 1, month.mark[CLOSER, closing]
    usual, mark[WAY, first], mark[PLACE, 0] = mark[WAY, first], mark[CLOSER + 1, closing], first
    node[FACTOR, 0], node[SPENT, 0] = 1.0, 0.0
    hub = _hub(month, first) if mark[WAY, first] < LINE else 0
    giver, slot = mark[GIVER, hub], mark[SLOT, hub]
    mark[GIVER, hub], mark[SLOT, hub] = mark[CLOSER + 2, closing], mark[CLOSER + 3, closing]
    i = _follow(month, first, 0)
    mark[WAY, first], mark[GIVER, hub], mark[SLOT, hub] = usual, giver, slot
    while i != NOWHERE and i != first and n < LONGEST:
        mark[PLACE, n] = i
        i, n = _follow(month, i, n), n + 1
    return n if i == first else 0


@plain
def _feed(month: _Month, closing: int) -> bool:
    """Go round a listed cycle that loses energy, fed along the way of the node where it begins, if that pays."""
    node, mark, begin = month.node, month.mark, _go_round(month, closing)
    lacks, i, n = node[FACTOR, begin] - 1.0, mark[PLACE, 0], begin
    if lacks <= 1.0 - CLOSED:
        return False
    node[FACTOR, n] = lacks
    while i != NOWHERE and mark[WAY, i] != OWN and mark[MET, i] == NOWHERE and n < 2 * LONGEST:
        mark[PLACE, n], mark[MET, i] = i, n
        i, n = _follow(month, i, n), n + 1
    mark[PLACE, n], start = i, n if i == NOWHERE or mark[WAY, i] == OWN else mark[MET, i]
    for k in range(begin, n):
        mark[MET, mark[PLACE, k]] = NOWHERE
    if start == NOWHERE or i == NOWHERE:
        return False
    need, own = node[FACTOR, n], start == n  # or made by the cycle that the chain ends in
    made = 1.0 if own else 1.0 - need / node[FACTOR, start]
    paid = need * node[NEXT, i] if own else (node[SPENT, n] - node[SPENT, start]) / made
    if made <= 1.0 - CLOSED or node[SPENT, start] + paid > -LEAST_FALL:
        return False
    energy = _carry(month, 0, n, (start, 1.0, 1.0 / made), _room(month, i, True) / need if own else np.inf)
    if own:
        _draw(month, i, need * energy)
    return True


@plain
def _feed_cycles(month: _Month) -> bool:
    """Go round cycles that lose energy, each as long as that pays; return whether any did."""
    moved = False
    _label(month, True, LAST_PASSES)
    for closing in range(month.mark[SIZE, CLOSINGS]):
        tries = 0
        while tries < MOST_TRIES and _feed(month, closing):
            moved, tries = True, tries + 1
    return moved


@plain
def _serve(month: _Month, sink: int) -> bool:
    """Bring energy to a node as long as it pays; return whether any was moved."""
    node, mark, moved = month.node, month.mark, False
    for _ in range(MOST_TRIES):
        if mark[WAY, sink] < LINE:  # its hub may have become dearer
            worth = node[WORTH, _hub(month, sink)] * month.node[YIELD + mark[WAY, sink], sink & 1]
            node[LABEL, sink] = max(node[LABEL, sink], worth)
        if node[LAST, sink] - node[LABEL, sink] <= LEAST_GAIN:
            break
        moved |= _exchange(month, sink)
    return moved


@plain
def _settle(month: _Month) -> int:
    """Label and exchange until no node would save; return the number of labellings, negative if some still would."""
    moved = True
    for labellings in range(1, MOST_LABELLINGS + 1):
        stuck = not moved
        moved = (stuck or labellings % FEED_EVERY == 0) and _feed_cycles(month)
        guarded = stuck and not moved  # labels are, and some node may be served on their ways
        _net(month)
        tried = QUICK_PASSES + (labellings % 8 if labellings > MANY else 0)
        fell = not guarded and _label(month, False, tried)
        count = _find(month)
        while count == 0 and fell and tried < LAST_PASSES:  # round some cycles for ever
            fell, tried = _pass(month), tried + 1
            count = _find(month)
        if count == 0 and not fell and not guarded:
            return labellings
        for k in range(count):
            moved |= _serve(month, month.mark[TAKER, k])
        if guarded and not moved:
            break
    _net(month)
    _label(month, False, QUICK_PASSES)
    return -labellings


@kernel
def exchange(node: Floats, mark: Indices) -> Integers:
    """Change nodes and marks of a network until no chain makes its months cheaper.

    Args:
        node: f8[M, row, column] numbers by node, hub, place on a chain, zone or entry. Node 2 t + z is hour t of zone
            z; a zone's last is no hour, but spill. Hub z is a zone's water; hubs 4 d + 2 + z and 4 d + 4 + z are
            discharge and intake of day d.
        mark: u4[M, row, column] indices by the same, and by day.

    Returns:
        i8[M] labellings of each month, negative where some chain may be left.
    """
    labellings = np.zeros(node.shape[0], np.int64)
    for m in range(labellings.size):
        month = _Month(node[m], mark[m])
        for i in range(2 * mark[m, SIZE, HOURS] + 2):
            mark[m, NEXT_ENTRY, i] = mark[m, NEXT_ENTRY, i - 2] if i > 1 else 0  # hours are much alike
            _draw(month, i, 0.0)
        labellings[m] = _settle(month)
    return labellings
