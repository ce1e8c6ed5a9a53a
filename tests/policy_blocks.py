"""Read policies as a scenario file would give them, apply them, and look at what they announce."""

import inspect
import textwrap
from collections.abc import Mapping

import numpy as np

from tanlu.core.axes import F, P
from tanlu.core.schedules import SUBSIDY_AXES, PolicySchedule
from tanlu.inputs.diagnostics import Diagnostic
from tanlu.inputs.messages import validate
from tanlu.inputs.tree import tree_of
from tanlu.inputs.types import Known, Strict
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.policies import KINDS, AnyPolicy, Policy
from tests.chengyu import AXES

KNOWN = Known(lambda: None, lambda: None, lambda: (), lambda name: name, AXES)
BARE = PolicySchedule.neutral(AXES, 2020, 2060)


class Policies(Strict):
    """The policies of a scenario file."""

    policies: Mapping[str, AnyPolicy]
    """Policies by name."""


def read(**blocks: object) -> tuple[Policies | None, tuple[Diagnostic, ...]]:
    tree, faults = tree_of({"policies": blocks}, "test")
    assert not faults
    return validate(Policies, tree, KNOWN)


def policy(kind: str, **fields: object) -> Policy:
    found, faults = read(it={"kind": kind, "from_year": 2026, **fields})
    assert found is not None, faults
    return found.policies["it"]


def refused(kind: str, **fields: object) -> Diagnostic:
    found, faults = read(it={"kind": kind, "from_year": 2026, **fields})
    assert found is None
    assert len(faults) == 1, faults
    return faults[0]


def example(kind: str) -> str:
    _, text = inspect.getdoc(KINDS[kind]).split("In a scenario file:\n")
    return f"policies:\n{textwrap.indent(textwrap.dedent(text.strip(chr(10))), '  ')}\n"


def documented(kind: str) -> Policy:
    reading = read_yaml(example(kind).encode(), "example")
    found, faults = validate(Policies, reading.tree, KNOWN)
    assert not reading.diagnostics
    assert found is not None, faults
    (only,) = found.policies.values()
    return only


def applied(*policies: Policy, onto: PolicySchedule = BARE) -> PolicySchedule:
    """The schedule with the policies applied, each named by its kind."""
    for one in policies:
        onto = one.apply(onto, one.kind)
    return onto


def arrays(schedule: PolicySchedule) -> dict[str, np.ndarray]:
    """Every array of a schedule by its place."""
    found = {"years": schedule.years}
    for name, group in schedule._asdict().items():
        if name in ("capacity", "subsidies"):
            for i, scheme in enumerate(group):
                found |= {f"{name}.{i}.{key}": np.asarray(value) for key, value in scheme._asdict().items()}
        elif name not in ("axes", "years"):
            found |= {f"{name}.{key}": value for key, value in group._asdict().items()}
    return found


def bits(schedule: PolicySchedule) -> dict[str, tuple[tuple[int, ...], bytes]]:
    return {name: (array.shape, array.tobytes()) for name, array in arrays(schedule).items()}


def effects(schedule: PolicySchedule) -> dict[str, np.ndarray]:
    """What is announced, with the years as first axis; schemes of a kind added up."""
    groups = {
        k: a for k, a in arrays(schedule).items() if k.split(".")[0] not in ("years", "capacity", "subsidies")
    }
    rates = {kind: np.zeros((schedule.years.size, *axes)) for kind, axes in SUBSIDY_AXES.items()}
    for scheme in schedule.subsidies:
        rates[scheme.kind] = rates[scheme.kind] + scheme.rate
    capacity = np.zeros((schedule.years.size, P, F))
    for payment in schedule.capacity:
        capacity = capacity + payment.rate_cny_per_kw_year
    return groups | rates | {"capacity": capacity}


def at(array: np.ndarray, year: int) -> np.ndarray:
    return array[BARE.row(year)]


# What each instrument does in the tests of place and time, and what it says when it says nothing.
# What each instrument says when it says nothing.
ZERO = {
    "carbon_price": {"price_cny_per_tco2": 0, "floor_cny_per_tco2": 0},
    "carbon_market": {
        "sectors": {"electricity": 2100},
        "benchmark_tightening_share_per_year": 0.02,
        "auction_share": 0.1,
    },
    "ccus_subsidy": {"rate_cny_per_tco2": 0, "capex_grant_share": 0, "budget_bn_cny_per_year": 5},
    "co2_hub_support": {"anchor_mtco2_per_year": 0, "guarantee_share": 0, "oversizing_share": 0},
    "green_bond_incentive": {"interest_subsidy_percentage_points": 0, "guarantee_share": 0},
    "renewable_support": {"premium_cny_per_mwh": 0},
    "modular_building": {"mandate_share": 0, "floor_area_bonus_share": 0, "subsidy_cny_per_m2": 0},
    "coal_phase_out": {"utilisation_cap_share": 1},
    "capacity_payment": {"rate_cny_per_kw_year": 0},
    "vehicle_incentive": {
        "subsidy_cny_per_vehicle": 0,
        "fuel_licence_cny_per_vehicle": 0,
        "charger_investment_bn_cny_per_year": 0,
        "new_energy_sales_share": 0,
    },
    "rail_transit": {"investment_bn_cny_per_year": 0},
    "border_carbon_adjustment": {"price_cny_per_tco2": 0},
    "recycled_aluminium": {"subsidy_cny_per_t": 0, "budget_bn_cny_per_year": 1},
    "efficiency_standard": {"energy_ceiling_share": 0.9, "penalty_cny_per_gj": 0},
    "export_contract": {"kept_share": 1},
}
ACTIVE = {
    "carbon_price": {"price_cny_per_tco2": 100},
    "carbon_market": {"benchmark_tightening_share_per_year": 0.02, "auction_share": 0.1},
    "ccus_subsidy": {"rate_cny_per_tco2": 200, "capex_grant_share": 0.3, "budget_bn_cny_per_year": 2},
    "co2_hub_support": {"anchor_mtco2_per_year": 2, "guarantee_share": 0.5, "oversizing_share": 0.2},
    "green_bond_incentive": {"interest_subsidy_percentage_points": 1, "guarantee_share": 0.5},
    "renewable_support": {"premium_cny_per_mwh": 50},
    "modular_building": {
        "mandate_share": 0.5,
        "floor_area_bonus_share": 0.03,
        "subsidy_cny_per_m2": 100,
        "budget_bn_cny_per_year": 2,
    },
    "coal_phase_out": {"maximum_age_years": 30, "utilisation_cap_share": 0.4},
    "capacity_payment": {"rate_cny_per_kw_year": 165},
    "vehicle_incentive": {
        "subsidy_cny_per_vehicle": 10000,
        "budget_bn_cny_per_year": 5,
        "fuel_licence_cny_per_vehicle": 20000,
        "charger_investment_bn_cny_per_year": 1,
        "new_energy_sales_share": 0.6,
    },
    "rail_transit": {"investment_bn_cny_per_year": 20},
    "border_carbon_adjustment": {"price_cny_per_tco2": 600, "charged_share": 0.5, "vehicles": True},
    "efficiency_standard": {"energy_ceiling_share": 0.9, "penalty_cny_per_gj": 60},
    "recycled_aluminium": {"subsidy_cny_per_t": 600, "budget_bn_cny_per_year": 1},
    "export_contract": {"kept_share": 0.7},
}
