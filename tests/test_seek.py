"""Searches: problems whose best points are known, searches that were stopped, and what a file may not ask for."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import tanlu
from tanlu.cli.main import app
from tanlu.experiments.description import read_description
from tanlu.experiments.executors import BatchError
from tanlu.experiments.outcomes import ExperimentOutcome
from tanlu.experiments.plans import load_experiment
from tanlu.experiments.search import course
from tanlu.experiments.search.course import search
from tanlu.experiments.search.fronts import beaten_points, reached_volume, spread_points
from tanlu.experiments.search.judgement import find_obstacles, judge
from tanlu.experiments.search.main import SearchWatch, seek
from tanlu.experiments.search.problem import Problem
from tanlu.experiments.search.surrogates import sobol_points
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.scenario.loading import with_settings

ROOT = Path(__file__).parents[1]
SMALL = """experiment: small_search
base: {extends: two_provinces.yaml, years: 2022-2031, world: {hydrology: bootstrap}}
arms:
  none: {}
  package: {}
levers:
  price: {path: policies.tax.price_cny_per_tco2, arm: package, range: [0, 500]}
outcomes:
  saved: {variable: Emissions|CO2, sum: 2025-2026, against: none, sign: -1, better: more}
  support: {variable: Public Budget|Climate Support, sum: 2025-2026, against: none, at_most: 3, better: less}
  cut: {variable: "Emissions|CO2|Per GRDP", change: 2024-2026, at_most: 50}
seek: {best: [saved], aims: [cut], caps: [support], in_draws: 2 of 2, screen_draws: 1, runs: 36}
"""


def outcome(**keys: object) -> ExperimentOutcome:
    return ExperimentOutcome.model_validate({"variable": "x", "year": 2030, **keys})


def problem(
    levers: int, goals: dict[str, ExperimentOutcome], caps: dict[str, ExperimentOutcome], runs: int
) -> Problem:
    """Build a problem with eight draws, all of which count, and nothing that points are compared with."""
    return Problem(levers, goals | caps, tuple(goals), (), tuple(caps), 7, 8, 1, runs, 8, 1)


class Model:
    """A closed form of places [N, D] with chance that all points share."""

    def __init__(self, form, noise: float = 0.0) -> None:
        self.form, self.calls = form, 0
        self.noise = noise * np.random.default_rng(5).normal(size=(64, 1))

    def __call__(self, places: np.ndarray, draws: Sequence[int]) -> np.ndarray:
        self.calls += 1
        return np.stack(self.form(places.T), axis=1)[:, None, :] + self.noise[list(draws)]


def found(asked: Problem, model: Model):
    return search(asked, model(np.zeros((1, asked.levers)), range(asked.draws))[0], model)


# --- points that no other beats ---------------------------------------------------------------------------------


def test_beaten_points_and_volumes_are_those_counted_by_hand() -> None:
    goals = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0], [1.0, 2.0], [2.0, 2.0]])
    assert beaten_points(goals).tolist() == [False, False, False, True, False]
    assert reached_volume(goals, np.zeros(2)) == 6.0
    assert reached_volume(goals, np.ones(2)) == 1.0
    assert reached_volume(np.array([[2.0], [5.0]]), np.ones(1)) == 4.0
    cubes = np.array([[1.0, 1.0, 2.0], [2.0, 1.0, 1.0]])
    assert reached_volume(cubes, np.zeros(3)) == 3.0
    assert spread_points(np.array([[0.0], [0.1], [1.0], [0.5]]), 3) == [0, 2, 3]


def test_volume_is_the_share_of_random_points_below_the_front() -> None:
    rng = np.random.default_rng(2)
    goals = rng.random((12, 3))
    samples = rng.random((20000, 3))
    share = (samples[:, None, :] <= goals).all(axis=2).any(axis=1).mean()
    assert reached_volume(goals, np.zeros(3)) == pytest.approx(share, abs=0.01)


# --- searches of closed forms -----------------------------------------------------------------------------------


def test_one_lever_and_one_cap_end_where_bisection_does() -> None:
    """The most of x with x + x² at most 1 is the golden ratio's 0.618: the search comes within 2 % of it."""
    asked = problem(1, {"gain": outcome(better="more")}, {"load": outcome(at_most=1.0)}, 120)
    ended = found(asked, Model(lambda x: (x[0], x[0] + x[0] ** 2)))
    best = ended.places[ended.finalists, 0]
    exact = (np.sqrt(5.0) - 1.0) / 2.0
    assert exact * 0.98 <= best.max() <= exact


