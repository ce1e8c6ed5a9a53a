"""The mutants are changes of code that is there, each with a law that must notice it."""

import re

import pytest

from tests.laws.table import WIRING
from tests.mutants import NOT_COMPUTING, PACKAGE, ROOT, Mutant, apply_mutant, flipped_lines, listed_mutants

MUTANTS = listed_mutants()
LEVERS = {law.lever for law in WIRING}
NO_MUTANT = {"carbon_market", "investment"}  # their rules stand in kernels and steps, which have some


def names_of(mutant: Mutant) -> str:
    return f"{mutant.file.removeprefix(PACKAGE)}-{mutant.law}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=names_of)
def test_its_text_stands_once_and_its_law_is_there(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert source.count(mutant.text) == 1
    compile(apply_mutant(source, mutant), mutant.file, "exec")
    file, _, test = mutant.law.partition("::")
    if file.startswith("tests/"):
        assert f"\ndef {re.sub(r'\[.*', '', test)}(" in (ROOT / file).read_text(encoding="utf-8")
    else:
        assert mutant.law in LEVERS


def test_there_are_thirty_in_every_package_that_computes() -> None:
    assert len(set(MUTANTS)) >= 30
    folders = {path.name for path in (ROOT / PACKAGE).iterdir() if (path / "__init__.py").exists()}
    broken = {mutant.file.removeprefix(f"{PACKAGE}/").partition("/")[0] for mutant in MUTANTS}
    assert folders - NOT_COMPUTING - NO_MUTANT <= broken


def test_a_random_mutant_flips_one_sign_comparison_index_or_factor() -> None:
    source = "def f(a: tuple[int, int], b):\n    x: list[0] = -a[0] * b\n    return x + (b) - 1 if x < 2 else a[3]\n"
    assert sorted(flipped_lines(source)) == [
        (2, "    x: list[0] = +a[0] * b"),
        (2, "    x: list[0] = -a[0] / b"),
        (2, "    x: list[0] = -a[1] * b"),
        (3, "    return x + (b) + 1 if x < 2 else a[3]"),
        (3, "    return x + (b) - 1 if x < 2 else a[2]"),
        (3, "    return x + (b) - 1 if x > 2 else a[3]"),
        (3, "    return x - (b) - 1 if x < 2 else a[3]"),
    ]
