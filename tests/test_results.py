"""Results: tidy, whole or absent on disk, the same bits after a round trip, and cited by hash."""

import errno
import json
import os
import pickle
import re
import shutil
import signal

import numpy as np
import pandas as pd
import pytest

import tanlu
from tanlu.core.words.errors import ResultError
from tanlu.experiments import results as runs
from tanlu.experiments.results import simulate
from tanlu.output import folder as result_folder
from tanlu.output import provenance
from tanlu.output import result as results
from tanlu.output.aims import MET, MISSED, NEEDS_SINKS
from tanlu.output.comparison_tables.table import COMPARED_VARIABLES
from tanlu.output.figures.paths import INDUSTRY_TARIFF, system_cost_variables
from tanlu.output.headline import finding
from tanlu.output.measures import Measured
from tanlu.output.replications import over_all
from tanlu.output.result import load_result
from tanlu.region.pack import load_region
from tests import fake_run
from tests.model_runs import ONE_DRAW

REAL_REPLICATE = runs.replicate
CCUS = {
    "name": "ccus_push",
    "label": {"en": "CCUS push", "zh": "大力发展碳捕集"},
    "replications": 2,
    "world": {"hydrology": "observed"},
    "policies": {
        "capture": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": {2026: 150, 2035: 300}}
    },
}

REGIONS = ("Sichuan", "Chongqing", "Chengyu")


@pytest.fixture(autouse=True)
def _fake_model(monkeypatch):
    fake_run.install(monkeypatch)


@pytest.fixture
def result():
    return simulate(CCUS)


def test_indicators_are_tidy_with_unique_keys(result):
    frame = result.indicators
    assert list(frame) == ["scenario", "replication", "region", "variable", "unit", "year", "value"]
    assert not frame.duplicated(["scenario", "replication", "region", "variable", "year"]).any()
    assert len(frame) == 2 * 3 * 41 * len(result.measures.variables)
    one = frame[
        (frame["variable"] == "Emissions|CO2") & (frame["year"] == 2050) & (frame["replication"] == 1)
    ]
    expected = result.measures.values[1, 0, :, 30]
    assert one.set_index("region")["value"].to_dict() == dict(zip(REGIONS, expected, strict=True))
    assert set(one["unit"]) == {"Mt CO2/yr"}


def test_plants_carry_scenario_and_replication(result):
    plants = result.plants
    assert list(plants)[:3] == ["scenario", "replication", "year"]
    first = plants.groupby("replication")["emissions_mtco2"].first()
    assert first.to_dict() == {0: 3.0, 1: 4.0}


def test_tables_follow_the_outputs_of_the_scenario():
    quiet = simulate(CCUS | {"outputs": {"plants": False}})
    loud = simulate(CCUS | {"outputs": {"dispatch": True}})
    assert quiet.plants is None and quiet.dispatch is None
    assert len(loud.dispatch) == 2 * 24


def test_path_is_the_mean_over_replications_and_names_a_near_variable(result):
    path = result.path("Carbon Capture", "Sichuan")
    values = result.draws("Carbon Capture", "Sichuan")
    assert values.shape == (2, 41)
    assert path[2060] == pytest.approx(values[:, -1].mean())
    assert path.attrs["unit"] == "Mt CO2/yr"
    with pytest.raises(ResultError, match="did you mean `Carbon Capture`"):
        result.path("Carbon Captur")
    with pytest.raises(ResultError, match="no region `Yunnan`"):
        result.path("Carbon Capture", "Yunnan")


def test_a_figure_of_the_whole_region_is_not_that_of_a_province(result):
    """An amount that is the same everywhere is the region's; a mean that is equal in all provinces is that of each."""
    equal = Measured(result.scenario, result.measures._replace(values=np.ones_like(result.measures.values)))
    assert equal.draws("Carbon Capture").all()
    with pytest.raises(ResultError, match="as a whole, not for Sichuan; leave the province out"):
        equal.draws("Carbon Capture", "Sichuan")
    assert equal.draws("Price|Electricity|Wholesale", "Sichuan").all()


