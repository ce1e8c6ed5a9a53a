"""The order of the packages: a module imports only from its own package or from lower ones."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tanlu.output.provenance import NUMBERS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "model" / "tanlu"
# From the ground up; packages of one row never import each other.
ORDER = (
    ("compilation",),
    ("kernels",),
    ("core",),
    ("inputs",),
    ("region", "carbon_market"),
    ("policies", "investment", "co2"),
    ("scenario", "power", "transport", "buildings", "adopters"),
    ("industry", "finance", "ledger"),
    ("state",),
    ("markets",),
    ("settlement",),
    ("decisions",),
    ("records",),
    ("indicators",),
    ("simulation",),
    ("output", "evaluation"),
    ("experiments",),
    ("explanation",),
    ("pages",),
    ("cli",),
)
LEVEL = {name: i for i, row in enumerate(ORDER) for name in row}
SUBJECTS = (
    "power",
    "industry",
    "transport",
    "buildings",
    "adopters",
    "co2",
    "carbon_market",
    "finance",
    "investment",
)
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.parent != PACKAGE)


def package(path: Path) -> str:
    """Return the package a file belongs to."""
    return path.relative_to(PACKAGE).parts[0]


def imported(path: Path) -> set[str]:
    """Return the packages that a file imports from at run time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    names = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tanlu":
            parts = (node.module or "").split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {a.name.split(".")[1] for a in node.names if a.name.startswith("tanlu.")}
    return names


def test_every_package_has_its_place() -> None:
    there = {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
    assert there == set(LEVEL)


@pytest.mark.parametrize("name", LEVEL)
def test_a_package_imports_only_lower_ones(name: str) -> None:
    for path in (p for p in FILES if package(p) == name):
        upwards = {other for other in imported(path) - {name} if LEVEL[other] >= LEVEL[name]}
        assert not upwards, f"{path.relative_to(PACKAGE)} imports from {sorted(upwards)}"


def modules_of(path: Path) -> set[Path]:
    """Return the files of the package that a file imports from, also where only types are checked."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tanlu."):
            at = PACKAGE.joinpath(*(node.module or "").split(".")[1:])
            inner = [at / f"{alias.name}.py" for alias in node.names]
            found |= {file for file in inner if file.exists()} or {at.with_suffix(".py")}
    return {file for file in found if file.exists()}


def test_no_files_import_each_other_in_a_circle() -> None:
    order = TopologicalSorter({path: modules_of(path) for path in FILES})
    assert len(list(order.static_order())) >= len(FILES)


def test_a_circle_is_found() -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"c"}, "c": {"a"}}).prepare()


def test_the_digest_of_the_code_covers_all_that_makes_numbers() -> None:
    below = LEVEL["simulation"] + 1
    assert set(NUMBERS) == {name for name, level in LEVEL.items() if level < below}


def test_subjects_and_policies_never_import_each_other() -> None:
    for path in FILES:
        if package(path) in SUBJECTS:
            assert "policies" not in imported(path), path
        if package(path) == "policies":
            assert not imported(path) & set(SUBJECTS), path


def test_a_kernel_imports_nothing_of_the_project_but_its_decorator_and_kernels() -> None:
    for path in (p for p in FILES if package(p) == "kernels"):
        assert imported(path) <= {"compilation", "kernels"}, path
