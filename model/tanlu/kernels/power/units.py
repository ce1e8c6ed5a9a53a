"""One pass over power units: what they offer, and what a cleared year means for each."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Records = NDArray[np.void]

HOURS_PER_YEAR = 8760.0
KW_PER_MW = 1e3

# Helpers take numbers, not arrays: arrays that a loop hands on cost a reference count each time.

# What never changes in a run, by fuel [F]: one record array costs a call less than an array for each field.
UNIT_FUEL = np.dtype(
    [
        ("thermal", "u1"),  # 1: runs in the merit order
        ("hydro", "u1"),
        ("co2_t_per_gj", "f8"),  # fossil
        ("variable_om_cny_per_mwh", "f8"),
        ("fixed_om_cny_per_kw_year", "f8"),
        (
            "minimum_load_share",
            "f8",
        ),  # of ordinary units, of what is online; 0: they start and stop by the hour
        ("no_load_fuel_share", "f8"),  # of full-load fuel
        ("forced_outage_share", "f8"),  # of the year's hours
        ("capture_rate", "f8"),
        ("capture_energy_penalty", "f8"),  # share of net output
    ],
    align=True,
)


class UnitColumns(NamedTuple):
    """What power units are; axis N, the columns of the population."""

    province: Integers
    fuel: Integers
    capacity_mw: Floats
    commissioned_year: Integers
    retired_year: Integers
    net_heat_rate_gj_per_mwh: Floats
    must_run_share: Floats  # of available capacity
    sells_heat: Floats  # 1: must-run output follows the heat of the month
    contract_share: Floats  # of capacity: mean of the year that gas already paid for can give
    minimum_load_share: Floats  # of what is online; 0: starts and stops by the hour
    availability: Floats
    hours_share: Floats  # of the hours of its kind; 1 but of wind and sun on worse sites
    capture_rate: Floats
    capture_year: Integers  # from which it captures
    capture_law: Integers  # under which it was started, row of `capture_support_cny_per_tco2`
    benchmark_class: Integers
    base_period_mwh: Floats  # output of a year before its class is capped
    cofiring_year: Integers  # from which it can burn biomass


class UnitTerms(NamedTuple):
    """What a year's rules and prices are for units; axes province P, fuel F, benchmark class B."""

    last_year_of_known_water: int  # up to it hydro counts whole in its first year, as in the statistic
    tie_in_outage_share: float  # of the year in which capture starts
    utilisation_cap: Floats  # [P, F] most output of a year, share of capacity; 1 sets no limit
    fuel_price_cny_per_gj: Floats  # [P, F]
    burnt_share: Floats  # [P, F] of biomass in the heat of units that can burn it
    biomass_price_cny_per_gj: Floats  # [P] of what is burnt instead of the unit's own fuel
    heat_density: Floats  # [P, M] heat of the month over that of the mean month
    contract_density: Floats  # [P, M] the same of contracted gas
    contract_value_share: float  # of its price: what contracted gas that is not burnt brings
    capture_cost_cny_per_tco2: Floats  # [P, F] operation, transport and storage
    capture_support_cny_per_tco2: Floats  # [law, P]
    carbon_cost_cny_per_tco2: Floats  # [P]
    captured_allowance_cny_per_tco2: Floats  # [P] of what a captured tonne needs all the same
    captured_needs_share: float  # of a captured tonne that needs allowances
    benchmark: Floats  # [P, B] free allocation of one more MWh, t CO2
    base_benchmark: Floats  # [P, B] of a MWh of the base period
    least_free_share: Floats  # [P, B] of what needs allowances, given free whatever the output
    market_covered: Floats  # [P] 1 where the carbon market covers power
    market_price_cny_per_tco2: float  # of allowances


class PowerOffer(NamedTuple):
    """What power plants offer for a year; axis U thermal units of the merit order, in the order of the population.

    A unit that has gas by take-or-pay contract stands there twice, first with what that gas can give.
    """

    rows: Integers  # [U] row of the population
    zone: Integers  # [U]
    capacity_mw: Floats  # [U] above must-run
    availability: Floats  # [U, M] over its mean of the year, which is in the capacity
    minimum_load_share: Floats  # [U] of that, while it is online; 0: starts and stops by the hour
    # [U] for which it is paid its cost while it is online: its fuel's ordinary one; 0 where it starts and stops by the
    # hour
    compensated_load_share: Floats
    cost_cny_per_mwh: Floats  # [U] at full load
    no_load_cny_per_mwh: Floats  # [U] of it: what an hour online costs a MW without output
    # [U] what a cap leaves it beyond must-run, which may be more than its own share of the cap; inf without one
    yearly_limit_mwh: Floats
    outage_mw: Floats  # [U] that are missing while the unit is out by chance, must-run included
    outage_share: Floats  # [U] of the hours; 0 of contracted gas, whose unit is out in its second offer
    must_run_mw: Floats  # [P, M]
    contract_mw: Floats  # [P, M] of the offers: by contracted gas
    capacity_by_fuel_mw: Floats  # [P, F] net capacity in operation


