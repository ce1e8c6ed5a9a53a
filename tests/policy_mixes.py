"""Any mix of policies in any world, as hypothesis draws them."""

from hypothesis import strategies as st


def quantity(*values: float) -> st.SearchStrategy[object]:
    """Return a strategy of constants and of paths that change once."""
    one = st.sampled_from(values)
    return st.one_of(one, st.builds(lambda a, b, y: {y - 3: a, y: b}, one, one, st.integers(2028, 2034)))


# One block of each kind, any of which may be there, in force from and until any year.
BLOCKS: dict[str, dict[str, st.SearchStrategy[object]]] = {
    "carbon_price": {
        "price_cny_per_tco2": quantity(0.0, 40.0, 150.0, 600.0),
        "floor_cny_per_tco2": quantity(0.0, 90.0, 250.0),
    },
    "carbon_market": {
        "benchmark_tightening_share_per_year": quantity(0.0, 0.01, 0.05),
        "auction_share": quantity(0.0, 0.3, 1.0),
    },
    "ccus_subsidy": {
        "rate_cny_per_tco2": quantity(0.0, 120.0, 300.0, 900.0),
        "capex_grant_share": quantity(0.0, 0.4, 1.0),
        "budget_bn_cny_per_year": quantity(0.0, 0.3, 4.0),
    },
    "green_bond_incentive": {
        "interest_subsidy_percentage_points": quantity(0.0, 1.0, 4.0),
        "guarantee_share": quantity(0.0, 0.5, 1.0),
    },
    "renewable_support": {"premium_cny_per_mwh": quantity(0.0, 30.0, 150.0)},
    "modular_building": {
        "mandate_share": quantity(0.0, 0.4, 1.0),
        "floor_area_bonus_share": quantity(0.0, 0.03, 0.2),
        "subsidy_cny_per_m2": quantity(0.0, 100.0, 1000.0),
        "budget_bn_cny_per_year": quantity(0.0, 1.0, 10.0),
    },
    "coal_phase_out": {
        "utilisation_cap_share": quantity(0.0, 0.3, 1.0),
        "maximum_age_years": quantity(15.0, 30.0, 60.0),
    },
    "capacity_payment": {"rate_cny_per_kw_year": quantity(0.0, 165.0, 500.0)},
    "vehicle_incentive": {
        "subsidy_cny_per_vehicle": quantity(0.0, 10e3, 60e3),
        "budget_bn_cny_per_year": quantity(0.0, 2.0, 20.0),
        "fuel_licence_cny_per_vehicle": quantity(0.0, 5e3, 90e3),
        "charger_investment_bn_cny_per_year": quantity(0.0, 0.5, 5.0),
        "new_energy_sales_share": quantity(0.0, 0.6, 1.0),
    },
    "rail_transit": {"investment_bn_cny_per_year": quantity(0.0, 20.0, 5000.0)},
    "co2_hub_support": {
        "anchor_mtco2_per_year": quantity(0.0, 1.0, 8.0),
        "guarantee_share": quantity(0.0, 0.5, 1.0),
        "oversizing_share": quantity(0.0, 0.3),
    },
    "border_carbon_adjustment": {
        "price_cny_per_tco2": quantity(0.0, 300.0, 1500.0),
        "charged_share": quantity(0.0, 0.3, 1.0),
        "vehicles": st.booleans(),
    },
    "recycled_aluminium": {
        "subsidy_cny_per_t": quantity(0.0, 600.0, 5000.0),
        "budget_bn_cny_per_year": quantity(0.0, 0.2, 5.0),
    },
    "efficiency_standard": {
        "energy_ceiling_share": quantity(0.5, 0.9, 1.1),
        "penalty_cny_per_gj": quantity(0.0, 60.0, 500.0),
    },
    "export_contract": {
        "kept_share": quantity(0.0, 0.6, 1.0),
        "seasons": st.sampled_from([["dry"], ["wet"], ["dry", "wet"]]),
    },
}
PROVINCE_SETS = st.sampled_from([["Sichuan"], ["Chongqing"], ["Sichuan", "Chongqing"]])


@st.composite
def blocks(draw: st.DrawFn, kind: str) -> dict[str, object]:
    start = draw(st.integers(2021, 2034))
    block = {"kind": kind, "from_year": start, "until_year": draw(st.integers(start, 2060))}
    block |= {name: draw(strategy) for name, strategy in BLOCKS[kind].items()}
    if "floor_cny_per_tco2" not in block:  # a bound of the one market holds in both provinces
        block["regions"] = draw(PROVINCE_SETS)
    return block


@st.composite
def mixes(draw: st.DrawFn) -> dict[str, object]:
    """Return the policies and the world of a scenario; a kind may come twice."""
    kinds = draw(st.lists(st.sampled_from(sorted(BLOCKS)), min_size=1, max_size=8))
    policies = {f"policy_{i}": draw(blocks(kind)) for i, kind in enumerate(kinds)}
    world = {
        "drought": {year: 2022 for year in draw(st.sets(st.integers(2025, 2035), max_size=3))},
        "demand_factor": {2024: 1.0, 2030: draw(st.sampled_from([0.6, 0.95, 1.0, 1.2]))},
        "coal_price_factor": draw(st.sampled_from([0.5, 1.0, 2.5])),
        "gas_price_factor": draw(st.sampled_from([0.5, 1.0, 2.5])),
        "renewable_cost_factor": draw(st.sampled_from([0.5, 1.0, 1.5])),
    }
    return {"policies": policies, "world": world, "seed": draw(st.integers(0, 99))}
