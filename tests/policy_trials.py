"""How each instrument is tried in the tests: one entry a kind."""

from collections.abc import Mapping
from typing import NamedTuple

from hypothesis import strategies as st

Block = Mapping[str, object]


def quantity(*values: float) -> st.SearchStrategy[object]:
    """Return a strategy of constants and of paths that change once."""
    one = st.sampled_from(values)
    return st.one_of(one, st.builds(lambda a, b, y: {y - 3: a, y: b}, one, one, st.integers(2028, 2034)))


class Trial(NamedTuple):
    """One instrument."""

    active: Block  # it acts in every province and year
    zero: Block  # it says nothing
    drawn: Mapping[str, st.SearchStrategy[object]]  # any block, beyond what is reasonable


TRIALS: Mapping[str, Trial] = {
    "carbon_price": Trial(
        active={"price_cny_per_tco2": 100},
        zero={"price_cny_per_tco2": 0, "floor_cny_per_tco2": 0},
        drawn={
            "price_cny_per_tco2": quantity(0.0, 40.0, 150.0, 600.0),
            "floor_cny_per_tco2": quantity(0.0, 90.0, 250.0),
        },
    ),
    "carbon_market": Trial(
        active={"benchmark_tightening_share_per_year": 0.02, "auction_share": 0.1},
        zero={
            "sectors": {"electricity": 2100},
            "benchmark_tightening_share_per_year": 0.02,
            "auction_share": 0.1,
        },
        drawn={
            "benchmark_tightening_share_per_year": quantity(0.0, 0.01, 0.05),
            "auction_share": quantity(0.0, 0.3, 1.0),
            "carry_over": st.sampled_from(("limited", "unlimited")),
            "capture_counts_from_year": st.sampled_from((2030, 2100)),
            "shortfall_cap_share": st.sampled_from((0.0, 0.1, 1.0)),
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
        drawn={
            "rate_cny_per_tco2": quantity(0.0, 120.0, 300.0, 900.0),
            "strike_price_cny_per_tco2": quantity(0.0, 350.0, 1000.0),
            "contract_years": st.sampled_from((1, 10, 30)),
            "capex_grant_share": quantity(0.0, 0.4, 1.0),
            "budget_bn_cny_per_year": quantity(0.0, 0.3, 4.0),
        },
    ),
    "co2_hub_support": Trial(
        active={"anchor_mtco2_per_year": 2, "guarantee_share": 0.5, "oversizing_share": 0.2},
        zero={"anchor_mtco2_per_year": 0, "guarantee_share": 0, "oversizing_share": 0},
        drawn={
            "anchor_mtco2_per_year": quantity(0.0, 1.0, 8.0),
            "guarantee_share": quantity(0.0, 0.5, 1.0),
            "oversizing_share": quantity(0.0, 0.3),
        },
    ),
    "green_bond_incentive": Trial(
        active={"interest_subsidy_percentage_points": 1, "guarantee_share": 0.5},
        zero={"interest_subsidy_percentage_points": 0, "guarantee_share": 0},
        drawn={
            "interest_subsidy_percentage_points": quantity(0.0, 1.0, 4.0),
            "guarantee_share": quantity(0.0, 0.5, 1.0),
            "guarantee_budget_bn_cny_per_year": quantity(0.0, 1.0, 20.0),
        },
    ),
    "relending": Trial(
        active={"principal_share": 0.6},
        zero={"principal_share": 0},
        drawn={
            "principal_share": quantity(0.0, 0.6, 1.0),
            "rate_percentage_points": quantity(0.0, 1.75, 5.0),
            "relending_years": st.sampled_from((1, 3, 15)),
            "quota_bn_cny_per_year": quantity(0.0, 2.0, 50.0),
        },
    ),
    "credit_rule": Trial(
        active={"stops_coal_loans": True},
        zero={"stops_coal_loans": False, "coal_risk_weight": 1, "gas_risk_weight": 1, "green_risk_weight": 1},
        drawn={
            "stops_coal_loans": st.booleans(),
            "coal_risk_weight": quantity(0.0, 1.0, 12.5),
            "gas_risk_weight": quantity(0.5, 1.5),
            "green_risk_weight": quantity(0.0, 0.7, 2.0),
        },
    ),
    "rescue_rule": Trial(
        active={"provinces_budget_bn_cny_per_year": 0, "parents_budget_bn_cny_per_year": 0},
        zero={},  # no limit is what holds without it
        drawn={
            "provinces_budget_bn_cny_per_year": quantity(0.0, 0.3, 3.0),
            "parents_budget_bn_cny_per_year": quantity(0.0, 0.5, 10.0),
        },
    ),
    "renewable_support": Trial(
        active={"premium_cny_per_mwh": 50},
        zero={"premium_cny_per_mwh": 0},
        drawn={"premium_cny_per_mwh": quantity(0.0, 30.0, 150.0)},
    ),
    "modular_building": Trial(
        active={
            "mandate_share": 0.5,
            "floor_area_bonus_share": 0.03,
            "subsidy_cny_per_m2": 100,
            "budget_bn_cny_per_year": 2,
        },
        zero={"mandate_share": 0, "floor_area_bonus_share": 0, "subsidy_cny_per_m2": 0},
        drawn={
            "mandate_share": quantity(0.0, 0.4, 1.0),
            "floor_area_bonus_share": quantity(0.0, 0.03, 0.2),
            "subsidy_cny_per_m2": quantity(0.0, 100.0, 1000.0),
            "budget_bn_cny_per_year": quantity(0.0, 1.0, 10.0),
        },
    ),
    "coal_phase_out": Trial(
        active={"maximum_age_years": 30, "utilisation_cap_share": 0.4},
        zero={"utilisation_cap_share": 1},
        drawn={
            "utilisation_cap_share": quantity(0.0, 0.3, 1.0),
            "maximum_age_years": quantity(15.0, 30.0, 60.0),
        },
    ),
    "capacity_payment": Trial(
        active={"rate_cny_per_kw_year": 165},
        zero={"rate_cny_per_kw_year": 0},
        drawn={"rate_cny_per_kw_year": quantity(0.0, 165.0, 500.0)},
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
        drawn={
            "subsidy_cny_per_vehicle": quantity(0.0, 10e3, 60e3),
            "budget_bn_cny_per_year": quantity(0.0, 2.0, 20.0),
            "fuel_licence_cny_per_vehicle": quantity(0.0, 5e3, 90e3),
            "charger_investment_bn_cny_per_year": quantity(0.0, 0.5, 5.0),
            "new_energy_sales_share": quantity(0.0, 0.6, 1.0),
        },
    ),
    "rail_transit": Trial(
        active={"investment_bn_cny_per_year": 20},
        zero={"investment_bn_cny_per_year": 0},
        drawn={"investment_bn_cny_per_year": quantity(0.0, 20.0, 5000.0)},
    ),
    "border_carbon_adjustment": Trial(
        active={"price_cny_per_tco2": 600, "charged_share": 0.5, "vehicles": True},
        zero={"price_cny_per_tco2": 0},
        drawn={
            "price_cny_per_tco2": quantity(0.0, 300.0, 1500.0),
            "charged_share": quantity(0.0, 0.3, 1.0),
            "vehicles": st.booleans(),
        },
    ),
    "recycled_aluminium": Trial(
        active={"subsidy_cny_per_t": 1500, "budget_bn_cny_per_year": 1},
        zero={"subsidy_cny_per_t": 0, "budget_bn_cny_per_year": 1},
        drawn={
            "subsidy_cny_per_t": quantity(0.0, 600.0, 5000.0),
            "budget_bn_cny_per_year": quantity(0.0, 0.2, 5.0),
        },
    ),
    "efficiency_standard": Trial(
        active={"energy_ceiling_share": 0.9, "penalty_cny_per_gj": 60},
        zero={"energy_ceiling_share": 0.9, "penalty_cny_per_gj": 0},
        drawn={
            "energy_ceiling_share": quantity(0.5, 0.9, 1.1),
            "penalty_cny_per_gj": quantity(0.0, 60.0, 500.0),
        },
    ),
    "revenue_use": Trial(
        active={"per_head_share": 0.3, "surcharge_share": 0.2, "output_share": 0.3, "green_fund_share": 0.2},
        zero={"per_head_share": 0, "surcharge_share": 0, "output_share": 0, "green_fund_share": 0},
        drawn={
            "per_head_share": quantity(0.0, 0.5, 1.0),
            "surcharge_share": quantity(0.0, 0.3, 1.0),
            "output_share": quantity(0.0, 0.6, 1.0),
            "green_fund_share": quantity(0.0, 0.2, 1.0),
            "green_fund_grant_share": quantity(0.0, 0.4, 1.0),
        },
    ),
    "export_contract": Trial(
        active={"kept_share": 0.7},
        zero={"kept_share": 1},
        drawn={
            "kept_share": quantity(0.0, 0.6, 1.0),
            "seasons": st.sampled_from([["dry"], ["wet"], ["dry", "wet"]]),
        },
    ),
}
