"""The policy builder without its page: differences, links, packages, steps back and forth, files, and every field."""

import base64
import json
import re
import zlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.places import shipped_scenarios
from tanlu.core.words import LANGUAGES, words
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.inputs.types import json_schema
from tanlu.pages.builder import panel, tree
from tanlu.pages.builder.actions import Builder
from tanlu.pages.builder.address import Version, read_scenario, write_scenario
from tanlu.pages.builder.asked import STEPS, Asked
from tanlu.pages.builder.fields import all_fields, themes
from tanlu.pages.builder.links import MAXIMUM_BYTES, READABLE, LinkTooLongError, read_changes, write_changes
from tanlu.pages.builder.packages import BOTH, KEEP, conflicts, stacked, with_package
from tanlu.pages.builder.panel import years_of
from tanlu.pages.builder.scenarios import Edit, Scenarios
from tanlu.pages.builder.starts import uncredited_market
from tanlu.pages.levers import Levers
from tanlu.policies import KINDS
from tanlu.region.catalogue import region_axes
from tanlu.scenario.difference import changes_between
from tanlu.scenario.examples import example_of
from tanlu.scenario.input_words import InputWords
from tanlu.scenario.schema import load_scenario, plain_scenario, scenario_from_text
from tanlu.scenario.side_by_side import different_inputs
from tanlu.scenario.world import World

VERSION = Version("c0ffee00", "da7a0000")
AXES = region_axes("chengyu")
RATE = ("policies", "capture_subsidy", "rate_cny_per_tco2")
TAX = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300}


@pytest.fixture(scope="module")
def scenarios():
    return Scenarios(
        {name: plain_scenario(load_scenario(path)) for name, path in shipped_scenarios().items()}
    )


def builder_of(scenarios):
    """Return the actions of a visitor, and what holds his setting."""
    held = [Asked(Levers())]
    return Builder(scenarios, lambda: held[0], lambda asked: held.__setitem__(0, asked)), held


# the difference


def test_s18_every_shipped_scenario_is_itself_again_from_its_difference_its_link_and_its_file(scenarios):
    for name in scenarios.names:
        levers = scenarios.beside_baseline(Levers(name))
        key, written = write_changes(levers.block)
        assert read_changes(*((written, "") if key == "d" else ("", written))) == levers.block
        assert scenarios.with_changes("baseline", levers.block) == Levers(name)
        assert scenarios.from_text(scenarios.to_text(levers)) == Levers(name)
        assert scenarios.from_text(scenarios.to_text(Levers(name))) == Levers(name)


def test_a_file_that_leaves_a_policy_of_the_baseline_out_switches_it_off(scenarios):
    bare = scenario_from_text("name: bare\n")
    found = changes_between(scenarios.baseline, bare)["policies"]
    assert found == {name: {"enabled": False} for name in scenarios.baseline.policies}
    assert not scenarios.scenario(scenarios.levers_of(bare)).active_policies


def test_a_key_that_cannot_be_left_out_makes_a_policy_of_another_name(scenarios):
    ended = scenarios.edited(Levers(), [Edit(("policies", "capacity_payment", "end_reserve_share"), 0.3)])
    found = changes_between(scenarios.scenario(ended), scenarios.baseline)["policies"]
    assert found["capacity_payment"] == {"enabled": False}
    assert found["capacity_payment_2"]["rate_cny_per_kw_year"] == 165


def test_edits_are_all_or_nothing_and_refused_where_they_stand(scenarios):
    edits = [Edit(("policies", "tax"), TAX), Edit(("policies", "tax", "price_cny_per_tco2"), -1)]
    with pytest.raises(ScenarioError) as refused:
        scenarios.edited(Levers(), edits)
    assert [fault.place.path for fault in refused.value.findings] == ["policies.tax.price_cny_per_tco2"]
    added = scenarios.edited(Levers(), edits[:1])
    assert scenarios.edited(added, [Edit(("policies", "tax"), None)]) == Levers()


# links


