"""Electricity: the year that clears, and the expected year."""

from functools import cache
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import FUELS, RENEWABLE_FUELS, SECTOR, STORAGE_FUELS
from tanlu.core.days import day_weights, every_day_type
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import NeighbourSignals, Signals
from tanlu.core.units import HOURS_PER_YEAR, KW_PER_MW
from tanlu.kernels.power.earnings import Earnings, earn_at_prices
from tanlu.kernels.power.units import PowerOffer
from tanlu.markets.adequacy import look_at_adequacy, read_firm_supply
from tanlu.markets.demand import Demand
from tanlu.markets.water import close_stores, expected_water
from tanlu.power.adequacy import share_at_peak
from tanlu.power.market import gap_share
from tanlu.power.neighbours import (
    COAL,
    Border,
    CarbonAbroad,
    ContractEnergy,
    NeighbourYear,
    open_border,
    share_in_spell,
)
from tanlu.power.overhauls import plan_overhauls
from tanlu.power.plants import PowerPlants
from tanlu.power.sites import SMALL, pace_mw
from tanlu.power.state import monthly_availability
from tanlu.power.supply import PowerYear, ShortageRules
from tanlu.power.system import clear_hours, clear_power_year
from tanlu.power.trades import TradeOffers
from tanlu.power.trading import join_trades
from tanlu.power.water import StoreState, WaterYear
from tanlu.region.finance import BENCHMARK_CLASSES
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE, PRICED_FUELS
from tanlu.region.tables import year_index
from tanlu.scenario.world import World
from tanlu.state.state import State

K, ELECTRICITY = len(BUILDABLE), SECTOR["electricity"]
BENCHMARK_OF_NEW = {"coal": BENCHMARK_CLASSES.index("coal_large"), "gas": BENCHMARK_CLASSES.index("gas")}
BURNING = ("coal", "gas")  # what can be built and burns fuel
BURNER, RENEWABLE, STORE = (
    [BUILDABLE.index(name) for name in names] for names in (BURNING, RENEWABLE_FUELS, STORAGE_FUELS)
)
BURNER_FUEL, RENEWABLE_FUEL, STORE_FUEL = (
    np.array([FUELS.index(name) for name in names]) for names in (BURNING, RENEWABLE_FUELS, STORAGE_FUELS)
)


class Contracts(NamedTuple):
    """What is agreed to leave the region, MW [P, month]."""

    sent_mw: Floats  # net of contracted imports
    recallable_mw: Floats  # the part of it that stays at home where power is dear
    by_line_mw: Floats  # [L, month] sent by each line
    recallable_by_line_mw: Floats  # [L, month]


class PlannedUnits(NamedTuple):
    """Units that stand for what burns fuel and is only planned; axis U = province x `BURNING`."""

    row: Integers  # -1: of no population
    zone: Integers
    fuel: Integers
    nothing: Floats  # 0

    @classmethod
    @cache
    def in_provinces(cls, provinces: int) -> "PlannedUnits":
        """List the new units of so many provinces."""
        zone = np.repeat(np.arange(provinces), BURNER_FUEL.size)
        return cls(np.full(zone.size, -1), zone, np.tile(BURNER_FUEL, provinces), np.zeros(zone.size))


class ExpectedYear(NamedTuple):
    """The expected year, before anybody plans anything for it."""

    offer: PowerOffer  # the last units are `PlannedUnits`, without capacity
    around: PowerYear
    pace_mw: Floats  # [P, K] that others are expected to go on starting in each year after this one
    further_years: Floats  # [K] how many years of this pace are ready by then and in the offer
    ready: Booleans  # [K] which technologies could be there by then
    new_unit_cost_cny_per_mwh: Floats  # [P, BURNING]
    hours_share: Floats  # [P, K] of what is planned, of the hours of the first site
    new_unit_limit_hours: Floats  # [P, BURNING] most of a year at full output; inf without a limit


