"""The columns every table of a region pack must have."""

from typing import NamedTuple


class Rule(NamedTuple):
    """Columns a table must have."""

    key: tuple[str, ...]  # together they occur once
    filled: tuple[str, ...]  # further ones without blank cells
    may_be_blank: tuple[str, ...]


def _rule(key: str, filled: str, may_be_blank: str = "") -> Rule:
    return Rule(tuple(key.split()), (*filled.split(), "source", "grade"), (*may_be_blank.split(), "note"))


TEXT_COLUMNS = ("unit", "source", "grade", "note")
# What a table may say of how uncertain a value is; no run reads it.
RANGE_COLUMNS = ("low", "high", "fixed", "range_basis")

SOURCE_LIST = Rule(("source_key",), ("title", "publisher", "year"), ("place", "licence"))

RULES = {
    "abatement_options": _rule(
        "option_id",
        "label_en label_zh from_process kind available_from_year window coal_factor oil_factor gas_factor "
        "process_factor added_gas_gj_per_t added_biomass_gj_per_t added_electricity_mwh_per_t "
        "capex_cny_per_t_year fixed_om_cny_per_t_year variable_cost_cny_per_t capture_rate "
        "capture_heat_gj_per_tco2 capture_electricity_mwh_per_tco2 capture_capex_cny_per_tco2_year "
        "capture_om_cny_per_tco2 lead_time_years lifetime_years",
        "to_process reference_mtco2_per_year scale_exponent",
    ),
    "carbon_market": _rule("variable class year", "value unit"),
    "co2_products": _rule(
        "product",
        "label_en label_zh market_kt_per_year co2_use_tco2_per_t price_cny_per_tco2 demand_elasticity "
        "maximum_share_of_market permanent_share",
    ),
    "co2_hubs": _rule("hub_id", "name_en name_zh province latitude_deg longitude_deg"),
    "co2_transport": _rule("parameter", "value unit"),
    "corridor_energy": _rule("corridor_id year", "energy_gwh"),
    "corridor_shape": _rule("group month", "share_of_year"),
    "corridor_shape_observed": _rule("group year month", "share_of_year"),
    "corridors": _rule(
        "corridor_id",
        "name_en name_zh from_region to_region kind rated_mw usable_mw from_year price_cny_per_mwh loss_share",
        "group until_year firm_share",
    ),
    "currency": _rule("from_unit", "factor_to_cny2020"),
    "currency_industry": _rule("from_unit", "factor_to_cny2020"),
    "demand_profiles": _rule("profile hour", "relative_load"),
    "demand_shares": _rule("province group year", "share_of_demand"),
    "drivers": _rule("province driver year", "value unit"),
    "facilities": _rule(
        "facility_id",
        "name_en name_zh province sector process product capacity_kt_per_year start_year last_reline_year "
        "owner_id",
        "prefecture latitude_deg longitude_deg end_year",
    ),
    "exports": _rule("province good parameter year", "value unit", "province year"),
    "bond_issuers": _rule(
        "issuer_id", "name_en name_zh kind province rating_spread_bp claimed_tco2_per_mcny_year"
    ),
    "finance": _rule("parameter year", "value unit", "year"),
    "finance_statistics": _rule("province variable year month", "value unit"),
    "fuel_factors": _rule("carrier", "co2_kg_per_gj"),
    "fuel_prices": _rule("fuel province year", "price_cny_per_gj"),
    "green_needs": _rule("issuer_id year", "green_need_bn_cny"),
    "grid_factors": _rule("region year", "factor_tco2_per_mwh"),
    "hydro": _rule("province year month", "capacity_factor"),
    "hydro_cascades": _rule(
        "reservoir_id",
        "name_en name_zh basin province usable_million_m3 head_m efficiency_share serves_export from_year",
    ),
    "hydro_dry_spells": _rule("province year month", "days water_share"),
    "hydro_parameters": _rule("province parameter month", "value unit", "month"),
    "hydro_spill": _rule("province year", "spilled_gwh without_use_gwh"),
    "industry_sources": SOURCE_LIST,
    "inventory": _rule("province year sector carrier", "co2_mt"),
    "lenders": _rule(
        "lender_id",
        "name_en name_zh kind province_scope spread_bp minimum_interest_coverage maximum_debt_to_assets "
        "capital_bn_cny bonds_only",
    ),
    "load_shape": _rule("province day_type month hour", "per_unit_of_annual_mean"),
    "owners": _rule(
        "owner_id",
        "name_en name_zh kind province_scope debt_to_assets cost_of_equity hurdle_premium policy_belief "
        "initial_cash_bn_cny many_owners",
        "licensed_technologies",
    ),
    "parameters": _rule("parameter", "value unit"),
    "power_balance": _rule("province year month item scope", "energy_gwh kind status published_on"),
    "power_statistics": _rule("province year variable", "value unit"),
    "power_units_past": _rule("unit_id year", "capacity_mw"),
    "power_units": _rule(
        "unit_id",
        "name_en name_zh province fuel technology capacity_mw commissioned_year status owner_id "
        "net_heat_rate_gj_per_mwh must_run_share availability",
        "prefecture latitude_deg longitude_deg retired_year own_use_share heat_to_power_ratio",
    ),
    "processes": _rule(
        "process",
        "sector product coal_gj_per_t oil_gj_per_t gas_gj_per_t biomass_gj_per_t electricity_mwh_per_t "
        "process_tco2_per_t scrap_t_per_t metal_t_per_t other_cost_cny_per_t fixed_cost_cny_per_t_year "
        "replacement_cost_cny_per_t_year capturable_share co2_share_of_flue_gas rationing_tier",
    ),
    "production": _rule("province product year", "output_kt"),
    "scrap": _rule("sector parameter year", "value unit", "year"),
    "project_completions": _rule(
        "project_id", "province fuel capacity_mw listed_year listed_on seen_on", "completed_year"
    ),
    "products": _rule("product", "label_en label_zh price_cny_per_t"),
    "rating_spreads": _rule("interest_coverage_from", "spread_bp"),
    "renewable_profiles": _rule("province technology month hour", "capacity_factor"),
    "site_limits": _rule("province technology parameter", "value unit"),
    "sources": SOURCE_LIST,
    "storage_sites": _rule(
        "site_id",
        "name_en name_zh province latitude_deg longitude_deg reservoir capacity_mtco2 "
        "injection_limit_mtco2_per_year cost_cny_per_tco2",
    ),
    "targets": _rule("region indicator variable target_year", "value unit binding document", "base_year"),
    "tariffs": _rule("province customer item year", "value unit"),
    "technologies": _rule("technology parameter year", "value unit"),
    "thermal_maintenance": _rule("province month", "share_of_year"),
    "technology_learning": _rule("technology", "learning_rate world_stock unit"),
    "buildings": _rule("province method parameter year", "value unit", "province method year"),
    "uncertainty_by_grade": _rule("of_grade", "spread_share"),
    "vehicle_statistics": _rule("province variable year", "value unit"),
    "vehicles": _rule(
        "province segment technology parameter year", "value unit", "province segment technology year"
    ),
}
