"""What the object model makes and uses in a year: products, metal, vehicles and electricity."""

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.mesa_industry import Facility
from benchmarks.mesa_plants import YearPrices
from tanlu.core.axes import P
from tanlu.core.signals import Signals
from tanlu.simulation.steps.buildings import added_demand, last_statistic
from tanlu.simulation.steps.demand import Demand, demand_base, electricity_demand
from tanlu.simulation.steps.trade import added_by_exports

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel


def plan(model: "ObjectModel", signals: Signals, prices: YearPrices) -> np.ndarray:
    """Share each product's demand among facilities by cost; return the electricity they plan to use, MWh [P]."""
    factor = model.scenario_inputs.world.demand_factor.at(model.year)
    groups: dict[tuple[int, int], list] = {}
    added = beyond_trend(model, signals, factor)
    model.facilities.do("plan", prices)
    for facility in model.facilities:
        if facility.is_block:
            activity = model.region.industry.activity[signals.data_row, facility.province, facility.sector]
            facility.output = facility.base_output * float(activity) * factor
            continue
        facility.output = 0.0
        if facility.active(model.year) and facility.capacity > 0.0:
            groups.setdefault((facility.province, facility.product), []).append(facility)
    for facility in model.facilities:
        spare_metal(model, facility, added, groups, signals, factor)
    for (province, product), members in groups.items():
        cheapest = min(x.cost for x in members)
        for facility in members:
            facility.weigh(cheapest, prices)
        demand = float(model.region.industry.demand_kt[signals.data_row, province, product]) * 1e3 * factor
        demand = max(demand + added[province][product], 0.0)
        share_demand(members, demand, model.parameters["maximum_utilisation"])
    planned = np.zeros(P)
    for facility in model.facilities:
        planned[facility.province] += facility.output * facility.electricity
    return planned


def beyond_trend(model: "ObjectModel", signals: Signals, factor: float) -> list[list[float]]:
    """Let vehicles be bought and buildings be built; return what they and exports take beyond the trend, t.

    Buyers abroad answer in the array model's own function.
    """
    fleet, built = model.vehicles.offer(signals, factor), model.builders.offer(signals, factor)
    model.fleet, model.built = fleet, built
    model.road_mt = np.bincount(model.vehicles.province, fleet.emitted_tco2, P) / 1e6
    model.charged_mwh = (
        np.bincount(model.vehicles.province, fleet.electricity_mwh, P) + fleet.rail.electricity_mwh
    )
    if model.year <= model.last_observed_year:
        model.statistic = last_statistic(signals, fleet, built)
    added = added_demand(
        model.region.industry,
        model.region.buildings,
        signals,
        fleet,
        built,
        model.statistic,
        model.outlook.steel_share,
    )
    return (added + added_by_exports(model.outlook, signals)).tolist()


def spare_metal(
    model: "ObjectModel",
    works: Facility,
    added: list[list[float]],
    groups: dict,
    signals: Signals,
    factor: float,
) -> None:
    """Take what scrap in rolling works spares off the demand for primary aluminium."""
    key = works.province, works.product
    if works.is_block or works not in groups.get(key, ()):
        return
    usual = model.process_named[works.process].metal_t
    if usual == 0.0:
        return
    industry = model.region.industry
    wanted = float(industry.demand_kt[signals.data_row, works.province, works.product]) * 1e3 * factor
    share = works.capacity / sum(x.capacity for x in groups[key])
    made = min(share * (wanted + added[works.province][works.product]), works.capacity)
    added[works.province][industry.products.metal] -= (usual - works.metal_t()) * made


def meet(model: "ObjectModel", industry_mwh: np.ndarray) -> Demand:
    factor = model.scenario_inputs.world.demand_factor.at(model.year)
    vehicles = model.charged_mwh
    if model.year == model.last_observed_year:
        plain = 1.0 / max(factor, 1e-9)
        model.demand_base = demand_base(
            region=model.region, facilities_mwh=industry_mwh * plain, vehicles_mwh=vehicles * plain
        )
    demand = electricity_demand(
        year=model.year,
        region=model.region,
        factor=factor,
        facilities_mwh=industry_mwh,
        vehicles_mwh=vehicles,
        cooling_factor=model.scenario_inputs.world.cooling_factor.at(model.year),
        base=model.demand_base,
    )
    model.load_history.append(demand.load_mwh)
    return demand


def share_demand(members: list[Facility], demand: float, utilisation: float) -> None:
    """Share demand by weight, none above its limit; what a full facility cannot take goes to the others."""
    for facility in members:
        facility.output = 0.0
    while demand > 0.0:
        open_ones = [x for x in members if x.output < x.capacity * utilisation and x.weight > 0.0]
        total = sum(x.weight for x in open_ones)
        if total <= 0.0:
            return
        left = demand
        for facility in open_ones:
            part = min(demand * facility.weight / total, facility.capacity * utilisation - facility.output)
            facility.output += part
            left -= part
        if demand - left <= 1e-12 * demand or left <= 1e-9 * demand:
            return
        demand = left