def clear_electricity(
    state: State,
    signals: Signals,
    world: World,
    region: Region,
    water: WaterYear,
    plants: PowerPlants,
    demand: Demand,
    trades: TradeOffers,
) -> tuple[State, PowerOutcome]:
    """Clear the year's electricity (docs/model/power.md)."""
    water = water.open_with(state.stored_water.actual)
    year, overhauls = signals.year, plan_overhauls(region.power, demand.load_shape)
    offer = plants.offer(signals, year, overhauls)
    contracts = export_contracts(region, year, signals.policy.power.export_kept_share)
    cap = signals.prices.price_cap_cny_per_mwh
    abroad = signals.neighbours
    around = power_year(region, year, demand.load_mwh, demand.load_shape, water, contracts, cap, abroad)
    start_mw = state.expectations.missing.cleared_mw
    around = look_at_adequacy(around, demand.seasonal_shape, start_mw)
    if not water.observed:
        usual_load = demand.usual_load_mwh, demand.usual_load_shape
        usual_water = expected_water(region, world, year, water.unexpected_year)
        usual_abroad = abroad._replace(cooling_factor=1.0)
        usual = power_year(region, year, *usual_load, usual_water, contracts, cap, usual_abroad)
        if overhauls is not region.power.maintenance_density:
            usual = usual._replace(unit_availability=plants.offer(signals, year).availability)
        around = around._replace(usual=usual)
    around = join_trades(around, trades)
    start = state.expectations.limit_prices
    power = clear_power_year(region.power, offer, around, start.cleared_cny_per_mwh)
    stored_water = state.stored_water._replace(actual=close_stores(region, year, water, power.stores))
    expectations = state.expectations._replace(
        reliable_margin=power.reliable_margin,
        missing=state.expectations.missing._replace(cleared_mw=power.adequacy.missing_mw),
        limit_prices=start._replace(cleared_cny_per_mwh=power.prices.shadow_price_cny_per_mwh),
    )
    return state._replace(expectations=expectations, stored_water=stored_water), power


def export_contracts(region: Region, year: int, kept_share: Floats) -> Contracts:
    """Compute contracted exports after what policy keeps at home.

    Args:
        region: the pack.
        year: the year.
        kept_share: of each line's contract that is still sent, [P, L, season].
    """
    lines, t = region.power.corridors, year_index(year)
    share = kept_share[lines.export_zone, np.arange(lines.export_zone.size)][:, lines.season]
    home, recallable = np.zeros((2, len(kept_share), lines.season.size))
    sent = share * lines.export_mw[t]
    not_firm = (1.0 - lines.export_firm_share[:, None]) * sent
    np.add.at(home, lines.export_zone, lines.export_mw[t] - sent)
    np.add.at(recallable, lines.export_zone, not_firm)
    return Contracts(lines.contract_mw[t] - home, recallable, sent, not_firm)


class LoadAhead(NamedTuple):
    """Load that is expected in a year to come."""

    mwh: Floats  # [P]
    shape: Floats  # by month, day type and hour, as in the year that decides
    seasonal_shape: Floats


def expect_year(
    *,
    signals: Signals,
    region: Region,
    world: World,
    plants: PowerPlants,
    load: LoadAhead,
    stores: StoreState,
    missing_mw: Floats,
    years: int,
    trades: TradeOffers,
) -> ExpectedYear:
    """Build the expected year: `years` ahead, in a normal water year, from stores as they end such a year.

    What is under construction is there. Wind, sun and batteries are expected to go on being started at the pace of
    recent years. Source: EMLab forecast clearing; expected hours and prices come from the expected merit order, so that
    what others build lowers what the next plant earns.
    """
    year, technologies = signals.year + years, region.power.technologies
    offer = plants.offer(signals, year)
    pace = pace_mw(technologies, plants, signals.year, region.parameters["weight_of_newest_starts"])
    further_years = np.where(SMALL, np.maximum(years - technologies.lead_time_years, 0), 0.0)
    capacity = offer.capacity_by_fuel_mw.copy()
    capacity[:, FUEL_OF_BUILDABLE] += pace * further_years
    contracts = export_contracts(region, year, signals.expected_export_kept_share)
    cost = np.stack([new_unit_cost(region, signals, name) for name in BURNING], axis=1)
    limit = np.full(cost.shape, np.inf)
    cap = signals.policy.power.coal_utilisation_cap
    limit[:, BURNING.index("coal")] = np.where(cap < 1.0, cap * HOURS_PER_YEAR, np.inf)
    settled_at, water = (
        signals.prices.price_cap_cny_per_mwh,
        expected_water(region, world, year).open_with(stores),
    )
    abroad = signals.neighbours._replace(cooling_factor=1.0)
    around = power_year(region, year, load.mwh, load.shape, water, contracts, settled_at, abroad)
    around = join_trades(look_at_adequacy(around, load.seasonal_shape, missing_mw), trades)
    return ExpectedYear(
        offer=_with_new_units(region, offer._replace(capacity_by_fuel_mw=capacity), cost, limit),
        around=around,
        pace_mw=pace,
        further_years=further_years,
        ready=technologies.lead_time_years <= years,
        hours_share=np.ones(pace.shape),
        new_unit_cost_cny_per_mwh=cost,
        new_unit_limit_hours=limit,
    )


