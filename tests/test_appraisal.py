"""Net present values against a twin that sums dated amounts, and the laws of choice."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_finance import net_present_value, taxed_value

from tanlu.core.economics import annuity_factor, discount_factor
from tanlu.investment.appraisal import ProjectCase, Taxes, appraise
from tanlu.investment.taxation import untaxed_terms
from tanlu.kernels.appraisal import (
    AnnouncedPrices,
    Outlets,
    Projects,
    ProjectTerms,
    StrikePrices,
    site_worths,
    value_outlets,
    value_projects,
)
from tanlu.kernels.building_sites import SiteTerms, value_sites
from tanlu.kernels.choice import choose_best_paying, logit_shares

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
    return appraise(ProjectCase(**case)).npv_cny


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
        appraise(ProjectCase(**one(1) | change))


def test_appraise_by_hand():
    # 100 now and 100 in a year; 50 a year at the end of years 3 .. 5.
    case = appraise(
        ProjectCase(
            capex_cny=200.0, annual_cash_cny=50.0, life_years=3, rate=0.1, lead_years=2, annual_output=4.0
        )
    )
    outlay, worth = 100.0 + 100.0 / 1.1, 1.1**-3 + 1.1**-4 + 1.1**-5
    assert case.npv_cny == pytest.approx(50.0 * worth - outlay, rel=1e-13)
    assert case.equivalent_annual_cny == pytest.approx(case.npv_cny / worth, rel=1e-13)
    assert case.profitability_index == pytest.approx(50.0 * worth / outlay, rel=1e-13)
    assert case.levelised_cny_per_unit == pytest.approx(-case.npv_cny / (4.0 * worth), rel=1e-13)


def test_levelised_cost_is_the_price_at_which_the_project_just_pays():
    costs = dict(capex_cny=4.0e9, annual_cash_cny=-2.0e8, life_years=25, rate=0.07, lead_years=3)
    price = appraise(ProjectCase(**costs, annual_output=3.0e6)).levelised_cny_per_unit
    again = appraise(ProjectCase(**costs, paths=[[price]], quantities=[3.0e6], annual_output=3.0e6))
    assert again.npv_cny == pytest.approx(0.0, abs=1e-3)
    assert again.profitability_index == pytest.approx(1.0, rel=1e-12)


def test_appraise_without_lead_time_is_the_annuity():
    case = appraise(ProjectCase(100.0, 12.0, 15, 0.06))
    assert case.npv_cny == pytest.approx(12.0 * float(annuity_factor(0.06, 15)) - 100.0, rel=1e-13)
    assert math.isnan(case.levelised_cny_per_unit)
    with pytest.raises(ValueError, match="paths"):
        appraise(ProjectCase(1.0, 1.0, 1, 0.1, paths=[[1.0]], quantities=[1.0, 2.0]))


# --- other terms: phases, first year, no end, tax ---------------------------------------------------------


def with_terms(seed) -> dict:
    """Return a random project that is spent, paid and taxed as none of the model's agents is."""
    random = np.random.default_rng(seed)
    written_off = random.dirichlet(np.ones(int(random.integers(1, 9)))) * random.random()
    usual = one(seed, rates=(0.0, 0.3))
    return usual | {
        "life_years": max(usual["life_years"], 1),  # what never operates pays no tax and writes nothing off
        "spending_shares": tuple(random.dirichlet(np.ones(int(random.integers(1, 12))))),
        "first_operation_year": int(random.integers(0, 15)),
        "taxes": Taxes(
            *random.uniform(0.0, 0.5, 3),
            tuple(written_off),
            random.uniform(0.0, 0.1),
            *random.integers(0, 5, 2).tolist(),
        ),
    }


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_value_on_any_terms_is_the_sum_of_dated_amounts(seed):
    case = with_terms(seed)
    assert abs(worth(case) - taxed_value(case)) / (case["capex_cny"] + 1.1e10) < 1e-12


def test_equal_parts_and_the_year_after_are_the_usual_terms():
    usual = one(5) | {"lead_years": 4}
    told = usual | {"spending_shares": (0.25,) * 4, "first_operation_year": 5}
    assert worth(told) == pytest.approx(worth(usual), rel=1e-13)
    assert worth(told | {"first_operation_year": 4}) != pytest.approx(worth(usual), rel=1e-3)


@pytest.mark.parametrize("first", [0, 1, 3, 30])
def test_what_is_paid_for_ever_is_what_a_very_long_life_pays(first):
    """Also where the project begins beyond the years that have a price of their own."""
    taxes = Taxes(0.25, holiday_years=3, half_years=3)
    case = one(9) | {"rate": 0.1, "first_operation_year": first, "taxes": taxes}
    assert worth(case | {"life_years": None}) == pytest.approx(worth(case | {"life_years": 600}), rel=1e-12)
    with pytest.raises(ValueError, match="for ever"):
        appraise(ProjectCase(**case | {"life_years": None, "rate": 0.0}))


