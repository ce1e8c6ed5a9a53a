"""The rows of power units: what is known of each, whoever reads it, and who holds them."""

from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import FUELS
from tanlu.core.signals import Signals
from tanlu.core.units import GJ_PER_MWH
from tanlu.investment.population import Investors, Roster
from tanlu.kernels.co2.market import EmitterSites
from tanlu.kernels.power.units import UnitColumns
from tanlu.region.pack import Region
from tanlu.region.power import PRICED_FUELS

# Column of PRICED_FUELS that a power fuel burns, -1 where it burns none.
PRICE_OF_FUEL = np.array([PRICED_FUELS.index(f) if f in PRICED_FUELS else -1 for f in FUELS])
IS_PRICED = PRICE_OF_FUEL >= 0


class HeldNames(NamedTuple):
    """The names of all holdings that ever were, in the order in which they came; they only become more."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]


class Holdings(NamedTuple):
    """Who holds which part of which row of power units; axis Q, in the order in which they came.

    A unit has one holder for all of it. Wind, sun and storage of a province that start in one year on sites of one kind
    are one row, a cohort, held by all companies that built it.
    """

    names: HeldNames
    name: Integers  # position among them
    row: Integers  # of the population
    share: Floats  # of its capacity
    owner: Integers
    own_premium: Floats  # on the owner's hurdle rate, fraction per year
    book_value_cny: Floats
    orphaned: Booleans  # its owner has failed, and nobody has bought it

    def parts(self, value: Floats) -> Floats:
        """Return the part of each holder in a value of all rows, [N] as [Q]."""
        return np.asarray(value[self.row] * self.share)

    def by_owner(self, value: Floats, companies: int) -> Floats:
        """Return a value of all rows [N] by company [W]."""
        return sum_by_group(self.owner, self.parts(value), companies)

    @property
    def ids(self) -> tuple[str, ...]:
        """The name of each."""
        return tuple(self.names.ids[name] for name in self.name.tolist())

    def joined(self, more: "Holdings") -> "Holdings":
        """Return these holdings and then others."""
        names = HeldNames._make(old + new for old, new in zip(self.names, more.names, strict=True))
        more = more._replace(name=len(self.names.ids) + more.name)
        return Holdings(names, *(np.concatenate(pair) for pair in zip(self[1:], more[1:], strict=True)))

    def without(self, gone: Booleans) -> "Holdings":
        """Return what is held of the rows that stay, of all [N], when the others have left."""
        held = ~gone[self.row]
        rest = Holdings._make([self.names, *(column[held] for column in self[1:])])
        return rest._replace(row=(np.cumsum(~gone) - 1)[rest.row])


class BuiltUnits(NamedTuple):
    """What was built, whether or not it still stands: columns of the population; axis N."""

    place: Integers  # in the order in which rows came
    province: Integers
    fuel: Integers
    commissioned_year: Integers
    capacity_mw: Floats  # what stands of it, or stood when it closed
    hub: Integers
    hub_km: Floats
    store: Integers
    store_km: Floats

    def taken(self, rows: Integers) -> "BuiltUnits":
        """Return some of them [n]."""
        return BuiltUnits._make(column[rows] for column in self)

    def joined(self, more: "BuiltUnits") -> "BuiltUnits":
        """Return these and then others."""
        return BuiltUnits._make(np.concatenate(pair) for pair in zip(self, more, strict=True))


class UnitRows(Investors):
    """Power units and cohorts, one row each [N]; `PowerPlants` fills the columns and lives through the years.

    What has closed has no row: its names stay in `ever` and in those of the holdings, what was built in `closed`.
    """

    region: Region
    listed: int  # how many of the rows, the first ones, are of the pack
    place: Integers  # in the order in which rows came
    ever: list[str]  # the names of all rows that ever came
    closed: BuiltUnits
    holdings: Holdings
    holding: Integers  # [N] the only one of each row; -1 of a cohort
    province: Integers
    fuel: Integers
    number: Integers  # stable, for random draws
    capacity_mw: Floats
    commissioned_year: Integers
    retired_year: Integers
    life_end_year: Integers  # beyond it a part leaves each year
    extended_year: Integers
    net_heat_rate_gj_per_mwh: Floats
    must_run_share: Floats
    own_use_share: Floats
    heat_to_power_ratio: Floats  # heat sold over must-run output
    minimum_load_share: Floats
    availability: Floats
    hours_share: Floats  # of wind and sun, of the hours of the first site
    site_mw: Floats  # of wind and sun: how many MW of sites are better
    capture_rate: Floats
    capture_year: Integers
    capture_law: Integers  # its capture started under, in `Signals.laws`
    cofiring_year: Integers
    reserve_until_year: Integers
    investment_cny: Floats
    benchmark_class: Integers
    hub: Integers
    hub_km: Floats
    store: Integers
    store_km: Floats
    contract_tco2: Floats  # a year, with its CO2 hub
    reserved_tco2: Floats  # of it, what it pays for whatever it ships
    thermal: Integers  # rows
    profit_cny: Floats  # [N, year] of the last years
    years_of_profit: int
    fuel_records: NDArray[np.void]  # [F] what never changes of a fuel's units

    @property
    def roster(self) -> Roster:
        """The names under which a ledger keeps the rows."""
        return Roster(self.ever, self.place)

    @property
    def owner(self) -> Integers:
        """The owner of each unit [N]; -1 of a cohort."""
        return np.where(self.holding >= 0, self.holdings.owner[self.holding], -1)

    @property
    def own_premium(self) -> Floats:
        """How far the hurdle of each unit differs from its owner's [N]; 0 of a cohort."""
        return np.where(self.holding >= 0, self.holdings.own_premium[self.holding], 0.0)

    @property
    def orphaned(self) -> Booleans:
        """Of which unit the owner has failed without a buyer [N]; not asked of a cohort."""
        return np.asarray((self.holding >= 0) & self.holdings.orphaned[self.holding])

    @property
    def book_value_cny(self) -> Floats:
        """The book value of each row, whoever holds it [N]."""
        return sum_by_group(self.holdings.row, self.holdings.book_value_cny, len(self))

    def active(self, year: int) -> Booleans:
        """Return which units are in operation in `year` [N]."""
        return (self.commissioned_year <= year) & (year < self.retired_year)

    def built(self) -> BuiltUnits:
        """Return all that was ever built, in the order in which it came."""
        every = self.closed.joined(self._standing())
        return every.taken(np.argsort(every.place))

    def leave(self, year: int) -> None:
        """Take out the rows of what has closed by `year`; who holds columns and lists of before keeps them."""
        gone = self.retired_year <= year
        if not gone.any():
            return
        stays = ~gone
        self.closed = self.closed.joined(self._standing().taken(np.flatnonzero(gone)))
        self.ids, self.names_en, self.names_zh = (
            list(compress(names, stays)) for names in (self.ids, self.names_en, self.names_zh)
        )
        self.listed = int(stays[: self.listed].sum())
        row, held = np.cumsum(stays) - 1, stays[self.holdings.row]
        self.thermal = row[self.thermal[stays[self.thermal]]]
        self.holdings = self.holdings.without(gone)
        alone = self.holding[stays]
        self.holding = np.where(alone >= 0, (np.cumsum(held) - 1)[alone], -1)
        for column in ("place", "profit_cny", *self.columns):
            if column in vars(self):  # the others follow from holdings
                setattr(self, column, getattr(self, column)[stays])

    def in_place(self, value: Floats) -> Floats:
        """Return a value of the first rows [..., n], each at its place among all that had come by then, else 0.

        A sum of it rounds alike, whoever has closed.
        """
        later = len(self) - value.shape[-1]
        every = np.zeros((*value.shape[:-1], len(self.ever) - later))
        every[..., self.place[: value.shape[-1]]] = value
        return every

    def _standing(self) -> BuiltUnits:
        return BuiltUnits._make(getattr(self, column) for column in BuiltUnits._fields)

    def sites(self, rows: Integers) -> EmitterSites:
        """Return where units stand [n]."""
        return EmitterSites(self.hub[rows], self.hub_km[rows], self.store[rows], self.store_km[rows])

    def unit_columns(self) -> UnitColumns:
        """Return the columns that the compiled passes over units read."""
        return UnitColumns(
            self.province,
            self.fuel,
            self.capacity_mw,
            self.commissioned_year,
            self.retired_year,
            self.net_heat_rate_gj_per_mwh,
            self.must_run_share,
            self.minimum_load_share,
            self.availability,
            self.hours_share,
            self.capture_rate,
            self.capture_year,
            self.capture_law,
            self.benchmark_class,
            self.cofiring_year,
        )

    def contract_ages(self, signals: Signals, year: int) -> Integers:
        """Return the position of each unit among the years of `stored_support_cny_per_tco2` [N].

        Who has no contract with a hub sells its CO2, and stands where no contract for difference pays.
        """
        age = signals.co2.years_of_capture(self.capture_year, year)
        last = signals.co2.stored_support_cny_per_tco2.shape[1] - 1
        return np.where(self.contract_tco2 > 0.0, age, last)

    def capture_om(self, signals: Signals) -> Floats:
        """Return what running a capture plant costs without its energy, CNY/t CO2 [F]."""
        cost = self.region.power.technologies.capture.om_cny_per_tco2[signals.data_row]
        return cost * signals.co2.capture_cost_factor

    def heat_worth_cny_per_gj(self, signals: Signals) -> Floats:
        """Return what heat brings above its fuel, CNY/GJ [N]; nothing for who burns none.

        Heat that leaves a turbine costs the fuel of the electricity that it would have given.
        """
        lost = self.region.parameters["heat_extraction_loss_share"] / GJ_PER_MWH
        bought = lost * self.net_heat_rate_gj_per_mwh * self.of_own_fuel(signals.prices.fuel_price_cny_per_gj)
        worth = self.of_own_fuel(signals.prices.heat_price_cny_per_gj) - bought
        return np.where(IS_PRICED[self.fuel], worth, 0.0)

    def of_own_fuel(self, price: Floats) -> Floats:
        """Return the column of each unit's province and fuel of a price [P, PRICED_FUELS] as [N]."""
        return np.asarray(price[self.province, PRICE_OF_FUEL[self.fuel]])

    def thermal_running(self, year: int) -> Integers:
        """Return the rows of thermal units in operation."""
        rows = self.thermal
        return rows[(self.commissioned_year[rows] <= year) & (year < self.retired_year[rows])]

    def years_to_window(self, rows: Integers, year: int) -> Integers:
        """Return in how many years units decide, 0: now [n]; at overhauls, staggered, and every year if orphaned."""
        wait = -(self.number[rows] + year) % int(self.region.parameters["overhaul_interval_years"])
        return np.asarray(np.where(self.orphaned[rows], 0, wait))
