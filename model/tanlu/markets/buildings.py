"""Buildings: what new buildings and cars ask of industry, and what governments pay builders."""

from collections.abc import Mapping

import numpy as np

from tanlu.buildings.builders import Builders, BuildingYear
from tanlu.core.arrays import Floats
from tanlu.core.signals import Signals
from tanlu.core.units import T_PER_KT
from tanlu.finance.government import Regulator
from tanlu.markets.subsidy_budgets import pay_by_the_piece
from tanlu.region.buildings import BuildingData
from tanlu.region.industry import IndustryData
from tanlu.state.state import BudgetState, Statistic
from tanlu.transport.vehicles import FleetYear


def last_statistic(signals: Signals, fleet: FleetYear, new_buildings: BuildingYear) -> Statistic:
    """Build the statistic against which later years are measured."""
    return Statistic(new_buildings.shares, fleet.aluminium_t, signals.trade.ratio)


def added_demand(
    data: IndustryData,
    buildings: BuildingData,
    signals: Signals,
    fleet: FleetYear,
    new_buildings: BuildingYear,
    before: Statistic,
    steel_share: Floats,
) -> Floats:
    """Compute demand for materials beyond industry's own trend, t [P, product].

    The trend of steel and cement holds how much is built; other ways of building and other cars add to it. Steel is of
    both routes by `steel_share` [P, product], as in the inventory year. Sheet for car bodies goes to makers in all
    provinces.
    """
    added_t = np.zeros(steel_share.shape)
    area = new_buildings.floor_area_m2.sum(axis=1)[:, None] * (new_buildings.shares - before.method_share)
    column = data.products.names.index
    added_t[:, column("clinker")] = (area * buildings.cement_t_per_m2).sum(
        axis=1
    ) * buildings.clinker_per_cement
    added_t[:, column("primary_aluminium")] = fleet.aluminium_t - before.aluminium_t
    sheet, aluminium_before_t = column("aluminium_sheet"), before.aluminium_t.sum()
    cars = fleet.aluminium_t.sum() / aluminium_before_t if aluminium_before_t > 0.0 else 1.0
    added_t[:, sheet] = data.demand_kt[signals.data_row, :, sheet] * T_PER_KT * (cars - 1.0)
    return added_t + (area * buildings.steel_t_per_m2).sum(axis=1)[:, None] * steel_share


def settle_builders(
    state: BudgetState,
    regulators: Mapping[str, Regulator],
    signals: Signals,
    builders: Builders,
    new_buildings: BuildingYear,
) -> BudgetState:
    """Pay builders' subsidies and publish methods (docs/model/policies.md)."""
    state, _ = pay_by_the_piece(state, regulators, signals.policy, builders.subsidised(new_buildings))
    builders.settle(new_buildings)
    return state
