"""A sealed pack is as its author checked it; what is changed later is refused, and what has no seal says so."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.places import PACKS
from tanlu.experiments.results import simulate
from tanlu.region.catalogue import SEAL
from tanlu.region.checks.descriptor import data_package
from tanlu.region.columns import RULES
from tanlu.region.new_pack import make_pack
from tanlu.region.pack import RegionError, load_region


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    make_pack(tmp_path / "my_region")
    return tmp_path / "my_region"


def tanlu(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments)
    return done.exit_code, done.output


def change(pack: Path, old: str, new: str, name: str = "lenders.csv") -> None:
    text = (pack / name).read_text(encoding="utf-8")
    assert old in text
    (pack / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_new_pack_has_no_seal_until_its_author_gives_it_one(pack: Path) -> None:
    assert not load_region(str(pack)).is_sealed and load_region("two_provinces").is_sealed
    assert tanlu("region", "seal", str(pack))[0] == 0
    assert load_region(str(pack)).is_sealed
    names = {line.split("  ")[1] for line in (pack / SEAL).read_text(encoding="utf-8").splitlines()}
    assert names == {file.name for file in pack.iterdir() if file.suffix in (".csv", ".yaml")}


@pytest.mark.parametrize("what", ["changed", "gone", "new"])
def test_what_is_changed_after_the_seal_is_refused(pack: Path, what: str) -> None:
    tanlu("region", "seal", str(pack))
    if what == "changed":
        change(pack, ",40,", ",42,")
    elif what == "gone":
        (pack / "backtests.yaml").unlink()
    else:
        (pack / "more.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(RegionError, match="seal") as refused:
        load_region(str(pack))
    assert "region.yaml" in str(refused.value) and f"tanlu region seal {pack}" in str(refused.value)
    code, shown = tanlu("region", "check", str(pack), "--lang", "zh")
    assert code == 2 and ("加封" in shown or "封签" in shown)
    assert tanlu("region", "seal", str(pack))[0] == 0 and load_region(str(pack)).is_sealed


def test_no_seal_for_a_faulty_pack_or_under_the_name_of_a_shipped_one(pack: Path) -> None:
    change(pack, ",40,", ",forty,")
    code, shown = tanlu("region", "seal", str(pack))
    assert code == 2 and "lenders.csv:2:capital_bn_cny: `forty` is not a number" in shown
    change(pack, ",forty,", ",40,")
    change(pack, "name: my_region", "name: chengyu", "region.yaml")
    code, shown = tanlu("region", "seal", str(pack))
    assert code == 2 and "`chengyu` is a pack that comes with Tanlu" in shown
    assert not (pack / SEAL).exists()


def test_a_region_is_given_in_python_and_what_has_no_seal_says_so(pack: Path, tmp_path: Path) -> None:
    scenario = {"name": "mine", "region": "two_provinces", "replications": 1}
    result = simulate(scenario, years=(2022, 2022), region=pack)
    assert result.manifest["data"]["region"] == "my_region" and result.manifest["data"]["sealed"] is False
    code, shown = tanlu("show", str(result.save(tmp_path / "results")), "--lang", "en")
    assert code == 0 and "my_region has no seal" in shown


def test_the_descriptor_holds_every_table_with_types_limits_and_keys() -> None:
    code, shown = tanlu("region", "describe", "two_provinces")
    package = json.loads(shown)
    assert code == 0 and package == data_package("two_provinces")
    tables = {one["name"]: one for one in package["resources"]}
    assert {*tables} == {*RULES}
    assert all((PACKS / "two_provinces" / one["path"]).is_file() for one in tables.values())
    schema = tables["power_units"]["schema"]
    fields = {one["name"]: one for one in schema["fields"]}
    assert schema["primaryKey"] == ["unit_id"]
    assert fields["availability"] == {
        "name": "availability",
        "type": "number",
        "constraints": {"minimum": 0.0, "maximum": 1.0, "required": True},
    }
    assert fields["commissioned_year"]["type"] == "integer"
    assert {"fields": ["owner_id"], "reference": {"resource": "owners", "fields": ["owner_id"]}} in schema[
        "foreignKeys"
    ]
