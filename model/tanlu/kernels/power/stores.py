"""Operate storage within the day: pumped hydro and batteries, one store a zone, at the prices of both zones' stacks.

Stacks and axes are explained in `merit_order.py`. What a store does only depends on how far up the axis of its zone
prices may come, and so on one of the axis's distinct prices, its *levels*: all searches are for a level. A search
begins where the last one of its kind ended, for days and months are much alike.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, inlined, kernel, plain

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

ROUNDING = 1e-9  # of the value of water, which is the price of something
OWN, EXPORT, IMPORT = 0, 1, 2  # kinds of item on an axis, as in merit_order.py
VALUE, OUT, IN = 0, 1, 2  # searches: for the value of what is stored; for a volume out of it, and into it


class StoreStacks(NamedTuple):
    """What stores read of `MeritOrder`, field by field."""

    item_price_cny_per_mwh: Floats  # [2, K]
    entries_below: Integers  # [2, 4, K + 1]
    item_total: Integers  # [2]
    below_mw: Floats  # [2, M, N + 1]


class StorePool(NamedTuple):
    """All stores of a zone as one; axis zone Z."""

    power_mw: Floats  # [Z] highest charge and discharge
    energy_mwh: Floats  # [Z] most that a day discharges
    efficiency: Floats  # [Z] energy discharged per energy charged, above 0, at most 1


class WaterSchedule(NamedTuple):
    """What reservoirs do before stores answer; fields but the maximum as in `ReservoirYear`."""

    reservoir_mw: Floats  # [2, M, D, H]
    maximum_mw: Floats  # [2, M]
    value_cny_per_mwh: Floats  # [2, M]
    sets_price: Booleans  # [2, M, D, H]
    spilled_mwh: Floats  # [2, M]


class StoresYear(NamedTuple):
    """The year's operation; axes: zone 2, month M, day type D, hour H."""

    charge_mw: Floats  # [2, M, D, H]
    discharge_mw: Floats  # [2, M, D, H]
    net_load_mw: Floats  # [2, M, D, H] what then is left to serve


class _Zone(NamedTuple):
    """The levels L of a zone, and its store."""

    price: Floats  # [L] from 0 on
    own: Integers  # [L] entries of its stack up to the price
    spare: Integers  # [L] of the other's stack up to the price less wheeling
    kept: Integers  # [L] and up to the price plus wheeling
    charging: (
        Integers  # [L] the last level up to efficiency x price: what stored energy of that value may cost
    )
    efficiency: float
    power: float
    energy: float
    guess: Integers  # [3] where the last search of each kind ended


class _Ends(NamedTuple):
    """What both zones have when a day begins."""

    limit: tuple[float, float]  # MW of export from zones 0 and 1
    water: Floats  # [2] MW that reservoirs can give on top
    value: tuple[float, float]  # price from which they do


class _Day(NamedTuple):
    """What the zone and the other have to serve in a day, and by what."""

    below: Floats  # [N + 1] MW before each entry of the stack
    other_below: Floats  # [N + 1]
    import_limit: float
    export_limit: float
    load: Floats  # [H] left by reservoirs at their least, or at what they do if they are not free
    other_load: Floats  # [H]
    water: float  # MW that they can give on top
    other_water: float
    water_value: float  # price from which they do
    other_water_value: float


@plain
def _levels(
    item_price: Floats,
    entries_below: Integers,
    items: int,
    efficiency: float,
    price: Floats,
    entries: Integers,
) -> int:
    """Fill price [L] and entries [4, L]: own, the other's to spare, the other's kept, charging; return L."""
    count = 0
    for k in range(items):
        if k + 1 < items and item_price[k + 1] <= max(item_price[k], 0.0):
            continue  # one level for all items of a price, and for all up to 0
        price[count] = max(item_price[k], 0.0)
        entries[0, count] = entries_below[OWN, k + 1]
        entries[1, count], entries[2, count] = entries_below[IMPORT, k + 1], entries_below[EXPORT, k + 1]
        count += 1
    last = 0
    for k in range(count):
        while last + 1 < count and price[last + 1] <= efficiency * price[k]:
            last += 1
        entries[3, k] = last
    return count


@inlined
def _move(zone: _Zone, day: _Day, sign: float, level: int, water: int, output: Floats) -> float:
    """Set output [H] to the charge (sign 1) or discharge (-1) that brings prices to a level; return its sum.

    It goes into the room below the price of the level, by which load may grow before the price is exceeded: own supply
    up to it, what the other zone has to spare below it, less what the other zone would still pay more for. Reservoirs
    give what they would at the price of the level `water`.
    """
    price = zone.price[water]
    given = day.water if price >= day.water_value else 0.0
    other = day.other_water if price >= day.other_water_value else 0.0
    load, other_load = day.load, day.other_load
    import_limit, export_limit, power = day.import_limit, day.export_limit, zone.power
    own = day.below[zone.own[level]] + given
    spare, kept = day.other_below[zone.spare[level]] + other, day.other_below[zone.kept[level]] + other
    for h in range(output.size):
        bought = min(max(spare - other_load[h], 0.0), import_limit)
        sold = min(max(other_load[h] - kept, 0.0), export_limit)
        output[h] = min(max(sign * (own - load[h] + bought - sold), 0.0), power)
    total = 0.0
    for h in range(output.size):
        total += output[h]
    return total


