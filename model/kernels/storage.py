"""Shift load within the day by storage: pumped hydro and batteries."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]

kernel = njit(nogil=True, cache=True)
# Helpers are compiled into the kernel and cached with it; without wrappers that takes half the time.
helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


class StorageYear(NamedTuple):
    """The year's operation; axes: zone 2, month M, day type D, hour H."""

    charge_mw: Floats  # [2, M, D, H]
    discharge_mw: Floats  # [2, M, D, H]


@helper
def _above(load: Floats, sign: float, level: float, power: float) -> float:
    """Return what of sign x load [H] lies above `level`, at most `power` in any hour."""
    total = 0.0
    for h in range(load.size):
        total += min(max(sign * load[h] - level, 0.0), power)
    return total


@helper
def _excess(load: Floats, sign: float, level: float, power: float, efficiency: float, volume: float) -> float:
    """Return by how much what lies above `level` exceeds `volume`.

    A negative volume stands for what discharging to `level` may draw on: charging up to efficiency x level.
    """
    if volume < 0.0:
        volume = efficiency * _above(load, -sign, -efficiency * level, power)
    return float(_above(load, sign, level, power) - volume)


@helper
def _find_level(
    load: Floats,
    sign: float,
    power: float,
    efficiency: float,
    volume: float,
    low: float,
    high: float,
) -> float:
    """Return the level in [low, high] at which `_excess`, which falls with it, is 0, or `low` if it is never above."""
    above = _excess(load, sign, low, power, efficiency, volume)
    below = _excess(load, sign, high, power, efficiency, volume)
    for step in range(100):
        if above <= 0.0 or high - low <= 1e-14 * abs(high):
            return low
        level = 0.5 * (low + high)
        if step % 2 == 0:  # false position: exact once both ends are on one straight piece
            level = low + (high - low) * above / (above - below)
        excess = _excess(load, sign, level, power, efficiency, volume)
        if abs(excess) <= 1e-14 * power:
            return level
        if excess > 0.0:
            low, above = level, excess
        else:
            high, below = level, excess
    return low


@helper
def _fill(load: Floats, sign: float, level: float, power: float, volume: float, output: Floats) -> None:
    """Set output [H] to what lies above `level`, scaled so that it sums to `volume` to rounding."""
    total = _above(load, sign, level, power)
    if total > 0.0:
        for h in range(load.size):
            output[h] = min(max(sign * load[h] - level, 0.0), power) * (volume / total)


@helper
def _shift_day(
    load: Floats, power: float, energy: float, efficiency: float, charge: Floats, discharge: Floats
) -> None:
    """Set charge and discharge [H] of one day."""
    lowest, highest = load[0], load[0]
    for h in range(load.size):
        lowest, highest = min(lowest, load[h]), max(highest, load[h])
    if min(power, energy) <= 0.0:
        return
    top = _find_level(load, 1.0, power, efficiency, -1.0, 0.0, highest)
    bottom = efficiency * top
    volume = _above(load, 1.0, top, power)
    if volume > energy:
        volume = energy
        top = _find_level(load, 1.0, power, efficiency, volume, top, highest)
    bottom = -_find_level(load, -1.0, power, efficiency, volume / efficiency, -bottom, -lowest)
    _fill(load, 1.0, top, power, volume, discharge)
    _fill(load, -1.0, -bottom, power, volume / efficiency, charge)


@kernel
def shift_load(
    net_load_mw: Floats, power_mw: Floats, energy_mwh: Floats, round_trip_efficiency: Floats
) -> StorageYear:
    """Charge in each day's hours of lowest net load and discharge in those of highest.

    Peaks are cut to one level and valleys filled to one level by water-filling. The two levels move towards
    each other while the lower is below round-trip efficiency x the higher: with a price in proportion to net
    load, what is discharged then earns more than what is charged costs. Nothing is discharged into a surplus.
    A day ends with the energy it began with.

    Args:
        net_load_mw: f8[2, M, D, H]; negative: surplus.
        power_mw: f8[2] highest charge and discharge.
        energy_mwh: f8[2] most that a day discharges.
        round_trip_efficiency: f8[2] energy discharged per energy charged, above 0, at most 1.
    """
    charge, discharge = np.zeros(net_load_mw.shape), np.zeros(net_load_mw.shape)
    for z in range(2):
        for m in range(net_load_mw.shape[1]):
            for d in range(net_load_mw.shape[2]):
                _shift_day(
                    net_load_mw[z, m, d],
                    power_mw[z],
                    energy_mwh[z],
                    round_trip_efficiency[z],
                    charge[z, m, d],
                    discharge[z, m, d],
                )
    return StorageYear(charge, discharge)
