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
from tanlu.kernels.power.layout import (
    ARRIVAL,
    BEGIN,
    CLOSER,
    CLOSINGS,
    DAY,
    DAYS,
    DISCHARGE,
    ENERGY,
    ENTRY_START,
    EXPORT,
    FACTOR,
    GIVER,
    GUARDED,
    HOURS,
    INTAKE,
    LABEL,
    LAST,
    LAST_ENTRY,
    LINE,
    LOWER,
    NEXT,
    NEXT_ENTRY,
    NOWHERE,
    OUTFLOW,
    OUTLAY,
    PLACE,
    POSITION,
    PRICE,
    RELEASE,
    ROOM,
    SIDE,
    SIZE,
    SLOT,
    STACK,
    SUPPLY,
    TAKER,
    THROUGHPUT,
    TOLERANCE,
    UNEXPORT,
    UPPER,
    VIA,
    WAY,
    WEIGHT,
    WHEELING,
    WORTH,
    YIELD,
)

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Indices = NDArray[np.uint32]  # numba looks at each use of a signed index whether it counts from the end

MAX_LABELLINGS, MAX_TRIES = 200, 24  # of a month; of a node or a cycle after a labelling
FEED_EVERY = VARIED_AFTER = 12  # labellings: when losing cycles are looked for; after which passes vary
MIN_PASSES, MAX_PASSES = 2, 1000  # of a labelling: as a rule; at most, until labels fall no more
MAX_LENGTH = 24  # ways that are followed to see whether they close a cycle
MIN_FALL, MIN_GAIN = 1e-9, 0.01  # CNY/MWh: labels that fall by less stay; chains that spare less are left
LOSSLESS = 1.0 - 1e-9  # a round that brings back this share makes no energy


# Divisors are never 0: a test before each division would cost as much as the division.
kernel = partial(decorators.kernel, error_model="numpy")
plain = partial(decorators.plain, error_model="numpy")
inlined = partial(decorators.inlined, error_model="numpy")


class _Month(NamedTuple):
    """One month of the network; axes as in `exchange`."""

    node: Floats
    mark: Indices


@inlined
def _find_hub(month: _Month, i: int) -> int:
    """Return the hub that a node takes from."""
    slot = month.mark[WAY, i]
    return int((0 if slot == RELEASE else 4 * month.mark[DAY, i] + 2 * slot) + (i & 1))


@inlined
def _input_ratio(month: _Month, slot: int, side: int, z: int) -> float:
    """Return the MWh that a way needs at its next node, per MWh."""
    arrival = month.node[ARRIVAL, 0]
    if slot >= LINE:
        return float(arrival if slot == UNEXPORT else 1.0 / arrival)
    return float(month.node[YIELD + slot, z] / month.node[YIELD + side, z])


@plain
def _closes(month: _Month, i: int, hub: int, way: int, following: int, side: int) -> bool:
    """List a way or a hub's slot that would close a cycle without gain; return whether it does."""
    mark, j, ratio = month.mark, following, 1.0
    for _ in range(MAX_LENGTH):
        slot, z = mark[WAY, j], j & 1
        if j == i or (slot < LINE and _find_hub(month, j) == hub):
            slot, n = way if j == i else slot, min(mark[SIZE, CLOSINGS], mark.shape[1] - 1)
            if ratio * _input_ratio(month, slot, side, z) < LOSSLESS:
                return False
            mark[CLOSER, n], mark[CLOSER + 1, n], mark[SIZE, CLOSINGS] = j, slot, n + 1
            mark[CLOSER + 2, n], mark[CLOSER + 3, n] = following, side
            return True
        if slot == STACK:
            return False
        source = 0 if slot >= LINE else _find_hub(month, j)
        ratio *= _input_ratio(month, slot, mark[SLOT, source], z)
        j = j ^ 1 if slot >= LINE else mark[GIVER, source]
    return False


