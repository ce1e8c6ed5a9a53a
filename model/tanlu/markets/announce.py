"""Announce: the policies in force, prices and expectations become the year's signals."""

from collections.abc import Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import APPRAISAL_YEARS, SECTOR
from tanlu.core.schedules import (
    CAPTURE_CONTRACT,
    CAPTURE_GRANT,
    CAPTURE_SUBSIDY,
    IMPORT_CHARGE,
    PolicySchedule,
    RateShapes,
    SubsidyScheme,
    promised_schemes,
    select_row,
)
from tanlu.core.signals import (
    CarbonSignals,
    CO2Signals,
    NeighbourSignals,
    PriceSignals,
    Promises,
    Refurbishing,
    Signals,
    TradeTerms,
    UseTerms,
)
from tanlu.industry.prices import PassThrough, product_prices
from tanlu.investment.learning import research_cost_factor
from tanlu.kernels.appraisal import StrikePrices
from tanlu.markets.national import AllowanceTerms, allowance_terms, weigh_years
from tanlu.markets.trade import (
    announce_trade,
    announce_use,
    border_cost,
    charged_rows,
    home_carbon_cost,
    mean_prices,
)
from tanlu.power.adequacy import capacity_payment, share_at_peak
from tanlu.power.tariffs import INDUSTRIAL, grid_charge_cny_per_mwh, price_parts
from tanlu.region.finance import COAL_BENCHMARK
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.state.drivers import Drivers
from tanlu.state.state import BudgetState, State

ELECTRICITY = SECTOR["electricity"]
MOST_GRANT = 0.95  # a grant of all of an investment would leave the decider nothing to weigh


def announce(
    state: State,
    *,
    year: int,
    laws: Sequence[PolicySchedule],
    promises: Promises,
    drivers: Drivers,
    region: Region,
    hub_tariff_cny_per_tco2: Floats,
) -> Signals:
    """Build the signals of the year that starts (docs/model/expectations.md).

    `laws` are the schedules of all versions of the law so far; `drivers` rests on the last.
    """
    schedule = drivers.schedule
    y = schedule.row(year)
    *_, policy = current_laws = tuple(law.select_row(y) for law in laws)
    subsidies = _expected_rates(policy.subsidies, state.budgets, drivers.subsidy_shapes)
    allowances = allowance_terms(state.carbon, year, drivers, region)
    terms, use, border = _trade(state, year, schedule, drivers, region, allowances)
    carbon = _carbon(schedule, drivers, y, allowances, border)
    expected_carbon = _level_carbon(carbon, allowances, policy, region)
    overhaul, horizon = _rows_ahead(schedule, year, region)
    return Signals(
        year=year,
        row=y,
        data_row=year_index(year),
        policy=policy,
        laws=current_laws,
        subsidies=subsidies,
        levies=policy.levy_rates,
        expected_levies={kind: rate[overhaul] for kind, rate in schedule.levy_rates.items()},
        promises=promises,
        taxes=region.finance.taxes,
        prices=_prices(state, region, drivers, policy, year, mean_prices(region, terms)),
        carbon=carbon,
        expected_carbon=expected_carbon,
        co2=_co2(
            state,
            drivers,
            current_laws,
            subsidies,
            carbon,
            year,
            hub_tariff_cny_per_tco2,
            research_cost_factor(region, state.expectations.capture_research.stock_cny),
        ),
        trade=terms,
        use=use,
        neighbours=_neighbours(drivers, policy, carbon, y),
        expected_neighbours=_neighbours(drivers, policy, expected_carbon, y),
        expected_energy_rule=select_row(schedule.industry, overhaul),
        expected_export_kept_share=schedule.power.export_kept_share[horizon],
        coal_maximum_age_years=schedule.power.coal_maximum_age_years[y + 1],
        refurbishing=Refurbishing(
            int(drivers.life_extension.years[y]), float(drivers.life_extension.capex_share[y])
        ),
        modular_cost_factor=float(drivers.modular.cost[y]),
        modular_time_factor=float(drivers.modular.time[y]),
        rail_line_km=drivers.rail_line_km[y],
        green_fund_share=np.minimum(state.green_fund.share, maximum_grant_share(region, policy)),
    )