def test_a_long_scenario_is_packed_and_a_longer_one_needs_a_file():
    closings = {f"coal_station_{i}_unit_{i % 7}": 2026 + i % 30 for i in range(60)}
    block = {"world": {"plant_retirement": closings}}
    key, written = write_changes(block)
    assert (key, read_changes("", written)) == ("z", block) and len(json.dumps(block)) > READABLE
    noise = {f"n{hash((i, 'x')) & 0xFFFFFFFFFFFF:x}": 2026 for i in range(1500)}
    with pytest.raises(LinkTooLongError):
        write_changes({"world": {"plant_retirement": noise}})


@pytest.mark.parametrize(
    "fields",
    [
        {"d": "(policies:"},
        {"d": "(region:/etc)"},
        {"d": "*a"},
        {"z": "!!!!"},
        {"z": "eNo"},
        {"b": "../../etc/passwd"},
        {"d": "(policies:(tax:(kind:carbon_price,from_year:2026,price_cny_per_tco2:-1)))"},
        {"d": "(policies:3)"},
        {"d": "(" * 500},
    ],
)
def test_a_link_that_cannot_be_followed_says_so_and_changes_nothing(scenarios, fields):
    levers, notices = read_scenario({"v": "2", **fields}, scenarios, VERSION)
    assert levers == Levers() and notices and all(len(notice.given) <= 200 for notice in notices)


def test_a_packed_link_cannot_fill_the_memory(scenarios):
    bomb = base64.urlsafe_b64encode(zlib.compress(b"[" + b"0," * 10_000_000 + b"0]")).decode()
    assert read_changes("", bomb) is None


def test_s19_a_link_of_another_version_names_both(scenarios):
    written = dict(part.split("=", 1) for part in write_scenario(Levers("ccus_push"), VERSION))
    assert read_scenario(written, scenarios, VERSION) == (Levers("ccus_push"), [])
    now = Version("beefbeef", "da7a0000")
    levers, (notice,) = read_scenario(written, scenarios, now)
    assert (levers, notice.given, notice.used) == (
        Levers("ccus_push"),
        "c0ffee00/da7a0000",
        "beefbeef/da7a0000",
    )


def test_s19_links_of_the_first_form_open_with_the_same_policies(scenarios):
    levers, notices = read_scenario({"s": "ccus_push~ccus_subsidy-300"}, scenarios, VERSION)
    assert notices == [] and stacked(scenarios, levers) == {"capture_subsidy", "capture_subsidy_2"}


# packages


def test_s15_the_capture_package_is_edited_in_the_tree_and_never_adds_up_by_itself(scenarios):
    builder, held = builder_of(scenarios)
    builder.load("ccus_push")
    assert held[0].levers == Levers("ccus_push")
    (row,) = [r for r in tree.policy_rows(scenarios, held[0].levers, "zh") if r["kind"] == "ccus_subsidy"]
    assert row["values"]["rate_cny_per_tco2"] == {2026: 150, 2035: 300}
    assert (row["values"]["capex_grant_share"], row["values"]["budget_bn_cny_per_year"]) == (0.3, 15)
    assert row["given"][0] == "rate_cny_per_tco2" and {"capex_grant_share", "budget_bn_cny_per_year"} <= {
        *row["given"]
    }
    builder.edit({"move": 1, "gesture": "1", "edits": [{"path": list(RATE), "value": 300}]})
    subsidies = [p for p in scenarios.scenario(held[0].levers).active_policies if p.kind == "ccus_subsidy"]
    assert [p.rate_cny_per_tco2.as_data() for p in subsidies] == [300]
    assert stacked(scenarios, held[0].levers) == frozenset()


