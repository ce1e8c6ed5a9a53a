"""What an industrial option is worth, what it makes of facilities, from which CO2 price it pays, and who may close."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import LAST_DATA_YEAR, F
from tanlu.core.signals import Signals
from tanlu.industry.closures import projects_closed
from tanlu.industry.efficiency_rule import allowance_share, is_in_force, penalty_after, penalty_now
from tanlu.industry.facility_rows import FacilityRows
from tanlu.industry.metal import added_metal_cost
from tanlu.industry.prices import scrap_prices
from tanlu.investment.capture_terms import Considered, Running
from tanlu.investment.population import GREEN_RATE
from tanlu.investment.taxation import worths_of_standing
from tanlu.investment.valuation import Bids, appraise_outlets, storage_bids
from tanlu.kernels.appraisal import Projects
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.industry.options import Changes, FacilityColumns, FuelTerms, change_facilities
from tanlu.region.industry import ENERGY
from tanlu.region.tables import select_rows

GAS = ENERGY.index("gas")


class OptionValue(NamedTuple):
    """What facility-option pairs are worth, and what that follows from; axis n."""

    npv_cny: Floats
    switching_price_cny_per_tco2: Floats
    projects: Projects
    running: Running


def option_value(
    industry: FacilityRows,
    signals: Signals,
    production: ProductionOutcome,
    row: Integers,
    option: Integers,
    rate: Floats,
    belief: Floats,
) -> OptionValue:
    """Value pairs of facility and option [n]."""
    projects, running = option_projects(industry, signals, production, row, option, rate, belief)
    contracted = industry.contract_tco2[row] > 0.0
    value, switching = appraise_outlets(
        signals, industry.region.co2, projects, industry.sites(row), contracted
    )
    return OptionValue(value, switching, projects, running)


def collect_capture(
    industry: FacilityRows,
    signals: Signals,
    row: Integers,
    cell: tuple[Integers, Integers],
    value: OptionValue,
) -> Considered | None:
    """Collect the capture projects among pairs of facility and option.

    None if there are none.

    Args:
        industry: all of it.
        signals: the year's signals.
        row: of each pair's facility [n].
        cell: row and option of each pair in the appraisal [n].
        value: of each pair.
    """
    pair = np.flatnonzero(industry.data.options.effect.capture_rate[cell[1] - 1] > 0.0)
    if pair.size == 0:
        return None
    projects = select_rows(value.projects, pair)
    return Considered(
        row=cell[0][pair],
        option=cell[1][pair],
        projects=projects,
        running=select_rows(value.running, pair),
        grant_share=signals.capture_aid_share[projects.province, projects.sector],
        sites=industry.sites(row[pair]),
        contracted=industry.contract_tco2[row[pair]] > 0.0,
    )


def option_projects(
    industry: FacilityRows,
    signals: Signals,
    production: ProductionOutcome,
    row: Integers,
    option: Integers,
    rate: Floats,
    belief: Floats,
) -> tuple[Projects, Running]:
    """Compute cost and benefit of facility-option pairs, and their cash [n].

    Capture is valued at the output that is expected over a contract's life, all else at this year's.
    """
    o, p, s = industry.data.options, industry.province[row], industry.sector[row]
    captures, fund = o.effect.capture_rate[option] > 0.0, signals.green_fund_share[p]
    expected = industry.expected_output(signals.data_row, production.output)[row]
    output = np.where(captures, expected, production.output[row])
    changes = _change_facilities(industry, signals, output, row, option)
    running = _sum_running_cost(industry, signals, production, output, row, option, changes)
    counted_share = _average_counted_share(signals, o.lead_time_years[option], o.lifetime_years[option])
    grant = np.where(captures, signals.capture_aid_share[p, s], fund)
    projects = Projects(
        province=p,
        sector=s,
        capex_cny=changes.capex_cny * (1.0 - grant),
        lead_years=o.lead_time_years[option],
        life_years=o.lifetime_years[option],
        cash_cny=running.cash_cny,
        avoided_tco2=changes.avoided_tco2,
        stored_tco2=changes.captured_tco2,
        rate=rate,
        belief=belief[industry.owner[row]],
        allowance_share=allowance_share(industry, signals, production, output, row, changes, counted_share),
        trust=signals.promises.trust[industry.owner[row]],
        tax_class=F + s,
    )
    return projects, running


def _average_counted_share(signals: Signals, lead_years: Integers, life_years: Integers) -> Floats:
    """Average the share in which captured CO2 needs no allowances [n].

    It is that of the years of operation, as announced.
    """
    path = signals.carbon.capture_counts_path
    years = np.concatenate([[0.0], np.cumsum(path)])
    last = np.minimum(lead_years + life_years, path.size)
    first = np.minimum(lead_years, last)
    beyond = (lead_years + life_years - last) * path[-1]
    return np.asarray((years[last] - years[first] + beyond) / np.maximum(life_years, 1))


def _change_facilities(
    industry: FacilityRows, signals: Signals, output: Floats, row: Integers, option: Integers
) -> Changes:
    changes: Changes = change_facilities(
        row,
        option,
        output,
        industry.intensity(signals.year),
        FacilityColumns._make(getattr(industry, column) for column in FacilityColumns._fields),
        industry.recipes,
        industry.data.options.effect,
        FuelTerms(
            energy_price_cny_per_gj=signals.prices.energy_price_cny_per_gj,
            co2_t_per_gj=industry.region.power.carrier_co2_t_per_gj[: len(ENERGY)],
            heat_carrier=GAS,
            capture_cost_factor=signals.co2.capture_cost_factor,
        ),
        industry.region.co2.transport["hub_booking_margin_share"],
    )
    return changes


def _sum_running_cost(
    industry: FacilityRows,
    signals: Signals,
    production: ProductionOutcome,
    output: Floats,
    row: Integers,
    option: Integers,
    changes: Changes,
) -> Running:
    nothing, price = np.zeros(row.size), signals.prices.electricity_price_cny_per_mwh[industry.province[row]]
    material = _add_scrap_and_metal_cost(industry, signals, production, row, option)
    if is_in_force(signals.expected_energy_rule):
        material += penalty_after(industry, signals, row, option) - penalty_now(industry, signals, row)
    return Running(
        fixed_operation_cny=-changes.fixed_cost_cny,
        operation_cny=-(changes.operation_cost_cny + material * output),
        heat_cny=-changes.heat_cost_cny,
        electricity_cny=-changes.electricity_mwh * price,
        lost_output_cny=nothing,
        allowances_cny=nothing,
        downtime_cny=nothing,
        taken_mwh=changes.electricity_mwh,
    )


def capture_bids(
    industry: FacilityRows,
    signals: Signals,
    production: ProductionOutcome,
    hurdle: Floats,
    belief: Floats,
) -> tuple[Integers, Bids, Projects]:
    """Collect the bids of facilities for storing CO2, with their projects.

    They are of all that could start to capture, whenever its window is: what each would commit to its CO2 hub. Of
    several ways to capture, the one that bears the highest tariff counts.

    Args:
        industry: all of it.
        signals: the year's signals.
        production: this year's production.
        hurdle: real discount rate of ordinary and of green projects by owner, [W, 2].
        belief: how far each owner believes announced policy, [W].
    """
    rows = np.flatnonzero(industry.active(signals.year))
    capture = industry.data.options.effect.capture_rate > 0.0
    bars = projects_closed(industry, rows, signals.year, production.output)
    local, option = np.nonzero(bars.is_open & capture)
    row = rows[local]
    rate = hurdle[industry.owner[row], GREEN_RATE] + industry.own_premium[row]
    project, _ = option_projects(industry, signals, production, row, option, rate, belief)
    output = industry.expected_output(signals.data_row, production.output)[row]
    size = capture_size_tco2(industry, row, project.stored_tco2, output)
    bids = storage_bids(signals, industry.region.co2, project, industry.sites(row), size)
    order = np.lexsort((-bids.willing_cny_per_tco2, row))
    best = order[np.unique(row[order], return_index=True)[1]]
    return row[best], select_rows(bids, best), select_rows(project, best)


def capture_size_tco2(industry: FacilityRows, row: Integers, tonnes: Floats, output: Floats) -> Floats:
    """Compute what capture plants are built for, t CO2 a year [n].

    It is what they are expected to take and a margin, no more than at full output; of a block what they take.

    Args:
        industry: all of it.
        row: of the facilities [n].
        tonnes: what they are expected to take a year, t CO2 [n].
        output: at which they take it [n].
    """
    full = np.divide(industry.capacity[row], output, out=np.ones(row.size), where=output > 0.0)
    most = np.minimum(full, 1.0 + industry.region.co2.transport["hub_booking_margin_share"])
    return np.asarray(tonnes * np.where(industry.is_block[row], 1.0, np.maximum(most, 1.0)))


def shortest_lead_years(industry: FacilityRows) -> int:
    """Return the shortest lead time of a facility's capture plant; without any it is beyond all years."""
    o = industry.data.options
    return int(o.lead_time_years[o.effect.capture_rate > 0.0].min(initial=LAST_DATA_YEAR))


