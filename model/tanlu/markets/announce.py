"""Announce: the policies in force, prices and expectations become the year's signals."""

from collections.abc import Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import APPRAISAL_YEARS, PARTS, F, P, S
from tanlu.core.schedules import (
    CAPTURE_CONTRACT,
    CAPTURE_GRANT,
    CAPTURE_SUBSIDY,
    SUBSIDY_AXES,
    PolicySchedule,
    SubsidyScheme,
    in_row,
    terms_kept,
)
from tanlu.core.signals import CarbonSignals, CO2Signals, PriceSignals, Refurbishing, Signals, TradeTerms
from tanlu.industry.prices import PassThrough, product_prices
from tanlu.kernels.appraisal import StrikePrices
from tanlu.markets.trade import announce_trade, border_cost, charged_rows, mean_prices, paid_at_home
from tanlu.power.adequacy import capacity_payment
from tanlu.power.tariffs import INDUSTRIAL, grid_charge_cny_per_mwh
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.state.drivers import Drivers
from tanlu.state.state import BudgetState, State

VEHICLES = PARTS.index("vehicles")
MOST_GRANT = 0.95  # a grant of all of an investment would leave the decider nothing to weigh


def announce(
    state: State,
    *,
    year: int,
    laws: Sequence[PolicySchedule],
    drivers: Drivers,
    region: Region,
    hub_tariff_cny_per_tco2: Floats,
) -> Signals:
    """Return the signals of the year that starts (docs/model/expectations.md).

    `laws` are the schedules of all versions of the law so far; `drivers` rests on the last.
    """
    schedule = drivers.schedule
    y = schedule.row(year)
    *_, policy = known = tuple(law.in_row(y) for law in laws)
    subsidies = _expected_rates(policy.subsidies, state.budgets)
    market, terms, border = _markets(state, year, schedule, drivers, region)
    carbon = _carbon(schedule, drivers, y, market, border)
    overhaul, horizon = _rows_ahead(schedule, year, region)
    return Signals(
        year=year,
        row=y,
        data_row=year_index(year),
        policy=policy,
        laws=known,
        subsidies=subsidies,
        prices=_prices(state, region, drivers, policy, year, mean_prices(region, terms)),
        carbon=carbon,
        co2=_co2(state, drivers, known, subsidies, carbon, year, hub_tariff_cny_per_tco2),
        trade=terms,
        expected_energy_rule=in_row(schedule.industry, overhaul),
        expected_export_kept_share=schedule.power.export_kept_share[horizon],
        coal_maximum_age_years=schedule.power.coal_maximum_age_years[y + 1],
        refurbishing=Refurbishing(
            int(drivers.life_extension.years[y]), float(drivers.life_extension.capex_share[y])
        ),
        modular_cost_factor=float(drivers.modular.cost[y]),
        modular_time_factor=float(drivers.modular.time[y]),
        rail_line_km=drivers.rail_line_km[y],
        green_fund_share=np.minimum(state.green_fund.share, most_granted(region, policy)),
    )


def most_granted(region: Region, policy: PolicySchedule) -> Floats:
    """Return the most that green funds grant of an investment this year [P]."""
    given = policy.revenue.green_fund_grant_share
    most = np.where(np.isinf(given), region.parameters["green_fund_grant_share"], given)
    return np.minimum(most, MOST_GRANT)


def _rows_ahead(schedule: PolicySchedule, year: int, region: Region) -> tuple[int, int]:
    """Return the schedule's rows of the next overhaul, and of the year that investors expect."""
    spans = region.parameters["overhaul_interval_years"], region.parameters["expectation_horizon_years"]
    overhaul, horizon = (schedule.row(year + int(span)) for span in spans)
    return overhaul, horizon


def _co2(
    state: State,
    drivers: Drivers,
    known: Sequence[PolicySchedule],
    subsidies: Mapping[str, Floats],
    carbon: CarbonSignals,
    year: int,
    hub_tariff_cny_per_tco2: Floats,
) -> CO2Signals:
    """Return what capture costs and is paid: what was promised, what is announced ahead, and the grant.

    `known` are the year's rows of all versions of the law so far.
    """
    y, learned = drivers.schedule.row(year), float(state.expectations.learned_cost_factor[-1])
    promised = _promised_support(known, state.budgets)
    return CO2Signals(
        promised_support_cny_per_tco2=promised,
        stored_support_cny_per_tco2=_stored_support(known, promised, carbon, state.budgets),
        contracts=_contracts(drivers.schedule, y, state.budgets),
        capture_support_path_cny_per_tco2=_support_path(drivers.schedule, y, state.budgets),
        capture_grant_share=np.minimum(subsidies[CAPTURE_GRANT], MOST_GRANT),
        capture_cost_factor=float(drivers.capture_cost_factor[y]) * learned,
        co2_tariff_cny_per_tco2=state.co2.tariff_cny_per_tco2,
        hub_tariff_cny_per_tco2=hub_tariff_cny_per_tco2,
        co2_competing_tco2=state.co2.competing_tco2,
    )