@inlined
def _label_line(month: _Month, z: int) -> bool:
    """Lower a zone's labels to the line's import cost or export value."""
    node, mark, guarded, fell = month.node, month.mark, month.mark[SIZE, GUARDED] > 0, False
    tolerance, wheeling, arrival = node[TOLERANCE, z], node[WHEELING, z], node[ARRIVAL, z]
    per, limit = 1.0 / arrival, node[EXPORT, 1 - z] - tolerance
    for i in range(z, 2 * month.mark[SIZE, HOURS], 2):
        neighbour_label, label = node[LABEL, i ^ 1], node[LABEL, i] - MIN_FALL
        import_cost, export_value = (neighbour_label + wheeling) * per, arrival * neighbour_label - wheeling
        can_import = node[OUTFLOW, i ^ 1] < limit and import_cost < label
        can_unexport = node[OUTFLOW, i] > tolerance and export_value < label
        way = UNEXPORT if can_unexport and (not can_import or export_value < import_cost - MIN_FALL) else LINE
        if not (can_import or can_unexport) or (guarded and _closes(month, i, NOWHERE, way, i ^ 1, 0)):
            continue
        node[LABEL, i], mark[WAY, i], fell = export_value if way == UNEXPORT else import_cost, way, True
    return fell


@inlined
def _gives(month: _Month, i: int, low: int, high: int) -> bool:
    """Return whether a node off the chain takes nothing from these slots."""
    return bool(month.mark[POSITION, i] == NOWHERE and not low <= month.mark[WAY, i] <= high)


@inlined
def _find_cheapest(month: _Month, low: int, high: int, first: int, end: int) -> tuple[int, int]:
    """Find a zone's cheapest givers of the first and last slot."""
    node, tolerance = month.node, month.node[TOLERANCE, 0]
    floor, other_floor = node[LOWER + low, first & 1] + tolerance, node[LOWER + high, first & 1] + tolerance
    best, other_best, giver, other_giver = np.inf, np.inf, NOWHERE, NOWHERE
    for i in range(first, end, 2):
        label = node[LABEL, i]
        if label < best and node[low, i] > floor and _gives(month, i, low, high):
            best, giver = label, i
        if high > low and label < other_best and node[high, i] > other_floor and _gives(month, i, low, high):
            other_best, other_giver = label, i
    return giver, other_giver


@inlined
def _offer_slot(month: _Month, hub: int, slot: int, i: int) -> None:
    """Let a hub take from a node's slot if that is cheaper."""
    node, mark = month.node, month.mark
    cost, guarded = max(node[LABEL, i], 0.0) / node[YIELD + slot, i & 1], mark[SIZE, GUARDED] > 0
    if cost < node[WORTH, hub] - MIN_FALL and not (guarded and _closes(month, NOWHERE, hub, STACK, i, slot)):
        node[WORTH, hub], mark[GIVER, hub], mark[SLOT, hub] = cost, i, slot


@plain
def _choose_giver(month: _Month, hub: int) -> None:
    """Let a zone's water, or its store, take from the cheapest hours."""
    node, begin, z, d = month.node, month.mark[BEGIN], hub & 1, (hub - 2) >> 2
    if hub < 2:
        i, _ = _find_cheapest(month, RELEASE, RELEASE, z, 2 * month.mark[SIZE, HOURS] + 2)
        if i != NOWHERE:
            _offer_slot(month, hub, RELEASE, i)
        return
    discharge_hub, intake_hub, tolerance = 4 * d + 2 + z, 4 * d + 4 + z, node[TOLERANCE, 0]
    i, j = _find_cheapest(month, DISCHARGE, INTAKE, 2 * begin[d] + z, 2 * begin[d + 1])
    if i != NOWHERE:
        _offer_slot(month, discharge_hub, DISCHARGE, i)
        if node[THROUGHPUT, discharge_hub] > tolerance:
            _offer_slot(month, intake_hub, DISCHARGE, i)
    if j != NOWHERE:
        _offer_slot(month, intake_hub, INTAKE, j)
        if node[THROUGHPUT, discharge_hub] < node[ENERGY, z] - tolerance:
            _offer_slot(month, discharge_hub, INTAKE, j)


