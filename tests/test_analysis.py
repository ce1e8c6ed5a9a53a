"""Analyses of experiments: functions whose answers are known, and what they refuse."""

import json
import math
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import morris as salib_morris
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core import places
from tanlu.core.places import shipped_studies
from tanlu.experiments.analysis.discovery import Futures, cart, futures_of, prim
from tanlu.experiments.analysis.main import METHODS, analyse, find_refusal
from tanlu.experiments.analysis.morris import morris
from tanlu.experiments.analysis.outcome_runs import OutcomeRuns, StoredRuns, answers_of
from tanlu.experiments.analysis.regret import Choices, choices_of, dominated, regret, satisficing
from tanlu.experiments.analysis.steps import steps
from tanlu.experiments.analysis.variance import sobol
from tanlu.experiments.designs import Input, inputs_of, rows_of, unit_cube
from tanlu.experiments.executors import BatchError
from tanlu.experiments.outcomes import ExperimentOutcome, MeasuredRun, outcomes_of
from tanlu.experiments.plans import load_experiment
from tanlu.experiments.schema import Distribution, Experiment
from tanlu.experiments.store import StoreContents
from tanlu.experiments.summary import outcome_table
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.output import influence
from tanlu.output.influence import influence_in_words
from tanlu.scenario.loading import load

ROOT = Path(__file__).parents[1]
STUDY = """experiment: tiny
base: {extends: two_provinces.yaml, years: 2025-2026}
arms:
  none: {}
  dear: {policies: {tax: {price_cny_per_tco2: 500}}}
factors:
  gas: {path: world.gas_price_factor, range: [0.5, 1.5], grade: D}
levers:
  rate: {path: policies.tax.price_cny_per_tco2, arm: dear, values: [100, 500]}
design: {method: latin_hypercube, n: 3, cross_levers: true}
replications: 2
outcomes:
  avoided: {variable: Emissions|CO2, sum: 2025-2026, against: none, sign: -1, better: more}
  price: {variable: Price|Electricity|Wholesale, year: 2026, at_most: 1000}
"""


def inputs(*names: str, chance: str = "") -> tuple[Input, ...]:
    of = Distribution.model_validate({"range": (0.0, 1.0)})
    return tuple(
        Input(x, "" if x == chance else f"world.{x}", "replication" if x == chance else "", of, grade="D")
        for x in names
    )


def answers(values: np.ndarray, rows: np.ndarray | None = None) -> OutcomeRuns:
    draws = values[:, None] if values.ndim == 1 else values
    return OutcomeRuns("one", "y", np.arange(len(draws)) if rows is None else rows, draws)


# --- which inputs matter --------------------------------------------------------------------------------------------


def test_morris_gives_the_slopes_of_a_line_as_salib_does() -> None:
    names = ("a", "b", "c", "luck")
    cube = morris_sample.sample(unit_cube(names), 8, seed=1)
    luck = np.random.default_rng(1).normal(size=len(cube))
    y = 5.0 * cube[:, 0] - 2.0 * cube[:, 1] + 0.1 * luck + 0.3 * np.sin(20.0 * cube[:, 3])
    found = morris(answers(y), cube, inputs(*names, chance="luck"), "Mt")
    assert found is not None
    theirs = salib_morris.analyze(unit_cube(names), cube, y, seed=1)
    ours = found.table.set_index("factor").loc[list(names)]
    assert ours["effect"].to_numpy() == pytest.approx(theirs["mu_star"])
    assert ours["spread"].to_numpy() == pytest.approx(theirs["sigma"])
    assert ours.loc["a", "mean"] == pytest.approx(5.0, abs=0.3)
    assert ours.loc["b", "mean"] == pytest.approx(-2.0, abs=0.3)
    assert list(ours["rank"].fillna(0)) == [1, 2, 0, 0] and math.isnan(ours.loc["c", "mean"])
    assert list(ours["noise"]) == [False, False, True, True] and 0.0 < found.noise_share < 0.1
    # A trajectory that lacks a row does not count, and the others stay as they are.
    kept = np.delete(np.arange(len(cube)), 7)
    fewer = morris(answers(y[kept], kept), cube, inputs(*names, chance="luck"), "Mt")
    assert set(fewer.table["pairs"]) == {7}
    theirs = salib_morris.analyze(
        unit_cube(names), np.delete(cube, range(5, 10), 0), np.delete(y, range(5, 10))
    )
    assert fewer.table.set_index("factor").loc["a", "effect"] == pytest.approx(theirs["mu_star"][0])


