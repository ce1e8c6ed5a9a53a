"""The columns every table of a region pack must have."""

from typing import Any, NamedTuple


class Series(NamedTuple):
    """Rows that differ in one column only, in its order, and how far apart neighbours are at most."""

    along: str  # year; month and hour go round
    within: float  # a cell beyond both neighbours by this factor looks odd
    may_start_small: bool = False  # what is new in its first year, or all but gone in its last
    may_be_zero: bool = False  # among figures that are not


class Rule(NamedTuple):
    """What a table must hold, and what in it would look odd; column_types.py says what a cell may hold."""

    key: tuple[str, ...]  # together they occur once
    filled: tuple[str, ...]  # further ones without blank cells
    may_be_blank: tuple[str, ...]
    named_by: tuple[str, ...] = ()  # columns that say what a row is about: checks/limits.csv goes by them
    series: tuple[Series, ...] = ()
    uniform: tuple[str, ...] = ()  # columns of which all rows that differ in it only hold the same set
    rises: tuple[str, ...] = ()  # columns whose figures rise from row to row
    falls: tuple[str, ...] = ()
    sums_to_one: str = ""  # column along which the figures of rows that differ in it only sum to 1


LIST_FIELDS = ("named_by", "uniform", "rises", "falls")  # given as names parted by spaces


def _rule(key: str, filled: str, may_be_blank: str = "", **options: Any) -> Rule:
    """Build a rule; names are parted by spaces."""
    options = {
        name: tuple(value.split()) if name in LIST_FIELDS else value for name, value in options.items()
    }
    return Rule(
        tuple(key.split()), (*filled.split(), "source", "grade"), (*may_be_blank.split(), "note"), **options
    )


TEXT_COLUMNS = ("unit", "source", "grade", "note")
FIRST_LINE = 2  # of figures in a file: the header is line 1
SERIES_COLUMNS = ("year", "month", "hour")  # the point in time of a row among those of its series
# What a table may say of how uncertain a value is; no run reads it.
RANGE_COLUMNS = ("low", "high", "fixed", "range_basis")

SOURCE_LIST = Rule(("source_key",), ("title", "publisher", "year"), ("place", "licence"))