def _markets(
    state: State, year: int, schedule: PolicySchedule, drivers: Drivers, region: Region
) -> tuple[Floats, TradeTerms, Floats]:
    """Return the carbon market's price now and ahead [1 + T], terms of trade, and charges abroad [1 + T, P, S]."""
    y, reference = schedule.row(year), drivers.reference_carbon_price_cny_per_tco2
    market = _market_path(schedule, reference, y, state.carbon.unbounded_price_cny_per_tco2)
    rows = charged_rows(schedule, drivers, year)
    paid = paid_at_home(schedule, drivers, rows, market[: rows.stop - rows.start])
    power = state.tariffs.tariff_cny_per_mwh[:, INDUSTRIAL]
    at_home = _prices_at_home(region, drivers, y, power, paid[0])
    base_ratio = None if year <= region.last_observed_year else state.expectations.statistic.price_ratio
    terms = announce_trade(region, schedule, drivers, year, at_home, paid, base_ratio)
    return market, terms, border_cost(region, schedule, drivers, year, terms, paid)


def _carbon(
    schedule: PolicySchedule, drivers: Drivers, y: int, market: Floats, border: Floats
) -> CarbonSignals:
    """Return what emitting costs and what allowances are worth, this year and ahead."""
    price, law, ahead = market[0], schedule.carbon, coming_years(y)
    needed = law.covered * (1.0 - law.capture_counts)[:, None, None]
    return CarbonSignals(
        market_price_cny_per_tco2=float(price),
        market_path_cny_per_tco2=market[1:],
        carbon_cost_cny_per_tco2=law.price_cny_per_tco2[y] + law.covered[y] * price + border[0],
        carbon_path_cny_per_tco2=_carbon_path(schedule, y, market[1:], border[1:]),
        border_cost_cny_per_tco2=border[0],
        benchmark=drivers.benchmark[y],
        least_free_share=drivers.least_free_share[y],
        auction_share=drivers.auction_share[y],
        allowance_value_cny_per_tco2=drivers.free_share[y] * price,
        allowance_path_cny_per_tco2=_years_last(drivers.free_share[ahead] * market[1:, None, None]),
        captured_cost_cny_per_tco2=needed[y] * price,
        captured_path_cny_per_tco2=_years_last(needed[ahead] * market[1:, None, None]),
        capture_counts_path=law.capture_counts[ahead],
    )


def _prices(
    state: State,
    region: Region,
    drivers: Drivers,
    policy: PolicySchedule,
    year: int,
    product_price_cny_per_t: Floats,
) -> PriceSignals:
    """Return what is paid this year, and the tariffs of the last."""
    y, row, tariff = drivers.schedule.row(year), year_index(year), state.tariffs.tariff_cny_per_mwh
    charge = grid_charge_cny_per_mwh(region.tariffs, row, state.tariffs.regulation.grid_factor)
    return PriceSignals(
        fuel_price_cny_per_gj=drivers.energy.fuel_cny_per_gj[y],
        energy_price_cny_per_gj=drivers.energy.industry_cny_per_gj[y],
        scrap_price_cny_per_t=state.expectations.scrap_price_cny_per_t,
        product_price_cny_per_t=product_price_cny_per_t,
        electricity_price_cny_per_mwh=tariff[:, INDUSTRIAL],
        charging_price_cny_per_mwh=(tariff * region.tariffs.part_share[VEHICLES]).sum(axis=1),
        industrial_grid_charge_cny_per_mwh=charge[:, INDUSTRIAL],
        price_cap_cny_per_mwh=float(drivers.price_cap_cny_per_mwh[y]),
        heat_price_cny_per_gj=drivers.energy.heat_cny_per_gj[y],
        capacity_payment_cny_per_kw_year=paid_for_capacity(region, policy, state.expectations.reserve_margin),
        loan_prime_rate=float(region.finance.loan_prime_rate[row]),
    )


def paid_for_capacity(region: Region, policy: PolicySchedule, reserve_margin: Floats) -> Floats:
    """Return what a kilowatt is paid under the policies of a year at this reserve margin [P], CNY [P, F]."""
    rates = [scheme.rate_cny_per_kw_year for scheme in policy.capacity]
    return capacity_payment(
        rate_cny_per_kw_year=np.array(rates).reshape(-1, P, F),
        end_reserve_share=np.array([scheme.end_reserve_share for scheme in policy.capacity]),
        reserve_margin=reserve_margin,
        planning_reserve=region.parameters["planning_reserve_share"],
    )


def coming_years(row: int) -> slice:
    """Return the rows of the `APPRAISAL_YEARS` years after `row`."""
    return slice(row + 1, row + 1 + APPRAISAL_YEARS)


def _market_path(schedule: PolicySchedule, reference: Floats, y: int, unbounded_price: float) -> Floats:
    """Return the market's price of this year and the years ahead as expected, CNY/t CO2 [1 + T].

    It moves as the national reference path does, from the price at which the market would have cleared without floor
    and ceiling; those of each year bound it. A price that a floor has raised says nothing of later years.
    """
    rows = slice(y, y + 1 + APPRAISAL_YEARS)
    base = reference[y] if reference[y] > 0.0 else 1.0
    market = np.append(unbounded_price, unbounded_price * reference[coming_years(y)] / base)
    low, high = schedule.carbon.floor_cny_per_tco2[rows], schedule.carbon.ceiling_cny_per_tco2[rows]
    return np.minimum(np.maximum(market, low), high)


