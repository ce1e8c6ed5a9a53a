"""Sums by group are floats, of nothing too."""

import ast
from pathlib import Path

import numpy as np
import pytest

from tanlu.core.arrays import sum_by_group
from tanlu.core.places import PACKAGE

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "kernels" not in path.relative_to(PACKAGE).parts)


@pytest.mark.parametrize("rows", [0, 5])
def test_a_sum_by_group_is_of_floats_whatever_is_there(rows: int) -> None:
    group, value = np.arange(rows) % 2, np.arange(rows) > 0
    total = sum_by_group(group, value, 3)
    assert total.dtype == np.float64
    assert total.tolist() == [float(value[group == g].sum()) for g in range(3)]


def weighted(path: Path) -> list[int]:
    """Return the lines of a module that sum by group with NumPy alone."""
    calls = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]
    return [
        call.lineno
        for call in calls
        if ast.unparse(call.func).endswith("bincount")
        and (len(call.args) > 1 or any(word.arg == "weights" for word in call.keywords))
    ]


def test_nothing_else_sums_by_group() -> None:
    """`np.bincount` of nothing is of whole numbers, to which no float can be added in place."""
    assert {path.name: lines for path in MODULES if (lines := weighted(path))} == {
        "arrays.py": weighted(PACKAGE / "core" / "arrays.py")
    }
