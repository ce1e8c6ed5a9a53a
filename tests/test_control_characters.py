"""A control character is refused in every text of a user, with its place and what to write instead."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.evaluation.region_check import check_region
from tanlu.experiments.plans import load_experiment
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.region.catalogue import RegionError
from tanlu.region.new_pack import make_pack
from tanlu.region.pack import load_region
from tanlu.scenario.schema import scenario_from_dict, scenario_from_text

BELL = "\\a"  # as YAML writes it in double quotes
TEXTS = {
    "label": 'label: {en: "Push@"}',
    "name": 'name: "valid@"',
    "region": 'region: "chengyu@"',
    "extends": 'extends: "tanlu:baseline@"',
    "key": '"world@": {demand_factor: 1.1}',
    "policy": 'policies: {"tax@": {kind: carbon_price, from_year: 2026, price_cny_per_tco2: 5}}',
    "kind": 'policies: {tax: {kind: "carbon_price@", from_year: 2026}}',
    "list": 'needs: ["one@"]',
    "event": 'events: {cut: {decided_in: 2030, from_year: 2031, end: ["tax@"]}}',
    "event_name": 'events: {"cut@": {decided_in: 2030, from_year: 2031, end: [tax]}}',
    "plant": 'world: {plant_retirement: {"coal@": 2030}}',
    "pack": 'pack: {"parameters.hurdle_half_width@": 0.03}',
}


@pytest.mark.parametrize("where", TEXTS)
@pytest.mark.parametrize(("escape", "number"), [(BELL, "U+0007"), ("\\0", "U+0000"), ("\\n", "U+000A")])
def test_an_escaped_control_character_is_refused_at_its_line(where: str, escape: str, number: str) -> None:
    line = TEXTS[where].replace("@", escape)
    text = f"name: valid\n{line}\n" if where != "name" else f"years: 2020-2060\n{line}\n"
    with pytest.raises(ScenarioError) as refused:
        scenario_from_text(text, "mine.yaml")
    (finding,) = refused.value.findings
    assert (finding.code, finding.place.line) == ("control-character", 2)
    assert number in finding.message and finding.help and number in finding.in_language("zh").message
    assert finding.place.column == line.index('"') + 1


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"region": "a\0b"}, "region"),
        ({"label": {"en": "bell \a"}}, "label.en"),
        ({"needs": ["one", "two\x1b[31m"]}, "needs[1]"),
        ({"policies": {"tax\x7f": {"kind": "carbon_price"}}}, r"policies.tax\x7f"),
        ({"label": {"zh": "一\u2028二"}}, "label.zh"),
        ({"label": {"en": "half \ud800"}}, "label.en"),
    ],
)
def test_in_data_it_is_refused_at_its_key(data: dict[str, object], path: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        scenario_from_dict({"name": "mine", **data})
    assert [(one.code, one.place.path) for one in refused.value.findings] == [("control-character", path)]
    assert refused.value.render().isprintable() or "\n" in refused.value.render()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", refused.value.render())


def test_an_experiment_is_refused_like_a_scenario(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text('name: study\narms: {base: {extends: "tanlu:baseline\\a"}}\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match="U\\+0007"):
        load_experiment(file)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "baseline", "--out", "results\a"),
        ("run", "baseline\x1b[31m"),
        ("run", "baseline", "--set", "label.en=a\ab"),
        ("attribute", "baseline", "--csv", "shares\n.csv"),
        ("region", "new", "pack\x01"),
    ],
)
def test_an_argument_with_a_control_character_stops_the_command(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for language, words in (("en_GB.UTF-8", "holds the character U+00"), ("zh_CN.UTF-8", "含有字符 U+00")):
        monkeypatch.setenv("LC_ALL", language)
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == 2 and words in done.stderr
        assert done.stdout == "" and done.stderr.strip().isprintable()
    told = CliRunner().invoke(app, [*arguments, "--lang", "en"])
    assert told.exit_code == 2 and "holds the character U+00" in told.stderr
    assert not list(tmp_path.iterdir())


def test_a_region_pack_with_a_control_character_is_refused_with_its_line(tmp_path: Path) -> None:
    make_pack(tmp_path / "mine")
    table = tmp_path / "mine" / "owners.csv"
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[2] = lines[2].replace(",", ",\a", 1)
    table.write_text("".join(lines), encoding="utf-8")
    report = check_region(table.parent)
    assert any("owners.csv:3" in line and "U+0007" in line for line in report.lines), report.lines
    with pytest.raises(RegionError, match=r"owners\.csv:3: the line holds the character U\+0007"):
        load_region(str(table.parent))
    table.write_text("".join(lines).replace("\a", ""), encoding="utf-8")
    words = table.with_name("words.yaml")
    words.write_text(words.read_text(encoding="utf-8") + 'note: "bell \\a"\n', encoding="utf-8")
    with pytest.raises(RegionError, match=r"words\.yaml cannot be read: a text holds the character U\+0007"):
        load_region(str(table.parent))
