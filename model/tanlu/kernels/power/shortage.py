"""How many hours of a year power is short, in the mean of water years and of outages."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel, plain

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Of the nine-point Gauss quadrature of a standard normal number: how often it is below each node, and weights.
BELOW_NODES = (
    *(3.1996842199122355e-06, 0.0006743065608209586, 0.018907796188300796, 0.15309349026230873, 0.5),
    *(0.8469065097376913, 0.9810922038116991, 0.999325693439179, 0.9999968003157801),
)
WEIGHTS = (
    *(2.2345844007746583e-05, 0.0027891413212317653, 0.04991640676521788, 0.24409750289493937),
    *(0.4063492063492064, 0.24409750289493937, 0.04991640676521788, 0.0027891413212317653),
    2.2345844007746583e-05,
)
STEPS_OF_DEVIATION = 16  # steps of a table for each of them
REACH = 10.0  # standard deviations above the mean at which a table ends
CLOSE_MW = 1.0


class FailingUnits(NamedTuple):
    """Units that fail by chance; axis unit U."""

    zone: Integers  # [U]
    size_mw: Floats  # [U] while they work, maintenance counted in the mean
    out_share: Floats  # [U] of the hours


class OutageSpread(NamedTuple):
    """How far outages of zones spread; axes zone Z, month M."""

    mean_mw: Floats  # [Z] at mean availability
    deviation_mw: Floats  # [Z] the standard deviation there
    by_month_mw: Floats  # [Z, M] the same at the availability of months


class OutageTable(NamedTuple):
    """What fails at once in a zone beyond the mean; axes zone Z, step N, quadrature node K."""

    first_mw: Floats  # [Z] of the first step
    step_mw: Floats  # [Z]
    chance: Floats  # [Z, N] that more fails
    beyond_mw: Floats  # [Z, N] expected, of it
    nodes_mw: Floats  # [Z, K]


class YearChances(NamedTuple):
    """How often hours count, and how far outages spread; axes water year W, zone Z, month M, day type D."""

    chance: Floats  # [W]
    day_weight: Floats  # [W, M, D] days
    far_mw: Floats  # [Z, M] of surplus, beyond which nothing lacks
    spread: Floats  # [Z, M] deviation of outages over that of the mean availability, which the table has


class HelpLines(NamedTuple):
    """Lines by which zones help each other; axes line L, month M."""

    zones: Integers  # [L, 2] at the ends
    forward_mw: Floats  # [L, M] from the first end to the second
    backward_mw: Floats  # [L, M]
    loss_share: Floats  # [L]


class ShortHours(NamedTuple):
    """How short a year is expected to be, and in which hours; axes as of `SupplyYears`."""

    hours: Floats  # [Z]
    mwh: Floats  # [Z]
    chance: Floats  # [W, Z, M, D, H] that an hour is short


class ShortCase(NamedTuple):
    """What zones lack, and how they help; axes as of `SupplyYears`."""

    years: YearChances
    table: OutageTable
    lacking_mw: Floats  # [W, Z, M, D, H] in the mean of outages
    helping_mw: Floats  # [W, Z, M, D, H] that zones lack when they help others
    room_mw: Floats  # [Z, Z, M] what the first may receive from the second
    share: Floats  # [Z, Z, M] of the second's surplus


@plain
def _add_unit(chance: Floats, steps: float, out_share: float) -> None:
    """Convolve chances [N] with a unit that adds so many steps to what fails, in place.

    Between two steps both have a part, so that the mean is right.
    """
    whole = int(steps)
    part = steps - whole
    for n in range(chance.size - 1, -1, -1):
        failed = (1.0 - part) * chance[n - whole] if n >= whole else 0.0
        failed += part * chance[n - whole - 1] if n > whole else 0.0
        chance[n] = (1.0 - out_share) * chance[n] + out_share * failed


@plain
def _count_pieces(size_mw: float, largest_mw: float) -> int:
    """Count the units of at most the largest size that a row stands for."""
    return max(math.ceil(size_mw / largest_mw), 1)


@kernel
def spread_outages(units: FailingUnits, availability: Floats, largest_mw: float, zones: int) -> OutageSpread:
    """Compute mean and standard deviation of what fails, by zone and month.

    Args:
        units: that fail by chance.
        availability: f8[U, M] of them, of the year's mean.
        largest_mw: beyond which a unit stands for several.
        zones: how many there are.
    """
    months = availability.shape[1]
    mean, variance, by_month = np.zeros(zones), np.zeros(zones), np.zeros((zones, months))
    for u in range(units.zone.size):
        z, size, out = units.zone[u], units.size_mw[u], units.out_share[u]
        of_unit = size * size / _count_pieces(size, largest_mw) * out * (1.0 - out)
        mean[z] += size * out
        variance[z] += of_unit
        for m in range(months):
            by_month[z, m] += of_unit * availability[u, m] * availability[u, m]
    return OutageSpread(mean, np.sqrt(variance), np.sqrt(by_month))


@plain
def _find_node(chance: Floats, below: float) -> float:
    """Find the step at which the chance [N] that more fails is `below`."""
    n = 0
    while n < chance.size - 1 and chance[n] > below:
        n += 1
    if n == 0:
        return 0.0
    return n - 1 + (chance[n - 1] - below) / (chance[n - 1] - chance[n])


@kernel
def convolve_outages(units: FailingUnits, spread: OutageSpread, largest_mw: float) -> OutageTable:
    """Convolve outages of units with two states, by zone (docs/model/reliability.md).

    A few large units that seldom fail are far from a normal distribution.

    Args:
        units: that fail by chance.
        spread: of their outages.
        largest_mw: beyond which a unit stands for several.
    """
    mean, deviation, zones = spread.mean_mw, spread.deviation_mw, spread.mean_mw.size
    step = deviation / STEPS_OF_DEVIATION
    size = 2
    for z in range(zones):
        if step[z] > 0.0:
            size = max(size, int((mean[z] + REACH * deviation[z]) / step[z]) + 2)
    chance, beyond, nodes = (
        np.zeros((zones, size)),
        np.zeros((zones, size)),
        np.zeros((zones, len(BELOW_NODES))),
    )
    chance[:, 0] = 1.0
    for u in range(units.zone.size):
        z, pieces = units.zone[u], _count_pieces(units.size_mw[u], largest_mw)
        for _ in range(pieces if step[z] > 0.0 else 0):
            _add_unit(chance[z], units.size_mw[u] / (pieces * step[z]), units.out_share[u])
    for z in range(zones):
        more = 0.0
        for n in range(size - 1, -1, -1):
            beyond[z, n] = beyond[z, n + 1] + more * step[z] if n < size - 1 else 0.0
            at_step = chance[z, n]
            chance[z, n] = more + 0.5 * at_step  # half of what lies on the step itself
            more += at_step
        for k in range(len(BELOW_NODES)):
            nodes[z, k] = mean[z] - _find_node(chance[z], BELOW_NODES[k]) * step[z]
    return OutageTable(-mean, step, chance, beyond, nodes)


@plain
def _expect_short(lacking: float, table: OutageTable, z: int, spread: float) -> tuple[float, float]:
    """Compute chance and mean of a shortage where `lacking` MW lack in the mean of outages."""
    last, step = table.chance.shape[1] - 1, table.step_mw[z] * spread
    if step <= 0.0:
        return (1.0, lacking) if lacking > 0.0 else (0.0, 0.0)
    at = (-lacking - table.first_mw[z] * spread) / step
    if at <= 0.0:
        return 1.0, lacking
    if at >= last:
        return 0.0, 0.0
    n = int(at)
    part = at - n
    high, low = table.chance[z, n], table.chance[z, n + 1]
    mean = (1.0 - part) * table.beyond_mw[z, n] + part * table.beyond_mw[z, n + 1]
    return high - part * (high - low), mean * spread


@helper
def _link_zones(lines: HelpLines, zones: int, months: int) -> tuple[Floats, Floats]:
    """Compute by [Z, Z, M] what the first may receive from the second, MW, and its share of the other's surplus.

    A zone's surplus goes to its lines by their size.
    """
    room, share = np.zeros((zones, zones, months)), np.zeros((zones, zones, months))
    for m in range(months):
        for line in range(lines.loss_share.size):
            a, b = lines.zones[line]
            arriving_share = 1.0 - lines.loss_share[line]
            room[b, a, m] += max(lines.forward_mw[line, m], 0.0) * arriving_share
            room[a, b, m] += max(lines.backward_mw[line, m], 0.0) * arriving_share
            share[b, a, m] = share[a, b, m] = arriving_share
        for giver in range(zones):
            total = 0.0
            for taker in range(zones):
                total += room[taker, giver, m]
            for taker in range(zones):
                share[taker, giver, m] *= room[taker, giver, m] / total if total > 0.0 else 0.0
    return room, share


@plain
def _help(node_mw: float, lacking: float, room: float, share: float) -> float:
    """Compute the help of a zone at a node of its outages, MW."""
    return min(share * max(node_mw - lacking, 0.0), room)


@plain
def _find_first_giver(room: Floats, z: int, m: int) -> int:
    """Find the zone from which a zone may receive most; itself if from none."""
    first, most = z, 0.0
    for giver in range(room.shape[1]):
        if room[z, giver, m] > most:
            first, most = giver, room[z, giver, m]
    return first


@plain
def _sum_other_help(z: int, first: int, month: int, others: Floats, case: ShortCase) -> float:
    """Sum the mean help of all zones but the first giver, MW, in an hour in which they lack MW [Z]."""
    total = 0.0
    for giver in range(others.size):
        room, share = case.room_mw[z, giver, month], case.share[z, giver, month]
        if giver in (z, first) or room <= 0.0:
            continue
        for k in range(len(WEIGHTS)):
            node_mw = case.table.nodes_mw[giver, k] * case.years.spread[giver, month]
            total += WEIGHTS[k] * _help(node_mw, others[giver], room, share)
    return total


@plain
def _expect_after_help(
    lacking: float, z: int, first: int, month: int, giver_lacking: float, case: ShortCase
) -> tuple[float, float]:
    """Compute chance and mean of a shortage that the first giver does not meet.

    They are 0 where even its least help leaves more than can fail.
    """
    room, share, nodes_mw = case.room_mw[z, first, month], case.share[z, first, month], case.table.nodes_mw
    own, of_giver, last = case.years.spread[z, month], case.years.spread[first, month], len(WEIGHTS) - 1
    least = _help(nodes_mw[first, 0] * of_giver, giver_lacking, room, share)
    if lacking - least < -case.years.far_mw[z, month]:
        return 0.0, 0.0
    most = _help(nodes_mw[first, last] * of_giver, giver_lacking, room, share)
    if most - least < CLOSE_MW:
        return _expect_short(lacking - least, case.table, z, own)
    chance, mean = 0.0, 0.0
    for k in range(len(WEIGHTS)):
        mw = _help(nodes_mw[first, k] * of_giver, giver_lacking, room, share)
        at_node = _expect_short(lacking - mw, case.table, z, own)
        chance += WEIGHTS[k] * at_node[0]
        mean += WEIGHTS[k] * at_node[1]
    return chance, mean


@helper
def _sum_short(z: int, case: ShortCase, chances: Floats) -> tuple[float, float]:
    """Sum a zone's short hours and MWh, and note the chance of each hour [W, M, D, H]."""
    lacking_mw, helping_mw, years = case.lacking_mw, case.helping_mw, case.years
    water_years, zones, months, days, hours = lacking_mw.shape
    total_hours, total_mwh = 0.0, 0.0
    for m in range(months):
        first, certain = _find_first_giver(case.room_mw, z, m), -years.far_mw[z, m]
        for w in range(water_years):
            for d in range(days):
                weight = years.chance[w] * years.day_weight[w, m, d]
                for h in range(hours if weight > 0.0 else 0):
                    lacking = lacking_mw[w, z, m, d, h]
                    if lacking <= certain:
                        continue
                    if zones > 2:
                        lacking -= _sum_other_help(z, first, m, helping_mw[w, :, m, d, h], case)
                    chance, mw = _expect_after_help(lacking, z, first, m, helping_mw[w, first, m, d, h], case)
                    chances[w, m, d, h] = chance
                    total_hours += weight * chance
                    total_mwh += weight * mw
    return total_hours, total_mwh


@kernel
def expect_shortage(
    years: YearChances, table: OutageTable, lines: HelpLines, lacking_mw: Floats, helping_mw: Floats
) -> ShortHours:
    """Compute expected shortage (docs/model/reliability.md).

    Other zones help with what they do not need: the first giver at nine nodes of its own outages, any others by their
    mean.

    Args:
        years: of water.
        table: of outages.
        lines: between zones.
        lacking_mw: f8[W, Z, M, D, H] in the mean of outages.
        helping_mw: f8[W, Z, M, D, H] that zones lack when they help others.
    """
    zones, months = lacking_mw.shape[1:3]
    room, share = _link_zones(lines, zones, months)
    case = ShortCase(years, table, lacking_mw, helping_mw, room, share)
    hours, mwh, chance = np.zeros(zones), np.zeros(zones), np.zeros(lacking_mw.shape)
    for z in range(zones):
        hours[z], mwh[z] = _sum_short(z, case, chance[:, z])
    return ShortHours(hours, mwh, chance)
