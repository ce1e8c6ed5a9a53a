"""What never falls or rises along the steps of a lever, and which of its steps are tried each time."""

from collections.abc import Sequence

import numpy as np
import pytest


def first_quick(name: str, first: object, *others: object) -> pytest.MarkDecorator:
    """Try several cases, of which the others are slow: some steps of an instrument, and all."""
    return pytest.mark.parametrize(
        name, [first, *(pytest.param(case, marks=pytest.mark.slow) for case in others)]
    )


def never_falls(values: Sequence[float]) -> None:
    assert np.all(np.diff(np.asarray(values, float)) >= 0.0), values
