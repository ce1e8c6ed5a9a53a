"""Move energy along chains of hours, reservoirs, stores and the line until no chain makes a year cheaper.

A month is a network with losses (`network.py`). Its *nodes* are the hours of all zones; the stack of its zone
(`merit_order.py`) gives a node energy or takes it back. Between nodes energy moves along a line, or through a *hub*:
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

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation import decorators
from tanlu.kernels.power.labels import (
    LOSSLESS,
    MAX_LENGTH,
    MIN_FALL,
    NetworkMonth,
    choose_giver,
    cross_line,
    find_arc,
    find_hub,
    is_less_export,
    label_nodes,
    lower_labels,
    number_hub,
)
from tanlu.kernels.power.layout import (
    ARRIVAL,
    CLOSER,
    CLOSINGS,
    DAY,
    DISCHARGE,
    ENERGY,
    ENTRY_START,
    EXPORT,
    FACTOR,
    GIVER,
    HOUR,
    HOURS,
    INTAKE,
    LABEL,
    LAST,
    LAST_ENTRY,
    LOWER,
    NEXT,
    NEXT_ENTRY,
    NOWHERE,
    ORIGIN,
    OUTLAY,
    PLACE,
    POSITION,
    PRICE,
    ROOM,
    SIDE,
    SIZE,
    SLOT,
    STACK,
    STACK_ROWS,
    SUPPLY,
    TAKER,
    THROUGHPUT,
    TOLERANCE,
    UPPER,
    VIA,
    WAY,
    WEIGHT,
    WHEELING,
    WORTH,
    YIELD,
    ZONE,
)

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Indices = NDArray[np.uint32]  # numba looks at each use of a signed index whether it counts from the end

MAX_LABELLINGS, MAX_TRIES = 200, 24  # of a month; of a node or a cycle after a labelling
FEED_EVERY = VARIED_AFTER = 12  # labellings: when losing cycles are looked for; after which passes vary
MIN_PASSES, MAX_PASSES = 2, 1000  # of a labelling: as a rule; at most, until labels fall no more
MIN_GAIN = 0.01  # CNY/MWh: chains that spare less are left


# Divisors are never 0: a test before each division would cost as much as the division.
kernel = partial(decorators.kernel, error_model="numpy")
plain = partial(decorators.plain, error_model="numpy")
inlined = partial(decorators.inlined, error_model="numpy")


@plain
def _list_takers(month: NetworkMonth) -> int:
    """List nodes whose last MWh costs more than their label; return their number."""
    node, mark, count = month.node, month.mark, 0
    for z in range(month.zones):
        for i in range(z, month.zones * mark[SIZE, HOURS], month.zones):
            if node[LAST, i] > node[LABEL, i] + MIN_GAIN:
                mark[TAKER, count] = i
                count += 1
    return count


@inlined
def _draw(month: NetworkMonth, i: int, energy: float) -> None:
    """Let a node's stack give `energy` more, MWh; set its next and last entry."""
    node, mark, tolerance = month.node, month.mark, month.node[TOLERANCE, 0]
    pair, after, supply = (
        STACK_ROWS * mark[ZONE, i],
        mark[NEXT_ENTRY, i],
        node[SUPPLY, i] + energy / node[WEIGHT, i],
    )
    while node[ENTRY_START + pair, after + 1] <= supply + tolerance:
        after += 1
    while node[ENTRY_START + pair, after] > supply + tolerance:
        after -= 1
    before = after
    while node[ENTRY_START + pair, before] >= supply - tolerance:
        before -= 1
    node[SUPPLY, i], mark[NEXT_ENTRY, i], mark[LAST_ENTRY, i] = supply, after, before
    node[NEXT, i], node[LAST, i] = node[PRICE + pair, after], node[PRICE + pair, before]
    if mark[WAY, i] == STACK or node[NEXT, i] < node[LABEL, i]:
        node[LABEL, i], mark[WAY, i] = node[NEXT, i], STACK


