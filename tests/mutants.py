"""Break the model in one place at a time, and see whether the law that must fail does.

`uv run python -m tests.mutants` tries what `tests/laws/mutants.csv` lists: file, exact text, what takes its place, and
the lever whose wiring rows must fail, or a test. `--random 10 --seed 3` breaks random lines that compute instead, and
tries all wiring rows; what survives is printed, to be read. Each mutant is tried in a copy of the tree.
"""

import argparse
import ast
import csv
import importlib.util
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LIST = ROOT / "tests" / "laws" / "mutants.csv"
PACKAGE = "model/tanlu"
# Packages that read, show or run, and compute no year of the region.
NOT_COMPUTING = {
    *("cli", "compilation", "core", "evaluation", "experiments", "inputs", "ledger"),
    *("explanation", "output", "pages", "region", "regions", "scenario"),
}
EVERY_ROW = ""  # in place of a lever
NOT_IMPORTED = (
    "ImportError while loading conftest"  # of what pytest prints where the mutant is no code that runs
)
SECONDS = 900  # after which a run that a mutant made endless is ended
OPERATORS: dict[type[ast.operator] | type[ast.cmpop], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.Lt: ("<", ">"),
    ast.Gt: (">", "<"),
    ast.LtE: ("<=", ">="),
    ast.GtE: (">=", "<="),
    ast.Eq: ("==", "!="),
}


class Mutant(NamedTuple):
    """One change of the code, and what has to notice it."""

    file: str
    text: str  # stands once in the file
    replacement: str
    law: str  # lever of wiring rows, or a test; of random mutants `EVERY_ROW`
    line: int = 0  # of a random mutant, which replaces the whole line


class Verdict(NamedTuple):
    """What came of a mutant."""

    is_killed: bool
    reason: str


def listed_mutants() -> list[Mutant]:
    """Read the list."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return [Mutant(**row) for row in csv.DictReader(file)]


# --- random mutants ----------------------------------------------------------------------------------------------


def random_mutants(number: int, seed: int) -> list[Mutant]:
    """Flip a sign, comparison, index or factor in random lines that compute."""
    by_line: dict[tuple[Path, int], list[str]] = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        if path.relative_to(ROOT / PACKAGE).parts[0] not in NOT_COMPUTING:
            for line, apply_mutant in flipped_lines(path.read_text(encoding="utf-8")):
                by_line.setdefault((path, line), []).append(apply_mutant)
    draw = random.Random(seed)
    places = draw.sample(sorted(by_line), number)
    return [_random_mutant(path, line, draw.choice(by_line[path, line])) for path, line in places]


def _random_mutant(path: Path, line: int, apply_mutant: str) -> Mutant:
    original = path.read_text(encoding="utf-8").splitlines()[line - 1]
    return Mutant(path.relative_to(ROOT).as_posix(), original, apply_mutant, EVERY_ROW, line)


def flipped_lines(source: str) -> Iterator[tuple[int, str]]:
    """Yield every line of functions with one operator or index flipped, with its number."""
    lines = source.splitlines()
    for node in _nodes_of_functions(ast.parse(source)):
        for line, column, old, new in _flips(node, lines):
            text = lines[line - 1]
            if text.isascii():  # else columns of the syntax tree, which count bytes, are no places in it
                yield line, text[:column] + new + text[column + len(old) :]


def _nodes_of_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes in bodies of functions, annotations left out."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    waiting = [statement for function in functions for statement in function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Raise):  # inner functions are in the list themselves
            parts = [getattr(node, name) for name in node._fields if name != "annotation"]
            waiting += [
                part
                for whole in parts
                for part in (whole if isinstance(whole, list) else [whole])
                if isinstance(part, ast.AST)
            ]


def _flips(node: ast.AST, lines: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """Yield line, column, text and other text of what can be flipped in a node itself."""
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield from _operator(node.left, type(node.op), lines)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS:
        yield from _operator(node.left, type(node.ops[0]), lines)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.lineno, node.col_offset, "-", "+"
    elif isinstance(node, ast.Subscript):
        indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        for index in indices:
            if isinstance(index, ast.Constant) and type(index.value) is int:
                yield (
                    index.lineno,
                    index.col_offset,
                    str(index.value),
                    str(index.value - 1 if index.value else 1),
                )


def _operator(
    left: ast.expr, kind: type[ast.operator] | type[ast.cmpop], lines: Sequence[str]
) -> Iterator[tuple[int, int, str, str]]:
    """Find the operator behind its left side, in the same line."""
    old, new = OPERATORS[kind]
    line, column = left.end_lineno or 0, left.end_col_offset or 0
    match = re.match(rf"[\s)]*({re.escape(old)})(?![*=])", lines[line - 1][column:])
    if match is not None:
        yield line, column + match.start(1), old, new


# --- the copy ----------------------------------------------------------------------------------------------------


class Copy(NamedTuple):
    """A copy of the tree, in which mutants are tried."""

    root: Path

    @classmethod
    def of_tree(cls, folder: Path) -> "Copy":
        """Copy what git has or would have."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        return cls(folder)

    def verdict(self, mutant: Mutant) -> Verdict:
        """Break the copy, try the law, and mend the copy."""
        file = self.root / mutant.file
        original = file.read_text(encoding="utf-8")
        try:
            self._write(file, apply_mutant(original, mutant))
            return self.run_laws([mutant.law])
        finally:
            self._write(file, original)

    def run_laws(self, laws: Sequence[str]) -> Verdict:
        """Try wiring rows and tests as the copy stands; one that fails kills."""
        tests = [law for law in laws if law.startswith("tests/")]
        levers = [law for law in laws if not law.startswith("tests/")]
        commands = []
        if levers:
            commands.append(["tests.laws", "wiring", *filter(None, levers)])
        if tests:
            commands.append(["pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--tb=line", *tests])
        for command in commands:
            try:
                process = self._run(command)
            except subprocess.TimeoutExpired:
                return Verdict(True, f"no end after {SECONDS} s")
            output = process.stdout + process.stderr
            if NOT_IMPORTED in output:
                return Verdict(False, "no code that runs")
            if process.returncode:
                return Verdict(True, reason(output))
        return Verdict(False, "")

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        paths = os.pathsep.join(map(str, (self.root / "model", self.root)))
        environment = {**os.environ, "PYTHONPATH": paths}
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    @staticmethod
    def _write(file: Path, text: str) -> None:
        """Write a module; what was compiled of it would pass for that of another of its size and second."""
        file.write_text(text, encoding="utf-8")
        Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)


