"""Measure: turn a year into its record."""

from typing import TYPE_CHECKING

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import CARRIERS, FUELS, SECTOR, THERMAL_FUELS, C, F, G, P, S, V
from tanlu.industry.metal import bought_metal_cost
from tanlu.power.capture import captured_output_mwh
from tanlu.power.cofiring import biomass_gj, biomass_share
from tanlu.power.state import COAL, thermal_intensity
from tanlu.region.industry import ENERGY
from tanlu.simulation.record import YearRecord
from tanlu.simulation.steps.co2 import lines_in_operation
from tanlu.simulation.steps.open_season import committed_tco2
from tanlu.simulation.steps.trade import exports

if TYPE_CHECKING:
    from tanlu.simulation.model import RegionModel, Year

# The inventory's carrier of each power fuel; biomass and waste carry no fossil CO2 in it.
CARRIER_OF_FUEL = np.array(
    [
        {
            "coal": CARRIERS.index("coal"),
            "byproduct_gas": CARRIERS.index("coal"),
            "gas": CARRIERS.index("gas"),
        }.get(f, CARRIERS.index("biomass"))
        for f in FUELS
    ]
)
THERMAL = [FUELS.index(f) for f in THERMAL_FUELS]
ELECTRICITY, TRANSPORT = SECTOR["electricity"], SECTOR["transport"]
OIL = ENERGY.index("oil")