def test_the_known_front_is_reached_and_more_of_it_than_by_a_sample() -> None:
    """Gain x costs x² + (y − ½)²: on the front y is ½. Two seeds; the cap keeps x below 0.8."""
    form = Model(lambda x: (x[0], x[0] ** 2 + (x[1] - 0.5) ** 2, x[0] + 0.1 * x[1]), noise=0.02)
    goals = {"gain": outcome(better="more"), "cost": outcome(better="less")}
    volumes = []
    for seed in (1, 2):
        asked = problem(2, goals, {"load": outcome(at_most=0.85)}, 220)._replace(seed=seed)
        ended = found(asked, form)
        front = ended.places[ended.finalists]
        assert np.median(np.abs(front[:, 1] - 0.5)) < 0.05, "off the front"
        verdict = judge(asked, ended)
        assert verdict.is_on_front.sum() >= 3 and (ended.finalists.size == len(ended.fresh))
        sample = sobol_points(2, len(ended.places), seed)
        worst = np.array([0.0, -1.25])
        values = form(sample, range(8))
        kept = (asked.margins_of(values) >= 0.0).all(axis=1)
        sampled = reached_volume(asked.goals_of(values)[kept], worst)
        trials = ended.trials
        volumes.append(reached_volume(trials.goals[trials.is_feasible], worst) / sampled)
    assert min(volumes) >= 1.0 and np.mean(volumes) >= 1.01, volumes


def test_points_that_differ_within_noise_are_a_group_and_beat_nobody() -> None:
    goals = {"gain": outcome(better="more")}
    asked = problem(1, goals, {}, 60)
    draws = np.random.default_rng(1).normal(size=(3, 8, 1))
    fresh = np.array([[[0.0]], [[0.1]], [[5.0]]]) + draws
    ended = found(asked, Model(lambda x: (x[0],)))._replace(finalists=np.arange(3), fresh=fresh)
    verdict = judge(asked, ended)
    assert verdict.groups.tolist() == [2, 2, 1]
    assert verdict.beaten_by.tolist() == [2, 2, -1] and verdict.is_on_front.tolist() == [False, False, True]


def test_an_aim_out_of_reach_names_the_bound_that_binds() -> None:
    goals = {"gain": outcome(better="more")}
    caps = {"load": outcome(at_most=-0.2), "width": outcome(at_most=2.0)}
    asked = problem(2, goals, caps, 160)
    ended = found(asked, Model(lambda x: (x[0], x[0] + x[1], x[1])))
    assert ended.finalists.size == 1 and not judge(asked, ended).is_on_front.any()
    (obstacle,) = find_obstacles(asked, ended)
    assert obstacle.bound == "load" and -0.3 < obstacle.margin <= -0.2, "least load there can be is 0"
    nearest = ended.places[ended.finalists[0]]
    assert nearest.sum() < 0.1


def test_a_point_whose_run_failed_does_not_count() -> None:
    def form(x: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.where(x[0] > 0.5, np.nan, x[0]),)

    ended = found(problem(1, {"gain": outcome(better="more")}, {}, 60), Model(form))
    assert (ended.places[ended.finalists] <= 0.5).all() and not ended.is_sound.all()