def apply_mutant(source: str, mutant: Mutant) -> str:
    """Put the replacement in."""
    if mutant.line:
        lines = source.splitlines(keepends=True)
        lines[mutant.line - 1] = mutant.replacement + "\n"
        return "".join(lines)
    assert source.count(mutant.text) == 1, f"{mutant.file}: {mutant.text}"
    return source.replace(mutant.text, mutant.replacement)


def reason(output: str) -> str:
    """Pick the line that says why a law failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "expected " in line or re.match(r"(E  |[\w.]*Error\b)", line)]
    return (telling or lines or [""])[0][:160]


# --- the command -------------------------------------------------------------------------------------------------


def main() -> int:
    """Try mutants, and return 1 if a listed one survives, 2 if a law fails without any."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--random", type=int, default=0, help="how many random lines to break")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="mutants whose file or law has this text")
    arguments = parser.parse_args()
    mutants = random_mutants(arguments.random, arguments.seed) if arguments.random else listed_mutants()
    mutants = [mutant for mutant in mutants if arguments.only in mutant.file or arguments.only in mutant.law]
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy.of_tree(Path(folder))
        before = copy.run_laws(list(dict.fromkeys(mutant.law for mutant in mutants)))
        if before.is_killed:
            print(f"a law fails without any mutant: {before.reason}")
            return 2
        survivors = 0
        for mutant in mutants:
            verdict = copy.verdict(mutant)
            survivors += not verdict.is_killed
            print(describe(mutant, verdict), flush=True)
    print(f"{len(mutants) - survivors} of {len(mutants)} killed")
    return int(survivors > 0 and not arguments.random)


def describe(mutant: Mutant, verdict: Verdict) -> str:
    """Say what was changed, and what came of it."""
    where = f"{mutant.file}:{mutant.line}" if mutant.line else mutant.file
    change = f"    {mutant.text.strip()}\n    {mutant.replacement.strip()}"
    return f"{'killed  ' if verdict.is_killed else 'SURVIVED'} {where} {mutant.law}\n{change}\n    {verdict.reason}"


if __name__ == "__main__":
    sys.exit(main())