@plain
def _label_water(month: _Month, z: int) -> bool:
    """Lower a zone's labels to the cost of its water."""
    node, mark, guarded, fell = month.node, month.mark, month.mark[SIZE, GUARDED] > 0, False
    ceiling = node[UPPER + RELEASE, z] - month.node[TOLERANCE, 0]
    if ceiling <= node[LOWER + RELEASE, z]:
        return False
    _choose_giver(month, z)
    cost = node[WORTH, z]
    for i in range(z, 2 * month.mark[SIZE, HOURS], 2):
        cheaper = node[LABEL, i] > cost + MIN_FALL and node[RELEASE, i] < ceiling
        if cheaper and not (guarded and _closes(month, i, NOWHERE, RELEASE, mark[GIVER, z], mark[SLOT, z])):
            node[LABEL, i], mark[WAY, i], fell = cost, RELEASE, True
    return fell


@plain
def _label_stores(month: _Month, z: int) -> bool:
    """Lower a zone's labels to the cost of its stored energy by day."""
    node, mark, guarded, fell = month.node, month.mark, month.mark[SIZE, GUARDED] > 0, False
    top = node[UPPER + DISCHARGE, z] - node[TOLERANCE, 0]
    full = node[UPPER + INTAKE, z] - node[TOLERANCE, 0]
    for d in range(mark[SIZE, DAYS] if top > 0.0 else 0):
        hub = 4 * d + 2 * DISCHARGE + z
        _choose_giver(month, hub)
        cost, intake_cost = node[WORTH, hub], node[WORTH, hub + 2] * node[YIELD + INTAKE, z]
        for i in range(2 * mark[BEGIN, d] + z, 2 * mark[BEGIN, d + 1], 2):
            for slot, per, ceiling in ((DISCHARGE, cost, top), (INTAKE, intake_cost, full)):
                if node[LABEL, i] <= per + MIN_FALL or node[slot, i] >= ceiling:
                    continue
                donor = 4 * d + 2 * slot + z
                if not (guarded and _closes(month, i, NOWHERE, slot, mark[GIVER, donor], mark[SLOT, donor])):
                    node[LABEL, i], mark[WAY, i], fell = per, slot, True
    return fell


@plain
def _lower_labels(month: _Month) -> bool:
    """Lower labels once over the network; return whether any fell."""
    line, fell, month.mark[SIZE, CLOSINGS] = month.node[EXPORT, 0] + month.node[EXPORT, 1] > 0.0, False, 0
    for z in range(2 if line else 0):
        fell |= _label_line(month, z)
    for z in range(2):
        fell |= _label_water(month, z) | _label_stores(month, z)
    return fell


@plain
def _label_nodes(month: _Month, guarded: bool, passes: int) -> bool:
    """Lower labels from the stacks' costs; return whether they still fell."""
    node, mark, fell = month.node, month.mark, True
    for i in range(node.shape[1]):
        node[LABEL, i], mark[WAY, i], node[WORTH, i], mark[GIVER, i] = node[NEXT, i], STACK, np.inf, NOWHERE
    mark[SIZE, GUARDED] = 1 if guarded else 0
    for _ in range(passes):
        fell = _lower_labels(month)
        if not fell:
            break
    mark[SIZE, GUARDED] = 0
    return fell


@plain
def _list_takers(month: _Month) -> int:
    """List nodes whose last MWh costs more than their label; return their number."""
    node, mark, count = month.node, month.mark, 0
    for z in range(2):
        for i in range(z, 2 * month.mark[SIZE, HOURS], 2):
            if node[LAST, i] > node[LABEL, i] + MIN_GAIN:
                mark[TAKER, count] = i
                count += 1
    return count


@inlined
def _draw(month: _Month, i: int, energy: float) -> None:
    """Let a node's stack give `energy` more, MWh; set its next and last entry."""
    node, mark, tolerance = month.node, month.mark, month.node[TOLERANCE, 0]
    z, after, supply = i & 1, mark[NEXT_ENTRY, i], node[SUPPLY, i] + energy / node[WEIGHT, i]
    while node[ENTRY_START + z, after + 1] <= supply + tolerance:
        after += 1
    while node[ENTRY_START + z, after] > supply + tolerance:
        after -= 1
    before = after
    while node[ENTRY_START + z, before] >= supply - tolerance:
        before -= 1
    node[SUPPLY, i], mark[NEXT_ENTRY, i], mark[LAST_ENTRY, i] = supply, after, before
    node[NEXT, i], node[LAST, i] = node[PRICE + z, after], node[PRICE + z, before]
    if mark[WAY, i] == STACK or node[NEXT, i] < node[LABEL, i]:
        node[LABEL, i], mark[WAY, i] = node[NEXT, i], STACK