def _neighbours(drivers: Drivers, policy: PolicySchedule, carbon: CarbonSignals, y: int) -> NeighbourSignals:
    """Collect what moves the neighbours' plants this year."""
    neighbours, provinces = drivers.neighbours, len(carbon.benchmark)
    if neighbours.rule == "as_region":
        covered = policy.carbon.covered[:, ELECTRICITY]
        price = carbon.carbon_cost_cny_per_tco2[:, ELECTRICITY]
        allowance = covered * carbon.market_price_cny_per_tco2 * carbon.benchmark[:, COAL_BENCHMARK]
    elif neighbours.rule == "national":
        price = np.full(provinces, carbon.market_price_cny_per_tco2)
        allowance = price * carbon.national_coal_benchmark
    else:
        price, allowance = np.full(provinces, neighbours.carbon_price_cny_per_tco2[y]), np.zeros(provinces)
    return NeighbourSignals(
        price,
        allowance,
        policy.levy_rates[IMPORT_CHARGE],
        policy.trade.import_deducted_share,
        float(neighbours.coal_price_factor[y]),
        float(neighbours.cooling_factor[y]),
    )


def maximum_grant_share(region: Region, policy: PolicySchedule) -> Floats:
    """Compute the largest share that green funds grant this year [P]."""
    policy_share = policy.revenue.green_fund_grant_share
    limit = np.where(np.isinf(policy_share), region.parameters["green_fund_grant_share"], policy_share)
    return np.minimum(limit, MOST_GRANT)


def _rows_ahead(schedule: PolicySchedule, year: int, region: Region) -> tuple[int, int]:
    """Find the rows of the next overhaul and of the expected year."""
    spans = region.parameters["overhaul_interval_years"], region.parameters["expectation_horizon_years"]
    overhaul, horizon = (schedule.row(year + int(span)) for span in spans)
    return overhaul, horizon


def _co2(
    state: State,
    drivers: Drivers,
    current_laws: Sequence[PolicySchedule],
    subsidies: Mapping[str, Floats],
    carbon: CarbonSignals,
    year: int,
    hub_tariff_cny_per_tco2: Floats,
    research_factor: float,
) -> CO2Signals:
    """Build the signals for capture: cost, promised and announced support, and grant.

    `current_laws` are the year's rows of all versions of the law so far.
    """
    y, learned = drivers.schedule.row(year), float(state.expectations.learned_cost_factor[-1])
    promised = _promised_support(current_laws, state.budgets, drivers.subsidy_shapes)
    return CO2Signals(
        promised_support_cny_per_tco2=promised,
        stored_support_cny_per_tco2=_stored_support(current_laws, promised, carbon, state.budgets),
        contracts=_contracts(drivers.schedule, y, state.budgets),
        capture_support_path_cny_per_tco2=_support_path(drivers.schedule, y, state.budgets),
        capture_grant_share=np.minimum(subsidies[CAPTURE_GRANT], MOST_GRANT),
        capture_cost_factor=float(drivers.capture_cost_factor[y]) * learned * research_factor,
        research_cost_factor=research_factor,
        co2_tariff_cny_per_tco2=state.co2.tariff_cny_per_tco2,
        hub_tariff_cny_per_tco2=hub_tariff_cny_per_tco2,
        co2_competing_tco2=state.co2.competing_tco2,
        product_demand=state.co2.demand,
    )


def _trade(
    state: State,
    year: int,
    schedule: PolicySchedule,
    drivers: Drivers,
    region: Region,
    allowances: AllowanceTerms,
) -> tuple[TradeTerms, UseTerms, Floats]:
    """Compute trade terms, answers of users, and border costs [1 + T, P, S] from this year on."""
    y, rows = schedule.row(year), charged_rows(schedule, drivers, year)
    home_cost = home_carbon_cost(schedule, drivers, rows, allowances)
    power = state.tariffs.tariff_cny_per_mwh[:, INDUSTRIAL]
    at_home = _prices_at_home(region, drivers, y, power, home_cost[0])
    base_ratio = None if year <= region.last_observed_year else state.expectations.statistic.price_ratio
    terms = announce_trade(region, schedule, drivers, year, at_home, home_cost, base_ratio)
    without_carbon = _prices_at_home(region, drivers, y, power, np.zeros_like(home_cost[0]))
    use = announce_use(region, schedule, drivers, year, allowances, without_carbon)
    return terms, use, border_cost(region, schedule, drivers, year, terms, home_cost)


