"""The store of a batch: one digest however it was run, killed, damaged or shared; nothing in it runs again."""

import os
import signal
import time
from collections.abc import Iterator
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from tanlu.experiments import engine, worker
from tanlu.experiments.engine import Batch, chunk_size, missing_points, run_batch, run_pilots
from tanlu.experiments.executors import BatchError, pool_of
from tanlu.experiments.joining import join_parts
from tanlu.experiments.outcomes import (
    ExperimentOutcome,
    Keep,
    MeasuredRun,
    Reduction,
    outcomes_of,
    select_kept,
)
from tanlu.experiments.parts import (
    KeptValues,
    PackedPart,
    PointRecord,
    Receipt,
    kept_digest,
    make_part,
    read_kept,
)
from tanlu.experiments.points import Basis, Point, for_points, point_id
from tanlu.experiments.results import simulate
from tanlu.experiments.store import DIED, QUARANTINE, Store
from tanlu.experiments.tasks import Death, Work, complete_tasks
from tanlu.output.provenance import running_code
from tanlu.region.pack import load_region
from tanlu.scenario.loading import with_settings
from tanlu.scenario.schema import scenario_from_dict

DATA = {
    "name": "drawn",
    "extends": "two_provinces.yaml",
    "years": {"start": 2022, "end": 2024},
    "world": {"hydrology": "bootstrap"},  # so that replications differ in these few years
}
SCENARIO = for_points(scenario_from_dict(DATA, folder=Path(__file__).parent))
VARIABLES = ("Emissions|CO2", "Price|Electricity|Wholesale")
REDUCTION = Reduction(
    {
        "emitted": ExperimentOutcome(variable="Emissions|CO2", sum={"start": 2022, "end": 2024}),
        "avoided": ExperimentOutcome(variable="Emissions|CO2", region="North", year=2024, sign=-1),
    },
    Keep(indicators=VARIABLES, regions=("South", "Both")),
)
POINTS = 7


def points(scenario=SCENARIO, number: int = POINTS) -> list[Point]:
    basis, data = Basis(running_code(), ()), load_region(scenario.region).digest
    return [Point(point_id(scenario, n, data, basis), "one", 0, n, scenario) for n in range(number)]


BATCH = Batch(points(), REDUCTION)


def store_in(folder: Path) -> Store:
    store = Store(folder, running_code())
    store.begin({"experiment": "test"})
    return store


def run_into(folder: Path, batch: Batch = BATCH, jobs: int = 1, size: int = 1) -> Store:
    """Run a batch; another process calls this too."""
    store = store_in(folder)
    with pool_of(jobs) as pool:
        list(run_batch(batch, store, pool, size))
    return store


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Store:
    return run_into(tmp_path_factory.mktemp("whole"), size=3)


def copy_of(store: Store, folder: Path) -> Store:
    copy = store_in(folder)
    for file in store.runs.iterdir():
        (copy.runs / file.name).write_bytes(file.read_bytes())
    return copy


def test_every_way_to_run_gives_one_digest(whole, tmp_path) -> None:
    ways = {
        "alone": (BATCH, 1, 1),
        "two processes": (BATCH, 2, 3),
        "backwards": (BATCH._replace(points=BATCH.points[::-1]), 2, 1),
    }
    digests = {name: run_into(tmp_path / name, *way).read().digest for name, way in ways.items()}
    assert digests == dict.fromkeys(ways, whole.read().digest)
    other = with_settings(SCENARIO, seed=2)
    assert (
        run_into(tmp_path / "other", BATCH._replace(points=points(other, 1))).read().digest
        not in digests.values()
    )


