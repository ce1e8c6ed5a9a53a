"""Result folders checked by their values: damage and forgeries are found, and what is damaged is made again."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.experiments.results import simulate
from tanlu.output import checking, provenance
from tanlu.output import folder as result_folder
from tanlu.output.checking import QUARANTINE, differences
from tanlu.output.folder import read_manifest, write_manifest, write_table
from tanlu.output.result import load_result
from tests import fake_run

DATA = {
    "name": "checked",
    "replications": 2,
    "policies": {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 100}},
}
PARTS = ("indicators.parquet", "scenario.yaml", "manifest.json", "plants.parquet")


@pytest.fixture(autouse=True)
def _fake_model(monkeypatch):
    fake_run.install(monkeypatch)


@pytest.fixture
def folder(tmp_path) -> Path:
    return simulate(DATA).save(tmp_path)


def problems_of(folder: Path) -> list[str]:
    return [one.in_language("en") for one in checking.problems_of(folder)]


def command(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def sealed_again(folder: Path, **changes: object) -> None:
    """Write the manifest again with digests that fit the files: a forger does."""
    manifest = read_manifest(folder)
    (folder / "manifest.json").unlink()
    del manifest["files_sha256"]
    write_manifest(folder, manifest | changes)


def forged(folder: Path, table: str, column: str, row: int) -> pd.DataFrame:
    frame = result_folder.read_table(folder / f"{table}.parquet")
    frame.loc[row, column] = frame.loc[row, column] * 2.0 + 1.0
    write_table([frame], folder / f"{table}.parquet")
    return frame


@pytest.mark.parametrize("seed", range(20))
def test_damage_is_found_and_made_good(folder, seed) -> None:
    rng = np.random.default_rng(seed)
    whole = read_manifest(folder)
    path = folder / PARTS[seed % len(PARTS)]
    raw = bytearray(path.read_bytes())
    where = int(rng.integers(len(raw)))
    raw[where] ^= 1 << int(rng.integers(8))
    path.write_bytes(bytes(raw) if seed % 3 else bytes(raw[:where]))
    assert problems_of(folder)
    assert command("verify", folder).exit_code == 1
    done = command("repair", folder)
    assert done.exit_code == 0, done.output
    assert problems_of(folder) == [] and read_manifest(folder)["values_sha256"] == whole["values_sha256"]
    assert len(list((folder.parent / QUARANTINE).iterdir())) == 1
    assert "intact" in command("repair", folder).output


@pytest.mark.parametrize("seed", range(5))
def test_forged_values_are_found_by_their_digest(folder, seed) -> None:
    known = np.flatnonzero(load_result(folder).indicators["value"].notna())
    row = int(np.random.default_rng(seed).choice(known))
    forged(folder, "indicators", "value", row)
    sealed_again(folder)
    assert problems_of(folder) == ["the values are not those of `values_sha256`"]


def test_forged_values_with_every_digest_redone_are_found_by_a_new_run(folder) -> None:
    forged(folder, "indicators", "value", 1000)
    sealed_again(folder)
    m = load_result(folder).measures
    sealed_again(folder, values_sha256=provenance.values_digest(m.variables, m.units, m.years, m.values))
    assert problems_of(folder) == []
    done = command("verify", folder, "--rerun")
    assert done.exit_code == 1 and "a new run differs in indicators (" in done.output


def test_a_forged_table_is_found_by_a_new_run(folder) -> None:
    forged(folder, "plants", "emissions_mtco2", 3)
    sealed_again(folder)
    assert problems_of(folder) == []
    assert differences(folder, simulate(DATA)) == ["plants"]
    (folder / "flows.parquet").unlink()
    sealed_again(folder)
    assert differences(folder, simulate(DATA)) == ["flows", "plants"]


def test_another_scenario_is_found(folder) -> None:
    for old, new in (("price_cny_per_tco2: 100", "price_cny_per_tco2: 101"), ("seed: 1", "seed: 2")):
        shutil.copytree(folder, copy := folder.with_name("copy"))
        text = (copy / "scenario.yaml").read_text()
        assert old in text
        (copy / "scenario.yaml").write_text(text.replace(old, new))
        sealed_again(copy)
        assert "the scenario is not that of the manifest" in problems_of(copy)
        sealed_again(copy, scenario_text=text.replace(old, new))
        assert "the scenario is not that of `scenario_sha256`" in problems_of(copy)
        shutil.rmtree(copy)
    sealed_again(folder, inputs_hash="0" * 12)
    assert problems_of(folder) == ["the inputs are not those of `inputs_hash`"]


ODD = (
    *("", "{", "[]", "1", '"text"', "null", '{"manifest_sha256": 1}', "[" * 5000, "\x00", '{"format": "1"}'),
    *({"format": []}, {"replications": "2"}, {"replications": 0}, {"data": None}, {"model": {}}),
    *({"values_sha256": "x"}, {"files_sha256": []}, {"extensions": [1]}, {"seed": None}, {"label": 3}),
)


@pytest.mark.parametrize("odd", ODD)
def test_odd_manifests_are_refused_and_mended(folder, odd) -> None:
    if isinstance(odd, str):
        (folder / "manifest.json").write_text(odd)
    else:
        manifest = read_manifest(folder) | odd
        text = manifest | {"manifest_sha256": provenance.content_hash(manifest)}
        (folder / "manifest.json").write_text(json.dumps(text))
    (problem,) = problems_of(folder)
    assert "manifest" in problem
    assert command("verify", folder).exit_code == 1
    assert command("repair", folder).exit_code == 0 and problems_of(folder) == []


def test_what_cannot_be_made_again_is_left(folder) -> None:
    for name in ("manifest.json", "scenario.yaml"):
        (folder / name).write_bytes(b"\xff")
    done = command("repair", folder)
    assert done.exit_code == 1 and "run the scenario by its name" in done.output
    other = folder.with_name("checked-000000000000")
    shutil.copytree(simulate(DATA | {"seed": 3}).save(folder.parent), other)
    (other / "plants.parquet").unlink()
    done = command("repair", other)
    assert done.exit_code == 1 and "it is left as it is" in done.output and other.exists()
    assert command("repair", folder.parent / "nothing").exit_code == 1


def test_a_damaged_page_of_a_table_is_no_traceback(folder) -> None:
    table = pq.read_table(folder / "indicators.parquet").drop_columns(["value"])
    pq.write_table(table, folder / "indicators.parquet")
    sealed_again(folder)
    (problem,) = problems_of(folder)
    assert problem.startswith("cannot be read")
