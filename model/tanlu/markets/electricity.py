"""Electricity: the year that clears, and the expected year."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import FUELS, RENEWABLE_FUELS, STORAGE_FUELS, F, P
from tanlu.core.days import day_weights, every_day_type
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.core.units import HOURS_PER_YEAR, KW_PER_MW
from tanlu.kernels.power.earnings import Earnings, earn_at_prices
from tanlu.kernels.power.units import PowerOffer
from tanlu.markets.demand import Demand
from tanlu.markets.water import normal_water
from tanlu.power.market import gap_share
from tanlu.power.plants import PowerPlants
from tanlu.power.sites import SMALL, pace_mw
from tanlu.power.state import monthly_availability
from tanlu.power.supply import PowerYear, ShortageRules
from tanlu.power.system import clear_hours, clear_power_year
from tanlu.power.water import WaterYear
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE, PRICED_FUELS
from tanlu.region.tables import year_index
from tanlu.state.state import ExpectationState

K = len(BUILDABLE)
BURNING = ("coal", "gas")  # what can be built and burns fuel
BURNER, RENEWABLE, STORE = (
    [BUILDABLE.index(name) for name in names] for names in (BURNING, RENEWABLE_FUELS, STORAGE_FUELS)
)
BURNER_FUEL, RENEWABLE_FUEL, STORE_FUEL = (
    np.array([FUELS.index(name) for name in names]) for names in (BURNING, RENEWABLE_FUELS, STORAGE_FUELS)
)
# Units that stand for what is planned.
NEW_ZONE, NEW_FUEL = np.repeat(np.arange(P), BURNER_FUEL.size), np.tile(BURNER_FUEL, P)
NEW = NEW_FUEL.size
NOT_THERE, NOTHING = np.full(NEW, -1), np.zeros(NEW)


class Contracts(NamedTuple):
    """What is agreed to leave the region, MW [P, month]."""

    sent_mw: Floats  # net of contracted imports
    recallable_mw: Floats  # the part of it that stays at home where power is dear


class ExpectedYear(NamedTuple):
    """The expected year, before anybody plans anything for it."""

    offer: PowerOffer  # the last `NEW` units stand for what burns fuel and is only planned, without capacity; rows -1
    around: PowerYear
    pace_mw: Floats  # [P, K] that others are expected to go on starting in each year after this one
    further_years: Floats  # [K] how many years of this pace are ready by then and in the offer
    ready: Booleans  # [K] which technologies could be there by then
    new_unit_cost_cny_per_mwh: Floats  # [P, BURNING]
    hours_share: Floats  # [P, K] of what is planned, of the hours of the first site
    new_unit_limit_hours: Floats  # [P, BURNING] most of a year at full output; inf without a limit


def electricity(
    state: ExpectationState,
    signals: Signals,
    region: Region,
    water: WaterYear,
    plants: PowerPlants,
    demand: Demand,
) -> tuple[ExpectationState, PowerOutcome]:
    """Clear the year's electricity (docs/model/power.md)."""
    year, offer = signals.year, plants.offer(signals, signals.year)
    contracts = export_contracts(region, year, signals.policy.power.export_kept_share)
    cap = signals.prices.price_cap_cny_per_mwh
    around = power_year(region, year, demand.load_mwh, demand.load_shape, water, contracts, cap)
    power = clear_power_year(region.power, offer, around)
    return state._replace(reserve_margin=power.reserve_margin), power


def export_contracts(region: Region, year: int, kept_share: Floats) -> Contracts:
    """Return what is agreed to leave the region after what policy keeps at home.

    Args:
        region: the pack.
        year: the year.
        kept_share: of each line's contract that is still sent, [P, L, season].
    """
    lines, t = region.power.corridors, year_index(year)
    share = kept_share[lines.export_zone, np.arange(lines.export_zone.size)][:, lines.season]
    home, recallable = np.zeros((P, lines.season.size)), np.zeros((P, lines.season.size))
    np.add.at(home, lines.export_zone, (1.0 - share) * lines.export_mw[t])
    not_firm = 1.0 - lines.export_firm_share[:, None]
    np.add.at(recallable, lines.export_zone, not_firm * share * lines.export_mw[t])
    return Contracts(lines.contract_mw[t] - home, recallable)


