"""`python -m benchmarks.stores`: whether tables of a store stay equal after 20 changes of code and packages."""

import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tanlu.core.places import PACKAGE

STORE = Path(__file__).parents[1] / "tests" / "stores" / "format_2"
COMMANDS = (("export", "--to", "tables"), ("status",), ("analyse", "--json"))
OTHER_PACKAGES = (
    "pandas==3.1.0",
    "pyarrow==22.0.0",
    "pydantic==2.11.7",
    "pydantic-core==2.33.2",
    "mesa==3.5.0",
)

type Edit = Callable[[str, random.Random], str]


def add_comment(text: str, rng: random.Random) -> str:
    """Add a comment after some line that ends a statement."""
    ends = [node.end_lineno or 1 for node in ast.parse(text).body]
    lines = text.splitlines(keepends=True)
    lines.insert(rng.choice(ends), "# a comment\n")
    return "".join(lines)


def change_docstring(text: str, _: random.Random) -> str:
    """Change the docstring of the module."""
    return text.replace('"""', '"""Also: ', 1)


def reformat(text: str, _: random.Random) -> str:
    """Write the module from its tree, without comments and in another layout."""
    return ast.unparse(ast.parse(text)) + "\n"


def change_constant(text: str, _: random.Random) -> str:
    """Add a constant, as an indicator or a rule would."""
    return text + "\nADDED_BY_A_TRY = 1.25\n"


EDITS: dict[str, Edit] = {
    "a comment": add_comment,
    "a docstring": change_docstring,
    "a layout": reformat,
    "a constant": change_constant,
}


def tables_of(model: Path, folder: Path, packages: Path | None = None) -> dict[str, bytes]:
    """Return what the commands write and print with a copy of the model."""
    paths = [str(path) for path in (packages, model) if path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    shown: dict[str, bytes] = {}
    for name, *words in COMMANDS:
        command = [sys.executable, "-m", "tanlu", "experiment", name, str(STORE), *words]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        shown[name] = done.stdout + str(done.returncode).encode()
    return shown | {file.name: file.read_bytes() for file in sorted((folder / "tables").iterdir())}


def tries(folder: Path) -> Iterator[tuple[str, Path, Path | None]]:
    """Yield name, model and packages of each of 20 tries."""
    rng = random.Random(34)
    for number in range(18):
        name = list(EDITS)[number % len(EDITS)]
        model = folder / f"model{number}"
        shutil.copytree(PACKAGE, model / "tanlu", ignore=shutil.ignore_patterns("__pycache__"))
        file = rng.choice(sorted((model / "tanlu").rglob("*.py")))
        if file.read_text("utf-8").startswith('"""'):
            file.write_text(EDITS[name](file.read_text("utf-8"), rng), "utf-8")
        yield f"{name} in {file.relative_to(model)}", model, None
    target = folder / "packages"
    subprocess.run(
        ["uv", "pip", "install", "-q", "--no-deps", "--target", target, *OTHER_PACKAGES], check=True
    )
    for package in ("pandas", "pyarrow"):
        yield f"other packages, {package} among them", PACKAGE.parent, target


def main() -> None:
    """Try and print each, and how many were equal."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        expected, equal = tables_of(PACKAGE.parent, _new(folder, "before")), 0
        for number, (name, model, packages) in enumerate(tries(folder)):
            is_equal = tables_of(model, _new(folder, f"try{number}"), packages) == expected
            equal += is_equal
            print(f"{'equal' if is_equal else 'DIFFERS'}: {name}", flush=True)
        print(f"{equal} of 20 equal")


def _new(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


if __name__ == "__main__":
    main()
