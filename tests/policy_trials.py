"""How each instrument is tried in the tests: one entry a kind."""

from collections.abc import Mapping
from typing import NamedTuple

Block = Mapping[str, object]


class Trial(NamedTuple):
    """One instrument."""

    active: Block  # it acts in every province and year
    zero: Block  # it says nothing


TRIALS: Mapping[str, Trial] = {
    "carbon_price": Trial(
        active={"price_cny_per_tco2": 100},
        zero={"price_cny_per_tco2": 0, "floor_cny_per_tco2": 0},
    ),
    "carbon_market": Trial(
        active={"benchmark_tightening_share_per_year": 0.02, "auction_share": 0.1},
        zero={
            "sectors": {"electricity": 2100},
            "benchmark_tightening_share_per_year": 0.02,
            "auction_share": 0.1,
        },
    ),
    "ccus_subsidy": Trial(
        active={
            "rate_cny_per_tco2": 200,
            "strike_price_cny_per_tco2": 300,
            "capex_grant_share": 0.3,
            "budget_bn_cny_per_year": 2,
        },
        zero={
            "rate_cny_per_tco2": 0,
            "strike_price_cny_per_tco2": 0,
            "capex_grant_share": 0,
            "budget_bn_cny_per_year": 5,
        },
    ),
    "co2_hub_support": Trial(
        active={"anchor_mtco2_per_year": 2, "guarantee_share": 0.5, "oversizing_share": 0.2},
        zero={"anchor_mtco2_per_year": 0, "guarantee_share": 0, "oversizing_share": 0},
    ),
    "ccus_innovation_centre": Trial(
        active={"budget_bn_cny_per_year": 1, "success_share": 0.6},
        zero={"budget_bn_cny_per_year": 0, "success_share": 0.6},
    ),
    "green_bond_incentive": Trial(
        active={
            "papers": ["bonds", "loans"],
            "issuers": ["companies", "city_infrastructure", "local_government"],
            "renewals": True,
            "issue_cost_share": 0.5,
            "issue_cost_cap_bn_cny": 0.002,
            "label_cost_share": 0.5,
            "interest_tax_exempt_share": 0.5,
            "interest_subsidy_percentage_points": 1,
            "guarantee_share": 0.5,
            "guarantee_fee_percentage_points": 0.05,
        },
        zero={
            "issuers": ["companies", "city_infrastructure", "local_government"],
            "interest_subsidy_percentage_points": 0,
            "guarantee_share": 0,
            "issue_cost_share": 0,
            "label_cost_share": 0,
            "interest_tax_exempt_share": 0,
        },
    ),
    "relending": Trial(
        active={"principal_share": 0.6},
        zero={"principal_share": 0},
    ),
    "credit_rule": Trial(
        active={"stops_coal_loans": True},
        zero={"stops_coal_loans": False, "coal_risk_weight": 1, "gas_risk_weight": 1, "green_risk_weight": 1},
    ),
    "rescue_rule": Trial(
        active={"provinces_budget_bn_cny_per_year": 0, "parents_budget_bn_cny_per_year": 0},
        zero={},  # no limit is what holds without it
    ),
    "renewable_support": Trial(
        active={"premium_cny_per_mwh": 50},
        zero={"premium_cny_per_mwh": 0},
    ),
    "renewable_auction": Trial(
        active={
            "volume_twh_per_year": 2,
            "owed_share": 0.2,
            "cap_cny_per_mwh": 380,
            "floor_cny_per_mwh": 100,
            "budget_bn_cny_per_year": 2,
        },
        zero={"volume_twh_per_year": 0, "owed_share": 0, "cap_cny_per_mwh": 380},
    ),
    "modular_building": Trial(
        active={
            "mandate_share": 0.5,
            "floor_area_bonus_share": 0.03,
            "subsidy_cny_per_m2": 100,
            "budget_bn_cny_per_year": 2,
        },
        zero={"mandate_share": 0, "floor_area_bonus_share": 0, "subsidy_cny_per_m2": 0},
    ),
    "coal_phase_out": Trial(
        active={"maximum_age_years": 30, "utilisation_cap_share": 0.4},
        zero={"utilisation_cap_share": 1},
    ),
    "capacity_payment": Trial(
        active={"rate_cny_per_kw_year": 165},
        zero={"rate_cny_per_kw_year": 0},
    ),
    "vehicle_incentive": Trial(
        active={
            "subsidy_cny_per_vehicle": 10000,
            "budget_bn_cny_per_year": 5,
            "fuel_licence_cny_per_vehicle": 20000,
            "charger_investment_bn_cny_per_year": 1,
            "new_energy_sales_share": 0.6,
        },
        zero={
            "subsidy_cny_per_vehicle": 0,
            "fuel_licence_cny_per_vehicle": 0,
            "charger_investment_bn_cny_per_year": 0,
            "new_energy_sales_share": 0,
        },
    ),
    "rail_transit": Trial(
        active={"investment_bn_cny_per_year": 20},
        zero={"investment_bn_cny_per_year": 0},
    ),
    "border_carbon_adjustment": Trial(
        active={"price_cny_per_tco2": 600, "charged_share": 0.5, "vehicles": True},
        zero={"price_cny_per_tco2": 0},
    ),
    "import_carbon_charge": Trial(
        active={"price_cny_per_tco2": 200, "deducted_share": 0.5},
        zero={"price_cny_per_tco2": 0},
    ),
    "recycled_aluminium": Trial(
        active={"subsidy_cny_per_t": 1500, "budget_bn_cny_per_year": 1},
        zero={"subsidy_cny_per_t": 0, "budget_bn_cny_per_year": 1},
    ),
    "efficiency_standard": Trial(
        active={"energy_ceiling_share": 0.9, "penalty_cny_per_gj": 60},
        zero={"energy_ceiling_share": 0.9, "penalty_cny_per_gj": 0},
    ),
    "equipment_standard": Trial(
        active={"technologies": ["coal"], "sales_limit_share": 0.0},
        zero={"technologies": ["coal"], "sales_limit_share": 1.0},
    ),
    "equipment_grant": Trial(
        active={
            "technologies": ["electric", "heat_pump"],
            "capex_grant_share": 0.3,
            "budget_bn_cny_per_year": 5,
        },
        zero={"technologies": ["heat_pump"], "capex_grant_share": 0, "budget_bn_cny_per_year": 5},
    ),
    "revenue_use": Trial(
        active={"per_head_share": 0.3, "surcharge_share": 0.2, "output_share": 0.3, "green_fund_share": 0.2},
        zero={"per_head_share": 0, "surcharge_share": 0, "output_share": 0, "green_fund_share": 0},
    ),
    "export_contract": Trial(
        active={"kept_share": 0.7},
        zero={"kept_share": 1},
    ),
}
