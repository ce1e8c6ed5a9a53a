"""Net present values against a twin that sums dated amounts, and the laws of choice."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_finance import net_present_value

from tanlu.core.economics import annuity_factor, appraise, discount_factor
from tanlu.kernels.appraisal import SiteTechnologies, value_sites
from tanlu.kernels.choice import best_paying, logit_shares

SEEDS = st.integers(0, 2**32 - 1)


def one(seed, *, terms=3, years=12, rates=(-0.05, 0.3)):
    """Return a random project; its life may run past the paths."""
    random = np.random.default_rng(seed)
    return {
        "capex_cny": random.uniform(0.0, 5e9),
        "lead_years": int(random.integers(0, 7)),
        "life_years": int(random.integers(0, 41)),
        "annual_cash_cny": random.uniform(-1e8, 5e8),
        "rate": random.choice([0.0, random.uniform(*rates)]),
        "paths": random.uniform(0.0, 300.0, (terms, years)),
        "quantities": random.uniform(-1e6, 1e6, terms),
    }


def worth(case) -> float:
    return appraise(**case).npv_cny


@given(SEEDS, st.integers(1, 30), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_value_is_the_sum_of_dated_amounts(seed, years, terms):
    case = one(seed, years=years, terms=terms)
    names = ("capex_cny", "lead_years", "life_years", "annual_cash_cny", "rate")
    flows = list(zip(case["quantities"], case["paths"], strict=True))
    twin = net_present_value(*(case[name] for name in names), flows)
    assert abs(worth(case) - twin) / (case["capex_cny"] + 1.1e10) < 1e-12


@pytest.mark.parametrize("rate", [0.0, 0.08])
@pytest.mark.parametrize("lead", [0, 1, 4])
def test_closed_form_with_a_constant_path(rate, lead):
    # I in equal parts from now, A = cash + q p from the year after commissioning.
    case = {"capex_cny": 1000.0, "annual_cash_cny": 50.0, "life_years": 25, "rate": rate, "lead_years": lead}
    outlay = 1000.0 * (1.0 + float(annuity_factor(rate, lead - 1))) / lead if lead else 1000.0
    running = 90.0 * float(annuity_factor(rate, 25)) / (1.0 + rate) ** lead
    npv = worth(case | {"paths": [[80.0]], "quantities": [0.5]})
    assert npv == pytest.approx(running - outlay, rel=1e-13)


def test_timing_of_a_single_year():
    # Built during years 1 and 2, runs in year 3: half now, half after a year, cash and year 3's price at its end.
    case = {"capex_cny": 10.0, "annual_cash_cny": 7.0, "life_years": 1, "rate": 1.0, "lead_years": 2}
    npv = worth(case | {"paths": [[100.0, 200.0, 8.0, 400.0]], "quantities": [2.0]})
    assert npv == -5.0 - 5.0 / 2.0 + (7.0 + 2.0 * 8.0) / 8.0


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_value_is_linear_in_money(seed):
    case = one(seed)
    doubled = {name: 2.0 * case[name] for name in ("capex_cny", "annual_cash_cny", "paths")}
    assert worth(case | doubled) == 2.0 * worth(case)


@given(SEEDS, st.floats(0.0, 500.0))
@settings(max_examples=30, deadline=None)
def test_a_higher_path_never_hurts_who_earns_it(seed, more):
    case = one(seed, rates=(0.0, 0.2))
    case["quantities"] = np.abs(case["quantities"])
    assert worth(case | {"paths": case["paths"] + more}) >= worth(case) - 1e-3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": -1.0}, "rate"),
        ({"rate": np.nan}, "rate"),
        ({"lead_years": -1}, "not negative"),
        ({"life_years": 2.5}, "years whole"),
        ({"quantities": np.ones(2)}, "must be"),
        ({"paths": np.ones((3, 0))}, "must be"),
    ],
)
def test_cases_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        appraise(**one(1) | change)


# --- choice -----------------------------------------------------------------------------------------------

SCORES = st.lists(
    st.lists(
        st.one_of(st.floats(-1e9, 1e9), st.just(math.nan), st.sampled_from([0.0, 1.0])),
        min_size=4,
        max_size=4,
    ),
    min_size=1,
    max_size=8,
)


@given(SCORES, SEEDS, st.floats(1e-3, 1e9))
@settings(max_examples=100, deadline=None)
def test_logit_shares_equal_their_definition(scores, seed, scale):
    score = np.array(scores)
    feasible = np.random.default_rng(seed).random(score.shape) < 0.7
    shares = logit_shares(score=score, feasible=feasible, scale=scale)
    for i, share in enumerate(shares):
        able = [k for k in range(4) if feasible[i, k] and not math.isnan(score[i, k])]
        assert abs(share.sum() - (1.0 if able else 0.0)) < 1e-12
        weight = [
            math.exp((score[i, k] - max(score[i, able])) / scale) if k in able else 0.0 for k in range(4)
        ]
        assert share == pytest.approx([w / (sum(weight) or 1.0) for w in weight], rel=1e-12, abs=1e-300)


def test_equal_scores_have_equal_shares_and_scale_zero_is_the_best():
    score, every = np.array([[2.0, 2.0, 2.0], [1.0, 3.0, 2.0]]), np.ones((2, 3), bool)
    assert logit_shares(score=score, feasible=every, scale=0.7)[0].tolist() == [1.0 / 3.0] * 3
    best = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert logit_shares(score=score, feasible=every, scale=0.0).tolist() == best
    assert logit_shares(score=score, feasible=every, scale=1e-9)[1].tolist() == best[1]
    far = logit_shares(score=np.array([[-math.inf, 0.0, math.inf]]), feasible=every[:1], scale=1.0)
    assert far.tolist() == [[0.0, 0.0, 1.0]]
    with pytest.raises(ValueError, match="scale"):
        logit_shares(score=score, feasible=every, scale=-1.0)


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_the_best_paying_option_is_the_best_that_pays_or_to_keep(seed):
    random = np.random.default_rng(seed)
    npv = random.choice([-2.0, -0.0, 0.0, 1.0, 3.0, np.nan], (30, 4))
    npv[:, 0], feasible = 0.0, random.random((30, 4)) < 0.7
    for i, choice in enumerate(best_paying(npv, feasible)):
        pays = [k for k in range(1, 4) if feasible[i, k] and npv[i, k] > 0.0]
        assert choice == max(pays, key=lambda k: (npv[i, k], -k), default=0)


def test_scores_that_do_not_fit_are_refused():
    score, feasible = np.ones((3, 3)), np.ones((2, 2), bool)
    with pytest.raises(ValueError, match="feasible"):
        logit_shares(score=score, feasible=feasible, scale=1.0)


@pytest.mark.parametrize("seed", range(4))
def test_sites_are_those_that_whole_arrays_give(seed: int) -> None:
    random, (w, p, k) = np.random.default_rng(seed), (9, 2, 7)
    x = {
        "rate": random.uniform(0.03, 0.15, (w, k)),
        "value": random.uniform(0.0, 2e6, (p, k)),
        "running_cost": random.uniform(0.0, 2e5, k),
        "capex": random.uniform(1e6, 9e6, (p, k)),
        "lead": random.integers(0, 6, k),
        "life": random.integers(10, 40, k),
        "room": random.uniform(0.0, 3e3, (p, k)),
        "share": random.uniform(0.0, 0.4, (w, p, k)),
    }
    rate, years = x["rate"][:, None, :], np.maximum(x["lead"], 1)
    worth = annuity_factor(rate, x["life"]) * discount_factor(rate, x["lead"])
    outlay = annuity_factor(rate, years) * (1.0 + rate) / years
    per_mw = (x["value"] - x["running_cost"]) * worth - x["capex"] * outlay
    wanted = np.clip(per_mw / x["capex"] / 0.3, 0.0, 1.0)
    capacity = x["room"] * x["share"] * wanted
    where = np.nonzero(capacity >= 20.0)
    assert 0 < where[0].size < w * p * k, "some sites are worth it, and some are not"
    *found, size, npv, part = value_sites(
        x["rate"],
        x["value"],
        SiteTechnologies(x["running_cost"], x["capex"], x["lead"], x["life"]),
        x["room"],
        x["share"],
        full_index=0.3,
        smallest=20.0,
    )
    for axis, expected in zip(found, where, strict=True):
        np.testing.assert_array_equal(axis, expected)
    np.testing.assert_array_equal(part, wanted)
    np.testing.assert_array_equal(size, capacity[where])
    np.testing.assert_array_equal(npv, (per_mw * capacity)[where])
