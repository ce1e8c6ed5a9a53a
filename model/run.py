"""One run: its years stacked, its deciders' states and its decision ledger."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from model.agents.industry import Industry
from model.agents.plant_state import PlantAccounts
from model.agents.plants import PowerPlants
from model.decisions import Ledger
from model.hourly import ClearedHours, cleared_hours, hour_rows
from model.record import YearRecord, stack
from model.signals import (
    FUELS,
    PROVINCES,
    SECTORS,
    Floats,
    Integers,
    PowerOutcome,
    ProductionOutcome,
)


class _PlantYear(NamedTuple):
    year: int
    rows: Integers  # active units
    capacity_mw: Floats
    output_mwh: Floats
    emitted_tco2: Floats
    captured_tco2: Floats
    profit_cny: Floats


class _IndustryYear(NamedTuple):
    year: int
    rows: Integers
    process: Integers
    output: Floats
    emitted_tco2: Floats
    captured_tco2: Floats
    profit_cny: Floats


class RunTables:
    """Collects the state of every decider in every year; nothing is formatted before it is asked for."""

    def __init__(self) -> None:
        self.plants: list[_PlantYear] = []
        self.industry: list[_IndustryYear] = []
        self.hours: list[ClearedHours] = []

    def add(
        self,
        plants: PowerPlants,
        industry: Industry,
        accounts: PlantAccounts,
        made: ProductionOutcome,
        year: int,
    ) -> None:
        """Keep the year's state of all deciders in operation."""
        n = accounts.output_mwh.size  # units decided this year come later
        rows = np.flatnonzero(plants.active(year)[:n])
        self.plants.append(
            _PlantYear(
                year,
                rows,
                plants.capacity_mw[rows],
                accounts.output_mwh[rows],
                accounts.emitted_tco2[rows],
                accounts.captured_tco2[rows],
                accounts.profit_cny[rows],
            )
        )
        on = np.flatnonzero(industry.active(year))
        emitted = made.emitted_tco2.sum(axis=1)
        self.industry.append(
            _IndustryYear(
                year,
                on,
                industry.process[on],
                made.output[on],
                emitted[on],
                made.captured_tco2[on],
                industry.profit_cny[on, -1],
            )
        )

    def add_hours(self, plants: PowerPlants, accounts: PlantAccounts, power: PowerOutcome, year: int) -> None:
        """Keep the year's hours."""
        self.hours.append(cleared_hours(year, power, accounts.output_mwh, plants.province, plants.fuel))


@dataclass(frozen=True)
class Run:
    """What one replication produced."""

    years: Integers
    records: list[YearRecord]
    tables: RunTables
    ledger: Ledger
    power_plants: PowerPlants
    industry: Industry

    @cached_property
    def record(self) -> YearRecord:
        """The yearly records with a leading year axis."""
        return stack(self.records)

    def plants(self) -> dict[str, np.ndarray]:
        """Return the state of every decider and year as columns."""
        parts = [_power_rows(self.power_plants, y) for y in self.tables.plants]
        parts += [_industry_rows(self.industry, y) for y in self.tables.industry]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def decisions(self) -> dict[str, np.ndarray]:
        """Return the decision ledger as columns."""
        return self.ledger.table()

    def capture_costs(self) -> dict[str, np.ndarray]:
        """Return the cost terms of every capture option in the ledger as columns."""
        return self.ledger.capture_table()

    def dispatch(self) -> dict[str, np.ndarray] | None:
        """Return the hourly dispatch as columns, None unless the scenario keeps it."""
        weight = self.power_plants.region.power.day_weight
        parts = [hour_rows(hours, self.power_plants.fuel, weight) for hours in self.tables.hours]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else None


def _text(names: list[str] | tuple[str, ...], rows: Integers) -> np.ndarray:
    return np.array(names, dtype=object)[rows]


def _power_rows(plants: PowerPlants, y: _PlantYear) -> dict[str, np.ndarray]:
    n, f = y.rows.size, plants.fuel[y.rows]
    captures = plants.capture_year[y.rows] <= y.year
    return {
        "year": np.full(n, y.year),
        "decider": _text(plants.ids, y.rows),
        "kind": np.full(n, "PowerPlants", dtype=object),
        "name": _text(plants.names_en, y.rows),
        "name_zh": _text(plants.names_zh, y.rows),
        "province": _text(PROVINCES, plants.province[y.rows]),
        "sector_or_fuel": _text(FUELS, f),
        "process": np.where(captures, "capture", "").astype(object),
        "owner": _text(plants.region.finance.owners.ids, plants.owner[y.rows]),
        "capacity": y.capacity_mw,
        "capacity_unit": np.full(n, "MW", dtype=object),
        "output": y.output_mwh,
        "output_unit": np.full(n, "MWh/yr", dtype=object),
        "emissions_mtco2": y.emitted_tco2 / 1e6,
        "captured_mtco2": y.captured_tco2 / 1e6,
        "profit_mcny": y.profit_cny / 1e6,
        "closes_in": plants.retired_year[y.rows],
    }


def _industry_rows(industry: Industry, y: _IndustryYear) -> dict[str, np.ndarray]:
    n, r = y.rows.size, industry.data.processes
    names = np.array([*r.names, "block"], dtype=object)
    block = industry.is_block[y.rows]
    return {
        "year": np.full(n, y.year),
        "decider": _text(industry.ids, y.rows),
        "kind": np.full(n, "Industry", dtype=object),
        "name": _text(industry.names_en, y.rows),
        "name_zh": _text(industry.names_zh, y.rows),
        "province": _text(PROVINCES, industry.province[y.rows]),
        "sector_or_fuel": _text(SECTORS, industry.sector[y.rows]),
        "process": names[np.where(block, len(r.names), y.process)],
        "owner": _text(industry.region.finance.owners.ids, industry.owner[y.rows]),
        "capacity": np.where(block, np.nan, industry.capacity[y.rows]),
        "capacity_unit": np.where(block, "", "t/yr").astype(object),
        "output": y.output,
        "output_unit": np.where(block, "index", "t/yr").astype(object),
        "emissions_mtco2": y.emitted_tco2 / 1e6,
        "captured_mtco2": y.captured_tco2 / 1e6,
        "profit_mcny": y.profit_cny / 1e6,
        "closes_in": industry.end_year[y.rows],
    }
