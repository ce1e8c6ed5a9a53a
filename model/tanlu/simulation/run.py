"""One run: its years stacked, its deciders' states and its decision ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FUELS, SECTORS
from tanlu.core.outcomes import PowerOutcome
from tanlu.industry.facilities import Industry
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.columns import Column, Part, Text, every, joined
from tanlu.ledger.decisions import Ledger
from tanlu.power.hours import ClearedHours, cleared_hours, hour_rows
from tanlu.power.plants import PowerPlants
from tanlu.simulation.records.year import YearRecord, stack


class _PlantYear(NamedTuple):
    year: int
    rows: Integers  # active units
    capacity_mw: Floats
    output_mwh: Floats
    emitted_tco2: Floats
    captured_tco2: Floats
    profit_cny: Floats
    closes_in: Integers


class _IndustryYear(NamedTuple):
    year: int
    rows: Integers
    process: Integers
    output: Floats
    emitted_tco2: Floats
    captured_tco2: Floats
    profit_cny: Floats
    closes_in: Integers


class AgentYears:
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
                plants.retired_year[rows],
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
                industry.end_year[on],
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
    tables: AgentYears
    ledger: Ledger
    power_plants: PowerPlants
    industry: Industry

    @cached_property
    def record(self) -> YearRecord:
        """The yearly records with a leading year axis."""
        return stack(self.records)

    def plants(self) -> dict[str, Column]:
        """Return the state of every decider and year as columns."""
        return joined(
            (
                _power_rows(self.power_plants, self.tables.plants),
                _industry_rows(self.industry, self.tables.industry),
            )
        )

    def decisions(self) -> dict[str, Column]:
        """Return the decision ledger as columns."""
        return self.ledger.table()

    def closed_options(self) -> dict[str, Column]:
        """Return why options were closed as columns."""
        return self.ledger.closed_table()

    def capture_costs(self) -> dict[str, Column]:
        """Return the cost terms of every capture option in the ledger as columns."""
        return self.ledger.capture_table()

    def mixes(self) -> dict[str, np.ndarray]:
        """Return how buyers of vehicles and builders divided, and why, as columns."""
        return self.ledger.mix_table()

    def dispatch(self) -> dict[str, np.ndarray] | None:
        """Return the hourly dispatch as columns, None unless the scenario keeps it."""
        weight = self.power_plants.region.power.day_weight
        provinces = self.power_plants.region.axes.provinces
        parts = [hour_rows(hours, provinces, self.power_plants.fuel, weight) for hours in self.tables.hours]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else None


def _stacked(years: "Sequence[_PlantYear | _IndustryYear]", field: str) -> np.ndarray:
    return np.concatenate([getattr(year, field) for year in years])


def _power_rows(plants: PowerPlants, years: "list[_PlantYear]") -> dict[str, Part]:
    rows = _stacked(years, "rows")
    year = np.repeat([y.year for y in years], [y.rows.size for y in years])
    return {
        "year": year,
        "decider": Text(plants.ids, rows),
        "kind": every("PowerPlants", rows.size),
        "name": Text(plants.names_en, rows),
        "name_zh": Text(plants.names_zh, rows),
        "province": Text(plants.region.axes.provinces, plants.province[rows]),
        "sector_or_fuel": Text(FUELS, plants.fuel[rows]),
        "process": Text(["", "capture"], (plants.capture_year[rows] <= year).astype(np.int64)),
        "owner": Text(plants.region.finance.owners.ids, plants.owner[rows]),
        "capacity": _stacked(years, "capacity_mw"),
        "capacity_unit": every("MW", rows.size),
        "output": _stacked(years, "output_mwh"),
        "output_unit": every("MWh/yr", rows.size),
        "emissions_mtco2": _stacked(years, "emitted_tco2") / 1e6,
        "captured_mtco2": _stacked(years, "captured_tco2") / 1e6,
        "profit_mcny": _stacked(years, "profit_cny") / 1e6,
        "closes_in": _stacked(years, "closes_in"),
    }


def _industry_rows(industry: Industry, years: "list[_IndustryYear]") -> dict[str, Part]:
    rows, processes = _stacked(years, "rows"), industry.data.processes.names
    block = industry.is_block[rows]
    is_block = block.astype(np.int64)
    return {
        "year": np.repeat([y.year for y in years], [y.rows.size for y in years]),
        "decider": Text(industry.ids, rows),
        "kind": every("Industry", rows.size),
        "name": Text(industry.names_en, rows),
        "name_zh": Text(industry.names_zh, rows),
        "province": Text(industry.region.axes.provinces, industry.province[rows]),
        "sector_or_fuel": Text(SECTORS, industry.sector[rows]),
        "process": Text([*processes, "block"], np.where(block, len(processes), _stacked(years, "process"))),
        "owner": Text(industry.region.finance.owners.ids, industry.owner[rows]),
        "capacity": np.where(block, np.nan, industry.capacity[rows]),
        "capacity_unit": Text(["t/yr", ""], is_block),
        "output": _stacked(years, "output"),
        "output_unit": Text(["t/yr", "index"], is_block),
        "emissions_mtco2": _stacked(years, "emitted_tco2") / 1e6,
        "captured_mtco2": _stacked(years, "captured_tco2") / 1e6,
        "profit_mcny": _stacked(years, "profit_cny") / 1e6,
        "closes_in": _stacked(years, "closes_in"),
    }