def ishigami(x: np.ndarray) -> np.ndarray:
    z = np.pi * (2.0 * x - 1.0)
    return np.sin(z[:, 0]) + 7.0 * np.sin(z[:, 1]) ** 2 + 0.1 * z[:, 2] ** 4 * np.sin(z[:, 0])


def test_sobol_indices_of_ishigami_are_the_known_ones() -> None:
    names = ("a", "b", "c", "idle")
    cube = sobol_sample.sample(unit_cube(names), 1024, calc_second_order=False, seed=1)
    found = sobol(answers(ishigami(cube)), inputs(*names), False, len(cube))
    of = found.table.set_index("factor")
    assert of.loc[list(names), "total"].to_numpy() == pytest.approx([0.558, 0.442, 0.244, 0.0], abs=0.05)
    assert of.loc[list(names), "first"].to_numpy() == pytest.approx([0.314, 0.442, 0.0, 0.0], abs=0.05)
    assert list(of.index) == ["a", "b", "c", "idle"] and of.loc["idle", "noise"]
    assert of["rank"].isna().sum() == 1
    # Few blocks give wide intervals, which is told; of an unfinished design the first whole blocks count.
    some = sobol(answers(ishigami(cube[:100])), inputs(*names), False, len(cube))
    assert set(some.table["pairs"]) == {16}
    assert [note.key for note in some.notes] == ["blocks", "not_converged"]
    assert (
        "not_converged" in [note.key for note in found.notes] or found.table["total_half_width"].max() <= 0.05
    )
    assert sobol(answers(np.ones(60)), inputs(*names), False, 60) is None


def test_chance_is_measured_by_sobol_and_by_draws() -> None:
    names = ("a", "luck")
    cube = sobol_sample.sample(unit_cube(names), 256, calc_second_order=False, seed=1)
    found = sobol(answers(cube[:, 0] + cube[:, 1]), inputs(*names, chance="luck"), False, len(cube))
    assert found.noise_share == pytest.approx(0.5, abs=0.05)
    rng = np.random.default_rng(1)
    one = answers(3.0 * rng.normal(size=400)[:, None] + rng.normal(size=(400, 4)))
    assert one.noise_share == pytest.approx(0.1, abs=0.03)
    assert one.half_widths == pytest.approx(np.full(400, 1.96 / 2.0), rel=0.35)
    assert one.half_widths.mean() == pytest.approx(1.96 / 2.0, rel=0.05)
    assert math.isnan(answers(np.ones(3)).noise_share)


# --- when a policy fails --------------------------------------------------------------------------------------------


def futures(noise: float = 0.0, number: int = 400) -> Futures:
    """Return futures that break their bound where a > 0.7 and b < 0.5, some by chance alone."""
    rng = np.random.default_rng(1)
    x = pd.DataFrame(rng.random((number, 4)), columns=["a", "b", "c", "d"])
    breaks = ((x["a"] > 0.7) & (x["b"] < 0.5)).to_numpy() ^ (rng.random(number) < noise)
    return Futures(x, breaks, 0)


def test_prim_finds_the_box_and_nothing_else() -> None:
    one = answers(np.zeros(400))
    found = prim(one, futures(0.03), inputs("a", "b", "c", "d"), "Mt")
    of = found.table.set_index("factor")
    assert set(of.index) == {"a", "b"}
    assert of.loc["a", "low"] == pytest.approx(0.7, abs=0.05) and math.isnan(of.loc["a", "high"])
    assert of.loc["b", "high"] == pytest.approx(0.5, abs=0.05) and (of["quasi_p"] < 0.05).all()
    told = {note.key: note.values for note in found.notes}
    assert told["box"]["density"] > 0.85 and told["box"]["coverage"] > 0.75
    assert told["held_out"]["density"] > 0.75 and told["held_out"]["density_half_width"] < 0.15