@plain
def _net_out(month: _Month) -> None:
    """Net out charge with discharge and both flows of the line; draw less by what that spares."""
    node, arrival = month.node, month.node[ARRIVAL, 0]
    for i in range(2 * month.mark[SIZE, HOURS]):
        if node[DISCHARGE, i] > 0.0 and node[INTAKE, i] < 0.0:
            efficiency = node[YIELD + INTAKE, i & 1]
            net_storage = -efficiency * node[INTAKE, i] - node[DISCHARGE, i]
            charge, discharge = max(net_storage, 0.0) / efficiency, max(-net_storage, 0.0)
            saving = charge + node[INTAKE, i] + node[DISCHARGE, i] - discharge
            node[THROUGHPUT, 4 * month.mark[DAY, i] + 2 + (i & 1)] += discharge - node[DISCHARGE, i]
            node[INTAKE, i], node[DISCHARGE, i] = -charge, discharge
            _draw(month, i, saving * node[WEIGHT, i])
        backflow = node[OUTFLOW, i ^ 1]
        if node[OUTFLOW, i] > 0.0 and backflow >= arrival * node[OUTFLOW, i]:
            _draw(month, i, -node[OUTFLOW, i] * (1.0 - arrival * arrival) * node[WEIGHT, i])
            node[OUTFLOW, i ^ 1], node[OUTFLOW, i] = backflow - arrival * node[OUTFLOW, i], 0.0


@inlined
def _room(month: _Month, i: int, is_up: bool) -> float:
    """Return the MWh that a node's next entry has left, or its last gives."""
    edge, supply = month.node[ENTRY_START + (i & 1)], month.node[SUPPLY, i]
    mw = edge[month.mark[NEXT_ENTRY, i] + 1] - supply if is_up else supply - edge[month.mark[LAST_ENTRY, i]]
    return float(mw * month.node[WEIGHT, i])


@inlined
def _find_giver(month: _Month, hub: int, slot: int) -> int:
    """Return a hub's giver; a new one where it lacks room or became dearer."""
    node, mark = month.node, month.mark
    i, side, z = mark[GIVER, hub], mark[SLOT, hub], hub & 1
    if i != NOWHERE:
        room = node[side, i] - node[LOWER + side, z]
        if slot == DISCHARGE and side == INTAKE:
            room = min(room, node[ENERGY, z] - node[THROUGHPUT, hub])
        cost = max(node[LABEL, i], 0.0) / node[YIELD + side, z]
        if room > month.node[TOLERANCE, 0] and cost <= node[WORTH, hub] + MIN_FALL:
            return int(i)
    node[WORTH, hub], mark[GIVER, hub] = np.inf, NOWHERE
    _choose_giver(month, hub)
    return int(mark[GIVER, hub])


@inlined
def _follow(month: _Month, i: int, n: int) -> int:
    """Add the way of node i as the chain's n-th; return its next node."""
    node, mark = month.node, month.mark
    slot, z, j, per, fee = mark[WAY, i], i & 1, i ^ 1, 1.0, 0.0
    mark[VIA, n] = slot
    if slot == UNEXPORT:
        room, per, fee = node[OUTFLOW, i], node[ARRIVAL, 0], -node[WHEELING, 0]
    elif slot == LINE:
        per = 1.0 / node[ARRIVAL, 0]
        room, fee = node[EXPORT, 1 - z] - node[OUTFLOW, j], node[WHEELING, 0] * per
    else:
        room = node[UPPER + slot, z] - node[slot, i]
    if room <= node[TOLERANCE, 0]:
        return NOWHERE
    energy = room * node[WEIGHT, i] * (node[ARRIVAL, 0] if slot == LINE else 1.0)
    if slot < LINE:
        hub = _find_hub(month, i)
        j = _find_giver(month, hub, slot)
        if j == NOWHERE:
            return NOWHERE
        side = mark[SLOT, hub]
        per = node[YIELD + slot, z] / node[YIELD + side, z]
        energy = min(energy, (node[side, j] - node[LOWER + side, z]) * node[WEIGHT, j] / per)
        if side != slot:
            throughput = node[THROUGHPUT, 4 * mark[DAY, i] + 2 + z]
            passage = node[ENERGY, z] - throughput if slot == DISCHARGE else throughput
            energy = min(energy, passage * node[WEIGHT, i] / node[YIELD + slot, z])
        mark[SIDE, n] = side
    node[ROOM, n], node[FACTOR, n + 1] = energy / node[FACTOR, n], node[FACTOR, n] * per
    node[OUTLAY, n + 1] = node[OUTLAY, n] + node[FACTOR, n] * fee
    return int(j)


