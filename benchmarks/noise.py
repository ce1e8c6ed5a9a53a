"""How far chance moves what small policies do: pairs of runs with and without each, what they emit from 2025 to 2060.

python -m benchmarks.noise [PAIRS]
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.experiments.results import simulate
from tanlu.output.differences import Difference, common_draws, difference
from tanlu.output.result import Result

PAIRS = 16
FIRST, LAST = 2025, 2060
POLICIES: Mapping[str, Mapping[str, Any]] = {
    "modules, 50 CNY/m2": {"kind": "modular_building", "subsidy_cny_per_m2": 50},
    "rail, 25 bn CNY a year": {"kind": "rail_transit", "investment_bn_cny_per_year": 25},
    "border charge, 600 CNY/t": {"kind": "border_carbon_adjustment", "price_cny_per_tco2": 600},
    "carbon price, 10 CNY/t": {"kind": "carbon_price", "price_cny_per_tco2": 10},
    "green bonds, 1.5 points": {
        "kind": "green_bond_incentive",
        "papers": ["bonds", "loans"],
        "renewals": True,
        "interest_subsidy_percentage_points": 1.5,
    },
}


def scenario_with(policy: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return today's policies, alone or with one more from 2026 on."""
    more = {} if policy is None else {"policies": {"tried": {**policy, "from_year": 2026}}}
    return {"name": "noise", "extends": "tanlu:baseline", **more}


def emitted_mt(result: Result) -> Floats:
    """Return what the whole region emits over all years looked at, Mt CO2 by draw [R]."""
    years = (result.years >= FIRST) & (result.years <= LAST)
    return np.asarray(result.draws("Emissions|CO2", result.region)[:, years].sum(axis=1))


def effects(pairs: int) -> Iterator[tuple[str, Difference, float]]:
    """Yield each policy, what it changes, and the standard deviation of that over pairs, Mt CO2."""
    base = emitted_mt(simulate(scenario_with(None), replications=pairs))
    for name, policy in POLICIES.items():
        tried = emitted_mt(simulate(scenario_with(policy), replications=pairs))
        found = difference(tried, base, common_draws((1, pairs), (1, pairs)))
        yield name, found, float((tried - base).std(ddof=1))


def told(name: str, found: Difference, spread_mt: float) -> str:
    """Return a policy's line of the table."""
    said = "within noise" if found.is_in_noise else "stands out"
    interval = f"{found.mean:8.1f} ± {found.half_width:4.1f}"
    return f"{name:26} {interval} Mt  sd {spread_mt:5.1f} Mt  {found.draws} pairs  {said}"


if __name__ == "__main__":
    for row in effects(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS):
        print(told(*row), flush=True)
