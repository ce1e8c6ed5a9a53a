"""Label the nodes of a month's network: the least cost of one more MWh, and the way on which it comes.

Helpers of `exchange.py`, which says what labels are for. A cycle that loses energy may spare more money than that
energy costs; then labels fall for ever. Guarded labels fall on other ways only, which feed such a cycle.
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
    EXPORT,
    GIVER,
    GUARDED,
    HOURS,
    INTAKE,
    LABEL,
    LINE,
    LOWER,
    NEXT,
    NOWHERE,
    ORIGIN,
    POSITION,
    RELEASE,
    SIZE,
    SLOT,
    STACK,
    TARGET,
    THROUGHPUT,
    TOLERANCE,
    UPPER,
    WAY,
    WHEELING,
    WORTH,
    YIELD,
    ZONE,
)

type Floats = NDArray[np.float64]
type Indices = NDArray[np.uint32]  # numba looks at each use of a signed index whether it counts from the end

MAX_LENGTH = 24  # ways that are followed to see whether they close a cycle
MIN_FALL = 1e-9  # CNY/MWh: labels that fall by less stay
LOSSLESS = 1.0 - 1e-9  # a round that brings back this share makes no energy

# Divisors are never 0: a test before each division would cost as much as the division.
plain = partial(decorators.plain, error_model="numpy")
inlined = partial(decorators.inlined, error_model="numpy")


class NetworkMonth(NamedTuple):
    """One month of the network; fields as the arguments of `exchange`, and the number of zones."""

    node: Floats
    mark: Indices
    flow: Floats
    zones: int


@inlined
def number_hub(month: NetworkMonth, slot: int, d: int, z: int) -> int:
    """Return the number of a store's hub."""
    return int(month.zones * (2 * d + slot) + z)


@inlined
def find_hub(month: NetworkMonth, i: int) -> int:
    """Return the hub that a node takes from."""
    slot, z = month.mark[WAY, i], month.mark[ZONE, i]
    return int(z if slot == RELEASE else number_hub(month, slot, month.mark[DAY, i], z))


@inlined
def find_arc(way: int) -> int:
    """Return the arc that leaves the zone whose way it is."""
    return int((way - LINE) >> 1)


@inlined
def is_less_export(way: int) -> bool:
    """Tell a line's way of fewer exports from that of more imports."""
    return bool(way & 1 != LINE & 1)


@inlined
def cross_line(month: NetworkMonth, i: int, arc: int) -> int:
    """Return the node that an arc leads to in the same hour."""
    return int(i + np.int64(month.mark[TARGET, arc]) - np.int64(month.mark[ORIGIN, arc]))


@inlined
def _input_ratio(month: NetworkMonth, slot: int, side: int, z: int) -> float:
    """Return the MWh that a way needs at its next node, per MWh."""
    if slot > STACK:
        arrival = month.node[ARRIVAL, find_arc(slot)]
        return float(arrival if is_less_export(slot) else 1.0 / arrival)
    return float(month.node[YIELD + slot, z] / month.node[YIELD + side, z])


@plain
def _closes(month: NetworkMonth, i: int, hub: int, way: int, following: int, side: int) -> bool:
    """List a way or a hub's slot that would close a cycle without gain; return whether it does."""
    mark, j, ratio = month.mark, following, 1.0
    for _ in range(MAX_LENGTH):
        slot, z = mark[WAY, j], mark[ZONE, j]
        if j == i or (slot < STACK and find_hub(month, j) == hub):
            slot, n = way if j == i else slot, min(mark[SIZE, CLOSINGS], mark.shape[1] - 1)
            if ratio * _input_ratio(month, slot, side, z) < LOSSLESS:
                return False
            mark[CLOSER, n], mark[CLOSER + 1, n], mark[SIZE, CLOSINGS] = j, slot, n + 1
            mark[CLOSER + 2, n], mark[CLOSER + 3, n] = following, side
            return True
        if slot == STACK:
            return False
        source = 0 if slot > STACK else find_hub(month, j)
        ratio *= _input_ratio(month, slot, mark[SLOT, source], z)
        j = cross_line(month, j, find_arc(slot)) if slot > STACK else mark[GIVER, source]
    return False


