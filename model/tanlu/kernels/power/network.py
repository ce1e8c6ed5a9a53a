"""Lay out the months of a cleared year as networks between which nothing moves, and read the year from them again.

A month's nodes are the hours of all zones that have weight. The last node of a zone is no hour: it curtails the water
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
    HOUR,
    HOURS,
    INTAKE,
    LABEL,
    LOWER,
    MARK_ROWS,
    NOWHERE,
    ORIGIN,
    POSITION,
    PRICE,
    RELEASE,
    SIZE,
    SIZES,
    STACK_ROWS,
    SUPPLY,
    TARGET,
    THROUGHPUT,
    TOLERANCE,
    UPPER,
    WEIGHT,
    WHEELING,
    YIELD,
    ZONE,
)

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Indices = NDArray[np.uint32]  # as in exchange.py

TOLERANCE_SHARE = 1e-8  # of a month's highest supply: MW below which quantities are alike


class NetworkStacks(NamedTuple):
    """What networks read of `MeritOrder`, field by field; axes zone Z, month M, entry N."""

    entry_price_cny_per_mwh: Floats  # [Z, N]
    start_mw: Floats  # [Z, M, N + 1]


class NetworkLines(NamedTuple):
    """What lines L may carry between zones."""

    zones: Integers  # [L, 2] at its first and its second end
    forward_mw: Floats  # [L, M] highest flow from the first end to the second
    backward_mw: Floats  # [L, M] highest flow back
    wheeling_cost_cny_per_mwh: Floats  # [L]
    loss_share: Floats  # [L]


class NetworkBounds(NamedTuple):
    """What reservoirs and stores may do."""

    reservoir_energy_mwh: Floats  # [Z, M]
    reservoir_minimum_mw: Floats  # [Z, M]
    reservoir_maximum_mw: Floats  # [Z, M]
    store_power_mw: Floats  # [Z]
    store_energy_mwh: Floats  # [Z]
    store_efficiency: Floats  # [Z]


class YearSchedule(NamedTuple):
    """What a year does; axes zone Z, line L, month M, day type D, hour H."""

    supply_mw: Floats  # [Z, M, D, H] of units and unserved energy; negative: curtailed
    price_cny_per_mwh: Floats  # [Z, M, D, H]
    flow_mw: Floats  # [L, M, D, H] positive from the first end of a line to the second
    reservoir_mw: Floats  # [Z, M, D, H]
    charge_mw: Floats  # [Z, M, D, H]
    discharge_mw: Floats  # [Z, M, D, H]
    water_value_cny_per_mwh: Floats  # [Z, M] 0 where water is spilled or its release has no freedom
    spilled_mwh: Floats  # [Z, M]


class Network(NamedTuple):
    """Fields as the arguments of `exchange`."""

    node: Floats
    mark: Indices
    flow: Floats


@plain
def _set_zone(node: Floats, bounds: NetworkBounds, m: int, z: int, hours: float) -> None:
    """Set a month's bounds of a zone's reservoirs and stores.

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


@plain
def _set_lines(node: Floats, mark: Indices, lines: NetworkLines, m: int) -> None:
    """Set a month's arcs, two of each line."""
    for line in range(lines.zones.shape[0]):
        arc, back = 2 * line, 2 * line + 1
        mark[ORIGIN, arc] = mark[TARGET, back] = lines.zones[line, 0]
        mark[ORIGIN, back] = mark[TARGET, arc] = lines.zones[line, 1]
        node[EXPORT, arc], node[EXPORT, back] = lines.forward_mw[line, m], lines.backward_mw[line, m]
        node[WHEELING, arc] = node[WHEELING, back] = lines.wheeling_cost_cny_per_mwh[line]
        node[ARRIVAL, arc] = node[ARRIVAL, back] = 1.0 - lines.loss_share[line]


@plain
def _set_nodes(network: Network, schedule: YearSchedule, day_weight: Floats, m: int) -> None:
    """Set a month's nodes and flows, hours without weight left out."""
    release, charge, discharge = schedule.reservoir_mw, schedule.charge_mw, schedule.discharge_mw
    node, mark, flow, supply = network.node[m], network.mark[m], network.flow[m], schedule.supply_mw
    (zones, _, days, hours), t = supply.shape, 0
    for i in range(node.shape[1]):  # exchange sets all other rows before it reads them
        node[THROUGHPUT, i] = 0.0
    for d in range(days):
        mark[BEGIN, d] = t
        for h in range(hours if day_weight[m, d] > 0.0 else 0):
            for z in range(zones):
                i = zones * t + z
                node[RELEASE, i], node[SUPPLY, i] = release[z, m, d, h], supply[z, m, d, h]
                node[DISCHARGE, i], node[INTAKE, i] = discharge[z, m, d, h], -charge[z, m, d, h]
                node[WEIGHT, i], mark[DAY, i], mark[POSITION, i] = day_weight[m, d], d, NOWHERE
                mark[ZONE, i], mark[HOUR, i] = z, t
                node[THROUGHPUT, zones * (2 * d + DISCHARGE) + z] += node[DISCHARGE, i]
            t += 1
        for line in range(schedule.flow_mw.shape[0] if t > mark[BEGIN, d] else 0):
            for h in range(hours):
                sent, start = schedule.flow_mw[line, m, d, h], mark[BEGIN, d]
                flow[2 * line, start + h], flow[2 * line + 1, start + h] = max(sent, 0.0), max(-sent, 0.0)
    mark[BEGIN, days], mark[SIZE, DAYS], mark[SIZE, HOURS] = t, days, t


