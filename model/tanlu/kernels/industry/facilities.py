"""One pass over all facilities: what a unit of output needs and costs, what a year emits, and what it earns."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

kernel = njit(nogil=True, cache=True)


class Needs(NamedTuple):
    """What a unit of output needs before its capture plant's heat; axes N, carrier C, the last C is process CO2."""

    energy_gj: Floats  # [N, C - 1]
    gross_tco2: Floats  # [N, C]
    captured_tco2: Floats  # [N] what capture takes of it
    captured_share: Floats  # [N] the same as a share
    electricity_mwh: Floats  # [N] with the capture plant's


class Made(NamedTuple):
    """A year's output and what it took."""

    output: Floats  # [N]
    energy_gj: Floats  # [N, C - 1] with capture heat
    electricity_mwh: Floats  # [N]
    emitted_tco2: Floats  # [N, C]
    captured_tco2: Floats  # [N]
    gross_tco2: Floats  # [N]


@kernel
def needs_per_unit(
    year: int,
    level: Floats,
    energy_gj: Floats,
    process_tco2: Floats,
    electricity_mwh: Floats,
    capturable_share: Floats,
    capture_rate: Floats,
    capture_year: Integers,
    capture_mwh: Floats,
    co2_t_per_gj: Floats,
) -> Needs:
    """Return what a unit of output needs in `year`.

    Args:
        year: the year.
        level: f8[N] of fossil use per unit, 1 in the base year.
        energy_gj: f8[N, C - 1] per unit at level 1.
        process_tco2: f8[N] per unit.
        electricity_mwh: f8[N] per unit, without capture.
        capturable_share: f8[N] of CO2.
        capture_rate: f8[N] of what is capturable.
        capture_year: i8[N] from which it captures.
        capture_mwh: f8[N] per t captured.
        co2_t_per_gj: f8[C - 1].
    """
    n, carriers = energy_gj.shape
    energy, gross = np.empty((n, carriers)), np.empty((n, carriers + 1))
    captured, share, electricity = np.zeros(n), np.zeros(n), electricity_mwh.copy()
    for i in range(n):
        total = 0.0
        for c in range(carriers):
            energy[i, c] = energy_gj[i, c] * level[i]
            gross[i, c] = energy[i, c] * co2_t_per_gj[c]
            total += gross[i, c]
        gross[i, carriers] = process_tco2[i]
        if capture_year[i] <= year:
            share[i] = capturable_share[i] * capture_rate[i]
            captured[i] = (total + process_tco2[i]) * capturable_share[i] * capture_rate[i]
            electricity[i] += captured[i] * capture_mwh[i]
    return Needs(energy, gross, captured, share, electricity)


@kernel
def unit_costs(
    province: Integers,
    sector: Integers,
    energy_gj: Floats,
    gross_tco2: Floats,
    captured_share: Floats,
    electricity_mwh: Floats,
    other_cost_cny: Floats,
    energy_price_cny_per_gj: Floats,
    electricity_price_cny_per_mwh: Floats,
    carbon_price_cny_per_tco2: Floats,
) -> Floats:
    """Return energy, electricity, other variable and carbon cost of a unit of output, f8[N].

    Args:
        province: i8[N].
        sector: i8[N].
        energy_gj: f8[N, C - 1], this and the next three of `Needs`.
        gross_tco2: f8[N, C].
        captured_share: f8[N].
        electricity_mwh: f8[N].
        other_cost_cny: f8[N] materials and what else varies with output.
        energy_price_cny_per_gj: f8[P, C - 1].
        electricity_price_cny_per_mwh: f8[P].
        carbon_price_cny_per_tco2: f8[P, S].
    """
    cost = np.empty(province.size)
    for i in range(province.size):
        p, energy, gross = province[i], 0.0, 0.0
        for c in range(energy_gj.shape[1]):
            energy += energy_gj[i, c] * energy_price_cny_per_gj[p, c]
        for c in range(gross_tco2.shape[1]):
            gross += gross_tco2[i, c]
        running = energy + other_cost_cny[i] + electricity_mwh[i] * electricity_price_cny_per_mwh[p]
        cost[i] = running + carbon_price_cny_per_tco2[p, sector[i]] * gross * (1.0 - captured_share[i])
    return cost


@kernel
def cost_disadvantages(group: Integers, groups: int, capacity: Floats, cost: Floats) -> Floats:
    """Return by how much each facility's cost exceeds the cheapest of its group that can run, f8[N]; 0 if it cannot.

    Args:
        group: i8[N].
        groups: number of groups.
        capacity: f8[N]; 0 where it cannot run.
        cost: f8[N].
    """
    cheapest, excess = np.full(groups, np.inf), np.zeros(group.size)
    for i in range(group.size):
        if capacity[i] > 0.0:
            cheapest[group[i]] = min(cheapest[group[i]], cost[i])
    for i in range(group.size):
        if capacity[i] > 0.0:
            excess[i] = cost[i] - cheapest[group[i]]
    return excess