@inlined
def _label_line(month: NetworkMonth, arc: int) -> bool:
    """Lower labels of the zone that an arc leaves to its line's import cost or export value."""
    node, mark, flow, guarded, fell = month.node, month.mark, month.flow, month.mark[SIZE, GUARDED] > 0, False
    tolerance, wheeling, arrival, back = node[TOLERANCE, 0], node[WHEELING, arc], node[ARRIVAL, arc], arc ^ 1
    per, limit = 1.0 / arrival, node[EXPORT, back] - tolerance
    for t in range(mark[SIZE, HOURS]):
        i, j = month.zones * t + mark[ORIGIN, arc], month.zones * t + mark[TARGET, arc]
        neighbour_label, label = node[LABEL, j], node[LABEL, i] - MIN_FALL
        import_cost, export_value = (neighbour_label + wheeling) * per, arrival * neighbour_label - wheeling
        can_import = flow[back, t] < limit and import_cost < label
        is_less = flow[arc, t] > tolerance and export_value < label
        is_less = is_less and (not can_import or export_value < import_cost - MIN_FALL)
        way = LINE + 2 * arc + (1 if is_less else 0)
        if not (can_import or is_less) or (guarded and _closes(month, i, NOWHERE, way, j, 0)):
            continue
        node[LABEL, i], mark[WAY, i], fell = export_value if is_less else import_cost, way, True
    return fell


@inlined
def _gives(month: NetworkMonth, i: int, low: int, high: int) -> bool:
    """Check that a node off the chain takes nothing from these slots."""
    return bool(month.mark[POSITION, i] == NOWHERE and not low <= month.mark[WAY, i] <= high)


@inlined
def _find_cheapest(
    month: NetworkMonth, low: int, high: int, z: int, hours: tuple[int, int]
) -> tuple[int, int]:
    """Find a zone's cheapest givers of the first and last slot."""
    node, tolerance, zones = month.node, month.node[TOLERANCE, 0], month.zones
    floor, other_floor = node[LOWER + low, z] + tolerance, node[LOWER + high, z] + tolerance
    best, other_best, giver, other_giver = np.inf, np.inf, NOWHERE, NOWHERE
    for i in range(zones * hours[0] + z, zones * hours[1], zones):
        label = node[LABEL, i]
        if label < best and node[low, i] > floor and _gives(month, i, low, high):
            best, giver = label, i
        if high > low and label < other_best and node[high, i] > other_floor and _gives(month, i, low, high):
            other_best, other_giver = label, i
    return giver, other_giver


@inlined
def _offer_slot(month: NetworkMonth, hub: int, slot: int, i: int) -> None:
    """Let a hub take from a node's slot if that is cheaper."""
    node, mark = month.node, month.mark
    cost, guarded = max(node[LABEL, i], 0.0) / node[YIELD + slot, mark[ZONE, i]], mark[SIZE, GUARDED] > 0
    if cost < node[WORTH, hub] - MIN_FALL and not (guarded and _closes(month, NOWHERE, hub, STACK, i, slot)):
        node[WORTH, hub], mark[GIVER, hub], mark[SLOT, hub] = cost, i, slot


@plain
def choose_giver(month: NetworkMonth, hub: int, z: int, d: int) -> None:
    """Let a zone's water, or its store in a day, take from the cheapest hours."""
    node, begin = month.node, month.mark[BEGIN]
    if hub < month.zones:
        i, _ = _find_cheapest(month, RELEASE, RELEASE, z, (0, month.mark[SIZE, HOURS] + 1))
        if i != NOWHERE:
            _offer_slot(month, hub, RELEASE, i)
        return
    discharge_hub, intake_hub = number_hub(month, DISCHARGE, d, z), number_hub(month, INTAKE, d, z)
    i, j = _find_cheapest(month, DISCHARGE, INTAKE, z, (begin[d], begin[d + 1]))
    tolerance = node[TOLERANCE, 0]
    if i != NOWHERE:
        _offer_slot(month, discharge_hub, DISCHARGE, i)
        if node[THROUGHPUT, discharge_hub] > tolerance:
            _offer_slot(month, intake_hub, DISCHARGE, i)
    if j != NOWHERE:
        _offer_slot(month, intake_hub, INTAKE, j)
        if node[THROUGHPUT, discharge_hub] < node[ENERGY, z] - tolerance:
            _offer_slot(month, discharge_hub, INTAKE, j)


