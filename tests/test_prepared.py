"""Answers made ahead: what is asked for, how far they are, and that the page shows of them what a run gives."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.places import shipped_scenarios
from tanlu.experiments import preparation, prepared
from tanlu.experiments.engine import run_batch
from tanlu.experiments.executors import pool_of
from tanlu.experiments.parts import read_kept
from tanlu.experiments.plans import load_experiment
from tanlu.experiments.preparation import judge_preparation, list_parts, load_preparation
from tanlu.experiments.prepared import PreparedAnswers
from tanlu.inputs.types import json_schema
from tanlu.output.provenance import running_code
from tanlu.pages.builder.fields import range_of
from tanlu.pages.builder.scenarios import Edit, Scenarios
from tanlu.pages.builder.starts import start_keys, start_levers
from tanlu.pages.levers import Levers
from tanlu.pages.service import Service, read_presets
from tanlu.pages.workers.answering import answer
from tanlu.pages.workers.orders import Order
from tanlu.pages.workers.pool import Here
from tanlu.policies import KINDS
from tanlu.scenario.difference import main_key
from tanlu.scenario.examples import example_of
from tests.model_runs import REGION

TAX = {"carbon_tax": {"kind": "carbon_price", "from_year": 2021, "price_cny_per_tco2": 200}}
SMALL = """
experiment: prepared_answers
base: {extends: "tanlu:baseline", years: 2020-2022}
arms:
  baseline: {}
  carbon_price: {policies: {carbon_tax: {kind: carbon_price, from_year: 2021, price_cny_per_tco2: 100}}}
levers: {price: {arm: carbon_price, path: policies.carbon_tax.price_cny_per_tco2, values: [100, 200]}}
design: {method: latin_hypercube, n: 2}
replications: 2
outcomes: {emitted: {variable: Emissions|CO2, year: 2022}}
keep: {every_indicator: true}
"""
RUNS = 6  # two draws of the baseline and of two prices


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """Return the file of a small experiment, and beside it what its first half and then the rest gave."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    plan = load_experiment(folder / "small.yaml")
    store = plan.store(folder)
    store.begin(plan.describe())
    with pool_of(1) as pool:
        for number, _ in enumerate(run_batch(plan.batch, store, pool)):
            assert judge_preparation(plan, folder).stored_runs == number + 1
            if number == 2:  # as if it were killed here
                break
        assert judge_preparation(plan, folder).state == "partial"
        assert len(list(run_batch(plan.batch, store, pool))) == RUNS - 3
        whole = plan.store(folder / "at_once")
        whole.begin(plan.describe())
        assert len(list(run_batch(plan.batch, whole, pool))) == RUNS
    assert store.read().digest == whole.read().digest
    assert judge_preparation(plan, folder).state == "complete"
    return folder


def service(answers: Path, folder: Path, work=None) -> Service:
    """Return a service on short years that counts what its workers do."""
    (folder / "baseline.yaml").write_text(
        'name: baseline\nextends: "tanlu:baseline"\nyears: 2020-2022\nreplications: 2\n', encoding="utf-8"
    )
    return Service(Here(work or refuse), {"baseline": folder / "baseline.yaml"}, answers=answers)


def refuse(order: Order):
    raise AssertionError(f"a worker was asked for {order.key}")


def run_now(order: Order):
    return answer(order, lambda done, todo: None)


def test_a_stored_answer_is_that_of_a_run_to_the_last_bit(small, tmp_path) -> None:
    """Of the baseline and a lever at a stop; findings are part of it."""
    stored = service(small, tmp_path)
    for levers in (Levers(), stored.scenarios.with_changes("baseline", {"policies": TAX})):
        view, ran = stored.run(levers), service(small / "none", tmp_path, run_now).run(levers)
        assert view.is_prepared and not ran.is_prepared and view.id == ran.id
        assert view.measures.values.tobytes() == ran.measures.values.tobytes()
        assert view.measures[:3] == ran.measures[:3] and np.array_equal(view.years, ran.years)
        assert view.findings == ran.findings and view.wide.equals(ran.wide)


def test_payments_are_run_where_somebody_asks_who_pays(small, tmp_path) -> None:
    asked = []

    def work(order: Order):
        asked.append(order.draw)
        return run_now(order)

    one = service(small, tmp_path, work)
    assert one.run(Levers()).payments is None and not asked
    paid = one.run(Levers(), "payments")
    assert asked == [0, 1] and paid.payments.draws == 2 and paid.is_prepared
    one.run(Levers(), "payments")
    assert len(asked) == 2


