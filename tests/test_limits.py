"""Hard limits of size, far out (`python -m benchmarks sizes` prints what is above the soft ones); names of classes."""

import ast
from collections import Counter

import pytest

from benchmarks.sizes import (
    FIELDS,
    Size,
    count_arguments,
    count_fields,
    count_lines,
    module_sizes,
    modules,
    sizes,
)

SHARED = {
    "tanlu.kernels.power.labels",
    "tanlu.kernels.power.layout",
}  # by the kernels of the market's network


def classes_of(text: str) -> list[str]:
    return [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]


def beyond(measured: list[Size]) -> list[str]:
    return [f"{size.number} {size.kind}: {size.place}" for size in measured if size.number > size.limit.hard]


def test_nothing_is_larger_than_the_hard_limits() -> None:
    assert not beyond(sizes())


def test_a_class_has_a_name_of_its_own() -> None:
    names = Counter(name for _, text in modules() for name in classes_of(text) if not name.startswith("_"))
    assert not [name for name, times in names.items() if times > 1]


def test_kernels_define_the_records_that_they_take() -> None:
    """The disk cache of compiled code sees edits in files of kernels that a file imports, but few are to be shared."""
    for name, text in modules():
        if name.startswith("kernels/"):
            imports = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom)]
            ours = {n.module for n in imports if (n.module or "").startswith("tanlu")}
            assert ours <= {"tanlu.compilation", "tanlu.compilation.decorators", *SHARED}, name


def test_no_argument_is_a_tuple_of_anything_and_none_of_a_kernel_is_anything() -> None:
    for name, text in modules():
        refused = {"tuple[Any, ...]", "Any"} if name.startswith("kernels/") else {"tuple[Any, ...]"}
        given = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.arg) and n.annotation]
        assert not [x.arg for x in given if ast.unparse(x.annotation) in refused], name


@pytest.mark.parametrize(
    ("text", "arguments", "lines"),
    [
        ("def f(a, /, b, *, c):\n    return a\n", 3, 2),
        (
            'class A:\n    def f(self, a):\n        """One.\n\n        Two.\n        """\n        return a\n',
            1,
            2,
        ),
        ("async def f(*a, **b):\n    pass\n", 0, 2),
    ],
)
def test_limits_are_counted_without_docstrings(text: str, arguments: int, lines: int) -> None:
    (function,) = [
        n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert (count_arguments(function), count_lines(function)) == (arguments, lines)


def test_a_wide_record_is_beyond() -> None:
    fields = "".join(f"    x{i}: int\n" for i in range(FIELDS.hard + 1))
    (record,) = ast.parse(f"class A(NamedTuple):\n{fields}").body
    assert isinstance(record, ast.ClassDef) and count_fields(record) == FIELDS.hard + 1
    assert beyond(list(module_sizes("a.py", f"class A(NamedTuple):\n{fields}"))) == ["27 fields: a.py:A"]
