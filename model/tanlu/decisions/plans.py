"""Plans: what companies could build, once each of them counts with what all plan."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.units import KW_PER_MW
from tanlu.decisions.auctions import open_auctions
from tanlu.decisions.plan_search import Planning, agree
from tanlu.decisions.views import Views, set_capacity_payment
from tanlu.finance.building import BuildSites, BuildTerms, Room
from tanlu.finance.companies import GREEN
from tanlu.markets.electricity import (
    ExpectedYear,
    PlannedPrices,
    expected_value,
    planned_firm_mw,
    planned_prices,
)
from tanlu.power.plants import PowerPlants
from tanlu.power.sites import SMALL, SiteWorld, site_room, starts_mw
from tanlu.power.state import full_load_hours
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE
from tanlu.scenario.world import World
from tanlu.state.actors import Actors
from tanlu.state.state import ExpectationState, LimitPriceState

K = len(BUILDABLE)
FIRST_SHARE = 0.02  # of the room of what comes in small pieces, in the plans to begin with


def plan_sites(
    state: ExpectationState,
    region: Region,
    world: World,
    actors: Actors,
    views: Views,
) -> tuple[ExpectationState, BuildSites]:
    """List what companies could build, with value, cost and room.

    Each technology and province has its own.

    What all of them plan lowers what each earns, so the expected year is cleared with plans until they are wanted in it
    (`agree`). What is started pays with all of this year's plans in place.
    """
    signals = views.signals
    terms = build_terms(region, world, views, actors, state.learned_cost_factor)
    terms = open_auctions(region, views, actors.plants, state.load_history_mwh[-1], terms)
    views = views._replace(expected_year=views.expected_year._replace(hours_share=terms.room.hours_share))
    cleared: list[PlannedPrices] = []

    def clear(planned_mw: Floats) -> Floats:
        start = cleared[-1].shadow_price_cny_per_mwh if cleared else state.limit_prices.planned_cny_per_mwh
        cleared.append(planned_prices(region, views.expected_year, planned_mw, start))
        return _value_plans(region, views, planned_mw, cleared[-1])

    planning = Planning(clear, terms, _hours(region, terms.room))
    prices = views.expected.prices
    alone = expected_value(
        region, signals, views.expected_year, prices.price_cny_per_mwh, prices.shadow_price_cny_per_mwh
    )
    sites = agree(
        planning, alone, _first_plans(region, actors.plants, views.expected_year, terms.room, signals.year)
    )
    if terms.auctions is not None:
        sites = terms.auctions.limit_contracts(sites)
    limit_prices = LimitPriceState(
        state.limit_prices.cleared_cny_per_mwh,
        prices.shadow_price_cny_per_mwh,
        cleared[-1].shadow_price_cny_per_mwh,
    )
    return state._replace(gap_share=max(year.gap_share for year in cleared), limit_prices=limit_prices), sites


def _hours(region: Region, room: Room) -> Floats:
    """Compute full-load hours of the next sites, wind and sun [P, K].

    They are 0 of the other technologies.
    """
    return full_load_hours(region.power)[:, FUEL_OF_BUILDABLE] * room.hours_share


def _first_plans(
    region: Region, plants: PowerPlants, expected: ExpectedYear, room: Room, year: int
) -> Floats:
    """Compute the plans to begin with, MW [P, K].

    They are last year's starts, in small pieces at least half the pace.
    """
    last = starts_mw(region.power.technologies, plants, year - 1)
    small = np.maximum(np.maximum(last, 0.5 * expected.pace_mw), FIRST_SHARE * room.mw)
    return np.where(SMALL, small, last)


def _value_plans(region: Region, views: Views, planned_mw: Floats, prices: PlannedPrices) -> Floats:
    """Compute what a MW earns [P, K] in the expected year with MW [P, K] planned in it."""
    year, expected = views.expected_year, views.expected
    firm = planned_firm_mw(region, year, planned_mw) / expected.hours.load_mw.max(axis=(1, 2, 3))
    signals = set_capacity_payment(region, views.signals, expected.reliable_margin + firm)
    return expected_value(region, signals, year, prices.price_cny_per_mwh, prices.shadow_price_cny_per_mwh)


def build_terms(
    region: Region, world: World, views: Views, actors: Actors, learned_cost_factor: Floats
) -> BuildTerms:
    """Compute the terms of building this year, whatever is planned."""
    signals, plants = views.signals, actors.plants
    tech, t, year = region.power.technologies, signals.data_row, signals.year
    factor = np.where(SMALL, world.renewable_cost_factor.value_in(year), 1.0)
    sites = SiteWorld(
        pace=world.renewable_pace_factor.value_in(year),
        potential=world.renewable_potential_factor.value_in(year),
        decline=world.site_decline_factor.value_in(year),
        connection=world.site_connection_factor.value_in(year),
        wind_potential=world.wind_potential,
    )
    room = site_room(tech, plants, year, sites)
    coal, allowed = BUILDABLE.index("coal"), signals.policy.power.coal_new_build_allowed
    room.mw[:, coal] *= allowed
    unit_cost = tech.capex_cny_per_kw[t] * learned_cost_factor[:K] * factor
    borne = 1.0 - signals.green_fund_share[:, None] * GREEN  # after what the green fund is expected to grant
    forbidden = np.zeros(room.mw.shape, bool)
    forbidden[:, coal] = allowed <= 0.0
    return actors.companies.build_terms(
        signals,
        capex=(unit_cost + room.connection_cny_per_kw) * KW_PER_MW * borne,
        running_cost=tech.fixed_om_cny_per_kw_year[t] * KW_PER_MW,
        room=Room(*room, forbidden),
        hurdle=views.hurdle,
    )
