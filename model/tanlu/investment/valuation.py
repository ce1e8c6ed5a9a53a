"""How a decider values a project under the year's signals."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.economics import annuity_factor
from tanlu.core.schedules import CAPTURE_SUBSIDY
from tanlu.core.signals import DemandCurve, Signals
from tanlu.investment.taxation import terms_of, worths_of_new
from tanlu.kernels.appraisal import (
    AnnouncedPrices,
    Outlets,
    Projects,
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
    booked_tco2: Floats  # a year, for which it pays whatever it ships


def product_outlet(demand: DemandCurve, competing_tco2: float, captured_tco2: Floats) -> Outlet:
    """Price `captured_tco2` a year on the product market [N].

    It comes on top of the sales of others.
    Sellers share the market: the price is that of all sales together, and nothing where there are too many.
    """
    volume = competing_tco2 + captured_tco2
    return Outlet(
        price_cny_per_tco2=np.interp(volume, demand.sold_tco2, demand.price_cny_per_tco2, right=0.0),
        kept_share=np.interp(volume, demand.sold_tco2, demand.kept_share, right=0.0),
    )


def storing_cost(
    signals: Signals, co2: CO2Data, sites: EmitterSites, contracted: Booleans, captured_tco2: Floats
) -> Storing:
    """Compute emitters' cost of storing `captured_tco2` at posted tariffs [N]."""
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
    """Appraise capture projects in their better outlet [N].

    Returns NPV and switching carbon price.
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
    outlet = product_outlet(signals.co2.product_demand, signals.co2.co2_competing_tco2, projects.stored_tco2)
    outlets = Outlets(
        storing_cny_per_tco2=storing.tariff_cny_per_tco2,
        stores=contracted | storing.trucks,
        price_cny_per_tco2=outlet.price_cny_per_tco2,
        kept_share=outlet.kept_share,
    )
    terms = terms_of(signals.taxes, projects, signals.year)
    npv, switching = value_outlets(projects, _announced(signals), terms, outlets)
    return npv, switching


def outlet_projects(
    signals: Signals, co2: CO2Data, projects: Projects, sites: EmitterSites, contracted: Booleans
) -> tuple[Storing, Projects, Projects]:
    """Build each project with its CO2 stored, and with it sold.

    Returns the cost of storing, the storing and the selling projects [n].
    """
    storing = storing_cost(signals, co2, sites, contracted, projects.stored_tco2)
    cost = storing.tariff_cny_per_tco2 * projects.stored_tco2
    return storing, projects._replace(cash_cny=projects.cash_cny - cost), _with_sales(signals, projects)


def storage_bids(
    signals: Signals, co2: CO2Data, projects: Projects, sites: EmitterSites, booked_tco2: Floats
) -> Bids:
    """Compute each project's bid for storage in an open season.

    Its highest tariff is that at which storing is worth no more than the rest.
    The rest is selling, or nothing. NPV falls with the tariff by tonnes x annuity after tax. What else an emitter could
    do about its CO2 is not weighed here, but when it decides at its window.

    Args:
        signals: the year's signals.
        co2: the pack's products and transport.
        projects: as for `appraise_outlets`, all of which capture.
        sites: where each stands.
        booked_tco2: what each would book for, t a year, no less than it stores.
    """
    tonnes = projects.stored_tco2
    value, _ = appraise_projects(signals, projects)
    selling_value, _ = appraise_projects(without_contracts(signals), _with_sales(signals, projects))
    years = projects.lead_years, projects.life_years
    worth, _ = worths_of_new(signals.taxes, projects.tax_class, projects.rate[None], *years, signals.year)
    worth = worth[0] * tonnes
    gain = value - np.maximum(selling_value, 0.0)
    willing = np.divide(gain, worth, out=np.full(gain.size, -np.inf), where=worth > 0.0)
    feeder = storing_cost(signals, co2, sites, np.zeros(tonnes.size, bool), tonnes).feeder_cny_per_tco2
    return Bids(tonnes, willing - feeder, booked_tco2)


def _with_sales(signals: Signals, projects: Projects) -> Projects:
    """Return the projects with what they capture sold to products."""
    outlet = product_outlet(signals.co2.product_demand, signals.co2.co2_competing_tco2, projects.stored_tco2)
    released = (1.0 - outlet.kept_share) * projects.stored_tco2
    return projects._replace(
        cash_cny=projects.cash_cny + outlet.price_cny_per_tco2 * projects.stored_tco2,
        avoided_tco2=projects.avoided_tco2 - released,
        stored_tco2=projects.stored_tco2 - released,
    )


def without_contracts(signals: Signals) -> Signals:
    """Remove contracts for difference from the signals of who stores nothing."""
    no_contracts = StrikePrices._make(column[:0] for column in signals.co2.contracts)
    return signals._replace(co2=signals.co2._replace(contracts=no_contracts))


def appraise_projects(signals: Signals, projects: Projects) -> tuple[Floats, Floats]:
    """Appraise projects: NPV, CNY of 2020, and switching carbon price [n].

    Carbon is valued at the price its owner expects, the announced one as far as it is believed, less the free
    allowances that go with a tonne. The switching price, net of them too, is in CNY/t CO2, NaN where a project avoids
    no CO2; what it is above today's price is saved by captured tonnes too, as a fixed price is. Tax is paid by law.
    """
    terms = terms_of(signals.taxes, projects, signals.year)
    npv, switching = value_projects(projects, _announced(signals), terms)
    return npv, switching


def earned_share(signals: Signals, projects: Projects) -> Floats:
    """Compute the market price share that an avoided tonne earns [n].

    The rest goes with free allowances that follow emissions, or is for captured CO2 that needs allowances all the same.
    NaN outside the market, and where nothing is avoided.
    """
    place, avoided = (projects.province, projects.sector), projects.avoided_tco2
    price = (signals.policy.carbon.covered * signals.carbon.market_price_cny_per_tco2)[place]
    free_allowance = projects.allowance_share * signals.carbon.allowance_value_cny_per_tco2[place]
    captured_cost = signals.carbon.captured_cost_cny_per_tco2[place]
    earnings = avoided * (price - free_allowance) - projects.stored_tco2 * np.where(
        captured_cost > 0.0, captured_cost - free_allowance, 0.0
    )
    whole = avoided * price
    return np.divide(earnings, whole, out=np.full(whole.size, np.nan), where=whole > 0.0)


def _announced(signals: Signals) -> AnnouncedPrices:
    """Build project prices; needed allowances lower the support of captured tonnes."""
    captured_cost = signals.carbon.captured_cost_cny_per_tco2, signals.carbon.captured_path_cny_per_tco2
    free = signals.carbon.allowance_value_cny_per_tco2, signals.carbon.allowance_path_cny_per_tco2
    return AnnouncedPrices(
        carbon_cost=signals.carbon.carbon_cost_cny_per_tco2,
        support=signals.subsidies[CAPTURE_SUBSIDY] - captured_cost[0],
        carbon_path=signals.carbon.carbon_path_cny_per_tco2,
        support_path=signals.co2.capture_support_path_cny_per_tco2 - captured_cost[1],
        allowance=free[0],
        allowance_path=free[1],
        kept_allowance=np.where(captured_cost[0] > 0.0, free[0], 0.0),
        kept_allowance_path=np.where(captured_cost[1] > 0.0, free[1], 0.0),
        contracts=signals.co2.contracts,
        set_price=signals.policy.carbon.price_cny_per_tco2,
        set_price_path=signals.carbon.set_price_path_cny_per_tco2,
        set_support=signals.subsidies[CAPTURE_SUBSIDY],
        set_support_path=signals.co2.capture_support_path_cny_per_tco2,
    )


def paid_over_lead_time(amount_cny: Floats, rate: Floats, lead_years: Integers) -> Floats:
    """Discount amounts paid in equal parts over the lead time.

    As investments are; any shape.
    """
    years = np.maximum(lead_years, 1)
    return amount_cny / years * annuity_factor(rate, years) * (1.0 + rate)
