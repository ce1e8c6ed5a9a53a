"""Every lever of the world moves the result, and nothing is nothing (`tests/test_laws.py` has the laws)."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest

from tanlu.inputs.types import Schedule
from tanlu.policies import KINDS
from tanlu.scenario.world import World
from tanlu.simulation.run import Run
from tests import model_runs
from tests.law_words import AMID, COAL, WIND_AND_SUN, generated_twh, never_falls, never_rises, subsidy
from tests.model_runs import REGION, TODAY, emitted_mt, measures, quantities, record, run, scenario, shipped
from tests.policy_trials import TRIALS

# --- the world ---------------------------------------------------------------------------------------------------


def test_more_demand_emits_more_and_dearer_coal_burns_less() -> None:
    demand = [
        emitted_mt(record(scenario(world={"demand_factor": {2025: 1.0, 2030: factor}})))
        for factor in (0.95, 1.0, 1.1)
    ]
    never_falls(demand)
    coal = [
        generated_twh(record(scenario(world={"coal_price_factor": {2025: 1.0, 2030: factor}})), [COAL])
        for factor in (0.8, 1.0, 1.4)
    ]
    never_rises(coal)


def test_cheaper_renewables_are_built_more() -> None:
    made = [
        generated_twh(record(scenario(world={"renewable_cost_factor": factor})), WIND_AND_SUN)
        for factor in (1.3, 1.0, 0.7)
    ]
    never_falls(made)
    assert made[-1] > made[0]


LEVERS = [
    {"hydrology": "normal"},
    {"drought": {2028: 2022}},
    {"coal_price_factor": 1.3},
    {"gas_price_factor": 1.3},
    {"demand_factor": 1.03},
    {"cooling_factor": 1.3},
    {"price_cap_factor": 1.5, "from_year": 2021},  # power was short in 2022
    {"heat_price_factor": 0.5},
    {"renewable_cost_factor": 0.8},
    {"renewable_pace_factor": 0.5},
    {"renewable_potential_factor": 0.5},
    {"site_decline_factor": 2.0},
    {"site_connection_factor": 2.0},
    {"life_extension_length_factor": 2.0},
    {"life_extension_cost_factor": 10.0},
    {"capture_cost_factor": 0.5},
    {"capture_pace_factor": 0.5},
    {"lender_capital_factor": 0.1},
    {"modular_building": "promoters"},
    {"plant_retirement": {"chongqing_iron_steel_bof": 2027}},
]


FACTORS = [name for name, field in World.model_fields.items() if field.default == Schedule(1.0)]


def test_no_factor_rewrites_the_years_of_statistics() -> None:
    """Bit for bit, with all factors at half and at twice; from 2021 on a factor makes another past."""
    years = (2020, 2025)
    observed, last = record(scenario(years=years)), REGION.last_observed_year - 2020 + 1
    assert len(FACTORS) > 10
    for factor in (0.5, 2.0):
        changed = record(scenario(world=dict.fromkeys(FACTORS, factor), years=years))
        for name, value in quantities(observed).items():
            np.testing.assert_array_equal(quantities(changed)[name][:last], value[:last], err_msg=name)
        assert emitted_mt(changed) != emitted_mt(observed)
    past = record(scenario(world={"from_year": 2021, "demand_factor": 2.0}, years=years))
    sectors = past.emissions.by_sector_tco2, observed.emissions.by_sector_tco2
    np.testing.assert_array_equal(sectors[0][0], sectors[1][0])
    assert sectors[0][1].sum() > 1.05 * sectors[1][1].sum()


@pytest.mark.parametrize("world", LEVERS, ids=lambda world: next(iter(world)))
def test_every_lever_of_the_world_moves_the_result(world: dict[str, object]) -> None:
    """The base has a capture subsidy, so that there is capture for costs to act on."""
    # Units that are refurbished would have stood for years yet.
    base, years = subsidy(400.0), (2020, 2053 if next(iter(world)).startswith("life") else 2032)
    moved, usual = (record(scenario(base, years=years, world=of)) for of in (world, {}))
    assert not np.array_equal(moved.emissions.by_sector_tco2, usual.emissions.by_sector_tco2)


def test_every_lever_is_tried() -> None:
    assert {name for world in LEVERS for name in world} == set(type(scenario().world).model_fields)


def test_what_is_auctioned_is_public_income() -> None:
    market = {**TODAY["national_carbon_market"], "auction_share": {2026: 0.0, 2030: 0.5}}
    one = record(scenario({"national_carbon_market": market}, years=(2020, 2032)))
    assert one.carbon_market.auction_revenue_cny[-1].min() > 0.0
    assert not one.carbon_market.auction_revenue_cny[:7].any()


# --- nothing is nothing ------------------------------------------------------------------------------------------


def amid_others(**more: Mapping[str, object]) -> Run:
    """Return a run with a carbon price and a capture subsidy, and what is added to them."""
    amid = {**AMID["a carbon price"], **subsidy(250.0, budget_bn_cny_per_year=3)}
    return run(scenario({**amid, **more}, years=(2020, 2034)))


@cache
def others_alone() -> Run:
    """Return the run that each policy at zero is compared with."""
    return amid_others()


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_at_zero_equals_its_absence_in_every_table(kind: str) -> None:
    zero = {"kind": kind, "from_year": 2026, **TRIALS[kind].zero}
    assert not model_runs.differing(amid_others(nothing=zero), others_alone())


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_moves_what_it_is_for(kind: str) -> None:
    """Next to a carbon price under which some capture pays."""
    years, tax = (2020, 2036), {"price_cny_per_tco2": {2026: 100, 2034: 500}}
    amid = {"tax": {"kind": "carbon_price", "from_year": 2026, **tax}}
    active = {"it": {"kind": kind, "from_year": 2026, **TRIALS[kind].active}}
    indicator, way = TRIALS[kind].moves
    runs = (measures(scenario(policies, years=years)) for policies in ({**amid, **active}, amid))
    with_it, without = (of.values[of.variables.index(indicator), -1].sum() for of in runs)
    assert with_it > without if way == "rises" else with_it < without, (with_it, without)


def test_every_indicator_of_the_shipped_scenarios_is_a_number() -> None:
    for name in model_runs.SHIPPED:
        of = measures(shipped(name))
        assert np.isfinite(of.values).all(), name
        assert len(set(of.variables)) == len(of.variables)
