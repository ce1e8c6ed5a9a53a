"""A small made-up region runs through everything: its names, lines and base year are data.

Run as a program, this file writes the kept figures again: every indicator of every year.
"""

import re
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.places import PACKAGE, PACKS
from tanlu.evaluation.past_facts import past_facts
from tanlu.evaluation.region_check import check_region
from tanlu.evaluation.tables import backtest_co2
from tanlu.experiments.results import simulate
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.output.comparison import compare
from tanlu.output.result import Result, load_result
from tanlu.pages.places import place_words
from tanlu.policies import KINDS
from tanlu.region.catalogue import RegionError, region_axes
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tests.model_runs import ONE_DRAW

SCENARIO = Path(__file__).with_name("two_provinces.yaml")
KEPT = Path(__file__).parent / "golden" / "two_provinces" / "indicators.csv"
REFRESH = "if they should, say why in the commit: python -m tests.test_two_provinces"


@cache
def result() -> Result:
    return simulate(SCENARIO)


def tanlu(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_pack_is_sound_small_and_says_that_it_is_made_up() -> None:
    report = check_region("two_provinces")
    assert report.ok, report.lines
    tables = load_region("two_provinces").tables
    sizes = {
        name: len(tables[name]) for name in ("power_units", "facilities", "owners", "lenders", "co2_hubs")
    }
    assert sizes == {"power_units": 21, "facilities": 6, "owners": 3, "lenders": 2, "co2_hubs": 1}
    assert {g for t in tables.values() if "grade" in t for g in t["grade"]} == {"D"}


def test_every_instrument_is_in_force() -> None:
    assert {policy.kind for policy in load(SCENARIO).active_policies} == set(KINDS)


def test_every_figure_is_the_kept_one() -> None:
    kept, found = pd.read_csv(KEPT), result().to_iamc()
    keys = ["region", "variable", "unit"]
    assert found[keys].to_numpy().tolist() == kept[keys].to_numpy().tolist()
    years = [str(year) for year in range(2022, 2032)]
    want, have = kept[years].to_numpy(float), found[range(2022, 2032)].to_numpy(float)
    wrong = ~np.isclose(have, want, rtol=2e-5, atol=1e-9)
    assert not wrong.any(), f"{REFRESH}\n{found[wrong.any(axis=1)][keys].to_string()}"


def test_names_are_those_of_the_pack_everywhere() -> None:
    one = result()
    assert one.measures.regions == ("North", "South", "Both")
    assert set(one.plants["province"]) == set(one.decisions["province"]) == {"North", "South"}
    assert set(one.adoption_shares["province"]) == {"North", "South"}
    assert one.path("Emissions|CO2").sum() == pytest.approx(
        one.path("Emissions|CO2", "North").sum() + one.path("Emissions|CO2", "South").sum()
    )
    assert one.headline()["region"].iloc[0] == "Both"
    words = place_words(region_axes("two_provinces"), "zh")
    assert words["place.North"] == "北省" and "北省" in words["place.names"]


def test_it_is_saved_read_verified_and_compared(tmp_path: Path) -> None:
    folder = result().save(tmp_path)
    again = load_result(folder)
    assert again.measures.regions == result().measures.regions
    np.testing.assert_array_equal(again.measures.values, result().measures.values)
    tanlu("verify", str(folder), "--rerun")
    plain = simulate({"name": "plain", **ONE_DRAW, "region": "two_provinces", "years": "2022-2031"})
    assert not compare(plain, again).headline.empty


def test_a_run_begins_in_the_base_year_unless_it_says_otherwise() -> None:
    assert str(load({"name": "a", "region": "two_provinces"}).years) == "2022-2062"
    with pytest.raises(ScenarioError, match="the year '2021' is not between 2022 and 2100"):
        load({"name": "a", "region": "two_provinces", "years": "2021-2030"})


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"regions": ["Nort"]}, "did you mean `North`"),
        ({"regions": ["Sichuan"]}, "allowed: North, South"),
        ({"lines": ["north_cost"]}, "did you mean `north_coast`"),
        ({"regions": ["North", "North"]}, "given twice"),
    ],
)
def test_a_policy_names_provinces_and_lines_of_the_pack(block: dict[str, object], message: str) -> None:
    contract = {"kind": "export_contract", "from_year": 2025, "kept_share": 0.5, **block}
    with pytest.raises(ScenarioError, match=message):
        load({"name": "a", "region": "two_provinces", "policies": {"it": contract}})


def test_a_backtest_takes_the_baseline_to_the_pack() -> None:
    rows = backtest_co2("two_provinces").rows
    assert {row.province for row in rows} == {"North", "South"}


# --- a folder as region ----------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A scenario whose region is a folder that `tanlu region new` has made."""
    shown = tanlu("region", "new", str(tmp_path / "packs" / "my_region"))
    assert "tanlu region check" in shown and "region.yaml" in shown
    data = yaml.safe_load(SCENARIO.read_text(encoding="utf-8")) | {"region": "../packs/my_region"}
    (tmp_path / "cases").mkdir()
    path = tmp_path / "cases" / "mine.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def test_a_folder_is_a_region_like_any_other(own: Path, tmp_path: Path) -> None:
    assert "no problem found" in tanlu("region", "check", str(tmp_path / "packs" / "my_region"))
    mine = simulate(own)
    np.testing.assert_array_equal(mine.measures.values, result().measures.values)
    assert mine.manifest["data"]["region"] == "my_region"
    assert mine.manifest["data"]["sha256"] == load_region(mine.scenario.region).digest
    folder = mine.save(tmp_path / "results")
    assert load_result(folder).headline().equals(mine.headline())
    shutil.rmtree(tmp_path / "packs")
    assert load_result(folder).path("Emissions|CO2").equals(mine.path("Emissions|CO2"))


