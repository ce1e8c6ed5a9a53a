"""Every lever is wired to what it is for, and the right way round: each row in one pair of runs of the small pack."""

import pytest

from tests.laws.form import Law
from tests.laws.harness import fault
from tests.laws.table import WIRING


@pytest.mark.parametrize("law", WIRING, ids=lambda law: f"{law.lever}-{law.indicator}")
def test_the_lever_moves_its_indicator_the_way_of_its_row(law: Law) -> None:
    assert not fault(law)