def test_screening_takes_the_worst_and_the_median_draw_of_the_aim() -> None:
    asked = problem(1, {"gain": outcome(better="more")}, {"load": outcome(at_most=1.0)}, 60)
    base = np.stack([np.zeros(8), np.array([3.0, 1, 2, 5, 4, 7, 6, 0])], axis=1)
    assert asked._replace(screen_draws=2).screening(base) == (4, 5), "loads of 7 and 4"
    assert asked._replace(screen_draws=1).screening(base) == (5,)


# --- searches of the model --------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "tests" / "two_provinces.yaml", tmp_path)
    (tmp_path / "search.yaml").write_text(SMALL)
    return tmp_path / "search.yaml"


class StoppedError(Exception):
    """A search was stopped."""


def test_a_stopped_search_goes_on_to_the_same_front_and_its_points_run_again(file) -> None:
    written = []

    def stop(batch, receipt) -> None:
        written.append(receipt.file)
        if len(written) in (3, 19):
            raise StoppedError

    for _ in range(2):
        with pytest.raises(StoppedError):
            seek(file, watch=SearchWatch(part=stop))
    answer = seek(file, watch=SearchWatch(part=lambda batch, receipt: written.append(receipt.file)))
    assert len(written) == len({*written}) == answer.runs_done, "nothing ran twice"
    assert "batch" in answer.findings.stages, "points were proposed"
    whole = tanlu.seek(file, out="elsewhere")
    assert whole.digest == answer.digest
    pd.testing.assert_frame_equal(whole.runs(), answer.runs())

    again = []
    assert (
        seek(file, watch=SearchWatch(part=lambda batch, receipt: again.append(receipt))).digest
        == whole.digest
    )
    assert not again, "all is stored"
    stored = tanlu.read_store(answer.store.folder)
    assert {*stored.outcomes()["row"]} == {0, *answer.numbers}
    assert read_description(answer.store.folder)["arms"]["package"]["years"] == "2022-2026", (
        "no year too many"
    )

    folder = answer.save("tables")
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "runs.parquet"), answer.runs())
    assert len(pd.read_csv(folder / "front.csv")) == answer.findings.finalists.size
    front = answer.front()
    point = int(front["point"].iloc[0])
    assert front["keeps_all"].iloc[0] and front["support_margin"].iloc[0] >= 0.0
    rerun = tanlu.simulate(tanlu.load(folder / "points" / f"small_search_{point}.yaml"))
    base = tanlu.simulate(with_settings(answer.plan.arms["none"], replications=4))
    years = np.isin(rerun.years, (2025, 2026))
    saved = [result.draws("Emissions|CO2")[:, years].sum(axis=1) * -1.0 for result in (rerun, base)]
    mine = answer.runs().query("point == @point").set_index("draw")["saved"]
    assert mine.tolist() == [(saved[0] - saved[1])[draw] for draw in mine.index]


@pytest.mark.slow
def test_two_processes_find_what_one_finds(file) -> None:
    assert seek(file, jobs=2, out="two").digest == seek(file, out="one").digest


def test_the_command_tells_the_front_and_ends_with_1_where_there_is_none(file, monkeypatch) -> None:
    run = CliRunner().invoke(app, ["seek", str(file), "--jobs", "1", "--lang", "zh"])
    assert run.exit_code == 0 and "在前沿上" in run.output and "前沿摘要" in run.output, run.output
    refused = CliRunner().invoke(app, ["experiment", "run", str(file), "--jobs", "1"])
    assert refused.exit_code == 2 and "tanlu seek" in refused.output
    assert "a search over 1 lever" in CliRunner().invoke(app, ["experiment", "check", str(file)]).output
    (folder,) = Path("experiments").iterdir()
    status = CliRunner().invoke(app, ["experiment", "status", str(folder)])
    assert status.exit_code == 0 and "of 36 runs are stored" in status.output, status.output
    file.write_text(SMALL.replace("at_most: 50", "at_most: -99").replace("small_search", "beyond"))
    none = CliRunner().invoke(app, ["seek", str(file), "--jobs", "1"])
    assert none.exit_code == 1 and "cut binds" in none.output, none.output


