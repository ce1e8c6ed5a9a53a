"""Runs in several processes: the bits of one, whoever dies on the way; and none of them twice."""

import gc
import math
import os
import pickle
import re
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import tanlu
from tanlu.cli.main import app
from tanlu.core.words.messages import Message
from tanlu.experiments import jobs, results
from tanlu.experiments.executors import BatchError, HereExecutor, Pool, pool_of
from tanlu.experiments.jobs import Draws, choose_jobs
from tanlu.experiments.results import simulate, simulate_all
from tanlu.experiments.tasks import Death, Work, complete_tasks
from tanlu.output import provenance, result_tables
from tanlu.output.checking import problems_of
from tanlu.output.extension import TABLES, Source
from tanlu.output.folder import read_manifest
from tanlu.output.result import load_result, result_at_hand
from tanlu.output.result_tables import DrawTables, pack
from tanlu.power.plants import PowerPlants
from tanlu.scenario.loading import load, with_settings
from tanlu.simulation.model import RegionModel

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


# --- the draws of a run ------------------------------------------------------------------------------------------


def asked_for(jobs: int | None, draws: Draws, *extensions: Source) -> int:
    """Return how many processes are chosen, and let nothing be told."""
    return choose_jobs(jobs, draws, extensions, lambda message: pytest.fail(str(message)))


def test_processes_are_as_many_as_draws_cores_and_memory_allow(monkeypatch) -> None:
    monkeypatch.setattr(jobs, "usable_cores", lambda: 6)
    monkeypatch.setattr(jobs, "peak_bytes", lambda: 300)
    monkeypatch.setattr(jobs, "free_bytes", lambda: 300 * 4.5)
    long = Draws(8, 8 * 41)
    assert asked_for(None, long) == 4
    monkeypatch.setattr(jobs, "free_bytes", lambda: math.inf)
    assert [asked_for(None, Draws(count, count * 41)) for count in (1, 4, 5, 8)] == [1, 4, 5, 6]
    assert [asked_for(number, Draws(3, 3)) for number in (1, 2, 9)] == [1, 2, 3]
    for can_copy, fewest in ((True, jobs.FEWEST_YEARS_FOR_COPIES), (False, jobs.FEWEST_YEARS_FOR_A_SERVER)):
        monkeypatch.setattr(jobs, "can_fork", lambda answer=can_copy: answer)
        assert [asked_for(None, Draws(2, years)) for years in (fewest - 1, fewest)] == [1, 2]


def test_whoever_is_a_worker_starts_no_others() -> None:
    long = Draws(8, 8 * 41)
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asked_for, 4, long).result() == 1
    with pool_of(jobs=2) as pool:
        assert pool.submit(worker_jobs, long).result() == 1


def worker_jobs(draws: Draws) -> int:
    return choose_jobs(4, draws, (), print)


def test_an_extension_that_no_other_process_can_load_keeps_the_draws_here(monkeypatch) -> None:
    class Local(PowerPlants):  # type: ignore[misc]
        """A class of a function, as those of a notebook."""

    local = tanlu.Extension(name="local", populations={"power_plants": Local})
    with pytest.warns(UserWarning, match="`local` is an object that other processes cannot load"):
        one = simulate(SMALL, extensions=[local], jobs=2)
    assert one.manifest["values_sha256"] == simulate(SMALL).manifest["values_sha256"]
    assert asked_for(2, Draws(3, 3), "file.py", tanlu.Extension(name="importable")) == 2
    of_script = type("OfScript", (PowerPlants,), {"__module__": "__main__"})
    monkeypatch.setattr(sys.modules["__main__"], "OfScript", of_script, raising=False)
    script = tanlu.Extension(name="script", populations={"power_plants": of_script})
    for can_copy, chosen in ((True, 2), (False, 1)):
        monkeypatch.setattr(jobs, "can_fork", lambda answer=can_copy: answer)
        assert choose_jobs(2, Draws(3, 3), [script], lambda message: None) == chosen


def test_a_process_does_not_run_the_script_that_started_it(tmp_path, monkeypatch) -> None:
    trace, script = tmp_path / "trace", tmp_path / "script.py"
    script.write_text(f"open({str(trace)!r}, 'w').close()", encoding="utf-8")
    main = ModuleType("__main__")
    main.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", main)
    with pool_of(jobs=2) as pool:
        assert pool.submit(len, "ab").result() == 2
    assert not trace.exists() and sys.modules["__main__"] is main


@pytest.mark.parametrize("number", [1, 2])
def test_draws_are_told_and_leave_tables_and_no_model(number: int, tmp_path) -> None:
    done: list[tuple[int, int]] = []
    result = simulate(SMALL, jobs=number, progress=lambda years, todo: done.append((years, todo)))
    assert done[-1] == (done[-1][1],) * 2 and len(done) == (
        SMALL.replications if number == 2 else done[-1][1]
    )
    assert not [one for one in gc.get_objects() if type(one) is RegionModel and one.inputs[0] == SMALL]
    sent, stored = pickle.loads(pickle.dumps(result)), load_result(result.save(tmp_path))
    for name in TABLES[1:]:
        whole = result.table(name)
        parts = [*result.tables.parts(name)]
        if whole is None:
            assert not parts or name == "plants"
            continue
        assert len(parts) == SMALL.replications
        # A table without rows comes back from a file without the names that it might have held.
        others = [pd.concat(parts, ignore_index=True), sent.table(name), stored.table(name)]
        for other in others if len(whole) else others[:2]:
            pd.testing.assert_frame_equal(whole, other, check_exact=True)


def test_tables_beyond_what_is_held_in_memory_come_from_a_file(monkeypatch) -> None:
    monkeypatch.setattr(result_tables, "HELD_BYTES", 10)
    numbers, words = np.arange(5.0), pd.Categorical(list("babba"))
    tables = DrawTables("s", ("own",))
    for draw, word in ((1, "c"), (0, "b")):
        columns = {"number": numbers + draw, "word": words.rename_categories({"b": word})}
        tables.add(draw, {"own": pack(columns), "none": None})
    frame = tables.read("own")
    assert frame is not None and tables.read("none") is None
    assert frame["replication"].tolist() == [0] * 5 + [1] * 5
    assert frame["word"].tolist() == list("babba") + list("cacca")
    assert [*frame["word"].cat.categories] == ["a", "b", "c"]
    assert frame["number"].tolist() == [*numbers, *(numbers + 1)]
    pd.testing.assert_frame_equal(pd.concat(tables.parts("own"), ignore_index=True), frame)


def test_fewer_draws_run_at_once_where_the_first_takes_more_memory_than_there_is() -> None:
    told: list[Message] = []
    pool = Pool(HereExecutor, 4)
    results.mind_memory(pool, 1_000_000_000, 4e9, told.append)
    assert pool.tasks_at_once == 8 and not told
    results.mind_memory(pool, 1_000_000_000, 2.5e9, told.append)
    assert pool.tasks_at_once == 2
    assert told[0].in_language("en").startswith("4 processes need about 4.0 GB of memory")
    assert "此后同时运行 2 次重复" in told[0].in_language("zh")


def test_the_example_of_the_page_runs() -> None:
    page = Path(__file__).parents[1] / "docs" / "draws.md"
    (example,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    exec(example, {})