def test_a_part_holds_what_the_run_gave(whole) -> None:
    result = simulate(with_settings(SCENARIO, replications=POINTS))
    stored = whole.read()
    for point in BATCH.points:
        table, _ = read_kept(whole.runs / stored.files[point.id][0])
        rows = table.to_pandas().set_index(["point", "region", "year"]).loc[point.id]
        for variable in VARIABLES:
            for region in ("South", "Both"):
                expected = result.draws(variable, region)[point.replication]
                assert rows.loc[region, variable].to_numpy().tobytes() == expected.tobytes()
        outcomes = stored.points[point.id].outcomes
        assert outcomes["emitted"] == result.draws("Emissions|CO2")[point.replication].sum()
        assert outcomes["avoided"] == -result.draws("Emissions|CO2", "North")[point.replication][-1]
    assert len({one.values_sha256 for one in stored.points.values()}) > 1, "draws differ"


def test_what_is_stored_is_not_run_again(whole, tmp_path, monkeypatch) -> None:
    store = copy_of(whole, tmp_path / "copy")
    with monkeypatch.context() as broken:
        broken.setattr(worker, "replicate", None)  # a run would fail
        with pool_of() as pool:
            assert list(run_batch(BATCH, store, pool)) == []
            assert run_pilots(BATCH, store, pool).digest == whole.read().digest
    more = BATCH._replace(points=points(number=POINTS + 2))
    with pool_of() as pool:
        (receipt,) = run_batch(more, store, pool, 5)
    assert [one.id for one in receipt.points] == [point.id for point in more.points[POINTS:]]


def test_killed_and_resumed_equals_uninterrupted(whole, tmp_path) -> None:
    folder = tmp_path / "killed"
    process = get_context("forkserver").Process(target=run_into, args=(folder,))
    process.start()
    while len(finished := list(folder.glob("runs/part-*"))) < 2:
        assert process.exitcode is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    bytes_before = {file: file.read_bytes() for file in finished}
    store = run_into(folder)
    assert store.read().digest == whole.read().digest
    assert all(file.read_bytes() == raw for file, raw in bytes_before.items()), "finished parts stay"


@pytest.mark.parametrize("seed", range(20))
def test_damage_is_found_set_aside_and_run_again(whole, tmp_path, seed) -> None:
    store = copy_of(whole, tmp_path / "damaged")
    rng = np.random.default_rng(seed)
    files = sorted(store.runs.iterdir())
    file = files[rng.integers(len(files))]
    raw = bytearray(file.read_bytes())
    where = int(rng.integers(len(raw)))
    if seed % 4:
        raw[where] ^= 1 << int(rng.integers(8))
    file.write_bytes(raw if seed % 4 else raw[:where])
    found = store.read()
    assert found.damaged == (file.name,)
    left = missing_points(BATCH, found)
    assert 0 < len(left) < POINTS
    with pool_of() as pool:
        again = [one.id for receipt in run_batch(BATCH, store, pool, 1) for one in receipt.points]
    assert again == [point.id for point in left]
    assert store.read().digest == whole.read().digest and not store.read().bad
    assert len(list((store.folder / QUARANTINE).iterdir())) == 1


def test_three_batches_at_once_on_one_store_give_one_digest(whole, tmp_path) -> None:
    store = store_in(tmp_path)
    with pool_of() as pool:
        batches = [run_batch(BATCH, store, pool, 2) for _ in range(3)]
        turns = [list(turn) for turn in zip_longest(*batches)]
    assert len(turns) == 4 and None not in turns[0]
    stored = store.read()
    assert stored.digest == whole.read().digest and not stored.bad
    assert max(len(files) for files in stored.files.values()) > 1, "some points ran more than once"


def test_parts_of_other_code_do_not_count_and_its_receipts_are_refused(whole, tmp_path) -> None:
    store = copy_of(whole, tmp_path / "copy")
    other = store._replace(code=store.code | {"sha256": "0" * 64})
    assert len(other.read().foreign) == len(list(store.runs.iterdir())) and not other.read().points
    with pytest.raises(BatchError, match=r"other code .* \(sha256 differ\)"):
        other.save(make_part(Receipt(store.code, ()), worker.NOTHING_KEPT))


