"""One pass over power units: what they offer, what a cleared year means for each, and what capture would change."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

HOURS_PER_YEAR = 8760.0
KW_PER_MW = 1e3

kernel = njit(nogil=True, cache=True)
# Helpers take numbers, not arrays: arrays that a loop hands on cost a reference count each time.
helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


class Offers(NamedTuple):
    """What units offer; axis U thermal units in operation, in the order of the population."""

    rows: Integers  # [U]
    zone: Integers  # [U]
    capacity_mw: Floats  # [U] above must-run
    cost_cny_per_mwh: Floats  # [U]
    must_run_mw: Floats  # [P]
    capacity_by_fuel_mw: Floats  # [P, F] net, of all units


class Units(NamedTuple):
    """What capture at a unit depends on; axis N."""

    province: Integers
    fuel: Integers
    capacity_mw: Floats
    availability: Floats
    net_heat_rate_gj_per_mwh: Floats
    capture_year: Integers
    retired_year: Integers
    benchmark_class: Integers


class CaptureTechnology(NamedTuple):
    """What capture takes and costs by fuel; axis F."""

    rate: Floats
    energy_penalty: Floats  # share of net output
    co2_t_per_gj: Floats
    lead_time_years: Integers
    capex_cny_per_tco2_year: Floats
    om_cny_per_tco2: Floats
    life_years: int
    tie_in_outage_share_of_year: float


class Retrofits(NamedTuple):
    """What capture retrofits would take and change in a year; axis n, costs positive."""

    lead_years: Integers
    life_years: Integers
    capex_cny: Floats  # before grants
    captured_tco2: Floats
    full_tco2: Floats  # at full output
    operation_cny: Floats
    lost_output_cny: Floats
    lost_mwh: Floats
    lost_allowances_cny: Floats
    downtime_cny: Floats


@helper
def _net_capacity(
    capacity_mw: float, commissioned: int, retired: int, year: int, penalty: float, whole: bool
) -> float:
    """Return MW in operation in `year`, half of it in the first year unless it counts whole."""
    if not commissioned <= year < retired:
        return 0.0
    share = 0.5 if commissioned == year and not whole else 1.0
    return capacity_mw * (1.0 - penalty) * share


@kernel
def offer_capacity(
    year: int,
    province: Integers,
    fuel: Integers,
    capacity_mw: Floats,
    commissioned_year: Integers,
    retired_year: Integers,
    net_heat_rate_gj_per_mwh: Floats,
    must_run_share: Floats,
    availability: Floats,
    capture_rate: Floats,
    capture_year: Integers,
    benchmark_class: Integers,
    biomass_share: Floats,
    thermal: Booleans,
    whole_first_year: Booleans,
    utilisation_cap: Floats,
    capture_energy_penalty: Floats,
    fuel_price_cny_per_gj: Floats,
    co2_t_per_gj: Floats,
    biomass_price_cny_per_gj: Floats,
    variable_om_cny_per_mwh: Floats,
    capture_cost_cny_per_tco2: Floats,
    carbon_cost_cny_per_tco2: Floats,
    benchmark_value_cny_per_mwh: Floats,
) -> Offers:
    """Return what every thermal unit in operation offers, and net capacity by province and fuel.

    Marginal cost is fuel, operation, capture and p (e - B): free allocation by output lowers it. The utilisation
    cap wins over must-run.

    Args:
        year: for which is offered.
        province: i8[N]; likewise the next eleven, the columns of the population.
        fuel: i8[N].
        capacity_mw: f8[N].
        commissioned_year: i8[N].
        retired_year: i8[N].
        net_heat_rate_gj_per_mwh: f8[N].
        must_run_share: f8[N] of available capacity.
        availability: f8[N].
        capture_rate: f8[N].
        capture_year: i8[N] from which it captures.
        benchmark_class: i8[N].
        biomass_share: f8[N] of the heat, without fossil CO2.
        thermal: b1[F] runs in the merit order.
        whole_first_year: b1[F] counts whole in the year it is commissioned.
        utilisation_cap: f8[P, F] share of available capacity.
        capture_energy_penalty: f8[F] share of net output.
        fuel_price_cny_per_gj: f8[P, F].
        co2_t_per_gj: f8[F].
        biomass_price_cny_per_gj: f8[P] of what is burnt beside the unit's own fuel.
        variable_om_cny_per_mwh: f8[F].
        capture_cost_cny_per_tco2: f8[P, F] operation, transport and storage, less support.
        carbon_cost_cny_per_tco2: f8[P].
        benchmark_value_cny_per_mwh: f8[P, B] price x free allocation.
    """
    n, (provinces, fuels) = fuel.size, fuel_price_cny_per_gj.shape
    rows, room, cost = np.empty(n, np.int64), np.empty(n), np.empty(n)
    zone, must_run, by_fuel = np.empty(n, np.int64), np.zeros(provinces), np.zeros((provinces, fuels))
    u = 0
    for i in range(n):
        p, f, captures = province[i], fuel[i], capture_year[i] <= year
        penalty = capture_energy_penalty[f] if captures else 0.0
        capacity = _net_capacity(
            capacity_mw[i], commissioned_year[i], retired_year[i], year, penalty, whole_first_year[f]
        )
        by_fuel[p, f] += capacity
        if capacity <= 0.0 or not thermal[f]:
            continue
        must = min(must_run_share[i], utilisation_cap[p, f]) * availability[i] * capacity
        heat_rate = net_heat_rate_gj_per_mwh[i] / (1.0 - penalty)
        fossil = 1.0 - biomass_share[i]
        gross = heat_rate * fossil * co2_t_per_gj[f]
        captured = gross * capture_rate[i] if captures else 0.0
        price = fossil * fuel_price_cny_per_gj[p, f] + biomass_share[i] * biomass_price_cny_per_gj[p]
        running = heat_rate * price + variable_om_cny_per_mwh[f]
        running += carbon_cost_cny_per_tco2[p] * (gross - captured)
        running -= benchmark_value_cny_per_mwh[p, benchmark_class[i]]
        running += captured * capture_cost_cny_per_tco2[p, f]
        must_run[p] += must
        rows[u], zone[u], cost[u] = i, p, max(running, 0.0)
        room[u] = max(capacity * availability[i] * utilisation_cap[p, f] - must, 0.0)
        u += 1
    return Offers(rows[:u].copy(), zone[:u].copy(), room[:u].copy(), cost[:u].copy(), must_run, by_fuel)


@kernel
def close_accounts(
    year: int,
    province: Integers,
    fuel: Integers,
    capacity_mw: Floats,
    commissioned_year: Integers,
    retired_year: Integers,
    net_heat_rate_gj_per_mwh: Floats,
    must_run_share: Floats,
    availability: Floats,
    capture_rate: Floats,
    capture_year: Integers,
    benchmark_class: Integers,
    biomass_share: Floats,
    thermal: Booleans,
    whole_first_year: Booleans,
    utilisation_cap: Floats,
    capture_energy_penalty: Floats,
    fuel_price_cny_per_gj: Floats,
    co2_t_per_gj: Floats,
    biomass_price_cny_per_gj: Floats,
    variable_om_cny_per_mwh: Floats,
    capture_cost_cny_per_tco2: Floats,
    carbon_cost_cny_per_tco2: Floats,
    benchmark: Floats,
    fixed_om_cny_per_kw_year: Floats,
    market_covered: Floats,
    market_price_cny_per_tco2: float,
    capacity_payment_cny_per_kw_year: Floats,
    premium_cny_per_mwh: Floats,
    capacity_by_fuel_mw: Floats,
    generation_mwh: Floats,
    revenue_cny_per_mw: Floats,
    must_run_price_cny_per_mwh: Floats,
    unit_output_mwh: Floats,
    unit_idle_mwh: Floats,
    unit_revenue_cny: Floats,
    no_load_fuel_share: Floats,
) -> Floats:
    """Return output, CO2 and money of every unit for a cleared year, f8[14, N].

    Rows: MWh; gross, captured, emitted and allocated t CO2; revenue, fuel, operation, capture and carbon cost,
    capacity payment, premium, both together, profit in CNY. All zero for units that are not in operation. What is
    online without output burns the no-load share of full-load fuel, so that part load costs more per MWh.

    Args:
        year: the year; the next 21 as in `offer_capacity`.
        province: as there.
        fuel: as there.
        capacity_mw: as there.
        commissioned_year: as there.
        retired_year: as there.
        net_heat_rate_gj_per_mwh: as there.
        must_run_share: as there.
        availability: as there.
        capture_rate: as there.
        capture_year: as there.
        benchmark_class: as there.
        biomass_share: as there.
        thermal: as there.
        whole_first_year: as there.
        utilisation_cap: as there.
        capture_energy_penalty: as there.
        fuel_price_cny_per_gj: as there.
        co2_t_per_gj: as there.
        biomass_price_cny_per_gj: as there.
        variable_om_cny_per_mwh: as there.
        capture_cost_cny_per_tco2: as there, before support.
        carbon_cost_cny_per_tco2: as there.
        benchmark: f8[P, B] free allocation, t CO2/MWh.
        fixed_om_cny_per_kw_year: f8[F].
        market_covered: f8[P] 1 where the carbon market covers power.
        market_price_cny_per_tco2: of allowances.
        capacity_payment_cny_per_kw_year: f8[P, F].
        premium_cny_per_mwh: f8[P, F].
        capacity_by_fuel_mw: f8[P, F] of the offer.
        generation_mwh: f8[P, F] of what runs outside the merit order; units share it by capacity.
        revenue_cny_per_mw: f8[P, F] of the same.
        must_run_price_cny_per_mwh: f8[P].
        unit_output_mwh: f8[U] without must-run of the thermal units, in the order of the offer.
        unit_idle_mwh: f8[U] online without output.
        unit_revenue_cny: f8[U].
        no_load_fuel_share: f8[F] of full-load fuel.
    """
    book, u = np.zeros((14, fuel.size)), 0
    for i in range(fuel.size):
        p, f, captures = province[i], fuel[i], capture_year[i] <= year
        penalty = capture_energy_penalty[f] if captures else 0.0
        capacity = _net_capacity(
            capacity_mw[i], commissioned_year[i], retired_year[i], year, penalty, whole_first_year[f]
        )
        if capacity <= 0.0:
            continue
        idle = 0.0
        if thermal[f]:
            must = min(must_run_share[i], utilisation_cap[p, f]) * availability[i] * capacity * HOURS_PER_YEAR
            output = must + unit_output_mwh[u]
            revenue = must * must_run_price_cny_per_mwh[p] + unit_revenue_cny[u]
            idle = unit_idle_mwh[u] * no_load_fuel_share[f]
            u += 1
        else:
            output = capacity / max(capacity_by_fuel_mw[p, f], 1e-9) * generation_mwh[p, f]
            revenue = capacity * revenue_cny_per_mw[p, f]
        heat, kw = (output + idle) * (net_heat_rate_gj_per_mwh[i] / (1.0 - penalty)), capacity * KW_PER_MW
        fossil = 1.0 - biomass_share[i]
        gross = heat * fossil * co2_t_per_gj[f]
        captured = gross * capture_rate[i] if captures else 0.0
        allocated = output * benchmark[p, benchmark_class[i]] * market_covered[p]
        price = fossil * fuel_price_cny_per_gj[p, f] + biomass_share[i] * biomass_price_cny_per_gj[p]
        fuel_cost = heat * price
        operation = kw * fixed_om_cny_per_kw_year[f] + output * variable_om_cny_per_mwh[f]
        capture = captured * capture_cost_cny_per_tco2[p, f]
        carbon = carbon_cost_cny_per_tco2[p] * (gross - captured) - market_price_cny_per_tco2 * allocated
        payment = kw * capacity_payment_cny_per_kw_year[p, f]
        premium = output * premium_cny_per_mwh[p, f]
        support = payment + premium
        book[0, i], book[1, i], book[2, i], book[3, i] = output, gross, captured, gross - captured
        book[4, i], book[5, i], book[6, i], book[7, i] = allocated, revenue, fuel_cost, operation
        book[8, i], book[9, i], book[10, i], book[11, i] = capture, carbon, payment, premium
        book[12, i], book[13, i] = support, revenue + support - (fuel_cost + operation + capture + carbon)
    return book


@helper
def _levelled(
    now: float, path: Floats, rate: float, lead: int, life: int, belief: float
) -> tuple[float, float]:
    """Return the price expected over a project's life, and what 1 CNY in each year of its life is worth.

    The part of the announced `path` that is not believed stays at today's price; beyond its end it is flat.
    """
    step = 1.0 / (1.0 + rate)
    factor, worth, total = 1.0, 0.0, 0.0
    for t in range(lead, lead + life):
        factor *= step
        worth += factor
        total += factor * path[min(t, path.size - 1)]
    return ((1.0 - belief) * now + belief * total / worth, worth) if life > 0 else (0.0, 0.0)


@kernel
def retrofit_capture(
    rows: Integers,
    rate: Floats,
    belief: Floats,
    year: int,
    units: Units,
    technology: CaptureTechnology,
    output_mwh: Floats,
    revenue_cny: Floats,
    profit_cny: Floats,
    benchmark: Floats,
    market_price_cny_per_tco2: float,
    market_path_cny_per_tco2: Floats,
) -> Retrofits:
    """Return what capture at units would take and change.

    The electricity that heat and compressors take is sold no more: it is worth its mean price of a cleared year, and
    would have brought free allowances at the market's price, levelled over the project. While capture is tied in, the
    unit stands still for longer than its overhaul; that share of a year's profit is lost once, and spread here over
    the years of operation.

    Args:
        rows: i8[n] of the units.
        rate: f8[n] real hurdle rate.
        belief: f8[n] how far its owner believes what is announced.
        year: in which they decide.
        units: of all units.
        technology: by fuel.
        output_mwh: f8[N] of the cleared year; likewise the next two.
        revenue_cny: f8[N].
        profit_cny: f8[N].
        benchmark: f8[P, B] free allocation, t CO2 per MWh.
        market_price_cny_per_tco2: this year's.
        market_path_cny_per_tco2: f8[T] announced for the years ahead.
    """
    n = rows.size
    lead, life = np.empty(n, np.int64), np.empty(n, np.int64)
    capex, captured, full, operation = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    lost_cny, lost_mwh, allowances, downtime = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        r, f = rows[i], units.fuel[rows[i]]
        penalty = technology.energy_penalty[f]
        own_use = penalty if units.capture_year[r] <= year else 0.0
        heat_rate = units.net_heat_rate_gj_per_mwh[r] / (1.0 - own_use)
        per_mwh = heat_rate * technology.co2_t_per_gj[f] * technology.rate[f]
        lead[i] = technology.lead_time_years[f]
        life[i] = min(max(units.retired_year[r] - year - lead[i], 0), technology.life_years)
        price, years = _levelled(
            market_price_cny_per_tco2, market_path_cny_per_tco2, rate[i], lead[i], life[i], belief[i]
        )
        captured[i] = output_mwh[r] * per_mwh
        full[i] = units.capacity_mw[r] * units.availability[r] * HOURS_PER_YEAR * per_mwh
        capex[i] = technology.capex_cny_per_tco2_year[f] * full[i]
        operation[i] = captured[i] * technology.om_cny_per_tco2[f]
        lost_cny[i], lost_mwh[i] = penalty * revenue_cny[r], penalty * output_mwh[r]
        allowances[i] = lost_mwh[i] * benchmark[units.province[r], units.benchmark_class[r]] * price
        outage = technology.tie_in_outage_share_of_year * max(profit_cny[r], 0.0)
        downtime[i] = outage / max(years, 1e-9)
    return Retrofits(lead, life, capex, captured, full, operation, lost_cny, lost_mwh, allowances, downtime)
