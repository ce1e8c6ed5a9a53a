"""Plans: what companies could build, once each of them counts with what all plan."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import P
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.finance.companies import BuildSites, Companies, Room
from tanlu.power.plants import PowerPlants
from tanlu.power.sites import SMALL, SiteWorld, site_room
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE
from tanlu.scenario.world import World
from tanlu.simulation.actors import Actors
from tanlu.simulation.state import ExpectationState
from tanlu.simulation.steps.electricity import expected_value, planned_firm_mw, planned_prices
from tanlu.simulation.views import Views, paid_at

K = len(BUILDABLE)
PLAN_CLEARINGS = 4  # of the expected year with plans; more cost time and change next to nothing


def plan_sites(
    state: ExpectationState,
    region: Region,
    world: World,
    actors: Actors,
    views: Views,
) -> tuple[ExpectationState, BuildSites]:
    """Return what companies could build: value, cost and room of each technology and province.

    What all of them plan lowers what each earns. All begin with the part of the plans that each would make alone that
    was left last year. The expected year is cleared with these plans, all see what they want at its prices, and the
    mean of all that was wanted so far is planned next (fictitious play, Brown 1951). Nobody starts more than was
    planned in the last of these clearings, so that what is started pays with all of this year's plans in place.
    """
    signals = views.signals
    terms = _terms(region, world, signals, actors.plants, state.learned_cost_factor)
    views = views._replace(expected_year=views.expected_year._replace(hours_share=terms.room.hours_share))
    year, expected = views.expected_year, views.expected
    prices = expected.prices.price_cny_per_mwh, expected.prices.shadow_price_cny_per_mwh
    free = expected_value(region, signals, year, *prices)
    alone = by_technology(_sites_at(actors.companies, signals, free, terms, views.hurdle))
    planned = wanted = state.plan_realisation_share * alone
    gap = 0.0
    for before in range(1, PLAN_CLEARINGS + 1):
        planned = planned + (wanted - planned) / before
        signals, value, missed = _with_plans(region, views, planned)
        gap = max(gap, missed)
        sites = _sites_at(actors.companies, signals, value, terms, views.hurdle)
        wanted = by_technology(sites)
    left = np.divide(planned, alone, out=state.plan_realisation_share.copy(), where=alone > 0.0)
    share = np.minimum(1.0, planned / np.maximum(wanted, 1e-9))[sites.province, sites.technology]
    return state._replace(plan_realisation_share=left, gap_share=gap), sites._replace(
        capacity_mw=sites.capacity_mw * share,
        capex_cny=sites.capex_cny * share,
        npv_cny=sites.npv_cny * share,
    )


def _with_plans(region: Region, views: Views, planned: Floats) -> tuple[Signals, Floats, float]:
    """Return the signals, what a MW earns [P, K], and the certificate, with MW [P, K] planned in the expected year."""
    year, expected = views.expected_year, views.expected
    price, shadow_price, gap = planned_prices(region, year, planned)
    firm = planned_firm_mw(region, year, planned) / expected.hours.load_mw.max(axis=(1, 2, 3))
    signals = paid_at(region, views.signals, expected.reserve_margin + firm)
    return signals, expected_value(region, signals, year, price, shadow_price), gap


def by_technology(sites: BuildSites, counts: Booleans | bool = True) -> Floats:
    """Return the capacity of the sites that count, MW [P, K]."""
    cell = sites.province * K + sites.technology
    return np.bincount(cell, sites.capacity_mw * counts, P * K).reshape(P, K)


class _Terms(NamedTuple):
    """What building takes this year, whatever is planned."""

    capex_cny_per_mw: Floats  # [P, K]
    running_cny_per_mw: Floats  # [K] and year
    room: Room


def _terms(
    region: Region, world: World, signals: Signals, plants: PowerPlants, learned_cost_factor: Floats
) -> _Terms:
    tech, t, year = region.power.technologies, signals.data_row, signals.year
    factor = np.where(SMALL, world.renewable_cost_factor.at(year), 1.0)
    sites = SiteWorld(
        pace=world.renewable_pace_factor.at(year),
        potential=world.renewable_potential_factor.at(year),
        decline=world.site_decline_factor.at(year),
        connection=world.site_connection_factor.at(year),
    )
    room = site_room(tech, plants, year, sites)
    coal, allowed = BUILDABLE.index("coal"), signals.policy.power.coal_new_build_allowed
    room.mw[:, coal] *= allowed
    unit_cost = tech.capex_cny_per_kw[t] * learned_cost_factor[:K] * factor
    forbidden = np.zeros(room.mw.shape, bool)
    forbidden[:, coal] = allowed <= 0.0
    return _Terms(
        capex_cny_per_mw=(unit_cost + room.connection_cny_per_kw) * KW_PER_MW,
        running_cny_per_mw=tech.fixed_om_cny_per_kw_year[t] * KW_PER_MW,
        room=Room(*room, forbidden),
    )


def _sites_at(
    companies: Companies, signals: Signals, value: Floats, terms: _Terms, hurdle: Floats
) -> BuildSites:
    """Return what companies would build where a MW earns `value` a year, CNY [P, K]."""
    return companies.sites(
        signals,
        value=value,
        capex=terms.capex_cny_per_mw,
        running_cost=terms.running_cny_per_mw,
        room=terms.room,
        hurdle=hurdle,
    )
