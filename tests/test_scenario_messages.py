"""Wrong scenario files: each fault is told once, at its place, with what to write instead."""

import os
from pathlib import Path

import pytest

from tanlu.core import places
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.scenario.schema import load_scenario, load_scenarios, scenario_from_dict, scenario_from_text

BAD = Path(__file__).parent / "bad_scenarios"
PLANTS = ("luohuang_1", "luohuang_2", "guangan_1")

# file: one (code, line, column, phrases of the message and help) for each fault, in order
EXPECTED = {
    "a_list": [("not-a-mapping", 1, 1, ("mapping of keys", "name: my_scenario"))],
    "alias_bomb": [
        ("anchor", 2, 8, ("`&a`", "extends")),
        ("not-a-mapping", 3, 12, ("list of 8 items",)),
        ("anchor", 3, 15, ("`&b`",)),
        ("alias", 3, 19, ("`*a`", "write the value out")),
        ("not-a-mapping", 3, 52, ("list of 8 items",)),
        ("anchor", 3, 55, ("`&c`",)),
        ("alias", 3, 59, ("`*b`",)),
        ("not-a-mapping", 3, 92, ("list of 4 items",)),
        ("alias", 3, 96, ("`*c`",)),
    ],
    "bad_name": [("bad-name", 1, 7, ("2060 目标", "lower-case letters", "`label`"))],
    "bad_pack_changes": [
        ("no-such-row", 3, 3, ("parameter=hurdle_half_widt", "did you mean `parameter=hurdle_half_width`?")),
        ("out-of-range", 4, 41, ("at most 1, and becomes 1.4",)),
        ("several-rows", 5, 76, ("5 rows", "name more columns", "{factor: x}")),
        ("bad-change", 6, 3, ("one of add and factor", "{factor: 1.1}")),
        ("unknown-column", 7, 3, ("no column `kin`", "did you mean `kind`?")),
        ("unknown-column", 8, 3, ("no column `grade` of numbers", "spread_bp")),
        ("not-a-whole-number", 9, 34, ("not 20.5",)),
        ("bad-path", 10, 3, ("`discount rate` is no path", "`pack.parameters.NAME`")),
    ],
    "bad_schedule_year": [
        ("bad-year", 6, 36, ("the year '2030' is text", "without quotes: 2030")),
        ("bad-year", 6, 49, ("'2035.5' is not a year", "step is one year")),
        ("bad-year", 6, 62, ("20400", "between 1990 and 2100")),
    ],
    "binary": [("binary-file", 2, 8, ("binary, not text",))],
    "cycle_first": [("cycle", 3, 10, ("cycle_first.yaml -> cycle_second.yaml -> cycle_first.yaml",))],
    "cycle_second": [("cycle", 1, 10, ("cycle_second.yaml -> cycle_first.yaml -> cycle_second.yaml",))],
    "decimal_comma": [("not-a-number", 6, 42, ("'187,5'", "with a point: 187.5"))],
    "duplicate_key": [("duplicate-key", 4, 1, ("`seed` is given twice", "duplicate_key.yaml:2:1"))],
    "empty": [("empty-file", 1, 1, ("holds no scenario",))],
    "full_width_colon": [("syntax", 2, 6, ("not the full-width `：`",))],
    "gbk": [("not-utf8", 2, 14, ("not UTF-8", "GBK"))],
    "infinite": [("not-finite", 6, 42, ("`rate_cny_per_tco2[2035]` is infinite",))],
    "invisible_character": [("control-character", 2, 3, ("U+200B", "delete it"))],
    "key_not_text": [
        ("missing-key", 1, 1, ("`name`",)),
        ("key-not-text", 2, 3, ("word or a year",)),
    ],
    "merge_key": [("merge-key", 3, 3, ("`<<`", "extends"))],
    "misplaced_key": [("unknown-key", 4, 3, ("`years`", "top level", "check the indentation"))],
    "missing_base": [("missing-file", 2, 10, ("cycle_frist.yaml", "did you mean `cycle_first.yaml`?"))],
    "nan": [("not-finite", 3, 22, ("`coal_price_factor` is not a number (NaN)",))],
    "negative_rate": [("out-of-range", 6, 42, ("`rate_cny_per_tco2[2035]`", "at least 0, got -300"))],
    "no_name": [("missing-key", 1, 1, ("lacks the key `name`",))],
    "no_value": [
        ("no-value", 2, 1, ("`policies` has no value", "enabled: false")),
        ("no-value", 4, 13, ("`2028` has no value",)),
    ],
    "on_is_text": [
        ("unknown-key", 5, 5, ("unknown key `on`", "`enabled`")),
        ("not-true-or-false", 7, 14, ("got the text 'yes'", "write true", "plain text here")),
    ],
    "only_comments": [("empty-file", 1, 1, ("holds no scenario",))],
    "outside_folder": [("outside-folder", 2, 10, ("../../scenarios/baseline.yaml", "no `..`"))],
    "percent": [("not-a-number", 7, 24, ("'30%'", "as a fraction: 0.3"))],
    "reversed_years": [
        ("reversed-years", 2, 8, ("ends in 2020, before it starts in 2060", "write 2020-2060")),
        ("reversed-years", 7, 17, ("ends in 2025, before it starts in 2026", "swap")),
    ],
    "several_faults": [
        ("unknown-key", 2, 1, ("`seeds`", "did you mean `seed`?")),
        ("bad-years", 3, 8, ("'2020 to 2060'", "write 2020-2060")),
        ("out-of-range", 5, 18, ("at most 10, got 120", "120 % is 1.2")),
        ("unknown-value", 6, 14, ("'dry'", "`observed`, `normal`")),
        ("not-a-list", 10, 14, ("got the text 'Sichuan'", "write [Sichuan]")),
        ("bad-year", 11, 16, ("'2026.5' is not a year",)),
        ("not-a-number", 12, 5, ("list of 2 items", "{2026: 100, 2035: 300}")),
        ("not-a-mapping", 13, 1, ("`outputs`", "`dispatch`, `plants`")),
    ],
    "tab_indentation": [("tab-indentation", 3, 1, ("on 2 lines", "spaces only"))],
    "tag": [
        ("not-a-number", 2, 1, ("`seed`", "list of 1 item")),
        ("tag", 2, 7, ("!!python/object/apply:os.system",)),
    ],
    "text_for_number": [("not-a-number", 6, 24, ("got the text '150'", "remove the quotes: 150"))],
    "two_documents": [("several-documents", 2, 1, ("second document", "one scenario per file"))],
    "unclosed_bracket": [("syntax", 3, 5, ("from line 2", "`{` is not closed"))],
    "unit_in_value": [("not-a-number", 6, 24, ("'150 CNY'", "CNY at 2020 prices per tonne of CO2"))],
    "unknown_key": [
        ("unknown-key", 7, 5, ("`budget`", "carries its unit: `budget_bn_cny_per_year`")),
        ("unknown-key", 8, 5, ("`untill_year`", "did you mean `until_year`?")),
    ],
    "unknown_plant": [("unknown-plant", 5, 5, ("'luohuang_7'", "did you mean `luohuang_2`?"))],
    "unknown_policy_kind": [("unknown-kind", 4, 11, ("'ccus_subsidies'", "did you mean `ccus_subsidy`?"))],
    "unknown_region": [
        ("unknown-region", 2, 9, ("'chengdu'", "did you mean `chengyu`?")),
        ("unknown-region", 6, 24, ("'Chonqing'", "did you mean `Chongqing`?")),
    ],
    "wrong_unit": [
        ("wrong-unit", 6, 5, ("`usd_per_tco2`, expected `cny_per_tco2`", "convert", "exchange rate")),
        ("wrong-unit", 7, 5, ("`pct`, expected `share`", "convert", "multiply it by 0.01")),
    ],
}