@inlined
def _move_energy(month: _Month, n: int, energy: float) -> None:
    """Bring energy, MWh, to the chain's n-th node from the next one."""
    node, mark = month.node, month.mark
    i, j = mark[PLACE, n], mark[PLACE, n + 1]
    slot, z, mw = mark[VIA, n], i & 1, energy / node[WEIGHT, i]
    if slot == LINE:
        node[OUTFLOW, j] = min(node[OUTFLOW, j] + mw / month.node[ARRIVAL, 0], node[EXPORT, 1 - z])
    elif slot == UNEXPORT:
        node[OUTFLOW, i] = max(node[OUTFLOW, i] - mw, 0.0)
    else:
        side, hub_mwh = mark[SIDE, n], energy * node[YIELD + slot, z]
        giver_mw = hub_mwh / (node[YIELD + side, z] * node[WEIGHT, j])
        node[slot, i] = min(node[slot, i] + mw, node[UPPER + slot, z])
        node[side, j] = max(node[side, j] - giver_mw, node[LOWER + side, z])
        if side != slot:
            store_mw = hub_mwh / node[WEIGHT, i]
            node[THROUGHPUT, 4 * mark[DAY, i] + 2 + z] += store_mw if slot == DISCHARGE else -store_mw


@inlined
def _is_shared(month: _Month, k: int, rival: int) -> bool:
    """Return whether two ways take from one slot, into one, or go alike through a store."""
    mark = month.mark
    i, j, slot, side = mark[PLACE, k], mark[PLACE, rival], mark[VIA, k], mark[SIDE, k]
    rival_slot, rival_side = mark[VIA, rival], mark[SIDE, rival]
    if i == j:
        return True
    if slot >= LINE or rival_slot >= LINE:
        return False
    if side == rival_side and mark[PLACE, k + 1] == mark[PLACE, rival + 1]:
        return True
    is_same_store = (i ^ j) & 1 == 0 and mark[DAY, i] == mark[DAY, j]
    return bool(is_same_store and slot != side and slot == rival_slot and side == rival_side)


@plain
def _carry(month: _Month, first: int, n: int, times: tuple[int, float, float], limit: float) -> float:
    """Bring at most `limit` MWh along ways `first` to n; return it.

    Times: a place on the chain, by how much more goes along the ways before it, and from it on.
    """
    node, energy, (cut, before, after) = month.node, limit, times
    for k in range(first, n):
        usage = 0.0
        for rival in range(first, n):
            if rival == k or _is_shared(month, k, rival):
                usage += (before if rival < cut else after) / node[ROOM, rival]
        energy = min(energy, 1.0 / usage)
    for k in range(first, n):
        _move_energy(month, k, node[FACTOR, k] * energy * (before if k < cut else after))
    return energy


@plain
def _find_best_place(month: _Month, start: int, n: int, ratio: float) -> tuple[int, float]:
    """Find where on a cycle a stack best draws its energy, and the gain."""
    node, best_gain, place = month.node, -np.inf, start
    for k in range(start, n):
        i, surplus = month.mark[PLACE, k], node[FACTOR, k] * (1.0 - ratio)
        cost = node[OUTLAY, n] - node[OUTLAY, k] + ratio * (node[OUTLAY, k] - node[OUTLAY, start])
        gain = surplus * (node[LAST, i] if surplus > 0.0 else node[NEXT, i]) - cost
        if gain > best_gain:
            best_gain, place = gain, k
    return place, best_gain


