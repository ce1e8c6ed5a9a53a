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
DOMESTIC, EXPORT, IMPORT = 0, 1, 2  # kinds of item on an axis, as in merit_order.py
# Searches: for the value of stored energy, for a volume out of the store, and for one into it.
VALUE, DRAW, FILL = 0, 1, 2


class StoreStacks(NamedTuple):
    """What stores read of `MeritOrder`, field by field."""

    item_price_cny_per_mwh: Floats  # [2, K]
    entries_below: Integers  # [2, 4, K + 1]
    item_total: Integers  # [2]
    start_mw: Floats  # [2, M, N + 1]


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
    domestic: Integers  # [L] entries of its stack up to the price
    spare: Integers  # [L] of the other's stack up to the price less wheeling
    retained: Integers  # [L] and up to the price plus wheeling
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

    start: Floats  # [N + 1] MW before each entry of the stack
    other_start: Floats  # [N + 1]
    import_limit: float
    export_limit: float
    load: Floats  # [H] left by reservoirs at their least, or at what they do if they are not free
    other_load: Floats  # [H]
    water: float  # MW that they can give on top
    other_water: float
    water_value: float  # price from which they do
    other_water_value: float


@plain
def _fill_levels(
    item_price: Floats,
    entries_below: Integers,
    items: int,
    efficiency: float,
    price: Floats,
    entries: Integers,
) -> int:
    """Fill price [L] and entries [4, L] of the levels; return L.

    The rows are domestic entries, the other's to spare, the other's retained, and the level of charging.
    """
    count = 0
    for k in range(items):
        if k + 1 < items and item_price[k + 1] <= max(item_price[k], 0.0):
            continue  # one level for all items of a price, and for all up to 0
        price[count] = max(item_price[k], 0.0)
        entries[0, count] = entries_below[DOMESTIC, k + 1]
        entries[1, count], entries[2, count] = entries_below[IMPORT, k + 1], entries_below[EXPORT, k + 1]
        count += 1
    last = 0
    for k in range(count):
        while last + 1 < count and price[last + 1] <= efficiency * price[k]:
            last += 1
        entries[3, k] = last
    return count


@inlined
def _move_prices(zone: _Zone, day: _Day, sign: float, level: int, water: int, output: Floats) -> float:
    """Set output [H] that brings prices to a level; return its sum.

    It is charge for sign 1, discharge for -1, and goes into the room below the price of the level, by which load may
    grow before the price is exceeded: own supply up to it, what the other zone has to spare below it, less what the
    other zone would still pay more for. Reservoirs give what they would at the price of the level `water`.
    """
    price = zone.price[water]
    near_mw = day.water if price >= day.water_value else 0.0
    far_mw = day.other_water if price >= day.other_water_value else 0.0
    load, other_load = day.load, day.other_load
    import_limit, export_limit, power = day.import_limit, day.export_limit, zone.power
    domestic = day.start[zone.domestic[level]] + near_mw
    spare, retained = (
        day.other_start[zone.spare[level]] + far_mw,
        day.other_start[zone.retained[level]] + far_mw,
    )
    for h in range(output.size):
        imports = min(max(spare - other_load[h], 0.0), import_limit)
        exports = min(max(other_load[h] - retained, 0.0), export_limit)
        output[h] = min(max(sign * (domestic - load[h] + imports - exports), 0.0), power)
    total = 0.0
    for h in range(output.size):
        total += output[h]
    return total


@inlined
def _is_reached(zone: _Zone, day: _Day, search: int, level: int, volume: float, work: Floats) -> bool:
    """Return whether a search has come far enough up.

    Its condition holds at all levels above, too.
    """
    if search == DRAW:
        return _move_prices(zone, day, -1.0, level, level, work) < volume
    if search == FILL:
        return _move_prices(zone, day, 1.0, level, level, work) >= volume
    stored_mwh = zone.efficiency * _move_prices(
        zone, day, 1.0, zone.charging[level], zone.charging[level], work
    )
    return stored_mwh >= _move_prices(zone, day, -1.0, level, level, work)


