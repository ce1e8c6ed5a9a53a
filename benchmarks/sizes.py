"""Sizes of the package: functions, files, folders and records, with two limits each.

The hard limit is a test. Above the soft one `python -m benchmarks sizes` prints the place: somewhere to look for two
things in one, not a verdict.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.processes import ROOT

PACKAGE = ROOT / "model" / "tanlu"


class Limit(NamedTuple):
    """From where on a size is a hint, and from where on it is a fault."""

    soft: int
    hard: int


FILES = Limit(21, 30)  # of a folder
FIELDS = Limit(19, 26)  # of a record
ARGUMENTS = Limit(8, 10)  # of a function, the object or class itself not counted
LINES = Limit(40, 60)  # of a function, its docstring not counted
KERNEL_LINES = Limit(60, 80)
FILE_LINES = Limit(420, 600)
KERNEL_FILE_LINES = Limit(600, 600)  # a kernel imports no kernel, so that it holds all its helpers


class Size(NamedTuple):
    """How large one thing is."""

    kind: str
    place: str
    number: int
    limit: Limit


def modules() -> Iterator[tuple[str, str]]:
    """Yield path and text of every module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")


def count_arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    arguments = node.args
    names = [x.arg for x in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return sum(name not in ("self", "cls") for name in names)


def count_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node):
        lines -= node.body[0].end_lineno - node.body[0].lineno + 1
    return lines


def count_fields(node: ast.ClassDef) -> int:
    """Count the fields of a named tuple; 0 of any other class."""
    is_record = "NamedTuple" in map(ast.unparse, node.bases)
    return sum(isinstance(line, ast.AnnAssign) for line in node.body) if is_record else 0


def module_sizes(name: str, text: str) -> Iterator[Size]:
    """Yield the sizes of a module, and of the functions and records in it."""
    is_kernel = name.startswith("kernels/")
    yield Size("lines", name, len(text.splitlines()), KERNEL_FILE_LINES if is_kernel else FILE_LINES)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            place = f"{name}:{node.name}"
            yield Size("arguments", place, count_arguments(node), ARGUMENTS)
            yield Size("lines of a function", place, count_lines(node), KERNEL_LINES if is_kernel else LINES)
        elif isinstance(node, ast.ClassDef):
            yield Size("fields", f"{name}:{node.name}", count_fields(node), FIELDS)


def sizes() -> list[Size]:
    """List the sizes of all folders, modules, functions and records."""
    texts = list(modules())
    folders = Counter(name.rpartition("/")[0] for name, _ in texts)
    of_folders = [Size("files", folder, number, FILES) for folder, number in folders.items()]
    return of_folders + [size for name, text in texts for size in module_sizes(name, text)]


def main() -> None:
    hints = [size for size in sizes() if size.number > size.limit.soft]
    for size in sorted(hints, key=lambda size: size.limit.soft / size.number):
        print(f"{size.number:5} {size.kind:20} {size.place}  (soft limit {size.limit.soft})")
    print(f"{len(hints)} places above the soft limits")
