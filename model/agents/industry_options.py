"""What an industrial option is worth, the price on CO2 at which it would pay, and who may close."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.agents.industry_metal import metal_cost
from model.agents.industry_rules import penalty_after, penalty_now
from model.capture_terms import Considered, Running, taken
from model.finance import power
from model.kernels.appraisal import Projects
from model.markets.goods import scrap_prices
from model.region_industry import ENERGY
from model.signals import Booleans, Floats, Integers, ProductionOutcome, Signals
from model.valuation import Bids, appraise_outlets, storage_bids

if TYPE_CHECKING:
    from model.agents.industry import Industry

GAS = ENERGY.index("gas")


class Needs(NamedTuple):
    """What a unit of output needs, today or once an option is in place; axis n."""

    energy_gj: Floats  # [n, ENERGY] with capture heat
    electricity_mwh: Floats
    emitted_tco2: Floats
    captured_tco2: Floats
    scrap_t: Floats
    other_cost_cny: Floats  # that an option adds, of running capture, and penalties for energy
    fixed_cost_cny: Floats  # per unit of capacity


class OptionValue(NamedTuple):
    """What facility-option pairs are worth, and what that follows from; axis n."""

    npv_cny: Floats
    switching_price_cny_per_tco2: Floats
    projects: Projects
    running: Running


def option_value(
    industry: "Industry",
    signals: Signals,
    made: ProductionOutcome,
    row: Integers,
    option: Integers,
    rate: Floats,
    belief: Floats,
) -> OptionValue:
    """Return what facility-option pairs are worth [n]."""
    projects, running = option_projects(industry, signals, made, row, option, rate, belief)
    contracted = industry.contract_tco2[row] > 0.0
    value, switching = appraise_outlets(
        signals, industry.region.co2, projects, industry.sites(row), contracted
    )
    return OptionValue(value, switching, projects, running)


def considered_capture(
    industry: "Industry",
    signals: Signals,
    row: Integers,
    at: tuple[Integers, Integers],
    value: OptionValue,
) -> Considered | None:
    """Return the capture projects among facility-option pairs, None if there are none.

    Args:
        industry: all of it.
        signals: the year's signals.
        row: of each pair's facility [n].
        at: row and option of each pair in the appraisal [n].
        value: of each pair.
    """
    pair = np.flatnonzero(industry.data.options.capture_rate[at[1] - 1] > 0.0)
    if pair.size == 0:
        return None
    projects = taken(value.projects, pair)
    return Considered(
        row=at[0][pair],
        option=at[1][pair],
        projects=projects,
        running=taken(value.running, pair),
        grant_share=signals.capture_grant_share[projects.province, projects.sector],
        sites=industry.sites(row[pair]),
        contracted=industry.contract_tco2[row[pair]] > 0.0,
    )


def option_projects(
    industry: "Industry",
    signals: Signals,
    made: ProductionOutcome,
    row: Integers,
    option: Integers,
    rate: Floats,
    belief: Floats,
) -> tuple[Projects, Running]:
    """Return what facility-option pairs would cost and bring, and what makes up their cash [n]."""
    o, p, s = industry.data.options, industry.province[row], industry.sector[row]
    now, after = _now(industry, row, signals), _after(industry, row, option, signals)
    output = made.output[row]
    avoided = now.emitted_tco2 - after.emitted_tco2
    stored = after.captured_tco2 - now.captured_tco2
    running = _running(industry, signals, made, row, now, after)
    grant = np.where(o.capture_rate[option] > 0.0, signals.capture_grant_share[p, s], 0.0)
    capex = _capex(industry, signals, row, option, output, after.captured_tco2 * output) * (1.0 - grant)
    projects = Projects(
        province=p,
        sector=s,
        capex_cny=capex,
        lead_years=o.lead_time_years[option],
        life_years=o.lifetime_years[option],
        cash_cny=running.cash_cny,
        avoided_tco2=avoided * output,
        stored_tco2=stored * output,
        rate=rate,
        belief=belief[industry.owner[row]],
    )
    return projects, running


def _running(
    industry: "Industry", signals: Signals, made: ProductionOutcome, row: Integers, now: Needs, after: Needs
) -> Running:
    p, output, size = industry.province[row], made.output[row], _size(industry, row, made.output[row])
    fuel = ((now.energy_gj - after.energy_gj) * signals.energy_price_cny_per_gj[p]).sum(axis=1)
    more_mwh = (after.electricity_mwh - now.electricity_mwh) * output
    scrap = _scrap_cost(industry, signals, made, row, now.scrap_t, after.scrap_t)
    return Running(
        fixed_operation_cny=-(after.fixed_cost_cny - now.fixed_cost_cny) * size,
        operation_cny=-(after.other_cost_cny - now.other_cost_cny + scrap) * output,
        heat_cny=fuel * output,
        electricity_cny=-more_mwh * signals.electricity_price_cny_per_mwh[p],
        lost_output_cny=np.zeros(row.size),
        allowances_cny=np.zeros(row.size),
        downtime_cny=np.zeros(row.size),
        taken_mwh=more_mwh,
    )


def capture_bids(
    industry: "Industry",
    signals: Signals,
    made: ProductionOutcome,
    hurdle: Floats,
    belief: Floats,
) -> tuple[Integers, Bids]:
    """Return who could start to capture, whenever its window is, and what each would commit to its CO2 hub.

    Of several ways to capture, the one that bears the highest tariff counts.

    Args:
        industry: all of it.
        signals: the year's signals.
        made: this year's production; a project is valued at this output.
        hurdle: real discount rate of ordinary and of green projects by owner, [W, 2].
        belief: how far each owner believes announced policy, [W].
    """
    may = industry.active(signals.year) & ~industry.busy() & (made.output > 0.0)
    rows = np.flatnonzero(may)
    capture = industry.data.options.capture_rate > 0.0
    local, option = np.nonzero(industry.open_options(rows, signals.year) & capture)
    row = rows[local]
    rate = hurdle[industry.owner[row], 1] + industry.own_premium[row]
    project, _ = option_projects(industry, signals, made, row, option, rate, belief)
    full = project.stored_tco2 * industry.capacity[row] / made.output[row]
    bids = storage_bids(signals, industry.region.co2, project, industry.sites(row), full)
    order = np.lexsort((-bids.willing_cny_per_tco2, row))
    best = order[np.unique(row[order], return_index=True)[1]]
    return row[best], Bids._make(column[best] for column in bids)


def _now(industry: "Industry", row: Integers, signals: Signals) -> Needs:
    """Return what a unit of output needs today, capture in place included [n]."""
    needs = industry.needs(signals.year)
    gross, energy = needs.gross_tco2[row], needs.energy_gj[row]
    captured = gross.sum(axis=1) * industry.capturable_share[row] * industry.capture_rate[row]
    heat = captured * industry.capture_heat_gj[row]
    energy[:, GAS] += heat
    emitted = gross.sum(axis=1) + heat * industry.region.power.carrier_co2_t_per_gj[GAS] - captured
    om = industry.capture_om_cny[row] * signals.capture_cost_factor
    other, scrap = captured * om + penalty_now(industry, signals, row), industry.scrap_t[row]
    other = other + metal_cost(industry, signals, row, 0.0)
    return Needs(
        energy, needs.electricity_mwh[row], emitted, captured, scrap, other, industry.fixed_cost_cny[row]
    )


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
    cost = other + o.variable_cost_cny_per_t[option] + captured * om * signals.capture_cost_factor
    cost += penalty_after(industry, signals, row, option)
    more_scrap = np.where(switch, r.scrap_t_per_t[k] - industry.scrap_t[row], o.added_scrap_t_per_t[option])
    cost += metal_cost(industry, signals, row, more_scrap)
    fixed = np.where(switch, r.fixed_cost_cny_per_t_year[k], industry.fixed_cost_cny[row])
    fixed = fixed + o.fixed_om_cny_per_t_year[option]
    scrap = np.where(switch, r.scrap_t_per_t[k], industry.scrap_t[row] + o.added_scrap_t_per_t[option])
    return Needs(energy, electricity + captured * mwh, gross + extra - captured, captured, scrap, cost, fixed)


def _scrap_cost(
    industry: "Industry",
    signals: Signals,
    made: ProductionOutcome,
    row: Integers,
    now_t: Floats,
    after_t: Floats,
) -> Floats:
    """Return what the option adds to the cost of scrap per unit of output [n].

    Deciders count with the projects under way and with what their own use does to the price.
    """
    cost, melts = np.zeros(row.size), np.flatnonzero((now_t > 0.0) | (after_t > 0.0))
    if melts.size == 0:
        return cost
    scrap, sector, i = industry.data.scrap, industry.sector[row[melts]], np.arange(melts.size)
    committed = industry.scrap_committed(made)
    today = scrap_prices(scrap, committed, signals.data_row)[sector]
    use, more = np.repeat(committed[None, :], melts.size, axis=0), after_t[melts] - now_t[melts]
    use[i, sector] = np.maximum(use[i, sector] + more * made.output[row[melts]], 0.0)
    then = scrap_prices(scrap, use, signals.data_row)[i, sector]
    cost[melts] = after_t[melts] * then - now_t[melts] * today
    return cost


def _capex(
    industry: "Industry", signals: Signals, row: Integers, option: Integers, output: Floats, captured: Floats
) -> Floats:
    """Return the investment, CNY [n]: by capacity, and capture by I = I_ref (m / m_ref)^n of scale."""
    o = industry.data.options
    size = _size(industry, row, output)
    plain = o.capex_cny_per_t_year[option] * size
    share = np.divide(output, size, out=np.ones_like(output), where=size > 0.0)
    tonnes = np.divide(captured, share, out=np.zeros_like(captured), where=share > 0.0)
    reference = o.reference_mtco2_per_year[option] * 1e6
    scale = power(np.maximum(tonnes / reference, 1e-6), o.scale_exponent[option] - 1.0)
    capture = o.capture_capex_cny_per_tco2_year[option] * signals.capture_cost_factor
    return plain + capture * tonnes * np.where(tonnes > 0.0, scale, 0.0)


def _size(industry: "Industry", row: Integers, output: Floats) -> Floats:
    """Return what an investment has to be made for [n]: the capacity of a facility, the output of a block."""
    return np.where(industry.is_block[row], output, industry.capacity[row])


def can_be_spared(
    industry: "Industry", rows: Integers, wants: Booleans, signals: Signals, made: ProductionOutcome
) -> Booleans:
    """Return who of those that want to close may, without a shortage of his product [n]: the greatest losers first.

    Whoever is needed stays: the price would rise before his customers went without.
    """
    standing = np.where(industry.active(signals.year + 1) & ~industry.is_block, industry.capacity, 0.0)
    usable = standing * industry.region.parameters["maximum_utilisation"]
    spare = np.bincount(industry.group, usable - np.where(industry.is_block, 0.0, made.output))
    loss = -industry.profit_cny[rows].mean(axis=1) / np.where(wants, industry.capacity[rows], 1.0)
    spared = np.zeros(rows.size, dtype=bool)
    for i in np.argsort(-loss, kind="stable"):
        row = rows[i]
        if wants[i] and usable[row] <= spare[industry.group[row]]:
            spare[industry.group[row]] -= usable[row]
            spared[i] = True
    return spared
