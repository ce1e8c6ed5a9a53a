"""A package under six conditions: their values, the figures of runs, which is worst, and what command and page say."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from tanlu.cli import otherwise as command
from tanlu.cli.main import app
from tanlu.core.places import shipped_scenarios
from tanlu.core.words import LANGUAGES
from tanlu.core.words.errors import UserError
from tanlu.experiments.otherwise.conditions import CONDITIONS, STUDY, build_arms
from tanlu.experiments.otherwise.outcomes import COLUMNS, ConditionOutcome, find_worst, measure_outcome
from tanlu.experiments.otherwise.rendering import worst_in_words, write_rows
from tanlu.experiments.results import simulate
from tanlu.output.aims import MET, MISSED, judge_aims
from tanlu.output.figures.effects import effects
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import paths_of
from tanlu.output.figures.phrases import plain
from tanlu.output.result import Result
from tanlu.pages.levers import Levers
from tanlu.pages.measures import measured
from tanlu.pages.otherwise.panel import early_name, subject_of
from tanlu.pages.otherwise.trials import condition_visitors
from tanlu.pages.service import Service
from tanlu.pages.workers.orders import Rank
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tests.fake_result import fake_draw, fake_service, moved, write_fake_pack, write_fake_scenarios
from tests.test_app_worked import ByHand

ROOT = Path(__file__).parents[1]
SHORT = {"region": "two_provinces", "years": "2022-2030", "replications": 2}
TAX = {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 200}}
BASELINE = load({"name": "plain", **SHORT})
PACKAGE = load({"name": "taxed", **SHORT, "policies": TAX})


@pytest.fixture(scope="module")
def runs() -> list[Result]:
    """Run the package and the baseline of each condition, one after the other."""
    pairs = build_arms(PACKAGE, BASELINE)
    return [simulate(side, jobs=1) for pair in pairs for side in (pair.package, pair.baseline)]


@pytest.fixture(scope="module")
def outcomes(runs: list[Result]) -> list[ConditionOutcome]:
    targets, measures = load_region("two_provinces").targets, (run.measures for run in runs)
    return [
        measure_outcome(pair, next(measures), next(measures), targets)
        for pair in build_arms(PACKAGE, BASELINE)
    ]


def test_values_are_ends_of_the_ranges_of_a_shipped_study_and_the_water_that_of_the_shipped_drought() -> None:
    study = yaml.safe_load((ROOT / "scenarios" / "studies" / f"{STUDY}.yaml").read_text(encoding="utf-8"))
    ranges = {factor["path"]: factor["range"] for factor in study["factors"].values() if "range" in factor}
    values = {condition.path: condition.value for condition in CONDITIONS}
    for path in ("coal_price_factor", "gas_price_factor", "renewable_cost_factor"):
        assert values[f"world.{path}"] == ranges[f"world.{path}"][1]
    assert values["world.renewable_pace_factor"] == ranges["world.renewable_pace_factor"][0]
    low, high = ranges["world.demand_factor"]
    assert low < values["world.demand_factor"] < high
    (water,) = load(shipped_scenarios()["drought_2028"]).world.drought.values()
    assert values["world.drought[2030]"] == water
    assert len(CONDITIONS) == 6


def test_figures_are_those_of_a_run_of_the_package_and_of_the_baseline_with_that_condition(
    outcomes: list[ConditionOutcome],
) -> None:
    """Bits of two runs made from the paths on show; a package's own factor is multiplied, not replaced."""
    demand = next(outcome for outcome in outcomes if outcome.condition.key == "demand")
    world = {"world": {"demand_factor": 1.1}}
    package, baseline = (
        simulate({"name": "again", **SHORT, **world, "policies": policies}, jobs=1) for policies in (TAX, {})
    )
    paths, base_paths = paths_of(package), paths_of(baseline)
    again = levels(paths) | effects(paths, base_paths)
    assert {key: str(demand.figures[key]) for key in again} == {key: str(one) for key, one in again.items()}
    assert again["avoided"].draws == 2 and again["avoided"].value != 0.0
    assert demand.judged_aims == 0, "the small pack has no aim due by then"
    for column in COLUMNS:
        np.testing.assert_allclose(demand.draws[column.key].mean(), demand.figures[column.figure].value)
    modest = load({"name": "modest", **SHORT, "world": {"demand_factor": 0.9}, "policies": TAX})
    arms = {pair.condition.key: pair for pair in build_arms(modest, BASELINE)}
    for side in arms["demand"][1:]:
        assert side.world.demand_factor.value_in(2030) == pytest.approx(0.99)
    assert arms["drought"].baseline.world.drought == {2030: 2022}
    assert arms["drought"].baseline.world.demand_factor == modest.world.demand_factor
    assert arms["drought"].baseline.policies == BASELINE.policies


