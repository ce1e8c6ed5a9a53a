"""Estate: what each unit and facility is worth to whom, and what closing it would cost."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import F, S
from tanlu.core.economics import annuity_factor
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.industry.facilities import Industry
from tanlu.power.plants import PowerPlants
from tanlu.power.state import COAL, GAS, IS_THERMAL
from tanlu.region.power import OPEN_END_YEAR
from tanlu.state.actors import Actors

KINDS = F + S  # fuels of units, and then sectors of facilities


class Estate(NamedTuple):
    """Holdings of units and then facilities as somebody sees them who might buy them; axis N."""

    is_there: Booleans  # next year or later; blocks belong to nobody
    owner: Integers
    province: Integers
    kind: Integers  # 0 .. KINDS
    green: Integers  # column of hurdle rates
    premium: Floats  # of its own on these rates
    profit_cny: Floats  # a year, mean of those remembered
    years: Integers  # that are left to it
    known: Booleans  # it has run for a year at least
    cost_cny: Floats  # book value of what has been spent on it
    closing_cny: Floats  # and a year's pay

    def worth_cny(self, rows: Integers, rate: Floats) -> Floats:
        """Return what some are worth at real rates [n], CNY: at cost where they have not run for a year yet."""
        earned = self.profit_cny[rows] * annuity_factor(np.maximum(rate, 0.0), self.years[rows])
        return np.where(self.known[rows], earned, self.cost_cny[rows])

    def rate(self, rows: Integers, hurdle: Floats) -> Floats:
        """Return the rate of some, by that of each one's owner, `hurdle` [W, 2]."""
        return np.asarray(hurdle[self.owner[rows], self.green[rows]] + self.premium[rows])

    def keepers(self, companies: int) -> Booleans:
        """Return which kinds each company has, so that it may bid for more of them [W, KINDS]."""
        keeps = np.zeros((companies, KINDS), dtype=bool)
        running = self.is_there & self.known
        keeps[self.owner[running], self.kind[running]] = True
        return keeps


def read_estate(actors: Actors, signals: Signals) -> Estate:
    """Return all holdings and facilities at the end of the year."""
    plants, industry, year = actors.plants, actors.industry, signals.year
    held, row = plants.holdings, plants.holdings.row
    power, goods = _known_years(plants, year), _known_years_of_facilities(industry, year)
    fossil = np.isin(plants.fuel, (COAL, GAS))
    is_there = plants.retired_year > year + 1, (industry.end_year > year + 1) & ~industry.is_block
    profit = held.parts(_mean(plants.profit_cny, power)), _mean(industry.profit_cny, goods)
    cost = _spent(plants, year), industry.book_value_cny + industry.facility_value_cny
    closing = held.parts(_closing_units(plants)), _closing_facilities(industry, signals)
    return Estate(
        is_there=np.concatenate([is_there[0][row], is_there[1]]),
        owner=np.concatenate([held.owner, industry.owner]),
        province=np.concatenate([plants.province[row], industry.province]),
        kind=np.concatenate([plants.fuel[row], F + industry.sector]),
        green=np.concatenate([np.where(fossil, 0, 1)[row], np.zeros(len(industry), np.int64)]),
        premium=np.concatenate([held.own_premium, industry.own_premium]),
        profit_cny=np.concatenate(profit),
        years=_years_left(plants, industry, year),
        known=np.concatenate([power[row], goods]) > 0,
        cost_cny=np.concatenate(cost),
        closing_cny=np.concatenate(closing),
    )


def _known_years(plants: PowerPlants, year: int) -> Integers:
    known = np.minimum(plants.years_of_profit, year - plants.commissioned_year + 1)
    return np.clip(known, 0, plants.profit_cny.shape[1])


def _known_years_of_facilities(industry: Industry, year: int) -> Integers:
    known = np.minimum(industry.years_of_profit, year - industry.start_year + 1)
    return np.clip(known, 0, industry.profit_cny.shape[1])


def _mean(profit_cny: Floats, years: Integers) -> Floats:
    """Return the mean of the years of which the profit is known [N]; the others are zero."""
    return np.asarray(profit_cny.sum(axis=1) / np.maximum(years, 1))


def _years_left(plants: PowerPlants, industry: Industry, year: int) -> Integers:
    """Return for how many years each is expected to earn [N]; facilities that are kept up as long as closing counts."""
    horizon = int(industry.region.parameters["closure_horizon_years"])
    facilities = np.where(industry.end_year < OPEN_END_YEAR, industry.end_year - year - 1, horizon)
    units = (plants.retired_year - year - 1)[plants.holdings.row]
    return np.maximum(np.concatenate([units, facilities]), 1)


def _spent(plants: PowerPlants, year: int) -> Floats:
    """Return book values [Q]; on what the pack lists and has not started nothing has been spent."""
    listed = np.arange(len(plants)) < plants.listed
    waits = listed & (plants.commissioned_year > year)
    return np.where(waits[plants.holdings.row], 0.0, plants.holdings.book_value_cny)


def _closing_units(plants: PowerPlants) -> Floats:
    """Return what closing thermal units costs, with a year's pay of who works there [N]."""
    x, fixed = plants.region, plants.fuel_records["fixed_om_cny_per_kw_year"][plants.fuel]
    pay = x.finance.parameters["pay_share_of_fixed_operation"] * fixed
    cost = x.parameters["decommissioning_cost_cny_per_kw"] + pay
    return np.where(IS_THERMAL[plants.fuel], cost * plants.capacity_mw * KW_PER_MW, 0.0)


def _closing_facilities(industry: Industry, signals: Signals) -> Floats:
    """Return what closing facilities costs [N]; a year's pay is in it."""
    share = industry.region.parameters["closing_cost_share_of_sales"]
    capacity = np.where(industry.is_block, 0.0, industry.capacity)
    return np.asarray(share * capacity * industry.price(signals))
