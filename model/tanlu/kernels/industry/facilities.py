"""One pass over all facilities: what a unit of output needs and costs, what a year emits, and what it earns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]


class Needs(NamedTuple):
    """What a unit of output needs before its capture plant's heat; axes N, carrier C, the last C is process CO2."""

    energy_gj: Floats  # [N, C - 1]
    gross_tco2: Floats  # [N, C]
    captured_tco2: Floats  # [N] what capture takes of it
    captured_share: Floats  # [N] the same as a share
    electricity_mwh: Floats  # [N] with the capture plant's


class FacilityUse(NamedTuple):
    """What a unit of output takes at fossil level 1; axis N, the columns of the population."""

    energy_gj: Floats  # [N, C - 1]
    process_tco2: Floats
    electricity_mwh: Floats  # without capture
    capturable_share: Floats  # of CO2
    capture_rate: Floats  # of what is capturable
    capture_year: Integers  # from which it captures
    capture_mwh: Floats  # per t captured


class FacilityPrices(NamedTuple):
    """What facilities pay."""

    energy_cny_per_gj: Floats  # [P, C - 1]
    electricity_cny_per_mwh: Floats  # [P]
    carbon_cny_per_tco2: Floats  # [P, S] of what is emitted


class AllocationRule(NamedTuple):
    """How industry gets free allowances."""

    balance_factor: Floats  # [P, S] by which B is tightened
    free_share: Floats  # [P, S] 0 where the market does not cover the sector
    sensitivity: float  # kappa
    limit: float  # m


class ProductionOutcome(NamedTuple):
    """A year of production; axis N facilities and blocks."""

    output: Floats  # [N] t, or index for a block
    energy_gj: Floats  # [N, C - 1] with capture heat
    electricity_mwh: Floats  # [N]
    emitted_tco2: Floats  # [N, C] after capture, fossil only
    captured_tco2: Floats  # [N]
    gross_tco2: Floats  # [N] in fuel and process, before capture


@kernel
def needs_per_unit(year: int, level: Floats, use: FacilityUse, co2_t_per_gj: Floats) -> Needs:
    """Compute energy, CO2 and electricity of a unit of output.

    Args:
        year: the year.
        level: f8[N] of fossil use per unit, 1 in the base year.
        use: at level 1.
        co2_t_per_gj: f8[C - 1].
    """
    n, carriers = use.energy_gj.shape
    energy, gross = np.empty((n, carriers)), np.empty((n, carriers + 1))
    captured, share, electricity = np.zeros(n), np.zeros(n), use.electricity_mwh.copy()
    for i in range(n):
        total = 0.0
        for c in range(carriers):
            energy[i, c] = use.energy_gj[i, c] * level[i]
            gross[i, c] = energy[i, c] * co2_t_per_gj[c]
            total += gross[i, c]
        gross[i, carriers] = use.process_tco2[i]
        if use.capture_year[i] <= year:
            share[i] = use.capturable_share[i] * use.capture_rate[i]
            captured[i] = (total + use.process_tco2[i]) * use.capturable_share[i] * use.capture_rate[i]
            electricity[i] += captured[i] * use.capture_mwh[i]
    return Needs(energy, gross, captured, share, electricity)


@kernel
def unit_costs(
    province: Integers, sector: Integers, needs: Needs, other_cost_cny: Floats, prices: FacilityPrices
) -> Floats:
    """Compute the variable cost of a unit of output, f8[N].

    It is the cost of energy, electricity, other inputs and carbon.

    Args:
        province: i8[N].
        sector: i8[N].
        needs: of a unit.
        other_cost_cny: f8[N] materials and what else varies with output.
        prices: of the year.
    """
    cost = np.empty(province.size)
    for i in range(province.size):
        p, energy, gross = province[i], 0.0, 0.0
        for c in range(needs.energy_gj.shape[1]):
            energy += needs.energy_gj[i, c] * prices.energy_cny_per_gj[p, c]
        for c in range(needs.gross_tco2.shape[1]):
            gross += needs.gross_tco2[i, c]
        power = needs.electricity_mwh[i] * prices.electricity_cny_per_mwh[p]
        running = energy + other_cost_cny[i] + power
        cost[i] = running + prices.carbon_cny_per_tco2[p, sector[i]] * gross * (1.0 - needs.captured_share[i])
    return cost