def test_settings_replace_those_of_the_scenario_and_are_checked():
    changed = simulate(CCUS, seed=7, replications=3, years=(2020, 2030))
    assert (changed.scenario.seed, changed.measures.values.shape[0], changed.years[-1]) == (7, 3, 2030)
    assert changed.manifest["seed"] == 7
    assert simulate(CCUS, seed=0).scenario.seed == 0
    with pytest.raises(Exception, match="before it starts"):
        simulate(CCUS, years=(2040, 2020))


def test_progress_runs_over_all_replications(monkeypatch):
    calls = []
    monkeypatch.setattr(
        runs,
        "replicate",
        lambda s, g, r, p, x: fake_run.fake_replicate(s, g, r, over_all(s, r, p), x),
    )
    simulate(CCUS, progress=lambda done, todo: calls.append((done, todo)))
    assert calls == [(done, 82) for done in range(1, 83)]


def test_a_saved_result_reads_back_bit_by_bit(result, tmp_path):
    folder = result.save(tmp_path)
    again = load_result(folder)
    assert again.scenario == result.scenario
    assert again.measures.variables == result.measures.variables
    assert again.measures.units == result.measures.units
    assert again.measures.values.tobytes() == result.measures.values.tobytes()
    pd.testing.assert_frame_equal(again.indicators, result.indicators, check_exact=True)
    pd.testing.assert_frame_equal(again.plants, result.plants, check_exact=True)
    pd.testing.assert_frame_equal(again.decisions, result.decisions, check_exact=True)
    assert again.dispatch is None
    again_manifest = {k: v for k, v in again.manifest.items() if k != "files_sha256"}
    assert again_manifest == json.loads(json.dumps(result.manifest))


def test_a_result_travels_to_another_process(result):
    other = pickle.loads(pickle.dumps(result))
    assert other.scenario == result.scenario and other.manifest == result.manifest
    assert other.measures.values.tobytes() == result.measures.values.tobytes()
    pd.testing.assert_frame_equal(other.plants, result.plants)
    assert "FakeRun" not in pickle.dumps(result).decode("latin1")


def test_the_folder_holds_what_is_promised(result, tmp_path):
    folder = result.save(tmp_path)
    assert folder.name == f"ccus_push-{result.manifest['inputs_hash']}"
    tables = ("indicators", "plants", "decisions", "closed_options", "capture_costs", "unit_margins")
    credit = ("companies", "lenders", "loans", "refusals")
    names = {
        f"{table}.parquet"
        for table in (*tables, "adoption_shares", "electricity_months", "flows", "book", *credit)
    }
    assert {p.name for p in folder.iterdir()} == names | {"scenario.yaml", "manifest.json", "emissions.svg"}
    assert list(tmp_path.iterdir()) == [folder]
    (tmp_path / "plain").mkdir()
    assert folder.stat().st_mode == (tmp_path / "plain").stat().st_mode, "others may read it as usual"


def test_columns_carry_unit_and_description(result, tmp_path):
    import pyarrow.parquet as pq

    folder = result.save(tmp_path)
    schema = pq.read_schema(folder / "decisions.parquet")
    metadata = schema.field("switching_carbon_price_cny_per_tco2").metadata
    assert metadata[b"unit"] == b"CNY2020/t CO2"
    assert metadata[b"description"]


def test_saving_again_keeps_the_finished_folder(result, tmp_path):
    folder = result.save(tmp_path)
    before = {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()}
    assert not simulate(CCUS | {"seed": 2}).place(tmp_path).finished
    assert simulate(CCUS).place(tmp_path).finished
    assert simulate(CCUS).save(tmp_path) == folder
    assert {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()} == before