def measure_year(model: "RegionModel", year: "Year") -> YearRecord:
    """Return the record of a year (docs/model/overview.md)."""
    plants, industry, power = model.plants, model.industry, year.power
    n = year.plants.output_mwh.size  # units decided this year come later
    province, fuel = plants.province[:n], plants.fuel[:n]
    made = year.made
    emitted = _by_sector(industry.province, industry.sector, made.emitted_tco2.sum(axis=1))
    emitted[:, ELECTRICITY] += np.bincount(province, year.plants.emitted_tco2, P)
    road = np.bincount(model.vehicles.province, year.fleet.emitted_tco2, P)
    emitted[:, TRANSPORT] += road
    captured = _by_sector(industry.province, industry.sector, made.captured_tco2)
    captured[:, ELECTRICITY] += np.bincount(province, year.plants.captured_tco2, P)
    generation = power.generation_mwh.copy()
    generation[:, THERMAL] = _by_fuel(province, fuel, year.plants.output_mwh)[:, THERMAL]
    cost = year.plants.fuel_cost_cny + year.plants.operation_cost_cny + year.plants.capture_cost_cny
    active = plants.active(year.signals.year)[:n]
    cofired, replaced = _cofired_gj(model, year, n), thermal_intensity(plants, year.plants)
    return YearRecord(
        emitted_tco2=emitted,
        emitted_by_carrier_tco2=_by_carrier(model, year, province, fuel),
        gross_energy_gj=_energy(model, year, province, fuel, cofired),
        captured_tco2=captured,
        avoided_tco2=_avoided(model, year, replaced),
        **_placed(model, year),
        co2_tariff_cny_per_tco2=model.state.co2.tariff_cny_per_tco2,
        **_transport(model, year),
        generation_mwh=generation,
        curtailed_mwh=power.curtailed_mwh,
        reserve_margin=power.reserve_margin,
        flexible_coal_mw=_flexible_coal_mw(model, active),
        cofired_gj=cofired,
        hydro_sold_mwh=power.hydro_sales.sold_mwh,
        hydro_paid_cny=power.hydro_sales.paid_cny,
        capacity_mw=_by_fuel(province, fuel, plants.capacity_mw[:n] * active),
        load_mwh=power.load_mwh,
        peak_load_mw=power.hours.load_mw.max(axis=(1, 2, 3)),
        demand_mwh=year.demand.parts_mwh.T,
        unserved_mwh=power.unserved_mwh,
        shed_mwh=power.shed_mwh,
        export_mwh=power.export_mwh,
        flow_mwh=np.array(power.flow_mwh),
        line_loss_mwh=power.line_loss_mwh,
        export_by_line_mwh=model.outlook.export_by_line_mwh[year.signals.row],
        electricity_price_cny_per_mwh=power.mean_price_cny_per_mwh,
        tariff_cny_per_mwh=year.tariffs.components_cny_per_mwh,
        sold_mwh=year.tariffs.sold_mwh,
        production_t=_production(model, made.output),
        **_on_the_road(model, year, replaced),
        **_built(year),
        carbon_price_cny_per_tco2=np.array(year.carbon.price_cny_per_tco2),
        effective_carbon_price_cny_per_tco2=year.signals.carbon_cost_cny_per_tco2,
        allocated_tco2=np.bincount(province, year.plants.allocated_tco2, P)
        + np.bincount(industry.province, year.industry.allocated_tco2, P),
        power_investment_cny=year.invested.power_cny,
        capture_investment_cny=year.invested.capture_cny,
        industry_investment_cny=year.invested.industry_cny,
        capture_subsidy_cny=year.finance.capture_subsidy_cny,
        capture_grant_cny=year.invested.grant_cny,
        hub_investment_cny=year.invested.hubs.investment_cny,
        hub_support_cny=year.finance.hub_support_cny + year.invested.hubs.grant_cny,
        interest_subsidy_cny=year.finance.interest_subsidy_cny,
        guarantee_cny=year.finance.guarantee_cny,
        capacity_payment_cny=np.bincount(province, year.plants.capacity_payment_cny, P),
        renewable_premium_cny=np.bincount(province, year.plants.premium_cny, P),
        carbon_revenue_cny=year.finance.carbon_revenue_cny + year.road.carbon_revenue_cny,
        scrap_subsidy_cny=year.finance.scrap_subsidy_cny,
        scrap_t=_by_sector(industry.province, industry.sector, made.output * industry.scrap_t),
        efficiency_penalty_cny=year.finance.efficiency_penalty_cny,
        auction_revenue_cny=year.carbon.auction_revenue_cny,
        **_abroad(model, year),
        green_loans_cny=np.array(year.invested.green_loans_cny.sum()),
        loans_outstanding_cny=np.array(sum(lender.outstanding_cny for lender in model.lenders)),
        lender_loss_cny=np.array(year.finance.lender_loss_cny),
        cost_of_debt_ordinary=np.array(year.invested.cost_of_debt_ordinary),
        cost_of_debt_green=np.array(year.invested.cost_of_debt_green),
        defaults=np.array(year.finance.settlement.defaulted.sum()),
        stranded_cny=year.stranded.by_sector_cny,
        stranded_lent_cny=year.stranded.lent_cny,
        power_system_cost_cny=np.bincount(province, cost, P) + power.neighbour_cost_cny,
        industry_system_cost_cny=np.bincount(industry.province, _industry_cost(model, year), P),
        energy_balance_error=np.array(_energy_balance(year, generation)),
        carbon_balance_error=np.array(_carbon_balance(model, year)),
        money_balance_error=np.array(year.finance.money_error),
    )


def _flexible_coal_mw(model: "RegionModel", active: Booleans) -> Floats:
    """Return the capacity of coal units online by the month that run as low as new ones, MW [P]."""
    plants, low = model.plants, model.inputs.region.power.technologies.flexible_minimum_load_share[COAL]
    n = active.size
    share = plants.minimum_load_share[:n]
    flexible = (plants.fuel[:n] == COAL) & (share > 0.0) & (share <= low) & active
    return np.bincount(plants.province[:n], plants.capacity_mw[:n] * flexible, P)


def _cofired_gj(model: "RegionModel", year: "Year", n: int) -> Floats:
    """Return the biomass that coal units burnt, GJ [P]."""
    plants = model.plants
    share = biomass_share(plants, year.signals, year.signals.year)[:n]
    burnt = biomass_gj(model.inputs.region, plants.fuel[:n], share, year.plants.gross_tco2)
    return np.bincount(plants.province[:n], burnt, P)