RULES = {
    "abatement_options": _rule(
        "option_id",
        "label_en label_zh from_process kind available_from_year window coal_factor oil_factor gas_factor "
        "process_factor added_gas_gj_per_t added_biomass_gj_per_t added_electricity_mwh_per_t added_scrap_t_per_t "
        "capex_cny_per_t_year fixed_om_cny_per_t_year variable_cost_cny_per_t capture_rate "
        "capture_heat_gj_per_tco2 capture_electricity_mwh_per_tco2 capture_capex_cny_per_tco2_year "
        "capture_om_cny_per_tco2 lead_time_years lifetime_years",
        "to_process reference_mtco2_per_year scale_exponent",
        named_by="kind",
    ),
    "carbon_market": _rule(
        "variable class year",
        "value unit",
        named_by="variable class",
        series=(Series("year", 3.0, may_be_zero=True),),
    ),
    "co2_products": _rule(
        "product",
        "label_en label_zh market_kt_per_year co2_use_tco2_per_t price_cny_per_tco2 demand_elasticity "
        "maximum_share_of_market permanent_share",
        "material_from material_t_per_t material_kt_per_year stoichiometric_tco2_per_t",
        named_by="product",
    ),
    "co2_hubs": _rule("hub_id", "name_en name_zh province latitude_deg longitude_deg"),
    "co2_transport": _rule("parameter", "value unit", named_by="parameter"),
    "cohort_technologies": _rule(
        "cohort technology",
        "conversion_factor capex_cny_per_kw om_cny_per_kw_year lifetime_years sales_share part_share "
        "capex_fall_share_per_year",
        named_by="technology",
    ),
    "cohorts": _rule(
        "cohort",
        "label_en label_zh sector demand_part coal_share oil_share gas_share coal_margin_cny_per_gj "
        "oil_margin_cny_per_gj gas_margin_cny_per_gj discount_rate use_hours_per_year demand_elasticity",
        named_by="sector",
    ),
    "corridor_energy": _rule("corridor_id year", "energy_gwh", series=(Series("year", 3.0),)),
    "corridor_shape": _rule(
        "group month",
        "share_of_year",
        series=(Series("month", 6.0, may_be_zero=True),),
        uniform="month",
        sums_to_one="month",
    ),
    "corridor_shape_observed": _rule(
        "group year month",
        "share_of_year",
        series=(Series("month", 45.0, may_be_zero=True),),
        uniform="month",
        sums_to_one="month",
    ),
    "corridors": _rule(
        "corridor_id",
        "name_en name_zh from_region to_region kind rated_mw usable_mw from_year loss_share",
        "group until_year price_cny_per_mwh charge_cny_per_mwh firm_share neighbour shares_line_with",
        named_by="kind",
    ),
    "currency": _rule("from_unit", "factor_to_cny2020", named_by="from_unit"),
    "currency_industry": _rule("from_unit", "factor_to_cny2020", named_by="from_unit"),
    "demand_profiles": _rule(
        "profile hour", "relative_load", named_by="profile", series=(Series("hour", 1.5),)
    ),
    "demand_shares": _rule(
        "province group year",
        "share_of_demand",
        named_by="group",
        series=(Series("year", 3.5),),
        uniform="province year",
    ),
    "drivers": _rule(
        "province driver year",
        "value unit",
        named_by="driver",
        series=(Series("year", 4.5),),
        uniform="province",
    ),
    "facilities": _rule(
        "facility_id",
        "name_en name_zh province sector process product capacity_kt_per_year start_year last_reline_year "
        "owner_id",
        "prefecture latitude_deg longitude_deg end_year",
        named_by="process",
    ),
    "exports": _rule(
        "province good parameter year", "value unit", "province year", named_by="good parameter"
    ),
    "bond_issuers": _rule(
        "issuer_id",
        "name_en name_zh kind province rating_spread_bp claimed_tco2_per_mcny_year bond_years opening_debt_bn_cny",
        "revenue_bn_cny debt_limit_factor",
        named_by="kind",
    ),
    "finance": _rule(
        "parameter year", "value unit", "year", named_by="parameter", series=(Series("year", 3.0),)
    ),
    "finance_statistics": _rule(
        "province variable year month", "value unit", named_by="variable", series=(Series("year", 3.0),)
    ),
    "fuel_factors": _rule("carrier", "co2_kg_per_gj", named_by="carrier"),
    "fuel_prices": _rule(
        "fuel province year",
        "price_cny_per_gj",
        named_by="fuel",
        series=(Series("year", 2.0),),
        uniform="province",
    ),
    "green_needs": _rule(
        "issuer_id year", "green_need_bn_cny", series=(Series("year", 3.0, may_be_zero=True),)
    ),
    "grid_factors": _rule("region year", "factor_tco2_per_mwh"),
    "hydro": _rule(
        "province year month",
        "capacity_factor",
        series=(Series("year", 3.5), Series("month", 3.5)),
        uniform="month",
    ),
    "hydro_cascades": _rule(
        "reservoir_id",
        "name_en name_zh basin province usable_million_m3 head_m efficiency_share serves_export from_year",
    ),
    "hydro_dry_spells": _rule("province year month", "days water_share"),
    "hydro_filling": _rule("province measured_on", "stored_share"),
    "hydro_parameters": _rule(
        "province parameter month",
        "value unit",
        "month",
        named_by="parameter",
        series=(Series("month", 2.0),),
    ),
    "hydro_rules": _rule("reservoir_id rule month", "stored_share", "month", named_by="rule"),
    "hydro_spill": _rule(
        "province year", "spilled_gwh without_use_gwh", series=(Series("year", 2.5),), uniform="province"
    ),
    "industry_sources": SOURCE_LIST,
    "inventory": _rule(
        "province year sector carrier", "co2_mt", series=(Series("year", 9.0, may_be_zero=True),)
    ),
    "lenders": _rule(
        "lender_id",
        "name_en name_zh kind province_scope spread_bp minimum_interest_coverage maximum_debt_to_assets "
        "capital_bn_cny bonds_only",
        named_by="kind",
    ),
    "load_outlook": _rule("region published_on year", "base_year base_twh load_twh", "came_twh"),
    "load_shape": _rule(
        "province day_type month hour",
        "per_unit_of_annual_mean",
        series=(Series("month", 1.3), Series("hour", 1.2)),
        uniform="hour",
    ),
    "national_market": _rule(
        "variable class item year",
        "value unit",
        "item year",
        named_by="variable",
        series=(Series("year", 12.0, may_be_zero=True),),
    ),
    "neighbours": _rule(
        "neighbour year",
        "served_load_gwh thermal_mw hydro_mw wind_mw solar_mw fuel_price_cny_per_gj coal_power_price_cny_per_mwh",
        series=(Series("year", 3.0, may_start_small=True),),
    ),
    "neighbour_months": _rule(
        "neighbour month",
        "relative_load hydro_capacity_factor wind_capacity_factor solar_capacity_factor cooling_share",
        series=(Series("month", 3.0, may_be_zero=True),),
        uniform="month",
    ),
    "owners": _rule(
        "owner_id",
        "name_en name_zh kind province_scope debt_to_assets cost_of_equity hurdle_premium policy_belief "
        "outlook_share initial_cash_bn_cny many_owners",
        "licensed_technologies",
        named_by="kind",
    ),
    "parameters": _rule("parameter", "value unit", named_by="parameter"),
    "power_balance": _rule(
        "province year month item scope",
        "energy_gwh kind status published_on",
        series=(Series("year", 4.5), Series("month", 3.0)),
    ),
    "power_statistics": _rule(
        "province year variable",
        "value unit",
        named_by="variable",
        series=(Series("year", 3.0, may_start_small=True),),
    ),
    "power_units_past": _rule("unit_id year", "capacity_mw", series=(Series("year", 3.0),)),
    "power_units": _rule(
        "unit_id",
        "name_en name_zh province fuel technology capacity_mw commissioned_year status owner_id "
        "net_heat_rate_gj_per_mwh must_run_share availability",
        "prefecture latitude_deg longitude_deg retired_year own_use_share heat_to_power_ratio",
        named_by="fuel",
    ),
    "processes": _rule(
        "process",
        "sector product coal_gj_per_t oil_gj_per_t gas_gj_per_t biomass_gj_per_t electricity_mwh_per_t "
        "process_tco2_per_t scrap_t_per_t metal_t_per_t other_cost_cny_per_t fixed_cost_cny_per_t_year "
        "replacement_cost_cny_per_t_year capturable_share co2_share_of_flue_gas rationing_tier",
        "line_capacity_kt_per_year",
        named_by="process",
    ),
    "production": _rule(
        "province product year",
        "output_kt",
        named_by="product",
        series=(Series("year", 3.0, may_start_small=True),),
    ),
    "scrap": _rule(
        "sector parameter year",
        "value unit",
        "year",
        named_by="sector parameter",
        series=(Series("year", 2.5),),
    ),
    "project_completions": _rule(
        "project_id",
        "province fuel capacity_mw listed_year listed_on seen_on",
        "completed_year",
        named_by="fuel",
    ),
    "products": _rule("product", "label_en label_zh price_cny_per_t", named_by="product"),
    "rating_spreads": _rule(
        "interest_coverage_from", "spread_bp", rises="interest_coverage_from", falls="spread_bp"
    ),
    "renewable_profiles": _rule(
        "province technology month hour",
        "capacity_factor",
        named_by="technology",
        series=(Series("month", 4.0), Series("hour", 1.6)),
        uniform="hour",
    ),
    "site_limits": _rule("province technology parameter", "value unit", named_by="parameter technology"),
    "sources": SOURCE_LIST,
    "storage_sites": _rule(
        "site_id",
        "name_en name_zh province latitude_deg longitude_deg reservoir capacity_mtco2 "
        "injection_limit_mtco2_per_year cost_cny_per_tco2",
        named_by="reservoir",
    ),
    "targets": _rule("region indicator variable target_year", "value unit binding document", "base_year"),
    "tariffs": _rule(
        "province customer item year", "value unit", named_by="customer item", uniform="province"
    ),
    "taxes": _rule(
        "tax_class parameter year",
        "value unit",
        "tax_class year",
        named_by="parameter",
        series=(Series("year", 3.0, may_be_zero=True),),
    ),
    "technologies": _rule(
        "technology parameter year",
        "value unit",
        named_by="technology parameter",
        series=(Series("year", 2.5),),
    ),
    "thermal_maintenance": _rule(
        "province month",
        "share_of_year",
        series=(Series("month", 2.5, may_be_zero=True),),
        uniform="month",
        sums_to_one="month",
    ),
    "thermal_obligations": _rule(
        "province month",
        "heat_share_of_year contracted_gas_share_of_year",
        series=(Series("month", 2.5, may_be_zero=True),),
        uniform="month",
        sums_to_one="month",
    ),
    "technology_learning": _rule("technology", "learning_rate world_stock unit", named_by="technology"),
    "buildings": _rule(
        "province method parameter year",
        "value unit",
        "province method year",
        named_by="method parameter",
        series=(Series("year", 3.5),),
    ),
    "uncertainty_by_grade": _rule("of_grade", "spread_share", named_by="of_grade", rises="spread_share"),
    "vehicle_statistics": _rule(
        "province variable year", "value unit", named_by="variable", series=(Series("year", 6.0),)
    ),
    "vehicles": _rule(
        "province segment technology parameter year",
        "value unit",
        "province segment technology year",
        named_by="segment technology parameter",
        series=(Series("year", 7.0, may_be_zero=True),),
    ),
}