def test_other_values_for_the_same_inputs_go_to_a_folder_of_their_own(result, tmp_path):
    folder = result.save(tmp_path)
    before = (folder / "manifest.json").read_bytes()
    values = result.measures.values.copy()
    values[0, 0, 0, 0] += 1e-9
    measures = result.measures._replace(values=values)
    digest = provenance.values_digest(measures.variables, measures.units, measures.years, values)
    edited = results.Result(
        result.scenario, measures, result.tables, result.manifest | {"values_sha256": digest}
    )
    other = edited.save(tmp_path)
    assert other.name == f"{folder.name}-{digest[:6]}"
    assert (folder / "manifest.json").read_bytes() == before
    assert edited.save(tmp_path) == other


def test_a_damaged_folder_is_not_taken_for_the_result(result, tmp_path):
    folder = result.save(tmp_path)
    (folder / "plants.parquet").write_bytes(b"PAR1")
    assert not result.place(tmp_path).finished
    assert load_result(result.save(tmp_path)).plants is not None


class Interrupted(BaseException):
    pass


@pytest.mark.parametrize(
    "error", [Interrupted(), OSError(errno.ENOSPC, "No space left on device"), ValueError("x")]
)
def test_an_interrupted_save_leaves_nothing(result, tmp_path, monkeypatch, error):
    written = []

    def fail(frame, path):
        written.append(path.write_bytes(b"half"))
        if len(written) == 2:
            raise error

    monkeypatch.setattr(result_folder, "write_table", fail)
    with pytest.raises((Interrupted, ResultError, ValueError)) as raised:
        result.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
    if isinstance(error, OSError):
        assert "No space left on device; nothing was left there" in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_killed_save_leaves_no_result_and_no_litter(result, tmp_path, monkeypatch):
    if (child := os.fork()) == 0:
        result_folder.write_table = lambda frame, path: os.kill(os.getpid(), signal.SIGKILL)
        result.save(tmp_path)
    os.waitpid(child, 0)
    (draft,) = tmp_path.iterdir()
    assert draft.name.startswith(".ccus_push-")
    folder = result.save(tmp_path)  # a draft this young may be another process at work
    assert draft.exists() and load_result(folder).plants is not None
    shutil.rmtree(folder)
    os.utime(draft, (0, 0))
    assert list(tmp_path.iterdir()) == [draft] and result.save(tmp_path) == folder
    assert list(tmp_path.iterdir()) == [folder]


def test_an_interrupted_save_leaves_the_finished_folder_alone(result, tmp_path, monkeypatch):
    folder = result.save(tmp_path)
    before = sorted(p.read_bytes() for p in folder.iterdir())
    (tmp_path / "keep").mkdir()
    monkeypatch.setattr(result_folder, "write_table", lambda *_: (_ for _ in ()).throw(Interrupted()))
    with pytest.raises(Interrupted):
        simulate(CCUS | {"seed": 5}).save(tmp_path)
    assert sorted(p.read_bytes() for p in folder.iterdir()) == before
    assert {p.name for p in tmp_path.iterdir()} == {folder.name, "keep"}


def test_two_saves_at_once_give_one_folder(result, tmp_path, monkeypatch):
    rename = results.Path.rename

    def slow_rename(self, target):
        if not target.exists():
            monkeypatch.setattr(results.Path, "rename", rename)
            simulate(CCUS).save(tmp_path)  # the other process is faster
        return rename(self, target)

    monkeypatch.setattr(results.Path, "rename", slow_rename)
    folder = result.save(tmp_path)
    assert list(tmp_path.iterdir()) == [folder]
    assert load_result(folder).measures.values.tobytes() == result.measures.values.tobytes()


def test_a_place_that_cannot_be_written_gives_one_clear_message(result, tmp_path):
    blocked = tmp_path / "results"
    blocked.write_text("a file, not a folder")
    with pytest.raises(ResultError, match=r"cannot write .*results"):
        result.save(blocked)
    assert blocked.read_text() == "a file, not a folder"


