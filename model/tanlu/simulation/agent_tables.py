"""The yearly state of agents as tables, kept as arrays until somebody asks: the table of plants, and of added kinds."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FUELS, SECTORS
from tanlu.core.units import CNY_PER_MCNY, T_PER_MT
from tanlu.industry.facilities import Industry
from tanlu.investment.population import Population
from tanlu.ledger.columns import Part, Text, constant_text
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome


class StateYear(NamedTuple):
    """The columns of a population at the end of a year."""

    year: int
    columns: Mapping[str, np.ndarray]


class UnitsYear(NamedTuple):
    """The power units of a year, those of a cohort by who holds them."""

    year: int
    name: Integers  # of each holding in a unit that is active, among all that ever were
    province: Integers
    fuel: Integers
    captures: Integers  # 1 where it does
    owner: Integers
    capacity_mw: Floats
    output_mwh: Floats
    emitted_tco2: Floats
    captured_tco2: Floats
    profit_cny: Floats
    closes_in: Integers
    needed_allowances_tco2: Floats
    free_allowances_tco2: Floats
    allowance_cost_cny: Floats


class FacilitiesYear(NamedTuple):
    """The facilities and blocks of a year."""

    year: int
    rows: Integers
    owner: Integers
    process: Integers
    output: Floats
    emitted_tco2: Floats
    captured_tco2: Floats
    profit_cny: Floats
    closes_in: Integers
    needed_allowances_tco2: Floats
    free_allowances_tco2: Floats
    allowance_cost_cny: Floats


def power_year(plants: PowerPlants, year: YearOutcome) -> UnitsYear:
    """Record the year's state of all units in operation."""
    accounts, current_year, owner = year.plants, year.signals.year, year.opening.unit_owner
    # Units decided this year come later.
    positions = np.flatnonzero(plants.active(current_year)[plants.holdings.row[: owner.size]])
    rows, share = plants.holdings.row[positions], plants.holdings.share[positions]
    needed, free = year.carbon.units.needed_tco2[rows] * share, year.carbon.units.free_tco2[rows] * share
    return UnitsYear(
        current_year,
        plants.holdings.name[positions],
        plants.province[rows],
        plants.fuel[rows],
        (plants.capture_year[rows] <= current_year).astype(np.int64),
        owner[positions],
        plants.capacity_mw[rows] * share,
        accounts.output_mwh[rows] * share,
        accounts.emitted_tco2[rows] * share,
        accounts.captured_tco2[rows] * share,
        accounts.profit_cny[rows] * share,
        plants.retired_year[rows],
        needed,
        free,
        year.carbon.price_cny_per_tco2 * (needed - free),
    )


def industry_year(industry: Industry, year: YearOutcome) -> FacilitiesYear:
    """Record the year's state of all facilities and blocks in operation."""
    production, current_year = year.production, year.signals.year
    rows = np.flatnonzero(industry.active(current_year))
    emissions = production.emitted_tco2.sum(axis=1)
    needed, free = year.carbon.facilities.needed_tco2[rows], year.carbon.facilities.free_tco2[rows]
    return FacilitiesYear(
        current_year,
        rows,
        year.opening.facility_owner[rows],
        industry.process[rows],
        production.output[rows],
        emissions[rows],
        production.captured_tco2[rows],
        industry.profit_cny[rows, -1],
        industry.end_year[rows],
        needed,
        free,
        year.carbon.price_cny_per_tco2 * (needed - free),
    )


