"""Limits of size: arguments and lines of functions, lines and number of files, and one class for a name."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "model" / "tanlu"
MOST_ARGUMENTS = 8
MOST_LINES, MOST_KERNEL_LINES = 40, 60
MOST_FILE_LINES = 420
MOST_KERNEL_FILE_LINES = 600  # a kernel imports no kernel, so that it holds all its helpers
MOST_FILES = 21  # of a folder
MOST_FIELDS = 19  # of a record


class Function(NamedTuple):
    """A function of the package, its docstring not counted."""

    name: str  # file:function
    arguments: int
    lines: int

    @property
    def is_within(self) -> bool:
        most = MOST_KERNEL_LINES if self.name.startswith("kernels/") else MOST_LINES
        return self.arguments <= MOST_ARGUMENTS and self.lines <= most


def modules() -> Iterator[tuple[str, str]]:
    """Return path and text of every module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")


def arguments_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many arguments a function takes, the object or class itself not counted."""
    given = node.args
    names = [x.arg for x in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return sum(name not in ("self", "cls") for name in names)


def functions_of(name: str, text: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        lines = node.end_lineno - node.lineno + 1
        if ast.get_docstring(node):
            lines -= node.body[0].end_lineno - node.body[0].lineno + 1
        yield Function(f"{name}:{node.name}", arguments_of(node), lines)


def classes_of(text: str) -> list[str]:
    return [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]


def wide_records(text: str) -> list[str]:
    """Return the named tuples of more than `MOST_FIELDS` fields."""
    classes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef))
    records = [one for one in classes if "NamedTuple" in map(ast.unparse, one.bases)]
    return [one.name for one in records if sum(isinstance(x, ast.AnnAssign) for x in one.body) > MOST_FIELDS]


def test_functions_have_few_arguments_and_lines() -> None:
    beyond = [f for name, text in modules() for f in functions_of(name, text) if not f.is_within]
    assert not beyond, "\n".join(f"{f.name} takes {f.arguments} arguments in {f.lines} lines" for f in beyond)


def test_a_class_has_a_name_of_its_own() -> None:
    names = Counter(name for _, text in modules() for name in classes_of(text) if not name.startswith("_"))
    assert not [name for name, times in names.items() if times > 1]


def test_a_record_has_few_fields() -> None:
    """A wider one is several things, each with a name of its own."""
    wide = [f"{name}:{record}" for name, text in modules() for record in wide_records(text)]
    assert not wide


def test_files_are_short_and_few_in_a_folder() -> None:
    def most(name: str) -> int:
        return MOST_KERNEL_FILE_LINES if name.startswith("kernels/") else MOST_FILE_LINES

    long = [name for name, text in modules() if len(text.splitlines()) > most(name)]
    assert not long
    folders = Counter(name.rpartition("/")[0] for name, _ in modules())
    assert not {folder: count for folder, count in folders.items() if count > MOST_FILES}


def test_kernels_define_the_records_that_they_take() -> None:
    """The disk cache of compiled code does not see edits in other files."""
    for name, text in modules():
        if name.startswith("kernels/"):
            imports = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom)]
            ours = {n.module for n in imports if (n.module or "").startswith("tanlu")}
            assert ours <= {"tanlu.compilation", "tanlu.compilation.decorators"}, name


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
    (found,) = functions_of("a.py", text)
    assert (found.arguments, found.lines) == (arguments, lines)


def test_a_wide_record_is_found() -> None:
    fields = "".join(f"    x{i}: int\n" for i in range(MOST_FIELDS))
    assert not wide_records(f"class A(NamedTuple):\n{fields}")
    assert wide_records(f"class A(NamedTuple):\n{fields}    more: int\n") == ["A"]