def test_s15_a_second_package_asks_for_each_conflict(scenarios):
    mine = scenarios.edited(Levers("ccus_push"), [Edit(RATE, 300)])
    (conflict,) = conflicts(scenarios, mine, "dual_carbon")
    assert conflict == (("policies", "capture_subsidy"), ("capture_subsidy",), True)
    replaced, kept, both = (
        with_package(scenarios, mine, "dual_carbon", {conflict.path: how} if how else {})
        for how in (None, KEEP, BOTH)
    )
    rate = {2026: 150, 2035: 250, 2050: 100}
    assert replaced.block["policies"]["capture_subsidy"]["rate_cny_per_tco2"] == rate
    assert kept.block["policies"]["capture_subsidy"]["rate_cny_per_tco2"] == 300
    assert {"carbon_tax", "coal_exit"} <= {*replaced.block["policies"]} & {*kept.block["policies"]}
    assert stacked(scenarios, both) == {"capture_subsidy", "capture_subsidy_2"}
    assert not stacked(scenarios, replaced) and not stacked(scenarios, kept)
    marked = {row["name"] for row in tree.policy_rows(scenarios, both, "zh") if row["stacked"]}
    assert marked == stacked(scenarios, both) and words("zh")["builder.stacked"] == "叠加"
    assert conflicts(scenarios, Levers("ccus_push"), "ccus_push") == []


# steps back and forth


def test_s17_fifty_steps_are_undone_and_done_again_to_the_bit(scenarios):
    builder, held = builder_of(scenarios)
    builder.add("ccus_subsidy")
    way = [held[0].levers]
    for step in range(STEPS + 5):
        builder.edit(
            {"move": step, "gesture": str(step), "edits": [{"path": list(RATE), "value": 100 + step}]}
        )
        way.append(held[0].levers)
    for levers in reversed(way[-STEPS - 1 : -1]):
        builder.undo()
        assert held[0].levers == levers
    builder.undo()
    assert held[0].levers == way[-STEPS - 1] and not held[0].past
    for levers in way[-STEPS:]:
        builder.redo()
        assert held[0].levers == levers
    builder.reset("baseline")
    assert held[0].levers == Levers()
    builder.undo()
    assert held[0].levers == way[-1]


def test_s17_a_drag_is_one_step_and_loaded_is_what_was_chosen(scenarios):
    builder, held = builder_of(scenarios)
    builder.load("ccus_push")
    for move in range(9):
        builder.edit({"move": move, "gesture": "drag", "edits": [{"path": list(RATE), "value": 100 + move}]})
    builder.undo()
    assert held[0].levers == Levers("ccus_push")
    builder.redo()
    builder.reset("loaded")
    assert held[0].levers == Levers("ccus_push")


# files


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: a\npolicies: {x: 3", "syntax"),
        ("name: a\nfoo: 1\n", "unknown-key"),
        ("name: a\nworld: {demand_factor: 99}\n", "out-of-range"),
        ("name: a\nworld: {demand_factor: much}\n", "not-a-number"),
        ("name: !!python/object/apply:os.system [echo]\n", "tag"),
        ("name: a\nregion: /etc\n", "other-region"),
        ("name: a\nextends: ../secret.yaml\n", "outside-folder"),
        ("name: a\n" + "#" * MAXIMUM_BYTES, "too-large"),
    ],
)
def test_s18_a_wrong_file_is_told_with_its_place_and_changes_nothing(scenarios, text, code):
    builder, held = builder_of(scenarios)
    builder.load("ccus_push")
    builder.read_text(text)
    assert held[0].levers == Levers("ccus_push")
    assert code in [fault.code for fault in held[0].faults] and all(
        fault.place.line for fault in held[0].faults
    )
    told = tree.told(held[0].faults, "en")
    assert all("scenario.yaml:" in one["full"] for one in told)


