"""A region pack that no run can use is refused in one sentence with file and row, never by a crash later."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.places import PACKS
from tanlu.region import catalogue
from tanlu.region.catalogue import SEAL, RegionError
from tanlu.region.pack import load_region

Edit = Callable[[Path], None]


def replaced(file: str, old: str, new: str) -> Edit:
    """An edit that replaces the first occurrence of a text in a file."""

    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def without_lines(file: str, beginning: str) -> Edit:
    """An edit that drops the rows of a table that begin with a text."""

    def edit(folder: Path) -> None:
        lines = (folder / file).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(beginning)]
        assert len(kept) < len(lines)
        (folder / file).write_text("".join(kept), encoding="utf-8")

    return edit


# (name of the pack, edit, beginning of the message)
FAULTS: tuple[tuple[str, Edit, str], ...] = (
    (
        "province_twice",
        replaced("region.yaml", "[Sichuan, Chongqing]", "[Sichuan, Sichuan]"),
        "region pack province_twice: region.yaml: provinces is \"['Sichuan', 'Sichuan']\"; allowed: a list of names",
    ),
    (
        "too_early",
        replaced("region.yaml", "first_observed_year: 2015", "first_observed_year: 2010"),
        "region pack too_early: region.yaml: first_observed_year is 2010; allowed: 2015 or later",
    ),
    (
        "word_for_year",
        replaced("region.yaml", "base_year: 2020", "base_year: soon"),
        "region pack word_for_year: region.yaml: base_year is 'soon'; allowed: a year to 2140",
    ),
    (
        "last_before_first",
        replaced("region.yaml", "last_observed_year: 2024", "last_observed_year: 2016"),
        "region pack last_before_first: region.yaml: last_observed_year is 2016; allowed: base_year, 2020, or later",
    ),
    (
        "no_label",
        replaced("words.yaml", "Sichuan: {", "Sichuam: {"),
        "region pack no_label: words.yaml: labels has no en and zh for Sichuan",
    ),
    (
        "row_of_third_province",
        replaced("fuel_prices.csv", "coal,Sichuan,2015", "coal,Guizhou,2015"),
        "region pack row_of_third_province: fuel_prices.csv:2:province: `Guizhou` is unknown (nearest: ",
    ),
    (
        "unknown_owner",
        replaced("power_units.csv", ",china_huadian,", ",china_huadain,"),
        "region pack unknown_owner: power_units.csv:",
    ),
    (
        "short_table",
        without_lines("load_shape.csv", "Chongqing,peak,12,23,"),
        "region pack short_table: load_shape.csv: hour: no row for province Chongqing, day_type peak, month 12, "
        "hour 23; hour 0 to 23 of each",
    ),
    (
        "word_for_number",
        replaced("power_units.csv", ",600,", ",six hundred,"),
        "region pack word_for_number: power_units.csv:",
    ),
)


@pytest.fixture(params=FAULTS, ids=lambda fault: fault[0])
def broken(request, tmp_path, monkeypatch) -> tuple[str, str]:
    """The name of a broken pack and what its message begins with."""
    name, edit, message = request.param
    shutil.copytree(PACKS / "chengyu", tmp_path / name, ignore=shutil.ignore_patterns(SEAL))
    edit(tmp_path / name)
    shutil.copytree(PACKS / "china", tmp_path / "china")
    monkeypatch.setattr(catalogue, "PACKS", tmp_path)
    return name, message


def test_a_run_is_refused_in_one_sentence(broken: tuple[str, str]) -> None:
    name, message = broken
    with pytest.raises(RegionError) as refused:
        _ = load_region(name).power
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_the_check_names_the_fault_and_fails(broken: tuple[str, str]) -> None:
    name, message = broken
    done = CliRunner().invoke(app, ["region", "check", name])
    assert done.exit_code == 2
    fault = message.removeprefix(f"region pack {name}: ")
    assert fault in done.output


def test_the_message_counts_what_else_is_wrong(tmp_path, monkeypatch) -> None:
    shutil.copytree(PACKS / "chengyu", tmp_path / "two_gaps", ignore=shutil.ignore_patterns(SEAL))
    without_lines("hydro_spill.csv", "Sichuan,2015")(tmp_path / "two_gaps")
    without_lines("thermal_maintenance.csv", "Chongqing,3")(tmp_path / "two_gaps")
    shutil.copytree(PACKS / "china", tmp_path / "china")
    monkeypatch.setattr(catalogue, "PACKS", tmp_path)
    with pytest.raises(RegionError, match=r"\(and 1 more: `tanlu region check two_gaps`\)$"):
        load_region("two_gaps")