@pytest.fixture(autouse=True)
def _one_region(monkeypatch):
    """Let messages about regions not depend on which packs are installed."""
    monkeypatch.setattr("tanlu.scenario.schema.region_names", lambda: ("chengyu",))


def faults(call, *args, **kwargs):
    with pytest.raises(ScenarioError) as caught:
        call(*args, **kwargs)
    return caught.value.findings


def test_every_wrong_file_is_in_the_table():
    assert {path.stem for path in BAD.glob("*.yaml")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_wrong_file(name):
    found = faults(load_scenario, BAD / f"{name}.yaml", known_plants=PLANTS)
    assert [(d.code, d.place.line, d.place.column) for d in found] == [row[:3] for row in EXPECTED[name]]
    for finding, (*_, phrases) in zip(found, EXPECTED[name], strict=True):
        text = finding.message + "\n" + finding.help
        assert [phrase for phrase in phrases if phrase not in text] == []
        assert Path(finding.place.file).is_file()
        assert "true" not in text.lower() or name == "on_is_text"


def test_rendering_shows_line_caret_path_and_help():
    path = BAD / "wrong_unit.yaml"
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    first = caught.value.render().split("\n\n")[0]
    assert first.splitlines() == [
        "error[wrong-unit]: `rate_usd_per_tco2` is in `usd_per_tco2`, expected `cny_per_tco2`",
        f"  --> {path}:6:5",
        "   |",
        " 6 |     rate_usd_per_tco2: 25",
        "   |     ^^^^^^^^^^^^^^^^^ policies.capture_subsidy.rate_usd_per_tco2",
        "  help: convert the value and write `rate_cny_per_tco2` (CNY at 2020 prices per tonne of CO2): "
        "use that year's exchange rate and bring it to the prices of 2020",
    ]
    assert "\x1b[" in caught.value.render(color=True)
    assert str(caught.value) == caught.value.render(color=False)


def test_the_caret_stands_under_text_after_chinese_characters():
    (fault,) = faults(scenario_from_text, "{name: a, label: {zh: 碳路, xx: 1}}")
    assert (fault.place.line, fault.place.column) == (1, 27)
    assert fault.place.excerpt.offset == 28, "each Chinese character takes two columns"


def test_hostile_text_cannot_control_the_terminal():
    (fault,) = faults(scenario_from_text, 'name: a\n"\\e[2J\\u202Ex": 1\n')
    assert "\x1b" not in ScenarioError([fault]).render()
    assert (fault.code, fault.place.line) == ("control-character", 2) and "U+001B" in fault.message


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        ("１５０", "write it in plain digits: 150"),
        ("1,000", "without separators: 1000"),
        ("1_000", "without separators: 1000"),
        ("'1.5'", "remove the quotes: 1.5"),
        ("1.2倍", "write the number alone"),
        ("about 150", "write a number"),
        ("true", "got true"),
        ("1e999", "infinite"),
        ("-.inf", "infinite"),
        ("9" * 400, "got the text"),
    ],
)
def test_numbers_that_are_none(value, phrase):
    text = f"name: a\nworld:\n  coal_price_factor: {value}\n"
    (fault,) = faults(scenario_from_text, text)
    assert (fault.place.line, fault.place.column) == (3, 22)
    assert phrase in fault.message + fault.help


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("years: {star: 2020, end: 2060}", "unknown-key"),
        ("policies: {p: {kind: carbon_market, from_year: 2026, regions: [Sichaun]}}", "unknown-region"),
        ("policies: {p: {kind: ~, from_year: 2026}}", "no-value"),
        ("world: {demand_factor: {2026: ~}}", "no-value"),
        ("policies: [1, ~]", "not-a-mapping"),
    ],
)
def test_one_mistake_makes_one_message(text, code):
    found = faults(scenario_from_text, f"name: a\n{text}\n")
    assert [fault.code for fault in found if "item 2" not in fault.message] == [code]