def test_the_worst_is_the_worst_and_chance_and_likeness_are_told(outcomes: list[ConditionOutcome]) -> None:
    for column in COLUMNS:
        worst = find_worst(outcomes, column)
        means = [outcome.draws[column.key].mean() for outcome in outcomes]
        assert worst.figure.value == (max if column.is_less_better else min)(means), column.key
        turned = find_worst(outcomes, column._replace(is_less_better=not column.is_less_better))
        assert turned.figure.value == (min if column.is_less_better else max)(means), column.key
    tariff = COLUMNS[2]
    first, second, third, *others = outcomes
    high = np.array([90.0, 92.0])

    def with_draws(outcome: ConditionOutcome, draws: np.ndarray) -> ConditionOutcome:
        return outcome._replace(draws={**outcome.draws, tariff.key: draws})

    low = [with_draws(outcome, high - 50.0 - np.array([0.0, 0.1])) for outcome in others]
    near, far = with_draws(second, high - np.array([0.0, 1.0])), with_draws(third, high - 5.0)
    apart = [with_draws(first, high), near, far, *low]
    worst = find_worst(apart, tariff)
    assert worst.outcome is apart[0] and worst.level_with == (second.condition,) and worst.is_worse
    alike = find_worst([with_draws(outcome, high) for outcome in outcomes], tariff)
    assert alike.is_shared and not alike.is_open and not alike.is_worse
    chance = find_worst(
        [with_draws(outcome, high - np.array([0.0, 0.1 * n])) for n, outcome in enumerate(outcomes)], tariff
    )
    assert chance.is_open and not chance.is_worse


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_names_the_condition_whose_cell_is_marked(
    outcomes: list[ConditionOutcome], language: str
) -> None:
    rows = write_rows(outcomes, language)
    assert [row.key for row in rows] == [condition.key for condition in CONDITIONS]
    sentence = plain(worst_in_words(outcomes, language))
    marked = [(row.name, cell) for row in rows for cell in row.cells if cell.is_worst]
    assert marked and all(name in sentence for name, _ in marked)
    assert worst_in_words(outcomes[:5], language) == [], "nothing is named until all are there"
    if language == "zh":
        said = [sentence, *(row.name + row.assumption for row in rows)]
        said += [plain(cell.amount + cell.change) for row in rows for cell in row.cells]
        assert not re.search("[A-Za-z]", " ".join(said))


def test_the_command_prints_the_sentence_and_writes_the_figures_of_its_table(
    tmp_path: Path,
    runs: list[Result],
    outcomes: list[ConditionOutcome],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = []
    monkeypatch.setattr(command, "results_shown", lambda scenarios, *_: ran.extend(scenarios) or iter(runs))
    files = [tmp_path / f"{name}.yaml" for name in ("plain", "taxed")]
    for file, policies in zip(files, ({}, TAX), strict=True):
        file.write_text(yaml.safe_dump({"name": file.stem, **SHORT, "policies": policies}), encoding="utf-8")
    table = tmp_path / "conditions.csv"
    options = ["--against", str(files[0]), "--csv", str(table), "--lang", "zh"]
    said = CliRunner().invoke(app, ["otherwise", str(files[1]), *options])
    assert ran == [run.scenario for run in runs], "the runs of the engine, in its order"
    assert said.exit_code == 0, said.output
    assert plain(worst_in_words(outcomes, "zh")) in said.output
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 6 * 9
    for outcome in outcomes:
        (saved,) = (
            row for row in rows if (row["condition"], row["key"]) == (outcome.condition.key, "avoided")
        )
        assert float(saved["value"]) == pytest.approx(outcome.figures["avoided"].value, rel=1e-11)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("policies", "years", "said"),
    [({}, "2022-2030", ("the same policies", "政策相同")), (TAX, "2022-2028", ("2020-2030", "2020-2030"))],
)
def test_bad_input_is_one_message(
    tmp_path: Path, policies: dict, years: str, said: tuple[str, str], language: str
) -> None:
    files = [tmp_path / f"{name}.yaml" for name in ("plain", "taxed")]
    for file, blocks in zip(files, ({}, policies), strict=True):
        content = {"name": file.stem, **SHORT, "years": years, "policies": blocks}
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
    asked = ["otherwise", str(files[1]), "--against", str(files[0]), "--lang", language]
    ended = CliRunner().invoke(app, asked)
    assert ended.exit_code == 2 and len(ended.stderr.strip().splitlines()) == 1
    assert said[LANGUAGES.index(language)] in ended.stderr and "Traceback" not in ended.stderr


