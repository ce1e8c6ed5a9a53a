"""One pass over power units: what they offer, and what a cleared year means for each."""

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
    availability: Floats  # [U, M] over its mean of the year, which is in the capacity
    minimum_load_share: Floats  # [U]
    compensated_load_share: Floats  # [U] its fuel's ordinary one; 0 where it starts and stops by the hour
    cost_cny_per_mwh: Floats  # [U]
    must_run_mw: Floats  # [P]
    capacity_by_fuel_mw: Floats  # [P, F] net, of all units


@helper
def _net_capacity(
    capacity_mw: float, commissioned: int, retired: int, year: int, penalty: float, whole: bool
) -> float:
    """Return MW in operation in `year`, half of it in the first year unless it counts whole."""
    if not commissioned <= year < retired:
        return 0.0
    share = 0.5 if commissioned == year and not whole else 1.0
    return capacity_mw * (1.0 - penalty) * share


@helper
def _fill_months(planned: float, forced: float, mean: float, density: Floats, month: Floats) -> None:
    """Set a unit's availability by month [M] over its mean of the year."""
    for m in range(month.size):
        month[m] = (1.0 - forced - planned * density[m]) / mean


@kernel
def availability_by_month(
    province: Integers,
    fuel: Integers,
    availability: Floats,
    forced_outage_share: Floats,
    maintenance_density: Floats,
) -> Floats:
    """Return each unit's availability by month over its mean of the year, f8[U, M].

    A unit is out by chance in any month, and for maintenance in those months in which it is missed least:

        A[m] = 1 - forced - (1 - forced - A) density[m]

    so that the year's mean is A.

    Args:
        province: i8[U].
        fuel: i8[U].
        availability: f8[U] mean of the year, outages of both kinds counted.
        forced_outage_share: f8[F] of the year's hours.
        maintenance_density: f8[P, M] the month's share of the year's maintenance over its share of the year's hours.
    """
    by_month = np.empty((fuel.size, maintenance_density.shape[1]))
    for u in range(fuel.size):
        forced = min(forced_outage_share[fuel[u]], 1.0 - availability[u])
        planned = 1.0 - forced - availability[u]
        _fill_months(planned, forced, availability[u], maintenance_density[province[u]], by_month[u])
    return by_month


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
    cofiring_year: Integers,
    thermal: Booleans,
    whole_first_year: Booleans,
    tie_in_outage_share: float,
    utilisation_cap: Floats,
    capture_energy_penalty: Floats,
    fuel_price_cny_per_gj: Floats,
    co2_t_per_gj: Floats,
    burnt_share: Floats,
    biomass_price_cny_per_gj: Floats,
    variable_om_cny_per_mwh: Floats,
    capture_cost_cny_per_tco2: Floats,
    carbon_cost_cny_per_tco2: Floats,
    benchmark_value_cny_per_mwh: Floats,
    minimum_load_share: Floats,
    ordinary_load_share: Floats,
    forced_outage_share: Floats,
    maintenance_density: Floats,
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
        cofiring_year: i8[N] from which it can burn biomass.
        thermal: b1[F] runs in the merit order.
        whole_first_year: b1[F] counts whole in the year it is commissioned.
        tie_in_outage_share: f8 of the year in which capture starts.
        utilisation_cap: f8[P, F] share of available capacity.
        capture_energy_penalty: f8[F] share of net output.
        fuel_price_cny_per_gj: f8[P, F].
        co2_t_per_gj: f8[F].
        burnt_share: f8[P, F] of biomass in the heat of units that can, without fossil CO2.
        biomass_price_cny_per_gj: f8[P] of what is burnt beside the unit's own fuel.
        variable_om_cny_per_mwh: f8[F].
        capture_cost_cny_per_tco2: f8[P, F] operation, transport and storage, less support.
        carbon_cost_cny_per_tco2: f8[P].
        benchmark_value_cny_per_mwh: f8[P, B] price x free allocation.
        minimum_load_share: f8[N] of what is online; 0: starts and stops by the hour.
        ordinary_load_share: f8[F] the same of ordinary units of each fuel.
        forced_outage_share: f8[F] as in `availability_by_month`.
        maintenance_density: f8[P, M] as there.
    """
    n, (provinces, fuels) = fuel.size, fuel_price_cny_per_gj.shape
    rows, zone, kind = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    room, cost, available = np.empty(n), np.empty(n), np.empty(n)
    must_run, by_fuel, u = np.zeros(provinces), np.zeros((provinces, fuels)), 0
    for i in range(n):
        p, f, captures = province[i], fuel[i], capture_year[i] <= year
        penalty = capture_energy_penalty[f] if captures else 0.0
        capacity = _net_capacity(
            capacity_mw[i], commissioned_year[i], retired_year[i], year, penalty, whole_first_year[f]
        )
        by_fuel[p, f] += capacity
        if capacity <= 0.0 or not thermal[f]:
            continue
        mean = availability[i] * (1.0 - tie_in_outage_share) if capture_year[i] == year else availability[i]
        must = min(must_run_share[i], utilisation_cap[p, f]) * mean * capacity
        heat_rate = net_heat_rate_gj_per_mwh[i] / (1.0 - penalty)
        biomass = burnt_share[p, f] if cofiring_year[i] <= year else 0.0
        gross = heat_rate * (1.0 - biomass) * co2_t_per_gj[f]
        captured = gross * capture_rate[i] if captures else 0.0
        price = (1.0 - biomass) * fuel_price_cny_per_gj[p, f] + biomass * biomass_price_cny_per_gj[p]
        running = heat_rate * price + variable_om_cny_per_mwh[f]
        running += carbon_cost_cny_per_tco2[p] * (gross - captured)
        running -= benchmark_value_cny_per_mwh[p, benchmark_class[i]]
        running += captured * capture_cost_cny_per_tco2[p, f]
        must_run[p] += must
        rows[u], zone[u], kind[u], cost[u] = i, p, f, max(running, 0.0)
        room[u], available[u] = max(capacity * mean * utilisation_cap[p, f] - must, 0.0), availability[i]
        u += 1
    least, paid = np.empty(u), np.empty(u)
    for k in range(u):
        least[k] = minimum_load_share[rows[k]]
        paid[k] = ordinary_load_share[kind[k]] if least[k] > 0.0 else 0.0
    by_month = availability_by_month(
        zone[:u], kind[:u], available[:u], forced_outage_share, maintenance_density
    )
    return Offers(
        rows[:u].copy(),
        zone[:u].copy(),
        room[:u].copy(),
        by_month,
        least,
        paid,
        cost[:u].copy(),
        must_run,
        by_fuel,
    )


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
    cofiring_year: Integers,
    thermal: Booleans,
    whole_first_year: Booleans,
    tie_in_outage_share: float,
    utilisation_cap: Floats,
    capture_energy_penalty: Floats,
    fuel_price_cny_per_gj: Floats,
    co2_t_per_gj: Floats,
    burnt_share: Floats,
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
        year: the year; the next 23 as in `offer_capacity`.
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
        cofiring_year: as there.
        thermal: as there.
        whole_first_year: as there.
        tie_in_outage_share: as there.
        utilisation_cap: as there.
        capture_energy_penalty: as there.
        fuel_price_cny_per_gj: as there.
        co2_t_per_gj: as there.
        burnt_share: as there.
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
            mean = (
                availability[i] * (1.0 - tie_in_outage_share) if capture_year[i] == year else availability[i]
            )
            must = min(must_run_share[i], utilisation_cap[p, f]) * mean * capacity * HOURS_PER_YEAR
            output = must + unit_output_mwh[u]
            revenue = must * must_run_price_cny_per_mwh[p] + unit_revenue_cny[u]
            idle = unit_idle_mwh[u] * no_load_fuel_share[f]
            u += 1
        else:
            output = capacity / max(capacity_by_fuel_mw[p, f], 1e-9) * generation_mwh[p, f]
            revenue = capacity * revenue_cny_per_mw[p, f]
        heat, kw = (output + idle) * (net_heat_rate_gj_per_mwh[i] / (1.0 - penalty)), capacity * KW_PER_MW
        biomass = burnt_share[p, f] if cofiring_year[i] <= year else 0.0
        gross = heat * (1.0 - biomass) * co2_t_per_gj[f]
        captured = gross * capture_rate[i] if captures else 0.0
        allocated = output * benchmark[p, benchmark_class[i]] * market_covered[p]
        price = (1.0 - biomass) * fuel_price_cny_per_gj[p, f] + biomass * biomass_price_cny_per_gj[p]
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
