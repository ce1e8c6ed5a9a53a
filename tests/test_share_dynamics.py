"""Share dynamics: what spreads, what stays, and the example that lets vehicles follow it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tanlu
from tanlu.core.axes import VEHICLE_TECHNOLOGIES, V
from tanlu.investment.share_dynamics import advance_shares, preference
from tanlu.transport.choice import VehicleAppraisal
from tanlu.transport.fleet import NEW, NEW_ENERGY

EXAMPLE = Path(__file__).parents[1] / "examples" / "share_dynamics.py"
COSTS = st.lists(st.floats(10.0, 100.0), min_size=3, max_size=3)


@given(COSTS, COSTS, st.floats(0.1, 3.0))
@settings(max_examples=25, deadline=None)
def test_shares_stay_shares_and_the_cheapest_never_loses(cost, start, turnover):
    share = np.array(start) / sum(start)
    after = advance_shares(share, cost=cost, spread=[8.0] * 3, turnover=turnover, years=3.0)
    assert after.sum() == pytest.approx(1.0, abs=1e-12) and (after >= 0.0).all()
    cheapest, dearest = int(np.argmin(cost)), int(np.argmax(cost))
    assert after[cheapest] >= share[cheapest] - 1e-12
    assert after[dearest] <= share[dearest] + 1e-12


def test_two_of_equal_cost_stay_and_what_nobody_has_does_not_come():
    rows = [[0.3, 0.7, 0.0], [1.0, 0.0, 0.0]]
    after = advance_shares(rows, cost=[5.0, 5.0, 0.0], spread=[1.0] * 3, turnover=2.0, years=4.0)
    np.testing.assert_allclose(after, rows, atol=1e-15)


def test_in_each_pair_all_prefer_one_of_both():
    favour = preference(cost=[10.0, 30.0, 1e6], spread=[5.0, 5.0, 5.0])
    np.testing.assert_allclose(favour + favour.T, 1.0, atol=1e-15)
    assert favour[0, 1] > 0.5 > favour[1, 0] and favour[0, 2] == 1.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"spread": [0.0, 1.0]}, "spread of costs"),
        ({"spread": [np.nan, 1.0]}, "spread of costs"),
        ({"turnover": -1.0}, "must not be negative"),
        ({"years": -1.0}, "must not be negative"),
        ({"share": [-0.1, 1.1]}, "must not be negative"),
    ],
)
def test_what_cannot_spread_is_refused(changes, message):
    case = {"share": [0.5, 0.5], "cost": [1.0, 2.0], "spread": [1.0, 1.0], "turnover": 1.0, "years": 1.0}
    with pytest.raises(ValueError, match=message):
        advance_shares(**(case | changes))


def test_vehicles_of_the_example_spread_from_last_years_sales_and_obey_the_mandate():
    rule = tanlu.load_extension(str(EXAMPLE)).populations["vehicles"]
    vehicles = object.__new__(rule)
    sold = np.array([[90.0, 9.0, 1.0, 0.0], [90.0, 9.0, 1.0, 0.0]])[:, :V]
    vehicles.fleet_vehicles = np.zeros((2, V, 3))
    vehicles.fleet_vehicles[..., NEW] = sold
    worth = np.zeros((2, V, 1))
    worth[:, 0] = -20000.0  # what most buy costs them much more
    appraisal = VehicleAppraisal(
        VEHICLE_TECHNOLOGIES, np.arange(2), worth, np.full(2, 1e4), np.ones(2), np.ones((2, V), bool),
        np.array([0.0, 0.9]),
    )  # fmt: skip
    shares = rule.divide(vehicles, appraisal)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    by_logit = super(rule, vehicles).divide(appraisal)
    assert shares[0, 0] > 0.7 > by_logit[0, 0]  # sales spread over years, the logit chooses at once
    assert shares[0, 0] < 0.9
    assert shares[1, NEW_ENERGY].sum() == pytest.approx(0.9)