def test_a_point_with_other_bits_in_another_part_stops_everything(whole, tmp_path) -> None:
    store = copy_of(whole, tmp_path / "copy")
    record = next(iter(whole.read().points.values()))
    wrong = record._replace(outcomes=record.outcomes | {"emitted": 1.0})
    store.save(make_part(Receipt(store.code, (wrong,)), worker.NOTHING_KEPT))
    with pytest.raises(BatchError, match=f"{record.id} has other values"):
        store.read()


def test_a_run_that_fails_is_told_and_the_others_go_on(tmp_path, monkeypatch) -> None:
    def failing(scenario, region, replication, *rest):
        if replication == 2:
            raise ZeroDivisionError("no demand")
        return real(scenario, region, replication, *rest)

    real = worker.replicate
    monkeypatch.setattr(worker, "replicate", failing)
    stored = run_into(tmp_path, size=3).read()
    failures = {id: one.failure for id, one in stored.points.items() if one.failure}
    assert failures == {BATCH.points[2].id: "ZeroDivisionError: no demand"}
    assert not missing_points(BATCH, stored)


def test_a_point_that_kills_its_process_is_named_in_the_store(tmp_path, monkeypatch) -> None:
    store = store_in(tmp_path)
    one = BATCH._replace(points=BATCH.points[:1])
    monkeypatch.setattr(
        engine, "complete_tasks", lambda chunks, *_: ((chunk, Death("out of memory")) for chunk in chunks)
    )
    with pool_of() as pool:
        ((record,),) = (receipt.points for receipt in run_batch(one, store, pool, 1))
    assert record.failure == f"{DIED}: its process died twice (out of memory)"
    assert store.read().points == {one.points[0].id: record} and len(missing_points(one, store.read())) == 1


def test_a_point_whose_process_died_is_tried_another_time(whole, tmp_path) -> None:
    store = store_in(tmp_path)
    dead = PointRecord(BATCH.points[0].id, "", "", {}, 0.0, f"{DIED}: BrokenProcessPool")
    store.save(make_part(Receipt(store.code, (dead,)), worker.NOTHING_KEPT))
    assert missing_points(BATCH, store.read()) == list(BATCH.points)
    assert run_into(tmp_path).read().digest == whole.read().digest


def test_a_disk_that_cannot_be_written_ends_with_a_message(tmp_path) -> None:
    with pytest.raises(BatchError, match="cannot write"):
        store_in(Path("/proc/nothing"))
    store = store_in(tmp_path)
    store.runs.rmdir()
    with pool_of() as pool, pytest.raises(BatchError, match="cannot write"):
        list(run_batch(BATCH, store, pool, 1))


@pytest.mark.parametrize(
    ("count", "seconds", "workers", "size"),
    [(1000, 0.02, 2, 50), (100, 0.02, 2, 13), (10, 5.0, 2, 1), (1, 1.0, 4, 1), (0, 1.0, 1, 1)],
)
def test_a_chunk_is_about_a_second_and_each_worker_gets_several(count, seconds, workers, size) -> None:
    assert chunk_size(count, seconds, workers) == size


def test_ids_depend_on_numbers_alone() -> None:
    basis, data = Basis(running_code(), ()), "d" * 64
    one = point_id(SCENARIO, 0, data, basis)
    same = SCENARIO.model_copy(update={"name": "other", "replications": 9})
    assert point_id(same, 0, data, basis) == one
    others = {
        point_id(SCENARIO, 1, data, basis),
        point_id(with_settings(SCENARIO, seed=3), 0, data, basis),
        point_id(SCENARIO, 0, "e" * 64, basis),
        point_id(SCENARIO, 0, data, basis._replace(code={"sha256": "0"})),
        point_id(SCENARIO, 0, data, basis._replace(extensions=[{"name": "rule"}])),
    }
    assert len(others - {one}) == 5


