"""How a decider values a project under the year's signals."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.economics import annuity_factor, discount_factor
from tanlu.core.schedules import CAPTURE_SUBSIDY
from tanlu.core.signals import Signals
from tanlu.kernels.appraisal import (
    AnnouncedPrices,
    Outlets,
    Projects,
    ProjectTerms,
    StrikePrices,
    value_outlets,
    value_projects,
)
from tanlu.kernels.co2.market import EmitterSites, Storing, storing_costs
from tanlu.region.co2 import CO2Data


class Outlet(NamedTuple):
    """What a captured tonne would bring; axis N projects."""

    price_cny_per_tco2: Floats  # less what transport and storage cost
    kept_share: Floats  # of what is captured, kept from the air for good


class Bids(NamedTuple):
    """What emitters would commit to their hub in an open season; axis N."""

    tonnes_tco2: Floats  # a year
    willing_cny_per_tco2: Floats  # highest tariff for transport from the hub and storage
    booked_tco2: Floats  # a year, what the capture plant takes at full output


def product_outlet(co2: CO2Data, competing_tco2: float, captured_tco2: Floats) -> Outlet:
    """Return what products would pay for `captured_tco2` a year on top of what others sell [N].

    Sellers share the market: the price is that of all sales together, and nothing where there are too many.
    """
    volume, demand = competing_tco2 + captured_tco2, co2.demand
    return Outlet(
        price_cny_per_tco2=np.interp(volume, demand.sold_tco2, demand.price_cny_per_tco2, right=0.0),
        kept_share=np.interp(volume, demand.sold_tco2, demand.kept_share, right=0.0),
    )


def storing_cost(
    signals: Signals, co2: CO2Data, sites: EmitterSites, contracted: Booleans, captured_tco2: Floats
) -> Storing:
    """Return what emitters would pay to store `captured_tco2` a year at the posted tariffs [N]."""
    costs: Storing = storing_costs(
        captured_tco2,
        contracted,
        sites,
        co2.way,
        signals.co2.hub_tariff_cny_per_tco2,
        co2.stores.cost_cny_per_tco2,
    )
    return costs


def appraise_outlets(
    signals: Signals, co2: CO2Data, projects: Projects, sites: EmitterSites, contracted: Booleans
) -> tuple[Floats, Floats]:
    """Return NPV and switching carbon price of each project in the better outlet for what it captures [N].

    Captured CO2 is stored, where the emitter can, or sold; what a product lets go again counts as emitted and earns
    no support. The switching price counts storing for everybody, at the cost of an own line where there is no other.

    Args:
        signals: the year's signals.
        co2: the pack's products, hubs and stores.
        projects: `cash_cny` before what becomes of captured CO2, and `stored_tco2` all that is captured, of which
            `avoided_tco2` supposes that it stays out of the air.
        sites: where each stands.
        contracted: who has a contract with its hub.
    """
    storing = storing_cost(signals, co2, sites, contracted, projects.stored_tco2)
    sold = product_outlet(co2, signals.co2.co2_competing_tco2, projects.stored_tco2)
    outlets = Outlets(
        storing_cny_per_tco2=storing.tariff_cny_per_tco2,
        stores=contracted | storing.trucks,
        price_cny_per_tco2=sold.price_cny_per_tco2,
        kept_share=sold.kept_share,
    )
    npv, switching = value_outlets(projects, _announced(signals), usual_terms(projects), outlets)
    return npv, switching


def outlet_projects(
    signals: Signals, co2: CO2Data, projects: Projects, sites: EmitterSites, contracted: Booleans
) -> tuple[Storing, Projects, Projects]:
    """Return what storing costs each, and the projects with their CO2 stored, and with it sold; as above [n]."""
    storing = storing_cost(signals, co2, sites, contracted, projects.stored_tco2)
    cost = storing.tariff_cny_per_tco2 * projects.stored_tco2
    return storing, projects._replace(cash_cny=projects.cash_cny - cost), _sold(signals, co2, projects)


def storage_bids(
    signals: Signals, co2: CO2Data, projects: Projects, sites: EmitterSites, full_tco2: Floats
) -> Bids:
    """Return what each project would commit to its hub: the tariff at which storing is worth no more than the rest.

    The rest is selling, or nothing. NPV falls with the tariff by tonnes x annuity. What else an emitter could do about
    its CO2 is not weighed here, but when it decides at its window.

    Args:
        signals: the year's signals.
        co2: the pack's products and transport.
        projects: as for `appraise_outlets`, all of which capture.
        sites: where each stands.
        full_tco2: what each would capture at full output, t a year.
    """
    tonnes = projects.stored_tco2
    free, _ = appraise_projects(signals, projects)
    sold, _ = appraise_projects(without_contracts(signals), _sold(signals, co2, projects))
    worth = annuity_factor(projects.rate, projects.life_years)
    worth = worth * discount_factor(projects.rate, projects.lead_years) * tonnes
    gain = free - np.maximum(sold, 0.0)
    willing = np.divide(gain, worth, out=np.full(gain.size, -np.inf), where=worth > 0.0)
    feeder = storing_cost(signals, co2, sites, np.zeros(tonnes.size, bool), tonnes).feeder_cny_per_tco2
    return Bids(tonnes, willing - feeder, np.maximum(full_tco2, tonnes))


def _sold(signals: Signals, co2: CO2Data, projects: Projects) -> Projects:
    """Return the projects with what they capture sold to products."""
    outlet = product_outlet(co2, signals.co2.co2_competing_tco2, projects.stored_tco2)
    released = (1.0 - outlet.kept_share) * projects.stored_tco2
    return projects._replace(
        cash_cny=projects.cash_cny + outlet.price_cny_per_tco2 * projects.stored_tco2,
        avoided_tco2=projects.avoided_tco2 - released,
        stored_tco2=projects.stored_tco2 - released,
    )


def without_contracts(signals: Signals) -> Signals:
    """Return what somebody hears who stores nothing, and so gets no contract for difference."""
    none = StrikePrices._make(column[:0] for column in signals.co2.contracts)
    return signals._replace(co2=signals.co2._replace(contracts=none))


def appraise_projects(signals: Signals, projects: Projects) -> tuple[Floats, Floats]:
    """Return the NPV of each project, CNY of 2020 [n], and the carbon price today at which it would be zero [n].

    Carbon is valued at the price its owner expects, the announced one as far as it is believed, less the free
    allowances that go with a tonne. The switching price, net of them too, is in CNY/t CO2, NaN where a project avoids
    no CO2; what it is above today's price is saved by captured tonnes too, as a fixed price is.
    """
    npv, switching = value_projects(projects, _announced(signals), usual_terms(projects))
    return npv, switching


def earned_share(signals: Signals, projects: Projects) -> Floats:
    """Return the share of the carbon market's price that a tonne avoided earns today [n].

    The rest goes with free allowances that follow emissions, or is for captured CO2 that needs allowances all the same.
    NaN outside the market, and where nothing is avoided.
    """
    place, avoided = (projects.province, projects.sector), projects.avoided_tco2
    price = (signals.policy.carbon.covered * signals.carbon.market_price_cny_per_tco2)[place]
    gone = projects.allowance_share * signals.carbon.allowance_value_cny_per_tco2[place]
    needed = signals.carbon.captured_cost_cny_per_tco2[place]
    earned = avoided * (price - gone) - projects.stored_tco2 * np.where(needed > 0.0, needed - gone, 0.0)
    whole = avoided * price
    return np.divide(earned, whole, out=np.full(whole.size, np.nan), where=whole > 0.0)


def usual_terms(projects: Projects) -> ProjectTerms:
    """Return the terms of all agents of the model: spent in equal parts, paid from the year after, before tax [n]."""
    none = np.zeros(projects.rate.size)
    nowhere = np.zeros((projects.rate.size, 0))
    return ProjectTerms(nowhere, projects.lead_years + 1, none, none, none, nowhere, none)


def _announced(signals: Signals) -> AnnouncedPrices:
    """Return the prices of projects; the allowance that a captured tonne needs all the same lowers its support."""
    needed = signals.carbon.captured_cost_cny_per_tco2, signals.carbon.captured_path_cny_per_tco2
    free = signals.carbon.allowance_value_cny_per_tco2, signals.carbon.allowance_path_cny_per_tco2
    return AnnouncedPrices(
        carbon_cost=signals.carbon.carbon_cost_cny_per_tco2,
        support=signals.subsidies[CAPTURE_SUBSIDY] - needed[0],
        carbon_path=signals.carbon.carbon_path_cny_per_tco2,
        support_path=signals.co2.capture_support_path_cny_per_tco2 - needed[1],
        allowance=free[0],
        allowance_path=free[1],
        kept_allowance=np.where(needed[0] > 0.0, free[0], 0.0),
        kept_allowance_path=np.where(needed[1] > 0.0, free[1], 0.0),
        contracts=signals.co2.contracts,
    )


def paid_over_lead_time(amount_cny: Floats, rate: Floats, lead_years: Integers) -> Floats:
    """Return the present value of amounts paid in equal parts over the lead time, as investments are; any shape."""
    years = np.maximum(lead_years, 1)
    return amount_cny / years * annuity_factor(rate, years) * (1.0 + rate)
