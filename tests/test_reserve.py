"""Emergency reserve: who may not close is paid what it lacks to its cost, and customers bear it."""

from itertools import pairwise

import numpy as np
import pytest

from tanlu.core.axes import CUSTOMERS
from tanlu.power.tariffs import COMPONENTS
from tests.model_runs import REGION, P, Watched, scenario, watch

FREE = [CUSTOMERS.index(name) for name in ("industrial", "commercial")]
INTERVAL = int(REGION.parameters["overhaul_interval_years"])

# Pay by need keeps whom the regulator would not let go, so that in the default scenario nobody is refused.
COAL_ALONE = {
    "capacity_payment": {
        "kind": "capacity_payment",
        "from_year": 2024,
        "rate_cny_per_kw_year": 165,
        "technologies": ["coal"],
    }
}


@pytest.fixture(scope="module")
def model() -> Watched:
    """A run with flat pay for coal and none for gas, in which some who would close may not."""
    return watch(scenario(COAL_ALONE))


def refused(model: Watched) -> dict[str, list[int]]:
    """Return the years in which units would have closed and were needed as reserve, by unit."""
    table = model.run().closed_options()
    columns = (table[name] for name in ("decider", "from_year", "closed_by", "kind"))
    found: dict[str, list[int]] = {}
    for who, year, by, kind in zip(*columns, strict=True):
        if by == "reserve_needed" and kind == "PowerPlants":
            found.setdefault(str(who), []).append(int(year))
    return found


def test_who_may_not_close_loses_nothing_until_its_next_window(model: Watched) -> None:
    seen = 0
    for who, years in refused(model).items():
        row = model.ever.ids.index(who)
        for lived in model.lived:
            year, a = lived.year.signals.year, lived.by_place
            kept = any(y < year <= y + INTERVAL for y in years) and year < model.ever.retired_year[row]
            if kept:
                assert a.profit_cny[row] >= -1e-6 and a.reserve_cny[row] >= 0.0
                seen += int(a.reserve_cny[row] > 0.0)
            elif row < a.reserve_cny.size:
                assert a.reserve_cny[row] == 0.0
    assert seen > 10


def test_nobody_else_is_paid_and_customers_bear_it(model: Watched) -> None:
    rows, total = [model.ever.ids.index(who) for who in refused(model)], 0.0
    for at, lived in enumerate(model.lived):
        year, a, power = lived.year, lived.by_place, lived.clearing.outcome
        n = a.reserve_cny.size
        assert not a.reserve_cny[np.setdiff1d(np.arange(n), rows)].any()
        paid = np.bincount(model.ever.province[:n], a.reserve_cny, P)
        np.testing.assert_allclose(model.records[at].power.reserve_cny, paid, rtol=1e-9)
        own = a.capacity_payment_cny + a.premium_cny - a.limit_payment_cny
        rest = (
            np.bincount(model.ever.province[:n], own, P)
            + power.units.uplift_cny
            - power.hydro_sales.rebate_cny
        )
        of_system = year.tariffs.components_cny_per_mwh[:, FREE, COMPONENTS.index("system_operation")]
        billed = (of_system * year.tariffs.sold_mwh[:, FREE]).sum(axis=1)
        np.testing.assert_allclose(billed, rest + paid, rtol=1e-9, atol=1.0)
        total += paid.sum()
    assert total > 0.0


def test_what_reserve_is_paid_does_not_make_it_stay(model: Watched) -> None:
    """It asks again at its next window: the losses that it remembers are those before the pay."""
    again = [years for years in refused(model).values() if len(years) > 1]
    waits = [later - first for years in again for first, later in pairwise(years)]
    assert INTERVAL in waits and all(wait % INTERVAL == 0 for wait in waits)