def test_each_way_makes_one_number_of_years() -> None:
    values = np.arange(12.0).reshape(1, 3, 4)
    run = MeasuredRun(("x",), ("t",), ("a", "b", "all"), np.arange(2020, 2024), values)
    span = {"start": 2021, "end": 2022}
    ways = {
        "sum": ExperimentOutcome(variable="x", sum=span),
        "mean": ExperimentOutcome(variable="x", region="a", mean=span),
        "most": ExperimentOutcome(variable="x", maximum=span, sign=-1),
        "least": ExperimentOutcome(variable="x", minimum=span),
        "at": ExperimentOutcome(variable="x", year=2023),
    }
    assert outcomes_of(run, ways) == {"sum": 19.0, "mean": 1.5, "most": -10.0, "least": 9.0, "at": 11.0}
    assert select_kept(run, Keep(indicators=("x",), regions=("b",))).tolist() == [[[4.0, 5.0, 6.0, 7.0]]]
    with pytest.raises(ValueError, match="are given"):
        ExperimentOutcome(variable="x", sum=span, year=2023)


def test_a_task_is_made_when_it_can_go_out() -> None:
    made: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(4):
            made.append(number)
            yield number

    work: Work[int, int] = Work(lambda _: len(made), lambda task: (task,))
    with pool_of() as pool:
        assert list(complete_tasks(tasks(), work, pool)) == [(0, 1), (1, 2), (2, 3), (3, 4)]


def small_parts(store: Store, ids: range) -> list[str]:
    """Save a part for each of some runs that cost nothing, and return their names."""
    names = []
    for number in ids:
        values = np.random.default_rng(number).normal(size=(2, 3, 4))
        values[0, 0, 0] = np.nan if number % 7 == 0 else values[0, 0, 0]
        failure = "no demand" if number % 5 == 0 else ""
        sha256 = "" if failure else kept_digest(values)
        record = PointRecord(f"{number:024x}", sha256, sha256, {"a": float(number)}, 0.1, failure)
        kept = KeptValues(
            ("x", "y"), ("t", "MW"), ("N", "S", "all"), np.arange(2020, 2024), {record.id: values}
        )
        part = make_part(Receipt(store.code, (record,)), worker.NOTHING_KEPT if failure else kept)
        names.append(store.save(part).file)
    return names


def test_joined_parts_hold_the_same_bits_wherever_it_is_killed(tmp_path, monkeypatch) -> None:
    store = store_in(tmp_path)
    names = small_parts(store, range(250))
    before = store.read()
    real = Path.unlink
    for removed in (0, 1, 50, 101):  # files that go before the process is killed
        chances = iter(range(removed))

        def killed(path: Path, missing_ok: bool = False, chances: Iterator[int] = chances) -> None:
            if path.name.startswith("part-") and next(chances, None) is None:
                raise KeyboardInterrupt
            real(path, missing_ok)

        with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
            broken.setattr(Path, "unlink", killed)
            join_parts(store, names)
        assert store.read().digest == before.digest and not store.read().bad
    join_parts(store, sorted(file.name for file in store.runs.iterdir()))
    after = store.read()
    assert (after.digest, after.points) == (before.digest, before.points)
    assert len(list(store.runs.iterdir())) <= 6


def test_a_long_batch_leaves_few_files(tmp_path, monkeypatch) -> None:
    stubs = iter(range(10**6))

    def stub(chunk: worker.Chunk) -> PackedPart:
        values = np.full((1, 3, 2), float(next(stubs)))
        records = tuple(
            PointRecord(point.id, kept_digest(values), kept_digest(values), {"a": 1.0}, 1.0, "")
            for point in chunk.points
        )
        kept = KeptValues(("x",), ("t",), ("N", "S", "all"), np.arange(2), {x.id: values for x in records})
        return make_part(Receipt(running_code(), records), kept)

    monkeypatch.setattr(engine, "run_chunk", stub)
    batch = BATCH._replace(points=[Point(f"{n:024x}", "one", 0, n, SCENARIO) for n in range(350)])
    store, most = store_in(tmp_path), 0
    with pool_of() as pool:
        for _ in run_batch(batch, store, pool, 1):
            most = max(most, len(list(store.runs.iterdir())))
    assert most <= 110 and len(list(store.runs.iterdir())) <= 60
    assert store.read().points.keys() == batch.ids