def _placed(model: "RegionModel", year: "Year") -> dict[str, Floats]:
    """Return where captured CO2 went, t [P] and by product [P, B], and what products paid, CNY [P].

    All sellers of a year sell the same mix of products.
    """
    co2, n = year.co2, year.plants.output_mwh.size
    province = np.concatenate([model.plants.province[:n], model.industry.province])
    rows = np.flatnonzero(co2.captured_tco2)
    where = province[rows]

    def total(value: Floats) -> Floats:
        return np.bincount(where, value[rows], P)

    used = total(co2.sold_tco2)
    return {
        "stored_tco2": total(co2.stored_tco2),
        "used_tco2": used,
        "bound_tco2": total(co2.bound_tco2),
        "vented_tco2": total(co2.vented_tco2),
        "bought_tco2": used[:, None] * (co2.bought_tco2 / max(float(used.sum()), 1e-300)),
        "product_revenue_cny": total(co2.product_revenue_cny),
    }


def _avoided(model: "RegionModel", year: "Year", replaced: Floats) -> Floats:
    """Return what capture avoids: CO2 kept from the air less what heat and electricity for it emit, t [P, S].

    Heat is burnt at the site. Electricity, bought or sold no more, is generated by thermal units of the province,
    which emit `replaced`, t CO2/MWh [P].
    """
    plants, industry, made, n = model.plants, model.industry, year.made, year.plants.output_mwh.size
    kept = year.co2.kept_tco2
    power = (
        kept[:n] - captured_output_mwh(plants, year.plants, year.signals.year) * replaced[plants.province[:n]]
    )
    heat = industry.capture_heat_gj * model.inputs.region.power.carrier_co2_t_per_gj[ENERGY.index("gas")]
    bought = industry.capture_mwh * replaced[industry.province]
    avoided = _by_sector(industry.province, industry.sector, kept[n:] - made.captured_tco2 * (heat + bought))
    avoided[:, ELECTRICITY] += np.bincount(plants.province[:n], power, P)
    return avoided


def _on_the_road(model: "RegionModel", year: "Year", replaced: Floats) -> dict[str, Floats]:
    """Return the record of road vehicles, and of the rail that carries people instead.

    Electricity that rail takes and cars spare is generated by thermal units of the province, which emit `replaced`,
    t CO2/MWh [P].
    """
    fleet, money, province, rail = year.fleet, year.road, model.vehicles.province, year.fleet.rail
    more_mwh = rail.electricity_mwh - rail.spared_electricity_mwh
    oil = model.inputs.region.power.carrier_co2_t_per_gj[OIL]

    def total(value: Floats) -> Floats:
        return np.bincount(province, value, P)

    return {
        "vehicle_stock": fleet.fleet_vehicles.sum(axis=2).reshape(P, G, V),
        "vehicle_sales": fleet.sales_vehicles.reshape(P, G, V),
        "vehicle_emitted_tco2": total(fleet.emitted_tco2),
        "vehicle_oil_gj": total(fleet.oil_gj),
        "vehicle_aluminium_t": fleet.aluminium_t,
        "policy_chargers": fleet.chargers,
        "vehicle_subsidy_cny": money.subsidy_cny,
        "charger_investment_cny": money.charger_cny,
        "fuel_licence_cny": money.licence_cny,
        "vehicle_system_cost_cny": total(fleet.cost_cny) + money.charger_cny,
        "rail_line_km": year.signals.rail_line_km,
        "rail_trips": rail.trips,
        "rail_moved_vehicle_km": rail.moved_vehicle_km,
        "rail_electricity_mwh": rail.electricity_mwh,
        "rail_spared_tco2": rail.spared_oil_gj * oil,
        "rail_avoided_tco2": rail.spared_oil_gj * oil - more_mwh * replaced,
        "rail_support_cny": money.rail_cny,
        "rail_system_cost_cny": year.signals.policy.vehicles.rail_investment_cny + rail.operation_cny,
    }