class UnitSales(NamedTuple):
    """What the electricity market made of an offer."""

    capacity_by_fuel_mw: Floats  # [P, F] of the offer
    generation_mwh: Floats  # [P, F] of what runs outside the merit order; units share it by capacity
    revenue_cny_per_mw: Floats  # [P, F] of the same
    must_run_price_cny_per_mwh: Floats  # [P]
    heat_led_price_cny_per_mwh: Floats  # [P] of must-run output that follows heat
    unit_output_mwh: Floats  # [U] without must-run of the thermal units, in the order of the offer
    unit_idle_mwh: Floats  # [U] online without output
    unit_revenue_cny: Floats  # [U]
    shadow_price_cny_per_mwh: Floats  # [P] of the yearly limits: what a MWh of limited units pays


class PlantAccounts(NamedTuple):
    """What a year meant for each unit; axis N, money in CNY of 2020."""

    output_mwh: Floats
    gross_tco2: Floats
    captured_tco2: Floats
    emitted_tco2: Floats  # gross less what is captured
    allocated_tco2: Floats
    revenue_cny: Floats  # less what is paid for limited hours
    limit_payment_cny: Floats  # that payment, to customers
    fuel_cost_cny: Floats
    operation_cost_cny: Floats
    capture_cost_cny: Floats
    carbon_cost_cny: Floats
    capacity_payment_cny: Floats
    premium_cny: Floats
    feed_in_cny: Floats  # what feed-in prices add to what the market pays; none here
    difference_cny: Floats  # what contracts for difference pay, below zero where plants pay back; none here
    own_use_cny: Floats  # grid charge and losses that own use spares a works; none here
    waste_fee_cny: Floats  # what cities pay for burning waste; none here
    reserve_cny: Floats  # what emergency reserve is paid; none here
    heat_cny: Floats  # what heat brings above its fuel; none here
    support_cny: Floats  # capacity payment, premium, feed-in, difference, own use, waste fee and reserve
    profit_cny: Floats  # revenue, heat and support less fuel, operation, capture and carbon


@helper
def _net_capacity(
    capacity_mw: float, commissioned: int, retired: int, year: int, penalty: float, whole: bool
) -> float:
    """Compute the net MW of a unit in operation in `year`.

    In its first year half of it counts, unless the year counts whole.
    """
    if not commissioned <= year < retired:
        return 0.0
    share = 0.5 if commissioned == year and not whole else 1.0
    return capacity_mw * (1.0 - penalty) * share


@helper
def _must_run_mw(share: float, allowed_share: float, mean: float, capacity: float) -> float:
    """Compute a unit's must-run output under its province's cap, MW."""
    return share * allowed_share * mean * capacity


@helper
def _share_must_run(year: int, units: UnitColumns, fuels: Records, terms: UnitTerms) -> Floats:
    """Compute the share of must-run output that a cap leaves, [P, F].

    It is 1 while must-run alone is within the cap. Units of a province share their cap, so that those which may wait
    leave hours to those which must run.
    """
    must_run, capped = np.zeros(terms.utilisation_cap.shape), np.zeros(terms.utilisation_cap.shape)
    for i in range(units.fuel.size):
        p, f, captures = units.province[i], units.fuel[i], units.capture_year[i] <= year
        penalty = fuels[f]["capture_energy_penalty"] if captures else 0.0
        first, last = units.commissioned_year[i], units.retired_year[i]
        capacity = _net_capacity(units.capacity_mw[i], first, last, year, penalty, False)
        ties_in = units.capture_year[i] == year
        mean = _mean_availability(units.availability[i], ties_in, terms.tie_in_outage_share)
        must_run[p, f] += _must_run_mw(units.must_run_share[i], 1.0, mean, capacity)
        capped[p, f] += terms.utilisation_cap[p, f] * capacity
    return np.minimum(capped / np.maximum(must_run, 1e-9), 1.0)


