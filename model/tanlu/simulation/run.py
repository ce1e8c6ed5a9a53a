"""One run: its years stacked, its deciders' states and its decision ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tanlu.core.arrays import Integers
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.payments import YearPayments
from tanlu.industry.facilities import Industry
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.columns import Column, joined
from tanlu.ledger.decisions import Ledger
from tanlu.power.hours import ClearedHours, cleared_hours, hour_rows
from tanlu.power.months import month_rows
from tanlu.power.plants import PowerPlants
from tanlu.records.carbon_tables.tables import YEARLY_TABLES
from tanlu.records.happened import YearOutcome
from tanlu.records.payments.table import flow_columns
from tanlu.records.year import YearRecord, stack
from tanlu.records.yearly import table_columns
from tanlu.simulation.book_table import book_columns
from tanlu.simulation.credit_tables import (
    CreditYear,
    company_columns,
    credit_year,
    lender_columns,
    loan_columns,
    refusal_columns,
)
from tanlu.simulation.kinds import Kind
from tanlu.simulation.review_tables import review_columns
from tanlu.state.actors import Actors
from tanlu.state.state import FinanceState

type RowsOfYear = Callable[[ClearedHours, Sequence[str]], dict[str, np.ndarray]]


class AgentYears:
    """Collects the state of agents in every year; nothing is formatted before it is asked for."""

    def __init__(self, kinds: Sequence[Kind], *, dispatch: bool) -> None:
        self.dispatch = dispatch  # whether the hours become a table; months always do
        self.kinds = tuple(kinds)
        self.plants: dict[str, list[Any]] = {kind.name: [] for kind in kinds if kind.plants}
        self.own_tables: dict[str, list[Any]] = {kind.name: [] for kind in kinds if kind.own_table}
        self.own_tables |= {table.name: [] for table in YEARLY_TABLES}
        self.hours: list[ClearedHours] = []
        self.payments: list[YearPayments] = []
        self.credit: list[CreditYear] = []
        self.finance: FinanceState | None = None  # as it stands

    def add(self, agents: Mapping[str, Any], year: YearOutcome) -> None:
        """Keep the year's state of all kinds that enter a table."""
        for kind in self.kinds:
            for rows, years in ((kind.plants, self.plants), (kind.own_table, self.own_tables)):
                if rows:
                    years[kind.name].append(rows.keep(agents[kind.name], year))

    def add_record(self, record: YearRecord) -> None:
        """Keep the declared tables of the year."""
        for name, values in record.tables.items():
            self.own_tables[name].append(values)

    def add_credit(self, year: YearOutcome, actors: Actors, finance: FinanceState) -> None:
        """Keep the year's accounts of companies and lenders, and outstanding loans."""
        self.credit.append(credit_year(year, actors))
        self.finance = finance

    def add_hours(self, plants: PowerPlants, accounts: PlantAccounts, power: PowerOutcome, year: int) -> None:
        """Keep the year's hours."""
        self.hours.append(cleared_hours(year, power, accounts.output_mwh, plants.province, plants.fuel))


@dataclass(frozen=True)
class Run:
    """What one replication produced."""

    years: Integers
    records: list[YearRecord]
    tables: AgentYears
    ledger: Ledger
    agents: Mapping[str, Any]  # by the name of their kind
    seconds: Mapping[str, float]  # by phase of the year

    @property
    def power_plants(self) -> PowerPlants:
        """The power plants."""
        plants: PowerPlants = self.agents["power_plants"]
        return plants

    @property
    def industry(self) -> Industry:
        """Facilities, and blocks of small ones."""
        industry: Industry = self.agents["industry"]
        return industry

    @cached_property
    def record(self) -> YearRecord:
        """The yearly records with a leading year axis."""
        return stack(self.records)

    def plants(self) -> dict[str, Column]:
        """Build the columns of every decider's state in each year."""
        years = self.tables.plants
        return joined(
            [
                kind.plants.rows(self.agents[kind.name], years[kind.name])
                for kind in self.tables.kinds
                if kind.plants
            ]
        )

    def own_tables(self) -> dict[str, dict[str, Column]]:
        """Build the columns of kinds that have their own table, and of declared tables, by name."""
        kinds = {kind.name: kind.own_table for kind in self.tables.kinds if kind.own_table}
        years, values, region = self.years.tolist(), self.tables.own_tables, self.power_plants.region
        return {
            name: joined([rows.rows(self.agents[name], values[name])]) for name, rows in kinds.items()
        } | {
            table.name: joined([table_columns(table, region, years, values[table.name])])
            for table in YEARLY_TABLES
        }

    def decisions(self) -> dict[str, Column]:
        """Build the columns of the decision ledger."""
        return self.ledger.table()

    def closed_options(self) -> dict[str, Column]:
        """Build the columns of closed options, with reasons."""
        return self.ledger.closed_table()

    def capture_costs(self) -> dict[str, Column]:
        """Build the columns of cost terms of capture options in the ledger."""
        return self.ledger.capture_table()

    def unit_margins(self) -> dict[str, Column]:
        """Build the columns of margins of thermal units, by kilowatt.

        They are those of each year and those that units expected.
        """
        return self.ledger.margin_table()

    def adoption_shares(self) -> dict[str, np.ndarray]:
        """Build the columns of shares of buyers and builders, with reasons."""
        return self.ledger.adoption_table()

    def flows(self) -> dict[str, Column]:
        """Build the columns of payments by payer, payee and item."""
        return flow_columns(self.tables.payments)

    def companies(self) -> dict[str, Column]:
        """Build the columns of the yearly accounts of companies."""
        return company_columns(self.agents["companies"], self.agents["hubs"], self.tables.credit)

    def lenders(self) -> dict[str, Column]:
        """Build the columns of the yearly accounts of lenders."""
        return lender_columns(self.agents["lenders"], self.tables.credit)

    def loans(self) -> dict[str, Column]:
        """Build the columns of loans, and what became of them."""
        finance = self.tables.finance
        assert finance is not None, "a run has a year at least"
        region = self.agents["companies"].region
        return loan_columns((*finance.all_books, finance.hubs), region, self.tables.credit[-1].year)

    def refusals(self) -> dict[str, Column]:
        """Build the columns of refused requests by lender, company and reason."""
        return refusal_columns(self.agents["companies"], self.agents["lenders"], self.tables.credit)

    def reviews(self) -> dict[str, Column] | None:
        """Build the columns of reviews of policies, None where no regulator reviewed any."""
        return review_columns(self.agents["regulators"])

    def auctions(self) -> dict[str, Column] | None:
        """Build the columns of auctions of wind and sun, None where none was held."""
        return self.ledger.auction_table()

    def book(self) -> dict[str, Column]:
        """Build the columns of the change of CO2 by province, sector and factor, without zeros."""
        return book_columns(self.record.book, self.years, self.power_plants.region.axes.provinces)

    def electricity_months(self) -> dict[str, np.ndarray]:
        """Build the columns of the months of electricity."""
        return self._electricity(month_rows)

    def dispatch(self) -> dict[str, np.ndarray] | None:
        """Build the columns of the hourly dispatch, if the scenario keeps it."""
        return self._electricity(hour_rows) if self.tables.dispatch else None

    def _electricity(self, rows: RowsOfYear) -> dict[str, np.ndarray]:
        provinces = self.power_plants.region.axes.provinces
        parts = [rows(hours, provinces) for hours in self.tables.hours]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
