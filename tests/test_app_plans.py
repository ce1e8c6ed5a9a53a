"""The page of five-year plans: what the builder decides, turns and their undoing, files, faults and figures."""

from pathlib import Path

import pytest
import yaml

from tanlu.core.words import LANGUAGES
from tanlu.experiments.five_year_plans.game import FiveYearPlan
from tanlu.experiments.five_year_plans.outcomes import measure_game
from tanlu.pages.address import Address
from tanlu.pages.levers import Levers
from tanlu.pages.plans.actions import NOT_BEGUN, PlanDesk
from tanlu.pages.plans.decisions import build_event, find_law
from tanlu.pages.plans.panel import find_state, subject_of, write_draft
from tanlu.pages.plans.trials import Turn
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.workers.orders import Rank
from tanlu.scenario.loading import load
from tests.fake_result import fake_service, moved, write_fake_pack, write_fake_scenarios
from tests.test_otherwise import ByRank

SHORT = {"region": "two_provinces", "years": "2022-2040"}
TAX = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 100}
PLANS = (FiveYearPlan(15, 2026, 2030), FiveYearPlan(16, 2031, 2035), FiveYearPlan(17, 2036, 2040))


def decide_all(*packages: dict) -> dict:
    """Decide plan after plan by the policies of packages; return the game as a scenario file."""
    game: dict = {"name": "game", **SHORT, "events": {}}
    for plan, policies in zip(PLANS, packages, strict=False):
        package = load({"name": "package", **SHORT, "policies": policies})
        event = build_event(load(game), package, plan)
        if event:
            game["events"][f"plan_{plan.number}"] = event
    return game


def test_a_plan_decides_what_the_package_changes_and_nothing_else() -> None:
    dear, north = {**TAX, "price_cny_per_tco2": 300}, {**TAX, "regions": ["North"]}
    game = decide_all({"tax": TAX}, {"tax": TAX}, {"tax": dear})
    assert [*game["events"]] == ["plan_15", "plan_17"], "a plan that changes nothing decides nothing"
    assert game["events"]["plan_17"] == {"decided_in": 2036, "set": {"tax": {"price_cny_per_tco2": 300}}}
    price = find_law(load(game), 2041)["tax"].price_cny_per_tco2
    assert [price.value_in(year) for year in (2030, 2035, 2036)] == [100, 100, 300]
    moved_place = decide_all({"tax": TAX}, {"tax": north}, {"tax": north})
    assert [*moved_place["events"]] == ["plan_15", "plan_16"]
    assert moved_place["events"]["plan_16"]["end"] == ["tax"], "what no number says is replaced"
    assert {*find_law(load(moved_place), 2036)} == {"tax_from_2031"}
    gone = decide_all({"tax": TAX}, {}, {"tax": TAX})
    assert gone["events"]["plan_16"] == {"decided_in": 2031, "end": ["tax"]}
    assert gone["events"]["plan_17"]["introduce"]["tax_from_2036"]["from_year"] == 2036


def desk_of(service: Service, package: Levers) -> PlanDesk:
    return PlanDesk(service.plans, lambda: package, "anna")


