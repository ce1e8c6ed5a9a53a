"""The hours of an electricity year around its clearing: the load left to the market, and what hours add up to."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

kernel = njit(nogil=True, cache=True)
# Helpers are compiled into the kernel and cached with it; without wrappers that takes half the time.
helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


class HourlyLoad(NamedTuple):
    """The year before it is cleared; axes zone Z, month M, day type D, hour H, natural source N."""

    load_mw: Floats  # [Z, M, D, H]
    natural_mw: Floats  # [N, Z, M, H] what water, wind and sun give before curtailment
    net_load_mw: Floats  # [Z, M, D, H] load and what is committed, less what nature gives


class YearTotals(NamedTuple):
    """The cleared year over all its hours; axes zone Z, fuel F."""

    generation_mwh: Floats  # [Z, F] fed in by what runs outside the merit order
    curtailed_mwh: Floats  # [Z, F]
    revenue_cny_per_mw: Floats  # [Z, F] at the hours' prices
    lost_mwh: Floats  # [Z] charged, not discharged
    load_mwh: Floats  # [Z]
    load_cny: Floats  # [Z]
    unserved_mwh: Floats  # [Z]
    price_hours: Floats  # [Z] price summed over hours, CNY/MW
    flow_mwh: float  # from zone 0 to zone 1


@kernel
def hourly_load(
    load_shape: Floats,
    mean_load_mw: Floats,
    committed_mw: Floats,
    river_mw: Floats,
    small_hydro_mw: Floats,
    renewable_mw: Floats,
    renewable_profile: Floats,
) -> HourlyLoad:
    """Return load, natural output and the load that is left for the market.

    Args:
        load_shape: f8[Z, M, D, H] of the annual mean.
        mean_load_mw: f8[Z].
        committed_mw: f8[Z, M] contracts less must-run output.
        river_mw: f8[Z, M] run-of-river.
        small_hydro_mw: f8[Z, M].
        renewable_mw: f8[Z, R] capacity of wind and of each kind of solar.
        renewable_profile: f8[Z, R, M, H] capacity factor.
    """
    zones, months, days, hours = load_shape.shape
    kinds = renewable_mw.shape[1]
    load, net = np.empty(load_shape.shape), np.empty(load_shape.shape)
    natural = np.empty((2 + kinds, zones, months, hours))
    for z in range(zones):
        for m in range(months):
            for h in range(hours):
                natural[0, z, m, h], natural[1, z, m, h] = river_mw[z, m], small_hydro_mw[z, m]
                total = natural[0, z, m, h] + natural[1, z, m, h]
                for r in range(kinds):
                    natural[2 + r, z, m, h] = renewable_mw[z, r] * renewable_profile[z, r, m, h]
                    total += natural[2 + r, z, m, h]
                for d in range(days):
                    load[z, m, d, h] = load_shape[z, m, d, h] * mean_load_mw[z]
                    net[z, m, d, h] = load[z, m, d, h] + committed_mw[z, m] - total
    return HourlyLoad(load, natural, net)


@helper
def _add_run(values: Floats, first: int, last: int) -> float:
    """Return the sum of values[first .. last - 1], eight partial sums side by side."""
    a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    i = first
    while i + 8 <= last:
        a, b, c, d = a + values[i], b + values[i + 1], c + values[i + 2], d + values[i + 3]
        e, f, g, h = e + values[i + 4], f + values[i + 5], g + values[i + 6], h + values[i + 7]
        i += 8
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    while i < last:
        total += values[i]
        i += 1
    return total


@helper
def _total(values: Floats, part: Floats) -> float:
    """Return the sum of all values, of equal runs and then in pairs; `part` [16] is room for the runs.

    Bit for bit what NumPy gives for the hours of a year, and closer to the true sum than one after the other.
    """
    runs = 1
    while values.size > 128 * runs and runs < part.size:
        runs *= 2
    length = values.size // (8 * runs) * 8
    for r in range(runs):
        part[r] = _add_run(values, r * length, (r + 1) * length if r < runs - 1 else values.size)
    while runs > 1:
        runs //= 2
        for r in range(runs):
            part[r] = part[2 * r] + part[2 * r + 1]
    return part[0]


@helper
def _add_natural(
    z: int,
    natural: Floats,
    surplus: Floats,
    price: Floats,
    weight: Floats,
    work: Floats,
    part: Floats,
    total: Floats,
) -> None:
    """Set total [3, N, Z]: fed, curtailed and earned; every source bears the surplus by its share."""
    sources, _, months, hours = natural.shape
    days, t = weight.shape[1], 0
    for m in range(months):
        for d in range(days):
            for h in range(hours):
                given = natural[0, z, m, h]
                for n in range(1, sources):
                    given += natural[n, z, m, h]
                share = min(surplus[z, m, d, h] / max(given, 1e-9), 1.0)
                for n in range(sources):
                    lost = natural[n, z, m, h] * share
                    fed = natural[n, z, m, h] - lost
                    work[0, n, t], work[1, n, t] = fed * weight[m, d], lost * weight[m, d]
                    work[2, n, t] = fed * price[z, m, d, h] * weight[m, d]
                t += 1
    for row in range(3):
        for n in range(sources):
            total[row, n, z] = _total(work[row, n], part)


@helper
def _add_rest(
    z: int,
    load: Floats,
    charge: Floats,
    discharge: Floats,
    reservoir: Floats,
    unserved: Floats,
    price: Floats,
    weight: Floats,
    work: Floats,
    part: Floats,
    total: Floats,
) -> None:
    """Set total [9, Z]: the reservoirs' energy and revenue, storage's and the load's."""
    months, days, hours = load.shape[1:]
    t = 0
    for m in range(months):
        for d in range(days):
            w = weight[m, d]
            for h in range(hours):
                pay, stored = price[z, m, d, h], discharge[z, m, d, h] - charge[z, m, d, h]
                work[0, t], work[1, t] = reservoir[z, m, d, h] * w, reservoir[z, m, d, h] * pay * w
                work[2, t], work[3, t], work[4, t] = discharge[z, m, d, h] * w, -stored * w, stored * pay * w
                work[5, t], work[6, t] = load[z, m, d, h] * w, pay * load[z, m, d, h] * w
                work[7, t], work[8, t] = unserved[z, m, d, h] * w, pay * w
                t += 1
    for row in range(9):
        total[row, z] = _total(work[row], part)