def test_another_region_is_refused() -> None:
    with pytest.raises(UserError, match="region"):
        build_arms(PACKAGE, load("tanlu:baseline"))


# page


class ByRank(ByHand):
    """Workers that note how soon an order is to be carried out."""

    def __init__(self, pack: Path) -> None:
        super().__init__(pack)
        self.ranks: dict[tuple, Rank] = {}

    def ask(self, order, rank, visitor):
        self.ranks[order.key] = rank
        return super().ask(order, rank, visitor)


def test_the_page_asks_two_runs_a_condition_and_draw_behind_all_moves_and_marks_what_is_to_come(
    tmp_path: Path,
) -> None:
    pack, files = write_fake_pack(tmp_path), write_fake_scenarios(tmp_path)
    drawn = files["drawn"].read_text(encoding="utf-8").replace("replications: 5", "replications: 2")
    files["drawn"].write_text(drawn, encoding="utf-8")
    workers = ByRank(pack)
    service = Service(workers, files, pack)
    levers = Levers.of("drawn", moved({"carbon_price": 300}).block)
    told = []
    nothing = service.conditions.look(levers, "anna", lambda: told.append(1))
    assert (nothing.outcomes, nothing.to_come, len(workers.ranks)) == ((), 24, 24)
    assert set(workers.ranks.values()) == {Rank.more} and Rank.more > max(Rank.move, Rank.tables, Rank.draws)
    assert len(condition_visitors("anna")) == 6
    first = {key for key in workers.waiting if key[1] == 0}
    for order, future in [workers.waiting.pop(key) for key in first]:
        future.set_result(fake_draw(order, pack))
    early = service.conditions.look(levers)
    assert early.to_come == 12 and early_name(early) == "-1-of-2"
    for language, mark in (("en", "(1/2)"), ("zh", "初步")):
        subject = subject_of(early, is_whole=True, language=language)
        cells = [cell for row in subject["rows"] for cell in row["cells"]]
        assert subject["worst"] == [] and "12" in subject["status"]
        assert all(mark in cell["mark"] and not cell["change"] and not cell["is_worst"] for cell in cells)
    workers.come()
    assert told, "who looks hears of it when all are there"
    whole = service.conditions.look(levers)
    subject = subject_of(whole, is_whole=True, language="en")
    assert whole.to_come == 0 and subject["worst"] and not subject["status"]
    assert all(cell["mark"] == "" for row in subject["rows"] for cell in row["cells"])
    assert service.conditions.look(levers).outcomes[0] is whole.outcomes[0], (
        "worked out once for all visitors"
    )
    assert len(workers.ranks) == 24


def test_the_page_has_the_figures_of_the_engine_and_says_why_there_are_none(tmp_path: Path) -> None:
    service = fake_service(tmp_path)
    levers = moved({"carbon_price": 300})
    progress = service.conditions.look(levers, "anna", lambda: None)
    pairs = build_arms(service.scenarios.scenario(levers), service.scenarios.baseline)
    for pair, outcome in zip(pairs, progress.outcomes, strict=True):
        views = [service.run(service.scenarios.levers_of(side)) for side in pair[1:]]
        again = measure_outcome(pair, *(view.measures for view in views), service.official_targets)
        assert str(again.figures) == str(outcome.figures)
        aims = judge_aims(measured(views[0], service), service.official_targets, 2026)
        due = [aim for aim in aims if aim.is_open and aim.year <= 2030 and aim.verdict in (MET, MISSED)]
        assert outcome.judged_aims == len(due) > 0
        assert outcome.figures["aims_met"].value == sum(aim.met_count for aim in due)
    for language, said in (("en", "Choose a policy first"), ("zh", "请先选择政策")):
        empty = subject_of(service.conditions.look(Levers()), is_whole=True, language=language)
        assert not subject_of(service.conditions.look(Levers()), is_whole=False, language=language)["empty"]
        assert said in empty["empty"] and not empty["has_figures"]
