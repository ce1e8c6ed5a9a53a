"""`tanlu extension new`: what it writes runs as it stands, balances, and stands under no strange name."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tanlu
from tanlu.cli.extensions import ExtensionKind
from tanlu.cli.main import app
from tanlu.core.places import EXTENSION_STARTS
from tanlu.scenario.loading import load
from tests.formats import REVIEWED

ROOT = Path(__file__).parents[1]
SMALL = load(ROOT / "tests" / "two_provinces.yaml").model_dump(exclude_unset=True)


def write(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["extension", "new", *arguments])
    return answer.exit_code, answer.output


@pytest.mark.parametrize("kind", ExtensionKind)
def test_it_runs_as_it_stands(kind: ExtensionKind, tmp_path: Path) -> None:
    file = tmp_path / f"my_{kind}.py"
    code, output = write(str(file), "--kind", kind)
    assert code == 0 and f"--extend {file}" in output
    scenario = {**SMALL, "replications": 1, "years": {"start": 2024, "end": 2026}}
    if kind is ExtensionKind.REGULATOR:  # of a region that has another province
        scenario = REVIEWED
        file.write_text(file.read_text(encoding="utf-8").replace('"Sichuan"', '"North"'), encoding="utf-8")
    result = tanlu.simulate(scenario, extensions=[file])
    assert result.manifest["extensions"][0]["name"] == f"my_{kind}"
    errors = [name for name in result.measures.variables if name.startswith("Balance Error")]
    assert max(result.draws(name).max() for name in errors) < 1e-9
    traded = {ExtensionKind.LOAD: "My Load|Taken", ExtensionKind.SUPPLY: "My Supply|Given"}
    if kind in traded:
        assert (result.draws(traded[kind]) > 0.1).any(), "it trades, in TWh a year"
    if kind is ExtensionKind.REGULATOR:
        assert len(result.table("reviews")) > 0


def test_a_file_that_is_there_stays_and_a_strange_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("x = 1\n", encoding="utf-8")
    code, output = write(str(file))
    assert code == 2 and "exists already" in output and file.read_text(encoding="utf-8") == "x = 1\n"
    for name in ("Mine.py", "mine.txt", "my-load.py", "_.py"):
        code, output = write(str(tmp_path / name))
        assert code == 2 and "small letters" in output and not (tmp_path / name).exists()
    assert write(str(tmp_path / "none" / "mine.py"))[0] == 1, "a folder that is not there"


@pytest.mark.slow
def test_examples_and_starts_are_typed_for_a_user_who_checks_strictly(tmp_path: Path) -> None:
    """With settings of their own, as of somebody who has Tanlu installed; `mesa_lab.py` draws, for Mesa's own page."""
    files = [file for file in (ROOT / "examples").glob("*.py") if file.stem != "mesa_lab"]
    files += EXTENSION_STARTS.glob("*.py")
    settings = tmp_path / "mypy.ini"
    settings.write_text("[mypy]\nstrict = true\n", encoding="utf-8")
    for file in files:
        shutil.copy(file, tmp_path)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(settings),
        "--cache-dir",
        str(ROOT / ".mypy_cache"),
    ]
    names = [file.name for file in files]
    checked = subprocess.run([*command, *names], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
