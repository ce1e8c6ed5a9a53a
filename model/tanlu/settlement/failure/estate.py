"""Estate: what each unit and facility is worth to each bidder, and what closing it would cost."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import F, S
from tanlu.core.signals import Signals
from tanlu.core.taxes import TaxLaw
from tanlu.core.units import KW_PER_MW
from tanlu.industry.facilities import Industry
from tanlu.investment.taxation import worths_of_standing
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
    kind: Integers  # 0 .. KINDS, as classes of tax are
    green: Integers  # column of hurdle rates
    premium: Floats  # of its own on these rates
    profit_cny: Floats  # a year, mean of those remembered
    years: Integers  # that are left to it
    has_run: Booleans  # for a year at least
    cost_cny: Floats  # book value of what has been spent on it
    closing_cny: Floats  # and a year's pay
    first_income_year: Integers
    taxes: TaxLaw
    year: int

    def worth_cny(self, rows: Integers, rate: Floats) -> Floats:
        """Value some of the estate at real rates [n], CNY.

        Profit is taxed by law; what a buyer could write off of the price is not counted. What has not run for a year
        yet is worth its cost.
        """
        worth, _ = worths_of_standing(
            self.taxes,
            self.kind[rows],
            np.maximum(rate, 0.0),
            self.years[rows],
            self.first_income_year[rows],
            self.year,
        )
        return np.where(self.has_run[rows], self.profit_cny[rows] * worth, self.cost_cny[rows])

    def rate(self, rows: Integers, hurdle: Floats) -> Floats:
        """Compute the rates of some from their owners' `hurdle` [W, 2]."""
        return np.asarray(hurdle[self.owner[rows], self.green[rows]] + self.premium[rows])

    def keepers(self, companies: int) -> Booleans:
        """Mark the kinds that each company runs [W, KINDS].

        It may bid for more of them.
        """
        keeps = np.zeros((companies, KINDS), dtype=bool)
        running = self.is_there & self.has_run
        keeps[self.owner[running], self.kind[running]] = True
        return keeps


def read_estate(actors: Actors, signals: Signals) -> Estate:
    """Collect all holdings and facilities at the end of the year."""
    plants, industry, year = actors.plants, actors.industry, signals.year
    holdings, row = plants.holdings, plants.holdings.row
    power, goods = _unit_years(plants, year), _facility_years(industry, year)
    fossil = np.isin(plants.fuel, (COAL, GAS))
    is_there = plants.retired_year > year + 1, (industry.end_year > year + 1) & ~industry.is_block
    profit = holdings.parts(_mean(plants.profit_cny, power)), _mean(industry.profit_cny, goods)
    cost = _book_values(plants, year), industry.book_value_cny + industry.facility_value_cny
    closing = holdings.parts(_closing_units(plants)), _closing_facilities(industry, signals)
    return Estate(
        is_there=np.concatenate([is_there[0][row], is_there[1]]),
        owner=np.concatenate([holdings.owner, industry.owner]),
        province=np.concatenate([plants.province[row], industry.province]),
        kind=np.concatenate([plants.fuel[row], F + industry.sector]),
        green=np.concatenate([np.where(fossil, 0, 1)[row], np.zeros(len(industry), np.int64)]),
        premium=np.concatenate([holdings.own_premium, industry.own_premium]),
        profit_cny=np.concatenate(profit),
        years=_years_left(plants, industry, year),
        has_run=np.concatenate([power[row], goods]) > 0,
        cost_cny=np.concatenate(cost),
        closing_cny=np.concatenate(closing),
        first_income_year=np.concatenate([plants.commissioned_year[row], industry.start_year]),
        taxes=signals.taxes,
        year=year,
    )


def _unit_years(plants: PowerPlants, year: int) -> Integers:
    years = np.minimum(plants.years_of_profit, year - plants.commissioned_year + 1)
    return np.clip(years, 0, plants.profit_cny.shape[1])


def _facility_years(industry: Industry, year: int) -> Integers:
    years = np.minimum(industry.years_of_profit, year - industry.start_year + 1)
    return np.clip(years, 0, industry.profit_cny.shape[1])


def _mean(profit_cny: Floats, years: Integers) -> Floats:
    """Average profits over the years with a record [N].

    The other years are zero.
    """
    return np.asarray(profit_cny.sum(axis=1) / np.maximum(years, 1))


def _years_left(plants: PowerPlants, industry: Industry, year: int) -> Integers:
    """Compute the years that each is expected to earn [N].

    Facilities that are kept up earn as long as closing counts.
    """
    horizon = int(industry.region.parameters["closure_horizon_years"])
    facilities = np.where(industry.end_year < OPEN_END_YEAR, industry.end_year - year - 1, horizon)
    units = (plants.retired_year - year - 1)[plants.holdings.row]
    return np.maximum(np.concatenate([units, facilities]), 1)


def _book_values(plants: PowerPlants, year: int) -> Floats:
    """Read book values [Q]; 0 for pack units that have not started."""
    is_listed = np.arange(len(plants)) < plants.pack_size
    waits = is_listed & (plants.commissioned_year > year)
    return np.where(waits[plants.holdings.row], 0.0, plants.holdings.book_value_cny)


def _closing_units(plants: PowerPlants) -> Floats:
    """Compute the cost of closing thermal units, CNY [N].

    A year's pay of those who work there is in it.
    """
    x, fixed = plants.region, plants.fuel_records["fixed_om_cny_per_kw_year"][plants.fuel]
    pay = x.finance.parameters["pay_share_of_fixed_operation"] * fixed
    cost = x.parameters["decommissioning_cost_cny_per_kw"] + pay
    return np.where(IS_THERMAL[plants.fuel], cost * plants.capacity_mw * KW_PER_MW, 0.0)


def _closing_facilities(industry: Industry, signals: Signals) -> Floats:
    """Compute the cost of closing facilities, CNY [N].

    A year's pay is in it.
    """
    share = industry.region.parameters["closing_cost_share_of_sales"]
    capacity = np.where(industry.is_block, 0.0, industry.capacity)
    return np.asarray(share * capacity * industry.price(signals))
