"""Five-year plans: later decisions leave the past as it is, a file gives its digest again, no later year is shown."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from tanlu.cli import five_year_plans as command
from tanlu.cli.main import app
from tanlu.core.words import LANGUAGES
from tanlu.experiments.five_year_plans.game import PlanGame, build_game
from tanlu.experiments.five_year_plans.outcomes import GameOutcome, measure_game
from tanlu.experiments.results import simulate
from tanlu.indicators.catalogue import CUT
from tanlu.output.provenance import values_digest
from tanlu.output.result import Result
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load

SHORT = {"region": "two_provinces", "years": "2022-2036", "replications": 2}
NORTH = {"kind": "carbon_price", "from_year": 2024, "price_cny_per_tco2": 0, "regions": ["North"]}
REVIEW = {
    "review_years": "plan",
    "aims": {"path": {"variable": "Emissions|CO2", "at_most": {2022: 14, 2036: 4}}},
    "instruments": {
        "north.price_cny_per_tco2": {"aim": "path", "scale": 1000, "within": [0, 300], "most_per_review": 150}
    },
}
EVENTS = {
    "begin": {
        "decided_in": 2026,
        "introduce": {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 100}},
    },
    "raise": {"decided_in": 2031, "set": {"tax": {"price_cny_per_tco2": 400}}},
}
FILES = {
    "plain": {"name": "plain", **SHORT},
    "reviewed": {"name": "reviewed", **SHORT, "policies": {"north": NORTH}, "regulators": {"North": REVIEW}},
    "played": {"name": "played", **SHORT, "events": EVENTS},
}


def play(through: int | None, **changes: object) -> PlanGame:
    player, reviewed, plain = (load(FILES[name]) for name in ("played", "reviewed", "plain"))
    if changes:
        player = load({**FILES["played"], **changes})
    return build_game(player, reviewed, plain, through)


@pytest.fixture(scope="module")
def game() -> PlanGame:
    return play(None)


@pytest.fixture(scope="module")
def runs(game: PlanGame) -> list[Result]:
    return [simulate(side, jobs=1) for side in game.sides]


@pytest.fixture(scope="module")
def outcome(game: PlanGame, runs: list[Result]) -> GameOutcome:
    return measure_game(game, [run.measures for run in runs], load_region("two_provinces").targets)


def test_runs_end_with_the_plan_that_is_played_and_know_no_later_decision(game: PlanGame) -> None:
    assert [plan.number for plan in game.plans] == [15, 16]
    assert game.next_plan is not None and game.next_plan.first_year == 2036
    first = play(15)
    assert {side.years.end for side in first.sides} == {2030} and {*first.player.events} == {"begin"}
    assert play(17).next_plan is None and play(17).plans[-1].last_year == 2036
    dear = play(15, world={"coal_price_factor": 1.5})
    assert all(side.world == dear.player.world for side in dear.sides)


def test_the_past_does_not_depend_on_later_decisions_and_the_file_gives_its_digest(
    game: PlanGame, runs: list[Result], outcome: GameOutcome
) -> None:
    first_game = play(15)
    first_runs = [simulate(side, jobs=1) for side in first_game.sides]
    for first, whole in zip(first_runs, runs, strict=True):
        years = first.measures.years.size
        # a review in the last year of a run moves nothing within it, so nothing of its move is cut
        is_cut = np.array([name.startswith(CUT) for name in first.measures.variables])
        assert first.measures.variables == whole.measures.variables
        past = whole.measures.values[..., :years]
        np.testing.assert_array_equal(first.measures.values[:, ~is_cut], past[:, ~is_cut])
    first = measure_game(
        first_game, [run.measures for run in first_runs], load_region("two_provinces").targets
    )
    assert str(first.plans[0]) == str(outcome.plans[0]), "a replay shows what was shown"
    again = simulate(yaml.safe_load(yaml.safe_dump({**FILES["played"], "years": "2022-2035"})), jobs=1)
    measures = again.measures
    digest = values_digest(measures.variables, measures.units, measures.years, measures.values)
    assert digest == outcome.digest != first.digest


def test_figures_are_those_of_the_runs_and_decisions_act(runs: list[Result], outcome: GameOutcome) -> None:
    player, _, plain = runs
    years = (player.years >= 2031) & (player.years <= 2035)
    emitted, base = (run.draws("Emissions|CO2")[:, years].sum(axis=1) for run in (player, plain))
    side = outcome.plans[1].sides[0]
    np.testing.assert_allclose(side.figures["co2"].value, emitted.mean())
    np.testing.assert_allclose(side.changes["baseline"]["co2"].value, (emitted - base).mean())
    assert (emitted < base).all(), "400 CNY/t lowers emissions in both draws"
    before, after = (outcome.moves[plan][0] for plan in (15, 16))
    assert 0.0 < before.value < after.value <= 300.0, "reviewed in 2025 and 2030, in force a year later"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_shows_both_tables_and_writes_the_figures(
    tmp_path: Path,
    runs: list[Result],
    outcome: GameOutcome,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    monkeypatch.setattr(command, "results_shown", lambda *_: iter(runs))
    files = write_files(tmp_path)
    table = tmp_path / "plans.csv"
    asked = ["plans", files["played"], "--regulator", files["reviewed"], "--against", files["plain"]]
    said = CliRunner().invoke(app, [*asked, "--csv", str(table), "--lang", language])
    assert said.exit_code == 0, said.output
    assert outcome.digest in said.output and "2036" in said.output
    if language == "zh":
        assert not re.search("regulator|baseline|against|nothing", said.output)
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert max(int(row["last_year"]) for row in rows) == 2035, "nothing of a later year"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("options", "changes", "said"),
    [
        (["--through", "19"], {}, "15"),
        ([], {"events": {"late": {**EVENTS["begin"], "decided_in": 2028}}}, "2026"),
        ([], {"years": "2022-2025", "events": {}}, "2031"),
        (["--regulator", "plain"], {}, "provinces_review"),
    ],
)
def test_bad_input_is_one_message(
    tmp_path: Path, options: list[str], changes: dict, said: str, language: str
) -> None:
    if "events" in changes and "late" in changes["events"]:
        changes["events"]["late"]["introduce"] = {"tax": {**NORTH, "from_year": 2028}}
    files = write_files(tmp_path, **changes)
    options = [files.get(option, option) for option in options]
    asked = [
        "plans",
        files["played"],
        "--regulator",
        files["reviewed"],
        "--against",
        files["plain"],
        *options,
    ]
    ended = CliRunner().invoke(app, [*asked, "--lang", language])
    assert ended.exit_code == 2 and len(ended.stderr.strip().splitlines()) == 1, ended.output
    assert said in ended.stderr and "Traceback" not in ended.stderr


def write_files(folder: Path, **changes: object) -> dict[str, str]:
    """Write the three scenarios of a game."""
    paths = {}
    for name, content in FILES.items():
        path = folder / f"{name}.yaml"
        data = {**content, **changes} if name == "played" else content
        path.write_text(yaml.safe_dump(data), encoding="utf-8")
        paths[name] = str(path)
    return paths
