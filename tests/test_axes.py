"""How many provinces there are is a fact of the pack, and members of axes are called by name."""

import ast
from collections.abc import Iterator

import numpy as np
import pytest

from tanlu.core.axes import F, S
from tanlu.core.places import PACKAGE
from tests.model_runs import REGION

MOST_TYPED = 12  # outside kernels and pages, which have axes of their own
MARKET = ("power/", "kernels/power/", "markets/electricity.py")


def modules(beyond: tuple[str, ...]) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(beyond):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def is_typed(index: ast.expr) -> bool:
    """Whether a place on an axis is a number written by hand."""
    if isinstance(index, ast.Slice):
        return any(isinstance(end, ast.Constant) for end in (index.lower, index.upper))
    return isinstance(index, ast.Constant) and isinstance(index.value, int)


def typed_indices(tree: ast.AST) -> list[str]:
    subscripts = (node for node in ast.walk(tree) if isinstance(node, ast.Subscript))
    several = (node for node in subscripts if isinstance(node.slice, ast.Tuple))
    return [ast.unparse(node) for node in several if any(map(is_typed, node.slice.elts))]


@pytest.mark.parametrize("code", ["a[:, 0]", "a[p, 1:]", "a[..., :2]"])
def test_a_place_on_an_axis_that_is_typed_is_found(code: str) -> None:
    assert typed_indices(ast.parse(code)) == [code]


@pytest.mark.parametrize("code", ["a[:, STAYS]", "a[0]", "a[p, :]", "a[:, None]"])
def test_names_and_whole_axes_are_no_typed_places(code: str) -> None:
    assert not typed_indices(ast.parse(code))


def test_places_on_axes_are_named() -> None:
    found = [
        f"{name}: {code}" for name, tree in modules(("kernels/", "pages/")) for code in typed_indices(tree)
    ]
    assert len(found) <= MOST_TYPED, "\n".join(found)


def test_shapes_are_found_by_the_names_of_axes() -> None:
    axes = REGION.axes
    assert axes.shape("province", "sector") == (len(axes.provinces), S)
    assert axes.shape("fuel", "export_line", "province") == (F, len(axes.export_lines), len(axes.provinces))
    assert np.zeros(axes._replace(export_lines=()).shape("export_line")).size == 0
    with pytest.raises(KeyError):
        axes.shape("provinces")
