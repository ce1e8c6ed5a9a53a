"""Budgets of guarantees, quotas of relending and risk weights: kept, and without effect where they do not bind."""

import numpy as np
import pytest

from tanlu.finance import register
from tanlu.finance.credit import price_level
from tanlu.region.power import BUILDABLE
from tests import model_runs
from tests.model_runs import REGION, TODAY, P, draws, scenario

YEARS = (2020, 2032)
GUARANTEE = {
    "kind": "green_bond_incentive",
    "from_year": 2026,
    "guarantee_share": 0.5,
    "papers": ["bonds", "loans"],
}
GUARANTEE["renewals"] = True
RELENDING = {"kind": "relending", "from_year": 2026, "principal_share": 0.6}
BUDGETS = {"guarantee_budget_bn_cny_per_year": GUARANTEE, "quota_bn_cny_per_year": RELENDING}
COAL = BUILDABLE.index("coal")


def lived(world=None, last=YEARS[1], **policies):
    return model_runs.watch(scenario(policies, years=(YEARS[0], last), world=world or {}))


def same_loans(one, other) -> None:
    """Hold two runs to the same loans, bit for bit."""
    books = one.state.finance.all_books[0], other.state.finance.all_books[0]
    (purpose, terms, *_), (others, theirs, *_) = books
    assert purpose.year.size > 400
    for a, b in zip((*purpose, *terms), (*others, *theirs), strict=True):
        np.testing.assert_array_equal(a, b)


def supported_cny(model, key: str) -> np.ndarray:
    """Return the guaranteed sum, or what relending banks hold of relent loans, by year and province [Y, P]."""
    purpose, terms, *_ = model.state.finance.all_books[0]
    held = terms.holder_share[:, REGION.finance.lenders.relends].sum(axis=1) * (terms.relending_share > 0.0)
    share = terms.guarantee_share if key.startswith("guarantee") else held
    years = np.arange(2026, YEARS[1] + 1)
    level = np.array([price_level(REGION, year) for year in years])
    amount = [
        np.bincount(purpose.province, terms.principal_cny * share * (purpose.year == y), P) for y in years
    ]
    return np.array(amount) / level[:, None]


@pytest.mark.parametrize("key", BUDGETS)
def test_a_years_budget_is_kept_and_used(key: str) -> None:
    free = supported_cny(lived(help=BUDGETS[key]), key)
    most = 1.5
    assert (free > 2.0 * most * 1e9).any(axis=0).all(), "without a budget there is more in both provinces"
    tight = supported_cny(lived(help=BUDGETS[key] | {key: most}), key)
    assert np.all(tight <= most * 1e9 * (1 + 1e-9))
    assert np.all(tight.max(axis=0) > 0.5 * most * 1e9)


@pytest.mark.parametrize("key", BUDGETS)
def test_a_budget_that_is_never_used_up_changes_no_bit(key: str) -> None:
    free, wide = (lived(help=BUDGETS[key] | more) for more in ({}, {key: 1e5}))
    same_loans(free, wide)


def test_owners_count_on_the_part_of_support_that_the_budget_had_for_the_last_loans() -> None:
    model = lived(last=2026, help=GUARANTEE | {"guarantee_budget_bn_cny_per_year": 2})
    granted, signals = model.state.finance.granted, model.lived[-1].year.signals
    assert np.all((granted.guaranteed_part > 0.0) & (granted.guaranteed_part < 1.0))
    assert granted.relent_part.tolist() == [1.0, 1.0], "nobody asked for it"
    sure = granted._replace(guaranteed_part=np.ones(P))
    told, hoped = (model.companies.borrowing_rates(signals, one) for one in (granted, sure))
    np.testing.assert_array_equal(told[:, 0], hoped[:, 0])
    assert np.all(told[:, 1] >= hoped[:, 1]) and np.any(told[:, 1] > hoped[:, 1] + 1e-4)


THIN = {"lender_capital_factor": 0.1}
RULE = {"kind": "credit_rule", "from_year": 2026}


def test_a_loan_keeps_the_weight_of_its_year_and_lenders_count_it() -> None:
    model = lived(THIN, rule=RULE | {"until_year": 2029, "coal_risk_weight": 4, "green_risk_weight": 0.7})
    purpose, terms, *_ = book = model.state.finance.all_books[0]
    under = (purpose.year >= 2026) & (purpose.year <= 2029)
    assert set(terms.risk_weight[~under]) == {1.0} and {4.0, 0.7} <= set(terms.risk_weight[under])
    assert np.all(terms.risk_weight[under & terms.green] == 0.7)
    weighted = register.compute_debts(
        book, len(model.companies), price_level(REGION, YEARS[1])
    ).risk_weighted_cny
    for lender, counted in zip(model.lenders, weighted.tolist(), strict=True):
        assert lender.risk_weighted_cny == pytest.approx(counted + lender.public_cny)
    owed = sum(lender.outstanding_cny - lender.public_cny for lender in model.lenders)
    assert abs(float(weighted.sum()) - owed) > 1e8


def test_weights_of_one_change_no_bit() -> None:
    even = {"coal_risk_weight": 1, "gas_risk_weight": 1, "green_risk_weight": 1}
    same_loans(lived(THIN), lived(THIN, rule=RULE | even))


def test_a_penalty_on_coal_lowers_what_it_borrows_where_capital_is_thin() -> None:
    """In the mean of three draws, where a slow cap, little wind and more load let new coal pay before 2032.

    With less capital the most thrifty borrowers take all of it, whatever coal weighs; with more it is enough for all.
    The weight is the highest that a rule may have: at 8 other units take the place of 7 % alone.
    """
    market = {"national_carbon_market": TODAY["national_carbon_market"] | {"cap_path": "slow"}}
    world, borrowed = {"lender_capital_factor": 0.15, "wind_potential": "low", "demand_factor": 1.15}, []
    for block in ({}, {"rule": RULE | {"coal_risk_weight": 12.5}}):
        runs = draws(scenario(market | block, years=YEARS, world=world), 3)
        borrowed.append(float(np.mean([one.new_power.investment_cny[6:, :, COAL].sum() for one in runs])))
    assert borrowed[0] > 5e9 and borrowed[1] < 0.9 * borrowed[0], borrowed