@pytest.mark.parametrize(
    "text",
    [
        "name: a\npolicies: {x: 3",
        "name: a\nworl: {demand_factor: 1.1}\n",
        "name: a\nworld: {demand_factor: 99}\n",
        "name: a\nworld: {demand_factor: much}\n",
        "name: !!python/object/apply:os.system [echo]\n",
    ],
)
def test_s18_a_wrong_file_is_told_in_the_words_of_tanlu_validate(scenarios, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenario.yaml").write_text(text, encoding="utf-8")
    builder, held = builder_of(scenarios)
    builder.read_text(text)
    for language in LANGUAGES:
        done = CliRunner().invoke(app, ["validate", "scenario.yaml", "--lang", language])
        told = [one["full"] for one in tree.told(held[0].faults, language)]
        assert done.exit_code == 2 and told
        assert all(one in done.output for one in told), done.output


# the tree


def test_s14_every_kind_and_every_key_of_the_schema_is_on_the_page():
    assert {k["kind"] for t in themes("en") for k in t["kinds"]} == set(KINDS)
    for language in ("en", "zh"):
        fields = all_fields(AXES, language)
        for owner, block in {**KINDS, "world": World}.items():
            shown = {field["name"]: field for field in fields[owner]}
            assert set(shown) == set(json_schema(block)["properties"]) - {"kind", "enabled"}
            for field in fields[owner]:
                assert field["title"] and field["help"], field
                if language == "zh":
                    assert re.search("[\u4e00-\u9fff]", field["title"] + field["unit"]), field
                if field.get("slider"):
                    assert field["start"] < field["high"] and field["step"] > 0 and field["source"], field


def test_s14_a_new_kind_comes_to_the_page_by_itself(monkeypatch):
    class NewTax(KINDS["carbon_price"]):
        __doc__ = KINDS["carbon_price"].__doc__  # with its example

    kinds = {**KINDS, "new_tax": NewTax}
    for module in ("pages.builder.fields", "scenario.examples"):
        monkeypatch.setattr(f"tanlu.{module}.KINDS", kinds)
    assert "new_tax" in {k["kind"] for t in themes("en") for k in t["kinds"]}
    assert all_fields(AXES, "en")["new_tax"][0]["name"] == "price_cny_per_tco2"


def test_what_a_visitor_begins_with_is_a_scenario(scenarios):
    for kind in KINDS:
        name, block = example_of(kind)
        levers = scenarios.edited(Levers(), [Edit(("policies", f"{name}_new"), block)])
        assert tree.state_words(scenarios, Asked(levers), "en") == "1 change"


def test_s16_the_law_in_force_has_its_mark_and_its_numbers(scenarios):
    rows = {row["name"]: row for row in tree.policy_rows(scenarios, Levers(), "en")}
    assert {row["mark"] for row in rows.values()} == {tree.IN_FORCE}
    assert len({row["title"] for row in rows.values()}) == len(rows), "four pay for capacity"
    paid = ("capacity_payment", "gas_capacity", "storage_capacity", "reliable_capacity")
    assert [rows[name]["short"] for name in paid] == [f"{rate} CNY/kW/yr" for rate in (165, 95, 165, 330)]
    off = scenarios.edited(Levers(), [Edit(("policies", "capacity_payment", "enabled"), False)])
    rows = {row["name"]: row for row in tree.policy_rows(scenarios, off, "en")}
    assert (rows["capacity_payment"]["mark"], rows["capacity_payment"]["off"]) == (tree.CHANGED, True)


def test_years_of_the_builder_are_those_of_the_scenario_and_of_the_schema(scenarios):
    bounds = {"earliest": 1990, "latest": 2100}
    assert years_of(scenarios.baseline, 2024) == {"first": 2020, "last": 2060, "open": 2026, **bounds}
    short = scenarios.edited(Levers(), [Edit(("years",), "2020-2025")])
    assert years_of(scenarios.scenario(short), 2024) == {"first": 2020, "last": 2025, "open": 2025, **bounds}
    components = sorted(Path(panel.__file__).parents[1].rglob("*.vue"))
    typed = {
        file.name: found
        for file in components
        if (found := re.findall(r"(?<![\w#.-])(?:19|20)\d\d(?![\w])", file.read_text(encoding="utf-8")))
    }
    hooks = {
        "emission_path.vue": ["2030", "2035", "2060"],
        "top_bar.vue": ["2000"],
    }  # of tests, and milliseconds
    assert len(components) > 20 and typed == hooks, "years come with the data"


def test_what_differs_is_what_the_command_line_says_in_words(scenarios):
    levers = scenarios.edited(Levers("ccus_push"), [Edit(("world", "demand_factor"), 1.2)])
    both = scenarios.baseline, scenarios.scenario(levers)
    rows = tree.difference_rows(scenarios, levers, InputWords(AXES, "zh"))
    assert [row[0] for row in rows] == [*different_inputs(both, ("a", "b"), AXES.provinces).index]
    assert [row[1:] for row in rows] == [
        ["1 倍", "1.2 倍", "外部条件（非政策）：需求系数"],
        ["–", "2026", "碳市场：捕集抵扣起始年份"],
        [
            "–",
            "碳捕集利用与封存补贴：起始年份 2026、每吨补贴 2026：150、2035：300 元/吨、投资补助比例 0.3、"
            "年度预算 15 十亿元/年",
            "碳捕集利用与封存补贴",
        ],
    ]


LAW = {
    "decided_in": 2032,
    "set": {"capture_subsidy": {"rate_cny_per_tco2": {2033: 150, 2040: 0}}},
    "end": ["capacity_payment"],
    "introduce": {"tax": {"kind": "carbon_price", "from_year": 2034, "price_cny_per_tco2": 100}},
}


def test_a_package_with_regulators_is_shown_and_stays_under_another(scenarios):
    levers = Levers("provinces_review")
    rows = {row[0]: row for row in tree.difference_rows(scenarios, levers, InputWords(AXES, "zh"))}
    assert rows["regulators.Sichuan"][3] == "监管者：四川"
    told = "评估年份 每个五年规划末年；目标 co2；政策工具 碳价：固定碳价 0–800"
    assert rows["regulators.Sichuan"][2] == told
    more = with_package(scenarios, levers, "ccus_push", {})
    assert scenarios.scenario(more).regulators == scenarios.scenario(levers).regulators
    assert scenarios.from_text(scenarios.to_text(more)) == more
    tax = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300}
    mine = scenarios.edited(Levers(), [Edit(("policies", "carbon_price_sichuan"), tax)])
    names = ("carbon_price_sichuan", "carbon_price_chongqing")
    both = with_package(scenarios, mine, "provinces_review", {("policies", name): BOTH for name in names})
    (name,) = scenarios.scenario(both).regulators["Sichuan"].instruments
    assert name == "carbon_price_sichuan_2.price_cny_per_tco2"
    kept = with_package(scenarios, mine, "provinces_review", {("policies", name): KEEP for name in names})
    assert not scenarios.scenario(kept).regulators