def test_the_number_of_values_is_limited():
    text = "name: a\nlabel: [" + "1," * 99_980
    assert faults(scenario_from_text, text + "1]\n")[0].code == "not-a-mapping"
    (fault,) = faults(scenario_from_text, text + "1," * 20 + "1]\n")
    assert (fault.code, fault.place.line) == ("too-many-values", 2) and "100,000" in fault.message


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("/etc/passwd", "outside-folder"),
        ("~/x.yaml", "outside-folder"),
        ("'C:x.yaml'", "outside-folder"),
        ("a\\b.yaml", "outside-folder"),
        ("inner/../../x.yaml", "outside-folder"),
        ("link.yaml", "outside-folder"),
        ("folder_link/secret.yaml", "outside-folder"),
        ("inner", "bad-extends"),
        ("base.txt", "bad-extends"),
        ('"a\\0.yaml"', "control-character"),
        (f"{'a' * 300}.yaml", "bad-extends"),
        ("[a.yaml, b.yaml]", "bad-extends"),
        ("inner/none.yaml", "missing-file"),
        ("folder.yaml", "not-a-file"),
        ("pipe.yaml", "not-a-file"),
        ("child.yaml", "cycle"),
        ("../child.yaml", "outside-folder"),
    ],
)
def test_extends_stays_inside_the_folder(tmp_path, name, code):
    folder = tmp_path / "scenarios"
    (folder / "inner").mkdir(parents=True)
    (folder / "folder.yaml").mkdir()
    os.mkfifo(folder / "pipe.yaml")
    (tmp_path / "secret.yaml").write_text("name: secret\n")
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "folder_link").symlink_to(tmp_path)
    (folder / "child.yaml").write_text(f"name: child\nextends: {name}\n")
    (fault,) = faults(load_scenario, folder / "child.yaml")
    assert (fault.code, fault.place.line, fault.place.column) == (code, 2, 10)


