"""Other greenhouse gases: by plant, from least to most."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import tanlu
from tanlu.cli.main import app
from tanlu.core.places import PACKS
from tanlu.core.words.errors import ResultError
from tanlu.evaluation.greenhouse_gases.table import CO2_EQUIVALENT, TOTAL, gas_factors, gas_totals
from tanlu.pages.gases import gas_table, read_gas_products
from tanlu.region.pack import load_region

PLANTS = pd.DataFrame(
    {
        "replication": 0,
        "year": [2020, 2020, 2021, 2021],
        "province": ["North", "South", "North", "South"],
        "decider": ["acid", "smelter", "acid", "smelter"],
        "name": ["Acid", "Smelter", "Acid", "Smelter"],
        "name_zh": ["酸", "铝", "酸", "铝"],
        "process": ["adipic_acid_oxidation", "aluminium_smelting", "adipic_acid_oxidation", "aluminium_recycling"],
        "output": [799e3, 1e5, 0.0, 1e5],
        "output_unit": "t/yr",
    }
)  # fmt: skip


def test_adipic_acid_is_a_range_of_what_is_destroyed() -> None:
    """799 kt x 0.3 t x 273 = 65.4 Mt if nothing is destroyed, a fiftieth of it if 98 % are."""
    table = tanlu.greenhouse_gases(PLANTS)
    acid = table[(table["decider"] == "acid") & (table["year"] == 2020)].iloc[0]
    assert acid["high_mtco2e"] == pytest.approx(799e3 * 0.3 * 273.0 / 1e6)
    assert acid["low_mtco2e"] == pytest.approx(0.02 * acid["high_mtco2e"])
    assert (table["low_t"] <= table["high_t"]).all()


def test_a_smelter_that_turns_to_scrap_emits_no_perfluorocarbons() -> None:
    table = tanlu.greenhouse_gases(PLANTS)
    smelter = table[table["decider"] == "smelter"]
    assert smelter["year"].tolist() == [2020, 2020] and set(smelter["gas"]) == {"CF4", "C2F6"}


def test_indicators_sum_plants_by_region_and_have_a_year_without_any() -> None:
    totals = gas_totals(tanlu.greenhouse_gases(PLANTS), [2020, 2021], ["North", "South", "Both"])
    value = totals.set_index(["region", "variable", "end", "year"])["value"]
    assert value["Both", "Emissions|N2O", "high", 2020] == pytest.approx(239.7)
    assert value["South", "Emissions|N2O", "high", 2020] == 0.0 == value["Both", TOTAL, "high", 2021]
    for end in ("low", "high"):
        parts = [
            value["Both", f"Emissions|{gas}", end, 2020] * CO2_EQUIVALENT[gas] / 1e3 for gas in CO2_EQUIVALENT
        ]
        assert value["Both", TOTAL, end, 2020] == pytest.approx(sum(parts))


def test_draws_are_averaged() -> None:
    twice = pd.concat([PLANTS, PLANTS.assign(replication=1, output=0.0)])
    totals = gas_totals(tanlu.greenhouse_gases(twice), [2020], ["North", "Both"])
    high = totals[
        (totals["region"] == "Both") & (totals["variable"] == "Emissions|N2O") & (totals["end"] == "high")
    ]
    assert high["value"].tolist() == pytest.approx([239.7 / 2.0])


def test_factors_are_of_processes_of_the_pack_and_within_reason() -> None:
    processes = load_region("chengyu").industry.processes.names
    for factor in gas_factors():
        assert factor.process in processes and factor.gas in CO2_EQUIVALENT
        assert factor.source and factor.grade in "ABCD"
        low, high = factor.emitted_kg_per_t
        assert 0.0 <= low <= high


def test_without_the_table_of_plants_it_says_how_to_get_it() -> None:
    with pytest.raises(ResultError, match=r"`plants: true` in `outputs`"):
        tanlu.greenhouse_gases(None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    result = tanlu.simulate(
        {"name": "small", "region": "two_provinces", "years": "2022-2023", "replications": 1}
    )
    return result.save(tmp_path_factory.mktemp("results"))


def test_the_command_shows_ranges_and_writes_indicators(folder: Path, tmp_path: Path) -> None:
    before = json.loads((folder / "manifest.json").read_text())["values_sha256"]
    out = tmp_path / "gases.csv"
    done = CliRunner().invoke(
        app, ["gases", str(folder), "--year", "2022", "--lang", "zh", "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    assert "CF4" in done.stdout and "合计" in done.stdout and "任何二氧化碳数字都不包含" in done.stdout
    assert list(pd.read_csv(out).columns) == ["region", "variable", "end", "unit", "year", "value"]
    held = tanlu.load_result(folder)
    assert held.manifest["values_sha256"] == before
    assert not [name for name in held.measures.variables if "N2O" in name or "CF4" in name]


def test_bad_input_is_one_message(folder: Path, tmp_path: Path) -> None:
    for arguments, code, message in (
        (("--year", "2070"), 2, "has no year 2070; it has 2022 to 2023"),
        (("--out", str(tmp_path / "no" / "gases.csv")), 1, "gases.csv"),
    ):
        done = CliRunner().invoke(app, ["gases", str(folder), *arguments])
        assert done.exit_code == code and message in done.stderr.replace("\n", " ")
        assert "Traceback" not in done.output
    assert (
        "没有2070年"
        in CliRunner().invoke(app, ["gases", str(folder), "--year", "2070", "--lang", "zh"]).stderr
    )


def test_explain_prints_factors_in_both_languages() -> None:
    shown = CliRunner().invoke(app, ["explain", "greenhouse_gases"]).stdout
    assert "adipic_acid_oxidation, N2O: 300 kg/t formed, 0 – 98 % destroyed (grade D" in shown
    assert "生成300千克/吨" in shown


def test_the_page_shows_both_ends_of_products_that_one_process_makes() -> None:
    products = read_gas_products(PACKS / "chengyu")
    assert [product.factor.gas for product in products] == ["N2O", "CH4", "CH4"]  # smelters melt scrap too
    output = {"Production|Adipic Acid": np.array([0.7, 0.799])}
    view = SimpleNamespace(years=[2020, 2021], variables=frozenset(output), path=output.get)
    for language, ends, words in (
        ("en", ("1.3 Mt", "65.4 Mt"), "Adipic Acid"),
        ("zh", ("131万吨", "6,544万吨"), "己二酸"),
    ):
        table = gas_table(view, products, language)
        ((label, low, high),) = table["rows"]
        assert words in label and "N2O" in label
        assert (low.replace(" ", ""), high.replace(" ", "")) == tuple(end.replace(" ", "") for end in ends)
    assert not gas_table(SimpleNamespace(years=[2020], variables=frozenset()), products, "en")["rows"]