@helper
def _mean_availability(availability: float, ties_in: bool, outage_share: float) -> float:
    """Compute the year's mean availability, shorter while capture is tied in."""
    return availability * (1.0 - outage_share) if ties_in else availability


@helper
def _heat_rate(without_capture: float, penalty: float) -> float:
    """Compute GJ of fuel per net MWh with the capture plant's own use."""
    return without_capture / (1.0 - penalty)


@helper
def _burn(heat_gj: float, biomass_share: float, co2_t_per_gj: float, rate: float) -> tuple[float, float]:
    """Compute gross and captured fossil CO2 of heat, t."""
    gross = heat_gj * (1.0 - biomass_share) * co2_t_per_gj
    return gross, gross * rate


@helper
def _heat_price(biomass_share: float, fuel_cny_per_gj: float, biomass_cny_per_gj: float) -> float:
    """Compute the price of a GJ of heat."""
    return (1.0 - biomass_share) * fuel_cny_per_gj + biomass_share * biomass_cny_per_gj


@helper
def _fill_months(availability: float, forced_outage_share: float, density: Floats, month: Floats) -> None:
    """Set a unit's availability by month [M] over its yearly mean."""
    forced_share = min(forced_outage_share, 1.0 - availability)
    maintenance_share, peak = 1.0 - forced_share - availability, density.max()
    if maintenance_share * peak <= 1.0 - forced_share:
        for m in range(month.size):
            month[m] = (1.0 - forced_share - maintenance_share * density[m]) / availability
        return
    # A month has no room for more than all of it: the year's outages are spread as unevenly as there is room.
    unevenness = ((1.0 - forced_share) / maintenance_share - 1.0) / (peak - 1.0)
    for m in range(month.size):
        outage_share = maintenance_share * (1.0 + unevenness * (density[m] - 1.0))
        month[m] = max(1.0 - forced_share - outage_share, 0.0) / availability


@kernel
def availability_by_month(
    province: Integers,
    fuel: Integers,
    availability: Floats,
    forced_outage_share: Floats,
    maintenance_density: Floats,
) -> Floats:
    """Compute units' availability by month over their yearly mean, f8[U, M].

    A unit is out by chance in any month, and for maintenance in those months in which it is missed least:

        A[m] = 1 - forced - (1 - forced - A) density[m]

    so that the year's mean is A. Where that would be negative in a month, the months differ less, until it is 0 there.

    Args:
        province: i8[U].
        fuel: i8[U].
        availability: f8[U] mean of the year, outages of both kinds counted.
        forced_outage_share: f8[F] of the year's hours.
        maintenance_density: f8[P, M] the month's share of the year's maintenance over its share of the year's hours.
    """
    by_month = np.empty((fuel.size, maintenance_density.shape[1]))
    for u in range(fuel.size):
        density = maintenance_density[province[u]]
        _fill_months(availability[u], forced_outage_share[fuel[u]], density, by_month[u])
    return by_month


@helper
def _split_contract(capacity_mw: float, contract_mw: float, by_month: Floats, density: Floats) -> None:
    """Set availability by month of a unit's two offers, [2, M], from what the whole unit has in the second row.

    The first is what contracted gas gives in each month, the second the rest of `capacity_mw`.
    """
    for m in range(density.size):
        by_month[0, m] = density[m]
        rest_mw = capacity_mw * by_month[1, m] - contract_mw * density[m]
        by_month[1, m] = max(rest_mw, 0.0) / max(capacity_mw - contract_mw, 1e-9)


@helper
def _allocate_free(
    output: float, gross: float, captured: float, terms: UnitTerms, p: int, kind: int
) -> tuple[float, bool]:
    """Compute free allowances, and whether they follow emissions.

    They follow what is burnt where that gives more than output does.
    """
    by_emissions = gross - captured + terms.captured_needs_share * captured
    by_emissions *= terms.least_free_share[p, kind]
    by_output = output * terms.benchmark[p, kind]
    return max(by_output, by_emissions) * terms.market_covered[p], by_emissions > by_output


