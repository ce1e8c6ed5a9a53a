"""The emission factor of each province's grid, by the official method (docs/model/electricity_market.md)."""

from functools import cache
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import FUELS, STORAGE_FUELS, F
from tanlu.core.outcomes import PowerOutcome, sum_trades
from tanlu.kernels.power.units import PlantAccounts
from tanlu.power.state import IS_THERMAL
from tanlu.power.unit_rows import UnitRows
from tanlu.region.corridors import PowerCorridors
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.power import PowerData
from tanlu.region.tables import year_index

SOURCES = [f for f, fuel in enumerate(FUELS) if fuel not in STORAGE_FUELS]


class JoinedProvinces(NamedTuple):
    """Provinces that can send to each other: all of them, but none to itself."""

    place: Integers  # [P] on the diagonal
    is_joined: Floats  # [P, P] 1 but on the diagonal

    @classmethod
    @cache
    def between(cls, provinces: int) -> "JoinedProvinces":
        """Join so many provinces."""
        return cls(np.arange(provinces), 1.0 - np.eye(provinces))


class Imports(NamedTuple):
    """What reaches a province from elsewhere in a year."""

    contracted_mwh: Floats  # [I] by line
    bought_mwh: Floats  # [P] at the neighbours' prices
    received_mwh: Floats  # [P, P] by each province from each other one, as it arrives
    outside_tco2: Floats  # [P] of the first two, at the mean factors of the senders' grids

    def outside_mwh(self, corridors: PowerCorridors) -> Floats:
        """Sum the imports from other regions, [P]."""
        return self.bought_mwh + sum_by_group(
            corridors.imports.zone, self.contracted_mwh, self.bought_mwh.size
        )


def count_imports(data: PowerData, year: int, power: PowerOutcome) -> Imports:
    """Count the provinces' imports in a cleared year."""
    corridors, t = data.corridors, year_index(year)
    lines = corridors.imports
    contracted, provinces = (lines.mw[t] * HOURS_IN_MONTH).sum(axis=1), power.load_mwh.size
    arriving = np.maximum(-power.hours.flow_mw, 0.0)
    return Imports(
        contracted_mwh=contracted,
        bought_mwh=power.border.bought_mwh,
        received_mwh=(arriving * power.hours.day_weight[:, :, None]).sum(axis=(1, 2, 3))[:, None]
        * power.received_share,
        outside_tco2=sum_by_group(lines.zone, contracted * lines.tco2_per_mwh[t], provinces)
        + power.border.bought_official_tco2,
    )


class GridYear(NamedTuple):
    """What a MWh of each province's supply emits in a cleared year."""

    imported: Imports
    supply_mwh: Floats  # [P] generation of all kinds and all imports
    factor_tco2_per_mwh: Floats  # [P]


def generation_mwh(plants: UnitRows, power: PowerOutcome, accounts: PlantAccounts) -> Floats:
    """Sum the generation of each fuel in a cleared year [P, F].

    Of units that burn something it is what they account for.
    """
    n, output = accounts.output_mwh.size, power.generation_mwh.copy()
    cell = plants.province[:n] * F + plants.fuel[:n]
    output[:, IS_THERMAL] = sum_by_group(cell, accounts.output_mwh, output.size).reshape(output.shape)[
        :, IS_THERMAL
    ]
    return output


def compute_grid_year(plants: UnitRows, power: PowerOutcome, accounts: PlantAccounts, year: int) -> GridYear:
    """Compute imports, supply and emission factors of a cleared year."""
    data, n = plants.region.power, accounts.output_mwh.size
    imported = count_imports(data, year, power)
    emissions = sum_by_group(plants.province[:n], accounts.emitted_tco2, power.load_mwh.size)
    generation, sources = generation_mwh(plants, power, accounts), imported
    if power.trades:  # what added agents supply counts as what comes from elsewhere, at its own CO2
        traded = sum_trades(power.trades)
        sources = imported._replace(
            bought_mwh=imported.bought_mwh + traded.supplied_mwh,
            outside_tco2=imported.outside_tco2 + traded.emitted_tco2,
        )
    factor, supply = solve_grid_factors(data.corridors, sources, generation, emissions)
    return GridYear(imported, supply, factor)


def solve_grid_factors(
    corridors: PowerCorridors, imported: Imports, generation_mwh: Floats, emitted_tco2: Floats
) -> tuple[Floats, Floats]:
    """Solve the provinces' emission factors, t CO2/MWh [P], with supply, MWh [P].

    factor[p] = (CO2 of power[p] + imports from outside x their senders' factors + received[p] @ factor) / supply[p]
    supply    = generation of all kinds + all imports; exports are not credited

    Each province's factor holds the others', so all are solved together.
    Source: method of the average factors of provincial grids, Ministry of Ecology and Environment.

    Args:
        corridors: the pack's.
        imported: what reaches the provinces.
        generation_mwh: [P, F]; what stores give back is no generation.
        emitted_tco2: of power plants, after capture [P].
    """
    received = imported.received_mwh
    supply = generation_mwh[:, SOURCES].sum(axis=1) + imported.outside_mwh(corridors) + received.sum(axis=1)
    place, is_joined = JoinedProvinces.between(supply.size)
    pivot = supply + (supply == 0.0)  # who has nothing has a factor of 0
    equations = pivot[:, None] * (1.0 - is_joined) - received
    return _eliminate(equations, emitted_tco2 + imported.outside_tco2, place), supply


def _eliminate(equations: Floats, goal: Floats, place: Integers) -> Floats:
    """Solve linear equations [P, P] for their goal [P]; both are used up.

    Elimination in the order of provinces, so that all processors give the same bits, as a library would not. No row
    has to change its place: what a province receives is part of its supply, on the diagonal.
    """
    for p in place:
        share = equations[:, p] / equations[p, p]
        share[p] = 0.0
        equations -= share[:, None] * equations[p]
        goal -= share * goal[p]
    solution: Floats = goal / equations[place, place]
    return solution
