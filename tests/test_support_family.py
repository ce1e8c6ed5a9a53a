"""Scenarios that spend the same public money by different instruments."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests import support_family
from tests.monotone import first_quick
from tests.support_family import BASE, FAMILY, RELENDING, TARGET_BN_CNY, against, kept, run


def test_each_scenario_spends_the_same_public_money() -> None:
    """Within 5 % in the mean of eight pairs, present value."""
    found = kept()
    assert set(found) == {*FAMILY, RELENDING}
    relending = found.pop(RELENDING)
    assert np.abs(relending.spent_bn_cny).max() < 0.05, "rescues of hubs alone"
    assert relending.forgone_bn_cny.min() > 0.0
    for name, draws in found.items():
        assert draws.spent_bn_cny.size == support_family.REPLICATIONS
        assert draws.spent_bn_cny.mean() == pytest.approx(TARGET_BN_CNY, rel=0.05), name


@first_quick("names", (RELENDING,), FAMILY)
def test_the_kept_draws_are_those_of_today(names: Sequence[str]) -> None:
    """The first of eight; `uv run python -m tests.support_family` writes them again, with the rates."""
    base = run(BASE, replications=1)
    for name in names:
        now, draws = against(base, run(name, replications=1)), kept()[name]
        for field in now._fields:
            np.testing.assert_allclose(
                getattr(now, field)[0], getattr(draws, field)[0], rtol=1e-3, atol=1e-3, err_msg=name
            )


def test_the_page_has_the_kept_table() -> None:
    text = support_family.PAGE.read_text(encoding="utf-8")
    assert text.split(support_family.BEGIN)[1].split(support_family.END)[0] == support_family.table(kept())


def test_a_cost_per_tonne_is_not_told_of_tonnes_below_noise() -> None:
    spent = np.array([4.0, 4.1, 3.9, 4.0])
    assert support_family.cost_per_tonne(spent, np.array([5.0, -5.0, 1.0, -2.0])) == "below noise"
    exact = support_family.cost_per_tonne(np.full(4, 4.0), np.full(4, 40.0))
    assert exact == "100 (100 to 100)"
