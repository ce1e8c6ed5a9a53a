"""Experiment files: what they ask for, what is wrong with them, and what the commands make of them."""

import gc
import math
import re
import shutil
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import sobol as sobol_indices
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.cli.progress import BatchShown
from tanlu.experiments import stopping
from tanlu.experiments.designs import Input, apply_row, inputs_of, rows_of, value_at
from tanlu.experiments.estimates import estimate_of, estimates, rests_on_one
from tanlu.experiments.executors import pool_of
from tanlu.experiments.parts import PointRecord, Receipt, make_part
from tanlu.experiments.plans import Plan, load_experiment
from tanlu.experiments.points import Recipe, numbers_of
from tanlu.experiments.results import simulate
from tanlu.experiments.schema import Distribution, Experiment
from tanlu.experiments.store import Store
from tanlu.experiments.summary import outcome_table, with_effects
from tanlu.experiments.worker import NOTHING_KEPT
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.scenario.changes import with_changes
from tanlu.scenario.factors import factors
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario

ROOT = Path(__file__).parents[1]
SMALL = """experiment: small
base: {extends: two_provinces.yaml, years: 2025-2026, world: {hydrology: bootstrap}}
arms:
  none: {}
  dear: {policies: {tax: {price_cny_per_tco2: 500}}}
factors:
  gas: {path: world.gas_price_factor, range: [0.5, 1.5]}
  width: {path: pack.parameters.hurdle_half_width, factor: {values: [1.2]}}
levers:
  rate: {path: policies.tax.price_cny_per_tco2, arm: dear, values: [100, 500]}
design: {method: grid, levels: 2}
replications: 2
outcomes:
  avoided: {variable: Emissions|CO2, sum: 2025-2026, against: none, sign: -1}
  level: {variable: Emissions|CO2, region: North, year: 2026}
keep: {indicators: [Emissions|CO2], regions: [Both]}
"""
EMPTY = {"experiment": "x", "outcomes": {"a": {"variable": "b", "year": 2030}}}


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "tests" / "two_provinces.yaml", tmp_path)
    (tmp_path / "study.yaml").write_text(SMALL)
    return tmp_path / "study.yaml"


def experiment(**keys: object) -> Experiment:
    return Experiment.model_validate({**EMPTY, **keys})


def rows(asked: Experiment) -> list[Mapping[str, float]]:
    return list(rows_of(asked, inputs_of(asked, load("tanlu:baseline"))))


def command(*words: object):
    return CliRunner().invoke(app, ["experiment", *map(str, words)])


def test_points_are_known_before_they_run(study) -> None:
    plan = load_experiment(study)
    assert len(plan.rows) == 4 and len(plan.batch.points) == 2 * 4 * 2
    assert len(plan.batch.ids) == (2 + 4) * 2, "runs without the lever are the same ones"
    dear = next(one for one in plan.batch.points if (one.arm, one.row, one.replication) == ("dear", 3, 1))
    row = plan.rows[3]
    assert row == {"gas": 1.5, "rate": 500, "width": 1.2}
    assert dear.scenario.world.gas_price_factor.value_in(2025) == 1.5
    assert dear.scenario.pack == {"parameters.hurdle_half_width": {"factor": row["width"]}}
    assert dear.scenario.policies["tax"].price_cny_per_tco2.value_in(2026) == 500
    assert plan.arms["none"].policies["tax"].price_cny_per_tco2.value_in(2025) == 50


def test_a_point_gets_the_scenario_of_its_row_when_its_turn_comes(study) -> None:
    plan = load_experiment(study)
    arm = plan.arms["dear"]
    points = [point for point in plan.batch.points if point.arm == "dear" and point.replication == 0]
    assert {point.scenario.policies["tax"].price_cny_per_tco2.value_in(2026) for point in points} == {
        100,
        500,
    }
    for point in points:
        plain = apply_row(arm, "dear", plan.inputs, plan.rows[point.row], "a row")
        assert isinstance(point.source, Recipe) and isinstance(point.ready.source, Scenario)
        assert point.ready.scenario == plain and plain.tree is not None and point.ready.scenario.tree is None
        assert numbers_of(point.scenario) == numbers_of(plain)
    assert arm.tree is not None, "the arm keeps the text that it was read from"


