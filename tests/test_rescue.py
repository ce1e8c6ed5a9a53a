"""Rescues: who pays for companies that lack cash, from which budget, and what comes of those it does not reach."""

import numpy as np
import pytest

from tanlu.core.schedules import FinanceSchedule
from tanlu.finance.companies import Companies
from tanlu.finance.rescue import Trouble, assess_trouble, rescue
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.model_runs import REGION, P, record, scenario

YEARS = (2020, 2040)
EVERY = np.arange(len(REGION.finance.owners.ids))  # each a member of itself
TAX = {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": {2026: 50, 2035: 300}}}


def rule(provinces_cny: float = np.inf, parents_cny: float = np.inf) -> FinanceSchedule:
    return FinanceSchedule.neutral(REGION.axes)._replace(
        provinces_rescue_budget_cny=np.full(P, provinces_cny),
        parents_rescue_budget_cny=np.full(P, parents_cny),
    )


def in_trouble(owners: Companies, needed: np.ndarray, worth: float = 100e9, loss: float = 0.0) -> Trouble:
    """Return companies that need money and are worth much more than their debt."""
    every = np.ones(len(owners))
    return assess_trouble(owners.is_state, needed, worth * every, owners.debt_cny, loss * every, 0.0 * every)


@pytest.fixture
def owners() -> Companies:
    """Return the companies of the pack with 100 of assets and 50 of debt."""
    made = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION)).companies
    made.assets_cny, made.debt_cny = np.full(len(made), 100e9), np.full(len(made), 50e9)
    return made


def test_each_owner_pays_for_its_own_companies(owners: Companies) -> None:
    missing = np.linspace(1e9, 2e9, len(owners))
    trouble = in_trouble(owners, missing)
    paid = rescue(trouble, EVERY, owners, rule())
    np.testing.assert_array_equal(paid.to_companies_cny, missing)
    local = missing[owners.is_local]
    assert 0 < local.size < owners.is_state.sum()
    np.testing.assert_allclose(
        paid.by_provinces_cny, local @ owners.province_share[owners.is_local], rtol=1e-12
    )
    assert not rescue(trouble, EVERY, owners, rule(provinces_cny=0.0)).by_provinces_cny.any()
    central = owners.is_state & ~owners.is_local
    for budgets, reached in (((0.0, np.inf), central), ((np.inf, 0.0), owners.is_local)):
        got = rescue(trouble, EVERY, owners, rule(*budgets)).to_companies_cny > 0.0
        np.testing.assert_array_equal(got, reached | ~owners.is_state, "no budget bounds private owners")


def test_an_owner_pays_in_what_is_less_than_it_gains_and_the_state_counts_what_others_lose(
    owners: Companies,
) -> None:
    needed = np.full(len(owners), 2e9)
    for worth, loss, everybody, state in (
        (52.1e9, 0.0, True, True),
        (51.9e9, 0.0, False, False),
        (51.9e9, 0.2e9, False, True),
        (-10e9, 62.1e9, False, True),
        (-10e9, 61.9e9, False, False),
    ):
        paid = rescue(in_trouble(owners, needed, worth, loss), EVERY, owners, rule()).to_companies_cny > 0.0
        assert (paid[~owners.is_state] == everybody).all() and (paid[owners.is_state] == state).all()


def test_a_budget_goes_first_where_it_spares_lenders_most_and_pays_in_full_or_not_at_all(
    owners: Companies,
) -> None:
    two = np.flatnonzero(owners.is_local & (owners.province_share[:, 0] > 0.0))[:2]
    missing = np.zeros(len(owners))
    missing[two] = 2e9
    share = owners.province_share[two].max(axis=1)
    trouble = in_trouble(owners, missing)
    trouble.lender_loss_cny[two[1]] = 5e9
    paid = rescue(trouble, EVERY, owners, rule(provinces_cny=float(2e9 * share.max()))).to_companies_cny
    assert paid[two].tolist() == [0.0, 2e9], "what is left is less than the other lacks"
    assert not rescue(trouble, EVERY, owners, rule(provinces_cny=0.9e9)).to_companies_cny.any()


def test_a_state_company_that_no_budget_reaches_defaults_and_with_rescue_the_budget_shows_it() -> None:
    none = {"kind": "rescue_rule", "from_year": 2026}
    none |= {"provinces_budget_bn_cny_per_year": 0, "parents_budget_bn_cny_per_year": 0}
    free, bound = (record(scenario({**TAX, **more}, years=YEARS)) for more in ({}, {"rule": none}))
    since = slice(2026 - YEARS[0], None)
    assert free.public.sum_spent("rescue")[since].sum() > 0.0 and free.finance.rescue_cny[since].sum() > 0.0
    assert not bound.public.sum_spent("rescue")[since].any()
    assert bound.finance.rescue_cny[since].sum() < free.finance.rescue_cny[since].sum()
    assert bound.finance.failures.exits.sum() > free.finance.failures.exits.sum()
    assert bound.finance.lender_loss_cny.sum() > free.finance.lender_loss_cny.sum()


def test_no_year_spends_more_than_its_budget_and_some_company_is_left_out() -> None:
    # After tax no state group is short of less than 1.5 bn CNY.
    limit = {"kind": "rescue_rule", "from_year": 2026, "parents_budget_bn_cny_per_year": 3}
    model = model_runs.watch(scenario({**TAX, "rule": limit}, years=YEARS))
    left_out, spent = 0, 0.0
    for lived in model.lived:
        settled = lived.year.finance.settlement
        central = model.companies.is_state & ~model.companies.is_local
        one = ~model.companies.table.many_owners  # of the others, some are rescued while some fail
        by_parents = settled.rescued_cny[central] @ model.companies.province_share[central]
        if lived.year.signals.year >= 2026:
            assert np.all(by_parents <= 3e9 * (1.0 + 1e-9))
            spent += by_parents.sum()
            failed = lived.year.finance.failures.exits > 0
            trouble = lived.year.finance.failures.trouble
            left_out += (failed & one & central & (trouble.needed_cny < trouble.gain_cny)).sum()
            assert not (settled.rescued_cny > 0.0)[failed & one].any()
    assert spent > 0.0 and left_out > 0
