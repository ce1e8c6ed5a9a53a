"""Limited years as runs ask for them: the markets of yearly limits, their answers, and the same solved by HiGHS."""

from functools import cache

import numpy as np
from scipy.optimize import linprog

import tanlu.power.system
from benchmarks.dispatch import by_cost
from tanlu.kernels.power.limit_prices import ClearedMonths
from tanlu.power.yearly_limit import LimitedMarket, LimitedYear
from tanlu.simulation.model import Inputs, RegionModel
from tests.least_cost import least_cost
from tests.model_runs import REGION, calls_of, scenario
from tests.policy_blocks import coal_rule


@cache
def asked_in_run(cap: float = 0.25, last_year: int = 2034) -> tuple[tuple[LimitedMarket, LimitedYear], ...]:
    """Every limited market that a run of the region clears, with its answer."""
    with calls_of(tanlu.power.system, "clear_within_limits") as calls:
        RegionModel(
            Inputs(scenario(coal_rule(utilisation_cap_share=cap), years=(2020, last_year)), REGION)
        ).run()
    return tuple((arguments[0], answer) for arguments, _, answer in calls)


def least_dual(limited: LimitedMarket, price: np.ndarray) -> float:
    """What the year costs at least, by HiGHS: at shadow prices, less prices times limits (weak duality)."""
    year = limited.market
    assert np.isnan(limited.apart_mwh).all(), "no dry spell parts the months"
    asked = by_cost(
        year._replace(
            unit_cost_cny_per_mwh=year.unit_cost_cny_per_mwh + limited.is_limited * price[year.unit_zone]
        )
    )
    months = range(year.line_forward_mw.size)
    return sum(least_cost(asked, m).cost_cny for m in months) - float(price @ limited.room_mwh)


def mix_by_linear_programme(
    cleared: ClearedMonths, limit: np.ndarray, lowest: np.ndarray, highest: np.ndarray
) -> tuple[float, np.ndarray]:
    """The cost of the cheapest mix, and the prices of its limits.

    Columns are the trials of each month, then what is spared and what is used beyond the limit of each zone.
    """
    trials, months, zones = cleared.output_mwh.shape
    part = np.tile(np.eye(months), trials)
    use = cleared.output_mwh.reshape(-1, zones).T
    best = linprog(
        np.concatenate([cleared.cost_cny.ravel(), -lowest, highest]),
        A_eq=np.block(
            [[part, np.zeros((months, 2 * zones))], [use, np.eye(zones), -np.eye(zones)]],
        ),
        b_eq=np.concatenate([np.ones(months), limit]),
    )
    assert best.success, best.message
    return float(best.fun), -best.eqlin.marginals[months:]