def test_prim_finds_no_box_in_chance() -> None:
    by_lot = futures()._replace(breaks=np.random.default_rng(2).random(400) < 0.3)
    told = {note.key: note.values for note in prim(answers(np.zeros(400)), by_lot, inputs(*"abcd"), "").notes}
    assert "no_box" in told or told["held_out"]["density"] < 0.45, "what is found does not hold elsewhere"
    none = futures()._replace(breaks=np.zeros(400, bool))
    assert [note.key for note in prim(answers(np.zeros(400)), none, inputs(*"abcd"), "").notes] == [
        "futures",
        "no_box",
    ]


def test_the_tree_has_the_leaf_that_fails_and_is_the_same_each_time() -> None:
    one = answers(np.zeros(400))
    found = cart(one, futures(0.03), "Mt").table
    assert found["pairs"].sum() == 400 and found["coverage"].sum() == pytest.approx(1.0)
    first = found.iloc[0]
    assert first["rank"] == 1 and first["rule"] == "a > 0.7112; b <= 0.4957"
    assert first["density"] > 0.85
    pd.testing.assert_frame_equal(found, cart(one, futures(0.03), "Mt").table)


def test_futures_too_close_to_the_bound_are_left_out() -> None:
    draws = np.array([[2.0, 4.0], [9.0, 11.0], [16.0, 18.0]])
    rows = [{"a": 0.1 * i} for i in range(3)]
    outcome = ExperimentOutcome(variable="x", year=2030, at_most=10)
    found = futures_of(answers(draws), outcome, inputs("a"), rows)
    assert found.undecided == 1 and list(found.breaks) == [False, True]
    assert list(found.values["a"]) == [0.0, 0.2]


# --- which choice is regretted least --------------------------------------------------------------------------------


def choices(name: str = "y", noise: float = 0.0, worse: float = 3.0) -> Choices:
    """Return two choices that are alike, one that is worse, and one that is best where the future is dear."""
    rng = np.random.default_rng(1)
    future = rng.random(200)
    means = np.array([0.0 * future, 0.0 * future, 0.0 * future - worse, 4.0 * (future - 0.9)])
    draws = means[:, :, None] + noise * rng.normal(size=(4, 200, 2)) + 20.0 * future[:, None]
    labels = ("plain", "same", "worse", "bold")
    return Choices(name, labels, draws, tuple((label, {}) for label in labels))


def test_regret_ranks_what_is_apart_and_no_more() -> None:
    of = regret(choices(noise=0.05), 1, "Mt").table.set_index("choice")
    assert of.loc["plain", "rank"] == of.loc["same", "rank"] == 1
    assert of.loc["plain", "regret_p90"] < 0.7 and of.loc["worse", "regret_p90"] == pytest.approx(
        3.2, abs=0.3
    )
    assert of.loc["bold", "rank"] == 3 or of.loc["worse", "rank"] == 3
    assert 0.0 < of.loc["plain", "half_width"] < 0.3
    turned = regret(choices(noise=0.05), -1, "Mt").table.set_index("choice")
    assert turned.loc["worse", "rank"] == 1 or turned.loc["bold", "rank"] == 1
    assert 0.0 < choices(noise=0.5).noise_share < 1.0 and choices().noise_share == 0.0


def test_satisficing_and_what_is_beaten() -> None:
    outcomes = {
        "y": ExperimentOutcome(variable="x", year=2030, at_least=10),
        "z": ExperimentOutcome(variable="x", year=2030, better="more"),
    }
    (found,) = satisficing([choices(noise=0.05), choices("z")], outcomes)
    of = found.table.set_index("choice")
    assert (
        of.loc["plain", "kept_share"] == pytest.approx(0.5, abs=0.08)
        and 0.0 < of.loc["plain", "half_width"] < 0.1
    )
    assert of.loc["plain", "rank"] == of.loc["same", "rank"] == 1 < of.loc["worse", "rank"]
    beaten = dominated([choices(noise=0.05), choices("z", noise=0.05)], outcomes).table.set_index("choice")
    assert "plain" in beaten.loc["worse", "beaten_by"] and not beaten.loc["plain", "beaten_by"]
    assert not beaten.loc["same", "beaten_by"], "chance alone beats nobody"
    assert dominated([choices()], outcomes) is None


