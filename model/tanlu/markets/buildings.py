"""Buildings: what new buildings and cars ask of industry, and what governments pay builders."""

from collections.abc import Mapping

import numpy as np

from tanlu.buildings.builders import Builders, BuildingYear
from tanlu.core.arrays import Floats
from tanlu.core.axes import P
from tanlu.core.signals import Signals
from tanlu.core.units import T_PER_KT
from tanlu.finance.government import Regulator
from tanlu.markets.subsidy_budgets import pay_by_the_piece
from tanlu.region.buildings import BuildingData
from tanlu.region.industry import IndustryData
from tanlu.state.state import BudgetState, Statistic
from tanlu.transport.vehicles import FleetYear


def last_statistic(signals: Signals, fleet: FleetYear, built: BuildingYear) -> Statistic:
    """Return a year as what later ones are measured against."""
    return Statistic(built.shares, fleet.aluminium_t, signals.trade.ratio)


def added_demand(
    data: IndustryData,
    buildings: BuildingData,
    signals: Signals,
    fleet: FleetYear,
    built: BuildingYear,
    before: Statistic,
    steel_share: Floats,
) -> Floats:
    """Return what other ways of building and other cars ask of industry beyond its own trend, t [P, product].

    The trend of steel and cement holds how much is built; what is added is that it is built in another way. Steel
    is of both routes by `steel_share` [P, product], as in the inventory year. Sheet for car bodies goes to makers in
    both provinces.
    """
    added = np.zeros((P, len(data.products.names)))
    area = built.floor_area_m2.sum(axis=1)[:, None] * (built.shares - before.method_share)
    column = data.products.names.index
    added[:, column("clinker")] = (area * buildings.cement_t_per_m2).sum(
        axis=1
    ) * buildings.clinker_per_cement
    added[:, column("primary_aluminium")] = fleet.aluminium_t - before.aluminium_t
    sheet, cars = column("aluminium_sheet"), fleet.aluminium_t.sum() / before.aluminium_t.sum()
    added[:, sheet] = data.demand_kt[signals.data_row, :, sheet] * T_PER_KT * (cars - 1.0)
    return added + (area * buildings.steel_t_per_m2).sum(axis=1)[:, None] * steel_share


def settle_builders(
    state: BudgetState,
    regulators: Mapping[str, Regulator],
    signals: Signals,
    builders: Builders,
    built: BuildingYear,
) -> BudgetState:
    """Pay builders' subsidies, and let the year's methods be what others see (docs/model/policies.md)."""
    state, _ = pay_by_the_piece(state, regulators, signals.policy, builders.subsidised(built))
    builders.settle(built)
    return state
