"""A result folder can be given to others: it names no home folder of its maker, and is whole where it is moved to."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.places import public_path
from tanlu.output.checking import problems_of, scenario_in
from tanlu.output.folder import read_manifest
from tanlu.output.result import load_result
from tanlu.region.new_pack import make_pack

SCENARIO = "name: mine\nregion: pack\nyears: 2022-2022\nreplications: 1\n"


@pytest.mark.parametrize(
    ("here", "path", "shared"),
    [
        ("home/anna/work", "home/anna/work/out", "out"),
        ("home/anna/work", "home/anna/out", "../out"),
        ("data", "home/anna/out", "~/out"),
        ("data", "data/pack", "pack"),
        ("home/anna/work", "data/pack", "../../../data/pack"),
    ],
)
def test_an_absolute_path_is_written_without_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str, path: str, shared: str
) -> None:
    (tmp_path / here).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / here)
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "anna"))
    assert public_path(str(tmp_path / path)) == shared
    assert public_path("tanlu:baseline") == "tanlu:baseline"


def test_a_result_names_no_home_folder_and_is_whole_where_it_is_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "anna"
    project, elsewhere = home / "project", tmp_path / "elsewhere"
    project.mkdir(parents=True)
    elsewhere.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(elsewhere)
    make_pack(project / "pack")
    file = project / "mine.yaml"
    file.write_text(SCENARIO + "world: {coal_price_factor: 3}\n", encoding="utf-8")
    arguments = ["run", str(file), "--quiet", "--out", str(project / "out"), "--set=world.demand_factor=1.01"]
    monkeypatch.setattr(sys, "argv", [str(home / ".venv" / "bin" / "tanlu"), *arguments])
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    folder = Path(done.stdout.strip())
    for name in ("manifest.json", "scenario.yaml"):
        assert "anna" not in (folder / name).read_text(encoding="utf-8"), name
    manifest = read_manifest(folder)
    assert (
        manifest["command"]
        == "tanlu run '~/project/mine.yaml' --quiet --out '~/project/out' --set=world.demand_factor=1.01"
    )
    assert [one["file"] for one in manifest["scenario_files"]] == ["~/project/mine.yaml"]
    assert "region: ../../pack" in manifest["scenario_text"]
    moved = project.rename(tmp_path / "moved") / "out" / folder.name
    assert not problems_of(moved), "the pack came along, and nobody asks where it stands"
    assert load_result(moved).pack.name == "pack"
    (moved / "scenario.yaml").write_text("name: other\n", encoding="utf-8")
    assert scenario_in(moved).region == str(tmp_path / "moved" / "pack"), "from the manifest"


def test_the_command_is_a_module_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tanlu", "--version"], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stdout.startswith("tanlu ")