@pytest.mark.parametrize(
    ("name", "code", "help"),
    [
        ("tanlu:basline", "unknown-scenario", "did you mean `tanlu:baseline`?"),
        ("tanlu:baseline.yaml", "unknown-scenario", "did you mean `tanlu:baseline`?"),
        ("tanlu:../baseline", "unknown-scenario", "did you mean `tanlu:baseline`?"),
        ("tanlu:/etc/passwd", "unknown-scenario", "there are: `tanlu:baseline`, `tanlu:border_"),
        ("baseline.yaml", "missing-file", "the scenario that comes with Tanlu is `tanlu:baseline`"),
        (
            "scenarios/baseline.yaml",
            "missing-file",
            "either; the scenario that comes with Tanlu is `tanlu:base",
        ),
        ("../scenarios/ccus_push.yaml", "outside-folder", "comes with Tanlu is `tanlu:ccus_push`"),
        ("baseline", "bad-extends", "ends in .yaml; the scenario that comes with Tanlu is `tanlu:baseline`"),
    ],
)
def test_messages_about_extends_lead_to_the_scenarios_of_tanlu(tmp_path, name, code, help):
    (tmp_path / "own.yaml").write_text(f"name: own\nextends: {name}\n")
    (fault,) = faults(load_scenario, tmp_path / "own.yaml")
    assert (fault.code, fault.place.line, fault.place.column) == (code, 2, 10)
    assert help in fault.help


def test_a_missing_file_leads_nowhere_where_tanlu_has_no_such_scenario(tmp_path):
    (tmp_path / "own.yaml").write_text("name: own\nextends: hot_dry_2040.yaml\n")
    (fault,) = faults(load_scenario, tmp_path / "own.yaml")
    assert (fault.code, fault.help) == ("missing-file", "")
    (fault,) = faults(scenario_from_text, "name: a\nextends: nowhere.yaml\n")
    assert "extend one that comes with Tanlu, such as `tanlu:baseline`" in fault.help


def test_an_unknown_name_and_a_short_one_are_explained():
    (fault,) = faults(load_scenario, "tanlu:basline")
    assert (fault.code, fault.place.file, fault.place.line) == ("unknown-scenario", "tanlu:basline", 1)
    assert "did you mean `tanlu:baseline`?" in fault.help
    assert (
        faults(load_scenario, "baseline")[0].help == "the scenario that comes with Tanlu is `tanlu:baseline`"
    )


def test_an_own_file_that_takes_the_name_of_one_of_tanlu_may_not_turn_back(monkeypatch, tmp_path):
    monkeypatch.setattr(places, "SCENARIOS", tmp_path)
    (tmp_path / "a.yaml").write_text("name: a\nextends: tanlu:b\n")
    (tmp_path / "b.yaml").write_text("name: b\nextends: a.yaml\n")
    (fault,) = faults(load_scenario, tmp_path / "a.yaml")
    assert (fault.code, fault.place.file) == ("cycle", "tanlu:b")
    assert "a.yaml -> b.yaml -> a.yaml" in fault.message


