"""Indicators tell a quantity in the unit that they name."""

from types import SimpleNamespace

import numpy as np
import pytest

from tanlu.indicators.main import indicators
from tanlu.region.pack import load_region

INDICATORS = {indicator.variable: indicator for indicator in indicators(load_region("two_provinces"))}


@pytest.mark.parametrize("kind", ["ordinary", "green"])
def test_a_rate_of_five_hundredths_is_five_per_cent(kind: str) -> None:
    record = SimpleNamespace(finance=SimpleNamespace(**{f"cost_of_debt_{kind}": np.array([0.05])}))
    indicator = INDICATORS[f"Finance|Cost of Debt|{kind.title()}"]
    assert indicator.unit == "%"
    np.testing.assert_allclose(indicator.measure(record), 5.0)
