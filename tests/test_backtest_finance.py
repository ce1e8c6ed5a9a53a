"""Finance against the statistics: what is fitted, what is tested, and which misses are known."""

from functools import cache

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.evaluation.finance import (
    FITTED,
    backtest_finance,
    fit_bonds,
    issued_bn_cny,
    outstanding_bn_cny,
    run_baseline,
    statistics,
)
from tests.model_runs import REGION, finance_changed

MISSES = {
    "rail bonds issued since 2021": 1,  # rail borrows mostly from banks
    "green loans outstanding": 2,  # companies of the model are a hundredth of Chongqing's
    "company loan rate": 2,  # spreads by coverage are assumed and high
}


@cache
def rows():
    return backtest_finance("chengyu").rows


def test_what_is_fitted_agrees_and_is_told_apart() -> None:
    given = [row.quantity for row in rows() if row.is_given]
    assert given == [*FITTED, "green bonds issued", "green bonds issued", "green bonds outstanding"]
    issued = [row for row in rows() if row.quantity == "green bonds issued"]
    assert [row.statistic for row in issued] == [26.45, 40.65]
    for row in issued:
        assert row.model == pytest.approx(row.statistic, rel=5e-3)


def test_what_is_tested_passes_but_for_the_named_misses() -> None:
    tested = [row for row in rows() if row.verdict and not row.is_given]
    assert len(tested) > 8
    missed = [row.quantity for row in tested if row.verdict == "miss"]
    assert {name: missed.count(name) for name in missed} == MISSES
    coupon = next(row for row in rows() if row.quantity == "rail bond coupon")
    assert abs(coupon.model - 3.77) <= 0.10
    stock = [row for row in rows() if row.quantity == "green bonds outstanding"][-1]
    assert stock.verdict == "pass" and not stock.is_given and stock.bound_percent == 20.0


def test_coupons_have_the_published_order() -> None:
    names = ("rail bond coupon", "bus bond coupon", "metro bond coupon")
    paid = [next(row for row in rows() if row.quantity == name) for name in names]
    assert np.all(np.diff([row.model for row in paid]) > 0.1)
    assert np.all(np.diff([row.statistic for row in paid]) > 0.1)


def test_claims_stand_beside_what_the_model_finds() -> None:
    claims = [row for row in rows() if row.quantity.startswith("CO2 of rail claimed")]
    assert {row.statistic for row in claims} == {1.379, 0.2277}
    assert all(row.bound_percent is None for row in claims)
    roads, net = claims[0].model, claims[1].model
    assert roads > 0.0 > net, "trains take more CO2 in power than they spare on the road"


@pytest.mark.slow
def test_the_fit_finds_what_issues_were_made_with() -> None:
    """Statistics that the model made itself give its parameters back."""
    other = finance_changed(bond_saving_at_half=0.017, bond_choice_scale=0.012)
    past = run_baseline(other, 2021)
    known = tuple(
        one._replace(value=issued_bn_cny(past, one.province, one.year))
        for one in statistics(REGION)
        if one.variable == "green_bonds_issued"
    )
    assert fit_bonds(REGION, known) == pytest.approx((0.017, 0.012), rel=1e-3)
    assert fit_bonds(REGION, known[:1]) is None


def test_outstanding_within_a_year_lies_between_its_ends() -> None:
    past = run_baseline(REGION, 2021)
    ends = [outstanding_bn_cny(past, "Chongqing", year, 12, bonds=True) for year in (2020, 2021)]
    half = outstanding_bn_cny(past, "Chongqing", 2021, 6, bonds=True)
    assert half == pytest.approx(np.mean(ends)) and ends[0] > 20.0


def test_the_command_shows_the_misses() -> None:
    shown = CliRunner().invoke(app, ["backtest", "finance"])
    assert shown.exit_code == 0, shown.output
    # Both fitted figures of the bond choice, 1.6 and 4.3 % from what would fit today; issues are within 0.5 %.
    assert f"{sum(MISSES.values()) + len(FITTED)} miss" in shown.output