def test_years_before_do_not_depend_on_how_many_follow(file) -> None:
    scenario = tanlu.load("two_provinces.yaml")
    short, long = (
        tanlu.simulate(with_settings(scenario, years=(scenario.years.start, end))) for end in (2025, 2028)
    )
    number, measured = len(short.years), (short.measures.values, long.measures.values)
    assert np.array_equal(measured[0], measured[1][..., :number], equal_nan=True)


# --- what a file may not ask for --------------------------------------------------------------------------------

GAS = "{gas: {path: world.gas_price_factor, range: [1, 2]}}"
WRONG = {
    "an unknown aim": ("aims: [cut]", "aims: [cutt]", "unknown-outcome", "cut"),
    "an unknown cap": ("caps: [support]", "caps: [suport]", "unknown-outcome", "support"),
    "a goal without a direction": ("best: [saved]", "best: [plain]", "unsuited-outcome", "better"),
    "an aim without a bound": ("aims: [cut]", "aims: [saved]", "unsuited-outcome", "at_most"),
    "no room between bounds": ("range: [0, 500]", "range: [5, 5]", "not-ascending", "lowest first"),
    "one value": ("range: [0, 500]", "values: [5]", "not-one-form", "two different"),
    "a distribution": ("range: [0, 500]", "normal: [5, 1]", "not-one-form", "range"),
    "an unknown lever": ("policies.tax.price", "policies.tax.prize", "unknown-key", "price_cny_per_tco2"),
    "a lever beyond what is allowed": ("range: [0, 500]", "range: [-5, 500]", "out-of-range", "0"),
    "more draws than there are": ("2 of 2", "3 of 2", "impossible-draws", "7 of 8"),
    "draws in other words": ("2 of 2", "most", "impossible-draws", "7 of 8"),
    "more to screen than draws": ("screen_draws: 1", "screen_draws: 3", "impossible-draws", "at most 2"),
    "too few runs": ("runs: 36", "runs: 5", "too-few-runs", "19"),
    "too many runs": ("runs: 36", "runs: 50000", "out-of-range", "10000"),
    "a lever of the reference": ("arm: package", "arm: none", "unknown-arm", "another"),
    "a lever of no arm": ("arm: package, ", "", "unknown-arm", "package"),
    "a name twice": ("aims: [cut]", "aims: [cut, cut]", "given-twice", "once"),
    "a design": ("seek:", "design: {method: grid}\nseek:", "not-of-a-search", "leave it out"),
    "a factor": (
        "levers:",
        "factors: {gas: {path: world.gas_price_factor, range: [1, 2]}}\nlevers:",
        "not-of-a-search",
        "",
    ),
    "replications": ("seek:", "replications: 3\nseek:", "not-of-a-search", "leave it out"),
    "an arm for nothing": ("  package: {}", "  package: {}\n  idle: {}", "unknown-arm", "leave it out"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_asks_for_what_cannot_be_is_told_where_and_what_instead(case: str, file) -> None:
    old, new, code, advice = WRONG[case]
    text = SMALL.replace("seek:", "  plain: {variable: Emissions|CO2, year: 2026}\nseek:").replace(old, new)
    file.write_text(text)
    with pytest.raises(ScenarioError) as error:
        load_experiment(file)
    codes = [finding.code for finding in error.value.findings]
    assert code in codes, (codes, str(error.value))
    finding = error.value.findings[codes.index(code)]
    assert finding.place.line > 0 and advice in str(error.value)


def test_a_file_without_a_search_says_so(file) -> None:
    file.write_text((ROOT / "docs" / "experiments" / "carbon_price.yaml").read_text())
    with pytest.raises(BatchError, match="no block `seek`"):
        seek(file)


def test_a_batch_that_gains_little_twice_ends_the_search() -> None:
    asked = problem(1, {"gain": outcome(better="more")}, {}, 400)
    ended = found(asked, Model(lambda x: (x[0],)))
    assert ended.ending == course.SETTLED and ended.steps[-1].runs < 400