def _transport(model: "RegionModel", year: "Year") -> dict[str, Floats]:
    """Return what the way to the stores cost, CNY [P], and each hub's tariff, contracts and lines [H]."""
    n, now, hubs = year.plants.output_mwh.size, year.signals.year, model.hubs
    province = np.concatenate([model.plants.province[:n], model.industry.province])
    tariff = np.array([hub.tariff_cny_per_tco2 for hub in hubs])
    lines = [[line for line in hub.lines if line.ready_year <= now] for hub in hubs]
    return {
        "transport_cost_cny": np.bincount(province, year.co2.transport_cost_cny, P),
        "hub_tariff_cny_per_tco2": np.where(np.isfinite(tariff), tariff, 0.0),
        "hub_committed_tco2": committed_tco2(model.actors),
        "hub_line_km": np.array([sum(line.length_km for line in own) for own in lines]),
        "hub_shared_km": np.array([sum(line.shared_km for line in own) for own in lines]),
        "hub_capacity_tco2": np.array([sum(line.capacity_tco2 for line in own) for own in lines]),
        "hub_agreed_tco2": np.array([hub.capacity_tco2 for hub in hubs]),
        "hub_line_cost_cny": np.array([hub.agreed_cost_cny(now) for hub in hubs]),
        "hub_storage_cost_cny_per_tco2": np.array([hub.store_cost_cny_per_tco2 for hub in hubs]),
        "hub_shipped_tco2": year.co2.shipped_tco2,
        **_corridors(model, year),
        "store_held_tco2": model.state.co2.stores.held_tco2,
    }


def _corridors(model: "RegionModel", year: "Year") -> dict[str, Floats]:
    """Return the CO2 lines in each corridor, what they carry and how many hubs have lines there [E]."""
    lines, shipped = lines_in_operation(model.hubs, year.signals.year), year.co2.corridor_tco2
    present = np.zeros((len(model.hubs), shipped.size), dtype=bool)
    np.logical_or.at(present, lines.hub, lines.passes)
    return {
        "corridor_capacity_tco2": (lines.capacity_tco2[:, None] * lines.passes).sum(axis=0),
        "corridor_shipped_tco2": shipped,
        "corridor_hubs": present.sum(axis=0).astype(float),
    }


def _built(year: "Year") -> dict[str, Floats]:
    """Return the record of new buildings."""
    built = year.built
    return {
        "floor_area_m2": built.floor_area_m2,
        "building_steel_t": built.steel_t,
        "building_cement_t": built.cement_t,
        "building_embodied_tco2": built.embodied_tco2,
        "building_subsidy_cny": year.building_subsidy_cny,
        "building_system_cost_cny": built.cost_cny,
    }


def _by_sector(province: Integers, sector: Integers, value: Floats) -> Floats:
    return np.bincount(province * S + sector, value, P * S).reshape(P, S)


def _by_fuel(province: Integers, fuel: Integers, value: Floats) -> Floats:
    return np.bincount(province * F + fuel, value, P * F).reshape(P, F)


def _by_carrier(model: "RegionModel", year: "Year", province: Integers, fuel: Integers) -> Floats:
    carrier = np.bincount(province * C + CARRIER_OF_FUEL[fuel], year.plants.emitted_tco2, P * C)
    carrier += np.bincount(model.vehicles.province * C + OIL, year.fleet.emitted_tco2, P * C)
    group = (model.industry.province[:, None] * C + np.arange(C)).reshape(-1)
    return (carrier + np.bincount(group, year.made.emitted_tco2.reshape(-1), P * C)).reshape(P, C)


def _energy(
    model: "RegionModel", year: "Year", province: Integers, fuel: Integers, cofired_gj: Floats
) -> Floats:
    """Return fuel burnt by carrier, GJ [P, ENERGY]; power's from its gross CO2 and the carrier's factor."""
    e = len(ENERGY)
    factor = model.inputs.region.power.fuel_co2_t_per_gj[fuel]
    heat = np.divide(year.plants.gross_tco2, factor, out=np.zeros_like(factor), where=factor > 0.0)
    group = (model.industry.province[:, None] * e + np.arange(e)).reshape(-1)
    group = np.concatenate([group, province * e + CARRIER_OF_FUEL[fuel], model.vehicles.province * e + OIL])
    burnt = np.concatenate([year.made.energy_gj.reshape(-1), heat, year.fleet.oil_gj])
    total = np.bincount(group, burnt, P * e).reshape(P, e)
    total[:, ENERGY.index("biomass")] += cofired_gj
    return total