def test_steps_of_a_lever_are_told_by_the_other_levers() -> None:
    """Of an outcome that falls by 2 a unit of `a`, and by 5 more where `b` is 1, next to chance of a future."""
    future = np.random.default_rng(1).normal(size=50)
    values = [(a, b) for a in (0.0, 1.0, 3.0) for b in (0.0, 1.0)]
    draws = np.array([[-a * (2.0 + 5.0 * b) + future] for a, b in values]).transpose(0, 2, 1)
    levers = tuple(("", {"a": a, "b": b}) for a, b in values)
    of = steps(Choices("y", tuple(map(str, values)), draws, levers), "Mt").table.set_index(["step", "with"])
    assert of.loc[("a 0 → 1", "b 0"), "step_effect"] == pytest.approx(-2.0)
    assert of.loc[("a 1 → 3", "b 1"), "step_effect"] == pytest.approx(-14.0)
    assert len(of) == 4 + 3, "steps go to the next value only"
    assert of.loc[("b 0 → 1", "a 0"), "noise"] and of.loc[("b 0 → 1", "a 3"), "falls_share"] == 1.0
    assert steps(choices(), "Mt") is None


# --- one whole way --------------------------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "tests" / "two_provinces.yaml", tmp_path)
    (tmp_path / "study.yaml").write_text(STUDY)
    return tmp_path / "study.yaml"


def command(*words: object):
    return CliRunner().invoke(app, ["experiment", *map(str, words)])


def test_levers_are_crossed_with_the_futures() -> None:
    asked = Experiment.model_validate(
        {
            "experiment": "x",
            "outcomes": {"a": {"variable": "b", "year": 2030}},
            "factors": {"f": {"path": "world.gas_price_factor", "range": (0.0, 1.0)}},
            "levers": {"l": {"path": "world.coal_price_factor", "values": (1.0, 2.0)}},
            "design": {"method": "latin_hypercube", "n": 5, "cross_levers": True},
        }
    )
    found = rows_of(asked, inputs_of(asked, load("tanlu:baseline")))
    assert len(found) == 10 and len({row["f"] for row in found}) == 5
    assert {(row["f"], row["l"]) for row in found} == {(row["f"], of) for row in found for of in (1.0, 2.0)}


def test_the_command_runs_analyses_and_writes(study) -> None:
    told = command("analyse", study)
    assert told.exit_code == 1 and "nothing is stored" in told.output and "Traceback" not in told.output
    assert command("run", study, "--jobs", 1, "--quiet").exit_code == 0
    shown = command("analyse", study)
    assert shown.exit_code == 0, shown.output
    assert "Regret: avoided · Mt CO2" in shown.output and "dear (rate 500)" in shown.output
    assert "后悔值" in command("analyse", study, "--lang", "zh", "--method", "regret").output
    found = json.loads(command("analyse", study, "--json").output)
    assert {one["method"] for one in found} == {*METHODS, "satisficing", "pareto"} - {
        "one_at_a_time",
        "morris",
        "sobol",
    }
    assert command("analyse", study, "--csv", "tables").exit_code == 0
    written = pd.read_csv("tables/regret-avoided.csv")
    assert set(written["choice"]) == {"none", "dear (rate 100)", "dear (rate 500)"}
    assert set(written["pairs"]) == {3}
    check_regret(study, written.set_index("choice"))