@inlined
def _find_level(zone: _Zone, day: _Day, search: int, low: int, high: int, volume: float, work: Floats) -> int:
    """Find the first level that is reached, by growing strides.

    It lies above `low` and at most at `high`; the search starts from the last one of its kind.
    """
    probe, stride = min(max(zone.guess[search], low + 1), high - 1), 1
    has_low, has_high = False, False
    while high - low > 1:
        if _is_reached(zone, day, search, probe, volume, work):
            high, has_high = probe, True
        else:
            low, has_low = probe, True
        next_probe = high - stride if has_high else low + stride
        stride *= 2
        probe = (low + high) >> 1 if (has_low and has_high) or not low < next_probe < high else next_probe
    zone.guess[search] = high
    return high


@plain
def _mix(output: Floats, target: Floats, share: float) -> None:
    """Move output [H] by `share` of the way to `target`."""
    for h in range(output.size):
        output[h] += share * (target[h] - output[h])


@inlined
def _gives_way(zone: _Zone, level: int, water_value: float) -> bool:
    """Return whether reservoirs give way between a level and the one before.

    They give their most at the level and their least before it.
    """
    return zone.price[level - 1] < water_value <= zone.price[level]


@plain
def _fill_volume(
    zone: _Zone, day: _Day, sign: float, level: int, volume: float, output: Floats, work: Floats
) -> None:
    """Set output [H] to a volume between two neighbouring levels.

    `volume` lies between that of a level and of the one before; none before the first. Where water gives way between
    the two, the store first serves the hours that all of it leaves dear, or charges in those that none of it leaves
    cheap.
    """
    current, previous = _move_prices(zone, day, sign, level, level, output), 0.0
    work[:] = 0.0
    if level > 0:
        previous = _move_prices(zone, day, sign, level - 1, level - 1, work)
        if _gives_way(zone, level, day.water_value) or _gives_way(zone, level, day.other_water_value):
            units, water = (level - 1, level) if sign < 0.0 else (level, level - 1)
            middle = _move_prices(zone, day, sign, units, water, work)
            if (volume - current) * (volume - middle) > 0.0:
                current = middle
                for h in range(output.size):
                    output[h] = work[h]
                previous = _move_prices(zone, day, sign, level - 1, level - 1, work)
            else:
                previous = middle
    _mix(output, work, (volume - current) / (previous - current) if previous != current else 0.0)


@plain
def _operate_unlimited(zone: _Zone, day: _Day, charge: Floats, discharge: Floats, work: Floats) -> float:
    """Set charge and discharge [H] without energy limit; return discharge, MWh.

    Only its power limits the store. Stored energy has one value: discharge brings prices down to it, charge brings them
    up to efficiency x that value. At the lowest value at which enough is charged, either charge or discharge goes only
    part of its last step.
    """
    level = _find_level(zone, day, VALUE, -1, zone.price.size - 1, 0.0, work)
    before, last = max(level - 1, 0), zone.charging[level]
    discharge_mwh = _move_prices(zone, day, -1.0, before, before, discharge)
    stored_mwh = zone.efficiency * _move_prices(zone, day, 1.0, last, last, charge)
    if stored_mwh < discharge_mwh:
        _fill_volume(zone, day, -1.0, level, stored_mwh, discharge, work)
        return stored_mwh
    lowest = zone.charging[before] if level > 0 else -1  # at the first level a surplus has more than enough
    volume = discharge_mwh / zone.efficiency
    _fill_volume(
        zone, day, 1.0, _find_level(zone, day, FILL, lowest, last, volume, work), volume, charge, work
    )
    return discharge_mwh


@plain
def _operate_store(zone: _Zone, day: _Day, charge: Floats, discharge: Floats, work: Floats) -> None:
    """Set charge and discharge [H] of a zone's store."""
    if _operate_unlimited(zone, day, charge, discharge, work) > zone.energy:
        top, volume = zone.price.size - 1, zone.energy / zone.efficiency
        level = _find_level(zone, day, DRAW, -1, top, zone.energy, work)
        _fill_volume(zone, day, -1.0, level, zone.energy, discharge, work)
        _fill_volume(
            zone, day, 1.0, _find_level(zone, day, FILL, -1, top, volume, work), volume, charge, work
        )


@helper
def _read_zone(z: int, stacks: StoreStacks, stores: StorePool) -> _Zone:
    items, efficiency = stacks.item_total[z], stores.efficiency[z]
    price, entries = np.zeros(items), np.zeros((4, items), np.int64)
    item_price, entries_below = stacks.item_price_cny_per_mwh[z], stacks.entries_below[z]
    count = _fill_levels(item_price, entries_below, items, efficiency, price, entries)
    return _Zone(
        price=price[:count],
        domestic=entries[0, :count],
        spare=entries[1, :count],
        retained=entries[2, :count],
        charging=entries[3, :count],
        efficiency=efficiency,
        power=stores.power_mw[z],
        energy=stores.energy_mwh[z],
        guess=np.zeros(3, np.int64),
    )