def _with_new_units(region: Region, offer: PowerOffer, cost: Floats, limit_hours: Floats) -> PowerOffer:
    """Add units without capacity for all fuels that may be planned."""
    tech, new = region.power.technologies, PlannedUnits.in_provinces(len(cost))
    by_month = _new_availability(region, new)
    return offer._replace(
        rows=np.concatenate([offer.rows, new.row]),
        zone=np.concatenate([offer.zone, new.zone]),
        capacity_mw=np.concatenate([offer.capacity_mw, new.nothing]),
        availability=np.concatenate([offer.availability, by_month]),
        minimum_load_share=np.concatenate(
            [offer.minimum_load_share, tech.by_fuel.flexible_minimum_load_share[new.fuel]]
        ),
        compensated_load_share=np.concatenate(
            [offer.compensated_load_share, tech.by_fuel.minimum_load_share[new.fuel]]
        ),
        cost_cny_per_mwh=np.concatenate([offer.cost_cny_per_mwh, np.maximum(cost, 0.0).ravel()]),
        no_load_cny_per_mwh=np.concatenate([offer.no_load_cny_per_mwh, new.nothing]),
        yearly_limit_mwh=np.concatenate([offer.yearly_limit_mwh, _limit_mwh(new.nothing, limit_hours)]),
        outage_mw=np.concatenate([offer.outage_mw, new.nothing]),
        outage_share=np.concatenate([offer.outage_share, new.nothing]),
    )


def _new_availability(region: Region, new: PlannedUnits) -> Floats:
    """Compute the availability of planned units by month [U, month]."""
    share = np.full(new.fuel.size, region.parameters["new_unit_availability"])
    return monthly_availability(region, new.zone, new.fuel, share)


def new_burner_share(region: Region) -> Floats:
    """Compute what is there of a MW of `PlannedUnits` in the mean of outages [U, month]."""
    new = PlannedUnits.in_provinces(len(region.axes.provinces))
    return region.parameters["new_unit_availability"] * _new_availability(region, new)


def _limit_mwh(capacity_mw: Floats, limit_hours: Floats) -> Floats:
    """Compute yearly output limits of `PlannedUnits`, MWh [U]; inf without one."""
    hours = limit_hours.ravel()
    limited = np.isfinite(hours)
    return np.where(limited, capacity_mw * np.where(limited, hours, 0.0), np.inf)


def _added_mw(region: Region, expected: ExpectedYear, planned_mw: Floats) -> Floats:
    """Compute the capacity that plans add by then, MW [P, K].

    Plans of this year [P, K] count, and the change they make in the pace that is expected of later years.
    """
    faster = region.parameters["weight_of_newest_starts"] * (planned_mw - expected.pace_mw)
    return planned_mw * expected.ready + faster * expected.further_years


class PlannedPrices(NamedTuple):
    """What the expected year costs with what is planned; fields as of `PowerPrices`."""

    price_cny_per_mwh: Floats
    shadow_price_cny_per_mwh: Floats
    gap_share: float