@pytest.mark.parametrize("name", ["indicators.parquet", "scenario.yaml", "manifest.json", "plants.parquet"])
def test_no_flipped_bit_is_read_as_good(result, tmp_path, name):
    folder = result.save(tmp_path)
    path = folder / name
    good = path.read_bytes()
    for position in np.linspace(0, len(good) - 1, 25).astype(int):
        bad = bytearray(good)
        bad[position] ^= 1
        path.write_bytes(bytes(bad))
        with pytest.raises(ResultError):
            load_result(folder).plants  # noqa: B018 - reading is the test
    path.unlink()
    with pytest.raises(ResultError):
        load_result(folder).plants  # noqa: B018


def test_what_is_no_result_folder_is_refused(tmp_path):
    with pytest.raises(ResultError, match="no such result folder"):
        load_result(tmp_path / "nothing")
    with pytest.raises(ResultError, match="not a result folder"):
        load_result(tmp_path)


def test_a_newer_format_is_refused(result, tmp_path):
    folder = result.save(tmp_path)
    manifest = result_folder.read_manifest(folder)
    (folder / "manifest.json").unlink()
    del manifest["files_sha256"]
    result_folder.write_manifest(folder, manifest | {"format": provenance.FORMAT + 1})
    with pytest.raises(ResultError, match="newer Tanlu"):
        load_result(folder)


def test_the_digest_tells_values_apart_and_nothing_else(result):
    m = result.measures
    digest = provenance.values_digest(m.variables, m.units, m.years, m.values)
    assert digest == result.manifest["values_sha256"] == simulate(CCUS).manifest["values_sha256"]
    order = np.random.default_rng(1).permutation(len(m.variables))
    variables, units = tuple(m.variables[i] for i in order), tuple(m.units[i] for i in order)
    assert provenance.values_digest(variables, units, m.years, m.values[:, order]) == digest
    for index in [(0, 0, 0, 0), (1, 3, 2, 40)]:
        changed = m.values.copy()
        changed[index] = np.nextafter(changed[index], np.inf)
        assert provenance.values_digest(m.variables, m.units, m.years, changed) != digest


def test_the_hash_covers_what_changes_numbers_and_only_that():
    base = simulate(CCUS).manifest["inputs_hash"]
    assert simulate(CCUS | {"label": {"en": "Another title"}}).manifest["inputs_hash"] == base
    assert simulate(CCUS, seed=2).manifest["inputs_hash"] != base
    assert simulate(CCUS, years=(2020, 2059)).manifest["inputs_hash"] != base
    scenario = simulate(CCUS).scenario
    assert provenance.inputs_hash(scenario, "other data") != provenance.inputs_hash(scenario, "data")


def test_the_manifest_says_where_numbers_come_from(result):
    manifest = result.manifest
    region = load_region("chengyu")
    data = {"region": "chengyu", "version": region.data_version, "sha256": region.digest, "sealed": True}
    assert manifest["data"] == data
    assert set(manifest["environment"]["packages"]) >= {"numpy", "numba", "mesa", "pandas", "pyarrow"}
    assert manifest["created"].endswith("+00:00")
    assert manifest["policies"] == ["ccus_subsidy"]
    assert {"commit", "dirty", "version", "code_sha256"} == set(manifest["model"])
    json.dumps(manifest, allow_nan=False)


def test_the_iamc_table_has_one_row_for_each_variable_and_region(result):
    wide = result.to_iamc().set_index(["variable", "region"])
    assert wide.index.is_unique and len(wide) == 3 * len(result.measures.variables)
    assert wide.loc[("Carbon Capture", "Sichuan"), 2040] == pytest.approx(
        result.path("Carbon Capture", "Sichuan")[2040]
    )
    assert set(wide["model"]) == {f"Tanlu {provenance.model_version()}"}


