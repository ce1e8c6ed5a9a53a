"""Net present values against a twin that sums dated amounts, and the laws of choice."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_finance import net_present_value

from model.finance import annuity_factor, discount_factor
from model.kernels.appraisal import net_present_values, value_sites
from model.kernels.choice import best_option, best_paying, logit_choice, logit_shares

SEEDS = st.integers(0, 2**32 - 1)


def options(seed, *, n=4, k=3, j=3, paths=4, years=12, rates=(-0.05, 0.3)):
    """Return a random case; lives run past the paths, some terms are absent, rates repeat."""
    random = np.random.default_rng(seed)
    pool = random.uniform(*rates, 3)
    pool[0] = 0.0
    return {
        "capex_cny": random.uniform(0.0, 5e9, (n, k)),
        "lead_years": random.integers(0, 7, (n, k)),
        "life_years": random.integers(0, 41, (n, k)),
        "annual_cash_cny": random.uniform(-1e8, 5e8, (n, k)),
        "rate": random.choice(pool, (n, k)),
        "paths_cny": random.uniform(0.0, 300.0, (paths, years)),
        "term_path": random.integers(-1, paths, (n, k, j)),
        "term_quantity": random.uniform(-1e6, 1e6, (n, k, j)),
    }


def twin(case):
    n, k, j = case["term_path"].shape
    value = np.empty((n, k))
    for i in range(n):
        for o in range(k):
            flows = [
                (case["term_quantity"][i, o, t], case["paths_cny"][case["term_path"][i, o, t]])
                for t in range(j)
                if case["term_path"][i, o, t] >= 0
            ]
            names = ("capex_cny", "lead_years", "life_years", "annual_cash_cny", "rate")
            value[i, o] = net_present_value(*(case[name][i, o] for name in names), flows)
    return value


@given(SEEDS, st.integers(1, 30), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_kernel_equals_the_sum_of_dated_amounts(seed, years, terms):
    case = options(seed, years=years, j=terms)
    scale = np.abs(case["capex_cny"]) + 1e9 + 1e10
    assert np.max(np.abs(net_present_values(**case) - twin(case)) / scale) < 1e-12


@pytest.mark.parametrize("rate", [0.0, 0.08])
@pytest.mark.parametrize("lead", [0, 1, 4])
def test_closed_form_with_a_constant_path(rate, lead):
    # I in equal parts from now, A = cash + q p from the year after commissioning.
    npv = net_present_values(
        capex_cny=[[1000.0]],
        lead_years=[[lead]],
        life_years=[[25]],
        annual_cash_cny=[[50.0]],
        rate=[[rate]],
        paths_cny=[[80.0]],
        term_path=[[[0]]],
        term_quantity=[[[0.5]]],
    )
    outlay = 1000.0 * (1.0 + float(annuity_factor(rate, lead - 1))) / lead if lead else 1000.0
    worth = 90.0 * float(annuity_factor(rate, 25)) / (1.0 + rate) ** lead
    assert npv[0, 0] == pytest.approx(worth - outlay, rel=1e-13)


def test_timing_of_a_single_year():
    # Built during years 1 and 2, runs in year 3: half now, half after a year, cash and year 3's price at its end.
    npv = net_present_values(
        capex_cny=[[10.0]],
        lead_years=[2],
        life_years=[1],
        annual_cash_cny=[[7.0]],
        rate=[[1.0]],
        paths_cny=[[100.0, 200.0, 8.0, 400.0]],
        term_path=[[[0]]],
        term_quantity=[[[2.0]]],
    )
    assert npv[0, 0] == -5.0 - 5.0 / 2.0 + (7.0 + 2.0 * 8.0) / 8.0


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_value_is_linear_and_order_of_deciders_and_terms_changes_nothing(seed):
    case = options(seed, n=6, rates=(0.02, 0.2))
    npv = net_present_values(**case)
    turn = np.random.default_rng(seed).permutation(6)
    turned = {name: v if name == "paths_cny" else v[turn] for name, v in case.items()}
    assert net_present_values(**turned).tolist() == npv[turn].tolist()
    money = ("capex_cny", "annual_cash_cny", "paths_cny")
    doubled = {name: 2.0 * v if name in money else v for name, v in case.items()}
    assert net_present_values(**doubled).tolist() == (2.0 * npv).tolist()


@given(SEEDS, st.floats(0.0, 500.0))
@settings(max_examples=30, deadline=None)
def test_a_higher_path_never_hurts_who_earns_it(seed, more):
    case = options(seed, rates=(0.0, 0.2))
    case["term_quantity"] = np.abs(case["term_quantity"])
    higher = net_present_values(**{**case, "paths_cny": case["paths_cny"] + more})
    assert np.all(higher >= net_present_values(**case) - 1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": np.full((4, 3), -1.0)}, "rate"),
        ({"rate": np.full((4, 3), np.nan)}, "rate"),
        ({"lead_years": np.full((4, 3), -1)}, "negative"),
        ({"life_years": np.full((4, 3), 2.5)}, "whole numbers"),
        ({"life_years": np.ones(5, int)}, "life_years has shape"),
        ({"term_path": np.full((4, 3, 3), 4)}, "term_path must lie"),
        ({"term_quantity": np.ones((4, 3, 2))}, "must be"),
        ({"paths_cny": np.ones((4, 0))}, "at least one year"),
        ({"capex_cny": np.ones(3)}, "two axes"),
    ],
)
def test_cases_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        net_present_values(**{**options(1), **change})


def test_read_only_and_strided_arrays_give_the_same():
    case = options(5)
    npv = net_present_values(**case)
    frozen = {name: np.asfortranarray(v) for name, v in case.items()}
    for array in frozen.values():
        array.flags.writeable = False
    assert net_present_values(**frozen).tolist() == npv.tolist()


def test_no_decider():
    case = options(1, n=0)
    assert net_present_values(**case).shape == (0, 3)


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


@given(SCORES, SEEDS)
@settings(max_examples=100, deadline=None)
def test_best_option_equals_its_definition(scores, seed):
    score = np.array(scores)
    feasible = np.random.default_rng(seed).random(score.shape) < 0.7
    for i, choice in enumerate(best_option(score=score, feasible=feasible)):
        able = [k for k in range(4) if feasible[i, k] and not math.isnan(score[i, k])]
        assert choice == (max(able, key=lambda k: (score[i, k], -k)) if able else -1)


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


def test_logit_choice_follows_the_shares():
    n = 100_000
    score = np.tile([0.0, 1.0, math.nan, 2.0], (n, 1))
    feasible = np.tile([True, True, True, True], (n, 1))
    draws = (np.arange(n) + 0.5) / n
    choice = logit_choice(score=score, feasible=feasible, scale=1.5, uniform=draws)
    shares = logit_shares(score=score[:1], feasible=feasible[:1], scale=1.5)[0]
    assert np.bincount(choice, minlength=4) / n == pytest.approx(shares, abs=2.0 / n)
    assert np.all(np.diff(choice) >= 0)  # monotone in the draw


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_the_best_paying_option_is_the_best_that_pays_or_to_keep(seed):
    random = np.random.default_rng(seed)
    npv = random.choice([-2.0, -0.0, 0.0, 1.0, 3.0, np.nan], (30, 4))
    npv[:, 0], feasible = 0.0, random.random((30, 4)) < 0.7
    pays = feasible & (npv > 0.0)
    pays[:, 0] = True
    assert best_paying(npv, feasible).tolist() == best_option(score=npv, feasible=pays).tolist()


def test_logit_choice_at_the_ends():
    score = np.array([[1.0, 1.0, 5.0]] * 3)
    feasible = np.array([[True, True, False], [True, True, False], [False, False, False]])
    draws = np.array([1e-16, 1.0 - 1e-16, 0.5])
    assert logit_choice(score=score, feasible=feasible, scale=1.0, uniform=draws).tolist() == [0, 1, -1]
    with pytest.raises(ValueError, match="uniform"):
        logit_choice(score=score, feasible=feasible, scale=1.0, uniform=draws[:2])
    with pytest.raises(ValueError, match="feasible"):
        best_option(score=score, feasible=feasible[:2, :2])


@pytest.mark.parametrize("seed", range(4))
def test_sites_are_those_that_whole_arrays_give(seed: int) -> None:
    random, (w, p, k) = np.random.default_rng(seed), (9, 2, 7)
    x = {
        "rate": random.uniform(0.03, 0.15, (w, k)),
        "value": random.uniform(0.0, 2e6, (p, k)),
        "running_cost": random.uniform(0.0, 2e5, k),
        "capex": random.uniform(1e6, 9e6, k),
        "lead": random.integers(0, 6, k),
        "life": random.integers(10, 40, k),
        "room": random.uniform(0.0, 3e3, (p, k)),
        "share": random.uniform(0.0, 0.4, (w, p)),
    }
    rate, years = x["rate"][:, None, :], np.maximum(x["lead"], 1)
    worth = annuity_factor(rate, x["life"]) * discount_factor(rate, x["lead"])
    outlay = x["capex"] / years * annuity_factor(rate, years) * (1.0 + rate)
    per_mw = (x["value"] - x["running_cost"]) * worth - outlay
    part = np.clip(per_mw / x["capex"] / 0.3, 0.0, 1.0)
    capacity = x["room"] * x["share"][:, :, None] * part
    where = np.nonzero(capacity >= 20.0)
    assert 0 < where[0].size < w * p * k, "some sites are worth it, and some are not"
    *found, size, npv = value_sites(**x, full_index=0.3, smallest=20.0)
    for axis, expected in zip(found, where, strict=True):
        np.testing.assert_array_equal(axis, expected)
    np.testing.assert_array_equal(size, capacity[where])
    np.testing.assert_array_equal(npv, (per_mw * capacity)[where])