def planned_prices(
    region: Region, expected: ExpectedYear, planned_mw: Floats, start_cny_per_mwh: Floats
) -> PlannedPrices:
    """Clear the expected year with the plans that are ready by then.

    Args:
        region: the pack.
        expected: the year without it.
        planned_mw: what is planned, [P, K].
        start_cny_per_mwh: shadow prices [P] at which the search for those of yearly limits begins.
    """
    offer, added_mw = expected.offer, np.zeros(expected.offer.capacity_by_fuel_mw.shape)
    added_mw[:, FUEL_OF_BUILDABLE] = _added_mw(region, expected, planned_mw) * expected.hours_share
    capacity = offer.capacity_mw.copy()
    new_mw, limit = added_mw[:, BURNER_FUEL].ravel(), offer.yearly_limit_mwh.copy()
    capacity[-new_mw.size :] = new_mw * region.parameters["new_unit_availability"]
    limit[-new_mw.size :] = _limit_mwh(new_mw, expected.new_unit_limit_hours)
    by_fuel = np.maximum(offer.capacity_by_fuel_mw + added_mw, 0.0)
    offer = offer._replace(capacity_mw=capacity, yearly_limit_mwh=limit, capacity_by_fuel_mw=by_fuel)
    cleared = clear_hours(region.power, offer, expected.around, start_cny_per_mwh)
    market, zone = cleared.market, slice(len(planned_mw))  # an empty zone comes after them
    return PlannedPrices(
        market.price_cny_per_mwh[zone], cleared.shadow_price_cny_per_mwh[zone], gap_share(market)
    )


def planned_firm_mw(region: Region, expected: ExpectedYear, planned_mw: Floats) -> Floats:
    """Compute the firm capacity that plans [P, K] add, MW [P].

    It is that of the expected year; stores count with what they give throughout the longest peak.
    """
    added_mw = _added_mw(region, expected, planned_mw)
    at_peak = share_at_peak(
        region.power.technologies.by_fuel.storage_hours[STORE_FUEL],
        region.parameters["longest_net_peak_hours"],
    )
    burners = added_mw[:, BURNER].sum(axis=1) * region.parameters["new_unit_availability"]
    return np.asarray(burners + added_mw[:, STORE] @ at_peak)


def power_year(
    region: Region,
    year: int,
    load_mwh: Floats,
    load_shape: Floats,
    water: WaterYear,
    contracts: Contracts,
    price_cap_cny_per_mwh: float,
    abroad: NeighbourSignals,
) -> PowerYear:
    """Build the conditions of the region's plants in `year`.

    In observed years contracts are what was delivered.
    """
    corridors, parameters, t = region.power.corridors, region.parameters, year_index(year)
    # What was delivered in observed years holds all trade of their time; beyond it there was only help in need.
    trade = year > region.last_observed_year
    wheeling = "wheeling_cost_cny_per_mwh" if trade else "emergency_transfer_cost_cny_per_mwh"
    days = day_weights(region.power.day_weight, water.water.spell_days)
    border = _open_border(region, year, water, contracts, abroad)
    for_sale = share_in_spell(water.water.spell_days, parameters["neighbour_share_in_dry_spell"])
    dry_border = border._replace(purchases=border.purchases._replace(mw=border.purchases.mw * for_sale))
    return PowerYear(
        load_mwh=load_mwh,
        load_shape=every_day_type(load_shape, days),
        day_weight=days,
        water=water,
        usual=None,
        weather=region.power.observed_weather[t],
        contract_mw=contracts.sent_mw,
        line_zones=corridors.line_zones,
        internal_mw=corridors.internal_mw[t],
        line_mw=corridors.line_mw[t],
        line_loss_share=corridors.line_loss_share[t],
        border=dry_border,
        recallable_mw=np.zeros_like(contracts.sent_mw) if water.observed else contracts.recallable_mw,
        recall_price_cny_per_mwh=parameters["export_recall_price_cny_per_mwh"],
        shortage=ShortageRules(
            industrial_share=np.full(load_mwh.size, parameters["sheddable_industrial_share"]),
            industrial_price_cny_per_mwh=parameters["industrial_shedding_price_cny_per_mwh"],
            firm_price_cny_per_mwh=parameters["value_of_lost_load_cny_per_mwh"],
            price_cap_cny_per_mwh=price_cap_cny_per_mwh,
        ),
        wheeling_cost_cny_per_mwh=np.array([parameters[wheeling]] * len(corridors.line_zones)),
        firm_supply=read_firm_supply(
            region, border.purchases, new_burner_share(region).reshape(load_mwh.size, len(BURNING), -1)
        ),
        reserve_share=parameters["operating_reserve_share"],
        least_online_share=parameters["least_online_coal_share"],
        trades=TradeOffers.nothing(),
    )