def _add_scrap_and_metal_cost(
    industry: FacilityRows, signals: Signals, production: ProductionOutcome, row: Integers, option: Integers
) -> Floats:
    """Compute how options change scrap and metal cost, CNY a unit [n].

    Deciders count with the projects under way and with what their own use does to the price.
    """
    o, k = industry.data.options, industry.data.options.effect.to_process[option]
    now_t, cost = industry.scrap_t[row], np.zeros(row.size)
    recipe = industry.data.processes.scrap_t_per_t[k]
    after_t = np.where(k >= 0, recipe, now_t + o.added_scrap_t_per_t[option])
    melts = np.flatnonzero((now_t > 0.0) | (after_t > 0.0))
    if melts.size == 0:
        return cost
    melters, now_t, after_t = row[melts], now_t[melts], after_t[melts]
    sector = industry.sector[melters]
    use = industry.scrap_committed(production)[sector]
    later_use = np.maximum(use + (after_t - now_t) * production.output[melters], 0.0)
    price = scrap_prices(industry.data.scrap, np.stack([use, later_use]), signals.data_row, sector)
    metal = added_metal_cost(industry, signals, melters, after_t - now_t)
    cost[melts] = after_t * price[1] - now_t * price[0] + metal
    return cost


def closing_value(
    industry: FacilityRows, signals: Signals, rows: Integers, rate: Floats
) -> tuple[Floats, Floats]:
    """Compute NPV and cost of closing [n].

    The mean loss of the last years ends, and who is employed there is paid. Both are after tax.
    """
    parameters = industry.region.parameters
    years = np.full(rows.size, int(parameters["closure_horizon_years"]))
    tax_class = F + industry.sector[rows]
    worth, _ = worths_of_standing(
        signals.taxes, tax_class, rate, years, industry.start_year[rows], signals.year
    )
    size = np.where(industry.is_block[rows], 0.0, industry.capacity[rows])
    cost = parameters["closing_cost_share_of_sales"] * size * industry.price(signals)[rows]
    after_tax = cost * (1.0 - signals.taxes.full_rate(tax_class, signals.year + 1))
    return -industry.profit_cny[rows].mean(axis=1) * worth - after_tax, cost