def power_rows(plants: PowerPlants, years: Sequence[UnitsYear]) -> dict[str, Part]:
    """Build the units' rows of the table of plants."""
    name, names = _stacked(years, "name"), plants.holdings.names
    return {
        "year": np.repeat([y.year for y in years], [y.name.size for y in years]),
        "decider": Text(names.ids, name),
        "kind": constant_text(plants.kind, name.size),
        "name": Text(names.names_en, name),
        "name_zh": Text(names.names_zh, name),
        "province": Text(plants.region.axes.provinces, _stacked(years, "province")),
        "sector_or_fuel": Text(FUELS, _stacked(years, "fuel")),
        "process": Text(["", "capture"], _stacked(years, "captures")),
        "owner": Text(plants.region.finance.owners.ids, _stacked(years, "owner")),
        "capacity": _stacked(years, "capacity_mw"),
        "capacity_unit": constant_text("MW", name.size),
        "output": _stacked(years, "output_mwh"),
        "output_unit": constant_text("MWh/yr", name.size),
        "emissions_mtco2": _stacked(years, "emitted_tco2") / T_PER_MT,
        "captured_mtco2": _stacked(years, "captured_tco2") / T_PER_MT,
        "profit_mcny": _stacked(years, "profit_cny") / CNY_PER_MCNY,
        "closes_in": _stacked(years, "closes_in"),
        **_allowances(years),
    }


def industry_rows(industry: Industry, years: Sequence[FacilitiesYear]) -> dict[str, Part]:
    """Build the rows of facilities and blocks of the table of plants."""
    rows, processes = _stacked(years, "rows"), industry.data.processes.names
    block = industry.is_block[rows]
    is_block = block.astype(np.int64)
    return {
        "year": np.repeat([y.year for y in years], [y.rows.size for y in years]),
        "decider": Text(industry.ids, rows),
        "kind": constant_text(industry.kind, rows.size),
        "name": Text(industry.names_en, rows),
        "name_zh": Text(industry.names_zh, rows),
        "province": Text(industry.region.axes.provinces, industry.province[rows]),
        "sector_or_fuel": Text(SECTORS, industry.sector[rows]),
        "process": Text([*processes, "block"], np.where(block, len(processes), _stacked(years, "process"))),
        "owner": Text(industry.region.finance.owners.ids, _stacked(years, "owner")),
        "capacity": np.where(block, np.nan, industry.capacity[rows]),
        "capacity_unit": Text(["t/yr", ""], is_block),
        "output": _stacked(years, "output"),
        "output_unit": Text(["t/yr", "index"], is_block),
        "emissions_mtco2": _stacked(years, "emitted_tco2") / T_PER_MT,
        "captured_mtco2": _stacked(years, "captured_tco2") / T_PER_MT,
        "profit_mcny": _stacked(years, "profit_cny") / CNY_PER_MCNY,
        "closes_in": _stacked(years, "closes_in"),
        **_allowances(years),
    }


def _allowances(years: Sequence[UnitsYear | FacilitiesYear]) -> dict[str, Part]:
    """Build the columns of what plants need and pay in the carbon market."""
    return {
        "needed_allowances_tco2": _stacked(years, "needed_allowances_tco2"),
        "free_allowances_tco2": _stacked(years, "free_allowances_tco2"),
        "allowance_cost_mcny": _stacked(years, "allowance_cost_cny") / CNY_PER_MCNY,
    }


def read_state(population: Population, year: YearOutcome) -> StateYear:
    """Read the year's state of an added population."""
    columns = {name: np.array(getattr(population, name)) for name in population.columns}
    return StateYear(year.signals.year, columns)


def state_rows(population: Population, years: Sequence[StateYear]) -> dict[str, Part]:
    """Build the table of an added population, whose rows may become more."""
    counts = [next(iter(year.columns.values())).size for year in years]
    rows = np.concatenate([np.arange(count) for count in counts])
    return {
        "year": np.repeat([year.year for year in years], counts),
        "decider": Text(population.ids, rows),
        "name": Text(population.names_en, rows),
        "name_zh": Text(population.names_zh, rows),
        **{name: np.concatenate([year.columns[name] for year in years]) for name in population.columns},
    }


def _stacked(years: Sequence[UnitsYear | FacilitiesYear], field: str) -> np.ndarray:
    return np.concatenate([getattr(year, field) for year in years])