def test_the_hash_is_of_the_data_and_not_of_where_they_stand(own: Path, tmp_path: Path) -> None:
    here = simulate(own, years=(2022, 2022)).manifest["inputs_hash"]
    (tmp_path / "elsewhere").mkdir()
    shutil.copytree(tmp_path / "packs" / "my_region", tmp_path / "elsewhere" / "my_region")
    text = own.read_text(encoding="utf-8").replace("../packs", "../elsewhere")
    own.write_text(text, encoding="utf-8")
    assert simulate(own, years=(2022, 2022)).manifest["inputs_hash"] == here
    lenders = tmp_path / "elsewhere" / "my_region" / "lenders.csv"
    lenders.write_text(lenders.read_text(encoding="utf-8").replace(",40,", ",41,"), encoding="utf-8")
    assert simulate(own, years=(2022, 2022)).manifest["inputs_hash"] != here


def test_an_unknown_region_is_answered_with_the_nearest_and_the_folder_rule(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        load({"name": "a", "region": "two_province"})
    assert "did you mean `two_provinces`?; a folder with a region.yaml" in refused.value.render(False)


def test_a_broken_folder_is_refused_by_run_too(own: Path, tmp_path: Path) -> None:
    settings = tmp_path / "packs" / "my_region" / "region.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("[North, South]", "North"), encoding="utf-8"
    )
    done = CliRunner().invoke(app, ["run", str(own)])
    assert done.exit_code == 2
    assert "region.yaml: provinces is 'North'; allowed: a list of names, each once" in done.output


@pytest.mark.parametrize("folder", ["there", "My-Region"])
def test_a_new_pack_takes_no_folder_that_is_there_and_no_odd_name(folder: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    done = CliRunner().invoke(app, ["region", "new", str(tmp_path / folder)])
    assert done.exit_code == 2
    assert ("is there already" in done.output) == (folder == "there")


# --- its past ---------------------------------------------------------------------------------------------


def test_what_backtests_ask_of_a_region_is_said_in_its_pack() -> None:
    here = past_facts(load_region("two_provinces"))
    assert here.shortage is None and here.notes_of("seasons", "general") == ("general",)
    there = past_facts(load_region("chengyu"))
    assert there.shortage == ("Sichuan", 2022, (8, 9)) and there.frozen_bound_percent == (6.0, 4.0)
    assert there.inventory_first_years["steel"] == 2018 and there.ownership_fitted_to == 2019
    assert {*there.notes} == {"electricity", "grid_factor", "shortage", "seasons", "vehicles", "industry"}


@pytest.mark.parametrize("which", ["power", "industry", "vehicles"])
def test_every_backtest_runs_on_it(which: str) -> None:
    done = CliRunner().invoke(app, ["backtest", which, "--region", "two_provinces"])
    assert done.exit_code == 0, done.output
    assert "two_provinces" in done.output.splitlines()[-1] and "bounded figures pass" in done.output


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ownership_fitted_to: soon", "backtests.yaml: ValueError"),
        (
            "shortage: {province: East, year: 2022, months: [8]}",
            "shortage: there is no province East; allowed: North, South",
        ),
    ],
)
def test_a_wrong_fact_of_the_past_is_refused_and_runs_go_on(line: str, message: str, tmp_path: Path) -> None:
    own = tmp_path / "my_region"
    tanlu("region", "new", str(own))
    before, key, facts = load_region(str(own)).digest, line.partition(":")[0], own / "backtests.yaml"
    rest = [one for one in facts.read_text().splitlines() if not one.startswith(f"{key}:")]
    facts.write_text("\n".join([*rest, line]))
    with pytest.raises(RegionError, match=re.escape(message)):
        past_facts(load_region(str(own)))
    assert load_region(str(own)).digest == before, "no run depends on it"


def test_sums_leave_out_the_years_of_statistics() -> None:
    rows = result().headline().set_index("key")
    assert result().counted_from == 2024
    assert "2024-" in rows.loc["emissions_cumulative", "label_en"]


def test_the_headline_names_the_years_of_the_packs_targets() -> None:
    years = {key for key in result().headline()["key"] if re.fullmatch(r"emissions_\d{4}", key)}
    (target,) = {*load_region("two_provinces").targets["target_year"]}
    assert years == {f"emissions_{target}", f"emissions_{result().years[-1]}"}


# --- names are data ----------------------------------------------------------------------------------------------


def test_no_name_of_a_place_stands_in_code() -> None:
    """Evidence in docstrings may name a province; what the program does or tells of a region may not."""
    names = {*(name for pack in ("chengyu", "two_provinces") for name in region_axes(pack).provinces)}
    quoted = re.compile("|".join(f"[\"']{name}[\"']" for name in sorted(names)))
    found = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in (".py", ".vue", ".js") and PACKS not in path.parents
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if quoted.search(line) or "四川" in line or "重庆" in line
    ]
    assert not found
    told = [
        f"{path.name}: {name}"
        for path in (PACKAGE / "evaluation").glob("*.py")
        for name in names
        if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))
    ]
    assert not told


if __name__ == "__main__":
    KEPT.parent.mkdir(exist_ok=True)
    result().to_iamc().drop(columns=["model", "scenario"]).to_csv(
        KEPT, index=False, float_format="%.6g", lineterminator="\n"
    )