@helper
def _has_true(hours: Booleans) -> bool:
    """Return whether any hour of any day [D, H] is true."""
    for d in range(hours.shape[0]):
        for h in range(hours.shape[1]):
            if hours[d, h]:
                return True
    return False


@helper
def _set_served_load(
    load: Floats, net_load: Floats, reservoir: Floats, day: int, maximum: float, free: bool
) -> float:
    """Set the load [H] that reservoirs leave; return their free MW.

    Free reservoirs count at their least output, and what they can give on top of it is returned.
    """
    lowest_mw = np.inf
    for d in range(reservoir.shape[0]):
        for h in range(reservoir.shape[1]):
            lowest_mw = min(lowest_mw, reservoir[d, h])
    for h in range(net_load.size):
        load[h] = net_load[h] - (lowest_mw if free else reservoir[day, h])
    return max(maximum - lowest_mw, 0.0) if free else 0.0


@kernel
def pool_stores(power_mw: Floats, fuel: Integers, hours: Floats, efficiency: Floats) -> StorePool:
    """Pool each zone's stores at their mean efficiency.

    The efficiency is 1 where none stand.

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
def _respond_in_turn(
    zones: tuple[_Zone, _Zone],
    m: int,
    d: int,
    start_mw: Floats,
    ends: _Ends,
    charge: Floats,
    discharge: Floats,
    work: Floats,
) -> None:
    """Set a day's charge and discharge [2, M, D, H] by best responses.

    Zone 0's store goes first, then zone 1's answers it. `work` [4, H] begins with what both zones have to serve; the
    rest is room.
    """
    for z in range(2):
        o = 1 - z
        if min(zones[z].power, zones[z].energy) <= 0.0:
            continue
        for h in range(work.shape[1]):
            work[2, h] = work[o, h] + charge[o, m, d, h] - discharge[o, m, d, h]
        day = _Day(
            start_mw[z, m],
            start_mw[o, m],
            ends.limit[o],
            ends.limit[z],
            work[z],
            work[2],
            ends.water[z],
            ends.water[o],
            ends.value[z],
            ends.value[o],
        )
        _operate_store(zones[z], day, charge[z, m, d], discharge[z, m, d], work[3])


@kernel
def operate_stores(
    stacks: StoreStacks,
    net_load_mw: Floats,
    schedule: WaterSchedule,
    line_forward_mw: Floats,
    line_backward_mw: Floats,
    stores: StorePool,
) -> StoresYear:
    """Charge and discharge stores within each day at low cost.

    The cost is that of units, the line and unserved load. The best answer of one zone's store to what the other's does,
    found for both in turn; exchange (`exchange.py`) goes on from there. Nothing is discharged into a surplus. A day
    ends with the energy it began with. Reservoirs that are free to move water give way to the stores at the value of
    their water: below it their least output, from it on their greatest.

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
    residual_load, work, water = np.zeros(net_load_mw.shape), np.zeros((4, hours)), np.zeros(2)
    zones, worth = (_read_zone(0, stacks, stores), _read_zone(1, stacks, stores)), schedule.value_cny_per_mwh
    for m in range(months):
        limit = (line_forward_mw[m], line_backward_mw[m])
        value = (worth[0, m] * (1.0 - ROUNDING), worth[1, m] * (1.0 - ROUNDING))
        ends = _Ends(limit, water, value)
        for d in range(days):
            for z in range(2):
                free = schedule.spilled_mwh[z, m] > 0.0 or _has_true(schedule.sets_price[z, m])
                reservoir_mw, maximum_mw = schedule.reservoir_mw[z, m], schedule.maximum_mw[z, m]
                water[z] = _set_served_load(work[z], net_load_mw[z, m, d], reservoir_mw, d, maximum_mw, free)
            _respond_in_turn(zones, m, d, stacks.start_mw, ends, charge, discharge, work)
            for z in range(2):
                for h in range(hours):
                    residual_load[z, m, d, h] = (
                        net_load_mw[z, m, d, h] + charge[z, m, d, h] - discharge[z, m, d, h]
                    )
    return StoresYear(charge, discharge, residual_load)