def expect_year(
    *,
    signals: Signals,
    region: Region,
    plants: PowerPlants,
    load_mwh: Floats,
    load_shape: Floats,
    years: int,
) -> ExpectedYear:
    """Return the expected year: `years` ahead, with what is under construction, in a normal water year.

    Wind, sun and batteries are expected to go on being started at the pace of recent years. Source: EMLab forecast
    clearing; expected hours and prices come from the expected merit order, so that what others build lowers what the
    next plant earns.
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
    settled_at, water = signals.prices.price_cap_cny_per_mwh, normal_water(region, year)
    return ExpectedYear(
        offer=_with_new_units(region, offer._replace(capacity_by_fuel_mw=capacity), cost, limit),
        around=power_year(region, year, load_mwh, load_shape, water, contracts, settled_at),
        pace_mw=pace,
        further_years=further_years,
        ready=technologies.lead_time_years <= years,
        hours_share=np.ones((P, K)),
        new_unit_cost_cny_per_mwh=cost,
        new_unit_limit_hours=limit,
    )


def _with_new_units(region: Region, offer: PowerOffer, cost: Floats, limit_hours: Floats) -> PowerOffer:
    """Return the offer with a unit of no capacity for everything that burns fuel and may be planned."""
    tech = region.power.technologies
    availability = np.full(NEW, region.parameters["new_unit_availability"])
    by_month = monthly_availability(region, NEW_ZONE, NEW_FUEL, availability)
    return offer._replace(
        rows=np.concatenate([offer.rows, NOT_THERE]),
        zone=np.concatenate([offer.zone, NEW_ZONE]),
        capacity_mw=np.concatenate([offer.capacity_mw, NOTHING]),
        availability=np.concatenate([offer.availability, by_month]),
        minimum_load_share=np.concatenate(
            [offer.minimum_load_share, tech.by_fuel.flexible_minimum_load_share[NEW_FUEL]]
        ),
        compensated_load_share=np.concatenate(
            [offer.compensated_load_share, tech.by_fuel.minimum_load_share[NEW_FUEL]]
        ),
        cost_cny_per_mwh=np.concatenate([offer.cost_cny_per_mwh, np.maximum(cost, 0.0).ravel()]),
        no_load_cny_per_mwh=np.concatenate([offer.no_load_cny_per_mwh, NOTHING]),
        yearly_limit_mwh=np.concatenate([offer.yearly_limit_mwh, _limit_mwh(NOTHING, limit_hours)]),
    )


def _limit_mwh(capacity_mw: Floats, limit_hours: Floats) -> Floats:
    """Return what new units may give in a year, MWh [NEW]; inf where nothing limits them."""
    hours = limit_hours.ravel()
    limited = np.isfinite(hours)
    return np.where(limited, capacity_mw * np.where(limited, hours, 0.0), np.inf)


def _more_mw(region: Region, expected: ExpectedYear, planned_mw: Floats) -> Floats:
    """Return what stands in the expected year for plans of this year [P, K] above what stands without them, MW [P, K].

    These plans, and what they change in the pace that is expected of later years.
    """
    faster = region.parameters["weight_of_newest_starts"] * (planned_mw - expected.pace_mw)
    return planned_mw * expected.ready + faster * expected.further_years


class PlannedPrices(NamedTuple):
    """What the expected year costs with what is planned; fields as of `PowerPrices`."""

    price_cny_per_mwh: Floats
    shadow_price_cny_per_mwh: Floats
    gap_share: float


def planned_prices(region: Region, expected: ExpectedYear, planned_mw: Floats) -> PlannedPrices:
    """Return the prices of the expected year with what companies plan to start now, where it is ready by then.

    Args:
        region: the pack.
        expected: the year without it.
        planned_mw: what is planned, [P, K].
    """
    offer, built = expected.offer, np.zeros((P, F))
    built[:, FUEL_OF_BUILDABLE] = _more_mw(region, expected, planned_mw) * expected.hours_share
    capacity = offer.capacity_mw.copy()
    new_mw, limit = built[:, BURNER_FUEL].ravel(), offer.yearly_limit_mwh.copy()
    capacity[-NEW:] = new_mw * region.parameters["new_unit_availability"]
    limit[-NEW:] = _limit_mwh(new_mw, expected.new_unit_limit_hours)
    by_fuel = np.maximum(offer.capacity_by_fuel_mw + built, 0.0)
    offer = offer._replace(capacity_mw=capacity, yearly_limit_mwh=limit, capacity_by_fuel_mw=by_fuel)
    cleared = clear_hours(region.power, offer, expected.around)
    market = cleared.market
    return PlannedPrices(market.price_cny_per_mwh, cleared.shadow_price_cny_per_mwh, gap_share(market))


def planned_firm_mw(region: Region, expected: ExpectedYear, planned_mw: Floats) -> Floats:
    """Return the firm capacity that plans of this year [P, K] bring to the expected year, MW [P]."""
    more = _more_mw(region, expected, planned_mw)
    burners = more[:, BURNER].sum(axis=1) * region.parameters["new_unit_availability"]
    return np.asarray(burners + more[:, STORE].sum(axis=1))


def power_year(
    region: Region,
    year: int,
    load_mwh: Floats,
    load_shape: Floats,
    water: WaterYear,
    contracts: Contracts,
    price_cap_cny_per_mwh: float,
) -> PowerYear:
    """Return what surrounds the region's plants in `year`; in observed years contracts are what was delivered."""
    corridors, parameters, t = region.power.corridors, region.parameters, year_index(year)
    # What was delivered in observed years holds all trade of their time; beyond it there was only help in need.
    trade = year > region.last_observed_year
    wheeling = "wheeling_cost_cny_per_mwh" if trade else "emergency_transfer_cost_cny_per_mwh"
    spell_days = water.water.spell_days
    days = day_weights(region.power.day_weight, spell_days)
    for_sale = np.where(spell_days > 0.0, parameters["neighbour_share_in_dry_spell"], 1.0)  # [month]
    return PowerYear(
        load_mwh=load_mwh,
        load_shape=every_day_type(load_shape, days),
        day_weight=days,
        water=water,
        weather=region.power.observed_weather[t],
        contract_mw=contracts.sent_mw,
        internal_mw=corridors.internal_mw[t],
        line_mw=corridors.line_mw[t],
        line_loss_share=float(corridors.line_loss_share[t]),
        neighbour_mw=corridors.neighbour_mw[t][:, None] * for_sale,
        surplus_mw=corridors.surplus_mw[t],
        recallable_mw=np.zeros_like(contracts.sent_mw) if water.observed else contracts.recallable_mw,
        recall_price_cny_per_mwh=parameters["export_recall_price_cny_per_mwh"],
        shortage=ShortageRules(
            industrial_share=np.full(P, parameters["sheddable_industrial_share"]),
            industrial_price_cny_per_mwh=parameters["industrial_shedding_price_cny_per_mwh"],
            firm_price_cny_per_mwh=parameters["value_of_lost_load_cny_per_mwh"],
            price_cap_cny_per_mwh=price_cap_cny_per_mwh,
        ),
        wheeling_cost_cny_per_mwh=parameters[wheeling],
        reserve_share=parameters["operating_reserve_share"],
        least_online_share=parameters["least_online_coal_share"],
    )