@pytest.mark.slow
def test_thousands_of_points_wait_in_little_memory(study) -> None:
    load_experiment(study)  # reads what all have in common
    study.write_text(SMALL.replace("levels: 2", "levels: 50"))
    tracemalloc.start()
    plan = load_experiment(study)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(plan.batch.points) == 2 * 50 * 2 * 2
    assert held / len(plan.batch.points) < 1200, "bytes a point, what is held once among them"


def test_the_id_depends_on_what_is_asked_and_not_on_its_order(study) -> None:
    one = load_experiment(study)
    lines = SMALL.splitlines(keepends=True)
    lines[6], lines[7] = lines[7], lines[6]
    study.write_text("".join(lines))
    assert load_experiment(study).id == one.id
    study.write_text(SMALL.replace("region: North", "region: South"))
    assert load_experiment(study).id != one.id
    study.write_text(SMALL.replace("replications: 2", "replications: 3"))
    more = load_experiment(study)
    assert more.id != one.id and one.batch.ids < more.batch.ids, "more draws keep the earlier ones"


def test_the_commands_run_resume_verify_repair_and_export(study) -> None:
    assert "16 points, 12 different runs" in command("check", study).output
    estimate = command("estimate", study, "--jobs", 1)
    assert estimate.exit_code == 0 and "9 runs to do" in estimate.output
    done = command("run", study, "--jobs", 1)
    assert done.exit_code == 0 and "12 of 12 runs are stored" in done.output, done.output
    digest = re.search(r"digest (\w+)", done.output)[1]
    assert digest in command("status", study).output
    assert command("run", study, "--jobs", 1, "--quiet").output.startswith("experiments/small-")
    (folder,) = Path("experiments").iterdir()
    part = sorted((folder / "runs").iterdir())[0]
    part.write_bytes(part.read_bytes()[:-9])
    assert command("verify", study).exit_code == 1
    assert digest in command("repair", study, "--jobs", 1).output
    verified = command("verify", study, "--rerun", 2)
    assert verified.exit_code == 0 and "2 runs again gave the same bits" in verified.output
    assert command("rerun", study, "--point", load_experiment(study).batch.points[3].id).exit_code == 0
    assert command("rerun", study, "--point", "zz").exit_code == 2
    assert command("export", study, "--to", "tables").exit_code == 0
    table, kept = pd.read_csv("tables/outcomes.csv"), pd.read_parquet("tables/indicators.parquet")
    assert len(table) == 16 and len(kept) == 12 * 2
    check_values(load_experiment(study), table)


def check_values(plan: Plan, table: pd.DataFrame) -> None:
    """Compare outcomes with plain runs, and effects with differences of them."""
    row = plan.rows[3]
    changes = {
        "world.gas_price_factor": row["gas"],
        "pack.parameters.hurdle_half_width": {"factor": row["width"]},
    }
    none = with_changes(plan.arms["none"], changes)
    dear = with_changes(plan.arms["dear"], changes | {"policies.tax.price_cny_per_tco2": row["rate"]})
    results = {"none": simulate(none, replications=2), "dear": simulate(dear, replications=2)}
    emitted = {arm: one.draws("Emissions|CO2").sum(axis=1) for arm, one in results.items()}
    assert (emitted["none"] != emitted["dear"]).all()
    effects = with_effects(plan, table).set_index(["arm", "row", "replication"])
    levels = table.set_index(["arm", "row", "replication"])
    for replication in (0, 1):
        at = ("dear", 3, replication)
        assert levels.loc[at, "level"] == results["dear"].draws("Emissions|CO2", "North")[replication, -1]
        expected = -emitted["dear"][replication] + emitted["none"][replication]
        assert effects.loc[at, "avoided"] == pytest.approx(expected, abs=1e-12)
        assert math.isnan(effects.loc[("none", 3, replication), "avoided"])
    records = plan.store(Path("experiments")).read().points
    found = pd.DataFrame(estimates(plan, records)).set_index(["arm", "outcome"])
    assert ("none", "avoided") not in found.index
    assert found.loc[("dear", "avoided"), "mean"] == pytest.approx(effects["avoided"].mean())