@helper
def _share_out(money: float, capacity: float) -> float:
    return money / capacity if capacity > 0.0 else 0.0


@kernel
def add_up(
    load_mw: Floats,
    natural_mw: Floats,
    charge_mw: Floats,
    discharge_mw: Floats,
    reservoir_mw: Floats,
    spilled_mwh: Floats,
    surplus_mw: Floats,
    unserved_mw: Floats,
    flow_mw: Floats,
    price_cny_per_mwh: Floats,
    day_weight: Floats,
    capacity_by_fuel_mw: Floats,
    natural_fuel: Integers,
    reservoir_fuel: int,
    store_fuel: Integers,
) -> YearTotals:
    """Return the year's energy and money.

    Reservoirs and run-of-river earn alike per MW, as one cascade; so do all stores, whose energy stands under
    the first of them.

    Args:
        load_mw: f8[Z, M, D, H], this and the next of `HourlyLoad`.
        natural_mw: f8[N, Z, M, H].
        charge_mw: f8[Z, M, D, H] of storage.
        discharge_mw: f8[Z, M, D, H].
        reservoir_mw: f8[Z, M, D, H].
        spilled_mwh: f8[Z, M] of the reservoirs.
        surplus_mw: f8[Z, M, D, H] curtailed.
        unserved_mw: f8[Z, M, D, H].
        flow_mw: f8[M, D, H] from zone 0 to zone 1.
        price_cny_per_mwh: f8[Z, M, D, H].
        day_weight: f8[M, D] days of each type.
        capacity_by_fuel_mw: f8[Z, F].
        natural_fuel: i8[N] fuel of each natural source, run-of-river first.
        reservoir_fuel: fuel of reservoirs.
        store_fuel: i8[S] fuels of storage.
    """
    zones, months, days, hours = load_mw.shape
    length, sources = months * days * hours, natural_mw.shape[0]
    work, by_source, part = np.empty((9, length)), np.empty((3, sources, length)), np.empty(16)
    natural, total = np.empty((3, sources, zones)), np.empty((9, zones))
    output, lost, earned = (
        np.zeros(capacity_by_fuel_mw.shape),
        np.zeros(capacity_by_fuel_mw.shape),
        np.zeros(capacity_by_fuel_mw.shape),
    )
    for z in range(zones):
        _add_natural(z, natural_mw, surplus_mw, price_cny_per_mwh, day_weight, by_source, part, natural)
        _add_rest(
            z,
            load_mw,
            charge_mw,
            discharge_mw,
            reservoir_mw,
            unserved_mw,
            price_cny_per_mwh,
            day_weight,
            work,
            part,
            total,
        )
        capacity, river = capacity_by_fuel_mw[z], natural_fuel[0]
        for n in range(sources):
            f = natural_fuel[n]
            output[z, f], lost[z, f] = natural[0, n, z], natural[1, n, z]
            earned[z, f] = _share_out(natural[2, n, z], capacity[f])
        output[z, reservoir_fuel], lost[z, reservoir_fuel] = total[0, z], _total(spilled_mwh[z], part)
        water = _share_out(natural[2, 0, z] + total[1, z], capacity[reservoir_fuel] + capacity[river])
        earned[z, reservoir_fuel], earned[z, river] = water, water
        output[z, store_fuel[0]], stores = total[2, z], 0.0
        for f in store_fuel:
            stores += capacity[f]
        for f in store_fuel:
            earned[z, f] = _share_out(total[4, z], stores)
    for t in range(length):
        m, d, h = t // (days * hours), t // hours % days, t % hours
        work[0, t] = flow_mw[m, d, h] * day_weight[m, d]
    return YearTotals(
        output, lost, earned, total[3], total[5], total[6], total[7], total[8], _total(work[0], part)
    )