def _open_border(
    region: Region, year: int, water: WaterYear, contracts: Contracts, abroad: NeighbourSignals
) -> Border:
    """Compute what neighbours sell and buy by price in `year`, outside dry spells.

    Heat and drought reach them too.
    """
    lines, power, t = region.power.corridors, region.power, year_index(year)
    normal = power.hydrology.normal.available_factor.mean(axis=0)
    return open_border(
        region.neighbours,
        lines,
        NeighbourYear(
            row=t,
            first_row=year_index(region.base_year),
            coal_price_factor=abroad.coal_price_factor,
            carbon=CarbonAbroad(
                abroad.carbon_price_cny_per_tco2,
                abroad.allowance_cny_per_mwh,
                abroad.import_charge_cny_per_tco2,
                abroad.import_deducted_share,
            ),
            coal_tco2_per_gj=power.fuel_co2_t_per_gj[COAL],
            variable_om_cny_per_mwh=power.technologies.by_fuel.variable_om_cny_per_mwh[COAL],
            water_factor=water.water.available_factor.mean(axis=0) / normal,
            cooling_factor=abroad.cooling_factor,
        ),
        ContractEnergy(
            lines.imports.mw[t] * HOURS_IN_MONTH,
            contracts.by_line_mw * HOURS_IN_MONTH,
            contracts.recallable_by_line_mw * HOURS_IN_MONTH,
        ),
    )


def expected_value(
    region: Region, signals: Signals, expected: ExpectedYear, price: Floats, shadow_price: Floats
) -> Floats:
    """Compute expected yearly earnings by buildable technology, CNY/MW [P, K].

    Wind and solar sell their profile at the expected hourly prices (zero when curtailed), coal and gas run when
    the price covers what they ask, storage buys the day's cheapest and sells its dearest hours; premiums and
    capacity payments come on top.

    Args:
        region: the pack.
        signals: the year's signals.
        expected: the expected year.
        price: its prices with what is planned, CNY/MWh [P, month, day type, hour].
        shadow_price: of yearly limits, CNY/MWh [P].
    """
    data, tech = region.power, region.power.technologies
    shadow = shadow_price[:, None] * np.isfinite(expected.new_unit_limit_hours)
    earnings: Earnings = earn_at_prices(
        price_cny_per_mwh=price,
        day_weight=data.day_weight,
        profile=data.renewable_profile,
        premium_cny_per_mwh=signals.policy.power.renewable_premium_cny_per_mwh.take(RENEWABLE_FUEL, axis=1),
        cost_cny_per_mwh=expected.new_unit_cost_cny_per_mwh + shadow,
        store_hours=tech.by_fuel.storage_hours[STORE_FUEL].astype(np.int64),
        store_efficiency=tech.by_fuel.storage_efficiency[STORE_FUEL],
    )
    value = np.zeros(expected.hours_share.shape)
    value[:, RENEWABLE] = earnings.profile * expected.hours_share[:, RENEWABLE]
    value[:, BURNER] = earnings.margin * region.parameters["new_unit_availability"]
    value[:, STORE] = earnings.spread
    return value + signals.prices.capacity_payment_cny_per_kw_year[:, FUEL_OF_BUILDABLE] * KW_PER_MW


def new_unit_cost(region: Region, signals: Signals, name: str) -> Floats:
    """Compute the marginal cost of a new fuelled unit, CNY/MWh [P]."""
    tech, k = region.power.technologies, BUILDABLE.index(name)
    heat_rate = tech.net_heat_rate_gj_per_mwh[k]
    fuel = heat_rate * signals.prices.fuel_price_cny_per_gj[:, PRICED_FUELS.index(name)]
    emission = heat_rate * region.power.fuel_co2_t_per_gj[FUELS.index(name)]
    benchmark = signals.carbon.benchmark[:, BENCHMARK_OF_NEW[name]]
    carbon = signals.carbon.carbon_cost_cny_per_tco2[:, ELECTRICITY] * emission
    covered = signals.policy.carbon.covered[:, ELECTRICITY]
    carbon = carbon - covered * signals.carbon.market_price_cny_per_tco2 * benchmark
    return np.asarray(fuel + carbon + tech.variable_om_cny_per_mwh[signals.data_row, k])
