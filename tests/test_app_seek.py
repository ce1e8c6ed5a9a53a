"""The room of goal seeking: the problem as a form, file and link, its search and the queue, and what it finds."""

import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from tanlu.core.words import LANGUAGES
from tanlu.experiments.executors import HereExecutor, Pool
from tanlu.experiments.search.main import SearchWatch, seek
from tanlu.inputs.tree import plain_data
from tanlu.inputs.yaml_reader import read_yaml, write_yaml
from tanlu.pages.address import Address, read_address, write_address
from tanlu.pages.builder.actions import Builder
from tanlu.pages.builder.address import Version
from tanlu.pages.builder.asked import Asked
from tanlu.pages.builder.links import MAXIMUM_BYTES
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import Levers
from tanlu.pages.seek.actions import SeekDesk
from tanlu.pages.seek.offers import offered_outcomes, shipped_problem
from tanlu.pages.seek.outcomes import found_tables
from tanlu.pages.seek.panel import form_of, progress_of
from tanlu.pages.seek.problems import change_problem, lever_kinds, pack_problem, read_problem
from tanlu.pages.seek.process import SearchFault, SearchNews, run_request
from tanlu.pages.seek.searches import ENDED, FAILED, RUNNING, STOPPED, WAITING, Searches
from tanlu.scenario.schema import plain_scenario, scenario_from_dict

ROOT = Path(__file__).parents[1]
REGION = "two_provinces"
CODE = Version("code", "data")


@cache
def small_base() -> dict:
    """Read the scenario of the small pack as plain data, in few years and drawn water."""
    tree = read_yaml((ROOT / "tests" / "two_provinces.yaml").read_bytes(), "base").tree
    data = {
        key: value for key, value in plain_data(tree).items() if key not in ("name", "label", "replications")
    }
    return {**data, "years": "2022-2031", "world": {"hydrology": "bootstrap"}}


def small_problem(cap: float = 3, runs: int = 22) -> str:
    """Write a problem of one lever of the small pack, whose search takes a second or two."""
    support = {"variable": "Public Budget|Climate Support", "sum": "2025-2026", "against": "none"}
    return write_yaml(
        {
            "experiment": "small_search",
            "base": small_base(),
            "arms": {"none": {}, "package": {}},
            "levers": {
                "price": {"path": "policies.tax.price_cny_per_tco2", "arm": "package", "range": [0, 500]}
            },
            "outcomes": {
                "saved": {
                    "variable": "Emissions|CO2",
                    "sum": "2025-2026",
                    "against": "none",
                    "sign": -1,
                    "better": "more",
                },
                "support": {**support, "at_most": cap, "better": "less"},
            },
            "seek": {
                "best": ["saved"],
                "caps": ["support"],
                "in_draws": "2 of 2",
                "screen_draws": 1,
                "runs": runs,
            },
        }
    )


class Killed(BaseException):
    """A search was killed."""


class Here:
    """Runs a search at once, in this process, until it has told so many things."""

    def __init__(self, most: int = 10**6) -> None:
        self.most, self.told, self.ended = most, 0, 0

    def __call__(self, request, hear):
        def tell(news) -> None:
            hear(news)
            self.told += 1
            if self.told == self.most:
                raise Killed

        with suppress(Killed):
            hear(run_request(request, Pool(HereExecutor, 1), tell))
        return self

    def end(self) -> None:
        self.ended += 1


class Visitor:
    """The controller of one visitor, and the setting that his builder holds."""

    def __init__(self, searches: Searches, name: str = "anna", problem: str = "") -> None:
        base = scenario_from_dict({**small_base(), "name": "baseline"})
        self.scenarios = Scenarios({"baseline": plain_scenario(base)})
        self.asked = Asked(Levers())
        self.builder = Builder(self.scenarios, lambda: self.asked, self.write)
        self.desk = SeekDesk(searches, self.builder, name, problem or small_problem())

    def write(self, asked: Asked) -> None:
        self.asked = asked

    def do(self, name: str, given: object = None):
        self.desk.act({"do": name, "with": given})
        return self.desk.standing()


