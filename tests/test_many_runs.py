"""Runs in several processes: the bits of one, whoever dies on the way; and none of them twice."""

import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tanlu
from tanlu.cli.main import app
from tanlu.experiments.executors import BatchError, HereExecutor, Pool, pool_of
from tanlu.experiments.results import simulate, simulate_all
from tanlu.experiments.tasks import Death, Work, complete_tasks
from tanlu.output import provenance
from tanlu.output import result as results
from tanlu.output.checking import problems_of
from tanlu.output.extension import TABLES
from tanlu.output.folder import read_manifest
from tanlu.output.result import load_result, result_at_hand
from tanlu.scenario.loading import load, with_settings

SCENARIO = Path(__file__).with_name("two_provinces.yaml")
SMALL = with_settings(load(SCENARIO), replications=3, years=(2022, 2024))
FATAL = 5


def squared_or_dead(number: int) -> int:
    if number == FATAL:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def failing(number: int) -> int:
    raise ValueError(number)


def test_several_processes_give_the_bits_of_one() -> None:
    other = SMALL.model_copy(update={"name": "other", "seed": 7, "replications": 1})
    done: list[tuple[int, int]] = []
    here = [simulate(one) for one in (SMALL, other)]
    there = list(
        simulate_all([SMALL, other], jobs=2, progress=lambda number, todo: done.append((number, todo)))
    )
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [one.name for one in there] == [SMALL.name, "other"]
    for one, two in zip(here, there, strict=True):
        assert one.manifest["values_sha256"] == two.manifest["values_sha256"]
        for name in TABLES:
            a, b = one.table(name), two.table(name)
            assert (a is None and b is None) or a.equals(b), name
    assert here[0].manifest["values_sha256"] != here[1].manifest["values_sha256"]


def test_a_task_that_kills_its_process_is_named_and_no_other() -> None:
    work = Work(squared_or_dead, lambda task: (task,))
    with pool_of(jobs=2) as pool:
        found = dict(complete_tasks(range(12), work, pool))
    assert isinstance(found.pop(FATAL), Death)
    assert found == {number: number * number for number in range(12) if number != FATAL}


def test_a_task_that_fails_says_why_at_once() -> None:
    with pool_of(jobs=2) as pool, pytest.raises(ValueError, match="0"):
        list(complete_tasks([0], Work(failing, lambda task: (task,)), pool))


def test_an_executor_that_is_given_runs_everything_and_is_not_closed() -> None:
    given = HereExecutor()
    (one,) = simulate_all([SMALL], executor=given)
    assert one.manifest["values_sha256"] == simulate(SMALL).manifest["values_sha256"]
    assert given.submit(len, "ab").result() == 2
    with pytest.raises(BatchError, match="have died"), pool_of(executor=given) as pool:
        assert pool.submit(len, "ab").result() == 2
        pool.renew()
        pool.submit(len, "ab")


def test_what_is_there_is_not_run_again(tmp_path, monkeypatch) -> None:
    line = ["run", str(SCENARIO), "--years", "2022-2023", "--replications", "2", "--out", str(tmp_path)]
    folder = Path(CliRunner().invoke(app, [*line, "--jobs", "2", "--quiet"]).output.strip())
    assert load_result(folder).manifest["values_sha256"] == read_manifest(folder)["values_sha256"]
    monkeypatch.setattr(results, "replicate", None)  # a run would fail
    again = CliRunner().invoke(app, line)
    assert again.exit_code == 0 and f"Already in {folder}" in again.output


def test_a_new_label_is_shown_and_kept_without_a_run(tmp_path, monkeypatch) -> None:
    file, out = tmp_path / "mine.yaml", tmp_path / "out"
    text = "name: mine\nregion: two_provinces\nyears: 2022-2022\nreplications: 1\nlabel: {en: %s, zh: 甲}\n"
    file.write_text(text % "Old label", encoding="utf-8")
    folder = Path(CliRunner().invoke(app, ["run", str(file), "--out", str(out), "--quiet"]).output.strip())
    before = read_manifest(folder)
    (folder / "notes.txt").write_text("of a reader", encoding="utf-8")
    monkeypatch.setattr(results, "replicate", None)  # a run would fail
    file.write_text(text % "New label", encoding="utf-8")
    again = CliRunner().invoke(app, ["run", str(file), "--out", str(out)])
    assert again.exit_code == 0 and "New label (mine)" in again.output and "Old label" not in again.output
    shown = CliRunner().invoke(app, ["show", str(folder)]).output
    assert "New label (mine)" in shown and [*out.iterdir()] == [folder]
    assert "New label" in (folder / "emissions.svg").read_text(encoding="utf-8")
    after = read_manifest(folder)
    assert after["label"] == {"en": "New label", "zh": "甲"}
    changed = {"label", "scenario_text", "scenario_sha256", "scenario_files", "files_sha256"}
    assert {key for key in after if after[key] != before.get(key)} == changed
    assert not problems_of(folder) and not list(folder.glob(".*"))


def test_what_another_code_left_or_somebody_damaged_is_run_again(tmp_path, monkeypatch) -> None:
    short = with_settings(SMALL, replications=1, years=(2022, 2022))
    folder = simulate(short).save(tmp_path)
    found = result_at_hand(short, tmp_path)
    assert found is not None and found.manifest["values_sha256"] == read_manifest(folder)["values_sha256"]
    assert result_at_hand(short.model_copy(update={"seed": 9}), tmp_path) is None
    with monkeypatch.context() as other:
        other.setattr(provenance, "code_sha256", lambda: "0" * 64)
        assert result_at_hand(short, tmp_path) is None
    (folder / "plants.parquet").write_bytes(b"")
    assert result_at_hand(short, tmp_path) is None


def test_a_pool_hands_out_few_tasks_more_than_it_has_processes() -> None:
    assert Pool(HereExecutor, 1).tasks_at_once == 1
    assert Pool(HereExecutor, 4).tasks_at_once == 8
    assert callable(tanlu.simulate_all)
