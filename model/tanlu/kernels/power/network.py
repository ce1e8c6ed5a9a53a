"""Lay out the months of a cleared year as networks between which nothing moves, and read the year from them again.

A month's nodes are the hours of both zones that have weight. The last node of a zone is no hour: it curtails the water
that the zone spills, so that spilled water is water like any other. Charging is *intake*, counted as negative.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import kernel, plain
from tanlu.kernels.power.layout import (
    ARRIVAL,
    BEGIN,
    DAY,
    DAYS,
    DISCHARGE,
    ENERGY,
    ENTRIES,
    ENTRY_START,
    EXPORT,
    HOURS,
    INTAKE,
    LABEL,
    LOWER,
    MARK_ROWS,
    NODE_ROWS,
    NOWHERE,
    OUTFLOW,
    POSITION,
    PRICE,
    RELEASE,
    SIZE,
    SUPPLY,
    THROUGHPUT,
    TOLERANCE,
    UPPER,
    WEIGHT,
    WHEELING,
    YIELD,
)

type Floats = NDArray[np.float64]
type Indices = NDArray[np.uint32]  # as in exchange.py

TOLERANCE_SHARE = 1e-8  # of a month's highest supply: MW below which quantities are alike


class NetworkStacks(NamedTuple):
    """What networks read of `MeritOrder`, field by field."""

    entry_price_cny_per_mwh: Floats  # [2, N]
    start_mw: Floats  # [2, M, N + 1]


class NetworkBounds(NamedTuple):
    """What reservoirs, stores and the line may do."""

    reservoir_energy_mwh: Floats  # [2, M]
    reservoir_minimum_mw: Floats  # [2, M]
    reservoir_maximum_mw: Floats  # [2, M]
    store_power_mw: Floats  # [2]
    store_energy_mwh: Floats  # [2]
    store_efficiency: Floats  # [2]
    line_forward_mw: Floats  # [M]
    line_backward_mw: Floats  # [M]
    wheeling_cost_cny_per_mwh: float
    line_loss_share: float


class YearSchedule(NamedTuple):
    """What a year does; axes zone 2, month M, day type D, hour H."""

    supply_mw: Floats  # [2, M, D, H] of units and unserved energy; negative: curtailed
    price_cny_per_mwh: Floats  # [2, M, D, H]
    flow_mw: Floats  # [M, D, H] positive from zone 0 to zone 1
    reservoir_mw: Floats  # [2, M, D, H]
    charge_mw: Floats  # [2, M, D, H]
    discharge_mw: Floats  # [2, M, D, H]
    water_value_cny_per_mwh: Floats  # [2, M] 0 where water is spilled or its release has no freedom
    spilled_mwh: Floats  # [2, M]


class Network(NamedTuple):
    """Fields as the arguments of `exchange`."""

    node: Floats
    mark: Indices


@plain
def _set_zone(node: Floats, bounds: NetworkBounds, m: int, z: int, hours: float) -> None:
    """Set a month's bounds of a zone's reservoirs, stores and exports.

    Reservoirs stay within what their energy can sustain.
    """
    energy, maximum = bounds.reservoir_energy_mwh[z, m], bounds.reservoir_maximum_mw[z, m]
    minimum = max(min(bounds.reservoir_minimum_mw[z, m], energy / hours), 0.0)
    is_free = energy > minimum * hours * (1.0 + 1e-12)
    node[LOWER, z], node[UPPER, z] = minimum, max(maximum, minimum) if is_free else minimum
    power = bounds.store_power_mw[z] if bounds.store_energy_mwh[z] > 0.0 else 0.0
    node[LOWER + DISCHARGE, z], node[UPPER + DISCHARGE, z] = 0.0, power
    node[LOWER + INTAKE, z], node[UPPER + INTAKE, z] = -power, 0.0
    node[YIELD + RELEASE, z] = node[YIELD + DISCHARGE, z] = 1.0
    node[YIELD + INTAKE, z], node[ENERGY, z] = bounds.store_efficiency[z], bounds.store_energy_mwh[z]
    node[EXPORT, z] = bounds.line_forward_mw[m] if z == 0 else bounds.line_backward_mw[m]
    node[WHEELING, z], node[ARRIVAL, z] = bounds.wheeling_cost_cny_per_mwh, 1.0 - bounds.line_loss_share


@plain
def _set_nodes(node: Floats, mark: Indices, schedule: YearSchedule, day_weight: Floats, m: int) -> None:
    """Set a month's nodes, hours without weight left out."""
    release, charge, discharge = schedule.reservoir_mw, schedule.charge_mw, schedule.discharge_mw
    supply, flow, t = schedule.supply_mw, schedule.flow_mw, 0
    for i in range(node.shape[1]):  # exchange sets all other rows before it reads them
        node[THROUGHPUT, i] = 0.0
    for d in range(day_weight.shape[1]):
        mark[BEGIN, d] = t
        for h in range(flow.shape[2] if day_weight[m, d] > 0.0 else 0):
            for z in range(2):
                i = 2 * t + z
                node[RELEASE, i], node[SUPPLY, i] = release[z, m, d, h], supply[z, m, d, h]
                node[DISCHARGE, i], node[INTAKE, i] = discharge[z, m, d, h], -charge[z, m, d, h]
                node[OUTFLOW, i] = max(flow[m, d, h] if z == 0 else -flow[m, d, h], 0.0)
                node[WEIGHT, i], mark[DAY, i], mark[POSITION, i] = day_weight[m, d], d, NOWHERE
                node[THROUGHPUT, 4 * d + 2 + z] += node[DISCHARGE, i]
            t += 1
    days = day_weight.shape[1]
    mark[BEGIN, days], mark[SIZE, DAYS], mark[SIZE, HOURS] = t, days, t


