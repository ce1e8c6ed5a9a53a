"""What a visitor can begin with: three questions, each with the package that asks it."""

from collections.abc import Mapping
from typing import Any

from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import BASELINE, Levers
from tanlu.policies.carbon_market import CREDIT_KEY
from tanlu.scenario.schema import Scenario

AIMS_PACKAGE = "dual_carbon"  # of all that is shipped, the one that asks for most
STARTS: Mapping[str, Mapping[str, Any]] = {
    "capture": {
        "policies": {"capture_subsidy": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 300}}
    },
    "drought": {"world": {"drought": {2030: 2022}}},
}


def start_keys(scenarios: Scenarios) -> tuple[str, ...]:
    """List the questions that can be asked with these scenarios."""
    return ("aims", *STARTS) if AIMS_PACKAGE in scenarios.names else tuple(STARTS)


def start_levers(scenarios: Scenarios, key: str) -> Levers:
    """Return the package of a question."""
    return Levers(AIMS_PACKAGE) if key == "aims" else scenarios.with_changes(BASELINE, STARTS[key])


def uncredited_market(scenario: Scenario) -> str:
    """Name the carbon market that asks allowances for captured CO2 while capture is subsidised; empty if none does."""
    policies = {name: policy for name, policy in scenario.policies.items() if policy.enabled}
    is_subsidised = any(policy.kind == "ccus_subsidy" for policy in policies.values())
    markets = (
        name
        for name, policy in policies.items()
        if policy.kind == "carbon_market" and getattr(policy, CREDIT_KEY) is None
    )
    return next(markets, "") if is_subsidised else ""