def _carbon_path(schedule: PolicySchedule, y: int, market: Floats, border: Floats) -> Floats:
    """Return the announced cost of a tonne ahead [P, S, T]: fixed prices, the market's, charges abroad [T, P, S]."""
    rows = coming_years(y)
    path = schedule.carbon.price_cny_per_tco2[rows] + schedule.carbon.covered[rows] * market[:, None, None]
    return _years_last(path + border)


def _years_last(path: Floats) -> Floats:
    """Return a path [T, P, S] as [P, S, T], in one piece as kernels want it."""
    return path.transpose(1, 2, 0).copy()


def _support_path(schedule: PolicySchedule, y: int, budgets: BudgetState) -> Floats:
    """Return the capture subsidy expected in the years ahead [P, S, T], at last year's payout ratios."""
    total = np.zeros((APPRAISAL_YEARS, P, S))
    for scheme in schedule.of_kind(CAPTURE_SUBSIDY):
        total = total + scheme.rate[coming_years(y)] * budgets.payout_ratio(scheme)
    return _years_last(total)


def _promised_support(laws: Sequence[PolicySchedule], budgets: BudgetState) -> Floats:
    """Return the capture subsidy that who decided under each version of the law expects [law, P, S].

    `laws` are the year's rows.
    """
    schemes = [terms_kept(own, laws[-1], CAPTURE_SUBSIDY) for own in laws]
    return np.stack([_expected_rates(kept, budgets)[CAPTURE_SUBSIDY] for kept in schemes])


def _expected_rates(schemes: Sequence[SubsidyScheme], budgets: BudgetState) -> dict[str, Floats]:
    """Return what a unit of each kind may expect from all schemes: rate x last year's payout ratio."""
    rates: dict[str, Floats] = {kind: np.zeros(axes) for kind, axes in SUBSIDY_AXES.items()}
    for scheme in schemes:
        if scheme.kind != CAPTURE_CONTRACT:  # what it pays for a tonne is not its strike price
            rates[scheme.kind] = rates.get(scheme.kind, 0.0) + scheme.rate * budgets.payout_ratio(scheme)
    return rates


def _contracts(schedule: PolicySchedule, y: int, budgets: BudgetState) -> StrikePrices:
    """Return the contracts for difference that are offered in row y, at last year's payout ratios."""
    offered = schedule.of_kind(CAPTURE_CONTRACT)
    rates = np.array([scheme.rate for scheme in offered]).reshape(-1, schedule.years.size, P, S)
    return StrikePrices(
        strike=rates[:, y].copy(),
        strike_path=rates[:, coming_years(y)].transpose(0, 2, 3, 1).copy(),
        years=np.array([scheme.term_years for scheme in offered], np.int64),
        paid_share=np.array([budgets.payout_ratio(scheme) for scheme in offered]),
    )


def _stored_support(
    laws: Sequence[PolicySchedule], promised: Floats, carbon: CarbonSignals, budgets: BudgetState
) -> Floats:
    """Return what a stored tonne is expected to be paid by law, in each year of capture [law, A, P, S].

    Contracts for difference add what it lacks to their strike prices: beside carbon prices it gets `promised`
    [law, P, S], and what contracts before in the order of names pay.
    """
    kept = [terms_kept(own, laws[-1], CAPTURE_CONTRACT) for own in laws]
    terms = [int(scheme.term_years) for schemes in kept for scheme in schemes]
    ages = max(terms, default=0) + 1
    total = np.repeat(promised[:, None], ages, axis=1)
    for paid, schemes in zip(total, kept, strict=True):
        for scheme in schemes:
            missing = scheme.rate - carbon.contract_reference_cny_per_tco2 - paid
            signed = np.arange(ages)[:, None, None] < scheme.term_years
            paid += np.where(signed, np.maximum(missing, 0.0), 0.0) * budgets.payout_ratio(scheme)
    return total


def _prices_at_home(
    region: Region,
    drivers: Drivers,
    y: int,
    electricity_price_cny_per_mwh: Floats,
    paid_cny_per_tco2: Floats,
) -> Floats:
    """Return what a tonne of each product sells for in the region at this year's prices of energy and CO2 [P, G]."""
    x = region.parameters
    return product_prices(
        region.industry.products,
        fuel_cost_change_cny_per_t=drivers.fuel_cost_change_cny_per_t[y],
        electricity_price_cny_per_mwh=electricity_price_cny_per_mwh,
        base_electricity_price_cny_per_mwh=drivers.base_electricity_price_cny_per_mwh,
        carbon_cost_cny_per_tco2=paid_cny_per_tco2,
        usual_tco2_per_t=drivers.usual_tco2_per_t,
        passed_on=PassThrough(
            x["fuel_cost_pass_through"], x["electricity_cost_pass_through"], x["carbon_cost_pass_through"]
        ),
    )