def check_regret(study: Path, written: pd.DataFrame) -> None:
    """Compare regret with the plain differences between runs."""
    plan = load_experiment(study)
    contents = plan.store(Path("experiments")).read()
    found = analyse(plan, contents, ["regret"], ["avoided"])
    table = outcome_table(plan, contents)
    means = table.groupby(["arm", "gas", "rate"])["avoided"].mean()
    gained = means["dear"].unstack("rate").sub(means["none"].groupby("gas").first(), axis="index").max(axis=1)
    assert found[0].table.set_index("choice").loc["none", "regret_maximum"] == pytest.approx(gained.max())
    assert written.loc["none", "regret_maximum"] == pytest.approx(gained.max())
    asked = StoredRuns(plan, tuple(answers_of(plan, table[(table["arm"] != "dear") | (table["row"] != 5)])))
    assert choices_of(asked, "price").values.shape == (3, 2), "a future that a choice lacks does not count"


@pytest.mark.parametrize(
    ("methods", "outcomes", "told"),
    [
        (["sobol"], (), "`sobol` needs the design saltelli, and this one is latin_hypercube"),
        (["sobl"], (), "did you mean `sobol`?"),
        ((), ["avoidd"], "did you mean `avoided`?"),
        (["morris"], (), "needs the design morris"),
    ],
)
def test_what_does_not_suit_is_said_in_one_line(study, methods, outcomes, told) -> None:
    with pytest.raises(BatchError, match=re.escape(told)):
        analyse(load_experiment(study), StoreContents({}, {}, (), ()), methods, outcomes)


# --- studies that come with Tanlu -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", shipped_studies())
def test_a_study_is_a_whole_experiment(name, tmp_path, monkeypatch) -> None:
    """Of the smallest design: that of the study takes long to write out."""
    text = shipped_studies()[name].read_text("utf-8")
    small = tmp_path / "studies" / f"{Path(name).name}.yaml"
    small.parent.mkdir()
    one = "{path: pack.parameters.hurdle_half_width, range: [0, 0.04]}"
    text = re.sub(r"(?m)(^  \w+: \{group: \w+\}\n)(  \w+: \{group: \w+\}\n)+", r"\1", text)
    small.write_text(
        re.sub(r"\bn: \d+", "n: 1", text).replace("{figures_of: {table: parameters, grade: D}}", one)
    )
    monkeypatch.setattr(places, "SCENARIOS", tmp_path)
    assert name not in places.shipped_scenarios()
    for other in ("baseline", "dual_carbon", "ccus_push"):
        shutil.copy(ROOT / "scenarios" / f"{other}.yaml", tmp_path)
    plan = load_experiment(f"tanlu:{name}")
    assert plan.name == Path(name).name and plan.batch.points
    is_for_reading = plan.experiment.keep.every_indicator  # answers made ahead, which nobody analyses
    assert plan.experiment.seek or is_for_reading or any(not find_refusal(plan, method) for method in METHODS)
    with pytest.raises(ScenarioError, match="no study"):
        load_experiment(f"tanlu:{name}x")


def test_an_outcome_may_be_a_weighted_sum() -> None:
    of = ExperimentOutcome(variable="a", plus={"b": 0.5}, sum="2025-2026", sign=-1)
    run = MeasuredRun(
        ("a", "b"), ("t", "t"), ("Both",), np.array([2024, 2025, 2026]), np.arange(6.0).reshape(2, 1, 3)
    )
    assert outcomes_of(run, {"x": of}) == {"x": -(1.0 + 2.0 + 0.5 * (4.0 + 5.0))}
    assert of.direction == 0 and not of.is_bounded


def test_the_assumptions_that_matter_are_told(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(places, "SCENARIOS", tmp_path)
    assert influence_in_words("chengyu", "en") == ()
    (tmp_path / "studies").mkdir()
    labels = {"en": "Years of banked allowances", "zh": "配额结存目标年数"}
    most = [{"name": "bank_target_years", "labels": labels, "effect": 321.4, "half_width": 12.0}]
    told = {"region": "chengyu", "outcomes": {"emitted_mtco2": {"unit": "Mt CO2", "most": most}}}
    (tmp_path / "studies" / "influence.json").write_text(json.dumps(told))
    influence._ranking.cache_clear()
    (said,) = influence_in_words("chengyu", "zh")
    assert "配额结存目标年数" in said and "321 ± 12 百万吨CO2" in said
    assert influence_in_words("two_provinces", "en") == ()
    influence._ranking.cache_clear()
