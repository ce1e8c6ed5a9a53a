"""Policies that were not felt in a run: they paid nothing, or a bound was never reached."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.schedules import CAPTURE_CONTRACT, CAPTURE_GRANT, CAPTURE_SUBSIDY
from tanlu.inputs.diagnostics import Finding, Place, Severity, found
from tanlu.inputs.types import Schedule
from tanlu.output.measured import Measured
from tanlu.policies.base import Policy
from tanlu.policies.carbon_price import CarbonPrice
from tanlu.policies.ccus_subsidy import CcusSubsidy


def _budget(kind: str) -> str:
    return f"Public Budget|{kind.replace('_', ' ').title()}"


# What the instruments pay, or others because of them, that act through this money alone.
PAYMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ccus_subsidy": tuple(map(_budget, (CAPTURE_SUBSIDY, CAPTURE_GRANT, CAPTURE_CONTRACT))),
        "relending": ("Central Bank|Relending",),
        "renewable_support": ("Consumer Levy|Renewable Premium",),
        "capacity_payment": ("Consumer Levy|Capacity Payment",),
        "recycled_aluminium": (_budget("scrap_subsidy"),),
        "border_carbon_adjustment": ("Carbon Payments|Border Adjustment",),
        "revenue_use": ("Public Budget|Carbon Revenue Given Back",),
    }
)
MARKET_PRICE = "Price|Carbon|Market"
REACHED = 1e-6  # CNY/t CO2: as near as a price that stands at a bound is to it


def without_effect(result: Measured) -> Iterator[Finding]:
    """Yield the policies that were in force in a run and not felt in it."""
    for name, policy in sorted(result.scenario.policies.items()):
        when = policy.in_force(result.years)
        if not when.any():
            continue  # told before the run
        years = result.years[when]
        told = {"name": name, "kind": policy.kind, "first": years[0], "last": years[-1]}
        place = Place(result.name, path=f"policies.{name}")
        variables = PAYMENTS.get(policy.kind, ())
        if variables and set(variables) <= set(result.measures.variables):
            paid = sum(np.abs(result.draws(variable)[:, when]).sum() for variable in variables)
            if paid == 0.0:
                severity = Severity.note if _insures(policy) else Severity.warning
                yield found(severity, "nothing-paid", place, **told)
        elif isinstance(policy, CarbonPrice) and MARKET_PRICE in result.measures.variables:
            yield from _bounds(policy, result, when, place, told)


def _insures(policy: Policy) -> bool:
    """Tell whether a policy pays if things go badly alone, so that to pay nothing is no sign of a mistake."""
    return isinstance(policy, CcusSubsidy) and policy.strike_price_cny_per_tco2 != Schedule(0.0)


def _bounds(
    policy: CarbonPrice, result: Measured, when: Booleans, place: Place, told: Mapping[str, object]
) -> Iterator[Finding]:
    """Yield the bounds of the market's price that no draw of it reached; a fixed price is always felt."""
    if policy.price_cny_per_tco2 != Schedule(0.0):
        return
    prices, years = result.draws(MARKET_PRICE)[:, when], result.years[when]
    floor: Floats = policy.floor_cny_per_tco2.path(years)
    if floor.any() and bool(np.all(prices > floor + REACHED)):
        yield found(Severity.warning, "floor-never-reached", place, **told, lowest=f"{prices.min():.0f}")
    if policy.ceiling_cny_per_tco2 is not None:
        ceiling = policy.ceiling_cny_per_tco2.path(years)
        if bool(np.all(prices < ceiling - REACHED)):
            yield found(
                Severity.warning, "ceiling-never-reached", place, **told, highest=f"{prices.max():.0f}"
            )
