"""What an industrial option is worth: investment, energy, CO2 and the price at which it would pay."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.finance import power
from model.kernels.appraisal import Projects
from model.region_industry import ENERGY
from model.signals import Floats, Integers, ProductionOutcome, Signals
from model.valuation import appraise_outlets

if TYPE_CHECKING:
    from model.agents.industry import Industry

GAS = ENERGY.index("gas")


class Needs(NamedTuple):
    """What a unit of output needs, today or once an option is in place; axis n."""

    energy_gj: Floats  # [n, ENERGY] with capture heat
    electricity_mwh: Floats
    emitted_tco2: Floats
    captured_tco2: Floats
    other_cost_cny: Floats  # that an option adds, and of running capture


def option_value(
    industry: "Industry",
    signals: Signals,
    made: ProductionOutcome,
    row: Integers,
    option: Integers,
    rate: Floats,
    belief: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return NPV, investment after grant and switching carbon price of facility-option pairs [n]."""
    o, p, s = industry.data.options, industry.province[row], industry.sector[row]
    now, after = _now(industry, row, signals), _after(industry, row, option, signals)
    output = made.output[row]
    saved = ((now.energy_gj - after.energy_gj) * signals.energy_price_cny_per_gj[p]).sum(axis=1)
    saved += (now.electricity_mwh - after.electricity_mwh) * signals.electricity_price_cny_per_mwh[p]
    avoided = now.emitted_tco2 - after.emitted_tco2
    stored = after.captured_tco2 - now.captured_tco2
    saved -= after.other_cost_cny - now.other_cost_cny
    grant = np.where(o.capture_rate[option] > 0.0, signals.capture_grant_share[p, s], 0.0)
    capex = _capex(industry, signals, row, option, output, after.captured_tco2 * output) * (1.0 - grant)
    project = Projects(
        province=p,
        sector=s,
        capex_cny=capex,
        lead_years=o.lead_time_years[option],
        life_years=o.lifetime_years[option],
        cash_cny=saved * output,
        avoided_tco2=avoided * output,
        stored_tco2=stored * output,
        rate=rate,
        belief=belief[industry.owner[row]],
    )
    value, switching = appraise_outlets(signals, industry.region.co2, project)
    return value, capex, switching


def _now(industry: "Industry", row: Integers, signals: Signals) -> Needs:
    """Return what a unit of output needs today, capture in place included [n]."""
    needs = industry.needs(signals.year)
    gross, energy = needs.gross_tco2[row], needs.energy_gj[row]
    captured = gross.sum(axis=1) * industry.capturable_share[row] * industry.capture_rate[row]
    heat = captured * industry.capture_heat_gj[row]
    energy[:, GAS] += heat
    emitted = gross.sum(axis=1) + heat * industry.region.power.carrier_co2_t_per_gj[GAS] - captured
    om = industry.capture_om_cny[row] * signals.capture_cost_factor
    return Needs(energy, needs.electricity_mwh[row], emitted, captured, captured * om)


def _after(industry: "Industry", row: Integers, option: Integers, signals: Signals) -> Needs:
    """Return what a unit of output would need after the option [n]."""
    o, r = industry.data.options, industry.data.processes
    k, switch = o.to_process[option], o.to_process[option] >= 0
    level = industry.intensity(signals.year)[row][:, None]
    energy = (industry.energy_gj[row] * o.energy_factor[option] + o.added_energy_gj_per_t[option]) * level
    energy = np.where(switch[:, None], r.energy_gj_per_t[k], energy)
    process = np.where(switch, r.process_tco2_per_t[k], industry.process_tco2[row] * o.process_factor[option])
    electricity = industry.electricity_mwh[row] + o.added_electricity_mwh_per_t[option]
    electricity = np.where(switch, r.electricity_mwh_per_t[k], electricity)
    other = np.where(switch, r.other_cost_cny_per_t[k] - industry.other_cost_cny[row], 0.0)
    gross = (energy * industry.region.power.carrier_co2_t_per_gj[: len(ENERGY)]).sum(axis=1) + process
    new = o.capture_rate[option] > 0.0
    capture = np.where(new, o.capture_rate[option], industry.capture_rate[row])
    captured = gross * np.where(switch, r.capturable_share[k], industry.capturable_share[row]) * capture
    heat = np.where(new, o.capture_heat_gj_per_tco2[option], industry.capture_heat_gj[row])
    mwh = np.where(new, o.capture_electricity_mwh_per_tco2[option], industry.capture_mwh[row])
    om = np.where(new, o.capture_om_cny_per_tco2[option], industry.capture_om_cny[row])
    energy[:, GAS] += captured * heat
    extra = captured * heat * industry.region.power.carrier_co2_t_per_gj[GAS]
    cost = other + o.variable_cost_cny_per_t[option] + o.fixed_om_cny_per_t_year[option]
    cost = cost + captured * om * signals.capture_cost_factor
    return Needs(energy, electricity + captured * mwh, gross + extra - captured, captured, cost)


def _capex(
    industry: "Industry", signals: Signals, row: Integers, option: Integers, output: Floats, captured: Floats
) -> Floats:
    """Return the investment, CNY [n]: by capacity, and capture by I = I_ref (m / m_ref)^n of scale."""
    o = industry.data.options
    size = np.where(industry.is_block[row], output, industry.capacity[row])
    plain = o.capex_cny_per_t_year[option] * size
    share = np.divide(output, size, out=np.ones_like(output), where=size > 0.0)
    tonnes = np.divide(captured, share, out=np.zeros_like(captured), where=share > 0.0)
    reference = o.reference_mtco2_per_year[option] * 1e6
    scale = power(np.maximum(tonnes / reference, 1e-6), o.scale_exponent[option] - 1.0)
    capture = o.capture_capex_cny_per_tco2_year[option] * signals.capture_cost_factor
    return plain + capture * tonnes * np.where(tonnes > 0.0, scale, 0.0)