def test_a_search_of_the_page_is_that_of_the_command_and_its_points_open_as_packages(tmp_path):
    """Asked again nothing runs; killed on its way it goes on to the same digest; the command finds the same."""
    killed = Here(most=12)
    searches = Searches(killed, tmp_path, 1)
    visitor = Visitor(searches)
    assert visitor.do("search").state == RUNNING and killed.told == 12
    stopped = visitor.do("stop")
    assert stopped.state == STOPPED and killed.ended == 1 and stopped.news.points, "what was there stays"

    after = Searches(Here(), tmp_path, 1)
    visitor = Visitor(after)
    ended = visitor.do("search")
    assert ended.state == ENDED and 0 < ended.news.new_runs == ended.findings.runs - stopped.news.new_runs
    again = visitor.do("search")
    assert again.news.new_runs == 0 and again.findings.digest == ended.findings.digest

    file = tmp_path / "search.yaml"
    file.write_text(visitor.desk.problem.value, encoding="utf-8")
    new = []
    answer = seek(file, out=tmp_path, watch=SearchWatch(part=lambda batch, receipt: new.append(receipt)))
    assert answer.digest == ended.findings.digest and not new, "page and command have one store"
    table = answer.front()
    assert [row["point"] for row in ended.findings.rows] == table["point"].tolist()
    assert [row["saved"] for row in ended.findings.rows] == table["saved"].tolist()

    point = ended.findings.rows[0]["point"]
    visitor.do("open", point)
    scenario = visitor.scenarios.scenario(visitor.asked.levers)
    theirs, mine = (plain_scenario(one) for one in (answer.scenario(point), scenario))
    assert theirs["policies"] == mine["policies"] and theirs["world"] == mine["world"]
    assert (
        visitor.desk.opened.value == point
        and mine["years"] == plain_scenario(visitor.scenarios.baseline)["years"]
    )
    visitor.builder.undo()
    assert visitor.asked.levers == Levers()
    for language in LANGUAGES:
        shown = found_tables(ended, REGION, language)
        assert len(shown.rows) == len(table) and shown.rows[0]["can_open"]
        assert len(shown.columns) == 1 + len(shown.rows[0]["cells"])
        assert str(point) in " ".join(shown.sentences)
        assert ended.findings.digest[:12] in progress_of(ended, REGION, language)["status"]


def test_what_is_out_of_reach_shows_the_nearest_point_and_the_cap_that_binds(tmp_path):
    visitor = Visitor(Searches(Here(), tmp_path, 1), problem=small_problem(cap=-50))
    ended = visitor.do("search")
    assert ended.state == ENDED and not any(row["on_front"] for row in ended.findings.rows)
    shown = found_tables(ended, REGION, "zh")
    assert [row["state"] for row in shown.rows] == ["broken"]
    said = " ".join(shown.sentences)
    assert "最接近" in said and "起约束作用" in said and "−500" in said and "亿元" in said, said


class HeldSearch(NamedTuple):
    """One of the searches that go on."""

    end: Callable[[], None]


class Held:
    """A search that goes on until it is ended."""

    def __init__(self) -> None:
        self.requests, self.hears, self.ended = [], [], []

    def __call__(self, request, hear):
        number = len(self.requests)
        self.requests.append(request.text)
        self.hears.append(hear)

        return HeldSearch(partial(self.ended.append, number))


def test_one_search_runs_at_a_time_and_who_leaves_ends_his_own(tmp_path):
    held, told = Held(), []
    searches = Searches(held, tmp_path, 1)
    for name, text in (("anna", "a"), ("bao", "b"), ("chen", "b"), ("ding", "c")):
        searches.ask(name, text, REGION, lambda name=name: told.append(name))
    assert held.requests == ["a"] and searches.look("anna").state == RUNNING
    assert [searches.look(name).ahead for name in ("bao", "chen", "ding")] == [1, 1, 2]
    assert searches.look("bao").state == WAITING and "1" in progress_text(searches.look("bao"))
    searches.leave("anna")
    assert held.ended == [0] and held.requests == ["a", "b"], "the next one begins"
    searches.stop("bao")
    assert searches.look("bao").state == STOPPED and held.ended == [0], "somebody else waits for it"
    assert searches.look("chen").state == RUNNING
    told.clear()
    held.hears[1](SearchNews(1, "design", 10, 10))
    assert "chen" in told and "ding" not in told
    held.hears[1](SearchFault(trace="why"))
    failed = searches.look("chen")
    assert failed.state == FAILED and failed.failure and held.requests == ["a", "b", "c"]
    assert "ding" in told, "who waits is told that he has moved up"
    searches.ask("ding", "d", REGION, lambda: None)
    assert held.ended == [0, 2] and held.requests[-1] == "d", (
        "another question takes the place of his last one"
    )
    held.hears[2](SearchNews(1, "design", 99, 99))
    assert searches.look("ding").news.runs == 0, "what an ended search tells late is not his"