WRONG = {
    "unknown-key": ("factors:", "factros:", "study.yaml:6:1"),
    "not-ascending": ("range: [0.5, 1.5]", "range: [1.5, 0.5]", "study.yaml:7:39"),
    "not-one-form": ("values: [1.2]", "", "study.yaml:8:52"),
    "unknown-arm": ("against: none", "against: nune", "did you mean `none`?"),
    "not-one-number": ("year: 2026", "year: 2026, sum: 2025-2026", "study.yaml:15:3"),
    "unknown-value": ("method: grid", "method: gird", "did you mean `grid`?"),
    "unknown-scenario": ("none: {}", "none: tanlu:baselin", "study.yaml:4:9"),
    "unknown-variable": ("variable: Emissions|CO2, sum", "variable: Emision|CO2, sum", "study.yaml:14:23"),
    "unknown-region": ("region: North", "region: Nord", "did you mean `North`?"),
    "not-a-year-of-the-run": ("year: 2026", "year: 2036", "2025-2026"),
    "not-paired": ("none: {}", "none: {seed: 5}", "other seed"),
    "no-design": ("design: {method: grid, levels: 2}\n", "", "need a design"),
    "bad-rows": ("{method: grid, levels: 2}", "{method: list, rows: [{gas: 1}]}", "gas, rate, width"),
    "given-twice": ("  rate: {path", "  gas: {path", "is a factor and a lever"),
    "wrong-length": ("outcomes:\n", "outcomes: {}\nrest:\n", "must not be empty"),
}


@pytest.mark.parametrize("code", WRONG)
def test_mistakes_are_told_with_their_place(study, code) -> None:
    old, new, told = WRONG[code]
    assert SMALL.count(old) == 1
    study.write_text(SMALL.replace(old, new))
    done = command("check", "study.yaml")
    assert done.exit_code == 2 and "Traceback" not in done.output
    assert f"error[{code}]" in done.output and told in done.output, done.output


def test_an_extension_is_given_to_every_worker_and_counts(study) -> None:
    extension = str(ROOT / "tests" / "extensions" / "indicator.py")
    asked = SMALL.replace(
        "variable: Emissions|CO2, region: North", "variable: Emissions|CO2|Per Load, region: North"
    )
    study.write_text(asked.replace("levels: 2", "levels: 2, seed: 2").replace("[100, 500]", "[500]"))
    assert "there is no `Emissions|CO2|Per Load`" in command("check", study).output
    done = command("run", study, "--jobs", 1, "--extend", extension)
    assert done.exit_code == 0, done.output
    with_it = load_experiment(study, [extension])
    stored = with_it.store(Path("experiments")).read()
    assert all(0.0 < one.outcomes["level"] < 2.0 for one in stored.points.values())
    study.write_text(SMALL)
    assert not load_experiment(study).batch.ids & load_experiment(study, [extension]).batch.ids


def test_a_wrong_path_is_told_at_its_place(study) -> None:
    study.write_text(SMALL.replace("world.gas_price_factor", "world.gas_price_factro"))
    done = command("check", "study.yaml")
    assert "study.yaml:7:15" in done.output and "did you mean `gas_price_factor`?" in done.output
    assert command("check", "nothing.yaml").exit_code == 2


def test_the_page_has_the_example_and_its_python_runs(study, monkeypatch) -> None:
    page = (ROOT / "docs" / "experiments.md").read_text()
    (yaml,), (code,) = (re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("yaml", "python"))
    example = ROOT / "docs" / "experiments" / "carbon_price.yaml"
    assert yaml in example.read_text()
    assert len(load_experiment(example).batch.points) == 2 * 8 * 4
    Path("docs/experiments").mkdir(parents=True)
    shutil.copy("two_provinces.yaml", "docs/experiments")
    short = SMALL.replace("range: [0.5, 1.5]", "values: [1]").replace("[100, 500]", "[500]")
    Path("docs/experiments/carbon_price.yaml").write_text(short)
    space: dict[str, pd.DataFrame] = {}
    exec(code.replace("jobs=2", "jobs=1"), space)
    assert set(space["table"]["arm"]) == {"none", "dear"} and len(space["table"]) == 4


def until(share: float, most: int = 30) -> str:
    rule = f"{{at_least: 8, at_most: {most}, until: {{outcome: level, half_width_share: {share}}}}}"
    return SMALL.replace("replications: 2", f"replications: {rule}")