@plain
def _set_spill(node: Floats, mark: Indices, z: int, hours: float, spilled_mwh: float) -> None:
    """Set the node that curtails a zone's spilled water.

    It curtails what the zone's hours could release.
    """
    i = (node.shape[0] - ENTRY_START) // STACK_ROWS * mark[SIZE, HOURS] + z
    mean = min(spilled_mwh / hours, node[UPPER, z] - node[LOWER, z])
    node[RELEASE, i], node[SUPPLY, i] = node[LOWER, z] + mean, -mean
    node[WEIGHT, i], mark[POSITION, i], mark[ZONE, i] = hours, NOWHERE, z


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
    lines: NetworkLines,
    bounds: NetworkBounds,
    day_weight: Floats,
    schedule: YearSchedule,
) -> Network:
    """Lay out the year's months.

    Args:
        stacks: of the year.
        lines: between zones.
        bounds: of reservoirs and stores.
        day_weight: f8[M, D] days of each type.
        schedule: of the year.
    """
    (months, days), hours, arcs = day_weight.shape, schedule.supply_mw.shape[3], 2 * lines.zones.shape[0]
    zones, _, entries = stacks.start_mw.shape
    columns = max(max(zones * (days * hours + 1) + 1, zones * (2 * days + 1)), max(entries, max(arcs, SIZES)))
    network = Network(
        np.empty((months, ENTRY_START + STACK_ROWS * zones, columns)),
        np.zeros((months, MARK_ROWS, columns), np.uint32),
        np.zeros((months, arcs, days * hours)),
    )
    for m in range(months):
        node, mark, length = network.node[m], network.mark[m], 0.0
        for d in range(days):
            length += day_weight[m, d]
        length *= hours
        _set_nodes(network, schedule, day_weight, m)
        _set_lines(node, mark, lines, m)
        mark[SIZE, ENTRIES] = entries
        node[TOLERANCE, 0] = TOLERANCE_SHARE * _find_largest(node[SUPPLY], zones * mark[SIZE, HOURS])
        for z in range(zones):
            _set_zone(node, bounds, m, z, length)
            _set_spill(node, mark, z, length, schedule.spilled_mwh[z, m])
            for e in range(entries):
                node[ENTRY_START + STACK_ROWS * z, e] = stacks.start_mw[z, m, e]
            for e in range(entries - 1):
                node[PRICE + STACK_ROWS * z, e] = stacks.entry_price_cny_per_mwh[z, e]
    return network


@plain
def _read_month(network: Network, m: int, schedule: YearSchedule) -> None:
    """Read a month's hours into the schedule."""
    release, charge, discharge = schedule.reservoir_mw, schedule.charge_mw, schedule.discharge_mw
    supply, price, zones = schedule.supply_mw, schedule.price_cny_per_mwh, schedule.supply_mw.shape[0]
    node, mark, flow = network.node[m], network.mark[m], network.flow[m]
    for d in range(mark[SIZE, DAYS]):
        for t in range(mark[BEGIN, d], mark[BEGIN, d + 1]):
            h = t - mark[BEGIN, d]
            for z in range(zones):
                i = zones * t + z
                supply[z, m, d, h], price[z, m, d, h] = node[SUPPLY, i], max(node[LABEL, i], 0.0)
                release[z, m, d, h] = node[RELEASE, i]
                charge[z, m, d, h], discharge[z, m, d, h] = -node[INTAKE, i], node[DISCHARGE, i]
        for line in range(schedule.flow_mw.shape[0]):
            for t in range(mark[BEGIN, d], mark[BEGIN, d + 1]):
                schedule.flow_mw[line, m, d, t - mark[BEGIN, d]] = flow[2 * line, t] - flow[2 * line + 1, t]


@plain
def _read_water(node: Floats, zones: int, hours: int, z: int, spilled_mwh: float) -> tuple[float, float]:
    """Return the value of a zone's water in a month, and its spillage."""
    spill, lower, tolerance = zones * hours + z, node[LOWER, z], node[TOLERANCE, 0]
    releasable_mw = min(spilled_mwh / node[WEIGHT, spill], node[UPPER, z] - lower)
    spillage = spilled_mwh - (releasable_mw - (node[RELEASE, spill] - lower)) * node[WEIGHT, spill]
    value = np.inf
    for i in range(z, spill + 1, zones):
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
    zones = schedule.supply_mw.shape[0]
    for m in range(network.node.shape[0]):
        _read_month(network, m, schedule)
        for z in range(zones):
            spilled = schedule.spilled_mwh[z, m]
            schedule.water_value_cny_per_mwh[z, m], schedule.spilled_mwh[z, m] = _read_water(
                network.node[m], zones, network.mark[m, SIZE, HOURS], z, spilled
            )