def put_in_place(industry: FacilityRows, row: int, option: int, year: int) -> None:
    """Turn a ready option into what the facility is from `year` on."""
    o, r, k = (
        industry.data.options,
        industry.data.processes,
        int(industry.data.options.effect.to_process[option]),
    )
    if o.at_reline[option]:
        industry.last_reline_year[row] = year
    if k >= 0:
        industry.process[row] = k
        industry.energy_gj[row], industry.electricity_mwh[row] = (
            r.energy_gj_per_t[k],
            r.electricity_mwh_per_t[k],
        )
        industry.process_tco2[row], industry.other_cost_cny[row] = (
            r.process_tco2_per_t[k],
            r.other_cost_cny_per_t[k],
        )
        industry.scrap_t[row] = r.scrap_t_per_t[k]
        industry.fixed_cost_cny[row] = (
            r.fixed_cost_cny_per_t_year[k] + o.effect.fixed_om_cny_per_t_year[option]
        )
        industry.capturable_share[row] = r.capturable_share[k]
        industry.applies[row] = o.open_to_process[k]
        return
    industry.energy_gj[row] = (
        industry.energy_gj[row] * o.effect.energy_factor[option] + o.effect.added_energy_gj_per_t[option]
    )
    industry.electricity_mwh[row] += o.effect.added_electricity_mwh_per_t[option]
    industry.process_tco2[row] *= o.effect.process_factor[option]
    industry.scrap_t[row] += o.added_scrap_t_per_t[option]
    industry.other_cost_cny[row] += o.effect.variable_cost_cny_per_t[option]
    industry.fixed_cost_cny[row] += o.effect.fixed_om_cny_per_t_year[option]
    if o.effect.capture_rate[option] > 0.0:
        industry.capture_rate[row], industry.capture_year[row] = o.effect.capture_rate[option], year
        industry.capture_heat_gj[row] = o.effect.capture_heat_gj_per_tco2[option]
        industry.capture_mwh[row] = o.effect.capture_electricity_mwh_per_tco2[option]
        industry.capture_om_cny[row] = o.effect.capture_om_cny_per_tco2[option]
