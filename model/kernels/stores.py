"""Operate storage within the day: pumped hydro and batteries, one store a zone, at the prices of both zones' stacks.

Stacks are explained in `merit_order.py`.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

SWEEPS = 2  # over the zones: each answers what the other did
HALVINGS = 20  # of the prices between which the value of stored energy lies: to 0.01 CNY/MWh

kernel = njit(nogil=True, cache=True)
# Helpers are compiled into the kernel and cached with it; without wrappers that takes half the time.
helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


class StoresYear(NamedTuple):
    """The year's operation; axes: zone 2, month M, day type D, hour H."""

    charge_mw: Floats  # [2, M, D, H]
    discharge_mw: Floats  # [2, M, D, H]


class _Day(NamedTuple):
    """A zone's day: its stack and the other's with the line between, and what both have to serve."""

    price: Floats  # [N] of the stack
    below: Floats  # [N + 1]
    entries: int
    other_price: Floats
    other_below: Floats
    other_entries: int
    import_limit: float
    export_limit: float
    wheeling: float
    load: Floats  # [H]
    other_load: Floats  # [H]
    power: float


@helper
def _supply(price: Floats, below: Floats, entries: int, highest: float) -> float:
    """Return what a stack gives at prices up to `highest`, MW."""
    low, high = 0, entries
    while low < high:
        half = (low + high) >> 1
        if price[half] <= highest:
            low = half + 1
        else:
            high = half
    return float(below[low])


@helper
def _answer(day: _Day, sign: float, value: float, output: Floats) -> float:
    """Set output [H] to the charge (sign 1) or discharge (-1) that brings prices to `value`; return its sum.

    Room is by how much load may grow before the price exceeds `value`: own supply up to it, what the other zone
    has to spare below it, less what the other zone would still pay more for.
    """
    own = _supply(day.price, day.below, day.entries, value)
    spare = _supply(day.other_price, day.other_below, day.other_entries, value - day.wheeling)
    kept = _supply(day.other_price, day.other_below, day.other_entries, value + day.wheeling)
    total = 0.0
    for h in range(output.size):
        bought = min(max(spare - day.other_load[h], 0.0), day.import_limit)
        sold = min(max(day.other_load[h] - kept, 0.0), day.export_limit)
        room = own - day.load[h] + bought - sold
        output[h] = min(max(sign * room, 0.0), day.power)
        total += output[h]
    return total


@helper
def _mix(output: Floats, other: Floats, share: float) -> float:
    """Move output [H] by `share` of the way to `other`; return its sum."""
    total = 0.0
    for h in range(output.size):
        output[h] += share * (other[h] - output[h])
        total += output[h]
    return total


@helper
def _to_volume(day: _Day, sign: float, volume: float, highest: float, output: Floats, spare: Floats) -> None:
    """Set output [H] to the charge or discharge of `volume` MWh, less than is worth while, that is worth most."""
    few, many = (0.0, highest) if sign > 0.0 else (highest, 0.0)  # prices at which little and much is moved
    spare[:] = 0.0
    less = _answer(day, sign, few, output)
    if less >= volume:  # a surplus has more than enough
        _mix(output, spare, 1.0 - volume / less)
        return
    for _ in range(HALVINGS):
        value = 0.5 * (few + many)
        if _answer(day, sign, value, output) < volume:
            few = value
        else:
            many = value
    less, more = _answer(day, sign, few, output), _answer(day, sign, many, spare)
    _mix(output, spare, (volume - less) / (more - less))


@helper
def _unlimited(
    day: _Day, efficiency: float, highest: float, charge: Floats, discharge: Floats, spare: Floats
) -> float:
    """Set charge and discharge [H] of a store that only its power limits; return what it discharges, MWh.

    Stored energy has one value s: discharge brings prices down to s, charge brings them up to efficiency x s.
    """
    low, high = 0.0, highest
    wanted, stored = _answer(day, -1.0, low, discharge), efficiency * _answer(day, 1.0, low, charge)
    if stored >= wanted:  # a surplus has more than enough
        spare[:] = 0.0
        _mix(charge, spare, 1.0 - wanted / stored if stored > 0.0 else 0.0)
        return wanted
    for _ in range(HALVINGS):
        value = 0.5 * (low + high)
        stored = efficiency * _answer(day, 1.0, efficiency * value, charge)
        if stored < _answer(day, -1.0, value, discharge):
            low = value
        else:
            high = value
    lack = _answer(day, -1.0, low, discharge) - efficiency * _answer(day, 1.0, efficiency * low, charge)
    excess = efficiency * _answer(day, 1.0, efficiency * high, spare) - _answer(day, -1.0, high, spare)
    # Between low and high both move in one step: they go as far as they meet.
    share = lack / (lack + excess)
    wanted = _mix(discharge, spare, share)
    _answer(day, 1.0, efficiency * high, spare)
    _mix(charge, spare, share)
    return wanted


@kernel
def operate_stores(
    entry_price_cny_per_mwh: Floats,
    entry_total: Integers,
    below_mw: Floats,
    load_mw: Floats,
    line_forward_mw: Floats,
    line_backward_mw: Floats,
    wheeling_cost_cny_per_mwh: float,
    power_mw: Floats,
    energy_mwh: Floats,
    round_trip_efficiency: Floats,
) -> StoresYear:
    """Charge and discharge within each day at least cost of the units, the line and unserved load.

    The best answer of one zone's store to what the other's does, found for both in turn; nothing is discharged into
    a surplus. A day ends with the energy it began with.

    Args:
        entry_price_cny_per_mwh: f8[2, N]; this and the next two as `MeritOrder`.
        entry_total: i8[2].
        below_mw: f8[2, M, N + 1].
        load_mw: f8[2, M, D, H] left by the reservoirs; negative: surplus.
        line_forward_mw: f8[M] highest flow from zone 0 to zone 1.
        line_backward_mw: f8[M] highest flow from zone 1 to zone 0.
        wheeling_cost_cny_per_mwh: f8 of the flow.
        power_mw: f8[2] highest charge and discharge.
        energy_mwh: f8[2] most that a day discharges.
        round_trip_efficiency: f8[2] energy discharged per energy charged, above 0, at most 1.
    """
    shape = load_mw.shape
    charge, discharge, spare = np.zeros(shape), np.zeros(shape), np.zeros(shape[3])
    for m in range(shape[1]):
        limit = (line_forward_mw[m], line_backward_mw[m])
        for d in range(shape[2]):
            for turn in range(2 * SWEEPS):
                z = turn % 2
                o = 1 - z
                if min(power_mw[z], energy_mwh[z]) <= 0.0:
                    continue
                efficiency = round_trip_efficiency[z]
                highest = 1.01 * entry_price_cny_per_mwh[z, entry_total[z] - 1] / efficiency
                day = _Day(
                    entry_price_cny_per_mwh[z],
                    below_mw[z, m],
                    entry_total[z],
                    entry_price_cny_per_mwh[o],
                    below_mw[o, m],
                    entry_total[o],
                    limit[o],
                    limit[z],
                    wheeling_cost_cny_per_mwh,
                    load_mw[z, m, d],
                    load_mw[o, m, d] + charge[o, m, d] - discharge[o, m, d],
                    power_mw[z],
                )
                into, out = charge[z, m, d], discharge[z, m, d]
                if _unlimited(day, efficiency, highest, into, out, spare) > energy_mwh[z]:
                    _to_volume(day, -1.0, energy_mwh[z], highest, out, spare)
                    _to_volume(day, 1.0, energy_mwh[z] / efficiency, highest, into, spare)
    return StoresYear(charge, discharge)
