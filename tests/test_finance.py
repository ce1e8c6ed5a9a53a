"""Closed forms of finance: published check values, limits and monotone laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.core import economics as finance
from tanlu.core.economics import (
    annuity_factor,
    capital_recovery_factor,
    learned_cost,
    power,
    rating_step,
    weighted_average_cost_of_capital,
)

RATES = st.floats(-0.3, 1.0)
LIVES = st.integers(0, 80)


@given(rate=RATES, life=LIVES)
@settings(max_examples=200, deadline=None)
def test_annuity_is_the_sum_of_its_payments(rate, life):
    payments = math.fsum((1.0 + rate) ** -t for t in range(1, life + 1))
    assert float(annuity_factor(rate, life)) == pytest.approx(payments, rel=1e-13)


def test_annuity_near_rate_zero_and_in_closed_form():
    assert float(annuity_factor(0.0, 25)) == 25.0
    assert float(annuity_factor(1e-13, 40)) == pytest.approx(40.0, rel=1e-11)
    rate, life = np.array([0.03, 0.08, 0.15]), np.array([[1], [20], [60]])
    assert annuity_factor(rate, life) == pytest.approx((1.0 - (1.0 + rate) ** -life) / rate, rel=1e-13)


def test_capital_recovery_factor():
    assert float(capital_recovery_factor(0.08, 20)) == pytest.approx(
        0.08 * 1.08**20 / (1.08**20 - 1.0), rel=1e-13
    )
    assert float(capital_recovery_factor(0.0, 20)) == 1.0 / 20.0
    with pytest.raises(ValueError, match="0 years"):
        capital_recovery_factor(0.08, [10, 0])


@pytest.mark.parametrize(("rate", "life"), [(-1.0, 5), (math.nan, 5), (0.1, -1), (0.1, 2.5)])
def test_annuity_refuses(rate, life):
    with pytest.raises(ValueError, match="rates must be above -1, years whole"):
        annuity_factor(rate, life)


def test_ratings_by_interest_coverage():
    steps = [1.0, 2.0, 4.0]
    ebit, interest = [0.5, 1.0, 1.99, 3.0, 9.0, 5.0, -1.0], [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    got = rating_step(ebit_cny=ebit, interest_cny=interest, steps=steps)
    assert got.tolist() == [0, 1, 1, 2, 3, 3, 0]
    with pytest.raises(ValueError, match="must rise"):
        rating_step(ebit_cny=1.0, interest_cny=1.0, steps=[2.0, 1.0, 4.0])


def test_cost_of_capital():
    wacc = weighted_average_cost_of_capital(
        debt_share=[0.0, 0.6, 1.0], cost_of_equity=0.09, cost_of_debt=0.05, tax_rate=0.25
    )
    assert wacc == pytest.approx([0.09, 0.4 * 0.09 + 0.6 * 0.05 * 0.75, 0.0375], rel=1e-14)


def test_small_steps_of_learning_add_up_to_the_law():
    cost, cumulative = 1.0, 1.0
    while cumulative < 4.0:
        cost = float(learned_cost(cost=cost, cumulative=cumulative, addition=1e-3, learning_rate=0.1))
        cumulative += 1e-3
    assert cost == pytest.approx(0.81, rel=2e-4)
    with pytest.raises(ValueError, match="learning needs"):
        learned_cost(cost=1.0, cumulative=0.0, addition=1.0, learning_rate=0.1)


@given(base=st.floats(1e-9, 1e9), exponent=st.floats(-3.0, 3.0))
@settings(max_examples=200, deadline=None)
def test_power_equals_the_standard_library(base, exponent):
    assert float(power(base, exponent)) == pytest.approx(base**exponent, rel=2e-14)


def test_power_at_the_edges():
    assert power([0.0, 1.0, 2.0], [0.65, 9.0, 0.0]).tolist() == [0.0, 1.0, 1.0]
    for base, exponent in ((-1.0, 2.0), (0.0, 0.0), (math.inf, 1.0), (math.nan, 1.0)):
        with pytest.raises(ValueError, match="base"):
            power(base, exponent)


def test_elementary_functions_equal_the_standard_library():
    x = np.linspace(-740.0, 709.0, 5001)
    assert finance._exp(x[x > -700.0]) == pytest.approx([math.exp(v) for v in x if v > -700.0], rel=4e-16)
    assert finance._exp(np.array([-math.inf, -1e4, 0.0, 800.0])).tolist() == [0.0, 0.0, 1.0, math.inf]
    y = 10.0 ** np.linspace(-300.0, 300.0, 5000)
    assert finance.logarithm(y) == pytest.approx([math.log(v) for v in y], rel=4e-16)
