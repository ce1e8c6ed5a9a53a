"""Estate: what each unit and facility is worth to each bidder, and what closing it would cost."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import F, S
from tanlu.core.signals import Signals
from tanlu.core.taxes import TaxLaw
from tanlu.industry.facilities import Industry
from tanlu.investment.taxation import worths_of_standing
from tanlu.kernels.finance import estate as kernels
from tanlu.kernels.finance.estate import EstateColumns, HeldUnits, OwnedFacilities
from tanlu.power.plants import PowerPlants
from tanlu.power.state import COAL, GAS, IS_THERMAL
from tanlu.region.power import OPEN_END_YEAR
from tanlu.state.actors import Actors

KINDS = F + S  # fuels of units, and then sectors of facilities
IS_FOSSIL = np.isin(np.arange(F), (COAL, GAS))


class Estate(NamedTuple):
    """Holdings of units and then facilities as `EstateColumns`, and how their income is taxed; axis N."""

    is_there: Booleans
    owner: Integers
    province: Integers
    kind: Integers  # 0 .. KINDS
    green: Integers
    premium: Floats
    profit_cny: Floats
    years: Integers
    has_run: Booleans
    cost_cny: Floats
    closing_cny: Floats
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
    holdings = plants.holdings
    units = HeldUnits(
        holdings.row,
        holdings.share,
        holdings.owner,
        holdings.own_premium,
        holdings.book_value_cny,
        plants.province,
        plants.fuel,
        plants.commissioned_year,
        plants.retired_year,
        plants.capacity_mw,
        plants.profit_cny,
        _closing_cny_per_kw(plants),
        IS_FOSSIL,
        plants.pack_size,
        plants.years_of_profit,
    )
    facilities = OwnedFacilities(
        industry.owner,
        industry.province,
        industry.sector,
        industry.own_premium,
        industry.start_year,
        industry.end_year,
        industry.is_block,
        industry.book_value_cny,
        industry.facility_value_cny,
        _closing_facilities(industry, signals),
        industry.profit_cny,
        industry.years_of_profit,
        OPEN_END_YEAR,
        int(industry.region.parameters["closure_horizon_years"]),
    )
    columns = make_room(holdings.row.size + len(industry))
    kernels.read_estate(units, facilities, year, columns)
    return Estate(*columns, signals.taxes, year)


def make_room(size: int) -> EstateColumns:
    """Make room for holdings and facilities."""
    owner, province, kind, green, years, first_income_year = np.zeros((6, size), np.int64)
    premium, profit, cost, closing = np.zeros((4, size))
    is_there, has_run = np.zeros((2, size), dtype=bool)
    who = is_there, owner, province, kind, green
    return EstateColumns(*who, premium, profit, years, has_run, cost, closing, first_income_year)


def _closing_cny_per_kw(plants: PowerPlants) -> Floats:
    """Compute the cost of closing thermal units by fuel [F].

    A year's pay of those who work there is in it.
    """
    x = plants.region
    pay = (
        x.finance.parameters["pay_share_of_fixed_operation"] * plants.fuel_records["fixed_om_cny_per_kw_year"]
    )
    cost = x.parameters["decommissioning_cost_cny_per_kw"] + pay
    return np.where(IS_THERMAL, cost, 0.0)


def _closing_facilities(industry: Industry, signals: Signals) -> Floats:
    """Compute the cost of closing facilities, CNY [N].

    A year's pay is in it.
    """
    share = industry.region.parameters["closing_cost_share_of_sales"]
    capacity = np.where(industry.is_block, 0.0, industry.capacity)
    return np.asarray(share * capacity * industry.price(signals))