@plain
def _push_round(month: _Month, start: int, n: int) -> bool:
    """Go round the cycle of a chain's ways from `start` to n if that pays, else open it.

    Either for its own sake, one of its nodes giving less or more, or as the chain's source, if it makes energy.
    """
    node, mark = month.node, month.mark
    sink, before, ratio = mark[PLACE, 0], node[FACTOR, start], node[FACTOR, n] / node[FACTOR, start]
    (place, cycle_gain), sink_gain = _find_best_place(month, start, n, ratio), -np.inf
    if ratio < LOSSLESS:
        worth, cost = node[LAST, sink] - node[OUTLAY, start], node[OUTLAY, n] - node[OUTLAY, start]
        sink_gain = worth * (1.0 - ratio) - cost
    if max(cycle_gain, sink_gain) <= MIN_GAIN * before:
        last = mark[PLACE, n - 1]
        if mark[WAY, last] < LINE:
            mark[GIVER, _find_hub(month, last)] = NOWHERE  # it takes from a node not on the chain
        else:
            mark[WAY, last], node[LABEL, last] = STACK, node[NEXT, last]
        return False
    if cycle_gain >= sink_gain:
        i, surplus = mark[PLACE, place], node[FACTOR, place] * (1.0 - ratio)
        limit = _room(month, i, surplus < 0.0) / abs(surplus) if surplus != 0.0 else np.inf
        _draw(month, i, -surplus * _carry(month, start, n, (place, ratio, 1.0), limit))
    else:
        turns = 1.0 / (1.0 - ratio)
        _draw(month, sink, -_carry(month, 0, n, (start, 1.0, turns), _room(month, sink, False)))
    return True


@plain
def _leave_chain(month: _Month, n: int, cost: float) -> None:
    """Leave a chain; raise its labels to their cost, so that none tries it again."""
    node, mark = month.node, month.mark
    for k in range(n + 1):
        i = mark[PLACE, k]
        mark[POSITION, i] = NOWHERE
        if k < n:
            node[LABEL, i] = max(node[LABEL, i], (cost - node[OUTLAY, k]) / node[FACTOR, k])


@plain
def _serve_along_chain(month: _Month, sink: int) -> bool:
    """Bring energy to a node along its ways; return whether any moved."""
    node, mark = month.node, month.mark
    n, i, worth = 0, sink, node[LAST, sink] - MIN_GAIN
    node[FACTOR, 0], node[OUTLAY, 0] = 1.0, 0.0
    while True:
        mark[PLACE, n] = i
        if mark[POSITION, i] != NOWHERE:
            if _push_round(month, mark[POSITION, i], n):
                break
            n, i = n - 1, mark[PLACE, n - 1]
            mark[POSITION, i] = NOWHERE  # look at it again
            continue
        mark[POSITION, i], cost = n, node[OUTLAY, n] + node[FACTOR, n] * node[LABEL, i]
        if cost >= worth:
            _leave_chain(month, n, cost)
            return False
        if mark[WAY, i] == STACK:
            limit = min(_room(month, sink, False), _room(month, i, True) / node[FACTOR, n])
            energy = _carry(month, 0, n, (0, 1.0, 1.0), limit)
            _draw(month, sink, -energy)
            _draw(month, i, node[FACTOR, n] * energy)
            break
        j = _follow(month, i, n)
        if j == NOWHERE:  # fall back on the own stack, and look at it again
            mark[WAY, i], node[LABEL, i], mark[POSITION, i] = STACK, node[NEXT, i], NOWHERE
        else:
            n, i = n + 1, j
    _leave_chain(month, n, -np.inf)
    return True


@plain
def _go_round(month: _Month, closing: int) -> int:
    """Begin a chain with a listed closing; return its length, 0 if open."""
    node, mark, n, first = month.node, month.mark, 1, month.mark[CLOSER, closing]
    usual, mark[WAY, first], mark[PLACE, 0] = mark[WAY, first], mark[CLOSER + 1, closing], first
    node[FACTOR, 0], node[OUTLAY, 0] = 1.0, 0.0
    hub = _find_hub(month, first) if mark[WAY, first] < LINE else 0
    giver, slot = mark[GIVER, hub], mark[SLOT, hub]
    mark[GIVER, hub], mark[SLOT, hub] = mark[CLOSER + 2, closing], mark[CLOSER + 3, closing]
    i = _follow(month, first, 0)
    mark[WAY, first], mark[GIVER, hub], mark[SLOT, hub] = usual, giver, slot
    while i != NOWHERE and i != first and n < MAX_LENGTH:
        mark[PLACE, n] = i
        i, n = _follow(month, i, n), n + 1
    return n if i == first else 0


