"""How each instrument is tried in the tests: one entry a kind."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

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
    moves: tuple[str, Literal["rises", "falls"]]  # an indicator, summed over a run in which it is active
    drawn: Mapping[str, st.SearchStrategy[object]]  # any block, beyond what is reasonable
    # A field, its highest value, and what of the schedule more of it never lowers.
    raises: tuple[tuple[str, float, str], ...] = ()


TRIALS: Mapping[str, Trial] = {
    "carbon_price": Trial(
        active={"price_cny_per_tco2": 100},
        zero={"price_cny_per_tco2": 0, "floor_cny_per_tco2": 0},
        moves=("Emissions|CO2", "falls"),
        drawn={
            "price_cny_per_tco2": quantity(0.0, 40.0, 150.0, 600.0),
            "floor_cny_per_tco2": quantity(0.0, 90.0, 250.0),
        },
        raises=(
            ("price_cny_per_tco2", 1000, "carbon.price_cny_per_tco2"),
            ("floor_cny_per_tco2", 1000, "carbon.floor_cny_per_tco2"),
        ),
    ),
    "carbon_market": Trial(
        active={"benchmark_tightening_share_per_year": 0.02, "auction_share": 0.1},
        zero={
            "sectors": {"electricity": 2100},
            "benchmark_tightening_share_per_year": 0.02,
            "auction_share": 0.1,
        },
        moves=("Public Budget|Allowance Sales", "rises"),
        drawn={
            "benchmark_tightening_share_per_year": quantity(0.0, 0.01, 0.05),
            "auction_share": quantity(0.0, 0.3, 1.0),
            "carry_over": st.sampled_from(("limited", "unlimited")),
            "capture_counts_from_year": st.sampled_from((2030, 2100)),
            "shortfall_cap_share": st.sampled_from((0.0, 0.1, 1.0)),
        },
        raises=(("auction_share", 1, "carbon.auction_share"),),
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
        moves=("Carbon Capture|By Destination|Storage", "rises"),
        drawn={
            "rate_cny_per_tco2": quantity(0.0, 120.0, 300.0, 900.0),
            "strike_price_cny_per_tco2": quantity(0.0, 350.0, 1000.0),
            "contract_years": st.sampled_from((1, 10, 30)),
            "capex_grant_share": quantity(0.0, 0.4, 1.0),
            "budget_bn_cny_per_year": quantity(0.0, 0.3, 4.0),
        },
        raises=(
            ("rate_cny_per_tco2", 1000, "capture_subsidy"),
            ("strike_price_cny_per_tco2", 2000, "capture_contract"),
            ("capex_grant_share", 1, "capture_grant"),
        ),
    ),
    "co2_hub_support": Trial(
        active={"anchor_mtco2_per_year": 2, "guarantee_share": 0.5, "oversizing_share": 0.2},
        zero={"anchor_mtco2_per_year": 0, "guarantee_share": 0, "oversizing_share": 0},
        moves=("Public Budget|CO2 Hub Support", "rises"),
        drawn={
            "anchor_mtco2_per_year": quantity(0.0, 1.0, 8.0),
            "guarantee_share": quantity(0.0, 0.5, 1.0),
            "oversizing_share": quantity(0.0, 0.3),
        },
        raises=(
            ("anchor_mtco2_per_year", 20, "hubs.anchor_tco2_per_year"),
            ("guarantee_share", 1, "hubs.guarantee_share"),
            ("oversizing_share", 3, "hubs.oversizing_share"),
        ),
    ),
    "green_bond_incentive": Trial(
        active={"interest_subsidy_percentage_points": 1, "guarantee_share": 0.5},
        zero={"interest_subsidy_percentage_points": 0, "guarantee_share": 0},
        moves=("Finance|Green Loans|Granted", "rises"),
        drawn={
            "interest_subsidy_percentage_points": quantity(0.0, 1.0, 4.0),
            "guarantee_share": quantity(0.0, 0.5, 1.0),
            "guarantee_budget_bn_cny_per_year": quantity(0.0, 1.0, 20.0),
        },
        raises=(
            ("interest_subsidy_percentage_points", 10, "finance.green_interest_subsidy"),
            ("guarantee_share", 1, "finance.green_guarantee_share"),
            ("guarantee_budget_bn_cny_per_year", 100, "finance.green_guarantee_budget_cny"),
        ),
    ),
    "relending": Trial(
        active={"principal_share": 0.6},
        zero={"principal_share": 0},
        moves=("Central Bank|Relending", "rises"),
        drawn={
            "principal_share": quantity(0.0, 0.6, 1.0),
            "rate_percentage_points": quantity(0.0, 1.75, 5.0),
            "relending_years": st.sampled_from((1, 3, 15)),
            "quota_bn_cny_per_year": quantity(0.0, 2.0, 50.0),
        },
        raises=(
            ("principal_share", 1, "finance.relending_share"),
            ("quota_bn_cny_per_year", 100, "finance.relending_quota_cny"),
        ),
    ),
    "credit_rule": Trial(
        active={"stops_coal_loans": True},
        zero={"stops_coal_loans": False, "coal_risk_weight": 1, "gas_risk_weight": 1, "green_risk_weight": 1},
        moves=("Investment|Electricity|coal", "falls"),
        drawn={
            "stops_coal_loans": st.booleans(),
            "coal_risk_weight": quantity(0.0, 1.0, 12.5),
            "gas_risk_weight": quantity(0.5, 1.5),
            "green_risk_weight": quantity(0.0, 0.7, 2.0),
        },
        raises=(
            ("coal_risk_weight", 12.5, "finance.risk_weight"),
            ("gas_risk_weight", 12.5, "finance.risk_weight"),
            ("green_risk_weight", 12.5, "finance.risk_weight"),
        ),
    ),
    "rescue_rule": Trial(
        active={"provinces_budget_bn_cny_per_year": 0, "parents_budget_bn_cny_per_year": 0},
        zero={},  # no limit is what holds without it
        moves=("Finance|Lender Losses", "rises"),  # defaults alone change within noise: 4 ± 10 of 71
        drawn={
            "provinces_budget_bn_cny_per_year": quantity(0.0, 0.3, 3.0),
            "parents_budget_bn_cny_per_year": quantity(0.0, 0.5, 10.0),
        },
        raises=(
            ("provinces_budget_bn_cny_per_year", 100, "finance.provinces_rescue_budget_cny"),
            ("parents_budget_bn_cny_per_year", 100, "finance.parents_rescue_budget_cny"),
        ),
    ),
    "renewable_support": Trial(
        active={"premium_cny_per_mwh": 50},
        zero={"premium_cny_per_mwh": 0},
        moves=("Capacity|Electricity|Wind", "rises"),
        drawn={"premium_cny_per_mwh": quantity(0.0, 30.0, 150.0)},
        raises=(("premium_cny_per_mwh", 1000, "power.renewable_premium_cny_per_mwh"),),
    ),
    "modular_building": Trial(
        active={
            "mandate_share": 0.5,
            "floor_area_bonus_share": 0.03,
            "subsidy_cny_per_m2": 100,
            "budget_bn_cny_per_year": 2,
        },
        zero={"mandate_share": 0, "floor_area_bonus_share": 0, "subsidy_cny_per_m2": 0},
        moves=("Buildings|Prefabricated Share", "rises"),
        drawn={
            "mandate_share": quantity(0.0, 0.4, 1.0),
            "floor_area_bonus_share": quantity(0.0, 0.03, 0.2),
            "subsidy_cny_per_m2": quantity(0.0, 100.0, 1000.0),
            "budget_bn_cny_per_year": quantity(0.0, 1.0, 10.0),
        },
        raises=(
            ("mandate_share", 1, "buildings.industrialised_share"),
            ("floor_area_bonus_share", 1, "buildings.floor_area_bonus_share"),
            ("subsidy_cny_per_m2", 1000, "building_subsidy"),
        ),
    ),
    "coal_phase_out": Trial(
        active={"maximum_age_years": 30, "utilisation_cap_share": 0.4},
        zero={"utilisation_cap_share": 1},
        moves=("Secondary Energy|Electricity|Coal", "falls"),
        drawn={
            "utilisation_cap_share": quantity(0.0, 0.3, 1.0),
            "maximum_age_years": quantity(15.0, 30.0, 60.0),
        },
    ),
    "capacity_payment": Trial(
        active={"rate_cny_per_kw_year": 165},
        zero={"rate_cny_per_kw_year": 0},
        moves=("Investment|Electricity|coal", "rises"),
        drawn={"rate_cny_per_kw_year": quantity(0.0, 165.0, 500.0)},
        raises=(("rate_cny_per_kw_year", 1000, "capacity"),),
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
        moves=("Sales|Vehicles|Light Truck|New Energy Share", "rises"),
        drawn={
            "subsidy_cny_per_vehicle": quantity(0.0, 10e3, 60e3),
            "budget_bn_cny_per_year": quantity(0.0, 2.0, 20.0),
            "fuel_licence_cny_per_vehicle": quantity(0.0, 5e3, 90e3),
            "charger_investment_bn_cny_per_year": quantity(0.0, 0.5, 5.0),
            "new_energy_sales_share": quantity(0.0, 0.6, 1.0),
        },
        raises=(
            ("subsidy_cny_per_vehicle", 1e5, "vehicle_subsidy"),
            ("fuel_licence_cny_per_vehicle", 1e5, "vehicles.fuel_licence_cny_per_vehicle"),
            ("charger_investment_bn_cny_per_year", 10, "vehicles.charger_investment_cny"),
            ("new_energy_sales_share", 1, "vehicles.new_energy_sales_share"),
        ),
    ),
    "rail_transit": Trial(
        active={"investment_bn_cny_per_year": 20},
        zero={"investment_bn_cny_per_year": 0},
        moves=("Rail Transit|Trips", "rises"),
        drawn={"investment_bn_cny_per_year": quantity(0.0, 20.0, 5000.0)},
        raises=(("investment_bn_cny_per_year", 100, "vehicles.rail_investment_cny"),),
    ),
    "border_carbon_adjustment": Trial(
        active={"price_cny_per_tco2": 600, "charged_share": 0.5, "vehicles": True},
        zero={"price_cny_per_tco2": 0},
        moves=("Exports|Steel", "falls"),
        drawn={
            "price_cny_per_tco2": quantity(0.0, 300.0, 1500.0),
            "charged_share": quantity(0.0, 0.3, 1.0),
            "vehicles": st.booleans(),
        },
    ),
    "recycled_aluminium": Trial(
        active={"subsidy_cny_per_t": 1500, "budget_bn_cny_per_year": 1},
        zero={"subsidy_cny_per_t": 0, "budget_bn_cny_per_year": 1},
        moves=("Material Demand|Aluminium Scrap|Works", "rises"),
        drawn={
            "subsidy_cny_per_t": quantity(0.0, 600.0, 5000.0),
            "budget_bn_cny_per_year": quantity(0.0, 0.2, 5.0),
        },
    ),
    "efficiency_standard": Trial(
        active={"energy_ceiling_share": 0.9, "penalty_cny_per_gj": 60},
        zero={"energy_ceiling_share": 0.9, "penalty_cny_per_gj": 0},
        moves=("Public Budget|Efficiency Penalties", "rises"),
        drawn={
            "energy_ceiling_share": quantity(0.5, 0.9, 1.1),
            "penalty_cny_per_gj": quantity(0.0, 60.0, 500.0),
        },
    ),
    "revenue_use": Trial(
        active={"per_head_share": 0.3, "surcharge_share": 0.2, "output_share": 0.3, "green_fund_share": 0.2},
        zero={"per_head_share": 0, "surcharge_share": 0, "output_share": 0, "green_fund_share": 0},
        moves=("Public Budget|Carbon Revenue Given Back", "rises"),
        drawn={
            "per_head_share": quantity(0.0, 0.5, 1.0),
            "surcharge_share": quantity(0.0, 0.3, 1.0),
            "output_share": quantity(0.0, 0.6, 1.0),
            "green_fund_share": quantity(0.0, 0.2, 1.0),
            "green_fund_grant_share": quantity(0.0, 0.4, 1.0),
        },
        raises=(
            ("per_head_share", 1, "revenue.per_head_share"),
            ("surcharge_share", 1, "revenue.surcharge_share"),
            ("output_share", 1, "revenue.output_share"),
            ("green_fund_share", 1, "revenue.green_fund_share"),
        ),
    ),
    "export_contract": Trial(
        active={"kept_share": 0.7},
        zero={"kept_share": 1},
        moves=("Trade|Electricity|Net Exports", "falls"),
        drawn={
            "kept_share": quantity(0.0, 0.6, 1.0),
            "seasons": st.sampled_from([["dry"], ["wet"], ["dry", "wet"]]),
        },
        raises=(("kept_share", 1, "power.export_kept_share"),),
    ),
}