def test_a_tax_on_profit_alone_changes_no_decision():
    """Where the investment is written off at once and wears not, a tax takes its share of the NPV (Brown 1948)."""
    case = one(3) | {"lead_years": 0, "first_operation_year": 0, "rate": 0.08}
    taxed = case | {"taxes": Taxes(rate=0.4, written_off_shares=(1.0,))}
    assert worth(taxed) == pytest.approx(0.6 * worth(case), rel=1e-12)


def test_a_levelised_cost_after_tax_is_the_price_at_which_the_project_just_pays():
    case = with_terms(4) | {"paths": None, "quantities": None, "annual_cash_cny": -1e7, "annual_output": 2e6}
    price = appraise(ProjectCase(**case)).levelised_cny_per_unit
    sold = case | {"paths": [[price]], "quantities": [2e6]}
    assert worth(sold) == pytest.approx(0.0, abs=1e-6 * case["capex_cny"])


def test_shares_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="add up to 1"):
        appraise(ProjectCase(**one(1) | {"spending_shares": (0.5, 0.4)}))


@pytest.mark.parametrize("seed", range(3))
def test_rows_on_terms_of_their_own_keep_apart_and_so_do_outlets(seed):
    """Phases and years written off of different number stand in one table, filled up with 0."""
    random, n = np.random.default_rng(seed), 7
    shares = [random.dirichlet(np.ones(k + 1)) for k in range(n)]
    filled = np.array([[*share, *np.zeros(n - share.size)] for share in shares])
    tax_rate, *credit = random.uniform(0.0, 0.5, (3, n))
    terms = ProjectTerms(
        filled, random.integers(0, 9, n), tax_rate[:, None], *credit, filled, np.full(n, 0.02)
    )
    life, path = random.integers(1, 30, n), random.uniform(0.0, 300.0, 12)
    projects = Projects(
        *np.zeros((2, n), np.int64),
        *(np.full(n, 1e9), np.zeros(n, np.int64), life, random.uniform(-1e7, 1e8, n), np.full(n, 1e6)),
        *(np.full(n, 5e5), np.full(n, 0.07), np.ones(n), np.zeros(n), np.ones(n)),
        np.zeros(n, np.int64),
    )
    none, nothing = np.zeros((1, 1)), np.zeros((1, 1, 12))
    price = np.full((1, 1), path[0])
    contracts = StrikePrices(none[None][:0], nothing[None][:0], np.zeros(0, np.int64), np.zeros(0))
    prices = AnnouncedPrices(
        *(price, none, path.reshape(1, 1, -1), nothing, none, nothing, none, nothing, contracts),
        *(none, nothing, none, nothing),
    )
    npv, switching = value_projects(projects, prices, terms)
    outlets = Outlets(np.full(n, 60.0), np.ones(n, bool), np.zeros(n), np.ones(n))
    stored, stores_at = value_outlets(projects, prices, terms, outlets)
    for i in range(n):
        taxes = Taxes(tax_rate[i], *(column[i] for column in credit), tuple(shares[i]), 0.02)
        case = dict(capex_cny=1e9, annual_cash_cny=projects.cash_cny[i], life_years=int(life[i]), rate=0.07)
        case |= {"spending_shares": tuple(shares[i]), "first_operation_year": int(terms.first_year[i])}
        case |= {"paths": path.reshape(1, -1), "quantities": np.array([1e6]), "taxes": taxes}
        assert npv[i] == pytest.approx(taxed_value(case), abs=1e-3)
        lifted = case | {"paths": path.reshape(1, -1) + switching[i] - path[0]}
        assert taxed_value(lifted) == pytest.approx(0.0, abs=1e-3)
        dearer = case | {"annual_cash_cny": projects.cash_cny[i] - 60.0 * 5e5}
        assert max(stored[i], npv[i]) == pytest.approx(npv[i]), "selling at nothing costs nothing"
        assert stores_at[i] == pytest.approx(switching[i])
        assert taxed_value(dearer) < npv[i]


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
    for i, choice in enumerate(choose_best_paying(npv, feasible)):
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
    outlay = np.where(x["lead"] > 0, annuity_factor(rate, years) * (1.0 + rate) / years, 1.0)
    per_mw = (x["value"] - x["running_cost"]) * worth - x["capex"] * outlay
    wanted = np.clip(per_mw / x["capex"] / 0.3, 0.0, 1.0)
    capacity = x["room"] * x["share"] * wanted
    where = np.nonzero(capacity >= 20.0)
    assert 0 < where[0].size < w * p * k, "some sites are worth it, and some are not"
    worths = site_worths(x["rate"], x["lead"], x["life"], untaxed_terms(x["lead"]))
    none = np.zeros((w, p, k))
    terms = SiteTerms(*worths, x["running_cost"], x["capex"], x["room"], x["share"], 0.3, 20.0, none, none)
    *found, size, npv, contracted, part = value_sites(terms, x["value"])
    for axis, expected in zip(found, where, strict=True):
        np.testing.assert_array_equal(axis, expected)
    np.testing.assert_array_equal(part, wanted)
    assert not contracted.any()
    np.testing.assert_array_equal(size, capacity[where])
    np.testing.assert_array_equal(npv, (per_mw * capacity)[where])