@kernel
def cost_disadvantages(group: Integers, groups: int, capacity: Floats, cost: Floats) -> Floats:
    """Compute each facility's cost above the cheapest of its group, f8[N].

    The cheapest is one that can run; a facility that cannot has 0.

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
    needs: Needs,
    electricity_mwh: Floats,
    capture_heat_gj: Floats,
    heat_carrier: int,
    heat_co2_t_per_gj: float,
) -> ProductionOutcome:
    """Compute energy and CO2 of a year's output.

    Capture burns fuel for its heat, and emits the CO2 of that fuel.

    Args:
        output: f8[N].
        needs: of a unit.
        electricity_mwh: f8[N] of the year.
        capture_heat_gj: f8[N] per t captured.
        heat_carrier: which carrier gives the heat.
        heat_co2_t_per_gj: of that carrier.
    """
    n, carriers = needs.gross_tco2.shape
    captured = needs.captured_tco2
    burnt, emissions, gross = needs.energy_gj.copy(), needs.gross_tco2.copy(), np.empty(n)
    for i in range(n):
        heat, total = captured[i] * capture_heat_gj[i], 0.0
        burnt[i, heat_carrier] += heat
        emissions[i, heat_carrier] += heat * heat_co2_t_per_gj
        for c in range(carriers):
            total += emissions[i, c]
        escaping_share = 1.0 - captured[i] / total if captured[i] > 0.0 else 1.0
        for c in range(carriers - 1):
            burnt[i, c] *= output[i]
        for c in range(carriers):
            emissions[i, c] = emissions[i, c] * escaping_share * output[i]
        gross[i] = total * output[i]
    return ProductionOutcome(output, burnt, electricity_mwh, emissions, captured * output, gross)


@kernel
def production_costs(
    province: Integers,
    production: ProductionOutcome,
    size: Floats,
    other_cost_cny: Floats,
    fixed_cost_cny: Floats,
    prices: FacilityPrices,
) -> Floats:
    """Compute energy, electricity and other cost of the year, f8[N].

    Args:
        province: i8[N].
        production: in the year.
        size: f8[N] capacity.
        other_cost_cny: f8[N] per unit of output.
        fixed_cost_cny: f8[N] per unit of capacity.
        prices: of the year.
    """
    cost = np.empty(province.size)
    for i in range(province.size):
        energy = 0.0
        for c in range(production.energy_gj.shape[1]):
            energy += production.energy_gj[i, c] * prices.energy_cny_per_gj[province[i], c]
        power = production.electricity_mwh[i] * prices.electricity_cny_per_mwh[province[i]]
        cost[i] = energy + power + other_cost_cny[i] * production.output[i] + fixed_cost_cny[i] * size[i]
    return cost


@kernel
def free_allowances(
    province: Integers,
    sector: Integers,
    covered: Booleans,
    emitted_tco2: Floats,
    output: Floats,
    balance_tco2: Floats,
    rule: AllocationRule,
) -> Floats:
    """Compute free allowances from the allocation rule, t CO2 f8[N].

    A = E (1 + clip(kappa (B - e) / B, -m, +m)), of which a part is free.

    Args:
        province: i8[N].
        sector: i8[N].
        covered: b1[N] may get allowances.
        emitted_tco2: f8[N] E of the year.
        output: f8[N] of the year.
        balance_tco2: f8[N] B before tightening, per unit of output.
        rule: of the year.
    """
    allowances = np.zeros(province.size)
    for i in range(province.size):
        p, s = province[i], sector[i]
        if not covered[i] or rule.free_share[p, s] == 0.0:
            continue
        balance = balance_tco2[i] * rule.balance_factor[p, s]
        intensity = emitted_tco2[i] / output[i] if output[i] > 0.0 else 0.0
        gap = (balance - intensity) / balance if balance > 0.0 else 0.0
        bounded = min(max(rule.sensitivity * gap, -rule.limit), rule.limit)
        allowances[i] = emitted_tco2[i] * (1.0 + bounded) * rule.free_share[p, s]
    return allowances