@kernel
def produce(
    output: Floats,
    energy_gj: Floats,
    gross_tco2: Floats,
    captured_tco2: Floats,
    electricity_mwh: Floats,
    capture_heat_gj: Floats,
    heat_carrier: int,
    heat_co2_t_per_gj: float,
) -> Made:
    """Return energy and CO2 of a year's output; capture burns fuel for its heat, and emits it.

    Args:
        output: f8[N].
        energy_gj: f8[N, C - 1] per unit, this and the next two of `Needs`.
        gross_tco2: f8[N, C].
        captured_tco2: f8[N].
        electricity_mwh: f8[N] of the year.
        capture_heat_gj: f8[N] per t captured.
        heat_carrier: which carrier gives the heat.
        heat_co2_t_per_gj: of that carrier.
    """
    n, carriers = gross_tco2.shape
    burnt, emitted, gross = energy_gj.copy(), gross_tco2.copy(), np.empty(n)
    for i in range(n):
        heat, total = captured_tco2[i] * capture_heat_gj[i], 0.0
        burnt[i, heat_carrier] += heat
        emitted[i, heat_carrier] += heat * heat_co2_t_per_gj
        for c in range(carriers):
            total += emitted[i, c]
        left = 1.0 - captured_tco2[i] / total if captured_tco2[i] > 0.0 else 1.0
        for c in range(carriers - 1):
            burnt[i, c] *= output[i]
        for c in range(carriers):
            emitted[i, c] = emitted[i, c] * left * output[i]
        gross[i] = total * output[i]
    return Made(output, burnt, electricity_mwh, emitted, captured_tco2 * output, gross)


@kernel
def production_costs(
    province: Integers,
    energy_gj: Floats,
    electricity_mwh: Floats,
    output: Floats,
    size: Floats,
    other_cost_cny: Floats,
    fixed_cost_cny: Floats,
    energy_price_cny_per_gj: Floats,
    electricity_price_cny_per_mwh: Floats,
) -> Floats:
    """Return energy, electricity and other cost of the year, f8[N].

    Args:
        province: i8[N].
        energy_gj: f8[N, C - 1] of the year, this and the next two of `Made`.
        electricity_mwh: f8[N].
        output: f8[N].
        size: f8[N] capacity.
        other_cost_cny: f8[N] per unit of output.
        fixed_cost_cny: f8[N] per unit of capacity.
        energy_price_cny_per_gj: f8[P, C - 1].
        electricity_price_cny_per_mwh: f8[P].
    """
    cost = np.empty(province.size)
    for i in range(province.size):
        energy = 0.0
        for c in range(energy_gj.shape[1]):
            energy += energy_gj[i, c] * energy_price_cny_per_gj[province[i], c]
        power = electricity_mwh[i] * electricity_price_cny_per_mwh[province[i]]
        cost[i] = energy + power + other_cost_cny[i] * output[i] + fixed_cost_cny[i] * size[i]
    return cost


@kernel
def free_allowances(
    province: Integers,
    sector: Integers,
    covered: Booleans,
    emitted_tco2: Floats,
    output: Floats,
    reference_tco2: Floats,
    factor: Floats,
    free_share: Floats,
    sensitivity: float,
    limit: float,
) -> Floats:
    """Return allowances, t CO2 f8[N]: A = E (1 + clip(kappa (B - e) / B, -m, +m)), of which a part is free.

    Args:
        province: i8[N].
        sector: i8[N].
        covered: b1[N] may get allowances.
        emitted_tco2: f8[N] E of the year.
        output: f8[N] of the year.
        reference_tco2: f8[N] per unit of output in the base year.
        factor: f8[P, S] of the reference that makes the balance value B.
        free_share: f8[P, S] 0 where the market does not cover the sector.
        sensitivity: kappa.
        limit: m.
    """
    allowances = np.zeros(province.size)
    for i in range(province.size):
        p, s = province[i], sector[i]
        if not covered[i] or free_share[p, s] == 0.0:
            continue
        balance = reference_tco2[i] * factor[p, s]
        intensity = emitted_tco2[i] / output[i] if output[i] > 0.0 else 0.0
        gap = (balance - intensity) / balance if balance > 0.0 else 0.0
        bounded = min(max(sensitivity * gap, -limit), limit)
        allowances[i] = emitted_tco2[i] * (1.0 + bounded) * free_share[p, s]
    return allowances