@plain
def _net_out_store(month: NetworkMonth, i: int) -> None:
    """Net out charge with discharge of a node; draw less by what that spares."""
    node, z = month.node, month.mark[ZONE, i]
    efficiency = node[YIELD + INTAKE, z]
    net_storage = -efficiency * node[INTAKE, i] - node[DISCHARGE, i]
    charge, discharge = max(net_storage, 0.0) / efficiency, max(-net_storage, 0.0)
    saving = charge + node[INTAKE, i] + node[DISCHARGE, i] - discharge
    node[THROUGHPUT, number_hub(month, DISCHARGE, month.mark[DAY, i], z)] += discharge - node[DISCHARGE, i]
    node[INTAKE, i], node[DISCHARGE, i] = -charge, discharge
    _draw(month, i, saving * node[WEIGHT, i])


@plain
def _net_out(month: NetworkMonth) -> None:
    """Net out charge with discharge, and both flows of a line; draw less by what that spares."""
    node, flow, hours = month.node, month.flow, month.mark[SIZE, HOURS]
    for i in range(month.zones * hours):
        if node[DISCHARGE, i] > 0.0 and node[INTAKE, i] < 0.0:
            _net_out_store(month, i)
    for arc in range(flow.shape[0]):
        arrival, back = node[ARRIVAL, arc], arc ^ 1
        for t in range(hours):
            sent, backflow = flow[arc, t], flow[back, t]
            if sent > 0.0 and backflow >= arrival * sent:
                i = month.zones * t + month.mark[ORIGIN, arc]
                _draw(month, i, -sent * (1.0 - arrival * arrival) * node[WEIGHT, i])
                flow[back, t], flow[arc, t] = backflow - arrival * sent, 0.0


@inlined
def _room(month: NetworkMonth, i: int, is_up: bool) -> float:
    """Return the MWh that a node's next entry has left, or its last gives."""
    edge, supply = month.node[ENTRY_START + STACK_ROWS * month.mark[ZONE, i]], month.node[SUPPLY, i]
    mw = edge[month.mark[NEXT_ENTRY, i] + 1] - supply if is_up else supply - edge[month.mark[LAST_ENTRY, i]]
    return float(mw * month.node[WEIGHT, i])


@inlined
def _find_giver(month: NetworkMonth, hub: int, slot: int, taker: int) -> int:
    """Return a hub's giver to a node; a new one where it lacks room or became dearer."""
    node, mark = month.node, month.mark
    i, side, z = mark[GIVER, hub], mark[SLOT, hub], np.int64(mark[ZONE, taker])
    if i != NOWHERE:
        room = node[side, i] - node[LOWER + side, z]
        if slot == DISCHARGE and side == INTAKE:
            room = min(room, node[ENERGY, z] - node[THROUGHPUT, hub])
        cost = max(node[LABEL, i], 0.0) / node[YIELD + side, z]
        if room > month.node[TOLERANCE, 0] and cost <= node[WORTH, hub] + MIN_FALL:
            return int(i)
    node[WORTH, hub], mark[GIVER, hub] = np.inf, NOWHERE
    choose_giver(month, hub, z, np.int64(mark[DAY, taker]))
    return int(mark[GIVER, hub])


@inlined
def _follow(month: NetworkMonth, i: int, n: int) -> int:
    """Add the way of node i as the chain's n-th; return its next node."""
    node, mark = month.node, month.mark
    slot, z, j, per, fee, arriving = mark[WAY, i], mark[ZONE, i], i, 1.0, 0.0, 1.0
    mark[VIA, n] = slot
    if slot > STACK:
        arc, t = find_arc(slot), mark[HOUR, i]
        j, arrival = cross_line(month, i, arc), node[ARRIVAL, arc]
        if is_less_export(slot):
            room, per, fee = month.flow[arc, t], arrival, -node[WHEELING, arc]
        else:
            per, arriving = 1.0 / arrival, arrival
            room, fee = node[EXPORT, arc ^ 1] - month.flow[arc ^ 1, t], node[WHEELING, arc ^ 1] * per
    else:
        room = node[UPPER + slot, z] - node[slot, i]
    if room <= node[TOLERANCE, 0]:
        return NOWHERE
    energy = room * node[WEIGHT, i] * arriving
    if slot < STACK:
        hub = find_hub(month, i)
        j = _find_giver(month, hub, slot, i)
        if j == NOWHERE:
            return NOWHERE
        side = mark[SLOT, hub]
        per = node[YIELD + slot, z] / node[YIELD + side, z]
        energy = min(energy, (node[side, j] - node[LOWER + side, z]) * node[WEIGHT, j] / per)
        if side != slot:
            throughput = node[THROUGHPUT, number_hub(month, DISCHARGE, mark[DAY, i], z)]
            passage = node[ENERGY, z] - throughput if slot == DISCHARGE else throughput
            energy = min(energy, passage * node[WEIGHT, i] / node[YIELD + slot, z])
        mark[SIDE, n] = side
    node[ROOM, n], node[FACTOR, n + 1] = energy / node[FACTOR, n], node[FACTOR, n] * per
    node[OUTLAY, n + 1] = node[OUTLAY, n] + node[FACTOR, n] * fee
    return int(j)