def progress_text(standing) -> str:
    return progress_of(standing._replace(text=shipped_problem()), "chengyu", "en")["status"]


def test_time_is_told_from_the_runs_so_far(tmp_path):
    searches = Searches(Held(), tmp_path, 1)
    searches.ask("anna", shipped_problem(), "chengyu", lambda: None)
    standing = searches.look("anna")
    assert "begins" in progress_text(standing)
    going = standing._replace(news=SearchNews(1, "design", 50, 40), seconds_a_run=0.5)
    assert "50 of at most 250" in progress_text(going) and "2 minutes" in progress_text(going)
    assert "10 seconds" in progress_text(going._replace(news=SearchNews(1, "fresh", 245, 235)))


# --- the problem --------------------------------------------------------------------------------------------------

CHANGED = {
    "a bound": ("bound", {"name": "tariff", "value": 95}, "at_most: 95"),
    "an end of a range": ("range", {"name": "price", "end": 1, "value": 300}, "- 300"),
    "the runs": ("search", {"key": "runs", "value": 200}, "runs: 200"),
    "the draws": ("search", {"key": "needed", "value": 6}, "6 of 8"),
    "another cap": ("add", {"part": "caps", "name": "shortage"}, "Expected Shortage|Hours"),
    "another aim": ("add", {"part": "aims", "name": "intensity_sichuan"}, "region: Sichuan"),
    "another policy": ("add", {"part": "levers", "name": "capacity_payment"}, "rate_cny_per_kw_year"),
}


@pytest.mark.parametrize("case", CHANGED)
def test_a_change_of_the_form_is_a_change_of_the_file(case):
    name, wish, written = CHANGED[case]
    text = shipped_problem()
    changed = change_problem(text, "chengyu", name, wish)
    assert written in changed and read_problem(changed, "chengyu").experiment.seek
    if name != "add":
        return
    shown = form_of(changed, "chengyu", "zh")
    assert all(row["title"] for part in shown["parts"] for row in part["rows"])
    before, after = (read_problem(one, "chengyu").experiment for one in (text, changed))
    added = next(iter({*after.levers} - {*before.levers}), wish["name"])
    removed = change_problem(changed, "chengyu", "remove", {"part": wish["part"], "name": added})
    assert read_problem(removed, "chengyu").id == read_problem(text, "chengyu").id, "as it was before"


def test_every_offer_and_every_policy_that_is_offered_can_be_searched():
    text = shipped_problem()
    for name, offer in offered_outcomes("chengyu").items():
        change_problem(text, "chengyu", "add", {"part": offer.part, "name": name})
    kinds = lever_kinds()
    assert len(kinds) > 15
    for kind in kinds:
        change_problem(text, "chengyu", "add", {"part": "levers", "name": kind})


