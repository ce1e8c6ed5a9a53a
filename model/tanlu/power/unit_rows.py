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
        """Divide a value of all rows [N] among their holders [Q]."""
        return np.asarray(value[self.row] * self.share)

    def by_owner(self, value: Floats, companies: int) -> Floats:
        """Sum a value of all rows [N] by company [W]."""
        return sum_by_group(self.owner, self.parts(value), companies)

    @property
    def ids(self) -> tuple[str, ...]:
        """The name of each."""
        return tuple(self.names.ids[name] for name in self.name.tolist())

    def join(self, later: "Holdings") -> "Holdings":
        """Append later holdings."""
        names = HeldNames._make(old + new for old, new in zip(self.names, later.names, strict=True))
        later = later._replace(name=len(self.names.ids) + later.name)
        return Holdings(names, *(np.concatenate(pair) for pair in zip(self[1:], later[1:], strict=True)))

    def drop_rows(self, is_closed: Booleans) -> "Holdings":
        """Drop the holdings of rows that closed, of all [N]."""
        is_kept = ~is_closed[self.row]
        rest = Holdings._make([self.names, *(column[is_kept] for column in self[1:])])
        return rest._replace(row=(np.cumsum(~is_closed) - 1)[rest.row])


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

    def select(self, rows: Integers) -> "BuiltUnits":
        """Select some of the units [n]."""
        return BuiltUnits._make(column[rows] for column in self)

    def join(self, later: "BuiltUnits") -> "BuiltUnits":
        """Append later units."""
        return BuiltUnits._make(np.concatenate(pair) for pair in zip(self, later, strict=True))