def test_no_answer_of_other_code_or_data_is_offered(small, tmp_path, monkeypatch) -> None:
    scenario = service(small, tmp_path).scenarios.scenario(Levers())
    assert len(PreparedAnswers(small, REGION.digest).read(scenario)) == 2
    assert not PreparedAnswers(small, "0" * 64).read(scenario)
    changed = running_code() | {"sha256": "0" * 64}  # as a changed constant makes it
    monkeypatch.setattr(prepared, "running_code", lambda: changed)
    assert not PreparedAnswers(small, REGION.digest).read(scenario)
    with pytest.raises(AssertionError, match="a worker was asked"):
        service(small, tmp_path).run(Levers())


def test_a_damaged_answer_is_run_again(small, tmp_path) -> None:
    scenario = service(small, tmp_path).scenarios.scenario(Levers())
    copy = tmp_path / "copy"
    for file in small.glob("prepared_answers-*/runs/*.parquet"):
        target = copy / file.relative_to(small)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes()[:-9])
    assert not PreparedAnswers(copy, REGION.digest).read(scenario)


def test_a_part_of_every_indicator_can_be_exported(small) -> None:
    """It has a row a value, and the digests that its receipt names."""
    file = next(small.glob("prepared_answers-*/runs/*.parquet"))
    table, receipt = read_kept(file)
    assert table.column_names == ["point", "variable", "region", "unit", "year", "value"]
    assert len(receipt.points) == 1 and not table.num_rows % (3 * len(REGION.axes.regions))


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--check",), 0, "all 6 runs"),
        (("--check", "--only", "carbon_price"), 0, "all 6 runs"),
        (("--check", "--out", "absent"), 1, "Nothing is made ahead: 0 of 6 runs"),
        (("--check", "--lang", "zh"), 0, "预存完整"),
        (("--only", "carbon_prize"), 2, "did you mean `carbon_price`?"),
    ],
)
def test_the_command_says_how_far_it_is(small, monkeypatch, arguments, code, told) -> None:
    monkeypatch.setattr(preparation, "load_experiment", lambda _: load_experiment(small / "small.yaml"))
    out = () if "--out" in arguments else ("--out", str(small))
    done = CliRunner().invoke(app, ["prepare", *arguments, *out])
    assert done.exit_code == code and told in done.output and "Traceback" not in done.output


def test_answers_of_other_code_are_counted_as_stale(small, monkeypatch) -> None:
    """All that is there is stale where the experiment has another id."""
    plan = load_experiment(small / "small.yaml")
    other = judge_preparation(plan._replace(id="0" * 64), small)
    assert other == (0, RUNS, 0, 0, RUNS) and other.state == "stale"


def test_the_page_asks_for_what_is_prepared() -> None:
    """Baseline, questions of an empty visit, every instrument as it is added, and each at values its slider has."""
    plan, _ = load_preparation()
    scenarios = Scenarios({name: one.content for name, one in read_presets(shipped_scenarios()).items()})
    base = scenarios.scenario(Levers())
    point_id = prepared.point_id
    asked = [Levers(), *(start_levers(scenarios, key) for key in start_keys(scenarios))]
    for kind, instrument in KINDS.items():
        (name, block), main = example_of(kind), main_key(instrument)
        asked.append(scenarios.edited(Levers(), [Edit(("policies", name), block)]))
        lever = plan.experiment.levers[kind]
        assert lever.arm == kind and lever.path == f"policies.{name}.{main}"
        slider = range_of(instrument, main, json_schema(instrument)["properties"][main], "")
        steps = (np.array(lever.values) - slider["start"]) / slider["step"]
        is_added = np.array(lever.values) == block[main]
        assert (is_added | (np.abs(steps - steps.round()) < 1e-9)).all() and max(lever.values) <= slider[
            "high"
        ]
        moved = {**block, main: lever.values[-1]}
        asked.append(scenarios.edited(Levers(), [Edit(("policies", name), moved)]))
    ids = {
        point_id(prepared.for_points(scenarios.scenario(one)), 7, plan.data_sha256, plan.basis)
        for one in asked
    }
    assert ids <= plan.batch.ids and len(ids) == len(set(asked))
    assert base.replications == plan.experiment.replications.at_most == 8
    assert {*KINDS} <= list_parts(plan).keys()
    settings = (
        len(plan.arms) - len(KINDS) + sum(len(lever.values) for lever in plan.experiment.levers.values())
    )
    assert len(plan.batch.ids) == 8 * settings