@inlined
def _move_energy(month: NetworkMonth, n: int, energy: float) -> None:
    """Bring energy, MWh, to the chain's n-th node from the next one."""
    node, mark, flow = month.node, month.mark, month.flow
    i, j = mark[PLACE, n], mark[PLACE, n + 1]
    slot, z, mw = mark[VIA, n], mark[ZONE, i], energy / node[WEIGHT, i]
    if slot > STACK:
        arc, t = find_arc(slot), mark[HOUR, i]
        back = arc ^ 1
        if is_less_export(slot):
            flow[arc, t] = max(flow[arc, t] - mw, 0.0)
        else:
            flow[back, t] = min(flow[back, t] + mw / node[ARRIVAL, back], node[EXPORT, back])
    else:
        side, hub_mwh = mark[SIDE, n], energy * node[YIELD + slot, z]
        giver_mw = hub_mwh / (node[YIELD + side, z] * node[WEIGHT, j])
        node[slot, i] = min(node[slot, i] + mw, node[UPPER + slot, z])
        node[side, j] = max(node[side, j] - giver_mw, node[LOWER + side, z])
        if side != slot:
            store_mw = hub_mwh / node[WEIGHT, i]
            hub = number_hub(month, DISCHARGE, mark[DAY, i], z)
            node[THROUGHPUT, hub] += store_mw if slot == DISCHARGE else -store_mw


@inlined
def _is_shared(month: NetworkMonth, k: int, rival: int) -> bool:
    """Return whether two ways take from one slot, into one, or go alike through a store."""
    mark = month.mark
    i, j, slot, side = mark[PLACE, k], mark[PLACE, rival], mark[VIA, k], mark[SIDE, k]
    rival_slot, rival_side = mark[VIA, rival], mark[SIDE, rival]
    if i == j:
        return True
    if slot > STACK or rival_slot > STACK:
        return False
    if side == rival_side and mark[PLACE, k + 1] == mark[PLACE, rival + 1]:
        return True
    is_same_store = mark[ZONE, i] == mark[ZONE, j] and mark[DAY, i] == mark[DAY, j]
    return bool(is_same_store and slot != side and slot == rival_slot and side == rival_side)


@plain
def _carry(month: NetworkMonth, first: int, n: int, times: tuple[int, float, float], limit: float) -> float:
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
def _find_best_place(month: NetworkMonth, start: int, n: int, ratio: float) -> tuple[int, float]:
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
def _push_round(month: NetworkMonth, start: int, n: int) -> bool:
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
        if mark[WAY, last] < STACK:
            mark[GIVER, find_hub(month, last)] = NOWHERE  # it takes from a node not on the chain
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
def _leave_chain(month: NetworkMonth, n: int, cost: float) -> None:
    """Leave a chain; raise its labels to their cost, so that none tries it again."""
    node, mark = month.node, month.mark
    for k in range(n + 1):
        i = mark[PLACE, k]
        mark[POSITION, i] = NOWHERE
        if k < n:
            node[LABEL, i] = max(node[LABEL, i], (cost - node[OUTLAY, k]) / node[FACTOR, k])