@pytest.mark.slow
def test_the_iamc_table_loads_in_pyam(result):
    import pyam

    wide = result.to_iamc()
    frame = pyam.IamDataFrame(wide)
    assert not wide.duplicated(["model", "scenario", "region", "variable", "unit"]).any()
    assert frame.scenario == ["ccus_push"] and set(frame.region) == set(REGIONS)
    value = frame.filter(variable="Carbon Capture", region="Chengyu", year=2040).data["value"].item()
    assert value == pytest.approx(result.path("Carbon Capture")[2040])
    single = pyam.IamDataFrame(result.to_iamc(replication=1))
    assert single.filter(variable="Emissions|CO2", region="Chengyu", year=2040).data["value"].item() == (
        pytest.approx(result.draws("Emissions|CO2")[1, 20])
    )


def rows(frame):
    return {(row.key, row.region): row for row in frame.itertuples()}


def test_headline_is_compared_with_official_targets(result):
    found = rows(result.headline())
    peak = found["peak_year", "Sichuan"]
    assert (peak.value, peak.target, peak.gap, peak.verdict) == (2028, 2030, -2, MET)
    share = found["target_primary_energy_non_fossil_share_2030", "Sichuan"]
    assert share.target == pytest.approx(43.5) and share.unit == "%"
    assert share.gap == pytest.approx(share.value - 43.5) and share.verdict == (
        MET if share.gap >= 0 else MISSED
    )
    assert (
        found["target_primary_energy_non_fossil_share_2025", "Chongqing"].label_zh
        == "2025年非化石能源消费占比"
    )
    net = found["target_emissions_co2_net_2060", "Sichuan"]
    assert net.target == 0.0 and net.verdict == NEEDS_SINKS
    capacity = found["target_capacity_electricity_by_group_wind_and_solar_2030", "Sichuan"]
    planned = found["target_capacity_electricity_by_group_wind_and_solar_2027", "Chongqing"]
    assert planned.target == 7.8 and planned.verdict, "a figure in a plan that binds nobody is judged too"
    assert capacity.verdict == MISSED and capacity.gap == pytest.approx(0.64 * 40.0 - 50.0)


def test_headline_figures_add_up(result):
    found = rows(result.headline())
    emissions = result.path("Emissions|CO2")
    assert found["emissions_cumulative", "Chengyu"].value == pytest.approx(emissions.loc[2025:].sum())
    assert found["emissions_cumulative", "Chengyu"].unit == "Mt CO2"
    assert found["peak_level", "Chengyu"].value == pytest.approx(emissions.max())
    assert found["captured_2060", "Chengyu"].value == pytest.approx(15.0)
    assert found["shortage_worst", "Chengyu"].value == pytest.approx(4.0)
    assert found["expected_shortage_worst", "Chengyu"].value == pytest.approx(6.0)
    assert "2031" in found["shortage_worst", "Chengyu"].label_en, "no policy changes an observed year"
    captured = result.path("Carbon Capture")
    assert found["captured_cumulative", "Chengyu"].value == pytest.approx(captured.loc[2025:].sum())
    peak = found["captured_peak", "Chengyu"]
    assert peak.value == pytest.approx(captured.max()) and str(captured.idxmax()) in peak.label_zh
    tariff = found["tariff_industry_highest", "Chengyu"]
    industry = result.path("Price|Final Energy|Industry|Electricity")
    assert tariff.value == pytest.approx(industry.loc[2026:].max())
    assert str(industry.loc[2026:].idxmax()) in tariff.label_en
    money = result.path("Public Budget|Climate Support")
    out = (money + result.path("Public Budget|Carbon Revenue Given Back")).loc[2025:].sum()
    assert found["public_money_cumulative", "Chengyu"].value == pytest.approx(out)
    paid = money.loc[2025:].sum() * 1e3 / result.path("Carbon Capture").loc[2025:].sum()
    assert found["subsidy_per_tonne_captured", "Chengyu"].value == pytest.approx(paid)
    placed = [row.value for (key, _), row in found.items() if re.fullmatch("captured_[a-z]+_share", key)]
    assert len(placed) == 4 and sum(placed) == pytest.approx(100.0), "stored, bound, released and vented"
    for language, word in (("en", "10 % finds no outlet"), ("zh", "10%无出路")):
        assert word in finding(result.headline(), language)
    idle = rows(simulate({"name": "idle", **ONE_DRAW}).headline())
    assert "vented" not in finding(simulate({"name": "idle", **ONE_DRAW}).headline(), "en")
    assert ("subsidy_per_tonne_captured", "Chengyu") not in idle, (
        "there is no price of a tonne nobody captured"
    )
    assert set(result.headline()["label_zh"].str.len() > 0) == {True}