@plain
def _feed_cycle(month: _Month, closing: int) -> bool:
    """Go round a listed losing cycle, fed from its first node, if that pays."""
    node, mark, begin = month.node, month.mark, _go_round(month, closing)
    shortfall, i, n = node[FACTOR, begin] - 1.0, mark[PLACE, 0], begin
    if shortfall <= 1.0 - LOSSLESS:
        return False
    node[FACTOR, n] = shortfall
    while i != NOWHERE and mark[WAY, i] != STACK and mark[POSITION, i] == NOWHERE and n < 2 * MAX_LENGTH:
        mark[PLACE, n], mark[POSITION, i] = i, n
        i, n = _follow(month, i, n), n + 1
    mark[PLACE, n], start = i, n if i == NOWHERE or mark[WAY, i] == STACK else mark[POSITION, i]
    for k in range(begin, n):
        mark[POSITION, mark[PLACE, k]] = NOWHERE
    if start == NOWHERE or i == NOWHERE:
        return False
    need, is_own = node[FACTOR, n], start == n  # or made by the cycle that the chain ends in
    surplus = 1.0 if is_own else 1.0 - need / node[FACTOR, start]
    feed_cost = need * node[NEXT, i] if is_own else (node[OUTLAY, n] - node[OUTLAY, start]) / surplus
    if surplus <= 1.0 - LOSSLESS or node[OUTLAY, start] + feed_cost > -MIN_FALL:
        return False
    energy = _carry(
        month, 0, n, (start, 1.0, 1.0 / surplus), _room(month, i, True) / need if is_own else np.inf
    )
    if is_own:
        _draw(month, i, need * energy)
    return True


@plain
def _feed_cycles(month: _Month) -> bool:
    """Feed losing cycles as long as that pays; return whether any paid."""
    has_moved = False
    _label_nodes(month, True, MAX_PASSES)
    for closing in range(month.mark[SIZE, CLOSINGS]):
        tries = 0
        while tries < MAX_TRIES and _feed_cycle(month, closing):
            has_moved, tries = True, tries + 1
    return has_moved


@plain
def _serve_node(month: _Month, sink: int) -> bool:
    """Bring energy to a node while that pays; return whether any moved."""
    node, mark, has_moved = month.node, month.mark, False
    for _ in range(MAX_TRIES):
        if mark[WAY, sink] < LINE:  # its hub may have become dearer
            worth = node[WORTH, _find_hub(month, sink)] * month.node[YIELD + mark[WAY, sink], sink & 1]
            node[LABEL, sink] = max(node[LABEL, sink], worth)
        if node[LAST, sink] - node[LABEL, sink] <= MIN_GAIN:
            break
        has_moved |= _serve_along_chain(month, sink)
    return has_moved


@plain
def _settle_month(month: _Month) -> int:
    """Label and exchange until no node saves; return the labellings, negative if some still would."""
    has_moved = True
    for labellings in range(1, MAX_LABELLINGS + 1):
        stuck = not has_moved
        has_moved = (stuck or labellings % FEED_EVERY == 0) and _feed_cycles(month)
        guarded = stuck and not has_moved  # labels are, and some node may be served on their ways
        _net_out(month)
        passes = MIN_PASSES + (labellings % 8 if labellings > VARIED_AFTER else 0)
        fell = not guarded and _label_nodes(month, False, passes)
        count = _list_takers(month)
        while count == 0 and fell and passes < MAX_PASSES:  # round some cycles for ever
            fell, passes = _lower_labels(month), passes + 1
            count = _list_takers(month)
        if count == 0 and not fell and not guarded:
            return labellings
        for k in range(count):
            has_moved |= _serve_node(month, month.mark[TAKER, k])
        if guarded and not has_moved:
            break
    _net_out(month)
    _label_nodes(month, False, MIN_PASSES)
    return -labellings


@kernel
def exchange(node: Floats, mark: Indices) -> Integers:
    """Change a network until no chain makes its months cheaper.

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
        labellings[m] = _settle_month(month)
    return labellings
