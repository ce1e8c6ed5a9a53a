"""What a project is worth under the year's signals, against dated sums written out, and the price that turns it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.signals import APPRAISAL_YEARS, P, S
from model.valuation import carbon_paths, carbon_terms, net_present_value, switching_carbon_price
from tests import model_runs

SIGNALS = model_runs.watch(model_runs.scenario(years=(2020, 2021))).lived[0].year.signals
RISING = np.linspace(20.0, 500.0, APPRAISAL_YEARS)


def signals(price: float = 80.0, support: float = 0.0, path: np.ndarray = RISING):
    """Return signals with one carbon price everywhere now, and one announced path."""
    everywhere = np.ones((P, S))
    return SIGNALS._replace(
        carbon_cost_cny_per_tco2=price * everywhere,
        capture_support_cny_per_tco2=support * everywhere,
        carbon_path_cny_per_tco2=everywhere[:, :, None] * path,
        capture_support_path_cny_per_tco2=np.full((P, S, APPRAISAL_YEARS), support),
    )


def value(of, *, belief=1.0, avoided=1000.0, stored=0.0, capex=5e5, lead=2, life=12, cash=1e4, rate=0.07):
    one = np.ones(1)
    terms = carbon_terms(of, np.zeros(1, int), np.full(1, 2), avoided * one, stored * one, belief * one)
    return float(
        net_present_value(
            of,
            capex_cny=capex * one,
            lead_years=np.array([lead]),
            life_years=np.array([life]),
            annual_cash_cny=cash * one,
            rate=rate * one,
            terms=terms,
        )[0]
    )


def dated_sum(of, *, belief=1.0, avoided=1000.0, stored=0.0, capex=5e5, lead=2, life=12, cash=1e4, rate=0.07):
    """Add up every amount of the project at its year, as MODEL.md defines it."""
    price, path = of.carbon_cost_cny_per_tco2[0, 2], of.carbon_path_cny_per_tco2[0, 2]
    support, supports = of.capture_support_cny_per_tco2[0, 2], of.capture_support_path_cny_per_tco2[0, 2]
    total = -sum(capex / max(lead, 1) / (1 + rate) ** t for t in range(max(lead, 1)))
    for t in range(lead + 1, lead + life + 1):
        announced = path[min(t, APPRAISAL_YEARS) - 1]
        subsidy = supports[min(t, APPRAISAL_YEARS) - 1]
        carbon = avoided * (price + belief * (announced - price))
        kept = stored * (support + belief * (subsidy - support))
        total += (cash + carbon + kept) / (1 + rate) ** t
    return total


@settings(max_examples=100, deadline=None)
@given(
    belief=st.floats(0.0, 1.0),
    avoided=st.floats(-1e4, 1e4),
    stored=st.floats(0.0, 1e4),
    lead=st.integers(0, 6),
    life=st.integers(1, 40),
    rate=st.floats(0.0, 0.2),
)
def test_value_is_the_sum_of_its_dated_amounts(belief, avoided, stored, lead, life, rate) -> None:
    of = signals(support=150.0)
    case = {
        "belief": belief,
        "avoided": avoided,
        "stored": stored,
        "lead": lead,
        "life": life,
        "rate": rate,
    }
    expected = dated_sum(of, **case)
    assert value(of, **case) == pytest.approx(expected, rel=1e-9, abs=1.0)


def test_who_does_not_believe_sees_only_todays_price() -> None:
    flat = signals(path=np.full(APPRAISAL_YEARS, 80.0))
    assert value(signals(), belief=0.0) == pytest.approx(value(flat, belief=0.7), rel=1e-12)
    assert value(signals(), belief=1.0) > value(signals(), belief=0.5) > value(signals(), belief=0.0)


def test_paths_hold_carbon_first_and_support_behind_it() -> None:
    of = signals(support=33.0)
    paths = carbon_paths(of)
    assert paths.shape == (2 * P * S, APPRAISAL_YEARS)
    np.testing.assert_array_equal(paths[: P * S].reshape(P, S, -1), of.carbon_path_cny_per_tco2)
    assert np.all(paths[P * S :] == 33.0)


@settings(max_examples=60, deadline=None)
@given(
    belief=st.floats(0.0, 1.0),
    avoided=st.floats(10.0, 1e4),
    lead=st.integers(0, 5),
    life=st.integers(1, 30),
    rate=st.floats(0.0, 0.2),
)
def test_at_the_switching_price_the_project_just_pays(belief, avoided, lead, life, rate) -> None:
    """The whole path moves with today's price, so belief does not matter for what an uplift is worth."""
    case = {"belief": belief, "avoided": avoided, "lead": lead, "life": life, "rate": rate}
    npv = value(signals(), **case)
    one = np.ones(1)
    switching = switching_carbon_price(
        80.0 * one, npv * one, avoided * one, rate * one, np.array([lead]), np.array([life])
    )
    at = signals(price=float(switching[0]), path=RISING + float(switching[0]) - 80.0)
    assert value(at, **case) == pytest.approx(0.0, abs=1e-9 * (abs(npv) + 1e6))


def test_no_price_turns_a_project_that_avoids_nothing() -> None:
    one = np.ones(1)
    found = switching_carbon_price(80 * one, -one, 0 * one, 0.05 * one, np.array([1]), np.array([9]))
    assert np.isnan(found).all()