def test_a_short_run_gives_the_headline_of_its_own_years():
    found = rows(simulate(CCUS, years=(2020, 2028)).headline())
    assert ("emissions_2028", "Chengyu") in found and ("emissions_2060", "Chengyu") not in found
    # Still rising in the last year, two years before the target: neither met nor missed.
    assert found["peak_year", "Sichuan"].verdict == ""
    assert ("target_emissions_co2_net_2060", "Sichuan") not in found


def test_headline_against_a_baseline_gives_the_cost_of_a_tonne(result):
    baseline = simulate({"name": "base", **ONE_DRAW})
    found, first = rows(result.headline(baseline)), result.draw(0)  # the draw that both have
    saved = (baseline.path("Emissions|CO2") - first.path("Emissions|CO2")).loc[2025:].sum()
    paid = first.path("Public Budget|Climate Support") + first.path("Public Budget|Carbon Revenue Given Back")
    money = paid.loc[2025:].sum()
    assert found["avoided", "Chengyu"].value == pytest.approx(saved)
    assert found["public_money_per_tonne", "Chengyu"].value == pytest.approx(money / saved * 1000)
    assert np.isnan(rows(baseline.headline(result))["public_money_per_tonne", "Chengyu"].value)
    dearer = (first.path(INDUSTRY_TARIFF) - baseline.path(INDUSTRY_TARIFF)).loc[2026:]
    assert found["tariff_industry_rise", "Chengyu"].value == pytest.approx(dearer.max())
    assert str(dearer.idxmax()) in found["tariff_industry_rise", "Chengyu"].label_zh


def test_every_public_name_is_where_it_is_said_to_be():
    assert set(tanlu.__all__) == set(tanlu._HOMES)
    reachable = [
        name for name in tanlu.__all__ if getattr(tanlu, name).__module__.startswith(("tanlu.", "mesa."))
    ]
    assert reachable == tanlu.__all__
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        tanlu.simulat  # noqa: B018 - reading is the test


def test_the_model_itself_gives_every_headline_and_reads_back(monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "replicate", REAL_REPLICATE)
    result = simulate(CCUS, replications=1, years=(2020, 2027))
    found = rows(result.headline(simulate({"name": "base", **ONE_DRAW}, years=(2020, 2027))))
    figures = {
        "peak_year",
        "emissions_2027",
        "captured_2027",
        "wind_power_central",
        "shortage_worst",
        "expected_shortage_worst",
        "public_money_cumulative",
        "avoided",
    }
    assert figures <= {key for key, _ in found}
    assert ("target_primary_energy_non_fossil_share_2025", "Chongqing") in found
    measured = result.measures.variables
    assert set(COMPARED_VARIABLES) | set(system_cost_variables(measured)) <= set(measured)
    again = load_result(result.save(tmp_path))
    pd.testing.assert_frame_equal(again.indicators, result.indicators, check_exact=True)
    pd.testing.assert_frame_equal(again.plants, result.plants, check_exact=True)
    pd.testing.assert_frame_equal(again.decisions, result.decisions, check_exact=True)
    repeated = simulate(CCUS, replications=1, years=(2020, 2027))
    assert repeated.manifest["values_sha256"] == result.manifest["values_sha256"]