def expected_value(
    region: Region, signals: Signals, expected: ExpectedYear, price: Floats, shadow_price: Floats
) -> Floats:
    """Return what one MW of each buildable technology would earn a year, CNY/MW [P, K].

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
    earned: Earnings = earn_at_prices(
        price_cny_per_mwh=price,
        day_weight=data.day_weight,
        profile=data.renewable_profile,
        premium_cny_per_mwh=signals.policy.power.renewable_premium_cny_per_mwh.take(RENEWABLE_FUEL, axis=1),
        cost_cny_per_mwh=expected.new_unit_cost_cny_per_mwh + shadow,
        store_hours=tech.by_fuel.storage_hours[STORE_FUEL].astype(np.int64),
        store_efficiency=tech.by_fuel.storage_efficiency[STORE_FUEL],
    )
    value = np.zeros((P, K))
    value[:, RENEWABLE] = earned.profile * expected.hours_share[:, RENEWABLE]
    value[:, BURNER] = earned.margin * region.parameters["new_unit_availability"]
    value[:, STORE] = earned.spread
    return value + signals.prices.capacity_payment_cny_per_kw_year[:, FUEL_OF_BUILDABLE] * KW_PER_MW


def new_unit_cost(region: Region, signals: Signals, name: str) -> Floats:
    """Return the marginal cost of a new unit that burns fuel, CNY/MWh [P]."""
    tech, k = region.power.technologies, BUILDABLE.index(name)
    heat_rate = tech.net_heat_rate_gj_per_mwh[k]
    fuel = heat_rate * signals.prices.fuel_price_cny_per_gj[:, PRICED_FUELS.index(name)]
    emission = heat_rate * region.power.fuel_co2_t_per_gj[FUELS.index(name)]
    benchmark = signals.carbon.benchmark[:, 0 if name == "coal" else 3]
    carbon = signals.carbon.carbon_cost_cny_per_tco2[:, 0] * emission
    carbon = (
        carbon - signals.policy.carbon.covered[:, 0] * signals.carbon.market_price_cny_per_tco2 * benchmark
    )
    return np.asarray(fuel + carbon + tech.variable_om_cny_per_mwh[signals.data_row, k])