@plain
def _set_spill(node: Floats, mark: Indices, i: int, hours: float, spilled_mwh: float) -> None:
    """Set the node that curtails a zone's spilled water.

    It curtails what the zone's hours could release.
    """
    mean = min(spilled_mwh / hours, node[UPPER, i & 1] - node[LOWER, i & 1])
    node[RELEASE, i], node[SUPPLY, i] = node[LOWER, i & 1] + mean, -mean
    node[WEIGHT, i], mark[POSITION, i] = hours, NOWHERE


@plain
def _find_largest(supply: Floats, end: int) -> float:
    """Return the greatest absolute value of the first nodes' supply."""
    largest = 0.0
    for i in range(end):
        largest = max(largest, abs(supply[i]))
    return largest


@kernel
def lay_out(
    stacks: NetworkStacks,
    bounds: NetworkBounds,
    day_weight: Floats,
    schedule: YearSchedule,
) -> Network:
    """Lay out the year's months.

    Args:
        stacks: of the year.
        bounds: of reservoirs, stores and the line.
        day_weight: f8[M, D] days of each type.
        schedule: of the year.
    """
    (months, days), hours = day_weight.shape, schedule.flow_mw.shape[2]
    entries = stacks.start_mw.shape[2]
    columns = max(2 * days * hours + 3, 4 * days + 2, entries)
    node, mark = np.empty((months, NODE_ROWS, columns)), np.zeros((months, MARK_ROWS, columns), np.uint32)
    for m in range(months):
        length = 0.0
        for d in range(days):
            length += day_weight[m, d]
        length *= hours
        _set_nodes(node[m], mark[m], schedule, day_weight, m)
        end, mark[m, SIZE, ENTRIES] = 2 * mark[m, SIZE, HOURS], entries
        for z in range(2):
            node[m, TOLERANCE, z] = TOLERANCE_SHARE * _find_largest(node[m, SUPPLY], end)
            _set_zone(node[m], bounds, m, z, length)
            _set_spill(node[m], mark[m], end + z, length, schedule.spilled_mwh[z, m])
            for e in range(entries):
                node[m, ENTRY_START + z, e] = stacks.start_mw[z, m, e]
            for e in range(entries - 1):
                node[m, PRICE + z, e] = stacks.entry_price_cny_per_mwh[z, e]
    return Network(node, mark)


@plain
def _read_month(node: Floats, mark: Indices, m: int, schedule: YearSchedule) -> None:
    """Read a month's hours into the schedule."""
    release, charge, discharge = schedule.reservoir_mw, schedule.charge_mw, schedule.discharge_mw
    supply, flow, price = schedule.supply_mw, schedule.flow_mw, schedule.price_cny_per_mwh
    for d in range(mark[SIZE, DAYS]):
        for t in range(mark[BEGIN, d], mark[BEGIN, d + 1]):
            h = t - mark[BEGIN, d]
            for z in range(2):
                i = 2 * t + z
                supply[z, m, d, h], price[z, m, d, h] = node[SUPPLY, i], max(node[LABEL, i], 0.0)
                release[z, m, d, h] = node[RELEASE, i]
                charge[z, m, d, h], discharge[z, m, d, h] = -node[INTAKE, i], node[DISCHARGE, i]
            flow[m, d, h] = node[OUTFLOW, 2 * t] - node[OUTFLOW, 2 * t + 1]


@plain
def _read_water(
    node: Floats, tolerance: float, hours: int, z: int, spilled_mwh: float
) -> tuple[float, float]:
    """Return the value of a zone's water in a month, and its spillage."""
    spill, lower = 2 * hours + z, node[LOWER, z]
    releasable_mw = min(spilled_mwh / node[WEIGHT, spill], node[UPPER, z] - lower)
    spillage = spilled_mwh - (releasable_mw - (node[RELEASE, spill] - lower)) * node[WEIGHT, spill]
    value = np.inf
    for i in range(z, spill + 1, 2):
        if node[RELEASE, i] > lower + tolerance:
            value = min(value, node[LABEL, i])
    is_free = node[UPPER, z] > lower and value < np.inf
    return max(value, 0.0) if is_free else 0.0, max(spillage, 0.0)


@kernel
def read_schedule(network: Network, schedule: YearSchedule) -> None:
    """Read a year's schedule from its networks.

    Hours without weight stay as they are.

    Args:
        network: of the year.
        schedule: what the networks were laid out of.
    """
    for m in range(network.node.shape[0]):
        node, mark = network.node[m], network.mark[m]
        _read_month(node, mark, m, schedule)
        for z in range(2):
            spilled = schedule.spilled_mwh[z, m]
            schedule.water_value_cny_per_mwh[z, m], schedule.spilled_mwh[z, m] = _read_water(
                node, node[TOLERANCE, z], mark[SIZE, HOURS], z, spilled
            )
