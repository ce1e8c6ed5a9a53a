"""Announce: fold every policy in force, prices and expectations into the year's signals."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import APPRAISAL_YEARS, PARTS, SECTOR, P, S
from tanlu.core.schedules import PolicyPaths, no_policies
from tanlu.core.signals import EnergyRule, Signals
from tanlu.industry.prices import product_prices
from tanlu.power.adequacy import capacity_payment
from tanlu.power.tariffs import INDUSTRIAL
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.scenario.schema import Scenario
from tanlu.simulation.state import State
from tanlu.simulation.steps.outlook import Outlook
from tanlu.simulation.steps.trade import announce_trade, border_cost, charged_rows, mean_prices, paid_at_home

VEHICLES = PARTS.index("vehicles")


def fold_policies(scenario: Scenario, region: Region) -> PolicyPaths:
    """Fold every enabled policy of the scenario into paths over the run's years and the horizon beyond."""
    first, last = region.base_year, scenario.years.end
    t = year_index(first)
    count = last - first + APPRAISAL_YEARS + 1
    reference = region.finance.reference_price_cny_per_tco2[t : t + count]
    paths = no_policies(first, last, reference)
    for name in sorted(scenario.policies):
        policy = scenario.policies[name]
        if policy.enabled:
            paths = policy.fold(paths)
    return paths


def announce(
    state: State,
    *,
    year: int,
    paths: PolicyPaths,
    outlook: Outlook,
    region: Region,
    hub_tariff_cny_per_tco2: Floats,
) -> Signals:
    """Return the signals of the year that starts (docs/model/expectations.md)."""
    y, t = paths.row(year), year_index(year)
    seen, tariff, payout_ratio = (
        state.expectations,
        state.tariffs.tariff_cny_per_mwh,
        state.budgets.payout_ratio,
    )
    price = _bounded(paths, y, state.carbon.price_cny_per_tco2)
    market = np.append(price, _market_path(paths, y, price))
    power = tariff[:, INDUSTRIAL]
    rows = charged_rows(paths, outlook, year)
    paid = paid_at_home(paths, outlook, rows, market[: rows.stop - rows.start])
    at_home = _prices_at_home(region, outlook, y, power, paid[0])
    base_ratio = None if year <= region.last_observed_year else seen.statistic.price_ratio
    terms = announce_trade(region, paths, outlook, year, at_home, paid, base_ratio)
    border = border_cost(region, paths, outlook, year, terms, paid)
    fixed, covered = paths.carbon_price_cny_per_tco2[y], paths.market_covered[y]
    return Signals(
        year=year,
        row=y,
        data_row=t,
        fuel_price_cny_per_gj=outlook.fuel_price_cny_per_gj[y],
        energy_price_cny_per_gj=outlook.energy_price_cny_per_gj[y],
        scrap_price_cny_per_t=seen.scrap_price_cny_per_t,
        scrap_subsidy_cny_per_t=_scrap_subsidy(paths, y, payout_ratio["scrap_subsidy"]),
        product_price_cny_per_t=mean_prices(region, terms),
        fixed_carbon_price_cny_per_tco2=fixed,
        market_covered=covered,
        market_price_cny_per_tco2=price,
        carbon_cost_cny_per_tco2=fixed + covered * price + border[0],
        border_cost_cny_per_tco2=border[0],
        trade=terms,
        benchmark=outlook.benchmark[y],
        auction_share=outlook.auction_share[y],
        carbon_path_cny_per_tco2=_carbon_path(paths, y, market[1:], border[1:]),
        market_path_cny_per_tco2=market[1:],
        allowance_value_cny_per_tco2=outlook.free_share[y] * price,
        allowance_path_cny_per_tco2=_years_last(outlook.free_share[ahead(y)] * market[1:, None, None]),
        capture_support_cny_per_tco2=_at_odds(
            paths.ccus_rate_cny_per_tco2[:, y], payout_ratio["capture_subsidy"]
        ),
        capture_support_path_cny_per_tco2=_support_path(paths, y, payout_ratio["capture_subsidy"]),
        capture_cost_factor=float(outlook.capture_cost_factor[y]) * float(seen.learned_cost_factor[-1]),
        capture_grant_share=outlook.capture_grant_share[y],
        industry_benchmark_factor=paths.market_benchmark_factor[y],
        electricity_price_cny_per_mwh=power,
        charging_price_cny_per_mwh=(tariff * region.tariffs.part_share[VEHICLES]).sum(axis=1),
        co2_tariff_cny_per_tco2=state.co2.tariff_cny_per_tco2,
        hub_tariff_cny_per_tco2=hub_tariff_cny_per_tco2,
        co2_competing_tco2=state.co2.competing_tco2,
        building_subsidy_cny_per_m2=_at_odds(
            paths.building_subsidy_cny_per_m2[:, y], payout_ratio["building_subsidy"]
        ),
        floor_area_bonus_share=paths.floor_area_bonus_share[y],
        industrialised_building_share=paths.industrialised_building_share[y],
        modular_cost_factor=float(outlook.modular_cost_factor[y]),
        modular_time_factor=float(outlook.modular_time_factor[y]),
        energy_rule=_energy_rule(paths, y),
        expected_energy_rule=_energy_rule(
            paths, paths.row(year + int(region.parameters["overhaul_interval_years"]))
        ),
        green_interest_subsidy=paths.green_interest_subsidy[y],
        green_guarantee_share=paths.green_guarantee_share[y],
        renewable_premium_cny_per_mwh=paths.renewable_premium_cny_per_mwh[y],
        capacity_payment_cny_per_kw_year=paid_for_capacity(region, paths, y, seen.reserve_margin),
        coal_new_build_allowed=paths.coal_new_build_allowed[y],
        coal_maximum_age_years=paths.coal_maximum_age_years[y + 1],
        coal_utilisation_cap=paths.coal_utilisation_cap[y],
        vehicle_subsidy_cny_per_vehicle=_at_odds(
            paths.vehicle_subsidy_cny_per_vehicle[:, y], payout_ratio["vehicle_subsidy"]
        ),
        fuel_licence_cny_per_vehicle=paths.fuel_licence_cny_per_vehicle[y],
        new_energy_sales_share=paths.new_energy_sales_share[y],
        charger_investment_cny=paths.charger_investment_cny[y],
        rail_investment_cny=paths.rail_investment_cny[y],
        rail_line_km=outlook.rail_line_km[y],
        export_kept_share=paths.export_kept_share[y],
        expected_export_kept_share=paths.export_kept_share[
            paths.row(year + int(region.parameters["expectation_horizon_years"]))
        ],
        loan_prime_rate=float(region.finance.loan_prime_rate[t]),
    )