def test_turns_are_those_of_the_engine_and_are_taken_back_and_saved(tmp_path: Path) -> None:
    service = fake_service(tmp_path)
    desk = desk_of(service, moved({"carbon_price": 300}))
    assert find_state(desk, desk.look()) == "empty" and desk.next_plan == FiveYearPlan(15, 2026, 2030)
    desk.act({"do": "decide"})
    first = desk.look().outcome
    assert first is not None and [plan.last_year for plan in service.plans.build(desk.turn.value).plans] == [
        2030
    ]
    first_turn = desk.turn.value
    desk.act({"do": "decide"})
    second = desk.look().outcome
    assert desk.turn.value.through == 16 and second is not None
    assert desk.turn.value.levers == first_turn.levers, "the package has not changed"
    text = desk.file_text()
    assert yaml.safe_load(text)["events"]["plan_15"]["decided_in"] == 2026
    desk.act({"do": "undo"})
    assert desk.turn.value == first_turn and desk.look().outcome is first, "a replay runs nothing"
    desk.act({"do": "read", "with": text})
    assert desk.turn.value == first_turn, "a file is played to its last decision"
    desk.act({"do": "undo"})
    assert desk.turn.value == Turn(Levers(), NOT_BEGUN)
    game = service.plans.build(first_turn)
    views = [service.run(service.scenarios.levers_of(side)) for side in game.sides]
    again = measure_game(game, [view.measures for view in views], service.official_targets)
    assert str(again) == str(first)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_file_changes_nothing_and_is_one_sentence(tmp_path: Path, language: str) -> None:
    service = fake_service(tmp_path)
    desk = desk_of(service, Levers())
    desk.act({"do": "decide"})
    turn = desk.turn.value
    tax = "introduce: {tax: {kind: carbon_price, from_year: 2028, price_cny_per_tco2: 100}}"
    for text, said in (
        (
            f"extends: tanlu:baseline\nname: late\nreplications: 1\nevents: {{late: {{decided_in: 2028, {tax}}}}}\n",
            "2026",
        ),
        ("extends: tanlu:baseline\nname: many\nreplications: 64\n", "64"),
        ("region: /etc\n", "region"),
        ("a: [", ""),
    ):
        desk.act({"do": "read", "with": text})
        fault = subject_of(desk, service.plans, desk.look(), language)["fault"]
        assert fault and said in fault and "\n" not in fault and desk.turn.value == turn
    for hostile in (None, 3, {"do": "__init__"}, {"do": "read", "with": 3}):
        desk.act(hostile)
    assert desk.turn.value == turn


class Leaving(ByRank):
    """Workers that note who has left."""

    def __init__(self, pack: Path) -> None:
        super().__init__(pack)
        self.left: list[str] = []

    def leave(self, visitor: str, *, but: str = "") -> None:
        """Note a visitor who asks for nothing more."""
        self.left.append(visitor)


def test_where_plans_are_played_no_run_of_the_package_is_asked_for(tmp_path: Path) -> None:
    pack = write_fake_pack(tmp_path)
    workers = ByRank(pack)
    service = Service(workers, write_fake_scenarios(tmp_path), pack)
    service.begin()
    workers.come()
    workers.ranks.clear()
    session = Session(service, Address(levers=moved({"carbon_price": 300}), view="plans"), "en")
    assert session.answer().levers == Levers() and not session.standing().computing
    assert not workers.ranks, "its last year is that of the plan"
    session.choose_view("sure")
    session.answer()
    assert {*workers.ranks.values()} == {Rank.move} and session.standing().computing


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_how_far_it_is_and_keeps_the_figures_of_the_turn_before(
    tmp_path: Path, language: str
) -> None:
    pack = write_fake_pack(tmp_path)
    workers = Leaving(pack)
    service = Service(workers, write_fake_scenarios(tmp_path), pack)
    desk = desk_of(service, moved({"carbon_price": 300}))
    draft = write_draft(desk, service.plans, language)
    assert draft["can_decide"] and "300" in draft["draft"]
    desk.act({"do": "decide"})
    waiting = subject_of(desk, service.plans, desk.look(), language)
    assert (waiting["state"], waiting["done"], waiting["runs"], waiting["tables"]) == ("running", 0, 3, [])
    assert {*workers.ranks.values()} == {Rank.more}, "behind every move"
    desk.act({"do": "decide"})
    assert desk.turn.value.through == 15, "one plan after the other"
    desk.act({"do": "stop"})
    assert find_state(desk, desk.look()) == "stopped" and workers.left == ["anna-plans"] * 2
    desk.act({"do": "go_on"})
    desk.look()
    workers.come()
    settled = subject_of(desk, service.plans, desk.look(), language)
    assert settled["state"] == "settled", "of one plan the total says all"
    assert [(table["key"], len(table["rows"])) for table in settled["tables"]] == [("total", 3)]
    assert [plan["key"] for plan in settled["timeline"][:3]] == ["played", "next", "open"]
    assert "--through 15" in settled["again"]
    desk.act({"do": "decide"})
    running = subject_of(desk, service.plans, desk.look(), language)
    assert running["state"] == "running" and running["tables"] == settled["tables"]
    workers.come()
    second = subject_of(desk, service.plans, desk.look(), language)
    assert [(table["key"], len(table["rows"])) for table in second["tables"]] == [("total", 3), ("plans", 6)]