def stored_with(study: Path, draws: Callable[[int], float]) -> tuple[Plan, Store]:
    """Return a store with made-up levels of every run by its replication."""
    plan = load_experiment(study)
    store = plan.store(study.parent / "stores")
    store.begin(plan.describe())
    records = [
        PointRecord(id, "", "", {"avoided": 1.0, "level": draws(roles[0].replication)}, 1.0, "", roles)
        for id, roles in plan.batch.roles().items()
    ]
    store.save(make_part(Receipt(store.code, tuple(records)), NOTHING_KEPT))
    return plan, store


@pytest.mark.parametrize(
    ("share", "spread", "expected"),
    [(0.5, 0.1, 12), (0.05, 0.1, 24), (0.001, 0.1, 30), (0.05, 0.0, 12)],
)
def test_replications_end_when_the_outcome_is_known(study, share, spread, expected) -> None:
    study.write_text(until(share))
    plan, store = stored_with(study, lambda n: 1.0 + spread * (-1) ** n)
    stages: list[int] = []
    with pool_of() as pool, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stopping, "run_batch", lambda batch, *_: stages.append(len(batch.points)) or iter(()))
        list(stopping.run_until_known(plan, store, pool))
    assert [n // 8 for n in stages] == [*range(8, expected, 4), expected]
    ending = stopping.ending_of(plan, store, expected)
    assert ending.is_met == (expected < 30) and stopping.replications_done(plan, store.read()) == 30
    if not ending.is_met:
        assert ending.replications_needed > 1000
        assert "not to 0.1 %: that would take about" in command("status", study, "--out", "stores").output


def test_the_end_of_replications_is_checked(study) -> None:
    study.write_text(until(0.05).replace("outcome: level", "outcome: levle"))
    assert "did you mean `level`?" in command("check", study).output
    study.write_text(until(0.05, most=6))
    assert "error[not-ascending]" in command("check", study).output
    study.write_text(SMALL.replace("replications: 2", "replications: {at_least: 2, at_most: 4}"))
    assert "error[no-end]" in command("check", study).output
    study.write_text(SMALL.replace("replications: 2", "replications: 0"))
    assert "must be at least 1" in command("check", study).output


def test_the_bar_tells_pace_failures_and_means(study) -> None:
    plan, store = stored_with(study, lambda n: 1.0 + n)
    shown = BatchShown(plan, {})
    assert shown.text().startswith("0/12  0.00 runs/s  ?")
    receipt = Receipt(store.code, tuple(store.read().points.values()))
    shown.take(receipt._replace(points=(receipt.points[0]._replace(failure="x: y"), *receipt.points[1:])))
    text = shown.text()
    assert text.startswith("12/12") and "failed 1: x: y" in text and "dear, level: 1." in text


# --- designs and distributions --------------------------------------------------------------------------------------


def shaped(**shape: object) -> Input:
    return Input("x", "world.x", "", Distribution.model_validate(shape))


def test_each_distribution_is_its_inverse() -> None:
    shares = (np.arange(20000) + 0.5) / 20000
    moments: Mapping[str, tuple[Input, float, float]] = {
        "range": (shaped(range=(2.0, 4.0)), 3.0, 4.0 / 12.0),
        "triangular": (shaped(triangular=(0.0, 1.0, 3.0)), 4.0 / 3.0, (9 + 1 - 3) / 18.0),
        "normal": (shaped(normal=(5.0, 2.0)), 5.0, 4.0),
        "lognormal": (shaped(lognormal_sigma=0.2), math.exp(0.02), (math.exp(0.04) - 1) * math.exp(0.04)),
        "values": (shaped(values=(1, 2, 6)), 3.0, 14.0 / 3.0),
    }
    for name, (one, mean, variance) in moments.items():
        values = np.array([value_at(one, share, 1) for share in shares])
        assert (np.diff(values) >= 0).all(), name
        assert values.mean() == pytest.approx(mean, rel=1e-3), name
        assert values.var() == pytest.approx(variance, rel=1e-2), name
    assert value_at(shaped(normal=(0.0, 1.0)), 0.0, 1) > -7, "a share of 0 has a value"
    assert [value_at(Input("c", "", "replication", Distribution()), x, 4) for x in (0.0, 0.3, 1.0)] == [
        0,
        1,
        3,
    ]


def test_each_design_has_its_rows() -> None:
    keys = {
        "factors": {name: {"path": f"world.{name}", "range": (0.0, 1.0)} for name in ("a", "b", "c")},
    }
    sizes = {"latin_hypercube": 8, "sobol": 8, "saltelli": 8 * (3 + 2), "morris": 8 * (3 + 1), "grid": 27}
    for method, size in sizes.items():
        asked = experiment(**keys, design={"method": method, "n": 8})
        found = rows(asked)
        assert len(found) == size and found == rows(asked), method
        assert all(0.0 <= value <= 1.0 for row in found for value in row.values()), method
        if method in ("latin_hypercube", "sobol"):
            assert {int(row["b"] * 8) for row in found} == set(range(8)), "one in each stratum"
    listed = experiment(**keys, design={"method": "list", "rows": ({"a": 1, "b": 2, "c": 3},)})
    assert rows(listed) == [{"a": 1, "b": 2, "c": 3}]
    assert rows(experiment()) == [{}]


def test_every_assumption_of_a_table_becomes_a_factor(study) -> None:
    figures = "figures_of: {table: parameters, grade: D}"
    study.write_text(
        SMALL.replace("path: world.gas_price_factor, range: [0.5, 1.5]", figures).replace(
            "{method: grid, levels: 2}", "{method: morris, n: 1}"
        )
    )
    plan = load_experiment(study)
    known = {one.path: one for one in factors(plan.arms["none"], "pack.parameters.") if not one.is_fixed}
    names = [one.name for one in plan.inputs if one.name.startswith("gas.")]
    assert len(names) == len(known) > 40 and len(plan.rows) == len(plan.inputs) + 1
    for name in names:
        of = known["pack." + name.removeprefix("gas.")]
        values = {row[name] for row in plan.rows}
        assert len(values) == 2 and of.low <= min(values) < max(values) <= of.high, name
    assert all(one.scenario.pack for one in plan.batch.points)
    study.write_text(
        SMALL.replace("path: world.gas_price_factor, range: [0.5, 1.5]", figures.replace("D}", "A}"))
    )
    assert "no figure of parameters of grade A" in command("check", study).output


def test_sobol_indices_of_a_saltelli_design_are_those_of_the_function() -> None:
    """Of y = a + 2 b with a, b uniform, b makes 4/5 of the variance."""
    factors = {name: {"path": f"world.{name}", "range": (0.0, 1.0)} for name in ("a", "b")}
    found = rows(experiment(factors=factors, design={"method": "saltelli", "n": 512}))
    y = np.array([row["a"] + 2.0 * row["b"] for row in found])
    problem = {"num_vars": 2, "names": ["a", "b"], "bounds": [[0.0, 1.0]] * 2}
    indices = sobol_indices.analyze(problem, y, calc_second_order=False, seed=1)
    assert indices["ST"] == pytest.approx([0.2, 0.8], abs=0.02)


# --- intervals ------------------------------------------------------------------------------------------------------


def test_intervals_hold_the_mean_as_often_as_they_say() -> None:
    """Draws that all rows share are noise that more rows do not remove."""
    rng = np.random.default_rng(1)
    row, replication = (axis.ravel() for axis in np.indices((10, 8)))
    held = 0
    for _ in range(400):
        of_rows, of_draws = rng.normal(size=10), rng.normal(size=8)
        numbers = of_rows[row] + of_draws[replication] + rng.normal(size=80)
        found = estimate_of(numbers, row, replication)
        held += abs(found.mean) <= found.half_width
    assert 0.93 <= held / 400 <= 0.995
    one = estimate_of(np.array([1.0, 2.0, 4.0]), np.zeros(3, int), np.arange(3))
    assert one.half_width == pytest.approx(4.302653 * np.std([1, 2, 4], ddof=1) / math.sqrt(3))
    assert math.isnan(estimate_of(np.array([1.0]), np.zeros(1, int), np.zeros(1, int)).half_width)


def test_an_outcome_that_rests_on_one_run_has_no_interval_of_its_mean() -> None:
    calm = np.random.default_rng(2).normal(1.0, 0.5, 8)
    assert not rests_on_one(calm) and not rests_on_one(np.zeros(8))
    assert rests_on_one(np.array([*calm[:7], 40.0])) and not rests_on_one(np.array([0.1, 9.0]))


def test_a_table_of_what_is_there_so_far(study) -> None:
    plan = load_experiment(study)
    store = plan.store(study.parent / "stores")
    assert outcome_table(plan, store.read()).empty and not list(estimates(plan, store.read().points))
    with pytest.raises(ScenarioError):
        load_experiment(study.with_name("two_provinces.yaml"))
