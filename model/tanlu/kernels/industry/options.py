"""What options change at facilities: one pass over pairs of facility and option."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

T_PER_MT = 1e6


class FacilityColumns(NamedTuple):
    """What a unit of output takes today, without capture; axis N."""

    province: Integers
    is_block: Booleans
    capacity: Floats
    energy_gj: Floats  # [N, C - 1] at fossil level 1
    electricity_mwh: Floats
    process_tco2: Floats
    other_cost_cny: Floats
    fixed_cost_cny: Floats  # per unit of capacity
    capturable_share: Floats
    capture_rate: Floats
    capture_heat_gj: Floats  # per t captured, likewise the next two
    capture_mwh: Floats
    capture_om_cny: Floats
    capture_site_factor: Floats  # on the investment in a capture plant


class Recipes(NamedTuple):
    """What a unit takes by process; axis R."""

    energy_gj_per_t: Floats  # [R, C - 1]
    electricity_mwh_per_t: Floats
    process_tco2_per_t: Floats
    other_cost_cny_per_t: Floats
    fixed_cost_cny_per_t_year: Floats
    capturable_share: Floats


class OptionColumns(NamedTuple):
    """What options turn facilities into; axis O."""

    to_process: Integers  # whose recipe holds from then on, -1 where the next ones do
    energy_factor: Floats  # [O, C - 1]
    added_energy_gj_per_t: Floats  # [O, C - 1]
    added_electricity_mwh_per_t: Floats
    process_factor: Floats
    variable_cost_cny_per_t: Floats
    fixed_om_cny_per_t_year: Floats
    capex_cny_per_t_year: Floats
    capture_rate: Floats  # 0 where an option is not to capture
    capture_heat_gj_per_tco2: Floats
    capture_electricity_mwh_per_tco2: Floats
    capture_om_cny_per_tco2: Floats
    capture_capex_cny_per_tco2_year: Floats  # at the reference size
    reference_mtco2_per_year: Floats
    scale_exponent: Floats


class FuelTerms(NamedTuple):
    """What fuel costs and emits this year."""

    energy_price_cny_per_gj: Floats  # [P, C - 1]
    co2_t_per_gj: Floats  # [C - 1]
    heat_carrier: int  # gives capture its heat
    capture_cost_factor: float


class Changes(NamedTuple):
    """What options change in a year; axis n pairs of facility and option, costs positive."""

    avoided_tco2: Floats  # supposing that what is captured stays out of the air
    captured_tco2: Floats  # more than today
    capex_cny: Floats  # before grants
    fixed_cost_cny: Floats
    operation_cost_cny: Floats
    heat_cost_cny: Floats
    electricity_mwh: Floats


@helper
def _power(base: float, exponent: float) -> float:
    """Compute base ** exponent for a positive base from + - * / alone."""
    fraction, shift = math.frexp(base)
    if fraction < 0.7071067811865476:
        fraction, shift = 2.0 * fraction, shift - 1
    s = (fraction - 1.0) / (fraction + 1.0)
    series = 0.0
    for odd in range(23, 1, -2):
        series = series * s * s + 1.0 / odd
    x = exponent * (shift * 0.6931471805599453 + 2.0 * (s + s * series * s * s))
    k = round(x / 0.6931471805599453)
    rest = x - k * 0.6931471805599453
    series = 1.0
    for n in range(15, 0, -1):
        series = 1.0 + series * rest / n
    return math.ldexp(series, int(k))


@helper
def _capture_capex(tonnes: float, o: int, measures: OptionColumns) -> float:
    """Compute the investment in capture of `tonnes` a year, CNY.

    It has economies of scale: I = I_ref (m / m_ref)^n.
    """
    unit_cost = measures.capture_capex_cny_per_tco2_year[o]
    if tonnes <= 0.0 or unit_cost == 0.0:
        return 0.0
    relative = max(tonnes / (measures.reference_mtco2_per_year[o] * T_PER_MT), 1e-6)
    return unit_cost * tonnes * _power(relative, measures.scale_exponent[o] - 1.0)


@helper
def _burn_after(
    r: int,
    o: int,
    c: int,
    level: float,
    facilities: FacilityColumns,
    recipes: Recipes,
    measures: OptionColumns,
) -> float:
    """Compute a unit's fuel of a carrier with the option, GJ.

    The fuel for capture is not counted.
    """
    if measures.to_process[o] >= 0:
        return recipes.energy_gj_per_t[measures.to_process[o], c]
    return (
        facilities.energy_gj[r, c] * measures.energy_factor[o, c] + measures.added_energy_gj_per_t[o, c]
    ) * level


@helper
def _change_recipe(
    r: int, o: int, facilities: FacilityColumns, recipes: Recipes, measures: OptionColumns
) -> tuple[float, float, float, float, float]:
    """Compute how an option changes process CO2, electricity and costs.

    Process CO2 and capturable share are those after it, electricity, other and fixed cost what it adds; capture is not
    counted.
    """
    k = measures.to_process[o]
    cost, fixed = measures.variable_cost_cny_per_t[o], measures.fixed_om_cny_per_t_year[o]
    if k < 0:
        process = facilities.process_tco2[r] * measures.process_factor[o]
        return process, facilities.capturable_share[r], measures.added_electricity_mwh_per_t[o], cost, fixed
    power = recipes.electricity_mwh_per_t[k] - facilities.electricity_mwh[r]
    cost += recipes.other_cost_cny_per_t[k] - facilities.other_cost_cny[r]
    fixed += recipes.fixed_cost_cny_per_t_year[k] - facilities.fixed_cost_cny[r]
    return recipes.process_tco2_per_t[k], recipes.capturable_share[k], power, cost, fixed


@helper
def _capture_after(
    r: int, o: int, facilities: FacilityColumns, measures: OptionColumns
) -> tuple[float, float, float, float]:
    """Return capture rate, heat, electricity and cost with an option.

    The last three are GJ, MWh and CNY per t captured; an option that is not to capture leaves today's.
    """
    if measures.capture_rate[o] > 0.0:
        new = measures
        return (
            new.capture_rate[o],
            new.capture_heat_gj_per_tco2[o],
            new.capture_electricity_mwh_per_tco2[o],
            new.capture_om_cny_per_tco2[o],
        )
    return (
        facilities.capture_rate[r],
        facilities.capture_heat_gj[r],
        facilities.capture_mwh[r],
        facilities.capture_om_cny[r],
    )


@kernel
def change_facilities(
    row: Integers,
    option: Integers,
    output: Floats,
    level: Floats,
    facilities: FacilityColumns,
    recipes: Recipes,
    measures: OptionColumns,
    terms: FuelTerms,
    margin_share: float,
) -> Changes:
    """Compute how options change cost, energy and CO2 of facilities.

    Capture in place takes its share of whatever is emitted then.

    Args:
        row: i8[n] of the facility of each pair.
        option: i8[n] of each pair.
        output: f8[n] a year of the facility of each pair, at which it is valued.
        level: f8[N] of fossil use per unit, 1 in the base year.
        facilities: of all facilities.
        recipes: of all processes.
        measures: of all options.
        terms: of the year.
        margin_share: by which a capture plant is built larger than for that output, up to its capacity.
    """
    n, heat_price = row.size, terms.energy_price_cny_per_gj[:, terms.heat_carrier]
    avoided, captured, capex, fixed = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    operation, heat, power = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        r, o, quantity = row[i], option[i], output[i]
        process, share, added_mwh, other_cost, fixed_cost = _change_recipe(
            r, o, facilities, recipes, measures
        )
        old_co2, new_co2, fuel_cost = facilities.process_tco2[r], process, 0.0
        for c in range(terms.co2_t_per_gj.size):
            old_fuel = facilities.energy_gj[r, c] * level[r]
            new_fuel = _burn_after(r, o, c, level[r], facilities, recipes, measures)
            old_co2 += old_fuel * terms.co2_t_per_gj[c]
            new_co2 += new_fuel * terms.co2_t_per_gj[c]
            fuel_cost += (new_fuel - old_fuel) * terms.energy_price_cny_per_gj[facilities.province[r], c]
        rate, heat_gj, mwh, om = _capture_after(r, o, facilities, measures)
        old_capture, new_capture = (
            old_co2 * facilities.capturable_share[r] * facilities.capture_rate[r],
            new_co2 * share * rate,
        )
        added_heat = new_capture * heat_gj - old_capture * facilities.capture_heat_gj[r]
        handling = (new_capture * om - old_capture * facilities.capture_om_cny[r]) * terms.capture_cost_factor
        size = quantity if facilities.is_block[r] else facilities.capacity[r]
        built_for = size if facilities.is_block[r] else min((1.0 + margin_share) * quantity, size)
        plant = _capture_capex(new_capture * built_for, o, measures) * facilities.capture_site_factor[r]
        avoided[i] = (
            old_co2
            - old_capture
            - new_co2
            + new_capture
            - added_heat * terms.co2_t_per_gj[terms.heat_carrier]
        ) * quantity
        captured[i] = (new_capture - old_capture) * quantity
        capex[i] = measures.capex_cny_per_t_year[o] * size + plant * terms.capture_cost_factor
        fixed[i] = fixed_cost * size
        operation[i] = (other_cost + handling) * quantity
        heat[i] = (fuel_cost + added_heat * heat_price[facilities.province[r]]) * quantity
        power[i] = (added_mwh + new_capture * mwh - old_capture * facilities.capture_mwh[r]) * quantity
    return Changes(avoided, captured, capex, fixed, operation, heat, power)
