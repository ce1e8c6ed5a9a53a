"""What the hours of a year lack once its water and its storage have served the highest of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel, plain

type Floats = NDArray[np.float64]
type Booleans = NDArray[np.bool_]

GUARD = 2.0  # standard deviations of margin that stored water and stores keep
FAR = 6.0  # standard deviations of surplus beyond which nothing lacks
TYPICAL = 0  # the day type of which no day lies in a dry spell
SEARCHES, CLOSE_MW = 60, 1.0


class SupplyYears(NamedTuple):
    """A year as each of several water years would make it; axes water year W, zone Z, month M, day type D, hour H."""

    day_weight: Floats  # [W, M, D] days
    demand_mw: Floats  # [Z, M, D, H] load and contracts less all supply that is the same in each water year
    steady_mw: Floats  # [W, Z, M] supply of the others
    deviation_mw: Floats  # [Z, M] of outages


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
    help_mw: Floats  # [Z] most that lines of the zone carry: stores are left out where even so nothing lacks


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
def _sum_above(day_mw: Floats, level: float, power: float) -> float:
    """Sum what stores of some power give of what hours [1, H] are above a level, MWh."""
    total = 0.0
    for h in range(day_mw.shape[1]):
        total += min(max(day_mw[0, h] - level, 0.0), power)
    return total


@plain
def _sum_below(day_mw: Floats, level: float, power: float) -> float:
    """Sum what stores of some power take in where hours [1, H] are below a level, MWh."""
    total = 0.0
    for h in range(day_mw.shape[1]):
        total += min(max(level - day_mw[0, h], 0.0), power)
    return total


@plain
def _discharge_day(day_mw: Floats, power: float, energy: float, efficiency: float, guard_mw: float) -> None:
    """Let stores serve the highest hours of a day [1, H], in place.

    They take in only what hours have beyond their guard.
    """
    lowest, highest = _find_range(day_mw)
    low, high = lowest - power, highest
    while high - low > CLOSE_MW:
        level = 0.5 * (low + high)
        limit = min(energy, efficiency * _sum_below(day_mw, min(level, -guard_mw), power))
        low, high = (level, high) if _sum_above(day_mw, level, power) > limit else (low, level)
    discharge_above, taken = high, _sum_above(day_mw, high, power) / efficiency
    if taken <= 0.0:
        return
    low, high = lowest, min(discharge_above, -guard_mw)
    while high - low > CLOSE_MW:
        level = 0.5 * (low + high)
        low, high = (level, high) if _sum_below(day_mw, level, power) < taken else (low, level)
    for h in range(day_mw.shape[1]):
        discharge_mw = min(max(day_mw[0, h] - discharge_above, 0.0), power)
        day_mw[0, h] += min(max(high - day_mw[0, h], 0.0), power) - discharge_mw


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
def _find_tight_months(supply: SupplyYears, reservoirs: ReservoirYears) -> Booleans:
    """Find the months [W, M] in which some zone may be short."""
    years, zones, months = supply.steady_mw.shape
    is_tight = np.zeros((years, months), np.bool_)
    for w in range(years):
        for z in range(zones):
            for m in range(months):
                far = FAR * supply.deviation_mw[z, m]
                is_tight[w, m] |= _is_tight(
                    supply.demand_mw[z, m],
                    supply.steady_mw[w, z, m],
                    supply.day_weight[w, m],
                    reservoirs,
                    (w, z, m),
                    far,
                )
    return is_tight


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
    deviation, weight = supply.deviation_mw[z, m], supply.day_weight[w, m]
    guard_mw, reach_mw = GUARD * deviation, (GUARD + FAR) * deviation + stores.help_mw[z]
    month[:] = supply.demand_mw[z, m] - supply.steady_mw[at]
    drawn = _release_month(month, weight, reservoirs, at, guard_mw, drawn)
    for d in range(month.shape[0] if stores.power_mw[z] > 0.0 else 0):
        day = month[d : d + 1]
        if weight[d] > 0.0 and _find_range(day)[1] > -reach_mw:
            limits = stores.power_mw[z], stores.energy_mwh[z], stores.efficiency[z]
            _discharge_day(day, *limits, guard_mw)
    return drawn


@kernel
def level_hours(supply: SupplyYears, reservoirs: ReservoirYears, stores: DayStores) -> Floats:
    """Compute what hours lack in the mean of outages, MW f8[W, Z, M, D, H] (docs/model/reliability.md).

    It is negative where there is more than enough, and -inf in months in which no zone can be short. Reservoirs and
    then stores take off the highest hours what their energy allows.

    Args:
        supply: of the year, by water year.
        reservoirs: their water.
        stores: storage within the day.
    """
    (years, zones, months), shape = supply.steady_mw.shape, supply.demand_mw.shape
    lacking, is_tight = np.full((years, *shape), -np.inf), _find_tight_months(supply, reservoirs)
    for w in range(years):
        for z in range(zones):
            drawn = 0.0
            for m in range(months):
                if is_tight[w, m]:
                    drawn = _serve_month(lacking[w, z, m], supply, reservoirs, stores, (w, z, m), drawn)
    return lacking
