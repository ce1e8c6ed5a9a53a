"""What the hours of a year lack once its water and its storage have served the highest of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel, plain

type Floats = NDArray[np.float64]

TYPICAL = 0  # the day type of which no day lies in a dry spell
SEARCHES, CLOSE_MW = 60, 1.0
ABOVE, BELOW = 1.0, -1.0  # a level


class SupplyYears(NamedTuple):
    """A year as each of several water years would make it; axes water year W, zone Z, month M, day type D, hour H."""

    day_weight: Floats  # [W, M, D] days
    demand_mw: (
        Floats  # [W, Z, M, D, H] load and contracts less all supply that is the same in each water year
    )
    steady_mw: Floats  # [W, Z, M] supply of the others
    guard_mw: Floats  # [Z, M] of margin that stored water and stores keep
    far_mw: Floats  # [Z, M] of surplus, beyond which hours are not looked at


class ReservoirYears(NamedTuple):
    """What reservoirs have in each water year; axes water year W, zone Z, month M."""

    energy_mwh: Floats  # [W, Z, M] that they release
    spell_mwh: Floats  # [W, Z, M] of it, on days of a dry spell; NaN: where load asks for it
    minimum_mw: Floats  # [W, Z, M]
    maximum_mw: Floats  # [W, Z, M]
    stored_mwh: Floats  # [W, Z, M] in store above the least level at the month's end


class DayStores(NamedTuple):
    """Storage within the day; axis zone Z."""

    power_mw: Floats  # [Z]
    energy_mwh: Floats  # [Z] most that a day discharges
    efficiency: Floats  # [Z]


@plain
def _release(days_mw: Floats, weight: Floats, level: float, low: float, high: float) -> tuple[float, float]:
    """Sum what reservoirs release above a level, MWh, and the hours in which they could give more or less."""
    energy, hours = 0.0, 0.0
    for d in range(days_mw.shape[0]):
        for h in range(days_mw.shape[1]):
            mw = days_mw[d, h] - level
            if low < mw < high:
                hours += weight[d]
            energy += min(max(mw, low), high) * weight[d]
    return energy, hours


@plain
def _find_range(days_mw: Floats) -> tuple[float, float]:
    """Find the lowest and the highest hour of days [D, H]."""
    lowest, highest = np.inf, -np.inf
    for d in range(days_mw.shape[0]):
        for h in range(days_mw.shape[1]):
            lowest, highest = min(lowest, days_mw[d, h]), max(highest, days_mw[d, h])
    return lowest, highest


@plain
def _level_days(days_mw: Floats, weight: Floats, energy: float, low: float, high: float) -> None:
    """Take what reservoirs release off the highest hours of days [D, H], in place."""
    days = 0.0
    for d in range(weight.size):
        days += weight[d]
    if days <= 0.0:
        return
    lowest, highest = _find_range(days_mw)
    floor, ceiling = lowest - high, highest - low
    level = 0.5 * (floor + ceiling)
    for _ in range(SEARCHES):
        released, hours = _release(days_mw, weight, level, low, high)
        if abs(released - energy) < CLOSE_MW * days:
            break
        if released > energy:
            floor = level
        else:
            ceiling = level
        step = level + (released - energy) / hours if hours > 0.0 else floor
        level = step if floor < step < ceiling else 0.5 * (floor + ceiling)
    for d in range(days_mw.shape[0]):
        for h in range(days_mw.shape[1]):
            days_mw[d, h] -= min(max(days_mw[d, h] - level, low), high)


@plain
def _release_month(
    days_mw: Floats,
    weight: Floats,
    own: ReservoirYears,
    at: tuple[int, int, int],
    guard_mw: float,
    drawn: float,
) -> float:
    """Take a month's water off its hours [D, H], in place; return what is drawn from the store so far, MWh.

    Where hours would be short beyond the release of the rule, the store gives more, as far as it can; what it gave is
    lacking in later months.
    """
    low, high, energy, spell = own.minimum_mw[at], own.maximum_mw[at], own.energy_mwh[at], own.spell_mwh[at]
    first = 0
    if spell == spell:
        first = TYPICAL + 1
        _level_days(days_mw[first:], weight[first:], spell, 0.0, high)
        days_mw, weight, energy = days_mw[:first], weight[:first], energy - spell
    release_mwh, _ = _release(days_mw, weight, -guard_mw, low, high)
    more = min(max(release_mwh - energy, 0.0), max(own.stored_mwh[at] - drawn, 0.0))
    _level_days(days_mw, weight, energy + more, low, high)
    return drawn + more


@plain
def _sum_beyond(day_mw: Floats, level: float, side: float, power: float) -> tuple[float, float]:
    """Sum what stores of some power move of hours [1, H] beyond a level, MWh, and hours that follow it.

    `side` is `ABOVE`, where they discharge, or `BELOW`, where they take in.
    """
    total, hours = 0.0, 0.0
    for h in range(day_mw.shape[1]):
        mw = side * (day_mw[0, h] - level)
        if 0.0 < mw < power:
            hours += 1.0
        total += min(max(mw, 0.0), power)
    return total, hours


@plain
def _find_discharge(
    day_mw: Floats, power: float, energy: float, efficiency: float, guard_mw: float
) -> tuple[float, float]:
    """Find the level above which stores serve a day [1, H], and what they give, MWh."""
    lowest, highest = _find_range(day_mw)
    low, high = lowest - power, highest
    level = high
    for _ in range(SEARCHES):
        level = level if low < level < high else 0.5 * (low + high)
        discharged, falling = _sum_beyond(day_mw, level, ABOVE, power)
        taken, rising = _sum_beyond(day_mw, min(level, -guard_mw), BELOW, power)
        limit, slope = efficiency * taken, falling
        if limit > energy:
            limit = energy
        elif level < -guard_mw:
            slope += efficiency * rising
        if discharged > limit:
            low = level
        else:
            high = level
        if high - low < CLOSE_MW or abs(discharged - limit) < CLOSE_MW:
            break
        level += (discharged - limit) / slope if slope > 0.0 else np.inf
    if discharged > limit:  # within what is close
        return level, limit
    return level, discharged


@plain
def _find_charge(day_mw: Floats, power: float, taken: float, highest: float) -> float:
    """Find the level up to which stores take in so many MWh of a day [1, H], at most the highest."""
    low, high = _find_range(day_mw)[0], highest
    level = high
    for _ in range(SEARCHES):
        level = level if low < level < high else 0.5 * (low + high)
        charged, hours = _sum_beyond(day_mw, level, BELOW, power)
        if charged < taken:
            low = level
        else:
            high = level
        if high - low < CLOSE_MW or abs(charged - taken) < CLOSE_MW:
            break
        level += (taken - charged) / hours if hours > 0.0 else np.inf
    return level


@plain
def _discharge_day(day_mw: Floats, power: float, energy: float, efficiency: float, guard_mw: float) -> None:
    """Let stores serve the highest hours of a day [1, H], in place.

    They take in only what hours have beyond their guard.
    """
    discharge_above, discharged = _find_discharge(day_mw, power, energy, efficiency, guard_mw)
    if discharged <= 0.0:
        return
    highest = min(discharge_above, -guard_mw)
    charge_below = _find_charge(day_mw, power, discharged / efficiency, highest)
    for h in range(day_mw.shape[1]):
        discharge_mw = min(max(day_mw[0, h] - discharge_above, 0.0), power)
        day_mw[0, h] += min(max(charge_below - day_mw[0, h], 0.0), power) - discharge_mw


@plain
def _is_tight(
    demand_mw: Floats,
    steady_mw: float,
    weight: Floats,
    own: ReservoirYears,
    at: tuple[int, int, int],
    far: float,
) -> bool:
    """Check a month's water against hours, days [D, H], `far` MW below short.

    Days of a dry spell have water of their own, so a month with one is tight.
    """
    if own.spell_mwh[at] == own.spell_mwh[at]:
        return True
    level = steady_mw - far
    release_mwh, _ = _release(demand_mw, weight, level, own.minimum_mw[at], own.maximum_mw[at])
    return release_mwh > own.energy_mwh[at] or _find_range(demand_mw)[1] > level + own.maximum_mw[at]


@helper
def _serve_month(
    month: Floats,
    supply: SupplyYears,
    reservoirs: ReservoirYears,
    stores: DayStores,
    at: tuple[int, int, int],
    drawn: float,
) -> float:
    """Set a month [D, H] to what it lacks; return what is drawn from the store so far, MWh."""
    w, z, m = at
    guard_mw, weight = supply.guard_mw[z, m], supply.day_weight[w, m]
    month[:] = supply.demand_mw[at] - supply.steady_mw[at]
    drawn = _release_month(month, weight, reservoirs, at, guard_mw, drawn)
    for d in range(month.shape[0] if stores.power_mw[z] > 0.0 else 0):
        day = month[d : d + 1]
        if weight[d] > 0.0 and _find_range(day)[1] > -guard_mw - supply.far_mw[z, m]:
            limits = stores.power_mw[z], stores.energy_mwh[z], stores.efficiency[z]
            _discharge_day(day, *limits, guard_mw)
    return drawn


@kernel
def level_hours(supply: SupplyYears, reservoirs: ReservoirYears, stores: DayStores) -> Floats:
    """Compute what hours lack in the mean of outages, MW f8[W, Z, M, D, H] (docs/model/reliability.md).

    It is negative where there is more than enough, and minus `far_mw` in months that have more than that to spare.
    Reservoirs and then stores take off the highest hours what their energy allows.

    Args:
        supply: of the year, by water year.
        reservoirs: their water.
        stores: storage within the day.
    """
    years, zones, months = supply.steady_mw.shape
    lacking = np.empty(supply.demand_mw.shape)
    for w in range(years):
        for z in range(zones):
            drawn = 0.0
            for m in range(months):
                at, far = (w, z, m), supply.far_mw[z, m]
                demand, weight, steady = supply.demand_mw[at], supply.day_weight[w, m], supply.steady_mw[at]
                if _is_tight(demand, steady, weight, reservoirs, at, far):
                    drawn = _serve_month(lacking[at], supply, reservoirs, stores, at, drawn)
                else:
                    lacking[at] = -far
    return lacking
