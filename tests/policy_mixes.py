"""Any mix of policies in any world, as hypothesis draws them."""

from hypothesis import strategies as st

from tests.policy_trials import TRIALS

PROVINCE_SETS = st.sampled_from([["Sichuan"], ["Chongqing"], ["Sichuan", "Chongqing"]])


@st.composite
def blocks(draw: st.DrawFn, kind: str) -> dict[str, object]:
    start = draw(st.integers(2021, 2034))
    block = {"kind": kind, "from_year": start, "until_year": draw(st.integers(start, 2060))}
    block |= {name: draw(strategy) for name, strategy in TRIALS[kind].drawn.items()}
    if "floor_cny_per_tco2" not in block:  # a bound of the one market holds in both provinces
        block["regions"] = draw(PROVINCE_SETS)
    return block


@st.composite
def mixes(draw: st.DrawFn) -> dict[str, object]:
    """Return the policies and the world of a scenario; a kind may come twice."""
    kinds = draw(st.lists(st.sampled_from(sorted(TRIALS)), min_size=1, max_size=8))
    policies = {f"policy_{i}": draw(blocks(kind)) for i, kind in enumerate(kinds)}
    world = {
        "drought": {year: 2022 for year in draw(st.sets(st.integers(2025, 2035), max_size=3))},
        "demand_factor": {2024: 1.0, 2030: draw(st.sampled_from([0.6, 0.95, 1.0, 1.2]))},
        "coal_price_factor": draw(st.sampled_from([0.5, 1.0, 2.5])),
        "gas_price_factor": draw(st.sampled_from([0.5, 1.0, 2.5])),
        "renewable_cost_factor": draw(st.sampled_from([0.5, 1.0, 1.5])),
        "price_cap_factor": draw(st.sampled_from([0.2, 1.0, 5.0])),
        "heat_price_factor": draw(st.sampled_from([0.5, 1.0, 2.0])),
    }
    return {"policies": policies, "world": world, "seed": draw(st.integers(0, 99))}