@plain
def _serve_along_chain(month: NetworkMonth, sink: int) -> bool:
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
def _go_round(month: NetworkMonth, closing: int) -> int:
    """Begin a chain with a listed closing; return its length, 0 if open."""
    node, mark, n, first = month.node, month.mark, 1, month.mark[CLOSER, closing]
    usual, mark[WAY, first], mark[PLACE, 0] = mark[WAY, first], mark[CLOSER + 1, closing], first
    node[FACTOR, 0], node[OUTLAY, 0] = 1.0, 0.0
    hub = find_hub(month, first) if mark[WAY, first] < STACK else 0
    giver, slot = mark[GIVER, hub], mark[SLOT, hub]
    mark[GIVER, hub], mark[SLOT, hub] = mark[CLOSER + 2, closing], mark[CLOSER + 3, closing]
    i = _follow(month, first, 0)
    mark[WAY, first], mark[GIVER, hub], mark[SLOT, hub] = usual, giver, slot
    while i != NOWHERE and i != first and n < MAX_LENGTH:
        mark[PLACE, n] = i
        i, n = _follow(month, i, n), n + 1
    return n if i == first else 0


@plain
def _feed_cycle(month: NetworkMonth, closing: int) -> bool:
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
def _feed_cycles(month: NetworkMonth) -> bool:
    """Feed losing cycles as long as that pays; return whether any paid."""
    has_moved = False
    label_nodes(month, True, MAX_PASSES)
    for closing in range(month.mark[SIZE, CLOSINGS]):
        tries = 0
        while tries < MAX_TRIES and _feed_cycle(month, closing):
            has_moved, tries = True, tries + 1
    return has_moved


@plain
def _serve_node(month: NetworkMonth, sink: int) -> bool:
    """Bring energy to a node while that pays; return whether any moved."""
    node, mark, has_moved = month.node, month.mark, False
    for _ in range(MAX_TRIES):
        if mark[WAY, sink] < STACK:  # its hub may have become dearer
            worth = node[WORTH, find_hub(month, sink)] * node[YIELD + mark[WAY, sink], mark[ZONE, sink]]
            node[LABEL, sink] = max(node[LABEL, sink], worth)
        if node[LAST, sink] - node[LABEL, sink] <= MIN_GAIN:
            break
        has_moved |= _serve_along_chain(month, sink)
    return has_moved


@plain
def _settle_month(month: NetworkMonth) -> int:
    """Label and exchange until no node saves; return the labellings, negative if some still would."""
    has_moved = True
    for labellings in range(1, MAX_LABELLINGS + 1):
        stuck = not has_moved
        has_moved = (stuck or labellings % FEED_EVERY == 0) and _feed_cycles(month)
        guarded = stuck and not has_moved  # labels are, and some node may be served on their ways
        _net_out(month)
        passes = MIN_PASSES + (labellings % 8 if labellings > VARIED_AFTER else 0)
        fell = not guarded and label_nodes(month, False, passes)
        count = _list_takers(month)
        while count == 0 and fell and passes < MAX_PASSES:  # round some cycles for ever
            fell, passes = lower_labels(month), passes + 1
            count = _list_takers(month)
        if count == 0 and not fell and not guarded:
            return labellings
        for k in range(count):
            has_moved |= _serve_node(month, month.mark[TAKER, k])
        if guarded and not has_moved:
            break
    _net_out(month)
    label_nodes(month, False, MIN_PASSES)
    return -labellings


@kernel
def exchange(node: Floats, mark: Indices, flow: Floats) -> Integers:
    """Change a network until no chain makes its months cheaper.

    Args:
        node: f8[M, row, column] numbers by node, hub, place on a chain, zone, arc or entry, as `layout.py` says.
        mark: u4[M, row, column] indices by the same, and by day.
        flow: f8[M, arc, hour] MW sent.

    Returns:
        i8[M] labellings of each month, negative where some chain may be left.
    """
    labellings, zones = np.zeros(node.shape[0], np.int64), (node.shape[1] - ENTRY_START) // STACK_ROWS
    for m in range(labellings.size):
        month = NetworkMonth(node[m], mark[m], flow[m], zones)
        for i in range(zones * (mark[m, SIZE, HOURS] + 1)):  # hours are much alike
            mark[m, NEXT_ENTRY, i] = mark[m, NEXT_ENTRY, i - zones] if i >= zones else 0
            _draw(month, i, 0.0)
        labellings[m] = _settle_month(month)
    return labellings
