"""One run: its years stacked, its deciders' states and its decision ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tanlu.core.arrays import Integers
from tanlu.core.outcomes import PowerOutcome
from tanlu.industry.facilities import Industry
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.columns import Column, joined
from tanlu.ledger.decisions import Ledger
from tanlu.power.hours import ClearedHours, cleared_hours, hour_rows
from tanlu.power.months import month_rows
from tanlu.power.plants import PowerPlants
from tanlu.records.flows.table import flow_columns
from tanlu.records.flows.year import YearFlows
from tanlu.records.happened import Year
from tanlu.records.year import YearRecord, stack
from tanlu.simulation.credit_tables import (
    CreditYear,
    company_columns,
    credit_year,
    lender_columns,
    loan_columns,
    refusal_columns,
)
from tanlu.simulation.kinds import Kind
from tanlu.state.actors import Actors
from tanlu.state.state import FinanceState

type RowsOfYear = Callable[[ClearedHours, Sequence[str]], dict[str, np.ndarray]]


class AgentYears:
    """Collects the state of agents in every year; nothing is formatted before it is asked for."""

    def __init__(self, kinds: Sequence[Kind], *, dispatch: bool) -> None:
        self.dispatch = dispatch  # whether the hours become a table; months always do
        self.kinds = tuple(kinds)
        self.plants: dict[str, list[Any]] = {kind.name: [] for kind in kinds if kind.plants}
        self.own: dict[str, list[Any]] = {kind.name: [] for kind in kinds if kind.own}
        self.hours: list[ClearedHours] = []
        self.flows: list[YearFlows] = []
        self.credit: list[CreditYear] = []
        self.finance: FinanceState | None = None  # as it stands

    def add(self, agents: Mapping[str, Any], year: Year) -> None:
        """Keep the year's state of all kinds that enter a table."""
        for kind in self.kinds:
            for rows, years in ((kind.plants, self.plants), (kind.own, self.own)):
                if rows:
                    years[kind.name].append(rows.keep(agents[kind.name], year))

    def add_credit(self, year: Year, actors: Actors, finance: FinanceState) -> None:
        """Keep the year's accounts of companies and lenders, and what they are owed as it stands."""
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
        """Return the state of every decider and year as columns."""
        years = self.tables.plants
        return joined(
            [
                kind.plants.rows(self.agents[kind.name], years[kind.name])
                for kind in self.tables.kinds
                if kind.plants
            ]
        )

    def own_tables(self) -> dict[str, dict[str, Column]]:
        """Return the tables of kinds that have one of their own, as columns, by name."""
        kinds = {kind.name: kind.own for kind in self.tables.kinds if kind.own}
        return {
            name: joined([rows.rows(self.agents[name], self.tables.own[name])])
            for name, rows in kinds.items()
        }

    def decisions(self) -> dict[str, Column]:
        """Return the decision ledger as columns."""
        return self.ledger.table()

    def closed_options(self) -> dict[str, Column]:
        """Return why options were closed as columns."""
        return self.ledger.closed_table()

    def capture_costs(self) -> dict[str, Column]:
        """Return the cost terms of every capture option in the ledger as columns."""
        return self.ledger.capture_table()

    def unit_margins(self) -> dict[str, Column]:
        """Return what thermal units earned and paid a kilowatt, in each year and in what they expected, as columns."""
        return self.ledger.margin_table()

    def adoption_shares(self) -> dict[str, np.ndarray]:
        """Return how buyers of vehicles and builders divided, and why, as columns."""
        return self.ledger.adoption_table()

    def flows(self) -> dict[str, Column]:
        """Return who paid whom for what as columns."""
        return flow_columns(self.tables.flows)

    def companies(self) -> dict[str, Column]:
        """Return the yearly accounts of companies as columns."""
        return company_columns(self.agents["companies"], self.agents["hubs"], self.tables.credit)

    def lenders(self) -> dict[str, Column]:
        """Return the yearly accounts of lenders as columns."""
        return lender_columns(self.agents["lenders"], self.tables.credit)

    def loans(self) -> dict[str, Column]:
        """Return every loan, and what became of it, as columns."""
        finance = self.tables.finance
        assert finance is not None, "a run has a year at least"
        region = self.agents["companies"].region
        return loan_columns((*finance.all_books, finance.hubs), region, self.tables.credit[-1].year)

    def refusals(self) -> dict[str, Column]:
        """Return which lender refused how many requests of each company, and why, as columns."""
        return refusal_columns(self.agents["companies"], self.agents["lenders"], self.tables.credit)

    def electricity_months(self) -> dict[str, np.ndarray]:
        """Return the months of electricity as columns."""
        return self._electricity(month_rows)

    def dispatch(self) -> dict[str, np.ndarray] | None:
        """Return the hourly dispatch as columns, None unless the scenario keeps it."""
        return self._electricity(hour_rows) if self.tables.dispatch else None

    def _electricity(self, rows: RowsOfYear) -> dict[str, np.ndarray]:
        provinces = self.power_plants.region.axes.provinces
        parts = [rows(hours, provinces) for hours in self.tables.hours]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
