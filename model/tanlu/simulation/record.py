"""What a run remembers: one record a year, stacked afterwards into arrays with a year axis."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats


class YearRecord(NamedTuple):
    """The outcome of one year. Stacked over a run every field gains a leading year axis."""

    # CO2, t
    emitted_tco2: Floats  # [P, S] after capture, without what was vented later
    emitted_by_carrier_tco2: Floats  # [P, C]
    gross_energy_gj: Floats  # [P, ENERGY] fossil fuel and biomass burnt
    captured_tco2: Floats  # [P, S]
    avoided_tco2: Floats  # [P, S] kept from the air, less what heat and electricity for capture emit
    stored_tco2: Floats  # [P]
    used_tco2: Floats  # [P] sold to products
    bound_tco2: Floats  # [P] the part of it that products keep from the air for good
    vented_tco2: Floats  # [P]
    bought_tco2: Floats  # [P, B] by product
    product_revenue_cny: Floats  # [P]
    co2_tariff_cny_per_tco2: Floats  # [P] paid for transport and storage
    transport_cost_cny: Floats  # [P] the part of it that is not the stores'
    hub_tariff_cny_per_tco2: Floats  # [H] posted for transport from the hub and storage; 0 without a line
    hub_committed_tco2: Floats  # [H]
    hub_line_km: Floats  # [H] in operation, its part of lines of several hubs
    hub_shared_km: Floats  # [H] of that, in lines of several hubs
    hub_capacity_tco2: Floats  # [H] in operation
    hub_agreed_tco2: Floats  # [H] capacity of all lines, those under construction included
    hub_line_cost_cny: Floats  # [H] yearly cost of them once all are in operation
    hub_storage_cost_cny_per_tco2: Floats  # [H] in the stores they lead to
    hub_shipped_tco2: Floats  # [H]
    corridor_capacity_tco2: Floats  # [E] of CO2 lines in operation
    corridor_shipped_tco2: Floats  # [E]
    corridor_hubs: Floats  # [E] how many hubs have lines there in operation
    store_held_tco2: Floats  # [J] at the end of the year
    # electricity
    generation_mwh: Floats  # [P, F]
    curtailed_mwh: Floats  # [P, F]
    flexible_coal_mw: Floats  # [P] coal units that can run as low as new ones
    cofired_gj: Floats  # [P] biomass burnt in coal units
    hydro_sold_mwh: Floats  # [P, month] of water within its province
    hydro_paid_cny: Floats  # [P, month] for it
    capacity_mw: Floats  # [P, F] at the end of the year
    load_mwh: Floats  # [P]
    peak_load_mw: Floats  # [P] highest hour, served or not
    demand_mwh: Floats  # [P, Q] the parts of it, by PARTS
    unserved_mwh: Floats  # [P]
    shed_mwh: Floats  # [P]
    reserve_margin: Floats  # [P] share of peak load
    export_mwh: Floats  # [P] out of the region, net
    flow_mwh: Floats  # [] Sichuan to Chongqing, as sent
    line_loss_mwh: Floats  # [P] of it, where it arrives
    export_by_line_mwh: Floats  # [L] by contract, at the province's border
    electricity_price_cny_per_mwh: Floats  # [P] wholesale
    tariff_cny_per_mwh: Floats  # [P, K, COMPONENTS] by class of customers
    sold_mwh: Floats  # [P, K]
    # goods
    production_t: Floats  # [P, product]
    exported: Floats  # [P, X] t of products, then vehicles
    export_revenue_cny: Floats  # [P]
    # road vehicles; G segments, V technologies
    vehicle_stock: Floats  # [P, G, V] at the end of the year
    vehicle_sales: Floats  # [P, G, V]
    vehicle_emitted_tco2: Floats  # [P] part of transport
    vehicle_oil_gj: Floats  # [P]
    vehicle_aluminium_t: Floats  # [P] in new cars
    policy_chargers: Floats  # [P] public ones paid for by policy
    # urban rail paid for by policy
    rail_line_km: Floats  # [P]
    rail_trips: Floats  # [P]
    rail_moved_vehicle_km: Floats  # [P] that road vehicles do not drive
    rail_electricity_mwh: Floats  # [P]
    rail_spared_tco2: Floats  # [P] of oil that road vehicles do not burn
    rail_avoided_tco2: Floats  # [P] that, less what thermal power emits for rail in place of charging
    # new buildings; M methods
    floor_area_m2: Floats  # [P, M]
    building_steel_t: Floats  # [P]
    building_cement_t: Floats  # [P]
    building_embodied_tco2: Floats  # [P] wherever it arises: not among the emissions
    # carbon market
    carbon_price_cny_per_tco2: Floats  # [] market
    effective_carbon_price_cny_per_tco2: Floats  # [P, S] what a tonne costs
    allocated_tco2: Floats  # [P]
    # money, CNY
    power_investment_cny: Floats  # [P, K]
    capture_investment_cny: Floats  # [P]
    industry_investment_cny: Floats  # [P]
    capture_subsidy_cny: Floats  # [P]
    capture_grant_cny: Floats  # [P]
    hub_investment_cny: Floats  # [P] in CO2 lines, paid by shippers
    hub_support_cny: Floats  # [P] public money for CO2 hubs
    interest_subsidy_cny: Floats  # [P]
    guarantee_cny: Floats  # [P] paid for lenders' losses on green loans
    vehicle_subsidy_cny: Floats  # [P]
    building_subsidy_cny: Floats  # [P]
    charger_investment_cny: Floats  # [P]
    rail_support_cny: Floats  # [P] lines, and what fares lack to running them
    fuel_licence_cny: Floats  # [P]
    capacity_payment_cny: Floats  # [P]
    renewable_premium_cny: Floats  # [P]
    carbon_revenue_cny: Floats  # [P] of fixed prices
    scrap_subsidy_cny: Floats  # [P]
    scrap_t: Floats  # [P, S] melted by facilities
    efficiency_penalty_cny: Floats  # [P] paid by works that use more energy than they may
    auction_revenue_cny: Floats  # [P] of allowances sold
    border_payment_cny: Floats  # [P] charged abroad on exports
    green_loans_cny: Floats  # []
    loans_outstanding_cny: Floats  # []
    lender_loss_cny: Floats  # []
    cost_of_debt_ordinary: Floats  # [] mean, nominal
    cost_of_debt_green: Floats  # []
    defaults: Floats  # []
    stranded_cny: Floats  # [P, S] book value left at what closes
    stranded_lent_cny: Floats  # [P] the part of it that lenders have financed
    power_system_cost_cny: Floats  # [P] fuel, operation, imports and capture
    industry_system_cost_cny: (
        Floats  # [P] fuel, operation and capture, blocks included; electricity stands above
    )
    building_system_cost_cny: Floats  # [P] construction
    vehicle_system_cost_cny: Floats  # [P] vehicles, maintenance and oil; electricity stands above
    rail_system_cost_cny: Floats  # [P] lines and operation, likewise
    energy_balance_error: Floats  # [] relative
    carbon_balance_error: Floats  # [] relative
    money_balance_error: Floats  # [] relative


def stack(records: list[YearRecord]) -> YearRecord:
    """Return one record whose fields have a leading year axis."""
    return YearRecord(*(np.array(years, dtype=float) for years in zip(*records, strict=True)))
