"""Stores that outlive the code that made them: read without it, checked, and mended."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import tanlu
from tanlu.cli.main import app
from tanlu.experiments.description import COPIES, DESCRIPTION, FORMAT
from tanlu.experiments.executors import BatchError
from tanlu.experiments.parts import KeptValues, make_part, read_kept, save_part
from tanlu.experiments.plans import load_experiment, plan_from
from tanlu.experiments.stored import StoredExperiment, read_store
from tanlu.output import provenance
from tests.test_experiments import SMALL

STORES = Path(__file__).parent / "stores"  # one of each format, made by the code of its time
SHORT = SMALL.replace("levels: 2", "levels: 2, seed: 1")
OTHER_CODE = {"sha256": "0" * 64, "python": "3.99", "packages": {}}


def command(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["experiment", *map(str, words)])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    shutil.copy(Path(__file__).parent / "two_provinces.yaml", folder)
    (folder / "study.yaml").write_text(SHORT)
    assert command("run", folder / "study.yaml", "--jobs", 1, "--out", folder / "out")[0] == 0
    return folder / "study.yaml"


@pytest.fixture
def store(study, tmp_path) -> Path:
    (made,) = (study.parent / "out").iterdir()
    shutil.copytree(made, tmp_path / "store")
    return tmp_path / "store"


def tables(store: Path, folder: Path) -> dict[str, bytes]:
    code, output = command("export", store, "--to", folder)
    assert code == 0, output
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def edit_code(monkeypatch, *_: Path) -> None:
    monkeypatch.setattr(provenance, "code_sha256", lambda: "0" * 64)


def forget_the_model(monkeypatch, *_: Path) -> None:
    """Nothing that reads scenarios, packs or indicators may be called."""
    for module in ("tanlu.region.pack.load_region", "tanlu.experiments.plans.plan_from"):
        monkeypatch.setattr(module, None)
    monkeypatch.setattr("tanlu.scenario.schema.scenario_from_dict", None)


def move_the_store(monkeypatch, store: Path, tmp_path: Path) -> None:
    store.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").rename(store)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("change", [edit_code, forget_the_model, move_the_store])
def test_tables_of_a_store_are_equal_after_a_change(store, tmp_path, monkeypatch, change) -> None:
    before, shown = tables(store, tmp_path / "before"), command("status", store)
    change(monkeypatch, store, tmp_path)
    assert tables(store, tmp_path / "after") == before
    assert command("status", store) == shown and shown[0] == 0
    assert len(pd.read_csv(tmp_path / "after" / "outcomes.csv")) == 16


def test_a_file_whose_store_other_code_made_names_it(study, monkeypatch) -> None:
    edit_code(monkeypatch)
    (made,) = (study.parent / "out").iterdir()
    for words in (("status",), ("export", "--to", study.parent / "t"), ("analyse",), ("verify",)):
        code, output = command(*words[:1], study, *words[1:], "--out", study.parent / "out")
        assert code == 1 and str(made) in output.replace("\n", ""), output
    assert not (study.parent / "t").exists()


def test_nothing_to_show_is_told_in_one_sentence(study, store, tmp_path) -> None:
    for words in (("status",), ("export", "--to", tmp_path / "t"), ("analyse",)):
        code, output = command(*words[:1], study, *words[1:], "--out", tmp_path / "none")
        assert code == 1 and output.count("error") == 1 and "nothing is stored" in output
    shutil.rmtree(store / "runs")
    (store / "runs").mkdir()
    assert command("status", store)[0] == 1


def test_tables_from_the_store_are_those_of_the_plan(study, store, tmp_path) -> None:
    from tanlu.experiments.summary import outcome_table

    plan, stored = load_experiment(study), tanlu.read_store(store)
    pd.testing.assert_frame_equal(stored.outcomes(), outcome_table(plan, stored.contents), check_exact=True)
    assert plan_from(stored.description).batch.ids == plan.batch.ids
    assert plan.find_units() == stored.layout.find_units() == {"avoided": "Mt CO2/yr", "level": "Mt CO2/yr"}
    assert stored.description["text"] == SHORT and stored.layout.runs == 12
    assert max(len(record.roles) for record in stored.contents.points.values()) == 2


DAMAGES: dict[str, Callable[[str], str]] = {
    "cut": lambda text: text[: len(text) // 2],
    "a row": lambda text: text.replace('"gas": 0.5', '"gas": 0.6', 1),
    "an outcome": lambda text: text.replace('"sign": -1', '"sign": 1', 1),
    "a unit": lambda text: text.replace('"unit": "Mt CO2/yr"', '"unit": "kt CO2/yr"', 1),
    "no object": lambda text: "[]",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_description_is_found_and_repaired(store, tmp_path, damage) -> None:
    before = tables(store, tmp_path / "before")
    file = store / DESCRIPTION
    text = file.read_text("utf-8")
    file.write_text(DAMAGES[damage](text), "utf-8")
    assert file.read_text("utf-8") != text
    for words in (("verify",), ("status",)):
        code, output = command(*words, store)
        assert code == 1 and output.count("error") == 1 and "repair" in output, output
    code, output = command("repair", store, "--jobs", 1)
    assert code == 0, output
    assert tables(store, tmp_path / "after") == before and command("verify", store)[0] == 0


def test_without_a_copy_the_id_tells_a_forged_description_and_the_file_mends_it(study, tmp_path) -> None:
    shutil.copytree(study.parent / "out", tmp_path / "out")
    (store,) = (tmp_path / "out").iterdir()
    shutil.rmtree(store / COPIES)
    text = (store / DESCRIPTION).read_text("utf-8")
    (store / DESCRIPTION).write_text(text.replace('"gas": 0.5', '"gas": 0.6', 1), "utf-8")
    code, output = command("repair", store, "--jobs", 1)
    assert code == 1 and "its id is not that of its content" in output, output
    assert command("repair", study, "--jobs", 1, "--out", tmp_path / "out")[0] == 0
    assert command("verify", store)[0] == 0
    assert json.loads((store / DESCRIPTION).read_text("utf-8"))["rows"] == json.loads(text)["rows"]


def forge(store: Path, seed: int) -> None:
    """Write another outcome of a run into a part, and name the part by its new digest."""
    rng = np.random.default_rng(seed)
    files = sorted((store / "runs").glob("part-*"))
    file = files[rng.integers(len(files))]
    table, receipt = read_kept(file)
    records = list(receipt.points)
    i = int(rng.integers(len(records)))
    level = records[i].outcomes["level"]
    records[i] = records[i]._replace(outcomes=records[i].outcomes | {"level": level * rng.uniform(0.2, 3.0)})
    rows = table.to_pandas()
    values = {
        record.id: rows[rows["point"] == record.id]["Emissions|CO2"].to_numpy()[None, None]
        for record in records
    }
    kept = KeptValues(("Emissions|CO2",), ("Mt CO2/yr",), ("Both",), np.arange(2025, 2027), values)
    save_part(file.parent, make_part(receipt._replace(points=tuple(records)), kept))
    file.unlink()


def mean_of(stored: StoredExperiment) -> list[float]:
    return [estimate.mean for estimate in stored.estimates()]


@pytest.mark.parametrize("seeds", [range(3), pytest.param(range(3, 23), marks=pytest.mark.slow)])
def test_forged_outcomes_are_found_and_repaired(store, seeds) -> None:
    before = mean_of(read_store(store))
    for seed in seeds:
        forge(store, seed)
    assert mean_of(read_store(store)) != before
    code, output = command("verify", store, "--rerun", 12)
    assert code == 1 and "a new run gives other bits" in output and "repair" in output, output
    assert command("repair", store, "--rerun", 12, "--jobs", 1)[0] == 0
    assert mean_of(read_store(store)) == before


def test_a_store_of_other_code_is_mended_without_running(store, monkeypatch) -> None:
    edit_code(monkeypatch)
    code, output = command("verify", store, "--rerun", 1)
    assert code == 1 and "only by the code that made it" in output
    assert command("repair", store, "--jobs", 1)[0] == 0
    part = sorted((store / "runs").glob("part-*"))[0]
    part.write_bytes(part.read_bytes()[:-3])
    code, output = command("repair", store, "--jobs", 1)
    assert code == 1 and "1 part is set aside" in output and "needs the code that made" in output
    assert "runs are stored" in command("status", store)[1]


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_store_of_each_format_is_read_or_says_why_not(number, tmp_path) -> None:
    store = STORES / f"format_{number}"
    code, output = command("export", store, "--to", tmp_path)
    if number == 1 and code:  # its runs are named by ids alone, which a later key of scenarios changes
        assert code == 1 and "is of format 1" in output
        return
    assert code == 0, output
    assert (tmp_path / "outcomes.csv").read_bytes() == (store / "expected.csv").read_bytes()
    assert command("verify", store)[0] == 0


def test_a_newer_format_is_refused(store) -> None:
    shutil.rmtree(store / COPIES)
    text = (store / DESCRIPTION).read_text("utf-8")
    (store / DESCRIPTION).write_text(text.replace(f'"format": {FORMAT}', '"format": 99', 1), "utf-8")
    code, output = command("status", store)
    assert code == 1 and "is of format 99" in output
    with pytest.raises(BatchError, match="format 99"):
        read_store(store)