REFUSED = {
    "an empty bound": ("change", {"change": "bound", "name": "support", "value": ""}, "not-a-number"),
    "a range upside down": (
        "change",
        {"change": "range", "name": "price", "end": 1, "value": -1},
        "not-ascending",
    ),
    "too few runs": ("change", {"change": "search", "key": "runs", "value": 3}, "too-few-runs"),
    "too many runs": ("change", {"change": "search", "key": "runs", "value": 251}, "too-many-runs"),
    "draws that there are not": (
        "change",
        {"change": "search", "key": "needed", "value": 9},
        "impossible-draws",
    ),
    "the only lever": ("change", {"change": "remove", "part": "levers", "name": "price"}, "no-lever"),
    "an unknown cap": (
        "read",
        small_problem().replace("caps:\n  - support", "caps:\n  - suport"),
        "unknown-outcome",
    ),
    "another region": (
        "read",
        small_problem().replace("region: two_provinces", "region: /etc"),
        "other-region",
    ),
    "a neighbour's file": (
        "read",
        "experiment: x\nbase: other.yaml\noutcomes: {a: {variable: Emissions|CO2, "
        "year: 2030}}\nseek: {best: [a], runs: 50}\n",
        "no-neighbours",
    ),
    "no search": (
        "read",
        "experiment: x\noutcomes: {a: {variable: Emissions|CO2, year: 2030}}\n",
        "no-search",
    ),
    "no YAML": ("read", "a: [", ""),
    "a large file": ("read", "#" * (MAXIMUM_BYTES + 1), "too-large"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_searched_is_told_and_changes_nothing(case, tmp_path):
    do, given, code = REFUSED[case]
    visitor = Visitor(Searches(Held(), tmp_path, 1))
    visitor.do(do, given)
    codes = [finding.code for finding in visitor.desk.faults.value]
    assert codes and (code in codes or code in ("", "no-neighbours")), codes
    assert visitor.desk.problem.value == small_problem()
    visitor.do("reset")
    visitor.do("change", {"change": "bound", "name": "nothing", "value": 1})


def test_nonsense_of_a_browser_is_nothing(tmp_path):
    held = Held()
    visitor = Visitor(Searches(held, tmp_path, 1))
    nonsense = [
        None,
        3,
        [],
        {},
        {"do": []},
        {"do": "open", "with": "x"},
        {"do": "open", "with": 3},
        {"do": "stop"},
    ]
    nonsense += [
        {"do": "change", "with": wish} for wish in (None, {"change": 3}, {"change": "remove", "part": []})
    ]
    nonsense += [
        {"do": "change", "with": {"change": "bound", "name": [], "value": {}}},
        {"do": "read", "with": 3},
    ]
    for sent in nonsense:
        visitor.desk.act(sent)
    assert (
        visitor.desk.problem.value == small_problem() and not visitor.desk.faults.value and not held.requests
    )


def test_a_link_holds_the_whole_problem():
    scenarios = Visitor(Searches(Held(), Path(), 1)).scenarios
    text = small_problem()
    written = write_address(Address(language="zh", view="seek", problem=text), CODE)
    found = read_address(written, scenarios, CODE, (), range(2022, 2032))
    assert found.problem == text and found.view == "seek" and not found.notices
    assert (
        write_address(Address(language="zh", view="seek", problem=shipped_problem()), CODE) == "/seek?lang=zh"
    )
    for broken in ("x", written[-40:], pack_problem(text.replace("price_cny", "prize_cny"))):
        damaged = read_address(f"/seek?seek={broken}", scenarios, CODE, (), range(2022, 2032))
        assert damaged.problem == "" and damaged.notices


# --- in the browser -----------------------------------------------------------------------------------------------

TINY = """experiment: tiny_search
base: {extends: "tanlu:baseline", years: 2022-2030, world: {hydrology: bootstrap}}
arms:
  none: {}
  package: {policies: {tax: {kind: carbon_price, from_year: 2023, price_cny_per_tco2: 100}}}
levers:
  price: {path: policies.tax.price_cny_per_tco2, arm: package, range: [0, 300]}
outcomes:
  saved: {variable: Emissions|CO2, sum: 2023-2023, against: none, sign: -1, better: more}
  tariff: {variable: Price|Final Energy|Industry|Electricity, year: 2023, against: none, at_most: 100, better: less}
seek: {best: [saved, tariff], caps: [tariff], in_draws: 2 of 2, screen_draws: 1, runs: 20}
"""


@pytest.mark.browser
def test_a_visitor_searches_opens_a_point_and_takes_it_back(visit, tmp_path):
    """The fewest runs of one lever, to 2023, by the real model in its own processes."""
    file = tmp_path / "tiny.yaml"
    file.write_text(TINY, encoding="utf-8")
    page = visit("/seek", language="zh-CN")
    page.fill("[data-bound=tariff]", "0.09")
    page.press("[data-bound=tariff]", "Enter")
    expect(page.locator("#seek [data-action=reset]")).to_be_visible()
    page.set_input_files("#seek [data-action=file]", file)
    expect(page.locator("[data-lever]")).to_have_count(1)
    page.wait_for_url(lambda url: "seek=" in url)
    page.click("[data-action=search]")
    expect(page.locator("#seek")).to_have_attribute("data-state", "ended", timeout=90_000)
    rows = page.locator("#seek tbody tr")
    expect(rows.first).to_be_visible()
    assert "新运行" in page.inner_text("[data-status]") and "前沿摘要" in page.inner_text("[data-status]")
    rows.first.locator("[data-open]").click()
    expect(page.locator("[data-opened]")).to_be_visible()
    expect(page).to_have_url(re.compile("b=baseline"))
    page.get_by_role("button", name="撤销").click()
    expect(page).not_to_have_url(re.compile("b=baseline"))
    page.click("[data-action=search]")
    expect(page.locator("[data-status]")).to_contain_text("新运行0次", timeout=60_000)