@helper
def _describe_offers(
    rows: Integers,
    zone: Integers,
    room: Floats,
    units: UnitColumns,
    fuels: Records,
    densities: tuple[Floats, Floats],
) -> tuple[Floats, Floats, Floats]:
    """Return availability by month [U, M], minimum load and the load that is compensated [U].

    Args:
        rows: of the units that offer [U]; with contracted gas twice, one after the other.
        zone: where [U].
        room: what they offer, MW [U].
        units: the population.
        fuels: `UNIT_FUEL` [F].
        densities: of maintenance and of contracted gas over the months [P, M].
    """
    maintenance, contract = densities
    minimum_load, compensated_load = np.empty(rows.size), np.empty(rows.size)
    by_month = np.empty((rows.size, maintenance.shape[1]))
    for k in range(rows.size):
        fuel, minimum_load[k] = fuels[units.fuel[rows[k]]], units.minimum_load_share[rows[k]]
        compensated_load[k] = fuel["minimum_load_share"] if minimum_load[k] > 0.0 else 0.0
        mean, out = units.availability[rows[k]], fuel["forced_outage_share"]
        _fill_months(mean, out, maintenance[zone[k]], by_month[k])
        if k > 0 and rows[k - 1] == rows[k]:
            _split_contract(room[k - 1] + room[k], room[k - 1], by_month[k - 1 : k + 1], contract[zone[k]])
            minimum_load[k - 1], compensated_load[k - 1] = 0.0, 0.0
    return by_month, minimum_load, compensated_load


@kernel
def offer_capacity(
    year: int, units: UnitColumns, fuels: Records, terms: UnitTerms, maintenance_density: Floats
) -> PowerOffer:
    """Compute the offers of thermal units, and net capacity by fuel.

    Net capacity is that of all units by province and fuel, wind and sun by their hours. Marginal cost is fuel,
    operation, capture less support, and p (e - B): free allocation by output lowers it. Who falls short of emissions by
    more than is allowed gets the rest too, and pays for its share of each tonne. A utilisation cap limits the year's
    output, and must-run where that alone is more; it takes nothing from the capacity of an hour. Gas by take-or-pay
    contract costs what it would bring unburnt; it comes at an even rate over the month, as no gas is stored.

    Args:
        year: for which is offered.
        units: the population.
        fuels: `UNIT_FUEL` [F].
        terms: of the year.
        maintenance_density: f8[P, M] as in `availability_by_month`.
    """
    n, (provinces, count) = units.fuel.size, terms.fuel_price_cny_per_gj.shape
    rows, zone = np.empty(2 * n, np.int64), np.empty(2 * n, np.int64)
    room, cost, no_load, limit = np.empty(2 * n), np.empty(2 * n), np.empty(2 * n), np.empty(2 * n)
    outage_mw, outage_share = np.zeros(2 * n), np.zeros(2 * n)
    by_fuel, u = np.zeros((provinces, count)), 0
    must_run, contracted = np.zeros(terms.heat_density.shape), np.zeros(terms.heat_density.shape)
    part = _share_must_run(year, units, fuels, terms)
    for i in range(n):
        p, f, captures = units.province[i], units.fuel[i], units.capture_year[i] <= year
        penalty = fuels[f]["capture_energy_penalty"] if captures else 0.0
        whole = fuels[f]["hydro"] > 0 and year <= terms.last_year_of_known_water
        first, last = units.commissioned_year[i], units.retired_year[i]
        capacity = _net_capacity(units.capacity_mw[i], first, last, year, penalty, whole)
        by_fuel[p, f] += capacity * units.hours_share[i]
        if capacity <= 0.0 or fuels[f]["thermal"] == 0:
            continue
        ties_in, cap = units.capture_year[i] == year, terms.utilisation_cap[p, f]
        mean = _mean_availability(units.availability[i], ties_in, terms.tie_in_outage_share)
        unit_must_run_mw = _must_run_mw(units.must_run_share[i], part[p, f], mean, capacity)
        heat_rate = _heat_rate(units.net_heat_rate_gj_per_mwh[i], penalty)
        biomass = terms.burnt_share[p, f] if units.cofiring_year[i] <= year else 0.0
        rate = units.capture_rate[i] if captures else 0.0
        gross, captured = _burn(heat_rate, biomass, fuels[f]["co2_t_per_gj"], rate)
        price = _heat_price(biomass, terms.fuel_price_cny_per_gj[p, f], terms.biomass_price_cny_per_gj[p])
        heat = heat_rate * price + terms.carbon_cost_cny_per_tco2[p] * (gross - captured)
        running = heat + fuels[f]["variable_om_cny_per_mwh"]
        handling = terms.capture_cost_cny_per_tco2[p, f] + terms.captured_allowance_cny_per_tco2[p]
        handling -= terms.capture_support_cny_per_tco2[units.capture_law[i], p]
        heat, running = heat + captured * handling, running + captured * handling
        allocation, with_fuel = _allocate_free(1.0, gross, captured, terms, p, units.benchmark_class[i])
        allocation *= terms.market_price_cny_per_tco2
        heat, running = heat - allocation * with_fuel, running - allocation
        # Who starts and stops by the hour is never online without output.
        idles = fuels[f]["no_load_fuel_share"] if units.minimum_load_share[i] > 0.0 else 0.0
        contract_mw = units.contract_share[i] * capacity
        for m in range(must_run.shape[1]):
            led = terms.heat_density[p, m] if units.sells_heat[i] > 0.0 else 1.0
            must_run[p, m] += unit_must_run_mw * led
            contracted[p, m] += contract_mw * terms.contract_density[p, m]
        if contract_mw > 0.0:
            saved = (1.0 - terms.contract_value_share) * heat_rate * price
            rows[u], zone[u], cost[u], room[u] = i, p, max(running - saved, 0.0), contract_mw
            no_load[u], limit[u] = 0.0, 0.0 if cap < 1.0 else np.inf  # the cap's room stands with the rest
            u += 1
        rows[u], zone[u], cost[u] = i, p, max(running, 0.0)
        room[u] = capacity * mean - unit_must_run_mw - contract_mw
        no_load[u] = idles * max(heat, 0.0)
        outage_share[u] = min(fuels[f]["forced_outage_share"], 1.0 - mean)
        outage_mw[u] = capacity * mean / (1.0 - outage_share[u])
        limit[u] = (capacity * cap - unit_must_run_mw) * HOURS_PER_YEAR if cap < 1.0 else np.inf
        u += 1
    by_month, minimum_load, compensated_load = _describe_offers(
        rows[:u], zone[:u], room[:u], units, fuels, (maintenance_density, terms.contract_density)
    )
    return PowerOffer(
        rows[:u].copy(),
        zone[:u].copy(),
        room[:u].copy(),
        by_month,
        minimum_load,
        compensated_load,
        cost[:u].copy(),
        no_load[:u].copy(),
        limit[:u].copy(),
        outage_mw[:u].copy(),
        outage_share[:u].copy(),
        must_run,
        contracted,
        by_fuel,
    )