def test_at_most_eight_levels(tmp_path):
    for level in range(11):
        parent = f"extends: level{level - 1}.yaml\n" if level else ""
        (tmp_path / f"level{level}.yaml").write_text(f"name: level{level}\n{parent}")
    assert load_scenario(tmp_path / "level8.yaml").name == "level8"
    (fault,) = faults(load_scenario, tmp_path / "level10.yaml")
    assert (fault.code, fault.place.line) == ("too-many-levels", 2)


def test_faults_of_a_base_are_told_in_its_own_file(tmp_path):
    (tmp_path / "base.yaml").write_text("name: base\nseed: -1\nworld: {demand_factor: a}\n")
    (tmp_path / "child.yaml").write_text(
        "extends: base.yaml\nname: child\nworld: {demand_factor: 1}\nyear: 1\n"
    )
    found = faults(load_scenario, tmp_path / "child.yaml")
    places = [(Path(d.place.file).name, d.place.line, d.code) for d in found]
    assert places == [("child.yaml", 4, "unknown-key"), ("base.yaml", 2, "out-of-range")]


def test_a_base_that_cannot_be_read_does_not_hide_other_faults(tmp_path):
    (tmp_path / "child.yaml").write_text(
        "name: a\nextends: b.yaml\nseed: x\npolicies: {p: {enabled: false}}\n"
    )
    assert [d.code for d in faults(load_scenario, tmp_path / "child.yaml")] == [
        "missing-file",
        "not-a-number",
    ]


def test_several_files_are_reported_at_once(tmp_path):
    names = ["unknown_key", "negative_rate", "empty"]
    found = faults(load_scenarios, [BAD / f"{name}.yaml" for name in names])
    assert [Path(d.place.file).stem for d in found] == [
        "unknown_key",
        "unknown_key",
        "negative_rate",
        "empty",
    ]
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text("seed: 1\nname: same\n")
    (fault,) = faults(load_scenarios, [tmp_path / "a.yaml", tmp_path / "b.yaml"])
    assert (fault.code, Path(fault.place.file).name, fault.place.line, fault.place.column) == (
        "duplicate-name",
        "b.yaml",
        2,
        7,
    )


def test_a_missing_file_and_a_folder_have_a_place(tmp_path):
    (tmp_path / "baseline.yaml").write_text("name: baseline\n")
    (fault,) = faults(load_scenario, tmp_path / "base_line.yaml")
    assert (fault.code, fault.place.line, fault.place.column) == ("missing-file", 1, 1)
    assert "did you mean `baseline.yaml`?" in fault.help
    assert faults(load_scenario, tmp_path)[0].code == "not-a-file"


def test_python_data_gets_the_same_messages():
    data = {
        "name": "a",
        "world": {"demand_factor": 120, "drough": {}},
        "policies": {"p": {"kind": "carbon_taxes"}},
    }
    found = faults(scenario_from_dict, data)
    assert [(d.code, d.place.path, d.place.line) for d in found] == [
        ("out-of-range", "world.demand_factor", 0),
        ("unknown-key", "world.drough", 0),
        ("unknown-kind", "policies.p.kind", 0),
    ]
    assert "--> scenario: world.drough" in ScenarioError(found).render()
    loop: dict[str, object] = {"name": "a"}
    loop["world"] = loop
    assert "too-deep" in [d.code for d in faults(scenario_from_dict, loop)]
    assert faults(scenario_from_dict, {"name": "a", "seed": None})[0].place.path == "seed"


def test_unknown_hydrology_year_is_refused_where_the_pack_is_known():
    text = "name: a\nworld: {drought: {2028: 2009}}\n"
    assert scenario_from_text(text).world.drought == {2028: 2009}
    (fault,) = faults(scenario_from_text, text, known_hydrology_years=lambda region: range(2014, 2025))
    assert (fault.code, fault.place.line, fault.place.column) == ("unknown-year", 2, 25)
    assert "2014 to 2024" in fault.help
