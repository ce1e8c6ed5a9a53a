"""How a decider values a project under the year's signals."""

from typing import NamedTuple

import numpy as np

from model.finance import annuity_factor
from model.kernels.appraisal import Outlook, Projects, value_projects
from model.region_co2 import CO2Data
from model.signals import Floats, Integers, Signals


class Outlet(NamedTuple):
    """What a captured tonne would bring; axis N projects."""

    price_cny_per_tco2: Floats  # less what transport and storage cost
    kept_share: Floats  # of what is captured, kept from the air for good


def product_outlet(co2: CO2Data, competing_tco2: float, captured_tco2: Floats) -> Outlet:
    """Return what products would pay for `captured_tco2` a year on top of what others sell [N].

    Sellers share the market: the price is that of all sales together, and nothing where there are too many.
    """
    volume, demand = competing_tco2 + captured_tco2, co2.demand
    return Outlet(
        price_cny_per_tco2=np.interp(volume, demand.sold_tco2, demand.price_cny_per_tco2, right=0.0),
        kept_share=np.interp(volume, demand.sold_tco2, demand.kept_share, right=0.0),
    )


def appraise_outlets(signals: Signals, co2: CO2Data, projects: Projects) -> tuple[Floats, Floats]:
    """Return NPV and switching carbon price of each project in the better outlet for what it captures [N].

    Captured CO2 is stored at the posted tariff, or sold; what a product lets go again counts as emitted and
    earns no support.

    Args:
        signals: the year's signals.
        co2: the pack's products.
        projects: `cash_cny` before what becomes of captured CO2, and `stored_tco2` all that is captured, of which
            `avoided_tco2` supposes that it stays out of the air.
    """
    captured = projects.stored_tco2
    tariff = signals.co2_tariff_cny_per_tco2[projects.province]
    stored = projects._replace(cash_cny=projects.cash_cny - tariff * captured)
    value, switching = appraise_projects(signals, stored)
    sellers = np.flatnonzero(captured > 0.0)
    if sellers.size:
        one = Projects._make(column[sellers] for column in projects)
        outlet = product_outlet(co2, signals.co2_competing_tco2, one.stored_tco2)
        released = (1.0 - outlet.kept_share) * one.stored_tco2
        sold = one._replace(
            cash_cny=one.cash_cny + outlet.price_cny_per_tco2 * one.stored_tco2,
            avoided_tco2=one.avoided_tco2 - released,
            stored_tco2=one.stored_tco2 - released,
        )
        other, at = appraise_projects(signals, sold)
        value[sellers] = np.maximum(value[sellers], other)
        switching[sellers] = np.fmin(switching[sellers], at)
    return value, switching


def appraise_projects(signals: Signals, projects: Projects) -> tuple[Floats, Floats]:
    """Return the NPV of each project, CNY of 2020 [n], and the carbon price today at which it would be zero [n].

    Carbon is valued at the price its owner expects: the announced one as far as it is believed. The switching price
    is in CNY/t CO2, NaN where a project avoids no CO2.
    """
    outlook = Outlook(
        carbon_cost=signals.carbon_cost_cny_per_tco2,
        support=signals.capture_support_cny_per_tco2,
        carbon_path=signals.carbon_path_cny_per_tco2,
        support_path=signals.capture_support_path_cny_per_tco2,
    )
    npv, switching = value_projects(projects, outlook)
    return npv, switching


def paid_over_lead_time(amount_cny: Floats, rate: Floats, lead_years: Integers) -> Floats:
    """Return the present value of amounts paid in equal parts over the lead time, as investments are; any shape."""
    years = np.maximum(lead_years, 1)
    return amount_cny / years * annuity_factor(rate, years) * (1.0 + rate)