def _carbon(
    schedule: PolicySchedule, drivers: Drivers, y: int, allowances: AllowanceTerms, border: Floats
) -> CarbonSignals:
    """Build the signals for emissions and allowances, this year and ahead."""
    price, *_ = market = allowances.price_cny_per_tco2
    law, ahead, later = schedule.carbon, coming_years(y), market[1:]
    by_class = allowances.benchmark.max(axis=1)
    later_price = later[:, None, None]
    obliged_share = law.covered * (1.0 - law.capture_counts)[:, None, None]
    return CarbonSignals(
        market_price_cny_per_tco2=float(price),
        market_path_cny_per_tco2=later,
        carbon_cost_cny_per_tco2=law.price_cny_per_tco2[y] + law.covered[y] * price + border[0],
        carbon_path_cny_per_tco2=_carbon_path(schedule, y, later, border[1:]),
        set_price_path_cny_per_tco2=_years_last(law.price_cny_per_tco2[ahead]),
        border_cost_cny_per_tco2=border[0],
        benchmark=allowances.benchmark[0],
        base_benchmark=allowances.base_benchmark[0],
        least_free_share=allowances.least_free_share[0],
        benchmark_path=np.divide(
            by_class[1:], by_class[0], out=np.ones_like(by_class[1:]), where=by_class[0] > 0.0
        ),
        national_coal_benchmark=allowances.national_coal_benchmark[0],
        is_capped=drivers.is_capped[y],
        base_free_share=law.covered[y] * allowances.base_free_share[0],
        follows_output_share=allowances.follows_output_share,
        auction_share=drivers.auction_share[y],
        allowance_value_cny_per_tco2=drivers.free_share[y] * price,
        allowance_path_cny_per_tco2=_years_last(drivers.free_share[ahead] * later_price),
        captured_cost_cny_per_tco2=obliged_share[y] * price,
        captured_path_cny_per_tco2=_years_last(obliged_share[ahead] * later_price),
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
    """Build this year's prices, with last year's tariffs."""
    y, row, tariff = drivers.schedule.row(year), year_index(year), state.tariffs.tariff_cny_per_mwh
    charge = grid_charge_cny_per_mwh(region.tariffs, row, state.tariffs.regulation.grid_factor)
    return PriceSignals(
        fuel_price_cny_per_gj=drivers.energy.fuel_cny_per_gj[y],
        energy_price_cny_per_gj=drivers.energy.industry_cny_per_gj[y],
        scrap_price_cny_per_t=state.expectations.scrap_price_cny_per_t,
        product_price_cny_per_t=product_price_cny_per_t,
        electricity_price_cny_per_mwh=tariff[:, INDUSTRIAL],
        part_price_cny_per_mwh=price_parts(region.tariffs, tariff),
        part_price_without_co2_cny_per_mwh=price_parts(region.tariffs, state.tariffs.without_co2_cny_per_mwh),
        industrial_grid_charge_cny_per_mwh=charge[:, INDUSTRIAL],
        price_cap_cny_per_mwh=float(drivers.price_cap_cny_per_mwh[y]),
        heat_price_cny_per_gj=drivers.energy.heat_cny_per_gj[y],
        capacity_payment_cny_per_kw_year=price_capacity(region, policy, state.expectations.reliable_margin),
        loan_prime_rate=float(region.finance.loan_prime_rate[row]),
    )


def price_capacity(region: Region, policy: PolicySchedule, reliable_margin: Floats) -> Floats:
    """Compute the capacity payment of a year's policies, CNY/kW [P, F].

    It follows the reliable margin [P].
    """
    rates = [scheme.rate_cny_per_kw_year for scheme in policy.capacity]
    return capacity_payment(
        rate_cny_per_kw_year=np.array(rates).reshape(-1, *policy.power.renewable_premium_cny_per_mwh.shape),
        end_reserve_share=np.array([scheme.end_reserve_share for scheme in policy.capacity]),
        reliable_margin=reliable_margin,
        peak_share=share_at_peak(
            region.power.technologies.by_fuel.storage_hours, region.parameters["longest_net_peak_hours"]
        ),
    )


def coming_years(row: int) -> slice:
    """Select the rows of the `APPRAISAL_YEARS` years after `row`."""
    return slice(row + 1, row + 1 + APPRAISAL_YEARS)


def _average_years(values: Floats, weight: Floats) -> Floats:
    """Average values [T, ...] by the weight of years [T]; a matrix product would round by processor."""
    return np.asarray((weight[:, None, None] * values).sum(axis=0))


def _level_carbon(
    carbon: CarbonSignals, allowances: AllowanceTerms, policy: PolicySchedule, region: Region
) -> CarbonSignals:
    """Level price and allowances over the life of what is decided now.

    From the expected year on they are weighted by what a year is worth. Fixed prices are those of this year.
    """
    first, rate = (
        region.parameters[name] for name in ("expectation_horizon_years", "allowance_discount_rate")
    )
    years = slice(int(first), None)
    weight = weigh_years(allowances.price_cny_per_tco2.size - int(first), rate)
    path = allowances.price_cny_per_tco2[years]
    price = float((weight * path).sum())
    by_price = weight * path / price if price > 0.0 else weight
    rise = price - carbon.market_price_cny_per_tco2
    scale = price / carbon.market_price_cny_per_tco2 if carbon.market_price_cny_per_tco2 > 0.0 else 0.0
    return carbon._replace(
        market_price_cny_per_tco2=price,
        carbon_cost_cny_per_tco2=carbon.carbon_cost_cny_per_tco2 + policy.carbon.covered * rise,
        captured_cost_cny_per_tco2=carbon.captured_cost_cny_per_tco2 * scale,
        benchmark=_average_years(allowances.benchmark[years], by_price),
        base_benchmark=_average_years(allowances.base_benchmark[years], by_price),
        least_free_share=_average_years(allowances.least_free_share[years], by_price),
        national_coal_benchmark=float((by_price * allowances.national_coal_benchmark[years]).sum()),
    )


def _carbon_path(schedule: PolicySchedule, y: int, market: Floats, border: Floats) -> Floats:
    """Compute the announced cost of a tonne ahead [P, S, T].

    It is fixed prices, the market's, and charges abroad [T, P, S].
    """
    rows = coming_years(y)
    path = schedule.carbon.price_cny_per_tco2[rows] + schedule.carbon.covered[rows] * market[:, None, None]
    return _years_last(path + border)


def _years_last(path: Floats) -> Floats:
    """Turn a path [T, P, S] into [P, S, T], for kernels."""
    return path.transpose(1, 2, 0).copy()


def _support_path(schedule: PolicySchedule, y: int, budgets: BudgetState) -> Floats:
    """Project the capture subsidy [P, S, T] at last year's payout ratios."""
    total = np.zeros((APPRAISAL_YEARS, *schedule.carbon.covered.shape[1:]))
    for scheme in schedule.schemes_of_kind(CAPTURE_SUBSIDY):
        total = total + scheme.rate[coming_years(y)] * budgets.payout_ratio(scheme)
    return _years_last(total)


def _promised_support(laws: Sequence[PolicySchedule], budgets: BudgetState, shapes: RateShapes) -> Floats:
    """Compute the capture subsidy expected under each law [law, P, S].

    `laws` are the year's rows.
    """
    schemes = [promised_schemes(law, laws[-1], CAPTURE_SUBSIDY) for law in laws]
    return np.stack([_expected_rates(promises, budgets, shapes)[CAPTURE_SUBSIDY] for promises in schemes])


def _expected_rates(
    schemes: Sequence[SubsidyScheme], budgets: BudgetState, shapes: RateShapes
) -> dict[str, Floats]:
    """Compute the rate expected of all schemes by kind, in its shape.

    It is the rate x last year's payout ratio.
    """
    rates: dict[str, Floats] = {kind: np.zeros(shape) for kind, shape in shapes.items()}
    for scheme in schemes:
        if scheme.kind != CAPTURE_CONTRACT:  # what it pays for a tonne is not its strike price
            rates[scheme.kind] = rates.get(scheme.kind, 0.0) + scheme.rate * budgets.payout_ratio(scheme)
    return rates


def _contracts(schedule: PolicySchedule, y: int, budgets: BudgetState) -> StrikePrices:
    """Collect the contracts for difference offered in row y.

    They count at last year's payout ratios.
    """
    offered = schedule.schemes_of_kind(CAPTURE_CONTRACT)
    rates = np.array([scheme.rate for scheme in offered]).reshape(-1, *schedule.carbon.covered.shape)
    return StrikePrices(
        strike=rates[:, y].copy(),
        strike_path=rates[:, coming_years(y)].transpose(0, 2, 3, 1).copy(),
        years=np.array([scheme.term_years for scheme in offered], np.int64),
        paid_share=np.array([budgets.payout_ratio(scheme) for scheme in offered]),
    )


def _stored_support(
    laws: Sequence[PolicySchedule], promised: Floats, carbon: CarbonSignals, budgets: BudgetState
) -> Floats:
    """Compute expected support of a stored tonne by age of capture.

    It is [law, A, P, S]. Contracts for difference add what it lacks to their strike prices: on top of carbon prices it
    gets `promised` [law, P, S], and what contracts before in the order of names pay.
    """
    contracts = [promised_schemes(law, laws[-1], CAPTURE_CONTRACT) for law in laws]
    terms = [int(scheme.term_years) for schemes in contracts for scheme in schemes]
    ages = max(terms, default=0) + 1
    total = np.repeat(promised[:, None], ages, axis=1)
    for support, schemes in zip(total, contracts, strict=True):
        for scheme in schemes:
            missing = scheme.rate - carbon.contract_reference_cny_per_tco2 - support
            signed = np.arange(ages)[:, None, None] < scheme.term_years
            support += np.where(signed, np.maximum(missing, 0.0), 0.0) * budgets.payout_ratio(scheme)
    return total


def _prices_at_home(
    region: Region,
    drivers: Drivers,
    y: int,
    electricity_price_cny_per_mwh: Floats,
    paid_cny_per_tco2: Floats,
) -> Floats:
    """Compute the price of products in the region, CNY/t [P, G].

    Energy and CO2 cost what they do this year.
    """
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
