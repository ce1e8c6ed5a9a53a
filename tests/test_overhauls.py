"""Overhauls wait while load stands at its peak, and none is lost."""

import numpy as np

from tanlu.core.axes import MONTHS
from tanlu.power.overhauls import plan_overhauls
from tanlu.region.hydro import HOURS_IN_MONTH
from tests.model_runs import REGION

POWER = REGION.power
USUAL = POWER.maintenance_density


def test_a_usual_year_has_its_usual_overhauls() -> None:
    assert plan_overhauls(POWER, POWER.load_shape) is USUAL


def test_the_hot_september_of_2024_has_none_and_later_months_have_them() -> None:
    plan, september = plan_overhauls(POWER, POWER.observed_load_shape[2024]), 8
    assert (USUAL[:, september] > 1.0).all() and (plan[:, september] == 0.0).all()
    np.testing.assert_array_equal(plan[:, :september], USUAL[:, :september])
    np.testing.assert_allclose(plan @ HOURS_IN_MONTH, USUAL @ HOURS_IN_MONTH)
    later = plan[:, september + 1 :] / np.where(USUAL > 0.0, USUAL, 1.0)[:, september + 1 :]
    has_some = USUAL[:, september + 1 :] > 0.0
    assert (later[has_some] > 1.0).all() and (plan[:, september + 1 :][~has_some] == 0.0).all()


def test_a_month_below_the_usual_peak_keeps_its_overhauls() -> None:
    for year, shape in POWER.observed_load_shape.items():
        month = (shape.mean(axis=3) * POWER.day_weight).sum(axis=2) / POWER.day_weight.sum(axis=1)
        usual = (POWER.load_shape.mean(axis=3) * POWER.day_weight).sum(axis=2) / POWER.day_weight.sum(axis=1)
        waits = (month >= usual.max(axis=1, keepdims=True)) & (USUAL > 0.0)
        plan = plan_overhauls(POWER, shape)
        assert (plan[waits] == 0.0).all() and (plan[~waits] >= USUAL[~waits]).all(), year
    assert plan.shape == (2, MONTHS)


def test_a_month_does_not_know_whether_a_later_one_will_wait() -> None:
    """June waits; that September does, too, moves nothing before September. None is lost."""
    shape = POWER.load_shape.copy()
    shape[:, 5] *= 2.0
    june = plan_overhauls(POWER, shape)
    shape[:, 8] *= 2.0
    both = plan_overhauls(POWER, shape)
    np.testing.assert_array_equal(both[:, :8], june[:, :8])
    assert (both[:, 8] == 0.0).all() and (june[:, 8] > 0.0).all()
    np.testing.assert_allclose(both @ HOURS_IN_MONTH, USUAL @ HOURS_IN_MONTH)


def test_the_last_month_with_overhauls_has_them_all_the_same() -> None:
    last = max(int(np.flatnonzero(row)[-1]) for row in USUAL)
    shape = POWER.load_shape.copy()
    shape[:, last] *= 2.0
    np.testing.assert_allclose(plan_overhauls(POWER, shape), USUAL)
