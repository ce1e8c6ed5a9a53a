"""One run: its years stacked, its deciders' states and its decision ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

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

    def plants(self) -> dict[str, "np.ndarray | pd.Categorical[str]"]:
        """Return the state of every decider and year as columns."""
        parts = (
            _power_rows(self.power_plants, self.tables.plants),
            _industry_rows(self.industry, self.tables.industry),
        )
        return {name: _joined([part[name] for part in parts]) for name in parts[0]}

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


class _Text(NamedTuple):
    """A column of names: which of them stands in each row."""

    names: Sequence[str]
    rows: Integers


def _joined(parts: "Sequence[_Text | Floats | Integers]") -> "np.ndarray | pd.Categorical[str]":
    """Return columns below each other; names become categories, sorted, of those that occur."""
    texts = [part for part in parts if isinstance(part, _Text)]
    if not texts:
        return np.concatenate([part for part in parts if not isinstance(part, _Text)])
    starts = np.cumsum([0, *(len(text.names) for text in texts)])
    rows = np.concatenate([text.rows + start for text, start in zip(texts, starts[:-1], strict=True)])
    used = np.flatnonzero(np.bincount(rows, minlength=int(starts[-1])))
    names = np.array([name for text in texts for name in text.names], dtype=object)[used]
    categories, codes = np.unique(names, return_inverse=True)
    position = np.zeros(int(starts[-1]), np.int64)
    position[used] = codes
    return pd.Categorical.from_codes(position[rows], pd.Index(categories))


def _stacked(years: "Sequence[_PlantYear | _IndustryYear]", field: str) -> np.ndarray:
    return np.concatenate([getattr(year, field) for year in years])


def _power_rows(plants: PowerPlants, years: "list[_PlantYear]") -> "dict[str, _Text | Floats | Integers]":
    rows = _stacked(years, "rows")
    year = np.repeat([y.year for y in years], [y.rows.size for y in years])
    same = np.zeros(rows.size, np.int64)
    return {
        "year": year,
        "decider": _Text(plants.ids, rows),
        "kind": _Text(["PowerPlants"], same),
        "name": _Text(plants.names_en, rows),
        "name_zh": _Text(plants.names_zh, rows),
        "province": _Text(PROVINCES, plants.province[rows]),
        "sector_or_fuel": _Text(FUELS, plants.fuel[rows]),
        "process": _Text(["", "capture"], (plants.capture_year[rows] <= year).astype(np.int64)),
        "owner": _Text(plants.region.finance.owners.ids, plants.owner[rows]),
        "capacity": _stacked(years, "capacity_mw"),
        "capacity_unit": _Text(["MW"], same),
        "output": _stacked(years, "output_mwh"),
        "output_unit": _Text(["MWh/yr"], same),
        "emissions_mtco2": _stacked(years, "emitted_tco2") / 1e6,
        "captured_mtco2": _stacked(years, "captured_tco2") / 1e6,
        "profit_mcny": _stacked(years, "profit_cny") / 1e6,
        "closes_in": plants.retired_year[rows],
    }


def _industry_rows(
    industry: Industry, years: "list[_IndustryYear]"
) -> "dict[str, _Text | Floats | Integers]":
    rows, processes = _stacked(years, "rows"), industry.data.processes.names
    block = industry.is_block[rows]
    is_block = block.astype(np.int64)
    return {
        "year": np.repeat([y.year for y in years], [y.rows.size for y in years]),
        "decider": _Text(industry.ids, rows),
        "kind": _Text(["Industry"], np.zeros(rows.size, np.int64)),
        "name": _Text(industry.names_en, rows),
        "name_zh": _Text(industry.names_zh, rows),
        "province": _Text(PROVINCES, industry.province[rows]),
        "sector_or_fuel": _Text(SECTORS, industry.sector[rows]),
        "process": _Text([*processes, "block"], np.where(block, len(processes), _stacked(years, "process"))),
        "owner": _Text(industry.region.finance.owners.ids, industry.owner[rows]),
        "capacity": np.where(block, np.nan, industry.capacity[rows]),
        "capacity_unit": _Text(["t/yr", ""], is_block),
        "output": _stacked(years, "output"),
        "output_unit": _Text(["t/yr", "index"], is_block),
        "emissions_mtco2": _stacked(years, "emitted_tco2") / 1e6,
        "captured_mtco2": _stacked(years, "captured_tco2") / 1e6,
        "profit_mcny": _stacked(years, "profit_cny") / 1e6,
        "closes_in": industry.end_year[rows],
    }