@kernel
def settle_year(
    year: int,
    units: UnitColumns,
    fuels: Records,
    terms: UnitTerms,
    sales: UnitSales,
    capacity_payment_cny_per_kw_year: Floats,
    premium_cny_per_mwh: Floats,
) -> PlantAccounts:
    """Compute output, CO2 and money of every unit for a cleared year.

    All zero for units that are not in operation. What is online without output burns the no-load share of full-load
    fuel, so that part load costs more per MWh. Where a yearly limit makes hours scarce, limited units pay its shadow
    price for each MWh, so that nobody gains by the rule. Contracted gas that is not burnt is paid for all the same,
    less what it brings.

    Args:
        year: the year.
        units: the population.
        fuels: `UNIT_FUEL` [F].
        terms: of the year.
        sales: of the year.
        capacity_payment_cny_per_kw_year: f8[P, F].
        premium_cny_per_mwh: f8[P, F].
    """
    b, u, part = np.zeros((21, units.fuel.size)), 0, _share_must_run(year, units, fuels, terms)
    accounts = PlantAccounts(
        *(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8]),
        *(b[9], b[10], b[11], b[12], b[13], b[14], b[15], b[16], b[17], b[18], b[19], b[20]),
    )
    for i in range(units.fuel.size):
        p, f, captures = units.province[i], units.fuel[i], units.capture_year[i] <= year
        penalty = fuels[f]["capture_energy_penalty"] if captures else 0.0
        whole = fuels[f]["hydro"] > 0 and year <= terms.last_year_of_known_water
        first, last = units.commissioned_year[i], units.retired_year[i]
        capacity = _net_capacity(units.capacity_mw[i], first, last, year, penalty, whole)
        if capacity <= 0.0:
            continue
        idle, limited, unburnt_mwh = 0.0, 0.0, 0.0
        if fuels[f]["thermal"] > 0:
            ties_in, cap = units.capture_year[i] == year, terms.utilisation_cap[p, f]
            mean = _mean_availability(units.availability[i], ties_in, terms.tie_in_outage_share)
            must_run_mwh = _must_run_mw(units.must_run_share[i], part[p, f], mean, capacity) * HOURS_PER_YEAR
            prices = (
                sales.heat_led_price_cny_per_mwh
                if units.sells_heat[i] > 0.0
                else sales.must_run_price_cny_per_mwh
            )
            output, revenue = must_run_mwh, must_run_mwh * prices[p]
            if units.contract_share[i] > 0.0:
                paid_mwh = units.contract_share[i] * capacity * HOURS_PER_YEAR
                unburnt_mwh = max(paid_mwh - sales.unit_output_mwh[u], 0.0)
                output, revenue = output + sales.unit_output_mwh[u], revenue + sales.unit_revenue_cny[u]
                u += 1
            output, revenue = output + sales.unit_output_mwh[u], revenue + sales.unit_revenue_cny[u]
            idle = sales.unit_idle_mwh[u] * fuels[f]["no_load_fuel_share"]
            limited = output * sales.shadow_price_cny_per_mwh[p] if cap < 1.0 else 0.0
            u += 1
        else:
            selling_mw = capacity * units.hours_share[i]
            output = selling_mw / max(sales.capacity_by_fuel_mw[p, f], 1e-9) * sales.generation_mwh[p, f]
            revenue = selling_mw * sales.revenue_cny_per_mw[p, f]
        heat_rate = _heat_rate(units.net_heat_rate_gj_per_mwh[i], penalty)
        heat, unburnt = (output + idle) * heat_rate, unburnt_mwh * heat_rate
        biomass, kw = terms.burnt_share[p, f] if units.cofiring_year[i] <= year else 0.0, capacity * KW_PER_MW
        rate = units.capture_rate[i] if captures else 0.0
        gross, captured = _burn(heat, biomass, fuels[f]["co2_t_per_gj"], rate)
        kind = units.benchmark_class[i]
        allocated, _ = _allocate_free(output, gross, captured, terms, p, kind)
        allocated += terms.base_benchmark[p, kind] * units.base_period_mwh[i] * terms.market_covered[p]
        price = _heat_price(biomass, terms.fuel_price_cny_per_gj[p, f], terms.biomass_price_cny_per_gj[p])
        operation = kw * fuels[f]["fixed_om_cny_per_kw_year"] + output * fuels[f]["variable_om_cny_per_mwh"]
        capture = captured * terms.capture_cost_cny_per_tco2[p, f]
        carbon = terms.carbon_cost_cny_per_tco2[p] * (gross - captured)
        carbon += terms.captured_allowance_cny_per_tco2[p] * captured
        carbon -= terms.market_price_cny_per_tco2 * allocated
        payment = kw * capacity_payment_cny_per_kw_year[p, f]
        premium = output * premium_cny_per_mwh[p, f]
        accounts.output_mwh[i], accounts.gross_tco2[i], accounts.captured_tco2[i] = output, gross, captured
        accounts.emitted_tco2[i], accounts.allocated_tco2[i] = gross - captured, allocated
        accounts.revenue_cny[i], accounts.limit_payment_cny[i] = revenue - limited, limited
        fuel_cny = heat * price + (1.0 - terms.contract_value_share) * unburnt * price
        accounts.fuel_cost_cny[i] = fuel_cny
        accounts.operation_cost_cny[i], accounts.capture_cost_cny[i] = operation, capture
        accounts.carbon_cost_cny[i], accounts.capacity_payment_cny[i] = carbon, payment
        accounts.premium_cny[i], accounts.support_cny[i] = premium, payment + premium
        cost = fuel_cny + operation + capture + carbon
        accounts.profit_cny[i] = revenue - limited + (payment + premium) - cost
    return accounts


@kernel
def captured_per_mwh(year: int, rows: Integers, units: UnitColumns, fuels: Records) -> Floats:
    """Compute the CO2 that capture takes of a net MWh, t f8[n].

    The units run as they do in `year`.

    Args:
        year: in which they decide.
        rows: i8[n] of the units.
        units: the population.
        fuels: `UNIT_FUEL` [F].
    """
    captured = np.empty(rows.size)
    for i in range(rows.size):
        r = rows[i]
        fuel = fuels[units.fuel[r]]
        own_use = fuel["capture_energy_penalty"] if units.capture_year[r] <= year else 0.0
        heat_rate = _heat_rate(units.net_heat_rate_gj_per_mwh[r], own_use)
        _, captured[i] = _burn(heat_rate, 0.0, fuel["co2_t_per_gj"], fuel["capture_rate"])
    return captured