@plain
def _label_water(month: NetworkMonth, z: int) -> bool:
    """Lower a zone's labels to the cost of its water."""
    node, mark, guarded, fell = month.node, month.mark, month.mark[SIZE, GUARDED] > 0, False
    ceiling = node[UPPER + RELEASE, z] - month.node[TOLERANCE, 0]
    if ceiling <= node[LOWER + RELEASE, z]:
        return False
    choose_giver(month, z, z, 0)
    cost = node[WORTH, z]
    for i in range(z, month.zones * mark[SIZE, HOURS], month.zones):
        cheaper = node[LABEL, i] > cost + MIN_FALL and node[RELEASE, i] < ceiling
        if cheaper and not (guarded and _closes(month, i, NOWHERE, RELEASE, mark[GIVER, z], mark[SLOT, z])):
            node[LABEL, i], mark[WAY, i], fell = cost, RELEASE, True
    return fell


@plain
def _label_stores(month: NetworkMonth, z: int) -> bool:
    """Lower a zone's labels to the cost of its stored energy by day."""
    node, mark, zones, guarded, fell = (
        month.node,
        month.mark,
        month.zones,
        month.mark[SIZE, GUARDED] > 0,
        False,
    )
    top = node[UPPER + DISCHARGE, z] - node[TOLERANCE, 0]
    full = node[UPPER + INTAKE, z] - node[TOLERANCE, 0]
    for d in range(mark[SIZE, DAYS] if top > 0.0 else 0):
        hub, intake_hub = number_hub(month, DISCHARGE, d, z), number_hub(month, INTAKE, d, z)
        choose_giver(month, hub, z, d)
        cost, intake_cost = node[WORTH, hub], node[WORTH, intake_hub] * node[YIELD + INTAKE, z]
        for i in range(zones * mark[BEGIN, d] + z, zones * mark[BEGIN, d + 1], zones):
            for slot, per, ceiling in ((DISCHARGE, cost, top), (INTAKE, intake_cost, full)):
                if node[LABEL, i] <= per + MIN_FALL or node[slot, i] >= ceiling:
                    continue
                donor = number_hub(month, slot, d, z)
                if not (guarded and _closes(month, i, NOWHERE, slot, mark[GIVER, donor], mark[SLOT, donor])):
                    node[LABEL, i], mark[WAY, i], fell = per, slot, True
    return fell


@plain
def lower_labels(month: NetworkMonth) -> bool:
    """Lower labels once over the network; return whether any fell."""
    node, fell, month.mark[SIZE, CLOSINGS] = month.node, False, 0
    for arc in range(month.flow.shape[0]):
        if node[EXPORT, arc] + node[EXPORT, arc ^ 1] > 0.0:
            fell |= _label_line(month, arc)
    for z in range(month.zones):
        fell |= _label_water(month, z) | _label_stores(month, z)
    return fell


@plain
def label_nodes(month: NetworkMonth, guarded: bool, passes: int) -> bool:
    """Lower labels from the stacks' costs; return whether they still fell."""
    node, mark, fell = month.node, month.mark, True
    for i in range(node.shape[1]):
        node[LABEL, i], mark[WAY, i], node[WORTH, i], mark[GIVER, i] = node[NEXT, i], STACK, np.inf, NOWHERE
    mark[SIZE, GUARDED] = 1 if guarded else 0
    for _ in range(passes):
        fell = lower_labels(month)
        if not fell:
            break
    mark[SIZE, GUARDED] = 0
    return fell
