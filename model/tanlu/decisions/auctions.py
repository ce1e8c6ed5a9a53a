"""Auctions of contracts for difference: what is auctioned this year, and what a contract is worth to a company."""

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import F
from tanlu.core.schedules import AuctionSchedule
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.decisions.views import Views
from tanlu.finance.building import Auctions, BuildTerms
from tanlu.investment.taxation import worths_of_new
from tanlu.kernels.building_sites import AuctionLots
from tanlu.power.life import standing_mw
from tanlu.power.plants import PowerPlants
from tanlu.power.state import RENEWABLE, full_load_hours
from tanlu.region.pack import Region
from tanlu.region.power import FUEL_OF_BUILDABLE


def open_auctions(
    region: Region, views: Views, plants: PowerPlants, load_mwh: Floats, terms: BuildTerms
) -> BuildTerms:
    """Add the year's auctions to the terms of building (docs/model/power_auctions.md).

    Args:
        region: the pack.
        views: of who decides.
        plants: all of them, with those under construction.
        load_mwh: electricity used this year [P].
        terms: of building without contracts.
    """
    law = AuctionSchedule._make(
        np.take(column, FUEL_OF_BUILDABLE, axis=1) for column in views.signals.policy.auctions
    )
    if not (law.volume_mwh.any() or law.owed_share.any()):
        return terms
    hours = full_load_hours(region.power)[:, FUEL_OF_BUILDABLE] * terms.room.hours_share
    volume = law.volume_mwh + law.auctioned_share * _missing_mwh(region, law, plants, load_mwh, views, terms)
    life = region.power.technologies.lifetime_years
    years = np.minimum(law.term_years, life).astype(np.int64)
    fixed, real = _worth_of_terms(region, views.signals, years, terms)
    lots = AuctionLots(
        volume_mwh=volume,
        cap=np.minimum(law.cap_cny_per_mwh, views.signals.prices.price_cap_cny_per_mwh),
        floor=np.minimum(law.floor_cny_per_mwh, law.cap_cny_per_mwh),
        budget=np.maximum(law.budget_cny - _running_cny(plants, views), 0.0),
        least_bids=law.least_bids,
        energy=hours * _fed_in_share(views),
        support=_sum_support(views, hours),
        covered=law.covered_share,
        fixed_worth=fixed,
        real_worth=real,
    )
    return terms._replace(auctions=Auctions(lots, years))


def _missing_mwh(
    region: Region,
    law: AuctionSchedule,
    plants: PowerPlants,
    load_mwh: Floats,
    views: Views,
    terms: BuildTerms,
) -> Floats:
    """Compute the energy that each technology lacks to what is owed, MWh [P, K].

    What is listed and started counts, for the year in which what starts now is connected.
    """
    lead = np.zeros(F, np.int64)
    lead[FUEL_OF_BUILDABLE] = np.maximum(terms.lead_years, 1)
    year = views.signals.year
    standing = standing_mw(plants, year, year + lead[plants.fuel])
    is_there = plants.commissioned_year <= year + lead[plants.fuel]
    hours = full_load_hours(region.power)[plants.province, plants.fuel] * plants.hours_share
    energy_mwh = sum_by_group(
        plants.province * F + plants.fuel, standing * is_there * hours, load_mwh.size * F
    )
    energy_mwh = energy_mwh.reshape(-1, F)[:, FUEL_OF_BUILDABLE]
    return np.maximum(law.owed_share * load_mwh[:, None] - energy_mwh, 0.0)


def _worth_of_terms(
    region: Region, signals: Signals, years: Integers, terms: BuildTerms
) -> tuple[Floats, Floats]:
    """Compute what a CNY in each year of the term is worth now, at each owner's hurdle [W, P, K].

    First in money of this year, which inflation wears, then of constant worth; both are after tax.
    """
    rate = np.repeat(terms.rate[:, None, :], len(years), axis=1)
    nominal = (1.0 + rate) * (1.0 + region.finance.parameters["inflation"]) - 1.0
    tax_class, lead_years = (np.tile(column, len(years)) for column in (FUEL_OF_BUILDABLE, terms.lead_years))
    fixed, real = (
        worths_of_new(
            signals.taxes,
            tax_class,
            r.reshape(len(r), -1),
            lead_years,
            years.reshape(-1),
            signals.year,
        )[0]
        for r in (nominal, rate)
    )
    return fixed.reshape(rate.shape), real.reshape(rate.shape)


def _fed_in_share(views: Views) -> Floats:
    """Compute the share of its output that each technology feeds in, in the expected year [P, K]."""
    fed, curtailed = views.expected.generation_mwh, views.expected.curtailed_mwh
    share = fed / np.maximum(fed + curtailed, 1e-9)
    return np.where(fed > 0.0, share, 1.0)[:, FUEL_OF_BUILDABLE]


def _sum_support(views: Views, hours: Floats) -> Floats:
    """Sum what a MW is expected to earn outside the market, CNY [P, K]."""
    prices, power = views.signals.prices, views.signals.policy.power
    premium = np.zeros(power.renewable_premium_cny_per_mwh.shape)
    premium[:, RENEWABLE] = power.renewable_premium_cny_per_mwh[:, RENEWABLE]
    payment = prices.capacity_payment_cny_per_kw_year * KW_PER_MW
    return premium[:, FUEL_OF_BUILDABLE] * hours + payment[:, FUEL_OF_BUILDABLE]


def _running_cny(plants: PowerPlants, views: Views) -> Floats:
    """Sum what running contracts are expected to cost a year, CNY [P, K]."""
    difference, n = views.expected_accounts.difference_cny, views.expected_accounts.difference_cny.size
    cell = plants.province[:n] * F + plants.fuel[:n]
    provinces = len(plants.region.axes.provinces)
    return sum_by_group(cell, difference, provinces * F).reshape(provinces, F)[:, FUEL_OF_BUILDABLE]