def _industry_cost(model: "RegionModel", year: "Year") -> Floats:
    """Return fuel, operation and capture cost of every facility and block, CNY [N].

    Its electricity is among the cost of power, and the metal it buys among that of smelters.
    """
    industry, signals, made = model.industry, year.signals, year.made
    electricity = made.electricity_mwh * signals.electricity_price_cny_per_mwh[industry.province]
    metal = made.output * bought_metal_cost(industry, signals)
    return industry.production_cost(signals, made) - electricity - metal + year.industry.capture_cost_cny


def _abroad(model: "RegionModel", year: "Year") -> dict[str, Floats]:
    """Return what was exported, t or vehicles [P, X], what it brought, and what was charged for its CO2, CNY [P].

    Where works could not make all that was wanted, buyers abroad got less as others did. What a charge adds to the
    price abroad is no revenue of exports.
    """
    industry, signals, region = model.industry, year.signals, model.inputs.region
    products = len(region.industry.products.names)
    unmet = year.plan.unmet_t[:-1].reshape(P, products)
    made = _production(model, year.made.output)
    served = np.ones((P, products + 1))
    served[:, :-1] = made / np.maximum(made + unmet, 1e-9)
    sold = exports(model.outlook, signals) * served[:, :, None]
    emitted = year.made.emitted_tco2.sum(axis=1) + year.co2.returned_tco2[-len(industry) :]
    charge = signals.border_cost_cny_per_tco2[industry.province, industry.sector] * emitted
    on_vehicles = sold[:, -1, 1] * signals.trade.charge_cny[0, :, -1]
    return {
        "exported": sold.sum(axis=2),
        "export_revenue_cny": (sold.sum(axis=2) * signals.trade.home_cny).sum(axis=1),
        "border_payment_cny": np.bincount(industry.province, charge * ~industry.is_block, P) + on_vehicles,
    }


def _production(model: "RegionModel", output: Floats) -> Floats:
    products = len(model.industry.data.products.names)
    total = np.bincount(model.industry.group, output, P * products + 1)
    return total[:-1].reshape(P, products)


def _energy_balance(year: "Year", generation: Floats) -> float:
    """Return the residual of supply and use of electricity in each province, relative to the load."""
    power, sign = year.power, np.array([1.0, -1.0])
    stores = power.storage_loss_mwh + generation[:, STORES].sum(axis=1)  # what was charged
    supply = generation.sum(axis=1) + power.unserved_mwh + power.shed_mwh
    use = power.load_mwh + power.export_mwh + power.flow_mwh * sign + power.line_loss_mwh + stores
    return float(np.abs(supply - use).max() / np.maximum(power.load_mwh.max(), 1.0))


STORES = [FUELS.index("pumped_storage"), FUELS.index("battery")]


def _carbon_balance(model: "RegionModel", year: "Year") -> float:
    """Return the largest residual of carbon of any unit or facility, relative to the carbon it took in.

    In fuel, feedstock and process = emitted + captured; captured = sold for good or not + stored + vented.
    """
    made, co2, e = year.made, year.co2, len(ENERGY)
    factor = model.inputs.region.power.carrier_co2_t_per_gj[:e]
    taken = (made.energy_gj * factor).sum(axis=1) + model.industry.process_tco2 * made.output
    gross = np.concatenate([year.plants.gross_tco2, taken])
    emitted = np.concatenate([year.plants.emitted_tco2, made.emitted_tco2.sum(axis=1)])
    released = co2.sold_tco2 - co2.bound_tco2
    placed = co2.bound_tco2 + released + co2.stored_tco2 + co2.vented_tco2
    residual = np.maximum(np.abs(gross - emitted - co2.captured_tco2), np.abs(co2.captured_tco2 - placed))
    return float((residual / np.maximum(gross, 1.0)).max())
