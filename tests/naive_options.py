"""What an option changes at one facility, step by step in plain Python."""

from typing import NamedTuple

from tanlu.kernels.industry.options import FacilityColumns, FuelTerms, OptionColumns, Recipes


class Unit(NamedTuple):
    """What a unit of output takes."""

    energy_gj: list[float]  # with capture heat
    electricity_mwh: float
    emitted_tco2: float
    captured_tco2: float
    operation_cny: float  # without fuel and electricity
    fixed_cny: float  # per unit of capacity


def with_capture(
    energy_gj: list[float],
    electricity_mwh: float,
    process_tco2: float,
    capturable: float,
    capture: tuple[float, float, float, float],
    costs: tuple[float, float],
    terms: FuelTerms,
) -> Unit:
    """Return a unit whose capture plant has a rate, and takes heat, electricity and money a tonne."""
    rate, heat_gj, mwh, om = capture
    gross = process_tco2 + sum(gj * co2 for gj, co2 in zip(energy_gj, terms.co2_t_per_gj, strict=True))
    captured = gross * capturable * rate
    energy = list(energy_gj)
    energy[terms.heat_carrier] += captured * heat_gj
    emitted = gross + captured * heat_gj * terms.co2_t_per_gj[terms.heat_carrier] - captured
    operation = costs[0] + captured * om * terms.capture_cost_factor
    return Unit(energy, electricity_mwh + captured * mwh, emitted, captured, operation, costs[1])


def unit_today(w: FacilityColumns, r: int, level: float, terms: FuelTerms) -> Unit:
    capture = w.capture_rate[r], w.capture_heat_gj[r], w.capture_mwh[r], w.capture_om_cny[r]
    return with_capture(
        [gj * level for gj in w.energy_gj[r]],
        w.electricity_mwh[r],
        w.process_tco2[r],
        w.capturable_share[r],
        capture,
        (w.other_cost_cny[r], w.fixed_cost_cny[r]),
        terms,
    )


def unit_after(
    w: FacilityColumns, r: int, level: float, recipes: Recipes, m: OptionColumns, o: int, terms: FuelTerms
) -> Unit:
    k = m.to_process[o]
    if k >= 0:
        energy = list(recipes.energy_gj_per_t[k])
        electricity, process = recipes.electricity_mwh_per_t[k], recipes.process_tco2_per_t[k]
        other, fixed = recipes.other_cost_cny_per_t[k], recipes.fixed_cost_cny_per_t_year[k]
        capturable = recipes.capturable_share[k]
    else:
        added, factor = m.added_energy_gj_per_t[o], m.energy_factor[o]
        energy = [(gj * f + a) * level for gj, f, a in zip(w.energy_gj[r], factor, added, strict=True)]
        electricity = w.electricity_mwh[r] + m.added_electricity_mwh_per_t[o]
        process, capturable = w.process_tco2[r] * m.process_factor[o], w.capturable_share[r]
        other, fixed = w.other_cost_cny[r], w.fixed_cost_cny[r]
    capture = w.capture_rate[r], w.capture_heat_gj[r], w.capture_mwh[r], w.capture_om_cny[r]
    if m.capture_rate[o] > 0.0:
        capture = (
            m.capture_rate[o],
            m.capture_heat_gj_per_tco2[o],
            m.capture_electricity_mwh_per_tco2[o],
            m.capture_om_cny_per_tco2[o],
        )
    costs = other + m.variable_cost_cny_per_t[o], fixed + m.fixed_om_cny_per_t_year[o]
    return with_capture(energy, electricity, process, capturable, capture, costs, terms)


def investment(m: OptionColumns, o: int, size: float, captured_tco2: float, factor: float) -> float:
    """Return the cost of an option that captures so much a year."""
    plain = m.capex_cny_per_t_year[o] * size
    if captured_tco2 <= 0.0:
        return plain
    scale = max(captured_tco2 / (m.reference_mtco2_per_year[o] * 1e6), 1e-6) ** (m.scale_exponent[o] - 1.0)
    return plain + m.capture_capex_cny_per_tco2_year[o] * factor * captured_tco2 * scale


def change(
    r: int,
    o: int,
    output: float,
    level: float,
    w: FacilityColumns,
    recipes: Recipes,
    m: OptionColumns,
    terms: FuelTerms,
    margin: float,
) -> tuple[float, ...]:
    """Return avoided and captured CO2, investment, fixed, operating and heat cost, and electricity."""
    now, after = unit_today(w, r, level, terms), unit_after(w, r, level, recipes, m, o, terms)
    size = output if w.is_block[r] else w.capacity[r]
    price = terms.energy_price_cny_per_gj[w.province[r]]
    built_for = (
        size if w.is_block[r] else min(size, output * (1.0 + margin))
    )  # an idle facility builds nothing
    heat = sum((b - a) * p for a, b, p in zip(now.energy_gj, after.energy_gj, price, strict=True))
    return (
        (now.emitted_tco2 - after.emitted_tco2) * output,
        (after.captured_tco2 - now.captured_tco2) * output,
        investment(
            m, o, size, after.captured_tco2 * built_for, terms.capture_cost_factor * w.capture_site_factor[r]
        ),
        (after.fixed_cny - now.fixed_cny) * size,
        (after.operation_cny - now.operation_cny) * output,
        heat * output,
        (after.electricity_mwh - now.electricity_mwh) * output,
    )
