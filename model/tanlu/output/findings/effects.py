"""Policies that were not felt in a run: they paid nothing, or a bound was never reached."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.inputs.diagnostics import Finding, Place, Severity, build_finding
from tanlu.inputs.types import Schedule
from tanlu.output.measures import Measured
from tanlu.policies.base import Policy
from tanlu.policies.carbon_price import CarbonPrice
from tanlu.policies.ccus_subsidy import CcusSubsidy

# What others pay because of an instrument that acts through this money alone.
PAYMENTS: Mapping[str, str] = MappingProxyType(
    {
        "relending": "Central Bank|Relending",
        "renewable_support": "Consumer Levy|Renewable Premium",
        "renewable_auction": "Consumer Levy|Contracts for Difference",
        "capacity_payment": "Consumer Levy|Capacity Payment",
        "border_carbon_adjustment": "Carbon Payments|Border Adjustment",
        "revenue_use": "Public Budget|Carbon Revenue Given Back",
    }
)
# Those under whose name stands what they pay from a budget, and whether they act through it alone.
FROM_A_BUDGET = {
    "ccus_subsidy": True,
    "recycled_aluminium": True,
    "modular_building": False,
    "equipment_grant": True,
}
MARKET_PRICE = "Price|Carbon|Market"
USED_UP = 1e-6  # of a budget: as near as what is paid comes to it
BOUND_TOLERANCE = 1e-6  # CNY/t CO2: as near as a price that stands at a bound is to it


def without_effect(result: Measured) -> Iterator[Finding]:
    """Yield a finding for each policy that was in force and not felt."""
    for name, policy in sorted(result.scenario.policies.items()):
        in_force = policy.in_force(result.years)
        if not in_force.any():
            continue  # told before the run
        years = result.years[in_force]
        values = {"name": name, "kind": policy.kind, "first": years[0], "last": years[-1]}
        place = Place(result.name, path=f"policies.{name}")
        variable = f"{BY_POLICY}|{name}" if policy.kind in FROM_A_BUDGET else PAYMENTS.get(policy.kind)
        if variable in result.measures.variables:
            yield from _payment_findings(
                policy, result.draws(variable)[:, in_force], result.years[in_force], place, values
            )
        elif isinstance(policy, CarbonPrice) and MARKET_PRICE in result.measures.variables:
            yield from _bound_findings(policy, result, in_force, place, values)


def _payment_findings(
    policy: Policy, paid_bn_cny: Floats, years: Integers, place: Place, values: Mapping[str, object]
) -> Iterator[Finding]:
    """Yield a finding where nothing was paid or a budget used up.

    `paid_bn_cny` is by draw and year in force.
    """
    if not paid_bn_cny.any():
        if FROM_A_BUDGET.get(policy.kind, True):
            severity = Severity.note if _insures(policy) else Severity.warning
            yield build_finding(severity, "nothing-paid", place, **values)
        return
    budget: Schedule | None = getattr(policy, "budget_bn_cny_per_year", None)
    if budget is not None:
        limit = budget.path(years)
        is_used_up = ((paid_bn_cny >= limit * (1.0 - USED_UP)) & (limit > 0.0)).any(axis=0)
        if is_used_up.any():
            first, times = int(years[is_used_up][0]), int(is_used_up.sum())
            yield build_finding(
                Severity.note, "budget-used-up", place, **values, at=first, times=times, all=is_used_up.size
            )


def _insures(policy: Policy) -> bool:
    """Check whether a policy pays only in bad times.

    To pay nothing is then no sign of a mistake.
    """
    return isinstance(policy, CcusSubsidy) and policy.strike_price_cny_per_tco2 != Schedule(0.0)


def _bound_findings(
    policy: CarbonPrice, result: Measured, in_force: Booleans, place: Place, values: Mapping[str, object]
) -> Iterator[Finding]:
    """Yield a finding for each price bound that no draw reached.

    A fixed price is always felt.
    """
    if policy.price_cny_per_tco2 != Schedule(0.0):
        return
    prices, years = result.draws(MARKET_PRICE)[:, in_force], result.years[in_force]
    floor: Floats = policy.floor_cny_per_tco2.path(years)
    if floor.any() and bool(np.all(prices > floor + BOUND_TOLERANCE)):
        yield build_finding(
            Severity.warning, "floor-never-reached", place, **values, lowest=f"{prices.min():.0f}"
        )
    if policy.ceiling_cny_per_tco2 is not None:
        ceiling = policy.ceiling_cny_per_tco2.path(years)
        if bool(np.all(prices < ceiling - BOUND_TOLERANCE)):
            yield build_finding(
                Severity.warning, "ceiling-never-reached", place, **values, highest=f"{prices.max():.0f}"
            )