def paid_for_capacity(region: Region, paths: PolicyPaths, row: int, reserve_margin: Floats) -> Floats:
    """Return what a kilowatt is paid in the year of `row` at this reserve margin [P], CNY [P, F]."""
    return capacity_payment(
        rate_cny_per_kw_year=paths.capacity_payment_cny_per_kw_year[:, row],
        end_reserve_share=paths.capacity_payment_end_reserve_share,
        reserve_margin=reserve_margin,
        planning_reserve=region.parameters["planning_reserve_share"],
    )


def ahead(row: int) -> slice:
    """Return the rows of the `APPRAISAL_YEARS` years after `row`."""
    return slice(row + 1, row + 1 + APPRAISAL_YEARS)


def _bounded(paths: PolicyPaths, y: int, price: float) -> float:
    low, high = paths.carbon_price_floor_cny_per_tco2[y], paths.carbon_price_ceiling_cny_per_tco2[y]
    return float(min(max(price, low), high))


def _scrap_subsidy(paths: PolicyPaths, y: int, odds: Floats) -> Floats:
    """Return what a tonne of scrap earns its melter [P, S]."""
    subsidy = np.zeros((P, S))
    subsidy[:, SECTOR["aluminium"]] = _at_odds(paths.scrap_subsidy_cny_per_t[:, y], odds)
    return subsidy


def _energy_rule(paths: PolicyPaths, y: int) -> EnergyRule:
    return EnergyRule(paths.energy_ceiling_share[y], paths.energy_penalty_cny_per_gj[y])


def _market_path(paths: PolicyPaths, y: int, price_now: float) -> Floats:
    """Return the market's price expected in the years ahead, CNY/t CO2 [T].

    It moves from today's as the national reference path does, within the announced floor and ceiling.
    """
    rows = ahead(y)
    reference = paths.market_reference_price_cny_per_tco2
    base = reference[y] if reference[y] > 0.0 else 1.0
    market = price_now * reference[rows] / base
    low, high = paths.carbon_price_floor_cny_per_tco2[rows], paths.carbon_price_ceiling_cny_per_tco2[rows]
    return np.minimum(np.maximum(market, low), high)


def _carbon_path(paths: PolicyPaths, y: int, market: Floats, border: Floats) -> Floats:
    """Return the announced cost of a tonne ahead [P, S, T]: fixed prices, the market's, charges abroad [T, P, S]."""
    rows = ahead(y)
    path = paths.carbon_price_cny_per_tco2[rows] + paths.market_covered[rows] * market[:, None, None]
    return _years_last(path + border)


def _years_last(path: Floats) -> Floats:
    """Return a path [T, P, S] as [P, S, T], in one piece as kernels want it."""
    return path.transpose(1, 2, 0).copy()


def _support_path(paths: PolicyPaths, y: int, odds: Floats) -> Floats:
    """Return subsidies ahead [P, S, T] at the odds that a purse pays in full, as deciders saw them last year."""
    total = _at_odds(paths.ccus_rate_cny_per_tco2[:, ahead(y)], odds)
    return _years_last(total)


def _at_odds(rates: Floats, odds: Floats) -> Floats:
    """Return the sum over schemes of `rates` [K, ...] times the odds of each; sums alike on every machine."""
    return np.asarray((rates * odds.reshape(-1, *(1,) * (rates.ndim - 1))).sum(axis=0))


def _prices_at_home(
    region: Region,
    outlook: Outlook,
    y: int,
    electricity_price_cny_per_mwh: Floats,
    paid_cny_per_tco2: Floats,
) -> Floats:
    """Return what a tonne of each product sells for in the region at this year's prices of energy and CO2 [P, G]."""
    x = region.parameters
    return product_prices(
        region.industry.products,
        fuel_cost_change_cny_per_t=outlook.fuel_cost_change_cny_per_t[y],
        electricity_price_cny_per_mwh=electricity_price_cny_per_mwh,
        base_electricity_price_cny_per_mwh=outlook.base_electricity_price_cny_per_mwh,
        carbon_cost_cny_per_tco2=paid_cny_per_tco2,
        usual_tco2_per_t=outlook.usual_tco2_per_t,
        fuel_pass_through=x["fuel_cost_pass_through"],
        electricity_pass_through=x["electricity_cost_pass_through"],
        carbon_pass_through=x["carbon_cost_pass_through"],
    )
