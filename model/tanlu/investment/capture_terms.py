"""What a capture project costs and brings, term by term: yearly amounts that add up to its net present value."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.economics import annuity_factor, discount_factor
from tanlu.core.signals import Signals
from tanlu.investment.valuation import (
    appraise_projects,
    outlet_projects,
    paid_over_lead_time,
    without_contracts,
)
from tanlu.kernels.appraisal import Projects
from tanlu.kernels.co2.market import EmitterSites
from tanlu.region.co2 import CO2Data

TERMS = (
    "capital",
    "grant",
    "fixed_operation",
    "operation",
    "heat",
    "electricity",
    "lost_output",
    "allowances",
    "downtime",
    "transport",
    "storage",
    "product_sales",
    "carbon_cost_saved",
    "subsidy",
    "doubt",
    "tax",
)


class Running(NamedTuple):
    """What a project changes in a year, without carbon and the fate of captured CO2; axis n, costs negative."""

    fixed_operation_cny: Floats
    operation_cny: Floats  # materials included
    heat_cny: Floats  # all fuels
    electricity_cny: Floats  # bought
    lost_output_cny: Floats  # electricity that a power unit sells no more
    allowances_cny: Floats  # free ones that output sold no more would have brought
    downtime_cny: Floats  # while capture is tied in, spread over the years of operation
    taken_mwh: Floats  # electricity bought, or sold no more

    @property
    def cash_cny(self) -> Floats:
        """All of it, CNY a year [n]."""
        energy_cny = self.heat_cny + self.electricity_cny + self.lost_output_cny
        return (
            self.fixed_operation_cny
            + self.operation_cny
            + energy_cny
            + self.allowances_cny
            + self.downtime_cny
        )


class Considered(NamedTuple):
    """Capture projects as an appraisal values them, with what their terms are made of; axis n."""

    row: Integers  # of the appraisal
    option: Integers  # of the appraisal
    projects: Projects  # as for `appraise_outlets`
    running: Running  # what makes up their cash
    grant_share: Floats  # of the investment, which in `projects` is after grant
    sites: EmitterSites
    contracted: Booleans  # who has a contract with its hub


class CaptureTerms(NamedTuple):
    """Capture projects in the outlet that is worth more to them; axis n, T `TERMS`."""

    captured_tco2: Floats  # a year
    avoided_tco2: Floats  # a year: kept from the air, less what heat and electricity for capture emit
    sells: Booleans  # to products, else stored
    worth_years: Floats  # present value of one CNY in each year of operation, before tax
    terms_cny: Floats  # [n, T] a year, costs negative; terms x worth add up to the NPV


def capture_terms(
    signals: Signals,
    co2: CO2Data,
    considered: Considered,
    *,
    hub_store_cost_cny_per_tco2: Floats,
    replaced_tco2_per_mwh: Floats,
) -> CaptureTerms:
    """Compute capture projects' terms as yearly amounts of equal worth (docs/model/finance.md).

    Args:
        signals: the year's signals.
        co2: the pack's products, hubs and stores.
        considered: the projects, all of which capture.
        hub_store_cost_cny_per_tco2: what of each hub's tariff goes to the stores [H].
        replaced_tco2_per_mwh: what electricity emits that others generate in place of what capture takes [n].
    """
    _, _, projects, running, grant_share, sites, contracted = considered
    better, selling, sells, tariff = _better_outlet(signals, co2, considered)  # after tax
    worth = annuity_factor(better.rate, better.life_years) * discount_factor(better.rate, better.lead_years)
    tonnes = projects.stored_tco2
    invested = paid_over_lead_time(better.capex_cny / (1.0 - grant_share), better.rate, better.lead_years)
    # The 0 is for packs without any store or hub.
    site_cost = np.append(co2.stores.cost_cny_per_tco2, 0.0)[sites.store]
    in_store = np.where(contracted, np.append(hub_store_cost_cny_per_tco2, 0.0)[sites.hub], site_cost)
    handled = np.where(sells, 0.0, tonnes)
    believed = better._replace(trust=np.ones(worth.size))
    untaxed = signals._replace(taxes=signals.taxes.without_tax())
    saved, support = _worths_of_carbon(untaxed, believed, ~sells)
    doubted = (
        saved + support - sum(_worths_of_carbon(untaxed, better, ~sells))
        if (better.trust < 1.0).any()
        else 0.0
    )
    by_term = {
        "capital": -invested / worth,
        "grant": invested * grant_share / worth,
        "fixed_operation": running.fixed_operation_cny,
        "operation": running.operation_cny,
        "heat": running.heat_cny,
        "electricity": running.electricity_cny,
        "lost_output": running.lost_output_cny,
        "allowances": running.allowances_cny,
        "downtime": running.downtime_cny,
        "transport": -handled * np.where(sells, 0.0, tariff - in_store),
        "storage": -handled * in_store,
        "product_sales": np.where(sells, selling.cash_cny - projects.cash_cny, 0.0),
        "carbon_cost_saved": saved / worth,
        "subsidy": support / worth,
        "doubt": -doubted / worth,
        "tax": (_value(signals, better, ~sells) - _value(untaxed, better, ~sells)) / worth,
    }
    return CaptureTerms(
        captured_tco2=tonnes,
        avoided_tco2=better.avoided_tco2 - running.taken_mwh * replaced_tco2_per_mwh,
        sells=sells,
        worth_years=worth,
        terms_cny=np.stack([by_term[name] for name in TERMS], axis=1),
    )


def _worths_of_carbon(signals: Signals, projects: Projects, stores: Booleans) -> tuple[Floats, Floats]:
    """Value saved carbon costs and subsidies today, CNY [n].

    Carbon costs are less the allowances that captured CO2 needs.
    Contracts for difference are subsidies of who stores.
    """
    signed, signals, nothing = signals, without_contracts(signals), np.zeros(projects.rate.size)
    bare = projects._replace(capex_cny=nothing, cash_cny=nothing)
    captured_cost, captured_path = (
        signals.carbon.captured_cost_cny_per_tco2,
        signals.carbon.captured_path_cny_per_tco2,
    )
    carbon = signals.carbon._replace(
        captured_cost_cny_per_tco2=0.0 * captured_cost, captured_path_cny_per_tco2=0.0 * captured_path
    )
    support, _ = appraise_projects(signals._replace(carbon=carbon), bare._replace(avoided_tco2=nothing))
    carbon_worth = appraise_projects(signals, bare)[0]
    contracted = np.where(stores, appraise_projects(signed, bare)[0] - carbon_worth, 0.0)
    return carbon_worth - support, support + contracted


def _value(signals: Signals, projects: Projects, stores: Booleans) -> Floats:
    """Value projects in their outlet, CNY [n]; contracts are for who stores."""
    stored = appraise_projects(signals, projects)[0]
    return np.where(stores, stored, appraise_projects(without_contracts(signals), projects)[0])


def _better_outlet(
    signals: Signals, co2: CO2Data, considered: Considered
) -> tuple[Projects, Projects, Booleans, Floats]:
    """Choose the outlet that is worth more to each project.

    Returns projects in it, all of them as if they sold, who sells, and the cost of storing [n].
    """
    projects, contracted = considered.projects, considered.contracted
    storing, storage, selling = outlet_projects(signals, co2, projects, considered.sites, contracted)
    value = appraise_projects(signals, storage)[0]
    selling_value = appraise_projects(without_contracts(signals), selling)[0]
    sells = selling_value > np.where(contracted | storing.trucks, value, -np.inf)
    better = Projects._make(np.where(sells, a, b) for a, b in zip(selling, storage, strict=True))
    return better, selling, sells, storing.tariff_cny_per_tco2