class UnitRows(Investors):
    """Power units and cohorts, one row each [N]; `PowerPlants` fills the columns and lives through the years.

    What has closed has no row: its names stay in `all_ids` and in those of the holdings, its columns in
    `closed_units`.
    """

    region: Region
    pack_size: int  # how many of the rows, the first ones, are of the pack
    place: Integers  # in the order in which rows came
    all_ids: list[str]  # the names of all rows that ever came
    closed_units: BuiltUnits
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
    contract_share: Floats  # of capacity: what gas by take-or-pay contract gives, mean of the year
    minimum_load_share: Floats
    availability: Floats
    hours_share: Floats  # of wind and sun, of the hours of the first site
    site_mw: Floats  # of wind and sun: how many MW of sites are better
    nominal_strike_cny_per_mwh: Floats  # of its contract for difference, in money of each year
    contracted_share: Floats  # of what it feeds in
    contract_end_year: Integers  # from which that contract pays no more
    capture_rate: Floats
    capture_year: Integers
    capture_site_factor: Floats  # of its site on what capture costs
    capture_law: Integers  # its capture started under, in `Signals.laws`
    cofiring_year: Integers
    reserve_until_year: Integers
    investment_cny: Floats
    benchmark_class: Integers
    base_period_mwh: Floats  # output of a year before its class is capped
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
        return Roster(self.all_ids, self.place)

    @property
    def owner(self) -> Integers:
        """The owner of each unit [N]; -1 of a cohort."""
        return np.where(self.holding >= 0, self.holdings.owner[self.holding], -1)

    @property
    def own_premium(self) -> Floats:
        """The hurdle of each unit less its owner's [N]; 0 of a cohort."""
        return np.where(self.holding >= 0, self.holdings.own_premium[self.holding], 0.0)

    @property
    def orphaned(self) -> Booleans:
        """Whether a unit's owner has failed without a buyer [N]; never of a cohort."""
        return np.asarray((self.holding >= 0) & self.holdings.orphaned[self.holding])

    @property
    def book_value_cny(self) -> Floats:
        """The book value of each row, whoever holds it [N]."""
        return sum_by_group(self.holdings.row, self.holdings.book_value_cny, len(self))

    def active(self, year: int) -> Booleans:
        """Return whether units are in operation in `year` [N]."""
        return (self.commissioned_year <= year) & (year < self.retired_year)

    def built_units(self) -> BuiltUnits:
        """Collect all units ever built, in order of arrival."""
        units = self.closed_units.join(self._standing())
        return units.select(np.argsort(units.place))

    def leave(self, year: int) -> None:
        """Remove the rows of what has closed by `year`.

        Who holds columns and lists of before keeps them.
        """
        is_closed = self.retired_year <= year
        if not is_closed.any():
            return
        stays = ~is_closed
        self.closed_units = self.closed_units.join(self._standing().select(np.flatnonzero(is_closed)))
        self.ids, self.names_en, self.names_zh = (
            list(compress(names, stays)) for names in (self.ids, self.names_en, self.names_zh)
        )
        self.pack_size = int(stays[: self.pack_size].sum())
        row, holding_stays = np.cumsum(stays) - 1, stays[self.holdings.row]
        self.thermal = row[self.thermal[stays[self.thermal]]]
        self.holdings = self.holdings.drop_rows(is_closed)
        holding = self.holding[stays]
        self.holding = np.where(holding >= 0, (np.cumsum(holding_stays) - 1)[holding], -1)
        for column in ("place", "profit_cny", *self.columns):
            if column in vars(self):  # the others follow from holdings
                setattr(self, column, getattr(self, column)[stays])

    def in_place(self, value: Floats) -> Floats:
        """Put values of the first rows [..., n] at their places, else 0.

        A place is one among all rows that had come by then, so that a sum rounds alike, whoever has closed.
        """
        later = len(self) - value.shape[-1]
        placed = np.zeros((*value.shape[:-1], len(self.all_ids) - later))
        placed[..., self.place[: value.shape[-1]]] = value
        return placed

    def _standing(self) -> BuiltUnits:
        return BuiltUnits._make(getattr(self, column) for column in BuiltUnits._fields)

    def sites(self, rows: Integers) -> EmitterSites:
        """Collect the sites of units [n]."""
        return EmitterSites(self.hub[rows], self.hub_km[rows], self.store[rows], self.store_km[rows])

    def unit_columns(self) -> UnitColumns:
        """Collect the columns that the compiled passes over units read."""
        return UnitColumns(
            self.province,
            self.fuel,
            self.capacity_mw,
            self.commissioned_year,
            self.retired_year,
            self.net_heat_rate_gj_per_mwh,
            self.must_run_share,
            (self.heat_to_power_ratio > 0.0).astype(np.float64),
            self.contract_share,
            self.minimum_load_share,
            self.availability,
            self.hours_share,
            self.capture_rate,
            self.capture_year,
            self.capture_law,
            self.benchmark_class,
            self.base_period_mwh,
            self.cofiring_year,
        )

    def contract_ages(self, signals: Signals, year: int) -> Integers:
        """Return each unit's place among the years of `stored_support_cny_per_tco2` [N].

        Who has no contract with a hub sells its CO2, and stands where no contract for difference pays.
        """
        age = signals.co2.years_of_capture(self.capture_year, year)
        last = signals.co2.stored_support_cny_per_tco2.shape[1] - 1
        return np.where(self.contract_tco2 > 0.0, age, last)

    def capture_om(self, signals: Signals) -> Floats:
        """Compute the running cost of capture without energy, CNY/t CO2 [F]."""
        cost = self.region.power.technologies.capture.om_cny_per_tco2[signals.data_row]
        return cost * signals.co2.capture_cost_factor

    def heat_worth_cny_per_gj(self, signals: Signals) -> Floats:
        """Compute the worth of heat above its fuel, CNY/GJ [N].

        It is 0 for units that burn none. Heat that leaves a turbine costs the fuel of the electricity that it would
        have given.
        """
        loss = self.region.parameters["heat_extraction_loss_share"] / GJ_PER_MWH
        fuel_cost = (
            loss * self.net_heat_rate_gj_per_mwh * self.of_own_fuel(signals.prices.fuel_price_cny_per_gj)
        )
        worth = self.of_own_fuel(signals.prices.heat_price_cny_per_gj) - fuel_cost
        return np.where(IS_PRICED[self.fuel], worth, 0.0)

    def of_own_fuel(self, price: Floats) -> Floats:
        """Pick each unit's price [N] from prices [P, PRICED_FUELS]."""
        return np.asarray(price[self.province, PRICE_OF_FUEL[self.fuel]])

    def thermal_running(self, year: int) -> Integers:
        """Return the rows of thermal units in operation."""
        rows = self.thermal
        return rows[(self.commissioned_year[rows] <= year) & (year < self.retired_year[rows])]

    def years_to_window(self, rows: Integers, year: int) -> Integers:
        """Count the years until units decide, 0: now [n].

        They decide at overhauls, staggered, and every year if orphaned.
        """
        wait = -(self.number[rows] + year) % int(self.region.parameters["overhaul_interval_years"])
        return np.asarray(np.where(self.orphaned[rows], 0, wait))