@pytest.mark.parametrize(
    ("path", "value", "label", "shown"),
    [
        (("seed",), 7, "随机种子", "7"),
        (("years",), "2020-2040", "运行年份", "2020-2040"),
        (("outputs", "dispatch"), True, "保留逐时数据", "是"),
        (("pack", "parameters.households"), {"factor": 1.1}, "户数：乘以", "1.1"),
        (
            ("events", "cut"),
            LAW,
            "事件“cut”",
            "决定年份 2032；碳捕集利用与封存补贴：每吨补贴 2033：150、2040：0 元/吨；终止的政策：容量电价；"
            "新设政策：碳价：起始年份 2034、固定碳价 100 元/吨",
        ),
    ],
)
def test_whatever_a_scenario_changes_is_said_in_words(scenarios, path, value, label, shown):
    levers = scenarios.edited(Levers("ccus_push"), [Edit(path, value)])
    rows = {row[0]: row for row in tree.difference_rows(scenarios, levers, InputWords(AXES, "zh"))}
    (row,) = (row for key, row in rows.items() if key.startswith(".".join(path)))
    assert (row[3], row[2]) == (label, shown)


def test_capture_without_credit_is_told_and_one_click_mends_it(scenarios):
    builder, held = builder_of(scenarios)
    builder.start("capture")
    started = scenarios.scenario(held[0].levers)
    assert plain_scenario(started)["policies"]["capture_subsidy"]["rate_cny_per_tco2"] == 300.0
    market = uncredited_market(started)
    assert started.policies[market].kind == "carbon_market"
    builder.credit_capture(2026)
    mended = scenarios.scenario(held[0].levers)
    assert mended.policies[market].capture_counts_from_year == 2026 and not uncredited_market(mended)
    assert not uncredited_market(scenarios.scenario(Levers())), (
        "nothing is missed where nothing is captured for"
    )
    assert not uncredited_market(scenarios.scenario(Levers("ccus_push")))
    builder.start("drought")
    assert scenarios.scenario(held[0].levers).world.dry_years == (2030,)
    builder.start("aims")
    assert held[0].levers == Levers("dual_carbon")
