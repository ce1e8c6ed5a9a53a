"""An investor that may wait: check values, limits, and the price at which it begins."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tanlu
from tanlu.investment.appraisal import ProjectCase, appraise
from tanlu.investment.waiting import option_exponent, option_value, trigger_price, waiting_multiple

RATES, DRIFTS, SWINGS = st.floats(0.02, 0.2), st.floats(-0.1, 0.15), st.floats(0.05, 0.6)


@pytest.mark.parametrize(
    ("volatility", "exponent", "multiple"), [(0.15, 1.961, 2.04), (0.25, 1.620, 2.61), (0.35, 1.426, 3.35)]
)
def test_check_values(volatility, exponent, multiple):
    case = {"rate": 0.08, "drift": 0.03, "volatility": volatility}
    assert option_exponent(**case) == pytest.approx(exponent, abs=6e-4)
    assert waiting_multiple(**case) == pytest.approx(multiple, abs=6e-3)


@given(RATES, DRIFTS, SWINGS)
@settings(max_examples=200, deadline=None)
def test_the_exponent_solves_its_equation(rate, drift, volatility):
    b = option_exponent(rate=rate, drift=drift, volatility=volatility)
    assert b > 0.0
    assert 0.5 * volatility**2 * b * (b - 1.0) + drift * b - rate == pytest.approx(
        0.0, abs=1e-9 * (1 + b * b)
    )


@given(RATES, DRIFTS, SWINGS, st.floats(1.01, 2.0))
@settings(max_examples=200, deadline=None)
def test_who_swings_more_waits_longer(rate, drift, volatility, more):
    assume(drift < rate - 0.005)  # else nobody ever begins
    calm = waiting_multiple(rate=rate, drift=drift, volatility=volatility)
    wild = waiting_multiple(rate=rate, drift=drift, volatility=volatility * more)
    assert wild >= calm >= 1.0


def test_without_swings_waiting_is_worth_growth_alone():
    assert waiting_multiple(rate=0.08, drift=0.0, volatility=0.0) == 1.0
    assert waiting_multiple(rate=0.08, drift=-0.02, volatility=1e-4) == pytest.approx(1.0, abs=1e-3)
    growing = waiting_multiple(rate=0.08, drift=0.03, volatility=0.0)
    assert growing == pytest.approx(0.08 / 0.05)
    assert waiting_multiple(rate=0.08, drift=0.03, volatility=1e-4) == pytest.approx(growing, rel=1e-4)
    assert math.isinf(waiting_multiple(rate=0.05, drift=0.06, volatility=0.2)), (
        "what grows faster is never begun"
    )
    assert waiting_multiple(rate=0.05, drift=0.06, volatility=0.2, awareness=0.0) == 1.0
    half = waiting_multiple(rate=0.08, drift=0.03, volatility=0.0, awareness=0.5)
    assert half == pytest.approx(0.5 * (1.0 + growing))


@given(RATES, SWINGS, st.floats(1.05, 6.0), st.floats(0.1, 1.0))
@settings(max_examples=200, deadline=None)
def test_no_other_trigger_is_worth_more(rate, volatility, other, worth):
    case = {"rate": rate, "drift": 0.0, "volatility": volatility}
    b, best = option_exponent(**case), waiting_multiple(**case)
    told = {"worth": worth, "investment": 1.0, "exponent": b}
    assert option_value(**told, multiple=other) <= option_value(**told, multiple=best) * (1.0 + 1e-12)
    assert option_value(worth=best + 1.0, investment=1.0, multiple=best, exponent=b) == pytest.approx(best)


def test_the_trigger_price_is_its_definition():
    """P* = m (I + C A) / (q A of a price that grows), years at their end; a subsidy of share x takes off x of I."""
    rate, growth, life, tonnes = 0.08, 0.03, 20, 1e6
    path = [(1.0 + growth) ** t for t in range(1, life + 1)]
    case = ProjectCase(4e9, -1e8, life, rate, paths=[path], quantities=[tonnes])
    annuity = sum((1.0 + rate) ** -t for t in range(1, life + 1))
    grown = sum(((1.0 + growth) / (1.0 + rate)) ** t for t in range(1, life + 1))
    expected = 2.0 * (4e9 + 1e8 * annuity) / (tonnes * grown)
    assert trigger_price(case, 2.0) == pytest.approx(expected, rel=1e-12)
    assert trigger_price(case, 1.0) == pytest.approx(expected / 2.0, rel=1e-12)
    at = case._replace(paths=[[expected / 2.0 * x for x in path]])
    assert appraise(at).npv_cny == pytest.approx(0.0, abs=1e-3)
    bare = case._replace(annual_cash_cny=0.0)
    granted = bare._replace(capex_cny=0.7 * bare.capex_cny)
    assert trigger_price(granted, 2.0) == pytest.approx(0.7 * trigger_price(bare, 2.0), rel=1e-12)


@pytest.mark.parametrize(("rate", "volatility"), [(0.0, 0.2), (0.05, -0.1), (math.nan, 0.2)])
def test_what_has_no_trigger_is_refused(rate, volatility):
    with pytest.raises(ValueError, match="waiting needs"):
        waiting_multiple(rate=rate, drift=0.0, volatility=volatility)


def test_the_example_begins_what_is_worth_its_multiple_and_nothing_else():
    rule = tanlu.load_extension(str(Path(__file__).parents[1] / "examples" / "waiting.py")).populations[
        "industry"
    ]
    multiple = waiting_multiple(rate=0.08, drift=0.0, volatility=0.15)
    npv = np.array([[0.0, 99.0, 20.0], [0.0, 101.0, -5.0], [0.0, 101.0, 95.0]])
    npv[:, 1] *= multiple - 1.0
    capex = np.array([[0.0, 100.0, 100.0], [0.0, 100.0, 1.0], [0.0, 100.0, 0.0]])
    nothing = np.full((3, 3), np.nan)
    appraisal = tanlu.Appraisal(
        ("keep", "large", "small"), np.arange(3), npv, capex, nothing, tanlu.Closed.by_any((3, 3)), nothing
    )
    assert rule.choose(object.__new__(rule), appraisal).tolist() == [0, 1, 2]
    assert super(rule, rule).choose(object.__new__(rule), appraisal).tolist() == [1, 1, 2]
