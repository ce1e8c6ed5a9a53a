"""What never falls or rises along the steps of a lever, and which of its steps are tried each time."""

from collections.abc import Sequence

import numpy as np
import pytest


def first_quick(name: str | tuple[str, ...], first: object, *others: object) -> pytest.MarkDecorator:
    """Try several cases, of which the others are slow: some steps of an instrument, and all."""
    values = [case if isinstance(case, tuple) and isinstance(name, tuple) else (case,) for case in others]
    return pytest.mark.parametrize(
        name, [first, *(pytest.param(*value, marks=pytest.mark.slow) for value in values)]
    )


def never_falls(values: Sequence[float]) -> None:
    assert np.all(np.diff(np.asarray(values, float)) >= 0.0), values