@inlined
def _reached(zone: _Zone, day: _Day, search: int, level: int, volume: float, work: Floats) -> bool:
    """Return whether a search has come far enough up: what is asked holds at all levels above, too."""
    if search == OUT:
        return _move(zone, day, -1.0, level, level, work) < volume
    if search == IN:
        return _move(zone, day, 1.0, level, level, work) >= volume
    stored = zone.efficiency * _move(zone, day, 1.0, zone.charging[level], zone.charging[level], work)
    return stored >= _move(zone, day, -1.0, level, level, work)


@inlined
def _first(zone: _Zone, day: _Day, search: int, low: int, high: int, volume: float, work: Floats) -> int:
    """Return the first level that is reached, above `low`, at most `high`: by strides from the last one found."""
    probe, stride = min(max(zone.guess[search], low + 1), high - 1), 1
    below, above = False, False
    while high - low > 1:
        if _reached(zone, day, search, probe, volume, work):
            high, above = probe, True
        else:
            low, below = probe, True
        after = high - stride if above else low + stride
        stride *= 2
        probe = (low + high) >> 1 if (below and above) or not low < after < high else after
    zone.guess[search] = high
    return high


@plain
def _mix(output: Floats, other: Floats, share: float) -> None:
    """Move output [H] by `share` of the way to `other`."""
    for h in range(output.size):
        output[h] += share * (other[h] - output[h])


@inlined
def _gives_way(zone: _Zone, level: int, water_value: float) -> bool:
    """Return whether reservoirs give their most at a level and their least at the one before."""
    return zone.price[level - 1] < water_value <= zone.price[level]


@plain
def _between(
    zone: _Zone, day: _Day, sign: float, level: int, volume: float, output: Floats, work: Floats
) -> None:
    """Set output [H] to `volume`, which lies between that of a level and of the one before; none before the first.

    Where water gives way between the two, the store first serves the hours that all of it leaves dear, or charges in
    those that none of it leaves cheap.
    """
    here, before = _move(zone, day, sign, level, level, output), 0.0
    work[:] = 0.0
    if level > 0:
        before = _move(zone, day, sign, level - 1, level - 1, work)
        if _gives_way(zone, level, day.water_value) or _gives_way(zone, level, day.other_water_value):
            units, water = (level - 1, level) if sign < 0.0 else (level, level - 1)
            between = _move(zone, day, sign, units, water, work)
            if (volume - here) * (volume - between) > 0.0:
                here = between
                for h in range(output.size):
                    output[h] = work[h]
                before = _move(zone, day, sign, level - 1, level - 1, work)
            else:
                before = between
    _mix(output, work, (volume - here) / (before - here) if before != here else 0.0)


@plain
def _unlimited(zone: _Zone, day: _Day, charge: Floats, discharge: Floats, work: Floats) -> float:
    """Set charge and discharge [H] of a store that only its power limits; return what it discharges, MWh.

    Stored energy has one value: discharge brings prices down to it, charge brings them up to efficiency x that value.
    At the lowest value at which enough is charged, either charge or discharge goes only part of its last step.
    """
    level = _first(zone, day, VALUE, -1, zone.price.size - 1, 0.0, work)
    before, last = max(level - 1, 0), zone.charging[level]
    wanted = _move(zone, day, -1.0, before, before, discharge)
    stored = zone.efficiency * _move(zone, day, 1.0, last, last, charge)
    if stored < wanted:
        _between(zone, day, -1.0, level, stored, discharge, work)
        return stored
    lowest = zone.charging[before] if level > 0 else -1  # at the first level a surplus has more than enough
    volume = wanted / zone.efficiency
    _between(zone, day, 1.0, _first(zone, day, IN, lowest, last, volume, work), volume, charge, work)
    return wanted


@plain
def _operate(zone: _Zone, day: _Day, charge: Floats, discharge: Floats, work: Floats) -> None:
    """Set charge and discharge [H] of a zone's store."""
    if _unlimited(zone, day, charge, discharge, work) > zone.energy:
        top, volume = zone.price.size - 1, zone.energy / zone.efficiency
        level = _first(zone, day, OUT, -1, top, zone.energy, work)
        _between(zone, day, -1.0, level, zone.energy, discharge, work)
        _between(zone, day, 1.0, _first(zone, day, IN, -1, top, volume, work), volume, charge, work)


@helper
def _zone(z: int, stacks: StoreStacks, stores: StorePool) -> _Zone:
    items, efficiency = stacks.item_total[z], stores.efficiency[z]
    price, entries = np.zeros(items), np.zeros((4, items), np.int64)
    item_price, entries_below = stacks.item_price_cny_per_mwh[z], stacks.entries_below[z]
    count = _levels(item_price, entries_below, items, efficiency, price, entries)
    return _Zone(
        price=price[:count],
        own=entries[0, :count],
        spare=entries[1, :count],
        kept=entries[2, :count],
        charging=entries[3, :count],
        efficiency=efficiency,
        power=stores.power_mw[z],
        energy=stores.energy_mwh[z],
        guess=np.zeros(3, np.int64),
    )


