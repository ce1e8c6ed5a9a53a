"""A pack may lack what a region can do without; each absent table has a stated meaning."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.places import PACKS
from tanlu.core.words import group
from tanlu.experiments.results import simulate
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.output.result import load_result
from tanlu.region.catalogue import RegionError
from tanlu.region.checks.absent import COMPANIONS, NEEDED_BY_LINES, OPTIONAL
from tanlu.region.checks.layers import locate_row
from tanlu.region.columns import RULES
from tanlu.region.new_pack import NewProvince, make_pack
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load

EVERY_INSTRUMENT = Path(__file__).parent / "two_provinces.yaml"
NAMES = ("Hebei=河北", "South", "West")
LINES = {"corridors", "corridor_energy"}
# What the tables that stay name rows of, or need.
REFERRED = {
    *COMPANIONS.values(),
    *COMPANIONS,
    *NEEDED_BY_LINES,
    "hydro_cascades",
    "corridors",
    "corridor_shape",
}


def minimal_pack(folder: Path, provinces: int) -> Path:
    make_pack(folder, [NewProvince.from_text(name) for name in NAMES[:provinces]], is_minimal=True)
    return folder


def tanlu(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def scenario_of(pack: Path, *, years: str, without: tuple[str, ...] = ()) -> dict[str, object]:
    """Every instrument but some kinds, in a pack."""
    scenario = yaml.safe_load(EVERY_INSTRUMENT.read_text(encoding="utf-8"))
    policies = {name: x for name, x in scenario["policies"].items() if x["kind"] not in without}
    for policy in policies.values():
        policy.pop("regions", None)
    return scenario | {"region": str(pack), "years": years, "policies": policies}


@pytest.mark.parametrize("provinces", [1, 2, 3])
def test_a_minimal_pack_is_sound_and_balances(tmp_path: Path, provinces: int) -> None:
    pack = minimal_pack(tmp_path / "mine", provinces)
    kept = {file.stem for file in pack.glob("*.csv")}
    of_layer = {file.stem for file in (PACKS / "china").glob("*.csv")}
    needed = {*RULES} - {*OPTIONAL} | (LINES if provinces > 1 else set())
    assert kept <= needed <= kept | of_layer and len(kept) <= 20
    kept |= of_layer
    code, shown = tanlu("region", "check", str(pack))
    odd_lines = int(provinces > 2)  # further lines between provinces have no contract
    assert code == odd_lines and f"{len(kept)} tables;" in shown and shown.count("warning: ") == odd_lines
    (line,) = (line for line in shown.splitlines() if line.startswith("tables left out"))
    assert line.count(" (") == len({*OPTIONAL} - kept) and "co2_hubs (no hubs" in line
    scenario = {"name": "a", "region": str(pack), "years": "2026-2030", "replications": 1}
    result = simulate(scenario)
    assert result.manifest["data"]["absent_tables"] == [name for name in OPTIONAL if name not in kept]
    values = load_result(result.save(tmp_path / "results")).indicators  # with every table of a result
    assert result.valid, result.findings
    assert {*values["region"]} == {name.partition("=")[0] for name in NAMES[:provinces]} | {"All"}
    assert np.isfinite(values["value"]).all()
    assert result.manifest["electricity_market"]["worst_gap_share"] <= 1e-5
    nothing = {"Stock|Vehicles", "Carbon Capture", "Trade|Electricity|Contracts"} & {*values["variable"]}
    assert nothing and not values[values["variable"].isin(nothing)]["value"].any()


def test_instruments_act_on_what_is_there_whatever_is_absent(tmp_path: Path) -> None:
    """The tables that others refer to stay, all other optional ones go."""
    pack = tmp_path / "mine"
    make_pack(pack)
    absent = {*OPTIONAL} - REFERRED | {"corridor_shape"}
    for name in absent:
        (pack / f"{name}.csv").unlink()
    refused = "modular_building", "border_carbon_adjustment"
    result = simulate(scenario_of(pack, years="2022-2027", without=refused))
    assert result.valid, result.findings
    assert np.isfinite(load_result(result.save(tmp_path / "results")).indicators["value"]).all()


def test_a_table_without_rows_and_no_table_are_the_same(tmp_path: Path) -> None:
    packs = [minimal_pack(tmp_path / name / "mine", 1) for name in ("one", "other")]
    for name in OPTIONAL:
        table = ",".join(load_region(str(packs[0])).tables[name]) + "\n"
        (packs[1] / f"{name}.csv").write_text(table, encoding="utf-8")
    numbers = [
        simulate({"name": "a", "region": str(pack), "years": "2022-2022", "replications": 1}).measures.values
        for pack in packs
    ]
    np.testing.assert_array_equal(*numbers)


def test_a_minimal_pack_is_described_and_compared_with_its_past(tmp_path: Path) -> None:
    folder = minimal_pack(tmp_path / "mine", 1)
    pack = str(folder)
    code, shown = tanlu("region", "describe", pack)
    resources = {resource["name"]: resource for resource in json.loads(shown)["resources"]}
    assert code == 0 and {*resources} == {file.stem for file in folder.glob("*.csv")}
    keys = [key for resource in resources.values() for key in resource["schema"].get("foreignKeys", ())]
    assert keys and all(key["reference"]["resource"] in resources for key in keys)
    code, shown = tanlu("backtest", "vehicles", "--region", pack)
    assert code == 0 and "0 of 0 bounded figures" in shown


def test_a_row_of_a_pack_stands_in_place_of_the_layers_whole_series(tmp_path: Path) -> None:
    """Rows of the layer that the pack lacks follow its own, and findings name the file of the row."""
    pack = minimal_pack(tmp_path / "mine", 1)
    own = "technology,parameter,year,value,unit,source,grade,note\n"
    path = "coal,capex_cny_per_kw,"
    (pack / "technologies.csv").write_text(f"{own}{path}2020,3333,CNY2020/kW,made_up,D,assumption\n", "utf-8")
    table = load_region(str(pack)).tables["technologies"]
    of_layer = pd.read_csv(PACKS / "china" / "technologies.csv")
    is_replaced = (of_layer["technology"] == "coal") & (of_layer["parameter"] == "capex_cny_per_kw")
    assert is_replaced.sum() > 1, "the layer has several years"
    assert table["value"].tolist() == [3333.0, *of_layer["value"][~is_replaced]]
    first_row = (PACKS / "china" / "technologies.csv").read_text("utf-8").splitlines()[1]
    assert not first_row.startswith(path)
    assert locate_row(pack, "technologies", 2) == ("technologies", 2)
    assert locate_row(pack, "technologies", 3) == ("china/technologies", 2)
    assert locate_row(pack, "taxes", 9) == ("china/taxes", 9)
    change = {"technologies[technology=coal,parameter=own_use_share].value": 5.0}
    with pytest.raises(RegionError, match=r"in row \d+ of china/technologies\.csv"):
        load_region(str(pack), change)


# --- what is refused -----------------------------------------------------------------------------------------------


def test_a_required_table_is_missed_in_one_sentence(tmp_path: Path) -> None:
    pack = minimal_pack(tmp_path / "mine", 1)
    (pack / "owners.csv").unlink()
    code, shown = tanlu("region", "check", str(pack))
    errors = [line for line in shown.splitlines() if line.startswith("error: ")]
    assert code == 2 and len(errors) == 1 and errors[0].startswith("error: owners.csv: the table is missing")
    path = tmp_path / "mine.yaml"
    path.write_text("name: a\nregion: mine\nyears: 2022-2023\n", encoding="utf-8")
    code, shown = tanlu("run", str(path))
    assert code == 2 and "owners.csv: the table is missing" in shown and "Traceback" not in shown


def test_what_is_asked_of_an_absent_table_or_another_region_is_told_in_one_sentence(tmp_path: Path) -> None:
    minimal_pack(tmp_path / "mine", 1)
    scenario = tmp_path / "a.yaml"
    scenario.write_text("name: a\nregion: mine\nyears: 2026-2027\nreplications: 1\n", encoding="utf-8")
    code, shown = tanlu("run", str(scenario), "--set", "pack.vehicles[segment=car].km_per_year=1000")
    assert code == 2 and "leaves out vehicles.csv, so that no figure of it can change" in shown
    code, shown = tanlu("brief", str(scenario))
    assert code == 2 and "`baseline` is of the region chengyu, not of" in shown


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("neighbour_months", "missing or has no rows, but `neighbours.csv` has some that need it"),
        ("production", "missing or has no rows, but `facilities.csv` has some that need it"),
        ("vehicle_statistics", "missing or has no rows, but `vehicles.csv` has some that need it"),
        ("corridor_energy", "corridor_id north_coast, north_south"),
        ("corridors", "no line joins South to North"),
    ],
)
def test_what_other_tables_need_may_not_be_absent(tmp_path: Path, table: str, sentence: str) -> None:
    make_pack(tmp_path / "mine")
    (tmp_path / "mine" / f"{table}.csv").unlink()
    code, shown = tanlu("region", "check", str(tmp_path / "mine"))
    assert code == 2 and sentence in shown


def test_a_policy_without_anything_to_act_on_is_refused_unless_it_is_off(tmp_path: Path) -> None:
    pack = minimal_pack(tmp_path / "mine", 1)
    rail = {"kind": "rail_transit", "from_year": 2024, "investment_bn_cny_per_year": 2}
    scenario = {"name": "a", "region": str(pack), "policies": {"metro": rail}}
    with pytest.raises(ScenarioError) as refused:
        load(scenario)
    assert "the region pack has no `vehicles.csv`" in refused.value.render(False)
    assert not load(scenario | {"policies": {"metro": rail | {"enabled": False}}}).policies["metro"].enabled


def test_each_optional_table_has_a_meaning_in_both_languages() -> None:
    for language in ("en", "zh"):
        assert {*group(language, "absent")} == {*OPTIONAL} <= {*RULES}


def test_an_unknown_layer_is_refused_in_one_sentence(tmp_path: Path) -> None:
    pack = minimal_pack(tmp_path / "mine", 1)
    settings = pack / "region.yaml"
    settings.write_text(settings.read_text("utf-8").replace("extends: china", "extends: chna"), "utf-8")
    code, shown = tanlu("region", "check", str(pack))
    assert code == 2 and "region.yaml: no layer `chna` to extend; there is: china" in shown


def test_a_layer_that_was_changed_after_its_seal_is_refused(tmp_path: Path) -> None:
    shutil.copytree(PACKS / "china", tmp_path / "land")
    pack = minimal_pack(tmp_path / "mine", 1)
    settings = pack / "region.yaml"
    settings.write_text(settings.read_text("utf-8").replace("extends: china", "extends: ../land"), "utf-8")
    assert tanlu("region", "check", str(pack))[0] == 0
    table = tmp_path / "land" / "taxes.csv"
    table.write_text(table.read_text("utf-8").replace("0.25", "0.26", 1), "utf-8")
    code, shown = tanlu("region", "check", str(pack))
    assert code == 2 and "taxes.csv" in shown and "seal" in shown
    assert tanlu("region", "seal", str(tmp_path / "land"))[0] == 0
    assert tanlu("region", "check", str(pack))[0] == 0