@helper
def _any(hours: Booleans) -> bool:
    """Return whether any hour of any day [D, H] is true."""
    for d in range(hours.shape[0]):
        for h in range(hours.shape[1]):
            if hours[d, h]:
                return True
    return False


@helper
def _leave(load: Floats, net_load: Floats, reservoir: Floats, day: int, maximum: float, free: bool) -> float:
    """Set load [H] of a day to what reservoirs leave at their least, if free, and return what they can give on top."""
    least = np.inf
    for d in range(reservoir.shape[0]):
        for h in range(reservoir.shape[1]):
            least = min(least, reservoir[d, h])
    for h in range(net_load.size):
        load[h] = net_load[h] - (least if free else reservoir[day, h])
    return max(maximum - least, 0.0) if free else 0.0


@kernel
def pool_stores(power_mw: Floats, fuel: Integers, hours: Floats, efficiency: Floats) -> StorePool:
    """Return each zone's stores as one, at their mean efficiency; 1 where none stand.

    Args:
        power_mw: f8[Z, F] by fuel.
        fuel: i8[S] which of them are stores.
        hours: f8[F] that a store discharges at full power.
        efficiency: f8[F] energy discharged per energy charged.
    """
    zones = power_mw.shape[0]
    power, energy, mean = np.zeros(zones), np.zeros(zones), np.zeros(zones)
    for z in range(zones):
        for s in fuel:
            power[z] += power_mw[z, s]
            energy[z] += power_mw[z, s] * hours[s]
            mean[z] += power_mw[z, s] * efficiency[s]
        mean[z] = mean[z] / power[z] if power[z] > 0.0 else 1.0
    return StorePool(power, energy, mean)


@plain
def _best_responses(
    zones: tuple[_Zone, _Zone],
    m: int,
    d: int,
    below: Floats,
    ends: _Ends,
    charge: Floats,
    discharge: Floats,
    work: Floats,
) -> None:
    """Set charge and discharge [2, M, D, H] of a day by best responses: zone 0's store, then zone 1's answers it.

    `work` [4, H] begins with what both zones have to serve; the rest is room.
    """
    for z in range(2):
        o = 1 - z
        if min(zones[z].power, zones[z].energy) <= 0.0:
            continue
        for h in range(work.shape[1]):
            work[2, h] = work[o, h] + charge[o, m, d, h] - discharge[o, m, d, h]
        day = _Day(
            below[z, m],
            below[o, m],
            ends.limit[o],
            ends.limit[z],
            work[z],
            work[2],
            ends.water[z],
            ends.water[o],
            ends.value[z],
            ends.value[o],
        )
        _operate(zones[z], day, charge[z, m, d], discharge[z, m, d], work[3])


@kernel
def operate_stores(
    stacks: StoreStacks,
    net_load_mw: Floats,
    schedule: WaterSchedule,
    line_forward_mw: Floats,
    line_backward_mw: Floats,
    stores: StorePool,
) -> StoresYear:
    """Charge and discharge within each day at low cost of the units, the line and unserved load.

    The best answer of one zone's store to what the other's does, found for both in turn; exchange (`exchange.py`)
    goes on from there. Nothing is discharged into a surplus. A day ends with the energy it began with. Reservoirs that
    are free to move water give way to the stores at the value of their water: below it their least output, from it on
    their greatest.

    Args:
        stacks: of the year.
        net_load_mw: f8[2, M, D, H] load less must-run output; negative: surplus.
        schedule: of the reservoirs.
        line_forward_mw: f8[M] highest flow from zone 0 to zone 1.
        line_backward_mw: f8[M] highest flow from zone 1 to zone 0.
        stores: of both zones.
    """
    months, days, hours = net_load_mw.shape[1:]
    charge, discharge = np.zeros(net_load_mw.shape), np.zeros(net_load_mw.shape)
    left, work, water = np.zeros(net_load_mw.shape), np.zeros((4, hours)), np.zeros(2)
    zones, worth = (_zone(0, stacks, stores), _zone(1, stacks, stores)), schedule.value_cny_per_mwh
    for m in range(months):
        limit = (line_forward_mw[m], line_backward_mw[m])
        value = (worth[0, m] * (1.0 - ROUNDING), worth[1, m] * (1.0 - ROUNDING))
        ends = _Ends(limit, water, value)
        for d in range(days):
            for z in range(2):
                free = schedule.spilled_mwh[z, m] > 0.0 or _any(schedule.sets_price[z, m])
                given, most = schedule.reservoir_mw[z, m], schedule.maximum_mw[z, m]
                water[z] = _leave(work[z], net_load_mw[z, m, d], given, d, most, free)
            _best_responses(zones, m, d, stacks.below_mw, ends, charge, discharge, work)
            for z in range(2):
                for h in range(hours):
                    left[z, m, d, h] = net_load_mw[z, m, d, h] + charge[z, m, d, h] - discharge[z, m, d, h]
    return StoresYear(charge, discharge, left)
